//! The registry of places.

use super::place::Executor;
use super::{Local, Slurm, Ssh};
use crate::model::{Error, ErrorKind, Result};

/// All of them. The first is the default.
pub const EXECUTORS: &[&dyn Executor] = &[
    &Local,
    &Ssh,
    &Slurm,
    #[cfg(any(test, feature = "crash"))]
    &super::dummy::Dummy,
];

/// The executor of this name.
///
/// # Errors
/// There is none.
pub fn named(name: &str) -> Result<&'static dyn Executor> {
    EXECUTORS.iter().copied().find(|executor| executor.name() == name).ok_or_else(|| {
        let names: Vec<_> = EXECUTORS.iter().map(|executor| format!("`{}`", executor.name())).collect();
        Error::new(
            ErrorKind::Usage,
            format!("choosing the executor `{name}`"),
            format!("there is no executor `{name}`"),
        )
        .hint(format!("known executors: {}", names.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_executor_is_named_once_and_described() {
        for executor in EXECUTORS {
            let found: Vec<_> = EXECUTORS.iter().filter(|other| other.name() == executor.name()).collect();
            assert_eq!(found.len(), 1, "{}", executor.name());
            assert!(executor.name().chars().all(|c| c.is_ascii_lowercase() || c == '-'));
            assert!(!executor.about().is_empty());
            assert_eq!(named(executor.name()).unwrap().name(), executor.name());
        }
        let none = named("moon").unwrap_err();
        assert_eq!(none.kind, ErrorKind::Usage);
        assert!(none.hints[0].contains("`local`"));
    }
}
