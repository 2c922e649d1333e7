//! What differs between a run and its plan as it is now. Pure.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::graph::{Selection, TaskGraph};
use crate::journal::{PlanRevision, RunState};
use crate::model::{Barrier, Edge, Place, Task, TaskId, Why};
use crate::plan::unmarked;

/// What differs between a run and its plan as it is now, in words, and the change that takes it in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlanEdit {
    /// New tasks, and those that are back.
    pub added: Vec<TaskId>,
    /// Tasks that have not begun and are others now, with what is other about them.
    pub changed: Vec<(TaskId, Vec<String>)>,
    /// Tasks that have not begun and are left out, with the reason.
    pub dropped: Vec<(TaskId, &'static str)>,
    /// Tasks that the plan has otherwise, or not at all, and that stay as they are since they have begun.
    pub kept: Vec<TaskId>,
    /// What the run is told.
    pub change: PlanRevision,
}

/// What each task waits for.
type WaitsFor = BTreeMap<TaskId, BTreeSet<TaskId>>;

impl PlanEdit {
    /// Compares a run with the tasks that its plan has now. `done` are those that the plan marks as done.
    pub fn between(state: &RunState, now: &Selection, done: &HashSet<TaskId>) -> PlanEdit {
        let mut edit = PlanEdit::default();
        let (old, new) = (order(&state.info.tasks, &state.info.barriers), order(&now.tasks, &now.barriers));
        for task in &now.tasks {
            match state.index(&task.id) {
                Some(i) => edit.compare(state, i, task, (&old[&task.id], &new[&task.id])),
                None => {
                    edit.added.push(task.id.clone());
                    edit.change.tasks.push(task.clone());
                }
            }
        }
        let there: HashSet<&TaskId> = now.tasks.iter().map(|task| &task.id).collect();
        let gone =
            state.info.tasks.iter().enumerate().filter(|(_, task)| task.is_written() && !there.contains(&task.id));
        for (i, task) in gone {
            match (state.has_begun(i), state.tasks[i].skipped) {
                (true, _) if state.tasks[i].landed.is_none() => edit.kept.push(task.id.clone()),
                (true, _) | (_, true) => {}
                (false, false) => {
                    let why = if done.contains(&task.id) { "is marked as done" } else { "is no longer in the plan" };
                    edit.dropped.push((task.id.clone(), why));
                    edit.change.dropped.push(task.id.clone());
                }
            }
        }
        if plain_barriers(state, &state.info.barriers) != plain_barriers(state, &now.barriers) {
            edit.change.barriers = Some(now.barriers.clone());
        }
        edit
    }

    /// Whether the run has everything as the plan has it, as far as that can still be changed.
    pub fn is_empty(&self) -> bool {
        self.change.is_empty()
    }

    fn compare(
        &mut self,
        state: &RunState,
        i: usize,
        new: &Task,
        (waited, waits): (&BTreeSet<TaskId>, &BTreeSet<TaskId>),
    ) {
        let old = &state.info.tasks[i];
        let differs = plain(state, old) != plain(state, new);
        if state.has_begun(i) {
            if differs && state.tasks[i].landed.is_none() {
                self.kept.push(new.id.clone());
            }
            return;
        }
        if state.tasks[i].skipped && !state.tasks[i].dropped {
            return;
        }
        if state.tasks[i].dropped {
            self.added.push(new.id.clone());
            self.change.tasks.push(new.clone());
            return;
        }
        let mut said = differences(old, new);
        let open = |id: &&TaskId| state.task(id).is_none_or(|it| it.landed.is_none() && !it.skipped);
        let list = |ids: Vec<&TaskId>| ids.into_iter().map(TaskId::as_str).collect::<Vec<_>>().join(", ");
        let more: Vec<&TaskId> = waits.difference(waited).filter(open).collect();
        let fewer: Vec<&TaskId> = waited.difference(waits).filter(open).collect();
        said.extend((!more.is_empty()).then(|| format!("now waits for {}", list(more))));
        said.extend((!fewer.is_empty()).then(|| format!("no longer waits for {}", list(fewer))));
        if differs {
            self.change.tasks.push(new.clone());
        }
        if differs && said.is_empty() {
            said.push("its place in the plan".to_owned());
        }
        if !said.is_empty() {
            self.changed.push((new.id.clone(), said));
        }
    }
}

/// What a task waits for directly, by ids and by orders among many.
fn order(tasks: &[Task], barriers: &[Barrier]) -> WaitsFor {
    let (graph, _) = TaskGraph::build(tasks, barriers);
    let before = |ix| graph.dependencies(ix).into_iter().map(|first| graph.id(first).clone()).collect();
    graph.all().map(|ix| (graph.id(ix).clone(), before(ix))).collect()
}

