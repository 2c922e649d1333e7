//! What a Claude Code plugin consists of that brings the skills to any repository, and the marketplace that offers it.
//!
//! A plugin puts its name before those of its skills: `/git-orca:execute-plan`.

use serde_json::{Value, json};

use super::wanted::{InitWanted, SKILLS};

/// The name of the plugin, and of the marketplace.
pub const PLUGIN: &str = "git-orca";

/// Where everything of it lies: nothing is added to the root of a repository.
const FOLDER: &str = ".claude-plugin";

/// The files.
pub fn plugin() -> Vec<InitWanted> {
    let skill = |(name, text): &(&str, &str)| InitWanted::File {
        path: format!("{FOLDER}/skills/{name}/SKILL.md"),
        text: text.replacen("name: orca-", "name: ", 1),
    };
    let manifest = |name: &str, value: &Value| InitWanted::Json {
        path: format!("{FOLDER}/{name}.json"),
        text: format!("{value:#}\n"),
    };
    let mut files = vec![manifest("plugin", &plugin_json()), manifest("marketplace", &marketplace_json())];
    files.extend(SKILLS.iter().map(skill));
    files
}

/// The plugin's manifest. Its skills lie beside it, which has to be said: by default they are sought in the root.
fn plugin_json() -> Value {
    json!({
        "name": PLUGIN,
        "version": env!("CARGO_PKG_VERSION"),
        "description": env!("CARGO_PKG_DESCRIPTION"),
        "author": {"name": PLUGIN},
        "license": env!("CARGO_PKG_LICENSE"),
        "keywords": ["git", "worktree", "plan", "parallel", "quality-gates"],
        "skills": [format!("./{FOLDER}/skills/")],
    })
}

/// The marketplace: this repository, with this one plugin. The plugin's manifest says the rest.
fn marketplace_json() -> Value {
    json!({
        "name": PLUGIN,
        "owner": {"name": PLUGIN},
        "metadata": {"description": "Skills that run implementation plans with git orca"},
        "plugins": [{"name": PLUGIN, "source": "./", "description": env!("CARGO_PKG_DESCRIPTION")}],
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    fn texts() -> BTreeMap<String, String> {
        let of = |wanted| match wanted {
            InitWanted::File { path, text } | InitWanted::Json { path, text } => (path, text),
            other => panic!("{other:?}"),
        };
        plugin().into_iter().map(of).collect()
    }

    #[test]
    fn manifests_say_where_each_skill_is() {
        let texts = texts();
        let read = |name: &str| -> Value { serde_json::from_str(&texts[&format!("{FOLDER}/{name}.json")]).unwrap() };
        let (plugin, market) = (read("plugin"), read("marketplace"));
        let is_kebab = |name: &Value| {
            let name = name.as_str().unwrap();
            !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        assert!(is_kebab(&plugin["name"]) && is_kebab(&market["name"]));
        assert_eq!(market["plugins"][0]["name"], plugin["name"]);
        let source = market["plugins"][0]["source"].as_str().unwrap();
        let skills = plugin["skills"][0].as_str().unwrap();
        assert!(source == "./" && skills.starts_with("./") && skills.ends_with('/'), "relative to the root");
        let found: Vec<&str> =
            texts.keys().filter_map(|path| path.strip_prefix(&skills[2..])?.strip_suffix("/SKILL.md")).collect();
        assert_eq!(found.len(), SKILLS.len(), "{found:?}");
        for name in found {
            let text = &texts[&format!("{FOLDER}/skills/{name}/SKILL.md")];
            assert!(text.contains(&format!("\nname: {name}\n")), "a skill is called as its folder: {text}");
        }
        let owner = (&market["owner"]["name"], &plugin["author"]["name"]);
        assert!(owner.0.is_string() && owner.1.is_string(), "both need a name");
    }

    #[test]
    fn the_plugin_of_this_project_is_what_init_writes() {
        use super::super::step::{InitStep, There, step};
        for wanted in plugin() {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(wanted.path());
            let there = std::fs::read_to_string(&file).map_or(There::Nothing, There::Text);
            assert_eq!(step(&wanted, &there), InitStep::Same, "{}: run git orca init --plugin", wanted.path());
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join("skills");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), SKILLS.len(), "no skill is left over");
    }
}
