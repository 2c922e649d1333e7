//! Attempts that run elsewhere: handed over whole to `git orca work` on another machine, the same program. Nothing is
//! shared but git: code, job, news and results go through the hub.
//!
//! ```text
//! here   choose a host ─▶ claim: job, signed ─▶ lease ─▶ executor::perform ──────────────▶ look, judge, keep
//!                                               │ hub │                                       ▲ hub │
//! there                            fetch ◀──────┘     worktree, set-up, fence, agent ─ beats ─┘
//! ```
//!
//! The lease of a task (`refs/orca/far/<run>/<task>/lease`) is a chain of commits: the claim of an attempt, then one beat
//! after the other with what is new of its log and its events. It moves from its last value only. Whoever was given up
//! has lost it, can move nothing any more, and leaves its work below `refs/orca/far-late/`, from where it is taken
//! among the saved work. What an attempt left lies beside the lease, by the attempt's number.
//!
//! | file | holds |
//! |---|---|
//! | `far_job.rs` | what is handed over: the job, and what goes to the host alone |
//! | `far_work.rs` | what work is, and its names in the hub |
//! | `key.rs` | who may hand over: the user's key |
//! | `hub_refs.rs` | names in the hub, and what they are here |
//! | `hosts.rs` | which host is next |
//! | `gathering.rs` | work that is ready for a queue at the same time |
//! | `far_site.rs` | what a run needs for all of it |
//! | `claim.rs`, `look.rs` | here: a job laid down, and what came of it |
//! | `host_call.rs` | here: asking a host, and what it says of itself |
//! | `far_questions.rs` | what agents need on a host, and what of it is lacking there |
//! | `own_hub.rs`, `hub_address.rs` | the hub that is made where nobody named one |
//! | `order.rs` | here: the command that hands work over, and what goes to the host alone |
//! | `visit.rs` | here: work at hosts, from choosing one to what came of it |
//! | `hand_over.rs`, `judge_there.rs` | here: an attempt until its outcome, a gate until its verdict |
//! | `workplace.rs`, `heart.rs`, `side.rs`, `side_check.rs` | there: a repository for the work, its beats, the work itself |
//! | `spool.rs` | there: what was taken, and how far it is |
//! | `late.rs` | work that came too late, kept |

mod claim;
mod far_job;
mod far_questions;
mod far_site;
mod far_work;
mod gathering;
mod hand_over;
mod heart;
mod host_call;
mod hosts;
mod hub_address;
mod hub_refs;
mod judge_there;
mod key;
mod late;
mod look;
mod order;
mod own_hub;
mod side;
mod side_check;
mod spool;
mod visit;
mod workplace;

pub use far_job::{Errand, VERSION};
pub use far_questions::{AgentLacks, AgentNeeds};
pub use far_site::FarSite;
pub use hand_over::run;
pub use host_call::{HostSays, ask_hosts, ask_node, describe_here};
pub use judge_there::judge_there;
pub use key::FarKey;
pub use late::{gather_from, gather_late};
pub use own_hub::{HubRemoval, hub_line, make_hub_for, make_hub_here, remove_hub_here, remove_own_hub};
pub use side::{errand_of_job, is_refusal, perform_here};
pub use spool::{Spool, SpoolState};
pub use workplace::workplaces;
