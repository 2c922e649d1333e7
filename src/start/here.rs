//! Where a command was typed: repository, runs, environment, settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::agent::AGENTS;
use crate::gate;
use crate::git::Repo;
use crate::journal::{RunLock, RunPaths, RunState, Store};
use crate::model::{Error, ErrorKind, FolderFiles, Problem, Result};
use crate::run::{is_driven, repo_digest};
use crate::settings::{Flags, Settings, Sources, resolve};

/// Longest time between the end of a killed process and that of what it was about to start.
const LINGERS: Duration = Duration::from_secs(2);

/// Name of the project's settings file.
pub const ORCA_TOML: &str = "orca.toml";

/// The surroundings of a command.
#[derive(Debug)]
pub struct Here {
    /// The folder it was typed in.
    pub cwd: PathBuf,
    /// The repository.
    pub repo: Repo,
    /// Its runs.
    pub store: Store,
    /// The environment.
    pub env: BTreeMap<String, String>,
}

/// What is wrong before anything was done: one error, or the problems of a document.
#[derive(Debug)]
pub enum Refusal {
    /// One error.
    Error(Error),
    /// Problems, and the exit code they mean.
    Problems(Vec<Problem>, u8),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Error(error)
    }
}

impl Here {
    /// The repository around the current folder.
    ///
    /// # Errors
    /// There is none, or none that git orca can work in.
    pub fn find() -> Result<Here> {
        let cwd = std::env::current_dir().map_err(|e| Error::failed("looking at the current folder", e))?;
        Here::at(&cwd)
    }

    /// The repository around a folder.
    ///
    /// # Errors
    /// As [`Here::find`].
    pub fn at(folder: &Path) -> Result<Here> {
        let repo = Repo::discover(folder)?;
        let store = Store::new(repo.common_dir());
        Ok(Here { cwd: folder.to_owned(), repo, store, env: crate::process::env::current() })
    }

