//! Tasks that only write tests: red for the right reason, tolerated until they are implemented, never at the end.

use git_orca::model::Verdict;

use super::judgement;
use super::support::TestRepo;

const TASKS: &str = "# Tasks: Calc

## Phase 1: Setup

- [ ] T001 Create the calculator in calc.sh

## Phase 2: User Story 1 - Sums (Priority: P1)

- [ ] T002 [US1] Contract test for sums in tests/sum.sh
- [ ] T003 [US1] Implement sums in sum.sh (depends on T002)

## Phase 3: User Story 2 - Words

- [ ] T004 [US2] Write the words in words.txt (depends on T001)
- [ ] T005 Verify that everything is there
";

/// Tests are scripts below `tests/`; what runs them prints TAP.
const RUNNER: &str = "#!/bin/sh
n=0; bad=0
for file in tests/*.sh; do
  [ -e \"$file\" ] || continue
  n=$((n + 1))
  if sh \"$file\" > /dev/null 2>&1; then echo \"ok $n - $file\"; else echo \"not ok $n - $file\"; bad=1; fi
done
echo \"1..$n\"
exit $bad
";

const AGENT: &str = "#!/bin/sh -e
case $ORCA_TASK in
  T001) echo 'echo calc' > calc.sh ;;
  T002) mkdir -p tests; echo 'test \"$(sh sum.sh 1 2)\" = 3' > tests/sum.sh ;;
  T003) IMPLEMENT ;;
  T004) echo words > words.txt ;;
  T005) test -e calc.sh ;;
esac
";

fn bed(implement: &str) -> TestRepo {
    let bed = TestRepo::new();
    bed.program("agent", &AGENT.replace("IMPLEMENT", implement));
    bed.write("run-tests.sh", RUNNER);
    bed.write("tests/base.sh", "test -e run-tests.sh\n");
    bed.write("specs/001-calc/tasks.md", TASKS);
    bed.write("specs/001-calc/spec.md", "# Feature: Calc\n");
    bed.write("specs/001-calc/plan.md", "# Plan: Calc\n");
    bed.toml("[agents.mine]\ncommand = [\"agent\"]\n[run]\nagent = \"mine\"\n[gates.test]\nrun = \"sh run-tests.sh\"\nreport = { path = \"-\", format = \"tap\" }\n");
    bed.commit("a plan");
    bed
}

#[test]
fn a_plan_with_separate_tests_and_implementation_ends_well() {
    let bed = bed("echo 'echo $(($1 + $2))' > sum.sh");
    bed.execute(&["specs/001-calc"]).exits(0);
    let judged = judgement(&bed, "T002", 1, "test");
    assert_eq!(judged.verdict, Verdict::Pass, "{}", judged.reason);
    assert!(!judged.measured.red.is_empty(), "its tests are red, and known to be");
    assert!(bed.result_has("tests/sum.sh") && bed.result_has("sum.sh"));
}

#[test]
fn with_the_implementation_left_out_it_does_not() {
    // Something is written, but not what the tests ask for.
    let bed = bed("echo 'echo 0' > sum.sh");
    let output = bed.execute(&["specs/001-calc"]);
    assert_ne!(output.code, 0, "{}", output.stderr);
    // Nothing implements them: the last head would be red.
    let bed = self::bed("echo later > notes.txt");
    let output = bed.execute(&["specs/001-calc", "--skip", "T003"]);
    assert_eq!(output.code, 5, "{}", output.stderr);
}

#[test]
fn what_is_red_without_its_tests_too_is_refused() {
    let bed = bed("true");
    bed.program(
        "agent",
        &AGENT.replace(
            "echo 'test \"$(sh sum.sh 1 2)\" = 3' > tests/sum.sh",
            "echo 'exit 1' > tests/sum.sh; echo 'echo ok 1 - a; echo 1..1; exit 1' > run-tests.sh",
        ),
    );
    let output = bed.execute(&["specs/001-calc"]);
    assert_ne!(output.code, 0);
    assert_eq!(judgement(&bed, "T002", 1, "test").verdict, Verdict::Fail);
}
