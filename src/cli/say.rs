//! `say`: a person's word to the agent of a task, and what became of it.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::approve::{send, waits};
use super::args::SayArgs;
use crate::journal::{Request, RunPaths};
use crate::model::{Error, ErrorKind, Result, TaskId};
use crate::report;
use crate::schedule::{RunContext, WordFate, fate, standings};
use crate::start::here::{Here, Refusal};

/// How long a word is followed on its way: an agent that is not in the middle of a long tool takes it in by then.
const FOLLOWED: Duration = Duration::from_secs(5);
/// Between two looks at the journal.
const LOOK: Duration = Duration::from_millis(100);

/// `say`.
///
/// # Errors
/// No such task, or it has landed, or nobody will hear it.
pub fn say(args: &SayArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    let mut rests = false;
    for i in Here::tasks(&state, std::slice::from_ref(&args.task))? {
        let task = state.info.tasks[i].id.clone();
        if state.tasks[i].landed.is_some() {
            return Err(refusal(&task, "it has already landed").hint(format!("git orca show {task}")).into());
        }
        let message = send(&here, &paths, Request::Say { task: task.clone(), text: args.text.join(" ") })?;
        // Nobody reads it before the run goes on.
        let is_driven = here.store.is_locked();
        let became = if is_driven { follow(&paths, i, &message)? } else { WordFate::Next };
        let standing = standings(&RunContext::new(state.info.clone()), &state, Timestamp::now()).swap_remove(i);
        // Going on with a run starts nothing that is over.
        rests |= !is_driven && standing.is_over();
        report::say(&told(&task, became, standing.is_over())?);
    }
    if rests { Ok(0) } else { waits(&here, &paths) }
}

/// What became of a word, once that is settled, or after a while.
fn follow(paths: &RunPaths, i: usize, message: &str) -> Result<WordFate> {
    let began = Instant::now();
    loop {
        let state = paths.state()?;
        let became = fate(&RunContext::new(state.info.clone()), &state, i, message, Timestamp::now());
        let moves = matches!(became, WordFate::Handed(_) | WordFate::Begins(_) | WordFate::Lands);
        if !moves || state.finished.is_some() || began.elapsed() >= FOLLOWED {
            return Ok(became);
        }
        std::thread::sleep(LOOK);
    }
}

fn refusal(task: &TaskId, cause: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("messaging `{task}`"), cause)
}

fn told(task: &TaskId, became: WordFate, is_over: bool) -> Result<String> {
    Ok(match became {
        WordFate::Heard(n) => format!("{task} has heard it (attempt {n})"),
        WordFate::Told(n) => format!("{task} has it in the prompt of attempt {n}"),
        WordFate::Handed(n) => format!(
            "{task} was handed it (attempt {n}) and hears it with its next step; if it ends before, its next attempt has it"
        ),
        WordFate::Holds(n) => {
            format!("{task} continues with it before anything lands: its agent had finished (attempt {n})")
        }
        WordFate::Next | WordFate::Begins(_) if is_over => {
            format!("{task} will see it on its next attempt; to start one: git orca retry {task}")
        }
        WordFate::Next | WordFate::Begins(_) => format!("{task} will see it on its next attempt"),
        WordFate::Lands | WordFate::Missed => {
            let cause = "it was not delivered: its work lands, or may not be tried again";
            return Err(refusal(task, cause).hint(format!("git orca retry {task} -m \"…\"")).hint("git orca status"));
        }
    })
}
