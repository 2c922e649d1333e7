//! Every reader against damaged reports, by seed: cut, doubled, flipped and spliced. None may panic or hang.

use std::io::{BufReader, Read};

use super::tests as samples;
use super::*;

const SAMPLES: [(ReportFormat, Purpose, &str); 18] = [
    (ReportFormat::Junit, Purpose::Results, samples::PYTEST),
    (ReportFormat::Junit, Purpose::Results, samples::COLLECTION),
    (ReportFormat::Junit, Purpose::Results, samples::MYPY),
    (ReportFormat::Junit, Purpose::Results, samples::VITEST),
    (ReportFormat::Lcov, Purpose::Coverage, samples::LCOV),
    (ReportFormat::Cobertura, Purpose::Coverage, samples::COBERTURA),
    (ReportFormat::Go, Purpose::Coverage, samples::GO_COVER),
    (ReportFormat::Libtest, Purpose::Results, samples::LIBTEST),
    (ReportFormat::Go, Purpose::Results, samples::GO_TEST),
    (ReportFormat::Tap, Purpose::Results, samples::TAP),
    (ReportFormat::Sarif, Purpose::Results, samples::SARIF),
    (ReportFormat::Checkstyle, Purpose::Results, samples::CHECKSTYLE),
    (ReportFormat::Json, Purpose::Results, samples::CARGO),
    (ReportFormat::Json, Purpose::Results, samples::ESLINT),
    (ReportFormat::Json, Purpose::Results, samples::RUFF),
    (ReportFormat::Json, Purpose::Results, samples::BANDIT),
    (ReportFormat::Json, Purpose::Results, samples::JEST),
    (ReportFormat::Lcov, Purpose::Coverage, "SF:src/lib.rs\nDA:4294967295,1\nDA:-1,1\nDA:99999999999999,1\n"),
];

/// The standard xorshift, so that a seed names its input for ever.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n.max(1)
    }
}

fn damaged(dice: &mut Dice, text: &str, other: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=dice.below(4) {
        let (a, b) = (dice.below(bytes.len()), dice.below(bytes.len()));
        let (from, to) = (a.min(b), a.max(b));
        match dice.below(6) {
            0 => bytes.truncate(from),
            1 => drop(bytes.drain(from..to)),
            2 => {
                let part = bytes[from..to].to_vec();
                bytes.splice(to..to, part);
            }
            3 => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte = dice.below(256) as u8;
                }
            }
            4 => {
                let other = other.as_bytes();
                let cut = dice.below(other.len());
                bytes.splice(from..from, other[cut..].iter().copied());
            }
            _ => {
                let hostile: &[&[u8]] =
                    &[b"\xff\xfe", b"]]>", b"<!--", b"99999999999999999999", b"\0", b"\n\n", b"[[[[[[[[", b"&#x0;"];
                bytes.splice(from..from, hostile[dice.below(hostile.len())].iter().copied());
            }
        }
    }
    bytes
}

