//! The room that worktrees take, as it was found last.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A look takes at most this part of the time: many files are many questions to the disk.
const SHARE: u32 = 20;

/// When it was looked, how long that took, and the bytes that were found.
#[derive(Debug, Default)]
pub struct RoomSeen(Mutex<Option<(Instant, Duration, u64)>>);

impl RoomSeen {
    /// What `measure` finds, or found not long ago.
    pub fn look(&self, measure: impl FnOnce() -> u64) -> u64 {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, took, found)) = *seen
            && at.elapsed() < took * SHARE
        {
            return found;
        }
        let began = Instant::now();
        let found = measure();
        *seen = Some((Instant::now(), began.elapsed(), found));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_that_takes_long_is_not_taken_often() {
        let seen = RoomSeen::default();
        assert_eq!(seen.look(|| 1), 1);
        *seen.0.lock().unwrap() = Some((Instant::now(), Duration::from_secs(60), 2));
        assert_eq!(seen.look(|| unreachable!("it was long")), 2);
        *seen.0.lock().unwrap() = Some((Instant::now(), Duration::ZERO, 2));
        assert_eq!(seen.look(|| 3), 3);
    }
}
