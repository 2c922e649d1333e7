//! What an agent can reach besides its own worktree: refs, stash, configuration, hooks, exclude lists. Looked at without
//! a process, compared, and put back.
//!
//! A look costs one `stat` a file, or a folder where nobody else can write: contents are read only where something has
//! changed since the look before. Refs of other runs are not looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Repo;
use super::files::{self, read_file, read_text};
use super::loose_refs::{LooseRef, RefFolder, WantedRefs, loose_refs};
use super::stamp::PathStamp;
use crate::model::{Error, Oid, Result, RunId};

/// One difference between two looks that nothing of ours made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A ref, but for the stash.
    Ref {
        /// Full name.
        name: String,
        /// Its value before; none: it did not exist.
        was: Option<Oid>,
        /// Its value now.
        is: Option<Oid>,
    },
    /// The log of `refs/stash`, which *is* the stash.
    Stash {
        /// Before.
        was: Vec<u8>,
        /// Now.
        is: Vec<u8>,
    },
    /// A file of the shared folder.
    File {
        /// Its path in the shared folder: `config`, `hooks/pre-commit`.
        path: String,
        /// Before.
        was: Option<FileState>,
        /// Now.
        is: Option<FileState>,
    },
}

/// A file's content, as far as it can be put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileState {
    /// Its bytes; of a link, its target.
    pub bytes: Arc<[u8]>,
    /// Permissions, links and folders told apart.
    pub mode: u32,
}

/// Single files of the shared folder that change what git does for everybody.
const FILES: [&str; 7] = [
    "config",
    "config.worktree",
    "info/exclude",
    "info/attributes",
    "info/grafts",
    "info/sparse-checkout",
    "objects/info/alternates",
];

/// The log that holds the stash.
const STASH_LOG: &str = "logs/refs/stash";

/// Larger files are compared by their times only, and not put back: 1 MiB, a hundred times any of them.
const LARGEST: u64 = 1 << 20;

/// One look. Looks that follow each other share what did not change.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    loose: BTreeMap<String, LooseRef>,
    folders: BTreeMap<String, RefFolder>,
    packed: Arc<Packed>,
    files: BTreeMap<String, (PathStamp, FileState)>,
    stash: Arc<[u8]>,
    /// Logs of the user's branches: with a branch its log is deleted.
    logs: BTreeMap<String, (PathStamp, Arc<[u8]>)>,
}

#[derive(Debug, Default)]
struct Packed {
    stamp: Option<PathStamp>,
    values: BTreeMap<String, Oid>,
}

impl Outside {
    /// Looks, as the user and the tool have left it: everything is taken as it is. `closed` says that nobody but git and
    /// we can write the run's own refs.
    pub fn look(repo: &Repo, run: &RunId, before: &Outside, closed: bool) -> Outside {
        let common = repo.common_dir();
        let wanted = WantedRefs { own: format!("refs/orca/runs/{run}/"), closed };
        let (loose, folders) = loose_refs(common, &wanted, &before.loose, &before.folders);
        let mut logs = BTreeMap::new();
        branch_logs(common, "logs/refs/heads", &before.logs, &mut logs);
        Outside {
            loose,
            folders,
            packed: packed(common, &wanted, &before.packed),
            files: files(common, &before.files),
            stash: read_file(&common.join(STASH_LOG)).unwrap_or_default().into(),
            logs,
        }
    }

    /// Looks again, and gives what differs and was not made by us.
    pub fn compare(&self, repo: &Repo, run: &RunId, closed: bool) -> (Outside, Vec<Difference>) {
        repo.ledger().still(|ours| {
            let now = Outside::look(repo, run, self, closed);
            let found = self.differences(&now, ours);
            (now, found)
        })
    }

    fn differences(&self, now: &Outside, ours: &BTreeMap<String, Option<Oid>>) -> Vec<Difference> {
        let mut found = Vec::new();
        if self.stash != now.stash {
            found.push(Difference::Stash { was: self.stash.to_vec(), is: now.stash.to_vec() });
        }
        for name in self.suspects(now) {
            let (was, is) = (self.value(name), now.value(name));
            let was = ours.get(name).map_or(was, Option::as_ref);
            if was != is && name != "refs/stash" {
                found.push(Difference::Ref { name: name.to_owned(), was: was.cloned(), is: is.cloned() });
            }
        }
        let names: BTreeSet<&String> = self.files.keys().chain(now.files.keys()).collect();
        for path in names {
            let state = |look: &Outside| look.files.get(path).map(|(_, state)| state.clone());
            let (was, is) = (state(self), state(now));
            if was != is {
                found.push(Difference::File { path: path.clone(), was, is });
            }
        }
        found
    }

