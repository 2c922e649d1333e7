//! What this program itself made of refs: the only sure way to tell its moves from those of agents and people.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use crate::model::Oid;

/// The last value that we gave each ref that we moved; none for those that we deleted.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    values: Mutex<BTreeMap<String, Option<Oid>>>,
    /// Shared by all that move refs, taken alone by who compares: a ref that has moved and is not noted yet would look
    /// like somebody else's doing.
    gate: RwLock<()>,
}

/// A move under way.
#[derive(Debug)]
pub(super) struct Moving<'a> {
    ledger: &'a Ledger,
    _gate: RwLockReadGuard<'a, ()>,
}

impl Moving<'_> {
    /// It was done.
    pub(super) fn done(self, moves: impl IntoIterator<Item = (String, Option<Oid>)>) {
        self.ledger.values.lock().unwrap_or_else(PoisonError::into_inner).extend(moves);
    }
}

impl Ledger {
    /// Announces a move; it lasts until it is [`done`](Moving::done) or dropped.
    pub(super) fn moving(&self) -> Moving<'_> {
        Moving { ledger: self, _gate: self.gate.read().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Runs `look` while nothing of ours moves, with the values we gave.
    pub(super) fn still<T>(&self, look: impl FnOnce(&BTreeMap<String, Option<Oid>>) -> T) -> T {
        let _alone = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        look(&self.values.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
