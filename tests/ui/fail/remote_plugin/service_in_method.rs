use connector::plugin::remote_plugin;

#[remote_plugin("remixd")]
trait Remixd {
    #[method("git.fetch")]
    async fn fetch(&self);
}

fn main() {}
