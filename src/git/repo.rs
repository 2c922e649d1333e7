//! Which repository: found once, then asked by absolute paths.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use super::call::Call;
use super::ledger::Ledger;
use super::merge_driver::MergeDriver;
use super::object_watch::ObjectWatch;
use super::read::Reader;
use super::session::Session;
use super::slot::Slot;
use crate::model::{Error, ErrorKind, Result};

/// Oldest git that works: the first with `merge-tree --stdin`.
const OLDEST: (u32, u32) = (2, 39);

/// How long one process moves refs. It writes the time of its first transaction into every reflog.
const YOUNG: Duration = Duration::from_secs(1);

/// A repository that git orca can work in: not bare, SHA-1, its refs in files. Cheap to clone, shared by all threads.
#[derive(Clone)]
pub struct Repo {
    inner: Arc<Inner>,
}

struct Inner {
    common: PathBuf,
    git_dir: PathBuf,
    work_tree: PathBuf,
    main_tree: Option<PathBuf>,
    version: String,
    shallow: bool,
    reader: Reader,
    /// What this program made of refs since it started: what differs from it was somebody else.
    ledger: Ledger,
    /// Held while a worktree is added: `git worktree add` run twice at once fails 11 times of 40.
    adding: Mutex<()>,
    commits: Session,
    refs: Session,
    /// Author and committer as git knows them, `Name <mail>`.
    names: OnceLock<(String, String)>,
    /// Sees what is written while a run goes on.
    objects: Mutex<Option<Arc<ObjectWatch>>>,
    drivers: OnceLock<Vec<MergeDriver>>,
    converts: OnceLock<bool>,
}

impl std::fmt::Debug for Repo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repo").field("common", &self.inner.common).field("work_tree", &self.inner.work_tree).finish()
    }
}

impl Repo {
    /// The repository around `from`: any of its folders, or one of a linked worktree.
    ///
    /// # Errors
    /// Git is missing or older than 2.39; no repository here; it is bare, SHA-256, keeps its refs in a reftable, or has
    /// no commit yet. Each with what to type.
    pub fn discover(from: &Path) -> Result<Repo> {
        let repo = Repo::locate(from)?;
        if repo.reader().is_unborn()? {
            let hint = "git add -A && git commit -m \"first commit\"";
            return Err(
                Error::new(ErrorKind::Environment, "reading `HEAD`", "the repository has no commit yet").hint(hint)
            );
        }
        Ok(repo)
    }

    /// As [`Repo::discover`], for commands that work before the first commit.
    ///
    /// # Errors
    /// As [`Repo::discover`], but for the missing commit.
    pub fn locate(from: &Path) -> Result<Repo> {
        let version = checked_version(from)?;
        let found = Found::meant(from)?;
        let doing = || format!("opening the repository `{}`", found.common.display());
        if found.bare {
            let cause = "it is bare: agents need a checkout to start from";
            return Err(Error::new(ErrorKind::Environment, doing(), cause)
                .hint("git worktree add ../checkout, then run git orca there"));
        }
        if found.format != "sha1" {
            let cause = format!("its objects are {}; only SHA-1 repositories are supported", found.format);
            return Err(Error::new(ErrorKind::Environment, doing(), cause));
        }
        refuse_reftable(&found.common)?;
        let main_tree = main_work_tree(&found);
        let work_tree = found.top.clone().or_else(|| main_tree.clone()).unwrap_or_else(|| found.common.clone());
        let reader = Reader::open(&found.git_dir)?;
        let Found { common, git_dir, shallow, .. } = found;
        let adding = Mutex::new(());
        let (commits, refs, ledger) = (Session::new(None), Session::new(Some(YOUNG)), Ledger::default());
        let inner = Inner {
            common,
            git_dir,
            work_tree,
            main_tree,
            version,
            shallow,
            reader,
            ledger,
            adding,
            commits,
            refs,
            names: OnceLock::new(),
            objects: Mutex::default(),
            drivers: OnceLock::new(),
            converts: OnceLock::new(),
        };
        Ok(Repo { inner: Arc::new(inner) })
    }

