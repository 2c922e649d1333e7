//! The live view: a run at this moment, in as many lines as a terminal has room for. Pure; `screen.rs` draws it.
//!
//! The same lines stand below the narration of `execute` and in `status --watch`.

use crate::report::facts::candidates::contest_words;
use crate::report::facts::eta::RemainingTime;
use crate::report::facts::picture::{Picture, RunWord};
use crate::report::facts::timing::{self, Timing};
use crate::report::facts::{pools, reason, tally};
use crate::report::machine::status_json::{doing, needs};
use crate::report::print::screen::Room;
use crate::report::screens::summary::verdicts;
use crate::report::words::display::{clip, cut, safe, width, wrap};
use crate::report::words::measure::{dollars, duration, plural, rough};
use crate::report::words::style::{self, paint};
use crate::schedule::TaskStatus;

/// Rows that stay free for what was said before.
const KEPT_FREE: usize = 8;
/// Lines of tasks at most, however high the terminal: more are not looked at.
const MOST: usize = 16;
/// Commands that are told each on its line.
const NEEDS: usize = 3;
/// Below this width a line holds a task, its state and what it does, and nothing else.
const NARROW: usize = 60;

/// The lines, each safe and narrower than the terminal: one that fills its row makes some terminals wrap.
pub fn frame(picture: &Picture<'_>, room: Room) -> Vec<String> {
    let columns = room.columns.saturating_sub(1).clamp(10, crate::report::WIDTH);
    let mut lines = vec![paint(style::DIM, &"-".repeat(columns.min(40)))];
    lines.extend(head(picture, columns));
    let needed = needed(picture, columns);
    let fixed = lines.len() + needed.len() + 1;
    let most = room.rows.saturating_sub(fixed + KEPT_FREE).clamp(1, MOST);
    lines.extend(tasks(picture, columns, most));
    lines.extend(used(picture).map(|line| cut(&line, columns)));
    lines.extend(needed);
    lines
}

fn head(picture: &Picture<'_>, columns: usize) -> Vec<String> {
    let wall = duration(Timing::of(picture).wall);
    let counts = tally::words(&tally::shown(picture));
    let counts = format!("{}: {counts}", plural(picture.len(), "task"));
    let word = match picture.word() {
        RunWord::Running if picture.state.stop.is_some() => format!("stopping, {wall}"),
        RunWord::Running => wall,
        word => format!("{}, {wall}", word.word()),
    };
    let left = RemainingTime::of(picture).filter(|_| picture.word() == RunWord::Running);
    let time = match left {
        Some(left) => format!("{word}, about {} left", duration(left.seconds)),
        None => word,
    };
    if width(&counts) + 4 + width(&time) <= columns {
        vec![format!("{counts}    {time}")]
    } else {
        wrap(&counts, columns).into_iter().chain([time]).map(|line| cut(&line, columns)).collect()
    }
}

/// Tasks that something happens to; of the others only what needs a person is said, below.
fn tasks(picture: &Picture<'_>, columns: usize, most: usize) -> Vec<String> {
    let mut shown = picture.that(|standing| rank(standing).is_some());
    shown.sort_by_key(|i| rank(picture.standing(*i)));
    let wide = shown.iter().take(most).map(|i| picture.task(*i).id.as_str().len()).max().unwrap_or(0).min(columns / 4);
    let room = if shown.len() > most { most - 1 } else { most };
    let mut lines: Vec<String> = shown.iter().take(room).map(|i| task(picture, *i, wide, columns)).collect();
    if shown.len() > room {
        lines.push(cut(&format!("and {} more", plural(shown.len() - room, "task")), columns));
    }
    lines
}

/// The order of lines; none for tasks without one.
fn rank(standing: &TaskStatus) -> Option<u8> {
    match standing {
        TaskStatus::Running => Some(0),
        TaskStatus::Gating => Some(1),
        TaskStatus::Passed | TaskStatus::Landing => Some(2),
        TaskStatus::Backoff(_) => Some(3),
        _ => None,
    }
}

