//! The room that worktrees may take (`limits.disk`). What nobody uses and can be made again goes first, the longest unused
//! before the others, and it is said before it happens: worktrees whose work lies in refs, with what was built in them.

use std::time::SystemTime;

use super::slot_notes::{keep_foreign_commits, left_at};
use super::{setup, teardown};
use crate::git::{self, Slot};
use crate::model::Result;
use crate::process;
use crate::run::run_env::RunEnv;
use crate::run::watching::space::size_of;
use crate::settings::units::show_size;

/// A worktree, as far as its room goes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SlotRoom<T> {
    slot: T,
    bytes: u64,
    used: SystemTime,
    /// Whether it may go.
    is_idle: bool,
}

/// What goes.
#[derive(Debug, Clone)]
pub struct RoomPlan {
    taken: u64,
    allowed: u64,
    go: Vec<(Slot, u64)>,
}

/// Those that go, so that the rest takes no more than is allowed; the longest unused first.
fn choose<T: Clone>(mut slots: Vec<SlotRoom<T>>, taken: u64, allowed: u64) -> Vec<(T, u64)> {
    slots.sort_by_key(|it| it.used);
    let mut left = taken;
    let mut go = Vec::new();
    for it in slots.into_iter().filter(|it| it.is_idle && it.bytes > 0) {
        if left <= allowed {
            break;
        }
        left = left.saturating_sub(it.bytes);
        go.push((it.slot, it.bytes));
    }
    go
}

/// What has to go before anything begins; none where the room is enough, or nothing says how much it is. Nobody may work
/// in a worktree of the run meanwhile.
pub fn plan_room(site: &RunEnv) -> Option<RoomPlan> {
    let allowed = site.info.options.limits.disk?;
    let taken = taken(site);
    let go = if taken > allowed { choose(rooms(site), taken, allowed) } else { Vec::new() };
    (taken > allowed).then_some(RoomPlan { taken, allowed, go })
}

/// Bytes below the folders of the worktrees.
fn taken(site: &RunEnv) -> u64 {
    let folders = [&site.slots, &site.gate_slots];
    let twice = site.gate_slots == site.slots;
    folders.into_iter().take(if twice { 1 } else { 2 }).map(|folder| size_of(folder)).sum()
}

/// The worktrees of runs: not those that a person opened, and not those of `git orca validate`.
fn rooms(site: &RunEnv) -> Vec<SlotRoom<Slot>> {
    let of = |folder, letter: char| {
        let is_runs = move |slot: &Slot| {
            slot.name.strip_prefix(letter).is_some_and(|n| n.bytes().all(|byte| byte.is_ascii_digit()))
        };
        git::slots(&site.repo, folder).into_iter().filter(is_runs)
    };
    of(&site.slots, 'a').chain(of(&site.gate_slots, 'g')).map(|slot| room_of(site, slot)).collect()
}

fn room_of(site: &RunEnv, slot: Slot) -> SlotRoom<Slot> {
    let noted = std::fs::metadata(left_at(&site.slots, &slot.name)).or_else(|_| std::fs::metadata(&slot.admin));
    // What gates left beside the files that they judged is nobody's work.
    let is_untouched = || slot.name.starts_with('g') || matches!(git::edited(&site.repo, &slot), Ok(None));
    SlotRoom {
        bytes: size_of(&slot.path),
        used: noted.and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH),
        is_idle: process::working_in(&slot.path).is_none() && is_untouched(),
        slot,
    }
}

impl RoomPlan {
    /// What will happen, for people.
    pub fn words(&self) -> String {
        let names: Vec<&str> = self.go.iter().map(|(slot, _)| slot.name.as_str()).collect();
        let freed: u64 = self.go.iter().map(|(_, bytes)| bytes).sum();
        let over = format!(
            "the worktrees take {}, and `limits.disk` allows {}",
            show_size(self.taken),
            show_size(self.allowed)
        );
        match names.as_slice() {
            [] => format!("{over}: none of them can go now"),
            names => format!(
                "{over}: removing {} ({}), which nobody uses and which can be made again",
                names.join(", "),
                show_size(freed)
            ),
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// A worktree cannot be removed.
    pub fn perform(&self, site: &RunEnv) -> Result<()> {
        self.go.iter().try_for_each(|(slot, _)| take_away(site, slot))?;
        git::empty_trash(&site.slots);
        git::empty_trash(&site.gate_slots);
        Ok(())
    }
}

/// Removes a worktree that is this worker's, or nobody's. The commits that it stood at stay reachable.
pub fn take_away(site: &RunEnv, slot: &Slot) -> Result<()> {
    keep_foreign_commits(site, slot)?;
    if let Some(why) = teardown::tear_down(&site.slots, slot) {
        tracing::warn!(worktree = slot.name, why, "what ends with it failed");
    }
    setup::forget(site, &slot.name);
    git::remove_slot(&site.repo, slot)
}

/// Whether the worktrees take more than they may, as far as it is known: in words for the worktree that is used next.
pub fn tight(site: &RunEnv, slot: &Slot) -> Option<String> {
    let allowed = site.info.options.limits.disk?;
    let taken = site.room.look(|| taken(site));
    (taken > allowed).then(|| {
        format!(
            "worktree `{}`: the worktrees take {}, and `limits.disk` allows {}; it is made anew, without what was built in it",
            slot.name,
            show_size(taken),
            show_size(allowed)
        )
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_longest_unused_go_first_and_no_more_than_have_to() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let slot = |slot, bytes, used, is_idle| SlotRoom { slot, bytes, used: at(used), is_idle };
        let all =
            vec![slot("a1", 10, 3, true), slot("a2", 20, 1, true), slot("a3", 40, 0, false), slot("g1", 5, 2, true)];
        let go = |allowed| choose(all.clone(), 80, allowed).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(go(80), Vec::<&str>::new());
        assert_eq!(go(79), ["a2"]);
        assert_eq!(go(60), ["a2"]);
        assert_eq!(go(59), ["a2", "g1"]);
        assert_eq!(go(0), ["a2", "g1", "a1"], "what is used stays, however little is allowed");
    }

    #[test]
    fn it_says_what_goes_and_how_much_that_is() {
        let slot = Slot { name: "a2".into(), path: "/s/a2".into(), admin: "/r/a2".into() };
        let plan = RoomPlan { taken: 3 << 30, allowed: 1 << 30, go: vec![(slot, 700 << 20)] };
        let words = "the worktrees take 3 GB, and `limits.disk` allows 1 GB: removing a2 (700 MB), which nobody uses \
                     and which can be made again";
        assert_eq!(plan.words(), words);
        assert!(RoomPlan { go: Vec::new(), ..plan }.words().ends_with("none of them can go now"));
    }
}
