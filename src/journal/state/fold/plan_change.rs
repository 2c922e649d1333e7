//! The plan changes while it runs: tasks come in, tasks that have not begun are changed or left out.

use std::sync::Arc;

use super::super::super::approval::Question;
use super::super::super::plan_revision::PlanRevision;
use super::super::super::started::RunStarted;
use super::super::{RunState, TaskState};
use crate::graph::{TaskGraph, TaskIx};
use crate::model::{Barrier, RunOptions, TaskId};

impl RunState {
    /// Takes new tasks in and changed ones that have not begun; leaves out dropped ones that have not begun. What has
    /// begun stays as it is, and edges to tasks that the run does not have count as satisfied.
    pub fn change_plan(&mut self, change: &PlanRevision) {
        let mut info = (*self.info).clone();
        let known = info.tasks.len();
        if let Some(barriers) = &change.barriers {
            info.barriers = self.barriers_ahead(barriers);
        }
        for task in &change.tasks {
            match self.index(&task.id) {
                Some(i) if i < known && self.has_begun(i) => {}
                Some(i) => {
                    info.tasks[i] = task.clone();
                    let facts = &mut self.tasks[i];
                    facts.skipped &= !std::mem::take(&mut facts.dropped);
                }
                None => {
                    self.index.insert(task.id.clone(), info.tasks.len());
                    self.tasks.push(TaskState::default());
                    if info.expected.len() == info.tasks.len() && !info.expected.is_empty() {
                        let mean = info.expected.iter().sum::<f64>() / info.expected.len() as f64;
                        info.expected.push(task.estimate.unwrap_or(mean));
                    }
                    info.tasks.push(task.clone());
                }
            }
        }
        let stays = |i: usize| i < known && (self.has_begun(i) || info.tasks[i] == self.info.tasks[i]);
        let (graph, _) = TaskGraph::build(&info.tasks, &info.barriers);
        info.layers = self.layers_of(&info, &graph, &stays);
        info.options.jobs = jobs(&info.options, &graph);
        self.info = Arc::new(info);
        for task in &change.dropped {
            self.edit_task(task, |it| {
                if !it.has_attempts() && !it.skipped {
                    (it.skipped, it.dropped) = (true, true);
                }
            });
        }
    }

    /// Whether a task was tried or has landed: then no change of the plan reaches it.
    pub fn has_begun(&self, i: usize) -> bool {
        let facts = &self.tasks[i];
        facts.has_attempts() || facts.landed.is_some()
    }

    /// What new barriers hold back: nothing that has begun. It keeps its layer, and a barrier that made it wait for a
    /// later one would hold up both.
    fn barriers_ahead(&self, barriers: &[Barrier]) -> Vec<Barrier> {
        let is_ahead = |id: &TaskId| self.index(id).is_none_or(|i| !self.has_begun(i));
        let ahead = |barrier: &Barrier| {
            let after: Vec<TaskId> = barrier.after.iter().filter(|id| is_ahead(id)).cloned().collect();
            (!after.is_empty()).then(|| Barrier { after, ..barrier.clone() })
        };
        barriers.iter().filter_map(ahead).collect()
    }

    /// A task keeps its layer once it has begun. Others stand above everything that they wait for; new and changed ones
    /// also above the layers that are closed, so that nothing is added to what was approved or is finished.
    fn layers_of(&self, info: &RunStarted, graph: &TaskGraph, stays: &dyn Fn(usize) -> bool) -> Vec<u32> {
        let closed = self.closed_layer();
        let mut layers = info.layers.clone();
        layers.resize(info.tasks.len(), 0);
        let order: Vec<TaskIx> = graph.topological().collect();
        for ix in order {
            let i = ix.index();
            if stays(i) && self.has_begun(i) {
                continue;
            }
            let below = graph.dependencies(ix).into_iter().map(|before| layers[before.index()]).max().unwrap_or(0);
            layers[i] = if stays(i) { layers[i].max(below + 1) } else { (below + 1).max(closed + 1) };
        }
        layers
    }

    /// The highest layer up to which nothing is left to do, or about which a person was asked.
    fn closed_layer(&self) -> u32 {
        let asked = self.approvals.values().filter_map(|approval| match approval.question {
            Question::Layer(layer) => Some(layer),
            _ => None,
        });
        let unfinished = self.tasks.iter().zip(&self.info.layers);
        let unfinished = unfinished.filter(|(facts, _)| facts.landed.is_none() && !facts.skipped);
        let last = self.info.layers.iter().max().copied().unwrap_or(0);
        let finished = unfinished.map(|(_, layer)| layer - 1).min().unwrap_or(last);
        asked.max().unwrap_or(0).max(finished)
    }
}

