//! The append-only record of a run, and the state that follows from it.
//!
//! - [`Event`]: everything that can happen to a run. One enum serves the journal, observers and `--format json`.
//! - [`RunState`]: the fold. It stores facts; what they mean is `schedule`'s.
//! - [`Journal`]: the file: one line an entry with a checksum, one fdatasync a step, torn tails tolerated.
//! - [`RunLock`]: proof that this process is the only writer of the repository's runs.
//! - [`inbox`]: messages from other terminals.
//! - [`Store`]: where runs lie on disk.
//!
//! Old journals are kept under `fixtures/journals/v<N>` and must replay for ever: add fields with defaults, never
//! rename. Kinds of events and fields may be added within a format: a program that meets what it does not know shows the
//! run and refuses to write. A journal of a newer format is refused with words, never half read.

mod approval;
mod attempt;
mod check_ask;
mod choice_ask;
mod event;
mod event_parts;
mod event_texts;
mod file;
mod history;
pub mod inbox;
mod later;
mod lock;
mod plan_history;
mod plan_revision;
mod publishing;
mod pulse;
mod request;
mod rework;
mod skips;
mod started;
mod state;
mod store;
mod taken;
mod waiver;
mod watch;

pub use approval::{Answer, AnswerOrigin, Asked, Question};
pub use attempt::{AttemptOutcome, FailClass, Intended, Merging, Rival};
pub use check_ask::{CheckAsk, PutOff, ReviewAsk, Withheld};
pub use choice_ask::{ChoiceAnswer, ChoiceAsk};
pub use event::{Entry, Event, FORMAT};
pub use event_parts::{
    Conflict, ConflictPath, Head, HeldBack, LandedTask, MovedPointer, OpenCheck, RunOutcome, Shortfall, Subject,
    Unmarked,
};
pub use file::{Journal, JournalTail, read_entries};
pub use history::{History, Sample, samples, task_size};
pub use later::refuse_foreign;
pub use lock::RunLock;
pub use plan_history::{read_told, undo_revision};
pub use plan_revision::PlanRevision;
pub use publishing::{HeadVerdict, PullRecord, PullStanding};
pub use pulse::Pulse;
pub use request::Request;
pub use rework::{GivenReview, ReviewRework};
pub use skips::SkipRecord;
pub use started::{Host, LeftOut, MarkedPlan, PlanRef, RunStarted, is_of_messages};
pub use state::{
    Approval, AskedChoice, Attempt, Batch, BatchPhase, BatchTask, Check, CheckState, Doubt, Footing, Judgement, Mark,
    Marking, MarkingPhase, Marks, Pause, PoolSize, ProviderState, Refusal, RunState, SaidWord, SideBase, Stop,
    TaskState, clashed,
};
pub use store::{RunPaths, Store};
pub use taken::{TakeShape, TakenRecord};
pub use waiver::{GateSaid, GateWaiver, Waived};
pub use watch::JournalWatch;

#[cfg(test)]
mod tests {
    use super::*;

    /// Journals that were once written must replay for ever.
    #[test]
    fn old_journals_replay() {
        for (folder, format) in [("v1", 1), ("v2", 2)] {
            let journals = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/journals");
            let path = journals.join(folder).join("demo.jsonl");
            let state = RunState::replay(&read_entries(&path).unwrap()).unwrap();
            assert_eq!(file::replay_file(&path).unwrap(), state, "the same, without keeping what was read");
            assert_eq!((state.format, state.foreign.len()), (format, 0), "{folder}");
            assert_eq!(state.finished.map(|(_, outcome)| outcome), Some(RunOutcome::Done));
            assert!(state.tasks.iter().all(|task| task.landed.is_some()));
            assert_eq!(state.task(&"task-6".parse().unwrap()).unwrap().attempts.len(), 2);
            assert_eq!(state.heads.keys().copied().collect::<Vec<_>>(), [1, 2, 3]);
            assert!(state.checks.values().all(|check| check.ask.is_some() == (format > 1)), "{folder}");
        }
    }
}
