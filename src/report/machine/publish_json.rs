//! Pull requests, for programs.

use serde::Serialize;

use crate::model::Oid;
use crate::publish::{PublishStep, PullState, Stack, StackLayer};
use crate::report::words::json_text;
use crate::report::words::publish_lines::{held_line, publish_step};

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
    json_text::pretty(&document)
}
