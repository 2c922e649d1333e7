//! The hub: a bare repository by path or ssh, over which work that runs elsewhere comes and goes. Nothing else is shared.
//!
//! What a far host tells is a chain of commits, each with what is new since the one before; the ref of the chain is a
//! lease, moved from its last value only, so that whoever lost it can move nothing any more.

use std::path::Path;
use std::time::Duration;

use super::{Call, Repo};
use crate::model::{Error, ErrorKind, Oid, Result};

/// Longest exchange with a hub: the first one moves a repository's history over a slow line.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// What a push to the hub came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// All of it is there.
    Done,
    /// Nothing of it is there: a ref was not where it was expected to be.
    Refused(String),
    /// The hub did not answer.
    Unreachable(String),
}

/// A ref of the hub that is to move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubRef {
    /// Its name there.
    pub name: String,
    /// Its new value; none: it goes.
    pub to: Option<Oid>,
    /// What it must be until then, where that matters; the inner none: it must not exist.
    pub expected: Option<Option<Oid>>,
}

impl HubRef {
    /// Moves wherever it is.
    pub fn put(name: impl Into<String>, to: &Oid) -> HubRef {
        HubRef { name: name.into(), to: Some(to.clone()), expected: None }
    }

    /// Goes, wherever it is.
    pub fn gone(name: impl Into<String>) -> HubRef {
        HubRef { name: name.into(), to: None, expected: None }
    }

    /// Moves from its last value only.
    pub fn lease(name: impl Into<String>, from: Option<&Oid>, to: &Oid) -> HubRef {
        HubRef { name: name.into(), to: Some(to.clone()), expected: Some(from.cloned()) }
    }

    fn refspec(&self) -> String {
        format!("+{}:{}", self.to.as_ref().map_or("", Oid::as_str), self.name)
    }

    fn condition(&self) -> Option<String> {
        let expected = self.expected.as_ref()?;
        Some(format!("--force-with-lease={}:{}", self.name, expected.as_ref().map_or("", Oid::as_str)))
    }
}

impl Repo {
    /// Moves refs of the hub, all or none.
    ///
    /// # Errors
    /// Git cannot be started.
    pub fn push_to_hub(&self, hub: &str, refs: &[HubRef]) -> Result<Pushed> {
        let call = self.git(format!("pushing to the hub `{hub}`")).writes().patience(LONGEST);
        let call = call.args(["push", "--porcelain", "--atomic", "--no-follow-tags", "--no-verify"]);
        let call = call.args(refs.iter().filter_map(HubRef::condition)).args(["--", hub]);
        // A lease holds for a plain refspec only: a plus sign would overrule it.
        let plain = |it: &HubRef| if it.expected.is_some() { it.refspec()[1..].to_owned() } else { it.refspec() };
        let output = call.args(refs.iter().map(plain)).output()?;
        if output.success() {
            return Ok(Pushed::Done);
        }
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        let refused: Vec<&str> = answer.lines().filter(|line| line.starts_with('!')).collect();
        Ok(match refused.as_slice() {
            [] => Pushed::Unreachable(last_words(&output.stderr)),
            lines => Pushed::Refused(lines.join("; ").replace('\t', " ")),
        })
    }

    /// Fetches all refs of the hub below `prefixes` into refs of the same names, and forgets those that went there.
    ///
    /// # Errors
    /// The hub does not answer.
    pub fn fetch_from_hub(&self, hub: &str, prefixes: &[String]) -> Result<()> {
        let call = self.git(format!("fetching from the hub `{hub}`")).writes().patience(LONGEST);
        let quiet = ["fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"];
        let call = call.args(quiet).args(["--no-auto-maintenance", "--", hub]);
        call.args(prefixes.iter().map(|prefix| format!("+{prefix}*:{prefix}*"))).run().map(drop)
    }

