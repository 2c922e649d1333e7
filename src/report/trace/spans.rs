//! From entries to spans: one pass over the journal.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::span::{AttributeValue, SpanKind, SpanStatus, TraceSpan};
use crate::journal::{AttemptOutcome, Entry, Event, Intended, RunOutcome, RunStarted, Subject};
use crate::model::{AttemptId, GateName, TaskId, Usage, Verdict};
use crate::report::words::display::safe;

/// The spans of a journal, the run's first; empty without a beginning.
pub fn spans(entries: &[Entry]) -> Vec<TraceSpan> {
    let mut building = SpanBuilder::default();
    entries.iter().for_each(|entry| building.entry(entry));
    building.close();
    building.spans
}

#[derive(Debug, Default)]
struct SpanBuilder {
    spans: Vec<TraceSpan>,
    now: Timestamp,
    tasks: BTreeMap<TaskId, usize>,
    titles: BTreeMap<TaskId, String>,
    attempts: BTreeMap<AttemptId, AttemptSpans>,
    gates: BTreeMap<(Subject, GateName), usize>,
    merges: BTreeMap<u32, MergeSpan>,
}

/// Where an attempt stands in the list.
#[derive(Debug)]
struct AttemptSpans {
    at: usize,
    phase: usize,
    used: Usage,
}

#[derive(Debug)]
struct MergeSpan {
    at: usize,
    landed: Vec<TaskId>,
}

const RUN: usize = 0;

impl SpanBuilder {
    fn entry(&mut self, entry: &Entry) {
        self.now = self.now.max(entry.at);
        match &entry.event {
            Event::RunStarted(info) => self.run_started(info),
            _ if self.spans.is_empty() => {}
            Event::AttemptIntended(intended) => self.attempt_intended(intended),
            Event::AgentStarted { attempt, .. } => self.next_phase(attempt, "agent"),
            Event::AgentExited { attempt } => self.next_phase(attempt, "keep"),
            Event::UsageSeen { attempt, delta } => {
                if let Some(spans) = self.attempts.get_mut(attempt) {
                    spans.used += *delta;
                }
            }
            Event::AttemptEnded { attempt, outcome, max_rss, .. } => self.attempt_ended(attempt, outcome, *max_rss),
            Event::CheckIntended { subject, gate, .. } => self.check_intended(subject, gate),
            Event::CheckPutOff { subject, gate, why, .. } => {
                self.gate_ended(subject, gate, SpanStatus::Failed(why.clone()), Vec::new());
            }
            Event::Judged { subject, gate, verdict, reason, cached, .. } => {
                self.judged(subject, gate, *verdict, reason, *cached);
            }
            Event::MergeIntended { batch, tasks, .. } => self.merge_intended(*batch, tasks),
            Event::Merged { batch, landed, .. } => {
                if let Some(merge) = self.merges.get_mut(batch) {
                    merge.landed = landed.iter().map(|it| it.task.clone()).collect();
                }
            }
            Event::LandRefused { batch, subject, .. } => {
                let words = format!("{} is red", crate::report::facts::checked::place(subject));
                self.merge_ended(*batch, SpanStatus::Failed(words));
            }
            Event::Landed { batch, .. } => self.merge_ended(*batch, SpanStatus::Ok),
            Event::RunFinished { outcome } => self.run_finished(*outcome),
            _ => {}
        }
    }

    fn push(&mut self, kind: SpanKind, name: String, parent: Option<usize>) -> usize {
        let (start, attributes) = (self.now, vec![("orca.kind", text(kind.word()))]);
        self.spans.push(TraceSpan { kind, name, parent, start, end: start, status: SpanStatus::Open, attributes });
        self.spans.len() - 1
    }

    /// Ends a span now, and lengthens those that hold it.
    fn end(&mut self, at: usize, status: SpanStatus) {
        self.spans[at].status = status;
        let mut holder = Some(at);
        while let Some(at) = holder {
            self.spans[at].end = self.spans[at].end.max(self.now);
            holder = self.spans[at].parent;
        }
    }

