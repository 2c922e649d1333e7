//! What an agent is told: the complete task, and the prompt made of it.
//!
//! A [`CompleteTask`] holds all that a fresh agent needs (DESIGN 5 and 10). [`complete`] builds one from the plan's
//! task, a [`Library`] of context documents, what dependencies delivered, the project and the gates, within a token
//! budget: the task's own words first, then the most relevant sections. [`prompt`] renders it for a [`Role`].
//! Everything here is pure: the same inputs give the same bytes.
//!
//! To add a role: a variant of [`Role`] with its word, a text in `templates/`, a case in the tests.

mod budget;
mod choose;
mod citations;
mod complete;
mod complete_task;
mod criteria;
mod cycle;
mod escape;
mod feedback;
mod fit;
mod library;
mod list_items;
mod news;
mod own_checks;
mod prompt;
mod render;
mod schema;
mod suggest;

pub use crate::model::Role;
pub use budget::{Count, DEFAULT_BUDGET, HARD_BUDGET, estimate};
pub use choose::{RivalWork, choose};
pub use complete::{Inputs, complete, criteria};
pub use complete_task::{CompleteContext, CompleteTask, Delivered, MissingSection, QualityGates, TddSpecifications};
pub use cycle::{cycle, design_file};
pub use escape::{one_line, visible};
pub use feedback::GateFailure;
pub use library::{ContextDoc, ContextKind, Library};
pub use news::{news_of_conflict, news_of_prerequisite, news_of_rival, word_of_run};
pub use prompt::{Conflict, ConflictPath, PromptInputs, Templates, afterthought, findings, prompt, word_of_person};
pub use schema::{CHOICE, REVIEW, SCHEMAS, schema};

#[cfg(test)]
mod tests;
