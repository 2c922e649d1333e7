//! Asking a host what it is and has, and what this machine answers when it is asked itself.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::far_job::VERSION;
use super::far_questions::{AgentLacks, AgentNeeds};
use super::far_site::FarSite;
use super::hub_address;
use super::key::FarKey;
use crate::executor::on_host;
use crate::git;
use crate::model::{CommandSpec, Error, ErrorKind, Limits, Result, Stdin};
use crate::process::{self, Machine, ProcessId, Tool, find_program, version_of};

/// Longest answer of a host: its programs are asked for their versions.
const ANSWER: std::time::Duration = std::time::Duration::from_secs(60);

/// What a host is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct HostQuestion {
    /// The user's key: from now on the host takes work signed with it.
    key: String,
    /// The hub.
    hub: String,
    /// What agents need.
    #[serde(flatten)]
    needs: AgentNeeds,
}

/// What a host says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostSays {
    /// Version of its git orca.
    pub version: String,
    /// Its own name.
    pub host: String,
    /// Version of its git; empty where there is none.
    pub git: String,
    /// Processors.
    pub cpus: usize,
    /// Free memory, bytes.
    pub memory: u64,
    /// Free room where work is done, bytes.
    pub disk: u64,
    /// Versions of the programs that were asked for; none for those that are not there.
    pub programs: BTreeMap<String, Option<String>>,
    /// Why it does not reach the hub, where it does not.
    pub hub: Option<String>,
    /// What agents lack there.
    #[serde(flatten)]
    pub lacks: AgentLacks,
}

/// Asks every host, one after another, and introduces the user's key to them. What each says, or why it says nothing; none
/// for an executor that has no hosts of its own.
///
/// # Errors
/// The key cannot be read.
pub fn ask_hosts(
    far: &FarSite,
    needs: &AgentNeeds,
    env: &BTreeMap<String, String>,
) -> Result<Vec<(String, Result<HostSays>)>> {
    let key = far.key.told()?;
    let ask = |host: &str| {
        let hub = hub_address::path_on(&far.options.hub, host).unwrap_or(&far.options.hub).to_owned();
        let question = HostQuestion { key: key.clone(), hub, needs: needs.clone() };
        let text = serde_json::to_vec(&question).map_err(|e| Error::failed("asking hosts", e))?;
        read_answer(host, &call_host(far, host, &["--hello"], &text, env)?)
    };
    Ok(far.options.hosts.iter().map(|host| (host.name.clone(), ask(&host.name))).collect())
}

/// Asks a node of a queue, whichever is free now, with the words that start a program on it.
///
/// # Errors
/// None is free, or git orca on it does not answer.
pub fn ask_node(
    far: &FarSite,
    starting: &[String],
    needs: &AgentNeeds,
    env: &BTreeMap<String, String>,
) -> Result<HostSays> {
    let doing = "asking a compute node";
    let question = HostQuestion { key: far.key.told()?, hub: far.options.hub.clone(), needs: needs.clone() };
    let text = serde_json::to_vec(&question).map_err(|e| Error::failed(doing, e))?;
    let words = starting.iter().map(String::as_str).chain([far.options.program.as_str(), "work", "--hello"]);
    let mut words = words.map(str::to_owned);
    let program = words.next().unwrap_or_default();
    let tool = words.fold(Tool::new(program), Tool::arg);
    let tool = env.iter().fold(tool, |tool, (name, value)| tool.env(name, value)).stdin(text).patience(ANSWER);
    let output = tool.output().map_err(|e| Error::failed(doing, e))?;
    if !output.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it says nothing");
        return Err(Error::new(ErrorKind::Environment, doing, last));
    }
    read_answer("a compute node", &String::from_utf8_lossy(&output.stdout))
}

