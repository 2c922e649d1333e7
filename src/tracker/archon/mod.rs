//! Archon: a server with projects and tasks, whose tools are called over HTTP. Three eras of it had three sets of tools
//! ([`era`], pure); its answers say in their text whether something failed ([`answer`], pure). Upstream has moved on; what
//! still runs is an archive or a fork.
//!
//! What a server forgot (a task that is gone, a database that was made anew) is made again. Before anything is made it is
//! looked for by the marker that stands first in its description: a crash may have come between making it and noting it.

mod answer;
mod calls;
mod era;

use self::answer::ArchonItem;
use self::calls::ArchonCalls;
use super::changes::{TrackerChange, TrackerNews, TrackerPart, TrackerState, marker};
use super::seam::{KnownThere, Tracker, TrackerTrouble};
use crate::model::RunId;

/// An Archon server.
pub struct Archon {
    calls: ArchonCalls,
    /// A project with the tasks that it had when it was looked at. What is made since is known; whether something was made
    /// whose answer got lost is not, so trouble ends it.
    seen: Option<(String, Vec<ArchonItem>)>,
}

/// What a task is to look like.
struct ArchonTask<'a> {
    key: &'a str,
    marker: String,
    title: &'a str,
    description: &'a str,
    state: TrackerState,
    order: Option<u32>,
}

/// The name under which the report's own task is known: no task of a plan has a space in its id.
const REPORT: &str = "the report";

impl Archon {
    /// The server at this address.
    pub fn new(address: &str) -> Archon {
        Archon { calls: ArchonCalls::new(address), seen: None }
    }

    /// The project of a run: known, found, or made.
    fn project(
        &mut self,
        run: &RunId,
        known: &mut KnownThere,
        made: Option<(&str, &str)>,
    ) -> Result<String, TrackerTrouble> {
        if let Some(project) = &known.project {
            return Ok(project.clone());
        }
        let marker = marker(run, TrackerPart::Run);
        let found = self.calls.projects()?.into_iter().find(|it| it.is_marked(&marker));
        let id = match (found, made) {
            (Some(found), _) => found.id,
            (None, Some((title, description))) => self.calls.create_project(title, description)?,
            (None, None) => self.calls.create_project(&format!("git-orca {run}"), &marker)?,
        };
        known.project = Some(id.clone());
        Ok(id)
    }

    /// The id of a task: known, found, or made.
    fn id(&mut self, run: &RunId, task: &ArchonTask<'_>, known: &mut KnownThere) -> Result<String, TrackerTrouble> {
        if let Some(id) = known.tasks.get(task.key) {
            return Ok(id.clone());
        }
        let project = self.project(run, known, None)?;
        if self.seen.as_ref().is_none_or(|(seen, _)| *seen != project) {
            self.seen = Some((project.clone(), self.calls.tasks(&project)?));
        }
        let there = self.seen.iter().flat_map(|(_, there)| there).find(|it| it.is_marked(&task.marker));
        let id = match there {
            Some(found) => found.id.clone(),
            None => match self.calls.create_task(&project, task.title, task.description, task.order)? {
                Some(id) => id,
                None => {
                    known.project = None;
                    return Err(TrackerTrouble::Failed("its project is gone".to_owned()));
                }
            },
        };
        known.tasks.insert(task.key.to_owned(), id.clone());
        Ok(id)
    }

    /// Makes a task look as it is to: what is gone is made once more.
    fn put(&mut self, run: &RunId, task: &ArchonTask<'_>, known: &mut KnownThere) -> Result<(), TrackerTrouble> {
        for _ in 0..2 {
            let id = self.id(run, task, known)?;
            // A new task is in `todo` whatever its creation asked for.
            if self.calls.update_task(&id, task.state, task.description)? {
                return Ok(());
            }
            known.tasks.remove(task.key);
            self.seen = None;
        }
        Err(TrackerTrouble::Failed("it does not know a task that it has just made".to_owned()))
    }
}

impl Tracker for Archon {
    fn tell(&mut self, change: &TrackerChange, known: &mut KnownThere) -> Result<(), TrackerTrouble> {
        let told = self.tell_news(change, known);
        if told.is_err() {
            self.seen = None;
        }
        told
    }
}

impl Archon {
    fn tell_news(&mut self, change: &TrackerChange, known: &mut KnownThere) -> Result<(), TrackerTrouble> {
        let run = &change.run;
        match &change.what {
            TrackerNews::Run { title, description } => self.project(run, known, Some((title, description))).map(drop),
            TrackerNews::Task { task, title, description, order } => {
                let (key, marker) = (task.as_str(), marker(run, TrackerPart::Task(task)));
                let (state, order) = (TrackerState::Todo, Some(*order));
                self.id(run, &ArchonTask { key, marker, title, description, state, order }, known).map(drop)
            }
            TrackerNews::Moved { task, title, description, state, .. } => {
                let (key, marker) = (task.as_str(), marker(run, TrackerPart::Task(task)));
                self.put(run, &ArchonTask { key, marker, title, description, state: *state, order: None }, known)
            }
            TrackerNews::Report { title, description } => {
                let (marker, state) = (marker(run, TrackerPart::Report), TrackerState::Done);
                self.put(run, &ArchonTask { key: REPORT, marker, title, description, state, order: None }, known)
            }
        }
    }
}