    /// Merge drivers that git is set up with; asked once.
    pub(super) fn drivers(&self) -> &OnceLock<Vec<MergeDriver>> {
        &self.inner.drivers
    }

    /// Whether the user's own settings may make files in a worktree differ from what is stored, whatever the attributes in
    /// a tree say; asked once.
    pub(super) fn may_convert(&self) -> bool {
        *self.inner.converts.get_or_init(|| {
            let set = |key: &str, is: &dyn Fn(&str) -> bool| {
                let value = Call::found_from(self.work_tree(), "reading git's configuration").plain();
                value.args(["config", "--get", key]).line().is_ok_and(|value| is(&value))
            };
            // git's own default place of the user's attributes is not asked for its content.
            let home = |name: &str| std::env::var_os(name).map(PathBuf::from);
            let own = home("XDG_CONFIG_HOME").or_else(|| home("HOME").map(|home| home.join(".config")));
            self.common_dir().join("info/attributes").exists()
                || own.is_some_and(|own| own.join("git/attributes").exists())
                || Path::new("/etc/gitattributes").exists()
                || set("core.autocrlf", &|value| value != "false")
                || set("core.attributesfile", &|_| true)
        })
    }

    /// The folder that all worktrees share (`.git` of the main one), absolute.
    pub fn common_dir(&self) -> &Path {
        &self.inner.common
    }

    /// The root of the worktree where the user stands, absolute: `HEAD`, plans and settings are those found there.
    pub fn work_tree(&self) -> &Path {
        &self.inner.work_tree
    }

    /// The git folder of the worktree where the user stands: [`Repo::common_dir`] in the main one.
    pub fn git_dir(&self) -> &Path {
        &self.inner.git_dir
    }

    /// The root of the main worktree, absolute. None in a bare repository, and where git itself cannot tell: seen from
    /// a linked worktree of a repository whose git folder lies elsewhere.
    pub fn main_tree(&self) -> Option<&Path> {
        self.inner.main_tree.as_deref()
    }

    /// The version of git in use, as it says it: `2.39.5`.
    pub fn git_version(&self) -> &str {
        &self.inner.version
    }

    /// Major and minor number of [`Repo::git_version`].
    pub(super) fn version_parts(&self) -> (u32, u32) {
        let mut numbers = self.inner.version.split('.').map(|part| part.parse().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
    }

    /// Whether history is cut off. Runs work all the same: every merge base they need descends from the base commit.
    /// Only `ahead`/`behind` counts and merges with commits older than the cut can be wrong.
    pub fn is_shallow(&self) -> bool {
        self.inner.shallow
    }

    pub(super) fn reader(&self) -> &Reader {
        &self.inner.reader
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.inner.ledger
    }

    /// The session that writes commits. Nothing it remembers can grow stale: objects never change.
    pub(super) fn commit_session(&self) -> &Session {
        &self.inner.commits
    }

    /// From now on objects are written without waiting for the disk, and brought there together before a ref names them;
    /// with `None` each is waited for again.
    pub(super) fn watch_objects(&self, watch: Option<Arc<ObjectWatch>>) {
        *self.objects() = watch;
        // Its process was told once and for all.
        self.commit_session().close();
    }

    fn objects(&self) -> std::sync::MutexGuard<'_, Option<Arc<ObjectWatch>>> {
        self.inner.objects.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A call that writes objects which somebody else will name.
    pub(super) fn unsynced(&self, call: Call) -> Call {
        if self.objects().is_some() { call.syncs_later() } else { call }
    }

    /// Brings to the disk what was written since the last time.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn sync_written(&self) -> Result<()> {
        let watch = self.objects().clone();
        let synced = watch.map_or(Ok(()), |watch| watch.sync());
        synced.map_err(|error| Error::failed("bringing objects to the disk", error))
    }

