//! Pull requests, as people and programs read about them.

use serde::Serialize;

use super::display::safe;
use super::speak::shell_word;
use crate::model::Oid;
use crate::publish::{
    Held, PublishStep, Published, PullRequest, PullState, Stack, StackLayer, StatusState, WrittenSeries,
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
            format!("layer {layer}  #{number}: comment with what does not fit into its description")
        }
        PublishStep::Status { layer, status, .. } => {
            let word = match status.state {
                StatusState::Success => "passed",
                StatusState::Failure => "failed",
                StatusState::Error => "not checked",
                StatusState::Pending => "pending",
            };
            format!("layer {layer}  status {}: {word}", safe(&status.context))
        }
    }
}

/// Why a layer is left as it is, and what to type.
fn held_line(remote: &str, layer: &StackLayer, held: &Held) -> (String, Option<String>) {
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
        Held::Waits { layer } => (format!("layer {n}  waits for layer {layer}"), None),
    }
}

/// How it ended, for people.
pub fn published(done: &Published) -> String {
    let mut lines: Vec<String> = done
        .moved
        .iter()
        .map(|one| format!("layer {}  head is {} now: {}", one.head.layer, one.head.commit.short(), safe(&one.why)))
        .collect();
    for layer in &done.stack.layers {
        let Some(pull) = &layer.pull else { continue };
        let state = match (pull.state, pull.draft) {
            (PullState::Open, true) => "draft",
            (PullState::Open, false) => "open",
            (PullState::Merged, _) => "merged",
            (PullState::Closed, _) => "closed",
        };
        lines.push(format!(
            "layer {}  #{} {state:<6}  onto {}  {}",
            layer.page.layer,
            pull.number,
            safe(&pull.base),
            safe(&pull.url)
        ));
    }
    for (layer, held) in done.held() {
        let (what, typed) = held_line(&done.stack.remote, layer, held);
        lines.push(what);
        lines.extend(typed.map(|typed| format!("         {typed}")));
    }
    if done.writes == 0 && done.moved.is_empty() {
        lines.push("nothing to change: everything is published as it is".to_owned());
    }
    lines.join("\n")
}

/// What would be done, for people.
pub fn would_publish(stack: &Stack, steps: &[PublishStep]) -> String {
    let mut lines: Vec<String> = steps.iter().map(|step| publish_step(step, None)).collect();
    for layer in &stack.layers {
        if let Some(held) = &layer.held {
            lines.push(held_line(&stack.remote, layer, held).0);
        }
    }
    if lines.is_empty() {
        lines.push("nothing to change: everything is published as it is".to_owned());
    }
    lines.push("nothing was moved or sent; without --dry-run it will be".to_owned());
    lines.join("\n")
}

/// What was written as patches.
pub fn written_series(all: &[WrittenSeries]) -> String {
    let one = |series: &WrittenSeries| {
        let folder = series.folder.display().to_string();
        format!("layer {}  {} patches in {}", series.layer, series.files.len().saturating_sub(1), shell_word(&folder))
    };
    all.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// The answer for programs.
#[derive(Debug, Serialize)]
struct PublishDocument<'a> {
    format: u32,
    run: &'a str,
    remote: &'a str,
    onto: &'a str,
    layers: Vec<LayerDocument<'a>>,
    steps: Vec<String>,
    writes: usize,
}

#[derive(Debug, Serialize)]
struct LayerDocument<'a> {
    n: u32,
    branch: &'a str,
    commit: &'a Oid,
    pr: Option<u64>,
    url: Option<&'a str>,
    state: Option<&'static str>,
    base: Option<&'a str>,
    left_alone: Option<String>,
}

/// As a JSON document; `steps` are those that are still to be done.
pub fn publish_json(run: &str, stack: &Stack, steps: &[PublishStep], writes: usize) -> String {
    let layer = |layer: &'_ StackLayer| {
        let pull = layer.pull.as_ref();
        let state = pull.map(|pull| match pull.state {
            PullState::Open => "open",
            PullState::Merged => "merged",
            PullState::Closed => "closed",
        });
        (state, layer.held.as_ref().map(|held| held_line(&stack.remote, layer, held).0))
    };
    let layers = stack.layers.iter().map(|one| {
        let (state, left_alone) = layer(one);
        LayerDocument {
            n: one.page.layer,
            branch: &one.page.branch,
            commit: &one.page.head.commit,
            pr: one.pull.as_ref().map(|pull| pull.number),
            url: one.pull.as_ref().map(|pull| pull.url.as_str()),
            state,
            base: one.pull.as_ref().map(|pull| pull.base.as_str()),
            left_alone,
        }
    });
    let document = PublishDocument {
        format: 1,
        run,
        remote: &stack.remote,
        onto: &stack.base,
        layers: layers.collect(),
        steps: steps.iter().map(|step| publish_step(step, None)).collect(),
        writes,
    };
    super::json_text::pretty(&document)
}
