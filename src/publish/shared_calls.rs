//! What GitHub, Forgejo and Gitea take and answer alike: comments of pull requests, which are issues to them, and statuses
//! of commits.

use serde_json::{Value, json};

use super::client::Client;
use super::forge::{CommitStatus, PullComment, StatusState};
use super::own_words::{MARK, is_marked};
use super::retry::Verb;
use crate::model::{Error, Result};

/// Whether what somebody wrote may be ours.
pub(super) type MaySpeak<'a> = &'a dyn Fn(&Value) -> Result<bool>;

impl Client {
    /// The comments of a pull request. `issues` is the path of the repository's issues.
    pub(super) fn comments(&self, issues: &str, number: u64, may_speak: MaySpeak<'_>) -> Result<Vec<PullComment>> {
        let found = self.list(&format!("{issues}/{number}/comments"))?;
        found.iter().map(|value| comment(value, may_speak)).collect()
    }

    /// Writes a comment, or changes ours that has `marker` in it. `comments` gives those that are there.
    pub(super) fn put_comment(
        &self,
        issues: &str,
        number: u64,
        (marker, body): (&str, &str),
        comments: &dyn Fn() -> Result<Vec<PullComment>>,
    ) -> Result<()> {
        let marked = || -> Result<Option<PullComment>> {
            Ok(comments()?.into_iter().find(|comment| comment.is_ours && is_marked(&comment.body, marker)))
        };
        let content = json!({ "body": body });
        match marked()? {
            Some(comment) if comment.body.trim_end() == body.trim_end() => Ok(()),
            Some(comment) => self.change(Verb::Patch, &format!("{issues}/comments/{}", comment.id), &content).map(drop),
            None => {
                let look = || Ok(marked()?.map(|_| Value::Null));
                self.create(&format!("{issues}/{number}/comments"), &content, &look).map(drop)
            }
        }
    }

    /// Gives a commit a status at `path`; `known` says which ones it has.
    pub(super) fn put_status(
        &self,
        path: &str,
        status: &CommitStatus,
        known: impl Fn() -> Result<Vec<CommitStatus>>,
    ) -> Result<()> {
        let state = match status.state {
            StatusState::Success => "success",
            StatusState::Failure => "failure",
            StatusState::Error => "error",
            StatusState::Pending => "pending",
        };
        let body = json!({ "state": state, "context": status.context, "description": status.description });
        let look = || Ok(known()?.contains(status).then_some(Value::Null));
        self.create(path, &body, &look).map(drop)
    }
}

fn comment(value: &Value, may_speak: MaySpeak<'_>) -> Result<PullComment> {
    let id = value["id"].as_u64().ok_or_else(|| Error::failed("reading comments", "one of them has no `id`"))?;
    let body = value["body"].as_str().unwrap_or_default().replace("\r\n", "\n");
    Ok(PullComment { id, is_ours: is_marked(&body, MARK) && may_speak(value)?, body })
}

/// The first of each context, of statuses that come newest first.
pub(super) fn newest(statuses: impl Iterator<Item = Result<CommitStatus>>) -> Result<Vec<CommitStatus>> {
    let mut found: Vec<CommitStatus> = Vec::new();
    for status in statuses {
        let status = status?;
        if found.iter().all(|known| known.context != status.context) {
            found.push(status);
        }
    }
    Ok(found)
}
