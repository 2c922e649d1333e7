//! The prompt of a role.

use std::collections::BTreeMap;

use super::complete_task::CompleteTask;
use super::escape::{one_line, visible};
use super::feedback::{GateFailure, feedback, fence_around};
use super::render::render;
use crate::model::{Result, Role};
use crate::settings::{ROLES, suggestion};

/// The built-in template of a role.
fn built_in(role: Role) -> &'static str {
    match role {
        Role::Design => include_str!("templates/design.md"),
        Role::Test => include_str!("templates/test.md"),
        Role::Code => include_str!("templates/code.md"),
        Role::Refactor => include_str!("templates/refactor.md"),
        Role::Review => include_str!("templates/review.md"),
        Role::Resolve => include_str!("templates/resolve.md"),
        Role::Retry => include_str!("templates/retry.md"),
    }
}

/// The templates in force: built in, or the project's own. Those are text that came with the repository and is shown
/// to agents, so the caller has them trusted first.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    own: BTreeMap<Role, String>,
}

impl Templates {
    /// Takes the files of `.orca/prompts` by name (`code.md`), with their texts.
    ///
    /// # Errors
    /// For a file that is no role's.
    pub fn with_own<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Result<Templates> {
        let mut own = BTreeMap::new();
        for (name, text) in files {
            let word = name.strip_suffix(".md").unwrap_or(name);
            let Some((role, _)) = Role::ALL.iter().find(|(_, known)| *known == word) else {
                let doing = format!("reading `.orca/prompts/{}`", name.escape_debug());
                let words = ROLES.into_iter().chain(["retry"]).collect::<Vec<_>>();
                let error = crate::model::Error::new(crate::model::ErrorKind::Usage, doing, "no role has that name");
                return Err(error.hint(suggestion(word, words)));
            };
            own.insert(*role, text.to_owned());
        }
        Ok(Templates { own })
    }
}

/// One path of a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictPath {
    /// The path.
    pub path: String,
    /// git's word for the kind: `contents`, `modify/delete`.
    pub kind: String,
}

/// A merge that git could not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What the other side is about: ids with titles and intents, one text.
    pub other: String,
    /// Where the two meet.
    pub paths: Vec<ConflictPath>,
    /// The lines of both sides there; empty where the worktree has them.
    pub places: String,
    /// Where the work that clashed lies.
    pub earlier: String,
}

/// What a prompt is made of.
#[derive(Debug, Clone, Copy)]
pub struct PromptInputs<'a> {
    /// The task.
    pub task: &'a CompleteTask,
    /// What the gates said against the last attempt, if there was one.
    pub failures: &'a [GateFailure],
    /// Why the last attempt failed otherwise, if it did: "it committed nothing".
    pub reason: Option<&'a str>,
    /// What the last attempt changed, as a patch; empty where there is nothing to show.
    pub diff: &'a str,
    /// Hints from people (`retry -m`, `say`), oldest first.
    pub hints: &'a [String],
    /// The conflict to solve, for [`Role::Resolve`], or because of which the task is done once more.
    pub conflict: Option<&'a Conflict>,
    /// How to go about tests ([`cycle`](super::cycle)); empty where that is the agent's own business.
    pub cycle: &'a str,
    /// What the other gates said, for [`Role::Review`]: one line each.
    pub gates: &'a [String],
    /// Acceptance criteria that no command checks, for [`Role::Review`].
    pub unread: &'a [String],
}

/// Renders the prompt of `role`. It depends on nothing but its arguments: no time, no machine, no path.
///
/// # Errors
/// For a template of the project that asks for something that does not exist.
pub fn prompt(role: Role, inputs: &PromptInputs<'_>, templates: &Templates) -> Result<String> {
    match templates.own.get(&role) {
        Some(own) => render(&format!(".orca/prompts/{}.md", role.word()), own, &slots(inputs)),
        None => render(role.word(), built_in(role), &slots(inputs)),
    }
}

/// What an agent is told that goes on in its own session: it knows the task, so only what was wrong.
///
/// # Errors
/// None of the built-in template's.
pub fn findings(inputs: &PromptInputs<'_>) -> Result<String> {
    render("resume", include_str!("templates/resume.md"), &slots(inputs))
}

