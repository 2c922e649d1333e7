//! What a run on other hosts needs before it begins: settings that are whole, a hub, hosts that answer.

use super::here::Here;
use crate::git;
use crate::model::{Error, ErrorKind, FarOptions, Result, RunOptions};
use crate::process::find_program;
use crate::run::{AgentNeeds, FarSite, HostSays, ask_hosts, ask_node, make_hub_for};
use crate::settings::{ExecutorName, Settings, Words};

/// The settings of work elsewhere, once they are whole.
///
/// # Errors
/// Something is missing, or cannot be had elsewhere.
pub fn whole(here: &Here, settings: &Settings) -> Result<()> {
    let lacks = |far: &FarOptions, what: &str, hint: &str| {
        let doing = format!("preparing the executor `{}`", far.executor);
        Err(Error::new(ErrorKind::Usage, doing, what).hint(hint))
    };
    for far in settings.far.iter().chain(&settings.far_gates) {
        if far.executor == ExecutorName::Ssh.word() && far.hosts.is_empty() {
            let hint = "under [executors.ssh] in orca.toml: hosts = [\"box1\", \"box2 jobs=4\"]";
            return lacks(far, "there are no hosts", hint);
        }
    }
    let Some(far) = &settings.far else { return Ok(()) };
    if settings.worktree.hooks && !git::commit_hooks(&here.repo)?.is_empty() {
        let what = "this repository's hooks cannot be asked on other hosts";
        return lacks(far, what, "hooks = \"off\" under [worktree] goes without them");
    }
    Ok(())
}

/// Agents at once: as asked for, else as many as the hosts have places for, and the plan has work for.
pub fn jobs(settings: &Settings, here: u32, width: usize) -> u32 {
    let Some(far) = &settings.far else { return here };
    let wanted = u32::try_from(width).unwrap_or(u32::MAX).max(1);
    match (settings.jobs, far.places()) {
        (Some(crate::settings::JobsWish::Count(n)), _) => n,
        (_, Some(places)) => places.min(wanted),
        // A queue has a limit of its own.
        (_, None) => wanted.min(QUEUED),
    }
}

/// Jobs in a queue at once, where nobody says.
const QUEUED: u32 = 50;

/// The same, with the address of the hub that is made where nobody named one; `tell` hears of hosts that cannot have it.
///
/// # Errors
/// Nobody can have it.
pub fn with_hub(here: &Here, far: &FarOptions, tell: &dyn Fn(&str)) -> Result<FarOptions> {
    if !far.own_hub {
        return Ok(far.clone());
    }
    let Some(site) = FarSite::open(Some(far), &here.repo, &here.env)? else { return Ok(far.clone()) };
    let hub = make_hub_for(&site, &here.repo, &here.env, tell)?;
    Ok(FarOptions { hub, ..far.clone() })
}

/// What each host says, after the hub has answered here; of a queue, what the node says that is free now, where `nodes`.
///
/// # Errors
/// The hub does not answer, or the executor's own programs are not here.
pub fn asked(
    here: &Here,
    far: &FarOptions,
    needs: &AgentNeeds,
    nodes: bool,
) -> Result<Vec<(String, Result<HostSays>)>> {
    git::ask_hub(here.repo.common_dir(), &far.hub)?;
    let Some(site) = FarSite::open(Some(far), &here.repo, &here.env)? else { return Ok(Vec::new()) };
    if !far.hosts.is_empty() {
        return ask_hosts(&site, needs, &here.env);
    }
    let path = here.env.get("PATH").map(String::as_str);
    let is_missing = |program: &str| find_program(program, path, std::path::Path::new("/")).is_err();
    if let Some(program) = ["sbatch", "squeue", "scontrol", "scancel"].into_iter().find(|it| is_missing(it)) {
        let doing = format!("preparing the executor `{}`", far.executor);
        return Err(Error::new(ErrorKind::Environment, doing, format!("the program `{program}` is not here"))
            .hint("run git orca on a machine that can hand jobs over"));
    }
    if !nodes || is_missing("srun") {
        return Ok(Vec::new());
    }
    Ok(vec![(NODE.to_owned(), ask_node(&site, &far.on_a_node(), needs, &here.env))])
}

/// A node of a queue: which one is free, only the queue knows.
const NODE: &str = "a compute node";

/// Whether what answers is a node of a queue: another one may answer otherwise.
pub fn is_node(host: &str) -> bool {
    host == NODE
}

/// What to do where agents reach no model.
pub fn gates_only(executor: &str) -> String {
    format!("to run agents here and only gates there: gates = \"{executor}\" under [executors], without --executor")
}

/// Asks the hosts before agents are paid for, and introduces the user's key to them. Those that do not answer are said. The
/// settings of work elsewhere get the hub that is made where nobody named one.
///
/// # Errors
/// None of them answers, or an agent's program is on none.
pub fn reach(here: &Here, tell: &dyn Fn(&str), options: &RunOptions) -> Result<RunOptions> {
    let mut options = options.clone();
    let same = options.far == options.far_gates;
    if let Some(far) = options.far.take() {
        let needs = AgentNeeds::of(&options, &here.env);
        options.far = Some(reached(here, tell, &far, &needs)?);
    }
    if let Some(far) = options.far_gates.take() {
        // The same hosts are asked once.
        options.far_gates =
            if same { options.far.clone() } else { Some(reached(here, tell, &far, &AgentNeeds::default())?) };
    }
    Ok(options)
}

fn reached(here: &Here, tell: &dyn Fn(&str), far: &FarOptions, needs: &AgentNeeds) -> Result<FarOptions> {
    let far = with_hub(here, far, tell)?;
    let (mut usable, mut first) = (0, None);
    // A queue is only asked where something about its nodes has to be known before agents are paid for.
    for (host, says) in asked(here, &far, needs, !needs.addresses.is_empty())? {
        let error = match says.and_then(|says| usable_host(&host, says, needs)) {
            Ok(says) => {
                usable += 1;
                let lacks = lacks_in_words(&host, &says);
                lacks.iter().for_each(|words| tell(words));
                if !says.lacks.unreached.is_empty() {
                    tell(&gates_only(&far.executor));
                }
                continue;
            }
            Err(error) => error,
        };
        tell(&error.sentence());
        if !is_node(&host) {
            first.get_or_insert(error);
        }
    }
    match first {
        Some(error) if usable == 0 => Err(error.hint(format!("git orca doctor --executor {}", far.executor))),
        _ => Ok(far),
    }
}

/// A host that can do work, as far as programs go.
fn usable_host(host: &str, says: HostSays, needs: &AgentNeeds) -> Result<HostSays> {
    let lacks = |program: &str| {
        let doing = format!("asking `{host}`");
        Err(Error::new(ErrorKind::Environment, doing, format!("the program `{program}` is not installed there")))
    };
    if says.git.is_empty() {
        return lacks("git");
    }
    match needs.programs.iter().find(|program| says.programs.get(*program).is_none_or(Option::is_none)) {
        Some(program) => lacks(program),
        None => Ok(says),
    }
}

/// What agents lack on a host that is there otherwise, a sentence each.
pub fn lacks_in_words(host: &str, says: &HostSays) -> Vec<String> {
    let logged_out =
        says.lacks.logged_out.keys().map(|program| format!("{host}: nobody is logged in to {program} there"));
    let unreached = says.lacks.unreached.iter();
    let unreached = unreached.map(|(address, why)| format!("{host}: {address} cannot be reached from there: {why}"));
    logged_out.chain(unreached).collect()
}
