//! A Slurm cluster of two nodes on loopback, its daemons started and ended by the test.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::support::{TestRepo, TestRequirement, needs, until};

use super::boxes::{free_port, kill_hard};

/// A repository, a hub, and a cluster.
pub struct Cluster {
    /// The repository and its surroundings.
    pub bed: TestRepo,
    controller: Option<Child>,
    nodes: Vec<Child>,
    munge: Child,
    conf: PathBuf,
}

fn works() -> bool {
    let programs = ["/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/sbin/munged", "/usr/bin/sbatch"];
    let there = programs.iter().all(|program| Path::new(program).exists()) && nix::unistd::geteuid().is_root();
    if !there {
        needs(TestRequirement::Slurm);
    }
    there
}

fn daemon(program: &str, args: &[&str], conf: &Path, log: &Path) -> Child {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
    let mut command = Command::new(program);
    command.args(args).env("SLURM_CONF", conf).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    command.process_group(0).spawn().unwrap()
}

impl Cluster {
    /// Two nodes with two places each; none where Slurm is not there, which is said.
    pub fn two(more: &str) -> Option<Cluster> {
        Cluster::over(&|root| format!("hub = \"{}\"", root.join("hub.git").display()), more)
    }

    /// As [`Cluster::two`], with another line in the place of the hub's, which is given the folder of it all.
    pub fn over(hub: &dyn Fn(&Path) -> String, more: &str) -> Option<Cluster> {
        Cluster::made("executor = \"slurm\"", hub, more)
    }

    /// Attempts are made here, and gates judge on nodes.
    pub fn of_gates(run: &str, more: &str) -> Option<Cluster> {
        let hub = |root: &Path| format!("gates = \"slurm\"\nhub = \"{}\"", root.join("hub.git").display());
        Cluster::made(run, &hub, more)
    }

    fn made(run: &str, hub: &dyn Fn(&Path) -> String, more: &str) -> Option<Cluster> {
        if !works() {
            return None;
        }
        let mut bed = TestRepo::new();
        let root = bed.root();
        let folder = root.join("slurm");
        for name in ["munge", "state", "spool-n1", "spool-n2"] {
            std::fs::create_dir_all(folder.join(name)).unwrap();
        }
        let key = folder.join("munge/key");
        std::fs::write(&key, [7_u8; 64]).unwrap();
        std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let conf = folder.join("slurm.conf");
        std::fs::write(&conf, configuration(&folder)).unwrap();
        let path = |name: &str| folder.join("munge").join(name).display().to_string();
        let args = [
            "--foreground".to_owned(),
            "--force".to_owned(),
            format!("--socket={}", path("socket")),
            format!("--key-file={}", path("key")),
            format!("--pid-file={}", path("pid")),
            format!("--seed-file={}", path("seed")),
        ];
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let munge = daemon("/usr/sbin/munged", &args, &conf, &folder.join("munge.log"));
        until("munged answers", || folder.join("munge/socket").exists());
        bed.set("SLURM_CONF", &conf.display().to_string());
        bed.git_in(&root, &["init", "-q", "--bare", "hub.git"]);
        bed.toml(&format!(
            "[run]\n{run}\n[executors]\n{}\nprogram = \"{}\"\npatience = \"60s\"\n{more}\n",
            hub(&root),
            env!("CARGO_BIN_EXE_git-orca"),
        ));
        let mut cluster = Cluster { bed, controller: None, nodes: Vec::new(), munge, conf };
        cluster.start_controller();
        for name in ["n1", "n2"] {
            let log = folder.join(format!("{name}.out"));
            cluster.nodes.push(daemon("/usr/sbin/slurmd", &["-D", "-N", name], &cluster.conf, &log));
        }
        until("both nodes are idle", || cluster.asked("sinfo", &["-h", "-N", "-o", "%T"]) == "idle\nidle");
        Some(cluster)
    }

    /// Starts the controller.
    pub fn start_controller(&mut self) {
        let log = self.conf.with_file_name("controller.out");
        self.controller = Some(daemon("/usr/sbin/slurmctld", &["-D"], &self.conf, &log));
        until("the controller answers", || self.asked("scontrol", &["ping"]).contains("is UP"));
    }

    /// Kills the controller.
    pub fn kill_controller(&mut self) {
        let mut controller = self.controller.take().unwrap();
        controller.kill().unwrap();
        controller.wait().unwrap();
    }

    /// Kills a node's daemon; what runs there goes on, and nobody is told of its end.
    pub fn kill_daemon(&mut self, name: &str) {
        let n = if name == "n1" { 0 } else { 1 };
        self.nodes[n].kill().unwrap();
        self.nodes[n].wait().unwrap();
    }

