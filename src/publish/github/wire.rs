//! GitHub's JSON, read into the words of [`Forge`](super::super::forge::Forge). What is missing is an error, not a default: an
//! answer that is not understood must not be acted on.

use serde_json::Value;

use super::super::forge::{
    CommitStatus, GHOST, MergeRequirements, PullRequest, PullState, ReviewRemark, StatusState, ThreadStanding,
};
use crate::model::{Error, Oid, Result};

pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> Result<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).ok_or_else(|| missing(pointer))
}

pub(super) fn number(value: &Value, pointer: &str) -> Result<u64> {
    value.pointer(pointer).and_then(Value::as_u64).ok_or_else(|| missing(pointer))
}

fn missing(pointer: &str) -> Error {
    Error::failed(
        "reading GitHub's answer",
        format!("it has no `{}`", pointer.trim_start_matches('/').replace('/', ".")),
    )
}

pub(super) fn pull(value: &Value) -> Result<PullRequest> {
    // Lists have no `merged`: the time tells there.
    let merged = value["merged"].as_bool().unwrap_or(false) || value["merged_at"].is_string();
    let state = match (text(value, "/state")?, merged) {
        (_, true) => PullState::Merged,
        ("open", false) => PullState::Open,
        _ => PullState::Closed,
    };
    let merge_commit = value["merge_commit_sha"].as_str().and_then(|sha| sha.parse::<Oid>().ok());
    let labels = value["labels"].as_array().into_iter().flatten();
    Ok(PullRequest {
        number: number(value, "/number")?,
        url: text(value, "/html_url")?.to_owned(),
        state,
        head: text(value, "/head/ref")?.to_owned(),
        head_commit: text(value, "/head/sha")?.parse()?,
        base: text(value, "/base/ref")?.to_owned(),
        title: text(value, "/title")?.to_owned(),
        body: value["body"].as_str().unwrap_or_default().replace("\r\n", "\n"),
        draft: value["draft"].as_bool().unwrap_or(false),
        // Of an open one it is the commit of a trial merge.
        merged_as: merge_commit.filter(|_| state == PullState::Merged),
        merged_by: value.pointer("/merged_by/login").and_then(Value::as_str).map(str::to_owned),
        labels: labels.filter_map(|label| label["name"].as_str().map(str::to_owned)).collect(),
        stack: value.pointer("/stack/number").and_then(Value::as_u64),
        lost_head: value.pointer("/head/repo").is_none_or(Value::is_null),
    })
}

/// Whether a pull request comes from `branch` of a repository of `owner`. Where that repository is gone, nobody can tell.
pub(super) fn is_from(value: &Value, owner: &str, branch: &str) -> bool {
    let said = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    said("/head/ref") == Some(branch) && said("/head/repo/owner/login").is_some_and(|it| it.eq_ignore_ascii_case(owner))
}

/// What became of a merge that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AskedMerge {
    /// It is worked on, under this number where one is said.
    Pending(Option<String>),
    /// It is done.
    Merged,
    /// It went into the merge queue.
    Queued,
    /// It will not be done, in the server's words.
    Failed(String),
}

pub(super) fn asked_merge(value: &Value) -> Result<AskedMerge> {
    let detail = |name: &str| value["details"][name].as_str().map(str::to_owned);
    Ok(match text(value, "/status")? {
        "pending" => AskedMerge::Pending(detail("uuid")),
        "merged" => AskedMerge::Merged,
        "enqueued" => AskedMerge::Queued,
        "failed" => AskedMerge::Failed(detail("message").unwrap_or_else(|| "it gave no reason".to_owned())),
        other => {
            let cause = format!("`{other}` is no state of a merge that is known here");
            return Err(Error::failed("reading GitHub's answer", cause));
        }
    })
}

pub(super) fn status(value: &Value) -> Result<CommitStatus> {
    Ok(CommitStatus {
        context: text(value, "/context")?.to_owned(),
        state: match text(value, "/state")? {
            "success" => StatusState::Success,
            "failure" => StatusState::Failure,
            "pending" => StatusState::Pending,
            _ => StatusState::Error,
        },
        description: value["description"].as_str().unwrap_or_default().to_owned(),
    })
}

/// What has not ended says nothing yet; what was passed over or says nothing either way stops nobody, as on GitHub itself.
pub(super) fn check_run(value: &Value) -> Result<CommitStatus> {
    let conclusion = value["conclusion"].as_str().unwrap_or_default();
    let state = match (text(value, "/status")?, conclusion) {
        ("completed", "success" | "neutral" | "skipped") => StatusState::Success,
        ("completed", "failure") => StatusState::Failure,
        ("completed", _) => StatusState::Error,
        _ => StatusState::Pending,
    };
    let words = if state == StatusState::Pending { text(value, "/status")? } else { conclusion };
    Ok(CommitStatus {
        context: text(value, "/name")?.to_owned(),
        state,
        description: value.pointer("/output/title").and_then(Value::as_str).unwrap_or(words).replace('_', " "),
    })
}

/// From the rules of a branch, and from its protection of the older kind, of which readers see the checks alone.
pub(super) fn requirements(rules: &Value, branch: Option<&Value>) -> MergeRequirements {
    let mut found = MergeRequirements::default();
    for rule in rules.as_array().into_iter().flatten() {
        let parameters = &rule["parameters"];
        match rule["type"].as_str() {
            Some("required_status_checks") => {
                let checks = parameters["required_status_checks"].as_array().into_iter().flatten();
                found.checks.extend(checks.filter_map(|check| check["context"].as_str().map(str::to_owned)));
            }
            Some("pull_request") => {
                found.review |= parameters["required_approving_review_count"].as_u64().is_some_and(|count| count > 0);
            }
            _ => {}
        }
    }
    let older = branch.and_then(|branch| branch.pointer("/protection/required_status_checks/contexts"));
    let contexts = older.and_then(Value::as_array).into_iter().flatten();
    found.checks.extend(contexts.filter_map(|context| context.as_str().map(str::to_owned)));
    found.checks.sort();
    found.checks.dedup();
    found
}

/// Who wrote something: a name that nobody has where the account was deleted.
pub(super) fn author(value: &Value) -> &str {
    value.pointer("/user/login").and_then(Value::as_str).unwrap_or(GHOST)
}

/// Whether whoever wrote something may write to the repository. An account that is gone may not, whatever it was.
pub(super) fn may_write(value: &Value) -> bool {
    let named = value.pointer("/user/login").is_some_and(Value::is_string);
    named && matches!(value["author_association"].as_str(), Some("OWNER" | "MEMBER" | "COLLABORATOR"))
}

pub(super) fn remark(value: &Value, is_answer: bool) -> Result<ReviewRemark> {
    let line = value["line"].as_u64().or(value["original_line"].as_u64());
    Ok(ReviewRemark {
        id: number(value, "/id")?,
        in_reply_to: value["in_reply_to_id"].as_u64(),
        author: author(value).to_owned(),
        may_write: may_write(value),
        path: text(value, "/path")?.to_owned(),
        line: line.and_then(|line| u32::try_from(line).ok()),
        standing: ThreadStanding::Unknown,
        is_answer,
        body: text(value, "/body")?.replace("\r\n", "\n"),
    })
}
