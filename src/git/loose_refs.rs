//! Refs as files: which there are, and their values.
//!
//! git replaces such a file by renaming its lock, which shows in the folder. Where nobody but git and we can write, a folder
//! that has not changed holds what it held: of a run with a thousand attempts a thousand folders are looked at, and no file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::files::read_text;
use super::stamp::PathStamp;
use crate::model::Oid;

/// The file of a ref and its value; none: it has none of its own.
pub(super) type LooseRef = (PathStamp, Option<Oid>);

/// A folder of refs as it was listed.
#[derive(Debug, Clone)]
pub(super) struct RefFolder {
    stamp: PathStamp,
    listed: Arc<ListedFolder>,
}

/// What lies in a folder of refs, by full names.
#[derive(Debug, Default)]
struct ListedFolder {
    folders: Vec<String>,
    refs: Vec<String>,
}

/// Which refs are looked at.
pub(super) struct WantedRefs {
    /// Those of the run: a folder of refs, with a slash.
    pub(super) own: String,
    /// Whether nobody but git and we can write them.
    pub(super) closed: bool,
}

impl WantedRefs {
    /// Whether refs of this folder are.
    pub(super) fn folder(&self, name: &str) -> bool {
        let name = format!("{name}/");
        !name.starts_with("refs/orca/") || self.own.starts_with(&name) || name.starts_with(&self.own)
    }

    fn is_closed(&self, name: &str) -> bool {
        self.closed && name.starts_with(&self.own)
    }
}

/// All loose refs that are wanted, and the folders that need not be listed again. `refs` and `folders` are those of the
/// look before.
pub(super) fn loose_refs(
    common: &Path,
    wanted: &WantedRefs,
    refs: &BTreeMap<String, LooseRef>,
    folders: &BTreeMap<String, RefFolder>,
) -> (BTreeMap<String, LooseRef>, BTreeMap<String, RefFolder>) {
    let mut look = RefLook { common, wanted, before: (refs, folders), refs: BTreeMap::new(), folders: BTreeMap::new() };
    look.enter_folder("refs");
    (look.refs, look.folders)
}

struct RefLook<'a> {
    common: &'a Path,
    wanted: &'a WantedRefs,
    before: (&'a BTreeMap<String, LooseRef>, &'a BTreeMap<String, RefFolder>),
    refs: BTreeMap<String, LooseRef>,
    folders: BTreeMap<String, RefFolder>,
}

impl RefLook<'_> {
    fn enter_folder(&mut self, folder: &str) {
        // Before it is listed: what comes later changes it.
        let stamp = PathStamp::of(&self.common.join(folder)).filter(|_| self.wanted.is_closed(folder));
        let known = self.before.1.get(folder).filter(|known| stamp == Some(known.stamp));
        let (listed, is_known) = match known {
            Some(known) => (Arc::clone(&known.listed), true),
            None => (Arc::new(self.list(folder)), false),
        };
        for name in &listed.refs {
            self.take(name, is_known);
        }
        for name in listed.folders.iter().filter(|name| self.wanted.folder(name)) {
            self.enter_folder(name);
        }
        if let Some(stamp) = stamp.filter(|stamp| is_known || stamp.is_settled()) {
            self.folders.insert(folder.to_owned(), RefFolder { stamp, listed });
        }
    }

    fn list(&self, folder: &str) -> ListedFolder {
        let mut found = ListedFolder::default();
        for item in fs::read_dir(self.common.join(folder)).into_iter().flatten().flatten() {
            let Ok(name) = item.file_name().into_string() else { continue };
            let name = format!("{folder}/{name}");
            match item.file_type() {
                Ok(kind) if kind.is_dir() => found.folders.push(name),
                _ if name.ends_with(".lock") => {}
                _ => found.refs.push(name),
            }
        }
        found
    }

    /// Takes a ref; one in a folder that is as it was, as it was.
    fn take(&mut self, name: &str, is_known: bool) {
        let known = self.before.0.get(name);
        if let Some(known) = known.filter(|(stamp, _)| is_known && stamp.is_known()) {
            self.refs.insert(name.to_owned(), known.clone());
            return;
        }
        let file = self.common.join(name);
        let Some(stamp) = PathStamp::of(&file) else { return };
        let value = match known {
            Some((before, value)) if *before == stamp => value.clone(),
            // A symbolic ref has no value of its own.
            _ => read_text(&file).ok().and_then(|text| text.trim().parse().ok()),
        };
        self.refs.insert(name.to_owned(), (stamp, value));
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::super::testing::{Fixture, git};
    use super::*;

    /// Makes the folder look as if nothing had changed in it for an hour.
    fn settle(folder: &Path) {
        let hour = SystemTime::now() - Duration::from_secs(3600);
        fs::File::open(folder).unwrap().set_modified(hour).unwrap();
    }

    #[test]
    fn a_folder_that_is_closed_and_unchanged_is_not_listed_again_and_every_move_is_seen() {
        let fixture = Fixture::new();
        let (root, common) = (fixture.root(), fixture.repo().common_dir().to_owned());
        let (one, other) = (fixture.commit("one", &[("a", "1")]), fixture.commit("other", &[("a", "2")]));
        let (name, folder) = ("refs/orca/runs/r/attempt/A/1", common.join("refs/orca/runs/r/attempt/A"));
        git(&root, &["update-ref", name, one.as_str()]);
        let wanted = |closed| WantedRefs { own: "refs/orca/runs/r/".to_owned(), closed };
        let none = (BTreeMap::new(), BTreeMap::new());
        let value = |look: &(BTreeMap<String, LooseRef>, _)| look.0.get(name).and_then(|(_, value)| value.clone());
        let fresh = loose_refs(&common, &wanted(true), &none.0, &none.1);
        assert_eq!(value(&fresh), Some(one.clone()));
        assert!(fresh.1.is_empty(), "what has just changed may change again in the same tick");
        settle(&folder);
        let settled = loose_refs(&common, &wanted(true), &fresh.0, &fresh.1);
        assert!(settled.1.contains_key("refs/orca/runs/r/attempt/A"));
        // Whoever writes into the file itself, which only an agent without a fence can, is seen where it is not closed.
        fs::write(common.join(name), format!("{other}\n")).unwrap();
        let open = loose_refs(&common, &wanted(false), &settled.0, &settled.1);
        assert_eq!((value(&open), open.1.len()), (Some(other.clone()), 0));
        fs::write(common.join(name), format!("{one}\n")).unwrap();
        let closed = loose_refs(&common, &wanted(true), &settled.0, &settled.1);
        assert_eq!(value(&closed), Some(one.clone()));
        // git itself is seen in any case, whether it moves, makes or deletes.
        git(&root, &["update-ref", name, other.as_str()]);
        git(&root, &["update-ref", "refs/orca/runs/r/attempt/A/2", other.as_str()]);
        let moved = loose_refs(&common, &wanted(true), &closed.0, &closed.1);
        assert_eq!(value(&moved), Some(other));
        assert!(moved.0.contains_key("refs/orca/runs/r/attempt/A/2"));
        git(&root, &["update-ref", "-d", name]);
        assert_eq!(value(&loose_refs(&common, &wanted(true), &moved.0, &moved.1)), None);
    }
}
