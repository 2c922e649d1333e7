//! Settings of a folder over those of the folders around it: in a monorepo the nearer `orca.toml` goes before, and its
//! paths are relative to where it lies.

use super::file::OrcaFile;
use crate::model::{ConflictOptions, GateDef, ReportSpec, WorktreeOptions};

/// The report that a command prints: no path.
const OUTPUT: &str = "-";

/// What an `orca.toml` in `folder` says, with paths from the repository's root.
pub(super) fn in_folder(mut file: OrcaFile, folder: &str) -> OrcaFile {
    if folder.is_empty() {
        return file;
    }
    file.gates.iter_mut().for_each(|(gate, _)| gate_in(gate, folder));
    let WorktreeOptions { copy, keep, .. } = &mut file.worktree;
    copy.iter_mut().chain(keep.iter_mut()).for_each(|pattern| *pattern = pattern_in(pattern, folder));
    let whole = file.worktree.reflink.iter_mut();
    whole.chain(file.worktree.sparse.iter_mut().flatten()).for_each(|path| *path = format!("{folder}/{path}"));
    folder.clone_into(&mut file.worktree.folder);
    let ConflictOptions { union, exclusive, regenerate, .. } = &mut file.conflicts;
    union.iter_mut().chain(exclusive.iter_mut()).for_each(|glob| *glob = below(glob, folder));
    let quoted = format!("'{}'", folder.replace('\'', "'\\''"));
    let made = std::mem::take(regenerate).into_iter();
    regenerate.extend(made.map(|(path, command)| (below(&path, folder), format!("cd {quoted} && {command}"))));
    file
}

/// `nearest` over `beneath`, both with paths from the root: what both name is the nearest's.
pub(super) fn layered(nearest: OrcaFile, beneath: OrcaFile) -> OrcaFile {
    let mut merged = nearest;
    for (name, value) in beneath.values {
        merged.values.entry(name).or_insert(value);
    }
    for (name, agent) in beneath.agents {
        merged.agents.entry(name).or_insert(agent);
    }
    let known: Vec<_> = merged.gates.iter().map(|(gate, _)| gate.name.clone()).collect();
    merged.gates.extend(beneath.gates.into_iter().filter(|(gate, _)| !known.contains(&gate.name)));
    for (name, capacity) in beneath.resources {
        merged.resources.entry(name).or_insert(capacity);
    }
    let known: Vec<String> = merged.services.iter().map(|service| service.name.clone()).collect();
    merged.services.extend(beneath.services.into_iter().filter(|service| !known.contains(&service.name)));
    for (role, def) in beneath.roles {
        merged.roles.entry(role).or_insert(def);
    }
    for (kind, rule) in beneath.approvals.0 {
        merged.approvals.0.entry(kind).or_insert(rule);
    }
    for (model, price) in beneath.prices {
        merged.prices.entry(model).or_insert(price);
    }
    merged.worktree = worktree(merged.worktree, beneath.worktree);
    merged.conflicts = conflicts(merged.conflicts, beneath.conflicts);
    merged.deps_add.extend(beneath.deps_add);
    merged.deps_drop.extend(beneath.deps_drop);
    merged.deploy = merged.deploy.or(beneath.deploy);
    merged
}

fn worktree(nearest: WorktreeOptions, beneath: WorktreeOptions) -> WorktreeOptions {
    let (mut copy, mut keep) = (nearest.copy.clone(), nearest.keep.clone());
    copy.extend(beneath.copy.iter().cloned());
    keep.extend(beneath.keep.iter().cloned());
    let reflink = [&nearest.reflink[..], &beneath.reflink].concat();
    let usual = WorktreeOptions::default();
    let hooks = nearest.hooks && beneath.hooks;
    let hook_timeout =
        if nearest.hook_timeout == usual.hook_timeout { beneath.hook_timeout } else { nearest.hook_timeout };
    let submodules = if nearest.submodules == usual.submodules { beneath.submodules } else { nearest.submodules };
    let message = nearest.message.clone().or_else(|| beneath.message.clone());
    let sparse = nearest.sparse.clone().or_else(|| beneath.sparse.clone());
    // Setup and what belongs to it come from one file: half of each would be nobody's.
    let has_own = nearest.setup.is_some() || nearest.teardown.is_some() || !nearest.inputs.is_empty();
    let from = if has_own { nearest } else { beneath };
    WorktreeOptions { copy, reflink, keep, hooks, hook_timeout, submodules, message, sparse, ..from }
}

