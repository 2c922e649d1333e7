//! Whether a Python program could import a module, by looking: nothing is started for the answer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::lookup::find_program;

/// Whether the interpreter of a script (its first line names it) finds `module` among its packages: those of its virtual
/// environment, of the system where that counts too, and the user's own. None where the program is no such script.
pub fn can_import(program: &Path, module: &str, env: &BTreeMap<String, String>) -> Option<bool> {
    let first = std::fs::read(program).ok()?;
    let line = first.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let words: Vec<&str> = std::str::from_utf8(line).ok()?.split_whitespace().collect();
    let interpreter = match words.as_slice() {
        [env_program, name, ..] if env_program.ends_with("/env") => {
            find_program(name, env.get("PATH").map(String::as_str), Path::new("/")).ok()?
        }
        [interpreter, ..] => PathBuf::from(interpreter),
        [] => return None,
    };
    interpreter.file_name()?.to_str()?.starts_with("python").then(|| {
        let folders = package_folders(&interpreter, env);
        folders.iter().any(|folder| folder.join(module).is_dir() || folder.join(format!("{module}.py")).is_file())
    })
}

/// The folders of packages of an interpreter. A virtual environment lies where its interpreter is named, any other
/// installation where the named file leads to.
fn package_folders(interpreter: &Path, env: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let prefix = |file: &Path| file.parent().and_then(Path::parent).map(Path::to_owned);
    let mut prefixes: Vec<PathBuf> = Vec::new();
    let settings = prefix(interpreter).map(|prefix| (std::fs::read_to_string(prefix.join("pyvenv.cfg")), prefix));
    let is_alone = match settings {
        Some((Ok(settings), prefix)) => {
            prefixes.push(prefix);
            let lines = || settings.lines().filter_map(|line| line.split_once('='));
            let value =
                |key: &str| lines().find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim().to_owned());
            let is_alone = value("include-system-site-packages").as_deref() != Some("true");
            prefixes.extend(
                value("home").filter(|_| !is_alone).and_then(|home| Path::new(&home).parent().map(Path::to_owned)),
            );
            is_alone
        }
        _ => {
            prefixes.extend(interpreter.canonicalize().ok().as_deref().and_then(prefix));
            false
        }
    };
    if !is_alone {
        prefixes.extend(env.get("HOME").map(|home| Path::new(home).join(".local")));
    }
    let local: Vec<PathBuf> = prefixes.iter().map(|prefix| prefix.join("local")).collect();
    prefixes.iter().chain(&local).flat_map(|prefix| below(&prefix.join("lib"))).collect()
}

fn below(lib: &Path) -> Vec<PathBuf> {
    let versions = std::fs::read_dir(lib).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_python = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("python3"))
    };
    versions.filter(is_python).flat_map(|folder| [folder.join("site-packages"), folder.join("dist-packages")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_found_where_the_script_s_interpreter_looks() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let make = |path: &str, text: &str| {
            let file = root.join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, text).unwrap();
            file
        };
        let python = make("venv/bin/python", "");
        make("venv/pyvenv.cfg", &format!("home = {}/base/bin\ninclude-system-site-packages = false\n", root.display()));
        make("venv/lib/python3.11/site-packages/pytest_cov/__init__.py", "");
        make("base/lib/python3.11/site-packages/only_base.py", "");
        make("home/.local/lib/python3.11/site-packages/only_user.py", "");
        let script = make("venv/bin/pytest", &format!("#!{}\nimport pytest\n", python.display()));
        let env: BTreeMap<String, String> = [("HOME".to_owned(), root.join("home").display().to_string())].into();
        let asked = |module: &str| can_import(&script, module, &env);
        assert_eq!(
            (asked("pytest_cov"), asked("only_base"), asked("only_user")),
            (Some(true), Some(false), Some(false))
        );
        make("venv/pyvenv.cfg", &format!("home = {}/base/bin\ninclude-system-site-packages = true\n", root.display()));
        assert_eq!((asked("only_base"), asked("only_user"), asked("nowhere")), (Some(true), Some(true), Some(false)));
        assert_eq!(can_import(&make("bin/pytest", "#!/bin/sh\n"), "pytest_cov", &env), None);
        assert_eq!(can_import(&root.join("missing"), "pytest_cov", &env), None);
    }
}
