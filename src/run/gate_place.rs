//! Where gates judge: in folders whose path says nothing of us, so that code cannot tell by it that it is being judged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::process::repo_digest;

/// The folder of a repository's gate places: stable, in the user's data folder, which no fence opens for agents. None
/// without a home folder.
pub fn gate_places(env: &BTreeMap<String, String>, common_dir: &Path) -> Option<PathBuf> {
    let absolute = |name: &str| env.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")))?;
    Some(data.join("checkouts").join(repo_digest(common_dir)))
}

/// The names of our variables that a gate's text may use.
const NAMED: [&str; 8] = [
    "ORCA_RUN",
    "ORCA_WORKTREE",
    "ORCA_BASE",
    "ORCA_PORT",
    "ORCA_TASK",
    "ORCA_ATTEMPT",
    "ORCA_TASK_FILE",
    "ORCA_PROMPT_FILE",
];

/// The text of a gate with the values of ours that it names, and without them in the environment: the shell knows them, and
/// what it starts does not.
pub fn with_values(text: &str, env: &mut BTreeMap<String, String>) -> String {
    let mut head = String::new();
    for name in NAMED {
        if let Some(value) = env.remove(name).filter(|_| is_named(text, name)) {
            head.push_str(&format!("{name}='{}'\n", value.replace('\'', r"'\''")));
        }
    }
    head + text
}

fn is_named(text: &str, name: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    text.match_indices(name).any(|(at, _)| ends(&text[at + name.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_gets_what_it_names_and_its_children_nothing() {
        let env = || {
            let all = [("ORCA_BASE", "abc"), ("ORCA_TASK", "it's"), ("ORCA_TASK_FILE", "/f"), ("PATH", "/bin")];
            all.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect::<BTreeMap<_, _>>()
        };
        let given = |text: &str| {
            let mut env = env();
            let text = with_values(text, &mut env);
            assert_eq!(env.keys().collect::<Vec<_>>(), ["PATH"]);
            text
        };
        assert_eq!(given("make"), "make");
        assert_eq!(given("diff $ORCA_BASE"), "ORCA_BASE='abc'\ndiff $ORCA_BASE");
        assert_eq!(given("x ${ORCA_TASK}"), "ORCA_TASK='it'\\''s'\nx ${ORCA_TASK}");
        assert_eq!(given("x $ORCA_TASK_FILE"), "ORCA_TASK_FILE='/f'\nx $ORCA_TASK_FILE");
        assert_eq!(given("x $ORCA_BASED"), "x $ORCA_BASED");
    }

    #[test]
    fn places_say_nothing_of_us() {
        let env = BTreeMap::from([("HOME".to_owned(), "/home/u".to_owned())]);
        let place = gate_places(&env, Path::new("/r/.git")).unwrap().display().to_string();
        assert!(place.starts_with("/home/u/.local/share/checkouts/") && !place.contains("orca"), "{place}");
        assert_eq!(gate_places(&BTreeMap::new(), Path::new("/r/.git")), None);
    }
}