    /// Author and committer of commits; asked once.
    pub(super) fn commit_names(&self) -> &OnceLock<(String, String)> {
        &self.inner.names
    }

    /// The session that moves refs.
    pub(super) fn ref_session(&self) -> &Session {
        &self.inner.refs
    }

    /// A call about refs and objects, in the shared folder, without a worktree.
    pub(super) fn git(&self, doing: impl Into<String>) -> Call {
        Call::found_from(self.common_dir(), doing).env("GIT_DIR", self.common_dir()).marked(self.common_dir())
    }

    /// A call in the checkout where the user stands; where somebody removed that meanwhile, in the shared folder.
    pub(super) fn git_here(&self, doing: impl Into<String>) -> Call {
        let (tree, git_dir) = (self.work_tree(), self.git_dir());
        if !tree.is_dir() || !git_dir.is_dir() {
            return Call::found_from(self.common_dir(), doing).env("GIT_DIR", self.common_dir());
        }
        Call::found_from(tree, doing).env("GIT_DIR", git_dir).env("GIT_WORK_TREE", tree)
    }

    /// A call in a slot. Which repository it is comes from us, never from the slot's own `.git`.
    pub(super) fn git_in(&self, slot: &Slot, doing: impl Into<String>) -> Call {
        let call = Call::found_from(&slot.path, doing).env("GIT_DIR", &slot.admin).env("GIT_WORK_TREE", &slot.path);
        let mut call = call.marked(self.common_dir());
        if tells_case(&slot.path) {
            // Of a configuration that came from elsewhere git would take a new `Readme.md` for `README.md`, and nobody's work.
            call = call.config("core.ignoreCase=false");
        }
        let sparse = super::sparse::sparse_settings(&slot.path);
        sparse.into_iter().fold(call, |call, (key, value)| call.config(format!("{key}={value}")))
    }

    /// Runs `add` while no other thread adds a worktree.
    pub(super) fn alone<T>(&self, add: impl FnOnce() -> T) -> T {
        let _held = self.inner.adding.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        add()
    }
}

/// Whether the file system under a slot keeps two files whose names differ only in case.
fn tells_case(slot: &Path) -> bool {
    slot.join(".git").symlink_metadata().is_ok() && slot.join(".GIT").symlink_metadata().is_err()
}

/// What `rev-parse` says about the place.
struct Found {
    common: PathBuf,
    git_dir: PathBuf,
    bare: bool,
    shallow: bool,
    format: String,
    top: Option<PathBuf>,
}

impl Found {
    /// The repository that the environment names (`GIT_DIR`, as git itself sets it for hooks and for
    /// `git --git-dir=… orca`), else the one around `from`. Where both are the same one, the folder says more: with
    /// `GIT_DIR` alone git takes the current folder for the root of the checkout.
    fn meant(from: &Path) -> Result<Found> {
        let around = Found::ask(from, &[]);
        let Some(git_dir) = std::env::var_os("GIT_DIR") else { return around };
        let mut named = vec![("GIT_DIR", git_dir.clone())];
        named.extend(std::env::var_os("GIT_WORK_TREE").map(|tree| ("GIT_WORK_TREE", tree)));
        match (around, Found::ask(from, &named)) {
            (Ok(around), Ok(named)) if around.common == named.common => Ok(around),
            (around, Err(_)) => around,
            (_, Ok(found)) if named.len() > 1 => Ok(found),
            (_, Ok(found)) => {
                Ok(checkout_of(&found.git_dir).and_then(|tree| Found::ask(&tree, &[]).ok()).unwrap_or(found))
            }
        }
    }

