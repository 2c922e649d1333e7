//! Evidence that travels with a commit: which gates judged its tree, how, and by which definition. Kept as a note below
//! `refs/notes/orca`, readable with plain `git log --notes=orca` and checked again by the `pre-push` hook.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Seal;
use crate::model::{GateDef, GateName, GatePhase, Oid, Verdict};

/// The format of the machine-readable line. Readers take a newer one for no evidence.
const FORMAT: u32 = 1;
/// What the machine-readable line of a note begins with.
const TRAILER: &str = "Orca-Evidence: ";
/// What the line with the seal on it begins with.
const SEAL: &str = "Orca-Seal: ";
/// What the seal is about, as opposed to kept results.
const ABOUT: &str = "evidence";

/// What a commit is, seen from the gates: it decides which of them have to have judged it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// A task's own work.
    Task,
    /// A merged tree.
    Merged,
}

impl Stage {
    /// Whether a gate judges commits of this stage.
    pub fn concerns(self, gate: &GateDef) -> bool {
        match self {
            Stage::Task => matches!(gate.on, GatePhase::Task | GatePhase::Both),
            Stage::Merged => matches!(gate.on, GatePhase::Merged | GatePhase::Both),
        }
    }
}

/// What one gate said of the tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Testimony {
    /// The gate.
    pub gate: GateName,
    /// Its verdict; none when it has not judged this tree.
    pub verdict: Option<Verdict>,
    /// Whether anything but a pass blocks.
    pub required: bool,
    /// [`definition`] of the gate that judged.
    pub definition: String,
    /// The command, as it was run.
    pub run: String,
    /// One line: why it is not a pass.
    #[serde(default)]
    pub reason: String,
    /// Seconds its commands took.
    #[serde(default)]
    pub seconds: f64,
}

impl Testimony {
    fn lets_through(&self) -> bool {
        !self.required || self.verdict.is_some_and(Verdict::lets_through)
    }

    /// Its verdict in a word.
    pub fn word(&self) -> &'static str {
        self.verdict.map_or("not run", Verdict::word)
    }
}

/// The evidence about one commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attestation {
    /// The format: readers take a newer one for no evidence.
    pub format: u32,
    /// The commit.
    pub commit: Oid,
    /// Its tree, which is what the gates judged.
    pub tree: Oid,
    /// What the commit is.
    pub stage: Stage,
    /// What it is in words: `task greet, attempt 2`, `layer 1`.
    pub subject: String,
    /// The run, or empty for `git orca validate`.
    #[serde(default)]
    pub run: String,
    /// The program's version.
    pub version: String,
    /// When the evidence was put together.
    pub at: Timestamp,
    /// Every gate that concerns this stage.
    pub gates: Vec<Testimony>,
}

/// Why a commit's evidence does not let it leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// There is no evidence about this commit.
    None,
    /// It speaks of another tree than the commit's.
    OtherTree,
    /// This gate refuses it, was not able to check it, or has not run.
    Gate(GateName, &'static str, String),
    /// The gate is defined otherwise by now.
    Redefined(GateName),
    /// The gate did not exist when the evidence was made.
    New(GateName),
}

