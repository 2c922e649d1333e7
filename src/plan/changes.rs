//! What became of a plan since a run was started with it.

use std::collections::{HashMap, HashSet};

use crate::model::{Task, TaskId, Why};

/// Changes told one by one.
const TOLD: usize = 12;

/// What a run knows of its tasks, for [`changes`].
#[derive(Debug, Clone, Copy)]
pub struct KnownTasks<'a> {
    /// The tasks that it has.
    pub tasks: &'a [Task],
    /// Those that it was told to leave out.
    pub left_out: &'a [TaskId],
    /// Those that have begun and not landed: they stay as they are.
    pub begun: &'a HashSet<&'a TaskId>,
}

/// What differs between the tasks of a run and those its plan has now, a sentence each. Marks do not count: the run sets
/// them itself. Of the order only what is written by id is compared: what is implied follows from the rest.
pub fn changes(run: KnownTasks<'_>, now: &[Task]) -> Vec<String> {
    let KnownTasks { tasks: run, left_out, begun } = run;
    let by_id: HashMap<&TaskId, &Task> = now.iter().map(|task| (&task.id, task)).collect();
    let known: HashSet<&TaskId> = run.iter().map(|task| &task.id).collect();
    let mut said = Vec::new();
    for task in run {
        let Some(new) = by_id.get(&task.id) else {
            said.push(format!("{} is no longer in the plan; this run still has it", task.id));
            continue;
        };
        if said_differently(task, new) {
            said.push(match begun.contains(&task.id) {
                true => format!("{} was reworded, but has started; this run keeps the old text", task.id),
                false => format!("{} was reworded in the plan; this run keeps the old words", task.id),
            });
        }
        for first in newly_first(task, new).filter(|first| known.contains(first)) {
            said.push(format!("{} now waits for {first} in the plan; this run does not make it wait", task.id));
        }
        for first in newly_first(new, task).filter(|first| by_id.contains_key(first) && !waits(&by_id, new, first)) {
            said.push(format!("{} no longer waits for {first} in the plan; in this run it does", task.id));
        }
    }
    let is_new = |task: &&Task| !known.contains(&task.id) && !left_out.contains(&task.id);
    let fresh = now.iter().filter(|task| !task.done && !task.optional).filter(is_new);
    said.extend(fresh.map(|task| format!("{} is new in the plan since the run began", task.id)));
    let more = said.len().saturating_sub(TOLD);
    said.truncate(TOLD);
    if more > 0 {
        said.push(format!("and {more} more changes of the plan"));
    }
    said
}

/// What `new` waits for by its own words and `old` does not.
fn newly_first<'a>(old: &'a Task, new: &'a Task) -> impl Iterator<Item = &'a TaskId> {
    let written = new.after.iter().filter(|edge| edge.why == Why::Explicit).map(|edge| &edge.task);
    written.filter(|first| !old.after.iter().any(|edge| edge.task == **first))
}

/// Whether `task` waits for `first` after all, through others: a run bridges what it leaves out.
fn waits(by_id: &HashMap<&TaskId, &Task>, task: &Task, first: &TaskId) -> bool {
    let mut seen: HashSet<&TaskId> = HashSet::new();
    let mut todo: Vec<&Task> = vec![task];
    while let Some(task) = todo.pop() {
        for edge in &task.after {
            if edge.task == *first {
                return true;
            }
            if seen.insert(&edge.task)
                && let Some((_, next)) = by_id.get_key_value(&edge.task)
            {
                todo.push(next);
            }
        }
    }
    false
}

fn said_differently(old: &Task, new: &Task) -> bool {
    old.title != new.title || old.run != new.run || old.acceptance != new.acceptance || unmarked(old) != unmarked(new)
}

/// The details without what boxes hold.
pub fn unmarked(task: &Task) -> String {
    let text = ["[x]", "[X]", "[-]", "[~]"].iter().fold(task.details.clone(), |text, mark| text.replace(mark, "[ ]"));
    ["✅", "☑", "✔", "🔄", "⏳", "🚧", "☐", "⬜"]
        .iter()
        .fold(text, |text, sign| text.replace(&format!("- {sign} "), "- 🔲 "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MapFiles;
    use crate::plan::{PlanEntry, Reading, read};

    #[test]
    fn edits_are_told_and_marks_are_not() {
        let plan = |text: &str| {
            let files = MapFiles([("tasks.md".to_owned(), text.as_bytes().to_vec())].into());
            read(&files, &PlanEntry::new("tasks.md"), &Reading::default()).tasks
        };
        let before = plan("- [ ] T001 a\n- [ ] T002 b\n- [ ] T003 c\n");
        let none = HashSet::new();
        let changes = |tasks: &[Task], now: &[Task]| changes(KnownTasks { tasks, left_out: &[], begun: &none }, now);
        assert_eq!(changes(&before, &plan("- [X] T001 a\n- [ ] T002 b\n- [ ] T003 c\n")), Vec::<String>::new());
        let edited = plan("- [ ] T000 new\n- [ ] T001 a\n- [ ] T003 other words\n");
        let (left_out, begun) = ([edited[0].id.clone()], before[2].id.clone());
        let known = KnownTasks { tasks: &before, left_out: &left_out, begun: &HashSet::from([&begun]) };
        let said = super::changes(known, &edited);
        assert!(said.len() == 2 && said[1].contains("has started"), "{said:?}");
        assert_eq!(
            changes(&before, &edited),
            [
                "T002 is no longer in the plan; this run still has it",
                "T003 was reworded in the plan; this run keeps the old words",
                "T000 is new in the plan since the run began"
            ]
        );
        let ordered = plan("- [ ] T001 a\n- [ ] T002 b (depends on T001)\n- [ ] T003 c (depends on T002)\n");
        let other = plan("- [ ] T001 a\n- [ ] T002 b (depends on T001)\n- [ ] T003 c (depends on T001)\n");
        let edges = |changes: Vec<String>| changes.into_iter().filter(|text| text.contains("wait")).collect::<Vec<_>>();
        assert_eq!(
            edges(changes(&ordered, &other)),
            ["T003 now waits for T001 in the plan; this run does not make it wait"],
            "T003 still follows T002 by the order of the document"
        );
    }
}
