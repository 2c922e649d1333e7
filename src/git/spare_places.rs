//! Where loose objects of a repository lie, and their second names.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use super::read::hash_of;

/// Loose objects, and where they have second names.
#[derive(Debug)]
pub(super) struct SparePlaces {
    /// The repository's objects.
    pub(super) objects: PathBuf,
    /// Their second names, by hash.
    pub(super) spares: PathBuf,
    /// An object that nothing needs: whether it is pruned tells whether somebody prunes at all.
    pub(super) canary: String,
    bytes: Vec<u8>,
    /// How often something was put back.
    count: AtomicU64,
}

impl SparePlaces {
    /// Those of the repository whose shared folder this is.
    pub(super) fn of(common: &Path) -> SparePlaces {
        let (canary, bytes) = canary();
        let (objects, spares) = (common.join("objects"), common.join("orca/spares"));
        SparePlaces { objects, spares, canary, bytes, count: AtomicU64::new(0) }
    }

    /// How often something was put back.
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// The file of an object.
    pub(super) fn object(&self, hash: &str) -> PathBuf {
        self.objects.join(&hash[..2]).join(&hash[2..])
    }

    /// Gives an object its second name. One that is gone already stays so.
    pub(super) fn keep(&self, hash: &str) {
        let _there_or_gone = fs::hard_link(self.object(hash), self.spares.join(hash));
    }

    /// Puts an object back that was deleted, if it has a second name.
    pub(super) fn put_back(&self, hash: &str) {
        let (spare, object) = (self.spares.join(hash), self.object(hash));
        // git takes empty folders away.
        let _there = object.parent().map(fs::create_dir);
        if fs::hard_link(spare, object).is_ok() {
            self.count.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Puts back everything that is gone.
    pub(super) fn put_all_back(&self) {
        for item in fs::read_dir(&self.spares).into_iter().flatten().flatten() {
            let name = item.file_name();
            if let Some(hash) = name.to_str().filter(|name| is_hash(name) && !self.object(name).exists()) {
                self.put_back(hash);
            }
        }
    }

    /// Writes the object that nothing needs.
    pub(super) fn write_canary(&self) -> io::Result<()> {
        let spare = self.spares.join(&self.canary);
        let mut file = fs::File::create_new(&spare)?;
        file.write_all(&self.bytes)?;
        file.set_permissions(fs::Permissions::from_mode(0o444))?;
        let object = self.object(&self.canary);
        object.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::hard_link(spare, object)
    }
}

pub(super) fn is_hash(name: &str) -> bool {
    name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A blob like no other: its hash, and its file.
fn canary() -> (String, Vec<u8>) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let text = format!("Whether somebody prunes during a run of git orca: {} {}\n", std::process::id(), now.as_nanos());
    let hash = hash_of(text.as_bytes()).to_string();
    (hash, stored(format!("blob {}\0{text}", text.len()).as_bytes()))
}

/// Bytes as zlib has them uncompressed (RFC 1950, 1951): a header, one stored block, a checksum.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    let head = [&[0x78, 0x01, 0x01][..], &length.to_le_bytes(), &(!length).to_le_bytes()].concat();
    [head.as_slice(), bytes, &((b << 16) | a).to_be_bytes()].concat()
}
