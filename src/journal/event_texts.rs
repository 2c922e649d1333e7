//! The texts in an event that come from agents, gates and people: what may hold a secret. Ids, names of tasks, gates and
//! refs are what the program itself works with and stay as they are: a secret that happens to be equal to one of them
//! must not change what an event means.

use super::approval::Answer;
use super::attempt::AttemptOutcome;
use super::event::Event;
use super::event_parts::Conflict;
use super::request::Request;
use crate::model::Finding;

impl Event {
    /// Passes each text through `change`. Plans and settings are the user's own, and commands that must be executed as
    /// they are: what begins and announces is left out.
    pub fn change_texts(&mut self, change: &dyn Fn(&mut String)) {
        match self {
            Event::RunStarted(_)
            | Event::BaseIntended { .. }
            | Event::AttemptIntended(_)
            | Event::AttemptPlaced { .. }
            | Event::AgentStarted { .. }
            | Event::SessionSeen { .. }
            | Event::AgentHears { .. }
            | Event::WordIntended { .. }
            | Event::WordHeard { .. }
            | Event::WordCarried { .. }
            | Event::SnapshotTaken { .. }
            | Event::UsageSeen { .. }
            | Event::AgentExited { .. }
            | Event::ChoiceAsked(_)
            | Event::CheckIntended { .. }
            | Event::PoolResized { .. }
            | Event::MergeIntended { .. }
            | Event::LandRefused { .. }
            | Event::LandIntended { .. }
            | Event::ReplayIntended { .. }
            | Event::MarksIntended { .. }
            | Event::RevertIntended { .. }
            | Event::MarksLandIntended
            | Event::IntoIntended { .. }
            | Event::DeployIntended
            | Event::ApprovalAsked(_)
            | Event::ApprovalExpired { .. }
            | Event::ApprovalFellBack(_)
            | Event::PullRequestSeen(_)
            | Event::BridgeIntended { .. }
            | Event::BridgeRemoved
            | Event::FormatRaised { .. }
            | Event::Foreign { .. }
            | Event::RunFinished { .. } => {}
            Event::RunResumed { changes, .. } => changes.iter_mut().for_each(change),
            Event::BaseMade { paths, .. } | Event::Replayed { paths, .. } => paths.iter_mut().for_each(change),
            Event::ProviderPaused { why, .. }
            | Event::CandidateChosen { why, .. }
            | Event::AttemptEndIntended { why, .. }
            | Event::SlotSetAside { why, .. }
            | Event::CheckPutOff { why, .. }
            | Event::PausedForGate { why, .. } => change(why),
            Event::HeadsMoveIntended { why, said, .. } => {
                change(why);
                said.iter_mut().for_each(|said| change(&mut said.reason));
            }
            Event::ChoiceAnswered { answer, .. } => change(&mut answer.why),
            Event::ProviderBroken { fix, .. } => change(fix),
            Event::AttemptEnded { outcome, .. } => outcome_texts(outcome, change),
            Event::Judged { reason, findings, .. } => {
                change(reason);
                findings.iter_mut().for_each(|finding| finding_texts(finding, change));
            }
            Event::Merged { landed, conflicts, .. } => {
                landed.iter_mut().flat_map(|task| &mut task.rules).for_each(change);
                conflicts.iter_mut().for_each(|conflict| conflict_texts(conflict, change));
            }
            Event::Landed { held_back, .. }
            | Event::MarksLanded { held_back }
            | Event::HeadsMoved { held_back }
            | Event::Reverted { held_back } => {
                held_back.iter_mut().for_each(|held| change(&mut held.why));
            }
            Event::MarksMade { left, .. } => left.iter_mut().for_each(|left| change(&mut left.why)),
            Event::IntoEnded { refused, .. } => refused.iter_mut().for_each(change),
            Event::DeployEnded { reason, .. } => change(reason),
            Event::Requested { request, .. } => request_texts(request, change),
            Event::ConflictForeseen { paths, .. } => {
                paths.iter_mut().flat_map(|it| [&mut it.path, &mut it.kind]).for_each(change);
            }
            Event::Ignored { what } | Event::Noticed { what, .. } => change(what),
            Event::SubmoduleMoved { pointer, .. } => change(&mut pointer.why),
            Event::Reconciled { what, found } => [what, found].into_iter().for_each(change),
        }
    }
}

