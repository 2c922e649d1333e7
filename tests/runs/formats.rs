//! Journals of other programs: what an older one left is gone on with, what a later one wrote is shown and left alone.

use std::path::Path;

use crate::support::{Output, TestRepo};
use git_orca::journal::{Entry, Event, Journal, RunLock, RunOutcome, RunState, Subject, read_entries};
use serde_json::json;

/// A journal with these entries in the other's place.
fn rewrite(bed: &TestRepo, entries: &[Entry]) {
    let journal = bed.paths().journal();
    let lock = RunLock::take(&bed.root().join("rewriting")).unwrap().unwrap();
    std::fs::remove_file(&journal).unwrap();
    Journal::create(&journal, &lock).unwrap().append(entries).unwrap();
}

/// Makes of a journal what a program of format 1 would have left: it did not record what checks ask.
fn as_format_1_left_it(bed: &TestRepo) {
    let mut entries = bed.journal();
    for entry in &mut entries {
        match &mut entry.event {
            Event::RunStarted(info) => info.format = 1,
            Event::CheckIntended { ask, .. } => *ask = None,
            _ => {}
        }
    }
    rewrite(bed, &entries);
}

/// Appends a whole line as a later program would write it; gives what the journal then holds.
fn append_line(journal: &Path, seq: u64, rest: &str) -> String {
    let body = format!("{{\"seq\":{seq},\"at\":\"2030-01-01T00:00:00Z\",{rest}");
    let sum = crc32fast::hash(format!("{body}}}").as_bytes());
    let mut text = std::fs::read_to_string(journal).unwrap();
    text.push_str(&format!("{body},\"sum\":\"{sum:08x}\"}}\n"));
    std::fs::write(journal, &text).unwrap();
    text
}

/// Two tasks with a gate of their own, one after the other.
fn bed() -> TestRepo {
    let bed = TestRepo::in_memory();
    bed.toml("[gates.there]\nrun = \"test -e kept.txt\"\n");
    bed.write("kept.txt", "kept\n");
    bed.plan(json!([
        {"id": "A", "run": "put a.txt a"},
        {"id": "B", "after": ["A"], "run": "cat a.txt; put b.txt b"},
    ]));
    bed.commit("the beginning");
    bed
}

/// A run that was killed where its first gate was announced and had not spoken.
fn killed_before_the_first_verdict() -> TestRepo {
    let open = |entry: &Entry| matches!(entry.event, Event::CheckIntended { subject: Subject::Attempt(_), .. });
    for at in 1.. {
        let bed = bed();
        let point = at.to_string();
        let running = bed.spawn_with(&["execute", "--yes", "-j", "1"], &[("ORCA_CRASH_AT", &point)]);
        assert_ne!(running.wait().code, 0, "the run went by");
        if bed.try_state().is_some() && bed.journal().last().is_some_and(open) {
            return bed;
        }
    }
    unreachable!("it ends by itself or by a kill")
}

/// Checks that something is shown on standard output.
#[track_caller]
fn shows(output: &Output, words: &[&str]) {
    assert_eq!(output.code, 0, "{}", output.stderr);
    for word in words {
        // Long lines are broken for the terminal.
        let text = output.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(word), "`{word}` is not shown:\n{}", output.stdout);
    }
}

#[test]
fn a_run_that_format_1_left_open_is_gone_on_with_in_format_2() {
    let bed = killed_before_the_first_verdict();
    as_format_1_left_it(&bed);
    bed.orca(&["resume"]).exits(0);
    let entries = bed.journal();
    let state = bed.state();
    assert_eq!(state.finished.as_ref().map(|(_, outcome)| *outcome), Some(RunOutcome::Done));
    assert_eq!(RunState::replay(&entries).unwrap(), state);
    let resumed = entries.iter().position(|entry| matches!(entry.event, Event::RunResumed { .. })).unwrap();
    let raised: Vec<usize> =
        (0..entries.len()).filter(|n| matches!(entries[*n].event, Event::FormatRaised { .. })).collect();
    assert_eq!(raised, [resumed + 1], "one line says it, right after who goes on");
    let Event::FormatRaised { format, checks, .. } = &entries[resumed + 1].event else { unreachable!() };
    assert_eq!((*format, checks.len()), (2, 1));
    let recorded = |entry: &&Entry| matches!(&entry.event, Event::CheckIntended { ask, .. } if ask.is_some());
    assert!(entries[resumed..].iter().any(|entry| recorded(&entry)), "what is announced since says what it asks");
    shows(&bed.orca(&["log"]), &["continues in format 2"]);
    bed.assert_lossless();
}

#[test]
fn a_run_that_a_later_program_went_on_with_is_shown_and_not_written_to() {
    let bed = bed();
    bed.execute(&["-j", "1"]).exits(0);
    let journal = bed.paths().journal();
    let seq = bed.journal().last().unwrap().seq + 1;
    let text = append_line(&journal, seq, "\"event\":\"moon_phase\",\"phase\":[1,2]");
    let before = bed.git(&["for-each-ref"]);
    shows(&bed.orca(&["status"]), &["a later git orca", "`moon_phase`"]);
    shows(&bed.orca(&["log"]), &["an entry of a later git orca: moon_phase"]);
    bed.orca(&["report"]).exits(0);
    for command in [&["resume"][..], &["retry", "B"], &["skip", "B"], &["revert", "--yes", "B"], &["take"]] {
        let output = bed.orca(command);
        assert_ne!(output.code, 0, "{command:?}\n{}", output.stdout);
        assert!(output.stderr.contains("moon_phase"), "{command:?}\n{}", output.stderr);
    }
    assert_eq!(std::fs::read_to_string(&journal).unwrap(), text, "nothing was written");
    assert_eq!(bed.git(&["for-each-ref"]), before, "no ref moved");
    assert_eq!(read_entries(&journal).unwrap().len() as u64, seq);
}

#[test]
fn an_interrupted_run_that_a_later_program_went_on_with_is_left_as_it_is() {
    let bed = killed_before_the_first_verdict();
    let journal = bed.paths().journal();
    let seq = bed.journal().last().unwrap().seq + 1;
    // A kind that is known, with something in it that is not.
    let text = append_line(&journal, seq, "\"event\":\"requested\",\"message\":\"m\",\"request\":{\"dance\":{}}");
    shows(&bed.orca(&["status"]), &["a later git orca", "`requested`"]);
    let output = bed.orca(&["resume"]);
    assert_ne!(output.code, 0, "{}", output.stdout);
    assert!(output.stderr.contains("(`requested`) was written by a later git orca"), "{}", output.stderr);
    assert_eq!(std::fs::read_to_string(&journal).unwrap(), text, "nothing was written");
    // Somebody who wants to begin anew can.
    bed.execute(&["--new", "-j", "1"]).exits(0);
}