    fn ask(from: &Path, named: &[(&str, OsString)]) -> Result<Found> {
        let doing = format!("looking for a repository at `{}`", from.display());
        let asked = ["--git-common-dir", "--absolute-git-dir", "--is-bare-repository", "--is-shallow-repository"];
        let questions = |call: Call| {
            let call = call.args(["rev-parse", "--path-format=absolute"]).args(asked);
            call.args(["--show-object-format", "--show-toplevel"])
        };
        let call = questions(Call::found_from(from, doing.clone()).named_by(named));
        let output = call.output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        if lines.len() > 6 {
            let cause = "a folder above it has a line break in its name, which is not supported";
            return Err(Error::new(ErrorKind::Environment, doing, cause).hint("move the repository to another folder"));
        }
        // `--show-toplevel` comes last: in a bare repository and inside `.git` it fails after the rest was answered.
        let [common, git_dir, bare, shallow, format, ..] = lines[..] else {
            return Err(explain(&doing, &call.error(&output), &String::from_utf8_lossy(&output.stderr)));
        };
        Ok(Found {
            common: PathBuf::from(common),
            git_dir: PathBuf::from(git_dir),
            bare: bare == "true",
            shallow: shallow == "true",
            format: format.to_owned(),
            top: lines.get(5).filter(|_| output.success()).map(PathBuf::from),
        })
    }
}

/// The checkout that a git folder belongs to, as far as its place tells.
fn checkout_of(git_dir: &Path) -> Option<PathBuf> {
    if git_dir.file_name()? == ".git" {
        return git_dir.parent().map(Path::to_owned);
    }
    let linked = std::fs::read_to_string(git_dir.join("gitdir")).ok()?;
    Path::new(linked.trim_end()).parent().map(Path::to_owned)
}

/// Why `rev-parse` failed, in our words.
fn explain(doing: &str, plain: &Error, said: &str) -> Error {
    let fail = |cause: &str, hint: &str| Error::new(ErrorKind::Environment, doing, cause).hint(hint);
    if said.contains("not a git repository") || said.contains("must be run in a work tree") {
        return fail("not inside a git repository", "git init && git add -A && git commit -m \"first commit\"");
    }
    if said.contains("dubious ownership") {
        let hint = said.lines().find(|line| line.contains("safe.directory")).unwrap_or_default().trim().to_owned();
        return fail("the repository belongs to another user", &hint);
    }
    if said.contains("refstorage") || said.contains("reftable") {
        return reftable(doing);
    }
    plain.clone()
}

fn reftable(doing: &str) -> Error {
    Error::new(ErrorKind::Environment, doing, "the repository keeps its refs in a reftable, which is not supported")
        .hint("git refs migrate --ref-format=files")
}

/// Reads the shared configuration file: git 2.39 refuses reftable repositories itself, newer ones open them.
fn refuse_reftable(common: &Path) -> Result<()> {
    let storage = super::read::config_file_value(&common.join("config"), "extensions.refstorage");
    match storage {
        Some(storage) if !storage.eq_ignore_ascii_case("files") => {
            Err(reftable(&format!("opening the repository `{}`", common.display())))
        }
        _ => Ok(()),
    }
}

fn main_work_tree(found: &Found) -> Option<PathBuf> {
    if found.git_dir == found.common && found.top.is_some() {
        return found.top.clone();
    }
    let config = found.common.join("config");
    let value = |key: &str| super::read::config_file_value(&config, key);
    if let Some(set) = value("core.worktree") {
        let path = found.common.join(set);
        return Some(path.canonicalize().unwrap_or(path));
    }
    let bare = value("core.bare").is_some_and(|bare| bare == "true");
    match (found.common.file_name(), found.common.parent()) {
        (Some(name), Some(parent)) if name == ".git" && !bare => Some(parent.to_owned()),
        _ => None,
    }
}

fn checked_version(from: &Path) -> Result<String> {
    let folder = if from.is_dir() { from } else { Path::new("/") };
    let said = Call::found_from(folder, "asking git for its version").arg("version").line()?;
    let version = said.split_whitespace().nth(2).unwrap_or_default().to_owned();
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < OLDEST {
        let cause = format!("git {version} is too old: `git merge-tree --stdin` came with 2.39");
        return Err(
            Error::new(ErrorKind::Environment, "asking git for its version", cause).hint("install git 2.39 or newer")
        );
    }
    Ok(version)
}