/// What an agent is told that goes on in its own session because of what people said: nothing was wrong.
///
/// # Errors
/// None of the built-in template's.
pub fn afterthought(inputs: &PromptInputs<'_>) -> Result<String> {
    render("word", include_str!("templates/word.md"), &slots(inputs))
}

/// What an agent that works is told of a person's word. A program that takes messages for commands (`/clear`) finds none.
pub fn word_of_person(text: &str) -> String {
    format!(
        "A message about your task from the people you work for:\n\n{}\n\nTake it into account, and commit what you change for it.",
        visible(text)
    )
}

const CHECKS_NOTE: &str =
    "\nGates run in a clean checkout of what you committed. Run what you can of this yourself before you finish.";
const GIT_RULES: &str = include_str!("templates/git_rules.md");

pub(super) fn slots(inputs: &PromptInputs<'_>) -> BTreeMap<&'static str, String> {
    let task = inputs.task;
    let context = &task.complete_context;
    let tests = &task.tdd_specifications;
    BTreeMap::from([
        ("id", one_line(&task.task_id)),
        ("title", one_line(&task.title)),
        ("work", context.implementation_guidance.clone()),
        ("acceptance", bullets(&task.acceptance_criteria)),
        ("files", bullets(context.file_locations.iter().map(|(path, purpose)| format!("`{path}`: {purpose}")))),
        ("symbols", bullets(&context.symbols)),
        ("test_file", labeled("Tests go into", &tests.test_file)),
        ("test_cases", bullets(&tests.test_cases)),
        ("test_framework", labeled("Test framework:", &tests.test_framework)),
        ("coverage", labeled("Coverage:", &tests.coverage_requirements)),
        ("dependencies", bullets(context.dependencies.iter().map(|d| format!("{}: {}", d.task_id, d.delivered)))),
        ("background", context.project_background.clone()),
        ("architecture", context.architecture_context.clone()),
        ("requirements", context.requirements_context.clone()),
        ("environment", context.environment_context.clone()),
        ("checks", bullets(&context.validation_criteria)),
        ("checks_note", if context.validation_criteria.is_empty() { String::new() } else { CHECKS_NOTE.to_owned() }),
        ("missing", bullets(&task.missing)),
        ("failures", feedback(inputs.failures)),
        ("reason", inputs.reason.map(visible).unwrap_or_default()),
        ("diff", fenced(inputs.diff)),
        ("hints", bullets(inputs.hints.iter().map(|hint| visible(hint)))),
        ("other", inputs.conflict.map(|conflict| visible(&conflict.other)).unwrap_or_default()),
        ("places", inputs.conflict.map(|conflict| fenced(&conflict.places)).unwrap_or_default()),
        ("earlier", inputs.conflict.map(|conflict| visible(&conflict.earlier)).unwrap_or_default()),
        ("conflict_paths", inputs.conflict.map(conflict_paths).unwrap_or_default()),
        ("cycle", inputs.cycle.trim_end().to_owned()),
        ("gates", bullets(inputs.gates.iter().map(|line| visible(line)))),
        ("unread", bullets(inputs.unread.iter().map(|text| visible(text)))),
        ("git_rules", GIT_RULES.to_owned()),
    ])
}

/// A bullet, or nothing.
fn labeled(label: &str, value: &str) -> String {
    if value.is_empty() { String::new() } else { format!("- {label} {value}") }
}

/// One bullet each, further lines indented so that they stay in it.
pub(super) fn bullets(items: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let bullet = |item: &str| format!("- {}", item.trim().replace('\n', "\n  "));
    items.into_iter().map(|item| bullet(item.as_ref())).collect::<Vec<_>>().join("\n")
}

fn conflict_paths(conflict: &Conflict) -> String {
    bullets(conflict.paths.iter().map(|path| format!("`{}` ({})", one_line(&path.path), one_line(&path.kind))))
}

/// A text that must be seen as it is, if there is any.
pub(super) fn fenced(text: &str) -> String {
    let text = visible(text.trim_end());
    if text.is_empty() {
        return text;
    }
    let fence = fence_around(&text);
    format!("{fence}\n{text}\n{fence}")
}
