//! What one run holds of the machine's places, and fairness between runs.
//!
//! Every run sits on a numbered seat (a locked file). A run that has less than its fair share and wants more is *hungry*
//! (another locked file); while somebody else is hungry, a run takes nothing beyond its fair share and gives back what it
//! holds beyond and does not use. Locks go with the process that holds them, so that nobody is counted who is gone.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::places::{HeldPlace, Places, private_folder};
use crate::model::{Error, Result};

/// One run's part of the pool.
#[derive(Debug)]
pub struct Share {
    places: Places,
    held: Vec<HeldPlace>,
    seats: PathBuf,
    hungers: PathBuf,
    seat: u32,
    _seated: File,
    hungry: Option<File>,
}

/// Runs looked at: more at once on one machine are not expected, and only fairness suffers.
const MOST_RUNS: u32 = 64;

impl Share {
    /// A share of the user's pool of `total` places, with nothing held.
    ///
    /// # Errors
    /// The pool's folder cannot be used, or every seat is taken.
    pub fn open(total: u32) -> Result<Share> {
        Share::of(Places::open(total)?)
    }

    /// A share of `places`.
    ///
    /// # Errors
    /// As [`Share::open`].
    pub fn of(places: Places) -> Result<Share> {
        let (seats, hungers) = (places.beside("runs"), places.beside("hungry"));
        private_folder(&seats)?;
        private_folder(&hungers)?;
        for seat in 0..MOST_RUNS {
            if let Some(seated) = try_lock(&seats, seat)? {
                return Ok(Share { places, held: Vec::new(), seats, hungers, seat, _seated: seated, hungry: None });
            }
        }
        Err(Error::failed("joining the runs of this machine", format!("{MOST_RUNS} runs are active")))
    }

    /// Places held.
    pub fn held(&self) -> u32 {
        self.held.len() as u32
    }

    /// Holds up to `want` places, of which `used` cannot be given back now, and tells how many may be in use: fewer than
    /// are held while somebody else is hungry, so that what ends is not replaced. Never waits; ask again for the rest.
    ///
    /// # Errors
    /// A lock file cannot be used.
    pub fn adjust(&mut self, want: u32, used: u32) -> Result<u32> {
        let fair = (self.places.total() / self.runs()?.max(1)).max(1);
        let most = if self.others_hungry()? { want.min(fair) } else { want };
        self.held.truncate(most.max(used) as usize);
        if let Some(missing) = most.checked_sub(self.held()).filter(|missing| *missing > 0) {
            self.held.extend(self.places.try_take(missing)?);
        }
        let hungry = self.held() < want.min(fair);
        match (&self.hungry, hungry) {
            (None, true) => self.hungry = try_lock(&self.hungers, self.seat)?,
            (Some(_), false) => self.hungry = None,
            _ => {}
        }
        Ok(self.held().min(most))
    }

    /// Runs that are active, this one included.
    fn runs(&self) -> Result<u32> {
        Ok(1 + others(&self.seats, self.seat)?.len() as u32)
    }

    fn others_hungry(&self) -> Result<bool> {
        Ok(!others(&self.hungers, self.seat)?.is_empty())
    }
}

/// Numbers but `own` that somebody holds.
fn others(folder: &Path, own: u32) -> Result<Vec<u32>> {
    let failed = |e: std::io::Error| Error::failed(format!("looking into `{}`", folder.display()), e);
    let mut held = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".lock")).and_then(|n| n.parse::<u32>().ok());
        // Looking takes a free lock for a moment: whoever wanted it just then asks again.
        if let Some(n) = number.filter(|n| *n != own)
            && try_lock(folder, n)?.is_none()
        {
            held.push(n);
        }
    }
    Ok(held)
}

fn try_lock(folder: &Path, n: u32) -> Result<Option<File>> {
    let path = folder.join(format!("{n}.lock"));
    let failed = |e: std::io::Error| Error::failed(format!("locking `{}`", path.display()), e);
    let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(why)) => Err(failed(why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(folder: &Path) -> Share {
        Share::of(Places::open_in(&folder.join("git-orca"), 4).unwrap()).unwrap()
    }

    #[test]
    fn alone_a_run_takes_all_and_returns_what_it_does_not_use() {
        let folder = tempfile::tempdir().unwrap();
        let mut one = share(folder.path());
        assert_eq!(one.adjust(9, 0).unwrap(), 4);
        assert_eq!((one.adjust(2, 3).unwrap(), one.held()), (2, 3), "three are in use");
        assert_eq!(one.adjust(2, 0).unwrap(), 2);
    }

    #[test]
    fn two_runs_end_up_with_half_each_and_the_last_one_with_all() {
        let folder = tempfile::tempdir().unwrap();
        let (mut one, mut two) = (share(folder.path()), share(folder.path()));
        assert_eq!(one.adjust(9, 0).unwrap(), 4, "nobody else wants any yet");
        assert_eq!(two.adjust(9, 0).unwrap(), 0, "hungry");
        assert_eq!((one.adjust(9, 4).unwrap(), one.held()), (2, 4), "all of them work; none that ends is replaced");
        assert_eq!((one.adjust(9, 1).unwrap(), one.held()), (2, 2), "three have ended: the fair share stays");
        assert_eq!(two.adjust(9, 0).unwrap(), 2);
        assert_eq!(one.adjust(9, 2).unwrap(), 2);
        drop(one);
        assert_eq!(two.adjust(9, 2).unwrap(), 4);
    }

    #[test]
    fn more_runs_than_places_take_turns() {
        let folder = tempfile::tempdir().unwrap();
        let mut runs: Vec<Share> = (0..6).map(|_| share(folder.path())).collect();
        let held: Vec<u32> = runs.iter_mut().map(|run| run.adjust(3, 0).unwrap()).collect();
        assert_eq!(held.iter().sum::<u32>(), 4);
        // Whoever has more than one and does not use it gives it to those who have none.
        let again: Vec<u32> = runs.iter_mut().map(|run| run.adjust(3, 0).unwrap()).collect();
        assert_eq!(again, [1, 1, 1, 1, 0, 0]);
    }
}
