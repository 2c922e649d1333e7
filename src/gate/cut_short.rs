//! A test command that ends well though its tests did not end: something ended the process in the middle
//! (`std::process::exit(0)`, `os._exit(0)`), and what came after was never run. Told by what runners print first and last.

use std::sync::LazyLock;

use regex::Regex;

use super::complaint::without_colours;

/// What a runner prints when it begins, and what it prints when it is through.
struct RunnerFrame<P> {
    name: &'static str,
    begins: P,
    ends: P,
}

const RUNNERS: [RunnerFrame<&str>; 3] = [
    RunnerFrame { name: "cargo test", begins: r"(?m)^running \d+ tests?\s*$", ends: r"(?m)^test result: " },
    RunnerFrame {
        name: "pytest",
        begins: r"(?m)^collected [1-9]\d* items?\b",
        ends: r"(?m)^[= ]*.*\b(?:passed|failed|skipped|deselected|errors?|warnings?|xfailed|xpassed|collected|no tests ran)\b.* in \d+\.\d+s",
    },
    RunnerFrame {
        name: "vitest",
        begins: r"(?m)^\s*RUN\s+v\d+\.\d+\.\d+ ",
        ends: r"(?m)^\s*(?:Test Files|Benchmark)\s",
    },
];

static FRAMES: LazyLock<Option<Vec<RunnerFrame<Regex>>>> = LazyLock::new(|| {
    let compiled = |it: &RunnerFrame<&str>| {
        Some(RunnerFrame { name: it.name, begins: Regex::new(it.begins).ok()?, ends: Regex::new(it.ends).ok()? })
    };
    RUNNERS.iter().map(compiled).collect()
});

/// The runner that began and did not come to its end, as far as the end of its output tells.
pub(super) fn cut_short(output: &str) -> Option<&'static str> {
    let plain = without_colours(output);
    // Counted, since programs of tests may run side by side, and others come to their end after the one that did not.
    let count = |pattern: &Regex| pattern.find_iter(&plain).count();
    let found = FRAMES.as_ref()?.iter().find(|it| count(&it.begins) > count(&it.ends));
    found.map(|it| it.name).or_else(|| is_tap_cut(&plain).then_some("the test runner"))
}

/// Whether a report in TAP has no plan, or fewer results than its plan says.
fn is_tap_cut(plain: &str) -> bool {
    let Some(at) = plain.rfind("TAP version ") else { return false };
    let lines = || plain[at..].lines();
    let plan = lines().find_map(|line| line.strip_prefix("1..")?.split(' ').next()?.parse::<usize>().ok());
    let results = lines().filter(|line| line.starts_with("ok ") || line.starts_with("not ok ")).count();
    plan.is_none_or(|plan| results < plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_that_does_not_come_to_its_end_is_known() {
        let whole = "running 2 tests\ntest a ... ok\ntest b ... ok\n\ntest result: ok. 2 passed; 0 failed\n\n   Doc-tests x\n\nrunning 0 tests\n\ntest result: ok. 0 passed\n";
        for (output, cut) in [
            (whole, None),
            ("running 2 tests\ntest a ... ok\n", Some("cargo test")),
            ("running 1 test\n   Doc-tests x\n\nrunning 0 tests\n\ntest result: ok. 0 passed\n", Some("cargo test")),
            ("running 1 test\nrunning 2 tests\ntest result: ok. 1 passed\ntest result: ok. 2 passed\n", None),
            ("running 1 test\ntest a ... ok\n\ntest result: ok. 1 passed\n\nrunning 3 tests\n", Some("cargo test")),
            ("collected 3 items\n\ntests/test_a.py ...      [100%]\n\n====== 3 passed in 0.01s ======\n", None),
            ("collected 3 items\n\ntests/test_a.py .", Some("pytest")),
            ("\x1b[1mcollected 3 items\x1b[0m\n\x1b[32m3 passed\x1b[0m in 12.50s (0:00:12)\n", None),
            ("collected 3 items / 1 deselected / 2 selected\n2 passed, 1 deselected, 1 warning in 0.20s\n", None),
            (" RUN  v1.6.0 /tmp/x\n\n ✓ a.test.ts (1)\n\n Test Files  1 passed (1)\n", None),
            (" RUN  v1.6.0 /tmp/x\n\n", Some("vitest")),
            ("TAP version 13\nok 1 - a\n1..1\n# pass 1\n", None),
            ("TAP version 13\n1..3\nok 1 - a\n", Some("the test runner")),
            ("TAP version 14\nok 1 - a\n", Some("the test runner")),
            ("all is well\n", None),
            ("", None),
        ] {
            assert_eq!(cut_short(output), cut, "{output}");
        }
    }
}
