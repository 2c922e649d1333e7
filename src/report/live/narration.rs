//! What is said about a run while it goes: entries in, lines out. Pure; `progress.rs` gives it its thread.

mod requests;

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::journal::{
    Attempt, AttemptOutcome, CheckState, Conflict, Entry, Event, HeldBack, Judgement, LandedTask, Request, RunOutcome,
    RunStarted, RunState, Subject, Unmarked,
};
use crate::model::{AttemptId, GateDef, GateName, TaskId};
use crate::report::facts::picture::Picture;
use crate::report::facts::{next_step, reason, tally};
use crate::report::words::display::{clip, hang, plan_name, safe};
use crate::report::words::measure::{changes, duration, few, moment, plural, seconds};
use crate::report::words::question;
use crate::report::words::style::{self, paint};
use crate::schedule::TaskStatus;

use requests::{NAMED, asked, named};
pub use requests::{budget, plan_change, reworked};

/// Columns of a title behind a task's name.
const TITLE: usize = 60;

/// Tells a run. Folds its own state from the entries it is given.
#[derive(Debug)]
pub struct Narration {
    columns: usize,
    /// Entries up to this one are history, known to whoever watches.
    after: u64,
    state: Option<RunState>,
    /// Tasks that were started at the same moment, not told yet.
    started: Vec<TaskId>,
    /// Where tasks stood when that was last looked at.
    standings: Vec<TaskStatus>,
    /// Whether something happened that may end a task for good.
    grave: bool,
    /// Notices of the run that were told: the same one again says nothing new.
    noticed: BTreeSet<String>,
}

impl Narration {
    /// A narration for a screen of `columns`, silent about entries up to number `after`.
    pub fn new(columns: usize, after: u64) -> Narration {
        Narration {
            columns,
            after,
            state: None,
            started: Vec::new(),
            standings: Vec::new(),
            grave: false,
            noticed: BTreeSet::new(),
        }
    }

    /// The state so far.
    pub fn state(&self) -> Option<&RunState> {
        self.state.as_ref()
    }

    /// Folds an entry in and returns what is to be said, whole lines.
    pub fn entry(&mut self, entry: &Entry) -> String {
        let told = entry.seq > self.after;
        let mut said = String::new();
        if told && self.state.as_ref().is_some_and(|state| state.at != entry.at) {
            said.push_str(&self.settle());
        }
        if let Some(state) = self.state.as_ref().filter(|_| entry.seq == self.after + 1) {
            self.standings = Picture::new(state, state.at, true).standings;
        }
        match &mut self.state {
            Some(state) => state.apply(entry),
            None => self.state = RunState::begin(entry).ok(),
        }
        if !told {
            return said;
        }
        if let Event::AttemptIntended(intended) = &entry.event
            && intended.attempt.n == 1
            && intended.rival.is_none()
        {
            self.started.push(intended.attempt.task.clone());
            return said;
        }
        for line in self.lines(entry) {
            // What was started earlier in the same step is said first.
            said.push_str(&self.starts());
            said.push_str(&self.line(entry.at, &line));
        }
        said
    }

    /// What is to be said once a step is over: who started together, and who will not go on.
    pub fn settle(&mut self) -> String {
        let mut said = self.starts();
        if std::mem::take(&mut self.grave) {
            said.push_str(&self.graves());
        }
        said
    }

    fn line(&self, at: Timestamp, text: &str) -> String {
        let since = self.state.as_ref().map_or(0.0, |state| seconds(state.started, at) - state.away.as_secs_f64());
        let head = format!("{:>5}  ", moment(since.max(0.0)));
        format!("{}\n", hang(&head, text, self.columns))
    }

