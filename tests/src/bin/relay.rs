//! Connects its standard input and output with a TCP port of this machine, for tests that hold
//! both ends of a child process: `relay PORT`.

#[cfg(unix)]
fn main() -> std::io::Result<()> {
    relay::run()
}

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
mod relay {
    use std::fs::File;
    use std::io::{self, Error, Read, Write};
    use std::net::{Ipv4Addr, Shutdown, TcpStream};
    use std::os::fd::AsFd;
    use std::process;
    use std::thread;

    /// Passes the bytes of both directions on, and the end of each. Fails when the port's side
    /// disappears, so that this program's death is not a regular end.
    pub(super) fn run() -> io::Result<()> {
        let port = std::env::args().nth(1).and_then(|port| port.parse().ok());
        let port: u16 = port.ok_or_else(|| Error::other("usage: relay PORT"))?;
        let mut from_port = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        from_port.set_nodelay(true)?;
        let mut to_port = from_port.try_clone()?;
        // Without the buffers of `Stdin` and `Stdout`.
        let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let mut output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let inwards = thread::spawn(move || {
            pass(&mut input, &mut to_port)?;
            to_port.shutdown(Shutdown::Write)
        });
        pass(&mut from_port, &mut output)?;
        drop(output);
        rustix::stdio::dup2_stdout(File::open("/dev/null")?)?;
        // The parent may have gone on writing to a client that has closed.
        let _ = inwards.join();
        process::exit(0)
    }

    /// Copies with a buffer. `io::copy` of a `TcpStream` and a `File` would splice them, and while
    /// `splice` waits for a socket, Linux lets nobody read from the pipe, not even without waiting.
    fn pass(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<u64> {
        io::copy(from, to)
    }
}
