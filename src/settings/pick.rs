//! Choosing the value of one setting among its sources, and remembering which it was.

use std::collections::BTreeMap;

use super::file::OrcaFile;
use super::keys::{KEYS, Key};
use super::near::suggestion;
use super::own_agents;
use super::shown::Shown;
use super::sources::Sources;
use super::words::Words;
use crate::model::{Place, Problem, Severity};

/// Variables that the program sets for what it starts (DESIGN 10): present when it is called from inside a run.
const OWN_VARIABLES: [&str; 11] = [
    "ORCA_RUN",
    "ORCA_TASK",
    "ORCA_ATTEMPT",
    "ORCA_TASK_FILE",
    "ORCA_PROMPT_FILE",
    "ORCA_WORKTREE",
    "ORCA_BASE",
    "ORCA_PORT",
    "ORCA_REPO",
    "ORCA_SKIP",
    "ORCA_LOG",
];

/// Beginnings of variables for tests of the program.
const OWN_PREFIXES: [&str; 2] = ["ORCA_TEST_", "ORCA_CRASH_"];

/// Looks settings up, one after another.
pub(super) struct Picker<'s> {
    sources: &'s Sources<'s>,
    values: &'s BTreeMap<&'static str, (String, Place)>,
    pub(super) problems: Vec<Problem>,
    pub(super) shown: Vec<Shown>,
}

impl<'s> Picker<'s> {
    pub(super) fn new(sources: &'s Sources<'s>, file: &'s OrcaFile) -> Self {
        Picker { sources, values: &file.values, problems: Vec::new(), shown: Vec::new() }
    }

    /// The value of `key` from the first source that has one. Wrong values of other sources are problems too: they
    /// would bite as soon as the better source is gone. `default` is shown when no source has a value.
    pub(super) fn pick<T>(
        &mut self,
        key: &Key,
        flag: Option<T>,
        read: impl Fn(&str) -> Result<T, String>,
        show: impl Fn(&T) -> String,
        default: &str,
    ) -> Option<T> {
        let mut best = flag.map(|value| (value, format!("--{}", key.name)));
        for (text, source, at) in self.texts(key) {
            match read(&text) {
                Ok(value) if best.is_none() => best = Some((value, source)),
                Ok(_) => {}
                Err(what) => {
                    let what = format!("`{}`: {what}", self.name_at(key, &source));
                    self.problems.push(Problem::new(Severity::Error, at, what, ""));
                }
            }
        }
        let (value, source) = match &best {
            Some((value, source)) => (show(value), source.clone()),
            None => (default.to_owned(), "default".to_owned()),
        };
        self.shown.push(Shown { key: key.name.to_owned(), value, source });
        best.map(|(value, _)| value)
    }

    /// The texts for `key` below the command line, best source first: (text, source, place).
    fn texts(&self, key: &Key) -> Vec<(String, String, Place)> {
        let env = key.env();
        let git = key.git();
        let mut texts = Vec::new();
        // An empty variable is how a shell user unsets one for a single command.
        if let Some(text) = self.sources.env.get(&env).filter(|text| !text.is_empty()) {
            texts.push((text.clone(), env.clone(), Place::new(format!("environment {env}"), 0)));
        }
        if let Some(text) = self.sources.git_config.get(&git.to_ascii_lowercase()) {
            let source = format!("git config {git}");
            texts.push((text.clone(), source.clone(), Place::new(source, 0)));
        }
        if let Some((text, at)) = self.values.get(key.name) {
            texts.push((text.clone(), at.to_string(), at.clone()));
        }
        texts
    }

    fn name_at(&self, key: &Key, source: &str) -> String {
        match source {
            env if env == key.env() => key.env(),
            git if git.starts_with("git config ") => key.git(),
            _ => key.in_file().unwrap_or_else(|| key.name.to_owned()),
        }
    }

    /// The place of the source that won for `key`.
    pub(super) fn place_of(&self, key: &Key) -> Place {
        let source = self.shown.iter().find(|shown| shown.key == key.name).map_or("", |shown| &shown.source);
        match self.values.get(key.name) {
            Some((_, at)) if at.to_string() == source => at.clone(),
            _ => Place::new(source, 0),
        }
    }

    /// Keys of `orca.*` that nothing reads are errors; unknown `ORCA_*` variables only warnings, since other programs
    /// of that name exist.
    pub(super) fn refuse_unknown(&mut self) {
        let git_names: Vec<String> = KEYS.iter().map(Key::git).collect();
        for name in self
            .sources
            .git_config
            .keys()
            .filter(|name| name.starts_with("orca.") && !name.starts_with(own_agents::START))
        {
            if !git_names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                let near = suggestion(name, git_names.iter().map(String::as_str));
                let hint = format!("{near}  to remove it: git config --unset {name}");
                let at = Place::new("git config", 0);
                self.problems.push(Problem::new(Severity::Error, at, format!("unknown key `{name}`"), hint));
            }
        }
        let variables: Vec<String> = KEYS.iter().map(Key::env).collect();
        for name in self.sources.env.keys().filter(|name| name.starts_with("ORCA_")) {
            let own =
                OWN_VARIABLES.contains(&name.as_str()) || OWN_PREFIXES.iter().any(|start| name.starts_with(start));
            if !own && !variables.contains(name) {
                let what = format!("the variable `{}` is not read by git orca", name.escape_debug());
                let hint = suggestion(name, variables.iter().map(String::as_str));
                self.problems.push(Problem::new(Severity::Warning, Place::new("environment", 0), what, hint));
            }
        }
    }
}

pub(super) fn word<T: Words>(from: &mut Picker<'_>, key: &Key, flag: Option<T>, default: T) -> T {
    from.pick(key, flag, T::read, |value| value.word().to_owned(), default.word()).unwrap_or(default)
}
