//! `approve TASK --despite GATE -m …`: a person lets work land that a gate refuses. The reason is part of it: it stands in
//! the journal, in status and report, and in the pull request.

use super::args::AnswerArgs;
use super::caller::CommandCaller;
use super::resume;
use crate::journal::{Attempt, CheckState, GateWaiver, Request, RunState, Subject};
use crate::model::{AttemptId, Error, ErrorKind, GateName, Result};
use crate::start::here::{Here, Refusal};
use crate::start::origin::answer_origin;

/// Waives gates, and goes on with the run where nobody does.
///
/// # Errors
/// No reason is given; a task has landed or left no work, or the gate does not refuse it.
pub fn waive(args: &AnswerArgs, caller: &CommandCaller) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    resume::asked_or_understood(&here, &paths, &state)?;
    let note = args.message.as_deref().map(str::trim).filter(|note| !note.is_empty());
    let Some(note) = note else {
        let error = Error::new(ErrorKind::Usage, "waiving a gate", "the reason is empty");
        return Err(error.hint("git orca approve TASK --despite GATE -m \"why\"").into());
    };
    let mut requests = Vec::new();
    for i in Here::tasks(&state, &args.what)? {
        for name in &args.despite {
            let (gate, commit) = refusing(&state, i, name)?;
            requests.push(Request::Waive(GateWaiver {
                task: state.info.tasks[i].id.clone(),
                gate,
                commit,
                note: note.to_owned(),
                by: caller.client().map(str::to_owned),
                from: Some(answer_origin()),
            }));
        }
    }
    if caller.is_detached() && here.lock()?.is_some() {
        return resume::in_background(&here, &paths, caller);
    }
    resume::act(&here, &paths, &state, requests, false, "will land despite the gate")
}

/// The gate of that name, which refuses a task's work, and that work.
fn refusing(state: &RunState, i: usize, name: &str) -> Result<(GateName, crate::model::Oid)> {
    let task = &state.info.tasks[i].id;
    let refused = |cause: String| Error::new(ErrorKind::Usage, format!("waiving `{name}` for `{task}`"), cause);
    let gates = &state.info.options.gates;
    let Some(gate) = gates.iter().find(|gate| gate.name.as_str() == name) else {
        let names: Vec<&str> = gates.iter().map(|gate| gate.name.as_str()).collect();
        return Err(refused(format!("the run has no such gate; it has {}", names.join(", "))));
    };
    if state.tasks[i].landed.is_some() {
        return Err(refused("it has already landed".to_owned()).hint(format!("git orca show {task}")));
    }
    let last = state.tasks[i].last().filter(|last| !last.is_open());
    let Some((last, commit)) = last.and_then(|last| Some((last, last.result()?.clone()))) else {
        return Err(refused("there is no work to land".to_owned()).hint(format!("git orca show {task}")));
    };
    let judged = |subject: &Subject| match &state.check(subject, &gate.name)?.state {
        CheckState::Judged(judgement) if !judgement.is_let_through(gate) => Some(()),
        _ => None,
    };
    if subjects(state, i, last).iter().find_map(judged).is_none() {
        let cause = "this gate does not refuse what it left last";
        return Err(refused(cause.to_owned()).hint(format!("git orca show {task}   says what each gate said")));
    }
    Ok((gate.name.clone(), commit))
}

/// What gates judged of an attempt: its work, and the merged tree that was red with it.
fn subjects(state: &RunState, i: usize, last: &Attempt) -> Vec<Subject> {
    let own = Subject::Attempt(AttemptId { task: state.info.tasks[i].id.clone(), n: last.n });
    std::iter::once(own).chain(last.refused.as_ref().map(|refusal| refusal.subject.clone())).collect()
}