    /// Refs whose files are not the same as before.
    fn suspects<'a>(&'a self, now: &'a Outside) -> BTreeSet<&'a str> {
        let differs = |name: &&String| self.loose.get(*name) != now.loose.get(*name);
        let mut names: BTreeSet<&str> =
            self.loose.keys().chain(now.loose.keys()).filter(differs).map(String::as_str).collect();
        if !Arc::ptr_eq(&self.packed, &now.packed) {
            let all = self.packed.values.keys().chain(now.packed.values.keys());
            names.extend(
                all.filter(|name| self.packed.values.get(*name) != now.packed.values.get(*name)).map(String::as_str),
            );
        }
        names
    }

    /// Forgets one difference to the look `before`: it was taken back, or is to be found again.
    pub fn as_before(&mut self, before: &Outside, difference: &Difference) {
        match difference {
            Difference::Stash { .. } => self.stash = Arc::clone(&before.stash),
            Difference::Ref { name, was, .. } => {
                let stamp = self.loose.get(name).or_else(|| before.loose.get(name)).map(|(stamp, _)| *stamp);
                let stamp = stamp.unwrap_or_default().unlike_any_file();
                self.loose.insert(name.clone(), (stamp, was.clone()));
            }
            Difference::File { path, .. } => {
                match before.files.get(path) {
                    Some((stamp, state)) => self.files.insert(path.clone(), (*stamp, state.clone())),
                    None => self.files.remove(path),
                };
            }
        }
    }

    /// Gives a branch that was deleted and is back its log again.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn put_log_back(&self, repo: &Repo, name: &str) -> Result<()> {
        let path = format!("logs/{name}");
        let Some((_, bytes)) = self.logs.get(&path) else { return Ok(()) };
        replace(&repo.common_dir().join(path), bytes, 0o644)
            .map_err(|e| Error::failed(format!("putting the log of `{name}` back"), e))
    }

    fn value(&self, name: &str) -> Option<&Oid> {
        match self.loose.get(name) {
            Some((_, value)) => value.as_ref(),
            None => self.packed.values.get(name),
        }
    }
}

fn branch_logs(
    common: &Path,
    folder: &str,
    before: &BTreeMap<String, (PathStamp, Arc<[u8]>)>,
    found: &mut BTreeMap<String, (PathStamp, Arc<[u8]>)>,
) {
    for item in fs::read_dir(common.join(folder)).into_iter().flatten().flatten() {
        let Ok(name) = item.file_name().into_string() else { continue };
        let name = format!("{folder}/{name}");
        if item.file_type().is_ok_and(|kind| kind.is_dir()) {
            // The branches of runs are views of refs that have logs of their own.
            if name != "logs/refs/heads/orca" {
                branch_logs(common, &name, before, found);
            }
            continue;
        }
        let Some(stamp) = PathStamp::of(&item.path()).filter(|stamp| stamp.size <= LARGEST) else { continue };
        let bytes = match before.get(&name) {
            Some((known, bytes)) if *known == stamp => Arc::clone(bytes),
            _ => read_file(&item.path()).unwrap_or_default().into(),
        };
        found.insert(name, (stamp, bytes));
    }
}

fn packed(common: &Path, wanted: &WantedRefs, before: &Arc<Packed>) -> Arc<Packed> {
    let file = common.join("packed-refs");
    let stamp = PathStamp::of(&file);
    if stamp == before.stamp {
        return Arc::clone(before);
    }
    let text = read_text(&file).unwrap_or_default();
    let pair = |line: &str| {
        let (oid, name) = line.split_once(' ')?;
        let folder = name.rsplit_once('/')?.0;
        wanted.folder(folder).then(|| Some((name.to_owned(), oid.parse().ok()?)))?
    };
    Arc::new(Packed { stamp, values: text.lines().filter_map(pair).collect() })
}

fn files(common: &Path, before: &BTreeMap<String, (PathStamp, FileState)>) -> BTreeMap<String, (PathStamp, FileState)> {
    let hooks = fs::read_dir(common.join("hooks")).into_iter().flatten().flatten();
    let hooks = hooks.filter_map(|item| Some(format!("hooks/{}", item.file_name().to_str()?)));
    let names = FILES.iter().map(|&name| name.to_owned()).chain(hooks.filter(|name| !name.ends_with(".sample")));
    let mut found = BTreeMap::new();
    for name in names {
        let path = common.join(&name);
        let Some(stamp) = PathStamp::of(&path) else { continue };
        let state = match before.get(&name) {
            Some((known, state)) if *known == stamp => state.clone(),
            _ => state(&path, &stamp),
        };
        found.insert(name, (stamp, state));
    }
    found
}

