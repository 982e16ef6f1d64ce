//! Serves at Unix sockets in three ways, or says something to one of them.

#[cfg(unix)]
mod serve;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    #[cfg(unix)]
    return serve::main();
    #[cfg(not(unix))]
    Err("there are no Unix sockets on this system".into())
}
