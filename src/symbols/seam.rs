//! What every source of answers does.

use super::symbol::{SymbolName, SymbolUse};
use crate::model::Oid;

/// Somebody who knows who uses a symbol.
pub trait UseSource: Send + std::fmt::Debug {
    /// Whether it reads files like this one.
    fn serves(&self, path: &str) -> bool;

    /// Where the files of `commit` use each symbol, besides the file that defines it; none for those that it has no answer
    /// for. All symbols are of files that it serves.
    fn uses(&mut self, commit: &Oid, symbols: &[SymbolName]) -> Vec<Option<Vec<SymbolUse>>>;

    /// What people should know of it, each once.
    fn complaint(&mut self) -> Option<String> {
        None
    }

    /// Nobody asks any more.
    fn end(&mut self) {}
}
