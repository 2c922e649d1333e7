//! The watch view (`git orca watch`): a run on the whole terminal, with keys that control it. Pure: what is seen
//! ([`WatchGlance`], [`detail`]) and what was pressed ([`press`]) give a [`WatchView`] and a [`WatchIntent`];
//! [`draw`](draw::draw) puts them into cells. `print/full_screen.rs` owns the terminal, `cli/watch.rs` performs.
//!
//! A control is a command: the words that are shown before it is done are the words that are run, by this program, as if
//! they had been typed.
//!
//! ## To add a key
//!
//! Its arm in `press.rs`, its line in the help (`detail.rs`), and a row in the table of `press.rs`' tests.

mod detail;
mod draw;
mod glance;
mod press;
mod styled;
mod view;

pub use detail::{DetailFacts, detail};
pub use draw::{WatchScreen, draw};
pub use glance::{WatchGlance, WatchRow};
pub use press::press;
pub use view::{WatchIntent, WatchMode, WatchTab, WatchView, WatchedCommand};

#[cfg(test)]
mod tests;
