//! `execute -m "…"`: tasks in words, without a plan. A plan is written for them beside the runs, so that everything that works
//! with a plan works with them.

use std::path::PathBuf;

use serde_json::json;

use super::here::Here;
use crate::model::{Error, ErrorKind, Result};
use crate::run;

/// Characters of a message that become the title; all of it is in the details.
const TITLE: usize = 100;

/// Writes a plan with one task for each message, side by side, and says where.
///
/// # Errors
/// A message is empty, or the plan cannot be written.
pub fn plan(here: &Here, messages: &[String]) -> Result<PathBuf> {
    if messages.iter().any(|message| message.trim().is_empty()) {
        let cause = "a message is empty";
        return Err(
            Error::new(ErrorKind::Usage, "reading `-m`", cause).hint("git orca execute -m \"fix the login redirect\"")
        );
    }
    let text = text(messages);
    let name = format!("{:08x}", crc32fast::hash(text.as_bytes()));
    let path = here.store.messages().join(name).join("tasks.json");
    run::write(&path, &text)?;
    Ok(path)
}

/// The same messages give the same plan, so that an interrupted run of them is found again.
fn text(messages: &[String]) -> String {
    let mut taken: Vec<String> = Vec::new();
    let tasks: Vec<serde_json::Value> = messages
        .iter()
        .map(|message| {
            let message = message.trim();
            let id = short_id(message, &mut taken);
            let title: String = message.lines().next().unwrap_or_default().chars().take(TITLE).collect();
            json!({"id": id, "title": title, "details": message})
        })
        .collect();
    format!("{:#}\n", json!({"orca": 1, "tasks": tasks}))
}

/// A short id from the first words, none of `taken`; it is taken then.
pub fn short_id(message: &str, taken: &mut Vec<String>) -> String {
    let words = message.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).take(5);
    let slug = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-");
    let slug: String = slug.chars().take(40).collect();
    let base = if slug.len() < 3 { "task".to_owned() } else { slug.trim_end_matches('-').to_owned() };
    let mut free = base.clone();
    let mut n = 2;
    while taken.contains(&free) {
        free = format!("{base}-{n}");
        n += 1;
    }
    taken.push(free.clone());
    free
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MapFiles;
    use crate::plan::{PlanEntry, Reading, read};

    #[test]
    fn each_message_is_a_task_of_its_own() {
        let messages = ["Fix the login redirect", "Fix the login redirect", "直す", "Add \"quotes\"\nand lines"]
            .map(str::to_owned);
        let files = MapFiles([("tasks.json".to_owned(), text(&messages).into_bytes())].into());
        let plan = read(&files, &PlanEntry::new("tasks.json"), &Reading::default());
        assert!(!plan.has_errors(), "{:?}", plan.problems);
        let shown: Vec<(&str, &str)> = plan.tasks.iter().map(|task| (task.id.as_str(), task.title.as_str())).collect();
        let expected = [
            ("fix-the-login-redirect", "Fix the login redirect"),
            ("fix-the-login-redirect-2", "Fix the login redirect"),
            ("task", "直す"),
            ("add-quotes-and-lines", "Add \"quotes\""),
        ];
        assert_eq!(shown, expected);
        assert!(plan.tasks.iter().all(|task| task.after.is_empty() && task.run.is_none()));
    }
}
