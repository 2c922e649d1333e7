//! What was answered, and words for asking.

use crate::gate::{Judged, Probe};
use crate::model::Files;

/// A package of the project that would be loaded from another place than the judged tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Elsewhere {
    /// Its name.
    pub(super) package: String,
    /// Where it would come from.
    pub(super) from: String,
    /// What to type so that it does not.
    pub(super) advice: String,
}

/// What was answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::gate) struct Origins {
    /// Shell text that makes the judged tree win; empty where it does by itself.
    pub(super) lead: String,
    pub(super) elsewhere: Vec<Elsewhere>,
}

impl Origins {
    /// Why nothing that runs here would tell of the judged tree.
    pub(in crate::gate) fn unchecked(&self) -> Option<Judged> {
        let first = self.elsewhere.first()?;
        let more = match self.elsewhere.len() {
            1 => String::new(),
            n => format!(" (and {} more)", n - 1),
        };
        let Elsewhere { package, from, advice } = first;
        Some(Judged::unchecked(format!(
            "`{package}` is loaded from {from}, not from the commit that is judged{more}: {advice}"
        )))
    }

    /// A probe whose commands load the project's packages from its own tree.
    pub(in crate::gate) fn told(&self, probe: Probe) -> Probe {
        let told = |text: String| format!("{}{text}", self.lead);
        Probe { run: told(probe.run), prepare: probe.prepare.map(told), ..probe }
    }
}

/// A word as the shell takes it literally.
pub(super) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Whether a tree has a file, by its sorted paths.
pub(super) fn has(paths: &[String], path: &str) -> bool {
    paths.binary_search_by(|known| known.as_str().cmp(path)).is_ok()
}

/// The text of a file of a tree.
pub(super) fn text(files: &dyn Files, path: &str) -> Option<String> {
    String::from_utf8(files.read(path).ok()?).ok()
}