fn state(path: &Path, stamp: &PathStamp) -> FileState {
    let link = fs::read_link(path).map(|target| target.to_string_lossy().into_owned().into_bytes());
    let bytes = match link {
        Ok(target) => target,
        Err(_) if stamp.size > LARGEST => format!("{:?}", stamp.modified).into_bytes(),
        Err(_) => read_file(path).unwrap_or_default(),
    };
    FileState { bytes: bytes.into(), mode: stamp.mode }
}

/// Puts a file of the shared folder back as it was, unless it is no longer as `is` says. Gives whether it did.
///
/// # Errors
/// The disk refuses.
pub fn put_file_back(repo: &Repo, path: &str, was: Option<&FileState>, is: Option<&FileState>) -> Result<bool> {
    let file = repo.common_dir().join(path);
    let doing = |e: io::Error| Error::failed(format!("putting `{}` back", file.display()), e);
    let now = PathStamp::of(&file).map(|stamp| state(&file, &stamp));
    if now.as_ref() != is {
        return Ok(false);
    }
    match was {
        None => files::remove(&file).map_err(doing)?,
        Some(was) if was.mode & 0o170_000 == 0o120_000 => {
            files::remove(&file).map_err(doing)?;
            let target = PathBuf::from(String::from_utf8_lossy(&was.bytes).into_owned());
            std::os::unix::fs::symlink(target, &file).map_err(doing)?;
        }
        Some(was) => {
            replace(&file, &was.bytes, was.mode).map_err(doing)?;
        }
    }
    Ok(true)
}

fn replace(file: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)?;
    let new = tempfile::NamedTempFile::new_in(folder)?;
    fs::write(new.path(), bytes)?;
    fs::set_permissions(new.path(), fs::Permissions::from_mode(mode & 0o7777))?;
    new.persist(file).map(drop).map_err(|error| error.error)
}

/// Keeps versions of files of the shared folder as the tree of a commit, at a ref of ours.
///
/// # Errors
/// Git cannot write.
pub fn keep_files(
    repo: &Repo,
    name: &str,
    files: &[(String, FileState)],
    message: &str,
    when: jiff::Timestamp,
) -> Result<()> {
    let moving = repo.ledger().moving();
    let call = repo.git("keeping changed files").writes().args(["fast-import", "--quiet", "--force", "--done"]);
    let out = call.run_fed(|pipe| {
        writeln!(pipe, "commit {name}\nmark :1\ncommitter git orca <orca@localhost> {} +0000", when.as_second())?;
        writeln!(pipe, "data {}\n{message}", message.len())?;
        for (path, state) in files {
            writeln!(pipe, "M 100644 inline {path}\ndata {}", state.bytes.len())?;
            pipe.write_all(&state.bytes)?;
            writeln!(pipe)?;
        }
        pipe.write_all(b"\nget-mark :1\ndone\n")
    })?;
    moving.done([(name.to_owned(), Some(String::from_utf8_lossy(&out).trim().parse()?))]);
    Ok(())
}

