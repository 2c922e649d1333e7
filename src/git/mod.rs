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
//! | `hub.rs` | what crosses to a bare repository that far hosts share with us |
//! | `refs.rs` | [`transact`]: several refs move together, or none |
//! | `merge.rs`, `hunks.rs` | [`merge_batch`]: merges in memory, [`hunks()`] |
//! | `merging.rs` | [`begin_merge`]: a merge in the middle, in a slot |
//! | `commit.rs` | [`commit_tree`] |
//! | `commit_graph.rs` | a graph of the run's commits, for merges in memory |
//! | `call.rs`, `session.rs` | git processes: one a call, or one for many |
//! | `frozen_hooks.rs` | [`freeze_hooks`]: the repository's own hooks, copied away |
//! | `hooks.rs` | what hooks ask of git |
//! | `notes.rs` | notes on commits: evidence that travels with them |
//! | `tree.rs` | [`replace_files`]: a tree with other bytes in some files |
//! | `slot.rs` | [`Slot`]: a worktree of the pool |
//! | `checkouts.rs` | the checkouts that git knows of, the user's and ours |
//! | `worktree.rs` | worktrees of the pool, made, listed, removed |
//! | `reset.rs` | [`reset_slot`]: a slot made clean, and proved so |
//! | `snapshot.rs` | [`snapshot()`]: what an agent has, saved while it works |
//! | `leftovers.rs` | [`commit_leftovers`]: what an agent did not commit, committed |
//! | `baseline.rs` | [`Baseline`]: what setup left, which is no work |
//! | `rewrite.rs` | [`rewrite_without`]: an agent's commits without what setup left; [`commit_onto`]: one elsewhere |
//! | `embedded.rs`, `inner.rs` | repositories inside a slot, which nobody trusts |
//! | `keep_inside.rs` | [`keep_inside()`]: what is in such repositories and nowhere else, kept |
//! | `submodule_reach.rs` | [`submodules_lacking`]: what others, and worktrees, can get of submodules |
//! | `odd.rs` | [`remove_odd`]: pipes, sockets and devices, on which git would wait |
//! | `pathspec_tree.rs` | [`tree_taking`]: files of a slot taken into a tree |
//! | `sparse.rs` | [`set_sparse`]: worktrees with part of the files |
//! | `left_out.rs` | what such a worktree lacks, told from what is deleted |
//! | `slot_state.rs` | what can be asked of a slot between two uses |
//! | `own_checkout.rs` | the user's checkout, changed because the user asked |
//! | `outside.rs`, `loose_refs.rs`, `stamp.rs`, `ledger.rs` | [`Outside`]: what agents reach besides their worktrees, and whose doing a change was |
//! | `grounds.rs` | which places a fenced command needs |
//! | `view.rs` | [`GitView`]: the shared folder as an agent sees it |
//! | `damage.rs` | [`damaged_refs`]: refs that point to what is gone |
//! | `pruned.rs` | [`write_again`]: what was pruned before a ref named it, written again |
//! | `spares.rs`, `spare_places.rs`, `object_watch.rs` | [`Spares`]: second names of what a run writes, so that nobody prunes it |
//! | `salvage.rs` | saved work, listed and restored |
//! | `size.rs` | how large a checkout is |
//! | `pool_folder.rs` | the folder of the worktrees, hidden from repositories around it |
//! | `preflight.rs` | what is asked before a run |
//! | `alike_names.rs` | [`names_alike`]: names that macOS and Windows cannot tell apart |
//! | `maintenance.rs` | what is done after it |

mod alike_names;
mod attributes;
mod baseline;
mod by_hand;
mod call;
mod checkouts;
mod clone_view;
mod commit;
mod commit_graph;
mod damage;
mod embedded;
mod files;
mod frozen_config;
mod frozen_hooks;
mod git_guards;
mod grounds;
mod hooks;
mod hub;
mod hunks;
mod ignored_files;
mod index;
mod inner;
mod keep_inside;
mod ledger;
mod left_out;
mod leftovers;
mod listing;
mod loose_refs;
mod maintenance;
mod make;
mod markers;
mod merge;
mod merge_driver;
mod merging;
mod notes;
mod object_watch;
mod odd;
mod outside;
mod own_checkout;
mod patch;
mod pathspec_tree;
mod pool_folder;
mod preflight;
mod pruned;
mod reach;
mod read;
mod refs;
mod remote;
mod repo;
mod reset;
mod rewrite;
mod salvage;
mod session;
mod size;
mod slot;
mod slot_index;
mod slot_state;
mod snapshot;
mod spare_places;
mod spares;
mod sparse;
mod stamp;
mod submodule;
mod submodule_reach;
mod survey;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tree;
mod user;
mod view;
mod worktree;

