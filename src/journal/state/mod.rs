//! What a run's entries add up to: facts only. What they mean (is a task ready? may it be tried again?) is `schedule`'s.

mod approval;
mod attempt;
mod batch;
mod check;
mod choice;
mod doubt;
mod fold;
mod marking;
mod pool;
mod provider;
mod run;
mod side_base;
mod task;
mod word;

pub use approval::Approval;
pub use attempt::{Attempt, Footing, Refusal};
pub use batch::{Batch, BatchPhase, BatchTask};
pub use check::{Check, CheckState, Judgement};
pub use choice::AskedChoice;
pub use doubt::Doubt;
pub use marking::{Mark, Marking, MarkingPhase, Marks};
pub use pool::PoolSize;
pub use provider::{Pause, ProviderState};
pub use run::{RunState, Stop};
pub use side_base::SideBase;
pub use task::{TaskState, clashed};
pub use word::SaidWord;
