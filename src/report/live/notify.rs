//! Telling people who do not look: a command, a webhook, or the desktop (`orca.notify`).
//!
//! Nothing that is told can end a run or hold up its end for long; what could not be delivered is said once. The address
//! of a webhook is a secret: only its host is ever shown.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::notice::{Notice, Notices};
use crate::journal::Entry;
use crate::process::{Tool, find_program};
use crate::report::print::out::{self, Canvas};
use crate::report::print::speak::say;
use crate::wire::http::post_json;

/// How people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// A notice on the desktop, or by the terminal where there is no desktop.
    Desktop,
    /// A POST of the notice as JSON.
    Webhook(String),
    /// Shell text; the notice is in its environment.
    Command(String),
}

impl Way {
    /// What `orca.notify` means.
    pub fn read(text: &str) -> Way {
        match text.trim() {
            "desktop" => Way::Desktop,
            address if address.starts_with("https://") || address.starts_with("http://") => {
                Way::Webhook(address.to_owned())
            }
            command => Way::Command(command.to_owned()),
        }
    }

    /// Its name, without secrets.
    fn name(&self) -> String {
        match self {
            Way::Desktop => "the desktop".to_owned(),
            Way::Webhook(address) => crate::settings::host_of(address),
            Way::Command(_) => "the command of orca.notify".to_owned(),
        }
    }
}

/// What comes within this time is told together.
const TOGETHER: Duration = Duration::from_millis(300);
/// No notice may take longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Starts telling; silent about entries up to number `after`. The thread ends when all senders are gone.
pub fn notifier(way: Way, after: u64) -> (Sender<Arc<Entry>>, JoinHandle<()>) {
    let (sender, entries) = channel();
    (sender, std::thread::spawn(move || watch(&entries, &way, after)))
}

