//! The only place that prints: answers to stdout, narration to stderr, long answers through the user's pager.
//!
//! Colours go only where the stream takes them (a terminal, no `NO_COLOR`, `CLICOLOR_FORCE`). A reader that has gone
//! away has seen enough: that is no error, the program just ends sooner.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use anstream::{AutoStream, ColorChoice};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};

use super::screen::Room;
use crate::model::{Error, ErrorKind, Result};
use crate::process::pager;
use crate::report::WIDTH;

/// What became of the one who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReaderState {
    /// Reads on.
    There,
    /// Has closed the pipe: nothing more needs to be said.
    Gone,
}

/// Prints an answer of our own words to stdout, with its colours where they are wanted.
///
/// # Errors
/// The stream refuses for another reason than a closed pipe: a full disk, for instance.
pub fn answer(text: &str) -> Result<ReaderState> {
    print(&mut anstream::stdout().lock(), text.as_bytes())
}

/// Prints bytes that must arrive unchanged (a patch, for instance) to stdout.
///
/// # Errors
/// As [`answer`].
pub fn raw(bytes: &[u8]) -> Result<ReaderState> {
    print(&mut std::io::stdout().lock(), bytes)
}

fn print(out: &mut impl Write, bytes: &[u8]) -> Result<ReaderState> {
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(ReaderState::There),
        Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => Ok(ReaderState::Gone),
        Err(cause) => Err(Error::new(ErrorKind::Environment, "printing the answer", cause.to_string())),
    }
}

/// Who shows what is told, while somebody draws on the terminal.
static ABOVE: Mutex<Option<Sender<String>>> = Mutex::new(None);

/// From now on what is told comes out of the receiver instead of on stderr: whoever draws there puts it above.
pub fn take_over() -> Receiver<String> {
    let (sender, told) = channel();
    *ABOVE.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
    told
}

/// What is told goes to stderr again.
pub fn give_back() {
    *ABOVE.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

/// Prints narration, as it is, to stderr. When that fails nobody is left to be told.
pub fn tell(text: &str) {
    if let Some(above) = &*ABOVE.lock().unwrap_or_else(PoisonError::into_inner)
        && above.send(text.to_owned()).is_ok()
    {
        return;
    }
    let mut err = anstream::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// What says which pager is wanted, in git's order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PagerWish {
    /// `GIT_PAGER` of the environment.
    pub git_pager: Option<String>,
    /// `core.pager` of git's configuration.
    pub core_pager: Option<String>,
    /// `PAGER` of the environment.
    pub pager: Option<String>,
}

impl PagerWish {
    /// The command, or none when no pager is wanted: empty and `cat` say so, as in git.
    pub fn command(&self) -> Option<&str> {
        let said = [&self.git_pager, &self.core_pager, &self.pager].into_iter().flatten().next();
        let command = said.map_or("less", |command| command.trim());
        (!command.is_empty() && command != "cat").then_some(command)
    }
}

/// Prints an answer through a pager when stdout is a terminal, else as [`answer`] does.
///
/// # Errors
/// As [`answer`].
pub fn page(text: &str, wish: &PagerWish) -> Result<ReaderState> {
    if !std::io::stdout().is_terminal() {
        return answer(text);
    }
    let Some(command) = wish.command() else { return answer(text) };
    let coloured = AutoStream::choice(&std::io::stdout()) != ColorChoice::Never;
    let shown = if coloured { text.to_owned() } else { anstream::adapter::strip_str(text).to_string() };
    match pager::page(command, &shown) {
        Ok(()) => Ok(ReaderState::There),
        Err(why) => {
            tell(&format!("{why}; printed without it\n"));
            answer(text)
        }
    }
}

/// A terminal that lines are drawn on, in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Canvas {
    /// Below the narration.
    Stderr,
    /// As the answer.
    Stdout,
}

impl Canvas {
    /// Whether lines can be drawn there: it is a terminal, and not a dumb one.
    pub fn is_there(self) -> bool {
        let terminal = match self {
            Canvas::Stderr => std::io::stderr().is_terminal(),
            Canvas::Stdout => std::io::stdout().is_terminal(),
        };
        terminal && std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb")
    }

    /// Its columns and rows; those of an old terminal when it does not say.
    pub fn room(self) -> Room {
        let size = match self {
            Canvas::Stderr => terminal_size::terminal_size_of(std::io::stderr()),
            Canvas::Stdout => terminal_size::terminal_size_of(std::io::stdout()),
        };
        let (columns, rows) = size.map_or((80, 24), |(width, height)| (width.0, height.0));
        Room { columns: usize::from(columns.max(1)), rows: usize::from(rows.max(1)) }
    }

