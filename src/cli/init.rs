//! `git orca init`: writes a commented `orca.toml`.

use std::io::Write;
use std::path::Path;

use super::args::InitArgs;
use super::here::{ORCA_TOML, Refusal};
use crate::git::{CommitFiles, Repo};
use crate::model::{Error, ErrorKind, FolderFiles, Result};
use crate::process::{env, find_program};
use crate::project::{self, Detected, Project};
use crate::report;

/// Runs it. Overwrites nothing; works before the first commit.
///
/// # Errors
/// There is no repository, or an `orca.toml` already.
pub fn main(args: &InitArgs) -> Result<u8, Refusal> {
    let cwd = std::env::current_dir().map_err(|e| Error::failed("looking at the current folder", e))?;
    let repo = Repo::locate(&cwd)?;
    let project = read(&repo)?;
    let environment = env::current();
    let path = environment.get("PATH").map(String::as_str);
    // The set-up command that tests need is written into the very file, so they can run.
    let detected = project::detect(&project, &|name| find_program(name, path, repo.work_tree()).is_ok(), true);
    let text = project::orca_toml(&project, &detected, None);
    if args.dry_run {
        report::answer(text.trim_end());
    } else {
        write_new(&repo.work_tree().join(ORCA_TOML), &text)?;
    }
    report::say(&told(&project, &detected, args.dry_run));
    Ok(0)
}

/// The project as its last commit has it, which is what agents start from; the folder's files before the first one.
fn read(repo: &Repo) -> Result<Project> {
    match repo.head() {
        Ok(head) => project::read(&CommitFiles::new(repo, &head.commit)?),
        Err(_) => project::read(&FolderFiles::new(repo.work_tree())),
    }
}

/// Writes the file whole, or not at all if there is one.
fn write_new(file: &Path, text: &str) -> Result<()> {
    let doing = || format!("writing `{}`", file.display());
    let failed = |e: std::io::Error| Error::failed(doing(), e);
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::Builder::new().prefix(".orca-toml-").tempfile_in(folder).map_err(failed)?;
    new.write_all(text.as_bytes()).map_err(failed)?;
    readable(new.as_file()).map_err(failed)?;
    match new.persist_noclobber(file) {
        Ok(_) => Ok(()),
        Err(e) if e.error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(Error::new(ErrorKind::Environment, doing(), "it exists already; nothing was changed")
                .hint("git orca init --dry-run   prints what would be written")
                .hint("git orca config           shows what is in force"))
        }
        Err(e) => Err(failed(e.error)),
    }
}

/// Temporary files are private; this one is for the repository.
fn readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

/// What was found, what was left out, and what to type next.
fn told(project: &Project, detected: &Detected, dry_run: bool) -> String {
    let languages = project.in_words();
    let found = if languages.is_empty() { "no language that git orca knows".to_owned() } else { languages };
    let mut lines = vec![format!("found        {found}")];
    lines.extend(detected.gates.iter().map(|gate| format!("gate         {}: {}", gate.name, report::gate_text(gate))));
    if detected.gates.is_empty() {
        lines.push("gates        none: nothing will be checked until you write one".to_owned());
    }
    lines.extend(detected.setup.iter().map(|setup| format!("set-up       {setup}")));
    lines.extend(detected.left_out.iter().map(|out| format!("not checked  {}: {}", out.what, out.how)));
    lines.push(match dry_run {
        true => "nothing was written (--dry-run)".to_owned(),
        false => format!("{ORCA_TOML} written; look at it, then: git orca trust && git add {ORCA_TOML}"),
    });
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_existing_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(ORCA_TOML);
        write_new(&file, "orca = 1\n").unwrap();
        let error = write_new(&file, "other").unwrap_err();
        assert!(error.cause.contains("exists already"), "{error}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "orca = 1\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    }
}
