//! The command that hands work over, and what goes to the host alone.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use super::far_job::{Errand, VERSION, to_hex};
use super::far_site::FarSite;
use super::far_work::FarWork;
use super::hub_address;
use crate::agent;
use crate::executor::{Node, WorkOrder};
use crate::journal::RunPaths;
use crate::model::{CommandSpec, Error, ErrorKind, Limits, Oid, Result, Stdin};
use crate::run::run_env::RunEnv;
use crate::run::work::job::AttemptJob;

/// The variable with the key, for places that give no standard input.
pub const KEY_VARIABLE: &str = "ORCA_WORK_KEY";

/// A piece of work, as it is handed to whatever host.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// What it is.
    pub work: FarWork,
    /// Log of handing it over, relative to the run's folder.
    pub log: String,
    /// Names of variables that go along; a `*` at the end stands for any rest.
    pub variables: Vec<String>,
    /// Seconds it may take there at most, where that is known.
    pub longest: Option<u64>,
}

impl Parcel {
    /// Of an attempt.
    pub fn of_attempt(site: &RunEnv, job: &AttemptJob) -> Parcel {
        let def = agent::defined(&job.agent, site.info.options.agents.get(&job.agent));
        let mut variables = def.env.clone();
        variables.extend(agent::find(&job.agent, Some(&def)).variables().iter().map(|name| (*name).to_owned()));
        let log = format!("{}/far.log", RunPaths::attempt_logs(&job.attempt));
        Parcel { work: FarWork::Attempt(job.attempt.clone()), log, variables, longest: def.timeout }
    }
}

/// The command that hands work over, with the file that it reads: gone once that is dropped.
///
/// # Errors
/// What it needs cannot go there, or cannot be written here.
pub fn order(
    site: &RunEnv,
    far: &FarSite,
    parcel: &Parcel,
    host: &str,
    claim: &Oid,
) -> Result<(WorkOrder, Option<tempfile::TempPath>)> {
    let errand = errand(site, far, parcel, (host, claim));
    let log = site.log(&parcel.log);
    let mut spec = CommandSpec {
        program: far.options.program.clone(),
        args: ["work", "--take"].map(str::to_owned).to_vec(),
        cwd: site.repo.common_dir().to_owned(),
        env: site.env.clone(),
        stdin: Stdin::None,
        log: log.map_err(|e| Error::failed("making the folder of logs", e))?,
        limits: Limits::default(),
    };
    let mut node = Node {
        host: host.to_owned(),
        ssh: far.ssh.clone(),
        id: errand.id(),
        patience: Duration::from_secs(far.options.patience),
        args: far.options.args.clone(),
        variables: errand.secrets.keys().cloned().collect(),
        longest: parcel.longest.map(Duration::from_secs),
        array: far.options.arrays.then(|| parcel.work.array_name(&site.info.run)),
    };
    let file = if host.is_empty() {
        queued(far, &errand, &mut spec, &mut node)?;
        None
    } else {
        let file = write_errand(far, &errand)?;
        spec.stdin = Stdin::File(file.to_path_buf());
        Some(file)
    };
    Ok((
        WorkOrder { spec, worktree: site.repo.common_dir().to_owned(), commit: None, node: Some(node), handed: None },
        file,
    ))
}

fn errand(site: &RunEnv, far: &FarSite, parcel: &Parcel, (host, claim): (&str, &Oid)) -> Errand {
    Errand {
        version: VERSION.to_owned(),
        run: site.info.run.clone(),
        work: parcel.work.clone(),
        hub: far.options.hub.clone(),
        hub_there: hub_address::path_on(&far.options.hub, host).unwrap_or_default().to_owned(),
        claim: claim.clone(),
        key: far.key.id.clone(),
        secrets: named_variables(&site.env, &parcel.variables),
        copies: site.copies.contents().iter().map(|(path, bytes)| (path.to_string(), to_hex(bytes))).collect(),
    }
}

/// A queue gives no standard input: the job is named, and keys go by the names of variables.
fn queued(far: &FarSite, errand: &Errand, spec: &mut CommandSpec, node: &mut Node) -> Result<()> {
    if !errand.copies.is_empty() {
        let cause = "ignored files that worktrees get (`.worktreeinclude`, `worktree.copy`) reach no job of a queue";
        return Err(Error::new(ErrorKind::Usage, "handing work over", cause));
    }
    spec.args = ["work".to_owned(), "--job".to_owned()].into_iter().chain(job_words(errand)).collect();
    spec.env.insert(KEY_VARIABLE.to_owned(), far.key.told()?);
    node.variables.push(KEY_VARIABLE.to_owned());
    Ok(())
}

/// The words that name a job in the hub, after `work --job`.
fn job_words(errand: &Errand) -> Vec<String> {
    let (lease, n) = (errand.work.lease(&errand.run), errand.work.number().to_string());
    vec![errand.hub.clone(), lease, n, errand.claim.to_string()]
}

fn write_errand(far: &FarSite, errand: &Errand) -> Result<tempfile::TempPath> {
    let text = serde_json::to_vec(errand).map_err(|e| Error::failed("writing what a host is sent", e))?;
    write_private(&far.errands, &text).map_err(|e| Error::failed("writing what a host is sent", e))
}

/// A file that only its owner can read, until what is returned is dropped.
fn write_private(folder: &Path, bytes: &[u8]) -> std::io::Result<tempfile::TempPath> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    Ok(file.into_temp_path())
}

/// The variables with these names; a `*` at the end stands for any rest.
fn named_variables(env: &BTreeMap<String, String>, names: &[String]) -> BTreeMap<String, String> {
    let fits = |name: &str, it: &String| it.strip_suffix('*').map_or(it == name, |prefix| name.starts_with(prefix));
    let wanted = |name: &str| names.iter().any(|it| fits(name, it));
    env.iter().filter(|(name, _)| wanted(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_host_is_sent_is_readable_by_its_owner_only_and_goes() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let sent = write_private(folder.path(), b"a key").unwrap();
        let mode = std::fs::metadata(&sent).unwrap().permissions().mode();
        assert_eq!((mode & 0o777, std::fs::read(&sent).unwrap()), (0o600, b"a key".to_vec()));
        drop(sent);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
    }

    #[test]
    fn only_named_variables_go_along() {
        let env = [("A_KEY", "1"), ("A_KEY_2", "2"), ("B_ONE", "3"), ("B", "4")];
        let env: BTreeMap<String, String> = env.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let names = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            named_variables(&env, &names).into_keys().collect::<Vec<_>>()
        };
        assert_eq!(names(&["A_KEY"]), ["A_KEY"]);
        assert_eq!(names(&["B_*"]), ["B_ONE"]);
        assert_eq!(names(&[]), Vec::<String>::new());
    }
}
