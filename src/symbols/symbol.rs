//! A symbol, and where it is used.

use serde::{Deserialize, Serialize};

/// A symbol by where it is defined.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SymbolName {
    /// The file.
    pub path: String,
    /// What encloses it, outermost first, and its own name at the end: `["Cart", "total"]`.
    pub names: Vec<String>,
}

impl SymbolName {
    /// `Cart.total`.
    pub fn full(&self) -> String {
        self.names.join(".")
    }

    /// `total`.
    pub fn own(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }
}

/// A line that uses a symbol.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SymbolUse {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
}
