//! Bases that are made for tasks, and are no heads.

use crate::model::Oid;

/// The work of some tasks, merged on the side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SideBase {
    /// Being merged.
    Making,
    /// Here it is.
    Made(Oid),
    /// It cannot be merged without the order in which it landed.
    Clash,
}
