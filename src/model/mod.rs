//! The nouns of the program. No I/O (but [`FolderFiles`]), no policy, no words for people.
//!
//! Everything that the journal may name lives here, so its serde form is a promise: fields may be added (with
//! `#[serde(default)]`), never renamed.

/// Permissions of files that tell what agents and people said: logs, journals, prompts, reports.
pub const PRIVATE_MODE: u32 = 0o600;

mod agent_def;
mod agent_event;
mod approval_rules;
mod candidates;
mod command;
mod conflict_options;
pub mod crash;
mod error;
mod error_words;
mod far_options;
mod fence;
mod files;
mod gate_def;
mod gate_kind;
mod ids;
mod kind_options;
mod limits;
mod named;
mod options;
mod problem;
mod role;
mod rung;
pub mod secret_shapes;
pub mod secrets;
mod service;
mod sparse;
mod symbol_options;
mod task;
mod tool;
mod usage;
mod verdict;
mod worktree_options;

pub use agent_def::{AgentDef, Permissions, PromptVia};
pub use agent_event::{AgentEvent, Finish, Reset};
pub use approval_rules::{
    APPROVAL_TIMEOUT, ApprovalFallback, ApprovalKind, ApprovalPriority, ApprovalRule, ApprovalRules,
};
pub use candidates::{Candidates, MOST_CANDIDATES, PickMode};
pub use command::{CommandSpec, Limits, Stdin};
pub use conflict_options::ConflictOptions;
pub use error::{Error, ErrorKind, Result};
pub use error_words::{cannot, infinitive};
pub use far_options::{FAR_PATIENCE, FarHost, FarOptions};
pub use fence::{Fence, FenceKind, FenceScope};
pub use files::{Files, FolderFiles, MAX_FILE_BYTES, MapFiles};
pub use gate_def::{GATE_TIMEOUT, GateDef, GatePhase, ReportFormat, ReportSpec, Reviewer, WhenFlaky};
pub use gate_kind::{GateKind, KindName};
pub use ids::{AttemptId, GateName, Oid, RepoPath, RunId, SessionId, TaskId};
pub use kind_options::KindOptions;
pub use limits::{BudgetLimit, RunLimits};
pub use named::{Named, is_test_path};
pub use options::{Adapt, ApproveMode, BaseMode, BaseRed, RolePool, RunOptions, ScheduleMode, Tdd};
pub use problem::{Place, Problem, Severity};
pub use role::Role;
pub use rung::Rung;
pub use service::Service;
pub use sparse::SparsePatterns;
pub use symbol_options::{SERENA_SERVER, SymbolOptions, SymbolReader};
pub use task::{Barrier, Edge, FileUse, Task, TaskKind, Why};
pub use tool::{TOOLS, Tool, find_tool};
pub use usage::{Allowance, Price, Usage};
pub use verdict::{Finding, KnownRed, Measured, RedTest, TestCounts, Verdict};
pub use worktree_options::{HOOK_TIMEOUT, SubmodulePolicy, WorktreeOptions};
