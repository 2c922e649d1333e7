//! `git orca report --format junit`: tasks as test cases, for systems that show test results.

use crate::report::facts::ending;
use crate::report::facts::picture::Picture;
use crate::report::facts::reason;
use crate::report::facts::timing::{self, Timing};
use crate::schedule::TaskStatus;

/// Text for XML: what XML 1.0 cannot hold becomes its visible escape.
pub(in crate::report) fn xml(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in crate::report::words::display::safe(text).chars() {
        match c {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => shown.push('\u{fffd}'),
            c => shown.push(c),
        }
    }
    shown
}

/// One suite with a case per task: landed passes, failed and conflicted fail, everything else is skipped.
pub fn report_junit(picture: &Picture<'_>) -> String {
    let failed = picture.that(is_failure).len();
    let skipped = picture.that(|standing| !is_failure(standing) && *standing != TaskStatus::Landed).len();
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    text.push_str(&format!(
        "<testsuite name=\"git orca {}\" tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\" time=\"{:.3}\" timestamp=\"{}\">\n",
        picture.state.info.run,
        picture.len(),
        Timing::of(picture).wall,
        picture.state.started.strftime("%Y-%m-%dT%H:%M:%S"),
    ));
    (0..picture.len()).for_each(|i| text.push_str(&case(picture, i)));
    text.push_str(&format!("  <system-out>{}</system-out>\n</testsuite>\n", xml(&ending::line(picture))));
    text
}

fn is_failure(standing: &TaskStatus) -> bool {
    matches!(standing, TaskStatus::Failed(_) | TaskStatus::Conflicted)
}

fn case(picture: &Picture<'_>, i: usize) -> String {
    let task = picture.task(i);
    let standing = picture.standing(i);
    let head = format!(
        "  <testcase classname=\"layer {}\" name=\"{} {}\" time=\"{:.3}\"",
        picture.state.info.layers[i],
        task.id,
        xml(&task.title),
        timing::of_task(picture, i),
    );
    let why = xml(&reason::of(picture, i).unwrap_or_default());
    match standing {
        TaskStatus::Landed => format!("{head}/>\n"),
        standing if is_failure(standing) => {
            format!("{head}>\n    <failure type=\"{}\" message=\"{why}\"/>\n  </testcase>\n", standing.word())
        }
        standing => {
            let why = if why.is_empty() { standing.word().to_owned() } else { format!("{}: {why}", standing.word()) };
            format!("{head}>\n    <skipped message=\"{why}\"/>\n  </testcase>\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::FailClass;
    use crate::report::testing::{Story, inert};

    #[test]
    fn tasks_are_cases() {
        let tasks: &[(&str, &str, &[&str])] =
            &[("A", "<Cart> & \"model\"", &[]), ("B", "Tax\x1b[31m", &[]), ("C", "Totals", &["B"])];
        let mut story = Story::new(tasks, &[]);
        story.done("A", 0.0, 60.0).starts(&["B"]).at(90.0).fails("B", FailClass::Fatal, "no <b>credit</b> left");
        let state = story.state();
        let text = report_junit(&Picture::new(&state, state.at, false));
        inert(&text);
        insta::assert_snapshot!(text, @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuite name="git orca 20261120-1812-k3" tests="3" failures="1" errors="0" skipped="1" time="90.000" timestamp="2026-11-20T18:12:00">
          <testcase classname="layer 1" name="A &lt;Cart&gt; &amp; &quot;model&quot;" time="59.500"/>
          <testcase classname="layer 1" name="B Tax\u{1b}[31m" time="30.500">
            <failure type="failed" message="no &lt;b&gt;credit&lt;/b&gt; left"/>
          </testcase>
          <testcase classname="layer 2" name="C Totals" time="0.000">
            <skipped message="blocked: needs B"/>
          </testcase>
          <system-out>1 of 3 landed so far</system-out>
        </testsuite>
        "#);
    }
}
