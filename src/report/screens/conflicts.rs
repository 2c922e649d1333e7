//! `git orca conflicts`: who clashes with whom, where, what was tried, and the exact commands that solve it.

use serde::Serialize;

use crate::integrate::PredictedConflict;
use crate::journal::{Conflict, ConflictPath};
use crate::model::{RunId, TaskId};
use crate::report::facts::by_hand::{self, Commands, ConflictSeverity};
use crate::report::facts::picture::Picture;
use crate::report::facts::reason;
use crate::report::live::narration;
use crate::report::machine::status_json::{self, OpenConflict};
use crate::report::words::display::{clip, hang, safe};
use crate::report::words::measure::{duration, few};

/// Columns of what was tried in vain: three lines.
const TRIED: usize = 240;

/// What tasks under way would clash over, and what of them was looked at.
#[derive(Debug, Clone, Default)]
pub struct Forecast {
    /// Pairs that meet.
    pub meetings: Vec<PredictedConflict>,
    /// Tasks whose agents work.
    pub seen: Vec<SeenWork>,
}

/// What was looked at of a task whose agent works.
#[derive(Debug, Clone, Serialize)]
pub struct SeenWork {
    /// The task.
    pub task: TaskId,
    /// Seconds since its uncommitted work was saved; none where only commits were looked at.
    pub age: Option<f64>,
}

impl SeenWork {
    fn words(&self) -> String {
        match self.age {
            Some(age) => format!("{} {} ago", self.task, duration(age)),
            None => format!("{} as committed", self.task),
        }
    }
}

/// The conflicts that are left, those that were solved, and those to come; with `tasks`, only theirs.
pub fn conflicts(picture: &Picture<'_>, tasks: &[TaskId], forecast: &Forecast, columns: usize) -> String {
    let open: Vec<&Conflict> = wanted(picture, tasks);
    let mut parts: Vec<String> = open.iter().map(|conflict| one(picture, conflict, columns)).collect();
    if parts.is_empty() {
        parts.push("no conflicts\n".to_owned());
    }
    let lines = |title: &str, lines: Vec<String>| match lines.is_empty() {
        true => None,
        false => Some(lines.iter().map(|line| format!("{}\n", hang(title, line, columns))).collect::<String>()),
    };
    let red = red(picture, tasks);
    let red = red.iter().map(|it| format!("{}  severity {}: {}", it.task, it.severity, it.reason));
    parts.extend(lines("red      ", red.collect()));
    let solved = solved(picture, tasks);
    let solved = solved.iter().map(|it| format!("{}  severity {}: {}", it.task, it.severity, it.how));
    parts.extend(lines("resolved ", solved.collect()));
    let live = forecast.meetings.iter().map(|it| {
        let told = it.paths.iter().chain(&it.clashes);
        let symbols = it.symbols.iter().filter(|_| it.paths.is_empty() && it.clashes.is_empty());
        let paths: Vec<String> = told.chain(symbols).map(reason::path).collect();
        let files: Vec<String> = it.files.iter().map(|file| safe(file)).collect();
        let places = if paths.is_empty() { few(&files, 4) } else { few(&paths, 4) };
        format!("{} x {}  severity {}: {places}", it.tasks[0], it.tasks[1], of_meeting(it).word())
    });
    parts.extend(lines("now      ", live.collect()));
    let seen: Vec<String> = forecast.seen.iter().map(SeenWork::words).collect();
    let seen = if seen.is_empty() { Vec::new() } else { vec![seen.join(", ")] };
    parts.extend(lines("seen     ", seen));
    parts.join("\n")
}

/// How bad it would be.
fn of_meeting(meeting: &PredictedConflict) -> ConflictSeverity {
    let of_paths = match meeting.paths.iter().map(by_hand::of_path).max() {
        None if meeting.symbols.is_empty() => ConflictSeverity::Info,
        None => ConflictSeverity::Warning,
        Some(_) if meeting.by_rule => ConflictSeverity::Low,
        Some(worst) => worst,
    };
    // Nobody notices it before the merged tree is used.
    meeting.clashes.iter().map(by_hand::of_path).fold(of_paths, ConflictSeverity::max)
}

