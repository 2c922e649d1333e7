//! Reading an index file (git's `gitformat-index`), without git: 3,500 entries take well under a millisecond, a process
//! takes three.
//!
//! Only what a check needs: paths, modes, object ids, recorded file times, and whether any entry carries a bit that
//! hides changes from git.

use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::files::read_file;
use super::read::index_is_whole;
use super::sparse::Sparse;
use crate::model::Oid;

/// File times as an index records them: seconds and nanoseconds, cut to 32 bits.
pub(super) type Stamp = (u32, u32);

/// One entry of stage 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: Vec<u8>,
    pub(super) mode: u32,
    pub(super) blob: [u8; 20],
    pub(super) changed: Stamp,
    pub(super) modified: Stamp,
    pub(super) inode: u32,
    pub(super) size: u32,
    /// Marked `skip-worktree`: not on disk on purpose (sparse checkouts), or changes hidden.
    pub(super) skipped: bool,
}

impl Entry {
    /// Whether it stands for a submodule.
    pub(super) fn is_gitlink(&self) -> bool {
        self.mode == 0o160_000
    }

    /// Its object.
    pub(super) fn oid(&self) -> Option<Oid> {
        hex(&self.blob).parse().ok()
    }
}

/// An index file as read.
#[derive(Debug, Clone, Default)]
pub(super) struct IndexFile {
    /// Entries of stage 0, sorted by path.
    pub(super) entries: Vec<Entry>,
    /// Paths with entries of other stages, each once.
    pub(super) unmerged: Vec<Vec<u8>>,
    /// Whether no entry is assumed unchanged, only intended, or unmerged.
    pub(super) open: bool,
    /// Whether an entry is marked as not on disk.
    pub(super) skips: bool,
    /// The tree that the entries make, if the file remembers it and it still holds.
    pub(super) tree: Option<[u8; 20]>,
    /// When the file was written.
    pub(super) written: Stamp,
}

/// Bytes before the path of an entry without extended flags.
const FIXED: usize = 62;

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let part = self.bytes.get(self.at..self.at.checked_add(n)?)?;
        self.at += n;
        Some(part)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_be_bytes)
    }

    /// Bytes up to the next NUL, which is taken as well.
    fn text(&mut self) -> Option<&'a [u8]> {
        let rest = self.bytes.get(self.at..)?;
        let end = rest.iter().position(|&byte| byte == 0)?;
        self.at += end + 1;
        Some(&rest[..end])
    }

    /// The number format of version 4: seven bits a byte, each continuation adding one.
    fn offset(&mut self) -> Option<usize> {
        let mut byte = *self.take(1)?.first()?;
        let mut value = usize::from(byte & 127);
        while byte & 128 != 0 {
            byte = *self.take(1)?.first()?;
            value = value.checked_add(1)?.checked_mul(128)? | usize::from(byte & 127);
        }
        Some(value)
    }
}

impl IndexFile {
    /// The entry of a path.
    pub(super) fn entry(&self, path: &[u8]) -> Option<&Entry> {
        self.entries.binary_search_by(|entry| entry.path.as_slice().cmp(path)).ok().map(|n| &self.entries[n])
    }

    /// Reads an index file.
    ///
    /// # Errors
    /// It is missing, damaged, or of a kind that needs git to read it (split, sparse).
    pub(super) fn read(file: &Path) -> io::Result<IndexFile> {
        let bytes = read_file(file)?;
        let since = std::fs::metadata(file)?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut index = parse(&bytes).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        #[expect(clippy::cast_possible_truncation, reason = "git cuts times to 32 bits as well")]
        {
            index.written = (since.as_secs() as u32, since.subsec_nanos());
        }
        Ok(index)
    }
}

fn parse(bytes: &[u8]) -> Option<IndexFile> {
    // The last 20 bytes are a checksum, which git does not look at either when it reads.
    let mut cursor = Cursor { bytes: bytes.get(..bytes.len().checked_sub(20)?)?, at: 0 };
    if cursor.take(4)? != b"DIRC" {
        return None;
    }
    let (version, count) = (cursor.u32()?, cursor.u32()? as usize);
    if !(2..=4).contains(&version) {
        return None;
    }
    let mut index = IndexFile { open: true, ..IndexFile::default() };
    index.entries.reserve(count.min(bytes.len() / FIXED));
    let mut path = Vec::new();
    for _ in 0..count {
        entry(&mut cursor, version, &mut path, &mut index)?;
    }
    extensions(&mut cursor, &mut index)?;
    Some(index)
}

