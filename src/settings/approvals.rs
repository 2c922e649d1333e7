//! `[approvals.<kind>]`: what becomes of a question that nobody answers.

use super::document::{SettingsDocument, SettingsTable};
use super::near::suggestion;
use super::units;
use super::words::Words;
use crate::model::{ApprovalFallback, ApprovalKind, ApprovalPriority, ApprovalRule, ApprovalRules};

pub(super) fn approvals(doc: &SettingsDocument<'_>, section: &SettingsTable<'_, '_>) -> ApprovalRules {
    let mut rules = ApprovalRules::default();
    for (name, at, table) in section.sections() {
        let usual = ApprovalRule::default();
        let rule = ApprovalRule {
            timeout: table.read("timeout", units::duration).unwrap_or(usual.timeout),
            fallback: table.read("fallback", ApprovalFallback::read).unwrap_or(usual.fallback),
            priority: table.read("priority", ApprovalPriority::read).unwrap_or(usual.priority),
        };
        let fallback_at = table.find("fallback").map(|found| found.at);
        table.finish();
        let Ok(kind) = ApprovalKind::read(&name) else {
            let kinds = ApprovalKind::WORDS.iter().map(|(word, _)| *word);
            doc.error(at, format!("unknown kind of approval `{}`", name.escape_debug()), suggestion(&name, kinds));
            continue;
        };
        if rule.fallback == ApprovalFallback::Approve && !kind.has_gates() {
            doc.error(
                fallback_at.unwrap_or(at),
                format!("no gate can answer for you whether {}", asked(kind)),
                "write fallback = \"pause\" or \"reject\"; \"approve\" is for [approvals.landing] and [approvals.layer]",
            );
        }
        rules.0.insert(kind, rule);
    }
    rules
}

fn asked(kind: ApprovalKind) -> &'static str {
    match kind {
        ApprovalKind::Plan => "the plan may be run",
        ApprovalKind::Layer => "a layer may start",
        ApprovalKind::Landing => "a task may land",
        ApprovalKind::Unchanged => "a task needs no change",
        ApprovalKind::Task => "a task for a person is done",
    }
}
