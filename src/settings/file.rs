//! `orca.toml`: what it says, with its places (DESIGN 11).

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::approvals::approvals;
use super::definitions::{agents, conflicts, gates, prices, worktree};
use super::document::{SettingsDocument, SettingsTable};
use super::gate_keys::GateKinds;
use super::keys::{KEYS, Key, ValueShape};
use super::near::suggestion;
use super::resources::resources;
use super::words::Words;
use crate::model::{
    AgentDef, ApprovalRules, Candidates, ConflictOptions, GateDef, PickMode, Place, Price, Problem, Service, Severity,
    WorktreeOptions,
};

/// Newest `orca = N` that this program reads.
pub const FILE_FORMAT: i64 = 1;

/// The roles that `[roles.NAME]` may name.
pub const ROLES: [&str; 6] = ["design", "test", "code", "refactor", "review", "resolve"];

/// `[roles.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoleDef {
    /// Agent of the role, if not the run's.
    pub agent: Option<String>,
    /// As many at once in the beginning, and at least; with it the pool breathes.
    pub min: Option<u32>,
    /// At most this many at once.
    pub max: Option<u32>,
    /// Whether the reviewing agent may be the author's (`[roles.review]`).
    pub same_agent: bool,
}

/// `[tasks."T0*"]`: who does the tasks whose id or key fits; `[tasks."label:web"]`: those with this label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRule {
    /// An id or a glob over ids.
    pub pattern: String,
    /// The agent.
    pub agent: Option<String>,
    /// The model it takes.
    pub model: Option<String>,
    /// The role whose agent does them.
    pub role: Option<String>,
    /// Who makes the attempts that are made at once.
    pub candidates: Option<Candidates>,
    /// How one of those is chosen.
    pub pick: Option<PickMode>,
    /// Where it is written.
    pub at: Place,
}

/// One line of `[deps]`, with ids as the plan writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepEdit {
    /// The task that waits.
    pub task: String,
    /// The task that comes first.
    pub after: String,
    /// Where it is written.
    pub at: Place,
}

/// The content of an `orca.toml`. Simple settings are kept as text, by the name of their [`Key`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OrcaFile {
    /// Simple settings, as text, with their places.
    pub values: BTreeMap<&'static str, (String, Place)>,
    /// `[agents.*]`, with the places of their names.
    pub agents: BTreeMap<String, (AgentDef, Place)>,
    /// `[gates.*]`, in the order of the file, with the places of their names.
    pub gates: Vec<(GateDef, Place)>,
    /// `[resources]`.
    pub resources: BTreeMap<String, u32>,
    /// `[resources.*]`.
    pub services: Vec<Service>,
    /// `[worktree]`.
    pub worktree: WorktreeOptions,
    /// `[conflicts]`.
    pub conflicts: ConflictOptions,
    /// `[deps] add`.
    pub deps_add: Vec<DepEdit>,
    /// `[deps] drop`.
    pub deps_drop: Vec<DepEdit>,
    /// `[tasks.*]`, in the order of the file: a later one goes before an earlier one.
    pub tasks: Vec<TaskRule>,
    /// `[roles.*]`.
    pub roles: BTreeMap<String, RoleDef>,
    /// `[approvals.*]`.
    pub approvals: ApprovalRules,
    /// `[prices.*]`, by model.
    pub prices: BTreeMap<String, Price>,
    /// `[finish] deploy`.
    pub deploy: Option<String>,
}

impl OrcaFile {
    /// Reads `text`, naming it `file` in problems. Whatever can be read is read, so that all problems come at once;
    /// with a problem of [`Severity::Error`] the content must not be used.
    pub fn read(file: &str, text: &str, kinds: GateKinds<'_>) -> (OrcaFile, Vec<Problem>) {
        let doc = SettingsDocument::new(file, text);
        let (table, syntax) = DeTable::parse_recoverable(text);
        if !syntax.is_empty() {
            for error in &syntax {
                let at = doc.place(error.span().map_or(0, |span| span.start));
                doc.error(at, format!("not valid TOML: {}", error.message()), "");
            }
            // What the parser recovered may be half of what was meant: unknown keys found in it would mislead.
            return (OrcaFile::default(), doc.into_problems());
        }
        let content = content(&doc, table.get_ref(), kinds);
        (content, doc.into_problems())
    }

