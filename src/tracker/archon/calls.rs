//! The calls, on a connection that is opened when it is needed and once more when the server forgot it.

use std::time::Duration;

use serde_json::Value;

use super::answer::{ArchonAnswer, ArchonFailure, ArchonItem, made_id, read};
use super::era::{ArchonCall, ArchonEra, PAGE};
use crate::tracker::changes::TrackerState;
use crate::tracker::seam::TrackerTrouble;
use crate::wire::mcp::{McpClient, McpOverHttp, McpTrouble};

/// Calls of one server.
pub(super) struct ArchonCalls {
    address: String,
    open: Option<(McpClient<McpOverHttp>, ArchonEra)>,
}

/// For one call: making a project is waited for by the server itself, up to a minute.
const PATIENCE: Duration = Duration::from_secs(90);
/// Pages at most.
const MOST_PAGES: usize = 200;

impl ArchonCalls {
    pub fn new(address: &str) -> ArchonCalls {
        ArchonCalls { address: address.to_owned(), open: None }
    }

    pub fn create_project(&mut self, title: &str, description: &str) -> Result<String, TrackerTrouble> {
        let answer = self.ask(&|era| era.create_project(title, description)).map_err(trouble)?;
        let late = || TrackerTrouble::Failed("its project is not made yet".to_owned());
        made_id(&answer, "project").ok_or_else(late)
    }

    /// Every project.
    pub fn projects(&mut self) -> Result<Vec<ArchonItem>, TrackerTrouble> {
        self.pages("projects", &|era, page| era.projects(page))
    }

    /// Makes a task; none: its project is gone.
    pub fn create_task(
        &mut self,
        project: &str,
        title: &str,
        description: &str,
        order: Option<u32>,
    ) -> Result<Option<String>, TrackerTrouble> {
        let nameless = || TrackerTrouble::Failed("it named no task".to_owned());
        match self.ask(&|era| era.create_task(project, title, description, order)) {
            Ok(answer) => made_id(&answer, "task").ok_or_else(nameless).map(Some),
            Err(ArchonFailure::Gone) => Ok(None),
            Err(ArchonFailure::Trouble(trouble)) => Err(trouble),
        }
    }

    /// Every task of a project.
    pub fn tasks(&mut self, project: &str) -> Result<Vec<ArchonItem>, TrackerTrouble> {
        self.pages("tasks", &|era, page| Some(era.tasks(project, page)))
    }

    /// Changes a task; whether it is there.
    pub fn update_task(&mut self, id: &str, state: TrackerState, description: &str) -> Result<bool, TrackerTrouble> {
        match self.ask(&|era| era.update_task(id, state, description)) {
            Ok(_) => Ok(true),
            Err(ArchonFailure::Gone) => Ok(false),
            Err(ArchonFailure::Trouble(trouble)) => Err(trouble),
        }
    }

    /// All pages of a list. Its total is the page's own, and some lists ignore pages: it ends with a page that is short or
    /// brings nothing new.
    fn pages(
        &mut self,
        what: &str,
        call: &dyn Fn(ArchonEra, usize) -> Option<ArchonCall>,
    ) -> Result<Vec<ArchonItem>, TrackerTrouble> {
        let mut all: Vec<ArchonItem> = Vec::new();
        for page in 1..=MOST_PAGES {
            let answer = match self.ask_where(&|era| call(era, page)) {
                Ok(Some(answer)) => answer,
                Ok(None) | Err(ArchonFailure::Gone) => break,
                Err(ArchonFailure::Trouble(trouble)) => return Err(trouble),
            };
            let found = answer.document.get(what).and_then(Value::as_array).cloned().unwrap_or_default();
            let fresh: Vec<ArchonItem> = found
                .iter()
                .filter_map(ArchonItem::read)
                .filter(|item| !all.iter().any(|it| it.id == item.id))
                .collect();
            let ends = found.len() < PAGE || fresh.is_empty();
            all.extend(fresh);
            if ends {
                break;
            }
        }
        Ok(all)
    }

    fn era(&mut self) -> Result<ArchonEra, TrackerTrouble> {
        if let Some((_, era)) = &self.open {
            return Ok(*era);
        }
        let client = McpClient::open(McpOverHttp::new(&self.address)).map_err(|why| away(&why))?;
        let none = || TrackerTrouble::Away("it has none of Archon's tools for projects and tasks".to_owned());
        let era = ArchonEra::of(&client.tools).ok_or_else(none)?;
        self.open = Some((client, era));
        Ok(era)
    }

    fn ask(&mut self, call: &dyn Fn(ArchonEra) -> ArchonCall) -> Result<ArchonAnswer, ArchonFailure> {
        let none = || ArchonFailure::Trouble(TrackerTrouble::Failed("it has no such call".to_owned()));
        self.ask_where(&|era| Some(call(era)))?.ok_or_else(none)
    }

    /// Asks where the server's era has such a call.
    fn ask_where(
        &mut self,
        call: &dyn Fn(ArchonEra) -> Option<ArchonCall>,
    ) -> Result<Option<ArchonAnswer>, ArchonFailure> {
        let mut again = true;
        loop {
            // After a restart it may be of another era, too.
            let era = self.era().map_err(ArchonFailure::Trouble)?;
            let Some((client, _)) = &mut self.open else { continue };
            let Some(ArchonCall { tool, arguments }) = call(era) else { return Ok(None) };
            match client.call(tool, &arguments, PATIENCE) {
                Ok(answer) => return read(&answer).map(Some),
                Err(McpTrouble::SessionLost) if std::mem::take(&mut again) => self.open = None,
                Err(McpTrouble::Wrong(words)) => {
                    self.open = None;
                    return Err(ArchonFailure::Trouble(TrackerTrouble::Failed(words)));
                }
                Err(why) => {
                    self.open = None;
                    return Err(ArchonFailure::Trouble(away(&why)));
                }
            }
        }
    }
}

fn away(why: &McpTrouble) -> TrackerTrouble {
    TrackerTrouble::Away(why.words().to_owned())
}

fn trouble(failure: ArchonFailure) -> TrackerTrouble {
    match failure {
        ArchonFailure::Gone => TrackerTrouble::Failed("it says that something is not there".to_owned()),
        ArchonFailure::Trouble(trouble) => trouble,
    }
}
