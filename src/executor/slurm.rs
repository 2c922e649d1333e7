//! Slurm, by its own programs: one `sbatch` an attempt, or one for several that are ready together, as a job array whose
//! elements are one attempt each. A node that is lost takes its job with it (`--no-requeue`): the
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

/// What a job runs: nothing in it is secret.
fn command_line(work: &WorkOrder) -> String {
    let words: Vec<String> = std::iter::once(&work.spec.program).chain(&work.spec.args).cloned().collect();
    quoted_words(&words)
}

/// The whole script of a job.
fn script(work: &WorkOrder) -> String {
    format!("#!/bin/sh\nexec {}\n", command_line(work))
}

/// The whole script of a job array: each element does its own.
fn array_script(works: &[WorkOrder]) -> String {
    let arm = |(n, work): (usize, &WorkOrder)| format!("{n}) exec {};;\n", command_line(work));
    let arms: String = works.iter().enumerate().map(arm).collect();
    format!("#!/bin/sh\ncase \"$SLURM_ARRAY_TASK_ID\" in\n{arms}esac\nexit 1\n")
}

/// `sbatch` for a job of this name.
fn sbatch(node: &Node, name: &str) -> Vec<String> {
    let names: Vec<&str> = ALWAYS.into_iter().chain(node.variables.iter().map(String::as_str)).collect();
    let mut words: Vec<String> =
        ["sbatch", "--parsable", "--no-requeue", "--signal=B:TERM@60"].map(str::to_owned).into();
    words.extend([format!("--job-name={name}"), format!("--export={}", names.join(","))]);
    // Nodes share no folder with us: what the work has to say it says in the hub.
    words.extend(["--output=/dev/null".to_owned(), "--chdir=/".to_owned()]);
    if let Some(longest) = node.longest {
        words.push(format!("--time={}", (longest + AROUND).as_secs().div_ceil(60)));
    }
    words.extend(node.args.iter().cloned());
    words
}

/// Feeds a script to `sbatch`.
fn feeding(script: String, words: &[String]) -> String {
    format!("printf %s {} | {}", quoted_words(&[script]), quoted_words(words))
}

/// Hands a job over unless it is there already, by itself or as an element of an array: whoever asks twice gets one.
fn handing_over(work: &WorkOrder, node: &Node) -> String {
    let names: Vec<&str> = std::iter::once(node.id.as_str()).chain(node.array.as_deref()).collect();
    let there = ["squeue".into(), "--noheader".into(), "--array".into(), format!("--name={}", names.join(","))];
    let there = quoted_words(&[&there[..], &["--format=%i %F %j %k".to_owned()]].concat());
    let handing = feeding(script(work), &sbatch(node, &node.id));
    let id = quoted_words(std::slice::from_ref(&node.id));
    format!("there=$({there}) || exit 1\ncase \"$there\" in *{id}*) echo \"$there\";; *) {handing};; esac")
}

/// Hands several jobs over as one array. What each element is stands in the comment, for whoever asks again.
fn handing_over_array(works: &[WorkOrder], node: &Node, name: &str) -> String {
    let ids: Vec<&str> = works.iter().filter_map(|work| Some(work.node.as_ref()?.id.as_str())).collect();
    let mut words = sbatch(node, name);
    words.extend([format!("--array=0-{}", works.len() - 1), format!("--comment={}", ids.join(","))]);
    feeding(array_script(works), &words)
}

/// A job's number, as `sbatch` prints it.
fn job_number(line: &str) -> Option<String> {
    let id = line.trim().split(';').next().unwrap_or_default();
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then(|| id.to_owned())
}

/// The job of this name in a line of `squeue`: its own, or the element of an array.
fn listed_job(line: &str, name: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let (id, array, its_name) = (words.next()?, words.next()?, words.next()?);
    if its_name == name {
        return Some(id.to_owned());
    }
    let index = words.next()?.split(',').position(|it| it == name)?;
    job_number(array).map(|array| format!("{array}_{index}"))
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

    fn submit_together(&self, works: &[WorkOrder]) -> Result<Option<Submission>> {
        let Some((work, node)) = works.first().and_then(|work| Some((work, work.node.as_ref()?))) else {
            return Ok(None);
        };
        let Some(name) = node.array.as_deref().filter(|_| works.len() > 1) else { return Ok(None) };
        let handing = shell(work, handing_over_array(works, node, name));
        Ok(Some(Submission::Queued(handing, &SlurmQueue)))
    }

    fn collect(&self, _work: &WorkOrder) -> Result<Vec<CommandSpec>> {
        Ok(Vec::new())
    }
}

/// What the controller has of ours.
#[derive(Debug)]
pub struct SlurmQueue;

impl JobQueue for SlurmQueue {
    fn read_handle(&self, work: &WorkOrder, printed: &str) -> Result<JobHandle> {
        let name = work.node.as_ref().map_or("", |node| node.id.as_str());
        let number = |line: &str| job_number(line).or_else(|| listed_job(line, name)).map(JobHandle);
        let none = || Error::failed("handing work over to Slurm", printed.trim().to_owned());
        printed.lines().find_map(number).ok_or_else(none)
    }

    fn read_handles(&self, works: &[WorkOrder], printed: &str) -> Result<Vec<JobHandle>> {
        let none = || Error::failed("handing work over to Slurm", printed.trim().to_owned());
        let array = printed.lines().find_map(job_number).ok_or_else(none)?;
        Ok((0..works.len()).map(|n| JobHandle(format!("{array}_{n}"))).collect())
    }

