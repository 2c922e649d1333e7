//! `git orca report --format html`: one file that needs nothing else, for people without a terminal. The live page of
//! `git orca serve` is the same report (`live`), with `controls` beside what they are about.
//!
//! No script, no network: the file's policy forbids both. Text that others wrote is escaped by `text`; there is no other
//! way into the page.

mod controls;
mod escape;
mod live;
mod order;
mod place;
mod tasks;
mod timeline;

use self::escape::text;
use self::place::ReportPlace;
use crate::integrate::names;
use crate::report::facts::checked::Checked;
use crate::report::facts::picture::Picture;
use crate::report::facts::timing::Timing;
use crate::report::facts::{by_hand, ending, reason, tally};
use crate::report::live::narration;
use crate::report::machine::report_json::Changes;
use crate::report::machine::status_json;
use crate::report::screens::summary::used;
use crate::report::words::measure::duration;
use crate::report::words::waived;

pub use live::{LivePage, PAGE_STYLE, live_html, live_main};

/// The report.
pub fn report_html(picture: &Picture<'_>, files: &Changes) -> String {
    let run = text(picture.state.info.run.as_str());
    let body = body(picture, files, ReportPlace::File);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>git orca run {run}</title>\n<style>\n{}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        include_str!("style.css")
    )
}

fn body(picture: &Picture<'_>, files: &Changes, place: ReportPlace) -> String {
    let controls = if place == ReportPlace::Live { controls::of_run(picture) } else { String::new() };
    [
        head(picture),
        controls,
        order::order(picture),
        tasks::table(picture),
        timeline::timeline(picture),
        checked(picture),
        waivers(picture),
        conflicts(picture),
        tasks::each(picture, files, place),
        next(picture),
    ]
    .concat()
}

/// One line of a list of facts.
fn fact(name: &str, value: &str) -> String {
    format!("<dt>{name}</dt><dd>{value}</dd>\n")
}

fn head(picture: &Picture<'_>) -> String {
    let info = &picture.state.info;
    let timing = Timing::of(picture);
    let mut facts = vec![
        fact("plan", &format!("<code>{}</code> ({})", text(&info.plan.path), text(&info.plan.kind))),
        fact("base", &format!("<code>{}</code> {}", text(&info.base_name), info.base.short())),
        fact("sandbox", &text(&info.options.sandbox.about())),
        fact("began", &picture.state.started.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()),
        fact("state", &format!("{}, {}", picture.word().word(), text(&ending::line(picture)))),
        fact("tasks", &format!("{}: {}", picture.len(), tally::words(&tally::shown(picture)))),
        fact("time", &duration(timing.wall)),
    ];
    if let Some(speed_up) = timing.gain().filter(|_| picture.landed() > 1) {
        let words =
            format!("{} ({speed_up:.1}x); best possible {}", duration(timing.sequential), duration(timing.bound));
        facts.push(fact("sequentially about", &words));
    }
    facts.extend(used(picture).map(|used| fact("used", &text(&used))));
    let left = &info.left_out;
    if left.done + left.optional + left.chosen > 0 {
        let words = format!("{} done in the plan, {} optional, {} by choice", left.done, left.optional, left.chosen);
        facts.push(fact("not part of this run", &words));
    }
    if !picture.state.heads.is_empty() {
        let branch = text(&names::integration_branch(&info.run));
        facts.push(fact("result", &format!("<code>{branch}</code> {}", picture.state.top().commit.short())));
    }
    format!("<h1>git orca run {}</h1>\n<dl>\n{}</dl>\n", text(info.run.as_str()), facts.concat())
}

