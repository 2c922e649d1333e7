//! A difference as the tdd gate sees it: tests before and after, and trees in which one half is set back.

use std::collections::BTreeMap;

use super::super::Diff;
use super::paths::{Class, Paths};
use super::regions::{production_lines, same_production};
use crate::git::ChangeKind;
use crate::model::GateDef;
use crate::source::Language;
use crate::source::TestCode;
use crate::source::compose;
use crate::source::find_tests;

/// Path to content, as probes take it.
pub(super) type Overlay = BTreeMap<String, Option<Vec<u8>>>;

/// One changed file, with both versions of it where they are text.
pub(super) struct File {
    /// Where it is now; where it was, for a deleted one.
    pub(super) path: String,
    /// Where it was.
    pub(super) old_path: String,
    pub(super) class: Class,
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
}

/// A change, sorted.
pub(super) struct Change {
    pub(super) files: Vec<File>,
    /// Tests of the changed files before.
    pub(super) before: Vec<TestCode>,
    /// And after.
    pub(super) after: Vec<TestCode>,
    lines: BTreeMap<String, Vec<bool>>,
}

impl Change {
    pub(super) fn of(diff: &Diff, paths: &Paths) -> Change {
        let file = |file: &crate::git::FileDiff| {
            let old_path = match file.kind {
                // A copy leaves its source alone.
                ChangeKind::Renamed => file.old_path.clone().unwrap_or_else(|| file.path.clone()),
                _ => file.path.clone(),
            };
            File {
                class: paths.class(&file.path),
                old: diff.old.text(&old_path),
                new: if file.kind == ChangeKind::Deleted { None } else { diff.new.text(&file.path) },
                path: file.path.clone(),
                old_path,
            }
        };
        let files: Vec<File> = diff.files.iter().map(file).collect();
        let tests = |path: &str, text: Option<&String>| {
            let is_code = matches!(paths.class(path), Class::Test | Class::Source);
            text.filter(|_| is_code).map(|text| find_tests(path, text)).unwrap_or_default()
        };
        // Under its present path also before: a moved test is the same test. What it is says the path where it was.
        let before = files.iter().flat_map(|file| {
            let mut moved = tests(&file.old_path, file.old.as_ref());
            moved.iter_mut().for_each(|case| case.path.clone_from(&file.path));
            moved
        });
        let before: Vec<TestCode> = before.collect();
        let after: Vec<TestCode> = files.iter().flat_map(|file| tests(&file.path, file.new.as_ref())).collect();
        let source = files.iter().filter(|file| file.class == Class::Source);
        let lines = source
            .filter_map(|file| Some((file.path.clone(), production_lines(paths, &file.path, file.new.as_deref()?))));
        Change { lines: lines.collect(), files, before, after }
    }

    /// Files as if they were new, whatever happened to them.
    pub(super) fn standing(def: &GateDef, files: Vec<(String, String)>) -> Change {
        let paths = Paths::new(def);
        let lines = files.iter().map(|(path, text)| (path.clone(), production_lines(&paths, path, text))).collect();
        let file = |(path, text): (String, String)| File {
            class: Class::Source,
            old_path: path.clone(),
            path,
            old: None,
            new: Some(text),
        };
        Change { files: files.into_iter().map(file).collect(), before: Vec::new(), after: Vec::new(), lines }
    }

    /// Whether a line of the new version is production code.
    pub(super) fn is_production(&self, path: &str, line: u32) -> bool {
        self.lines.get(path).and_then(|lines| lines.get((line as usize).checked_sub(1)?)).copied().unwrap_or(false)
    }

    /// Whether anything differs that tests could show a difference for.
    pub(super) fn concerns_code(&self) -> bool {
        self.files.iter().any(|file| matches!(file.class, Class::Test | Class::Source | Class::Manifest))
    }

    /// Source files whose production part differs.
    pub(super) fn production(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| {
            file.class == Class::Source
                && (file.path != file.old_path
                    || !same_production(&file.path, file.class, file.old.as_deref(), file.new.as_deref()))
        })
    }

    /// The head with its production code set back: sources, and with `all` manifests and data too. Empty when there is
    /// nothing to set back.
    pub(super) fn set_back(&self, diff: &Diff, all: bool) -> Overlay {
        let mut overlay = Overlay::new();
        for file in self.production() {
            if file.path != file.old_path || file.old.is_none() {
                overlay.insert(file.path.clone(), None);
            }
            let content = match (&file.old, &file.new) {
                (Some(old), Some(new)) => Some(compose(&file.path, old, new).into_bytes()),
                (Some(old), None) => Some(old.clone().into_bytes()),
                // Not text: as it was.
                (None, _) => diff.old.bytes(&file.old_path),
            };
            if let Some(content) = content {
                overlay.insert(file.old_path.clone(), Some(content));
            }
        }
        for file in self.files.iter().filter(|file| all && matches!(file.class, Class::Manifest | Class::Data)) {
            if file.path != file.old_path {
                overlay.insert(file.path.clone(), None);
            }
            overlay.insert(file.old_path.clone(), diff.old.bytes(&file.old_path));
        }
        overlay
    }

    /// The head with its tests set back: the base's tests on the new code.
    pub(super) fn base_tests(&self, diff: &Diff) -> Overlay {
        let mut overlay = Overlay::new();
        for file in &self.files {
            match (file.class, &file.old, &file.new) {
                (Class::Test, ..) => {
                    if file.path != file.old_path {
                        overlay.insert(file.path.clone(), None);
                    }
                    overlay.insert(file.old_path.clone(), diff.old.bytes(&file.old_path));
                }
                (Class::Source, Some(old), Some(new)) if Language::of_path(&file.path) == Some(Language::Rust) => {
                    overlay.insert(file.path.clone(), Some(compose(&file.path, new, old).into_bytes()));
                }
                _ => {}
            }
        }
        overlay
    }

    /// A test as it was before.
    pub(super) fn earlier(&self, case: &TestCode) -> Option<&TestCode> {
        self.before.iter().find(|before| before.is_same(case))
    }

    /// Tests that are new, or do not say the same any more.
    pub(super) fn touched(&self) -> impl Iterator<Item = &TestCode> {
        self.after.iter().filter(|case| self.earlier(case).is_none_or(|before| before.body != case.body))
    }

    /// Tests that were there before and are gone or say something else.
    pub(super) fn lost_or_changed(&self) -> impl Iterator<Item = &TestCode> {
        self.before.iter().filter(|case| {
            self.after.iter().find(|after| after.is_same(case)).is_none_or(|after| after.body != case.body)
        })
    }
}
