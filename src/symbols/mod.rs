//! Which symbols files define, and who uses them: told to agents about their task's files, and asked where one task removes
//! what another begins to use.
//!
//! One seam, two answers. [`Symbols`] asks each [`UseSource`] in turn, until one has an answer:
//!
//! - `serena/`: Serena, a server of tools over a language server, where the user asks for it (`symbols = "serena"`). It
//!   knows types, so it tells methods of one name apart and follows names through third files. It stands in a worktree of
//!   its own; only its reading tools are called, and agents never get any of them.
//! - `built_in.rs`: our own reader of syntax and imports, for the languages of `source`.
//!
//! Whatever becomes of Serena (not installed, silent, killed), the built-in answer takes its place, and that is said once.
//! `kept.rs` keeps answers by the tree that they were asked of, so that a command in another terminal has them too.
//!
//! To add a source: a file with [`UseSource`], and a line in [`Symbols::new`].

mod asked;
mod built_in;
mod kept;
mod report;
mod seam;
mod serena;
mod symbol;

pub use asked::Symbols;
pub use built_in::is_defined_elsewhere;
pub use kept::KeptUses;
pub use seam::UseSource;
pub use serena::SerenaPlace;
pub use symbol::{SymbolName, SymbolUse};
