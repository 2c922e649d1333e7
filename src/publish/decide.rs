//! Which steps follow from what was found. Pure; asked again after each round, until nothing is left to do.

use super::body::{self, IssueLinks, PullText, StackLink};
use super::forge::{Audience, CommitStatus, NewPull, PullEdit, PullState, StatusState};
use super::layer_page::PageVerdict;
use super::stack::{Stack, StackLayer};
use crate::git::BranchPush;
use crate::model::{Oid, Verdict};

/// How pull requests are made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PullStyle {
    /// They begin as drafts.
    pub draft: bool,
    /// Who is told.
    pub audience: Audience,
    /// The repository's template for descriptions.
    pub template: Option<String>,
    /// Issues that are closed with the work of these tasks.
    pub closes: IssueLinks,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishStep {
    /// Move a layer's branch on the remote.
    Push {
        /// The layer.
        layer: u32,
        /// How.
        push: BranchPush,
    },
    /// Open a layer's pull request.
    Open {
        /// The layer.
        layer: u32,
        /// How it begins.
        new: NewPull,
    },
    /// Give it labels, reviewers, assignees and milestone.
    Introduce {
        /// The layer.
        layer: u32,
        /// Its number.
        number: u64,
        /// What it gets.
        audience: Audience,
    },
    /// Open one again that the server closed because its base branch went.
    Reopen {
        /// The layer.
        layer: u32,
        /// Its number.
        number: u64,
        /// The branch that has to be there for it, and goes again afterwards.
        bridge: BranchPush,
        /// Its new base.
        base: String,
    },
    /// Change it.
    Edit {
        /// The layer.
        layer: u32,
        /// Its number.
        number: u64,
        /// What changes.
        edit: PullEdit,
    },
    /// Write what did not fit into its description.
    Comment {
        /// The layer.
        layer: u32,
        /// Its number.
        number: u64,
        /// What marks the comment.
        marker: String,
        /// Its text.
        text: String,
    },
    /// Say on a head what a gate said.
    Status {
        /// The layer.
        layer: u32,
        /// The head.
        commit: Oid,
        /// What.
        status: CommitStatus,
    },
}

/// What marks a description whose pull request has its labels and reviewers: a program that was killed before it gave them
/// does it the next time.
const INTRODUCED: &str = "<!-- git-orca:introduced -->";

/// The steps, lowest layer first.
pub fn decide(stack: &Stack, style: &PullStyle) -> Vec<PublishStep> {
    let links: Vec<StackLink> = stack
        .layers
        .iter()
        .map(|layer| StackLink { layer: layer.page.layer, number: layer.pull.as_ref().map(|pull| pull.number) })
        .collect();
    (0..stack.layers.len()).flat_map(|at| steps_of(stack, at, style, &links)).collect()
}

fn steps_of(stack: &Stack, at: usize, style: &PullStyle, links: &[StackLink]) -> Vec<PublishStep> {
    let here = &stack.layers[at];
    let n = here.page.layer;
    if here.is_merged() || here.held.is_some() {
        return Vec::new();
    }
    let mut steps = Vec::new();
    if here.remote.as_ref() != Some(&here.page.head.commit) {
        let push = BranchPush {
            branch: here.page.branch.clone(),
            commit: Some(here.page.head.commit.clone()),
            expected: here.remote.clone(),
        };
        steps.push(PublishStep::Push { layer: n, push });
    }
    if let Some(step) = reopening(stack, at) {
        steps.push(step);
        return steps;
    }
    let base = stack.base_of(at);
    let PullText { body: ours, rest } = body::render(&here.page, base, &stack.remote, links, &style.closes);
    let audience = &style.audience;
    let mark = |text: String| if *audience == Audience::default() { text } else { format!("{text}\n{INTRODUCED}") };
    let Some(pull) = here.pull.as_ref().filter(|pull| pull.state == PullState::Open) else {
        let template = style.template.as_deref().map(|text| format!("\n\n{}", text.trim_end())).unwrap_or_default();
        let title = body::title(&here.page, stack.layers.len());
        let body = format!("{ours}{template}");
        let new = NewPull { head: here.page.branch.clone(), base: base.to_owned(), title, body, draft: style.draft };
        steps.push(PublishStep::Open { layer: n, new });
        return steps;
    };
    let number = pull.number;
    let introduced =
        *audience == Audience::default() || pull.body.contains(INTRODUCED) || here.refused_audience.is_some();
    if !introduced {
        steps.push(PublishStep::Introduce { layer: n, number, audience: audience.clone() });
    }
    let mut body = body::merge_into(&pull.body, &ours);
    if !introduced {
        body = mark(body);
    }
    let edit = PullEdit {
        body: (body.trim_end() != pull.body.trim_end()).then_some(body),
        base: (pull.base != base).then(|| base.to_owned()),
        reopen: false,
    };
    if edit != PullEdit::default() {
        steps.push(PublishStep::Edit { layer: n, number, edit });
    }
    if let Some(text) = rest {
        let marker = body::rest_marker(&here.page.run, n);
        steps.push(PublishStep::Comment { layer: n, number, marker, text });
    }
    steps.extend(statuses(here));
    steps
}

/// A pull request that the server closed because the branch below it was deleted after its merge: nobody decided that.
fn reopening(stack: &Stack, at: usize) -> Option<PublishStep> {
    let here = &stack.layers[at];
    let (pull, below) = (here.pull.as_ref()?, stack.lost_its_base(at)?);
    let commit = below.pull.as_ref().map(|pull| pull.head_commit.clone())?;
    let bridge = BranchPush { branch: pull.base.clone(), commit: Some(commit), expected: None };
    let base = stack.base_of(at).to_owned();
    Some(PublishStep::Reopen { layer: here.page.layer, number: pull.number, bridge, base })
}

fn statuses(here: &StackLayer) -> Vec<PublishStep> {
    let wanted = here.page.gates.iter().filter_map(status);
    let missing = wanted.filter(|status| !here.statuses.contains(status));
    let commit = &here.page.head.commit;
    missing.map(|status| PublishStep::Status { layer: here.page.layer, commit: commit.clone(), status }).collect()
}

/// Longest description of a status that GitHub takes.
const DESCRIPTION: usize = 140;

/// What a gate said, as a status. Nothing is said for a gate that did not judge this tree: silence is no pass.
/// What a person let pass holds nobody up any more, and is never called a pass.
fn status(verdict: &PageVerdict) -> Option<CommitStatus> {
    let said = verdict.verdict?;
    let context = format!("git-orca/{}", verdict.gate);
    let line = |text: &str| super::escape::title(text, DESCRIPTION);
    if let Some(waiver) = verdict.waived.first() {
        let description = line(&format!("waived by {}: {}", waiver.account().unwrap_or("a person"), waiver.note));
        return Some(CommitStatus { context, state: StatusState::Success, description });
    }
    let (state, word) = match said {
        Verdict::Pass => (StatusState::Success, "passed"),
        Verdict::NotApplicable => (StatusState::Success, "does not apply"),
        Verdict::Fail => (StatusState::Failure, "refused"),
        Verdict::Unchecked => (StatusState::Error, "could not be checked"),
    };
    let why = if verdict.reason.is_empty() || state == StatusState::Success {
        String::new()
    } else {
        format!(": {}", verdict.reason)
    };
    Some(CommitStatus { context, state, description: line(&format!("{word} on this merged tree{why}")) })
}
