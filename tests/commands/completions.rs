//! Completion scripts, tried in the shells that they are for: what is typed, what stands there after the key.

use std::process::Command;

use crate::support::{TestRequirement, needs};

/// What is typed, and what it is completed to.
const TYPED: [(&str, &str); 3] = [
    ("git-orca statu", "git-orca status"),
    ("git orca statu", "git orca status"),
    ("git orca hooks unin", "git orca hooks uninstall"),
];

/// A folder with the completion script of a shell, and the shell.
struct Shell {
    name: &'static str,
    folder: tempfile::TempDir,
}

impl Shell {
    /// The shell, if it is installed.
    fn find(name: &'static str, what: TestRequirement, script: &str) -> Option<Shell> {
        if !Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success()) {
            needs(what);
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new(env!("CARGO_BIN_EXE_git-orca")).args(["completions", name]).output().unwrap();
        assert!(made.status.success());
        std::fs::write(folder.path().join(script), made.stdout).unwrap();
        Some(Shell { name, folder })
    }

    /// What it prints for a program of its own, in the folder of the script, with git-orca on its PATH.
    fn runs(&self, args: &[&str], program: &str) -> String {
        let bin = std::path::Path::new(env!("CARGO_BIN_EXE_git-orca")).parent().unwrap();
        let output = Command::new(self.name)
            .args(args)
            .arg(program)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
            .output()
            .unwrap();
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    }
}

#[test]
fn bash_completes_the_program_and_the_command_of_git() {
    let Some(bash) = Shell::find("bash", TestRequirement::Bash, "script") else { return };
    for (typed, completed) in TYPED {
        // As bash does it, and as git's completion does it for its commands.
        let function = if typed.starts_with("git ") { "_git_orca" } else { "_git__orca" };
        let program = format!(
            "source ./script\nCOMP_WORDS=({typed}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))\n\
             {function} \"${{COMP_WORDS[0]}}\" \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"\n\
             unset 'COMP_WORDS[COMP_CWORD]'; echo \"${{COMP_WORDS[*]}} ${{COMPREPLY[*]}}\""
        );
        assert_eq!(bash.runs(&["--norc", "-c"], &program).trim_end(), completed, "{typed}");
    }
}

#[test]
fn fish_completes_the_program_and_the_command_of_git() {
    let Some(fish) = Shell::find("fish", TestRequirement::Fish, "script") else { return };
    for (typed, completed) in TYPED {
        let said = fish.runs(&["--no-config", "-c"], &format!("source script; complete -C '{typed}'"));
        let first: Vec<&str> = said.lines().filter_map(|line| line.split('\t').next()).collect();
        assert_eq!(first, [completed.rsplit(' ').next().unwrap()], "{typed}: {said}");
    }
}

/// zsh completes only where somebody types: in a terminal of its own.
#[test]
fn zsh_completes_the_program_and_the_command_of_git() {
    let Some(zsh) = Shell::find("zsh", TestRequirement::Zsh, "_git-orca") else { return };
    let begin = "zmodload zsh/zpty; zpty z zsh -f -i\n\
                 zpty -w z 'PS1=; fpath=($PWD $fpath); autoload -U compinit; compinit -u -D; bindkey \"^I\" complete-word'\n";
    let types = |(n, (typed, _)): (usize, &(&str, &str))| {
        format!(
            "zpty -w -n z $'{typed}\\t\\C-a\\C-kecho \"\\C-y\" > got{n}\\n'\n\
             zpty -w z 'echo DO\"\"NE{n}'; zpty -r z out '*DONE{n}*'\n"
        )
    };
    let program = format!("{begin}{}zpty -d z; cat got*", TYPED.iter().enumerate().map(types).collect::<String>());
    let said = zsh.runs(&["-f", "-c"], &program);
    let shown: Vec<&str> = said.lines().map(str::trim_end).collect();
    assert_eq!(shown, TYPED.map(|(_, completed)| completed), "{said}");
}
