//! Node: a package's name is looked for in the `node_modules` of every folder up to the root of the disk, and links are
//! followed. `NODE_PATH` comes last, so nothing that is told to Node goes before a link.

use serde_json::Value;

use super::answer::{Elsewhere, quoted, text};
use crate::gate::TreeFiles;

/// Packages asked for at most.
const MOST: usize = 200;

/// Names of the packages whose manifests are in the tree.
pub(super) fn packages(paths: &[String], tree: &TreeFiles) -> Vec<String> {
    let manifests = paths.iter().filter(|path| {
        (*path == "package.json" || path.ends_with("/package.json"))
            && !path.split('/').any(|part| matches!(part, "node_modules" | "fixtures" | "testdata"))
    });
    let name = |path: &String| {
        let parsed: Value = serde_json::from_str(&text(&*tree.0, path)?).ok()?;
        let name = parsed["name"].as_str()?.to_owned();
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.@/~".contains(c)) && !name.contains("..");
        (plain && !name.is_empty() && !name.starts_with('/')).then_some(name)
    };
    let mut names: Vec<String> = manifests.filter_map(name).take(MOST).collect();
    names.sort();
    names.dedup();
    names
}

/// Looks where Node looks, from the root of the tree.
pub(super) fn shell(names: &[String]) -> String {
    let names = names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(" ");
    format!(
        r#"r=$(pwd -P)
for n in {names}; do
  d=$r
  while :; do
    if [ -e "$d/node_modules/$n" ]; then
      at=$(readlink -f "$d/node_modules/$n")
      case "$at" in "$r"/*) ;; *) printf 'node\t%s\t%s\n' "$n" "$at" ;; esac
      break
    fi
    [ "$d" = / ] || [ -z "$d" ] && break
    d=${{d%/*}}
  done
done"#
    )
}

pub(super) fn elsewhere(package: &str, from: &str) -> Elsewhere {
    Elsewhere {
        package: package.to_owned(),
        from: from.to_owned(),
        advice: format!(
            "let each worktree have its own: [worktree] setup = \"npm install\" with the package among `workspaces`, and `npm unlink {package}` or remove the link"
        ),
    }
}
