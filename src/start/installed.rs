//! What is installed here, found by looking: nothing is started for the answer.

use std::collections::BTreeMap;
use std::path::Path;

use crate::process::{can_import, find_program};
use crate::project::PYTEST_COV;

/// Whether a program can be found, or a plug-in by the program that it belongs to.
pub fn is_installed(name: &str, env: &BTreeMap<String, String>, cwd: &Path) -> bool {
    let find = |name: &str| find_program(name, env.get("PATH").map(String::as_str), cwd);
    if name != PYTEST_COV {
        return find(name).is_ok();
    }
    // Where pytest is no script of an interpreter that can be asked, the program that the plug-in brings along tells.
    let beside = find("pytest").ok().and_then(|pytest| can_import(&pytest, "pytest_cov", env));
    beside.unwrap_or_else(|| find("coverage").is_ok())
}
