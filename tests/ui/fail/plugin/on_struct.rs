use connector::plugin::plugin;

#[plugin(name = "compiler")]
struct Compiler;

fn main() {}
