//! What could merge more than git alone does.

use std::path::Path;

use super::finding::DoctorFinding;
use crate::git;
use crate::process::{find_program, version_of};
use crate::start::here::Here;

/// The structured merge driver that is looked for.
const TOOL: &str = "mergiraf";

/// Its command line as a driver, as its manual has it.
const DRIVER: &str = "mergiraf merge --git %O %A %B -s %S -x %X -y %Y -p %P -l %L";

/// Whether the structured merge driver is there, and whether git uses it. Nothing is said where it is not installed.
pub fn structured(here: &Here) -> Option<DoctorFinding> {
    let program = find_program(TOOL, here.env.get("PATH").map(String::as_str), &here.cwd).ok()?;
    let name = named(&program);
    let drivers = git::merge_drivers(&here.repo).unwrap_or_default();
    let head = here.repo.head().ok()?.commit;
    let attribute = git::declared_at(&here.repo, &head, "merge").ok()?;
    Some(match (drivers.iter().any(|driver| driver.name == TOOL), attribute.says(TOOL)) {
        (true, true) => DoctorFinding::ok("merging", format!("{name} merges files that `.gitattributes` gives it")),
        (false, _) => DoctorFinding::note("merging", format!("{name} is installed, but git does not use it"))
            .hint(format!("git config merge.{TOOL}.driver '{DRIVER}'"))
            .hint(format!("and in .gitattributes: *.rs merge={TOOL}")),
        (true, false) => DoctorFinding::note("merging", format!("{name} is set up, but no `.gitattributes` names it"))
            .hint(format!("in .gitattributes: *.rs merge={TOOL}")),
    })
}

fn named(program: &Path) -> String {
    version_of(program).map_or_else(|| TOOL.to_owned(), |version| format!("{TOOL} {version}"))
}
