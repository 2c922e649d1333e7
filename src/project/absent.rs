//! Words by which programs say that a package is not installed: what a set-up of the worktree would have brought.

/// What stands before the name, and what ends it.
const SAID: [(&str, &str); 6] = [
    ("No module named '", "'"),
    ("Cannot find module '", "'"),
    ("Cannot find package '", "'"),
    ("Could not resolve \"", "\""),
    ("cannot load such file -- ", " "),
    ("Could not find gem '", "'"),
];

/// The package that a complaint says is missing, as it names it. A file of the project's own (`./a`) is no package.
pub fn missing_module(text: &str) -> Option<String> {
    let found = SAID.iter().find_map(|(before, end)| {
        let rest = &text[text.find(before)? + before.len()..];
        Some(rest.split(end).next().unwrap_or(rest).trim())
    })?;
    let is_package = !found.is_empty() && !found.starts_with(['.', '/']) && found.len() < 100;
    is_package.then(|| format!("`{found}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_that_are_missing_by_what_programs_say() {
        let table = [
            ("tests/__init__.py:9 ModuleNotFoundError: No module named 'tomli'", Some("`tomli`")),
            ("Error: Cannot find module 'esm'", Some("`esm`")),
            ("Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'uvu' imported from a.js", Some("`uvu`")),
            ("LoadError: cannot load such file -- rspec (LoadError)", Some("`rspec`")),
            ("Error: Cannot find module './dist/a.js'", None),
            ("AssertionError: 1 != 2", None),
        ];
        for (text, package) in table {
            assert_eq!(missing_module(text).as_deref(), package, "{text}");
        }
    }
}