#[test]
fn damaged_reports_are_read_or_refused() {
    let rounds: u64 = std::env::var("ORCA_FUZZ_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(150);
    let wanted = samples::WANTED.map(str::to_owned);
    let context = Context { root: "/slots/g1", wanted: &wanted };
    for seed in 1..=rounds {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        for (n, (format, purpose, text)) in SAMPLES.iter().enumerate() {
            let bytes = damaged(&mut dice, text, SAMPLES[(n + 1) % SAMPLES.len()].2);
            // Small pieces: nothing may depend on how the input arrives.
            let whole = read(&mut bytes.as_slice(), *format, *purpose, &context);
            let pieces = read(&mut BufReader::with_capacity(5, bytes.as_slice()), *format, *purpose, &context);
            assert_eq!(whole, pieces, "seed {seed}, sample {n}");
        }
    }
}

#[test]
fn deep_nesting_is_refused() {
    let deep = "[".repeat(1_000_000);
    assert!(samples::read_text(ReportFormat::Json, Purpose::Results, &deep).is_err());
    assert!(samples::read_text(ReportFormat::Sarif, Purpose::Results, &format!("{{\"runs\":{deep}")).is_err());
    let tags = "<testsuite>".repeat(100_000);
    assert!(samples::read_text(ReportFormat::Junit, Purpose::Results, &tags).is_err());
}

/// `head`, then `part` until `bytes` have been given, then `tail`: a report that is never in memory.
fn large(head: &str, part: &str, bytes: u64, tail: &str) -> impl Read {
    let n = bytes / part.len() as u64;
    let part = part.to_owned();
    let mut parts = (0..n).map(move |n| part.replace("{n}", &n.to_string()).into_bytes());
    let mut open: std::io::Cursor<Vec<u8>> = std::io::Cursor::new(Vec::new());
    let middle = std::iter::from_fn(move || parts.next());
    let mut middle = middle;
    struct Parts<F>(F);
    impl<F: FnMut(&mut [u8]) -> std::io::Result<usize>> Read for Parts<F> {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            (self.0)(to)
        }
    }
    let reader = Parts(move |to: &mut [u8]| {
        loop {
            let n = open.read(to)?;
            if n > 0 {
                return Ok(n);
            }
            match middle.next() {
                Some(next) => open = std::io::Cursor::new(next),
                None => return Ok(0),
            }
        }
    });
    let (head, tail) = (head.as_bytes().to_vec(), tail.as_bytes().to_vec());
    std::io::Cursor::new(head).chain(reader).chain(std::io::Cursor::new(tail))
}

/// Reports of 200 MB. Slow without optimisation, so a few MB unless asked: `ORCA_LARGE_REPORTS=1`. Memory is bounded by
/// what readers keep; the test proves that a report is read to its end and that only the first findings are kept.
#[test]
fn large_reports_are_read_to_their_end() {
    let bytes: u64 = if std::env::var_os("ORCA_LARGE_REPORTS").is_some() { 200 << 20 } else { 2 << 20 };
    let wanted = samples::WANTED.map(str::to_owned);
    let context = Context { root: "/slots/g1", wanted: &wanted };
    let noise = "x".repeat(3000);
    let case = format!("<testcase classname=\"c\" name=\"t{{n}}\"><system-out>{noise}</system-out></testcase>");
    let junit = large("<testsuite name=\"s\">", &case, bytes, "<testcase name=\"last\"/></testsuite>");
    let Ok(Report::Tests(found)) = read(&mut BufReader::new(junit), ReportFormat::Junit, Purpose::Results, &context)
    else {
        panic!("not read")
    };
    assert_eq!(found.cases().last().map(|case| case.name.as_str()), Some("last"));
    assert!(found.cases().len() as u64 > bytes / 4000);
    let result = format!("{{\"ruleId\":\"r\",\"message\":{{\"text\":\"{noise}\"}}}},");
    let sarif = large("{\"runs\":[{\"tool\":{},\"results\":[", &result, bytes, "{\"ruleId\":\"z\"}]}]}");
    let Ok(Report::Findings(found)) = read(&mut BufReader::new(sarif), ReportFormat::Sarif, Purpose::Results, &context)
    else {
        panic!("not read")
    };
    assert!(found.len() <= MAX_FINDINGS && found.iter().all(|finding| finding.message.len() <= 1000));
    let lcov = large("SF:src/lib.rs\n", "DA:{n},1\n", bytes, "end_of_record\nSF:pkg/calc.py\nDA:3,1\n");
    let Ok(Report::Coverage(found)) = read(&mut BufReader::new(lcov), ReportFormat::Lcov, Purpose::Coverage, &context)
    else {
        panic!("not read")
    };
    assert_eq!(found.files["pkg/calc.py"].len(), 1);
    assert!(found.files["src/lib.rs"].len() <= 1_000_000);
}
