//! Slurm, by its own programs: one `sbatch` an attempt. A node that is lost takes its job with it (`--no-requeue`): the
//! attempt is made again at once, while a requeued job would wait two minutes and could run beside its own orphan.

use std::time::Duration;

use super::place::{Carries, Node};
use super::ssh::quoted_words;
use super::{Executor, JobHandle, JobQueue, Submission, WorkOrder, WorkState};
use crate::model::{CommandSpec, Error, ErrorKind, Result};

/// Runs attempts as jobs of a cluster.
#[derive(Debug)]
pub struct Slurm;

/// Variables that a job cannot do without; those of the work come besides.
const ALWAYS: [&str; 5] = ["HOME", "PATH", "USER", "LANG", "LC_ALL"];

/// How a job exits whose node has no such folder as the hub: it can tell nobody otherwise.
pub const HUB_AWAY: u8 = 69;

/// What that means.
const NO_HUB: &str = "the node has no such folder as the hub: under [executors] in orca.toml, set hub to an address that \
                      nodes reach (`ssh://HOST/FOLDER`), or to a folder that they share with this machine";

/// What a job may take beyond its agent: worktree, set-up, and bringing back what it left.
const AROUND: Duration = Duration::from_secs(30 * 60);

/// The job's whole script: nothing in it is secret.
fn script(work: &WorkOrder) -> String {
    let words: Vec<String> = std::iter::once(&work.spec.program).chain(&work.spec.args).cloned().collect();
    format!("#!/bin/sh\nexec {}\n", quoted_words(&words))
}

/// Hands a job over unless one of its name is there already: whoever asks twice gets one.
fn handing_over(work: &WorkOrder, node: &Node) -> String {
    let names: Vec<&str> = ALWAYS.into_iter().chain(node.variables.iter().map(String::as_str)).collect();
    let mut words: Vec<String> =
        ["sbatch", "--parsable", "--no-requeue", "--signal=B:TERM@60"].map(str::to_owned).into();
    words.extend([format!("--job-name={}", node.id), format!("--export={}", names.join(","))]);
    // Nodes share no folder with us: what the work has to say it says in the hub.
    words.extend(["--output=/dev/null".to_owned(), "--chdir=/".to_owned()]);
    if let Some(longest) = node.longest {
        words.push(format!("--time={}", (longest + AROUND).as_secs().div_ceil(60)));
    }
    words.extend(node.args.iter().cloned());
    let there =
        quoted_words(&["squeue".into(), "--noheader".into(), format!("--name={}", node.id), "--format=%i".into()]);
    let script = quoted_words(&[script(work)]);
    format!(
        "id=$({there}) || exit 1\nif [ -n \"$id\" ]; then echo \"$id\"; else printf %s {script} | {}; fi",
        quoted_words(&words)
    )
}

fn shell(work: &WorkOrder, text: String) -> CommandSpec {
    CommandSpec { program: "sh".to_owned(), args: vec!["-c".to_owned(), text], ..work.spec.clone() }
}

impl Executor for Slurm {
    fn name(&self) -> &'static str {
        "slurm"
    }

    fn about(&self) -> &'static str {
        "as jobs of a Slurm cluster, in worktrees on its nodes"
    }

    fn carries(&self) -> Carries {
        Carries::Attempts
    }

    fn prepare(&self, _work: &WorkOrder) -> Result<Vec<CommandSpec>> {
        Ok(Vec::new())
    }

    fn submit(&self, work: &WorkOrder) -> Result<Submission> {
        let missing = || Error::new(ErrorKind::Usage, "handing work over to Slurm", "it has no name there");
        let node = work.node.as_ref().ok_or_else(missing)?;
        Ok(Submission::Queued(shell(work, handing_over(work, node)), &SlurmQueue))
    }

    fn collect(&self, _work: &WorkOrder) -> Result<Vec<CommandSpec>> {
        Ok(Vec::new())
    }
}

/// What the controller has of ours.
#[derive(Debug)]
pub struct SlurmQueue;

