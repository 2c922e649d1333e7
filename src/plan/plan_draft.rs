//! What a format fills in while it reads one document: items, phases, links among them, remarks.

use std::collections::BTreeMap;
use std::ops::Range;

use super::plan::{Companion, Ignored, PlanSection};
use crate::model::{FileUse, Place, Problem, Severity, TaskKind, Why};

/// Problems of one document; beyond it they are counted.
const MAX_PROBLEMS: usize = 200;
/// Places kept of what was ignored.
const MAX_PLACES: usize = 20;
/// Members of links of one document; ranges over ranges in a hostile document could fill any memory.
const MAX_MEMBERS: usize = 1_000_000;
/// Why links over ranges are left aside when a document has too many.
pub(super) const FULL: &str = "orders over ranges, after the first million members";
/// Links up to this size are bounded by the text that writes them out.
const SMALL: usize = 16;

/// Where the mark of an item from data stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DataMark {
    /// The bytes to replace; empty where the mark is to be added.
    pub range: Range<usize>,
    /// What stands there when the item is done.
    pub done: String,
}

/// A box that only groups items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parent {
    pub line: u32,
    /// The items below it, at any depth.
    pub items: Vec<u32>,
}

/// One task as a document has it.
#[derive(Debug, Clone, Default)]
pub(super) struct Item {
    /// The id as written, or empty.
    pub key: String,
    /// Other ids that mean it, where no item has them itself.
    pub aliases: Vec<String>,
    pub title: String,
    /// The file it stands in, when that is not the sheet's.
    pub file: Option<String>,
    pub line: u32,
    pub done: bool,
    pub optional: bool,
    /// Marked to run beside its neighbours.
    pub parallel: bool,
    /// Index into [`PlanDraft::phases`].
    pub phase: usize,
    /// Line of the nearest heading above, or 0.
    pub section: u32,
    /// Wave, when the document declares them.
    pub wave: Option<u32>,
    /// When the format says; otherwise the words decide.
    pub kind: Option<TaskKind>,
    pub files: Vec<FileUse>,
    pub needs: BTreeMap<String, u32>,
    pub run: Option<String>,
    pub details: String,
    pub acceptance: Vec<String>,
    pub estimate: Option<f64>,
    pub priority: Option<u8>,
    /// Labels, where the plan gives it some.
    pub labels: Vec<String>,
    /// Agent, model and role, where the plan names them.
    pub agent: Option<String>,
    pub model: Option<String>,
    pub role: Option<String>,
    /// Where data says whether it is done.
    pub mark: Option<DataMark>,
}

impl Item {
    /// Whether `other` says the same but for marks. A parent's text, and so its mark, stands in the details of its children.
    pub fn says_the_same(&self, other: &Item) -> bool {
        (&self.key, &self.title, &self.file, self.line) == (&other.key, &other.title, &other.file, other.line)
            && (self.parallel, self.phase, self.section, self.wave, self.kind)
                == (other.parallel, other.phase, other.section, other.wave, other.kind)
            && (&self.files, &self.needs, &self.run, &self.acceptance)
                == (&other.files, &other.needs, &other.run, &other.acceptance)
            && (self.estimate, self.priority) == (other.estimate, other.priority)
    }
}

/// A phase, story, group or section.
#[derive(Debug, Clone, Default)]
pub(super) struct Phase {
    pub title: String,
    pub line: u32,
    /// Whether it is a user story: stories run beside each other.
    pub story: bool,
    /// Whether it may run beside the stories around it, since the document says what it waits for.
    pub beside: bool,
    /// What the document says about the phase as a whole: goal, independent test.
    pub notes: String,
    /// Indices of phases that it waits for, and where that is said, besides the order of the document.
    pub after: Vec<(usize, u32)>,
}

/// All of `after` wait for all of `before`; numbers are indices into [`PlanDraft::items`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub before: Vec<u32>,
    pub after: Vec<u32>,
    pub why: Why,
    pub line: u32,
    /// Whether it stands with the task that waits, which makes it the most trusted.
    pub own: bool,
}

/// What orders items besides links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Order {
    /// Nothing: the plan states its order.
    Stated,
    /// Phases, parallel marks and the order of the document.
    #[default]
    Document,
    /// Waves where given, the order of the document for the rest.
    Waves,
}

