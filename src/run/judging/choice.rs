//! A reviewing agent is asked which of several attempts that passed is best. It reads the commit that they began with, and
//! their differences in the question.
//!
//! Whatever keeps it from an answer is no answer, and so is one that names none of them: then the size of the change
//! counts, and the cost (`schedule`).

use std::sync::Arc;

use serde::Deserialize;

use super::asking::{self, ReviewAsked, ReviewQuestion};
use super::review::said_by_others;
use crate::agent::Ending;
use crate::brief::{self, RivalWork};
use crate::gate;
use crate::git::{self, Baseline};
use crate::journal::{ChoiceAnswer, ChoiceAsk, Event, RunState, Subject};
use crate::model::{AttemptId, GateDef, Oid, Result, Task};
use crate::process::StopSignal;
use crate::run::run_env::RunEnv;
use crate::run::work::ready::Ready;
use crate::run::work::slot::{self, Purpose};
use crate::run::worker::{blocking, one_line, write};
use crate::settings::trust::acceptance_command;

/// Bytes of all changes together that the question shows: about 15,000 tokens, as for a review.
const MOST_DIFF: usize = 60_000;

/// Characters kept of its reason.
const MOST_WHY: usize = 300;

/// What a question depends on.
#[derive(Debug, Clone)]
pub struct ChoiceJob {
    ask: ChoiceAsk,
    task: Task,
    gate: GateDef,
    /// The attempts: number, where they began, what they left, and what gates said.
    rivals: Vec<(u32, Oid, Oid, Vec<String>)>,
    stop: StopSignal,
}

/// What a question depends on, out of the state; none where the plan has changed meanwhile.
pub fn choice_job(state: &RunState, ask: &ChoiceAsk, stop: StopSignal) -> Option<ChoiceJob> {
    let i = state.index(&ask.task)?;
    let gate = state.info.options.gates.iter().find(|gate| gate.name == ask.gate)?.clone();
    let rival = |n: &u32| {
        let attempt = state.tasks[i].attempt(*n)?;
        let subject = Subject::Attempt(AttemptId { task: ask.task.clone(), n: *n });
        Some((*n, attempt.base.clone(), attempt.result()?.clone(), said_by_others(state, &subject, &ask.gate)))
    };
    let rivals = ask.of.iter().filter_map(rival).collect();
    Some(ChoiceJob { ask: ask.clone(), task: state.info.tasks[i].clone(), gate, rivals, stop })
}

/// Asks, and tells the core. What is stopped with the run tells nothing: its intent stays open, `resume` repeats it.
pub async fn run(site: Arc<RunEnv>, job: ChoiceJob) {
    let answer = answered(&site, &job).await.unwrap_or_else(|error| none(one_line(&error)));
    if answer.chosen.is_some() || !job.stop.is_asked() {
        let ChoiceAsk { task, round, .. } = job.ask;
        site.tell(Event::ChoiceAnswered { task, round, answer });
    }
}

fn none(why: String) -> ChoiceAnswer {
    ChoiceAnswer { why, ..ChoiceAnswer::default() }
}

async fn answered(site: &Arc<RunEnv>, job: &ChoiceJob) -> Result<ChoiceAnswer> {
    let Some((_, base, ..)) = job.rivals.first().cloned() else { return Ok(none("no attempt is left".to_owned())) };
    let ready = blocking(site, {
        let (slot, purpose) = (job.ask.slot.clone(), Purpose::Gate { commit: base.clone() });
        move |site| slot::prepare(site, &slot, &purpose)
    })
    .await??;
    let log = format!("logs/{}/choice-{}.log", job.ask.task, job.ask.round);
    let prompt_file = site.log(&format!("{}-prompt.md", log.trim_end_matches(".log")));
    let prompt_file = prompt_file.map_err(|e| crate::model::Error::failed("making a prompt's folder", e))?;
    write(
        &prompt_file,
        &blocking(site, {
            let job = job.clone();
            move |site| question(site, &job)
        })
        .await??,
    )?;
    let asked = ReviewQuestion {
        attempt: None,
        base: &base,
        timeout: job.gate.timeout,
        schema: brief::CHOICE,
        stop: &job.stop,
    };
    let (agent, may) = (&job.ask.agent, job.ask.may);
    let asked = asking::ask(site, &asked, agent, &ready, &job.task, &log, &prompt_file, may).await?;
    let disturbed = disturbed(site, &ready, &base).await;
    let answer = match disturbed {
        Err(error) => none(one_line(&error)),
        Ok(Some(path)) => none(format!("it changed a file that it was only to read: `{path}`")),
        Ok(None) => said(site, job, &asked),
    };
    Ok(ChoiceAnswer { used: asked.told.usage, seconds: asked.ended.wall.as_secs_f64(), log, ..answer })
}

