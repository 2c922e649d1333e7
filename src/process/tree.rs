//! The launcher's view of what it started: one command and everything below it, until nothing is left.

use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::time::TimeValLike;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use tokio::time::Instant;

use super::ceiling::MemoryCeiling;
use super::feed::InputFeed;
use super::launch_forms::{LIMITED, SUBCOMMAND, this_program};
use super::launch_protocol::{Account, How, LaunchOrder, LaunchStdin};
use super::marker::LAUNCH;
use super::output::Output;
use super::system::{ADOPTS_ORPHANS, marked_processes};
use super::table::ProcessTable;

/// What the command left running may end by itself for this long: `cmd > >(tee log)` is not waited for by the shell,
/// and `tee` has a line to write. Costs nothing when nothing is left.
const LINGER: Duration = Duration::from_millis(100);

/// From TERM to KILL for what the command left running, unless its own grace time is shorter.
const LEFTOVER_GRACE: Duration = Duration::from_millis(500);

/// Between two rounds of KILL: what was forked while the first round read the table dies in the second.
const ROUND: Duration = Duration::from_millis(20);

/// Rounds of KILL go on for this long. What is left then hangs in the kernel (a dead disk) or is another user's.
const PATIENCE: Duration = Duration::from_secs(5);

/// Between two looks for orphans that nobody reports to us, where they are not adopted.
const ORPHAN_LOOK: Duration = Duration::from_millis(100);

/// One command with its descendants.
pub(super) struct CommandTree {
    command: Pid,
    /// The environment entry by which orphans are found where they are not adopted.
    mark: String,
    grace: Duration,
    started: Instant,
    ended: Option<(How, Duration)>,
    ceiling: Option<MemoryCeiling>,
    phase: EndingPhase,
}

enum EndingPhase {
    Running,
    /// The command has ended, something else has not: TERM comes at `until`.
    Lingering {
        until: Instant,
    },
    /// TERM was sent: KILL comes at `until`.
    Asked {
        until: Instant,
    },
    /// KILL is sent again at `again`, given up at `until`.
    Killed {
        again: Instant,
        until: Instant,
    },
}

/// Whether anything of the tree is left to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TreeLeft {
    Something,
    Nothing,
    /// KILL had no effect for too long.
    Stuck,
}

impl CommandTree {
    /// Starts what is ordered. The error is a sentence.
    pub(super) fn start(order: &LaunchOrder) -> Result<(CommandTree, Output, InputFeed), String> {
        let (output, out) = Output::open(order)?;
        let err = out.try_clone().map_err(|e| format!("its output cannot be shared: {e}"))?;
        let mut command = program(order);
        command
            .args(&order.args)
            .env_clear()
            .envs(&order.env)
            .current_dir(&order.cwd)
            .stdin(stdin(order)?)
            .stdout(out)
            .stderr(err)
            .process_group(0);
        let started = Instant::now();
        let mut child = command.spawn().map_err(|why| not_started(order, &why))?;
        let feed = InputFeed::new(child.stdin.take()).map_err(|e| format!("its input cannot be written: {e}"))?;
        // Our copies of the pipe's other end: while they are open it never ends.
        drop(command);
        let command = Pid::from_raw(child.id().cast_signed());
        // `child` is dropped unreaped: `reap` waits for it together with all adopted ones.
        let mark = format!("{LAUNCH}={}", order.env.get(LAUNCH).map_or("", String::as_str));
        let (ceiling, phase) = (order.resident.map(MemoryCeiling::new), EndingPhase::Running);
        let tree = CommandTree { command, mark, grace: order.grace, started, ended: None, ceiling, phase };
        Ok((tree, output, feed))
    }