    /// Kills a node's daemon and everything that runs on it.
    pub fn kill_node(&mut self, name: &str) {
        self.kill_daemon(name);
        let mark = format!("SLURMD_NODENAME={name}");
        until("nothing runs on the node", || {
            let left = marked(&[&mark, &format!("SLURM_CONF={}", self.conf.display())]);
            let steps = named("slurmstepd: [").into_iter().filter(|pid| self.is_step_of(*pid, name));
            let all: Vec<u32> = left.into_iter().chain(steps).collect();
            all.iter().copied().for_each(kill_hard);
            all.is_empty()
        });
    }

    fn is_step_of(&self, pid: u32, name: &str) -> bool {
        // The parent of a batch job on that node, by its spool folder.
        let spool = self.conf.with_file_name(format!("spool-{name}"));
        let files = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        let mut cwd = std::fs::read_link(format!("/proc/{pid}/cwd")).into_iter();
        cwd.any(|it| it.starts_with(&spool))
            || files.filter_map(|it| std::fs::read_link(it.path()).ok()).any(|it| it.starts_with(&spool))
    }

    /// What one of Slurm's programs answers.
    pub fn asked(&self, program: &str, args: &[&str]) -> String {
        let output = self.bed.command(program).args(args).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The nodes that jobs ran on, as far as the controller remembers.
    pub fn nodes_used(&self) -> Vec<String> {
        let jobs = self.asked("scontrol", &["show", "job", "--oneliner"]);
        let mut nodes: Vec<String> =
            jobs.split_whitespace().filter_map(|word| Some(word.strip_prefix("NodeList=")?.to_owned())).collect();
        nodes.sort();
        nodes.dedup();
        nodes
    }

    /// Names in the hub.
    pub fn hub_refs(&self) -> Vec<String> {
        let refs = self.bed.git_in(&self.bed.root().join("hub.git"), &["for-each-ref", "--format=%(refname)"]);
        refs.lines().map(str::to_owned).collect()
    }

    /// The node of the only job that runs.
    pub fn node_that_works(&self) -> String {
        self.asked("squeue", &["-h", "-t", "RUNNING", "-o", "%N"])
    }

    /// No job is left.
    #[track_caller]
    pub fn assert_quiet(&self) {
        until("no job is left", || self.asked("squeue", &["-h"]).is_empty());
    }
}

/// Processes with all of these in their environment.
fn marked(marks: &[&str]) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(environ) = std::fs::read(entry.path().join("environ")) else { continue };
        if marks.iter().all(|mark| environ.split(|byte| *byte == 0).any(|one| one == mark.as_bytes())) {
            found.push(pid);
        }
    }
    found
}

/// Processes whose command line begins with `text`.
fn named(text: &str) -> Vec<u32> {
    let listed = Command::new("ps").args(["-eo", "pid=,args="]).output().unwrap();
    let lines = String::from_utf8_lossy(&listed.stdout).into_owned();
    let pid = |line: &str| {
        let (pid, args) = line.trim().split_once(' ')?;
        pid.parse().ok().filter(|_| args.trim_start().starts_with(text))
    };
    lines.lines().filter_map(pid).collect()
}

fn configuration(folder: &Path) -> String {
    let host = Command::new("hostname").output().unwrap();
    let host = String::from_utf8_lossy(&host.stdout).trim().to_owned();
    let (d, ports) = (folder.display(), [free_port(), free_port(), free_port()]);
    format!(
        "ClusterName=orca\nSlurmctldHost={host}(127.0.0.1)\nSlurmctldPort={}\nSlurmUser=root\nSlurmdUser=root\n\
         AuthType=auth/munge\nAuthInfo=socket={d}/munge/socket\nCredType=cred/munge\nStateSaveLocation={d}/state\n\
         SlurmdSpoolDir={d}/spool-%n\nSlurmctldPidFile={d}/controller.pid\nSlurmdPidFile={d}/node-%n.pid\n\
         ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nJobCompType=jobcomp/none\n\
         AccountingStorageType=accounting_storage/none\nJobAcctGatherType=jobacct_gather/none\n\
         SelectType=select/cons_tres\nSelectTypeParameters=CR_Core\nReturnToService=2\nSlurmdTimeout=5\nKillWait=10\n\
         MpiDefault=none\nSwitchType=switch/none\n\
         NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={} CPUs=2 State=UNKNOWN\n\
         NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={} CPUs=2 State=UNKNOWN\n\
         PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP\n",
        ports[0], ports[1], ports[2]
    )
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.asked("scancel", &["--state=PENDING", "--user=root"]);
        for mut node in self.nodes.drain(..).chain(self.controller.take()) {
            let _ = node.kill();
            let _ = node.wait();
        }
        for name in ["n1", "n2"] {
            let steps: Vec<u32> =
                named("slurmstepd: [").into_iter().filter(|pid| self.is_step_of(*pid, name)).collect();
            steps.into_iter().for_each(kill_hard);
        }
        marked(&[&format!("SLURM_CONF={}", self.conf.display()), "ENVIRONMENT=BATCH"]).into_iter().for_each(kill_hard);
        let _ = self.munge.kill();
        let _ = self.munge.wait();
    }
}
