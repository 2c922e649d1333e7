//! JavaScript and TypeScript projects.

use serde_json::Value;

use super::ecosystem::{Ecosystem, ProjectUnit, Test};
use super::tree::ProjectTree;
use crate::source::Language;

pub(super) const NODE: Ecosystem = Ecosystem { manifests: &["package.json"], shown_by: |_| None, unit };

/// A package manager: lock file, program, clean installation, how to get it.
struct Installer {
    lock: &'static str,
    program: &'static str,
    install: &'static str,
    get: &'static str,
}

const INSTALLERS: [Installer; 5] = [
    Installer {
        lock: "pnpm-lock.yaml",
        program: "pnpm",
        install: "pnpm install --frozen-lockfile",
        get: "npm install -g pnpm",
    },
    Installer { lock: "yarn.lock", program: "yarn", install: "yarn install --immutable", get: "npm install -g yarn" },
    Installer {
        lock: "bun.lock",
        program: "bun",
        install: "bun install --frozen-lockfile",
        get: "install bun: https://bun.sh",
    },
    Installer {
        lock: "bun.lockb",
        program: "bun",
        install: "bun install --frozen-lockfile",
        get: "install bun: https://bun.sh",
    },
    NPM,
];

const NPM: Installer = Installer {
    lock: "package-lock.json",
    program: "npm",
    install: "npm ci",
    get: "install Node.js: https://nodejs.org",
};

/// Test runners by the word that gives them away in a script; the first that occurs.
const RUNNERS: [(&str, &str); 5] = [
    ("vitest", "Vitest"),
    ("jest", "Jest"),
    ("react-scripts", "Jest"),
    ("mocha", "Mocha"),
    ("playwright", "Playwright"),
];
const NODE_TEST: &str = "node:test";

/// Those that can be told to write their results, when they are all that a script runs.
const REPORTING: [&str; 2] = ["vitest", "jest"];

/// Options of Node.js whose value is the next word.
const WITH_VALUE: [&str; 8] =
    ["-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions", "--env-file"];

/// Where the word `--test` ends in a command that runs the tests of Node.js: `node --test`, `node --import=tsx --test`,
/// `tsx --test`.
pub fn node_tests(command: &str) -> Option<usize> {
    let mut ends = command.match_indices("--test").map(|(at, word)| at + word.len());
    let is_word = |end: &usize| command[..*end].ends_with(" --test") && !command[*end..].starts_with(|c| c != ' ');
    let end = ends.find(is_word)?;
    let words: Vec<&str> = command[..end].split_whitespace().collect();
    let mut before = words.len() - 1;
    while before > 0 && (words[before - 1].starts_with('-') || before > 1 && WITH_VALUE.contains(&words[before - 2])) {
        before -= 1;
    }
    let program = words.get(before.checked_sub(1)?)?.rsplit('/').next()?;
    matches!(program, "node" | "nodejs" | "tsx").then_some(end)
}

/// Words of commands that only look at the sources: tests need nothing that they leave.
const LOOKING: [&str; 13] = [
    "lint",
    "eslint",
    "prettier",
    "standard",
    "biome",
    "xo",
    "oxfmt",
    "fmt",
    "format",
    "types",
    "typecheck",
    "noEmit",
    "tsd",
];

/// The part of a package's script that runs tests whose results can be had one by one: `eslint . && vitest run` runs
/// `vitest run`. None where something stands before it that the tests may need, such as a build.
pub fn reporting_part(script: &str) -> Option<&str> {
    let parts: Vec<&str> = script.split("&&").map(str::trim).collect();
    let runs = |part: &&str| REPORTING.iter().any(|word| part.contains(word)) || node_tests(part).is_some();
    let at = parts.iter().position(&runs)?;
    let looks = |part: &&str| {
        let mut words = part.split(|c: char| !c.is_alphanumeric());
        words.any(|word| LOOKING.contains(&word))
    };
    let alone = parts[..at].iter().all(looks) && !parts[at + 1..].iter().any(runs);
    (alone && !script.contains([';', '|', '\n']) && !parts[at].contains('&')).then_some(parts[at])
}

fn unit(tree: &ProjectTree<'_>, folder: &str, manifest: String) -> ProjectUnit {
    let package = tree.text(&manifest).map(|text| serde_json::from_str::<Value>(&text));
    let script = |name: &str| {
        let Some(Ok(package)) = &package else { return None };
        package["scripts"][name].as_str().map(str::to_owned)
    };
    let installer = INSTALLERS.iter().find(|installer| tree.has(folder, installer.lock));
    let program = installer.unwrap_or(&NPM).program;
    let run = |name: &str| script(name).map(|_| format!("{program} run {name}"));
    let typed = tree.has(folder, "tsconfig.json");
    let test = match (&package, script("test")) {
        (Some(Ok(package)), Some(text)) if !text.contains("no test specified") => Ok(test(package, &text, installer)),
        (Some(Ok(_)), _) => Err(format!("`{manifest}` has no test script; write one under \"scripts\"")),
        _ => Err(format!("`{manifest}` cannot be read as JSON")),
    };
    ProjectUnit {
        folder: folder.to_owned(),
        language: if typed { Language::TypeScript } else { Language::JavaScript },
        build: run("build"),
        lint: run("lint"),
        test,
        manifest,
        keep: None,
    }
}

fn test(package: &Value, script: &str, installer: Option<&Installer>) -> Test {
    let depends =
        ["dependencies", "devDependencies"].iter().any(|key| package[key].as_object().is_some_and(|d| !d.is_empty()));
    let of_node = script.split("&&").any(|part| node_tests(part).is_some()).then_some(NODE_TEST);
    let named = RUNNERS.iter().find(|(word, _)| script.contains(word)).map(|(_, name)| *name);
    let framework = named.or(of_node).unwrap_or("npm test");
    // These wait for changes instead of ending unless told that nobody watches.
    let watches = script.contains("react-scripts") || (script.contains("vitest") && !script.contains("run"));
    let prefix = if watches { "CI=1 " } else { "" };
    let Installer { program, install, get, .. } = installer.unwrap_or(&NPM);
    // `npm ci` refuses to work without a lock file.
    let install = if installer.is_none() { "npm install" } else { install };
    let word = |name: &str| script.split(|c: char| !c.is_alphanumeric()).any(|word| word == name);
    let lacks_provider = word("vitest") && !package["devDependencies"].to_string().contains("@vitest/coverage-");
    let unmeasured = match framework {
        NODE_TEST => Some("nothing measures the coverage of `node --test`".to_owned()),
        "Vitest" if lacks_provider => Some(format!(
            "`@vitest/coverage-v8` is not in package.json ({program} {} -D @vitest/coverage-v8)",
            if *program == "npm" { "install" } else { "add" }
        )),
        _ => None,
    };
    Test {
        // `bun test` is bun's own runner, not the script.
        run: format!("{prefix}{program} {}", if *program == "bun" { "run test" } else { "test" }),
        framework,
        tool: (program, get),
        reports: reporting_part(script).is_some(),
        reports_whole: reporting_part(script) == Some(script.trim()),
        found: true,
        compiles: false,
        setup: depends.then(|| install.to_owned()),
        unmeasured,
        otherwise: Vec::new(),
    }
}
