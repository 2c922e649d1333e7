//! Who begins a run, and what is asked there, as data: a terminal prints the question and reads a letter, another front
//! shows its choices, one that nobody sits at answers what may be answered without a person.

use super::before;
use super::prepare::{FoundSetup, Prepared};
use crate::model::RunId;
use crate::report;
use crate::report::screens::trust::{self, Unseen};
use crate::report::words::display::safe;
use crate::report::words::measure::few;
use crate::settings::Flags;

/// Where somebody begins, resumes or validates.
pub trait Front {
    /// Tells something that needs no answer.
    fn tell(&self, text: &str);

    /// Puts a question and gives one of its choices; none where nobody can be asked.
    fn ask(&self, question: &StartQuestion<'_>) -> Option<StartChoice>;

    /// Whether somebody would answer a question now: then a run may stop for one.
    fn is_attended(&self) -> bool {
        false
    }

    /// Whether a person reads what is told here: only then their yes to the start is one to the plan and its first layer.
    fn is_read(&self) -> bool;
}

/// A run of the same plan that was interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterruptedRun {
    /// Which.
    pub run: RunId,
    /// How many of its tasks have landed.
    pub landed: usize,
    /// How many it has.
    pub tasks: usize,
}

impl InterruptedRun {
    /// What is known of it, as a sentence without its full stop.
    pub fn in_words(&self) -> String {
        let InterruptedRun { run, landed, tasks } = self;
        format!("run {run} of this plan was interrupted; {landed} of {tasks} tasks have landed")
    }
}

/// What is asked before something runs.
#[derive(Debug, Clone, Copy)]
pub enum StartQuestion<'a> {
    /// What to do about an interrupted run of the same plan.
    Interrupted(&'a InterruptedRun),
    /// Whether a setup command that the project's files give away runs in each fresh worktree.
    SetUp(&'a FoundSetup),
    /// Whether to begin what the block before the start tells.
    Begin {
        /// What was prepared.
        prepared: &'a Prepared,
        /// As it was asked for.
        flags: &'a Flags,
    },
    /// Whether what the repository wants to run may run.
    Trust(&'a Unseen),
    /// Whether a run goes on although required gates refuse its base; what they say.
    BaseRed(&'a [String]),
}

/// What can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartChoice {
    /// Yes.
    Yes,
    /// No; nothing was done.
    No,
    /// Go on with the interrupted run.
    Resume,
    /// Begin afresh; the interrupted run's work stays where it is.
    StartOver,
    /// Neither.
    Quit,
}

impl StartChoice {
    /// The letter that a person types for it.
    pub fn letter(self) -> char {
        match self {
            StartChoice::Yes => 'y',
            StartChoice::No => 'n',
            StartChoice::Resume => 'r',
            StartChoice::StartOver => 's',
            StartChoice::Quit => 'q',
        }
    }
}

impl StartQuestion<'_> {
    /// What can be answered. The last one changes nothing: it is meant by everything that is no answer.
    pub fn choices(&self) -> &'static [StartChoice] {
        match self {
            StartQuestion::Interrupted(_) => &[StartChoice::Resume, StartChoice::StartOver, StartChoice::Quit],
            StartQuestion::SetUp(_)
            | StartQuestion::Begin { .. }
            | StartQuestion::Trust(_)
            | StartQuestion::BaseRed(_) => &[StartChoice::Yes, StartChoice::No],
        }
    }

    /// The question with its letters, for a screen of so many columns.
    pub fn in_words(&self, columns: usize) -> String {
        match self {
            StartQuestion::Interrupted(run) => {
                format!("{}. [r]esume it, [s]tart over, or [q]uit? ", run.in_words())
            }
            StartQuestion::SetUp(found) => set_up(found),
            StartQuestion::Begin { .. } => "Start? [y]es  [n]o  [p]lan in detail: ".to_owned(),
            StartQuestion::Trust(unseen) => trust::question(unseen, columns),
            StartQuestion::BaseRed(refused) => {
                let lines: String = refused.iter().map(|line| format!("{line}\n")).collect();
                format!("{lines}Continue all the same, and accept no new failures? [y]es  [n]o: ")
            }
        }
    }

    /// The letter that asks for more before an answer.
    pub fn detail_letter(&self) -> Option<char> {
        match self {
            StartQuestion::Interrupted(_) | StartQuestion::SetUp(_) | StartQuestion::BaseRed(_) => None,
            StartQuestion::Begin { .. } => Some('p'),
            StartQuestion::Trust(_) => Some('d'),
        }
    }

    /// More about it.
    pub fn detail(&self) -> String {
        match self {
            StartQuestion::Interrupted(run) => run.in_words(),
            StartQuestion::SetUp(found) => set_up(found),
            StartQuestion::Begin { prepared, flags } => format!("\n{}", before::plan_in_detail(flags, prepared)),
            StartQuestion::Trust(unseen) => trust::diff(unseen),
            StartQuestion::BaseRed(refused) => refused.join("\n"),
        }
    }

    /// The choice that a letter means; the last one for every other.
    pub fn choice(&self, letter: char) -> StartChoice {
        let choices = self.choices();
        let meant = choices.iter().find(|choice| choice.letter() == letter);
        meant.or(choices.last()).copied().unwrap_or(StartChoice::Quit)
    }
}

/// What is asked about a setup command.
fn set_up(found: &FoundSetup) -> String {
    let command = safe(&found.command);
    let without = match found.unchecked.as_slice() {
        [] => String::new(),
        unchecked => format!("; without it nothing checks {}", safe(&few(unchecked, 3))),
    };
    format!(
        "a fresh worktree lacks what `{command}` installs{without}.\n\
         Run it in each worktree, from now on in this repository? [y]es  [n]o: "
    )
}

/// A front that nobody sits at, although somebody asked there for a run: it begins, agrees to nothing that a repository
/// wants to run, and leaves an interrupted run to a person.
#[derive(Debug, Clone, Copy)]
pub struct UnattendedFront;

impl Front for UnattendedFront {
    fn tell(&self, text: &str) {
        report::say(text);
    }

    fn ask(&self, question: &StartQuestion<'_>) -> Option<StartChoice> {
        matches!(question, StartQuestion::Begin { .. }).then_some(StartChoice::Yes)
    }

    fn is_read(&self) -> bool {
        false
    }
}
