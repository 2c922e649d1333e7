//! `approve`, `reject`: a person's answer to a run, from any terminal. It waits in the run's inbox when nobody
//! drives the run, and counts when `resume` goes on.

use super::args::AnswerArgs;
use super::caller::CommandCaller;
use super::waiving;
use crate::journal::{Answer, Approval, Question, Request, RunPaths, RunState};
use crate::model::{Error, ErrorKind, Result};
use crate::report;
use crate::run;
use crate::start::here::{Here, Refusal};
use crate::start::origin::answer_origin;

/// `approve`.
///
/// # Errors
/// Nothing of that name waits for an answer.
pub fn approve(args: &AnswerArgs, caller: &CommandCaller) -> Result<u8, Refusal> {
    if !args.despite.is_empty() {
        return waiving::waive(args, caller);
    }
    answer(args, caller, true)
}

/// `reject`.
///
/// # Errors
/// Nothing of that name waits for an answer.
pub fn reject(args: &AnswerArgs, caller: &CommandCaller) -> Result<u8, Refusal> {
    if !args.despite.is_empty() {
        let error = Error::new(ErrorKind::Usage, "rejecting", "--despite goes with `git orca approve` alone");
        return Err(error.hint("git orca retry TASK -m …   has it done again").into());
    }
    answer(args, caller, false)
}

fn answer(args: &AnswerArgs, caller: &CommandCaller, yes: bool) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    for approval in meant(&state, &args.what)? {
        let id = approval.question.id();
        let (digest, by) = (Some(approval.digest.clone()), caller.client().map(str::to_owned));
        let from = Some(answer_origin());
        let answer = Answer { id, digest, yes, note: args.message.clone(), by, from };
        report::say(&report::words::question::answered(&answer));
        send(&here, &paths, Request::Answer(answer))?;
    }
    waits(&here, &paths)
}

/// Sends a request, and gives the id that it goes under.
///
/// # Errors
/// As [`run::send`].
pub fn send(here: &Here, paths: &RunPaths, request: Request) -> Result<String> {
    run::send(&here.store, here.repo.common_dir(), paths, &request)
}

/// Says so when nobody is there to read the message now.
///
/// # Errors
/// None.
pub fn waits(here: &Here, paths: &RunPaths) -> Result<u8, Refusal> {
    if !here.store.is_locked() {
        report::say(&format!(
            "run {0} is not active; it takes effect when the run is resumed: git orca resume {0}",
            paths.run
        ));
    }
    Ok(0)
}

/// The questions that `words` name; all that wait when there are none.
fn meant<'a>(state: &'a RunState, words: &[String]) -> Result<Vec<&'a Approval>> {
    let doing = "looking for what waits for an answer";
    let waiting: Vec<&Approval> = state.unanswered().collect();
    let names = || waiting.iter().map(|it| it.question.id()).collect::<Vec<_>>();
    if waiting.is_empty() {
        let error =
            Error::new(ErrorKind::NotFound, doing, format!("run {} is not waiting for an answer", state.info.run));
        return Err(error.hint("git orca status"));
    }
    if words.is_empty() {
        return Ok(waiting);
    }
    let mut found = Vec::new();
    for word in words {
        let fits = waiting.iter().filter(|it| fits(state, &it.question, word)).copied();
        let before = found.len();
        found.extend(fits);
        if found.len() == before {
            let cause = format!(
                "`{}` is not waiting for an answer; waiting: {}",
                crate::brief::one_line(word),
                names().join(", ")
            );
            return Err(Error::new(ErrorKind::NotFound, doing, cause).hint("git orca status"));
        }
    }
    Ok(found)
}

fn fits(state: &RunState, question: &Question, word: &str) -> bool {
    let glob = || globset::Glob::new(word).is_ok_and(|glob| glob.compile_matcher().is_match(question.id()));
    let key = || {
        let task = question.task().and_then(|task| state.index(task));
        task.is_some_and(|i| state.info.tasks[i].key == word)
    };
    question.id().eq_ignore_ascii_case(word) || glob() || key()
}
