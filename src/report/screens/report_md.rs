//! `git orca report`: the run as Markdown, to be kept or sent.

use super::summary::{kept, used, verdicts};
use crate::integrate::names;
use crate::journal::{AttemptOutcome, MovedPointer};
use crate::model::{Task, TaskId};
use crate::report::facts::alert;
use crate::report::facts::attempts::outcome_words;
use crate::report::facts::candidates::chosen_words;
use crate::report::facts::checked::Checked;
use crate::report::facts::picture::Picture;
use crate::report::facts::submodules::moved_pointers;
use crate::report::facts::timing::{self, Timing};
use crate::report::facts::{by_hand, ending, reason, tally};
use crate::report::live::narration;
use crate::report::machine::report_json::Changes;
use crate::report::machine::status_json;
use crate::report::words::display::{clip, safe};
use crate::report::words::measure::{changes, duration};
use crate::report::words::waived;
use crate::schedule::TaskStatus;

/// Columns of a title in a table.
const TITLE: usize = 120;

/// Untrusted text for a Markdown line: safe, and without a meaning of its own there.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in safe(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '$' | '&' | '!' | '@') {
            shown.push('\\');
        }
        shown.push(c);
    }
    shown
}

/// Text as code, whatever it contains.
fn code(text: &str) -> String {
    format!("`{}`", safe(text).replace('`', "'").replace('|', "\\|"))
}

/// The report.
pub fn report_md(picture: &Picture<'_>, files: &Changes) -> String {
    let mut sections = vec![head(picture), tasks(picture), troubles(picture), checked(picture), waivers(picture)];
    sections.push(conflicts(picture));
    sections.push(submodules(picture));
    sections.push(each(picture, files));
    sections.push(next(picture));
    sections.retain(|section| !section.is_empty());
    sections.join("\n")
}

fn head(picture: &Picture<'_>) -> String {
    let info = &picture.state.info;
    let timing = Timing::of(picture);
    let mut text = format!("# Run {}\n\n", info.run);
    let mut line = |name: &str, value: String| text.push_str(&format!("- {name}: {value}\n"));
    line("plan", format!("{} ({})", code(&info.plan.path), escaped(&info.plan.kind)));
    line("base", format!("{} {}", code(&info.base_name), info.base.short()));
    line("sandbox", escaped(&info.options.sandbox.about()));
    line("began", picture.state.started.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    line("state", format!("{}, {}", picture.word().word(), ending::line(picture)));
    line("tasks", format!("{}: {}", picture.len(), tally::words(&tally::shown(picture))));
    let left = &info.left_out;
    if left.done + left.optional + left.chosen > 0 {
        let (done, optional, chosen) = (left.done, left.optional, left.chosen);
        line("not part of this run", format!("{done} done in the plan, {optional} optional, {chosen} by choice"));
    }
    line("time", duration(timing.wall));
    if let Some(speed_up) = timing.gain().filter(|_| picture.landed() > 1) {
        line("sequentially about", format!("{} ({speed_up:.1}x)", duration(timing.sequential)));
        line("best possible", duration(timing.bound));
    }
    if let Some(used) = used(picture) {
        line("used", used);
    }
    if let Some(alert) = alert::of_agents(picture) {
        line("alert", alert);
    }
    if !picture.state.heads.is_empty() {
        let branch = names::integration_branch(&info.run);
        line("result", format!("{} {}", code(&branch), picture.state.top().commit.short()));
    }
    text
}

fn tasks(picture: &Picture<'_>) -> String {
    let mut text = "## Tasks\n\n| layer | task | title | state | attempts | gates | time |\n".to_owned();
    text.push_str("| ---: | --- | --- | --- | ---: | --- | ---: |\n");
    for i in 0..picture.len() {
        let facts = picture.facts(i);
        let gates = facts.last().map(|last| verdicts(&picture.words(i, last))).unwrap_or_default();
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} | {} |\n",
            picture.state.info.layers[i],
            picture.task(i).id,
            escaped(&clip(&picture.task(i).title, TITLE)),
            picture.state_word(i),
            facts.attempts.len(),
            gates,
            duration(timing::of_task(picture, i)),
        ));
    }
    text
}

fn troubles(picture: &Picture<'_>) -> String {
    if picture.landed() == picture.len() {
        return String::new();
    }
    let mut text = "## What did not land\n\n".to_owned();
    for i in picture.that(|standing| standing.is_over() && *standing != TaskStatus::Landed) {
        let why = reason::of(picture, i).unwrap_or_default();
        let failed = matches!(picture.standing(i), TaskStatus::Failed(_));
        let after = if failed { reason::after_attempts(picture, i) } else { String::new() };
        let word = picture.state_word(i);
        text.push_str(&format!("- {} {word}{after}: {}\n", picture.task(i).id, escaped(&why)));
        if let Some(kept) = kept(picture, i) {
            text.push_str(&format!("  - kept: {}\n", code(&kept)));
        }
    }
    let waiting = picture.that(|standing| !standing.is_over());
    for i in waiting {
        text.push_str(&format!("- {} {}\n", picture.task(i).id, picture.state_word(i)));
    }
    text
}