fn task(picture: &Picture<'_>, i: usize, wide: usize, columns: usize) -> String {
    let standing = picture.standing(i);
    let facts = picture.facts(i);
    let id = clip(picture.task(i).id.as_str(), wide);
    let time = timing::of_phase(picture, i).map(duration).unwrap_or_default();
    let head = if columns < NARROW {
        format!("{id:wide$}  {time:>6}  ")
    } else {
        format!("{id:wide$}  {:<7}  {time:>7}  ", word(standing))
    };
    let attempt = facts.last().filter(|last| last.n > 1 && columns >= NARROW).map(|last| format!("attempt {}", last.n));
    let used = facts.last().map(|last| last.usage).filter(|usage| usage.tokens() > 0 && columns >= NARROW);
    let used = used.map(|usage| {
        let money = if usage.usd > 0.0 { format!(" {}", dollars(usage.usd)) } else { String::new() };
        format!("{} tokens{money}", rough(usage.tokens()))
    });
    let tail: Vec<String> = [attempt, used].into_iter().flatten().collect();
    let tail = tail.join(", ");
    let room = columns.saturating_sub(width(&head));
    let for_tail = if tail.is_empty() { 0 } else { width(&tail) + 2 };
    let said = clip(&what(picture, i), room.saturating_sub(for_tail));
    let line = if tail.is_empty() {
        format!("{head}{said}")
    } else {
        let space = room.saturating_sub(width(&said) + width(&tail)).min(2.max(48usize.saturating_sub(width(&said))));
        format!("{head}{said}{:space$}{tail}", "")
    };
    cut(line.trim_end(), columns)
}

fn word(standing: &TaskStatus) -> &'static str {
    match standing {
        TaskStatus::Backoff(_) => "waits",
        other => other.word(),
    }
}

/// What happens to a task: what its agent does, which gates run, or what it waits for.
fn what(picture: &Picture<'_>, i: usize) -> String {
    let task = picture.task(i);
    if let Some(words) = contest_words(picture, i) {
        return words;
    }
    match picture.standing(i) {
        TaskStatus::Running => {
            let ending = picture.facts(i).open().is_some_and(|open| open.end_asked);
            match picture.doings.get(&task.id) {
                _ if ending => "being stopped".to_owned(),
                Some(doing) => safe(doing),
                None => safe(&task.title),
            }
        }
        TaskStatus::Gating => {
            let words = picture.facts(i).last().map(|last| picture.words(i, last)).unwrap_or_default();
            if words.is_empty() { doing(picture, i).unwrap_or_default() } else { verdicts(&words) }
        }
        TaskStatus::Passed => "waiting for the merge train".to_owned(),
        TaskStatus::Landing => doing(picture, i).unwrap_or_default(),
        _ => reason::of(picture, i).unwrap_or_default(),
    }
}

/// `claude: 3 of 4 slots in use    900 k tokens, $1.48 of $10.00`.
fn used(picture: &Picture<'_>) -> Option<String> {
    let options = &picture.state.info.options;
    let usage = picture.state.usage();
    let mut parts = vec![pools::slots_in_use(picture)];
    let of_tokens = options.budget_tokens.map(|most| format!(" of {}", rough(most))).unwrap_or_default();
    if usage.tokens() > 0 || !of_tokens.is_empty() {
        parts.push(format!("{}{of_tokens} tokens", rough(usage.tokens())));
    }
    let of_money = options.budget_usd.map(|most| format!(" of {}", dollars(most))).unwrap_or_default();
    if usage.usd > 0.0 || !of_money.is_empty() {
        parts.push(format!("{}{of_money}", dollars(usage.usd)));
    }
    picture.driven.then(|| parts.join("    "))
}

