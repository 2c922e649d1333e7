//! What agents of a run are told besides their task, and the complete task that follows from it.

use std::collections::BTreeMap;

use super::tokens::{self, Counted};
use crate::brief::{self, CompleteTask, Delivered, Inputs, Library, Templates};
use crate::gate;
use crate::model::{GateDef, Task, TaskId};
use crate::project::Project;

/// Tokens of a complete task by default (DESIGN 10).
pub const BUDGET: usize = 20_000;

/// What agents are told besides their task; the same for all of a run.
#[derive(Debug, Default)]
pub struct Telling {
    /// The documents around the plan.
    pub library: Library,
    /// The repository.
    pub project: Project,
    /// Prompt templates.
    pub templates: Templates,
    /// Complete tasks that were given as they are (`execute DIR`), by id.
    pub given: BTreeMap<TaskId, CompleteTask>,
}

impl Telling {
    /// The complete task as it is before anything ran.
    pub fn complete(&self, task: &Task, delivered: &[Delivered], gates: &[GateDef]) -> CompleteTask {
        if let Some(given) = self.given.get(&task.id) {
            return with_delivered(given.clone(), delivered);
        }
        self.within(BUDGET, task, delivered, gates)
    }

    fn within(&self, budget: usize, task: &Task, delivered: &[Delivered], gates: &[GateDef]) -> CompleteTask {
        brief::complete(&Inputs {
            task,
            library: &self.library,
            dependencies: delivered,
            project: &self.project,
            gates,
            gate_kinds: gate::kinds(),
            budget,
            count: brief::estimate,
        })
    }

    /// As [`Telling::complete`], within the budget by a real count where the guess could be wrong; `before` is an earlier
    /// version of it that was counted.
    pub fn counted(
        &self,
        task: &Task,
        delivered: &[Delivered],
        gates: &[GateDef],
        before: Option<&Counted>,
    ) -> CompleteTask {
        let again = |budget: usize| self.within(budget, task, delivered, gates);
        let complete = self.complete(task, delivered, gates);
        match before {
            Some(before) if before.bounds(&complete.to_json(), BUDGET) => complete,
            _ => tokens::within(BUDGET, complete, again),
        }
    }

    /// As [`Telling::counted`] for many tasks, which are counted together.
    pub fn counted_all(&self, tasks: &[(&Task, Vec<Delivered>)], gates: &[GateDef]) -> Vec<CompleteTask> {
        let mut complete: Vec<CompleteTask> =
            tasks.iter().map(|(task, delivered)| self.complete(task, delivered, gates)).collect();
        let again = |n: usize, budget: usize| self.within(budget, tasks[n].0, &tasks[n].1, gates);
        tokens::all_within(BUDGET, &mut complete, again);
        complete
    }
}

/// A given task with what its dependencies have delivered since.
fn with_delivered(mut complete: CompleteTask, delivered: &[Delivered]) -> CompleteTask {
    for now in delivered {
        let known = complete.complete_context.dependencies.iter_mut().find(|known| known.task_id == now.task_id);
        match known {
            Some(known) => known.delivered.clone_from(&now.delivered),
            None => complete.complete_context.dependencies.push(now.clone()),
        }
    }
    complete
}
