//! Layers close: their tasks are marked in the plan.

use super::super::super::event_parts::{Head, HeldBack, Unmarked};
use super::super::{Mark, Marking, MarkingPhase, Marks, RunState};
use crate::model::TaskId;

impl RunState {
    pub(super) fn marks_made(&mut self, heads: &[Head], tasks: &[TaskId], left: &[Unmarked]) {
        let Some(marking) = &mut self.marking else { return };
        let marks = Marks { heads: heads.to_vec(), tasks: tasks.to_vec(), left: left.to_vec() };
        if heads.is_empty() {
            self.marked(marks);
        } else {
            marking.phase = MarkingPhase::Made(marks);
        }
    }

    pub(super) fn marks_land_intended(&mut self) {
        if let Some(Marking { phase, .. }) = &mut self.marking
            && let MarkingPhase::Made(marks) = phase
        {
            *phase = MarkingPhase::Moving(marks.clone());
        }
    }

    pub(super) fn marks_landed(&mut self, held_back: &[HeldBack]) {
        let Some(Marking { phase: MarkingPhase::Moving(marks), .. }) = self.marking.take() else { return };
        self.held_back = held_back.to_vec();
        self.marked(marks);
    }

    fn marked(&mut self, marks: Marks) {
        self.marking = None;
        for task in marks.tasks {
            if let Some(i) = self.index(&task) {
                self.tasks[i].mark = Some(Mark::Set);
            }
        }
        for Unmarked { task, why } in marks.left {
            if let Some(i) = self.index(&task) {
                self.tasks[i].mark = Some(Mark::Left(why));
            }
        }
        let same: Vec<_> =
            marks.heads.iter().map(|head| (head.tree.clone(), self.head(head.layer).tree.clone())).collect();
        self.same_but_marks.extend(same.into_iter().filter(|(new, old)| new != old));
        self.heads.extend(marks.heads.into_iter().map(|head| (head.layer, head)));
    }
}