    /// Writes a commit of `files` on `parent` and gives it; nothing points to it yet but `name`, a ref of ours.
    ///
    /// # Errors
    /// Git cannot write.
    pub fn commit_message_files(
        &self,
        name: &str,
        parent: Option<&Oid>,
        message: &str,
        files: &[(String, Vec<u8>)],
    ) -> Result<Oid> {
        let doing = "writing what goes to the hub";
        let call = self.git(doing).writes().args(["fast-import", "--quiet", "--force"]);
        let date = jiff::Timestamp::now().as_second();
        call.run_fed(|pipe| {
            write!(pipe, "commit {name}\ncommitter git orca <git-orca@localhost> {date} +0000\n")?;
            write!(pipe, "data {}\n{message}\n", message.len())?;
            if let Some(parent) = parent {
                writeln!(pipe, "from {parent}")?;
            }
            writeln!(pipe, "deleteall")?;
            for (path, bytes) in files {
                write!(pipe, "M 100644 inline {path}\ndata {}\n", bytes.len())?;
                pipe.write_all(bytes)?;
                pipe.write_all(b"\n")?;
            }
            writeln!(pipe, "done")
        })?;
        self.read_ref(name)?.ok_or_else(|| Error::failed(doing, "git wrote no commit"))
    }

    /// A file of a commit of the chain.
    ///
    /// # Errors
    /// There is none.
    pub fn message_file(&self, commit: &Oid, path: &str) -> Result<Vec<u8>> {
        self.git(format!("reading `{path}` of {}", commit.short()))
            .args(["cat-file", "blob"])
            .arg(format!("{commit}:{path}"))
            .run()
    }

    /// The files of a commit of the chain.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn message_files(&self, commit: &Oid) -> Result<Vec<String>> {
        let call = self.git(format!("listing {}", commit.short())).args(["ls-tree", "-r", "-z", "--name-only"]);
        let out = call.arg(commit.as_str()).run()?;
        Ok(out.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(text_of).collect())
    }

    /// The commits of a chain after `from` up to `tip`, oldest first; all of them without `from`.
    ///
    /// # Errors
    /// A commit cannot be read.
    pub fn chain(&self, from: Option<&Oid>, tip: &Oid) -> Result<Vec<Oid>> {
        let call = self.git("reading what the hub has").args(["rev-list", "--reverse", "--first-parent", tip.as_str()]);
        let call = if let Some(from) = from { call.arg(format!("^{from}")) } else { call };
        String::from_utf8_lossy(&call.run()?).lines().map(str::parse).collect()
    }

    /// How git is told to call ssh; none where it is not told.
    pub fn ssh_command(&self) -> Option<String> {
        let call = self.git_here("asking how ssh is called").args(["config", "--get", "core.sshCommand"]);
        call.line().ok().filter(|text| !text.is_empty())
    }

    /// Who git takes the user for: name and mail address.
    ///
    /// # Errors
    /// Git has no identity to use.
    pub fn identity_here(&self) -> Result<(String, String)> {
        let line = self.git("asking for your identity").args(["var", "GIT_AUTHOR_IDENT"]).line()?;
        let parts = line.split_once(" <").and_then(|(name, rest)| Some((name, rest.split_once('>')?.0)));
        let (name, mail) = parts.ok_or_else(|| Error::failed("reading your identity", &line))?;
        Ok((name.to_owned(), mail.to_owned()))
    }
}

/// Makes a bare repository in `folder` where there is none.
///
/// # Errors
/// Git refuses.
pub fn make_hub(folder: &Path) -> Result<()> {
    if folder.join("HEAD").exists() {
        return Ok(());
    }
    let doing = format!("making the hub `{}`", folder.display());
    std::fs::create_dir_all(folder).map_err(|e| Error::failed(&doing, e))?;
    Call::found_from(folder, doing).args(["init", "-q", "--bare", "."]).run().map(drop)
}

/// Whether a bare repository has anything that a ref names.
///
/// # Errors
/// Git cannot read it.
pub fn has_refs(folder: &Path) -> Result<bool> {
    let call = Call::found_from(folder, format!("looking into the hub `{}`", folder.display()));
    Ok(!call.args(["for-each-ref", "--count=1"]).run()?.is_empty())
}

/// For whom a repository works, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkplaceOwner {
    /// Name and mail address.
    pub identity: (String, String),
    /// A commit: a repository without any is none to work in.
    pub base: Oid,
}

