//! `git orca demo`: the main job on a small repository, offline, in seconds: a gate's finding, an attempt that cheats, a
//! conflict, and a `kill -9` in the middle. With `--agent` a real agent runs the same plan, and nobody is killed.

mod interrupted;
mod next;

use std::path::{Path, PathBuf};

use super::args::DemoArgs;
use super::{driving, execute, resume};
use crate::git;
use crate::integrate::names;
use crate::journal::RunState;
use crate::model::{Error, ErrorKind, Result};
use crate::report;
use crate::report::live::progress::ProgressMode;
use crate::settings::Flags;
use crate::start::here::{Here, Refusal};

/// The files of the small application, and the agent that stands for a model.
const FILES: [(&str, &str); 6] = [
    ("tasks.json", include_str!("../../../fixtures/demo/tasks.json")),
    ("orca.toml", include_str!("../../../fixtures/demo/orca.toml")),
    ("agent.sh", include_str!("../../../fixtures/demo/agent.sh")),
    ("app.conf", include_str!("../../../fixtures/demo/app.conf")),
    ("greeting.txt", include_str!("../../../fixtures/demo/greeting.txt")),
    ("CHANGELOG.md", include_str!("../../../fixtures/demo/CHANGELOG.md")),
];

/// Makes the repository, runs the plan in it, and shows what came of it.
///
/// # Errors
/// The folder cannot be written, or the run could not continue.
pub fn main(args: &DemoArgs) -> Result<u8, Refusal> {
    let app = folder(args.keep.as_deref())?.join("app");
    write(&app)?;
    git::make_repository(&app, "A small application, before orca")?;
    let narration = driving::mode(false, args.format.is_json());
    let is_told = narration != ProgressMode::Json;
    if is_told {
        report::say(&beginning(&app, args.agent.as_deref()));
    }
    let here = Here::at(&app)?;
    // For programs one run without a break: they read its entries, and a killed run has written none of its own.
    let (code, state) = match args.agent.is_none() && is_told && interrupted::begin(&here)? {
        true => continued(&here, narration)?,
        false => {
            let flags = Flags { yes: true, agent: args.agent.clone(), ..Flags::default() };
            execute::run_unattended(&here, &flags, narration)?
        }
    };
    if is_told {
        let branch = names::integration_branch(&state.info.run);
        let history = git::history(&here.repo, &branch, state.info.base.as_str())?;
        report::answer(&format!("\n$ git log --graph --first-parent --oneline {branch}\n{history}"));
        report::answer(&next::steps(&here, &app, &state, args.keep.is_some()));
    }
    Ok(code)
}

fn beginning(app: &Path, agent: Option<&str>) -> String {
    let with = match agent {
        None => "no network, no model".to_owned(),
        Some(agent) => format!("with {agent}, which uses your login or key and may cost money"),
    };
    format!("demo: a small repository in {}, {with}", app.display())
}

/// What was killed, resumed.
fn continued(here: &Here, narration: ProgressMode) -> Result<(u8, RunState), Refusal> {
    report::say("\nThe demo has killed git orca (kill -9) in the middle of the run. To continue:\n\n$ git orca resume");
    let code = resume::resume_unattended(here, narration)?;
    Ok((code, here.run(None)?.1))
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
