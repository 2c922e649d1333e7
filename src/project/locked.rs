//! Lock files that say what a fresh worktree needs installed, whether or not tests ask for it.

use super::ecosystem::ProjectUnit;
use super::tree::ProjectTree;

/// What a lock file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedSetup {
    /// Its folder, empty for the root.
    pub folder: String,
    /// The program that installs.
    pub program: &'static str,
    /// The command, run in the folder.
    pub command: &'static str,
}

/// Lock files, with the program that reads them, and its command. Of those of one program the first counts.
const LOCKS: [(&str, &str, &str); 10] = [
    ("uv.lock", "uv", "uv sync"),
    ("poetry.lock", "poetry", "poetry install"),
    ("Pipfile.lock", "pipenv", "pipenv sync --dev"),
    ("Gemfile.lock", "bundle", "bundle install"),
    ("composer.lock", "composer", "composer install"),
    ("mix.lock", "mix", "mix deps.get"),
    ("pnpm-lock.yaml", "pnpm", "pnpm install --frozen-lockfile"),
    ("yarn.lock", "yarn", "yarn install --immutable"),
    ("bun.lock", "bun", "bun install --frozen-lockfile"),
    ("package-lock.json", "npm", "npm ci"),
];

/// Programs of which a folder needs one: whoever changed from one to another often leaves the old lock file behind.
const NODE: [&str; 4] = ["pnpm", "yarn", "bun", "npm"];

fn are_rivals(one: &str, other: &str) -> bool {
    NODE.contains(&one) && NODE.contains(&other)
}

/// Setups by lock files in the root and in folders of units. Where the tests of a unit are known, what they need of these is
/// known as well, and a unit without dependencies needs nothing.
pub(super) fn locked(tree: &ProjectTree<'_>, units: &[ProjectUnit]) -> Vec<LockedSetup> {
    let mut folders: Vec<&str> = vec![""];
    folders.extend(units.iter().map(|unit| unit.folder.as_str()).filter(|folder| !folder.is_empty()));
    folders.dedup();
    let mut found: Vec<LockedSetup> = Vec::new();
    for folder in folders {
        let here = units.iter().filter(|unit| unit.folder == folder);
        let tested: Vec<&str> = here.filter_map(|unit| Some(unit.test.as_ref().ok()?.tool.0)).collect();
        for (lock, program, command) in LOCKS {
            // `uv run` installs by itself; agents work without it, too.
            let is_known =
                program != "uv" && tested.iter().any(|other| *other == program || are_rivals(other, program));
            let is_second = found.iter().any(|it| it.folder == folder && are_rivals(it.program, program));
            if tree.has(folder, lock) && !is_second && !is_known {
                found.push(LockedSetup { folder: folder.to_owned(), program, command });
            }
        }
    }
    found
}
