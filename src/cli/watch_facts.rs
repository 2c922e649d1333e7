//! What the watch view is told beside the run's own facts: asked of git, the disk and the machine, as the tab needs it.

use super::look::{task_facts, work_of};
use crate::git;
use crate::journal::{Entry, RunPaths, RunState};
use crate::model::{AttemptId, Oid, TaskId};
use crate::process::{Machine, Meter, disk_free};
use crate::report::facts::doing::said_lately;
use crate::report::watch::{DetailFacts, WatchTab};
use crate::start::here::Here;
use crate::start::seen::changed;

/// Asks, and remembers what does not change: a patch between two commits, files of a result.
#[derive(Debug, Default)]
pub struct WatchFacts {
    meter: Option<Meter>,
    patch: Option<((Oid, Oid), String)>,
    task: Option<(TaskId, u64)>,
    facts: DetailFacts,
}

impl WatchFacts {
    /// What `tab` shows of a task. What cannot be told is left out, or says why.
    pub fn ask(&mut self, here: &Here, paths: &RunPaths, state: &RunState, about: (&TaskId, WatchTab)) -> &DetailFacts {
        let (task, tab) = about;
        match tab {
            WatchTab::Task => self.ask_task(here, paths, state, task),
            WatchTab::Output => {
                let n = state.task(task).map_or(0, |facts| facts.next_number() - 1);
                let attempt = AttemptId { task: task.clone(), n };
                self.facts.output = said_lately(paths, &attempt);
            }
            WatchTab::Diff => self.facts.diff = self.patch(here, state, task),
            WatchTab::Machine => self.look(state),
            WatchTab::Gates | WatchTab::Conflicts | WatchTab::Log | WatchTab::Help => {}
        }
        &self.facts
    }

    /// Takes in what was journalled.
    pub fn happened(&mut self, entries: Vec<Entry>) {
        self.facts.entries.extend(entries);
    }

    fn ask_task(&mut self, here: &Here, paths: &RunPaths, state: &RunState, task: &TaskId) {
        let key = (task.clone(), state.seq);
        if self.task.as_ref() == Some(&key) {
            return;
        }
        let files = changed(here, state, task).ok().flatten();
        self.facts.task = task_facts(here, paths, state, task, files).unwrap_or_default();
        self.task = Some(key);
    }

    fn patch(&mut self, here: &Here, state: &RunState, task: &TaskId) -> String {
        let range = match work_of(here, state, task) {
            Ok(range) => range,
            Err(why) => return why.cause,
        };
        if let Some((known, text)) = &self.patch
            && *known == range
        {
            return text.clone();
        }
        let text = match git::diff_text(&here.repo, &range.0, &range.1, true) {
            Ok(text) if text.trim().is_empty() => "nothing has changed so far".to_owned(),
            Ok(text) => text,
            Err(why) => why.cause,
        };
        self.patch = Some((range, text.clone()));
        text
    }

    fn look(&mut self, state: &RunState) {
        if self.meter.is_none() {
            self.meter = Meter::new().ok();
        }
        let load = self.meter.as_mut().map(Meter::look);
        self.facts.machine = Machine::look().ok().zip(load);
        let slots = std::path::Path::new(&state.info.slots);
        let there = slots.ancestors().find(|folder| folder.is_dir());
        self.facts.disk = there.and_then(|folder| disk_free(folder).ok());
    }
}