/// Makes `lines` the stash, unless its log is no longer `is`. Gives whether it did. The commits of the entries must be
/// there still: nothing of ours prunes, and agents cannot.
///
/// # Errors
/// Git or the disk refuse.
pub fn put_stash_back(repo: &Repo, lines: &[u8], is: &[u8]) -> Result<bool> {
    let log = repo.common_dir().join(STASH_LOG);
    let doing = |e: io::Error| Error::failed("putting the stash back", e);
    if read_file(&log).unwrap_or_default() != is {
        return Ok(false);
    }
    let tip =
        String::from_utf8_lossy(lines).lines().last().and_then(|line| line.split(' ').nth(1)?.parse::<Oid>().ok());
    let now = repo.read_ref("refs/stash")?;
    match (tip, now) {
        (Some(tip), now) if now.as_ref() != Some(&tip) => super::force_refs(repo, &[("refs/stash".to_owned(), tip)])?,
        (None, Some(now)) => super::delete_refs(repo, &[("refs/stash".to_owned(), now)]).map_err(Error::from)?,
        _ => {}
    }
    if lines.is_empty() {
        files::remove(&log).map_err(doing)?;
    } else {
        replace(&log, lines, 0o644).map_err(doing)?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, git, write};
    use super::*;

    fn run() -> RunId {
        "20261120-1812-k3".parse().unwrap()
    }

    fn shown(found: &[Difference]) -> Vec<String> {
        let short = |oid: &Option<Oid>| oid.as_ref().map_or("-", |_| "oid");
        let one = |it: &Difference| match it {
            Difference::Ref { name, was, is } => format!("{name} {} {}", short(was), short(is)),
            Difference::Stash { was, is } => format!("stash {} {}", !was.is_empty(), !is.is_empty()),
            Difference::File { path, was, is } => format!("{path} {} {}", was.is_some(), is.is_some()),
        };
        found.iter().map(one).collect()
    }

    #[test]
    fn what_others_change_is_found_and_what_we_change_is_not() {
        let fixture = Fixture::new();
        let (repo, root) = (fixture.repo(), fixture.root());
        git(&root, &["branch", "one"]);
        git(&root, &["pack-refs", "--all"]);
        let before = Outside::look(&repo, &run(), &Outside::default(), false);
        assert_eq!(before.compare(&repo, &run(), false).1, []);
        let head = repo.resolve("HEAD").unwrap();
        super::super::force_refs(&repo, &[("refs/orca/runs/20261120-1812-k3/x".to_owned(), head.clone())]).unwrap();
        super::super::force_refs(&repo, &[("refs/heads/ours".to_owned(), head)]).unwrap();
        git(&root, &["branch", "-D", "one"]);
        git(&root, &["branch", "two"]);
        git(&root, &["update-ref", "refs/orca/runs/other/x", "HEAD"]);
        git(&root, &["config", "a.b", "c"]);
        let hooks = repo.common_dir().join("hooks");
        fs::create_dir_all(&hooks).unwrap();
        fs::write(hooks.join("pre-push"), "#!/bin/sh\n").unwrap();
        let (now, found) = before.compare(&repo, &run(), false);
        assert_eq!(
            shown(&found),
            ["refs/heads/one oid -", "refs/heads/two - oid", "config true true", "hooks/pre-push false true"]
        );
        assert_eq!(now.compare(&repo, &run(), false).1, [], "what was seen is not seen again");
        git(&root, &["update-ref", "-d", "refs/heads/ours"]);
        assert_eq!(shown(&now.compare(&repo, &run(), false).1), ["refs/heads/ours oid -"]);
    }

    #[test]
    fn files_go_back_to_the_byte() {
        let fixture = Fixture::new();
        let (repo, root) = (fixture.repo(), fixture.root());
        let file = repo.common_dir().join("config");
        let text = fs::read(&file).unwrap();
        let before = Outside::look(&repo, &run(), &Outside::default(), false);
        git(&root, &["config", "a.b", "c"]);
        let (_, found) = before.compare(&repo, &run(), false);
        let [Difference::File { path, was, is }] = &found[..] else { panic!("{found:?}") };
        assert!(put_file_back(&repo, path, was.as_ref(), is.as_ref()).unwrap());
        assert_eq!(fs::read(&file).unwrap(), text);
        git(&root, &["config", "d.e", "f"]);
        assert!(!put_file_back(&repo, path, was.as_ref(), is.as_ref()).unwrap(), "somebody else wrote meanwhile");
    }

    #[test]
    fn a_popped_stash_goes_back_to_the_byte() {
        let fixture = Fixture::new();
        let (repo, root) = (fixture.repo(), fixture.root());
        for text in ["one", "two"] {
            write(&root, "tracked.txt", text);
            git(&root, &["add", "-A"]);
            git(&root, &["stash", "push", "-q", "-m", text]);
        }
        let log = fs::read(repo.common_dir().join(STASH_LOG)).unwrap();
        let tip = repo.read_ref("refs/stash").unwrap();
        let before = Outside::look(&repo, &run(), &Outside::default(), false);
        for clear in [&["stash", "drop", "-q"][..], &["stash", "clear"][..]] {
            git(&root, clear);
            let (_, found) = before.compare(&repo, &run(), false);
            let [Difference::Stash { was, is }] = &found[..] else { panic!("{found:?}") };
            assert!(put_stash_back(&repo, was, is).unwrap());
            assert_eq!(fs::read(repo.common_dir().join(STASH_LOG)).unwrap(), log);
            assert_eq!(repo.read_ref("refs/stash").unwrap(), tip);
            assert_eq!(git(&root, &["stash", "list"]).lines().count(), 2);
        }
    }
}
