//! The lines that a child writes beside its connection.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStderr, ChildStdout};

/// A function that gets each line.
pub(super) type OnLine = Arc<dyn Fn(&str) + Send + Sync>;

/// The longest line that comes in one piece, in bytes.
const LONGEST: usize = 8 * 1024;

/// The streams of a child whose lines are handed on.
pub(super) struct Lines {
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    on_line: OnLine,
}

impl Lines {
    /// Takes the streams that are left in a child.
    pub(super) fn of(child: &mut Child, on_line: &OnLine) -> Self {
        Self { stdout: child.stdout.take(), stderr: child.stderr.take(), on_line: on_line.clone() }
    }

    /// Hands lines on until all streams have ended.
    pub(super) async fn read(self) {
        let Self { stdout, stderr, on_line } = self;
        tokio::join!(each_line(stdout, &on_line), each_line(stderr, &on_line));
    }
}

async fn each_line(stream: Option<impl AsyncRead + Unpin>, on_line: &OnLine) {
    let Some(mut stream) = stream else { return };
    let mut begun = Vec::with_capacity(LONGEST);
    while let Ok(read) =
        (&mut stream).take((LONGEST - begun.len()) as u64).read_buf(&mut begun).await
        && read > 0
    {
        while let Some(end) = begun.iter().position(|&byte| byte == b'\n') {
            hand_on(&begun[..end], on_line);
            begun.drain(..=end);
        }
        if begun.len() == LONGEST {
            hand_on(&begun, on_line);
            begun.clear();
        }
    }
    if !begun.is_empty() {
        hand_on(&begun, on_line);
    }
}

fn hand_on(line: &[u8], on_line: &OnLine) {
    on_line(&String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)));
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn lines_come_whole_and_long_ones_in_pieces() {
        let long = "x".repeat(LONGEST + 5);
        let sent = format!("one\r\n\ntwo\n{long}\nlast");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let lines = heard.clone();
        let on_line: OnLine = Arc::new(move |line| lines.lock().unwrap().push(line.to_owned()));
        each_line(Some(sent.as_bytes()), &on_line).await;
        let heard = heard.lock().unwrap();
        assert_eq!(heard[..3], ["one", "", "two"]);
        assert_eq!(heard[3..5].concat(), long);
        assert_eq!(heard[5..], ["last"]);
    }
}
