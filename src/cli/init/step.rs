//! From what is wanted and what is there to what is done. Pure.

use sha2::{Digest, Sha256};

use super::wanted::InitWanted;

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum There {
    /// Nothing.
    Nothing,
    /// A file with this text.
    Text(String),
    /// Something that is not written through: a link, a folder, bytes that are no text.
    Other(&'static str),
}

/// What is done about one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InitStep {
    /// Written; nothing was there.
    New(String),
    /// Written over what `init` itself had written, or added to a file of the user's.
    Changed(String),
    /// As it should be.
    Same,
    /// Left alone, and why; none when that needs no words.
    Left(Option<String>),
}

const MARK: &str = "<!-- git orca init ";
const BEGIN: &str = "<!-- git orca init: begin ";
const END: &str = "<!-- git orca init: end -->";

/// The step for one wanted thing.
pub fn step(wanted: &InitWanted, there: &There) -> InitStep {
    if let There::Other(what) = there {
        return InitStep::Left(Some(format!("it is {what}")));
    }
    match wanted {
        InitWanted::File { text, .. } => file(text, there),
        InitWanted::Json { text, .. } => json(text, there),
        InitWanted::Block { text, make, .. } => block(text, *make, there),
        InitWanted::Lines { lines, .. } => added(lines, there),
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

fn file(text: &str, there: &There) -> InitStep {
    let whole = format!("{text}\n{MARK}{}: an edited file is left alone -->\n", digest(text));
    match there {
        There::Text(old) if *old == whole => InitStep::Same,
        There::Text(old) if is_ours(old) => InitStep::Changed(whole),
        There::Text(_) => InitStep::Left(Some("it was edited".to_owned())),
        There::Nothing | There::Other(_) => InitStep::New(whole),
    }
}

fn json(text: &str, there: &There) -> InitStep {
    match there {
        There::Text(old) if old == text => InitStep::Same,
        There::Text(old) if without_version(old) == without_version(text) => InitStep::Changed(text.to_owned()),
        There::Text(_) => InitStep::Left(Some("it was edited".to_owned())),
        There::Nothing | There::Other(_) => InitStep::New(text.to_owned()),
    }
}

/// A JSON file of ours without the line that says of which version it is.
fn without_version(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("\"version\":")).collect::<Vec<_>>().join("\n")
}

/// Whether a file is as some `init` wrote it.
fn is_ours(text: &str) -> bool {
    let Some((body, mark)) = text.rsplit_once(&format!("\n{MARK}")) else { return false };
    mark.split(':').next() == Some(&digest(body))
}

fn block(text: &str, make: bool, there: &There) -> InitStep {
    let whole = format!("{BEGIN}{}; an edited block is left alone -->\n{text}{END}\n", digest(text));
    let There::Text(old) = there else {
        return if make { InitStep::New(whole) } else { InitStep::Left(None) };
    };
    let Some(from) = old.find(BEGIN) else {
        let space = if old.is_empty() || old.ends_with("\n\n") { "" } else { "\n" };
        let line = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
        return InitStep::Changed(format!("{old}{line}{space}{whole}"));
    };
    let Some(length) = old[from..].find(END) else {
        return InitStep::Left(Some("the block in it has no end".to_owned()));
    };
    let to = from + length + END.len();
    let found = &old[from..to];
    if found == whole.trim_end_matches('\n') {
        return InitStep::Same;
    }
    let inner = found.split_once("-->\n").map_or("", |(_, rest)| rest.strip_suffix(END).unwrap_or(rest));
    let ours = found[BEGIN.len()..].split(';').next() == Some(&digest(inner));
    if ours {
        InitStep::Changed(format!("{}{}{}", &old[..from], whole.trim_end_matches('\n'), &old[to..]))
    } else {
        InitStep::Left(Some("the block in it was edited".to_owned()))
    }
}

fn added(lines: &[String], there: &There) -> InitStep {
    let old = match there {
        There::Text(old) => old.as_str(),
        There::Nothing | There::Other(_) => "",
    };
    let has = |line: &String| old.lines().any(|known| known.trim() == line);
    let missing: Vec<&str> = lines.iter().filter(|line| !has(line)).map(String::as_str).collect();
    if missing.is_empty() {
        return InitStep::Same;
    }
    let line = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
    let text = format!("{old}{line}{}\n", missing.join("\n"));
    if *there == There::Nothing { InitStep::New(text) } else { InitStep::Changed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_file(text: &str) -> InitWanted {
        InitWanted::File { path: "a".into(), text: text.into() }
    }

    fn of_block(text: &str, make: bool) -> InitWanted {
        InitWanted::Block { path: "a".into(), text: text.into(), make }
    }

    fn written(step: InitStep) -> String {
        match step {
            InitStep::New(text) | InitStep::Changed(text) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn files_are_renewed_while_nobody_edited_them() {
        let first = written(step(&of_file("one\n"), &There::Nothing));
        assert_eq!(step(&of_file("one\n"), &There::Text(first.clone())), InitStep::Same);
        let second = step(&of_file("two\n"), &There::Text(first.clone()));
        assert!(matches!(&second, InitStep::Changed(text) if text.starts_with("two\n")), "{second:?}");
        let edited = first.replace("one", "mine");
        assert_eq!(step(&of_file("two\n"), &There::Text(edited)), InitStep::Left(Some("it was edited".into())));
        assert_eq!(
            step(&of_file("two\n"), &There::Text("all mine".into())),
            InitStep::Left(Some("it was edited".into()))
        );
        assert!(matches!(step(&of_file("x"), &There::Other("a link")), InitStep::Left(Some(_))));
    }

    #[test]
    fn blocks_leave_everything_around_them_alone() {
        let added = written(step(&of_block("one\n", true), &There::Text("# Mine\nno end".into())));
        assert!(added.starts_with("# Mine\nno end\n\n<!-- git orca init: begin "), "{added}");
        let around = format!("{added}after\n");
        assert_eq!(step(&of_block("one\n", true), &There::Text(around.clone())), InitStep::Same);
        let renewed = written(step(&of_block("two\n", true), &There::Text(around.clone())));
        assert!(renewed.starts_with("# Mine\nno end\n\n") && renewed.ends_with("end -->\nafter\n"), "{renewed}");
        assert!(renewed.contains("\ntwo\n") && !renewed.contains("\none\n"), "{renewed}");
        let edited = around.replace("one\n", "mine\n");
        assert!(matches!(step(&of_block("two\n", true), &There::Text(edited)), InitStep::Left(Some(_))));
        assert_eq!(step(&of_block("one\n", false), &There::Nothing), InitStep::Left(None));
        assert!(matches!(step(&of_block("one\n", true), &There::Nothing), InitStep::New(_)));
    }

    #[test]
    fn a_json_file_of_an_older_version_is_renewed_and_an_edited_one_is_not() {
        let text =
            |version: &str, name: &str| format!("{{\n  \"name\": \"{name}\",\n  \"version\": \"{version}\"\n}}\n");
        let wanted = InitWanted::Json { path: "a".into(), text: text("2.0.0", "x") };
        assert_eq!(step(&wanted, &There::Nothing), InitStep::New(text("2.0.0", "x")));
        assert_eq!(step(&wanted, &There::Text(text("1.0.0", "x"))), InitStep::Changed(text("2.0.0", "x")));
        assert_eq!(step(&wanted, &There::Text(text("2.0.0", "x"))), InitStep::Same);
        for edited in [text("1.0.0", "mine"), text("2.0.0", "mine"), String::new(), "{}".into()] {
            assert!(matches!(step(&wanted, &There::Text(edited.clone())), InitStep::Left(Some(_))), "{edited}");
        }
    }

    #[test]
    fn lines_are_added_once() {
        let wanted = InitWanted::Lines { path: "a".into(), lines: vec![".orca/*".into(), ".serena/".into()] };
        assert_eq!(step(&wanted, &There::Nothing), InitStep::New(".orca/*\n.serena/\n".into()));
        let text = There::Text("target\n.serena/".into());
        assert_eq!(step(&wanted, &text), InitStep::Changed("target\n.serena/\n.orca/*\n".into()));
        assert_eq!(step(&wanted, &There::Text("target\n.serena/\n.orca/*\n".into())), InitStep::Same);
    }
}
