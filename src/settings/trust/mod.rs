//! What a repository may have us run or show to an agent (DESIGN 4).
//!
//! [`settings_items`] and its like make [`Item`]s of everything that came with the repository, [`compare`] tells which of them a person has
//! seen, [`grant`] makes a [`Trusted`] value: the only way to one. [`store`] keeps the [`Records`] outside the
//! repository's own folders, since agents can write there.

mod items;
mod named;
mod records;
pub mod store;

pub use items::{Item, acceptance_command, file_items, options_items, plan_items, settings_items};
pub use named::named_items;
pub use records::{Change, Decision, Record, Records, Repository, TrustStatus, Trusted, compare, grant};
