//! Compiles the project's own schemas, without a protoc.

fn main() {
    #[cfg(feature = "schema")]
    if let Err(error) = schema() {
        // The text of these errors is what a person wants to read.
        eprintln!("{error}");
        std::process::exit(1);
    }
}

#[cfg(feature = "schema")]
fn schema() -> Result<(), Box<dyn std::error::Error>> {
    let files = ["options", "error", "handshake", "remix"]
        .map(|name| format!("proto/connector/{name}.proto"));
    for file in &files {
        println!("cargo::rerun-if-changed={file}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    let descriptors = protox::compile(files, ["proto"])?;
    prost_build::Config::new().compile_fds(descriptors)?;
    Ok(())
}
