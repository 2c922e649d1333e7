//! What is recorded of pull requests.

use serde::{Deserialize, Serialize};

use super::waiver::GateWaiver;
use crate::model::{GateName, Oid, Verdict};

/// Where a layer's pull request stood when it was last looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PullStanding {
    /// Under review.
    Open,
    /// Merged.
    Merged,
    /// Closed without being merged.
    Closed,
}

/// A layer's pull request, as it was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRecord {
    /// The layer.
    pub layer: u32,
    /// Its number.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// Where it stands.
    pub state: PullStanding,
    /// The branch that it is to be merged into.
    pub base: String,
    /// The head that was pushed for it.
    pub head: Oid,
    /// The commit that it became there, once merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_as: Option<Oid>,
}

/// What a gate said of a head that was made because of what happened on the server: no check of the run is about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadVerdict {
    /// The head's tree.
    pub tree: Oid,
    /// The gate.
    pub gate: GateName,
    /// What it said.
    pub verdict: Verdict,
    /// Why, where it is no pass.
    #[serde(default)]
    pub reason: String,
    /// The words of people that let it pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waived: Vec<GateWaiver>,
}