    fn starts(&mut self) -> String {
        let started = std::mem::take(&mut self.started);
        let Some(state) = &self.state else { return String::new() };
        let title =
            |task: &TaskId| state.index(task).map(|i| clip(&state.info.tasks[i].title, TITLE)).unwrap_or_default();
        let text = match started.as_slice() {
            [] => return String::new(),
            [only] => format!("{only}  started   {}", title(only)),
            several => format!("{}  started", named(several, " ")),
        };
        self.line(state.at, &text)
    }

    /// Tasks that failed, clashed or were blocked since this was last looked at.
    fn graves(&mut self) -> String {
        let Some(state) = &self.state else { return String::new() };
        let picture = Picture::new(state, state.at, true);
        let before = std::mem::take(&mut self.standings);
        let is_new = |i: usize| before.get(i).is_none_or(|old| old != picture.standing(i));
        let mut lines = Vec::new();
        let mut blocked: Vec<(String, Vec<TaskId>)> = Vec::new();
        for i in (0..picture.len()).filter(|i| is_new(*i)) {
            let task = &picture.task(i).id;
            match picture.standing(i) {
                TaskStatus::Failed(_) => {
                    let word = paint(style::BAD, "failed");
                    let next = next_step::of_failed(&picture, i).command;
                    lines.push(format!("{task}  {word}{}; {next}", reason::after_attempts(&picture, i)));
                }
                TaskStatus::Blocked | TaskStatus::BaseRed => {
                    let why = reason::of(&picture, i).unwrap_or_default();
                    match blocked.last_mut() {
                        Some((last, tasks)) if *last == why => tasks.push(task.clone()),
                        _ => blocked.push((why, vec![task.clone()])),
                    }
                }
                _ => {}
            }
        }
        lines.extend(blocked.iter().map(|(why, tasks)| format!("{}  blocked: {why}", named(tasks, " "))));
        let at = state.at;
        self.standings = picture.standings;
        lines.iter().map(|line| self.line(at, line)).collect()
    }

