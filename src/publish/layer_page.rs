//! What a reviewer is told of a layer: facts of the run, chosen and put in order. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::journal::{Attempt, AttemptOutcome, CheckState, GateWaiver, Head, HeadVerdict, RunState, Subject};
use crate::model::{AttemptId, GateDef, GateName, Oid, TaskId, Usage, Verdict};
use crate::schedule::{RunContext, TaskStatus, standings};

/// A task that is in the layer.
#[derive(Debug, Clone, PartialEq)]
pub struct PageTask {
    /// The task.
    pub task: TaskId,
    /// Its title.
    pub title: String,
    /// Files, added and removed lines of its work.
    pub size: Option<(u32, u32, u32)>,
    /// Attempts it took.
    pub attempts: usize,
    /// The agent whose work landed.
    pub agent: String,
    /// What each gate said of that work.
    pub verdicts: BTreeMap<GateName, Verdict>,
    /// How clashes of its merge were solved, in the run's words.
    pub solved: Vec<String>,
    /// Gates that a person waived for it.
    pub waived: Vec<GateWaiver>,
    /// What all its attempts used.
    pub usage: Usage,
}

/// A task of the layer that is not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageGap {
    /// The task.
    pub task: TaskId,
    /// Its title.
    pub title: String,
    /// Where it stands, in one word.
    pub state: String,
}

/// What a gate said of a merged tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageVerdict {
    /// The gate.
    pub gate: GateName,
    /// Whether it has to pass.
    pub required: bool,
    /// What it said; none when it was not asked about this tree.
    pub verdict: Option<Verdict>,
    /// Why, where it is no pass.
    pub reason: String,
    /// The words of people that let pass all that it refuses; none where nobody did.
    pub waived: Vec<GateWaiver>,
}

impl PageVerdict {
    /// What a gate said of a published head. `accepting`: the words of people that accept all of it.
    pub fn of(gate: &GateDef, said: Option<(Verdict, String)>, accepting: Vec<&GateWaiver>) -> PageVerdict {
        PageVerdict {
            gate: gate.name.clone(),
            required: gate.required,
            verdict: said.as_ref().map(|(verdict, _)| *verdict),
            reason: said.map(|(_, reason)| reason).unwrap_or_default(),
            waived: accepting.into_iter().cloned().collect(),
        }
    }

    /// Whether it stands against its head.
    pub fn refuses(&self) -> bool {
        self.required && self.waived.is_empty() && !self.verdict.is_some_and(Verdict::lets_through)
    }
}

/// Everything a layer's pull request says of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerPage {
    /// The run.
    pub run: String,
    /// The plan's path.
    pub plan: String,
    /// The layer.
    pub layer: u32,
    /// Its branch.
    pub branch: String,
    /// Its head.
    pub head: Head,
    /// What is in it.
    pub tasks: Vec<PageTask>,
    /// What of the layer is not.
    pub gaps: Vec<PageGap>,
    /// What gates said of the head's tree.
    pub gates: Vec<PageVerdict>,
}

/// The pages of all layers that have something of their own, lowest first.
pub fn layer_pages(state: &RunState, now: Timestamp) -> Vec<LayerPage> {
    let context = RunContext::new(state.info.clone());
    let statuses = standings(&context, state, now);
    let page = |(layer, head): (&u32, &Head)| {
        let own = || (0..state.tasks.len()).filter(|i| state.info.layers[*i] == *layer);
        let tasks: Vec<PageTask> =
            own().filter(|i| state.tasks[*i].is_in_heads()).map(|i| page_task(state, i)).collect();
        let gaps =
            own().filter(|i| statuses[*i] != TaskStatus::Landed && !state.tasks[*i].is_in_heads()).map(|i| PageGap {
                task: state.info.tasks[i].id.clone(),
                title: state.info.tasks[i].title.clone(),
                state: statuses[i].word().to_owned(),
            });
        LayerPage {
            run: state.info.run.to_string(),
            plan: state.info.plan.path.clone(),
            layer: *layer,
            branch: crate::integrate::names::layer_branch(&state.info.run, *layer),
            head: head.clone(),
            gaps: gaps.collect(),
            gates: gates_of(state, &head.tree),
            tasks,
        }
    };
    state.heads.iter().map(page).filter(|page| !page.tasks.is_empty()).collect()
}

fn page_task(state: &RunState, i: usize) -> PageTask {
    let (task, facts) = (&state.info.tasks[i], &state.tasks[i]);
    let size = |attempt: &Attempt| match &attempt.ended {
        Some((_, AttemptOutcome::Committed { files, added, removed, .. })) => Some((*files, *added, *removed)),
        _ => None,
    };
    let mut usage = Usage::default();
    facts.all_attempts().for_each(|attempt| usage += attempt.usage);
    let verdicts = facts.last().map(|last| {
        let subject = Subject::Attempt(AttemptId { task: task.id.clone(), n: last.n });
        let said = state.checks_of(&subject).filter_map(|(gate, check)| match &check.state {
            CheckState::Judged(judgement) => Some((gate.clone(), judgement.verdict)),
            CheckState::Open => None,
        });
        said.collect()
    });
    PageTask {
        task: task.id.clone(),
        title: task.title.clone(),
        size: facts.last().and_then(size),
        attempts: facts.attempts.len(),
        agent: facts.last().map(|last| last.agent.clone()).unwrap_or_default(),
        verdicts: verdicts.unwrap_or_default(),
        solved: facts.rules.clone(),
        waived: facts.waived().into_iter().map(|it| it.waiver.clone()).collect(),
        usage,
    }
}

/// What each gate said of a tree, or of one that differs from it by marks in the plan only.
pub fn gates_of(state: &RunState, tree: &Oid) -> Vec<PageVerdict> {
    let trees: Vec<&Oid> = state.but_for_marks(tree).collect();
    let said = |gate: &GateName| {
        let mut found = None;
        for ((subject, name), check) in &state.checks {
            if let CheckState::Judged(judgement) = &check.state
                && name == gate
                && !matches!(subject, Subject::Attempt(_) | Subject::Phase(_))
                && trees.contains(&&judgement.tree)
            {
                found = Some(judgement);
            }
        }
        found
    };
    let one = |gate: &GateDef| {
        let found = said(&gate.name);
        let accepting = found.map(|found| state.accepted_on_heads(&gate.name, &found.said())).unwrap_or_default();
        let of_head = |it: &&HeadVerdict| it.gate == gate.name && trees.contains(&&it.tree);
        match (found, state.said_of_heads.iter().rfind(of_head)) {
            (None, Some(of_head)) => {
                let said = Some((of_head.verdict, of_head.reason.clone()));
                PageVerdict::of(gate, said, of_head.waived.iter().collect())
            }
            (found, _) => PageVerdict::of(gate, found.map(|found| (found.verdict, found.reason.clone())), accepting),
        }
    };
    state.info.options.gates.iter().map(one).collect()
}
