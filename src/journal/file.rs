//! The journal's file: JSON lines, each with a checksum of itself; appended in one write and one fdatasync a step.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::event::Entry;
use super::later::{foreign_entry, refuse_foreign, refuse_newer};
use super::lock::RunLock;
use super::state::RunState;
use super::watch::JournalWatch;
use crate::model::{Error, ErrorKind, Place, Result};

/// What stands before the checksum at the end of each line.
const SUM: &str = ",\"sum\":\"";
/// Bytes of the checksum's field: `,"sum":"01234567"}`.
const SUM_LEN: usize = SUM.len() + 8 + 2;

/// An open journal of a run, held by its only writer.
#[derive(Debug)]
pub struct Journal {
    watch: Arc<JournalWatch>,
    seq: u64,
}

impl Journal {
    /// Makes the journal of a new run.
    ///
    /// # Errors
    /// It exists, or cannot be written.
    pub fn create(path: &Path, _lock: &RunLock) -> Result<Journal> {
        let doing = || format!("creating the journal `{}`", path.display());
        let file = OpenOptions::new()
            .create_new(true)
            .append(true)
            .read(true)
            .mode(crate::model::PRIVATE_MODE)
            .open(path)
            .map_err(|e| Error::failed(doing(), e))?;
        if let Some(folder) = path.parent() {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| Error::failed(doing(), e))?;
        }
        let watch = JournalWatch::new(path, file).map_err(|e| Error::failed(doing(), e))?;
        Ok(Journal { watch, seq: 0 })
    }

    /// Opens a run's journal to go on with it, and drops a torn last line.
    ///
    /// # Errors
    /// It cannot be read or written, is damaged before its last line, of a newer format, or holds entries of a later
    /// program: what those mean for what follows nobody here knows.
    pub fn reopen(path: &Path, _lock: &RunLock) -> Result<(Journal, Vec<Entry>)> {
        let doing = || format!("opening the journal `{}`", path.display());
        let (entries, good) = parse(path, &read_all(path)?)?;
        refuse_foreign(path, &entries)?;
        let file = OpenOptions::new().read(true).append(true).open(path).map_err(|e| Error::failed(doing(), e))?;
        file.set_len(good).map_err(|e| Error::failed(doing(), e))?;
        let seq = entries.last().map_or(0, |entry| entry.seq);
        let watch = JournalWatch::new(path, file).map_err(|e| Error::failed(doing(), e))?;
        Ok((Journal { watch, seq }, entries))
    }

    /// Sequence number of the last entry.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// What notices when somebody else writes to it.
    pub fn watch(&self) -> Arc<JournalWatch> {
        Arc::clone(&self.watch)
    }

    /// Appends entries that follow on the last one, in one write, and waits until they are on the disk.
    ///
    /// # Errors
    /// The disk refuses. Nothing that these entries announce may then be done.
    pub fn append(&mut self, entries: &[Entry]) -> Result<()> {
        self.write(entries, true)
    }

    /// As [`Journal::append`], for what is on the disk early enough when the next entries are: a killed process loses nothing
    /// of it, a machine without power may.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn append_soon(&mut self, entries: &[Entry]) -> Result<()> {
        self.write(entries, false)
    }

    fn write(&mut self, entries: &[Entry], waits: bool) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut lines = String::new();
        for entry in entries {
            lines.push_str(&line_of(entry)?);
        }
        self.watch.append(lines.as_bytes(), waits)?;
        self.seq = entries.last().map_or(self.seq, |entry| entry.seq);
        Ok(())
    }
}

fn line_of(entry: &Entry) -> Result<String> {
    let mut line = serde_json::to_string(entry).map_err(|e| Error::failed("writing a journal entry", e))?;
    let sum = crc32fast::hash(line.as_bytes());
    line.pop();
    line.push_str(&format!("{SUM}{sum:08x}\"}}\n"));
    Ok(line)
}

/// Reads a line back: `None` when the checksum or the JSON is wrong.
fn entry_of(line: &[u8]) -> Option<Entry> {
    summed_entry(line).map(|(entry, _)| entry)
}

