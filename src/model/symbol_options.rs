//! Who says which symbols a task's files define and who uses them (`symbols`, `serena-servers`).

use serde::{Deserialize, Serialize};

/// Who is asked for the uses of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SymbolReader {
    /// Nobody.
    Off,
    /// This program, by reading the syntax of files and what they import.
    #[default]
    BuiltIn,
    /// Serena, for languages that its servers read; for the others this program.
    Serena,
}

/// `symbols` and `serena-servers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SymbolOptions {
    /// Who is asked.
    pub reader: SymbolReader,
    /// The language servers that Serena may start, by its names for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<String>,
}

/// The one server that only reads: others run build scripts of the repository, or download themselves.
pub const SERENA_SERVER: &str = "python_jedi";

impl Default for SymbolOptions {
    fn default() -> Self {
        SymbolOptions { reader: SymbolReader::BuiltIn, servers: Vec::new() }
    }
}

impl SymbolOptions {
    /// Whether nobody chose anything.
    pub fn is_usual(&self) -> bool {
        *self == SymbolOptions::default()
    }

    /// The servers that may be started.
    pub fn servers(&self) -> Vec<String> {
        if self.servers.is_empty() { vec![SERENA_SERVER.to_owned()] } else { self.servers.clone() }
    }
}