/// A repository for work of others in `folder`, made where there is none. `first` fetches what tells for whom.
///
/// # Errors
/// Git refuses, or `first` fails.
pub fn make_workplace(folder: &Path, first: impl FnOnce(&Repo) -> Result<WorkplaceOwner>) -> Result<Repo> {
    let doing = format!("making the repository `{}`", folder.display());
    std::fs::create_dir_all(folder).map_err(|e| Error::failed(&doing, e))?;
    let call = |args: &[&str]| Call::found_from(folder, &doing).args(args).run().map(drop);
    if !folder.join(".git").exists() {
        call(&["init", "-q", "-b", "main", "."])?;
    }
    let WorkplaceOwner { identity: (name, mail), base } = first(&Repo::locate(folder)?)?;
    for (key, value) in [("user.name", name.as_str()), ("user.email", &mail), ("commit.gpgsign", "false")] {
        call(&["config", key, value])?;
    }
    call(&["update-ref", "refs/heads/main", base.as_str()])?;
    Repo::discover(folder)
}

/// Whether a hub is there and takes pushes.
///
/// # Errors
/// It does not answer.
pub fn ask_hub(folder: &Path, hub: &str) -> Result<()> {
    let call = Call::found_from(folder, format!("asking the hub `{hub}`")).patience(Duration::from_secs(60));
    let output = call.args(["ls-remote", "--", hub, "refs/orca/far/none"]).output()?;
    if output.success() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Environment, format!("asking the hub `{hub}`"), last_words(&output.stderr))
        .hint("git init --bare FOLDER   makes one")
        .hint("git orca config   shows where `hub` is set"))
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn last_words(bytes: &[u8]) -> String {
    let said = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(3)..].join("; ")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, git};
    use super::*;

    #[test]
    fn a_lease_moves_from_its_last_value_only_and_takes_nothing_with_it_otherwise() {
        let fixture = Fixture::new();
        let repo = fixture.repo();
        let hub = fixture.root().join("hub.git");
        make_hub(&hub).unwrap();
        make_hub(&hub).unwrap();
        let hub = hub.display().to_string();
        let beat = |parent: Option<&Oid>, text: &str| {
            let files = [("pulse".to_owned(), text.as_bytes().to_vec()), ("logs/a b@0".to_owned(), b"\"x\n".to_vec())];
            repo.commit_message_files("refs/orca/test/beat", parent, "beat", &files).unwrap()
        };
        let (one, two, other) = (beat(None, "1"), beat(None, "2"), beat(None, "3"));
        let two_on_one = beat(Some(&one), "2");
        let lease = "refs/orca/far/r/t/lease";
        let push = |refs: &[HubRef]| repo.push_to_hub(&hub, refs).unwrap();
        assert_eq!(push(&[HubRef::lease(lease, None, &one)]), Pushed::Done);
        assert!(matches!(push(&[HubRef::lease(lease, None, &two)]), Pushed::Refused(_)), "it exists");
        let result = HubRef::put("refs/orca/far/r/t/1/attempt", &other);
        assert_eq!(push(&[HubRef::lease(lease, Some(&one), &two_on_one)]), Pushed::Done);
        let late = push(&[HubRef::lease(lease, Some(&one), &other), result.clone()]);
        assert!(matches!(late, Pushed::Refused(_)), "{late:?}");
        assert_eq!(git(Path::new(&hub), &["for-each-ref", "--format=%(refname)"]), lease, "and nothing beside it");
        assert_eq!(push(&[HubRef::lease(lease, Some(&two_on_one), &other), result]), Pushed::Done, "taken away");
        assert!(matches!(repo.push_to_hub("/nonexistent", &[HubRef::gone(lease)]).unwrap(), Pushed::Unreachable(_)));
        assert_eq!(repo.chain(Some(&one), &two_on_one).unwrap(), std::slice::from_ref(&two_on_one));
        assert_eq!(repo.message_files(&two_on_one).unwrap(), ["logs/a b@0", "pulse"]);
        assert_eq!(repo.message_file(&two_on_one, "logs/a b@0").unwrap(), b"\"x\n");
        let fetch = || repo.fetch_from_hub(&hub, &["refs/orca/far/r/t/".to_owned()]).unwrap();
        fetch();
        assert_eq!(repo.read_ref(lease).unwrap(), Some(other.clone()));
        assert_eq!(push(&[HubRef::gone(lease)]), Pushed::Done);
        fetch();
        assert_eq!(repo.read_ref(lease).unwrap(), None);
    }
}
