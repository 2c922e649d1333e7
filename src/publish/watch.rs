//! Watching what a server says of a pull request until everything that counts is decided. Looking is apart from deciding.

use super::forge::{CommitStatus, Forge, MergeRequirements, PullState, ReviewVerdict, StatusState};
use crate::model::Result;

/// A pull request at one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullWatch {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// Where it stands.
    pub state: PullState,
    /// What reviewers decided.
    pub review: ReviewVerdict,
    /// What statuses and checks say of its head, by name.
    pub checks: Vec<CommitStatus>,
}

/// What has come of a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchVerdict {
    /// Something that counts is not decided.
    Open,
    /// Nothing that counts is against it.
    Good,
    /// A check is against it, or could not tell.
    Red,
    /// People do not want it as it is.
    Unwanted,
}

/// What is new between two looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchedChange {
    /// A check says something else than before.
    Check {
        /// Its name.
        name: String,
        /// What it says.
        state: StatusState,
        /// In its words.
        words: String,
    },
    /// A required check has said nothing so far.
    Missing {
        /// Its name.
        name: String,
    },
    /// Reviewers decided otherwise than before.
    Review(ReviewVerdict),
    /// It was merged.
    Merged,
    /// It was closed.
    Closed,
}

/// Looks at a pull request.
///
/// # Errors
/// The server refuses or cannot be reached.
pub fn look_at(forge: &dyn Forge, number: u64) -> Result<PullWatch> {
    let pull = forge.pull(number)?;
    let review = forge.verdict(number)?;
    let mut checks = forge.statuses(&pull.head_commit)?;
    checks.extend(forge.checks(&pull.head_commit)?);
    checks.sort_by(|a, b| a.context.cmp(&b.context));
    Ok(PullWatch { number, url: pull.url, state: pull.state, review, checks })
}

/// Decides. Where the server does not say what it requires, every check that it names counts, and a review.
pub fn watch_verdict(pull: &PullWatch, required: Option<&MergeRequirements>) -> WatchVerdict {
    match pull.state {
        PullState::Merged => return WatchVerdict::Good,
        PullState::Closed => return WatchVerdict::Unwanted,
        PullState::Open => {}
    }
    let named = required.map(|required| required.checks.as_slice()).unwrap_or_default();
    let counts = |check: &&CommitStatus| named.is_empty() || named.contains(&check.context);
    let counting: Vec<StatusState> = pull.checks.iter().filter(counts).map(|check| check.state).collect();
    let silent = named.iter().any(|name| pull.checks.iter().all(|check| check.context != *name));
    let needs_review = required.is_none_or(|required| required.review);
    if silent || counting.contains(&StatusState::Pending) || needs_review && pull.review == ReviewVerdict::Undecided {
        return WatchVerdict::Open;
    }
    if counting.iter().any(|state| *state != StatusState::Success) {
        return WatchVerdict::Red;
    }
    match pull.review {
        ReviewVerdict::ChangesRequested => WatchVerdict::Unwanted,
        ReviewVerdict::Approved { .. } | ReviewVerdict::Undecided => WatchVerdict::Good,
    }
}

