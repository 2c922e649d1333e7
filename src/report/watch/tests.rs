//! The view on an invented terminal: every state at three sizes, and what each key leads to.

use jiff::SignedDuration;
use ratatui_core::backend::TestBackend;
use ratatui_core::buffer::Buffer;
use ratatui_core::terminal::Terminal;

use super::*;
use crate::journal::{Asked, Event, FailClass, Question, RunOutcome};
use crate::model::Verdict;
use crate::report::facts::picture::Picture;
use crate::report::print::key::WatchKey;
use crate::report::testing::{HOSTILE, Story, begin, gate, id, info, options, wreck};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 50)];

/// What is driven by a process as of eight seconds after the last entry, and where one stands in it.
struct Watched {
    story: Story,
    view: WatchView,
    driven: bool,
    facts: DetailFacts,
}

impl Watched {
    fn of(story: Story, driven: bool) -> Watched {
        let facts = DetailFacts {
            entries: story.entries.clone(),
            zone: Some(jiff::tz::TimeZone::UTC),
            ..DetailFacts::default()
        };
        Watched { story, view: WatchView::default(), driven, facts }
    }

    fn glance<T>(&self, look: impl FnOnce(&Picture<'_>, &WatchGlance) -> T) -> T {
        let state = self.story.state();
        let picture = Picture::new(&state, state.at + SignedDuration::from_secs(8), self.driven);
        look(&picture, &WatchGlance::of(&picture))
    }

    fn press(&mut self, key: WatchKey) -> WatchIntent {
        let mut view = std::mem::take(&mut self.view);
        let intent = self.glance(|_, glance| press(&mut view, key, glance));
        self.view = view;
        intent
    }

    fn types(&mut self, keys: &str) -> WatchIntent {
        let key = |c| if c == '\n' { WatchKey::Enter } else { WatchKey::Char(c) };
        keys.chars().map(key).map(|key| self.press(key)).last().unwrap()
    }

    fn cells(&self, (columns, rows): (u16, u16), coloured: bool) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        self.glance(|picture, glance| {
            let at = glance.rows[self.view.position(glance)].id.clone();
            let wide = WatchScreen::detail_columns(columns);
            let lines = detail(picture, &at, self.view.tab, &self.facts, wide);
            let screen = WatchScreen { glance, view: &self.view, detail: &lines };
            terminal.draw(|frame| draw(frame.buffer_mut(), &screen, coloured)).unwrap();
        });
        terminal.backend().buffer().clone()
    }

    fn shown(&self, size: (u16, u16)) -> String {
        text(&self.cells(size, true))
    }

    fn snapshots(&self, name: &str) {
        for size in SIZES {
            insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), self.shown(size));
        }
    }
}

fn text(cells: &Buffer) -> String {
    let row = |y: u16| (0..cells.area.width).map(|x| cells[(x, y)].symbol()).collect::<String>();
    (0..cells.area.height).map(|y| format!("{}\n", row(y).trim_end())).collect()
}

fn asked() -> Story {
    let mut story = Story::of(info(&[("A", "Totals", &[]), ("B", "Export", &["A"])], options(&["test"])));
    story.at(1.0).starts(&["A"]).at(31.0).commits("A", 2, 30, 1).gates("A", "test").says(
        "A",
        "test",
        Verdict::Pass,
        "",
    );
    let asked = Asked { question: Question::Landing(id("A")), digest: "d".into(), deadline: begin() };
    story.happens(Event::ApprovalAsked(asked));
    story
}

fn large() -> Story {
    let tasks: Vec<(String, String)> = (1..=200).map(|n| (format!("T{n:03}"), format!("Task number {n}"))).collect();
    let after: Vec<Vec<&str>> =
        (0..200).map(|n| if n < 20 { Vec::new() } else { vec![tasks[n - 20].0.as_str()] }).collect();
    let lines: Vec<(&str, &str, &[&str])> =
        tasks.iter().zip(&after).map(|((id, title), after)| (id.as_str(), title.as_str(), after.as_slice())).collect();
    let mut story = Story::new(&lines, &["test"]);
    story.at(1.0).starts(&["T001", "T002", "T003"]).at(9.0).fails("T002", FailClass::Fatal, "exit code 3");
    story
}

