//! `git orca log`: the journal as lines, each entry one.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::journal::{
    AttemptOutcome, Conflict, Entry, Event, Head, LandedTask, Request, RunOutcome, RunStarted, Subject, Unmarked,
};
use crate::model::{AttemptId, Finding, Oid, Role, TaskId, Verdict};
use crate::report::facts::attempts::{class_word, told};
use crate::report::facts::checked::place;
use crate::report::facts::reason;
use crate::report::words::display::{clip, plan_name, safe};
use crate::report::words::measure::{changes, duration, few, plural};
use crate::report::words::{question, waived};

/// The entries as lines with times in `zone`; with `tasks`, only what concerns one of them. Lines are cut at `columns`,
/// the journal itself has everything.
pub fn log(entries: &[Entry], tasks: &[TaskId], zone: &TimeZone, columns: usize) -> String {
    let wanted = |entry: &&Entry| tasks.is_empty() || concerns(&entry.event).iter().any(|task| tasks.contains(task));
    entries.iter().filter(wanted).map(|entry| line(entry, zone, columns)).collect()
}

/// One entry as a line.
pub fn line(entry: &Entry, zone: &TimeZone, columns: usize) -> String {
    let time = entry.at.to_zoned(zone.clone()).strftime("%m-%d %H:%M:%S%.3f").to_string();
    let text = clip(&words(&entry.event, zone), columns.saturating_sub(time.len() + 2));
    format!("{time}  {text}\n")
}

/// The tasks that an event is about.
fn concerns(event: &Event) -> Vec<TaskId> {
    match event {
        Event::AttemptIntended(intended) => vec![intended.attempt.task.clone()],
        Event::ApprovalAsked(asked) => asked.question.task().into_iter().cloned().collect(),
        Event::SessionSeen { attempt, .. }
        | Event::AgentHears { attempt }
        | Event::WordIntended { attempt, .. }
        | Event::WordHeard { attempt, .. }
        | Event::WordCarried { attempt, .. }
        | Event::AttemptPlaced { attempt, .. }
        | Event::AgentStarted { attempt, .. }
        | Event::AgentExited { attempt }
        | Event::SnapshotTaken { attempt, .. }
        | Event::UsageSeen { attempt, .. }
        | Event::AttemptEndIntended { attempt, .. }
        | Event::AttemptEnded { attempt, .. }
        | Event::ReplayIntended { attempt, .. }
        | Event::Replayed { attempt, .. }
        | Event::CheckIntended { subject: Subject::Attempt(attempt) | Subject::Phase(attempt), .. }
        | Event::CheckPutOff { subject: Subject::Attempt(attempt) | Subject::Phase(attempt), .. }
        | Event::Judged { subject: Subject::Attempt(attempt) | Subject::Phase(attempt), .. } => {
            vec![attempt.task.clone()]
        }
        Event::MergeIntended { tasks, .. } => tasks.clone(),
        Event::Merged { landed, conflicts, .. } => {
            let landed = landed.iter().map(|done| done.task.clone());
            landed.chain(conflicts.iter().map(|conflict| conflict.task.clone())).collect()
        }
        Event::LandRefused { culprit, next, out, .. } => {
            culprit.iter().chain(next.iter().flatten()).chain(out).cloned().collect()
        }
        Event::MarksMade { tasks, left, .. } => tasks.iter().chain(left.iter().map(|it| &it.task)).cloned().collect(),

        Event::Requested { request, .. } => asked(request),
        _ => Vec::new(),
    }
}

fn asked(request: &Request) -> Vec<TaskId> {
    match request {
        Request::Retry { task, .. }
        | Request::Skip { task }
        | Request::ByHand { task, .. }
        | Request::Solved { task, .. }
        | Request::Carried { task, .. } => vec![task.clone()],
        Request::Waive(waiver) => vec![waiver.task.clone()],
        Request::Rework(rework) => vec![rework.task.clone()],
        Request::StopTasks { tasks } => tasks.clone(),
        Request::ChangePlan(change) => change.named().cloned().collect(),
        Request::Say { task, .. } => vec![task.clone()],
        Request::Answer(answer) => answer.id.parse().into_iter().collect(),
        Request::Stop { .. } | Request::AtHome | Request::Pause | Request::Unpause | Request::Budget { .. } => {
            Vec::new()
        }
    }
}