/// What to tell after a look: everything the first time, then what is new.
pub fn watched_changes(
    before: Option<&PullWatch>,
    now: &PullWatch,
    required: Option<&MergeRequirements>,
) -> Vec<WatchedChange> {
    let known = |check: &CommitStatus| {
        before.is_some_and(|it| it.checks.iter().any(|old| old.context == check.context && old.state == check.state))
    };
    let mut changes: Vec<WatchedChange> = now
        .checks
        .iter()
        .filter(|check| !known(check))
        .map(|check| WatchedChange::Check {
            name: check.context.clone(),
            state: check.state,
            words: check.description.clone(),
        })
        .collect();
    let named = required.map(|required| required.checks.as_slice()).unwrap_or_default();
    let is_missing = |name: &&String| now.checks.iter().all(|check| check.context != **name);
    let missing = named.iter().filter(|_| before.is_none()).filter(is_missing);
    changes.extend(missing.map(|name| WatchedChange::Missing { name: name.clone() }));
    if before.is_none_or(|it| it.review != now.review) {
        changes.push(WatchedChange::Review(now.review.clone()));
    }
    if before.is_none_or(|it| it.state != now.state) {
        match now.state {
            PullState::Merged => changes.push(WatchedChange::Merged),
            PullState::Closed => changes.push(WatchedChange::Closed),
            PullState::Open => {}
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use StatusState::{Error, Failure, Pending, Success};

    fn pull(checks: &[(&str, StatusState)], review: ReviewVerdict) -> PullWatch {
        let check = |(name, state): &(&str, StatusState)| CommitStatus {
            context: (*name).to_owned(),
            state: *state,
            description: String::new(),
        };
        let checks = checks.iter().map(check).collect();
        PullWatch { number: 1, url: String::new(), state: PullState::Open, review, checks }
    }

    fn approved() -> ReviewVerdict {
        ReviewVerdict::Approved { by: "ann".to_owned() }
    }

    #[test]
    fn only_what_counts_decides() {
        let build = MergeRequirements { checks: vec!["build".to_owned()], review: false };
        let both = MergeRequirements { checks: vec!["build".to_owned()], review: true };
        let none = MergeRequirements::default();
        let table = [
            (pull(&[("build", Success)], approved()), None, WatchVerdict::Good),
            (pull(&[("build", Success)], ReviewVerdict::Undecided), None, WatchVerdict::Open),
            (pull(&[("build", Success)], ReviewVerdict::Undecided), Some(&build), WatchVerdict::Good),
            (pull(&[("build", Success)], ReviewVerdict::Undecided), Some(&both), WatchVerdict::Open),
            (pull(&[("build", Success), ("lint", Failure)], approved()), Some(&build), WatchVerdict::Good),
            (pull(&[("build", Success), ("lint", Pending)], approved()), None, WatchVerdict::Open),
            (pull(&[("build", Error)], approved()), None, WatchVerdict::Red),
            (pull(&[("lint", Success)], approved()), Some(&build), WatchVerdict::Open),
            (pull(&[], approved()), Some(&build), WatchVerdict::Open),
            (pull(&[], ReviewVerdict::Undecided), Some(&none), WatchVerdict::Good),
            (pull(&[("build", Success)], ReviewVerdict::ChangesRequested), Some(&none), WatchVerdict::Unwanted),
            (pull(&[("build", Failure)], ReviewVerdict::ChangesRequested), None, WatchVerdict::Red),
        ];
        for (pull, required, expected) in table {
            assert_eq!(watch_verdict(&pull, required), expected, "{pull:?} {required:?}");
        }
        let merged = PullWatch { state: PullState::Merged, ..pull(&[("build", Failure)], approved()) };
        assert_eq!(watch_verdict(&merged, None), WatchVerdict::Good);
        let closed = PullWatch { state: PullState::Closed, ..pull(&[("build", Success)], approved()) };
        assert_eq!(watch_verdict(&closed, None), WatchVerdict::Unwanted);
    }

    #[test]
    fn each_change_is_told_once() {
        let first = pull(&[("build", Pending)], ReviewVerdict::Undecided);
        let second = pull(&[("build", Success)], ReviewVerdict::Undecided);
        assert_eq!(watched_changes(None, &first, None).len(), 2);
        assert!(watched_changes(Some(&first), &first, None).is_empty());
        let told = watched_changes(Some(&first), &second, None);
        assert!(matches!(told.as_slice(), [WatchedChange::Check { state: Success, .. }]), "{told:?}");
        let merged = PullWatch { state: PullState::Merged, ..second.clone() };
        assert_eq!(watched_changes(Some(&second), &merged, None), [WatchedChange::Merged]);
    }
}