#[test]
fn a_run_that_lives_with_a_failed_and_a_conflicted_task() {
    Watched::of(wreck(), true).snapshots("running");
}

#[test]
fn gates_of_a_failed_task() {
    let mut watched = Watched::of(wreck(), true);
    watched.view.selected = Some(id("T007"));
    watched.view.tab = WatchTab::Gates;
    watched.snapshots("failed");
}

#[test]
fn an_approval_that_waits() {
    let mut watched = Watched::of(asked(), true);
    watched.types("xtoo many files\n");
    watched.snapshots("approval");
}

#[test]
fn a_run_that_is_over() {
    let mut story = Story::new(&[("A", "first", &[]), ("B", "second", &["A"])], &["test"]);
    story.at(0.1).starts(&["A"]).at(1.0).commits("A", 1, 1, 0).lands(&["A"]);
    story.starts(&["B"]).at(2.0).commits("B", 1, 1, 0).lands(&["B"]).finishes(RunOutcome::Done);
    let mut watched = Watched::of(story, false);
    watched.view.tab = WatchTab::Log;
    watched.snapshots("finished");
}

#[test]
fn two_hundred_tasks() {
    let mut watched = Watched::of(large(), true);
    watched.view.selected = Some(id("T123"));
    watched.snapshots("large");
}

#[test]
fn a_control_shows_its_command_and_only_y_does_it() {
    let table: [(&str, &str, &str); 7] = [
        ("T007", "r\n", "git orca retry T007"),
        ("T007", "ruse utf-8\n", "git orca retry T007 -m 'use utf-8'"),
        ("T007", "r-x\n", "git orca retry T007 --message=-x"),
        ("T009", "slook at cart.py\n", "git orca say T009 'look at cart.py'"),
        ("T009", "S", "git orca stop T009"),
        ("T007", "E", "git orca stop"),
        ("T006", "e", "git orca edit T006"),
    ];
    for (task, keys, typed) in table {
        for (last, is_done) in [('y', true), ('n', false), ('q', false), ('Y', false)] {
            let mut watched = Watched::of(wreck(), true);
            watched.view.selected = Some(id(task));
            assert_eq!(watched.types(keys), WatchIntent::Nothing, "{keys}");
            let WatchMode::Confirm(command) = watched.view.mode.clone() else { panic!("{keys}: {:?}", watched.view) };
            assert_eq!(command.typed(), typed);
            assert!(watched.shown((80, 24)).contains(typed), "{}", watched.shown((80, 24)));
            let done = watched.press(WatchKey::Char(last));
            assert_eq!(done, if is_done { WatchIntent::Perform(command) } else { WatchIntent::Nothing });
            assert_eq!(watched.view.mode, WatchMode::Look);
        }
    }
}

#[test]
fn answers_go_to_the_question_of_the_task_and_a_rejection_needs_a_reason() {
    let mut watched = Watched::of(asked(), true);
    watched.types("a");
    let WatchMode::Confirm(command) = &watched.view.mode else { panic!("not asked") };
    assert_eq!(command.typed(), "git orca approve A");
    let mut watched = Watched::of(asked(), true);
    watched.view.run = Some("RUN".to_owned());
    watched.types("x\n\n");
    assert!(matches!(watched.view.mode, WatchMode::Type { .. }), "without a reason it goes on asking");
    watched.press(WatchKey::Pasted("too\nmany\x1b[2J".to_owned()));
    watched.types("\n");
    let WatchMode::Confirm(command) = &watched.view.mode else { panic!("not asked") };
    assert_eq!(command.words, ["reject", "--run=RUN", "A", "-m", "too many [2J"]);
}