/// One document.
#[derive(Debug, Clone, Default)]
pub(super) struct PlanDraft {
    /// Path of the document.
    pub path: String,
    pub title: String,
    pub items: Vec<Item>,
    pub phases: Vec<Phase>,
    pub links: Vec<Link>,
    /// Boxes that only group items; they are ticked when what is below them is done.
    pub parents: Vec<Parent>,
    pub order: Order,
    /// Whether tasks that name the same path exclude each other.
    pub exclusive_paths: bool,
    /// Whether items without parallel marks that declare files are independent where these and their words say so.
    pub independent_by_files: bool,
    pub companions: Vec<Companion>,
    pub resources: BTreeMap<String, u32>,
    pub sections: Vec<PlanSection>,
    pub problems: Vec<Problem>,
    /// Lines that look like tasks and were not read.
    pub unread: Vec<Place>,
    more_problems: usize,
    ignored: BTreeMap<&'static str, Ignored>,
    members: usize,
}

impl PlanDraft {
    /// An empty sheet for the document at `path`.
    pub fn new(path: &str) -> PlanDraft {
        PlanDraft { path: path.to_owned(), exclusive_paths: true, independent_by_files: true, ..PlanDraft::default() }
    }

    /// A line of this document.
    pub fn at(&self, line: u32) -> Place {
        Place::new(self.path.clone(), line)
    }

    /// Notes a problem.
    pub fn problem(&mut self, severity: Severity, line: u32, what: impl Into<String>, hint: impl Into<String>) {
        self.problem_at(Problem::new(severity, self.at(line), what, hint));
    }

    /// Notes a problem that says itself where it is.
    pub fn problem_at(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.more_problems += 1;
        }
    }

    /// Notes something left aside on purpose.
    pub fn ignore(&mut self, why: &'static str, line: u32) {
        let place = self.at(line);
        let entry =
            self.ignored.entry(why).or_insert_with(|| Ignored { why: why.to_owned(), count: 0, places: Vec::new() });
        entry.count += 1;
        if entry.places.len() < MAX_PLACES {
            entry.places.push(place);
        }
    }

    /// Notes a line that looks like a task and could not be read as one: while there are any, nothing says that all is done.
    pub fn not_read(&mut self, line: u32, text: &str) {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
        let hint = "write it as `- [ ] …` with its id, or without a box if it is not a task";
        self.unread.push(self.at(line));
        self.problem(Severity::Warning, line, format!("looks like a task but was not read: `{shown}`"), hint);
    }

    /// Adds a phase and returns its index.
    pub fn phase(&mut self, title: impl Into<String>, line: u32) -> usize {
        self.phases.push(Phase { title: title.into(), line, ..Phase::default() });
        self.phases.len() - 1
    }

    /// Adds a link, without members that wait for themselves; empty ones are dropped.
    pub fn link(&mut self, mut link: Link) {
        if let ([one], _) | (_, [one]) = (&link.before[..], &link.after[..]) {
            let one = *one;
            if link.before.len() > 1 {
                link.before.retain(|item| *item != one);
            } else if link.after.len() > 1 {
                link.after.retain(|item| *item != one);
            } else if link.before == link.after {
                let key = self.items.get(one as usize).map(|item| item.key.clone()).unwrap_or_default();
                self.problem(Severity::Warning, link.line, format!("`{key}` depends on itself; ignored"), "");
                return;
            }
        }
        if link.before.is_empty() || link.after.is_empty() {
            return;
        }
        let size = link.before.len() + link.after.len();
        self.members = self.members.saturating_add(if size > SMALL { size } else { 0 });
        // "T1-T99 before T1-T99": every one of the cycles it makes would have to be found and broken.
        if link.before.len() > 1 && link.before == link.after {
            let what = "these tasks are said to come before themselves; ignored";
            self.problem(Severity::Warning, link.line, what, "");
            return;
        }
        if self.is_full() {
            self.ignore(FULL, link.line);
        } else {
            self.links.push(link);
        }
    }

    /// Whether there is no room for more links over ranges.
    pub fn is_full(&self) -> bool {
        self.members > MAX_MEMBERS
    }

    /// What was left aside, and a last problem that counts those not listed.
    pub fn remarks(&mut self) -> Vec<Ignored> {
        if self.more_problems > 0 {
            let what = format!("{} further problems in this document", self.more_problems);
            self.problems.push(Problem::new(Severity::Warning, Place::new(self.path.clone(), 0), what, ""));
            self.more_problems = 0;
        }
        std::mem::take(&mut self.ignored).into_values().collect()
    }
}
