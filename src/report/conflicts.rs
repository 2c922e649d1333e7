//! `git orca conflicts`: who clashes with whom, where, what was tried, and the exact commands that solve it.

use serde::Serialize;

use super::by_hand::{self, Commands};
use super::display::{clip, hang, safe};
use super::measure::few;
use super::picture::Picture;
use super::reason;
use super::status_json::{self, OpenConflict};
use crate::journal::Conflict;
use crate::model::{RunId, TaskId};

/// Columns of what was tried in vain: three lines.
const TRIED: usize = 240;

/// The conflicts that are left; with `tasks`, only theirs.
pub fn conflicts(picture: &Picture<'_>, tasks: &[TaskId], columns: usize) -> String {
    let open: Vec<&Conflict> = wanted(picture, tasks);
    if open.is_empty() {
        return "no conflict is left\n".to_owned();
    }
    open.iter().map(|conflict| one(picture, conflict, columns)).collect::<Vec<_>>().join("\n")
}

/// The same for programs.
#[derive(Debug, Serialize)]
pub struct Conflicts<'a> {
    format: u32,
    run: &'a RunId,
    conflicts: Vec<OpenConflict<'a>>,
}

/// The conflicts that are left, as a document.
pub fn conflicts_json<'a>(picture: &'a Picture<'a>, tasks: &[TaskId]) -> Conflicts<'a> {
    let open = wanted(picture, tasks).into_iter().map(|conflict| status_json::open_conflict(picture, conflict));
    Conflicts { format: 1, run: &picture.state.info.run, conflicts: open.collect() }
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
    line(&hang("  # ", &format!("edit {}; keep what both tasks mean", few(&paths, 4)), columns));
    after.iter().for_each(|command| line(&format!("  {command}")));
    line("  # it runs the gates on the result, then lands it");
    line("by an agent, on today's merged tree:");
    line(&format!("  git orca retry {}", conflict.task));
    text
}

/// `T011 Discount codes  x  T008 Tax rules    severity medium`.
fn head(picture: &Picture<'_>, conflict: &Conflict, columns: usize) -> String {
    let each = (columns / (conflict.with.len().min(3) + 1)).saturating_sub(16).max(12);
    let named = |task: &TaskId| {
        let title = picture.state.index(task).map(|i| clip(&picture.task(i).title, each)).unwrap_or_default();
        format!("{task} {title}").trim_end().to_owned()
    };
    let with: Vec<String> = conflict.with.iter().take(3).map(named).collect();
    let more = conflict.with.len().saturating_sub(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let with = if with.is_empty() { format!("layer {}", conflict.layer) } else { with.join(", ") };
    format!("{}  x  {with}{more}    severity {}", named(&conflict.task), by_hand::severity(conflict).word())
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
        insta::assert_snapshot!(screen(&conflicts(&picture, &[], WIDTH)), @r"
        T006 Discount codes  x  T005 Totals    severity medium
          shop/cart.py:41-58
          shop/models.py:7-9
          tried: git merge, the rules of orca.toml
        by hand:
          git worktree add ../shop.orca/solve-T006 orca/20261120-1812-k3/task/T006
          cd ../shop.orca/solve-T006
          git merge orca/20261120-1812-k3/layer/3
          # edit shop/cart.py, shop/models.py; keep what both tasks mean
          git add -A
          git commit --no-edit
          git orca integrate
          # it runs the gates on the result, then lands it
        by an agent, on today's merged tree:
          git orca retry T006
        ");
        assert_eq!(conflicts(&picture, &[id("T001")], WIDTH), "no conflict is left\n");
    }

    #[test]
    fn programs_get_the_same_facts() {
        let state = wreck().state();
        let picture = Picture::new(&state, state.at, false);
        let document = serde_json::to_value(conflicts_json(&picture, &[])).unwrap();
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
            let text = conflicts(&Picture::new(&state, state.at, false), &[], WIDTH);
            inert(&text);
            screen(&text);
        }
    }
}
