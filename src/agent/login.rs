//! Whether anybody is logged in at an agent's provider, as its own program tells. No model is asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::LoginCheck;
use crate::process::Tool;

/// Programs of Node.js need a second or two to answer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(15);

/// Whether somebody is logged in; none where the program does not tell.
pub fn is_logged_in(check: &LoginCheck, program: &Path, env: &BTreeMap<String, String>) -> Option<bool> {
    let is_set = |key: &&str| env.get(*key).is_some_and(|value| !value.is_empty());
    if check.keys.iter().any(is_set) {
        return Some(true);
    }
    if let Some(file) = check.file {
        return Some(Path::new(env.get("HOME")?).join(file).is_file());
    }
    // Not where we are: what lies there may be anybody's settings.
    let tool = check.args.iter().fold(Tool::new(program).cwd("/"), |tool, arg| tool.arg(arg));
    let output = tool.output_within(PATIENCE).ok()??;
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let said = String::from_utf8_lossy(&said).to_lowercase();
    if check.nobody.iter().any(|words| said.contains(words)) {
        return Some(false);
    }
    output.success().then_some(true)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const CHECK: LoginCheck = LoginCheck {
        keys: &["SOME_API_KEY"],
        args: &["auth", "status"],
        nobody: &["not logged in"],
        file: None,
        fix: "log in",
    };

    #[test]
    fn a_login_is_told_by_a_key_a_file_or_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("agent");
        let says = |text: &str| {
            std::fs::write(&program, format!("#!/bin/sh\ntest \"$1 $2\" = 'auth status' || exit 9\n{text}\n")).unwrap();
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        };
        let env = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        says("echo 'Not logged in. Run /login'; exit 1");
        assert_eq!(is_logged_in(&CHECK, &program, &env(&[])), Some(false));
        assert_eq!(is_logged_in(&CHECK, &program, &env(&[("SOME_API_KEY", "k")])), Some(true));
        assert_eq!(is_logged_in(&CHECK, &program, &env(&[("SOME_API_KEY", "")])), Some(false));
        says("echo 'Logged in as a@example.org'");
        assert_eq!(is_logged_in(&CHECK, &program, &env(&[])), Some(true));
        says("echo 'unknown command: auth' >&2; exit 2");
        assert_eq!(is_logged_in(&CHECK, &program, &env(&[])), None, "an older version knows no such question");
        let home = folder.path().display().to_string();
        let by_file = LoginCheck { file: Some("creds.json"), ..CHECK };
        assert_eq!(is_logged_in(&by_file, &program, &env(&[("HOME", &home)])), Some(false));
        std::fs::write(folder.path().join("creds.json"), "{}").unwrap();
        assert_eq!(is_logged_in(&by_file, &program, &env(&[("HOME", &home)])), Some(true));
    }
}