    fn lines(&mut self, entry: &Entry) -> Vec<String> {
        let Some(state) = &self.state else { return Vec::new() };
        self.grave |= is_terminal(&entry.event);
        match &entry.event {
            Event::RunStarted(info) => vec![started(info)],
            Event::RunResumed { changes, .. } => resumed(state, changes),
            Event::AttemptIntended(it) if it.rival.is_some() => vec![format!(
                "{}  attempt {} starts as a candidate, by {}",
                it.attempt.task,
                it.attempt.n,
                clip(&it.agent, TITLE)
            )],
            Event::AttemptIntended(intended) => vec![again(state, &intended.attempt)],
            Event::CandidateChosen { attempt, why } => {
                vec![format!("{}  attempt {} is chosen: {}", attempt.task, attempt.n, safe(why))]
            }
            Event::ChoiceAsked(ask) => vec![format!(
                "{}  {} attempts passed; asking {} which of them is best",
                ask.task,
                ask.of.len(),
                clip(&ask.agent, TITLE)
            )],
            Event::ProviderPaused { provider, until, why } => vec![paused_provider(provider, *until, why, entry.at)],
            Event::ProviderBroken { provider, fix } => {
                vec![format!("{} does not accept the login: {}", clip(provider, TITLE), reason::message(fix))]
            }
            Event::ApprovalAsked(asked) => vec![question::put(&asked.question)],
            Event::ApprovalExpired { id } => {
                vec![format!("nobody answered {0} in time; it still waits: git orca approve {0}", safe(id))]
            }
            Event::ApprovalFellBack(answer) => vec![question::answered(answer)],
            Event::AttemptEnded { attempt, outcome, .. } => ended(state, attempt, outcome).into_iter().collect(),
            Event::PausedForGate { gate, why } => {
                let then = if state.info.options.attended { "the run waits for it, or" } else { "then" };
                vec![format!("paused: {}; {then}: git orca resume", reason::missing(gate, why))]
            }
            Event::Judged { subject, gate, .. } => judged(state, subject, gate).into_iter().collect(),
            Event::MergeIntended { tasks, without, .. } if !without.is_empty() => {
                let (tasks, without) = (named(tasks, " "), named(without, " "));
                vec![format!(
                    "{tasks}  each red alone on top of {without}; merging them without it to see which is to blame"
                )]
            }
            Event::Merged { conflicts, .. } if !conflicts.is_empty() => {
                let picture = Picture::new(state, entry.at, true);
                conflicts.iter().map(|conflict| conflicted(&picture, conflict)).collect()
            }
            Event::LandRefused { out, .. } if !out.is_empty() => {
                vec![format!("{}  will not land yet, as asked; the others are merged again", named(out, " "))]
            }
            Event::LandRefused { culprit, next, .. } => vec![refused(culprit.as_ref(), next)],
            Event::Landed { batch, held_back } => landed(state, *batch, held_back),
            Event::BaseMade { commit: None, paths, .. } => {
                let paths: Vec<String> = paths.iter().map(|path| safe(path)).collect();
                let what = match paths.as_slice() {
                    [] => "have no single history".to_owned(),
                    some => format!("conflict in {}", few(some, NAMED)),
                };
                vec![format!("the changes that a task builds on {what}; it starts from the head of its layer")]
            }
            Event::Replayed { attempt, work, paths } => {
                let paths: Vec<String> = paths.iter().map(|path| safe(path)).collect();
                vec![match work {
                    Some(_) => format!("{}  carried onto what landed, since what it began on did not", attempt.task),
                    None => format!(
                        "{}  done again: what it began on did not land, and its changes conflict in {}",
                        attempt.task,
                        few(&paths, NAMED)
                    ),
                }]
            }
            Event::MarksMade { tasks, left, .. } => marked(tasks, left),
            // The yes at the start answers what may never be asked.
            Event::Requested { request: Request::Answer(answer), .. } if !state.approvals.contains_key(&answer.id) => {
                Vec::new()
            }
            Event::Requested { request, .. } => vec![asked(state, request)],
            Event::Noticed { attempt: None, what } if !self.noticed.insert(what.clone()) => Vec::new(),
            Event::WordHeard { attempt, message } => vec![heard(state, attempt, message, "has heard")],
            Event::WordCarried { attempt, message } => {
                vec![heard(state, attempt, message, "had finished; its next attempt will see")]
            }
            other => rare(other),
        }
    }
}

/// Whether an event may end a task for good; looking is dear, so it is done for these only.
fn is_terminal(event: &Event) -> bool {
    match event {
        Event::AttemptEnded { outcome, .. } => matches!(outcome, AttemptOutcome::Failed { .. }),
        Event::Judged { verdict, .. } => !verdict.lets_through(),
        Event::Merged { conflicts, .. } => !conflicts.is_empty(),
        Event::LandRefused { culprit, .. } => culprit.is_some(),
        Event::Requested { .. } => true,
        _ => false,
    }
}

fn started(info: &RunStarted) -> String {
    let layers = info.layers.iter().max().copied().unwrap_or(0);
    let gates: Vec<String> = info.options.gates.iter().map(|gate| gate.name.to_string()).collect();
    let gates = if gates.is_empty() {
        "no gates: nothing will be checked".to_owned()
    } else {
        format!("gates {}", few(&gates, NAMED))
    };
    format!(
        "run {}: {}, {}, {}; {} at once; {gates}",
        info.run,
        plan_name(&info.plan.path),
        plural(info.tasks.len(), "task"),
        plural(layers as usize, "layer"),
        plural(info.options.jobs as usize, "agent"),
    )
}

fn resumed(state: &RunState, changes: &[String]) -> Vec<String> {
    // What was under way when nobody drove it any more was cut off.
    let picture = Picture::new(state, state.at, false);
    let mut lines = vec![format!("run {} continues: {}", state.info.run, tally::words(&tally::shown(&picture)))];
    lines.extend(changes.iter().map(|change| format!("changed since the start: {}", safe(change))));
    lines
}

