//! `git orca show TASK`: one task, everything known about it.

use super::summary::verdicts;
use crate::integrate::names;
use crate::journal::{Attempt, AttemptOutcome, CheckState, RunPaths};
use crate::model::{AttemptId, Oid, Task, TaskId, TaskKind};
use crate::report::facts::attempts::outcome_words;
use crate::report::facts::attempts::review_usage;
use crate::report::facts::candidates::chosen_words;
use crate::report::facts::picture::{Picture, StateWord};
use crate::report::facts::{by_hand, next_step, reason};
use crate::report::live::narration;
use crate::report::machine::result::FileChange;
use crate::report::words::display::{clip, hang, lines, safe};
use crate::report::words::measure::{changes, dollars, duration, few, plural, rough, seconds};
use crate::report::words::style::{self, paint};
use crate::report::words::table::Table;
use crate::schedule::{PERSON, TaskStatus};

/// What git and the disk know about a task.
#[derive(Debug, Clone, Default)]
pub struct TaskFacts {
    /// The run's folder, as the user can type it.
    pub folder: String,
    /// Commits of its latest result that its base lacks, newest first.
    pub commits: Vec<(Oid, String)>,
    /// What they change.
    pub files: Vec<FileChange>,
    /// What its complete task lacks to be ready for a fresh agent.
    pub missing: Vec<String>,
}

/// Findings shown per gate.
const FINDINGS: usize = 10;
/// Columns of a field's name.
const LABEL: usize = 12;
/// Commits and files shown.
const LISTED: usize = 20;

/// One task; nothing when the run has none of this id.
pub fn show(picture: &Picture<'_>, task: &TaskId, facts: &TaskFacts, columns: usize) -> Option<String> {
    let i = picture.state.index(task)?;
    let mut blocks = vec![head(picture, i, columns), told(picture.task(i), facts, columns)];
    blocks.extend(picture.facts(i).by_number().into_iter().map(|attempt| one(picture, i, attempt, facts, columns)));
    blocks.push(work(picture, i, facts, columns));
    blocks.push(next(picture, i));
    blocks.retain(|block| !block.is_empty());
    Some(blocks.join("\n"))
}

fn head(picture: &Picture<'_>, i: usize, columns: usize) -> String {
    let task = picture.task(i);
    let standing = picture.standing(i);
    let after =
        if matches!(standing, TaskStatus::Failed(_)) { reason::after_attempts(picture, i) } else { String::new() };
    let layer = format!("layer {}", picture.state.info.layers[i]);
    let first = format!("{}  {}{after}  {layer}", task.id, paint(style::of(standing), picture.state_word(i)));
    let mut text = format!("{first}\n{}\n", clip(&task.title, columns));
    if let Some(why) = reason::of(picture, i) {
        text.push_str(&format!("{}\n", hang("", &why, columns)));
    }
    for rule in &picture.facts(i).rules {
        text.push_str(&format!("{}\n", narration::solved(rule)));
    }
    text
}

/// What the plan says.
fn told(task: &Task, facts: &TaskFacts, columns: usize) -> String {
    let mut text = String::new();
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("{}\n", hang(&format!("{name:<11} "), value, columns)));
        }
    };
    field("plan", &safe(&task.at.to_string()));
    if task.key != task.id.as_str() {
        field("written as", &clip(&task.key, columns - LABEL));
    }
    field("group", &clip(&task.group, columns - LABEL));
    match task.kind {
        TaskKind::Change => {}
        TaskKind::Tests => field("kind", "only writes tests"),
        TaskKind::Verify => field("kind", "only verifies"),
        TaskKind::Approval => field("kind", "a person approves or rejects it"),
    }
    field("after", &few(&task.after.iter().map(|edge| edge.task.to_string()).collect::<Vec<_>>(), 12));
    field("files", &few(&task.files.iter().map(|file| safe(file.path.as_str())).collect::<Vec<_>>(), 12));
    field("needs", &few(&task.needs.iter().map(|(name, n)| format!("{} {n}", safe(name))).collect::<Vec<_>>(), 12));
    field("estimate", &task.estimate.map(|minutes| format!("{minutes} min")).unwrap_or_default());
    field("priority", &if task.priority == 50 { String::new() } else { task.priority.to_string() });
    task.acceptance.iter().for_each(|criterion| field("acceptance", &clip(criterion, columns - LABEL)));
    facts.missing.iter().for_each(|missing| field("missing", &safe(missing)));
    for (name, body) in [("details", task.details.as_str()), ("run", task.run.as_deref().unwrap_or_default())] {
        if !body.trim().is_empty() {
            text.push_str(&format!("{name}\n"));
            for line in lines(body) {
                let indent = 2 + (line.len() - line.trim_start_matches(' ').len()).min(columns / 2);
                text.push_str(&format!("{}\n", hang(&" ".repeat(indent), line.trim_start(), columns)));
            }
        }
    }
    text
}

