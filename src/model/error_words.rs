//! Errors in words: facts ("reading `x`", "no such file") said as people say them.

use super::{Error, ErrorKind};

impl Error {
    /// What cannot be done, as far as the cause does not say it by itself.
    ///
    /// That we were choosing or looking for something is our affair: "there is no gate `x`" needs nothing before it. So it
    /// is after a question: "cancelled; nothing was changed".
    pub fn what_cannot(&self) -> Option<String> {
        let is_ours = ["choosing ", "looking for ", "asking for "].iter().any(|step| self.doing.starts_with(step));
        match self.kind {
            ErrorKind::Declined | ErrorKind::Untrusted => None,
            ErrorKind::Usage | ErrorKind::Plan | ErrorKind::NotFound | ErrorKind::Environment if is_ours => None,
            _ if self.doing.is_empty() => None,
            _ => Some(cannot(&self.doing)),
        }
    }

    /// What cannot be done and why, on one line.
    pub fn sentence(&self) -> String {
        match self.what_cannot() {
            Some(what) => format!("{what}: {}", self.cause),
            None => self.cause.clone(),
        }
    }
}

/// `reading orca.toml` as `cannot read orca.toml`; a phrase that begins otherwise stays as it is.
pub fn cannot(doing: &str) -> String {
    let (verb, rest) = doing.split_once(' ').unwrap_or((doing, ""));
    match infinitive(verb) {
        Some(verb) => format!("cannot {verb} {rest}").trim_end().to_owned(),
        None => doing.to_owned(),
    }
}

/// The verb of a gerund: `making` is `make`. A test holds that all that errors begin with are known.
pub fn infinitive(gerund: &str) -> Option<String> {
    let stem = gerund.strip_suffix("ing").filter(|stem| stem.len() > 1)?;
    let (start, last) = stem.split_at(stem.len() - 1);
    let verb = match stem {
        _ if WITH_E.contains(&stem) => format!("{stem}e"),
        _ if start.ends_with(last) && !DOUBLE.contains(&stem) => start.to_owned(),
        _ => stem.to_owned(),
    };
    Some(verb)
}

/// Stems of gerunds whose verb ends in a silent e.
const WITH_E: &[&str] = &[
    "choos", "clos", "cod", "compar", "creat", "decid", "delet", "describ", "execut", "freez", "generat", "giv",
    "judg", "leav", "mak", "measur", "merg", "messag", "mov", "nam", "not", "packag", "paus", "prepar", "prun",
    "remov", "replac", "resolv", "restor", "resum", "sav", "schedul", "separat", "serv", "shar", "solv", "stag",
    "stor", "tak", "updat", "us", "validat", "waiv", "writ",
];

/// Stems that end in two equal letters which belong to the verb.
const DOUBLE: &[&str] = &["add", "call", "fill", "pass", "pull", "tell"];
