struct Words;

/// Counts words.
#[plugin(name = "words", events("counted"(usize)))]
impl Words {
    #[method]
    fn count(&self, client: &PluginClient, text: String) -> Result<usize, CallError> {
        let count = text.split_whitespace().count();
        Self::emit_counted(client, count)?;
        Ok(count)
    }

    #[method]
    fn longest(&self, text: String) -> Result<String, &'static str> {
        let longest = text.split_whitespace().max_by_key(|word| word.chars().count());
        longest.map(str::to_owned).ok_or("the text is empty")
    }
}
