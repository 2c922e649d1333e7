//! The tables of `orca.toml` that define things: agents, gates, worktree setup, conflict rules.

use std::collections::BTreeMap;

use super::document::{SettingsDocument, SettingsTable};
use super::gate_keys::GateKinds;
use super::near::{nearest, suggestion};
use super::units;
use super::words::Words;
use crate::model::{
    AgentDef, ConflictOptions, GateDef, GateKind, GateName, GatePhase, Permissions, Place, Price, PromptVia,
    ReportFormat, ReportSpec, Rung, SubmodulePolicy, WhenFlaky, WorktreeOptions,
};

pub use crate::model::{GATE_TIMEOUT, HOOK_TIMEOUT};

/// Seconds an attempt may take where `orca.toml` says nothing: half an hour (TRANSCRIPTS b).
pub const AGENT_TIMEOUT: u64 = 1800;

/// What is replaced in an agent's command.
pub const PLACEHOLDERS: [&str; 5] = ["prompt_file", "task", "task_file", "worktree", "attempt"];

pub(super) fn agents(
    doc: &SettingsDocument<'_>,
    section: &SettingsTable<'_, '_>,
) -> BTreeMap<String, (AgentDef, Place)> {
    let mut agents = BTreeMap::new();
    for (name, at, table) in section.sections() {
        let acp = words_of_command(doc, &table, "acp");
        let kind = table.text("kind").map(|(kind, _)| kind);
        if !acp.is_empty()
            && let Some((key, other)) = ["command", "kind"].iter().find_map(|key| Some((key, table.find(key)?)))
        {
            let hint = "`acp` is a command of its own kind; leave one of them out";
            doc.error(other.at, format!("agent `{}` has `acp` and `{key}`", name.escape_debug()), hint);
        }
        let is_acp = !acp.is_empty();
        let def = AgentDef {
            command: if is_acp { acp } else { words_of_command(doc, &table, "command") },
            stdin: table.read("stdin", PromptVia::read).unwrap_or_default(),
            timeout: table.read("timeout", units::duration),
            idle: table.read("idle", units::duration),
            memory: table.read("memory", units::size),
            env: variables(doc, &table),
            kind: if is_acp { Some("acp".to_owned()) } else { kind },
            args: words(&table, "args"),
            permissions: table.read("permissions", Permissions::read).unwrap_or_default(),
            allow: words(&table, "allow"),
            model: table.text("model").map(|(model, _)| model),
            provider: table.text("provider").map(|(provider, _)| provider),
            turns: table.number("turns"),
            own: false,
            mcp: table.boolean("mcp").unwrap_or_default(),
            live: table.boolean("live"),
        };
        if is_acp && def.live == Some(false) {
            let hint = "leave `live` out: the protocol is a conversation";
            doc.error(at.clone(), format!("agent `{}` has `acp` and `live = false`", name.escape_debug()), hint);
        }
        table.finish();
        if let Err(bad) = name.parse::<GateName>() {
            doc.error(at.clone(), format!("agent `{}`: {}", name.escape_debug(), bad.cause), "");
        }
        agents.insert(name, (def, at));
    }
    agents
}

fn words(table: &SettingsTable<'_, '_>, key: &str) -> Vec<String> {
    table.texts(key).unwrap_or_default().into_iter().map(|(word, _)| word).collect()
}

/// `[prices."MODEL"]`: US dollars per million tokens.
pub(super) fn prices(doc: &SettingsDocument<'_>, section: &SettingsTable<'_, '_>) -> BTreeMap<String, Price> {
    let mut prices = BTreeMap::new();
    for (model, at, table) in section.sections() {
        let amount = |key: &str| {
            let (usd, place) = table.float(key)?;
            if !usd.is_finite() || usd < 0.0 {
                doc.error(place, format!("`{key}` is a price in US dollars per million tokens, not {usd}"), "");
            }
            Some(usd)
        };
        match (amount("input"), amount("output")) {
            (Some(input), Some(output)) => {
                let cached = amount("cached").unwrap_or(input);
                prices.insert(model, Price { input, cached, output });
            }
            _ => doc.error(
                at,
                format!("the price of `{}` is incomplete", model.escape_debug()),
                "write input = …, output = …, and cached = … if it differs from input",
            ),
        }
        table.finish();
    }
    prices
}

fn words_of_command(doc: &SettingsDocument<'_>, table: &SettingsTable<'_, '_>, key: &str) -> Vec<String> {
    let Some(words) = table.texts(key) else { return Vec::new() };
    if words.first().is_none_or(|(program, _)| program.is_empty())
        && let Some(found) = table.find(key)
    {
        doc.error(found.at, format!("`{}` must name a program", found.name), "");
    }
    for (word, at) in &words {
        for name in placeholders(word).filter(|name| !PLACEHOLDERS.contains(name)) {
            if let Some(meant) = nearest(name, PLACEHOLDERS) {
                let what = format!("`{{{name}}}` is not replaced by anything");
                doc.warning(at.clone(), what, format!("did you mean `{{{meant}}}`?"));
            }
        }
    }
    words.into_iter().map(|(word, _)| word).collect()
}