/// The same, with the checksum.
fn summed_entry(line: &[u8]) -> Option<(Entry, u32)> {
    let cut = line.len().checked_sub(SUM_LEN)?;
    let (body, tail) = line.split_at(cut);
    let tail = std::str::from_utf8(tail).ok()?;
    let sum = u32::from_str_radix(tail.strip_prefix(SUM)?.strip_suffix("\"}")?, 16).ok()?;
    let mut whole = Vec::with_capacity(cut + 1);
    whole.extend_from_slice(body);
    whole.push(b'}');
    if crc32fast::hash(&whole) != sum {
        return None;
    }
    let entry = serde_json::from_slice(&whole).ok().or_else(|| foreign_entry(&whole))?;
    Some((entry, sum))
}

fn read_all(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| {
        let kind = if e.kind() == std::io::ErrorKind::NotFound { ErrorKind::NotFound } else { ErrorKind::Failed };
        Error::new(kind, format!("reading the journal `{}`", path.display()), e.to_string())
    })
}

/// Entries of a journal, without any lock: readers never wait for the writer. A last line that is torn is left out.
///
/// # Errors
/// It cannot be read, is damaged before its last line, or of a newer format.
pub fn read_entries(path: &Path) -> Result<Vec<Entry>> {
    Ok(parse(path, &read_all(path)?)?.0)
}

/// The state that a journal comes to, as [`read_entries`] reads it. Entries are not kept: a journal of a day is large, the
/// state is not.
///
/// # Errors
/// As [`read_entries`], or it has no beginning.
pub fn replay_file(path: &Path) -> Result<RunState> {
    let mut state: Option<Result<RunState>> = None;
    scan(path, &read_all(path)?, |entry| match &mut state {
        None => state = Some(RunState::begin(&entry)),
        Some(Ok(state)) => state.apply(&entry),
        Some(Err(_)) => {}
    })?;
    state.unwrap_or_else(|| RunState::replay(&[]))
}

/// Entries, and the length of the file up to the last good line.
fn parse(path: &Path, bytes: &[u8]) -> Result<(Vec<Entry>, u64)> {
    let mut entries: Vec<Entry> = Vec::new();
    let good = scan(path, bytes, |entry| entries.push(entry))?;
    Ok((entries, good))
}

/// Gives each entry once, in order; and the length of the file up to the last good line.
fn scan(path: &Path, bytes: &[u8], mut take: impl FnMut(Entry)) -> Result<u64> {
    // By checksum: a line that is there twice says the same.
    let mut seen: Vec<u32> = Vec::new();
    let mut good = 0;
    let mut at = 0;
    for (n, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        at += line.len();
        let whole = line.strip_suffix(b"\n");
        let Some((entry, sum)) = whole.and_then(summed_entry) else {
            // The end of the file: a line that was cut short, or what somebody appended who is not its writer.
            if !bytes[at..].split(|byte| *byte == b'\n').any(|line| entry_of(line).is_some()) {
                break;
            }
            return Err(damaged(path, n + 1, "the line does not match its checksum"));
        };
        refuse_newer(path, &entry, line)?;
        let expected = seen.len() as u64 + 1;
        if entry.seq == expected {
            seen.push(sum);
            take(entry);
        } else if seen.get(entry.seq.wrapping_sub(1) as usize) != Some(&sum) {
            return Err(damaged(path, n + 1, &format!("entry {} is where {expected} belongs", entry.seq)));
        }
        good = at;
    }
    Ok(good as u64)
}

fn damaged(path: &Path, line: usize, cause: &str) -> Error {
    Error::new(ErrorKind::Corrupt, "reading the journal", cause)
        .at(Place::new(path.display().to_string(), line as u32))
        .hint("its work is kept by refs: git orca salvage list")
        .hint("git orca execute --new starts over")
}

/// Follows a journal that somebody else writes: each call gives the entries that came since the last.
#[derive(Debug)]
pub struct JournalTail {
    path: PathBuf,
    read: u64,
    seq: u64,
}

