//! Steps of publishing and what holds a layer back, a line each.

use super::display::safe;
use crate::model::Oid;
use crate::publish::{
    Held, PublishStep, PullRequest, PullWatch, ReviewVerdict, StackLayer, StatusState, WatchedChange,
};

/// What is or would be done, in a line.
pub fn publish_step(step: &PublishStep, done: Option<&PullRequest>) -> String {
    match step {
        PublishStep::Push { layer, push } => {
            let to = push.commit.as_ref().map_or("nothing", Oid::short);
            match &push.expected {
                None => format!("layer {layer}  push {} at {to}", push.branch),
                Some(old) => format!("layer {layer}  push {} from {} to {to}", push.branch, old.short()),
            }
        }
        PublishStep::Open { layer, new } => {
            let draft = if new.draft { "draft pull request" } else { "pull request" };
            let page = done.map(|pull| format!("  #{} {}", pull.number, safe(&pull.url))).unwrap_or_default();
            format!("layer {layer}  open a {draft} onto {}: {}{page}", safe(&new.base), safe(&new.title))
        }
        PublishStep::Introduce { layer, number, .. } => {
            format!("layer {layer}  #{number}: set labels, reviewers, assignees and milestone")
        }
        PublishStep::Reopen { layer, number, base, .. } => {
            format!(
                "layer {layer}  #{number}: reopen it onto {}; the server closed it when the branch below was deleted",
                safe(base)
            )
        }
        PublishStep::Edit { layer, number, edit } => match &edit.base {
            Some(base) => format!("layer {layer}  #{number}: move it onto {}", safe(base)),
            None => format!("layer {layer}  #{number}: update its description"),
        },
        PublishStep::Comment { layer, number, .. } => {
            format!("layer {layer}  #{number}: add a comment with the rest of its description")
        }
        PublishStep::Status { layer, status, .. } => {
            // What a person let pass is never called a pass.
            let waived = status.description.starts_with("waived by ");
            let word = if waived { "waived" } else { check_word(status.state) };
            format!("layer {layer}  status {}: {word}", safe(&status.context))
        }
    }
}

/// What a check says.
pub fn check_word(state: StatusState) -> &'static str {
    match state {
        StatusState::Success => "passed",
        StatusState::Failure => "failed",
        StatusState::Error => "not checked",
        StatusState::Pending => "pending",
    }
}

/// What reviewers decided.
pub fn review_word(verdict: &ReviewVerdict) -> &'static str {
    match verdict {
        ReviewVerdict::Approved { .. } => "approved",
        ReviewVerdict::ChangesRequested => "changes requested",
        ReviewVerdict::Undecided => "not reviewed",
    }
}

/// What has changed on a pull request that is watched.
pub fn watched_change(number: u64, change: &WatchedChange) -> String {
    match change {
        WatchedChange::Check { name, state, words } if words.is_empty() => {
            format!("#{number}  {}: {}", safe(name), check_word(*state))
        }
        WatchedChange::Check { name, state, words } => {
            format!("#{number}  {}: {} ({})", safe(name), check_word(*state), safe(words))
        }
        WatchedChange::Missing { name } => format!("#{number}  {}: required, and nothing said yet", safe(name)),
        WatchedChange::Review(ReviewVerdict::Approved { by }) => format!("#{number}  approved by {}", safe(by)),
        WatchedChange::Review(verdict) => format!("#{number}  {}", review_word(verdict)),
        WatchedChange::Merged => format!("#{number}  merged"),
        WatchedChange::Closed => format!("#{number}  closed without being merged"),
    }
}

/// What it came to, a line each.
pub fn watched_end(watch: &PullWatch) -> String {
    let failed = watch.checks.iter().filter(|check| matches!(check.state, StatusState::Failure | StatusState::Error));
    let names: Vec<String> = failed.map(|check| safe(&check.context)).collect();
    let checks = match (watch.checks.len(), names.as_slice()) {
        (0, _) => "nothing checks it".to_owned(),
        (_, []) => "checks passed".to_owned(),
        (_, names) => format!("not green: {}", names.join(", ")),
    };
    format!("#{}  {}, {checks}  {}", watch.number, review_word(&watch.review), safe(&watch.url))
}

/// Why a layer's pull request lacks the people or labels that it should get.
pub fn refused_audience_line(layer: &StackLayer, why: &str) -> String {
    let number = layer.pull.as_ref().map_or(0, |pull| pull.number);
    let what = "labels, reviewers, assignees or milestone were refused";
    format!("layer {}  #{number} is published, but {what}: {}", layer.page.layer, safe(why))
}

/// Why a layer is left as it is, and what to type.
pub fn held_line(remote: &str, layer: &StackLayer, held: &Held) -> (String, Option<String>) {
    let (n, branch) = (layer.page.layer, &layer.page.branch);
    match held {
        Held::Rewritten { found } => (
            format!(
                "layer {n}  left alone: somebody replaced {branch} on {remote} by {}, which lacks what was published",
                found.short()
            ),
            Some(format!(
                "git push --force-with-lease={branch}:{found} {remote} {}:refs/heads/{branch}   puts ours back; then: git orca publish",
                layer.page.head.commit
            )),
        ),
        Held::Clash { with, paths } => {
            let paths: Vec<String> = paths.iter().map(|path| safe(path)).collect();
            (
                format!("layer {n}  left alone: it conflicts with {} in {}", safe(with), paths.join(", ")),
                Some(format!("merge it by hand on {branch}, push that, then: git orca publish")),
            )
        }
        Held::Refused { found, why } => (
            format!("layer {n}  left alone: commits pushed onto {branch} do not pass: {}", safe(why)),
            Some(format!(
                "git orca validate {}   shows the findings; fix them there, then: git orca publish",
                found.short()
            )),
        ),
        Held::Closed => {
            let number = layer.pull.as_ref().map_or(0, |pull| pull.number);
            (
                format!("layer {n}  #{number} was closed without being merged; layers above stay on top of it"),
                Some(format!("reopen #{number} on the server, or leave it")),
            )
        }
        Held::HeadLost => {
            let number = layer.pull.as_ref().map_or(0, |pull| pull.number);
            (
                format!(
                    "layer {n}  left alone: the repository that #{number} came from was deleted, so it cannot be updated"
                ),
                Some(format!(
                    "merge or close #{number} on the server; then: git orca publish   opens another one if needed"
                )),
            )
        }
        Held::Waits { layer } => (format!("layer {n}  waits for layer {layer}"), None),
    }
}