fn watch(entries: &Receiver<Arc<Entry>>, way: &Way, after: u64) {
    let mut notices = Notices::new(after);
    let mut complained = false;
    while let Ok(mut entry) = entries.recv() {
        loop {
            notices.entry(&entry);
            match entries.recv_timeout(TOGETHER) {
                Ok(next) => entry = next,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        if let Some(notice) = notices.settle()
            && let Err(why) = tell(way, &notice)
            && !std::mem::replace(&mut complained, true)
        {
            say(&format!("a notice did not reach {}: {why}; git config orca.notify says how", way.name()));
        }
    }
}

/// Tells, or says why that was not possible.
fn tell(way: &Way, notice: &Notice) -> Result<(), String> {
    match way {
        Way::Command(command) => by_command(command, notice),
        Way::Webhook(address) => by_webhook(address, notice),
        Way::Desktop => on_desktop(notice),
    }
}

fn by_command(command: &str, notice: &Notice) -> Result<(), String> {
    let tool = Tool::new("sh").arg("-c").arg(command).env("ORCA_RUN", &notice.run).env("ORCA_NOTICE", notice.event);
    let tool = tool.env("ORCA_NOTICE_TITLE", &notice.title).env("ORCA_NOTICE_TEXT", &notice.text);
    ended(&tool.env("ORCA_NOTICE_COMMANDS", notice.commands.join("\n")))
}

fn ended(tool: &Tool) -> Result<(), String> {
    match tool.output_within(PATIENCE) {
        Ok(Some(output)) if output.success() => Ok(()),
        Ok(Some(output)) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().last().map(|line| format!(": {}", crate::report::words::display::clip(line, 200)));
            let code = output.code.map_or("killed".to_owned(), |code| format!("exit {code}"));
            Err(format!("{code}{}", last.unwrap_or_default()))
        }
        Ok(None) => Err(format!("it took longer than {} s", PATIENCE.as_secs())),
        Err(error) => Err(error.to_string()),
    }
}

fn by_webhook(address: &str, notice: &Notice) -> Result<(), String> {
    let body = serde_json::to_string(notice).map_err(|error| error.to_string())?;
    post_json(address, &[], body, PATIENCE)
}

fn on_desktop(notice: &Notice) -> Result<(), String> {
    let path = std::env::var("PATH").ok();
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    if has_display && let Ok(program) = find_program("notify-send", path.as_deref(), Path::new("/")) {
        let title = format!("git orca: {}", notice.title);
        return ended(&Tool::new(program).arg("--app-name=git orca").arg(title).arg(&notice.text));
    }
    if cfg!(target_os = "macos") {
        return ended(&notice_command_of_macos(notice));
    }
    if !Canvas::Stderr.is_there() {
        return Err("there is neither a display with notify-send nor a terminal".to_owned());
    }
    out::ring(&osc9(notice));
    Ok(())
}

/// AppleScript gets the words as arguments: nothing of them is program text.
fn notice_command_of_macos(notice: &Notice) -> Tool {
    const SCRIPT: [&str; 3] =
        ["on run words", "display notification (item 2 of words) with title (item 1 of words)", "end run"];
    let tool = SCRIPT.iter().fold(Tool::new("/usr/bin/osascript"), |tool, line| tool.arg("-e").arg(line));
    tool.arg(format!("git orca: {}", notice.title)).arg(&notice.text)
}

/// The sequence by which terminals show a notice of their own; those that know none ignore it.
fn osc9(notice: &Notice) -> String {
    format!("\x1b]9;git orca: {}\x07", crate::report::words::display::safe(&notice.title))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    fn notice() -> Notice {
        Notice {
            format: 1,
            event: "needs_you",
            run: "20261120-1812-k3".into(),
            title: "B failed: no \x1b credit".into(),
            text: "B failed".into(),
            commands: vec!["git orca retry B".into()],
        }
    }

    #[test]
    fn the_setting_says_which_way() {
        let table = [
            ("desktop", Way::Desktop),
            (" https://hooks.example/T/secret ", Way::Webhook("https://hooks.example/T/secret".into())),
            ("say done", Way::Command("say done".into())),
        ];
        for (text, way) in table {
            assert_eq!(Way::read(text), way);
        }
    }

    #[test]
    fn a_command_finds_the_notice_in_its_environment() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("told");
        let command = format!("printf '%s|' \"$ORCA_NOTICE\" \"$ORCA_NOTICE_COMMANDS\" > '{}'", file.display());
        tell(&Way::Command(command), &notice()).unwrap();
        assert_eq!(std::fs::read_to_string(file).unwrap(), "needs_you|git orca retry B|");
        let why = tell(&Way::Command("echo no speaker >&2; exit 3".into()), &notice()).unwrap_err();
        assert_eq!(why, "exit 3: no speaker");
    }

    #[test]
    fn a_webhook_gets_json_and_its_address_is_never_told() {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/T0/secret-token", server.local_addr().unwrap());
        let answering = std::thread::spawn(move || {
            let mut heard = Vec::new();
            for status in ["200 OK", "500 Broken"] {
                let (mut stream, _) = server.accept().unwrap();
                let mut text = Vec::new();
                let mut part = [0; 4096];
                while !String::from_utf8_lossy(&text).contains("\"commands\"") {
                    let n = stream.read(&mut part).unwrap();
                    assert!(n > 0, "{}", String::from_utf8_lossy(&text));
                    text.extend_from_slice(&part[..n]);
                }
                write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
                heard.push(String::from_utf8(text).unwrap());
            }
            heard
        });
        let way = Way::read(&address);
        tell(&way, &notice()).unwrap();
        let why = tell(&way, &notice()).unwrap_err();
        let heard = answering.join().unwrap();
        assert!(heard[0].starts_with("POST /T0/secret-token HTTP/1.1\r\n"), "{}", heard[0]);
        let (_, body) = heard[0].split_once("\r\n\r\n").unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!((&body["event"], &body["commands"][0]), (&"needs_you".into(), &"git orca retry B".into()));
        assert_eq!(why, "it answered 500");
        let gone = tell(&way, &notice()).unwrap_err();
        for words in [why, gone, way.name()] {
            assert!(!words.contains("secret-token"), "{words}");
        }
    }

    #[test]
    fn words_of_a_notice_are_no_program_on_macos() {
        let made = format!(
            "{:?}",
            notice_command_of_macos(&Notice { text: "\" & (do shell script \"id\")".into(), ..notice() })
        );
        assert!(made.contains("osascript") && made.contains("on run words"), "{made}");
        assert!(made.rfind("end run").unwrap() < made.find("do shell script").unwrap(), "{made}");
    }

    #[test]
    fn a_terminal_is_rung_without_letting_words_act_on_it() {
        assert_eq!(osc9(&notice()), "\x1b]9;git orca: B failed: no \\u{1b} credit\x07");
    }
}
