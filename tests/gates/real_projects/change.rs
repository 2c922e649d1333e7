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

/// A good change: the code first, its tests last; in Rust that is one file. Others are made of it by spoiling one thing.
pub struct Good(pub Vec<(&'static str, String)>);

impl Good {
    /// The code.
    pub fn code(&self) -> &str {
        &self.0[0].1
    }

    /// The tests.
    pub fn tests(&self) -> &str {
        &self.0[self.0.len() - 1].1
    }

    /// As it is.
    pub fn as_it_is(&self) -> Change {
        good(self.0.clone())
    }

    /// With another text of a file.
    pub fn one(
        &self,
        name: &'static str,
        path: &'static str,
        text: impl Into<String>,
        refused: &'static str,
    ) -> Change {
        spoiled(name, &self.0, &[(path, text.into())], refused)
    }

    /// With other code and other tests.
    pub fn both(&self, name: &'static str, code: String, tests: String, refused: &'static str) -> Change {
        let (first, last) = (self.0[0].0, self.0[self.0.len() - 1].0);
        spoiled(name, &self.0, &[(first, code), (last, tests)], refused)
    }

    /// With a place of the code otherwise.
    #[track_caller]
    pub fn in_code(&self, name: &'static str, from: &str, to: &str, refused: &'static str) -> Change {
        self.one(name, self.0[0].0, with(self.code(), from, to), refused)
    }

    /// With a place of the tests otherwise.
    #[track_caller]
    pub fn in_tests(&self, name: &'static str, from: &str, to: &str, refused: &'static str) -> Change {
        self.one(name, self.0[self.0.len() - 1].0, with(self.tests(), from, to), refused)
    }

    /// With more code at the end.
    pub fn below(&self, name: &'static str, more: &str, refused: &'static str) -> Change {
        self.one(name, self.0[0].0, format!("{}{more}", self.code()), refused)
    }
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