/// A further attempt, with what the earlier one left it.
fn again(state: &RunState, attempt: &AttemptId) -> String {
    let AttemptId { task, n } = attempt;
    let facts = state.task(task);
    let before = facts.and_then(|facts| facts.attempts.iter().rev().nth(1));
    let merges = facts.and_then(|facts| facts.attempt(*n)?.merge.as_ref());
    let what = match before {
        _ if merges.is_some() => "merges its work with landed work",
        Some(before) if before.conflict.is_some() || before.refused.is_some() => "starts on the merged work",
        Some(before) if before.result().is_some() && is_refused(state, task, before.n) => "gets the finding",
        _ => "starts",
    };
    let phase = facts.and_then(|facts| facts.phase_of(facts.last()?)).map(|role| format!(" ({})", role.word()));
    let what = format!("{what}{}", phase.unwrap_or_default());
    let hint = facts.and_then(|facts| facts.words.last()).map(|hint| format!(" (hint: {})", clip(&hint.text, TITLE)));
    format!("{task}  attempt {n} {what}{}", hint.unwrap_or_default())
}

/// Whether a gate refused an attempt: none looks at the end of every phase, and what passed may be rejected by a person.
fn is_refused(state: &RunState, task: &TaskId, n: u32) -> bool {
    let of = |subject: &Subject| matches!(subject, Subject::Attempt(it) if it.n == n && it.task == *task);
    let refuses = |name: &GateName, check: &CheckState| {
        let gate = state.info.options.gates.iter().find(|gate| gate.name == *name);
        matches!((gate, check), (Some(gate), CheckState::Judged(judgement)) if !judgement.is_let_through(gate))
    };
    state.checks.iter().any(|((subject, gate), check)| of(subject) && refuses(gate, &check.state))
}

fn paused_provider(provider: &str, until: Timestamp, why: &str, now: Timestamp) -> String {
    let wait = duration(seconds(now, until));
    format!("{} is paused for {wait}: {}", clip(provider, TITLE), reason::message(why))
}

fn ended(state: &RunState, attempt: &AttemptId, outcome: &AttemptOutcome) -> Option<String> {
    let AttemptId { task, n } = attempt;
    match (outcome, state.attempt(attempt)?.failure()) {
        (AttemptOutcome::Committed { note, .. }, _) if !note.is_empty() => {
            Some(format!("{task}  attempt {n}: {}", reason::message(note)))
        }
        (AttemptOutcome::Committed { leftovers: true, .. }, _) => {
            Some(format!("{task}  left uncommitted changes: committed for it"))
        }
        (_, Some((class, reason))) if !class.counts() => {
            Some(format!("{task}  attempt {n} {}; its work is saved", cut_short(&reason::message(reason))))
        }
        (_, Some((_, reason))) => Some(format!("{task}  attempt {n} failed: {}", reason::message(reason))),
        _ => None,
    }
}

/// What happened to an attempt that counts for nothing: `was interrupted when git orca was killed`, `ended: no host answers`.
fn cut_short(reason: &str) -> String {
    let is_participle = ["interrupted", "stopped"].iter().any(|word| reason.starts_with(word));
    if is_participle { format!("was {reason}") } else { format!("ended: {reason}") }
}

