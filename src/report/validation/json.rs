//! For programs.

use serde_json::json;

use super::found::Validation;
use crate::report::words::json_text;

/// One document: `{format, passed, results: [{what, commit, base, passed, gates: […]}]}`.
pub fn json(found: &[Validation]) -> String {
    let results: Vec<_> = found
        .iter()
        .map(|one| {
            let gates: Vec<_> = one
                .gates
                .iter()
                .map(|gate| {
                    json!({
                        "name": gate.gate.name,
                        "kind": gate.gate.kind,
                        "verdict": gate.judged.verdict,
                        "required": gate.gate.required,
                        "reason": gate.judged.reason,
                        "findings": gate.judged.findings,
                        "seconds": gate.seconds,
                        "cached": gate.cached,
                        "log": gate.log,
                    })
                })
                .collect();
            json!({
                "what": one.wanted.words,
                "commit": one.wanted.commit,
                "base": one.wanted.base,
                "passed": one.passes(),
                "gates": gates,
            })
        })
        .collect();
    json_text::pretty(&json!({"format": 1, "passed": found.iter().all(Validation::passes), "results": results}))
}
