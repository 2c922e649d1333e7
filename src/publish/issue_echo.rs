//! What the issues hear that a plan came from: where their work is. Only issues of the repository that is published to, and
//! only those of which it is known: `#12` of another repository is another issue. Choosing is pure.

use std::collections::BTreeMap;

use super::body::IssueLinks;
use super::escape::{code, inline};
use super::forge::{Forge, PullState};
use super::layer_page::PageTask;
use super::stack::{Stack, StackLayer};
use crate::journal::RunState;
use crate::model::{Result, TaskId};

/// An issue that a task came from, and its page where the list of issues named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskIssue {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub page: Option<String>,
}

/// The issues of tasks.
pub type TaskIssues = BTreeMap<TaskId, TaskIssue>;

/// What one issue is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueWord {
    /// The issue.
    pub number: u64,
    /// What marks the comment.
    pub marker: String,
    /// Its text.
    pub body: String,
}

/// The issues of tasks that are this repository's.
pub fn own_issues(issues: &TaskIssues, repository: &str) -> IssueLinks {
    let end = |number: u64| format!("/{repository}/issues/{number}").to_ascii_lowercase();
    let is_own =
        |it: &TaskIssue| it.page.as_ref().is_some_and(|page| page.to_ascii_lowercase().ends_with(&end(it.number)));
    issues.iter().filter(|(_, it)| is_own(it)).map(|(task, it)| (task.clone(), it.number)).collect()
}

/// What issues are told of a published stack: each by one comment, which is rewritten while its work goes on. Pure.
pub fn issue_words(state: &RunState, stack: &Stack, issues: &IssueLinks) -> Vec<IssueWord> {
    let run = &state.info.run;
    let words = |layer: &StackLayer, task: &PageTask| {
        let number = *issues.get(&task.task)?;
        let pull = layer.pull.as_ref()?;
        let marker = format!("<!-- git-orca:issue run={run} -->");
        let stands = match pull.state {
            PullState::Open => "is under review in",
            PullState::Merged => "was merged in",
            PullState::Closed => return None,
        };
        let change = task.size.map_or_else(
            || "it changed nothing".to_owned(),
            |(files, added, removed)| format!("{files} file{}, +{added} −{removed}", if files == 1 { "" } else { "s" }),
        );
        let body = format!(
            "{marker}\n{} {} {stands} #{} ({change}). Made by git orca, run {}.",
            inline(task.task.as_str()),
            inline(&task.title),
            pull.number,
            code(run.as_str())
        );
        Some(IssueWord { number, marker, body })
    };
    stack.layers.iter().flat_map(|layer| layer.page.tasks.iter().filter_map(move |task| words(layer, task))).collect()
}

/// Tells an issue, where it has not heard it. Whether it had not.
///
/// # Errors
/// The server refuses or cannot be reached.
pub fn tell_issue(forge: &dyn Forge, word: &IssueWord) -> Result<bool> {
    let there = forge.comments(word.number)?;
    if there.iter().any(|comment| comment.is_ours && comment.body.trim_end() == word.body.trim_end()) {
        return Ok(false);
    }
    forge.put_comment(word.number, &word.marker, &word.body).map(|()| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_issues_that_are_known_to_be_of_this_repository_hear_anything() {
        let issue = |number, page: Option<&str>| TaskIssue { number, page: page.map(str::to_owned) };
        let issues: TaskIssues = [
            ("A", issue(1, Some("https://github.com/Ada/Shop/issues/1"))),
            ("B", issue(2, Some("https://github.com/bob/shop/issues/2"))),
            ("C", issue(3, None)),
            ("D", issue(4, Some("https://github.com/ada/shop/issues/44"))),
        ]
        .map(|(task, issue)| (task.parse().unwrap(), issue))
        .into();
        let own = own_issues(&issues, "ada/shop");
        assert_eq!(own.into_iter().map(|(task, n)| (task.to_string(), n)).collect::<Vec<_>>(), [("A".to_owned(), 1)]);
    }
}
