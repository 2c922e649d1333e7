//! Python: modules are found along `sys.path`, where path files of editable installs and copies in `site-packages` stand
//! before or in place of the judged tree. `PYTHONPATH` goes before both. A fresh worktree has nothing installed, so that a
//! project's own modules may be nowhere at all: with its folders on `PYTHONPATH` they are found as if it were.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{Elsewhere, Origins, has, quoted, text};
use crate::gate::TreeFiles;

/// Packages asked for at most: a project has a few.
const MOST: usize = 100;

/// A folder with one of these is the root of a project.
const MANIFESTS: [&str; 3] = ["pyproject.toml", "setup.py", "setup.cfg"];

/// Folders that nobody installs.
const BESIDE: [&str; 8] = ["tests", "test", "docs", "examples", "scripts", "build", "dist", "node_modules"];

/// What starts a Python that is not the one in `PATH`.
const STARTERS: [&str; 5] = ["uv run", "poetry run", "pdm run", "hatch run", "pipenv run"];

/// Makers of places of their own, which they fill from the tree and where `PYTHONPATH` is dropped.
const ISOLATED: [&str; 2] = ["tox", "nox"];

/// The project's own top-level modules and the folders that hold them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packages {
    /// Names, sorted.
    names: BTreeSet<String>,
    /// Folders in the tree, the deepest layout first: `src`, then the root.
    roots: Vec<String>,
    /// Whether parts of it have to be built before they can be loaded.
    built: bool,
    /// How Python is started where the gate starts it in a way of its own.
    starter: Option<String>,
}

impl Packages {
    pub(super) fn of(run: &str, paths: &[String], tree: &TreeFiles) -> Option<Packages> {
        if ISOLATED.iter().any(|tool| run.split_whitespace().next() == Some(tool)) {
            return None;
        }
        let python = |path: &&String| path.ends_with(".py");
        if !paths.iter().any(|path| python(&path)) {
            return None;
        }
        let (mut names, mut roots) = (BTreeSet::new(), Vec::new());
        for root in project_roots(paths) {
            for layout in ["src", "lib", ""] {
                let folder = join(&root, layout);
                let found = top_level(paths, &folder);
                if !found.is_empty() && names.len() < MOST {
                    names.extend(found);
                    roots.push(folder);
                }
            }
        }
        if names.is_empty() {
            return None;
        }
        let built = paths.iter().any(|path| [".pyx", ".pyi.in"].iter().any(|ending| path.ends_with(ending)))
            || text(&*tree.0, "pyproject.toml")
                .is_some_and(|text| ["maturin", "scikit-build", "mesonpy", "cffi"].iter().any(|w| text.contains(w)))
            || text(&*tree.0, "setup.py").is_some_and(|text| text.contains("ext_modules"));
        let starter = STARTERS.iter().find(|starter| run.contains(**starter)).map(|starter| (*starter).to_owned());
        Some(Packages { names, roots, built, starter })
    }

    /// Asks the Python that the gate will start, and that of pytest where it is another one. Nothing of the tree is loaded:
    /// its folder is no place to look in before the question is put.
    pub(super) fn shell(&self) -> String {
        let list = |all: &mut dyn Iterator<Item = &String>| serde_json::json!(all.collect::<Vec<_>>()).to_string();
        let ask = format!(
            "-c {} {} {}",
            quoted(ASK),
            quoted(&list(&mut self.names.iter())),
            quoted(&list(&mut self.roots.iter()))
        );
        match &self.starter {
            Some(starter) => format!("{starter} python {ask} 2>/dev/null"),
            None => format!("{PYTHONS}\nfor p in $all; do \"$p\" {ask} 2>/dev/null; done"),
        }
    }

    pub(super) fn read(&self, output: &str, origins: &mut Origins) {
        let mut outside: Vec<(String, String)> = Vec::new();
        let (mut asked, mut absent) = (0_usize, BTreeMap::<&str, usize>::new());
        for line in output.lines() {
            let words: Vec<&str> = line.splitn(4, '\t').collect();
            if let ["python", kind, name, from] = words[..] {
                match kind {
                    "asked" => {
                        asked += 1;
                        continue;
                    }
                    "absent" => {
                        *absent.entry(name).or_default() += 1;
                        continue;
                    }
                    _ => {}
                }
                let stays = kind == "stays" || self.built;
                let found = (name.to_owned(), from.to_owned());
                if stays && !origins.elsewhere.iter().any(|known| known.package == name) {
                    origins.elsewhere.push(self.elsewhere(&found.0, &found.1));
                }
                outside.push(found);
            }
        }
        // What one of the interpreters has is installed where it is wanted.
        let nowhere = asked > 0 && absent.values().any(|n| *n == asked);
        if (nowhere || !outside.is_empty()) && origins.elsewhere.is_empty() {
            let roots =
                self.roots.iter().map(|root| if root.is_empty() { "$PWD".to_owned() } else { format!("$PWD/{root}") });
            let roots = roots.collect::<Vec<_>>().join(":");
            origins.lead.push_str(&format!("export PYTHONPATH=\"{roots}${{PYTHONPATH:+:$PYTHONPATH}}\"; "));
        }
    }

