//! What follows from an answer of a server: is the request repeated, when, and may it be repeated blindly?
//!
//! Reading and replacing can be repeated as they are. Creating cannot: the server may have acted before the line was cut,
//! so it is repeated only after a look that shows that nothing was made.

use std::time::Duration;

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Reads.
    Get,
    /// Creates something: twice makes two.
    Post,
    /// Changes something to a given value.
    Patch,
    /// Replaces something.
    Put,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// An answer.
    Status {
        /// HTTP status.
        code: u16,
        /// Seconds that the server asks to wait (`retry-after`).
        retry_after: Option<u64>,
        /// Seconds until the limit begins anew (`x-ratelimit-reset`), where no request is left.
        reset_in: Option<u64>,
        /// Whether its text speaks of a secondary rate limit.
        secondary: bool,
    },
    /// The connection ended without an answer.
    Cut,
    /// No answer in time.
    Late,
}

/// What is done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It was answered.
    Done,
    /// The same again, after this time.
    Again(Duration),
    /// Look whether it was done, after this time; if not, the same again.
    Look(Duration),
    /// It will not be answered otherwise.
    GiveUp,
    /// The server asks for more patience than is reasonable.
    TooLong(Duration),
}

/// How often a request is sent at most.
pub const TRIES: u32 = 4;

/// Longest wait for a server's limit. GitHub's windows are an hour; a person can come back.
pub const LONGEST: Duration = Duration::from_secs(15 * 60);

/// What GitHub asks for when it names no time for a secondary limit.
const UNNAMED: Duration = Duration::from_secs(60);

/// What follows from the answer to the `tries`-th sending (from 1).
pub fn follow_up(verb: Verb, answered: &Answered, tries: u32) -> Next {
    let wait = match answered {
        Answered::Status { code: 200..=399, .. } => return Next::Done,
        Answered::Status { code, retry_after, reset_in, secondary }
            if is_limit(*code, *retry_after, *reset_in, *secondary) =>
        {
            let named = retry_after.or(*reset_in).map(Duration::from_secs);
            named.unwrap_or(UNNAMED)
        }
        Answered::Status { code: 500..=599, .. } | Answered::Cut | Answered::Late => {
            // 0.5, 1, 2 s: a server that restarts is back by then.
            Duration::from_millis(250 << tries.min(6))
        }
        Answered::Status { .. } => return Next::GiveUp,
    };
    match (wait > LONGEST, tries < TRIES, verb) {
        (true, _, _) => Next::TooLong(wait),
        (_, false, _) => Next::GiveUp,
        (_, _, Verb::Post) => Next::Look(wait),
        (_, _, _) => Next::Again(wait),
    }
}

/// 429, or a 403 that says it is about a limit: a plain 403 is a missing permission, and waiting mends nothing.
fn is_limit(code: u16, retry_after: Option<u64>, reset_in: Option<u64>, secondary: bool) -> bool {
    code == 429 || code == 403 && (retry_after.is_some() || reset_in.is_some() || secondary)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16) -> Answered {
        Answered::Status { code, retry_after: None, reset_in: None, secondary: false }
    }

    fn limited(code: u16, retry_after: Option<u64>, reset_in: Option<u64>) -> Answered {
        Answered::Status { code, retry_after, reset_in, secondary: true }
    }

    #[test]
    fn creating_is_never_repeated_blindly() {
        for answered in [status(500), status(502), Answered::Cut, Answered::Late, limited(429, Some(1), None)] {
            assert!(matches!(follow_up(Verb::Post, &answered, 1), Next::Look(_)), "{answered:?}");
            for verb in [Verb::Get, Verb::Patch, Verb::Put] {
                assert!(matches!(follow_up(verb, &answered, 1), Next::Again(_)), "{answered:?}");
            }
        }
    }

    #[test]
    fn what_the_server_asks_for_is_obeyed_up_to_a_ceiling() {
        let second = Duration::from_secs(1);
        assert_eq!(follow_up(Verb::Get, &limited(429, Some(7), Some(3)), 1), Next::Again(7 * second));
        assert_eq!(follow_up(Verb::Get, &limited(403, None, Some(30)), 1), Next::Again(30 * second));
        assert_eq!(follow_up(Verb::Get, &limited(403, None, None), 1), Next::Again(UNNAMED));
        assert_eq!(follow_up(Verb::Get, &limited(403, None, Some(3600)), 1), Next::TooLong(3600 * second));
    }

    #[test]
    fn refusals_are_answers() {
        for code in [400, 401, 403, 404, 405, 409, 422] {
            assert_eq!(follow_up(Verb::Get, &status(code), 1), Next::GiveUp, "{code}");
        }
        for code in [200, 201, 204, 304] {
            assert_eq!(follow_up(Verb::Post, &status(code), 1), Next::Done, "{code}");
        }
        assert_eq!(follow_up(Verb::Get, &status(503), TRIES), Next::GiveUp);
    }
}
