//! What to install, from what programs say when something is missing.

/// What is missing by a program's own words, as a thing to do: `install pytest`. None where they do not say.
pub fn to_install(said: &str) -> Option<String> {
    let python = |name: &str| format!("install the Python package `{}`", name.split('.').next().unwrap_or(name));
    if let Some(name) = after(said, "No module named ") {
        return Some(python(&name));
    }
    if let Some(name) = after(said, "Cannot find module ").or_else(|| after(said, "Cannot find package ")) {
        let relative = name.starts_with(['.', '/']);
        return Some(if relative { "run the project's setup".to_owned() } else { format!("npm install {name}") });
    }
    if let Some(name) = after(said, "no such command: ").or_else(|| after(said, "no such subcommand: ")) {
        return Some(format!("cargo install cargo-{name}"));
    }
    let program = [": command not found", ": not found"].iter().find_map(|mark| before(said, mark))?;
    Some(format!("install `{program}`"))
}

/// The word after a mark, without its quotes.
fn after(text: &str, mark: &str) -> Option<String> {
    let rest = &text[text.find(mark)? + mark.len()..];
    let word = rest.split_whitespace().next()?.trim_matches(['\'', '"', '`', ',', ';', ':', '.']);
    (!word.is_empty()).then(|| word.to_owned())
}

/// The word before a mark.
fn before(text: &str, mark: &str) -> Option<String> {
    let head = &text[..text.find(mark)?];
    let word = head.rsplit([' ', ':', '\n']).next()?.trim_matches(['\'', '"', '`']);
    (!word.is_empty()).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        for (said, what) in [
            ("a program is missing: sh: 1: ruff: not found", Some("install `ruff`")),
            ("bash: line 1: pytest: command not found", Some("install `pytest`")),
            ("/usr/bin/python3: No module named pytest", Some("install the Python package `pytest`")),
            ("ModuleNotFoundError: No module named 'yaml.loader'", Some("install the Python package `yaml`")),
            ("Error: Cannot find module 'vitest'", Some("npm install vitest")),
            ("Error: Cannot find module './build/x.js'", Some("run the project's setup")),
            ("error: no such command: `nextest`", Some("cargo install cargo-nextest")),
            ("its time was over after 600 s", None),
        ] {
            assert_eq!(to_install(said).as_deref(), what, "{said}");
        }
    }
}
