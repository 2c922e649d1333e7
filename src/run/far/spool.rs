//! What this machine took for others, and how far it is. It lies in the state folder, where no fence lets an agent look.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use super::far_job::Errand;
use super::far_site::make_private;
use crate::journal::RunLock;
use crate::model::{Error, ErrorKind, Result};
use crate::process::ProcessId;
use crate::run::sealing::state_of;

/// The longest that a process takes until it stands on its own feet.
const BEGIN: Duration = Duration::from_secs(30);
/// Between two looks at whether it does.
const LOOK: Duration = Duration::from_millis(10);
/// How long what has ended is remembered.
const REMEMBERED: Duration = Duration::from_secs(7 * 24 * 3600);

/// Where taken work is noted.
#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
}

/// How far taken work is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpoolState {
    /// Its process is there.
    Running,
    /// It came to its end.
    Exited(i32),
    /// It did not: why.
    Gone(String),
    /// It will not be done here: why.
    Refused(String),
}

impl SpoolState {
    /// As it is answered, in a line.
    pub fn line(&self) -> String {
        match self {
            SpoolState::Running => "running".to_owned(),
            SpoolState::Exited(code) => format!("exited {code}"),
            SpoolState::Gone(why) => format!("gone {}", why.replace('\n', "; ")),
            SpoolState::Refused(why) => format!("refused {}", why.replace('\n', "; ")),
        }
    }
}

impl Spool {
    /// The spool of this user.
    ///
    /// # Errors
    /// The state folder cannot be used.
    pub fn open(env: &BTreeMap<String, String>) -> Result<Spool> {
        let folder = state_of(env)?.join("work");
        make_private(&folder)?;
        Ok(Spool { folder })
    }

    fn of(&self, id: &str) -> Result<PathBuf> {
        if id.is_empty() || id.starts_with('.') || id.contains(['/', '\0']) {
            return Err(Error::new(ErrorKind::Usage, "looking for work", format!("`{id}` is no name of work")));
        }
        Ok(self.folder.join(id))
    }

    /// The log of work: what its program says.
    ///
    /// # Errors
    /// There is no such work.
    pub fn log(&self, id: &str) -> Result<PathBuf> {
        Ok(self.of(id)?.join("log"))
    }

