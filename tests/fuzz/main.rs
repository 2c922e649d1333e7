//! Fuzzing: every parser on seeded mutations of the fixtures, in one process, without a nightly compiler.
//!
//! `cargo test --test fuzz` tries for some seconds from a fixed seed, so that the same tree gets the same answer;
//! `ORCA_FUZZ_SECONDS=3600 ORCA_FUZZ_SEED=1 cargo test --release --test fuzz -- --nocapture` for an hour. A case that panics,
//! hangs or breaks a promise is written to a file whose path is printed; `ORCA_FUZZ_CASE=PATH` tries that one alone.
//! `ORCA_FUZZ_ONLY=report,stream` tries these parsers only.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test fails by panicking, and says what it tried")]

mod judged;
mod mutate;
mod streams;
mod targets;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mutate::Dice;
use nix::sys::resource::{UsageWho, getrusage};
use targets::TARGETS;

/// Seconds when nothing is said.
const SECONDS: u64 = 5;
/// The seed when none is said.
const SEED: u64 = 20261127;
/// A case that computes for longer hangs: the slowest fixture takes milliseconds. On a busy machine it may wait for its turn.
const HANG: Duration = Duration::from_secs(20);
/// A case that takes longer waits for something that never comes.
const WAITS: Duration = Duration::from_secs(300);

/// A document to start from: its name (formats look at endings) and bytes.
type Seed = (String, Vec<u8>);

fn corpus() -> Vec<Seed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut todo = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                todo.push(entry);
            } else if let Ok(bytes) = std::fs::read(&entry)
                && bytes.len() < 200_000
            {
                found.push((entry.strip_prefix(&root).unwrap().display().to_string(), bytes));
            }
        }
    }
    found.sort();
    found
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Keeps what is being tried, so that a watcher can save it when it hangs.
#[derive(Default)]
struct Now {
    began: Option<(Instant, Duration)>,
    case: Option<(&'static str, Seed)>,
}

fn save(what: &str, (name, bytes): &Seed) -> PathBuf {
    let digest = bytes.iter().fold(5381_u64, |hash, byte| hash.wrapping_mul(33) ^ u64::from(*byte));
    let path = std::env::temp_dir().join(format!("orca-fuzz-{what}-{digest:016x}-{}", name.replace('/', SLASH)));
    std::fs::write(&path, bytes).unwrap();
    path
}

/// What stands for a slash in a saved name.
const SLASH: &str = "%";

/// The parser and the seed's name of a saved case.
fn saved(path: &str) -> Option<(String, String)> {
    let name = path.rsplit('/').next()?.strip_prefix("orca-fuzz-")?;
    let (target, rest) = name.split_once('-')?;
    Some((target.to_owned(), rest.split_once('-')?.1.replace(SLASH, "/")))
}

/// What this process has computed until now.
fn processor_time() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    let time = |it: nix::sys::time::TimeVal| {
        Duration::new(it.tv_sec().unsigned_abs(), u32::try_from(it.tv_usec()).unwrap_or(0) * 1_000)
    };
    time(usage.user_time()) + time(usage.system_time())
}

/// Ends the test with the case when one hangs.
fn watch(now: Arc<Mutex<Now>>) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(200));
            let now = now.lock().unwrap();
            if let (Some((began, used)), Some((target, seed))) = (now.began, &now.case)
                && (processor_time() - used > HANG || began.elapsed() > WAITS)
            {
                eprintln!("{target} hangs on {} (from {})", save(target, seed).display(), seed.0);
                std::process::exit(101);
            }
        }
    });
}

#[test]
fn every_parser_takes_whatever_comes() {
    if let Ok(path) = std::env::var("ORCA_FUZZ_CASE") {
        let bytes = std::fs::read(&path).unwrap();
        let (target, name) = saved(&path).expect("a file that was written here");
        return TARGETS.iter().filter(|known| known.0 == target).for_each(|(_, _, run)| run(&name, &bytes));
    }
    let seconds = number("ORCA_FUZZ_SECONDS").unwrap_or(SECONDS);
    let seed = number("ORCA_FUZZ_SEED").unwrap_or(SEED);
    eprintln!("ORCA_FUZZ_SEED={seed} ORCA_FUZZ_SECONDS={seconds}");
    let only = std::env::var("ORCA_FUZZ_ONLY").ok();
    let corpus = corpus();
    let mut dice = Dice::new(seed);
    let now = Arc::new(Mutex::new(Now::default()));
    watch(Arc::clone(&now));
    let place = Arc::new(Mutex::new(String::new()));
    let told = Arc::clone(&place);
    std::panic::set_hook(Box::new(move |info| {
        *told.lock().unwrap() = info.location().map_or_else(String::new, ToString::to_string);
    }));
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut counts: BTreeMap<&str, (u64, Duration)> = BTreeMap::new();
    let mut broken = Vec::new();
    while Instant::now() < end && broken.is_empty() {
        for (target, takes, run) in TARGETS {
            if only.as_ref().is_some_and(|only| !only.split(',').any(|name| name == target)) {
                continue;
            }
            let fitting: Vec<&Seed> = corpus.iter().filter(|(name, _)| takes(name)).collect();
            let (name, bytes) = fitting[dice.below(fitting.len())];
            let other = &fitting[dice.below(fitting.len())].1;
            let case: Seed = (name.clone(), mutate::mutated(&mut dice, bytes, other));
            let began = Instant::now();
            *now.lock().unwrap() = Now { began: Some((began, processor_time())), case: Some((target, case.clone())) };
            let done = catch_unwind(AssertUnwindSafe(|| run(&case.0, &case.1)));
            now.lock().unwrap().began = None;
            let count = counts.entry(target).or_default();
            *count = (count.0 + 1, count.1.max(began.elapsed()));
            if let Err(cause) = done {
                let text =
                    cause.downcast_ref::<String>().cloned().or(cause.downcast_ref::<&str>().map(|t| (*t).to_owned()));
                let (text, place) = (text.unwrap_or_default(), place.lock().unwrap().clone());
                broken.push(format!("{target}: {text} at {place} ({})", save(target, &case).display()));
            }
        }
    }
    let _ = std::panic::take_hook();
    for (target, (cases, slowest)) in &counts {
        eprintln!("{target}: {cases} cases, the slowest {} ms", slowest.as_millis());
    }
    assert!(broken.is_empty(), "seed {seed}: {}", broken.join("; "));
}
