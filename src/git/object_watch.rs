//! Watches a repository's loose objects: each that is written gets a second name and is put back when it is deleted; and all
//! that were written are brought to the disk together, before a ref names them.
//!
//! git itself waits for the disk once an object, one after the other; together they take little longer than one.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::spare_places::SparePlaces;

#[cfg(target_os = "linux")]
pub(super) use inotify::ObjectWatch;

#[cfg(target_os = "linux")]
mod inotify {
    use std::collections::BTreeMap;
    use std::fs;
    use std::os::fd::AsFd;
    use std::sync::{Mutex, PoisonError};

    use nix::errno::Errno;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, InotifyEvent, WatchDescriptor};

    use super::super::files::sync_files;
    use super::super::spare_places::is_hash;
    use super::{Arc, JoinHandle, SparePlaces, UnixStream, io};

    /// A watch over loose objects.
    #[derive(Debug)]
    pub(in crate::git) struct ObjectWatch {
        places: Arc<SparePlaces>,
        inotify: Inotify,
        top: WatchDescriptor,
        seen: Mutex<Seen>,
    }

    /// What was seen so far.
    #[derive(Debug, Default)]
    struct Seen {
        /// Folders under watch, by the first two digits of what lies in them.
        folders: BTreeMap<WatchDescriptor, String>,
        /// What was written since everything was last brought to the disk.
        written: Vec<String>,
    }

    impl ObjectWatch {
        /// Watches in a thread of its own, until the stream is closed.
        pub(in crate::git) fn start(
            places: &Arc<SparePlaces>,
        ) -> io::Result<(Arc<ObjectWatch>, UnixStream, JoinHandle<()>)> {
            let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)?;
            let top = inotify.add_watch(&places.objects, AddWatchFlags::IN_CREATE | AddWatchFlags::IN_ONLYDIR)?;
            let watch = Arc::new(ObjectWatch { places: Arc::clone(places), inotify, top, seen: Mutex::default() });
            {
                let mut seen = watch.seen.lock().unwrap_or_else(PoisonError::into_inner);
                (0..=255_u8).try_for_each(|first| watch.enter(&mut seen, &format!("{first:02x}")))?;
            }
            let (ours, theirs) = UnixStream::pair()?;
            let watching = Arc::clone(&watch);
            let thread =
                std::thread::Builder::new().name("objects".to_owned()).spawn(move || watching.watch(&theirs))?;
            Ok((watch, ours, thread))
        }

        /// Brings to the disk what was written until now by processes that have ended or answered.
        ///
        /// # Errors
        /// The disk refuses.
        pub(in crate::git) fn sync(&self) -> io::Result<()> {
            let written = {
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                self.take_all(&mut seen);
                std::mem::take(&mut seen.written)
            };
            // One that is gone is missed by whoever reads it.
            sync_files(&written.iter().map(|hash| self.places.object(hash)).collect::<Vec<_>>())
        }

        /// Watches a folder, if it is there.
        fn enter(&self, seen: &mut Seen, first: &str) -> io::Result<()> {
            let what = AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO | AddWatchFlags::IN_DELETE;
            match self.inotify.add_watch(&self.places.objects.join(first), what | AddWatchFlags::IN_ONLYDIR) {
                Ok(watch) => drop(seen.folders.insert(watch, first.to_owned())),
                Err(Errno::ENOENT | Errno::ENOTDIR) => {}
                Err(error) => return Err(error.into()),
            }
            Ok(())
        }

        fn watch(&self, end: &UnixStream) {
            loop {
                let both = [self.inotify.as_fd(), end.as_fd()];
                let mut both = both.map(|fd| PollFd::new(fd, PollFlags::POLLIN));
                let waited = poll(&mut both, PollTimeout::NONE);
                if waited.is_err_and(|error| error != Errno::EINTR) || both[1].any().unwrap_or(true) {
                    return;
                }
                self.take_all(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
            }
        }

        fn take_all(&self, seen: &mut Seen) {
            while let Ok(events) = self.inotify.read_events() {
                events.into_iter().for_each(|event| self.take(seen, event));
            }
        }

        fn take(&self, seen: &mut Seen, event: InotifyEvent) {
            if event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW) {
                return self.places.put_all_back();
            }
            if event.mask.contains(AddWatchFlags::IN_IGNORED) {
                seen.folders.remove(&event.wd);
                return;
            }
            let Some(name) = event.name.as_deref().and_then(|name| name.to_str()) else { return };
            if event.wd == self.top {
                return self.look_into(seen, name);
            }
            let Some(hash) = seen.folders.get(&event.wd).map(|first| format!("{first}{name}")) else { return };
            match (is_hash(&hash), event.mask.contains(AddWatchFlags::IN_DELETE)) {
                (true, true) => self.places.put_back(&hash),
                (true, false) => self.written(seen, hash),
                (false, _) => {}
            }
        }

        fn written(&self, seen: &mut Seen, hash: String) {
            self.places.keep(&hash);
            seen.written.push(hash);
        }

        /// A folder that has just been made may have objects in it already.
        fn look_into(&self, seen: &mut Seen, first: &str) {
            if first.len() != 2 || self.enter(seen, first).is_err() {
                return;
            }
            for item in fs::read_dir(self.places.objects.join(first)).into_iter().flatten().flatten() {
                let hash = item.file_name().to_str().map(|name| format!("{first}{name}"));
                if let Some(hash) = hash.filter(|hash| is_hash(hash)) {
                    self.written(seen, hash);
                }
            }
        }
    }
}

/// A watch over loose objects: only Linux has one.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub(super) struct ObjectWatch;

#[cfg(not(target_os = "linux"))]
impl ObjectWatch {
    pub(super) fn start(_: &Arc<SparePlaces>) -> io::Result<(Arc<ObjectWatch>, UnixStream, JoinHandle<()>)> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}