    /// Whether `problems` forbid the use of what was read.
    pub fn refused(problems: &[Problem]) -> bool {
        problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}

fn content(doc: &SettingsDocument<'_>, table: &DeTable<'_>, kinds: GateKinds<'_>) -> OrcaFile {
    let root = SettingsTable::new(doc, table, "");
    if !format_known(doc, &root) {
        return OrcaFile::default();
    }
    let (resources, services) = resources(doc, &root);
    let (deps_add, deps_drop) = root.section("deps").map(|section| deps(doc, section)).unwrap_or_default();
    let content = OrcaFile {
        values: values(&root),
        agents: root.section("agents").map(|section| agents(doc, &section)).unwrap_or_default(),
        gates: root.section("gates").map(|section| gates(doc, &section, &resources, kinds)).unwrap_or_default(),
        worktree: root.section("worktree").map(|section| worktree(doc, section)).unwrap_or_default(),
        conflicts: root.section("conflicts").map(|section| conflicts(doc, section)).unwrap_or_default(),
        deps_add,
        deps_drop,
        tasks: root.section("tasks").map(|section| task_rules(doc, &section)).unwrap_or_default(),
        roles: root.section("roles").map(|section| roles(doc, &section)).unwrap_or_default(),
        approvals: root.section("approvals").map(|section| approvals(doc, &section)).unwrap_or_default(),
        prices: root.section("prices").map(|section| prices(doc, &section)).unwrap_or_default(),
        deploy: root.section("finish").and_then(finish),
        resources,
        services,
    };
    root.finish();
    content
}

/// A file of a newer format is not read further: its keys would all be called unknown.
fn format_known(doc: &SettingsDocument<'_>, root: &SettingsTable<'_, '_>) -> bool {
    let Some(found) = root.find("orca") else { return true };
    let version = match found.value {
        DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok(),
        _ => None,
    };
    match version {
        Some(FILE_FORMAT) => return true,
        Some(newer) if newer > FILE_FORMAT => doc.error(
            found.at,
            format!("this file has format {newer}; this git orca reads format {FILE_FORMAT}"),
            "install a newer git orca: cargo install git-orca",
        ),
        _ => doc.error(found.at, format!("`orca` is the file's format and must be {FILE_FORMAT}"), "write orca = 1"),
    }
    false
}

fn values(root: &SettingsTable<'_, '_>) -> BTreeMap<&'static str, (String, Place)> {
    let mut values = BTreeMap::new();
    for name in ["run", "limits", "publish", "executors"] {
        let Some(section) = root.section(name) else { continue };
        values.extend(values_of(&section, name));
        for inner in ["ssh", "slurm"].into_iter().filter(|_| name == "executors") {
            let Some(section) = section.section(inner) else { continue };
            values.extend(values_of(&section, &format!("{name}.{inner}")));
            section.finish();
        }
        section.finish();
    }
    values
}

/// The simple settings of one table.
fn values_of(section: &SettingsTable<'_, '_>, name: &str) -> Vec<(&'static str, (String, Place))> {
    let here = KEYS.iter().filter_map(|key| Some((key, key.file?))).filter(|(_, (table, _))| *table == name);
    here.filter_map(|(key, (_, field))| Some((key.name, value(section, field, key)?))).collect()
}

fn value(section: &SettingsTable<'_, '_>, field: &str, key: &Key) -> Option<(String, Place)> {
    match key.shape {
        ValueShape::Text => section.text(field),
        ValueShape::Float => section.float(field).map(|(n, at)| (n.to_string(), at)),
        ValueShape::Texts => texts_of(section, field),
        ValueShape::NumberOrTexts => number_or_texts(section, field),
        ValueShape::Number | ValueShape::Switch | ValueShape::NumberOrText => {
            let found = section.find(field)?;
            match (found.value, key.shape) {
                (DeValue::Integer(n), ValueShape::Number | ValueShape::NumberOrText) => {
                    // Other radixes are rare enough to be read here, so that sources can share one reader of text.
                    let n = i128::from_str_radix(n.as_str(), n.radix()).unwrap_or(-1);
                    Some((n.to_string(), found.at))
                }
                (DeValue::String(text), ValueShape::NumberOrText) => Some((text.to_string(), found.at)),
                (DeValue::Boolean(yes), ValueShape::Switch) => Some((yes.to_string(), found.at)),
                (other, ValueShape::Switch) => section.wrong(&found, "`true` or `false`", other),
                (other, ValueShape::Number) => section.wrong(&found, "a whole number", other),
                (other, _) => section.wrong(&found, "a whole number or `\"auto\"`", other),
            }
        }
    }
}