#[test]
fn what_does_not_fit_says_why_and_what_is_pasted_is_no_command() {
    for (task, key, why) in [
        ("T001", 'a', "T001 is not waiting for an answer"),
        ("T001", 'r', "T001 has already landed"),
        ("T001", 's', "T001 has already landed"),
        ("T009", 'r', "T009 is running; S stops it"),
        ("T007", 'S', "no agent works on T007; E ends the run"),
        ("T009", 'e', "T009 is running: there is nothing to fix by hand"),
    ] {
        let mut watched = Watched::of(wreck(), true);
        watched.view.selected = Some(id(task));
        assert_eq!(watched.press(WatchKey::Char(key)), WatchIntent::Nothing);
        assert_eq!((watched.view.message.as_str(), &watched.view.mode), (why, &WatchMode::Look));
    }
    let mut watched = Watched::of(wreck(), true);
    for paste in ["Ey", "q", "ry"] {
        assert_eq!(watched.press(WatchKey::Pasted(paste.to_owned())), WatchIntent::Nothing);
        assert_eq!(watched.view.mode, WatchMode::Look);
    }
}

#[test]
fn keys_move_scroll_and_leave() {
    let mut watched = Watched::of(wreck(), true);
    let first = watched.glance(|_, glance| glance.rows[0].id.clone());
    let last = watched.glance(|_, glance| glance.rows.last().unwrap().id.clone());
    watched.types("g");
    assert_eq!(watched.view.selected, Some(first.clone()));
    watched.types("kG");
    assert_eq!(watched.view.selected, Some(last));
    watched.types("n");
    let needing = watched.view.selected.clone().unwrap();
    assert!(watched.glance(|_, glance| glance.rows.iter().any(|row| row.id == needing && row.needs_person)));
    watched.types("5l");
    assert_eq!(watched.view.tab, WatchTab::Log);
    watched.view.lines = 100;
    watched.press(WatchKey::PageUp);
    assert_eq!(watched.view.scroll, Some(89));
    watched.types("  ");
    assert_eq!(watched.view.scroll, None, "the end is followed again");
    assert_eq!(watched.press(WatchKey::Suspend), WatchIntent::Suspend);
    assert_eq!(watched.types("d"), WatchIntent::Open(WatchedCommand::new(&["diff", needing.as_str()])));
    assert_eq!(watched.types("q"), WatchIntent::Quit);
    watched.types("r");
    assert_eq!(watched.press(WatchKey::Interrupt), WatchIntent::Quit, "also while something is typed");
}

#[test]
fn hostile_words_stay_words_at_every_size() {
    for words in HOSTILE {
        let mut info = info(&[("A", words, &[]), ("B", words, &["A"])], options(&[]));
        info.plan.path = (*words).into();
        info.options.gates = vec![gate("test")];
        let mut story = Story::of(info);
        story.starts(&["A"]).fails("A", FailClass::Fatal, words);
        let mut watched = Watched::of(story, true);
        watched.facts.output = vec![(*words).to_owned()];
        watched.facts.diff = format!("+{words}\n\x1b[2J\x1b]0;title\x07");
        watched.view.message = (*words).to_owned();
        for tab in WatchTab::ALL {
            for size in [(1, 1), (49, 11), (50, 12), (80, 24), (200, 50)] {
                watched.view.tab = tab;
                let shown = watched.shown(size);
                let bad = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{200b}' | '\u{202e}' | '\u{2066}');
                assert!(!shown.chars().any(bad), "{tab:?} {size:?} {shown:?}");
            }
        }
    }
}

#[test]
fn without_colors_the_words_are_the_same() {
    let watched = Watched::of(wreck(), true);
    let (with, without) = (watched.cells((80, 24), true), watched.cells((80, 24), false));
    assert_eq!(text(&with), text(&without));
    let inked = |cells: &Buffer| cells.content.iter().any(|cell| cell.fg != ratatui_core::style::Color::Reset);
    assert!(inked(&with) && !inked(&without));
}
