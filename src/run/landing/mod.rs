//! What moves heads and branches: merging and landing, marks in the plan, the finishing command.

pub mod deploy;
pub mod marks;
pub mod regenerate;
pub mod rules;
pub mod train;