/// A list of texts, with commas between.
fn texts_of(section: &SettingsTable<'_, '_>, field: &str) -> Option<(String, Place)> {
    let at = section.find(field)?.at;
    let texts = section.texts(field)?;
    Some((texts.into_iter().map(|(text, _)| text).collect::<Vec<_>>().join(","), at))
}

/// The same, or a whole number.
fn number_or_texts(section: &SettingsTable<'_, '_>, field: &str) -> Option<(String, Place)> {
    let found = section.find(field)?;
    match found.value {
        DeValue::Integer(_) => section.as_number(&found).map(|n| (n.to_string(), found.at)),
        DeValue::Array(_) => texts_of(section, field),
        other => section.wrong(&found, "a whole number or a list of agents", other),
    }
}

/// `candidates` of a task.
fn candidates(doc: &SettingsDocument<'_>, table: &SettingsTable<'_, '_>) -> Option<Candidates> {
    let (text, at) = number_or_texts(table, "candidates")?;
    Candidates::read(&text).map_err(|what| doc.error(at, format!("`candidates`: {what}"), "")).ok()
}

fn deps(doc: &SettingsDocument<'_>, section: SettingsTable<'_, '_>) -> (Vec<DepEdit>, Vec<DepEdit>) {
    let read = |key: &str| {
        let lines = section.texts(key).unwrap_or_default();
        lines.into_iter().filter_map(|(text, at)| dep(doc, &text, at)).collect()
    };
    let edits = (read("add"), read("drop"));
    section.finish();
    edits
}

fn dep(doc: &SettingsDocument<'_>, text: &str, at: Place) -> Option<DepEdit> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        [task, "after", first] if task != first => {
            Some(DepEdit { task: (*task).to_owned(), after: (*first).to_owned(), at })
        }
        _ => {
            doc.error(at, format!("`{}` is not of the form `T7 after T3`", text.escape_debug()), "");
            None
        }
    }
}

fn roles(doc: &SettingsDocument<'_>, section: &SettingsTable<'_, '_>) -> BTreeMap<String, RoleDef> {
    let mut roles = BTreeMap::new();
    for (name, at, role) in section.sections() {
        if !ROLES.contains(&name.as_str()) {
            doc.error(at, format!("unknown role `{}`", name.escape_debug()), suggestion(&name, ROLES));
        }
        let (min, max) = (role.number("min"), role.number("max"));
        if let (Some(found), true) = (role.find("min"), max.is_some_and(|max| min > Some(max))) {
            doc.error(found.at, "`min` is more than `max`".to_owned(), "the pool has between `min` and `max` agents");
        }
        let same = role.find("same_agent").filter(|_| name != "review");
        if let Some(found) = same {
            doc.error(found.at, format!("`{}` is for [roles.review]", found.name), "");
        }
        let same_agent = role.boolean("same_agent").unwrap_or(false);
        roles.insert(name, RoleDef { agent: role.text("agent").map(|(agent, _)| agent), min, max, same_agent });
        role.finish();
    }
    roles
}

fn task_rules(doc: &SettingsDocument<'_>, section: &SettingsTable<'_, '_>) -> Vec<TaskRule> {
    let mut rules = Vec::new();
    for (pattern, at, table) in section.sections() {
        if let Err(error) = globset::Glob::new(&pattern) {
            doc.error(
                at.clone(),
                format!("`{}` is not a valid pattern: {error}", pattern.escape_debug()),
                "an id, a glob such as `T0*`, or `label:NAME`",
            );
        }
        let text = |key: &str| table.text(key).map(|(text, _)| text);
        let (candidates, pick) = (candidates(doc, &table), table.read("pick", PickMode::read));
        let (agent, model, role) = (text("agent"), text("model"), text("role"));
        let rule = TaskRule { pattern, agent, model, role, candidates, pick, at };
        if let Some(role) = rule.role.as_deref().filter(|role| !ROLES.contains(role)) {
            doc.error(rule.at.clone(), format!("unknown role `{}`", role.escape_debug()), suggestion(role, ROLES));
        }
        rules.push(rule);
        table.finish();
    }
    rules
}

fn finish(section: SettingsTable<'_, '_>) -> Option<String> {
    let deploy = section.text("deploy").map(|(text, _)| text);
    section.finish();
    deploy
}