/// Digest of everything in a gate's definition: another text is another gate. What was chosen for it on one machine is no
/// other definition.
pub fn definition(gate: &GateDef) -> String {
    if let Some(written) = &gate.written {
        return written.clone();
    }
    let text = serde_json::to_vec(gate).unwrap_or_default();
    Sha256::digest(&text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl Attestation {
    /// Evidence about `commit` by the gates that concern it. `verdict` tells what a gate said of the tree.
    pub fn new(
        (commit, tree): (Oid, Oid),
        (stage, subject): (Stage, String),
        run: String,
        at: Timestamp,
        gates: &[GateDef],
        verdict: impl Fn(&GateName) -> Option<(Verdict, String, f64)>,
    ) -> Attestation {
        let testimony = |gate: &GateDef| {
            let said = verdict(&gate.name);
            let (reason, seconds) = said.as_ref().map_or((String::new(), 0.0), |(_, why, s)| (why.clone(), *s));
            Testimony {
                gate: gate.name.clone(),
                verdict: said.as_ref().map(|(verdict, ..)| *verdict),
                // What nobody asked for and could not be checked blocks nothing.
                required: gate.required && !(gate.detected && said_unchecked(&said)),
                definition: definition(gate),
                run: gate.run.clone(),
                reason,
                seconds,
            }
        };
        let gates = gates.iter().filter(|gate| stage.concerns(gate)).map(testimony).collect();
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Attestation { format: FORMAT, commit, tree, stage, subject, run, version, at, gates }
    }

    /// Whether every required gate let the tree through.
    pub fn passes(&self) -> bool {
        self.gates.iter().all(Testimony::lets_through)
    }

    /// The note: lines for people, then one for programs and the seal on it.
    pub fn to_note(&self, seal: &Seal) -> String {
        let mut lines = vec![self.headline()];
        for gate in &self.gates {
            let reason = if gate.reason.is_empty() { String::new() } else { format!("  {}", one_line(&gate.reason)) };
            let reported = if gate.required { "" } else { " (reported only)" };
            lines.push(format!("  {:12} {}{reported}, {:.1} s{reason}", gate.gate.as_str(), gate.word(), gate.seconds));
        }
        let json = serde_json::to_string(self).unwrap_or_default();
        lines.push(format!("\n{TRAILER}{json}"));
        lines.push(format!("{SEAL}{}\n", seal.seal(ABOUT, json.as_bytes())));
        lines.join("\n")
    }

    fn headline(&self) -> String {
        let tree = self.tree.short();
        match (self.gates.is_empty(), self.passes()) {
            (true, _) => format!("git orca, {}: no gate is defined; nothing was checked on tree {tree}", self.subject),
            (false, true) => format!("git orca, {}: all required gates passed on tree {tree}", self.subject),
            (false, false) => format!("git orca, {}: tree {tree} is NOT let through", self.subject),
        }
    }

    /// The evidence in a note. None when there is none that this version can read.
    pub fn from_note(text: &str) -> Option<Attestation> {
        serde_json::from_str::<Attestation>(trailer(text, TRAILER)?).ok().filter(|found| found.format == FORMAT)
    }

    /// The evidence in a note that has our seal on it: nobody wrote it but us.
    pub fn from_sealed_note(text: &str, seal: &Seal) -> Option<Attestation> {
        let line = trailer(text, TRAILER)?;
        let intact = seal.is_intact(ABOUT, line.as_bytes(), trailer(text, SEAL)?);
        Attestation::from_note(text).filter(|_| intact)
    }

    /// Everything that keeps the commit from leaving. `now` are the gates that the project's settings define today: evidence
    /// by another definition is none.
    pub fn lacks(&self, (commit, tree): (&Oid, &Oid), now: &[GateDef]) -> Vec<Lack> {
        if self.commit != *commit {
            return vec![Lack::None];
        }
        if self.tree != *tree {
            return vec![Lack::OtherTree];
        }
        let refused = self.gates.iter().filter(|gate| !gate.lets_through());
        let mut lacks: Vec<Lack> =
            refused.map(|gate| Lack::Gate(gate.gate.clone(), gate.word(), gate.reason.clone())).collect();
        for gate in now.iter().filter(|gate| gate.required && self.stage.concerns(gate)) {
            match self.gates.iter().find(|said| said.gate == gate.name) {
                None => lacks.push(Lack::New(gate.name.clone())),
                Some(said) if said.definition != definition(gate) => lacks.push(Lack::Redefined(gate.name.clone())),
                Some(_) => {}
            }
        }
        lacks
    }
}

fn trailer<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines().rev().find_map(|line| line.strip_prefix(name))
}

fn said_unchecked(said: &Option<(Verdict, String, f64)>) -> bool {
    matches!(said, Some((Verdict::Unchecked, ..)))
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(name: &str, run: &str, required: bool, on: &str) -> GateDef {
        let json = serde_json::json!({"name": name, "run": run, "timeout": 1, "required": required, "on": on});
        serde_json::from_value(json).unwrap()
    }

    fn oid(digit: &str) -> Oid {
        digit.repeat(40).parse().unwrap()
    }

    fn made(gates: &[GateDef], said: &[(&str, Verdict)]) -> Attestation {
        let verdict = |name: &GateName| {
            let (_, verdict) = said.iter().find(|(gate, _)| *gate == name.as_str())?;
            Some((*verdict, if verdict.lets_through() { String::new() } else { "2 tests\nfail".into() }, 1.25))
        };
        let at = "2026-11-20T18:12:00Z".parse().unwrap();
        Attestation::new((oid("a"), oid("b")), (Stage::Merged, "layer 1".into()), "r".into(), at, gates, verdict)
    }

    #[test]
    fn a_note_is_read_back_and_readable() {
        let gates = [gate("syntax", "true", true, "both"), gate("speed", "bench", false, "merged")];
        let attestation = made(&gates, &[("syntax", Verdict::Pass), ("speed", Verdict::Fail)]);
        let seal = Seal::of_this_process("r").unwrap();
        let note = attestation.to_note(&seal);
        assert_eq!(Attestation::from_note(&note), Some(attestation.clone()));
        assert_eq!(Attestation::from_sealed_note(&note, &seal), Some(attestation));
        let forged = note.replace("\"fail\"", "\"pass\"");
        assert!(forged != note && Attestation::from_note(&forged).is_some());
        assert_eq!(Attestation::from_sealed_note(&forged, &seal), None);
        let unsealed = note.replace("Orca-Seal", "Orca-Zeal");
        assert_eq!(Attestation::from_sealed_note(&unsealed, &seal), None);
        assert_eq!(Attestation::from_sealed_note(&note, &Seal::of_this_process("r").unwrap()), None);
        let people: Vec<&str> = note.lines().take(3).collect();
        let expected = [
            "git orca, layer 1: all required gates passed on tree bbbbbbb",
            "  syntax       pass, 1.2 s",
            "  speed        fail (reported only), 1.2 s  2 tests fail",
        ];
        assert_eq!(people, expected);
    }

    #[test]
    fn only_gates_of_the_stage_count() {
        let gates = [gate("own", "true", true, "task"), gate("both", "true", true, "both")];
        let attestation = made(&gates, &[("both", Verdict::Pass)]);
        assert_eq!(attestation.gates.len(), 1);
        assert!(attestation.passes() && attestation.lacks((&oid("a"), &oid("b")), &gates).is_empty());
    }

    #[test]
    fn what_is_lacking_is_said() {
        let old = [gate("test", "make test", true, "both"), gate("lint", "make lint", true, "both")];
        let now = [gate("test", "make check", true, "both"), gate("audit", "make audit", true, "both")];
        let attestation = made(&old, &[("test", Verdict::Pass), ("lint", Verdict::Unchecked)]);
        assert!(!attestation.passes());
        let name = |text: &str| text.parse::<GateName>().unwrap();
        let lacks = attestation.lacks((&oid("a"), &oid("b")), &now);
        let expected = [
            Lack::Gate(name("lint"), "unchecked", "2 tests\nfail".into()),
            Lack::Redefined(name("test")),
            Lack::New(name("audit")),
        ];
        assert_eq!(lacks, expected);
        assert_eq!(attestation.lacks((&oid("c"), &oid("b")), &old), [Lack::None]);
        assert_eq!(attestation.lacks((&oid("a"), &oid("c")), &old), [Lack::OtherTree]);
        let none = made(&old, &[("test", Verdict::Pass)]);
        assert_eq!(none.lacks((&oid("a"), &oid("b")), &old), [Lack::Gate(name("lint"), "not run", String::new())]);
    }

    #[test]
    fn what_is_no_evidence_is_none() {
        for text in ["", "looks good to me", "Orca-Evidence: {}", "Orca-Evidence: {\"format\": 2}"] {
            assert_eq!(Attestation::from_note(text), None, "{text}");
        }
    }
}
