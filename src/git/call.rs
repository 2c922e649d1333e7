//! Every call of the git program goes through here.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use crate::model::{Error, ErrorKind, Result, crash};
use crate::process::{Dialogue, Tool, ToolOutput, tool_mark};

/// Set for every call: no hook of the user, no monitor, no pager and no automatic collection can change or delay what
/// the program does. A `reference-transaction` hook could veto a landing; `gc` during a run can delete what an agent is
/// about to need.
const ALWAYS: [&str; 13] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.sparseCheckout=false",
    "core.pager=cat",
    "core.quotePath=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "commit.gpgSign=false",
    "submodule.recurse=false",
    // Our own reader understands plain index files.
    "core.splitIndex=false",
    "index.sparse=false",
    "index.skipHash=false",
    "advice.detachedHead=false",
];

/// Set for calls that write: refs keep a log wherever they are.
const WRITES: &str = "core.logAllRefUpdates=always";

/// Set for calls that write, unless what they write is brought to the disk by ourselves: by default git does not sync loose
/// objects, so that commits can vanish on power loss.
const SYNCS: &str = "core.fsync=committed,loose-object";

/// Variables that would point git at another repository, index or object folder than the one we mean. A hook or an
/// alias that starts git orca has some of them set.
const FOREIGN: [&str; 21] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_ATTR_SOURCE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_REFLOG_ACTION",
    "GIT_AUTHOR_DATE",
    "GIT_COMMITTER_DATE",
    "GIT_QUARANTINE_PATH",
];

/// The longest that one call may take: a first checkout of a very large repository takes minutes. What waits for something
/// that will never come (a pipe in a file's place, a server that does not answer) is ended and said.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// The longest for a call that only reads.
const LONGEST_READ: Duration = Duration::from_secs(3 * 60);

/// The file that stands for the user's own configuration in every call of this process, once there is one.
static FROZEN_CONFIG: RwLock<Option<PathBuf>> = RwLock::new(None);

/// From now on every call of this process reads `file` in place of the user's own configuration.
pub(super) fn read_config_from(file: &Path) {
    *FROZEN_CONFIG.write().unwrap_or_else(PoisonError::into_inner) = Some(file.to_owned());
}

/// A call of the git program that is being put together.
#[derive(Debug, Clone)]
pub(super) struct Call {
    config: Vec<String>,
    args: Vec<std::ffi::OsString>,
    tool: Tool,
    writes: bool,
    /// Whether we bring its objects to the disk ourselves.
    syncs_later: bool,
    /// Set for calls that write.
    mark: Option<(&'static str, String)>,
    doing: String,
    patience: Option<Duration>,
}

impl Call {
    /// A call in `folder`, about whatever repository is found there. `doing` is the gerund phrase of its errors.
    pub(super) fn found_from(folder: &Path, doing: impl Into<String>) -> Self {
        let mut tool = Tool::new("git").cwd(folder).env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0");
        tool = tool.env("GIT_TERMINAL_PROMPT", "0").env("GIT_EDITOR", ":").env("GIT_PAGER", "cat");
        for name in FOREIGN {
            tool = tool.env_remove(name);
        }
        if let Some(copy) = FROZEN_CONFIG.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            tool = tool.env("GIT_CONFIG_GLOBAL", copy);
        }
        let config = ALWAYS.iter().map(|&text| text.to_owned()).collect();
        let doing = doing.into();
        Call { config, args: Vec::new(), tool, writes: false, syncs_later: false, mark: None, doing, patience: None }
    }

    /// Sets another limit of time than that of all calls.
    pub(super) fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// Takes the repository from these variables instead of looking for it.
    pub(super) fn named_by(self, named: &[(&str, std::ffi::OsString)]) -> Self {
        named.iter().fold(self, |call, (name, value)| call.env(name, value))
    }

    /// Takes back all our settings: for reading what the user would see in the own checkout, where sparse checkouts and
    /// file monitors are the user's business.
    pub(super) fn plain(mut self) -> Self {
        self.config.clear();
        self
    }

    /// Marks a call that writes: objects, refs, or the files of a worktree.
    pub(super) fn writes(mut self) -> Self {
        self.writes = true;
        self
    }

    /// Does not wait for the disk: whoever names what it writes by a ref does.
    pub(super) fn syncs_later(mut self) -> Self {
        self.syncs_later = true;
        self
    }

    /// Adds `-c key=value`.
    pub(super) fn config(mut self, text: impl Into<String>) -> Self {
        self.config.push(text.into());
        self
    }

