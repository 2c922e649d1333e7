//! What became of a plan since a run was started with it.

use std::collections::{HashMap, HashSet};

use crate::model::{Task, TaskId};

/// Changes told one by one.
const TOLD: usize = 12;

/// What differs between the tasks of a run and those its plan has now, a sentence each. Marks do not count: the run sets
/// them itself.
pub fn changes(run: &[Task], now: &[Task]) -> Vec<String> {
    let by_id: HashMap<&TaskId, &Task> = now.iter().map(|task| (&task.id, task)).collect();
    let known: HashSet<&TaskId> = run.iter().map(|task| &task.id).collect();
    let mut said = Vec::new();
    for task in run {
        match by_id.get(&task.id) {
            None => said.push(format!("{} is no longer in the plan; this run still has it", task.id)),
            Some(new) if said_differently(task, new) => {
                said.push(format!("{} was reworded in the plan; this run keeps the old words", task.id));
            }
            Some(_) => {}
        }
    }
    let fresh = now.iter().filter(|task| !task.done && !task.optional && !known.contains(&task.id));
    said.extend(
        fresh.map(|task| format!("{} is new in the plan, or was left out; this run does not have it", task.id)),
    );
    let more = said.len().saturating_sub(TOLD);
    said.truncate(TOLD);
    if more > 0 {
        said.push(format!("and {more} more tasks of the plan changed"));
    }
    said
}

fn said_differently(old: &Task, new: &Task) -> bool {
    old.title != new.title || old.run != new.run || old.acceptance != new.acceptance || unmarked(old) != unmarked(new)
}

/// The details without what boxes hold.
fn unmarked(task: &Task) -> String {
    ["[x]", "[X]", "[-]", "[~]"].iter().fold(task.details.clone(), |text, mark| text.replace(mark, "[ ]"))
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
        assert_eq!(changes(&before, &plan("- [X] T001 a\n- [ ] T002 b\n- [ ] T003 c\n")), Vec::<String>::new());
        assert_eq!(
            changes(&before, &plan("- [ ] T000 new\n- [ ] T001 a\n- [ ] T003 other words\n")),
            [
                "T002 is no longer in the plan; this run still has it",
                "T003 was reworded in the plan; this run keeps the old words",
                "T000 is new in the plan, or was left out; this run does not have it"
            ]
        );
    }
}
