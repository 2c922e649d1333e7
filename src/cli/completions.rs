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
    String::from_utf8_lossy(&text).into_owned()
}

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