fn judged(state: &RunState, subject: &Subject, gate: &GateName) -> Option<String> {
    let judgement = state.judgement(subject, gate).filter(|judgement| !judgement.verdict.lets_through())?;
    if let Subject::Base(_) = subject {
        let def = state.info.options.gates.iter().find(|def| def.name == *gate)?;
        return reason::base_line(def, &judgement.reason, &judgement.measured, judgement.verdict);
    }
    if let Subject::Phase(attempt) = subject {
        return ended(state, attempt, &state.attempt(attempt)?.ended.as_ref()?.1);
    }
    let blocks = |def: &GateDef| def.name == *gate && !judgement.is_let_through(def);
    let is_required = state.info.options.gates.iter().any(blocks);
    if !is_required && was_said(state, subject, gate, judgement) {
        return None;
    }
    let optional = if is_required { "" } else { " (not required)" };
    let whose = match subject {
        Subject::Attempt(attempt) | Subject::Phase(attempt) => attempt.task.to_string(),
        Subject::Batch { layer, .. } | Subject::Layer { layer, .. } => format!("merged layer {layer}"),
        Subject::Final(_) => "result".to_owned(),
        Subject::Commit(commit) | Subject::Base(commit) => commit.short().to_owned(),
    };
    Some(format!("{whose}  {}{optional}", reason::verdict(gate, judgement)))
}

/// Whether a gate has said the same of another subject: what blocks nobody is told once.
fn was_said(state: &RunState, subject: &Subject, gate: &GateName, judgement: &Judgement) -> bool {
    state.checks.iter().any(|((other, name), check)| {
        let same = |it: &Judgement| it.verdict == judgement.verdict && it.reason == judgement.reason;
        other != subject && name == gate && matches!(&check.state, CheckState::Judged(it) if same(it))
    })
}

/// A conflict, and the command that shows it where a person has to solve it; otherwise the run tries.
fn conflicted(picture: &Picture<'_>, conflict: &Conflict) -> String {
    let task = &conflict.task;
    let standing = picture.state.index(task).map(|i| picture.standing(i));
    if standing == Some(&TaskStatus::Conflicted) {
        let words = reason::conflict(conflict).replacen("conflicts", &paint(style::BAD, "conflicts"), 1);
        return format!("{task}  {words}; git orca conflicts {task}");
    }
    format!("{task}  {}; trying to resolve it", reason::conflict(conflict))
}

fn refused(culprit: Option<&TaskId>, next: &[Vec<TaskId>]) -> String {
    match culprit {
        Some(task) => format!("{task}  refused: the merged tree is red with it; the others continue without it"),
        None => {
            let groups: Vec<String> = next.iter().map(|group| named(group, " ")).collect();
            format!("red together; tried apart: {}", groups.join(" | "))
        }
    }
}

/// What was marked in the plan, and what was not, one line for each reason.
fn marked(tasks: &[TaskId], left: &[Unmarked]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if !tasks.is_empty() {
        lines.push(format!("{}  marked as done in the plan", named(tasks, " ")));
    }
    let mut whys: Vec<&str> = left.iter().map(|it| it.why.as_str()).collect();
    whys.dedup();
    for why in whys {
        let of_why: Vec<TaskId> = left.iter().filter(|it| it.why == why).map(|it| it.task.clone()).collect();
        lines.push(format!("{}  not marked as done in the plan: {}", named(&of_why, " "), safe(why)));
    }
    lines
}

fn landed(state: &RunState, batch: u32, held_back: &[HeldBack]) -> Vec<String> {
    let tasks = state.info.tasks.iter().zip(&state.tasks);
    let fresh = tasks.filter(|(_, facts)| facts.landed.is_some_and(|(_, of)| of == batch));
    let mut lines: Vec<String> = fresh
        .map(|(task, facts)| {
            let done =
                LandedTask { task: task.id.clone(), commit: facts.landed_commit.clone(), rules: facts.rules.clone() };
            landed_task(&done, facts.last())
        })
        .collect();
    let held = |held: &HeldBack| format!("branch {} was not moved: {}", safe(&held.branch), safe(&held.why));
    lines.extend(held_back.iter().map(held));
    lines
}

/// How a task ended that changed nothing.
pub fn unchanged(claim: &str) -> String {
    if claim.is_empty() { "verified, no change".to_owned() } else { format!("no change: {}", safe(claim)) }
}

