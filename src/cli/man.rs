//! `git orca man [DIR]`: the manual pages, `git-orca.1` and one a command. `git orca --help` shows them once they lie
//! where `man` looks: git turns `--help` into `man git-orca`.

use std::path::{Path, PathBuf};

use clap::CommandFactory;

use super::args::Cli;
use crate::model::{Error, Result};
use crate::start::here::Refusal;
use crate::{report, run};

/// Runs it. Works anywhere.
///
/// # Errors
/// The folder cannot be written.
pub fn main(folder: &Path) -> Result<u8, Refusal> {
    let pages = pages()?;
    let mut written: Vec<PathBuf> = Vec::new();
    for (name, text) in &pages {
        let file = folder.join(name);
        run::write(&file, text)?;
        written.push(file);
    }
    let paths: Vec<String> = written.iter().map(|file| file.display().to_string()).collect();
    report::answer(&paths.join("\n"));
    report::say(&next(folder));
    Ok(0)
}

fn next(folder: &Path) -> String {
    let place = "~/.local/share/man/man1";
    format!("to make \"git orca --help\" work: mkdir -p {place} && cp {}/git-orca*.1 {place}/", folder.display())
}

/// File names and texts, in a fixed order.
fn pages() -> Result<Vec<(String, String)>> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut pages = vec![page(&command, "git-orca")?];
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let name = format!("git-orca-{}", sub.get_name());
        pages.push(page(sub, &name)?);
        for below in sub.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help") {
            pages.push(page(below, &format!("{name}-{}", below.get_name()))?);
        }
    }
    Ok(pages)
}

fn page(command: &clap::Command, name: &str) -> Result<(String, String)> {
    let command = command.clone().display_name(name.to_owned());
    let man = clap_mangen::Man::new(command)
        .title(name)
        .manual("git orca")
        .source(concat!("git-orca ", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    man.render(&mut text).map_err(|e| Error::failed(format!("writing the manual page of `{name}`"), e))?;
    Ok((format!("{name}.1"), String::from_utf8_lossy(&text).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page() {
        let pages = pages().unwrap();
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        for expected in ["git-orca.1", "git-orca-execute.1", "git-orca-salvage-restore.1", "git-orca-man.1"] {
            assert!(names.contains(&expected), "{names:?}");
        }
        let commands = Cli::command().get_subcommands().count();
        assert!(names.len() > commands, "{names:?}");
        assert!(pages.iter().all(|(_, text)| text.contains(".SH NAME") && text.contains(".SH SYNOPSIS")));
    }
}
