//! What is said of submodules before a run begins.

use crate::git::{self, SubmoduleLack, WhySubmoduleLacks};
use crate::model::{Oid, Place, Problem, RunOptions, Severity, SubmodulePolicy};
use crate::start::here::{Here, ORCA_TOML};

/// Where submodules are named.
const GITMODULES: &str = ".gitmodules";

/// What worktrees made from `base` will lack, and what will leave this machine.
pub(super) fn warnings(here: &Here, base: &Oid, options: &RunOptions) -> Vec<Problem> {
    let lacks = git::submodules_lacking(&here.repo, base).unwrap_or_else(|error| {
        tracing::warn!(%error, "what submodules lack is not known");
        Vec::new()
    });
    let silent = lacks.iter().filter_map(out_of_reach);
    uninitialised(&lacks).into_iter().chain(silent).chain(pushed(here, options)).collect()
}

/// One sentence, however many they are.
fn uninitialised(lacks: &[SubmoduleLack]) -> Option<Problem> {
    let bare: Vec<&str> =
        lacks.iter().filter(|it| it.why == WhySubmoduleLacks::Uninitialised).map(|it| it.path.as_str()).collect();
    let named = bare.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
    let (what, folders) = match bare.len() {
        0 => return None,
        1 => (format!("submodule {named} is not initialised"), "an empty folder"),
        _ => (format!("submodules {named} are not initialised"), "empty folders"),
    };
    let hint = format!("git submodule update --init {}", bare.join(" "));
    Some(warning(GITMODULES, format!("{what}: agents and gates get {folders} there"), hint))
}

fn out_of_reach(lack: &SubmoduleLack) -> Option<Problem> {
    let SubmoduleLack { path, why: WhySubmoduleLacks::OutOfReach { said, is_here } } = lack else { return None };
    let then = match is_here {
        true => "its files come from your own clone; whether others can fetch what agents commit there stays unchecked",
        false => "your own clone does not have its commit, so worktrees cannot have its files",
    };
    let hint = format!("git submodule sync {path} && git submodule update --init {path}");
    Some(warning(GITMODULES, format!("the address of submodule `{path}` does not answer ({said}): {then}"), hint))
}

/// That something will leave this machine is said before anybody agrees to the run.
fn pushed(here: &Here, options: &RunOptions) -> Option<Problem> {
    let has_some = here.repo.work_tree().join(GITMODULES).exists();
    let pushes = has_some && options.worktree.submodules == SubmodulePolicy::Push;
    let what = "commits that agents make inside submodules are pushed to the submodules' addresses, as branches \
                `orca/RUN/task/TASK-N` (submodules = \"push\")";
    let hint = "submodules = \"local\" under [worktree] keeps them here";
    pushes.then(|| warning(ORCA_TOML, what.to_owned(), hint.to_owned()))
}

fn warning(file: &str, what: String, hint: String) -> Problem {
    Problem::new(Severity::Warning, Place::new(file, 0), what, hint)
}
