//! What a command is given to read while it runs, as the launcher writes it: at the command's pace, from memory, so that
//! one that does not read holds up nothing else.

use std::process::ChildStdin;

use tokio::net::unix::pipe;

/// The other end of a command's standard input.
#[derive(Debug)]
pub(super) struct InputFeed {
    /// None where the command reads something else, and once its input has ended.
    pipe: Option<pipe::Sender>,
    waiting: Vec<u8>,
    is_all: bool,
}

impl InputFeed {
    /// Feeds `input`, where the command has one.
    pub(super) fn new(input: Option<ChildStdin>) -> std::io::Result<InputFeed> {
        let pipe = input.map(|input| pipe::Sender::from_owned_fd(input.into())).transpose()?;
        Ok(InputFeed { pipe, waiting: Vec::new(), is_all: false })
    }

    /// Takes more.
    pub(super) fn push(&mut self, text: &str) {
        self.waiting.extend_from_slice(text.as_bytes());
    }

    /// Nothing more comes: the input ends once all of it is read.
    pub(super) fn finish(&mut self) {
        self.is_all = true;
        self.end_when_empty();
    }

    /// Waits until something can be written, and writes it; never returns while there is nothing.
    pub(super) async fn forward(&mut self) {
        let Some(pipe) = self.pipe.as_ref().filter(|_| !self.waiting.is_empty()) else {
            return std::future::pending().await;
        };
        let written = match pipe.writable().await {
            Ok(()) => pipe.try_write(&self.waiting),
            Err(why) => Err(why),
        };
        match written {
            Ok(length) => drop(self.waiting.drain(..length)),
            Err(why) if why.kind() == std::io::ErrorKind::WouldBlock => {}
            // It reads no more. That is its own affair.
            Err(_) => (self.pipe, self.waiting) = (None, Vec::new()),
        }
        self.end_when_empty();
    }

    fn end_when_empty(&mut self) {
        if self.is_all && self.waiting.is_empty() {
            self.pipe = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// What `sh -c script` prints when it is fed.
    async fn fed(script: &str, texts: &[&str]) -> String {
        let mut command = Command::new("sh");
        let mut child = command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut feed = InputFeed::new(child.stdin.take()).unwrap();
        let all = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
        texts.iter().for_each(|text| feed.push(text));
        feed.finish();
        while feed.pipe.is_some() {
            feed.forward().await;
        }
        String::from_utf8(all.await.unwrap().stdout).unwrap()
    }

    #[tokio::test]
    async fn all_of_it_arrives_and_then_it_ends() {
        let long = "x".repeat(300 << 10);
        assert_eq!(fed("wc -c", &["one\n", &long]).await.trim(), (4 + (300 << 10)).to_string());
        assert_eq!(fed("cat", &[]).await, "", "nothing is an end, too");
        assert_eq!(fed("exec <&-; echo read nothing", &[&long]).await, "read nothing\n");
    }
}
