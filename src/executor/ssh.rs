//! The user's own hosts, by the user's own ssh: its configuration, its agent, its host names. An attempt is handed over to
//! `git orca work` there, which goes on by itself when the line is cut, and is asked again.

use std::time::Duration;

use super::place::{Carries, Node};
use super::{Executor, JobHandle, JobQueue, Submission, WorkOrder, WorkState};
use crate::model::{CommandSpec, Error, ErrorKind, Result, Stdin};

/// Runs attempts on hosts that ssh reaches.
#[derive(Debug)]
pub struct Ssh;

/// What holds for every call: nobody is asked, and a line that is cut is noticed within half a minute.
const OPTIONS: [&str; 9] = [
    "-T",
    "-o",
    "BatchMode=yes",
    "-o",
    "ConnectTimeout=10",
    "-o",
    "ServerAliveInterval=5",
    "-o",
    "ServerAliveCountMax=4",
];

/// How ssh ends when it could not reach the host, or lost it.
const UNREACHABLE: i32 = 255;

/// How `git orca work` answers who hands work over, before the name of the work.
pub const TAKEN: &str = "taken: ";

/// What it answers before the sentence why it takes none of it.
pub const DECLINED: &str = "refused: ";

/// Seconds that a probe waits there for news before it answers that there are none.
const NEWS: u32 = 20;

/// Words as the shell at the other end takes them.
pub fn quoted_words(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
    quoted.join(" ")
}

/// The command that runs `words` on a host; `like` says with which environment and limits.
pub fn on_host(ssh: &str, host: &str, words: &[String], like: &CommandSpec, stdin: Stdin) -> CommandSpec {
    let mut args = vec!["-c".to_owned(), format!("exec {ssh} \"$@\""), "ssh".to_owned()];
    args.extend(OPTIONS.map(str::to_owned));
    args.extend(["--".to_owned(), host.to_owned(), quoted_words(words)]);
    CommandSpec { program: "sh".to_owned(), args, stdin, ..like.clone() }
}

/// `git orca work` there, about this work.
fn asking(work: &WorkOrder, node: &Node, what: &[&str]) -> CommandSpec {
    let words = std::iter::once(work.spec.program.as_str()).chain(["work"]).chain(what.iter().copied());
    let words: Vec<String> = words.map(str::to_owned).collect();
    on_host(&node.ssh, &node.host, &words, &work.spec, Stdin::None)
}

fn node(work: &WorkOrder) -> Result<&Node> {
    let missing = || Error::new(ErrorKind::Usage, "handing work over by ssh", "no host was chosen for it");
    work.node.as_ref().ok_or_else(missing)
}

impl Executor for Ssh {
    fn name(&self) -> &'static str {
        "ssh"
    }

    fn about(&self) -> &'static str {
        "on hosts that ssh reaches, in worktrees there"
    }

    fn carries(&self) -> Carries {
        Carries::Attempts
    }

    /// The code lies in the hub, from where the far side fetches it.
    fn prepare(&self, work: &WorkOrder) -> Result<Vec<CommandSpec>> {
        node(work).map(|_| Vec::new())
    }

    fn submit(&self, work: &WorkOrder) -> Result<Submission> {
        let node = node(work)?;
        let words: Vec<String> = std::iter::once(&work.spec.program).chain(&work.spec.args).cloned().collect();
        let spec = on_host(&node.ssh, &node.host, &words, &work.spec, work.spec.stdin.clone());
        Ok(Submission::Queued(spec, &SshQueue))
    }

    /// What it left lies in the hub.
    fn collect(&self, _work: &WorkOrder) -> Result<Vec<CommandSpec>> {
        Ok(Vec::new())
    }
}

/// What a host has of ours.
#[derive(Debug)]
pub struct SshQueue;