/// Agents at once: never fewer than before, and more where the plan has become wider.
fn jobs(options: &RunOptions, graph: &TaskGraph) -> u32 {
    if options.jobs >= options.jobs_most {
        return options.jobs;
    }
    let width = u32::try_from(graph.width(&vec![1.0; graph.len()])).unwrap_or(u32::MAX);
    options.jobs.max(width.min(options.jobs_most))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::journal::{FailClass, RunState};
    use crate::journal::{PlanRevision, Request};
    use crate::model::{Barrier, Place, Task, Why};
    use crate::report::testing::{Story, id, task};

    fn layers(state: &RunState) -> Vec<(String, u32)> {
        state.info.tasks.iter().zip(&state.info.layers).map(|(task, layer)| (task.id.to_string(), *layer)).collect()
    }

    fn phase() -> Barrier {
        Barrier { before: Vec::new(), after: Vec::new(), why: Why::Phase, at: Place::default() }
    }

    fn changed(story: &mut Story, tasks: &[Task], dropped: &[&str]) -> RunState {
        let dropped = dropped.iter().map(|task| id(task)).collect();
        story.asks(Request::ChangePlan(PlanRevision { tasks: tasks.to_vec(), dropped, ..PlanRevision::default() }));
        story.state()
    }

    #[test]
    fn a_new_task_stands_above_what_it_waits_for() {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &["A"])], &[]);
        story.starts(&["A"]);
        let state = changed(&mut story, &[task(&("C", "c", &["B"]), 9), task(&("D", "d", &[]), 9)], &[]);
        let expected = [("A", 1), ("B", 2), ("C", 3), ("D", 1)].map(|(id, layer)| (id.to_owned(), layer));
        assert_eq!(layers(&state), expected);
        assert_eq!((state.tasks.len(), state.index(&id("D"))), (4, Some(3)));
    }

    #[test]
    fn nothing_is_added_to_a_layer_that_is_finished() {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &["A"])], &[]);
        story.done("A", 0.0, 2.0);
        let state = changed(&mut story, &[task(&("C", "c", &[]), 9)], &[]);
        assert_eq!(layers(&state)[2].1, 2);
        story.done("B", 2.0, 2.0);
        let state = changed(&mut story, &[task(&("D", "d", &["C"]), 9)], &[]);
        assert_eq!(layers(&state)[3].1, 3);
    }

    #[test]
    fn what_has_begun_stays_and_what_has_not_is_changed_or_left_out() {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &[]), ("C", "c", &["B"]), ("D", "d", &[])], &[]);
        story.starts(&["A"]).fails("A", FailClass::NoWork, "nothing");
        let (again, moved) = (task(&("A", "other", &[]), 9), task(&("B", "after A", &["A"]), 9));
        let state = changed(&mut story, &[again, moved], &["A", "D"]);
        let titles: Vec<&str> = state.info.tasks.iter().map(|task| task.title.as_str()).collect();
        assert_eq!(titles, ["a", "after A", "c", "d"]);
        assert_eq!(state.info.layers, [1, 2, 3, 1], "what depends on a task that moved moves with it");
        assert_eq!(state.tasks.iter().map(|facts| facts.skipped).collect::<Vec<_>>(), [false, false, false, true]);
    }

    #[test]
    fn a_new_barrier_holds_back_only_what_has_not_begun() {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &[]), ("C", "c", &["B"])], &[]);
        story.starts(&["A"]).fails("A", FailClass::NoWork, "nothing");
        let barrier = |after: &[&str]| Barrier {
            before: vec![id("C")],
            after: after.iter().map(|it| id(it)).collect(),
            ..phase()
        };
        let barriers = Some(vec![barrier(&["A", "D"]), barrier(&["A"])]);
        let tasks = vec![task(&("D", "d", &[]), 9)];
        story.asks(Request::ChangePlan(PlanRevision { tasks, barriers, ..PlanRevision::default() }));
        assert_eq!(story.state().info.barriers, [barrier(&["D"])]);
        assert_eq!(story.state().info.layers, [1, 1, 2, 3]);
    }

    #[test]
    fn a_wider_plan_has_more_agents_at_once_but_never_more_than_the_machine_gives() {
        for (most, expected) in [(0, 1), (2, 2), (9, 3)] {
            let mut state = Story::new(&[("A", "a", &[])], &[]).state();
            let mut info = (*state.info).clone();
            (info.options.jobs, info.options.jobs_most) = (1, most);
            state.info = Arc::new(info);
            let wide = ["B", "C"].map(|id| task(&(id, id, &[]), 9));
            state.change_plan(&PlanRevision { tasks: wide.to_vec(), ..PlanRevision::default() });
            assert_eq!(state.info.options.jobs, expected, "{most}");
        }
    }

    #[test]
    fn a_task_that_the_plan_has_again_is_done_after_all_unless_a_person_skipped_it() {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &[])], &[]);
        story.asks(Request::Skip { task: id("B") });
        changed(&mut story, &[], &["A", "B"]);
        let state = changed(&mut story, &[task(&("A", "a", &[]), 9), task(&("B", "b", &[]), 9)], &[]);
        assert_eq!(state.tasks.iter().map(|facts| facts.skipped).collect::<Vec<_>>(), [false, true]);
    }
}
