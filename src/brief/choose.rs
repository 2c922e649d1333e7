//! What a reviewing agent is asked that chooses between several attempts of a task.

use super::complete_task::CompleteTask;
use super::prompt::{PromptInputs, bullets, fenced, slots};
use super::render::render;
use crate::model::Result;

/// One of the attempts, without a word of who made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RivalWork {
    /// Its number.
    pub n: u32,
    /// What it began with.
    pub base: String,
    /// What it left.
    pub commit: String,
    /// What the gates said, one line each.
    pub said: Vec<String>,
    /// What it changed, as a patch.
    pub patch: String,
}

/// The question which of these attempts is best.
///
/// # Errors
/// None of the built-in template's.
pub fn choose(task: &CompleteTask, unread: &[String], rivals: &[RivalWork]) -> Result<String> {
    let inputs = PromptInputs {
        task,
        failures: &[],
        reason: None,
        diff: "",
        hints: &[],
        conflict: None,
        cycle: "",
        gates: &[],
        unread,
    };
    let mut slots = slots(&inputs);
    slots.insert("rivals", rivals.iter().map(shown).collect::<Vec<_>>().join("\n\n"));
    render("choose", include_str!("templates/choose.md"), &slots)
}

fn shown(rival: &RivalWork) -> String {
    let RivalWork { n, base, commit, said, patch } = rival;
    let said = if said.is_empty() { "no checks".to_owned() } else { bullets(said) };
    format!("### Attempt {n}\n\n`git diff {base} {commit}`\n\n{said}\n\n{}", fenced(patch))
}
