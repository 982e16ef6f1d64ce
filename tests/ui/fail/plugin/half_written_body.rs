use connector::plugin::plugin;

struct Words;

/// Counts words.
#[plugin(name = "words")]
impl Words {
    #[method]
    fn count(&self, text: String) -> usize {
        text.split_whitespace().
    }

    fn note(&self) {}
}

fn main() {
    Words.note();
}