/// What `git orca work` there prints, asked with `words` and, on its standard input, `told`.
///
/// # Errors
/// The host, or git orca on it, does not answer.
pub fn call_host(
    far: &FarSite,
    host: &str,
    words: &[&str],
    told: &[u8],
    env: &BTreeMap<String, String>,
) -> Result<String> {
    let doing = || format!("asking `{host}`");
    let all = [far.options.program.as_str(), "work"].into_iter().chain(words.iter().copied());
    let words: Vec<String> = all.map(str::to_owned).collect();
    let like = CommandSpec {
        program: String::new(),
        args: Vec::new(),
        cwd: "/".into(),
        env: env.clone(),
        stdin: Stdin::None,
        log: "/dev/null".into(),
        limits: Limits::default(),
    };
    let spec = on_host(&far.ssh, host, &words, &like, Stdin::None);
    let tool = spec.args.iter().fold(Tool::new(&spec.program), Tool::arg).stdin(told).patience(ANSWER);
    let output = tool.output().map_err(|e| Error::failed(doing(), e))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it says nothing").to_owned();
    let refused = |cause: String, hint: String| Error::new(ErrorKind::Environment, doing(), cause).hint(hint);
    match output.code {
        Some(0) => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Some(255) => Err(refused(last, format!("{} {host} true   must work without a question", far.ssh))),
        _ => {
            let hint = format!("install git orca {VERSION} there, or set `far-program` to where it lies");
            Err(refused(format!("`{}` does not answer there: {last}", far.options.program), hint))
        }
    }
}

/// What a host says in its answer.
fn read_answer(host: &str, answer: &str) -> Result<HostSays> {
    let refused =
        |cause: String, hint: String| Error::new(ErrorKind::Environment, format!("asking `{host}`"), cause).hint(hint);
    let line = answer.lines().rev().find(|line| line.starts_with('{')).unwrap_or_default();
    let says: HostSays = serde_json::from_str(line).map_err(|_| {
        refused(
            "its git orca answers in words of another version".to_owned(),
            format!("install git orca {VERSION} there"),
        )
    })?;
    if says.version != VERSION {
        let cause = format!("git orca is {} there and {VERSION} here", says.version);
        return Err(refused(cause, format!("install git orca {VERSION} on `{host}`")));
    }
    // Without git nothing is reached: that is what is wrong.
    if let Some(why) = says.hub.as_ref().filter(|_| !says.git.is_empty()) {
        let hint = "`hub` is the address of a bare repository that both sides reach".to_owned();
        return Err(refused(format!("it does not reach the hub: {why}"), hint));
    }
    Ok(says)
}

/// Answers a question about this machine, and learns the key in it. `folder` is where work is done.
///
/// # Errors
/// The question makes no sense, or the key cannot be kept.
pub fn describe_here(question: &[u8], folder: &Path, env: &BTreeMap<String, String>) -> Result<HostSays> {
    let asked: HostQuestion = serde_json::from_slice(question)
        .map_err(|e| Error::new(ErrorKind::Usage, "reading what is asked", e.to_string()))?;
    FarKey::learn(env, &asked.key)?;
    std::fs::create_dir_all(folder).map_err(|e| Error::failed(format!("making `{}`", folder.display()), e))?;
    let machine = Machine::look()?;
    let path = env.get("PATH").map(String::as_str);
    let version = |program: &str| {
        find_program(program, path, Path::new("/")).ok().map(|file| version_of(&file).unwrap_or_default())
    };
    let programs = asked.needs.programs.iter().map(|program| (program.clone(), version(program))).collect();
    let hub = git::ask_hub(folder, &asked.hub).err().map(|error| error.cause);
    Ok(HostSays {
        version: VERSION.to_owned(),
        host: ProcessId::this().host_name(),
        git: version("git").unwrap_or_default(),
        cpus: machine.cpus,
        memory: machine.memory_available,
        disk: process::disk_free(folder).unwrap_or_default(),
        programs,
        hub,
        lacks: asked.needs.lacking_here(env),
    })
}
