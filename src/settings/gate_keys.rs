//! What settings, trust and briefs have to know of a kind of gate. Each kind's folder below `gate/` fills in one
//! [`GateKeys`]; nothing here knows a kind.

use super::document::SettingsTable;
use super::near::suggestion;
use crate::model::{GateDef, GateKind};

/// What a kind of gate adds to the table of every gate (`[gates.NAME]`).
#[derive(Debug)]
pub struct GateKeys {
    /// The kind.
    pub kind: GateKind,
    /// Keys that not every kind takes.
    pub names: &'static [&'static str],
    /// Reads them into a gate whose other keys are read; what is wrong with them it says by [`SettingsTable::error`].
    /// Paths among them are relative to the gate's folder.
    pub read: fn(&SettingsTable<'_, '_>, &mut GateDef),
    /// The shell texts among them, by key: they need trust.
    pub commands: fn(&GateDef) -> Vec<(&'static str, String)>,
    /// What it wants of a change, after its name and command, so that no agent has to fail it to learn that.
    pub wants: fn(&GateDef) -> String,
}

impl GateKeys {
    /// A kind without keys of its own, of which there is nothing to tell.
    pub const fn none(kind: GateKind) -> GateKeys {
        GateKeys { kind, names: &[], read: |_, _| {}, commands: |_| Vec::new(), wants: |_| String::new() }
    }
}

/// The kinds of gates that there are.
#[derive(Debug, Clone, Copy, Default)]
pub struct GateKinds<'k>(&'k [&'static GateKeys]);

impl<'k> GateKinds<'k> {
    /// These.
    pub fn new(kinds: &'k [&'static GateKeys]) -> GateKinds<'k> {
        GateKinds(kinds)
    }

    fn find(self, kind: GateKind) -> Option<&'static GateKeys> {
        self.0.iter().copied().find(|keys| keys.kind == kind)
    }

    /// The shell texts among the options of a gate's kind, by key.
    pub fn commands(self, gate: &GateDef) -> Vec<(&'static str, String)> {
        self.find(gate.kind).map(|keys| (keys.commands)(gate)).unwrap_or_default()
    }

    /// What a gate wants of a change, after its name and command.
    pub fn wants(self, gate: &GateDef) -> String {
        self.find(gate.kind).map(|keys| (keys.wants)(gate)).unwrap_or_default()
    }

    /// `kind = "tdd"`.
    pub(super) fn read_kind(self, text: &str) -> Result<GateKind, String> {
        let known = self.0.iter().find(|keys| keys.kind.word() == text.trim());
        known.map(|keys| keys.kind).ok_or_else(|| {
            let words = self.0.iter().map(|keys| keys.kind.word());
            format!("`{}` is not one of its values; {}", text.escape_debug(), suggestion(text, words))
        })
    }

    /// The keys of the gate's kind; those of other kinds are problems.
    pub(super) fn read_keys(self, table: &SettingsTable<'_, '_>, gate: &mut GateDef) {
        let own = self.find(gate.kind).map_or(&[][..], |keys| keys.names);
        for (n, keys) in self.0.iter().enumerate() {
            let told =
                |name: &&&str| !own.contains(*name) && self.0[..n].iter().all(|other| !other.names.contains(*name));
            for found in keys.names.iter().filter(told).filter_map(|name| table.find(name)) {
                let short = found.name.rsplit('.').next().unwrap_or_default();
                let of: Vec<&str> =
                    self.0.iter().filter(|keys| keys.names.contains(&short)).map(|keys| keys.kind.word()).collect();
                let kinds = if of.len() == 1 { "kind" } else { "kinds" };
                table.error(found.at, format!("`{}` is for gates of the {kinds} {}", found.name, of.join(" and ")), "");
            }
        }
        if let Some(keys) = self.find(gate.kind) {
            (keys.read)(table, gate);
        }
    }
}