    fn probe(&self, work: &WorkOrder, handle: &JobHandle) -> CommandSpec {
        shell(work, format!("scontrol show job --oneliner {}", handle.0))
    }

    /// A controller that restarts gives no answer: it is asked again. One that does not know the job has forgotten it.
    fn read_state(&self, code: i32, printed: &str) -> Option<WorkState> {
        if code != 0 {
            // The second is said of an element that was cancelled before it ran.
            let forgotten = printed.contains("Invalid job id") || printed.trim_end().ends_with(" not found");
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
        // With a filter or a signal `scancel` takes the elements of an array that wait for one job, and ends them all.
        let state = format!("$(scontrol show job --oneliner {})", handle.0);
        let text = format!(
            "case \"{state}\" in *\" JobState=PENDING \"*) scancel {0};; *) scancel --batch --signal=TERM {0};; esac",
            handle.0
        );
        shell(work, text)
    }

    /// A question is one message to the controller: many jobs that run for long must not be a burden to it. How work ended
    /// is told in the hub; this is for what can tell nothing any more.
    fn interval(&self, probes: u32) -> Duration {
        Duration::from_secs(u64::from(1 + probes / 10).min(SELDOM))
    }

    fn farewell(&self) -> Duration {
        Duration::from_secs(60)
    }
}

/// Seconds between two questions about a job that runs for long.
const SELDOM: u64 = 15;

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
            (0, job("BOOT_FAIL", "0:0"), gone("its node was lost")),
            (0, job("TIMEOUT", "0:15"), gone("its job's time was over")),
            (0, job("DEADLINE", "0:0"), gone("its job's time was over")),
            (0, job("OUT_OF_MEMORY", "0:125"), gone("its job took more memory than it may")),
            (0, job("PREEMPTED", "0:15"), gone("its job made room for another")),
            (0, job("CONFIGURING", "0:0"), Some(WorkState::Waiting)),
            (0, job("COMPLETING", "0:0"), Some(WorkState::Running)),
            (0, job("SUSPENDED", "0:0"), Some(WorkState::Running)),
            (0, job("A_STATE_OF_LATER", "0:0"), None),
            (
                1,
                "slurm_load_jobs error: Invalid job id specified\n".into(),
                Some(WorkState::Gone("Slurm does not know the job any more".into())),
            ),
            (1, "Job 7_5 not found\n".into(), Some(WorkState::Gone("Slurm does not know the job any more".into()))),
            (1, "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n".into(), None),
        ];
        for (code, printed, expected) in table {
            assert_eq!(SlurmQueue.read_state(code, &printed), expected, "{printed}");
        }
        assert_eq!((SlurmQueue.interval(0).as_secs(), SlurmQueue.interval(35).as_secs()), (1, 4));
        assert_eq!(SlurmQueue.interval(u32::MAX).as_secs(), SELDOM);
    }

    fn named(id: &str) -> WorkOrder {
        let node = Node { id: id.into(), array: Some("r.array".into()), ..Node::default() };
        order("git-orca", &["work", "--job", id], node)
    }

    #[test]
    fn a_job_is_found_again_by_its_name_or_as_an_element() {
        let handle = |printed: &str| SlurmQueue.read_handle(&named("r.T1.1.abc"), printed).map(|it| it.0).ok();
        let table = [
            ("17;cluster\n", Some("17")),
            ("sbatch: warning: a word\n18\n", Some("18")),
            ("19 19 r.T1.1.abc (null)\n", Some("19")),
            ("20_0 20 r.array r.T0.1.abc,r.T1.1.abc\n20_1 20 r.array r.T0.1.abc,r.T1.1.abc\n", Some("20_1")),
            ("21_0 21 r.array r.T0.1.abc,r.T1.1.abc\n", Some("21_1")),
            ("22 22 r.T1.1.abcd (null)\n", None),
            ("23_0 23 r.array r.T1.1.abcd,r.T11.1.abc\n", None),
            ("sbatch: error: no partition\n", None),
            ("", None),
        ];
        for (printed, expected) in table {
            assert_eq!(handle(printed).as_deref(), expected, "{printed}");
        }
    }

    #[test]
    fn several_go_as_one_array_and_each_element_does_its_own() {
        let works = ["r.T1.1.abc", "r.T2.1.it's", "r.T3.2.def"].map(named);
        let Some(Submission::Queued(spec, queue)) = Slurm.submit_together(&works).unwrap() else { panic!("queued") };
        let text = &spec.args[1];
        for part in ["'--array=0-2'", "'--job-name=r.array'", "'--no-requeue'"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let script = array_script(&works);
        assert!(script.contains("1) exec 'git-orca' 'work' '--job' 'r.T2.1.it'\\''s';;\n"), "{script}");
        let handles: Vec<String> = queue.read_handles(&works, "17\n").unwrap().into_iter().map(|it| it.0).collect();
        assert_eq!(handles, ["17_0", "17_1", "17_2"]);
        assert!(queue.read_handles(&works, "sbatch: error: Invalid job array specification\n").is_err());
        // One that is alone, and those of a run whose settings say so, go by themselves.
        assert!(Slurm.submit_together(&works[..1]).unwrap().is_none());
        let mut alone = works.clone();
        alone.iter_mut().for_each(|work| work.node.as_mut().unwrap().array = None);
        assert!(Slurm.submit_together(&alone).unwrap().is_none());
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