fn waivers(picture: &Picture<'_>) -> String {
    let lines: String = (0..picture.len())
        .flat_map(|i| picture.facts(i).waived())
        .map(|it| format!("- {}\n", escaped(&waived::line(&it.waiver))))
        .collect();
    if lines.is_empty() { lines } else { format!("## Waived by people\n\n{lines}") }
}

fn checked(picture: &Picture<'_>) -> String {
    let checked = Checked::of(picture);
    let mut text = "## What was checked\n\n".to_owned();
    if !checked.anything() {
        let why = if checked.gates.is_empty() { "No gates ran" } else { "No gate has given a verdict" };
        text.push_str(&format!("{why}: nothing was checked.\n"));
        return text;
    }
    text.push_str("| gate | on landed tasks | on merged trees |\n| --- | --- | --- |\n");
    let counts = |counts: &std::collections::BTreeMap<&'static str, usize>| {
        let words: Vec<String> = counts.iter().map(|(word, n)| format!("{n} {word}")).collect();
        if words.is_empty() { "not run".to_owned() } else { words.join(", ") }
    };
    for (gate, found) in &checked.gates {
        text.push_str(&format!("| {gate} | {} | {} |\n", counts(&found.tasks), counts(&found.merged)));
    }
    if !checked.gaps.is_empty() {
        text.push_str("\nNot passed:\n\n");
        checked.gaps.iter().for_each(|gap| text.push_str(&format!("- {}\n", escaped(gap))));
    }
    let criteria: usize = picture.state.info.tasks.iter().map(|task| task.acceptance.len()).sum();
    if criteria > 0 {
        text.push_str("\nAcceptance criteria were not checked by themselves; they are listed with their tasks.\n");
    }
    text
}

fn conflicts(picture: &Picture<'_>) -> String {
    let open = status_json::conflicts(picture);
    let rules: Vec<(usize, &String)> =
        (0..picture.len()).flat_map(|i| picture.facts(i).rules.iter().map(move |rule| (i, rule))).collect();
    if open.is_empty() && rules.is_empty() {
        return String::new();
    }
    let mut text = "## Conflicts\n\n".to_owned();
    for (i, rule) in rules {
        text.push_str(&format!("- {}: {}\n", picture.task(i).id, escaped(&narration::solved(rule))));
    }
    for conflict in open {
        let severity = by_hand::severity(conflict).word();
        text.push_str(&format!(
            "- {} {}, severity {severity}; by hand:\n\n",
            conflict.task,
            escaped(&reason::conflict(conflict))
        ));
        let by_hand::Commands { before, after } = by_hand::commands(picture, conflict);
        before.iter().for_each(|command| text.push_str(&format!("      {command}\n")));
        text.push_str("      # edit the files\n");
        after.iter().for_each(|command| text.push_str(&format!("      {command}\n")));
        text.push('\n');
    }
    text
}

fn submodules(picture: &Picture<'_>) -> String {
    let line = |(task, pointer): (&TaskId, &MovedPointer)| format!("- {task}: {}\n", escaped(&pointer.in_words()));
    let lines: String = moved_pointers(picture).map(line).collect();
    if lines.is_empty() { lines } else { format!("## Submodules\n\n{lines}") }
}

/// Every task that was tried, with its attempts.
fn each(picture: &Picture<'_>, files: &Changes) -> String {
    let mut text = "## Task by task\n".to_owned();
    for i in (0..picture.len()).filter(|i| !picture.facts(*i).attempts.is_empty()) {
        let task = picture.task(i);
        text.push_str(&format!("\n### {} {}\n\n", task.id, escaped(&clip(&task.title, TITLE))));
        text.push_str(&format!("- state: {}\n", picture.state_word(i)));
        if let Some(commit) = &picture.facts(i).landed_commit {
            text.push_str(&format!("- landed as: {}\n", commit.short()));
        }
        attempts(picture, i, &mut text);
        acceptance(task, &mut text);
        for file in files.get(&task.id).into_iter().flatten() {
            text.push_str(&format!("- {} +{} -{}\n", code(&file.path), file.added, file.removed));
        }
    }
    text
}

