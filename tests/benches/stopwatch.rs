//! How long something takes.

use std::time::Instant;

/// Milliseconds that something takes.
pub fn timed(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64() * 1000.0
}