/// A task without what may differ although nothing was edited: lines, marks, edges to what is through.
fn plain(state: &RunState, task: &Task) -> Task {
    let at = Place::default();
    let is_open = |id: &TaskId| state.task(id).is_none_or(|it| it.landed.is_none() && !it.skipped);
    let first: BTreeSet<&TaskId> = task.after.iter().map(|edge| &edge.task).filter(|id| is_open(id)).collect();
    let after = first.into_iter().map(|id| Edge { task: id.clone(), why: Why::Explicit, at: at.clone() }).collect();
    let mut files = task.files.clone();
    files.iter_mut().for_each(|file| file.creates = false);
    Task {
        at,
        after,
        files,
        done: false,
        optional: false,
        named: Default::default(),
        details: unmarked(task),
        ..task.clone()
    }
}

/// Orders among many without their lines, and without what they no longer hold back.
fn plain_barriers(state: &RunState, barriers: &[Barrier]) -> BTreeSet<(Vec<TaskId>, Vec<TaskId>)> {
    let sorted = |ids: &[TaskId], counts: &dyn Fn(usize) -> bool| -> Vec<TaskId> {
        let mut ids: Vec<TaskId> = ids.iter().filter(|id| state.index(id).is_none_or(counts)).cloned().collect();
        ids.sort();
        ids
    };
    let open = |i: usize| state.tasks[i].landed.is_none();
    let ahead = |i: usize| !state.has_begun(i);
    let all = barriers.iter().map(|barrier| (sorted(&barrier.before, &open), sorted(&barrier.after, &ahead)));
    all.filter(|(before, after)| !before.is_empty() && !after.is_empty()).collect()
}

/// What is other about a task, apart from its order.
fn differences(old: &Task, new: &Task) -> Vec<String> {
    let paths = |task: &Task| task.files.iter().map(|file| file.path.clone()).collect::<BTreeSet<_>>();
    let mut said = Vec::new();
    if old.title != new.title || unmarked(old) != unmarked(new) || old.acceptance != new.acceptance {
        said.push("reworded");
    }
    if old.run != new.run {
        said.push("runs another text");
    }
    if paths(old) != paths(new) {
        said.push("other files");
    }
    if (&old.agent, &old.model, &old.role) != (&new.agent, &new.model, &new.role) {
        said.push("another agent or model");
    }
    if (old.estimate, old.priority, old.kind, &old.needs) != (new.estimate, new.priority, new.kind, &new.needs) {
        said.push("another kind, size or priority");
    }
    said.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{TaskSelection, select};
    use crate::report::testing::{Story, id, task};

    type Row<'a> = (&'a str, &'a str, &'a [&'a str]);

    fn edit(state: &RunState, rows: &[Row<'_>]) -> PlanEdit {
        let tasks: Vec<Task> = rows.iter().map(|row| task(row, 77)).collect();
        let (graph, _) = TaskGraph::build(&tasks, &[]);
        PlanEdit::between(state, &select(&graph, &tasks, &[], &TaskSelection::default()), &HashSet::new())
    }

    fn ids(ids: &[TaskId]) -> Vec<&str> {
        ids.iter().map(TaskId::as_str).collect()
    }

    #[test]
    fn what_is_new_dropped_or_in_another_order_is_found_and_what_has_begun_stays() {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &[]), ("C", "c", &["B"]), ("D", "d", &[])], &[]);
        story.starts(&["A"]);
        let first =
            edit(&story.state(), &[("E", "e", &[]), ("C", "c", &["A"]), ("A", "other", &[]), ("B", "words", &[])]);
        assert_eq!((ids(&first.added), ids(&first.kept)), (vec!["E"], vec!["A"]));
        assert_eq!(first.dropped, [(id("D"), "is no longer in the plan")]);
        let said = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            first.changed,
            [(id("C"), said(&["now waits for A", "no longer waits for B"])), (id("B"), said(&["reworded"]))]
        );
        story.asks(crate::journal::Request::ChangePlan(first.change));
        let again =
            edit(&story.state(), &[("E", "e", &[]), ("C", "c", &["A"]), ("A", "other", &[]), ("B", "words", &[])]);
        assert!(again.is_empty() && again.changed.is_empty(), "taken in once: {again:?}");
    }

    #[test]
    fn a_plan_that_nobody_edited_changes_nothing_whatever_has_happened() {
        let rows: [Row<'_>; 3] = [("A", "a", &[]), ("B", "b", &["A"]), ("C", "c", &["B"])];
        let mut story = Story::new(&rows, &[]);
        assert_eq!(edit(&story.state(), &rows), PlanEdit::default());
        story.done("A", 0.0, 2.0);
        assert_eq!(edit(&story.state(), &rows), PlanEdit::default());
        story.asks(crate::journal::Request::Skip { task: id("B") });
        assert_eq!(edit(&story.state(), &rows), PlanEdit::default(), "what a person skipped does not come back");
    }
}
