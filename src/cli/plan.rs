//! `git orca plan [PLAN…]`: reads and checks a plan, or several as one.

use super::args::{PlanArgs, PlanForm};
use crate::gate;
use crate::graph::{TaskSelection, draw};
use crate::model::{Error, ErrorKind, Files, Result};
use crate::plan::{Mode, Plan, read_modes};
use crate::process::Machine;
use crate::report::facts::plan_view::PlanView;
use crate::report::machine::plan_json::plan_json;
use crate::report::screens::plan_text::plan_text;
use crate::report::{self, shell_word};
use crate::settings::{JobsWish, OrcaFile};
use crate::start::here::Here;
use crate::start::issues::is_issues;
use crate::start::learned;
use crate::start::located::{self, Given};
use crate::start::prepare;
use crate::start::reading;

/// Runs the command. Exit 0, or 3 when the plan has errors; the answer is given either way.
///
/// # Errors
/// There is no plan to read.
pub fn main(args: &PlanArgs) -> Result<u8> {
    let given = locate(args)?;
    let reading = args.reading.reading();
    let mode = reading.mode;
    let modes: Vec<Mode> = std::iter::once(mode).chain(Mode::ALL.into_iter().filter(|other| *other != mode)).collect();
    let mut plans = read_modes(&given.files, &given.entries, &reading, &modes).into_iter();
    let own = own_settings(&given.files);
    let edited = |mut plan: Plan| {
        reading::edit(&mut plan, &own.deps_add, &own.deps_drop);
        reading::assign(&mut plan, &own.tasks, &own.roles);
        plan.resources.extend(own.resources.clone());
        reading::settle_environment(&mut plan.tasks, &plan.resources);
        plan
    };
    let plan = edited(plans.next().unwrap_or_default());
    let others: Vec<(Mode, Plan)> = modes[1..]
        .iter()
        .copied()
        .zip(plans.map(edited))
        .filter(|_| !plan.states_order && !plan.tasks.is_empty())
        .collect();
    let wanted = TaskSelection {
        include_optional: reading.include_optional,
        include_done: reading.include_done,
        ..TaskSelection::default()
    };
    let mut view = PlanView::new(&plan, mode, &wanted, jobs(args)?, &others);
    // A plan that lies in no repository has no earlier runs.
    if let Some(here) = Here::at(given.files.root()).ok().filter(|_| given.inside) {
        let agent = learned::agent(&here);
        view = view.with_expected(&learned::learned(&here), &agent);
    }
    let has_errors = view.has_errors();
    let text = match args.form() {
        PlanForm::Human => plan_text(&view, &shown(&given, args)),
        PlanForm::Json => plan_json(&view.with_criteria(prepare::criteria(&plan, &given))) + "\n",
        PlanForm::Dot => draw::dot(&draw::GraphPicture::new(&view.whole, &plan.tasks)),
        PlanForm::Mermaid => draw::mermaid(&draw::GraphPicture::new(&view.whole, &plan.tasks)),
        PlanForm::Svg => draw::svg(&draw::GraphPicture::new(&view.whole, &plan.tasks)),
    };
    report::answer(&text);
    Ok(if has_errors { ErrorKind::Plan.exit_code() } else { 0 })
}

/// `[deps]` and `[resources]` of orca.toml. What is wrong in that file is for the commands that obey it.
fn own_settings(files: &dyn Files) -> OrcaFile {
    let text = files.read("orca.toml").ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(|text| OrcaFile::read("orca.toml", &text, gate::kinds()).0).unwrap_or_default()
}

fn jobs(args: &PlanArgs) -> Result<Option<usize>> {
    Ok(match args.jobs {
        Some(JobsWish::Count(n)) => Some(n as usize),
        Some(JobsWish::Auto) => Some(Machine::look()?.cpus * 2),
        None => None,
    })
}

/// The plans, in the repository that the first of them lies in.
fn locate(args: &PlanArgs) -> Result<Given> {
    let cwd = std::env::current_dir().map_err(|e| Error::failed("looking for the plan", e))?;
    match args.plans.first() {
        None => {
            let root = located::root_of(&cwd).unwrap_or_else(|| cwd.clone());
            located::found(&root, &located::project_folder(&root, &cwd), "plan")
        }
        Some(first) => {
            for path in args.plans.iter().filter(|path| !is_issues(&cwd, path)) {
                located::existing(&cwd, path, ErrorKind::NotFound)?;
            }
            let tree = match is_issues(&cwd, first) {
                true => located::root_of(&cwd),
                false => located::root_of(&located::existing(&cwd, first, ErrorKind::NotFound)?),
            };
            located::named(&cwd, &args.plans, tree.as_deref())
        }
    }
}

/// The plans as they were typed, for a shell.
fn shown(given: &Given, args: &PlanArgs) -> String {
    let typed = args.plans.iter().map(|path| path.display().to_string());
    let names: Vec<String> = if args.plans.is_empty() { given.paths.clone() } else { typed.collect() };
    names.iter().map(|name| shell_word(name)).collect::<Vec<_>>().join(" ")
}
