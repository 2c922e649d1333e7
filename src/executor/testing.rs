//! Work for tests of places.

use std::collections::BTreeMap;

use super::{Node, WorkOrder};
use crate::model::{CommandSpec, Limits, Stdin};

/// Work of this program for a node.
pub(super) fn order(program: &str, args: &[&str], node: Node) -> WorkOrder {
    let spec = CommandSpec {
        program: program.to_owned(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        cwd: "/".into(),
        env: BTreeMap::new(),
        stdin: Stdin::None,
        log: "/run/log".into(),
        limits: Limits::default(),
    };
    WorkOrder { spec, worktree: "/".into(), commit: None, node: Some(node), handed: None }
}
