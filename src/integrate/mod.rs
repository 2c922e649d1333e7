//! Performing merges: passed tasks to candidate heads, candidate heads to refs, conflicts to words.

pub mod names;
