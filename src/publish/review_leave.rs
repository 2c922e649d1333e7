//! What the review of a pull request means for the layer above it. Pure: whoever asks the server decides by this alone.

use super::forge::{PullRequest, PullState, ReviewVerdict};

/// Whether the layer above may start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewLeave {
    /// It may.
    Given {
        /// Who approved or merged it; empty where the server does not say.
        by: String,
        /// How: `#3 was approved`.
        how: String,
    },
    /// Not yet.
    Waits {
        /// For what.
        why: String,
    },
}

/// Decides. A draft that somebody approved is approved: that nobody may merge it yet is no word against the work.
pub fn review_leave(pull: &PullRequest, verdict: &ReviewVerdict) -> ReviewLeave {
    let n = pull.number;
    let waits = |why: String| ReviewLeave::Waits { why };
    match (pull.state, verdict) {
        (PullState::Merged, _) => {
            ReviewLeave::Given { by: pull.merged_by.clone().unwrap_or_default(), how: format!("#{n} was merged") }
        }
        (PullState::Closed, _) => waits(format!("#{n} was closed without being merged; somebody has to reopen it")),
        (PullState::Open, ReviewVerdict::Approved { by }) => {
            ReviewLeave::Given { by: by.clone(), how: format!("#{n} was approved") }
        }
        (PullState::Open, ReviewVerdict::ChangesRequested) => waits(format!("a reviewer asks for changes in #{n}")),
        (PullState::Open, ReviewVerdict::Undecided) => waits(format!("nobody has approved or merged #{n}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pull(state: PullState) -> PullRequest {
        PullRequest {
            number: 3,
            url: String::new(),
            state,
            head: String::new(),
            head_commit: "0".repeat(40).parse().unwrap(),
            base: String::new(),
            title: String::new(),
            body: String::new(),
            draft: true,
            merged_as: None,
            merged_by: (state == PullState::Merged).then(|| "bob".to_owned()),
            labels: Vec::new(),
            stack: None,
            lost_head: false,
        }
    }

    #[test]
    fn only_an_approval_or_a_merge_lets_the_next_layer_start() {
        let approved = ReviewVerdict::Approved { by: "ann".to_owned() };
        let table = [
            (PullState::Open, &approved, Some("ann")),
            (PullState::Open, &ReviewVerdict::ChangesRequested, None),
            (PullState::Open, &ReviewVerdict::Undecided, None),
            (PullState::Merged, &ReviewVerdict::ChangesRequested, Some("bob")),
            (PullState::Merged, &ReviewVerdict::Undecided, Some("bob")),
            // Whoever closed it after an approval had a reason.
            (PullState::Closed, &approved, None),
            (PullState::Closed, &ReviewVerdict::Undecided, None),
        ];
        for (state, verdict, expected) in table {
            let by = match review_leave(&pull(state), verdict) {
                ReviewLeave::Given { by, .. } => Some(by),
                ReviewLeave::Waits { why } => {
                    assert!(why.contains("#3"), "{why}");
                    None
                }
            };
            assert_eq!(by.as_deref(), expected, "{state:?} {verdict:?}");
        }
    }
}
