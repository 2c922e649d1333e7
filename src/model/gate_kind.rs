//! The kinds of judgement, by name.

use serde::{Deserialize, Serialize};

/// What kind of judgement a gate makes. The rules of runs, briefs and reports know some kinds; any other is told apart by
/// its name alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[expect(missing_docs, reason = "the names are DESIGN 6's")]
pub enum GateKind {
    #[default]
    Command,
    Tdd,
    Security,
    Performance,
    Review,
    Acceptance,
    /// A kind that nothing but its own folder, or nothing here, knows.
    Other(KindName),
}

const NAMES: [(&str, GateKind); 6] = [
    ("command", GateKind::Command),
    ("tdd", GateKind::Tdd),
    ("security", GateKind::Security),
    ("performance", GateKind::Performance),
    ("review", GateKind::Review),
    ("acceptance", GateKind::Acceptance),
];

impl GateKind {
    /// The kind of a name, known or not; nothing for what can be none.
    pub fn named(name: &str) -> Option<GateKind> {
        let known = NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
        known.or_else(|| KindName::new(name).map(GateKind::Other))
    }

    /// Its name, as in `orca.toml` and journals.
    pub fn word(&self) -> &str {
        match self {
            GateKind::Other(name) => name.as_str(),
            kind => NAMES.iter().find(|(_, known)| known == kind).map_or("", |(name, _)| name),
        }
    }
}

impl From<GateKind> for String {
    fn from(kind: GateKind) -> String {
        kind.word().to_owned()
    }
}

impl TryFrom<String> for GateKind {
    type Error = String;

    fn try_from(name: String) -> Result<GateKind, String> {
        GateKind::named(&name).ok_or_else(|| format!("`{}` is not the name of a kind of gate", name.escape_debug()))
    }
}

/// The name of a kind: small letters, digits and dashes, so few that it is copied like a number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KindName {
    bytes: [u8; KindName::MOST],
    len: usize,
}

impl KindName {
    /// Bytes at most.
    pub const MOST: usize = 24;

    /// A name, if `text` can be one.
    pub const fn new(text: &str) -> Option<KindName> {
        let (from, mut bytes, mut at) = (text.as_bytes(), [0; KindName::MOST], 0);
        if from.is_empty() || from.len() > KindName::MOST {
            return None;
        }
        while at < from.len() {
            if !matches!(from[at], b'a'..=b'z' | b'0'..=b'9' | b'-') {
                return None;
            }
            bytes[at] = from[at];
            at += 1;
        }
        Some(KindName { bytes, len: at })
    }

    /// It as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

impl std::fmt::Debug for KindName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_kind() {
        for (name, kind) in NAMES {
            assert_eq!((kind.word(), GateKind::named(name)), (name, Some(kind)));
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{name}\""));
        }
        let far: GateKind = serde_json::from_str("\"model-check\"").unwrap();
        assert_eq!((far.word(), serde_json::to_string(&far).unwrap().as_str()), ("model-check", "\"model-check\""));
        for bad in ["", "Tdd", "a b", "kind-with-a-very-long-name", "é"] {
            assert_eq!(GateKind::named(bad), None, "{bad}");
            assert!(serde_json::from_value::<GateKind>(bad.into()).is_err());
        }
    }
}