fn conflicts(nearest: ConflictOptions, beneath: ConflictOptions) -> ConflictOptions {
    let usual = ConflictOptions::default();
    let mut merged = nearest;
    merged.union.extend(beneath.union);
    merged.exclusive.extend(beneath.exclusive);
    for (path, command) in beneath.regenerate {
        merged.regenerate.entry(path).or_insert(command);
    }
    if merged.resolve == usual.resolve {
        merged.resolve = beneath.resolve;
    }
    if merged.attempts == usual.attempts {
        merged.attempts = beneath.attempts;
    }
    merged
}

/// A gate that was written in `folder`: it runs there, and means paths there.
fn gate_in(gate: &mut GateDef, folder: &str) {
    folder.clone_into(&mut gate.folder);
    gate.paths.iter_mut().chain(gate.tests.iter_mut()).for_each(|glob| *glob = below(glob, folder));
    let reports = [&mut gate.report, &mut gate.coverage].into_iter().flatten();
    reports
        .filter(|report: &&mut ReportSpec| report.path != OUTPUT)
        .for_each(|report| report.path = below(&report.path, folder));
}

fn below(path: &str, folder: &str) -> String {
    format!("{folder}/{}", path.trim_start_matches("./"))
}

/// A pattern of ignored files: without a slash it fits at every depth below the folder.
fn pattern_in(pattern: &str, folder: &str) -> String {
    let plain = pattern.trim_end_matches('/');
    match plain.contains('/') {
        true => below(pattern.trim_start_matches('/'), folder),
        false => format!("{folder}/**/{pattern}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> OrcaFile {
        let (file, problems) = OrcaFile::read("orca.toml", text, crate::gate::kinds());
        assert!(problems.is_empty(), "{problems:?}");
        file
    }

    #[test]
    fn the_nearer_goes_before_and_means_its_own_folder() {
        let root = read(
            "[run]\njobs = 2\nagent = \"a\"\n[agents.a]\ncommand = [\"a\"]\n[gates.test]\nrun = \"root\"\n[gates.lint]\nrun = \"lint\"\n\
             [worktree]\nsetup = \"make\"\ncopy = [\".env\"]\n",
        );
        let web = read(
            "[run]\njobs = 4\n[gates.test]\nrun = \"npm test\"\npaths = [\"src/**\"]\nreport = { path = \"out/r.xml\", format = \"junit\" }\n\
             [worktree]\ncopy = [\".env\", \"conf/*\"]\n[conflicts.regenerate]\n\"package-lock.json\" = \"npm i\"\n",
        );
        let both = layered(in_folder(web, "packages/web"), in_folder(root, ""));
        assert_eq!((both.values["jobs"].0.as_str(), both.values["agent"].0.as_str()), ("4", "a"));
        let gates: Vec<_> =
            both.gates.iter().map(|(gate, _)| (gate.name.as_str(), gate.run.as_str(), gate.folder.as_str())).collect();
        assert_eq!(gates, [("test", "npm test", "packages/web"), ("lint", "lint", "")]);
        assert_eq!(both.gates[0].0.paths, ["packages/web/src/**"]);
        assert_eq!(both.gates[0].0.report.as_ref().unwrap().path, "packages/web/out/r.xml");
        assert_eq!(both.worktree.copy, ["packages/web/**/.env", "packages/web/conf/*", ".env"]);
        assert_eq!((both.worktree.setup.as_deref(), both.worktree.folder.as_str()), (Some("make"), ""));
        assert_eq!(both.conflicts.regenerate["packages/web/package-lock.json"], "cd 'packages/web' && npm i");
    }
}
