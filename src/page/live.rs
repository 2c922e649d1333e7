//! The run as it is now: its journal is followed, and what git says of a result is asked once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::journal::{JournalTail, RunState};
use crate::model::{Oid, Result, RunId, TaskId};
use crate::report::machine::report_json::Changes;
use crate::report::machine::result::FileChange;
use crate::report::screens::html::live_main;
use crate::start::here::Here;
use crate::start::seen::{best, changed, picture};

/// The run that the page shows.
#[derive(Debug)]
pub struct LiveRun {
    cwd: PathBuf,
    named: Option<String>,
    followed: Option<FollowedRun>,
}

/// A run with what is known of it.
#[derive(Debug)]
struct FollowedRun {
    run: RunId,
    tail: JournalTail,
    state: RunState,
    changes: BTreeMap<TaskId, (Oid, Vec<FileChange>)>,
}

/// How a run looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveLook {
    /// Which.
    pub run: String,
    /// The report.
    pub main: String,
    /// Whether something can still happen by itself.
    pub is_live: bool,
}

impl LiveLook {
    /// What tells this look from others.
    pub fn tag(&self) -> String {
        let digest = Sha256::digest(self.main.as_bytes());
        let hex: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        format!("\"{hex}\"")
    }
}

impl LiveRun {
    /// The run of this name in the repository around `cwd`; without a name, the active one, else the last.
    pub fn new(cwd: &Path, named: Option<String>) -> LiveRun {
        LiveRun { cwd: cwd.to_owned(), named, followed: None }
    }

    /// Looks at it.
    ///
    /// # Errors
    /// There is no such run, or it cannot be read.
    pub fn look(&mut self) -> Result<LiveLook> {
        let here = Here::at(&self.cwd)?;
        let paths = here.store.find(self.named.as_deref())?;
        let followed = match self.followed.take().filter(|followed| followed.run == paths.run) {
            Some(followed) => followed,
            None => FollowedRun::begin(JournalTail::new(paths.journal()), paths.run.clone())?,
        };
        let followed = self.followed.insert(followed);
        followed.catch_up()?;
        let changes = followed.changes(&here)?;
        let picture = picture(&here, &followed.state);
        Ok(LiveLook { run: followed.run.to_string(), main: live_main(&picture, &changes), is_live: picture.driven })
    }
}

impl FollowedRun {
    fn begin(mut tail: JournalTail, run: RunId) -> Result<FollowedRun> {
        let state = RunState::replay(&tail.more()?)?;
        Ok(FollowedRun { run, tail, state, changes: BTreeMap::new() })
    }

    fn catch_up(&mut self) -> Result<()> {
        self.tail.more()?.iter().for_each(|entry| self.state.apply(entry));
        Ok(())
    }

    /// What git says of each result. A result's commit never changes, so it is asked once.
    fn changes(&mut self, here: &Here) -> Result<Changes> {
        for task in &self.state.info.tasks {
            let Some(result) = best(&self.state, &task.id).and_then(|attempt| attempt.result()) else { continue };
            if self.changes.get(&task.id).is_some_and(|(known, _)| known == result) {
                continue;
            }
            if let Some(files) = changed(here, &self.state, &task.id)? {
                self.changes.insert(task.id.clone(), (result.clone(), files));
            }
        }
        Ok(self.changes.iter().map(|(task, (_, files))| (task.clone(), files.clone())).collect())
    }
}
