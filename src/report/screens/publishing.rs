//! Pull requests, as people read about them.

use crate::publish::{PublishStep, Published, PullState, Stack, WrittenSeries};
use crate::report::shell_word;
use crate::report::words::display::safe;
use crate::report::words::publish_lines::{held_line, publish_step, refused_audience_line};

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
    for (layer, why) in done.refused_audiences() {
        lines.extend([
            refused_audience_line(layer, why),
            "         correct [publish] in orca.toml, or git config orca.publishReviewers, then: git orca publish"
                .to_owned(),
        ]);
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
        {
            let patches = match series.files.len().saturating_sub(1) {
                1 => "1 patch".to_owned(),
                n => format!("{n} patches"),
            };
            format!("layer {}  {patches} in {}", series.layer, shell_word(&folder))
        }
    };
    all.iter().map(one).collect::<Vec<_>>().join("\n")
}
