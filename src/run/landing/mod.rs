//! What moves heads and branches: merging and landing, marks in the plan, taking landed tasks out again, the finishing command.

pub mod deploy;
pub mod marks;
pub mod regenerate;
pub mod replay;
pub mod revert;
pub mod rules;
pub mod train;
