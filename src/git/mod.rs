//! Everything that asks or changes the repository. Mechanism only: which slot, when to snapshot and what to merge are
//! decided elsewhere.
//!
//! Git merges, git2 reads: what changes a repository goes through the git program (one function sets what every call
//! needs, see `call.rs`), what only looks goes through libgit2 (`read/`) or our own readers (`index.rs`,
//! `survey.rs`), which cost no process.
//!
//! | file | holds |
//! |---|---|
//! | `repo.rs` | [`Repo`]: found once, from any folder |
//! | `read/` | commits, differences, files, refs, with libgit2 |
//! | `user.rs` | the user's checkout, configuration and identity |
//! | `reach.rs` | what would be lost without a ref |
//! | `remote.rs` | what crosses to another repository: looked at, fetched, pushed |
//! | `refs.rs` | [`transact`]: several refs move together, or none |
//! | `merge.rs`, `hunks.rs` | [`merge_batch`]: merges in memory, [`hunks()`] |
//! | `merging.rs` | [`begin_merge`]: a merge in the middle, in a slot |
//! | `commit.rs` | [`commit_tree`] |
//! | `call.rs`, `session.rs` | git processes: one a call, or one for many |
//! | `hooks.rs` | what hooks ask of git |
//! | `notes.rs` | notes on commits: evidence that travels with them |
//! | `tree.rs` | [`replace_files`]: a tree with other bytes in some files |
//! | `slot.rs` | [`Slot`]: a worktree of the pool |
//! | `worktree.rs` | worktrees of the pool, made, listed, removed |
//! | `reset.rs` | [`reset_slot`]: a slot made clean, and proved so |
//! | `snapshot.rs` | [`snapshot()`]: what an agent has, saved while it works |
//! | `leftovers.rs` | [`commit_leftovers`]: what an agent did not commit, committed |
//! | `pathspec_tree.rs` | [`tree_taking`]: files of a slot taken into a tree |
//! | `slot_state.rs` | what can be asked of a slot between two uses |
//! | `outside.rs`, `ledger.rs` | [`Outside`]: what agents reach besides their worktrees, and whose doing a change was |
//! | `grounds.rs` | which places a fenced command needs |
//! | `salvage.rs` | saved work, listed and restored |
//! | `size.rs` | how large a checkout is |
//! | `preflight.rs` | what is asked before a run |
//! | `maintenance.rs` | what is done after it |

mod attributes;
mod call;
mod commit;
mod files;
mod git_guards;
mod grounds;
mod hooks;
mod hunks;
mod index;
mod ledger;
mod leftovers;
mod listing;
mod maintenance;
mod make;
mod markers;
mod merge;
mod merging;
mod notes;
mod outside;
mod patch;
mod pathspec_tree;
mod preflight;
mod reach;
mod read;
mod refs;
mod remote;
mod repo;
mod reset;
mod salvage;
mod session;
mod size;
mod slot;
mod slot_state;
mod snapshot;
mod submodule;
mod survey;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tree;
mod user;
mod worktree;

use call::Call;

pub use attributes::{MergeRules, declared_at};
pub use commit::commit_tree;
pub use files::discard;
pub use git_guards::{forget_stops, stops};
pub use grounds::{SlotGrounds, slot_grounds};
pub use hooks::{add_trailers, staged_markers};
pub use hunks::{Hunk, Lines, Part, hunks, parts};
pub use leftovers::{Leftovers, commit_leftovers};
pub use maintenance::{collect, write_commit_graph};
pub use make::{history, make_repository};
pub use markers::{DeclaredAttribute, MARKER_SIZE, MarkerWidth};
pub use merge::{ConflictKind, ConflictPath, MergeOutcome, StagedEntry, merge_batch, merge_one};
pub use merging::{Unfinished, begin_merge, stage_solved};
pub use notes::{NOTES, write_notes};
pub use outside::{Difference, FileState, Outside, keep_files, put_file_back, put_stash_back};
pub use patch::patch;
pub use pathspec_tree::tree_taking;
pub use preflight::{free_namespace, preflight};
pub use read::{
    Change, ChangeKind, CommitFiles, CommitInfo, FileDiff, Head, Line, TreeEntry, Upstream, file_diffs, library_version,
};
pub use refs::{
    Moved, RefChange, RefError, delete_refs, force_refs, put_back, remove_stale_locks, stale_locks, transact,
};
pub use remote::BranchPush;
pub use repo::Repo;
pub use reset::{Ignored, SlotHead, Unclean, reset_known_slot, reset_slot};
pub use salvage::{RestoreInto, Saved, SavedKind, restore, saved};
pub use size::checkout_size;
pub use slot::Slot;
pub use slot_state::{
    Look, commits_between, diff_text, disturbed, edited, find_slot, ignored_files, look, slot_branch, slot_head,
    stand_at,
};
pub use snapshot::{Snapshot, snapshot};
pub use survey::Exact;
pub use tree::replace_files;
pub use user::{checked_out_in, merge_drivers};
pub use worktree::{
    branch_of, create_slot, detach_slot, empty_trash, ghost, is_worktree, own_worktrees, points_home, recover_ghosts,
    remove_slot, set_aside_slot, slots,
};

/// Bytes of an object id as hex digits.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
