//! The languages whose projects are known.

use super::ecosystem::Ecosystem;
use super::{go, node, python, rust};

/// Every language, in the order shown.
pub(super) const ECOSYSTEMS: [&Ecosystem; 4] = [&rust::RUST, &python::PYTHON, &node::NODE, &go::GO];