    /// `text` with its colours, or without where they are not wanted.
    pub fn coloured(self, text: &str) -> String {
        let choice = match self {
            Canvas::Stderr => AutoStream::choice(&std::io::stderr()),
            Canvas::Stdout => AutoStream::choice(&std::io::stdout()),
        };
        if choice == ColorChoice::Never { anstream::adapter::strip_str(text).to_string() } else { text.to_owned() }
    }

    /// Writes what a [`Screen`](super::screen::Screen) made. When that fails nobody is left to look.
    pub(in crate::report) fn write(self, bytes: &str) -> ReaderState {
        let written = match self {
            Canvas::Stderr => print(&mut std::io::stderr().lock(), bytes.as_bytes()),
            Canvas::Stdout => print(&mut std::io::stdout().lock(), bytes.as_bytes()),
        };
        written.unwrap_or(ReaderState::Gone)
    }
}

/// Stderr as [`tell`] reaches it, for what is logged.
struct LogToStderr;

impl Write for LogToStderr {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        tell(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Sends the terminal on stderr a sequence that shows nothing in its rows.
pub(in crate::report) fn ring(sequence: &str) {
    Canvas::Stderr.write(sequence);
}

/// Lets what the program notices about itself (warnings, by default) reach stderr; `ORCA_LOG` chooses what, as in
/// `ORCA_LOG=debug` or `ORCA_LOG=warn,git_orca::run=trace`.
pub fn log_to_stderr() {
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;

    let wanted = std::env::var("ORCA_LOG").ok().and_then(|text| text.parse::<Targets>().ok());
    let wanted = wanted.unwrap_or_else(|| Targets::new().with_default(LevelFilter::WARN));
    let lines = tracing_subscriber::fmt::layer().with_writer(|| LogToStderr).without_time().with_target(false);
    // Somebody who embeds the library may have set another one up.
    let _ = tracing_subscriber::registry().with(lines.with_ansi(false).with_filter(wanted)).try_init();
}

/// Whether stdout takes colours.
pub fn takes_colours() -> bool {
    AutoStream::choice(&std::io::stdout()) != ColorChoice::Never && std::io::stdout().is_terminal()
}

/// Whether answers go to a terminal.
pub fn answers_a_person() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether a person can be asked: stdin and stderr are a terminal.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks on stderr and reads one line from stdin, without its newline; none at the end of the input.
///
/// # Errors
/// Stdin cannot be read.
pub fn ask(question: &str) -> Result<Option<String>> {
    tell(question);
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line).map_err(|e| Error::failed("reading your answer", e))?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

/// Columns of a screen: the terminal's, at least 40 and at most [`WIDTH`]; [`WIDTH`] where there is none.
pub fn width() -> usize {
    let sizes =
        [terminal_size::terminal_size_of(std::io::stdout()), terminal_size::terminal_size_of(std::io::stderr())];
    sizes.into_iter().flatten().next().map_or(WIDTH, |(width, _)| usize::from(width.0).clamp(40, WIDTH))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that fails in one way.
    struct Broken(std::io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_no_error_and_a_full_disk_is_one() {
        use std::io::ErrorKind::{BrokenPipe, StorageFull};
        assert_eq!(print(&mut Vec::new(), b"x").unwrap(), ReaderState::There);
        assert_eq!(print(&mut Broken(BrokenPipe), b"x").unwrap(), ReaderState::Gone);
        assert_eq!(print(&mut Broken(StorageFull), b"x").unwrap_err().doing, "printing the answer");
    }

    #[test]
    fn the_pager_is_the_one_git_would_take() {
        let wish = |git: Option<&str>, core: Option<&str>, pager: Option<&str>| PagerWish {
            git_pager: git.map(str::to_owned),
            core_pager: core.map(str::to_owned),
            pager: pager.map(str::to_owned),
        };
        let table = [
            (wish(None, None, None), Some("less")),
            (wish(None, None, Some("more")), Some("more")),
            (wish(None, Some("delta"), Some("more")), Some("delta")),
            (wish(Some("less -S"), Some("delta"), None), Some("less -S")),
            (wish(Some(""), Some("delta"), None), None),
            (wish(None, Some("cat"), None), None),
        ];
        for (wish, command) in table {
            assert_eq!(wish.command(), command, "{wish:?}");
        }
    }
}