    fn tell(&mut self, at: usize, told: impl IntoIterator<Item = (&'static str, AttributeValue)>) {
        self.spans[at].attributes.extend(told);
    }

    fn run_started(&mut self, info: &RunStarted) {
        let at = self.push(SpanKind::Run, format!("run {}", info.run), None);
        self.titles = info.tasks.iter().map(|task| (task.id.clone(), safe(&task.title))).collect();
        let told = [
            ("orca.run", text(info.run.as_str())),
            ("orca.plan", text(&info.plan.path)),
            ("orca.tasks", AttributeValue::Count(info.tasks.len() as u64)),
            ("orca.jobs", AttributeValue::Count(u64::from(info.options.jobs))),
        ];
        self.tell(at, told);
    }

    fn task(&mut self, task: &TaskId) -> usize {
        if let Some(at) = self.tasks.get(task) {
            return *at;
        }
        let title = self.titles.get(task).map(|title| format!(" {title}")).unwrap_or_default();
        let at = self.push(SpanKind::Task, format!("{task}{title}"), Some(RUN));
        self.tell(at, [("orca.task", text(task.as_str()))]);
        self.tasks.insert(task.clone(), at);
        at
    }

    fn attempt_intended(&mut self, intended: &Intended) {
        let id = &intended.attempt;
        let task = self.task(&id.task);
        let at = self.push(SpanKind::Attempt, format!("{} attempt {}", id.task, id.n), Some(task));
        let told = [
            ("orca.task", text(id.task.as_str())),
            ("orca.attempt", AttributeValue::Count(u64::from(id.n))),
            ("orca.agent", text(&intended.agent)),
            ("orca.role", text(intended.role.word())),
        ];
        self.tell(at, told);
        let model = intended.model.iter().map(|model| ("gen_ai.request.model", text(model)));
        self.tell(at, model);
        let phase = self.push(SpanKind::Phase, "prepare".to_owned(), Some(at));
        self.attempts.insert(id.clone(), AttemptSpans { at, phase, used: Usage::default() });
    }

    fn next_phase(&mut self, attempt: &AttemptId, name: &str) {
        let Some(AttemptSpans { at, phase, .. }) = self.attempts.get(attempt) else { return };
        let (at, phase) = (*at, *phase);
        self.end(phase, SpanStatus::Ok);
        let phase = self.push(SpanKind::Phase, name.to_owned(), Some(at));
        if let Some(spans) = self.attempts.get_mut(attempt) {
            spans.phase = phase;
        }
    }

    fn attempt_ended(&mut self, attempt: &AttemptId, outcome: &AttemptOutcome, max_rss: u64) {
        let Some(AttemptSpans { at, phase, used }) = self.attempts.get(attempt) else { return };
        let (at, phase, used) = (*at, *phase, *used);
        let (status, told) = ending(outcome);
        self.end(phase, SpanStatus::Ok);
        self.end(at, status);
        self.tell(at, told);
        if used != Usage::default() {
            let count = AttributeValue::Count;
            self.tell(
                at,
                [
                    ("gen_ai.usage.input_tokens", count(used.input + used.cached)),
                    ("gen_ai.usage.output_tokens", count(used.output)),
                    ("orca.cost_usd", AttributeValue::Number(used.usd)),
                ],
            );
        }
        if max_rss > 0 {
            self.tell(at, [("process.memory.max_rss", AttributeValue::Count(max_rss))]);
        }
    }

    fn check_intended(&mut self, subject: &Subject, gate: &GateName) {
        let parent = match subject {
            Subject::Attempt(attempt) | Subject::Phase(attempt) => self.attempts.get(attempt).map(|spans| spans.at),
            Subject::Batch { batch, .. } => self.merges.get(batch).map(|merge| merge.at),
            Subject::Base(_) | Subject::Layer { .. } | Subject::Final(_) | Subject::Commit(_) => None,
        };
        let at = self.push(SpanKind::Gate, format!("gate {gate}"), Some(parent.unwrap_or(RUN)));
        let about = crate::report::facts::checked::place(subject);
        self.tell(at, [("orca.gate", text(gate.as_str())), ("orca.subject", text(&about))]);
        self.gates.insert((subject.clone(), gate.clone()), at);
    }

    fn judged(&mut self, subject: &Subject, gate: &GateName, verdict: Verdict, reason: &str, cached: bool) {
        let status = match verdict {
            Verdict::Pass | Verdict::NotApplicable => SpanStatus::Ok,
            Verdict::Fail | Verdict::Unchecked => SpanStatus::Failed(format!("{}: {}", verdict.word(), safe(reason))),
        };
        let from = if cached { "kept" } else { "run" };
        self.gate_ended(
            subject,
            gate,
            status,
            vec![("orca.verdict", text(verdict.word())), ("orca.verdict_from", text(from))],
        );
    }

    fn gate_ended(
        &mut self,
        subject: &Subject,
        gate: &GateName,
        status: SpanStatus,
        told: Vec<(&'static str, AttributeValue)>,
    ) {
        if let Some(at) = self.gates.remove(&(subject.clone(), gate.clone())) {
            self.end(at, status);
            self.tell(at, told);
        }
    }

    fn merge_intended(&mut self, batch: u32, tasks: &[TaskId]) {
        let at = self.push(SpanKind::Merge, format!("merge {batch}"), Some(RUN));
        let tasks: Vec<&str> = tasks.iter().map(TaskId::as_str).collect();
        self.tell(
            at,
            [("orca.batch", AttributeValue::Count(u64::from(batch))), ("orca.tasks", text(&tasks.join(" ")))],
        );
        self.merges.insert(batch, MergeSpan { at, landed: Vec::new() });
    }

    fn merge_ended(&mut self, batch: u32, status: SpanStatus) {
        let Some(merge) = self.merges.remove(&batch) else { return };
        for task in merge.landed.iter().filter(|_| status == SpanStatus::Ok) {
            if let Some(at) = self.tasks.get(task).copied() {
                self.end(at, SpanStatus::Ok);
            }
        }
        self.end(merge.at, status);
    }

    fn run_finished(&mut self, outcome: RunOutcome) {
        let status = match outcome {
            RunOutcome::Done => SpanStatus::Ok,
            RunOutcome::Incomplete { exit } => SpanStatus::Failed(format!("exit {exit}")),
            RunOutcome::AwaitsReview => SpanStatus::Ok,
            RunOutcome::Stopped => SpanStatus::Failed("stopped".to_owned()),
        };
        self.end(RUN, status);
        let exit = AttributeValue::Count(u64::from(outcome.exit_code()));
        self.tell(RUN, [("process.exit.code", exit)]);
    }

    /// What is open lasts until the last entry; a task that did not land ended with its last attempt or gate.
    fn close(&mut self) {
        for at in (0..self.spans.len()).rev() {
            let is_open = self.spans[at].status == SpanStatus::Open;
            let is_over = self.spans[at].kind == SpanKind::Task && self.spans[at].end > self.spans[at].start;
            if is_open && !is_over {
                self.end(at, SpanStatus::Open);
            }
        }
    }
}

fn text(words: &str) -> AttributeValue {
    AttributeValue::Text(safe(words))
}

/// What an attempt came to.
fn ending(outcome: &AttemptOutcome) -> (SpanStatus, Vec<(&'static str, AttributeValue)>) {
    match outcome {
        AttemptOutcome::Committed { commit, files, added, removed, .. } => {
            let count = |n: &u32| AttributeValue::Count(u64::from(*n));
            let told = vec![
                ("orca.commit", text(commit.as_str())),
                ("orca.files", count(files)),
                ("orca.added", count(added)),
                ("orca.removed", count(removed)),
            ];
            (SpanStatus::Ok, told)
        }
        AttemptOutcome::NoChange { commit, .. } => (SpanStatus::Ok, vec![("orca.commit", text(commit.as_str()))]),
        AttemptOutcome::Failed { reason, .. } => (SpanStatus::Failed(safe(reason)), Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::FailClass;
    use crate::report::testing::{HOSTILE, Story, wreck};

    fn lengths(spans: &[TraceSpan]) -> Vec<(String, f64)> {
        let seconds = |span: &TraceSpan| span.end.duration_since(span.start).as_secs_f64();
        spans.iter().map(|span| (span.name.clone(), seconds(span))).collect()
    }

    #[test]
    fn spans_have_the_right_parents_and_lengths() {
        let mut story = Story::new(&[("A", "first", &[])], &["test"]);
        story.done("A", 1.0, 4.0).at(6.0).finishes(RunOutcome::Done);
        let spans = spans(&story.entries);
        let named = lengths(&spans);
        let named: Vec<(&str, f64)> = named.iter().map(|(name, seconds)| (name.as_str(), *seconds)).collect();
        assert_eq!(
            named,
            [
                ("run 20261120-1812-k3", 6.0),
                ("A first", 4.0),
                ("A attempt 1", 4.0),
                ("prepare", 3.5),
                ("gate test", 0.5),
                ("merge 1", 0.0),
                ("gate test", 0.0),
            ]
        );
        let parents: Vec<Option<usize>> = spans.iter().map(|span| span.parent).collect();
        assert_eq!(parents, [None, Some(0), Some(1), Some(2), Some(2), Some(0), Some(5)]);
        assert!(spans.iter().all(|span| span.status == SpanStatus::Ok), "{spans:?}");
    }

    #[test]
    fn every_span_lies_within_the_one_that_holds_it() {
        for spans in [spans(&wreck().entries), spans(&wreck().finishes(RunOutcome::Incomplete { exit: 4 }).entries)] {
            assert!(spans.len() > 40);
            for span in &spans {
                let Some(holder) = span.parent.map(|at| &spans[at]) else { continue };
                assert!(holder.start <= span.start && span.end <= holder.end, "{span:?} in {holder:?}");
            }
        }
    }

    #[test]
    fn what_failed_says_why_and_what_runs_is_open() {
        let mut story = Story::new(&[("A", HOSTILE[0], &[]), ("B", "b", &[])], &[]);
        story.at(1.0).starts(&["A"]).at(3.0).fails("A", FailClass::Fatal, "no \x1b credit").starts(&["B"]).at(5.0);
        story.uses("B", 10, 0.5);
        let spans = spans(&story.entries);
        assert_eq!(spans[2].status, SpanStatus::Failed("no \\u{1b} credit".to_owned()));
        let length = |at: usize| spans[at].end.duration_since(spans[at].start).as_secs();
        assert_eq!((length(1), length(2)), (2, 2), "a task that failed ends with its attempt");
        assert_eq!((spans[0].status.clone(), length(0)), (SpanStatus::Open, 5));
        assert!(!spans.iter().any(|span| span.name.contains('\x1b')));
    }

    #[test]
    fn a_journal_without_a_beginning_has_no_spans() {
        assert!(spans(&[]).is_empty());
    }
}
