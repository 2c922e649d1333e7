//! The default reading lets neighbors run beside each other where their files and words say that they may. Whoever does what
//! a plan says, with an agent that needs what earlier tasks made, gets a result in which all works.

use serde_json::Value;

use crate::support::TestRepo;

/// Writes the file of its task and a test of it, runs that test, and fails where something is missing that others make.
const AGENT: &str = r#"#!/bin/sh -e
made() { # FILE, TEXT, TEST
    mkdir -p lib t
    printf '%s\n' "$2" >> "lib/$1.sh"
    printf 'set -e\n%s\n' "$3" > "t/$1.sh"
    sh "t/$1.sh"
}
case $ORCA_TASK in
1|1.1) made shorten 'shorten_text() { printf "%.3s" "$1"; }' '. lib/shorten.sh; [ "$(shorten_text abcd)" = abc ]';;
2|1.2) made pad 'pad_text() { printf "<%s>" "$1"; }' '. lib/pad.sh; [ "$(pad_text a)" = "<a>" ]';;
3|2.1) made line 'line_of() { pad_text "$(shorten_text "$1")"; }' \
    '. lib/shorten.sh; . lib/pad.sh; . lib/line.sh; [ "$(line_of abcd)" = "<abc>" ]';;
4|2.2) made count 'count_of() { echo "$#"; }' '. lib/count.sh; [ "$(count_of a b)" = 2 ]';;
5|2.3) made report 'report_all() { count_of "$@"; line_of "$1"; }' \
    'for f in shorten pad line count report; do . "lib/$f.sh"; done; [ "$(report_all abcd)" = "1
<abc>" ]';;
esac
"#;

/// The same work in the formats whose default reading is the loosest.
const PLANS: [(&str, &str); 4] = [
    (
        "docs/superpowers/plans/2026-01-01-lines.md",
        "# Lines Implementation Plan\n\n**Goal:** Lines of reports.\n\n### Task 1: Shorten\n\n**Files:**\n- Create: `lib/shorten.sh`\n\n**Interfaces:**\n- Produces: `shorten_text(text)`\n\n### Task 2: Pad\n\n**Files:**\n- Create: `lib/pad.sh`\n\n**Interfaces:**\n- Produces: `pad_text(text)`\n\n### Task 3: Lines\n\n**Files:**\n- Create: `lib/line.sh`\n\n**Interfaces:**\n- Consumes: `shorten_text(text)`, `pad_text(text)`\n- Produces: `line_of(text)`\n\n### Task 4: Count\n\n**Files:**\n- Create: `lib/count.sh`\n\n**Interfaces:**\n- Produces: `count_of(texts)`\n\n### Task 5: Report\n\n**Files:**\n- Create: `lib/report.sh`\n\n**Interfaces:**\n- Consumes: `line_of(text)`, `count_of(texts)`\n",
    ),
    (
        "openspec/changes/add-lines/tasks.md",
        "## 1. Texts\n\n- [ ] 1.1 Create `lib/shorten.sh` with `shorten_text`\n- [ ] 1.2 Create `lib/pad.sh` with `pad_text`\n\n## 2. Reports\n\n- [ ] 2.1 Create `lib/line.sh`: `line_of` pads what `shorten_text` gives\n- [ ] 2.2 Create `lib/count.sh` with `count_of`\n- [ ] 2.3 Create `lib/report.sh` out of `line_of` and `count_of`\n",
    ),
    (
        ".kiro/specs/lines/tasks.md",
        "# Implementation Plan\n\n- [ ] 1. Texts\n- [ ] 1.1 Create lib/shorten.sh with `shorten_text`\n  - _Requirements: 1.1_\n- [ ] 1.2 Create lib/pad.sh with `pad_text`\n  - _Requirements: 1.2_\n- [ ] 2. Reports\n- [ ] 2.1 Create lib/line.sh with `line_of`\n  - It needs `shorten_text` and `pad_text`\n  - _Requirements: 2.1_\n- [ ] 2.2 Create lib/count.sh with `count_of`\n  - _Requirements: 2.2_\n- [ ] 2.3 Create lib/report.sh\n  - Print what `line_of` and `count_of` say\n  - _Requirements: 2.3_\n",
    ),
    (
        "TODO.md",
        "# TODO\n\n- [ ] 1. Create `lib/shorten.sh` with `shorten_text`\n- [ ] 2. Create `lib/pad.sh` with `pad_text`\n- [ ] 3. Create `lib/line.sh`, in which `line_of` pads what `shorten_text` and `pad_text` give\n- [ ] 4. Create `lib/count.sh` with `count_of`\n- [ ] 5. Create `lib/report.sh` (after 3 and 4)\n",
    ),
];

#[test]
fn what_the_default_reading_runs_side_by_side_works_together() {
    for (path, text) in PLANS {
        let bed = TestRepo::new();
        bed.program("doer", AGENT);
        bed.write(path, text);
        bed.toml("[agents.doer]\ncommand = [\"doer\"]\n");
        bed.commit("a plan");
        let plan: Value = serde_json::from_str(&bed.orca(&["plan", path, "--json"]).exits(0).stdout).unwrap();
        let tasks = plan["tasks"].as_array().unwrap();
        assert_eq!(tasks.len(), 5, "{path}");
        assert_eq!(tasks[1]["after"].as_array().unwrap().len(), 0, "{path}: the second waits for nothing");
        let times = |name: &str| {
            let readings = plan["readings"].as_array().unwrap();
            readings.iter().find(|reading| reading["name"] == name).unwrap()["times"]["4"].as_f64().unwrap()
        };
        assert!(times("default") < times("strict"), "{path}: {}", plan["readings"]);
        bed.orca(&["execute", path, "--yes", "--quiet", "--agent", "doer", "-j", "4", "--attempts", "1"]).exits(0);
        let branch = format!("orca/{}/integration", bed.run());
        bed.git(&["checkout", "-q", &branch]);
        for test in ["shorten", "pad", "line", "count", "report"] {
            let ran = bed.command("sh").args(["-e", &format!("t/{test}.sh")]).current_dir(bed.repo()).status().unwrap();
            assert!(ran.success(), "{path}: {test}");
        }
    }
}
