//! How long to wait before trying again.

use jiff::{SignedDuration, Timestamp};

use crate::model::AttemptId;

/// First wait after a retryable failure, milliseconds. It doubles with every further one.
const FIRST: u64 = 500;
/// Longest wait, milliseconds.
const LONGEST: u64 = 60_000;

/// When an attempt that failed retryably at `ended` may be followed by the next; `failures` counts it.
///
/// The jitter (up to a quarter more) comes from a hash of the attempt's id: the same on replay, and no two tasks of a
/// run wait in step.
pub fn again_at(ended: Timestamp, attempt: &AttemptId, failures: u32) -> Timestamp {
    let wait = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(LONGEST);
    let jitter = u64::from(crc32fast::hash(attempt.to_string().as_bytes())) % (wait / 4 + 1);
    ended + SignedDuration::from_millis((wait + jitter) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let id = AttemptId { task: "T1".parse().unwrap(), n: 1 };
        let wait = |failures| (again_at(Timestamp::UNIX_EPOCH, &id, failures).as_millisecond()) as u64;
        assert!((500..=625).contains(&wait(1)));
        assert!((1000..=1250).contains(&wait(2)));
        assert!((60_000..=75_000).contains(&wait(40)));
        assert_eq!(wait(3), wait(3));
    }
}
