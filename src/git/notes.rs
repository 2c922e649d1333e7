//! Notes on commits below `refs/notes/orca`: read through libgit2, written in one `git fast-import`.

use std::io::Write;

use jiff::Timestamp;

use super::Repo;
use super::refs::{RefChange, RefError, transact};
use crate::model::{Error, Oid, Result};

/// The ref of the notes; `git log --notes=orca` shows them.
pub const NOTES: &str = "refs/notes/orca";
/// Where new notes are put together before the ref moves.
const MAKING: &str = "refs/orca/making-notes";
/// Tries before giving up: each one lost means that somebody else wrote notes in between.
const TRIES: usize = 5;

/// Puts a note on each of these commits, in place of one that is there. Nothing to write is done at once.
///
/// # Errors
/// Git cannot write, or others kept writing notes.
pub fn write_notes(repo: &Repo, notes: &[(Oid, String)]) -> Result<()> {
    if notes.is_empty() {
        return Ok(());
    }
    let mut last = None;
    for _ in 0..TRIES {
        let old = repo.read_ref(NOTES)?;
        let new = import(repo, old.as_ref(), notes)?;
        match transact(repo, &[RefChange { name: NOTES.to_owned(), old, new }]) {
            Ok(()) => return Ok(()),
            Err(RefError::Failed(error)) => return Err(error),
            Err(moved) => last = Some(Error::from(moved)),
        }
    }
    Err(last.unwrap_or_else(|| Error::failed("writing notes", "others kept writing them")))
}

fn import(repo: &Repo, old: Option<&Oid>, notes: &[(Oid, String)]) -> Result<Oid> {
    let (name, mail) = repo.author();
    let call = repo.git("writing notes").writes().args(["fast-import", "--quiet", "--force", "--done"]);
    let out = call.run_fed(|pipe| {
        let mut pipe = std::io::BufWriter::new(pipe);
        // A ref left by a killed import would be taken for the parent.
        write!(pipe, "reset {MAKING}\n\ncommit {MAKING}\nmark :1\n")?;
        writeln!(pipe, "committer {name} <{mail}> {} +0000", Timestamp::now().as_second())?;
        write!(pipe, "data 18\nNotes by git orca\n\n")?;
        if let Some(old) = old {
            writeln!(pipe, "from {old}")?;
        }
        for (commit, text) in notes {
            write!(pipe, "N inline {commit}\ndata {}\n{text}\n", text.len())?;
        }
        // The ref is only a place to stand while importing: the commit is named by its mark.
        write!(pipe, "\nget-mark :1\nreset {MAKING}\nfrom {}\n\ndone\n", "0".repeat(40))?;
        pipe.flush()
    })?;
    String::from_utf8_lossy(&out).trim().parse()
}
