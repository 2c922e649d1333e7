//! The end of a run: what landed, what did not and why, what was checked, what to type next.

use std::collections::{BTreeMap, BTreeSet};

use crate::integrate::names;
use crate::journal::{Approval, AttemptOutcome, FailClass, Mark, RunOutcome};
use crate::model::{GateName, TaskId, Verdict};
use crate::report::facts::alert;
use crate::report::facts::checked::{self, Checked};
use crate::report::facts::picture::{Picture, StateWord};
use crate::report::facts::timing::{self, Timing};
use crate::report::facts::{ending, next_step, reason, tally};
use crate::report::live::narration;
use crate::report::words::display::{clip, hang, safe, width};
use crate::report::words::measure::{changes, dollars, duration, few, plural, rough};
use crate::report::words::style::{self, paint};
use crate::report::words::table::{Cell, Table};
use crate::report::words::{question, waived};
use crate::schedule::{Failure, TaskStatus};

/// Tasks up to which each gets a line; longer plans are told by layer.
const LISTED: usize = 40;
/// Failures told one by one.
const TOLD: usize = 20;

/// Size of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiffStat {
    /// Files.
    pub files: u64,
    /// Lines added.
    pub added: u64,
    /// Lines removed.
    pub removed: u64,
}

/// What only git knows about the result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResultFacts {
    /// From the base to the last head.
    pub change: Option<DiffStat>,
}

/// The summary of a run.
pub fn summary(picture: &Picture<'_>, facts: &ResultFacts, columns: usize) -> String {
    let all = picture.landed() == picture.len();
    let mut blocks = Vec::new();
    if picture.len() <= LISTED {
        blocks.push(tasks(picture, columns));
    }
    blocks.push(totals(picture, columns));
    blocks.extend(troubles(picture, columns));
    blocks.push(unanswered(picture, columns));
    blocks.push(blocked(picture, columns));
    if !all {
        blocks.push(layers(picture, columns));
    }
    blocks.push(Checked::of(picture).text(columns));
    blocks.push(waived_lines(picture, columns));
    blocks.push(result(picture, facts, columns));
    if ending::exit(picture) != 0 {
        blocks.push(format!("{}\n", ending::line(picture)));
    }
    blocks.retain(|block| !block.is_empty());
    blocks.join("\n")
}

/// What a person let pass, a line each.
pub(super) fn waived_lines(picture: &Picture<'_>, columns: usize) -> String {
    let lines = (0..picture.len())
        .flat_map(|i| picture.facts(i).waived())
        .map(|it| format!("{}\n", hang("", &waived::line(&it.waiver), columns)));
    lines.collect()
}

fn tasks(picture: &Picture<'_>, columns: usize) -> String {
    let mut table = Table::new().right("layer").flexible("task", 12).flexible("title", 12).left("state");
    table = table.right("attempts").flexible("gates", 40).right("time");
    for i in 0..picture.len() {
        let task = picture.task(i);
        let standing = picture.standing(i);
        let facts = picture.facts(i);
        let gates = facts.last().map(|last| counted_verdicts(&picture.words(i, last))).unwrap_or_default();
        let time = if facts.attempts.is_empty() { String::new() } else { duration(timing::of_task(picture, i)) };
        table.row([
            picture.state.info.layers[i].to_string().into(),
            task.id.to_string().into(),
            clip(&task.title, columns).into(),
            Cell::styled(picture.state_word(i), style::of(standing)),
            facts.attempts.len().to_string().into(),
            gates.into(),
            time.into(),
        ]);
    }
    table.text(columns)
}

