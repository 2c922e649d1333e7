//! Our half of a conversation by JSON-RPC, one frame a line: what is to be written, and what has no answer yet.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Requests of ours, by what they are for, and frames that nobody has written yet.
pub(super) struct Exchange<T> {
    /// What each frame says of the protocol; some programs want nothing.
    version: Option<&'static str>,
    asked: BTreeMap<u64, T>,
    last_id: u64,
    unwritten: String,
}

impl<T> Exchange<T> {
    pub(super) fn new(version: Option<&'static str>) -> Exchange<T> {
        Exchange { version, asked: BTreeMap::new(), last_id: 0, unwritten: String::new() }
    }

    /// A frame as it is, but for the version.
    pub(super) fn write(&mut self, mut frame: Value) {
        if let Some(version) = self.version {
            frame["jsonrpc"] = version.into();
        }
        self.unwritten.push_str(&format!("{frame}\n"));
    }

    /// Asks something; its answer is told by the same words.
    pub(super) fn ask(&mut self, method: &str, params: &Value, what: T) {
        self.last_id += 1;
        self.write(json!({"id": self.last_id, "method": method, "params": params}));
        self.asked.insert(self.last_id, what);
    }

    /// Tells what needs no answer.
    pub(super) fn tell(&mut self, method: &str, params: &Value) {
        self.write(json!({"method": method, "params": params}));
    }

    /// What the answer with this id is about; it is waited for no longer.
    pub(super) fn answered(&mut self, id: u64) -> Option<T> {
        self.asked.remove(&id)
    }

    /// What has no answer yet.
    pub(super) fn open(&self) -> impl Iterator<Item = &T> {
        self.asked.values()
    }

    /// Whether everything has its answer.
    pub(super) fn is_quiet(&self) -> bool {
        self.asked.is_empty()
    }

    /// What is to be written now.
    pub(super) fn take_unwritten(&mut self) -> String {
        std::mem::take(&mut self.unwritten)
    }
}
