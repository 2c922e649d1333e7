//! Ways that leave every test as it is and change what stands around them: set-up that replaces the code, settings that load
//! or find something else, and code that asks whether it is tested. Which rule refuses each is left open.

mod go;
mod python;
mod rust;
mod script;

use super::{Edit, Way};

/// Files with their new texts.
type Files = &'static [(&'static str, &'static str)];

/// A change of whole files.
fn files(name: &'static str, files: Files, rule: &'static str) -> Way<'static> {
    let edits: Vec<Edit<'static>> = files.iter().map(|(path, text)| (*path, Some((*text).to_owned()))).collect();
    Way { name, edits, rule }
}

pub(super) fn ways() -> Vec<Way<'static>> {
    [python::ways().1, script::ways().1, go::ways().1, rust::ways().1].into_iter().flatten().collect()
}