fn one(picture: &Picture<'_>, i: usize, attempt: &Attempt, facts: &TaskFacts, columns: usize) -> String {
    let end = attempt.ended.as_ref().map_or(picture.now, |(at, _)| *at);
    let cut_off = attempt.is_open() && picture.is_cut_off();
    // When it ended nobody saw.
    let took = if cut_off { String::new() } else { format!(", {}", duration(seconds(attempt.started, end))) };
    let how = match &attempt.ended {
        None if cut_off => "interrupted while running".to_owned(),
        None => "running".to_owned(),
        Some((_, AttemptOutcome::Committed { files, added, removed, .. })) => {
            changes(u64::from(*files), u64::from(*added), u64::from(*removed))
        }
        Some((_, AttemptOutcome::NoChange { claim, .. })) => narration::unchanged(claim),
        Some((_, AttemptOutcome::Failed { .. })) => outcome_words(picture, attempt),
    };
    let used = match (attempt.usage.tokens(), attempt.usage.usd) {
        (0, _) => String::new(),
        (tokens, usd) => format!(", {} tokens, {}", rough(tokens), dollars(usd)),
    };
    let review = review_usage(picture, &picture.task(i).id, Some(attempt.n));
    let used = match (review.tokens(), review.usd) {
        (0, _) => used,
        (tokens, usd) => format!("{used}, its review {} tokens, {}", rough(tokens), dollars(usd)),
    };
    let phase = picture.facts(i).phase_of(attempt).map(|role| format!(" ({})", role.word())).unwrap_or_default();
    let host = attempt.host.as_deref().filter(|host| !host.is_empty());
    let host = host.map(|host| format!(" on {}", safe(host))).unwrap_or_default();
    let mut text = match by_hand_words(picture, i, attempt, facts) {
        Some(words) => format!("attempt {} {words}\n", attempt.n),
        None => format!("attempt {}{phase} by {}{host}: {how}{took}{used}\n", attempt.n, safe(&attempt.agent)),
    };
    let mut line = |words: &str| text.push_str(&format!("{}\n", hang("  ", words, columns)));
    if let Some(words) = chosen_words(picture, i, attempt) {
        line(&safe(&words));
    }
    if attempt.failure().is_some() || attempt.conflict.is_some() || attempt.refused.is_some() {
        line(&reason::of_attempt(picture, i, attempt).unwrap_or_default());
    }
    if let Some((_, AttemptOutcome::Committed { note, .. })) = &attempt.ended
        && !note.is_empty()
    {
        line(&safe(note));
    }
    let words = picture.words(i, attempt);
    if !words.is_empty() {
        line(&verdicts(&words));
    }
    words.iter().for_each(|word| findings(word, &mut line));
    saved(attempt, &mut line);
    let id = AttemptId { task: picture.task(i).id.clone(), n: attempt.n };
    if attempt.agent != PERSON {
        text.push_str(&format!("  logs {}\n", path(facts, &RunPaths::attempt_logs(&id))));
    }
    text
}

/// What a person changed: how long it took nobody saw, and how much it is only git knows, of the latest.
fn by_hand_words(picture: &Picture<'_>, i: usize, attempt: &Attempt, facts: &TaskFacts) -> Option<String> {
    if attempt.agent != PERSON || !matches!(attempt.ended, Some((_, AttemptOutcome::Committed { .. }))) {
        return None;
    }
    let is_latest = picture.facts(i).last().is_some_and(|last| last.n == attempt.n);
    let sum = |of: fn(&FileChange) -> u32| facts.files.iter().map(|file| u64::from(of(file))).sum();
    let size = || changes(facts.files.len() as u64, sum(|file| file.added), sum(|file| file.removed));
    Some(if is_latest { format!("by hand: {}", size()) } else { "by hand".to_owned() })
}