    /// The writer's lock, or `None` when another process has it.
    ///
    /// A process that was killed while it started another leaves the lock with that for a moment: when nobody drives the
    /// last run any more, that moment is waited for.
    ///
    /// # Errors
    /// The folder or the lock file cannot be made.
    pub fn lock(&self) -> Result<Option<RunLock>> {
        let began = Instant::now();
        loop {
            let lock = self.store.lock()?;
            let lingers = || !self.run(None).is_ok_and(|(_, state)| self.drives(&state));
            if lock.is_some() || began.elapsed() > LINGERS || !lingers() {
                return Ok(lock);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether another process drives the run. Where its process cannot be seen from here (inside a fence, in a
    /// container) the writer's lock alone tells.
    pub fn drives(&self, state: &RunState) -> bool {
        self.store.is_locked() && is_driven(state) != Some(false)
    }

    /// The settings files from where one stands up to the root of the checkout, nearest first: path from the root, and
    /// text.
    ///
    /// # Errors
    /// One is there and cannot be read.
    pub fn orca_tomls(&self) -> Result<Vec<(String, String)>> {
        let root = self.repo.work_tree();
        let cwd = self.cwd.canonicalize().unwrap_or_else(|_| self.cwd.clone());
        let inside = cwd.strip_prefix(root).unwrap_or(Path::new(""));
        let mut found = Vec::new();
        for folder in inside.ancestors() {
            let name = folder.join(ORCA_TOML);
            match std::fs::read_to_string(root.join(&name)) {
                Ok(text) => found.push((name.to_string_lossy().into_owned(), text)),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(Error::failed(format!("reading `{}`", root.join(&name).display()), e)),
            }
        }
        Ok(found)
    }

    /// The folder, from the root, that the nearest settings file makes a project of its own; empty for the root.
    ///
    /// # Errors
    /// As [`Here::orca_tomls`].
    pub fn folder(&self) -> Result<String> {
        let nearest = self.orca_tomls()?.into_iter().next();
        Ok(nearest.and_then(|(name, _)| Some(name.rsplit_once('/')?.0.to_owned())).unwrap_or_default())
    }

    /// The settings in force.
    ///
    /// # Errors
    /// A setting is wrong.
    pub fn settings(&self, flags: &Flags) -> Result<Settings, Refusal> {
        let files = self.orca_tomls()?;
        let built_in: Vec<&str> = AGENTS.iter().map(|agent| agent.name()).filter(|name| *name != "command").collect();
        let config = self.repo.config()?;
        resolve(&Sources {
            flags,
            env: &self.env,
            git_config: &config,
            file: files.first().map(|(name, text)| (name.as_str(), text.as_str())),
            beneath: files.get(1..).unwrap_or_default(),
            built_in_agents: &built_in,
            gate_kinds: gate::kinds(),
        })
        .map_err(|problems| Refusal::Problems(problems, ErrorKind::Usage.exit_code()))
    }

    /// Folder for the worktrees: beside the repository, never inside it, since tools climb to the parent's manifest;
    /// where that cannot be written, below the user's cache (the second value is then true).
    ///
    /// # Errors
    /// The setting is no path, or nothing can be written.
    pub fn slots(&self, settings: &Settings) -> Result<(PathBuf, bool)> {
        let tree = self.repo.main_tree().unwrap_or(self.repo.work_tree());
        if let Some(set) = &settings.worktree_dir {
            return Ok((self.expanded(set), false));
        }
        let name = tree.file_name().map_or_else(|| "repository".into(), |name| name.to_string_lossy().into_owned());
        let beside = tree.with_file_name(format!("{name}.orca"));
        let writable = |folder: &Path| tempfile::Builder::new().prefix(".orca").tempfile_in(folder).is_ok();
        let parent = beside.parent().unwrap_or(Path::new("/"));
        if beside.exists() || writable(parent) {
            return Ok((beside, false));
        }
        let home = self.env.get("HOME").map(PathBuf::from);
        let cache = self.env.get("XDG_CACHE_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
        let Some(cache) = cache.or_else(|| Some(home?.join(".cache"))) else {
            return Err(Error::new(
                ErrorKind::Environment,
                "finding a place for worktrees",
                format!("`{}` cannot be written", parent.display()),
            )
            .hint("git config orca.worktreeDir /another/folder"));
        };
        Ok((cache.join("git-orca").join(format!("{name}-{}", repo_digest(self.repo.common_dir()))), true))
    }

    fn expanded(&self, text: &str) -> PathBuf {
        match (text.strip_prefix("~/"), self.env.get("HOME")) {
            (Some(rest), Some(home)) => Path::new(home).join(rest),
            _ => self.repo.work_tree().join(text),
        }
    }

    /// The files of the user's checkout.
    pub fn files(&self) -> FolderFiles {
        FolderFiles::new(self.repo.work_tree())
    }

    /// The run that is meant and its state.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn run(&self, named: Option<&str>) -> Result<(RunPaths, RunState)> {
        let paths = self.store.find(named)?;
        let state = paths.state()?;
        Ok((paths, state))
    }

    /// Positions of the tasks that `words` (ids, keys, globs, `layer:N`) mean, in the plan's order.
    ///
    /// # Errors
    /// A word means no task.
    pub fn tasks(state: &RunState, words: &[String]) -> Result<Vec<usize>> {
        Ok(Here::tasks_named(state, words)?.into_keys().collect())
    }

    /// As [`Here::tasks`], with whether each was named by itself: what only a glob or a layer took in is left out
    /// where it does not fit, what was named is refused.
    ///
    /// # Errors
    /// A word means no task.
    pub fn tasks_named(state: &RunState, words: &[String]) -> Result<BTreeMap<usize, bool>> {
        let mut found: BTreeMap<usize, bool> = BTreeMap::new();
        for word in words {
            let mut known = false;
            let info = &state.info;
            let glob = globset::GlobBuilder::new(word)
                .literal_separator(false)
                .build()
                .ok()
                .map(|glob| glob.compile_matcher());
            let layer = word.strip_prefix("layer:").and_then(|n| n.parse::<u32>().ok());
            for (i, task) in info.tasks.iter().enumerate() {
                let named = task.id.as_str().eq_ignore_ascii_case(word) || task.key == *word;
                let matched =
                    glob.as_ref().is_some_and(|glob| glob.is_match(task.id.as_str()) || glob.is_match(&task.key));
                if named || matched || layer == Some(info.layers[i]) {
                    known = true;
                    *found.entry(i).or_default() |= named;
                }
            }
            if !known {
                found.insert(only_one_begins_with(state, word)?, true);
            }
        }
        Ok(found)
    }
}

/// Another process writes this repository's runs, which keeps this one from doing something.
pub fn busy(doing: &str, run: &str) -> Error {
    Error::new(ErrorKind::Busy, doing, format!("{run} is active in this repository"))
        .hint("git orca status")
        .hint("git orca stop   ends it")
}

/// The task whose id begins with a word, where there is one only: ids made of titles are long.
fn only_one_begins_with(state: &RunState, word: &str) -> Result<usize> {
    let begins = |id: &str| id.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let is_word = word.len() >= 3 && word.starts_with(|c: char| c.is_ascii_alphabetic());
    let mut all = (0..state.info.tasks.len()).filter(|i| is_word && begins(state.info.tasks[*i].id.as_str()));
    match (all.next(), all.next()) {
        (Some(i), None) => Ok(i),
        _ => Err(no_task(state, word)),
    }
}

fn no_task(state: &RunState, word: &str) -> Error {
    let ids = state.info.tasks.iter().map(|task| task.id.as_str());
    let near = crate::settings::nearest(word, ids);
    let error = Error::new(
        ErrorKind::NotFound,
        "looking for the task",
        format!("run {} has no task `{}`", state.info.run, crate::brief::one_line(word)),
    );
    match near {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint("git orca status"),
    }
}
