//! What `git orca validate` found: for people, as JSON, and in the forms that CI systems take.

mod found;
mod human;
mod json;
mod junit;
mod sarif;
#[cfg(test)]
mod tests;

pub use found::Validation;
pub use human::human;
pub use json::json;
pub use junit::junit;
pub use sarif::sarif;
