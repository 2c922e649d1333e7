//! A change to a project, and what must come of it.

/// A change: the files it writes, and the judgement that is expected of it.
pub struct Change {
    /// Its name, for people and branches.
    pub name: &'static str,
    /// Paths with their new texts.
    pub files: Vec<(&'static str, String)>,
    /// The one gate that refuses, with rule and place of its first finding: `tdd not-red tests/test_cart.py:11`. Empty
    /// when every gate passes.
    pub refused: &'static str,
}

/// A change that nothing is wrong with.
pub fn good(files: Vec<(&'static str, String)>) -> Change {
    Change { name: "good", files, refused: "" }
}

/// A good change with some of its files otherwise.
pub fn spoiled(
    name: &'static str,
    good: &[(&'static str, String)],
    otherwise: &[(&'static str, String)],
    refused: &'static str,
) -> Change {
    let mut files = good.to_vec();
    for (path, text) in otherwise {
        match files.iter_mut().find(|(known, _)| known == path) {
            Some((_, known)) => known.clone_from(text),
            None => files.push((path, text.clone())),
        }
    }
    Change { name, files, refused }
}

/// `text` with `from` replaced, which must be there.
#[track_caller]
pub fn with(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "`{from}` is not in the text");
    text.replace(from, to)
}

/// Something that looks like a token of npm, in two parts: none shall stand in this repository.
pub fn token() -> String {
    format!("{}{}", "npm_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")
}
