//! Red: how the proving tests end where the production code is set back to the base.

use super::super::reports::{Outcome, TestCase, TestReport};
use super::super::{Judged, On, ProbeTree};
use super::change::Overlay;
use super::mutate::{Mutant, mutants};
use super::paths::Class;
use super::proof::overlaid;
use super::regions::same_production;
use super::tests_only::is_for_want;
use super::{Ask, Asked, results};
use crate::model::{Finding, Verdict};

/// Mutants tried at most. Each costs a run of the tests; one killed is enough.
const MAX_MUTANTS: usize = 8;

/// How the proving tests ended on a tree without the change.
enum Red {
    /// All of them failed, and the base's other tests ran.
    Strong,
    /// None of them passed, but some did not come to run, or found no such name: that does not tell a test from an empty
    /// one.
    Weak,
    /// These passed.
    Passed(Vec<String>),
}

/// Why the tests do not prove the change; none when they do.
pub(super) fn prove(ask: &Ask<'_>, new: &[&TestCase], base: Option<&TestReport>) -> Asked<Option<Judged>> {
    let mut weak = false;
    let mut passed = new.iter().map(|case| case.name.clone()).collect();
    for (n, tree) in trees(ask).into_iter().enumerate() {
        let evidence = ask.run(&format!("red-{}", n + 1), || tree)?;
        if let Some(why) = evidence.nothing_found_out(ask.def.timeout) {
            return Ok(Some(Judged::unchecked(format!("without the change: {why}"))));
        }
        match ended(ask, new, base, ask.tests(evidence).ok()) {
            Red::Strong => return Ok(None),
            Red::Weak => weak = true,
            Red::Passed(names) => passed = names,
        }
    }
    if weak { mutation(ask, new) } else { Ok(Some(vacuous(ask, new, &passed))) }
}

/// The trees to try: that of a commit marked as red, the head with its production code set back, and with manifests and
/// data set back too.
fn trees(ask: &Ask<'_>) -> Vec<ProbeTree> {
    let mut trees = Vec::new();
    if let Some(commit) = marked(ask) {
        trees.push(ProbeTree { on: On::Commit(commit), overlay: Overlay::new() });
    }
    let (code, all) = (ask.change.set_back(ask.diff, false), ask.change.set_back(ask.diff, true));
    if !code.is_empty() {
        trees.push(overlaid(code.clone()));
    }
    if all != code {
        trees.push(overlaid(all));
    }
    trees
}

/// The commit whose message says `Orca-Phase: red`, if its production code is that of the base.
fn marked(ask: &Ask<'_>) -> Option<crate::model::Oid> {
    let paths = super::Paths::new(ask.def);
    let found = ask.diff.commits.iter().find(|said| said.trailer("Orca-Phase") == Some("red"))?;
    let is_base = |path: &String| {
        let class = paths.class(path);
        let (old, new) = (ask.diff.old.text(path), found.files.text(path));
        class != Class::Source || same_production(path, class, old.as_deref(), new.as_deref())
    };
    (!found.changed.is_empty() && found.changed.iter().all(is_base)).then(|| found.oid.clone())
}

fn ended(ask: &Ask<'_>, new: &[&TestCase], base: Option<&TestReport>, red: Option<&TestReport>) -> Red {
    let Some(red) = red else { return Red::Weak };
    let named = |outcome| new.iter().filter(move |case| red.outcome(&case.name) == outcome);
    let passed: Vec<String> = named(Some(Outcome::Passed)).map(|case| case.name.clone()).collect();
    if !passed.is_empty() {
        return Red::Passed(passed);
    }
    let failed = named(Some(Outcome::Failed)).count();
    // Languages that look names up late fail here for want of what the change adds, whatever the test insists on.
    let want = |case: &TestCase| new.iter().any(|new| new.name == case.name) && is_for_want(&case.message);
    let asserted = !red.cases.iter().any(|case| case.outcome == Outcome::Failed && want(case));
    let others = base.iter().flat_map(|base| &base.cases).filter(|case| {
        case.outcome == Outcome::Passed
            && !new.iter().any(|new| new.name == case.name)
            && !ask.is_expected_red(&case.name)
    });
    let others: Vec<&TestCase> = others.collect();
    let run = others.is_empty() || others.iter().any(|case| red.outcome(&case.name) == Some(Outcome::Passed));
    if failed == new.len() && asserted && run && red.broken.is_empty() { Red::Strong } else { Red::Weak }
}

/// Tests that pass without the change do not test it.
fn vacuous(ask: &Ask<'_>, new: &[&TestCase], passed: &[String]) -> Judged {
    let findings: Vec<Finding> = new
        .iter()
        .filter(|case| passed.contains(&case.name))
        .map(|case| Finding {
            rule: "not-red".to_owned(),
            message: format!("`{}` passes without the change too", case.name),
            advice: "let it insist on what the change brings".to_owned(),
            ..ask.placed(case)
        })
        .collect();
    Judged::fail(results::in_short(&findings), findings)
}

/// Mutants of the changed code, one after the other, until a proving test notices one.
fn mutation(ask: &Ask<'_>, new: &[&TestCase]) -> Asked<Option<Judged>> {
    let mutants = mutants(ask.change, &|path, line| ask.diff.is_added(path, line));
    let mut survived: Vec<&Mutant> = Vec::new();
    for (n, mutant) in mutants.iter().take(MAX_MUTANTS).enumerate() {
        let evidence = ask.run(&format!("mutant-{}", n + 1), || {
            overlaid(Overlay::from([(mutant.path.clone(), Some(mutant.content.clone().into_bytes()))]))
        })?;
        // One that does not build, or does not end, says nothing.
        let Ok(report) = ask.tests(evidence) else { continue };
        if new.iter().any(|case| report.outcome(&case.name) == Some(Outcome::Failed)) {
            return Ok(None);
        }
        if report.broken.is_empty() && new.iter().any(|case| report.outcome(&case.name) == Some(Outcome::Passed)) {
            survived.push(mutant);
        }
    }
    if survived.is_empty() {
        let reason = "without the change the new tests do not even build, and no wrong version of the changed lines could be built to see whether they notice it";
        return Ok(Some(Judged::unchecked(reason)));
    }
    let findings: Vec<Finding> = survived
        .iter()
        .map(|mutant| Finding {
            file: mutant.path.clone(),
            line: mutant.line,
            rule: "unnoticed-mutant".to_owned(),
            message: format!("no new test notices when this line is changed: {}", mutant.what),
            advice: "assert what this line is for".to_owned(),
        })
        .collect();
    let reason = format!("the new tests notice none of {} wrong versions of the change", survived.len());
    Ok(Some(Judged::of(Verdict::Fail, reason, findings)))
}
