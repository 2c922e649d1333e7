//! The server's JSON, read into the words of [`Forge`](super::super::forge::Forge). What is missing is an error, not a default.

use serde_json::Value;

use super::super::forge::{CommitStatus, GHOST, MergeRequirements, PullRequest, PullState, StatusState};
use crate::model::{Error, Oid, Result};

pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> Result<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).ok_or_else(|| missing(pointer))
}

pub(super) fn number(value: &Value, pointer: &str) -> Result<u64> {
    value.pointer(pointer).and_then(Value::as_u64).ok_or_else(|| missing(pointer))
}

fn missing(pointer: &str) -> Error {
    let field = pointer.trim_start_matches('/').replace('/', ".");
    Error::failed("reading Forgejo's answer", format!("it has no `{field}`"))
}

/// The branch of a pull request. `head.ref` is a number's ref once the branch is gone; the label keeps its name.
pub(super) fn head_branch(pull: &Value) -> Option<String> {
    let label = pull.pointer("/head/label").and_then(Value::as_str).filter(|label| !label.is_empty());
    let label = label.map(|label| label.split_once(':').map_or(label, |(_, branch)| branch));
    label.or_else(|| pull.pointer("/head/ref").and_then(Value::as_str)).map(str::to_owned)
}

pub(super) fn pull(value: &Value) -> Result<PullRequest> {
    let merged = value["merged"].as_bool().ok_or_else(|| missing("/merged"))?;
    let state = match (text(value, "/state")?, merged) {
        (_, true) => PullState::Merged,
        ("open", false) => PullState::Open,
        _ => PullState::Closed,
    };
    let title = text(value, "/title")?;
    let merge_commit = value["merge_commit_sha"].as_str().and_then(|sha| sha.parse::<Oid>().ok());
    let labels = value["labels"].as_array().into_iter().flatten();
    Ok(PullRequest {
        number: number(value, "/number")?,
        url: text(value, "/html_url")?.to_owned(),
        state,
        head: head_branch(value).ok_or_else(|| missing("/head/ref"))?,
        head_commit: text(value, "/head/sha")?.parse()?,
        base: text(value, "/base/ref")?.to_owned(),
        title: title.to_owned(),
        body: value["body"].as_str().unwrap_or_default().replace("\r\n", "\n"),
        draft: value["draft"].as_bool().unwrap_or_else(|| is_draft(title)),
        merged_as: merge_commit.filter(|_| state == PullState::Merged),
        merged_by: value.pointer("/merged_by/login").and_then(Value::as_str).map(str::to_owned),
        labels: labels.filter_map(|label| label["name"].as_str().map(str::to_owned)).collect(),
        stack: None,
        lost_head: value.pointer("/head/repo").is_none_or(Value::is_null),
    })
}

/// What the server itself takes for a draft, where it does not say: older ones do not.
fn is_draft(title: &str) -> bool {
    let title = title.to_ascii_lowercase();
    ["wip:", "[wip]"].iter().any(|start| title.starts_with(start))
}

/// Who wrote something: a name that nobody has where the account was deleted.
pub(super) fn author(value: &Value) -> &str {
    value.pointer("/user/login").and_then(Value::as_str).unwrap_or(GHOST)
}

/// It is asked for as `state` and answered as `status`. A warning is no pass.
pub(super) fn status(value: &Value) -> Result<CommitStatus> {
    Ok(CommitStatus {
        context: text(value, "/context")?.to_owned(),
        state: match text(value, "/status")? {
            "success" | "skipped" => StatusState::Success,
            "failure" => StatusState::Failure,
            "pending" => StatusState::Pending,
            _ => StatusState::Error,
        },
        description: value["description"].as_str().unwrap_or_default().to_owned(),
    })
}

/// What a branch requires. None where it names checks by a pattern: which ones those are, nobody knows beforehand.
pub(super) fn requirements(branch: &Value) -> Option<MergeRequirements> {
    if branch["protected"].as_bool()? {
        let asked = branch["enable_status_check"].as_bool().unwrap_or(false);
        let contexts = branch["status_check_contexts"].as_array().into_iter().flatten();
        let checks: Vec<String> =
            contexts.filter(|_| asked).filter_map(|one| one.as_str().map(str::to_owned)).collect();
        let is_pattern = |name: &String| name.contains(['*', '?', '[', '{']);
        let review = branch["required_approvals"].as_u64().is_some_and(|count| count > 0);
        return (!checks.iter().any(is_pattern)).then_some(MergeRequirements { checks, review });
    }
    Some(MergeRequirements::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_branch_that_is_gone_is_known_by_its_label() {
        for (head, branch) in [
            (json!({ "label": "orca/1/layer/1", "ref": "refs/pull/3/head" }), "orca/1/layer/1"),
            (json!({ "label": "ada:orca/1/layer/1", "ref": "orca/1/layer/1" }), "orca/1/layer/1"),
            (json!({ "label": "", "ref": "topic" }), "topic"),
        ] {
            assert_eq!(head_branch(&json!({ "head": head })).as_deref(), Some(branch));
        }
    }

    #[test]
    fn a_warning_is_no_pass_and_a_pattern_is_no_name() {
        let said = |word: &str| status(&json!({ "context": "ci", "status": word })).unwrap().state;
        assert_eq!(said("warning"), StatusState::Error);
        assert_eq!(said("skipped"), StatusState::Success);
        let rule = |context: &str| {
            json!({ "protected": true, "enable_status_check": true, "required_approvals": 1,
                "status_check_contexts": [context] })
        };
        let known = requirements(&rule("ci/build")).unwrap();
        assert_eq!((known.checks.as_slice(), known.review), (&["ci/build".to_owned()][..], true));
        assert_eq!(requirements(&rule("ci/*")), None);
        assert_eq!(requirements(&json!({ "protected": false })), Some(MergeRequirements::default()));
        assert_eq!(requirements(&json!({})), None);
    }
}