/// A clash that was solved, one of its paths.
#[derive(Debug, Serialize)]
struct SolvedConflict<'a> {
    task: &'a TaskId,
    severity: &'static str,
    /// The rung and the path: `agent shop/cart.py`.
    by: &'a str,
    /// The same in words.
    how: String,
}

fn solved<'a>(picture: &'a Picture<'a>, tasks: &[TaskId]) -> Vec<SolvedConflict<'a>> {
    let mut found = Vec::new();
    for i in 0..picture.len() {
        let (task, facts) = (&picture.task(i).id, picture.facts(i));
        let clash = facts.attempts.iter().rev().find_map(|attempt| attempt.conflict.as_ref());
        for rule in facts.rules.iter().filter(|_| tasks.is_empty() || tasks.contains(task)) {
            let by_itself = !["agent ", "again ", "by-hand "].iter().any(|who| rule.starts_with(who));
            let severity = if by_itself {
                ConflictSeverity::Low
            } else {
                clash.map_or(ConflictSeverity::Medium, by_hand::severity)
            };
            found.push(SolvedConflict { task, severity: severity.word(), by: rule, how: narration::solved(rule) });
        }
    }
    found
}

/// Work that merges, and makes the merged tree red.
#[derive(Debug, Serialize)]
struct Red<'a> {
    task: &'a TaskId,
    severity: &'static str,
    reason: String,
}

fn red<'a>(picture: &'a Picture<'a>, tasks: &[TaskId]) -> Vec<Red<'a>> {
    let unlanded = (0..picture.len()).filter(|i| picture.facts(*i).landed.is_none());
    let red = unlanded.filter_map(|i| {
        let (task, last) = (&picture.task(i).id, picture.facts(i).last().filter(|last| last.refused.is_some())?);
        let reason = reason::of_attempt(picture, i, last).unwrap_or_default();
        Some(Red { task, severity: ConflictSeverity::Critical.word(), reason })
    });
    red.filter(|it| tasks.is_empty() || tasks.contains(it.task)).collect()
}

/// Two tasks under way that change the same files.
#[derive(Debug, Serialize)]
struct Now<'a> {
    tasks: &'a [TaskId; 2],
    severity: &'static str,
    files: &'a [String],
    paths: &'a [ConflictPath],
    symbols: &'a [ConflictPath],
    clashes: &'a [ConflictPath],
}

/// The same for programs.
#[derive(Debug, Serialize)]
pub struct Conflicts<'a> {
    format: u32,
    run: &'a RunId,
    conflicts: Vec<OpenConflict<'a>>,
    red: Vec<Red<'a>>,
    solved: Vec<SolvedConflict<'a>>,
    live: Vec<Now<'a>>,
    seen: &'a [SeenWork],
}

/// All of them, as a document.
pub fn conflicts_json<'a>(picture: &'a Picture<'a>, tasks: &[TaskId], forecast: &'a Forecast) -> Conflicts<'a> {
    let open = wanted(picture, tasks).into_iter().map(|conflict| status_json::open_conflict(picture, conflict));
    let now = |it: &'a PredictedConflict| Now {
        tasks: &it.tasks,
        severity: of_meeting(it).word(),
        files: &it.files,
        paths: &it.paths,
        symbols: &it.symbols,
        clashes: &it.clashes,
    };
    Conflicts {
        format: 1,
        run: &picture.state.info.run,
        conflicts: open.collect(),
        red: red(picture, tasks),
        solved: solved(picture, tasks),
        live: forecast.meetings.iter().map(now).collect(),
        seen: &forecast.seen,
    }
}

fn wanted<'a>(picture: &'a Picture<'a>, tasks: &[TaskId]) -> Vec<&'a Conflict> {
    let open = status_json::conflicts(picture).into_iter();
    open.filter(|conflict| tasks.is_empty() || tasks.contains(&conflict.task)).collect()
}