fn landed_task(done: &LandedTask, last: Option<&Attempt>) -> String {
    let mut parts = Vec::new();
    match last.and_then(|last| last.ended.as_ref()) {
        Some((_, AttemptOutcome::Committed { files, added, removed, .. })) if *files > 0 => {
            parts.push(changes(u64::from(*files), u64::from(*added), u64::from(*removed)));
        }
        Some((_, AttemptOutcome::NoChange { claim, .. })) => parts.push(unchanged(claim)),
        _ => {}
    }
    parts.extend(last.filter(|last| last.n > 1).map(|last| format!("attempt {}", last.n)));
    parts.extend(done.rules.iter().map(|rule| solved(rule)));
    format!("{}  {}    {}", done.task, paint(style::GOOD, "landed"), parts.join(", ")).trim_end().to_owned()
}

/// `union CHANGELOG.md` in words.
pub fn solved(rule: &str) -> String {
    match rule.split_once(' ') {
        Some(("by-hand", layer)) => format!("conflict in layer {} resolved by hand", safe(layer)),
        Some(("agent", path)) => format!("{} changed on both sides, merged by an agent", safe(path)),
        Some(("again", path)) => format!("{} changed on both sides, run again on top of what landed", safe(path)),
        Some(("remembered", path)) => format!("{} changed on both sides, resolved as before", safe(path)),
        Some(("driver", path)) => format!("{} changed on both sides, resolved by your merge driver", safe(path)),
        Some(("structure", path)) => format!("{} changed on both sides, merged by its structure", safe(path)),
        Some((rule, path)) => format!("{} changed on both sides, resolved by the {} rule", safe(path), safe(rule)),
        None => format!("resolved by {}", safe(rule)),
    }
}

/// What became of a person's word.
fn heard(state: &RunState, attempt: &AttemptId, message: &str, became: &str) -> String {
    let word = state.task(&attempt.task).and_then(|task| task.word(message)).map(|word| clip(&word.text, TITLE));
    format!("{}  {became}: {}", attempt.task, word.unwrap_or_default())
}

fn rare(event: &Event) -> Vec<String> {
    let line = match event {
        Event::SlotSetAside { slot, why } => format!("worktree {} is set aside: {}", safe(slot), safe(why)),
        Event::AttemptEndIntended { attempt, why, .. } => {
            format!("{}  attempt {} is being stopped: {}", attempt.task, attempt.n, safe(why))
        }
        Event::IntoEnded { branch, refused: None } => format!("branch {} moved to the result", safe(branch)),
        Event::IntoEnded { branch, refused: Some(why) } => {
            format!("branch {} was left alone: {}", safe(branch), safe(why))
        }
        Event::DeployIntended => "everything has landed; running the finishing command".to_owned(),
        Event::DeployEnded { ok: true, .. } => "the finishing command succeeded".to_owned(),
        Event::DeployEnded { ok: false, reason } => format!("the finishing command failed: {}", safe(reason)),
        Event::Noticed { attempt: None, what } => format!("notice: {}", safe(what)),
        Event::Noticed { attempt: Some(attempt), what } => format!("{}  {}", attempt.task, safe(what)),
        Event::SubmoduleMoved { attempt, pointer } => format!("{}  {}", attempt.task, safe(&pointer.in_words())),
        Event::ConflictForeseen { tasks, paths } if !paths.is_empty() => {
            let paths: Vec<String> = paths.iter().map(reason::path).collect();
            format!("{} x {}  foreseen, severity high: {}", tasks[0], tasks[1], few(&paths, NAMED))
        }
        Event::Reconciled { what, found } => format!("after the interruption: {}: {}", safe(what), safe(found)),
        Event::RunFinished { outcome: RunOutcome::Stopped } => "stopped".to_owned(),
        Event::RunFinished { outcome: RunOutcome::AwaitsReview } => "nothing more starts before a review".to_owned(),
        _ => return Vec::new(),
    };
    vec![line]
}

#[cfg(test)]
mod tests;
