//! From settings and plan to everything a run is told.
//!
//! `prepared` puts it together from: the tasks that are `chosen`, the `gates` that judge, the setup that was found (`found_setup`), the `room` that agents have,
//! the `agent` itself, and what it is `told`. Nothing here starts or writes anything.

mod agent;
mod chosen;
mod found_setup;
mod gates;
mod prepared;
mod room;
mod sparse;
mod submodules;
mod told;

pub use agent::usable;
pub use chosen::{selected, wanted};
pub use found_setup::{FoundSetup, agree as agree_to_setup, offered as offered_setup};
pub use gates::detect;
pub use prepared::{Prepared, digest, fence, prepare};
pub use room::resources;
pub use told::{criteria, given_tasks, items, library, own_prompts};
