//! The lines of a log while it is written.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use tokio::sync::mpsc::UnboundedSender;

/// Longest line handed on, bytes; the rest of a longer one is dropped. Agents put whole files into one JSON line.
pub const MAX_LINE: usize = 4 << 20;

/// Read at once, so that a command that floods its log does not hold up the other tasks of the thread.
const CHUNK: usize = 256 << 10;

/// Follows what is appended to a file, from where it ended when following began.
#[derive(Debug)]
pub(super) struct LogTail {
    path: PathBuf,
    offset: u64,
    lines: Option<(UnboundedSender<String>, LineSplitter)>,
}

impl LogTail {
    /// Follows `path`, which need not exist yet, and sends its complete lines to `lines`.
    pub(super) fn new(path: &Path, lines: Option<UnboundedSender<String>>) -> LogTail {
        let offset = std::fs::metadata(path).map_or(0, |data| data.len());
        LogTail { path: path.to_owned(), offset, lines: lines.map(|lines| (lines, LineSplitter::default())) }
    }

    /// Whether somebody listens to the lines.
    pub(super) fn is_wanted(&self) -> bool {
        self.lines.as_ref().is_some_and(|(to, _)| !to.is_closed())
    }

    /// Takes what is new. Returns whether anything was.
    pub(super) async fn follow(&mut self) -> std::io::Result<bool> {
        let len = match std::fs::metadata(&self.path) {
            Ok(data) => data.len(),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(why) => return Err(why),
        };
        let new = len != self.offset;
        match &mut self.lines {
            Some((to, lines)) if len > self.offset => {
                let mut file = File::open(&self.path)?;
                file.seek(SeekFrom::Start(self.offset))?;
                let mut chunk = vec![0; CHUNK];
                while self.offset < len {
                    let read = file.read(&mut chunk)?;
                    if read == 0 {
                        break;
                    }
                    self.offset += read as u64;
                    // Who listened may have lost interest; the log is kept either way.
                    lines.push(&chunk[..read], |line| drop(to.send(line)));
                    tokio::task::yield_now().await;
                }
            }
            // Nobody wants lines, or somebody cut the log: go on from its new end.
            _ => self.offset = len,
        }
        Ok(new)
    }

    /// Takes what is left, a last line without its end included.
    pub(super) async fn finish(mut self) -> std::io::Result<()> {
        let followed = self.follow().await;
        if let Some((to, lines)) = self.lines {
            lines.finish(|line| drop(to.send(line)));
        }
        followed.map(drop)
    }
}

/// Bytes in, lines out: without their ends (`\n`, `\r\n`), invalid UTF-8 replaced, cut at [`MAX_LINE`].
#[derive(Debug, Default)]
pub(super) struct LineSplitter {
    begun: Vec<u8>,
}

impl LineSplitter {
    pub(super) fn push(&mut self, bytes: &[u8], mut send: impl FnMut(String)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, complete) = match piece.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (piece, false),
            };
            let room = MAX_LINE - self.begun.len();
            self.begun.extend_from_slice(&text[..text.len().min(room)]);
            if complete {
                send(take(&mut self.begun));
            }
        }
    }

    pub(super) fn finish(mut self, send: impl FnOnce(String)) {
        if !self.begun.is_empty() {
            send(take(&mut self.begun));
        }
    }
}

fn take(line: &mut Vec<u8>) -> String {
    let text = line.strip_suffix(b"\r").unwrap_or(line);
    let text = String::from_utf8_lossy(text).into_owned();
    line.clear();
    // One giant line must not keep its memory for the rest of the run.
    line.shrink_to(CHUNK);
    text
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn split(pieces: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut found) = (LineSplitter::default(), Vec::new());
        for piece in pieces {
            lines.push(piece, |line| found.push(line));
        }
        lines.finish(|line| found.push(line));
        found
    }

    #[test]
    fn lines_over_pieces() {
        assert_eq!(split(&[b"a\nb", b"c\r\n\n", b"d"]), ["a", "bc", "", "d"]);
        assert_eq!(split(&[b"caf\xc3", b"\xa9\n"]), ["café"], "a character over two pieces");
        assert_eq!(split(&[b"\xff!\n"]), ["\u{fffd}!"]);
        assert_eq!(split(&[]), Vec::<String>::new());
    }

    #[test]
    fn long_lines_are_cut_and_the_next_is_whole() {
        let long = vec![b'x'; MAX_LINE / 2 + 1];
        let found = split(&[&long, &long, &long, b"\nnext\n"]);
        assert_eq!(found.iter().map(String::len).collect::<Vec<_>>(), [MAX_LINE, 4]);
    }

    #[tokio::test]
    async fn only_what_is_new() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        std::fs::write(&path, "of an earlier attempt\n").unwrap();
        let (send, mut receive) = tokio::sync::mpsc::unbounded_channel();
        let mut tail = LogTail::new(&path, Some(send));
        assert!(!tail.follow().await.unwrap());
        let mut log = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        log.write_all(b"one\ntw").unwrap();
        assert!(tail.follow().await.unwrap());
        assert!(!tail.follow().await.unwrap());
        log.set_len(0).unwrap();
        assert!(tail.follow().await.unwrap(), "a cut log is a change");
        log.write_all(b"o\n").unwrap();
        tail.finish().await.unwrap();
        assert_eq!(receive.recv().await.as_deref(), Some("one"));
        assert_eq!(receive.recv().await.as_deref(), Some("two"));
        assert_eq!(receive.recv().await, None);
    }
}
