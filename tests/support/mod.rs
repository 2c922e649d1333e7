//! What the tests of the whole program stand on: a repository in a temporary folder, the binary in a hermetic
//! environment, and questions about what it left behind.
//!
//! Judged are git's state, exit codes and the journal, read with the library; texts only where the text is the point.

mod checks;
mod fifo;
mod model;
mod real;
mod running;
mod test_repo;

pub use checks::{TestRequirement, announced, fences, in_cache, needs};
pub use fifo::{Fifo, Held};
pub use model::{Asked, Model, Reply};
pub use real::Real;
pub use running::{Output, Running};
pub use test_repo::{Options, TestRepo, standings_of};

use std::time::{Duration, Instant};

/// Longer than anything here takes on a busy machine; only a failure meets it.
pub const DEADLINE: Duration = Duration::from_secs(90);

/// Waits until `holds`, looking again and again.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