/// The `{names}` in a word. Braces around anything else, such as JSON, are left alone.
fn placeholders(word: &str) -> impl Iterator<Item = &str> {
    word.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
        .filter(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
}

fn variables(doc: &SettingsDocument<'_>, table: &SettingsTable<'_, '_>) -> Vec<String> {
    let mut names = Vec::new();
    for (name, at) in table.texts("env").unwrap_or_default() {
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if plain && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) {
            names.push(name);
        } else {
            let hint = "list names only; their values come from your environment";
            doc.error(at, format!("`{}` is not the name of a variable", name.escape_debug()), hint);
        }
    }
    names
}

pub(super) fn gates(
    doc: &SettingsDocument<'_>,
    section: &SettingsTable<'_, '_>,
    resources: &BTreeMap<String, u32>,
    kinds: GateKinds<'_>,
) -> Vec<(GateDef, Place)> {
    let mut gates: Vec<(GateDef, Place)> = Vec::new();
    for (name, at, table) in section.sections() {
        let def = gate(doc, (&name, &at), &table, resources, kinds);
        table.finish();
        let Some(def) = def else { continue };
        // Names become folders of logs: two that differ by case only would share one on some systems.
        let same = |other: &&(GateDef, Place)| other.0.name.as_str().eq_ignore_ascii_case(def.name.as_str());
        if let Some((other, first)) = gates.iter().find(same) {
            doc.error(
                at.clone(),
                format!("gate `{}` and gate `{}` ({first}) differ by case only", def.name, other.name),
                "",
            );
        }
        gates.push((def, at));
    }
    gates
}

fn gate(
    doc: &SettingsDocument<'_>,
    (name, at): (&str, &Place),
    table: &SettingsTable<'_, '_>,
    resources: &BTreeMap<String, u32>,
    kinds: GateKinds<'_>,
) -> Option<GateDef> {
    let run = table.text("run");
    let kind = table.read("kind", |text| kinds.read_kind(text)).unwrap_or_default();
    if kind == GateKind::Command && run.as_ref().is_none_or(|(text, _)| text.trim().is_empty()) {
        let place = run.as_ref().map_or(at, |(_, place)| place).clone();
        doc.error(place, format!("gate `{}` has no command", name.escape_debug()), "write run = \"…\"");
    }
    let parsed: Result<GateName, _> = name.parse();
    if let Err(bad) = &parsed {
        doc.error(at.clone(), format!("gate `{}`: {}", name.escape_debug(), bad.cause), "");
    }
    let def = |name| GateDef {
        run: run.map(|(text, _)| text).unwrap_or_default(),
        report: table.section("report").and_then(|section| report(doc, section)),
        min_coverage: table.section("coverage").and_then(|section| Some(section.float("min")?.0)),
        coverage: table.section("coverage").and_then(|section| report(doc, section)),
        tests: globs(doc, table, "tests"),
        paths: globs(doc, table, "paths"),
        needs: needs(doc, table, resources),
        timeout: table.read("timeout", units::duration).unwrap_or(GATE_TIMEOUT),
        memory: table.read("memory", units::size),
        required: table.boolean("required").unwrap_or(true),
        on: table.read("on", GatePhase::read).unwrap_or_default(),
        flaky: table.read("flaky", WhenFlaky::read).unwrap_or_default(),
        sparse: table.boolean("sparse").unwrap_or_default(),
        ..GateDef::new(name, kind)
    };
    // A gate with a bad name is still read, for the problems inside it.
    let placeholder: Option<GateName> = "unnamed".parse().ok();
    let named = parsed.is_ok();
    let mut def = def(parsed.ok().or(placeholder)?);
    kinds.read_keys(table, &mut def);
    named.then_some(def)
}

fn report(doc: &SettingsDocument<'_>, section: SettingsTable<'_, '_>) -> Option<ReportSpec> {
    let path = section.text("path");
    let format = section.read("format", ReportFormat::read);
    let min = section.float("min");
    if let Some((percent, at)) = &min
        && !(0.0..=100.0).contains(percent)
    {
        doc.error(at.clone(), format!("`min` is a share in percent, from 0 to 100, not {percent}"), "");
    }
    if let Some((path, at)) = &path {
        check_relative(doc, path, at);
    }
    section.finish();
    Some(ReportSpec { path: path?.0, format: format?, min: min.map(|(percent, _)| percent) })
}

fn check_relative(doc: &SettingsDocument<'_>, path: &str, at: &Place) {
    if let Err(bad) = path.parse::<crate::model::RepoPath>() {
        doc.error(at.clone(), format!("`{}`: {}", path.escape_debug(), bad.cause), "");
    }
}

