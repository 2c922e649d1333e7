//! What gates say of a commit.
//!
//! | file | holds |
//! |---|---|
//! | `job.rs` | what a check depends on |
//! | `difference.rs` | what a gate judges |
//! | `clashes.rs` | what merges broke though git saw no conflict |
//! | `rounds.rs`, `checkout.rs`, `evidence.rs` | its commands on their trees, the same one once |
//! | `review.rs` | an agent that reads |
//! | `check.rs` | one gate on one commit, looked up or run |
//! | `validate.rs` | gates on a commit, without a run |
//! | `attest.rs` | the evidence of a run, put on its commits |

pub mod attest;
pub mod check;
pub mod checkout;
mod clashes;
pub mod difference;
pub mod evidence;
pub mod job;
pub mod review;
pub mod rounds;
pub mod validate;
