//! Messages from other terminals: files that appear whole (written aside, then renamed), named so that they sort.
//!
//! The writer reads them, journals each with its id, and removes the file after the sync. A message that comes while
//! nobody writes waits for the next `resume`.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::request::Request;
use crate::model::{Error, Result};

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Unique; sorts by time.
    pub id: String,
    /// What is asked.
    pub request: Request,
}

/// Puts a message into an inbox and returns its id.
///
/// # Errors
/// The folder cannot be written.
pub fn send(inbox: &Path, request: &Request, now: Timestamp) -> Result<String> {
    let doing = || format!("leaving a message in `{}`", inbox.display());
    std::fs::create_dir_all(inbox).map_err(|e| Error::failed(doing(), e))?;
    let id = format!("{:020}-{}", now.as_nanosecond(), std::process::id());
    let message = Message { id: id.clone(), request: request.clone() };
    let text = serde_json::to_vec(&message).map_err(|e| Error::failed(doing(), e))?;
    let mut file =
        tempfile::Builder::new().prefix(".new-").tempfile_in(inbox).map_err(|e| Error::failed(doing(), e))?;
    std::io::Write::write_all(&mut file, &text).map_err(|e| Error::failed(doing(), e))?;
    file.persist(inbox.join(format!("{id}.json"))).map_err(|e| Error::failed(doing(), e))?;
    Ok(id)
}

/// The messages that wait, oldest first. What cannot be read as a message is left where it is.
pub fn waiting(inbox: &Path) -> Vec<Message> {
    let entries = std::fs::read_dir(inbox).into_iter().flatten().flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "json")).collect();
    names.sort();
    names.iter().filter_map(|path| serde_json::from_slice(&std::fs::read(path).ok()?).ok()).collect()
}

/// Removes a message that is in the journal.
pub fn done(inbox: &Path, id: &str) {
    let _ = std::fs::remove_file(inbox.join(format!("{id}.json")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_wait_in_order_and_half_written_ones_are_not_seen() {
        let folder = tempfile::tempdir().unwrap();
        let at = |s| Timestamp::from_second(s).unwrap();
        let second = send(folder.path(), &Request::Pause, at(2)).unwrap();
        let first = send(folder.path(), &Request::Unpause, at(1)).unwrap();
        std::fs::write(folder.path().join(".new-x"), "{").unwrap();
        let ids: Vec<String> = waiting(folder.path()).into_iter().map(|message| message.id).collect();
        assert_eq!(ids, [first.clone(), second]);
        done(folder.path(), &first);
        assert_eq!(waiting(folder.path()).len(), 1);
    }
}
