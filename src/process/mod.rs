//! Everything that starts, watches or ends a process; the only module that does.
//!
//! A command is data ([`CommandSpec`](crate::model::CommandSpec)). [`run`] starts it inside a tree of its own and gives
//! back how it [`Ended`]; whatever happens to this program, to the future or to the launcher, the tree ends:
//!
//! ```text
//! git-orca ──(lifeline: order, stop requests, end of file)──▶ git-orca __launch ──▶ command ──▶ its children …
//!          ◀─(reports: started, ended with times and memory)──   session leader, adopts what its descendants leave
//! ```
//!
//! - [`launch`]: the hidden program around every command; [`supervise`]: our side of it, with time limits and
//!   [`StopSignal`]; [`tail`]: the log's lines while they are written.
//! - [`sweep`]: the second line, by the [`Marker`] in the environment, for trees whose launcher was killed.
//! - [`ProcessId`]: a process that cannot be mistaken for a later one with the same number.
//! - [`env`](mod@env): what agents, gates and setup commands get of our environment.
//! - [`Interrupts`], [`detach`]: signals from the user, life after the terminal.
//! - [`run_again`]: a command of this program, whose answer is read.
//! - [`run_in_foreground`], [`run_unseen`], [`screen_signals`]: what the watch view needs of processes.
//! - [`Tool`], [`Dialogue`], [`LineServer`]: programs of the user's that are asked once, again and again, or may fall silent.
//! - [`pager`]: a long answer through the pager of the user.
//! - [`Machine`], [`capacity`], [`Governor`], [`Places`], [`Share`]: how much may run here at once.
//!
//! On Linux nothing a command started survives it. Elsewhere there are no subreapers: what has left its process group
//! and lost its parent is found by its mark, and what cleans its environment as well escapes. `system/` is the seam:
//! nothing outside it reads `/proc`.

mod again;
mod ceiling;
mod descent;
pub mod detach;
mod dialogue;
mod disk;
pub mod env;
mod feed;
mod fenced;
mod foreground;
mod governor;
mod identity;
pub mod launch;
mod launch_forms;
mod launch_protocol;
mod launcher;
mod line_server;
mod lookup;
mod machine;
mod marker;
mod occupants;
mod output;
pub mod pager;
mod places;
mod python;
mod screen_signals;
mod share;
mod signals;
mod stop;
pub mod supervise;
pub mod sweep;
mod system;
mod table;
pub mod tail;
mod tool;
mod tree;
mod version;

pub use again::{CommandAnswer, SpokenLine, run_again};
pub use descent::{descends_from, describe_process, is_launched, is_launched_for};
pub use dialogue::Dialogue;
pub use disk::{disk_free, disk_size, is_full};
pub use fenced::Policy;
pub use foreground::{run_in_foreground, run_shell, run_unseen};
pub use governor::Governor;
pub use identity::{ProcessId, is_root, pid_space};
pub use line_server::LineServer;
pub use lookup::{NotFound, find_program};
pub use machine::{Bound, Capacity, Jobs, Machine, MachineLoad, Meter, capacity, command_memory};
pub use marker::{Marker, repo_digest, tool_mark};
pub use occupants::working_in;
pub use places::{HeldPlace, Places};
pub use python::can_import;
pub use screen_signals::{ScreenSignal, screen_signals, stop_here};
pub use share::Share;
pub use signals::{Interrupt, Interrupts, was_terminated};
pub use stop::StopSignal;
pub use supervise::{End, Ended, Extras, run, run_with};
pub use system::program_file;
pub use tool::{Tool, ToolOutput, hurry};
pub use version::version_of;