fn checked(picture: &Picture<'_>) -> String {
    let checked = Checked::of(picture);
    let mut html = "<h2>What was checked</h2>\n".to_owned();
    if !checked.anything() {
        let why = if checked.gates.is_empty() { "No gates ran" } else { "No gate has given a verdict" };
        return format!("{html}<p class=\"unchecked\">{why}: nothing was checked.</p>\n");
    }
    html.push_str(
        "<div class=\"wide\"><table>\n<tr><th>gate</th><th>on landed tasks</th><th>on merged trees</th></tr>\n",
    );
    let counts = |counts: &std::collections::BTreeMap<&'static str, usize>| {
        let words: Vec<String> = counts.iter().map(|(word, n)| format!("{n} {word}")).collect();
        if words.is_empty() { "not run".to_owned() } else { words.join(", ") }
    };
    for (gate, found) in &checked.gates {
        let (tasks, merged) = (counts(&found.tasks), counts(&found.merged));
        html.push_str(&format!("<tr><td>{}</td><td>{tasks}</td><td>{merged}</td></tr>\n", text(gate.as_str())));
    }
    html.push_str("</table></div>\n");
    if !checked.gaps.is_empty() {
        html.push_str("<p>Not passed:</p>\n<ul>\n");
        checked.gaps.iter().for_each(|gap| html.push_str(&format!("<li class=\"fail\">{}</li>\n", text(gap))));
        html.push_str("</ul>\n");
    }
    html
}

fn waivers(picture: &Picture<'_>) -> String {
    let waived = (0..picture.len()).flat_map(|i| picture.facts(i).waived());
    let lines: String = waived.map(|it| format!("<li>{}</li>\n", text(&waived::line(&it.waiver)))).collect();
    if lines.is_empty() { lines } else { format!("<h2>Waived by people</h2>\n<ul>\n{lines}</ul>\n") }
}

fn conflicts(picture: &Picture<'_>) -> String {
    let open = status_json::conflicts(picture);
    let solved: Vec<String> = (0..picture.len())
        .flat_map(|i| picture.facts(i).rules.iter().map(move |rule| (i, rule)))
        .map(|(i, rule)| {
            format!("<li>{}: {}</li>\n", text(picture.task(i).id.as_str()), text(&narration::solved(rule)))
        })
        .collect();
    if open.is_empty() && solved.is_empty() {
        return String::new();
    }
    let mut html = format!("<h2>Conflicts</h2>\n<ul>\n{}", solved.concat());
    for conflict in open {
        let severity = by_hand::severity(conflict).word();
        let by_hand::Commands { before, after } = by_hand::commands(picture, conflict);
        let commands = [before, vec!["# edit the files".to_owned()], after].concat().join("\n");
        let commands: Vec<String> = commands.lines().map(text).collect();
        html.push_str(&format!(
            "<li><b>{}</b> {}, severity {severity}; by hand:<pre>{}</pre></li>\n",
            text(conflict.task.as_str()),
            text(&reason::conflict(conflict)),
            commands.join("\n")
        ));
    }
    html.push_str("</ul>\n");
    html
}

