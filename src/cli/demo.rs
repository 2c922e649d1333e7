//! `git orca demo`: the main job on a small repository, offline, in seconds.

use std::path::{Path, PathBuf};

use super::args::DemoArgs;
use super::driving;
use super::execute;
use crate::git;
use crate::integrate::names;
use crate::model::{Error, ErrorKind, Result};
use crate::report;
use crate::report::live::progress::ProgressMode;
use crate::settings::Flags;
use crate::start::here::{Here, Refusal};

/// The files of the small application, and the agent that stands for a model.
const FILES: [(&str, &str); 6] = [
    ("tasks.json", include_str!("../../fixtures/demo/tasks.json")),
    ("orca.toml", include_str!("../../fixtures/demo/orca.toml")),
    ("agent.sh", include_str!("../../fixtures/demo/agent.sh")),
    ("app.conf", include_str!("../../fixtures/demo/app.conf")),
    ("greeting.txt", include_str!("../../fixtures/demo/greeting.txt")),
    ("CHANGELOG.md", include_str!("../../fixtures/demo/CHANGELOG.md")),
];

/// Makes the repository, runs the plan in it, and shows what came of it.
///
/// # Errors
/// The folder cannot be written, or the run could not go on.
pub fn main(args: &DemoArgs) -> Result<u8, Refusal> {
    let app = folder(args.keep.as_deref())?.join("app");
    write(&app)?;
    git::make_repository(&app, "A small application, before orca")?;
    let narration = driving::mode(false, args.format.is_json());
    if narration != ProgressMode::Json {
        report::say(&format!("demo: a small repository in {}, no network, no model", app.display()));
    }
    let here = Here::at(&app)?;
    let flags = Flags { yes: true, ..Flags::default() };
    let (code, state) = execute::run_unattended(&here, &flags, narration)?;
    if narration != ProgressMode::Json {
        let branch = names::integration_branch(&state.info.run);
        let history = git::history(&here.repo, &branch, state.info.base.as_str())?;
        report::answer(&format!("\n$ git log --graph --first-parent --oneline {branch}\n{history}"));
        report::answer(&next(&app, &branch, args.keep.is_some()));
    }
    Ok(code)
}

/// A folder of the demo's own: below `keep`, else one that the system clears.
fn folder(keep: Option<&Path>) -> Result<PathBuf> {
    let doing = "making a folder for the demo";
    let parent = keep.map_or_else(std::env::temp_dir, Path::to_owned);
    std::fs::create_dir_all(&parent).map_err(|e| Error::new(ErrorKind::Environment, doing, e.to_string()))?;
    let made = tempfile::Builder::new().prefix("orca-demo-").tempdir_in(&parent);
    let kept = made.map_err(|e| Error::new(ErrorKind::Environment, doing, e.to_string()))?.keep();
    kept.canonicalize().map_err(|e| Error::failed(doing, e))
}

fn write(app: &Path) -> Result<()> {
    let fail = |e: std::io::Error| Error::failed(format!("writing the demo into `{}`", app.display()), e);
    std::fs::create_dir_all(app).map_err(fail)?;
    FILES.iter().try_for_each(|(name, text)| std::fs::write(app.join(name), text)).map_err(fail)
}

fn next(app: &Path, branch: &str, kept: bool) -> String {
    let fate = if kept {
        "The repository stays where it is."
    } else {
        "The repository goes when the system clears its temporary files; \"demo --keep DIR\" keeps it."
    };
    format!(
        "\n{fate} Next:\n  cd {}\n  git orca show task-6                   both attempts, the finding\n  \
         git diff main...{branch}\n  \
         cargo install --path .                 then, in your own repository: git orca plan\n",
        app.display()
    )
}
