//! From facts and rules to actions: [`derive`] says where each task stands, the others choose what is done now, and
//! [`decide`] puts their choices together.

mod candidates;
mod checks;
mod decide;
mod demand;
mod derive;
mod ending;
mod ends;
mod free_resources;
mod lookahead;
mod marks;
mod open;
mod questions;
mod raise;
mod replays;
mod start_gate;
mod starts;
mod train;
mod waits;
mod words;

pub use decide::decide;
pub use demand::{Demand, demand};
pub use derive::{blockers, standings};
pub use ending::outcome;
pub use open::open;
pub use raise::raise_format;
pub use waits::waits;