/// What a person can do now.
fn needed(picture: &Picture<'_>, columns: usize) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    match picture.word() {
        RunWord::Interrupted => commands.push(format!("git orca resume {}", picture.state.info.run)),
        RunWord::Paused => commands.push("git orca resume".to_owned()),
        RunWord::Running | RunWord::Finished => {}
    }
    commands.extend(needs(picture).into_iter().map(|need| need.command));
    if commands.is_empty() {
        return Vec::new();
    }
    let all = format!("needs you  {}", commands.join(", "));
    if width(&all) <= columns {
        return vec![paint(style::WARN, &all)];
    }
    let mut lines =
        vec![paint(style::WARN, &cut(&format!("needs you, {}:", plural(commands.len(), "thing")), columns))];
    lines.extend(commands.iter().take(NEEDS).map(|command| cut(&format!("  {command}"), columns)));
    if commands.len() > NEEDS {
        lines.push("  git orca status".to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::RunOutcome;
    use crate::report::facts::doing::Doings;
    use crate::report::testing::{HOSTILE, Story, id, inert, plain, wreck};
    use jiff::SignedDuration;

    fn shown(story: &Story, doings: &Doings, columns: usize, rows: usize) -> String {
        let state = story.state();
        let picture = Picture::new(&state, state.at + SignedDuration::from_secs(8), true).with_doings(doings.clone());
        let lines = frame(&picture, Room { columns, rows });
        assert!(lines.len() <= rows, "{} lines of {rows}", lines.len());
        for line in &lines {
            assert!(width(line) < columns, "{} columns: {line}", width(line));
        }
        plain(&lines.join("\n"))
    }

    fn doings() -> Doings {
        [(id("T009"), "editing shop/receipts.py".to_owned())].into()
    }

    #[test]
    fn on_a_usual_terminal() {
        let mut story = wreck();
        story.uses("T009", 212_000, 0.31);
        insta::assert_snapshot!(shown(&story, &doings(), 80, 24), @r"
        ----------------------------------------
        10 tasks: 5 landed, 1 gating, 1 running, 1 failed, 1 conflicted, 1 blocked
        7 min, about 34 s left
        T009  running     78 s  editing shop/receipts.py             212 k tokens $0.31
        T010  gating      18 s  test running, review unchecked
        claude: 1 of 4 slots in use    1.1 M tokens    $1.79
        needs you  git orca conflicts T006, git orca retry T007
        ");
    }

    #[test]
    fn on_a_narrow_one() {
        insta::assert_snapshot!(shown(&wreck(), &doings(), 40, 24), @r#"
        ---------------------------------------
        10 tasks: 5 landed, 1 gating, 1
        running, 1 failed, 1 conflicted, 1
        blocked
        7 min, about 34 s left
        T009    78 s  editing shop/receipts.py
        T010    18 s  test running, review unc…
        claude: 1 of 4 slots in use    900 k t…
        needs you, 2 things:
          git orca conflicts T006
          git orca retry T007
        "#);
    }

    #[test]
    fn on_a_low_one_the_rest_is_counted() {
        let tasks: Vec<(String, String)> = (1..=30).map(|n| (format!("T{n:03}"), format!("Task {n}"))).collect();
        let lines: Vec<(&str, &str, &[&str])> =
            tasks.iter().map(|(id, title)| (id.as_str(), title.as_str(), &[] as &[&str])).collect();
        let mut story = Story::new(&lines, &[]);
        let all: Vec<&str> = tasks.iter().map(|(id, _)| id.as_str()).collect();
        story.starts(&all);
        insta::assert_snapshot!(shown(&story, &Doings::new(), 60, 16), @r"
        ----------------------------------------
        30 tasks: 30 running    8.0 s
        T001   8.0 s  Task 1
        T002   8.0 s  Task 2
        T003   8.0 s  Task 3
        T004   8.0 s  Task 4
        and 26 tasks more
        claude: 30 of 4 slots in use
        ");
    }

    #[test]
    fn before_anything_ran_and_after_everything_did() {
        let mut story = Story::new(&[("A", "a", &[])], &[]);
        insta::assert_snapshot!(shown(&story, &Doings::new(), 80, 24), @r"
        ----------------------------------------
        1 task: 1 ready    8.0 s
        0 of 4 slots in use
        ");
        story.done("A", 0.0, 2.0).finishes(RunOutcome::Done);
        insta::assert_snapshot!(shown(&story, &Doings::new(), 80, 24), @r"
        ----------------------------------------
        1 task: 1 landed    finished, 1.5 s
        0 of 4 slots in use
        ");
    }

    #[test]
    fn hostile_words_stay_words() {
        for text in HOSTILE {
            let mut story = Story::new(&[("A", text, &[]), ("B", text, &[])], &[]);
            story.starts(&["A", "B"]);
            let doings = [(id("B"), (*text).to_owned())].into();
            for columns in [12, 40, 80, 300] {
                inert(&shown(&story, &doings, columns, 24));
            }
        }
    }
}
