//! What an agent is told of the symbols in its task's files.

use crate::journal::Event;
use crate::model::{Oid, Task};
use crate::run::run_env::RunEnv;

/// A line for each file of a task that defines something at the commit it begins from: what, and who uses it. Scripts read
/// no prompt.
pub fn told(site: &RunEnv, task: &Task, base: &Oid) -> Vec<String> {
    if task.run.is_some() || task.files.is_empty() {
        return Vec::new();
    }
    let paths: Vec<String> = task.files.iter().map(|file| file.path.as_str().to_owned()).collect();
    let lines = site.symbols.about(base, &paths);
    tell_complaint(site);
    lines
}

/// Says what is wrong with whoever was asked, once in a run.
pub fn tell_complaint(site: &RunEnv) {
    if let Some(what) = site.symbols.complaint() {
        site.tell(Event::Noticed { attempt: None, what });
    }
}
