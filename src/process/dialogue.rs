//! A tool that stays: it answers one request after another, which saves starting a process for each.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::tool::{Tool, ToolOutput};

/// A tool under way. It reads requests until its standard input ends, which dropping this does.
#[derive(Debug)]
pub struct Dialogue {
    child: Child,
    /// Taken when the dialogue ends.
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Dialogue {
    /// Starts `tool`, whose own standard input is not used.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(tool: &Tool) -> io::Result<Dialogue> {
        let mut command = tool.command();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let requests = child.stdin.take();
        let answers = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Dialogue { child, requests, answers: BufReader::new(answers) })
    }

    /// Sends a request.
    ///
    /// # Errors
    /// The tool has ended.
    pub fn say(&mut self, request: &[u8]) -> io::Result<()> {
        let pipe = self.requests.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        pipe.write_all(request).and_then(|()| pipe.flush())
    }

    /// The next line of its answer, without its end.
    ///
    /// # Errors
    /// The tool has ended: [`Dialogue::end`] says why.
    pub fn hear(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end_matches('\n').to_owned()),
        }
    }

    /// Ends it, and gives what it said last.
    ///
    /// # Errors
    /// It cannot be read from or waited for.
    pub fn end(mut self) -> io::Result<ToolOutput> {
        self.requests = None;
        let mut output = ToolOutput { code: None, signal: None, stdout: Vec::new(), stderr: Vec::new() };
        if let Some(mut pipe) = self.child.stderr.take() {
            pipe.read_to_end(&mut output.stderr)?;
        }
        self.answers.read_to_end(&mut output.stdout)?;
        let status = self.child.wait()?;
        (output.code, output.signal) = (status.code(), status.signal());
        Ok(output)
    }
}

impl Drop for Dialogue {
    fn drop(&mut self) {
        self.requests = None;
        // Without a wait it would stay a zombie for as long as we live.
        let _ended = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_answers_again_and_again() {
        let mut cat = Dialogue::start(&Tool::new("cat")).unwrap();
        for text in ["one", "two"] {
            cat.say(format!("{text}\n").as_bytes()).unwrap();
            assert_eq!(cat.hear().unwrap(), text);
        }
        assert!(cat.end().unwrap().success());
    }

    #[test]
    fn one_that_ends_says_why() {
        let mut sh = Dialogue::start(&Tool::new("sh").arg("-c").arg("read x; echo no >&2; exit 3")).unwrap();
        sh.say(b"please\n").unwrap();
        assert!(sh.hear().is_err());
        let output = sh.end().unwrap();
        assert_eq!((output.code, output.stderr.as_slice()), (Some(3), b"no\n".as_slice()));
    }
}