    /// Takes back one of the settings that are set for every call.
    pub(super) fn without_config(mut self, key: &str) -> Self {
        self.config.retain(|text| text.split('=').next() != Some(key));
        self
    }

    pub(super) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    pub(super) fn args<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, args: I) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    pub(super) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.tool = self.tool.env(name, value);
        self
    }

    /// Marks the process as one of ours at the repository `common`, so that it is found when it outlives us.
    pub(super) fn marked(mut self, common: &Path) -> Self {
        self.mark = Some(tool_mark(common));
        self
    }

    /// Uses `index` in place of the worktree's own.
    pub(super) fn index(self, index: &Path) -> Self {
        self.env("GIT_INDEX_FILE", index)
    }

    pub(super) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.tool = self.tool.stdin(bytes);
        self
    }

    fn tool(&self) -> Tool {
        let mut tool = self.tool.clone();
        if let Some((name, value)) = self.mark.as_ref().filter(|_| self.writes) {
            tool = tool.env(name, value);
        }
        let longest = if self.writes { LONGEST } else { LONGEST_READ };
        tool = tool.patience(self.patience.unwrap_or(longest));
        let writes = self.writes.then_some(WRITES);
        let syncs = (self.writes && !self.syncs_later).then_some(SYNCS);
        for text in self.config.iter().map(String::as_str).chain(writes).chain(syncs) {
            tool = tool.arg("-c").arg(text);
        }
        self.args.iter().fold(tool, Tool::arg)
    }

    /// Runs it; an exit code other than 0 is an answer, not an error.
    pub(super) fn output(&self) -> Result<ToolOutput> {
        self.between_points(|tool| tool.output())
    }

    /// Runs it to the end; anything but exit code 0 is an error with what git said. Gives standard output.
    pub(super) fn run(&self) -> Result<Vec<u8>> {
        self.checked(self.output()?)
    }

    /// As [`Call::run`], with standard input written by `feed` while git reads.
    pub(super) fn run_fed(&self, feed: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send) -> Result<Vec<u8>> {
        let output = self.between_points(|tool| tool.output_fed(feed))?;
        self.checked(output)
    }

    /// Starts it, to answer one request after another. Whoever asks sets the crash points.
    pub(super) fn start(&self) -> Result<Dialogue> {
        Dialogue::start(&self.tool()).map_err(|error| self.not_started(&error))
    }

    /// Runs it; what writes is an effect, with a crash point on either side.
    fn between_points(&self, run: impl FnOnce(Tool) -> io::Result<ToolOutput>) -> Result<ToolOutput> {
        if self.writes {
            crash::point("git.before");
        }
        let output = run(self.tool()).map_err(|error| self.not_started(&error));
        if self.writes {
            crash::point("git.after");
        }
        output
    }

    /// As [`Call::run`], for answers of one line.
    pub(super) fn line(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.run()?).trim_end().to_owned())
    }

    /// Why git could not be started. A working folder that is gone looks to the system like a missing program.
    fn not_started(&self, error: &io::Error) -> Error {
        if let Some(gone) = self.tool.folder().filter(|folder| !folder.is_dir()) {
            let cause = format!("the folder `{}` is gone", gone.display());
            return Error::new(ErrorKind::NotFound, self.doing.clone(), cause);
        }
        if error.kind() == io::ErrorKind::NotFound {
            let cause = "the program `git` is not installed, or not in `PATH`";
            return Error::new(ErrorKind::Environment, self.doing.clone(), cause)
                .hint("install git 2.39 or newer, e.g. `apt install git`");
        }
        Error::failed(self.doing.clone(), error)
    }

    fn checked(&self, output: ToolOutput) -> Result<Vec<u8>> {
        if output.success() { Ok(output.stdout) } else { Err(self.error(&output)) }
    }

    /// The error of an ended call: what git said, shortened to its last lines.
    pub(super) fn error(&self, output: &ToolOutput) -> Error {
        let said = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
        let command = self.args.first().map(|arg| arg.to_string_lossy().into_owned()).unwrap_or_default();
        let ended = match (output.code, output.signal) {
            (Some(code), _) => format!("exit code {code}"),
            (None, signal) => format!("signal {}", signal.unwrap_or_default()),
        };
        let end = lines.len().saturating_sub(3);
        // What a server says stands first, and is why.
        let server = lines[..end].iter().filter(|line| line.starts_with("remote: ")).take(3);
        let last = server.chain(&lines[end..]).map(|line| line.trim()).collect::<Vec<_>>().join("; ");
        Error::failed(self.doing.clone(), format!("`git {command}` ended with {ended}: {last}"))
    }
}