fn outcome_texts(outcome: &mut AttemptOutcome, change: &dyn Fn(&mut String)) {
    match outcome {
        AttemptOutcome::Committed { note, .. } => change(note),
        AttemptOutcome::NoChange { claim, .. } => change(claim),
        AttemptOutcome::Failed { reason, .. } => change(reason),
    }
}

fn finding_texts(finding: &mut Finding, change: &dyn Fn(&mut String)) {
    let Finding { file, line: _, rule, message, advice } = finding;
    [file, rule, message, advice].into_iter().for_each(change);
}

fn conflict_texts(conflict: &mut Conflict, change: &dyn Fn(&mut String)) {
    conflict.tried.iter_mut().for_each(change);
}

fn request_texts(request: &mut Request, change: &dyn Fn(&mut String)) {
    match request {
        Request::Retry { hint, .. } => hint.iter_mut().for_each(change),
        Request::Say { text, .. } => change(text),
        Request::Rework(rework) => change(&mut rework.text),
        Request::Waive(waiver) => change(&mut waiver.note),
        Request::Answer(Answer { note, .. }) => note.iter_mut().for_each(change),
        Request::Skip { .. }
        | Request::StopTasks { .. }
        | Request::Stop { .. }
        | Request::AtHome
        | Request::Pause
        | Request::Unpause
        | Request::ChangePlan(_)
        | Request::Budget { .. }
        | Request::ByHand { .. }
        | Request::Solved { .. }
        | Request::Carried { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{FailClass, Subject};
    use crate::model::{AttemptId, Verdict};

    /// The event with `attempt` and its like taken out of all texts, as JSON.
    fn without_words(mut event: Event) -> String {
        event.change_texts(&|text| {
            for word in ["attempt", "outcome", "failed", "judged", "greet", "retryable", "pass"] {
                *text = text.replace(word, "[redacted]");
            }
        });
        serde_json::to_string(&event).unwrap()
    }

    #[test]
    fn secrets_equal_to_keys_tags_and_ids_change_texts_only() {
        let attempt = AttemptId { task: "greet".parse().unwrap(), n: 1 };
        let outcome = AttemptOutcome::Failed { class: FailClass::Retryable, reason: "attempt failed".to_owned() };
        let ended = Event::AttemptEnded {
            attempt: attempt.clone(),
            outcome,
            seconds: 1.0,
            salvage: None,
            max_rss: 0,
            cpu: 0.0,
        };
        assert_eq!(
            without_words(ended),
            r#"{"event":"attempt_ended","attempt":{"task":"greet","n":1},"outcome":{"failed":{"class":"retryable","reason":"[redacted] [redacted]"}},"seconds":1.0,"salvage":null,"max_rss":0}"#
        );
        let finding = Finding {
            file: "a.py".to_owned(),
            line: 1,
            rule: String::new(),
            message: "judged".to_owned(),
            advice: String::new(),
        };
        let judged = Event::Judged {
            subject: Subject::Attempt(attempt.clone()),
            gate: "pass".parse().unwrap(),
            tree: "1".repeat(40).parse().unwrap(),
            verdict: Verdict::Pass,
            reason: "pass".to_owned(),
            findings: vec![finding],
            seconds: 0.5,
            cached: false,
            log: "logs/attempt".to_owned(),
            measured: Default::default(),
        };
        let text = without_words(judged);
        assert!(text.contains(r#""gate":"pass","#) && text.contains(r#""reason":"[redacted]""#), "{text}");
        assert!(text.contains(r#""message":"[redacted]""#) && text.contains(r#""log":"logs/attempt""#), "{text}");
        let say = Request::Say { task: "greet".parse().unwrap(), text: "greet".to_owned() };
        let said = without_words(Event::Requested { message: "attempt".to_owned(), request: say });
        assert!(said.contains(r#""task":"greet""#) && said.contains(r#""text":"[redacted]""#), "{said}");
    }
}