fn next(picture: &Picture<'_>) -> String {
    let mut commands: Vec<String> = Vec::new();
    if picture.state.finished.is_none() && !picture.driven {
        commands.push(format!("git orca resume {}", picture.state.info.run));
    }
    commands.extend(status_json::needs(picture).into_iter().map(|need| need.command));
    if !picture.state.heads.is_empty() {
        let branch = names::integration_branch(&picture.state.info.run);
        commands.push(format!("git diff {}...{branch}", picture.state.info.base_name));
        commands.push(format!("git orca take {}", picture.state.info.run));
        commands.push("git orca undo".to_owned());
    }
    if commands.is_empty() {
        return String::new();
    }
    let commands: Vec<String> = commands.iter().map(|command| text(command)).collect();
    format!("<h2>Next</h2>\n<pre>{}</pre>\n", commands.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{HOSTILE, Story, inert, wreck};

    fn html(story: &Story) -> String {
        let state = story.state();
        report_html(&Picture::new(&state, state.at, false), &Changes::new())
    }

    /// Every tag is closed where it was opened, and none is unknown.
    fn well_formed(html: &str) {
        let void = ["meta", "rect", "path", "line", "!doctype", "br", "link", "input"];
        let mut open: Vec<&str> = Vec::new();
        let body = html.split_once("</style>").map_or(html, |(_, body)| body);
        for tag in body.split('<').skip(1) {
            let (tag, _) = tag.split_once('>').unwrap_or_else(|| panic!("no end: {tag:?}"));
            let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
            if void.contains(&name) || tag.ends_with('/') {
                continue;
            }
            match tag.starts_with('/') {
                true if ["head", "body", "html"].contains(&name) => {}
                true => assert_eq!(open.pop(), Some(name), "{open:?}"),
                false if ["head", "body", "html"].contains(&name) => {}
                false => open.push(name),
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }

    #[test]
    fn the_page_has_everything_and_reaches_for_nothing() {
        let page = html(&wreck());
        well_formed(&page);
        for part in [
            "<title>git orca run 20261120-1812-k3</title>",
            "10: 5 landed, 2 interrupted, 1 failed, 1 conflicted, 1 blocked",
            "class=\"landed\"",
            "conflicts with T005 at shop/cart.py:41-58",
            "git merge orca/20261120-1812-k3/layer/3",
            "passes without the change, so it proves nothing",
            "git orca retry T007",
            "<td>review</td><td>5 pass</td>",
        ] {
            assert!(page.contains(part), "{part} is missing");
        }
        let outside = page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "");
        for reach in ["http", "src=", "url(", "<script", "@import", "href=\"//"] {
            assert!(!outside.contains(reach), "{reach}");
        }
        assert!(page.contains("prefers-color-scheme: dark"));
    }

    #[test]
    fn hostile_titles_are_no_markup() {
        for title in HOSTILE.iter().chain(&["</title><script>alert(1)</script>", "\"><img src=x onerror=y>'"]) {
            let mut story = Story::new(&[("A", title, &[]), ("B", title, &["A"])], &["test"]);
            story.starts(&["A"]).commits("A", 1, 1, 0).conflicts("A", &[], &[(title, "1-2")]);
            let page = html(&story);
            inert(&page.replace(&"x".repeat(500), ""));
            assert!(!page.contains("<script") && !page.contains("<img"), "{title}");
            well_formed(&page);
        }
    }

    #[test]
    fn without_gates_nothing_is_called_checked() {
        let mut story = Story::new(&[("A", "a", &[])], &[]);
        story.done("A", 0.0, 1.0);
        assert!(html(&story).contains("No gates ran: nothing was checked."));
    }

    #[test]
    fn the_page_of_two_hundred_tasks_is_small_and_live_only_where_it_can_act() {
        let ids: Vec<String> = (0..200).map(|n| format!("T{n:03}")).collect();
        let title = "Write the part of the import that reads a file, with tests, a page about it and an example";
        let after: Vec<Vec<&str>> = (0..200).map(|n| if n < 8 { vec![] } else { vec![ids[n - 8].as_str()] }).collect();
        let lines: Vec<_> = (0..200).map(|n| (ids[n].as_str(), title, after[n].as_slice())).collect();
        let mut story = Story::new(&lines, &["test", "lint", "review"]);
        for id in &ids {
            story.done(id, 1.0, 2.0);
        }
        let state = story.state();
        let picture = Picture::new(&state, state.at, true);
        let files: Changes = state.info.tasks.iter().map(|task| (task.id.clone(), changed_files())).collect();
        let page = LivePage { run: "r", token: "t", is_live: true };
        for html in [report_html(&picture, &files), live_html(&page, &live_main(&picture, &files))] {
            assert!(html.len() <= 2_000_000, "{} bytes", html.len());
            well_formed(&html);
        }
        let wreck = wreck().state();
        let picture = Picture::new(&wreck, wreck.at, true);
        let live = live_main(&picture, &Changes::new());
        assert!(live.contains("value=\"retry\"") && live.contains("value=\"stop\""), "{live}");
        assert!(!report_html(&picture, &Changes::new()).contains("<form"), "a file has no buttons");
    }

    fn changed_files() -> Vec<crate::report::machine::result::FileChange> {
        let file = |n| crate::report::machine::result::FileChange {
            path: format!("src/import/part_{n}.rs"),
            added: 40,
            removed: 2,
        };
        (0..12).map(file).collect()
    }
}
