//! The seam and its registry.

use super::Local;
use crate::model::{CommandSpec, Error, ErrorKind, Result};

/// A way to run commands.
pub trait Executor: std::fmt::Debug + Sync {
    /// Its name in settings: lowercase, unique.
    fn name(&self) -> &'static str;

    /// Where or how it runs commands, in some words.
    fn about(&self) -> &'static str;

    /// The command that runs `spec` there. Log, limits and marker of the result hold for the whole of it. Fails when
    /// what was asked for cannot be had here; it never gives less instead.
    fn wrap(&self, spec: CommandSpec) -> Result<CommandSpec>;
}

/// All of them. The first is the default.
pub const EXECUTORS: &[&dyn Executor] = &[&Local];

/// The executor of this name.
pub fn named(name: &str) -> Result<&'static dyn Executor> {
    EXECUTORS.iter().copied().find(|executor| executor.name() == name).ok_or_else(|| {
        let names: Vec<_> = EXECUTORS.iter().map(|executor| format!("`{}`", executor.name())).collect();
        Error::new(ErrorKind::Usage, format!("choosing the executor `{name}`"), "there is none of this name")
            .hint(format!("there is: {}", names.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{Limits, Stdin};

    #[test]
    fn every_executor_is_named_once_and_described() {
        for executor in EXECUTORS {
            let found: Vec<_> = EXECUTORS.iter().filter(|other| other.name() == executor.name()).collect();
            assert_eq!(found.len(), 1, "{}", executor.name());
            assert!(executor.name().chars().all(|c| c.is_ascii_lowercase() || c == '-'));
            assert!(!executor.about().is_empty());
            assert_eq!(named(executor.name()).unwrap().name(), executor.name());
        }
        let none = named("slurm").unwrap_err();
        assert_eq!(none.kind, ErrorKind::Usage);
        assert!(none.hints[0].contains("`local`"));
    }

    #[test]
    fn local_changes_nothing() {
        let spec = CommandSpec {
            program: "make".to_owned(),
            args: vec!["check".to_owned()],
            cwd: "/work".into(),
            env: BTreeMap::from([("PATH".to_owned(), "/bin".to_owned())]),
            stdin: Stdin::None,
            log: "/log".into(),
            limits: Limits::default(),
        };
        assert_eq!(Local.wrap(spec.clone()).unwrap(), spec);
    }
}
