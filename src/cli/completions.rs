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
    clap_complete::generate(shell, &mut Cli::command(), "git-orca", &mut text);
    let text = String::from_utf8_lossy(&text).into_owned();
    match shell {
        // Labels are made of the words that help shows (`git orca`), jumps to them of the program's name.
        clap_complete::Shell::Bash => text.replace("git__subcmd__orca", "git__orca") + BASH_FOR_GIT,
        clap_complete::Shell::Fish => text + FISH_FOR_GIT,
        _ => text,
    }
}

/// `git orca` in fish, whose own completion of git finds commands like ours in some versions only.
const FISH_FOR_GIT: &str = r#"
function __git_orca_complete
    set -l words (commandline -opc)
    set -l at (contains -i -- orca $words); or return
    set -e words[1..$at]
    complete -C "git-orca $words "(commandline -ct)
end
complete -c git -f -n 'contains -- orca (commandline -opc)' -a '(__git_orca_complete)'
"#;

/// What git's own completion calls in bash for the words after `git orca`, from which it takes `COMPREPLY`. zsh finds
/// the completion of `git-orca` by itself.
const BASH_FOR_GIT: &str = r#"
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
