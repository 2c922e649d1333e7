//! Audits of dependencies. Their false passes and false alarms are known (FACTS 9): exit code 1 both for holes and for
//! their own failure, "could not be audited" with exit code 0, an error of the server in place of an answer.

use serde_json::Value;

use super::call::{Answer, Call};
use crate::gate::probe::last_line;
use crate::gate::{Diff, Evidence};
use crate::model::Finding;

/// The JSON of an answer; what a tool says before it is left out.
fn json(left: &Evidence) -> Result<Value, String> {
    let error = left.output.lines().find(|line| line.trim_start().to_ascii_lowercase().starts_with("error"));
    let said = || match left.output.trim() {
        "" => "its answer is empty".to_owned(),
        _ => error.map_or_else(|| format!("its answer cannot be read: {}", last_line(&left.output)), str::to_owned),
    };
    let start = left.output.find('{').ok_or_else(said)?;
    let value = serde_json::Deserializer::from_str(&left.output[start..]).into_iter::<Value>().next();
    value.and_then(Result::ok).ok_or_else(said)
}

fn hole(call: &Call, diff: &Diff, lock: &str, package: &str, id: &str, title: &str, fixed: &str) -> Finding {
    let file = format!("{}{lock}", call.folder);
    let named = |line: &&crate::git::Line| line.text.contains(package);
    let line = diff.file(&file).and_then(|file| file.added.iter().find(named)).map_or(0, |line| line.number);
    at(file, line, package, id, title, fixed)
}

fn at(file: String, line: u32, package: &str, id: &str, title: &str, fixed: &str) -> Finding {
    let advice = if fixed.is_empty() { "use another version or another package".to_owned() } else { fixed.to_owned() };
    Finding { file, line, rule: id.to_owned(), message: format!("`{package}`: {title}"), advice }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// Where a `Cargo.lock` names this version of a package: its name, or its version where only that is new.
fn line_of_crate(lock: &str, added: &dyn Fn(u32) -> bool, package: &str, version: &str) -> u32 {
    let lines: Vec<&str> = lock.lines().collect();
    let (name, version) = (format!("name = \"{package}\""), format!("version = \"{version}\""));
    let entry =
        (0..lines.len()).find(|at| lines[*at] == name && lines.get(at + 1).is_some_and(|next| *next == version));
    let Some(at) = entry.or_else(|| lines.iter().position(|line| *line == name)) else { return 0 };
    let number = at as u32 + 1;
    if !added(number) && added(number + 1) { number + 1 } else { number }
}

/// `cargo audit --json`: an answer has `vulnerabilities.list`; a failure to fetch the database has none, and an empty
/// database finds nothing.
pub(super) fn cargo_audit(call: &Call, diff: &Diff, left: &Evidence) -> Answer {
    let answer = json(left)?;
    if answer["database"]["advisory-count"].as_u64() == Some(0) {
        return Err("its database of advisories is empty".to_owned());
    }
    let file = format!("{}Cargo.lock", call.folder);
    let lock = diff.new.text(&file).unwrap_or_default();
    let added = |line: u32| diff.is_added(&file, line);
    let list = answer["vulnerabilities"]["list"].as_array().ok_or("its answer has no list of vulnerabilities")?;
    let found = list.iter().map(|one| {
        let advisory = &one["advisory"];
        let patched = one["versions"]["patched"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let patched = patched.collect::<Vec<_>>().join(", ");
        let fixed = if patched.is_empty() { String::new() } else { format!("fixed in {patched}") };
        let package = text(&one["package"], "name");
        let line = line_of_crate(&lock, &added, package, text(&one["package"], "version"));
        at(file.clone(), line, package, text(advisory, "id"), text(advisory, "title"), &fixed)
    });
    Ok(found.collect())
}

/// `cargo deny --format json`: one diagnostic a line; a summary at the end says that it looked.
pub(super) fn cargo_deny(call: &Call, diff: &Diff, left: &Evidence) -> Answer {
    let lines: Vec<Value> = left.output.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    if !lines.iter().any(|line| text(line, "type") == "summary") {
        return Err(format!("it gave no summary: {}", last_line(&left.output)));
    }
    let errors = lines.iter().map(|line| &line["fields"]).filter(|fields| text(fields, "severity") == "error");
    let found = errors.map(|fields| {
        let label = fields["labels"].as_array().and_then(|labels| labels.first()).map_or("", |one| text(one, "span"));
        let package = fields["graphs"][0]["Krate"]["name"].as_str().unwrap_or(label);
        hole(call, diff, "Cargo.lock", package, text(fields, "code"), text(fields, "message"), "")
    });
    Ok(found.collect())
}

/// `npm audit --json`: an answer has `vulnerabilities` and `metadata`; an error of the server has `error` or `message`.
pub(super) fn npm_audit(call: &Call, diff: &Diff, left: &Evidence) -> Answer {
    let answer = json(left)?;
    let (Some(list), true) = (answer["vulnerabilities"].as_object(), answer["metadata"].is_object()) else {
        let said = [&answer["message"], &answer["error"]["summary"], &answer["error"]["code"]];
        let why = said.iter().find_map(|value| value.as_str()).unwrap_or("no answer from the registry");
        return Err(format!("could not be audited: {why}"));
    };
    let found = list.iter().flat_map(|(package, one)| {
        let advisories = one["via"].as_array().into_iter().flatten().filter(|via| via.is_object());
        advisories.map(move |via| {
            let id = text(via, "url").rsplit('/').next().unwrap_or_default().to_owned();
            let fixed = format!("affected: {}", text(via, "range"));
            hole(call, diff, "package-lock.json", package, &id, text(via, "title"), &fixed)
        })
    });
    Ok(found.collect())
}

/// `pip-audit -f json`: packages that it skipped were not audited, whatever its exit code says.
pub(super) fn pip_audit(call: &Call, diff: &Diff, left: &Evidence) -> Answer {
    let answer = json(left)?;
    let list = answer["dependencies"].as_array().ok_or("its answer has no list of dependencies")?;
    let mut found = Vec::new();
    let mut skipped = Vec::new();
    for one in list {
        let package = text(one, "name");
        if one["skip_reason"].is_string() {
            skipped.push(format!("`{package}` could not be audited"));
        }
        for hole_in in one["vulns"].as_array().into_iter().flatten() {
            let versions = hole_in["fix_versions"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let versions = versions.collect::<Vec<_>>().join(", ");
            let fixed = if versions.is_empty() { String::new() } else { format!("fixed in {versions}") };
            let title = text(hole_in, "description").lines().next().unwrap_or("a known vulnerability").to_owned();
            found.push(hole(call, diff, "requirements.txt", package, text(hole_in, "id"), &title, &fixed));
        }
    }
    if found.is_empty() && !skipped.is_empty() { Err(skipped.join(", ")) } else { Ok(found) }
}