fn entry(cursor: &mut Cursor<'_>, version: u32, path: &mut Vec<u8>, index: &mut IndexFile) -> Option<()> {
    let start = cursor.at;
    let changed = (cursor.u32()?, cursor.u32()?);
    let modified = (cursor.u32()?, cursor.u32()?);
    let (_device, inode, mode) = (cursor.u32()?, cursor.u32()?, cursor.u32()?);
    let (_user, _group, size) = (cursor.u32()?, cursor.u32()?, cursor.u32()?);
    let blob = cursor.take(20)?.try_into().ok()?;
    let flags = cursor.u16()?;
    let more = if flags & 0x4000 != 0 { cursor.u16()? } else { 0 };
    if version == 4 {
        let cut = cursor.offset()?;
        path.truncate(path.len().checked_sub(cut)?);
        path.extend_from_slice(cursor.text()?);
    } else {
        path.clear();
        path.extend_from_slice(cursor.text()?);
        // Padded with NULs to a multiple of eight, one at least, which `text` has taken.
        let padded = (cursor.at - 1 - start + 8) & !7;
        cursor.take(start + padded - cursor.at)?;
    }
    let (assumed, skipped, intended) = (flags & 0x8000 != 0, more & 0x4000 != 0, more & 0x2000 != 0);
    index.open &= !assumed && !intended;
    index.skips |= skipped;
    if flags & 0x3000 != 0 {
        index.open = false;
        if index.unmerged.last() != Some(path) {
            index.unmerged.push(path.clone());
        }
    } else {
        index.entries.push(Entry { path: path.clone(), mode, blob, changed, modified, inode, size, skipped });
    }
    Some(())
}

fn extensions(cursor: &mut Cursor<'_>, index: &mut IndexFile) -> Option<()> {
    while cursor.at < cursor.bytes.len() {
        let name = cursor.take(4)?;
        let size = cursor.u32()? as usize;
        let data = cursor.take(size)?;
        match name {
            b"TREE" => index.tree = root_of(data),
            // Extensions that must be understood have names in lower case: `link` (split), `sdir` (sparse).
            _ if name[0].is_ascii_lowercase() => return None,
            _ => {}
        }
    }
    Some(())
}

/// The root of a cache tree: empty name, number of entries (negative when it no longer holds), subtrees, object id.
fn root_of(data: &[u8]) -> Option<[u8; 20]> {
    let mut cursor = Cursor { bytes: data, at: 0 };
    let name = cursor.text()?;
    let rest = &data[cursor.at..];
    let line = rest.iter().position(|&byte| byte == b'\n')?;
    let holds = !rest.starts_with(b"-");
    let oid = rest.get(line + 1..line + 21)?;
    (name.is_empty() && holds).then(|| oid.try_into().ok()).flatten()
}

/// An index file, when it can be read and hides nothing from git but what `sparse` leaves out.
pub(super) fn hiding_nothing(file: &Path, sparse: Option<&Sparse>) -> Option<IndexFile> {
    let index = IndexFile::read(file).ok().filter(|index| index.open)?;
    let is_marked_right = |sparse: &Sparse| index.entries.iter().all(|it| it.skipped != sparse.includes(&it.path));
    sparse.map_or(!index.skips, is_marked_right).then_some(index)
}

/// An index file that somebody else may have written, when it is whole and hides nothing. Before a reset the checksum
/// can be left out: a reset compares every entry with its tree.
pub(super) fn trusted(file: &Path, sparse: Option<&Sparse>) -> Option<IndexFile> {
    hiding_nothing(file, sparse).filter(|_| index_is_whole(file))
}

/// Whether the entries of an index are those of a tree, as far as the index remembers.
pub(super) fn holds(index: &IndexFile, tree: &Oid) -> bool {
    index.tree.is_some_and(|found| hex(&found) == tree.as_str())
}

/// Bytes of an object id as hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