fn needs(
    doc: &SettingsDocument<'_>,
    table: &SettingsTable<'_, '_>,
    resources: &BTreeMap<String, u32>,
) -> BTreeMap<String, u32> {
    let needs = table.counts("needs");
    let Some(found) = table.find("needs") else { return needs };
    for (name, wanted) in &needs {
        match resources.get(name) {
            Some(there) if wanted > there => {
                let what = format!("`{}` takes {wanted} of `{name}`, but there are only {there}", found.name);
                doc.error(found.at.clone(), what, "raise it under [resources]");
            }
            None => {
                let what = format!("`{}` takes `{}`, which has no capacity here", found.name, name.escape_debug());
                let near = suggestion(name, resources.keys().map(String::as_str));
                let hint = if near.is_empty() { format!("write {name} = {wanted} under [resources]") } else { near };
                doc.warning(found.at.clone(), what, hint);
            }
            Some(_) => {}
        }
    }
    needs
}

fn globs(doc: &SettingsDocument<'_>, table: &SettingsTable<'_, '_>, key: &str) -> Vec<String> {
    let texts = table.texts(key).unwrap_or_default();
    for (text, at) in &texts {
        if text.starts_with(['/', '~']) || text.split('/').any(|part| part == "..") {
            let what = format!("`{}` leaves the repository", text.escape_debug());
            doc.error(at.clone(), what, "write it relative to the repository's root");
        }
        if let Err(error) = globset::GlobBuilder::new(text).literal_separator(true).build() {
            doc.error(at.clone(), format!("`{}` is not a valid glob: {}", text.escape_debug(), error.kind()), "");
        }
    }
    texts.into_iter().map(|(text, _)| text).collect()
}

pub(super) fn worktree(doc: &SettingsDocument<'_>, section: SettingsTable<'_, '_>) -> WorktreeOptions {
    let options = WorktreeOptions {
        folder: String::new(),
        setup: section.text("setup").map(|(text, _)| text),
        copy: globs(doc, &section, "copy"),
        reflink: folders(doc, &section, "reflink").unwrap_or_default(),
        keep: globs(doc, &section, "keep"),
        inputs: globs(doc, &section, "inputs"),
        teardown: section.text("teardown").map(|(text, _)| text).filter(|text| !text.trim().is_empty()),
        hooks: section.read("hooks", on_or_off).unwrap_or(true),
        hook_timeout: section.read("hook-timeout", units::duration).unwrap_or(HOOK_TIMEOUT),
        message: section.text("message").map(|(text, _)| text).filter(|text| !text.trim().is_empty()),
        submodules: section.read("submodules", SubmodulePolicy::read).unwrap_or_default(),
        sparse: folders(doc, &section, "sparse"),
        patterns: None,
    };
    section.finish();
    options
}

/// Folders of the repository, by their paths.
fn folders(doc: &SettingsDocument<'_>, table: &SettingsTable<'_, '_>, key: &str) -> Option<Vec<String>> {
    let texts = table.texts(key)?;
    texts.iter().for_each(|(path, at)| check_relative(doc, path.trim_end_matches('/'), at));
    Some(texts.into_iter().map(|(path, _)| path.trim_end_matches('/').to_owned()).collect())
}

fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        other => Err(format!("`{}` is not one of its values; it is \"on\" or \"off\"", other.escape_debug())),
    }
}

pub(super) fn conflicts(doc: &SettingsDocument<'_>, section: SettingsTable<'_, '_>) -> ConflictOptions {
    let mut regenerate = BTreeMap::new();
    if let Some(table) = section.section("regenerate") {
        for (path, found) in table.entries() {
            check_relative(doc, &path, &found.at);
            match found.value {
                toml::de::DeValue::String(command) if !command.trim().is_empty() => {
                    regenerate.insert(path, command.to_string());
                }
                other => drop(table.wrong::<()>(&found, "a command in quotes", other)),
            }
        }
    }
    let default = ConflictOptions::default();
    let options = ConflictOptions {
        union: globs(doc, &section, "union"),
        exclusive: globs(doc, &section, "exclusive"),
        regenerate,
        resolve: section.texts("resolve").map_or(default.resolve, |words| rungs(doc, words)),
        attempts: section.number("attempts").unwrap_or(default.attempts),
    };
    section.finish();
    options
}

/// The rungs that are named, in the order in which they are tried, whatever the order in the file.
fn rungs(doc: &SettingsDocument<'_>, words: Vec<(String, Place)>) -> Vec<Rung> {
    let known = || Rung::ALL.iter().map(|(_, word)| *word);
    for (word, at) in words.iter().filter(|(word, _)| !known().any(|known| known == word)) {
        doc.error(
            at.clone(),
            format!("`{}` is not a way to solve conflicts", word.escape_debug()),
            suggestion(word, known()),
        );
    }
    let named = |word: &str| words.iter().any(|(named, _)| named == word);
    Rung::ALL.iter().filter(|(_, word)| named(word)).map(|(rung, _)| *rung).collect()
}
