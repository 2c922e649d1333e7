//! The test command of a project, made to write the reports that judging needs.

use super::unittest;
use crate::gate::{Diff, OUTPUT};
use crate::model::{GateDef, ReportFormat, ReportSpec};
use crate::project::{self, ProjectUnit, node_tests};

/// Where a test command is told to write its results.
const RESULTS: &str = ".orca-tests";
/// Where it is told to write its coverage.
const COVERAGE: &str = ".orca-coverage";

/// A test command with its reports.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Runner {
    /// Shell text.
    pub(super) run: String,
    pub(super) report: ReportSpec,
    /// The same command, made to measure coverage as well, and where it writes that. Measuring takes time, and what the
    /// tests reach is asked of one tree only.
    pub(super) covered: Option<(String, ReportSpec)>,
    /// Another command that only measures coverage.
    pub(super) measure: Option<(String, ReportSpec)>,
}

/// The gate's own command, or that of the project the change belongs to.
///
/// # Errors
/// Why nobody knows how to run the tests, with what to write.
pub(super) fn runner(def: &GateDef, diff: &Diff) -> Result<Runner, String> {
    let known = |run: &str, folder: &str| made(run, folder, diff);
    if def.run.trim().is_empty() {
        let unit = unit(diff)?;
        let test = unit.test.clone().map_err(|why| format!("{}: {why}; write run = \"…\"", place(&unit)))?;
        return known(&test.run, &unit.folder)
            .ok_or_else(|| format!("`{}` writes no known report; write run and report", test.run));
    }
    if let Some(report) = &def.report {
        let covered = def.coverage.clone().map(|coverage| (def.run.clone(), coverage));
        return Ok(Runner { run: def.run.clone(), report: report.clone(), covered, measure: None });
    }
    let mut found = known(&def.run, "").ok_or_else(|| {
        format!("the report of `{}` is not known; write report = {{ path = \"…\", format = \"junit\" }}", def.run)
    })?;
    if let Some(coverage) = &def.coverage {
        (found.covered, found.measure) = (Some((found.run.clone(), coverage.clone())), None);
    }
    Ok(found)
}

fn place(unit: &ProjectUnit) -> String {
    if unit.folder.is_empty() { "this project".to_owned() } else { format!("{}/", unit.folder) }
}

/// The one unit that the change belongs to.
fn unit(diff: &Diff) -> Result<ProjectUnit, String> {
    let project = project::read(&*diff.new.0).map_err(|error| error.to_string())?;
    let owner = |path: &str| {
        let below = |unit: &&ProjectUnit| unit.folder.is_empty() || path.starts_with(&format!("{}/", unit.folder));
        project.units.iter().filter(below).max_by_key(|unit| unit.folder.len())
    };
    let mut touched: Vec<&ProjectUnit> = Vec::new();
    for unit in diff.files.iter().filter_map(|file| owner(&file.path)) {
        if !touched.iter().any(|known| known.folder == unit.folder && known.language == unit.language) {
            touched.push(unit);
        }
    }
    match touched.as_slice() {
        [] => Err("no project with tests was found; write run = \"…\"".to_owned()),
        [unit] => Ok((*unit).clone()),
        several => {
            let folders: Vec<String> = several.iter().map(|unit| place(unit)).collect();
            Err(format!(
                "the change touches several projects ({}); write a tdd gate for each, with paths and run",
                folders.join(", ")
            ))
        }
    }
}

