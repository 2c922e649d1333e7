//! The picture in the README: what the demo printed, as an SVG. `ORCA_PICTURE=1 cargo test --test runs demo` makes it anew.

use std::fmt::Write;
use std::path::PathBuf;

const LINE: usize = 17;
const COLUMN: f64 = 7.8;

/// Where it lies.
pub fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo/demo.svg")
}

/// Lines of a terminal as a picture of it.
pub fn draw(lines: &[String]) -> String {
    let columns = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let (wide, high) = (columns as f64 * COLUMN + 32.0, lines.len() * LINE + 32);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide:.0}\" height=\"{high}\" viewBox=\"0 0 {wide:.0} {high}\" \
         role=\"img\" aria-label=\"git orca demo in a terminal\">\n<style>rect{{fill:#0d1117}}text{{font:13px \
         ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#c9d1d9;white-space:pre}}.good{{fill:#56d364}}\
         .bad{{fill:#ff7b72}}.typed{{fill:#fff;font-weight:bold}}</style>\n<rect width=\"100%\" height=\"100%\" rx=\"8\"/>\n"
    );
    for (n, line) in lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let class = match line {
            line if line.starts_with("$ ") => " class=\"typed\"",
            line if line.contains(" landed ") => " class=\"good\"",
            line if line.contains(" fails: ") || line.contains("kill -9") => " class=\"bad\"",
            _ => "",
        };
        let y = 28 + n * LINE;
        writeln!(text, "<text x=\"16\" y=\"{y}\"{class}>{}</text>", escaped(line)).unwrap();
    }
    text + "</svg>\n"
}

fn escaped(line: &str) -> String {
    line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What is drawn of the demo: its narration, and how it ended.
pub fn lines(stdout: &str, stderr: &str) -> Vec<String> {
    let typed = "$ cargo run --release -- demo".to_owned();
    let told = stderr.lines().map(str::to_owned);
    let end = stdout.lines().filter(|line| line.starts_with("8 of 8 landed")).map(str::to_owned);
    std::iter::once(typed).chain(told).chain([String::new()]).chain(end).collect()
}

/// Words that the demo prints today: a picture of yesterday's would lack them.
#[test]
fn the_picture_shows_the_demo_as_it_is() {
    let picture = std::fs::read_to_string(file()).unwrap();
    assert!(picture.len() < 20_000, "{} bytes", picture.len());
    for words in [
        "no network, no model",
        "4 agents at once; gates",
        "left uncommitted changes: committed for it",
        "resolved by the union",
        "The demo has killed git orca (kill -9) in the middle of the run. To continue:",
        "$ git orca resume",
        " continues: ",
        "gate test fails: tests/template.sh:3",
        "gate review fails: tests/log.sh",
        "gets the finding",
        "marked as done in the plan",
        "8 of 8 landed in",
    ] {
        assert!(picture.contains(words), "`{words}` is not in the picture: ORCA_PICTURE=1 cargo test --test runs demo");
    }
    assert!(!picture.contains("/home/") && !picture.contains("/root/"));
}

#[test]
fn lines_are_drawn_escaped_and_coloured_by_their_words() {
    let drawn = draw(&["$ a <b>".to_owned(), String::new(), " 0.1  x  landed  & y".to_owned()]);
    assert!(drawn.contains("y=\"28\" class=\"typed\">$ a &lt;b&gt;</text>"), "{drawn}");
    assert!(drawn.contains("y=\"62\" class=\"good\"> 0.1  x  landed  &amp; y</text>"), "{drawn}");
}