/// A time of day, as it stands before the lines.
fn clock(at: &Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// `T001 attempt 2`: an id with a dot and a number behind it would look like another task's.
fn of_attempt(attempt: &AttemptId) -> String {
    format!("{} attempt {}", attempt.task, attempt.n)
}

/// What a check is about.
fn whose(subject: &Subject) -> String {
    match subject {
        Subject::Attempt(attempt) => of_attempt(attempt),
        Subject::Phase(attempt) => format!("{}, its tests alone", of_attempt(attempt)),
        other => place(other),
    }
}

/// An event in words, safe to show.
fn words(event: &Event, zone: &TimeZone) -> String {
    match event {
        Event::RunStarted(info) => started(info),
        Event::RunResumed { host, changes } => resumed(host.pid, changes),
        Event::AttemptIntended(it) => {
            let role = if matches!(it.role, Role::Code | Role::Retry) {
                String::new()
            } else {
                format!(" ({})", it.role.word())
            };
            format!(
                "{}  starts{role}: {} in worktree {} from {}",
                of_attempt(&it.attempt),
                safe(&it.agent),
                safe(&it.slot),
                it.base.short()
            )
        }
        Event::SessionSeen { attempt, session } => format!("{}  session {session}", of_attempt(attempt)),
        Event::AgentHears { attempt } => format!("{}  agent can be told something while it works", of_attempt(attempt)),
        Event::WordIntended { attempt, message } => {
            format!("{}  is given message {}", of_attempt(attempt), safe(message))
        }
        Event::WordHeard { attempt, message } => {
            format!("{}  has heard message {}", of_attempt(attempt), safe(message))
        }
        Event::WordCarried { attempt, message } => {
            format!(
                "{}  had finished before message {}; the next attempt will see it",
                of_attempt(attempt),
                safe(message)
            )
        }
        Event::ApprovalAsked(asked) => question::words(&asked.question),
        Event::ApprovalExpired { id } => format!("nobody answered {} in time; it still waits", safe(id)),
        Event::ApprovalFellBack(answer) => question::answered(answer),
        Event::ProviderPaused { provider, until, why } => {
            format!("{} paused until {}: {}", safe(provider), clock(until, zone), safe(why))
        }
        Event::ProviderBroken { provider, fix } => {
            format!("{} does not accept the login: {}", safe(provider), safe(fix))
        }
        Event::AttemptPlaced { attempt, host } if host.is_empty() => {
            format!("{}  handed over to the queue", of_attempt(attempt))
        }
        Event::AttemptPlaced { attempt, host } => format!("{}  handed over to {}", of_attempt(attempt), safe(host)),
        Event::AgentStarted { attempt, pid, port, .. } => {
            format!("{}  agent started, pid {pid}, port {port}", of_attempt(attempt))
        }
        Event::AgentExited { attempt } => format!("{}  agent finished; looking at its work", of_attempt(attempt)),
        Event::SnapshotTaken { attempt, commit } => {
            format!("{}  work saved as {}", of_attempt(attempt), commit.short())
        }
        Event::UsageSeen { attempt, delta } => {
            format!(
                "{}  used {} tokens, {}",
                of_attempt(attempt),
                delta.tokens(),
                crate::report::words::measure::dollars(delta.usd)
            )
        }
        Event::AttemptEndIntended { attempt, why, .. } => {
            format!("{}  will be stopped: {}", of_attempt(attempt), safe(why))
        }
        Event::AttemptEnded { attempt, outcome, seconds, .. } => ended(attempt, outcome, *seconds),
        Event::SlotSetAside { slot, why } => format!("{} set aside: {}", safe(slot), safe(why)),
        Event::CheckIntended { subject, gate, slot, .. } => {
            format!("{}  gate {gate} starts in {}", whose(subject), safe(slot))
        }
        Event::Judged { subject, gate, verdict, reason, findings, seconds, cached, .. } => {
            let took = if *cached { "remembered".to_owned() } else { duration(*seconds) };
            format!("{}  gate {gate} {} ({took}){}", whose(subject), verdict.word(), why(*verdict, reason, findings))
        }
        Event::CheckPutOff { subject, gate, until, why, .. } => {
            format!("{}  gate {gate} is asked again at {}: {}", whose(subject), clock(until, zone), safe(why))
        }
        Event::PausedForGate { gate, why } => format!("paused: gate {gate} cannot judge here: {}", safe(why)),
        Event::PoolResized { role, size } => format!("pool {}: {size} at once from now on", role.word()),
        Event::MergeIntended { batch, tasks, without } if !without.is_empty() => {
            format!("batch {batch}  merging {} without {}, which landed last", named(tasks), named(without))
        }
        Event::MergeIntended { batch, tasks, .. } => format!("batch {batch}  merging {}", named(tasks)),
        Event::Merged { batch, heads, landed, conflicts } => merged(*batch, heads, landed, conflicts),
        Event::LandRefused { batch, out, .. } if !out.is_empty() => {
            format!("batch {batch}  given up: {} is to be tried again, skipped or stopped", named(out))
        }
        Event::LandRefused { batch, culprit: Some(task), .. } => format!("batch {batch}  red because of {task}"),
        Event::LandRefused { batch, next, .. } => {
            format!(
                "batch {batch}  red; next: {}",
                next.iter().map(|group| named(group)).collect::<Vec<_>>().join(" | ")
            )
        }
        Event::LandIntended { batch } => format!("batch {batch}  gates passed; updating the branches"),
        Event::Landed { batch, held_back } => {
            let held: Vec<String> = held_back.iter().map(|held| safe(&held.branch)).collect();
            let held = if held.is_empty() { String::new() } else { format!("; not moved: {}", held.join(", ")) };
            format!("batch {batch}  landed{held}")
        }
        other => rest(other),
    }
}

fn shorts(commits: &[Oid]) -> String {
    commits.iter().map(Oid::short).collect::<Vec<_>>().join(" ")
}

fn rest(event: &Event) -> String {
    match event {
        Event::BaseIntended { of } => format!("merging {} on the side, for tasks to start from", shorts(of)),
        Event::BaseMade { commit: Some(commit), .. } => format!("merged on the side: {}", commit.short()),
        Event::BaseMade { of, paths, .. } => {
            let paths: Vec<String> = paths.iter().map(|path| safe(path)).collect();
            format!("{} conflict in {}; the head of the layer is the base", shorts(of), paths.join(", "))
        }
        Event::ChoiceAsked(ask) => {
            let of: Vec<String> = ask.of.iter().map(u32::to_string).collect();
            format!("{}  asking {} which of the attempts {} is best", ask.task, safe(&ask.agent), of.join(", "))
        }
        Event::ChoiceAnswered { task, answer, .. } => match answer.chosen {
            Some(n) => format!("{task}  the reviewing agent prefers attempt {n}: {}", safe(&answer.why)),
            None => format!("{task}  the reviewing agent chose no attempt: {}", safe(&answer.why)),
        },
        Event::CandidateChosen { attempt, why } => format!("{}  chosen: {}", of_attempt(attempt), safe(why)),
        Event::ReplayIntended { attempt, onto } => {
            format!("{} began on merged work that was given up; carrying it onto {}", of_attempt(attempt), onto.short())
        }
        Event::Replayed { attempt, work: Some((commit, _)), .. } => {
            format!("{} is {} now, to be checked again", of_attempt(attempt), commit.short())
        }
        Event::Replayed { attempt, paths, .. } => {
            let paths: Vec<String> = paths.iter().map(|path| safe(path)).collect();
            format!("{} conflicts in {}; the task is done again", of_attempt(attempt), paths.join(", "))
        }
        Event::MarksIntended { upto } => format!("layers up to {upto} finished; marking their tasks in the plan"),
        Event::MarksMade { heads, tasks, left } => marked(heads, tasks, left),
        Event::RevertIntended { tasks, .. } => {
            let names: Vec<&str> = tasks.iter().map(TaskId::as_str).collect();
            format!("{} will be reverted", names.join(", "))
        }
        Event::Reverted { .. } => "branches updated with the reverts".to_owned(),
        Event::MarksLandIntended => "updating the branches with the done marks".to_owned(),
        Event::MarksLanded { held_back } => {
            format!(
                "branches updated with the done marks{}",
                held_back.iter().map(|it| format!("; {} left alone", safe(&it.branch))).collect::<String>()
            )
        }
        Event::IntoIntended { branch, new, .. } => format!("{} will move to {}", safe(branch), new.short()),
        Event::IntoEnded { branch, refused: None } => format!("{} moved", safe(branch)),
        Event::IntoEnded { branch, refused: Some(why) } => format!("{} left alone: {}", safe(branch), safe(why)),
        Event::DeployIntended => "finishing command starts".to_owned(),
        Event::DeployEnded { ok: true, .. } => "finishing command succeeded".to_owned(),
        Event::DeployEnded { ok: false, reason } => format!("finishing command failed: {}", safe(reason)),
        Event::Requested { request, .. } => requested(request),
        Event::Ignored { what } => format!("came too late, ignored: {}", safe(what)),
        Event::Noticed { what, .. } => safe(what),
        Event::SubmoduleMoved { pointer, .. } => safe(&pointer.in_words()),
        Event::ConflictForeseen { tasks, paths } => {
            let paths: Vec<String> = paths.iter().map(reason::path).collect();
            let what = if paths.is_empty() { "no conflict any more".to_owned() } else { few(&paths, 4) };
            format!("{} x {} foreseen: {what}", tasks[0], tasks[1])
        }
        Event::Reconciled { what, found } => format!("after a crash: {}: {}", safe(what), safe(found)),
        Event::FormatRaised { format, version, .. } => {
            format!("git orca {} continues in format {format}", safe(version))
        }
        Event::Foreign { kind } => format!("an entry of a later git orca: {}", safe(kind)),
        Event::RunFinished { outcome: RunOutcome::Done } => "run finished: done".to_owned(),
        Event::RunFinished { outcome: RunOutcome::AwaitsReview } => "run waits for a review".to_owned(),
        Event::RunFinished { outcome: RunOutcome::Stopped } => "run stopped".to_owned(),
        Event::RunFinished { outcome } => format!("run finished with exit {}", outcome.exit_code()),
        _ => String::new(),
    }
}

fn started(info: &RunStarted) -> String {
    let (plan, base) = (plan_name(&info.plan.path), safe(&info.base_name));
    let tasks = plural(info.tasks.len(), "task");
    format!(
        "run {} starts: {plan}, {tasks}, on {base} {}, git orca {}",
        info.run,
        info.base.short(),
        safe(&info.version)
    )
}

fn resumed(pid: u32, changes: &[String]) -> String {
    let changes: Vec<String> = changes.iter().map(|change| safe(change)).collect();
    let changes = if changes.is_empty() { String::new() } else { format!("; changed: {}", few(&changes, 4)) };
    format!("run continues, pid {pid}{changes}")
}

fn ended(attempt: &AttemptId, outcome: &AttemptOutcome, seconds: f64) -> String {
    let took = duration(seconds);
    match outcome {
        AttemptOutcome::Committed { commit, files, added, removed, leftovers, note, .. } => {
            let size = changes(u64::from(*files), u64::from(*added), u64::from(*removed));
            let left = if *leftovers { ", some committed for it" } else { "" };
            let note = if note.is_empty() { String::new() } else { format!("; {}", safe(note)) };
            format!("{}  committed {} after {took}: {size}{left}{note}", of_attempt(attempt), commit.short())
        }
        AttemptOutcome::NoChange { claim, .. } if claim.is_empty() => {
            format!("{}  verified after {took}, no change", of_attempt(attempt))
        }
        AttemptOutcome::NoChange { claim, .. } => {
            format!("{}  says after {took} that nothing needs changing: {}", of_attempt(attempt), safe(claim))
        }
        AttemptOutcome::Failed { class, reason } => {
            let word = told(class_word(*class));
            format!("{}  {word} after {took}: {}", of_attempt(attempt), safe(reason))
        }
    }
}

fn why(verdict: Verdict, reason: &str, findings: &[Finding]) -> String {
    match (verdict, findings.first()) {
        (Verdict::Pass, _) => String::new(),
        (_, Some(first)) => format!(": {}", reason::finding(first)),
        (_, None) if reason.is_empty() => String::new(),
        (_, None) => format!(": {}", safe(reason)),
    }
}

fn merged(batch: u32, heads: &[Head], landed: &[LandedTask], conflicts: &[Conflict]) -> String {
    let heads: Vec<String> = heads.iter().map(|head| format!("layer {} {}", head.layer, head.commit.short())).collect();
    let inside: Vec<TaskId> = landed.iter().map(|done| done.task.clone()).collect();
    let rules: Vec<String> = landed.iter().flat_map(|done| &done.rules).map(|rule| safe(rule)).collect();
    let mut parts = Vec::new();
    if !inside.is_empty() {
        parts.push(format!("merged {} ({})", named(&inside), few(&heads, 4)));
    }
    if !rules.is_empty() {
        parts.push(format!("by rule: {}", few(&rules, 4)));
    }
    parts.extend(conflicts.iter().map(|conflict| format!("{} {}", conflict.task, reason::conflict(conflict))));
    format!("batch {batch}  {}", if parts.is_empty() { "nothing to merge".to_owned() } else { parts.join("; ") })
}

fn marked(heads: &[Head], tasks: &[TaskId], left: &[Unmarked]) -> String {
    let heads: Vec<String> = heads.iter().map(|head| format!("layer {} {}", head.layer, head.commit.short())).collect();
    let mut parts = Vec::new();
    if !tasks.is_empty() {
        parts.push(format!("marked {} ({})", named(tasks), few(&heads, 4)));
    }
    parts.extend(left.iter().map(|it| format!("{} not marked as done in the plan: {}", it.task, safe(&it.why))));
    parts.join("; ")
}

fn requested(request: &Request) -> String {
    let hint = |hint: &Option<String>| hint.as_ref().map(|hint| format!(", hint: {}", safe(hint))).unwrap_or_default();
    match request {
        Request::Retry { task, hint: said } => format!("asked: retry {task}{}", hint(said)),
        Request::Skip { task } => format!("asked: skip {task}"),
        Request::StopTasks { tasks } => format!("asked: stop {}", named(tasks)),
        Request::Stop { now } => format!("asked: stop{}", if *now { " now" } else { "" }),
        Request::AtHome => "asked: bring the work on other hosts back and continue here".to_owned(),
        Request::Pause => "asked: pause".to_owned(),
        Request::Unpause => "asked: continue".to_owned(),
        Request::Waive(waiver) => waived::line(waiver),
        Request::Rework(rework) => crate::report::live::narration::reworked(rework),
        Request::Answer(answer) => {
            let from = answer.from.as_ref().map(|from| format!("   {}", question::origin(from))).unwrap_or_default();
            format!("{}{from}", question::answered(answer))
        }
        Request::Say { task, text } => format!("{task}  message: {}", safe(text)),
        Request::ChangePlan(change) => crate::report::live::narration::plan_change(change),
        Request::Budget { tokens, cents } => crate::report::live::narration::budget(*tokens, *cents),
        Request::ByHand { task, open: true } => format!("{task} opened to be edited by hand"),
        Request::ByHand { task, open: false } => format!("{task} closed again, to land nothing edited by hand"),
        Request::Solved { task, commit, .. } => format!("{task} edited by hand: {}", commit.short()),
        Request::Carried { task, layer, commit } => {
            format!("{task} conflict in layer {layer} resolved by hand: {}", commit.short())
        }
    }
}

fn named(tasks: &[TaskId]) -> String {
    few(&tasks.iter().map(ToString::to_string).collect::<Vec<_>>(), 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::WIDTH;
    use crate::report::testing::{HOSTILE, Story, id, inert, screen, wreck};

    #[test]
    fn every_entry_is_a_line() {
        let story = wreck();
        let text = screen(&log(&story.entries, &[], &TimeZone::UTC, WIDTH));
        assert_eq!(text.lines().count(), story.entries.len());
        assert!(text.lines().all(|line| line.len() > 20), "an event has no words:\n{text}");
    }

    #[test]
    fn one_task_is_told_from_its_start_to_its_conflict() {
        let story = wreck();
        insta::assert_snapshot!(screen(&log(&story.entries, &[id("T006")], &TimeZone::UTC, WIDTH)), @r"
        11-20 18:15:20.000  T006 attempt 1  starts: claude in worktree a6 from 9f2e098
        11-20 18:17:00.000  T006 attempt 1  committed 9f2e2ba after 1.0 s: 3 files, +41 -12
        11-20 18:17:00.000  T006 attempt 1  gate test starts in g1
        11-20 18:17:01.000  T006 attempt 1  gate test pass (0.5 s)
        11-20 18:17:01.000  T006 attempt 1  gate review starts in g1
        11-20 18:17:01.000  T006 attempt 1  gate review pass (0.5 s)
        11-20 18:17:01.000  batch 6  merging T006
        11-20 18:17:01.000  batch 6  T006 conflicts with T005 at shop/cart.py:41-58, shop/models.py:7-9
        ");
    }

    #[test]
    fn hostile_text_stays_text() {
        for title in HOSTILE {
            let mut story = Story::new(&[("A", title, &[])], &["test"]);
            story.starts(&["A"]).fails("A", crate::journal::FailClass::Fatal, title);
            story.happens(Event::Reconciled { what: title.into(), found: title.into() });
            story.asks(Request::Retry { task: id("A"), hint: Some(title.into()) });
            let text = log(&story.entries, &[], &TimeZone::UTC, WIDTH);
            inert(&text);
            screen(&text);
        }
    }

    #[test]
    fn lines_in_a_pipe_are_whole() {
        let mut story = Story::new(&[("T1", "One", &[])], &[]);
        let long = "word ".repeat(80);
        story.starts(&["T1"]).happens(Event::Noticed { attempt: None, what: long.clone() });
        assert!(log(&story.entries, &[], &TimeZone::UTC, usize::MAX).contains(long.trim_end()));
    }
}
