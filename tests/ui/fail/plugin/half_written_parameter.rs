use connector::plugin::plugin;

struct Words;

#[plugin(name = "words")]
impl Words {
    #[method]
    fn count(&self, text) -> usize {
        text.split_whitespace().count()
    }

    #[method]
    fn note(&self) {}
}

fn main() {
    Words.note();
    let _ = Words.count("two words");
}
