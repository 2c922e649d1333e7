//! Looks at the repository, writes what is missing, says what was done.

use std::path::Path;

use super::super::args::InitArgs;
use super::add;
use super::plugin::{PLUGIN, plugin};
use super::step::{InitStep, There, step};
use super::wanted::{InitWanted, wanted};
use super::write::{replace, said, write_new};
use crate::gate;
use crate::git::{CommitFiles, Repo};
use crate::model::{Error, FolderFiles, Result};
use crate::process::env;
use crate::project::{self, Detected, Project};
use crate::report;
use crate::start::agents::first_installed;
use crate::start::here::{ORCA_TOML, Refusal};
use crate::start::installed::is_installed;

/// Runs it. Overwrites nothing that somebody edited; works before the first commit; a second time it does nothing.
///
/// # Errors
/// There is no repository, or it cannot be written.
pub fn main(args: &InitArgs) -> Result<u8, Refusal> {
    let cwd = std::env::current_dir().map_err(|e| Error::failed("looking at the current folder", e))?;
    let repo = Repo::locate(&cwd)?;
    if args.plugin {
        return write_plugin(repo.work_tree(), args.dry_run);
    }
    let project = read(&repo)?;
    let environment = env::current();
    let path = environment.get("PATH").map(String::as_str);
    // The setup command that tests need is written into the very file, so they can run.
    let mut detected = project::detect(&project, &|name| is_installed(name, &environment, repo.work_tree()), true);
    detected.gates.retain(|def| gate::kind(def).is_some());
    let agent = first_installed(path, repo.work_tree());
    let text = project::orca_toml(&project, &detected, agent);
    let root = repo.work_tree();
    let has_settings = root.join(ORCA_TOML).symlink_metadata().is_ok();
    let mut lines = found(&project, &detected, agent);
    if has_settings {
        // What was found is not what is in force.
        lines.truncate(1);
    }
    let mut done = match (has_settings, args.dry_run) {
        (true, _) => add::missing(&cwd, root, &detected, args)?,
        (false, dry_run) => {
            if dry_run {
                report::answer(text.trim_end());
            } else {
                write_new(&root.join(ORCA_TOML), &text)?;
            }
            vec![said("written", ORCA_TOML, None)]
        }
    };
    let wanted = if args.settings_only { Vec::new() } else { wanted() };
    for wanted in &wanted {
        done.extend(perform(root, wanted, args.dry_run)?);
    }
    lines.extend(gathered(done));
    lines.push(next(args.dry_run, has_settings));
    report::say(&lines.join("\n"));
    Ok(0)
}

/// Writes the plugin, and nothing else.
fn write_plugin(root: &Path, dry_run: bool) -> Result<u8, Refusal> {
    let mut done = Vec::new();
    for wanted in &plugin() {
        done.extend(perform(root, wanted, dry_run)?);
    }
    let mut lines = gathered(done);
    lines.push(match (lines.is_empty(), dry_run) {
        (true, _) => "the plugin is up to date".to_owned(),
        (false, true) => next(true, false),
        (false, false) => {
            let name = PLUGIN;
            format!(
                "next: commit it; then try it: claude plugin marketplace add ./ && claude plugin install {name}@{name}"
            )
        }
    });
    report::say(&lines.join("\n"));
    Ok(0)
}

/// The lines with one for all skills of a folder to which the same was done.
fn gathered(done: Vec<String>) -> Vec<String> {
    let folder =
        |line: &str| line.strip_suffix("/SKILL.md").and_then(|line| line.rsplit_once('/')).map(|it| it.0.to_owned());
    let mut lines: Vec<String> = Vec::new();
    for alike in done.chunk_by(|a, b| folder(a).is_some() && folder(a) == folder(b)) {
        match (folder(&alike[0]), alike.len()) {
            (Some(folder), n) if n > 1 => lines.push(format!("{folder}: {n} skills for coding agents")),
            _ => lines.extend(alike.iter().cloned()),
        }
    }
    lines
}

/// Does what is to be done about one wanted thing, and the line about it; none when it is as it should be.
fn perform(root: &Path, wanted: &InitWanted, dry_run: bool) -> Result<Option<String>> {
    let path = wanted.path();
    let (word, text) = match step(wanted, &there(root, path)?) {
        InitStep::Same | InitStep::Left(None) => return Ok(None),
        InitStep::Left(Some(why)) => return Ok(Some(said("left alone", path, Some(&why)))),
        InitStep::New(text) => ("written", text),
        InitStep::Changed(text) => ("changed", text),
    };
    if !dry_run {
        replace(&root.join(path), &text)?;
    }
    Ok(Some(said(word, path, None)))
}

/// What is at a path. Links are not followed: they may lead out of the repository.
fn there(root: &Path, path: &str) -> Result<There> {
    let doing = || format!("reading `{path}`");
    let mut at = root.to_owned();
    for part in Path::new(path) {
        at.push(part);
        match at.symlink_metadata() {
            Ok(meta) if meta.is_symlink() => return Ok(There::Other("a link, or below one")),
            Ok(meta) if at == root.join(path) && !meta.is_file() => return Ok(There::Other("not a file")),
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(There::Nothing),
            Err(e) if e.kind() == std::io::ErrorKind::NotADirectory => return Ok(There::Other("below a file")),
            Err(e) => return Err(Error::failed(doing(), e)),
        }
    }
    let bytes = std::fs::read(&at).map_err(|e| Error::failed(doing(), e))?;
    Ok(String::from_utf8(bytes).map_or(There::Other("not text"), There::Text))
}

/// The project as its last commit has it, which is what agents start from; the folder's files before the first one.
fn read(repo: &Repo) -> Result<Project> {
    match repo.head() {
        Ok(head) => project::read(&CommitFiles::new(repo, &head.commit)?),
        Err(_) => project::read(&FolderFiles::new(repo.work_tree())),
    }
}

/// What was found, and what was left out.
fn found(project: &Project, detected: &Detected, agent: Option<&str>) -> Vec<String> {
    let languages = project.in_words();
    let found = if languages.is_empty() { "none recognised".to_owned() } else { languages };
    let mut lines = vec![format!("languages    {found}")];
    lines.extend(agent.map(|agent| format!("agent        {agent}, which is installed")));
    lines.extend(detected.gates.iter().map(|gate| format!("gate         {}: {}", gate.name, report::gate_text(gate))));
    if detected.gates.is_empty() {
        lines.push("gates        none: nothing will be checked until you write one".to_owned());
    }
    lines.extend(detected.setup.iter().map(|setup| format!("setup        {setup}")));
    lines.extend(detected.left_out.iter().map(|out| format!("not checked  {}: {}", out.what, out.how)));
    lines
}

/// What to type next.
fn next(dry_run: bool, had_settings: bool) -> String {
    match (dry_run, had_settings) {
        (true, _) => "nothing was written (--dry-run)".to_owned(),
        (false, true) => "next: git orca doctor".to_owned(),
        (false, false) => format!("next: look at {ORCA_TOML}, then: git orca trust && git add -A && git commit"),
    }
}