impl JobQueue for SlurmQueue {
    fn read_handle(&self, printed: &str) -> Result<JobHandle> {
        let number = |line: &str| {
            let id = line.trim().split(';').next().unwrap_or_default().to_owned();
            (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then_some(JobHandle(id))
        };
        let none = || Error::failed("handing work over to Slurm", printed.trim().to_owned());
        printed.lines().find_map(number).ok_or_else(none)
    }

    fn probe(&self, work: &WorkOrder, handle: &JobHandle) -> CommandSpec {
        shell(work, format!("scontrol show job --oneliner {}", handle.0))
    }

    /// A controller that restarts gives no answer: it is asked again. One that does not know the job has forgotten it.
    fn read_state(&self, code: i32, printed: &str) -> Option<WorkState> {
        if code != 0 {
            let forgotten = printed.contains("Invalid job id");
            return forgotten.then(|| WorkState::Gone("Slurm does not know the job any more".to_owned()));
        }
        let field = |name: &str| {
            let value = printed.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            value.unwrap_or_default().to_owned()
        };
        let gone = |words: &str| Some(WorkState::Gone(format!("{words} (Slurm says {})", field("Reason"))));
        match field("JobState").as_str() {
            "PENDING" | "CONFIGURING" | "REQUEUED" | "REQUEUE_HOLD" => Some(WorkState::Waiting),
            "RUNNING" | "COMPLETING" | "SUSPENDED" | "STOPPED" => Some(WorkState::Running),
            "COMPLETED" => Some(WorkState::Exited(0)),
            "FAILED" if field("ExitCode") == format!("{HUB_AWAY}:0") => Some(WorkState::Refused(NO_HUB.to_owned())),
            "FAILED" => read_exit(&field("ExitCode")),
            "CANCELLED" => gone("somebody cancelled its job"),
            "TIMEOUT" | "DEADLINE" => gone("its job's time was over"),
            "NODE_FAIL" | "BOOT_FAIL" => gone("its node was lost"),
            "OUT_OF_MEMORY" => gone("its job took more memory than it may"),
            "PREEMPTED" => gone("its job made room for another"),
            _ => None,
        }
    }

    fn cancel(&self, work: &WorkOrder, handle: &JobHandle) -> CommandSpec {
        shell(work, format!("scancel --batch --signal=TERM {0}; scancel --state=PENDING {0}", handle.0))
    }

    /// A question is one message to the controller.
    fn interval(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn farewell(&self) -> Duration {
        Duration::from_secs(60)
    }
}

/// `7:0` is exit code 7, `0:15` signal 15.
fn read_exit(text: &str) -> Option<WorkState> {
    let (code, signal) = text.split_once(':')?;
    match (code.parse().ok()?, signal.parse().ok()?) {
        (code, 0) => Some(WorkState::Exited(code)),
        (_, signal) => Some(WorkState::Signaled(signal)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::testing::order;

    #[test]
    fn states_of_jobs_are_classed() {
        let job = |state: &str, exit: &str| {
            format!("JobId=7 JobName=x JobState={state} Reason=None ExitCode={exit} Restarts=0\n")
        };
        let gone = |words: &str| Some(WorkState::Gone(format!("{words} (Slurm says None)")));
        let table = [
            (0, job("PENDING", "0:0"), Some(WorkState::Waiting)),
            (0, job("RUNNING", "0:0"), Some(WorkState::Running)),
            (0, job("COMPLETED", "0:0"), Some(WorkState::Exited(0))),
            (0, job("FAILED", "7:0"), Some(WorkState::Exited(7))),
            (0, job("FAILED", "0:9"), Some(WorkState::Signaled(9))),
            (0, job("CANCELLED", "0:15"), gone("somebody cancelled its job")),
            (0, job("NODE_FAIL", "0:0"), gone("its node was lost")),
            (0, job("A_STATE_OF_LATER", "0:0"), None),
            (
                1,
                "slurm_load_jobs error: Invalid job id specified\n".into(),
                Some(WorkState::Gone("Slurm does not know the job any more".into())),
            ),
            (1, "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n".into(), None),
        ];
        for (code, printed, expected) in table {
            assert_eq!(SlurmQueue.read_state(code, &printed), expected, "{printed}");
        }
        assert_eq!(SlurmQueue.read_handle("17;cluster\n").unwrap(), JobHandle("17".to_owned()));
        assert!(SlurmQueue.read_handle("sbatch: error: no partition\n").is_err());
    }

    #[test]
    fn variables_go_by_name_and_a_job_has_its_own() {
        let node = Node {
            id: "r.T1.1.abc".into(),
            variables: vec!["MY_KEY".into()],
            args: vec!["--partition=a b".into()],
            longest: Some(Duration::from_secs(90)),
            ..Node::default()
        };
        let work = order("git-orca", &["work", "--claim", "it's"], node);
        let Submission::Queued(spec, _) = Slurm.submit(&work).unwrap() else { panic!("it is queued") };
        let text = &spec.args[1];
        for part in [
            "'--export=HOME,PATH,USER,LANG,LC_ALL,MY_KEY'",
            "'--no-requeue'",
            "'--time=32'",
            "'--partition=a b'",
            "'--job-name=r.T1.1.abc'",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(script(&work).ends_with(
            r"exec 'git-orca' 'work' '--claim' 'it'\''s'
"
        ));
    }
}