/// `syntax pass, test running`.
pub fn verdicts(words: &[StateWord<'_>]) -> String {
    let word = |word: &StateWord<'_>| format!("{} {}", word.gate.name, word.word());
    words.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// Columns beyond which passes are only counted.
const VERDICTS: usize = 40;

/// As [`verdicts`], or, where that is long, `3 pass, tdd unchecked`.
fn counted_verdicts(words: &[StateWord<'_>]) -> String {
    let all = verdicts(words);
    let passed = words.iter().filter(|word| word.word() == Verdict::Pass.word()).count();
    if width(&all) <= VERDICTS || passed < 2 {
        return all;
    }
    let others = words.iter().filter(|word| word.word() != Verdict::Pass.word());
    let others = others.map(|word| format!("{} {}", word.gate.name, word.word()));
    std::iter::once(format!("{passed} {}", Verdict::Pass.word())).chain(others).collect::<Vec<_>>().join(", ")
}

fn totals(picture: &Picture<'_>, columns: usize) -> String {
    let timing = Timing::of(picture);
    let counts = tally::shown(picture);
    let others: Vec<_> = counts.into_iter().filter(|(word, _)| *word != "landed").collect();
    let others = if others.is_empty() { String::new() } else { format!(", {}", tally::words(&others)) };
    let mut parts =
        vec![format!("{} of {} landed in {}{others}", picture.landed(), picture.len(), duration(timing.wall))];
    if let Some(speed_up) = timing.gain().filter(|_| picture.landed() > 1) {
        parts.push(format!("sequentially about {} ({speed_up:.1}x)", duration(timing.sequential)));
        parts.push(format!("best possible {}", duration(timing.bound)));
    }
    parts.extend(used(picture));
    let mut text = format!("{}\n", hang("", &parts.join("; "), columns));
    let left = &picture.state.info.left_out;
    let reasons = [(left.done, "done in the plan"), (left.optional, "optional"), (left.chosen, "by --only or --skip")];
    let reasons: Vec<String> = reasons.iter().filter(|(n, _)| *n > 0).map(|(n, why)| format!("{n} {why}")).collect();
    if !reasons.is_empty() {
        text.push_str(&format!("not part of this run: {}\n", reasons.join(", ")));
    }
    let alerts = alert::of_agents(picture).into_iter().chain(alert::of_gates(picture));
    text.extend(alerts.map(|alert| format!("{}\n", hang("", &alert, columns))));
    text + &unmarked(picture, columns)
}

/// Documents of the plan, and landed tasks in them, that are not marked.
fn unmarked(picture: &Picture<'_>, columns: usize) -> String {
    let mut lines: Vec<String> = picture
        .state
        .info
        .left_alone
        .iter()
        .map(|why| format!("nothing is marked as done in the plan: {}", safe(why)))
        .collect();
    let mut by_why: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for i in 0..picture.len() {
        if let Some(Mark::Left(why)) = &picture.facts(i).mark {
            by_why.entry(why).or_default().push(picture.task(i).id.to_string());
        }
    }
    lines.extend(
        by_why.iter().map(|(why, tasks)| format!("not marked as done in the plan: {}: {}", few(tasks, 12), safe(why))),
    );
    lines.iter().map(|line| format!("{}\n", hang("", line, columns))).collect()
}

/// `1.9 M tokens, $3.12`, where anything is known.
pub fn used(picture: &Picture<'_>) -> Option<String> {
    let usage = picture.state.usage();
    match (usage.tokens(), usage.usd > 0.0) {
        (0, false) => None,
        (0, true) => Some(dollars(usage.usd)),
        (tokens, false) => Some(format!("{} tokens", rough(tokens))),
        (tokens, true) => Some(format!("{} tokens, {}", rough(tokens), dollars(usage.usd))),
    }
}

/// Failed and conflicted tasks, one block each.
fn troubles(picture: &Picture<'_>, columns: usize) -> Vec<String> {
    let stuck = picture.that(|standing| matches!(standing, TaskStatus::Failed(_) | TaskStatus::Conflicted));
    let mut blocks: Vec<String> = stuck.iter().take(TOLD).map(|i| trouble(picture, *i, columns)).collect();
    if stuck.len() > TOLD {
        blocks.push(format!("and {} more that failed or conflict: git orca status\n", stuck.len() - TOLD));
    }
    blocks
}

fn trouble(picture: &Picture<'_>, i: usize, columns: usize) -> String {
    let task = picture.task(i);
    let clash = *picture.standing(i) == TaskStatus::Conflicted;
    let after = if clash { String::new() } else { reason::after_attempts(picture, i) };
    let word = picture.standing(i).word();
    let head = format!("{}  {word}{after}", task.id);
    let title = clip(&task.title, columns.saturating_sub(width(&head) + 4));
    let mut text = format!("{}    {title}\n", head.replacen(word, &paint(style::BAD, word), 1));
    let mut line = |words: &str| text.push_str(&format!("{}\n", hang("      ", words, columns)));
    if let Some(why) = reason::of(picture, i) {
        line(&why);
    }
    if let Some(kept) = kept(picture, i) {
        line(&format!("kept  {kept}"));
    }
    if picture.facts(i).has_attempts() {
        line(&format!("log   git orca show {}", task.id));
    }
    if clash {
        line(&format!("next  git orca conflicts {}", task.id));
    } else {
        let next = next_step::of_failed(picture, i);
        line(&format!("next  {}", next.command));
        next.why.iter().for_each(|why| line(&format!("      {why}")));
    }
    if let Some(gate) = refuser(picture, i) {
        line(&format!("or    git orca approve {} --despite {gate} -m \"why\"   to land it anyway", task.id));
    }
    let no_work = picture.facts(i).last().and_then(|last| last.failure());
    if no_work.is_some_and(|(class, _)| class == FailClass::NoWork) {
        line(&format!("or    git orca skip {}   if nothing needs changing", task.id));
    }
    text
}

/// The gate that a failed task's work could land despite.
fn refuser<'a>(picture: &'a Picture<'a>, i: usize) -> Option<&'a GateName> {
    let by_gates = matches!(picture.standing(i), TaskStatus::Failed(Failure::Gates | Failure::GatesAgain));
    let last = picture.facts(i).last().filter(|last| by_gates && last.result().is_some())?;
    reason::refusing(&picture.words(i, last)).map(|(gate, _)| gate)
}

/// Tasks of a run that was stopped while they waited for an answer, a line each.
fn unanswered(picture: &Picture<'_>, columns: usize) -> String {
    if !matches!(picture.state.finished, Some((_, RunOutcome::Stopped))) {
        return String::new();
    }
    let line = |approval: &Approval| {
        let then = format!("git orca approve {}, then: git orca resume", safe(&approval.question.id()));
        format!("{}\n", hang("waits    ", &format!("{} {then}", question::words(&approval.question)), columns))
    };
    picture.state.unanswered().map(line).collect()
}

/// What there is of a task's work, and where.
pub fn kept(picture: &Picture<'_>, i: usize) -> Option<String> {
    let task = &picture.task(i).id;
    let attempts = &picture.facts(i).attempts;
    let last = attempts.iter().rev().find_map(|attempt| match &attempt.ended {
        Some((_, AttemptOutcome::Committed { files, added, removed, .. })) => Some((*files, *added, *removed)),
        _ => None,
    });
    let saved = attempts.iter().any(|attempt| attempt.salvage.is_some() || attempt.snapshot.is_some());
    let branch = names::task_branch(&picture.state.info.run, task);
    match last {
        Some((files, added, removed)) => {
            let size = changes(u64::from(files), u64::from(added), u64::from(removed));
            Some(format!("{branch}, {size}"))
        }
        None if saved => Some("its work is saved: git orca salvage list".to_owned()),
        None if attempts.is_empty() => None,
        // The journal does not say what a failed attempt had committed: its refs do.
        None if picture
            .facts(i)
            .last()
            .and_then(|last| last.failure())
            .is_none_or(|(class, _)| class != FailClass::NoWork) =>
        {
            Some("whatever it committed: git orca salvage list".to_owned())
        }
        None => Some("nothing was committed".to_owned()),
    }
}

/// Blocked tasks by what they need.
fn blocked(picture: &Picture<'_>, columns: usize) -> String {
    let mut groups: Vec<(String, Vec<TaskId>)> = Vec::new();
    for i in picture.that(|standing| *standing == TaskStatus::Blocked) {
        let why = reason::of(picture, i).unwrap_or_default();
        let task = picture.task(i).id.clone();
        match groups.iter_mut().find(|(known, _)| *known == why) {
            Some((_, tasks)) => tasks.push(task),
            None => groups.push((why, vec![task])),
        }
    }
    let names = |tasks: &[TaskId]| few(&tasks.iter().map(ToString::to_string).collect::<Vec<_>>(), 8);
    let line = |(why, tasks): &(String, Vec<TaskId>)| {
        format!("{}\n", hang("blocked  ", &format!("{}: {why}", names(tasks)), columns))
    };
    let mut text: String = groups.iter().take(TOLD).map(line).collect();
    if groups.len() > TOLD {
        let rest: usize = groups[TOLD..].iter().map(|(_, tasks)| tasks.len()).sum();
        text.push_str(&format!("         and {rest} more: git orca status --format json\n"));
    }
    text
}

fn layers(picture: &Picture<'_>, columns: usize) -> String {
    let info = &picture.state.info;
    let last = info.layers.iter().max().copied().unwrap_or(0);
    if last as usize > LISTED {
        return String::new();
    }
    let mut table = Table::new().right("layer").left("landed").left("branch").left("merged gates").left("missing");
    for n in 1..=last {
        let of: Vec<usize> = (0..picture.len()).filter(|i| info.layers[*i] == n).collect();
        let landed = of.iter().filter(|i| *picture.standing(**i) == TaskStatus::Landed).count();
        let head = picture.state.heads.get(&n);
        let branch = head.map_or("none".to_owned(), |_| names::layer_branch(&info.run, n));
        let gates = match head {
            Some(head) if !info.options.gates.is_empty() => checked::of_head(picture, &head.tree),
            Some(_) => "no gates",
            None => "",
        };
        let missing: Vec<String> = of
            .iter()
            .filter(|i| *picture.standing(**i) != TaskStatus::Landed)
            .map(|i| picture.task(*i).id.to_string())
            .collect();
        let missing = few(&missing, 4);
        let landed = format!("{landed} of {}", of.len());
        table.row([n.to_string().into(), landed.into(), branch.into(), gates.into(), Cell::spanning(missing)]);
    }
    table.text(columns)
}

fn result(picture: &Picture<'_>, facts: &ResultFacts, columns: usize) -> String {
    let info = &picture.state.info;
    let mut text = String::new();
    let mut line = |word: &str, words: &str| text.push_str(&format!("{word:<8} {words}\n"));
    let branch = names::integration_branch(&info.run);
    if picture.state.heads.is_empty() {
        line("result", "nothing has landed; your branches and your checkout are as they were");
    } else {
        let size = facts.change.map(|stat| format!("  {}", changes(stat.files, stat.added, stat.removed)));
        line("result", &format!("{branch}  {}{}", picture.state.top().commit.short(), size.unwrap_or_default()));
        line("look", &format!("git diff {}...{branch}", safe(&info.base_name)));
        let part = if picture.landed() == picture.len() { String::new() } else { part(picture) };
        line("take", &format!("git orca take{part}"));
    }
    for held in &picture.state.held_back {
        line("branch", &format!("{} was not moved: {}", safe(&held.branch), safe(&held.why)));
    }
    ended(picture, &mut line);
    line("report", "git orca report");
    if !picture.state.heads.is_empty() {
        line("undo", "git orca undo   (deletes no commits)");
    }
    let named = |i: usize| {
        let rules: BTreeSet<&String> = picture.facts(i).rules.iter().collect();
        rules.into_iter().map(move |rule| format!("{}: {}", picture.task(i).id, narration::solved(rule)))
    };
    let rules: Vec<String> =
        (0..picture.len()).flat_map(named).map(|words| hang("merged   ", &words, columns)).collect();
    rules.iter().take(TOLD).map(|rule| format!("{rule}\n")).collect::<String>() + &text
}

/// What taking the result takes, when that is not everything.
fn part(picture: &Picture<'_>) -> String {
    format!("    {} of {}", picture.landed(), plural(picture.len(), "task"))
}

/// How `--into` and the finishing command went.
fn ended(picture: &Picture<'_>, line: &mut impl FnMut(&str, &str)) {
    let state = picture.state;
    if let (Some((true, refused)), Some((branch, _))) = (&state.into, &state.info.options.into) {
        match refused {
            None => line("into", &format!("{} moved to the result", safe(branch))),
            Some(why) => line("into", &format!("{} was left alone: {}", safe(branch), safe(why))),
        }
    }
    match &state.deploy {
        Some(Some((true, _))) => line("finish", "the finishing command succeeded"),
        Some(Some((false, why))) => line("finish", &format!("the finishing command failed: {}", safe(why))),
        Some(None) | None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Request, RunState};
    use crate::report::WIDTH;
    use crate::report::testing::{HOSTILE, Line, Story, id, inert, screen, wreck};

    fn shown(state: &RunState) -> String {
        let picture = Picture::new(state, state.at, false);
        summary(&picture, &ResultFacts { change: Some(DiffStat { files: 36, added: 1204, removed: 96 }) }, WIDTH)
    }

    #[test]
    fn everything_landed() {
        let tasks: &[Line<'_>] = &[
            ("task-1", "Platform detection", &[]),
            ("task-2", "Error handling", &[]),
            ("task-3", "Integration", &["task-1"]),
        ];
        let mut story = Story::new(tasks, &["syntax", "test"]);
        story.done("task-1", 0.1, 1.2).at(0.1).starts(&["task-2"]).at(1.0).commits("task-2", 1, 2, 0);
        story.gates("task-2", "syntax").gates("task-2", "test").says("task-2", "syntax", Verdict::Pass, "");
        story.at(1.3).says("task-2", "test", Verdict::NotApplicable, "nothing below src/ changed");
        story.lands_by(&["task-2"], &["union CHANGELOG.md"]).done("task-3", 1.4, 1.2);
        story.finishes(RunOutcome::Done);
        insta::assert_snapshot!(screen(&shown(&story.state())), @r#"
        layer  task    title               state   attempts  gates                              time
            1  task-1  Platform detection  landed         1  syntax pass, test pass            1.2 s
            1  task-2  Error handling      landed         1  syntax pass, test not applicable  1.2 s
            2  task-3  Integration         landed         1  syntax pass, test pass            1.2 s

        3 of 3 landed in 2.6 s; sequentially about 5.3 s (2.0x); best possible 2.4 s

        gate    on landed tasks           on merged trees
        syntax  3 pass                    3 pass
        test    2 pass, 1 not applicable  3 pass

        merged   task-2: CHANGELOG.md changed on both sides, resolved by the union rule
        result   orca/20261120-1812-k3/integration  9f2d3cc  36 files, +1,204 -96
        look     git diff main...orca/20261120-1812-k3/integration
        take     git orca take
        report   git orca report
        undo     git orca undo   (deletes no commits)
        "#);
    }

    #[test]
    fn some_did_not() {
        let mut story = wreck();
        story.at(412.0).says("T010", "test", Verdict::Pass, "").at(430.0).fails(
            "T009",
            FailClass::Fatal,
            "no credit left",
        );
        story.finishes(RunOutcome::Incomplete { exit: 4 });
        insta::assert_snapshot!(screen(&shown(&story.state())), @r#"
        layer  task  title                      state       attempts  gates                         time
            1  T001  Create the package layout  landed             1  test pass, review pass        52 s
            2  T002  Cart model                 landed             1  test pass, review pass       102 s
            2  T003  Tax rules                  landed             1  test pass, review pass       2 min
            2  T004  Order history              landed             1  test pass, review pass        99 s
            3  T005  Totals                     landed             1  test pass, review pass        80 s
            3  T006  Discount codes             conflicted         1  test pass, review pass       101 s
            3  T007  Export orders as CSV       failed             3  test fail, review pass        93 s
            4  T008  Import orders from CSV     blocked            0
            3  T009  Receipts by mail           failed             1                                90 s
            3  T010  Admin pages                ready              1  test pass, review unchecked   61 s

        5 of 10 landed in 7 min, 2 failed, 1 conflicted, 1 blocked, 1 ready; sequentially about 14 min
        (1.9x); best possible 5 min; 900 k tokens, $1.48
        10 of 11 attempts produced a commit; 1 failed

        T006  conflicted    Discount codes
              conflicts with T005 at shop/cart.py:41-58, shop/models.py:7-9
              kept  orca/20261120-1812-k3/task/T006, 3 files, +41 -12
              log   git orca show T006
              next  git orca conflicts T006

        T007  failed after 3 attempts    Export orders as CSV
              gate test fails: tests/test_export.py:19 passes without the change, so it proves nothing
              kept  orca/20261120-1812-k3/task/T007, 2 files, +88 -3
              log   git orca show T007
              next  git orca retry T007
              or    git orca approve T007 --despite test -m "why"   to land it anyway

        T009  failed after 1 attempt    Receipts by mail
              no credit left
              kept  whatever it committed: git orca salvage list
              log   git orca show T009
              next  git orca retry T009

        blocked  T008: needs T007

        layer  landed  branch                         merged gates  missing
            1  1 of 1  orca/20261120-1812-k3/layer/1  pass
            2  3 of 3  orca/20261120-1812-k3/layer/2  pass
            3  1 of 5  orca/20261120-1812-k3/layer/3  pass          T006, T007, T009, T010
            4  0 of 1  none                                         T008

        gate    on landed tasks  on merged trees
        test    5 pass           5 pass
        review  5 pass           5 pass

        merged   T004: CHANGELOG.md changed on both sides, resolved by the union rule
        result   orca/20261120-1812-k3/integration  9f2e098  36 files, +1,204 -96
        look     git diff main...orca/20261120-1812-k3/integration
        take     git orca take    5 of 10 tasks
        report   git orca report
        undo     git orca undo   (deletes no commits)

        exit 4: 1 task failed (and gates still refuse 1 task, 1 conflict left)
        "#);
    }

    #[test]
    fn nothing_landed_and_nothing_was_checked() {
        let mut story = Story::new(&[("A", "first", &[]), ("B", "second", &["A"])], &[]);
        story.at(0.1).starts(&["A"]).at(2.0).fails(
            "A",
            FailClass::NoWork,
            "the agent finished without changing anything",
        );
        story.asks(Request::StopTasks { tasks: vec![id("A")] }).finishes(RunOutcome::Stopped);
        insta::assert_snapshot!(screen(&shown(&story.state())), @r#"
        layer  task  title   state    attempts  gates   time
            1  A     first   failed          1         1.9 s
            2  B     second  blocked         0

        0 of 2 landed in 2.0 s, 1 failed, 1 blocked

        A  failed after 1 attempt    first
              stopped
              kept  nothing was committed
              log   git orca show A
              next  git orca retry A
              or    git orca skip A   if nothing needs changing

        blocked  B: needs A

        layer  landed  branch  merged gates  missing
            1  0 of 1  none                  A
            2  0 of 1  none                  B

        no gates ran: nothing was checked (to add gates: git orca init)

        result   nothing has landed; your branches and your checkout are as they were
        report   git orca report

        stopped: git orca resume continues it (and 1 task failed)
        "#);
    }

    #[test]
    fn hostile_titles_stay_in_their_column() {
        for title in HOSTILE {
            let mut story = Story::new(&[("A", title, &[]), ("B", title, &["A"])], &["test"]);
            story.starts(&["A"]).commits("A", 1, 1, 0).conflicts("A", &[], &[("a\x1b[2Jb", "1-2")]);
            let text = shown(&story.state());
            inert(&text);
            screen(&text);
        }
    }
}
