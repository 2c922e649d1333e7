//! How many of a role may work at once, where that changes while the run goes.

use jiff::Timestamp;

/// What a pool came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSize {
    /// How many of the role may work at once.
    pub size: u32,
    /// Since when.
    pub at: Timestamp,
}
