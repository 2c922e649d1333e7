//! `git orca completions SHELL`: a completion script for the program.

use clap::CommandFactory;

use super::args::Cli;
use crate::report;

/// Prints the script; `eval` or a file in the shell's folder of completions takes it.
pub fn main(shell: clap_complete::Shell) -> u8 {
    report::answer(script(shell).trim_end());
    0
}

fn script(shell: clap_complete::Shell) -> String {
    let mut text = Vec::new();
    // With the name of the program, not of the command of git: the scripts make words of functions of it.
    clap_complete::generate(shell, &mut Cli::command().bin_name("git-orca"), "git-orca", &mut text);
    let text = String::from_utf8_lossy(&text).into_owned();
    match shell {
        clap_complete::Shell::Bash => text + FOR_GIT,
        _ => text,
    }
}

/// What git's own completion calls in bash for the words after `git orca`, from which it takes `COMPREPLY`. zsh and fish
/// find the completion of `git-orca` by themselves.
const FOR_GIT: &str = r#"
_git_orca() {
    local at=0 words
    while [[ "${COMP_WORDS[at]}" != orca ]]; do
        (( ++at < COMP_CWORD )) || return 0
    done
    words=(git-orca "${COMP_WORDS[@]:at+1}")
    local COMP_CWORD=$((COMP_CWORD - at))
    local COMP_WORDS=("${words[@]}")
    _git__orca git-orca "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
}
"#;

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_knows_every_command() {
        for shell in clap_complete::Shell::value_variants() {
            let text = script(*shell);
            for command in Cli::command().get_subcommands() {
                assert!(text.contains(command.get_name()), "{shell}: {}", command.get_name());
            }
        }
    }
}