use call::Call;

pub use alike_names::{folded_path, names_alike};
pub use attributes::{MergeRules, declared_at};
pub use baseline::Baseline;
pub use by_hand::{begin_by_hand, close_by_hand, commit_by_hand, merge_by_hand, opened_by_hand, unsolved_by_hand};
pub use checkouts::{branch_of, is_worktree, own_worktrees};
pub use clone_view::show_as_clone;
pub use commit::commit_tree;
pub use commit_graph::{graph_folder, note_history};
pub use damage::{DamagedRef, damaged_refs, damaged_refs_of, reads_back};
pub use files::discard;
pub use frozen_config::freeze_config;
pub use frozen_hooks::{FrozenHooks, commit_hooks, freeze_hooks};
pub use git_guards::{forget_stops, stops};
pub use grounds::{SlotGrounds, slot_grounds};
pub use hooks::{add_trailers, staged_markers};
pub use hub::{HubRef, Pushed, WorkplaceOwner, ask_hub, has_refs, make_hub, make_workplace};
pub use hunks::{Hunk, Lines, Part, hunks, parts};
pub use ignored_files::IgnoredFiles;
pub use keep_inside::{KeptInside, keep_inside, moved_submodules, push_inside};
pub use leftovers::{
    LeftoverNote, LeftoverRules, Leftovers, commit_leftovers, join_last_two, reword_head, stage_commit,
};
pub use maintenance::{collect, keep_in_pack, write_commit_graph};
pub use make::{history, make_repository};
pub use markers::{DeclaredAttribute, MARKER_SIZE, MarkerWidth};
pub use merge::{ConflictKind, ConflictPath, MergeOutcome, StagedEntry, merge_batch, merge_declared, merge_one};
pub use merge_driver::MergeDriver;
pub use merging::{Unfinished, begin_merge, stage_solved};
pub use notes::{NOTES, write_notes};
pub use odd::{LookedThrough, Odd, remove_odd};
pub use outside::{Difference, FileState, Outside, keep_files, put_file_back, put_stash_back};
pub use own_checkout::{
    OwnCommit, author_of, commit_here, fast_forward, has_tree, keep_reset, merge_here, staged_paths, trailers_between,
    unfinished_work,
};
pub use patch::patch;
pub use pathspec_tree::tree_taking;
pub use pool_folder::{check_pool_folder, forget_pool_folder};
pub use preflight::{free_namespace, preflight};
pub use pruned::{check_written, is_of_pruning, may_tell_of_pruning, write_again};
pub use read::{
    Change, ChangeKind, CommitFiles, CommitInfo, FileDiff, Head, Line, TreeEntry, Upstream, file_diffs, library_version,
};
pub use refs::{
    Moved, RefChange, RefError, delete_refs, force_refs, let_go_below, let_go_of_folder, put_back, remove_stale_locks,
    stale_locks, transact,
};
pub use remote::BranchPush;
pub use repo::Repo;
pub use reset::{Ignored, SlotHead, Unclean, reset_known_slot, reset_slot};
pub use rewrite::{Rewritten, commit_onto, rewrite_without};
pub use salvage::{RestoreInto, Saved, SavedKind, restore, saved};
pub use size::checkout_size;
pub use slot::Slot;
pub use slot_state::{
    Look, commits_between, diff_text, disturbed, edited, find_slot, forget_index, ignored_files, is_ignored, look,
    merges_between, slot_branch, slot_head, stand_at, stand_on, unknown_paths,
};
pub use snapshot::{Snapshot, snapshot};
pub use spares::Spares;
pub use sparse::{left_out_of, set_sparse, sparse_settings};
pub use submodule_reach::{Fetchable, SubmoduleLack, WhySubmoduleLacks, pointer_fetchable, submodules_lacking};
pub use survey::Exact;
pub use tree::replace_files;
pub use user::{checked_out_in, merge_drivers, merge_settings};
pub use view::{GitView, PackedStamp, copy_packed, forget_view, stashed};
pub use worktree::{
    create_slot, detach_slot, discard_stale_place, empty_trash, ghost, points_home, recover_ghosts, remove_slot,
    set_aside_slot, slots,
};
