//! Python's own test runner, made to report test by test.

use std::collections::BTreeSet;

/// A program for `python -c`: what `python -m unittest` does, with a JUnit report. It has no single quotes.
const REPORTING: &str = include_str!("unittest.py");

/// A command that runs unittest, made to write its results; none where it runs something else.
pub(super) fn reporting(run: &str, results: &str) -> Option<String> {
    let (python, rest) = run.split_once("-m unittest").filter(|(_, rest)| rest.is_empty() || rest.starts_with(' '))?;
    let is_python = |word: &str| word.rsplit('/').next().is_some_and(|name| name.starts_with("python"));
    python.split_whitespace().any(is_python).then(|| format!("{python}-c '{}' {results}{rest}", program()))
}

/// Such a command, for the tests of some files only; none where `run` is no such command.
pub(super) fn only(run: &str, files: &BTreeSet<String>) -> Option<String> {
    let own = run.contains(&format!("-c '{}' ", program())) && !run.starts_with("cd ");
    own.then(|| format!("{run} -- {}", files.iter().map(String::as_str).collect::<Vec<_>>().join(" ")))
}

/// The program without its comments: it is long enough.
fn program() -> String {
    REPORTING.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::super::reports::{self, Context, Outcome, Purpose, Report, TestReport};
    use super::*;
    use crate::model::ReportFormat;

    #[test]
    fn commands_of_unittest_are_known() {
        let table = [
            ("python3 -m unittest", Some(("python3 -c '", "' r.xml"))),
            (
                "python -W error -m unittest discover -s tests -v",
                Some(("python -W error -c '", "' r.xml discover -s tests -v")),
            ),
            ("uv run .venv/bin/python3.12 -m unittest a.b", Some(("uv run .venv/bin/python3.12 -c '", "' r.xml a.b"))),
            ("python3 -m unittestx", None),
            ("coverage run -m unittest", None),
            ("pytest", None),
        ];
        for (run, expected) in table {
            let made = reporting(run, "r.xml");
            let parts = expected.map(|(before, after)| format!("{before}{}{after}", program()));
            assert_eq!(made, parts, "{run}");
        }
        assert!(!program().contains('\''), "a shell would end its word there");
    }

    /// Results of a run in a folder of such files; none where no Python is installed.
    fn results(files: &[(&str, &str)], run: &str, only_files: &[&str]) -> Option<TestReport> {
        Command::new("python3").arg("-V").output().ok().filter(|output| output.status.success())?;
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut run = reporting(run, ".orca-tests.xml").unwrap();
        if !only_files.is_empty() {
            run = only(&run, &only_files.iter().map(|file| (*file).to_owned()).collect()).unwrap();
        }
        let output = Command::new("sh").args(["-c", &run]).current_dir(&folder).output().unwrap();
        let Ok(report) = std::fs::File::open(folder.path().join(".orca-tests.xml")) else {
            panic!("no report: {}", String::from_utf8_lossy(&output.stderr))
        };
        let context = Context { root: &folder.path().display().to_string(), wanted: &[] };
        let read = reports::read(&mut std::io::BufReader::new(report), ReportFormat::Junit, Purpose::Results, &context);
        match read {
            Ok(Report::Tests(tests)) => Some(tests),
            other => panic!("{other:?}"),
        }
    }

    const CALC: (&str, &str) = ("calc.py", "def add(a, b):\n    return a + b\n");
    const ALL: &str = r#"
import os
import unittest
from calc import add

class A(unittest.TestCase):
    def test_ok(self):
        os.chdir("/")
        self.assertEqual(add(1, 2), 3)
    def test_bad(self):
        self.assertEqual(add(1, 2), 4, "<&> \x01")
    def test_rows(self):
        for i in range(2):
            with self.subTest(i=i):
                self.assertEqual(i, 0)
    def test_good_rows(self):
        for i in range(2):
            with self.subTest(i=i):
                self.assertEqual(add(i, 0), i)
    def test_some_rows(self):
        for i in range(2):
            with self.subTest(i=i):
                if i:
                    self.skipTest("not here")
    @unittest.skip("later")
    def test_skipped(self):
        pass
    @unittest.expectedFailure
    def test_known(self):
        self.fail("known")
    @unittest.expectedFailure
    def test_no_more(self):
        pass
    def test_ends(self):
        raise SystemExit(0)

class B(unittest.IsolatedAsyncioTestCase):
    async def test_awaited(self):
        self.assertEqual(add(1, 1), 2)

class C(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise unittest.SkipTest("not here")
    def test_c(self):
        pass

class D(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise ValueError("no server")
    def test_d(self):
        pass
"#;

    #[test]
    fn every_test_is_told_as_it_ended() {
        use Outcome::{Failed, Passed, Skipped};
        for (init, run) in
            [("tests/__init__.py", "python3 -m unittest"), ("a.txt", "python3 -m unittest discover -s tests")]
        {
            let Some(found) = results(&[CALC, (init, ""), ("tests/test_calc.py", ALL)], run, &[]) else { return };
            let of = |class: &str, name: &str| found.outcome(&format!("tests.test_calc.{class}::{name}"));
            let ended = ["ok", "bad", "rows", "good_rows", "some_rows", "skipped", "known", "no_more", "ends"]
                .map(|name| of("A", &format!("test_{name}")).unwrap());
            assert_eq!(ended, [Passed, Failed, Failed, Passed, Skipped, Skipped, Skipped, Failed, Failed]);
            let others =
                [("B", "test_awaited"), ("C", "test_c"), ("D", "test_d")].map(|(class, name)| of(class, name).unwrap());
            assert_eq!(others, [Passed, Skipped, Failed]);
            assert_eq!((found.cases().len(), found.broken()), (12, &[][..]), "each once");
            let case = found.named("tests.test_calc.D::test_d").next().unwrap();
            assert!(case.file == "tests/test_calc.py" && case.message.starts_with("ValueError: no server"), "{case:?}");
        }
    }

    #[test]
    fn what_breaks_outside_of_tests_is_no_test() {
        let test = |text: &str| {
            format!("import unittest\n{text}\nclass A(unittest.TestCase):\n    def test_a(self):\n        pass\n")
        };
        let table = [
            ("from calc import mul", 0, 1, "cannot import name 'mul'"),
            ("def tearDownModule(): raise ValueError('no end')", 1, 1, "no end"),
            ("def load_tests(*all): raise ValueError('no list')", 0, 1, "no list"),
            ("def setUpModule(): raise ValueError('no begin')", 1, 0, ""),
        ];
        for (text, cases, broken, words) in table {
            let text = test(text);
            let Some(found) = results(&[CALC, ("test_a.py", &text)], "python3 -m unittest", &[]) else { return };
            assert_eq!((found.cases().len(), found.broken().len()), (cases, broken), "{text}: {found:?}");
            assert!(found.broken().iter().all(|said| said.contains(words)), "{found:?}");
        }
        let more = "def load_tests(loader, tests, pattern):\n    tests.addTest(unittest.FunctionTestCase(print))\n    return tests\n";
        let Some(found) = results(&[CALC, ("test_a.py", &test(more))], "python3 -m unittest", &[]) else { return };
        assert_eq!(
            found.cases().iter().map(|case| case.name.as_str()).collect::<Vec<_>>(),
            ["test_a.A::test_a", "print"]
        );
    }

    #[test]
    fn files_are_chosen_by_where_their_tests_are_written() {
        let one = "import unittest\nclass A(unittest.TestCase):\n    def test_a(self): pass\n";
        let files = [("tests/__init__.py", ""), ("tests/test_a.py", one), ("tests/test_b.py", one)];
        let Some(found) = results(&files, "python3 -m unittest", &["tests/test_b.py"]) else { return };
        assert_eq!(found.cases().iter().map(|case| case.name.as_str()).collect::<Vec<_>>(), ["tests.test_b.A::test_a"]);
        assert_eq!(only("python3 -m pytest", &BTreeSet::from(["a.py".to_owned()])), None);
    }
}
