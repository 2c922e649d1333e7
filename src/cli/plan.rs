//! `git orca plan [PLAN]`: reads and checks a plan.

use std::path::{Path, PathBuf};

use super::args::{self, PlanForm};
use crate::graph::{Wanted, draw};
use crate::model::{Error, ErrorKind, Files, FolderFiles, Result};
use crate::plan::{Found, Mode, Plan, PlanEntry, Reading, find, read_modes};
use crate::process::Machine;
use crate::report::plan_json::plan_json;
use crate::report::plan_text::plan_text;
use crate::report::plan_view::PlanView;
use crate::settings::{Jobs, OrcaFile};

/// How the answer is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlanFormat {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
    /// Graphviz.
    Dot,
    /// Mermaid.
    Mermaid,
    /// A drawing.
    Svg,
}

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct PlanArgs {
    /// The plan: a file or folder; without it the one found in the repository.
    pub plan: Option<PathBuf>,
    /// How to answer.
    pub format: PlanFormat,
    /// Agents at once for the schedule.
    pub jobs: Option<usize>,
    /// How to read.
    pub reading: Reading,
    /// Name of the plan's format, when it is not to be detected.
    pub plan_format: Option<String>,
}

/// Runs the command. Exit 0, or 3 when the plan has errors; the answer is given either way.
///
/// # Errors
/// There is no plan to read.
pub fn run(args: &PlanArgs) -> Result<u8> {
    let (files, entry, shown) = locate(args)?;
    let mode = args.reading.mode;
    let modes: Vec<Mode> = std::iter::once(mode).chain(Mode::ALL.into_iter().filter(|other| *other != mode)).collect();
    let mut plans = read_modes(&files, &[entry], &args.reading, &modes).into_iter();
    let own = own_settings(&files);
    let edited = |mut plan: Plan| {
        super::reading::edit(&mut plan, &own.deps_add, &own.deps_drop);
        plan.resources.extend(own.resources.clone());
        super::reading::settle_environment(&mut plan.tasks, &plan.resources);
        plan
    };
    let plan = edited(plans.next().unwrap_or_default());
    let others: Vec<(Mode, Plan)> = modes[1..]
        .iter()
        .copied()
        .zip(plans.map(edited))
        .filter(|_| !plan.states_order && !plan.tasks.is_empty())
        .collect();
    let wanted = Wanted {
        include_optional: args.reading.include_optional,
        include_done: args.reading.include_done,
        ..Wanted::default()
    };
    let view = PlanView::new(&plan, mode, &wanted, args.jobs, &others);
    let text = match args.format {
        PlanFormat::Human => plan_text(&view, &shown),
        PlanFormat::Json => plan_json(&view) + "\n",
        PlanFormat::Dot => draw::dot(&draw::Picture::new(&view.whole, &plan.tasks)),
        PlanFormat::Mermaid => draw::mermaid(&draw::Picture::new(&view.whole, &plan.tasks)),
        PlanFormat::Svg => draw::svg(&draw::Picture::new(&view.whole, &plan.tasks)),
    };
    crate::report::answer(&text);
    Ok(if view.has_errors() { ErrorKind::Plan.exit_code() } else { 0 })
}

/// `[deps]` and `[resources]` of orca.toml. What is wrong in that file is for the commands that obey it.
fn own_settings(files: &dyn Files) -> OrcaFile {
    let text = files.read("orca.toml").ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(|text| OrcaFile::read("orca.toml", &text).0).unwrap_or_default()
}

/// From the command line.
///
/// # Errors
/// As [`run`].
pub fn main(args: &args::PlanArgs) -> Result<u8> {
    let format = match args.format {
        _ if args.json => PlanFormat::Json,
        PlanForm::Human => PlanFormat::Human,
        PlanForm::Json => PlanFormat::Json,
        PlanForm::Dot => PlanFormat::Dot,
        PlanForm::Mermaid => PlanFormat::Mermaid,
        PlanForm::Svg => PlanFormat::Svg,
    };
    let jobs = match args.jobs {
        Some(Jobs::Count(n)) => Some(n as usize),
        Some(Jobs::Auto) => Some(Machine::look()?.cpus * 2),
        None => None,
    };
    let reading = Reading {
        mode: match (args.reading.strict, args.reading.loose) {
            (true, _) => Mode::Strict,
            (_, true) => Mode::Loose,
            _ => Mode::Default,
        },
        deps: args.reading.deps.clone().map(|deps| deps.into_iter().collect()),
        include_optional: args.reading.include_optional,
        include_done: args.reading.include_done,
    };
    run(&PlanArgs { plan: args.plan.clone(), format, jobs, reading, plan_format: None })
}

/// Where the plan lies: the files around it, its path in them, and how the user would name it.
fn locate(args: &PlanArgs) -> Result<(FolderFiles, PlanEntry, String)> {
    let here = std::env::current_dir().map_err(|e| Error::failed("looking for the plan", e))?;
    let Some(plan) = &args.plan else {
        let files = FolderFiles::new(root_of(&here).unwrap_or(here));
        let found = only(&files, find(&files))?;
        return Ok((files, PlanEntry { format: args.plan_format.clone(), ..PlanEntry::new(&found.path) }, found.path));
    };
    let full = here.join(plan);
    let full = full.canonicalize().map_err(|e| {
        let error = Error::new(ErrorKind::NotFound, format!("reading the plan `{}`", plan.display()), e.to_string());
        error.hint("git orca plan        lists the plans of this repository")
    })?;
    let base = full.parent().unwrap_or(&full).to_path_buf();
    let root = root_of(&full).unwrap_or(base);
    let path = full.strip_prefix(&root).unwrap_or(Path::new("")).to_string_lossy().replace('\\', "/");
    let entry = PlanEntry { path, format: args.plan_format.clone() };
    Ok((FolderFiles::new(root), entry, plan.display().to_string()))
}

/// The root of the repository that `path` lies in.
fn root_of(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_path_buf)
}

/// The only plan that is not done, or the only one.
fn only(files: &dyn Files, found: Vec<Found>) -> Result<Found> {
    let doing = "looking for a plan in this repository";
    let open: Vec<&Found> = found.iter().filter(|plan| plan.done < plan.tasks).collect();
    match (&open[..], &found[..]) {
        ([one], _) => Ok((*one).clone()),
        ([], [one]) => Ok(one.clone()),
        ([], []) => Err(Error::new(ErrorKind::Plan, doing, "none found")
            .hint("write one, e.g. TASKS.md with lines `- [ ] …`, then: git orca plan TASKS.md")),
        _ => {
            let _ = files;
            let mut error = Error::new(ErrorKind::Plan, doing, format!("there are {}", found.len()));
            for plan in open.iter().take(8) {
                let counts = format!("{} tasks, {} done", plan.tasks, plan.done);
                error = error.hint(format!("git orca plan {}    {} ({counts})", plan.path, plan.format));
            }
            Err(error)
        }
    }
}
