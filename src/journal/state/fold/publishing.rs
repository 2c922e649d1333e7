//! What publishing changes of a run.

use super::super::super::event_parts::HeldBack;
use super::RunState;

impl RunState {
    /// The heads that were to be replaced are.
    pub(super) fn heads_moved(&mut self, held_back: &[HeldBack]) {
        for head in self.moving.take().into_iter().flatten() {
            self.heads.insert(head.layer, head);
        }
        self.held_back = held_back.to_vec();
    }
}