    /// Takes work, once: who asks again is told that it is here. `start` starts its process.
    ///
    /// # Errors
    /// The disk refuses, or it cannot be started.
    pub fn take(&self, errand: &Errand, start: impl FnOnce(&str) -> Result<ProcessId>) -> Result<String> {
        let id = errand.id();
        let folder = self.of(&id)?;
        let _one = RunLock::wait(&self.folder.join("lock"))?;
        self.forget_old();
        if folder.join("process.json").exists() {
            return Ok(id);
        }
        make_private(&folder)?;
        let failed = |e: std::io::Error| Error::failed(format!("taking `{id}`"), e);
        let write = |name: &str, bytes: &[u8]| -> Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(failed)?;
            file.write_all(bytes).map_err(failed)?;
            file.persist(folder.join(name)).map(drop).map_err(|e| failed(e.error))
        };
        let json = |e: serde_json::Error| Error::failed(format!("taking `{id}`"), e);
        write("errand.json", &serde_json::to_vec(errand).map_err(json)?)?;
        let process = start(&id)?;
        write("process.json", &serde_json::to_vec(&(process.host_name(), &process)).map_err(json)?)?;
        wait_for_begin(&folder, &process);
        Ok(id)
    }

    /// The errand of work: read once, then gone.
    ///
    /// # Errors
    /// It was read before, or never taken.
    pub fn errand(&self, id: &str) -> Result<Errand> {
        let file = self.of(id)?.join("errand.json");
        let failed = |e: String| Error::failed(format!("reading what `{id}` is"), e);
        let text = fs::read(&file).map_err(|e| failed(e.to_string()))?;
        fs::remove_file(&file).map_err(|e| failed(e.to_string()))?;
        serde_json::from_slice(&text).map_err(|e| failed(e.to_string()))
    }

    /// Notes how work came to its end.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn end(&self, id: &str, state: &SpoolState) -> Result<()> {
        let file = self.of(id)?.join("ended");
        fs::write(&file, state.line()).map_err(|e| Error::failed(format!("noting the end of `{id}`"), e))
    }

    /// Asks work to end.
    ///
    /// # Errors
    /// There is no such work.
    pub fn cancel(&self, id: &str) -> Result<()> {
        let file = self.of(id)?.join("cancel");
        fs::write(file, "").map_err(|e| Error::failed(format!("ending `{id}`"), e))
    }

    /// Whether it was asked to end.
    pub fn is_cancelled(&self, id: &str) -> bool {
        self.of(id).is_ok_and(|folder| folder.join("cancel").exists())
    }

    /// How far work is.
    pub fn state(&self, id: &str) -> SpoolState {
        let gone = |why: &str| SpoolState::Gone(why.to_owned());
        let Ok(folder) = self.of(id) else { return gone("that is no name of work") };
        if let Some(state) = ended(&folder) {
            return state;
        }
        let process = fs::read(folder.join("process.json")).ok();
        let process = process.and_then(|text| serde_json::from_slice::<(String, ProcessId)>(&text).ok());
        let Some((host, process)) = process else { return gone("it was not taken here") };
        if host != process.host_name() {
            return SpoolState::Gone(format!("it was taken on `{host}`, which has the same home folder"));
        }
        if process.is_alive() {
            return SpoolState::Running;
        }
        // It may have come to its end in this very moment.
        ended(&folder).unwrap_or_else(|| gone("its process was killed"))
    }

    fn forget_old(&self) {
        let old = |file: &PathBuf| {
            let at = fs::metadata(file).and_then(|data| data.modified()).ok();
            at.and_then(|at| SystemTime::now().duration_since(at).ok()).is_some_and(|age| age > REMEMBERED)
        };
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if old(&entry.path().join("ended")) {
                // What cannot be removed now is removed another time.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// Waits until taken work has read its errand. Who started it must not end before it stands on its own feet: a process can
/// leave the session of its parent only while there is one. One that ended at once is found out by whoever asks for it.
fn wait_for_begin(folder: &std::path::Path, process: &ProcessId) {
    let begun = Instant::now();
    while folder.join("errand.json").exists() && process.is_alive() && begun.elapsed() < BEGIN {
        std::thread::sleep(LOOK);
    }
}

fn ended(folder: &std::path::Path) -> Option<SpoolState> {
    let text = fs::read_to_string(folder.join("ended")).ok()?;
    let (word, rest) = text.split_once(' ')?;
    Some(match word {
        "refused" => SpoolState::Refused(rest.to_owned()),
        "exited" => SpoolState::Exited(rest.parse().ok()?),
        _ => SpoolState::Gone(rest.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::far_work::FarWork;
    use super::*;
    use crate::model::AttemptId;

    #[test]
    fn work_is_taken_once_and_its_errand_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let env = BTreeMap::from([("HOME".to_owned(), folder.path().display().to_string())]);
        let spool = Spool::open(&env).unwrap();
        let errand = Errand {
            version: "1".into(),
            run: "20261120-1812-k3".parse().unwrap(),
            work: FarWork::Attempt(AttemptId { task: "T1".parse().unwrap(), n: 1 }),
            hub: "/hub".into(),
            hub_there: String::new(),
            claim: "0123456789012345678901234567890123456789".parse().unwrap(),
            key: "k".into(),
            secrets: BTreeMap::from([("KEY".to_owned(), "secret".to_owned())]),
            copies: Vec::new(),
        };
        assert!(matches!(spool.state(&errand.id()), SpoolState::Gone(_)));
        let mut started = 0;
        for _ in 0..2 {
            let id = spool.take(&errand, |id| {
                started += 1;
                // It reads its errand, in its time.
                let again = spool.clone();
                let id = id.to_owned();
                std::thread::spawn(move || again.errand(&id));
                Ok(ProcessId::this())
            });
            assert_eq!(id.unwrap(), errand.id());
        }
        assert_eq!(started, 1);
        assert_eq!(spool.state(&errand.id()), SpoolState::Running);
        assert!(spool.errand(&errand.id()).is_err(), "and no secret is left");
        assert!(!spool.is_cancelled(&errand.id()));
        spool.cancel(&errand.id()).unwrap();
        assert!(spool.is_cancelled(&errand.id()));
        spool.end(&errand.id(), &SpoolState::Gone("a\nb".into())).unwrap();
        assert_eq!(spool.state(&errand.id()), SpoolState::Gone("a; b".into()));
        assert!(spool.cancel("../x").is_err() && spool.errand(".").is_err());
    }

    #[test]
    fn a_process_that_was_killed_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let env = BTreeMap::from([("HOME".to_owned(), folder.path().display().to_string())]);
        let spool = Spool::open(&env).unwrap();
        let noted = folder.path().join(".local/state/git-orca/work/x");
        fs::create_dir(&noted).unwrap();
        let me = ProcessId::this();
        let dead = ProcessId { start: me.start + 1, ..me.clone() };
        let note = |host: &str, process: &ProcessId| {
            fs::write(noted.join("process.json"), serde_json::to_vec(&(host, process)).unwrap()).unwrap();
        };
        note(&me.host_name(), &dead);
        assert_eq!(spool.state("x"), SpoolState::Gone("its process was killed".into()));
        note("elsewhere", &me);
        assert!(matches!(spool.state("x"), SpoolState::Gone(why) if why.contains("elsewhere")));
    }
}
