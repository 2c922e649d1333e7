//! Hosts that ssh reaches: an `sshd` each, on a port of loopback, with a home, a state and a key of its own.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::namespaces::FarNetwork;
use crate::support::{TestRepo, TestRequirement, needs, until};

const SSHD: &str = "/usr/sbin/sshd";

/// A repository, a hub, and hosts.
pub struct Boxes {
    /// The repository and its surroundings.
    pub bed: TestRepo,
    boxes: Vec<FarBox>,
    /// What daemons are started with, and the address they listen at.
    prefix: Vec<String>,
    address: String,
}

struct FarBox {
    name: String,
    port: u16,
    home: PathBuf,
    daemon: Option<Child>,
}

fn works() -> bool {
    let there = Path::new(SSHD).exists() && Command::new("ssh").arg("-V").output().is_ok();
    if !there {
        needs(TestRequirement::Sshd);
    }
    there
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn key(file: &Path) {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(file).status().unwrap();
    assert!(made.success());
}

impl Boxes {
    /// Two hosts with two places each; none where this machine has no sshd, which is said.
    pub fn two() -> Option<Boxes> {
        Boxes::with("executor = \"ssh\"", "")
    }

    /// As [`Boxes::two`], with more settings: below `[run]`, and at the end.
    pub fn with(run: &str, more: &str) -> Option<Boxes> {
        Boxes::over(&|root| format!("hub = \"{}\"", root.join("hub.git").display()), run, more)
    }

    /// As [`Boxes::with`], with another line in the place of the hub's, which is given the folder of it all.
    pub fn over(hub: &dyn Fn(&Path) -> String, run: &str, more: &str) -> Option<Boxes> {
        Boxes::made_of(&["box1", "box2"], (Vec::new(), "127.0.0.1"), hub, run, more)
    }

    /// One host in a network of its own, with the hub that is made on it.
    pub fn in_network(network: &FarNetwork) -> Option<Boxes> {
        let place = (network.prefix(), network.there.as_str());
        Boxes::made_of(&["box1"], place, &|_| String::new(), "executor = \"ssh\"", "")
    }

    fn made_of(
        names: &[&str],
        (prefix, address): (Vec<String>, &str),
        hub: &dyn Fn(&Path) -> String,
        run: &str,
        more: &str,
    ) -> Option<Boxes> {
        if !works() {
            return None;
        }
        let bed = TestRepo::new();
        let mut boxes = Boxes { bed, boxes: Vec::new(), prefix, address: address.to_owned() };
        let root = boxes.bed.root();
        key(&root.join("user_key"));
        if nix::unistd::geteuid().is_root() {
            std::fs::create_dir_all("/run/sshd").unwrap();
        }
        for name in names {
            boxes.boxes.push(boxes.made(name));
        }
        boxes.write_ssh_config();
        // What git on the hosts calls: they know each other by the same names.
        let script = format!("#!/bin/sh\nexec ssh -F {} \"$@\"\n", root.join("ssh_config").display());
        std::fs::write(root.join("far-ssh"), script).unwrap();
        std::fs::set_permissions(root.join("far-ssh"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let ssh = format!("ssh -F {}", root.join("ssh_config").display());
        boxes.bed.set("GIT_SSH_COMMAND", &ssh);
        boxes.bed.git_in(&root, &["init", "-q", "--bare", "hub.git"]);
        let program = env!("CARGO_BIN_EXE_git-orca");
        boxes.bed.toml(&format!(
            "[run]\n{run}\n[executors]\n{}\nprogram = \"{program}\"\npatience = \"20s\"\n\
             [executors.ssh]\nhosts = {:?}\n{more}\n",
            hub(&root),
            names.iter().map(|name| format!("{name} jobs=2")).collect::<Vec<_>>(),
        ));
        for n in 0..boxes.boxes.len() {
            boxes.start(n);
        }
        Some(boxes)
    }

    fn made(&self, name: &str) -> FarBox {
        let folder = self.bed.root().join(name);
        let home = folder.join("home");
        std::fs::create_dir_all(&home).unwrap();
        std::fs::create_dir_all(folder.join("tmp")).unwrap();
        key(&folder.join("host_key"));
        let port = free_port();
        let path = format!("{}:{}", self.bed.root().join("bin").display(), std::env::var("PATH").unwrap());
        let home_text = home.display();
        let config = format!(
            "Port {port}\nListenAddress {address}\nHostKey {folder}/host_key\nPidFile none\nStrictModes no\nUsePAM no\n\
             AuthorizedKeysFile {root}/user_key.pub\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             PermitRootLogin yes\nMaxStartups 100\nMaxSessions 100\nPrintMotd no\n\
             SetEnv HOME={home_text} XDG_STATE_HOME={home_text}/state XDG_DATA_HOME={home_text}/data \
             XDG_RUNTIME_DIR={folder}/tmp XDG_CACHE_HOME={home_text}/cache TMPDIR={folder}/tmp PATH={path} \
             GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null LC_ALL=C.UTF-8 GIT_SSH={root}/far-ssh\n",
            address = self.address,
            folder = folder.display(),
            root = self.bed.root().display(),
        );
        std::fs::write(folder.join("sshd_config"), config).unwrap();
        FarBox { name: name.to_owned(), port, home, daemon: None }
    }

    fn write_ssh_config(&self) {
        let root = self.bed.root();
        let user = Command::new("id").arg("-un").output().unwrap();
        let user = String::from_utf8_lossy(&user.stdout).trim().to_owned();
        let host = |it: &FarBox| {
            format!(
                "Host {}\n  HostName {address}\n  Port {}\n  User {user}\n  IdentityFile {root}/user_key\n  \
                 IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile {root}/known_hosts\n  \
                 StrictHostKeyChecking no\n  LogLevel ERROR\n",
                it.name,
                it.port,
                address = self.address,
                root = root.display()
            )
        };
        std::fs::write(root.join("ssh_config"), self.boxes.iter().map(host).collect::<String>()).unwrap();
    }

    /// Starts the `n`th host's daemon with a `PATH` that has everything of the usual one but git.
    pub fn hide_git(&mut self, n: usize) {
        let folder = self.bed.root().join(&self.boxes[n].name);
        let programs = folder.join("programs");
        std::fs::create_dir_all(&programs).unwrap();
        for name in ["sh", "env", "ps", "claude"] {
            let places = [self.bed.root().join("bin"), "/usr/bin".into(), "/bin".into()];
            let file = places.iter().map(|place| place.join(name)).find(|file| file.exists());
            if let Some(file) = file {
                std::os::unix::fs::symlink(file, programs.join(name)).unwrap();
            }
        }
        let config = std::fs::read_to_string(folder.join("sshd_config")).unwrap();
        let (before, rest) = config.split_once(" PATH=").unwrap();
        let (_, after) = rest.split_once(' ').unwrap();
        let hidden = format!("{before} PATH={} {after}", programs.display());
        std::fs::write(folder.join("sshd_config"), hidden).unwrap();
        self.cut(n);
        self.start(n);
    }

    /// Starts the `n`th host's daemon, and waits until it answers.
    pub fn start(&mut self, n: usize) {
        let root = self.bed.root();
        let it = &mut self.boxes[n];
        let folder = root.join(&it.name);
        let log = std::fs::File::create(folder.join("sshd.log")).unwrap();
        let words: Vec<&str> = self.prefix.iter().map(String::as_str).chain([SSHD]).collect();
        let daemon = Command::new(words[0])
            .args(&words[1..])
            .args(["-D", "-e", "-f"])
            .arg(folder.join("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .process_group(0)
            .spawn()
            .unwrap();
        it.daemon = Some(daemon);
        let place = (self.address.as_str(), it.port);
        until("sshd answers", || std::net::TcpStream::connect(place).is_ok());
    }

    /// Ends the `n`th host's daemon, and the lines through it: what runs there goes on.
    pub fn cut(&mut self, n: usize) {
        if let Some(mut daemon) = self.boxes[n].daemon.take() {
            let lines = children(daemon.id());
            daemon.kill().unwrap();
            daemon.wait().unwrap();
            lines.into_iter().for_each(kill_hard);
        }
    }

    /// Kills everything on the `n`th host at once, as when its power fails.
    pub fn kill(&mut self, n: usize) {
        self.cut(n);
        until("nothing runs there", || {
            let left = self.processes(n);
            left.iter().copied().for_each(kill_hard);
            left.is_empty()
        });
    }

    /// Processes on the `n`th host: those with its home folder.
    pub fn processes(&self, n: usize) -> Vec<u32> {
        let mark = format!("HOME={}", self.boxes[n].home.display());
        let mut found = Vec::new();
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let Ok(environ) = std::fs::read(entry.path().join("environ")) else { continue };
            if environ.split(|byte| *byte == 0).any(|one| one == mark.as_bytes()) {
                found.push(pid);
            }
        }
        found
    }

    /// Nothing of ours runs on any host, some seconds from now at the latest.
    #[track_caller]
    pub fn assert_quiet(&self) {
        until("nothing runs on any host", || (0..self.boxes.len()).all(|n| self.processes(n).is_empty()));
    }

    /// The refs of the hub.
    pub fn hub_refs(&self) -> Vec<String> {
        let listed = self.bed.git_in(&self.bed.root().join("hub.git"), &["for-each-ref", "--format=%(refname)"]);
        listed.lines().map(str::to_owned).collect()
    }

    /// The hosts that attempts of a task were handed over to, in order.
    pub fn hosts_of(&self, task: &str) -> Vec<String> {
        let placed = |entry: git_orca::journal::Entry| match entry.event {
            git_orca::journal::Event::AttemptPlaced { attempt, host } if attempt.task.as_str() == task => Some(host),
            _ => None,
        };
        self.bed.journal().into_iter().filter_map(placed).collect()
    }

    /// Which host has an attempt of a task now.
    pub fn host_of(&self, task: &str) -> usize {
        let hosts = self.hosts_of(task);
        self.boxes.iter().position(|it| Some(&it.name) == hosts.last()).unwrap()
    }

    /// Runs git orca on a host, as another machine would; gives what it answers, and what it says.
    pub fn on_host(&self, host: &str, args: &[&str], stdin: &str) -> String {
        use std::io::Write;
        let config = self.bed.root().join("ssh_config");
        let mut command = Command::new("ssh");
        command.arg("-F").arg(config).args(["-o", "BatchMode=yes", host, env!("CARGO_BIN_EXE_git-orca")]).args(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
    }

    /// The name of the key that a host has learned.
    pub fn known_key(&self, host: &str) -> String {
        let keys = self.bed.root().join(host).join("home/state/git-orca/keys");
        let names = std::fs::read_dir(keys).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        names.filter_map(|name| Some(name.strip_prefix("far-")?.to_owned())).next().unwrap()
    }

    /// The command lines of what runs on the `n`th host.
    pub fn command_lines_of(&self, n: usize) -> Vec<String> {
        let line = |pid| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        self.processes(n).into_iter().map(|pid| String::from_utf8_lossy(&line(pid)).replace('\0', " ")).collect()
    }

    /// Command lines of this machine, and of its hosts with it, in which `text` stands.
    pub fn command_lines_with(&self, text: &str) -> Vec<String> {
        let listed = Command::new("ps").args(["-eo", "args"]).output().unwrap();
        let lines = String::from_utf8_lossy(&listed.stdout).into_owned();
        lines.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }

    /// How many objects of the hub, reachable or not, contain `text`.
    pub fn files_in_hub_with(&self, text: &str) -> usize {
        let hub = self.bed.root().join("hub.git");
        let all = ["cat-file", "--batch-check=%(objectname)", "--batch-all-objects"];
        let all = self.bed.git_in(&hub, &all);
        let has = |oid: &&str| {
            let shown = self.bed.command("git").current_dir(&hub).args(["cat-file", "-p", oid]).output().unwrap();
            String::from_utf8_lossy(&shown.stdout).contains(text)
        };
        all.lines().filter(has).count()
    }

    /// All files below the hosts' homes whose bytes contain `text`.
    pub fn files_with(&self, text: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for it in &self.boxes {
            let output = Command::new("grep").args(["-rlF", "--", text]).arg(&it.home).output().unwrap();
            found.extend(String::from_utf8_lossy(&output.stdout).lines().map(PathBuf::from));
        }
        found
    }
}

fn children(of: u32) -> Vec<u32> {
    let listed = Command::new("ps").args(["-o", "pid=", "--ppid", &of.to_string()]).output().unwrap();
    String::from_utf8_lossy(&listed.stdout).split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

pub fn kill_hard(pid: u32) {
    // It may have ended meanwhile.
    let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
}

impl Drop for Boxes {
    fn drop(&mut self) {
        for n in 0..self.boxes.len() {
            self.cut(n);
            self.processes(n).into_iter().for_each(kill_hard);
        }
    }
}