impl JobQueue for SshQueue {
    fn read_handle(&self, _work: &WorkOrder, printed: &str) -> Result<JobHandle> {
        if let Some(why) = printed.lines().find_map(|line| line.trim().strip_prefix(DECLINED)) {
            return Err(Error::new(ErrorKind::Declined, "handing work over by ssh", why));
        }
        let named = printed.lines().find_map(|line| line.trim().strip_prefix(TAKEN));
        let none = || {
            Error::failed("handing work over by ssh", format!("it does not say that it took it: {}", printed.trim()))
        };
        named.map(|id| JobHandle(id.to_owned())).ok_or_else(none)
    }

    fn probe(&self, work: &WorkOrder, handle: &JobHandle) -> CommandSpec {
        let node = work.node.clone().unwrap_or_default();
        asking(work, &node, &["--state", &handle.0, "--wait", &NEWS.to_string()])
    }

    /// The last line is the answer: what the host's start files print comes before it.
    fn read_state(&self, code: i32, printed: &str) -> Option<WorkState> {
        if code == UNREACHABLE {
            return None;
        }
        let last = printed.lines().rev().find(|line| !line.trim().is_empty())?;
        match last.trim().split_once(' ').unwrap_or((last.trim(), "")) {
            ("running", _) => Some(WorkState::Running),
            ("exited", code) => code.trim().parse().ok().map(WorkState::Exited),
            ("refused", why) => Some(WorkState::Refused(why.to_owned())),
            ("gone", why) => Some(WorkState::Gone(why.to_owned())),
            _ => None,
        }
    }

    fn cancel(&self, work: &WorkOrder, handle: &JobHandle) -> CommandSpec {
        let node = work.node.clone().unwrap_or_default();
        asking(work, &node, &["--cancel", &handle.0])
    }

    /// A probe waits there.
    fn interval(&self, _probes: u32) -> Duration {
        Duration::from_millis(100)
    }

    fn farewell(&self) -> Duration {
        Duration::from_secs(60)
    }
}

#[cfg(test)]
mod tests {
    use super::super::place::Node;
    use super::*;
    use crate::executor::testing::order;

    #[test]
    fn answers_are_read_and_silence_is_no_answer() {
        let table = [
            (0, "running\n", Some(WorkState::Running)),
            (0, "Welcome to box1!\nexited 3\n\n", Some(WorkState::Exited(3))),
            (
                0,
                "gone its process ended without a word\n",
                Some(WorkState::Gone("its process ended without a word".into())),
            ),
            (
                0,
                "refused it is not signed by this user\n",
                Some(WorkState::Refused("it is not signed by this user".into())),
            ),
            (255, "ssh: connect to host box1 port 22: Connection refused\n", None),
            (127, "sh: git-orca: not found\n", None),
            (0, "", None),
        ];
        for (code, printed, expected) in table {
            assert_eq!(SshQueue.read_state(code, printed), expected, "{printed}");
        }
        let work = order("git-orca", &[], Node::default());
        let taken = SshQueue.read_handle(&work, "motd\ntaken: r.T1.1.abc\n").unwrap();
        assert_eq!(taken, JobHandle("r.T1.1.abc".to_owned()));
        assert!(SshQueue.read_handle(&work, "error: no").unwrap_err().cause.contains("error: no"));
    }

    #[test]
    fn words_cross_the_far_shell_whole_and_hosts_are_never_options() {
        let node = Node { host: "box1".into(), ssh: "ssh -F 'my config'".into(), ..Node::default() };
        let work = order("/opt/git orca/it's", &["work", "--take"], node);
        let Submission::Queued(spec, _) = Ssh.submit(&work).unwrap() else { panic!("it is queued") };
        assert_eq!(spec.program, "sh");
        assert_eq!(spec.args[1], "exec ssh -F 'my config' \"$@\"");
        let tail = &spec.args[spec.args.len() - 3..];
        assert_eq!(tail, ["--", "box1", r"'/opt/git orca/it'\''s' 'work' '--take'"]);
        assert!(Ssh.submit(&WorkOrder { node: None, ..work }).is_err());
    }
}