fn path(facts: &TaskFacts, below: &str) -> String {
    let folder = facts.folder.trim_end_matches('/');
    by_hand::quoted(&if folder.is_empty() { below.to_owned() } else { format!("{folder}/{below}") })
}

fn findings(word: &StateWord<'_>, line: &mut impl FnMut(&str)) {
    let Some(CheckState::Judged(judgement)) = word.check else { return };
    if judgement.verdict == crate::model::Verdict::Pass {
        return;
    }
    if judgement.findings.is_empty() && !judgement.reason.is_empty() {
        line(&format!("{}: {}", word.gate.name, safe(judgement.reason.trim())));
    }
    for finding in judgement.findings.iter().take(FINDINGS) {
        line(&format!("{}: {}", word.gate.name, reason::finding(finding)));
        if !finding.advice.is_empty() {
            line(&format!("    {}", safe(&finding.advice)));
        }
    }
    if judgement.findings.len() > FINDINGS {
        line(&format!("{}: and {} more", word.gate.name, judgement.findings.len() - FINDINGS));
    }
}

fn saved(attempt: &Attempt, line: &mut impl FnMut(&str)) {
    if let Some(commit) = &attempt.salvage {
        line(&format!("not in the result, saved as {}: git orca salvage list", commit.short()));
    } else if let (Some(commit), true) = (&attempt.snapshot, attempt.is_open()) {
        line(&format!("work in progress saved as {}", commit.short()));
    }
}

/// Branch, commits and changed files of the latest result.
fn work(picture: &Picture<'_>, i: usize, facts: &TaskFacts, columns: usize) -> String {
    let state = picture.facts(i);
    let Some(result) = state.attempts.iter().rev().find_map(Attempt::result) else { return String::new() };
    let branch = names::task_branch(&picture.state.info.run, &picture.task(i).id);
    let mut text = format!("branch      {branch}  {}\n", result.short());
    if let Some(commit) = &state.landed_commit {
        text.push_str(&format!("landed as   {}\n", commit.short()));
    }
    for (commit, subject) in facts.commits.iter().take(LISTED) {
        text.push_str(&format!("  {} {}\n", commit.short(), clip(subject, columns.saturating_sub(10))));
    }
    if facts.commits.len() > LISTED {
        text.push_str(&format!("  and {} more\n", plural(facts.commits.len() - LISTED, "commit")));
    }
    let mut table = Table::new().flexible("", 20).left("").right("");
    for file in facts.files.iter().take(LISTED) {
        table.row([safe(&file.path).into(), format!("+{}", file.added).into(), format!("-{}", file.removed).into()]);
    }
    table.text(columns - 2).lines().for_each(|line| text.push_str(&format!("  {line}\n")));
    if facts.files.len() > LISTED {
        text.push_str(&format!("  and {}\n", plural(facts.files.len() - LISTED, "more file")));
    }
    text
}

