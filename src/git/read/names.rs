//! Refs and notes.

use super::{failed, ours, theirs};
use crate::git::Repo;
use crate::model::{Oid, Result};

impl Repo {
    /// The value of a ref, symbolic ones followed; none when it does not exist.
    ///
    /// # Errors
    /// The ref is damaged, or its name is not valid.
    pub fn read_ref(&self, name: &str) -> Result<Option<Oid>> {
        let doing = format!("reading `{name}`");
        let repo = self.reader().lock();
        match repo.find_reference(name).and_then(|found| found.resolve()) {
            Ok(found) => found.target().map(ours).transpose(),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failed(&doing)(error)),
        }
    }

    /// The refs whose names start with `prefix` (all for an empty one) with their values, sorted by name. Symbolic refs
    /// and damaged ones are left out.
    ///
    /// # Errors
    /// The ref store cannot be read.
    pub fn list_refs(&self, prefix: &str) -> Result<Vec<(String, Oid)>> {
        let doing = format!("listing refs below `{prefix}`");
        let repo = self.reader().lock();
        let mut found = Vec::new();
        for reference in repo.references_glob(&format!("{}*", escaped_glob(prefix))).map_err(failed(&doing))? {
            let Ok(reference) = reference else { continue };
            let name = String::from_utf8_lossy(reference.name_bytes()).into_owned();
            if let Some(oid) = reference.target()
                && name.starts_with(prefix)
            {
                found.push((name, ours(oid)?));
            }
        }
        found.sort();
        Ok(found)
    }

    /// The note below `notes` (a full ref name) on a commit, if there is one.
    ///
    /// # Errors
    /// The notes cannot be read.
    pub fn note(&self, notes: &str, commit: &Oid) -> Result<Option<String>> {
        let repo = self.reader().lock();
        match repo.find_note(Some(notes), theirs(commit)?) {
            Ok(note) => Ok(Some(String::from_utf8_lossy(note.message_bytes()).into_owned())),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failed(&format!("reading the note on `{}`", commit.short()))(error)),
        }
    }

    /// Whether a text can be the name of a branch.
    pub(in crate::git) fn is_branch_name(name: &str) -> bool {
        git2::Branch::name_is_valid(name).unwrap_or(false)
    }
}

fn escaped_glob(prefix: &str) -> String {
    prefix.chars().flat_map(|c| matches!(c, '*' | '?' | '[' | '\\').then_some('\\').into_iter().chain([c])).collect()
}
