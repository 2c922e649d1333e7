//! Where a command runs. Agents, gates and setup *make* a [`CommandSpec`](crate::model::CommandSpec), [`perform`] hands it
//! to the place of an [`Executor`] and sees it through; [`process`](crate::process) starts every command on the way.
//!
//! ```text
//! prepare (code there) ─▶ submit ─▶ attached: its end is the work's           ─▶ collect (results here)
//!                                └▶ queued: handle ─▶ probe ─▶ state … cancel ─┘
//! ```
//!
//! To add an executor:
//! 1. a file here with a type that implements [`Executor`], and [`JobQueue`] when work waits there: each step gives a
//!    command or reads what one printed, so that it can be tested as a table;
//! 2. one line in [`EXECUTORS`].
//!
//! `local` runs commands here. `ssh` and `slurm` take an attempt as a whole ([`Carries`]): a worktree there, made by
//! `git orca work`, with git alone between here and there. `dummy` is for tests: it copies the code, hands work over, asks for it, and brings it back.
//!
//! The fence is a command around a command: `choice.rs` says which one works and was asked for, `fence.rs` makes it from
//! the places that `guarded.rs` and `git` name. What each fence stops:
//!
//! | way out | `repository` | `bwrap` | `landlock` | without |
//! |---|---|---|---|---|
//! | write into a checkout, `.git`, another worktree | closed | closed | closed | told, put back |
//! | mount, remount, unmount (also as root) | no capability | no capability | Landlock | root can |
//! | devices: read or write a disk, make a device (also as root) | own `/dev`, no `mknod` | the same | not granted | root can |
//! | `/proc` of others: environment, root, memory; trace; signal | own process namespace | the same | Landlock (signals: Linux 6.12) | as the user can |
//! | rename a folder above the repository | pinned by mounts | closed | closed | noticed by git |
//! | read the key of evidence, trust records | hidden | hidden | not readable | as the user can |
//! | socket of a living run, inbox | hidden, and refused by descent | the same | refused by descent | refused by descent |
//! | shell start files, cron, systemd units, autostart | closed; new ones are set aside | closed | closed | as the user can |
//! | git, ssh, gh settings, editors, agents' settings | closed; new ones are set aside | closed | closed | frozen for our own git |
//! | programs in `PATH`, `/usr`, `/etc` (root) | closed | closed | closed | as the user can |
//! | sockets of Docker, podman, D-Bus, systemd, tmux, ssh-agent | hidden | hidden | open | open |
//! | another user's processes, the network | open (`--sandbox-net off`) | open (the same) | open | open |

mod choice;
#[cfg(any(test, feature = "crash"))]
mod dummy;
mod fence;
mod guarded;
mod local;
mod perform;
mod place;
mod registry;
mod seatbelt;
mod slurm;
mod ssh;
#[cfg(test)]
mod testing;

pub use choice::{Means, check, choose, tools, writable};
pub use fence::{FencePaths, FenceView, Tools, fenced};
pub use guarded::{later_commands, system, unseen, untouchable};
pub use local::Local;
pub use perform::{hand_over_together, perform};
pub use place::{Carries, Executor, JobHandle, JobQueue, Node, Submission, WorkOrder, WorkState};
pub use registry::{EXECUTORS, named};
pub use slurm::{HUB_AWAY, Slurm};
pub use ssh::{DECLINED, Ssh, TAKEN, on_host, quoted_words};
