//! Messages from other terminals: files that appear whole (written aside, then renamed), named so that they sort.
//!
//! Only while nobody drives the run: then a message waits here for the next `resume`, which reads it, journals it with
//! its id, and removes the file after the sync. A run that lives is asked over its socket, and sets aside what appears
//! here meanwhile.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::request::Request;
use crate::model::{Error, Result};

/// One message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Unique; sorts by time.
    pub id: String,
    /// What is asked.
    pub request: Request,
}

/// An id that no other message has.
pub fn fresh_id(now: Timestamp) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{:020}-{}-{}", now.as_nanosecond(), std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Puts a message into an inbox.
///
/// # Errors
/// The folder cannot be written.
pub fn leave(inbox: &Path, message: &Message) -> Result<()> {
    let doing = || format!("leaving a message in `{}`", inbox.display());
    std::fs::create_dir_all(inbox).map_err(|e| Error::failed(doing(), e))?;
    let text = serde_json::to_vec(message).map_err(|e| Error::failed(doing(), e))?;
    let mut file =
        tempfile::Builder::new().prefix(".new-").tempfile_in(inbox).map_err(|e| Error::failed(doing(), e))?;
    std::io::Write::write_all(&mut file, &text).map_err(|e| Error::failed(doing(), e))?;
    file.persist(inbox.join(format!("{}.json", message.id))).map_err(|e| Error::failed(doing(), e))?;
    Ok(())
}

/// The folder in an inbox for what nobody was to put there.
const FOREIGN: &str = "set-aside";

/// Moves all that lies in an inbox into a folder of it, and gives the new places. Half written ones too: nobody has any
/// business there while the run lives.
pub fn set_aside(inbox: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(inbox).into_iter().flatten().flatten();
    let foreign = entries.filter(|entry| entry.file_name() != FOREIGN);
    let place = |entry: std::fs::DirEntry| {
        let folder = inbox.join(FOREIGN);
        std::fs::create_dir_all(&folder).ok()?;
        let name = entry.file_name();
        let free = (0..).map(|n| match n {
            0 => folder.join(&name),
            n => folder.join(format!("{}.{n}", name.to_string_lossy())),
        });
        let place = free.into_iter().find(|place| place.symlink_metadata().is_err())?;
        std::fs::rename(entry.path(), &place).ok().map(|()| place)
    };
    foreign.filter_map(place).collect()
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
        let send = |request: Request, at: Timestamp| {
            let message = Message { id: fresh_id(at), request };
            leave(folder.path(), &message).unwrap();
            message.id
        };
        let second = send(Request::Pause, at(2));
        let first = send(Request::Unpause, at(1));
        std::fs::write(folder.path().join(".new-x"), "{").unwrap();
        let ids: Vec<String> = waiting(folder.path()).into_iter().map(|message| message.id).collect();
        assert_eq!(ids, [first.clone(), second]);
        done(folder.path(), &first);
        assert_eq!(waiting(folder.path()).len(), 1);
    }

    #[test]
    fn what_nobody_was_to_put_there_is_set_aside_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let put = |text: &str| std::fs::write(folder.path().join("1.json"), text).unwrap();
        put("one");
        let first = set_aside(folder.path());
        put("two");
        let second = set_aside(folder.path());
        assert_eq!(std::fs::read_to_string(&first[0]).unwrap(), "one");
        assert_eq!(std::fs::read_to_string(&second[0]).unwrap(), "two");
        assert!(waiting(folder.path()).is_empty() && set_aside(folder.path()).is_empty());
    }
}