fn one(picture: &Picture<'_>, conflict: &Conflict, columns: usize) -> String {
    let mut text = format!("{}\n", hang("", &head(picture, conflict, columns), columns));
    let mut line = |words: &str| text.push_str(&format!("{words}\n"));
    for path in &conflict.paths {
        line(&format!("  {}", reason::path(path)));
    }
    line("  tried: git merge, the rules of orca.toml");
    for tried in picture.state.index(&conflict.task).map(|i| reason::tried(picture, i)).unwrap_or_default() {
        let words = format!("{}, attempt {}: {}", tried.words(), tried.attempt, tried.why);
        line(&hang("         ", &clip(&words, TRIED), columns));
    }
    for why in &conflict.tried {
        line(&hang("         ", &clip(why, TRIED), columns));
    }
    line("by hand:");
    let Commands { before, after } = by_hand::commands(picture, conflict);
    before.iter().for_each(|command| line(&format!("  {command}")));
    let paths: Vec<String> = conflict.paths.iter().map(|path| safe(&path.path)).collect();
    line(&hang("  # ", &format!("edit {} so that {}", few(&paths, 4), intent(paths.len())), columns));
    after.iter().for_each(|command| line(&format!("  {command}")));
    line("  # this runs the gates on the result, then lands it");
    line("or have an agent redo it on the current merged tree:");
    line(&format!("  git orca retry {}", conflict.task));
    text
}

/// What an edit of so many files has to come to.
fn intent(files: usize) -> &'static str {
    if files == 1 { "it does what both tasks intend" } else { "they do what both tasks intend" }
}

/// `T011 (Discount codes) conflicts with T008 (Tax rules); severity medium`.
fn head(picture: &Picture<'_>, conflict: &Conflict, columns: usize) -> String {
    let each = (columns / (conflict.with.len().min(3) + 1)).saturating_sub(16).max(12);
    let named = |task: &TaskId| {
        let title = picture.state.index(task).map(|i| clip(&picture.task(i).title, each)).unwrap_or_default();
        if title.is_empty() { task.to_string() } else { format!("{task} ({title})") }
    };
    let with: Vec<String> = conflict.with.iter().take(3).map(named).collect();
    let more = conflict.with.len().saturating_sub(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let with = if with.is_empty() { format!("layer {}", conflict.layer) } else { with.join(", ") };
    format!("{} conflicts with {with}{more}; severity {}", named(&conflict.task), by_hand::severity(conflict).word())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::WIDTH;
    use crate::report::testing::{HOSTILE, Story, id, inert, screen, wreck};

    #[test]
    fn a_conflict_ends_in_commands_to_paste() {
        let state = wreck().state();
        let picture = Picture::new(&state, state.at, false);
        insta::assert_snapshot!(screen(&conflicts(&picture, &[], &Forecast::default(), WIDTH)), @r"
        T006 (Discount codes) conflicts with T005 (Totals); severity medium
          shop/cart.py:41-58
          shop/models.py:7-9
          tried: git merge, the rules of orca.toml
        by hand:
          git worktree add ../shop.orca/solve-T006 orca/20261120-1812-k3/task/T006
          cd ../shop.orca/solve-T006
          git merge orca/20261120-1812-k3/layer/3
          # edit shop/cart.py, shop/models.py so that they do what both tasks intend
          git add -A
          git commit --no-edit
          git orca integrate
          # this runs the gates on the result, then lands it
        or have an agent redo it on the current merged tree:
          git orca retry T006

        resolved T004  severity low: CHANGELOG.md changed on both sides, resolved by the union rule
        ");
        assert_eq!(conflicts(&picture, &[id("T001")], &Forecast::default(), WIDTH), "no conflicts\n");
    }

    #[test]
    fn programs_get_the_same_facts() {
        let state = wreck().state();
        let picture = Picture::new(&state, state.at, false);
        let document = serde_json::to_value(conflicts_json(&picture, &[], &Forecast::default())).unwrap();
        assert_eq!(document["conflicts"][0]["task"], "T006");
        assert_eq!(document["conflicts"][0]["commands"].as_array().unwrap().len(), 6);
    }

    #[test]
    fn hostile_titles_stay_text() {
        for title in HOSTILE {
            let mut story = Story::new(&[("A", title, &[]), ("B", title, &[])], &[]);
            story.done("B", 0.0, 1.0).starts(&["A"]).commits("A", 1, 1, 0).conflicts(
                "A",
                &["B"],
                &[("a\x1b[2Jb", "1-2\u{202e}")],
            );
            let state = story.state();
            let text = conflicts(&Picture::new(&state, state.at, false), &[], &Forecast::default(), WIDTH);
            inert(&text);
            screen(&text);
        }
    }
}
