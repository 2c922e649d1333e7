//! `[resources]`: how much there is of what tasks share, and services of which each worktree has one of its own.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::document::{SettingsDocument, SettingsTable};
use crate::model::Service;

/// Capacities, and services.
pub(super) fn resources(
    doc: &SettingsDocument<'_>,
    root: &SettingsTable<'_, '_>,
) -> (BTreeMap<String, u32>, Vec<Service>) {
    let (mut capacities, mut services) = (BTreeMap::new(), Vec::new());
    let Some(section) = root.section("resources") else { return (capacities, services) };
    for (name, found) in section.entries() {
        let DeValue::Table(table) = found.value else {
            capacities.extend(section.as_number(&found).map(|n| (name, n)));
            continue;
        };
        let table = SettingsTable::new(doc, table, &found.name);
        capacities.extend(table.number("capacity").map(|n| (name.clone(), n)));
        let text = |key: &str| table.text(key).map(|(text, _)| text).filter(|text| !text.trim().is_empty());
        let (create, drop, url) = (text("create"), text("drop"), text("url"));
        let (reset, env) = (text("reset"), text("env").unwrap_or_else(|| Service::usual_variable(&name)));
        table.finish();
        let (Some(create), Some(drop), Some(url)) = (create, drop, url) else {
            let what = format!("`{}` needs all of `create`, `drop` and `url`", found.name);
            doc.error(found.at, what, "for a plain number of places write it as a number");
            continue;
        };
        let service = Service { name, create, drop, reset, url, env };
        if service.is_shared() {
            let what =
                format!("`{}` would be the same in every worktree: `create` and `url` must name {{slot}}", found.name);
            doc.error(found.at, what, "createdb {slot}");
            continue;
        }
        services.push(service);
    }
    (capacities, services)
}
