//! Work elsewhere: whether the hub and the hosts answer, and what they have.

use super::super::terminal::TerminalFront;
use super::finding::DoctorFinding;
use crate::model::FarOptions;
use crate::report;
use crate::run::{AgentNeeds, HostSays};
use crate::settings::{Settings, trust};
use crate::start::consent::consent;
use crate::start::far;
use crate::start::here::{Here, ORCA_TOML};

/// Whether hosts, or what is typed there, come with the repository.
fn is_from_repository(settings: &Settings) -> bool {
    let keys = ["gates-at", "hub", "far-program", "ssh-hosts", "slurm-args"];
    settings.shown().iter().any(|it| keys.contains(&it.key.as_str()) && it.source.contains(ORCA_TOML))
}

/// Less free room than this is little for worktrees.
const LITTLE: u64 = 2 << 30;

/// The hub and each host; nothing where attempts run here.
pub fn look(here: &Here, settings: &Settings) -> Vec<DoctorFinding> {
    if settings.far.is_none() && settings.far_gates.is_none() {
        return Vec::new();
    }
    if let Err(error) = far::whole(here, settings) {
        return vec![DoctorFinding::of_error("executor", &error)];
    }
    let gates = settings.far_gates.iter().filter(|far| Some(*far) != settings.far.as_ref());
    let places: Vec<&FarOptions> = settings.far.iter().chain(gates).collect();
    let items: Vec<trust::Item> = places.iter().map(|far| trust::Item::new("executors", far.about())).collect();
    if is_from_repository(settings) && consent(here, &TerminalFront, (), &items, false).is_err() {
        let words = format!("nobody agreed to the hosts of {ORCA_TOML}, so they were not asked");
        return vec![DoctorFinding::problem("executor", words).hint("git orca trust")];
    }
    let needs = AgentNeeds::of(&settings.options(1, None, &[]), &here.env);
    // Where only gates run no agent is needed.
    let of = |far: &FarOptions| if settings.far.as_ref() == Some(far) { needs.clone() } else { AgentNeeds::default() };
    places.into_iter().flat_map(|far| place(here, far, &of(far))).collect()
}

/// One executor.
fn place(here: &Here, options: &FarOptions, needs: &AgentNeeds) -> Vec<DoctorFinding> {
    let options = match far::with_hub(here, options, &report::say) {
        Ok(options) => options,
        Err(error) => return vec![DoctorFinding::of_error("executor", &error)],
    };
    match far::asked(here, &options, needs, true) {
        Err(error) => vec![DoctorFinding::of_error("executor", &error)],
        Ok(hosts) => {
            let hub = DoctorFinding::ok("executor", format!("{}: the hub `{}` answers", options.executor, options.hub));
            let each = hosts.iter().flat_map(|(host, says)| match says {
                Ok(says) => of_host(host, says, &options.executor),
                // Nodes may all be at work.
                Err(error) if far::is_node(host) => {
                    let words = format!("no compute node could be asked: {}", error.cause);
                    vec![DoctorFinding::note("host", words).hint("a run waits for its turn in the queue")]
                }
                Err(error) => vec![DoctorFinding::of_error("host", error)],
            });
            std::iter::once(hub).chain(each).collect()
        }
    }
}

fn of_host(host: &str, says: &HostSays, executor: &str) -> Vec<DoctorFinding> {
    let mut findings = vec![has(host, says)];
    let words = far::lacks_in_words(host, says);
    let hints = says.lacks.logged_out.values().map(|fix| format!("on {host}: {fix}"));
    let hints = hints.chain(says.lacks.unreached.keys().map(|_| far::gates_only(executor)));
    findings.extend(words.into_iter().zip(hints).map(|(words, hint)| DoctorFinding::problem("host", words).hint(hint)));
    findings
}

/// What a host is and has.
fn has(host: &str, says: &HostSays) -> DoctorFinding {
    let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    let version = |(program, version): (&String, &Option<String>)| {
        version.as_ref().map(|version| format!("{program} {version}").trim_end().to_owned())
    };
    let there: Vec<String> = says.programs.iter().filter_map(version).collect();
    let missing: Vec<&str> =
        says.programs.iter().filter(|(_, version)| version.is_none()).map(|(program, _)| program.as_str()).collect();
    let agents = if there.is_empty() { String::new() } else { format!("; {}", there.join(", ")) };
    let words = format!(
        "{host}: git orca {}, {}, {} cpus, {:.1} GiB memory and {:.1} GiB disk free{agents}",
        says.version,
        if says.git.is_empty() { "no git" } else { &says.git },
        says.cpus,
        gib(says.memory),
        gib(says.disk),
    );
    if says.git.is_empty() {
        return DoctorFinding::problem("host", words).hint("install git 2.39 or newer there");
    }
    if !missing.is_empty() {
        let words = format!("{words}; not there: {}", missing.join(", "));
        return DoctorFinding::problem("host", words).hint("install what is missing, or set its folder in PATH there");
    }
    if says.disk < LITTLE {
        return DoctorFinding::note("host", words).hint("worktrees need room there");
    }
    DoctorFinding::ok("host", words)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::finding::{Level, text};
    use super::*;
    use crate::run::AgentLacks;

    fn says() -> HostSays {
        HostSays {
            version: "0.1.0".into(),
            host: "box1".into(),
            git: "2.47.3".into(),
            cpus: 8,
            memory: 16 << 30,
            disk: 100 << 30,
            programs: BTreeMap::from([("claude".to_owned(), Some("2.1.9".to_owned()))]),
            hub: None,
            lacks: AgentLacks::default(),
        }
    }

    /// How bad each finding is, and all in words.
    fn found(change: impl FnOnce(&mut HostSays)) -> (Vec<Level>, String) {
        let mut says = says();
        change(&mut says);
        let found = of_host("box1", &says, "ssh");
        (found.iter().map(|it| it.level).collect(), text(&found))
    }

    #[test]
    fn what_a_host_lacks_is_said_with_what_to_do() {
        assert_eq!(found(|_| ()).0, [Level::Ok]);
        let (level, words) = found(|it| it.git.clear());
        assert!(level == [Level::Problem] && words.contains("no git") && words.contains("install git 2.39"), "{words}");
        let (level, words) = found(|it| drop(it.programs.insert("codex".into(), None)));
        assert!(level == [Level::Problem] && words.contains("not there: codex"), "{words}");
        let (level, words) = found(|it| it.disk = LITTLE - 1);
        assert!(level == [Level::Note] && words.contains("2.0 GiB disk free"), "{words}");
        assert_eq!(found(|it| it.disk = LITTLE).0, [Level::Ok]);
        let (level, words) = found(|it| drop(it.lacks.logged_out.insert("claude".into(), "type /login".into())));
        assert_eq!(level, [Level::Ok, Level::Problem]);
        assert!(
            words.contains("nobody is logged in to claude there") && words.contains("on box1: type /login"),
            "{words}"
        );
        let (level, words) = found(|it| drop(it.lacks.unreached.insert("api.example:443".into(), "timed out".into())));
        assert_eq!(level, [Level::Ok, Level::Problem]);
        assert!(words.contains("api.example:443 cannot be reached from there: timed out"), "{words}");
        assert!(words.contains("gates = \"ssh\" under [executors]"), "{words}");
    }
}
