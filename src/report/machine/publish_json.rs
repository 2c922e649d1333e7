//! Pull requests, for programs.

use serde::Serialize;

use crate::model::Oid;
use crate::publish::{PublishStep, PullState, PullWatch, Stack, StackLayer};
use crate::report::facts::picture::Picture;
use crate::report::machine::status_json;
use crate::report::words::json_text;
use crate::report::words::publish_lines::{check_word, held_line, publish_step, review_word};
use serde_json::Value;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_audience: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<CheckDocument<'a>>,
}

#[derive(Debug, Serialize)]
struct CheckDocument<'a> {
    name: &'a str,
    state: &'static str,
}

/// As a JSON document; `steps` are those that are still to be done, `watched` what the server says of each pull request.
pub fn publish_json(run: &str, stack: &Stack, steps: &[PublishStep], writes: usize, watched: &[PullWatch]) -> String {
    json_text::pretty(&publish_value(run, stack, steps, writes, watched))
}

/// A run's status in one line, with what publishing it came to.
pub fn status_with_pulls(picture: &Picture<'_>, published: Option<Value>) -> String {
    let mut status = serde_json::to_value(status_json::status(picture)).unwrap_or_default();
    if let (Some(published), Some(status)) = (published, status.as_object_mut()) {
        status.insert("publish".to_owned(), published);
    }
    json_text::line(&status)
}

/// As [`publish_json`], to be put into another document.
pub fn publish_value(run: &str, stack: &Stack, steps: &[PublishStep], writes: usize, watched: &[PullWatch]) -> Value {
    let layer = |layer: &'_ StackLayer| {
        let pull = layer.pull.as_ref();
        let state = pull.map(|pull| match pull.state {
            PullState::Open => "open",
            PullState::Merged => "merged",
            PullState::Closed => "closed",
        });
        (state, layer.held.as_ref().map(|held| held_line(&stack.remote, layer, held).0))
    };
    let of = |one: &StackLayer| {
        let number = one.pull.as_ref()?.number;
        watched.iter().find(|watch| watch.number == number)
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
            refused_audience: one.refused_audience.as_deref(),
            review: of(one).map(|watch| review_word(&watch.review)),
            checks: of(one).map(checks).unwrap_or_default(),
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
    serde_json::to_value(&document).unwrap_or_default()
}

fn checks(watch: &PullWatch) -> Vec<CheckDocument<'_>> {
    watch.checks.iter().map(|check| CheckDocument { name: &check.context, state: check_word(check.state) }).collect()
}