/// A known test command with its reports. `folder` is where it runs.
fn made(run: &str, folder: &str, diff: &Diff) -> Option<Runner> {
    let text = resolved(run, folder, diff);
    let simple = !text.contains([';', '|', '&', '\n']);
    let spec = |name: &str, format| ReportSpec { path: below(folder, name), format, min: None };
    let output = |format| ReportSpec { path: OUTPUT.to_owned(), format, min: None };
    let runner = |run: String, report, covered: Option<(String, ReportSpec)>, measure| {
        let covered = covered.map(|(run, spec)| (within(folder, &run), spec));
        Some(Runner { run: within(folder, &run), report, covered, measure })
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let runs = |program: &str| words.iter().any(|word| word.rsplit('/').next() == Some(program));
    if let Some(at) = text.find("cargo test") {
        let report = output(ReportFormat::Libtest);
        return runner(cargo(&text, at), report, None, cargo_coverage(&text, at, folder));
    }
    if let Some(at) = text.find("go test") {
        let (go, rest) = (&text[..at + 7], &text[at + 7..]);
        let profile = format!("{COVERAGE}.out");
        let run = |more: &str| format!("{go} -json{more}{rest}");
        // Reached is also what tests of another package reach.
        let packages = if text.contains("-coverpkg") { String::new() } else { format!(" -coverpkg=$({GO_PACKAGES})") };
        let covered = (!text.contains("-coverprofile"))
            .then(|| (run(&format!("{packages} -coverprofile={profile}")), spec(&profile, ReportFormat::Go)));
        return runner(run(""), output(ReportFormat::Go), covered, None);
    }
    if !simple {
        return None;
    }
    if let Some(run) = unittest::reporting(&text, &format!("{RESULTS}.xml")) {
        return runner(run, spec(&format!("{RESULTS}.xml"), ReportFormat::Junit), None, None);
    }
    if runs("pytest") {
        return pytest(&text, &runner, &spec);
    }
    let manifest = diff.new.text(&below(folder, "package.json")).unwrap_or_default();
    let lcov = || spec("coverage/lcov.info", ReportFormat::Lcov);
    if runs("vitest") {
        let results = format!("{RESULTS}.xml");
        let run = format!("{text} --reporter=junit --outputFile={results}");
        let more = "--coverage.enabled --coverage.reporter=lcovonly --coverage.reportsDirectory=coverage --coverage.reportOnFailure";
        let covered = manifest.contains("@vitest/coverage-").then(|| (format!("{run} {more}"), lcov()));
        return runner(run, spec(&results, ReportFormat::Junit), covered, None);
    }
    if let Some(end) = node_tests(&text).filter(|_| !text.contains("--test-reporter")) {
        let results = format!("{RESULTS}.xml");
        let (node, rest) = text.split_at(end);
        let run = format!("{node} --test-reporter=junit --test-reporter-destination={results}{rest}");
        return runner(run, spec(&results, ReportFormat::Junit), None, None);
    }
    if runs("jest") {
        let results = format!("{RESULTS}.json");
        let run = format!("{text} --json --testLocationInResults --outputFile={results}");
        let covered =
            Some((format!("{run} --coverage --coverageReporters=lcovonly --coverageDirectory=coverage"), lcov()));
        return runner(run, spec(&results, ReportFormat::Json), covered, None);
    }
    None
}

/// The packages whose lines count, with commas. A program without tests is left out: measured, it is linked into the tests of
/// every other package, and what it does before `main` (reading the flags of the test binary as its own) makes all of them fail.
const GO_PACKAGES: &str =
    "go list -f '{{if or (ne .Name \"main\") .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./... | paste -sd, -";

/// Makes a runner of a command, its report, the command that covers, and one that only measures.
type Make<'a> =
    dyn Fn(String, ReportSpec, Option<(String, ReportSpec)>, Option<(String, ReportSpec)>) -> Option<Runner> + 'a;

fn pytest(text: &str, runner: &Make<'_>, spec: &dyn Fn(&str, ReportFormat) -> ReportSpec) -> Option<Runner> {
    let (results, coverage) = (format!("{RESULTS}.xml"), format!("{COVERAGE}.info"));
    let run = format!("{text} --junitxml={results}");
    let lcov = format!("--cov-report=lcov:{coverage}");
    let all = if text.contains("--cov") { lcov } else { format!("--cov=. {lcov}") };
    // Asked of the very command, whose Python need not be the one in PATH: without the plug-in it refuses its options. The
    // project's own code is not loaded for that.
    let asked = format!("{run} $({text} --noconftest --help 2>/dev/null | grep -q -e '--cov-report' && echo '{all}')");
    let covered = Some((asked, spec(&coverage, ReportFormat::Lcov)));
    runner(run, spec(&results, ReportFormat::Junit), covered, None)
}

/// What a package script runs, by its own text: `npm test` is `npx vitest run` where the manifest says so.
fn resolved(run: &str, folder: &str, diff: &Diff) -> String {
    // In front of scripts that would wait for changes, as they are found.
    let bare = run.trim().trim_start_matches("CI=1 ");
    let program = ["npm", "pnpm", "yarn", "bun"].iter().find_map(|name| bare.strip_prefix(name));
    if !program.is_some_and(|words| matches!(words, " test" | " run test" | " t")) || bare == "bun test" {
        return run.trim().to_owned();
    }
    let manifest = diff.new.text(&below(folder, "package.json")).unwrap_or_default();
    let parsed: serde_json::Value = serde_json::from_str(&manifest).unwrap_or_default();
    let Some(text) = parsed["scripts"]["test"].as_str() else { return run.trim().to_owned() };
    match project::reporting_part(text).unwrap_or(text) {
        "vitest" => "npx vitest run".to_owned(),
        part => on_path(part),
    }
}

/// Programs that are there without a package.
const EVERYWHERE: [&str; 10] = ["node", "npx", "npm", "pnpm", "yarn", "bun", "deno", "sh", "bash", "make"];

/// A command of a package script as a shell outside of it finds its programs: those of the packages by `npx`.
fn on_path(text: &str) -> String {
    let mut at = 0;
    for word in text.split_inclusive(' ') {
        if !word.contains('=') {
            break;
        }
        at += word.len();
    }
    let (set, command) = text.split_at(at);
    let first = command.split_whitespace().next().unwrap_or_default();
    let there = EVERYWHERE.contains(&first) || first.contains('/') || first.is_empty();
    format!("{set}{}{command}", if there { "" } else { "npx " })
}

/// Every binary runs, also after one failed: what did not run would look as if it were not there.
fn cargo(text: &str, at: usize) -> String {
    if text.contains("--no-fail-fast") {
        return text.to_owned();
    }
    let at = at + "cargo test".len();
    format!("{} --no-fail-fast{}", &text[..at], &text[at..])
}

/// Measured apart: the instrumented build runs no doctests. cargo-llvm-cov takes what `cargo test` takes; that it must not
/// install components by itself is told to it.
fn cargo_coverage(text: &str, at: usize, folder: &str) -> Option<(String, ReportSpec)> {
    let file = format!("{COVERAGE}.info");
    let (before, rest) = (&text[..at], &text[at + "cargo test".len()..]);
    let own = text.contains([';', '|', '&', '\n']) || rest.contains("--doc");
    let (before, rest) = if own { ("", "") } else { (before, rest) };
    let run = format!(
        "if cargo llvm-cov --version >/dev/null 2>&1; then CARGO_LLVM_COV_SETUP=no {before}cargo llvm-cov --lcov --output-path {file}{rest}; \
         elif cargo tarpaulin --version >/dev/null 2>&1; then cargo tarpaulin --out Lcov --output-dir .orca && mv .orca/lcov.info {file}; \
         else echo 'cargo-llvm-cov is missing: cargo install cargo-llvm-cov' >&2; exit 127; fi"
    );
    Some((within(folder, &run), ReportSpec { path: below(folder, &file), format: ReportFormat::Lcov, min: None }))
}

fn below(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn within(folder: &str, run: &str) -> String {
    match folder {
        "" => run.to_owned(),
        _ => format!("cd '{}' && {{ {run}; }}", folder.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;
    use crate::model::GateKind;

    fn of(run: &str, files: &[(&str, &str, &str)]) -> Result<Runner, String> {
        runner(&testing::gate(GateKind::Tdd, run), &testing::diff(files))
    }

    #[test]
    fn known_commands_write_reports() {
        let rust = [
            ("Cargo.toml", "[package]\nname = 'a'\n", "[package]\nname = 'a'\n"),
            ("src/lib.rs", "", "#[test]\nfn a() {}\n"),
        ];
        let found = of("", &rust).unwrap();
        assert_eq!((found.run.as_str(), found.report.path.as_str()), ("cargo test --no-fail-fast", "-"));
        assert!(found.measure.unwrap().0.contains("cargo llvm-cov --lcov --output-path .orca-coverage.info; elif"));
        let found = of("cargo test --workspace -- --test-threads=1", &rust).unwrap();
        assert_eq!(found.run, "cargo test --no-fail-fast --workspace -- --test-threads=1");
        let same = "cargo llvm-cov --lcov --output-path .orca-coverage.info --workspace -- --test-threads=1; elif";
        assert!(found.measure.unwrap().0.contains(same), "the same tests are measured");
        let found = of("python3 -m pytest -q", &[]).unwrap();
        assert_eq!(found.run, "python3 -m pytest -q --junitxml=.orca-tests.xml");
        let covered = found.covered.unwrap().0;
        let words = ["$(python3 -m pytest -q --noconftest --help", "--cov=. --cov-report=lcov:.orca-coverage.info"];
        assert!(words.iter().all(|words| covered.contains(words)), "{covered}");
        let own = of("pytest --cov=shop", &[]).unwrap().covered.unwrap().0;
        assert!(own.contains("echo '--cov-report=lcov") && !own.contains("--cov=."), "{own}");
        let found = of("go test ./...", &[]).unwrap();
        assert_eq!(found.run, "go test -json ./...");
        let covered = found.covered.unwrap().0;
        assert_eq!(covered, format!("go test -json -coverpkg=$({GO_PACKAGES}) -coverprofile=.orca-coverage.out ./..."));
        let web = [
            ("web/package.json", "", r#"{"scripts": {"test": "vitest run"}}"#),
            ("web/a.test.ts", "", "test('a', () => {})"),
        ];
        let found = of("", &web).unwrap();
        assert_eq!(found.run, "cd 'web' && { npx vitest run --reporter=junit --outputFile=.orca-tests.xml; }");
        assert_eq!((found.report.path.as_str(), found.covered), ("web/.orca-tests.xml", None));
        let package = r#"{"scripts": {"test": "vitest"}, "devDependencies": {"@vitest/coverage-v8": "4"}}"#;
        let (covered, spec) = of("npm test", &[("package.json", "", package)]).unwrap().covered.unwrap();
        assert!(covered.starts_with("npx vitest run --reporter=junit") && covered.contains("--coverage.enabled"));
        assert_eq!(spec.path, "coverage/lcov.info");
        let plain = r#"{"scripts": {"test": "node --test test/"}}"#;
        let node = of("npm test", &[("package.json", "", plain)]).unwrap();
        let expected = "node --test --test-reporter=junit --test-reporter-destination=.orca-tests.xml test/";
        assert_eq!((node.run.trim_start_matches("npx "), node.report.format), (expected, ReportFormat::Junit));
        for (script, expected) in [
            ("pnpm lint && vitest run --typecheck", Some("npx vitest run --typecheck --reporter=junit")),
            ("eslint . && prettier -c src && jest && npm run check:type:ts", Some("npx jest --json")),
            ("NODE_ENV=test jest", Some("NODE_ENV=test npx jest --json")),
            ("c8 node --test", Some("npx c8 node --test --test-reporter=junit")),
            (
                "xo && node --import=tsx/esm --test test/*.ts && tsd",
                Some("node --import=tsx/esm --test --test-reporter=junit"),
            ),
            ("node -r ts-node/register --test", Some("node -r ts-node/register --test --test-reporter=junit")),
            (
                "NODE_ENV=test node --import tsx --test",
                Some("NODE_ENV=test node --import tsx --test --test-reporter=junit"),
            ),
            ("tsx --test test/a.ts", Some("npx tsx --test --test-reporter=junit")),
            ("node build.js --test", None),
            ("other --test", None),
            ("tsc --noEmit && node --test", Some("node --test --test-reporter=junit")),
            ("tsc && node --test dist/", None),
            ("jest && vitest run", None),
            ("nyc tape 'test/**/*.js'", None),
        ] {
            let manifest = serde_json::json!({"scripts": {"test": script}}).to_string();
            let found = of("npm test", &[("package.json", "", &manifest)]).ok().map(|found| found.run);
            let right = match (&found, expected) {
                (Some(found), Some(expected)) => found.starts_with(expected),
                (found, expected) => found.is_none() && expected.is_none(),
            };
            assert!(right, "{script}: {found:?}");
        }
        let watched = of("CI=1 pnpm run test", &[("package.json", "", package)]).unwrap();
        assert!(watched.run.starts_with("npx vitest run --reporter=junit"), "{}", watched.run);
    }

    #[test]
    fn what_is_not_known_says_what_to_write() {
        assert!(of("make check", &[]).unwrap_err().contains("write report ="));
        assert!(of("", &[("a.txt", "", "x")]).unwrap_err().contains("write run"));
    }
}
