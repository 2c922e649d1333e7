//! What gates say of a commit.
//!
//! | file | holds |
//! |---|---|
//! | `job.rs` | what a check depends on |
//! | `difference.rs` | what a gate judges |
//! | `clashes.rs` | what merges broke though git saw no conflict |
//! | `rounds.rs`, `checkout.rs`, `evidence.rs` | its commands on their trees, the same one once |
//! | `asking.rs` | an agent that reads, and answers in a form |
//! | `review.rs` | what it says of one commit |
//! | `choice.rs` | which of several attempts it prefers |
//! | `check.rs` | one gate on one commit, looked up or run |
//! | `validate.rs` | gates on a commit, without a run |
//! | `attest.rs` | the evidence of a run, put on its commits |

mod asking;
pub mod attest;
pub mod check;
pub mod checkout;
pub mod choice;
mod clashes;
pub mod difference;
pub mod evidence;
pub mod job;
pub mod review;
pub mod rounds;
pub mod validate;
