//! The command that runs a package's tests, changed with the task's own agreement: it names the program that runs them now, or
//! the tests run as before and something is checked besides. That is said, and refuses nothing.

use serde_json::Value;

use super::super::Diff;
use super::super::twice::CHANGED_JUDGE;
use super::allowed;
use super::change::{Change, File};
use crate::model::Finding;

/// What may stand in a command of tests without a task naming it.
const USUAL: [&str; 16] = [
    "npx", "npm", "pnpm", "yarn", "bun", "exec", "run", "test", "tests", "node", "dev", "lint", "build", "types",
    "src", "spec",
];

/// Programs and scripts that check something besides the tests.
const CHECKS: [&str; 16] = [
    "tsc",
    "vue-tsc",
    "tsgo",
    "tsd",
    "eslint",
    "xo",
    "prettier",
    "oxlint",
    "oxfmt",
    "biome",
    "vitest",
    "jest",
    "lint",
    "typecheck",
    "test:types",
    "check",
];

/// What lets a command pass whatever the tests say, or leaves some of them out.
const LETS_THROUGH: [&str; 16] = [
    "||",
    ";",
    "exit",
    "true",
    "echo",
    "passWithNoTests",
    "pass-with-no-tests",
    "testNamePattern",
    "grep",
    "exclude",
    "ignore",
    "skip",
    "only",
    "bail",
    "-t ",
    "-g ",
];

/// Whether the command of a package's tests changed only in a way that the task agrees to, or that checks more.
pub(super) fn is_agreed(file: &File, diff: &Diff) -> bool {
    let (Some(old), Some(new)) = (of(file.old.as_deref()), of(file.new.as_deref())) else { return false };
    let more = |word: &&&str| new.matches(**word).count() > old.matches(**word).count();
    if LETS_THROUGH.iter().find(more).is_some() || new.matches('|').count() > old.matches('|').count() {
        return false;
    }
    checks_more(&old, &new) || names_runner(diff, &old, &new)
}

/// Where it was changed so, for a person to look at.
pub(super) fn hints(change: &Change, diff: &Diff) -> Vec<Finding> {
    let manifests = change.files.iter().filter(|file| crate::source::file_name(&file.path) == "package.json");
    let changed = manifests.filter_map(|file| Some((file, of(file.old.as_deref())?, of(file.new.as_deref())?)));
    let changed = changed.filter(|(file, old, new)| old != new && is_agreed(file, diff));
    changed
        .map(|(file, old, new)| Finding {
            file: file.path.clone(),
            line: 0,
            rule: CHANGED_JUDGE.to_owned(),
            message: format!("the command that runs the tests is `{new}` now; it was `{old}`"),
            advice: "look at its change".to_owned(),
        })
        .collect()
}

/// The script `test` of a package.
fn of(manifest: Option<&str>) -> Option<String> {
    let manifest: Value = serde_json::from_str(manifest?).ok()?;
    Some(manifest.get("scripts")?.get("test")?.as_str()?.trim().to_owned())
}

/// Whether the same steps run in the same order, and whatever else runs is a check.
fn checks_more(old: &str, new: &str) -> bool {
    let steps = |text: &str| text.split("&&").map(|step| step.trim().to_owned()).collect::<Vec<_>>();
    let (old, mut before) = (steps(old), 0);
    for step in steps(new) {
        if old.get(before) == Some(&step) {
            before += 1;
        } else if !is_check(&step) {
            return false;
        }
    }
    before == old.len()
}

fn is_check(step: &str) -> bool {
    let mut words = step.split_whitespace().filter(|word| !["npx", "npm", "pnpm", "yarn", "bun", "run"].contains(word));
    words.next().is_some_and(|word| CHECKS.contains(&word) || word.starts_with("lint:") || word.starts_with("check:"))
}

/// Whether the task names each program and package that the command has now and had not before, and there is one.
fn names_runner(diff: &Diff, old: &str, new: &str) -> bool {
    let words = |text: &str| {
        let plain = text.split_whitespace().filter(|word| !word.starts_with('-') && !word.contains(['/', '*', '=']));
        let plain = plain.filter(|word| *word != "&&" && *word != "|" && !USUAL.contains(word));
        plain.map(str::to_owned).collect::<Vec<_>>()
    };
    let known = words(old);
    let added: Vec<String> = words(new).into_iter().filter(|word| !known.contains(word)).collect();
    !added.is_empty() && added.iter().all(|word| word.len() > 2 && allowed::names(diff, word))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::super::paths::Paths;
    use super::*;
    use crate::model::{GateKind, Task};

    /// Whether a task with this title may change the command so, and how often it is said.
    fn agreed(title: &str, old: &str, new: &str) -> (bool, usize) {
        let text = |command: &str| format!("{{\"scripts\": {{\"test\": \"{command}\"}}}}");
        let mut diff = testing::diff(&[("package.json", &text(old), &text(new))]);
        diff.task = Some(Task { title: title.into(), ..crate::run::simulation::task(1, &[]) });
        let change = Change::of(&diff, &Paths::new(&testing::gate(GateKind::Tdd, "")));
        (is_agreed(&change.files[0], &diff), hints(&change, &diff).len())
    }

    #[test]
    fn a_runner_that_the_task_names_may_run_the_tests() {
        for (title, old, new, is) in [
            ("chore: tape -> uvu tests", "tape -r esm test/*.js | tap-spec", "uvu -r esm test", true),
            ("chore: tests w/ esm hook", "tape test/*.js | tap-spec", "tape -r esm test/*.js | tap-spec", true),
            ("chore: update repo and use vitest", "yarn lint && jest", "yarn lint && vitest run", true),
            ("chore: update repo", "yarn lint && jest", "yarn lint && vitest run", false),
            ("chore: use vitest", "jest", "vitest run || true", false),
            ("chore: use vitest", "jest", "vitest run --passWithNoTests", false),
            ("chore: use vitest", "jest", "vitest run -t nothing", false),
            ("chore: use vitest", "jest", "sh fake.sh && vitest run", false),
            ("chore: use vitest", "jest", "vitest run; exit 0", false),
            ("chore: use vitest", "jest", "true", false),
        ] {
            assert_eq!(agreed(title, old, new), (is, usize::from(is)), "{title}: {new}");
        }
    }

    #[test]
    fn more_checks_beside_the_same_tests_need_no_word() {
        for (old, new, is) in [
            ("pnpm lint && vitest run", "pnpm lint && vitest --run typecheck && vitest run", true),
            ("vitest run", "vitest run && tsc --noEmit", true),
            ("vitest run", "rm -rf test && vitest run", false),
            ("pnpm lint && vitest run", "pnpm lint", false),
            ("pnpm lint && vitest run", "vitest run typecheck && pnpm lint", false),
            ("vitest run", "vitest run src", false),
        ] {
            assert_eq!(agreed("feat: types", old, new), (is, usize::from(is)), "{new}");
        }
    }
}
