//! What gates read: reports of tools, and the evidence on commits.

use std::io::BufReader;

use git_orca::gate::reports::{Context, MAX_FINDINGS, Purpose, Report, read};
use git_orca::gate::{Attestation, Stage};
use git_orca::model::ReportFormat;

/// Bytes given at once: nothing may depend on how a report arrives.
const PIECE: usize = 7;
/// Bytes of a name or a message at most, with what marks that it was cut.
const LONGEST: usize = 1_100;

/// The format of a report of the corpus, by its folder.
fn format(name: &str) -> (ReportFormat, Purpose) {
    let folder = name.trim_start_matches("reports/").split('/').next().unwrap_or_default();
    let all = [
        ("junit", ReportFormat::Junit),
        ("sarif", ReportFormat::Sarif),
        ("checkstyle", ReportFormat::Checkstyle),
        ("tap", ReportFormat::Tap),
        ("libtest", ReportFormat::Libtest),
        ("go", ReportFormat::Go),
        ("json", ReportFormat::Json),
        ("lcov", ReportFormat::Lcov),
        ("cobertura", ReportFormat::Cobertura),
        ("cover", ReportFormat::Go),
    ];
    let found = all.iter().find(|(known, _)| *known == folder).expect("every folder is a format").1;
    let coverage = matches!(folder, "lcov" | "cobertura" | "cover");
    (found, if coverage { Purpose::Coverage } else { Purpose::Results })
}

/// A report is read or refused, the same way however it arrives, and what is kept of it is bounded.
pub fn report(name: &str, bytes: &[u8]) {
    let (format, purpose) = format(name);
    let wanted = ["src/lib.rs", "pkg/calc.py", "calc/sum.go"].map(str::to_owned);
    let context = Context { root: "/slots/g1", wanted: &wanted };
    let whole = read(&mut &bytes[..], format, purpose, &context);
    let pieces = read(&mut BufReader::with_capacity(PIECE, bytes), format, purpose, &context);
    assert_eq!(whole, pieces, "in pieces it says something else");
    match whole {
        Ok(Report::Tests(tests)) => {
            assert!(!tests.cases().is_empty() || !tests.broken().is_empty(), "a report without anything");
            for case in tests.cases() {
                assert!(case.name.len() <= LONGEST && case.message.len() <= LONGEST, "too long");
                assert!(tests.outcome(&case.name).is_some(), "`{}` is not found", case.name);
            }
        }
        Ok(Report::Findings(found)) => assert!(found.len() <= MAX_FINDINGS, "too many findings"),
        Ok(Report::Coverage(found)) => assert!(found.files.keys().all(|file| wanted.contains(file)), "unwanted"),
        Err(why) => assert!(!why.is_empty(), "a refusal without words"),
    }
}

/// A note is evidence or none; evidence says the same when it is written again, and only of its own commit.
pub fn note(_: &str, bytes: &[u8]) {
    let Some(found) = Attestation::from_note(&String::from_utf8_lossy(bytes)) else { return };
    assert_eq!(
        Attestation::from_note(&found.to_note(&git_orca::gate::Seal::of_this_process("fuzz").expect("random bytes")))
            .as_ref(),
        Some(&found),
        "written again it differs"
    );
    let other = "9".repeat(40).parse().expect("an id");
    assert!(!found.lacks((&other, &found.tree), &[]).is_empty() || found.commit == other, "evidence of another commit");
    let lacks = found.lacks((&found.commit, &found.tree), &[]);
    assert_eq!(lacks.is_empty(), found.passes(), "what it lacks and what it says differ");
    let _ = found.stage == Stage::Task;
}