impl JournalTail {
    /// Follows the journal at `path` from its beginning.
    pub fn new(path: impl Into<PathBuf>) -> JournalTail {
        JournalTail { path: path.into(), read: 0, seq: 0 }
    }

    /// Whether the file is longer than what was read, or is not the one that was: one look at its length.
    pub fn has_more(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|file| file.len() != self.read)
    }

    /// What came since the last call; a line being written is left for the next.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn more(&mut self) -> Result<Vec<Entry>> {
        let doing = || format!("following the journal `{}`", self.path.display());
        let mut file = File::open(&self.path).map_err(|e| Error::failed(doing(), e))?;
        file.seek(SeekFrom::Start(self.read)).map_err(|e| Error::failed(doing(), e))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|e| Error::failed(doing(), e))?;
        let mut entries = Vec::new();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(entry) = line.strip_suffix(b"\n").and_then(entry_of) else { break };
            self.read += line.len() as u64;
            if entry.seq > self.seq {
                self.seq = entry.seq;
                entries.push(entry);
            }
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::{Event, FORMAT};
    use super::*;
    use crate::model::RunId;
    use jiff::Timestamp;

    fn entries(n: u64) -> Vec<Entry> {
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        (1..=n).map(|seq| Entry { seq, at, event: Event::Ignored { what: format!("nothing {seq}") } }).collect()
    }

    fn written(n: u64) -> (tempfile::TempDir, PathBuf, RunLock) {
        let folder = tempfile::tempdir().unwrap();
        let lock = RunLock::take(&folder.path().join("lock")).unwrap().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::create(&path, &lock).unwrap();
        for entry in entries(n) {
            journal.append(&[entry]).unwrap();
        }
        (folder, path, lock)
    }

    #[test]
    fn what_was_written_is_read_back() {
        let (_folder, path, _lock) = written(3);
        assert_eq!(read_entries(&path).unwrap(), entries(3));
        let mut tail = JournalTail::new(&path);
        assert_eq!(tail.more().unwrap().len(), 3);
        assert!(tail.more().unwrap().is_empty());
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{text}");
    }

    #[test]
    fn a_journal_cut_anywhere_gives_the_entries_before_the_cut_and_can_be_gone_on_with() {
        let (folder, path, lock) = written(3);
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let lines = whole[..cut].iter().filter(|byte| **byte == b'\n').count();
            let (mut journal, read) = Journal::reopen(&path, &lock).unwrap();
            assert_eq!(read.len(), lines, "cut at {cut}");
            let next = Entry { seq: journal.seq() + 1, ..entries(1).remove(0) };
            journal.append(&[next]).unwrap();
            assert_eq!(read_entries(&path).unwrap().len(), lines + 1);
        }
        drop(folder);
    }

    #[test]
    fn a_flipped_bit_is_never_read_as_an_entry() {
        let (_folder, path, _lock) = written(3);
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut bad = whole.clone();
            bad[at] ^= 0x04;
            std::fs::write(&path, &bad).unwrap();
            match read_entries(&path) {
                Ok(read) => assert!(read.len() < 3 && read[..] == entries(3)[..read.len()], "byte {at}"),
                Err(error) => assert_eq!(error.kind, ErrorKind::Corrupt),
            }
        }
    }

    #[test]
    fn what_others_appended_is_no_part_of_it() {
        let (_folder, path, lock) = written(2);
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{whole}{{\"seq\":9}}\nmore\n\n")).unwrap();
        assert_eq!(read_entries(&path).unwrap(), entries(2));
        drop(Journal::reopen(&path, &lock).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
    }

    #[test]
    fn a_doubled_line_counts_once() {
        let (_folder, path, _lock) = written(2);
        let whole = std::fs::read_to_string(&path).unwrap();
        let first = whole.lines().next().unwrap();
        std::fs::write(&path, format!("{first}\n{whole}")).unwrap();
        assert_eq!(read_entries(&path).unwrap(), entries(2));
    }

    /// A line as a later program would write it.
    fn foreign_line(seq: u64, rest: &str) -> String {
        let body = format!("{{\"seq\":{seq},\"at\":\"2027-01-01T00:00:00Z\",{rest}");
        let sum = crc32fast::hash(format!("{body}}}").as_bytes());
        format!("{body}{SUM}{sum:08x}\"}}\n")
    }

    #[test]
    fn what_a_later_program_wrote_is_shown_and_never_gone_on_with() {
        for (what, kind) in [
            ("\"event\":\"moon_phase\",\"phase\":[1,2]", "moon_phase"),
            ("\"event\":\"attempt_ended\",\"outcome\":\"sublimated\"", "attempt_ended"),
            ("\"event\":\"requested\",\"message\":\"m\",\"request\":{\"dance\":{}}", "requested"),
        ] {
            let (_folder, path, lock) = written(2);
            let mut text = std::fs::read_to_string(&path).unwrap();
            text.push_str(&foreign_line(3, what));
            std::fs::write(&path, &text).unwrap();
            let read = read_entries(&path).unwrap();
            assert_eq!(read[2].event, Event::Foreign { kind: kind.to_owned() });
            assert_eq!(JournalTail::new(&path).more().unwrap().len(), 3, "watchers go on past it");
            let error = Journal::reopen(&path, &lock).unwrap_err();
            assert!(error.cause.contains(kind) && error.cause.contains("later"), "{error:?}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "nothing was written");
        }
        // A field more is no reason to refuse.
        let (_folder, path, lock) = written(0);
        std::fs::write(&path, foreign_line(1, "\"event\":\"ignored\",\"what\":\"x\",\"moon\":3")).unwrap();
        assert_eq!(Journal::reopen(&path, &lock).unwrap().1.len(), 1);
    }

    #[test]
    fn a_newer_format_is_refused_with_words() {
        let info = crate::journal::RunStarted {
            format: FORMAT + 1,
            ..crate::run::simulation::started(Vec::new(), Default::default())
        };
        let (_folder, path, _lock) = written(0);
        let entry = Entry { seq: 1, at: Timestamp::UNIX_EPOCH, event: Event::RunStarted(Box::new(info)) };
        std::fs::write(&path, line_of(&entry).unwrap()).unwrap();
        let error = read_entries(&path).unwrap_err();
        assert!(error.cause.contains("newer"), "{error:?}");
        assert!("r1".parse::<RunId>().is_ok());
    }

    #[test]
    fn a_run_that_a_newer_format_begins_or_goes_on_in_is_refused_with_its_version() {
        let beginning = "\"event\":\"run_started\",\"format\":9,\"version\":\"3.1.0\",\"tasks\":\"elsewhere\"";
        let raised = "\"event\":\"format_raised\",\"format\":9,\"version\":\"3.1.0\"";
        let unknown = "\"event\":\"format_raised\",\"format\":9,\"version\":\"3.1.0\",\"checks\":7";
        for what in [beginning, raised, unknown] {
            let (_folder, path, lock) = written(2);
            let mut text = std::fs::read_to_string(&path).unwrap();
            text.push_str(&foreign_line(3, what));
            std::fs::write(&path, &text).unwrap();
            for error in [read_entries(&path).unwrap_err(), Journal::reopen(&path, &lock).unwrap_err()] {
                assert!(error.cause.contains("format 9 is newer"), "{error:?}");
                assert!(error.hints[0].contains("3.1.0"), "{error:?}");
            }
        }
        // How this format is raised to is no news, and a kind of its own may well have a field of that name.
        for what in
            ["\"event\":\"format_raised\",\"format\":2,\"version\":\"0.1.0\"", "\"event\":\"moon\",\"format\":9"]
        {
            let (_folder, path, _lock) = written(0);
            std::fs::write(&path, foreign_line(1, what)).unwrap();
            assert_eq!(read_entries(&path).unwrap().len(), 1);
        }
    }
}
