//! Errors carry facts: what kind, what we were doing, why it failed, what to type next. `report` makes the words.

use super::Place;

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, by what the caller can do about it. Decides the exit code (DESIGN 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Something failed that is not one of the below. Exit 1.
    Failed,
    /// The repository, machine or a file is not as needed. Exit 1.
    Environment,
    /// The thing named does not exist. Exit 1.
    NotFound,
    /// Somebody else holds it: another run, a lock. Exit 1.
    Busy,
    /// Not trusted, and so not run. Exit 1.
    Untrusted,
    /// A file git orca wrote cannot be read back. Exit 1.
    Corrupt,
    /// The command line or a setting is wrong. Exit 2.
    Usage,
    /// The plan has errors. Exit 3.
    Plan,
    /// A server that reviews changes refuses, or cannot be reached. Exit 7.
    Publish,
    /// The user was asked and said no. Exit 1, as after a no to trust: nothing was interrupted, and nothing was done.
    Declined,
}

impl ErrorKind {
    /// The process exit code of an error of this kind.
    pub fn exit_code(self) -> u8 {
        match self {
            ErrorKind::Usage => 2,
            ErrorKind::Plan => 3,
            ErrorKind::Publish => 7,
            _ => 1,
        }
    }
}

/// One error. `doing` completes "while …", `cause` is the fact, `hints` are things to type or do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What can be done about it.
    pub kind: ErrorKind,
    /// What the program was doing, as a gerund phrase: "reading `orca.toml`".
    pub doing: String,
    /// What went wrong.
    pub cause: String,
    /// Where, when it is in a file.
    pub at: Option<Place>,
    /// What to type or do next, most useful first.
    pub hints: Vec<String>,
}

/// The system's words without its number of them: `No such file or directory (os error 2)`.
fn without_number(words: &str) -> String {
    let Some((before, rest)) = words.split_once(" (os error ") else { return words.to_owned() };
    match rest.split_once(')') {
        Some((number, after)) if number.bytes().all(|b| b.is_ascii_digit()) => format!("{before}{after}"),
        _ => words.to_owned(),
    }
}

impl Error {
    /// An error of `kind`, met while `doing`, caused by `cause`.
    pub fn new(kind: ErrorKind, doing: impl Into<String>, cause: impl Into<String>) -> Self {
        Error { kind, doing: doing.into(), cause: without_number(&cause.into()), at: None, hints: Vec::new() }
    }

    /// [`ErrorKind::Failed`] from anything that can be shown.
    pub fn failed(doing: impl Into<String>, cause: impl std::fmt::Display) -> Self {
        Error::new(ErrorKind::Failed, doing, cause.to_string())
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.at = Some(place);
        self
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.doing, self.cause)
    }
}

impl std::error::Error for Error {}