    /// When [`advance`](Tree::advance) has something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        let look = self.ceiling.as_ref().filter(|ceiling| !ceiling.is_over()).map(MemoryCeiling::due);
        self.phase_due().into_iter().chain(look).min()
    }

    fn phase_due(&self) -> Option<Instant> {
        match self.phase {
            EndingPhase::Running => None,
            EndingPhase::Lingering { until } | EndingPhase::Asked { until } if ADOPTS_ORPHANS => Some(until),
            EndingPhase::Lingering { until } | EndingPhase::Asked { until } => {
                Some(until.min(Instant::now() + ORPHAN_LOOK))
            }
            EndingPhase::Killed { again, .. } => Some(again),
        }
    }

    /// Ends the tree: TERM now, KILL after the grace time. Asked a second time it changes nothing.
    pub(super) fn end(&mut self) {
        if matches!(self.phase, EndingPhase::Running | EndingPhase::Lingering { .. }) {
            self.ask(self.grace);
        }
    }

    fn ask(&mut self, grace: Duration) {
        self.signal(Signal::SIGTERM);
        // What is stopped would get the TERM only when continued.
        self.signal(Signal::SIGCONT);
        self.phase = EndingPhase::Asked { until: Instant::now() + grace };
    }

    /// Does what is due.
    pub(super) fn advance(&mut self) -> TreeLeft {
        let now = Instant::now();
        if self.is_over_memory() {
            // Whatever it would still do in a grace time takes more.
            self.kill(now, now + PATIENCE);
        }
        match self.phase {
            EndingPhase::Lingering { until } if until <= now => self.ask(self.grace.min(LEFTOVER_GRACE)),
            EndingPhase::Asked { until } if until <= now => self.kill(now, now + PATIENCE),
            EndingPhase::Killed { until, .. } if until <= now => return TreeLeft::Stuck,
            EndingPhase::Killed { again, until } if again <= now => self.kill(now, until),
            _ => {}
        }
        TreeLeft::Something
    }

    /// Whether the tree was just found to have more memory than it may.
    fn is_over_memory(&mut self) -> bool {
        let Some(mut ceiling) = self.ceiling.take() else { return false };
        let over = ceiling.look(|| self.descendants());
        self.ceiling = Some(ceiling);
        over
    }

    fn kill(&mut self, now: Instant, until: Instant) {
        self.signal(Signal::SIGKILL);
        self.phase = EndingPhase::Killed { again: now + ROUND, until };
    }

    /// Takes the exit status of everything that has ended. As subreaper we are above every descendant, so "no
    /// children" means "no descendants"; without adoption the marked ones are looked for.
    pub(super) fn reap(&mut self) -> TreeLeft {
        loop {
            match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) if pid == self.command => self.command_ended(How::Exited(code)),
                Ok(WaitStatus::Signaled(pid, by, _)) if pid == self.command => {
                    self.command_ended(How::Signaled(by as i32));
                }
                Ok(WaitStatus::StillAlive) => return TreeLeft::Something,
                Ok(_) | Err(Errno::EINTR) => {}
                Err(_) if ADOPTS_ORPHANS => return TreeLeft::Nothing,
                Err(_) => {
                    let orphans = self.descendants().is_some_and(|found| !found.is_empty());
                    return if orphans { TreeLeft::Something } else { TreeLeft::Nothing };
                }
            }
        }
    }

    fn command_ended(&mut self, how: How) {
        self.ended = Some((how, self.started.elapsed()));
        if matches!(self.phase, EndingPhase::Running) {
            self.phase = EndingPhase::Lingering { until: Instant::now() + LINGER };
        }
    }

    /// Sends `signal` to everything below us, or where that cannot be seen to the command's process group.
    fn signal(&self, signal: Signal) {
        match self.descendants() {
            // A process that has gone since, or is another user's, is counted by `survivors` in the end.
            Some(found) => {
                for pid in found {
                    let _ = kill(Pid::from_raw(pid), signal);
                }
            }
            None => {
                let _ = killpg(self.command, signal);
            }
        }
    }

    /// Everything that lives below us, and where orphans are not adopted also what carries the command's mark. `None`
    /// where the system shows no processes.
    fn descendants(&self) -> Option<BTreeSet<i32>> {
        let me = Pid::this().as_raw();
        let table = ProcessTable::read()?;
        let mut found = table.below([me]);
        if !ADOPTS_ORPHANS {
            let marked = marked_processes(std::slice::from_ref(&self.mark))?;
            found.extend(table.below(marked.iter().copied()));
            found.extend(marked);
            found.remove(&me);
        }
        Some(found)
    }

    /// How it went. The memory includes at least the launcher's own before it became the command (about 3 MB): the
    /// kernel counts a process from its fork on.
    pub(super) fn account(&self, left: TreeLeft) -> Account {
        let (how, wall) = self.ended.unwrap_or((How::Stuck, self.started.elapsed()));
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok();
        let cpu = usage.map_or(0, |u| u.user_time().num_microseconds() + u.system_time().num_microseconds());
        let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
        let survivors = match left {
            TreeLeft::Nothing => 0,
            TreeLeft::Something | TreeLeft::Stuck => self.descendants().map_or(1, |found| found.len()),
        };
        Account {
            how,
            wall,
            cpu: Duration::from_micros(cpu.try_into().unwrap_or(0)),
            max_rss: usage.map_or(0, |u| u64::try_from(u.max_rss()).unwrap_or(0) * unit),
            over_memory: self.ceiling.as_ref().is_some_and(MemoryCeiling::is_over),
            survivors: survivors.try_into().unwrap_or(u32::MAX),
        }
    }
}

/// The command itself, or the form of us that limits its memory and becomes it.
fn program(order: &LaunchOrder) -> Command {
    match order.memory {
        None => {
            let mut command = Command::new(&order.program);
            command.arg0(&order.name);
            command
        }
        Some(bytes) => {
            let mut command = this_program();
            command.args([SUBCOMMAND, LIMITED, &bytes.to_string()]).arg(&order.program).arg(&order.name);
            command
        }
    }
}

fn stdin(order: &LaunchOrder) -> Result<Stdio, String> {
    match &order.stdin {
        LaunchStdin::Nothing => Ok(Stdio::null()),
        LaunchStdin::Fed => Ok(Stdio::piped()),
        LaunchStdin::File(path) => match File::open(path) {
            Ok(file) => Ok(file.into()),
            Err(why) => Err(format!("its input `{}` cannot be read: {why}", path.display())),
        },
    }
}

/// The kernel says "no such file" for a working folder, a program and a script's interpreter alike.
fn not_started(order: &LaunchOrder, why: &std::io::Error) -> String {
    let (program, cwd) = (Path::new(&order.program), Path::new(&order.cwd));
    if !cwd.is_dir() {
        return format!("`{}` was not started: there is no folder `{}`", order.name, cwd.display());
    }
    if why.kind() == std::io::ErrorKind::NotFound && program.exists() {
        let what = "its interpreter (first line, or dynamic loader) is missing";
        return format!("`{}` was not started: `{}`: {what}", order.name, program.display());
    }
    format!("`{}` was not started: {why}", order.name)
}