fn next(picture: &Picture<'_>, i: usize) -> String {
    let task = &picture.task(i).id;
    let mut commands = Vec::new();
    if picture.facts(i).attempts.iter().any(|attempt| attempt.result().is_some()) {
        commands.push(format!("git orca diff {task}"));
    }
    match picture.standing(i) {
        TaskStatus::Conflicted => commands.push(format!("git orca conflicts {task}")),
        TaskStatus::Failed(_) => {
            let next = next_step::of_failed(picture, i);
            let is_told = next.why.is_none() && picture.task(i).run.is_none();
            let hint = if is_told { " -m \"what to do differently\"" } else { "" };
            commands.push(format!("{}{hint}", next.command));
        }
        TaskStatus::Running => commands.push(format!("cd \"$(git orca path {task})\"")),
        _ => {}
    }
    let line = |(n, command): (usize, &String)| format!("{:<11} {command}\n", if n == 0 { "next" } else { "" });
    commands.iter().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::FailClass;
    use crate::model::Verdict;
    use crate::report::WIDTH;
    use crate::report::testing::{HOSTILE, Story, id, inert, info, oid, options, screen, wreck};

    #[test]
    fn a_task_with_three_attempts() {
        let state = wreck().state();
        let picture = Picture::new(&state, state.at, false);
        let facts = TaskFacts {
            folder: "/srv/shop/.git/orca/runs/20261120-1812-k3".into(),
            commits: vec![(oid(51), "Export quotes".into()), (oid(52), "Export orders as CSV".into())],
            files: vec![
                FileChange { path: "shop/export.py".into(), added: 80, removed: 3 },
                FileChange { path: "tests/test_export.py".into(), added: 8, removed: 0 },
            ],
            missing: vec!["acceptance criteria".into()],
        };
        insta::assert_snapshot!(screen(&show(&picture, &id("T007"), &facts, WIDTH).unwrap()), @r#"
        T007  failed after 3 attempts  layer 3
        Export orders as CSV
        gate test fails: tests/test_export.py:19 passes without the change, so it proves nothing

        plan        tasks.md:9
        after       T004
        missing     acceptance criteria

        attempt 1 by claude: 2 files, +88 -3, 30 s
          test fail, review pass
          test: tests/test_export.py:19 passes without the change, so it proves nothing
          logs /srv/shop/.git/orca/runs/20261120-1812-k3/logs/T007/1

        attempt 2 by claude: 2 files, +88 -3, 30 s
          test fail, review pass
          test: tests/test_export.py:19 passes without the change, so it proves nothing
          logs /srv/shop/.git/orca/runs/20261120-1812-k3/logs/T007/2

        attempt 3 by claude: 2 files, +88 -3, 30 s
          test fail, review pass
          test: tests/test_export.py:19 passes without the change, so it proves nothing
          logs /srv/shop/.git/orca/runs/20261120-1812-k3/logs/T007/3

        branch      orca/20261120-1812-k3/task/T007  9f2ef86
          9f2f80e Export quotes
          9f2f91f Export orders as CSV
          shop/export.py        +80  -3
          tests/test_export.py  +8   -0

        next        git orca diff T007
                    git orca retry T007 -m "what to do differently"
        "#);
        assert!(show(&picture, &id("nothing"), &facts, WIDTH).is_none());
    }

    #[test]
    fn a_task_as_the_plan_has_it_and_its_saved_work() {
        let mut info = info(&[("A", "Rename the module", &[]), ("B", "Use it", &["A"])], options(&[]));
        let task = &mut info.tasks[1];
        task.key = "Task B!".into();
        task.details = "Use the new name:\n\n- in shop\n\t- and in tests".into();
        task.run = Some("sed -i s/a/b/ shop.py\n".into());
        task.acceptance = vec!["`pytest` passes".into()];
        task.estimate = Some(15.0);
        task.needs.insert("db".into(), 1);
        let mut story = Story::of(info);
        story.done("A", 0.0, 1.0).starts(&["B"]).at(3.0).fails("B", FailClass::Retryable, "it timed out after 30 min");
        let state = story.state();
        let picture = Picture::new(&state, state.at, true);
        insta::assert_snapshot!(screen(&show(&picture, &id("B"), &TaskFacts::default(), WIDTH).unwrap()), @r"
        B  ready  layer 2
        Use it
        again in 0.6 s: it timed out after 30 min

        plan        tasks.md:4
        written as  Task B!
        after       A
        needs       db 1
        estimate    15 min
        acceptance  `pytest` passes
        details
          Use the new name:

          - in shop
              - and in tests
        run
          sed -i s/a/b/ shop.py

        attempt 1 by claude: failed, 2.5 s
          it timed out after 30 min
          logs logs/B/1
        ");
    }

    #[test]
    fn hostile_text_stays_text() {
        for title in HOSTILE {
            let mut info = info(&[("A", title, &[])], options(&["test"]));
            // Details are shown whole, whatever their length.
            info.tasks[0].details = title.chars().take(90).collect();
            info.tasks[0].group = title.into();
            info.tasks[0].acceptance = vec![title.into()];
            let mut story = Story::of(info);
            story.starts(&["A"]).commits("A", 1, 1, 0).gates("A", "test").says(
                "A",
                "test",
                Verdict::Unchecked,
                "a\x1b[1mb",
            );
            let state = story.state();
            let files = vec![FileChange { path: title.into(), added: 1, removed: 0 }];
            let facts = TaskFacts { commits: vec![(oid(1), title.into())], files, ..TaskFacts::default() };
            let text = show(&Picture::new(&state, state.at, true), &id("A"), &facts, WIDTH).unwrap();
            inert(&text);
            screen(&text);
        }
    }
}
