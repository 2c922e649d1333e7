//! A look into a slot that an attempt has just left, while its work is merged: whoever uses the slot next need not look again,
//! if that is at once.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::git::Exact;

/// How long a look holds. Nobody begins to edit a worktree and is through with it in less; between any look and the reset
/// after it some milliseconds pass as well.
const HOLDS: Duration = Duration::from_millis(150);

/// The latest looks, by slot.
#[derive(Debug, Default)]
pub struct LooksAhead(Mutex<BTreeMap<String, SlotLook>>);

#[derive(Debug, Default)]
struct SlotLook {
    /// How often the slot was taken.
    taken: u64,
    found: Option<(Instant, Option<Exact>)>,
}

impl LooksAhead {
    fn looks(&self) -> MutexGuard<'_, BTreeMap<String, SlotLook>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a slot: what was found in it just now, if somebody looked.
    pub fn take(&self, slot: &str) -> Option<Option<Exact>> {
        let mut looks = self.looks();
        let look = looks.entry(slot.to_owned()).or_default();
        look.taken += 1;
        let (at, exact) = look.found.take()?;
        (at.elapsed() < HOLDS).then_some(exact)
    }

    /// Looks, and keeps what was found unless somebody took the slot meanwhile.
    pub fn look(&self, slot: &str, look: impl FnOnce() -> Option<Option<Exact>>) {
        let taken = self.looks().entry(slot.to_owned()).or_default().taken;
        let at = Instant::now();
        let Some(exact) = look() else { return };
        if let Some(known) = self.looks().get_mut(slot).filter(|known| known.taken == taken) {
            known.found = Some((at, exact));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_used_once_and_never_after_the_slot_was_taken() {
        let looks = LooksAhead::default();
        assert!(looks.take("a1").is_none());
        looks.look("a1", || Some(None));
        assert!(looks.take("a2").is_none());
        assert!(looks.take("a1").is_some());
        assert!(looks.take("a1").is_none());
        looks.look("a1", || {
            assert!(looks.take("a1").is_none(), "taken while somebody looks");
            Some(None)
        });
        assert!(looks.take("a1").is_none());
        looks.look("a1", || None);
        assert!(looks.take("a1").is_none(), "what is in use or edited is found out again");
    }
}
