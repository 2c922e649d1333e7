//! `git orca hooks install|uninstall|list`.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::super::args::{HooksAction, HooksArgs};
use super::plan::{HookPlan, HookStep, Hooks};
use super::{HOOKS, Hook};
use crate::git;
use crate::model::{Error, ErrorKind, Result};
use crate::report;
use crate::start::here::{Here, Refusal};

/// Runs it. Exit 1 when something has to be done by hand.
///
/// # Errors
/// There is no repository, no such hook, or a file cannot be written.
pub fn main(args: &HooksArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let places = places(&here)?;
    let (named, dry_run, wish): (_, _, fn(&Hooks, &Hook) -> HookPlan) = match &args.action {
        HooksAction::List => return Ok(list(&places)),
        HooksAction::Install(named) => (&named.hooks, named.dry_run, |hooks, hook| hooks.install(hook, read)),
        HooksAction::Uninstall(named) => (&named.hooks, named.dry_run, |hooks, hook| hooks.uninstall(hook, read)),
    };
    let install = matches!(args.action, HooksAction::Install(_));
    let mut by_hand = false;
    let wanted = chosen(named, install)?;
    for (hook, hooks) in wanted.iter().flat_map(|hook| places.iter().map(move |hooks| (*hook, hooks))) {
        let plan = wish(hooks, hook);
        by_hand |= matches!(plan, HookPlan::ByHand(..));
        if let HookPlan::Do(steps) = &plan
            && !dry_run
        {
            steps.iter().try_for_each(perform)?;
        }
        report::answer(&words(hook, &plan, dry_run));
    }
    if let [place, ..] = places.as_slice()
        && install
        && place.is_relative
    {
        report::say(&of_each(place));
    }
    Ok(u8::from(by_hand))
}

/// What a folder that each worktree has for itself means for worktrees to come.
fn of_each(place: &Hooks) -> String {
    let folder = place.folder.strip_prefix(&place.top).unwrap_or(&place.folder).display();
    format!(
        "core.hooksPath is relative: each worktree runs the hooks of its own `{folder}`. A worktree that is made later has \
         them only when they are committed; or let all use one folder: \
         git config core.hooksPath \"{}\"",
        place.folder.display()
    )
}

/// The folders that git runs hooks from: `core.hooksPath`, or the common folder's, for all worktrees alike. A relative one
/// is each worktree's own.
fn places(here: &Here) -> Result<Vec<Hooks>> {
    let top = here.repo.work_tree().to_owned();
    let config = here.repo.config()?;
    let one = |folder: PathBuf| vec![Hooks { folder, top: top.clone(), is_relative: false }];
    let Some(path) = config.get("core.hookspath").filter(|path| !path.is_empty()) else {
        return Ok(one(here.repo.common_dir().join("hooks")));
    };
    if let (Some(rest), Some(home)) = (path.strip_prefix("~/"), here.env.get("HOME")) {
        return Ok(one(Path::new(home).join(rest)));
    }
    if Path::new(path).is_absolute() {
        return Ok(one(PathBuf::from(path)));
    }
    let own = |top: PathBuf| Hooks { folder: top.join(path), top, is_relative: true };
    Ok(git::own_worktrees(&here.repo).into_iter().map(own).collect())
}

fn chosen(named: &[String], install: bool) -> Result<Vec<&'static Hook>> {
    if named.is_empty() {
        return Ok(HOOKS.iter().filter(|hook| hook.default || !install).collect());
    }
    let find = |name: &String| {
        HOOKS.iter().find(|hook| hook.name == *name).ok_or_else(|| {
            let names: Vec<&str> = HOOKS.iter().map(|hook| hook.name).collect();
            let error = Error::new(ErrorKind::Usage, "choosing hooks", format!("there is no hook `{name}` here"));
            error.hint(format!("known hooks: {}", names.join(", ")))
        })
    };
    named.iter().map(find).collect()
}

fn read(file: &Path) -> Option<String> {
    std::fs::read(file).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn perform(step: &HookStep) -> Result<()> {
    let failed = |what: &str, file: &Path, e: std::io::Error| Error::failed(format!("{what} `{}`", file.display()), e);
    match step {
        HookStep::Rename(from, to) => std::fs::hard_link(from, to)
            .and_then(|()| std::fs::remove_file(from))
            .map_err(|e| failed("moving aside", from, e)),
        HookStep::Remove(file) => std::fs::remove_file(file).map_err(|e| failed("removing", file, e)),
        HookStep::Write(file, text) => write(file, text).map_err(|e| failed("writing", file, e)),
    }
}

/// Replaces the file: a push at this very moment runs the old script or the new, never half of one.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let folder = file.parent().map_or_else(PathBuf::new, Path::to_owned);
    std::fs::create_dir_all(&folder)?;
    let mut new = tempfile::Builder::new().prefix(".orca-hook-").tempfile_in(&folder)?;
    std::io::Write::write_all(&mut new, text.as_bytes())?;
    new.as_file().set_permissions(std::fs::Permissions::from_mode(0o755))?;
    new.persist(file).map_err(|e| e.error)?;
    Ok(())
}

fn words(hook: &Hook, plan: &HookPlan, dry_run: bool) -> String {
    let line = |step: &HookStep| match step {
        HookStep::Rename(from, to) => format!("  {} is now {}; it still runs first", from.display(), to.display()),
        HookStep::Write(file, _) => format!("  {} written: {}", file.display(), hook.about),
        HookStep::Remove(file) => format!("  {} removed", file.display()),
    };
    match plan {
        HookPlan::Settled => format!("{}: nothing to do\n", hook.name),
        HookPlan::ByHand(why, how) => format!("{}: not changed: {why}\n{how}\n", hook.name),
        HookPlan::Do(steps) => {
            let head = if dry_run { " (--dry-run: nothing was changed)" } else { "" };
            let lines: Vec<String> = steps.iter().map(line).collect();
            format!("{}{head}\n{}\n", hook.name, lines.join("\n"))
        }
    }
}

fn list(places: &[Hooks]) -> u8 {
    places.iter().for_each(list_one);
    0
}

fn list_one(hooks: &Hooks) {
    let line = |hook: &Hook| {
        let state = if hooks.has(hook, read) { "installed" } else { "not installed" };
        format!("{:12} {state:14} {}\n", hook.name, hook.about)
    };
    let text: String = HOOKS.iter().map(line).collect();
    report::answer(&format!("{text}folder: {}\n", hooks.folder.display()));
}