fn attempts(picture: &Picture<'_>, i: usize, text: &mut String) {
    for attempt in picture.facts(i).by_number() {
        let size = match &attempt.ended {
            Some((_, AttemptOutcome::Committed { files, added, removed, .. })) => {
                format!(", {}", changes(u64::from(*files), u64::from(*added), u64::from(*removed)))
            }
            _ => String::new(),
        };
        let gates = verdicts(&picture.words(i, attempt));
        let gates = if gates.is_empty() { String::new() } else { format!("; {gates}") };
        let why = reason::of_attempt(picture, i, attempt).map(|why| format!("; {}", escaped(&why))).unwrap_or_default();
        let chosen =
            chosen_words(picture, i, attempt).map(|words| format!("; {}", escaped(&words))).unwrap_or_default();
        let agent = escaped(&attempt.agent);
        let phase = picture.facts(i).phase_of(attempt).map(|role| format!(" ({})", role.word())).unwrap_or_default();
        text.push_str(&format!(
            "- attempt {}{phase} by {agent}: {}{size}{gates}{chosen}{why}\n",
            attempt.n,
            outcome_words(picture, attempt)
        ));
    }
}

fn acceptance(task: &Task, text: &mut String) {
    for criterion in &task.acceptance {
        text.push_str(&format!("- acceptance, not checked by itself: {}\n", escaped(&clip(criterion, TITLE * 2))));
    }
}

fn next(picture: &Picture<'_>) -> String {
    let mut commands: Vec<String> = Vec::new();
    if picture.state.finished.is_none() && !picture.driven {
        commands.push(format!("git orca resume {}", picture.state.info.run));
    }
    commands.extend(status_json::needs(picture).into_iter().map(|need| need.command));
    if !picture.state.heads.is_empty() {
        commands.push(format!("git orca take {}", picture.state.info.run));
    }
    if commands.is_empty() {
        return String::new();
    }
    format!("## Next\n\n{}", commands.iter().map(|command| format!("    {command}\n")).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::FailClass;
    use crate::report::machine::result::FileChange;
    use crate::report::testing::{HOSTILE, Story, id, inert, wreck};

    #[test]
    fn a_run_with_troubles() {
        let mut story =
            Story::new(&[("A", "Cart model", &[]), ("B", "Tax | rules", &[]), ("C", "Totals", &["B"])], &["test"]);
        story.done("A", 0.0, 60.0).starts(&["B"]).at(90.0).fails("B", FailClass::Fatal, "no <b>credit</b> left");
        let state = story.state();
        let files = Changes::from([(id("A"), vec![FileChange { path: "shop/cart.py".into(), added: 64, removed: 2 }])]);
        insta::assert_snapshot!(report_md(&Picture::new(&state, state.at, false), &files), @r#"
        # Run 20261120-1812-k3

        - plan: `specs/001-cart/tasks.md` (spec-kit)
        - base: `main` 9f2c1ab
        - sandbox: off: agents can write wherever you can
        - began: 2026-11-20 18:12:00 UTC
        - state: interrupted, 1 of 3 landed so far
        - tasks: 3: 1 landed, 1 failed, 1 blocked
        - time: 90 s
        - result: `orca/20261120-1812-k3/integration` 9f2c5ef

        ## Tasks

        | layer | task | title | state | attempts | gates | time |
        | ---: | --- | --- | --- | ---: | --- | ---: |
        | 1 | A | Cart model | landed | 1 | test pass | 60 s |
        | 1 | B | Tax \| rules | failed | 1 |  | 30 s |
        | 2 | C | Totals | blocked | 0 |  | 0.0 s |

        ## What did not land

        - B failed after 1 attempt: no \<b\>credit\</b\> left
          - kept: `whatever it committed: git orca salvage list`
        - C blocked: needs B

        ## What was checked

        | gate | on landed tasks | on merged trees |
        | --- | --- | --- |
        | test | 1 pass | 1 pass |

        ## Task by task

        ### A Cart model

        - state: landed
        - landed as: 9f2c5ef
        - attempt 1 by claude: committed, 3 files, +64 -2; test pass
        - `shop/cart.py` +64 -2

        ### B Tax \| rules

        - state: failed
        - attempt 1 by claude: failed; no \<b\>credit\</b\> left

        ## Next

            git orca resume 20261120-1812-k3
            git orca retry B
            git orca take 20261120-1812-k3
        "#);
    }

    #[test]
    fn all_sections_of_a_wreck_are_there() {
        let state = wreck().state();
        let text = report_md(&Picture::new(&state, state.at, false), &Changes::new());
        let sections: Vec<&str> = text.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(
            sections,
            ["## Tasks", "## What did not land", "## What was checked", "## Conflicts", "## Task by task", "## Next"]
        );
        assert!(text.contains("    git orca retry T007\n"), "{text}");
    }

    #[test]
    fn hostile_titles_are_no_markup() {
        for title in HOSTILE.into_iter().chain(["<img src=x> [a](b) | `x` # @team"]) {
            let mut story = Story::new(&[("A", title, &[])], &[]);
            story.starts(&["A"]);
            let state = story.state();
            let text = report_md(&Picture::new(&state, state.at, true), &Changes::new());
            inert(&text);
            assert!(!text.contains(" <img") && !text.contains(" [a](b)"), "{text}");
        }
    }
}