async fn disturbed(site: &Arc<RunEnv>, ready: &Ready, commit: &Oid) -> Result<Option<String>> {
    let (slot, commit) = (ready.slot.clone(), commit.clone());
    let looked = move |site: &RunEnv| git::disturbed(&site.repo, &slot, &commit, &Baseline::default(), &|_| false);
    blocking(site, looked).await?
}

fn question(site: &RunEnv, job: &ChoiceJob) -> Result<String> {
    let share = MOST_DIFF / job.rivals.len().max(1);
    let shown = |(n, base, commit, said): &(u32, Oid, Oid, Vec<String>)| {
        let patch = git::patch(&site.repo, base, commit, share)?;
        Ok(RivalWork { n: *n, base: base.to_string(), commit: commit.to_string(), said: said.clone(), patch })
    };
    let rivals: Result<Vec<RivalWork>> = job.rivals.iter().map(shown).collect();
    let complete = site.telling.complete(&job.task, &[], &site.info.options.gates);
    let criteria = job.task.acceptance.iter().filter(|text| acceptance_command(text).is_none());
    brief::choose(&complete, &criteria.cloned().collect::<Vec<_>>(), &rivals?)
}

/// What its end and its words come to.
fn said(site: &RunEnv, job: &ChoiceJob, asked: &ReviewAsked) -> ChoiceAnswer {
    match &asked.ending {
        _ if asked.over => none(format!("it reached its limit ({})", asking::in_words(job.ask.may))),
        Ending::Finished | Ending::Denied(_) => named(asked.answer.as_deref().unwrap_or_default(), &job.ask.of),
        Ending::Refused { why, fix } => {
            if !asked.provider.is_empty() {
                site.tell(Event::ProviderBroken { provider: asked.provider.clone(), fix: fix.clone() });
            }
            none(format!("{why}; {fix}"))
        }
        Ending::Stopped => none("it was stopped on request".to_owned()),
        Ending::RateLimited { why, .. }
        | Ending::Retryable(why)
        | Ending::Unavailable(why)
        | Ending::OutOfTurns(why)
        | Ending::OverBudget(why)
        | Ending::SessionLost(why)
        | Ending::Fatal(why) => none(why.clone()),
    }
}

/// The attempt that an answer names: only one of those that it was asked about counts.
fn named(text: &str, of: &[u32]) -> ChoiceAnswer {
    #[derive(Deserialize)]
    struct NamedRival {
        chosen: u32,
        #[serde(default)]
        why: String,
    }
    let list = || of.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    match gate::last_object(text).map(serde_json::from_str::<NamedRival>) {
        None if text.trim().is_empty() => none("it gave no answer".to_owned()),
        None => none("its last output is not a JSON object".to_owned()),
        Some(Err(why)) => none(format!("its answer does not match its schema: {why}")),
        Some(Ok(said)) if !of.contains(&said.chosen) => {
            none(format!("it named attempt {}, not one of {}", said.chosen, list()))
        }
        Some(Ok(said)) => {
            let why: String = said.why.split_whitespace().collect::<Vec<_>>().join(" ");
            let why = if why.is_empty() { "it gave no reason".to_owned() } else { why };
            ChoiceAnswer {
                chosen: Some(said.chosen),
                why: why.chars().take(MOST_WHY).collect(),
                ..ChoiceAnswer::default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_attempt_that_was_asked_about_is_an_answer() {
        let chosen = |text: &str| named(text, &[1, 3]).chosen;
        assert_eq!(chosen(r#"{"chosen": 3, "why": "shorter"}"#), Some(3));
        assert_eq!(chosen("I looked at both.\n```json\n{\"chosen\": 1, \"why\": \"a\\nb\"}\n```"), Some(1));
        assert_eq!(named("{\"chosen\": 1, \"why\": \"a\\nb\"}", &[1]).why, "a b");
        for (odd, why) in [
            ("", "no answer"),
            ("the third", "not a JSON object"),
            (r#"{"chosen": 2, "why": ""}"#, "not one of 1, 3"),
            (r#"{"chosen": "3"}"#, "schema"),
            (r#"{"chosen": -1}"#, "schema"),
            (r#"{"chosen": 3.5}"#, "schema"),
            (r#"{"best": 3}"#, "schema"),
            (r#"{"chosen": 3} and that is that"#, "not a JSON object"),
        ] {
            let answer = named(odd, &[1, 3]);
            assert!(answer.chosen.is_none() && answer.why.contains(why), "{odd}: {answer:?}");
        }
    }
}