    fn elsewhere(&self, package: &str, from: &str) -> Elsewhere {
        let why = if self.built { "parts of it are built, so " } else { "" };
        Elsewhere {
            package: package.to_owned(),
            from: from.to_owned(),
            advice: format!(
                "{why}give each worktree an environment of its own: [worktree] setup = \"python3 -m venv .venv && .venv/bin/pip install -e .\", and start `.venv/bin/python` in the gate"
            ),
        }
    }
}

/// Interpreters that the gate may start, each once: those of an environment in the tree, the one in `PATH`, and pytest's.
const PYTHONS: &str = r#"all=
own=$(sed -n '1s/^#! *\([^ ]*python[^ ]*\).*/\1/p' "$(command -v pytest 2>/dev/null)" 2>/dev/null)
main=$(command -v python3 2>/dev/null || command -v python 2>/dev/null)
for p in .venv/bin/python venv/bin/python "$main" "$own"; do
  p=$(command -v "$p" 2>/dev/null) || continue
  case " $all " in *" $p "*) ;; *) all="$all $p" ;; esac
done"#;

/// Prints a line for each module that would come from outside: `goes` where the tree's own folders, put first, win, else
/// `stays`; `absent` for each that is nowhere but in these folders; in the end that it was `asked`. Modules of Python itself
/// that the project has a file of the same name for are nobody's business, and such files go before Python's for nobody.
const ASK: &str = r#"
import sys
root = __import__("os").path.realpath(".")
sys.path[:] = [p for p in sys.path if p and __import__("os").path.realpath(p) != root]
import importlib, importlib.util, json, os
names, roots = json.loads(sys.argv[1]), json.loads(sys.argv[2])
pythons = getattr(sys, "stdlib_module_names", sys.builtin_module_names)
absent = set()
def find():
    importlib.invalidate_caches()
    found = {}
    absent.clear()
    for name in names:
        if name in pythons:
            continue
        try:
            spec = importlib.util.find_spec(name)
        except Exception:
            continue
        if spec is None:
            absent.add(name)
            continue
        at = spec.origin if spec.origin not in (None, "built-in", "frozen", "namespace") else next(iter(spec.submodule_search_locations or []), None)
        if at and not os.path.realpath(at).startswith(root + os.sep):
            found[name] = os.path.realpath(at)
    return found
plain, nowhere = find(), sorted(absent)
sys.path[:0] = [os.path.join(root, r) for r in roots]
first = find()
for name, at in plain.items():
    print("python", "stays" if name in first else "goes", name, at, sep="\t")
if not any(name in pythons for name in names):
    for name in nowhere:
        if name not in absent:
            print("python", "absent", name, "", sep="\t")
print("python", "asked", "", "", sep="\t")
"#;

/// Folders with a manifest, and the root of the tree.
fn project_roots(paths: &[String]) -> Vec<String> {
    let mut roots: BTreeSet<String> = BTreeSet::from([String::new()]);
    for path in paths {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if MANIFESTS.contains(&name) && !folder.split('/').any(|part| BESIDE.contains(&part)) {
            roots.insert(folder.to_owned());
        }
    }
    roots.into_iter().collect()
}

/// Modules and packages directly in a folder.
fn top_level(paths: &[String], folder: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    for rest in paths.iter().filter_map(|path| path.strip_prefix(&prefix)) {
        let name = match rest.split_once('/') {
            None => rest.strip_suffix(".py").filter(|name| !matches!(*name, "setup" | "conftest" | "__init__")),
            Some((package, _)) => Some(package)
                .filter(|package| !BESIDE.contains(package) && has(paths, &format!("{prefix}{package}/__init__.py"))),
        };
        let is_name = |name: &&str| {
            !name.is_empty() && !name.starts_with("test_") && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        };
        found.extend(name.filter(is_name).map(str::to_owned));
    }
    found
}

fn join(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", name) => name.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, name) => format!("{folder}/{name}"),
    }
}
