//! What a run on other hosts needs before it begins: settings that are whole, a hub, hosts that answer.

use super::here::Here;
use crate::agent;
use crate::git;
use crate::model::{Error, ErrorKind, FarOptions, Result, RunOptions};
use crate::process::find_program;
use crate::run::{FarSite, HostSays, ask_hosts, make_hub_for};
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

/// The programs that the agents of a run are, by name.
pub fn programs(options: &RunOptions) -> Vec<String> {
    let mut names: Vec<&str> = options.agents.keys().map(String::as_str).collect();
    names.push(&options.agent);
    let program = |name: &str| {
        let def = options.agents.get(name);
        let own = def.and_then(|def| def.command.first()).filter(|program| !program.contains(['{', '/']));
        own.cloned().or_else(|| agent::find(name, def).program().map(str::to_owned))
    };
    let mut programs: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).filter_map(program).collect();
    programs.sort();
    programs.dedup();
    programs
}

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

/// What each host says, after the hub has answered here.
///
/// # Errors
/// The hub does not answer, or the executor's own programs are not here.
pub fn asked(here: &Here, far: &FarOptions, programs: &[String]) -> Result<Vec<(String, Result<HostSays>)>> {
    git::ask_hub(here.repo.common_dir(), &far.hub)?;
    let site = FarSite::open(Some(far), &here.repo, &here.env)?;
    if far.hosts.is_empty() {
        let path = here.env.get("PATH").map(String::as_str);
        let missing = |program: &&&str| find_program(program, path, std::path::Path::new("/")).is_err();
        if let Some(program) = ["sbatch", "squeue", "scontrol", "scancel"].iter().find(missing) {
            let doing = format!("preparing the executor `{}`", far.executor);
            return Err(Error::new(ErrorKind::Environment, doing, format!("the program `{program}` is not here"))
                .hint("run git orca on a machine that can hand jobs over"));
        }
    }
    site.map_or_else(|| Ok(Vec::new()), |site| ask_hosts(&site, programs, &here.env))
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
        options.far = Some(reached(here, tell, &far, &programs(&options))?);
    }
    if let Some(far) = options.far_gates.take() {
        // The same hosts are asked once.
        options.far_gates = if same { options.far.clone() } else { Some(reached(here, tell, &far, &[])?) };
    }
    Ok(options)
}

fn reached(here: &Here, tell: &dyn Fn(&str), far: &FarOptions, programs: &[String]) -> Result<FarOptions> {
    let far = with_hub(here, far, tell)?;
    let (mut usable, mut first) = (0, None);
    for (host, says) in asked(here, &far, programs)? {
        let error = match says {
            Ok(says) => match programs.iter().find(|program| says.programs.get(*program).is_none_or(Option::is_none)) {
                None => {
                    usable += 1;
                    continue;
                }
                Some(program) => {
                    let doing = format!("asking `{host}`");
                    Error::new(ErrorKind::Environment, doing, format!("the program `{program}` is not installed there"))
                }
            },
            Err(error) => error,
        };
        tell(&format!("{}: {}", error.doing, error.cause));
        first.get_or_insert(error);
    }
    match first {
        Some(error) if usable == 0 => Err(error.hint(format!("git orca doctor --executor {}", far.executor))),
        _ => Ok(far),
    }
}
