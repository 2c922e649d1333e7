//! From a program's name to its file, as execvp(3) would do it, but with words for when there is none.

use std::path::{Path, PathBuf};

/// Why a program cannot be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound {
    /// A sentence: the program, and where it was looked for.
    pub why: String,
    /// Whether there is no such file; otherwise there is one that cannot be executed.
    pub missing: bool,
}

/// The file of `program`: as it is when it holds a `/` (relative to `cwd`), else the first executable file of that name
/// in the folders of `path`, a `:`-separated list. An absent `path` holds no folders: what is not said is not guessed.
pub fn find_program(program: &str, path: Option<&str>, cwd: &Path) -> Result<PathBuf, NotFound> {
    if program.is_empty() {
        return Err(NotFound { why: "the command is empty".to_owned(), missing: true });
    }
    if program.contains('/') {
        return executable(cwd.join(program), program);
    }
    // The guard is needed: the one empty entry of an empty list would mean the working folder.
    let Some(folders) = path.filter(|path| !path.is_empty()) else {
        return Err(missing(program, path));
    };
    let mut refused = None;
    for folder in std::env::split_paths(folders) {
        match executable(cwd.join(folder).join(program), program) {
            Ok(file) => return Ok(file),
            Err(why) if why.missing => {}
            Err(why) => refused = refused.or(Some(why)),
        }
    }
    Err(refused.unwrap_or_else(|| missing(program, path)))
}

fn missing(program: &str, path: Option<&str>) -> NotFound {
    let why = match path {
        None | Some("") => format!("`{program}` was not found: its environment has no PATH"),
        Some(path) => format!("`{program}` was not found on the PATH (`{path}`)"),
    };
    NotFound { why, missing: true }
}

fn executable(file: PathBuf, program: &str) -> Result<PathBuf, NotFound> {
    let Ok(data) = std::fs::metadata(&file) else {
        return Err(NotFound { why: format!("`{program}`: there is no file `{}`", file.display()), missing: true });
    };
    if data.is_file() && nix::unistd::access(&file, nix::unistd::AccessFlags::X_OK).is_ok() {
        return Ok(file);
    }
    let what = if data.is_file() { "may not be executed" } else { "is not a file" };
    Err(NotFound { why: format!("`{program}`: `{}` {what}", file.display()), missing: false })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn file(at: &Path, mode: u32) {
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        std::fs::write(at, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(at, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn looks_where_it_was_told_to() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        file(&root.join("b/tool"), 0o755);
        file(&root.join("a/plain"), 0o644);
        file(&root.join("b/plain"), 0o755);
        file(&root.join("a/only"), 0o644);
        std::fs::create_dir_all(root.join("a/folder")).unwrap();
        let path = format!("{0}/none:{0}/a:b", root.display());
        let find = |program| find_program(program, Some(&path), root);
        assert_eq!(find("tool"), Ok(root.join("b/tool")), "relative folders of PATH are the command's");
        assert_eq!(find("plain"), Ok(root.join("b/plain")), "what cannot be executed is passed over");
        assert_eq!(find("b/tool"), Ok(root.join("b/tool")));
        let only = find("only").unwrap_err();
        assert!(!only.missing && only.why.contains("a/only` may not be executed"), "{only:?}");
        assert!(find("folder").unwrap_err().why.contains("is not a file"));
        let none = find("claude").unwrap_err();
        assert!(none.missing && none.why.contains("`claude`") && none.why.contains(&path), "{none:?}");
        assert!(find("./claude").unwrap_err().missing);
        assert!(find_program("sh", None, root).unwrap_err().why.contains("no PATH"));
        assert!(find("").unwrap_err().missing);
    }
}
