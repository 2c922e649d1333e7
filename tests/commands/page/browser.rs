//! Chromium without a screen, spoken to over two pipes.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::support::{DEADLINE, TestRequirement, needs, until};

/// Programs that are it, the smallest first.
const PROGRAMS: [&str; 4] = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

/// A browser with one page. Ended when dropped.
pub struct Browser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: String,
    last: u64,
    /// What the page complained about: errors of its script, breaches of its policy.
    pub complaints: Vec<String>,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts it; none where there is no Chromium.
    pub fn start() -> Option<Browser> {
        let there =
            |program: &&str| Command::new(program).arg("--version").output().is_ok_and(|it| it.status.success());
        let Some(program) = PROGRAMS.iter().find(|program| there(program)) else {
            needs(TestRequirement::Chromium);
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        // It reads from descriptor 3 and writes to 4.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 < /dev/null > /dev/null 2>&1", "sh", program])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"])
            .args(["--no-first-run", "--disable-background-networking", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let session = String::new();
        let mut browser = Browser { child, to, from, session, last: 0, complaints: Vec::new(), _profile: profile };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}))["targetId"].clone();
        let attached = browser.call("Target.attachToTarget", json!({"targetId": target, "flatten": true}));
        browser.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page.enable", "Runtime.enable", "Log.enable"] {
            browser.call(domain, json!({}));
        }
        Some(browser)
    }

    /// Calls a method of the protocol.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": params});
        if !self.session.is_empty() {
            message["sessionId"] = self.session.clone().into();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let mut bytes = Vec::new();
            self.from.read_until(0, &mut bytes).unwrap();
            assert!(!bytes.is_empty(), "the browser has ended");
            bytes.pop();
            let heard: Value = serde_json::from_slice(&bytes).unwrap();
            if heard["id"] == self.last {
                assert!(heard["error"].is_null(), "{method}: {heard}");
                return heard["result"].clone();
            }
            self.hear(&heard);
        }
    }

    fn hear(&mut self, heard: &Value) {
        match heard["method"].as_str() {
            Some("Runtime.exceptionThrown") => self.complaints.push(heard["params"].to_string()),
            Some("Log.entryAdded") if heard["params"]["entry"]["level"] == "error" => {
                self.complaints.push(heard["params"]["entry"].to_string());
            }
            Some("Page.javascriptDialogOpening") => {
                let said = heard["params"]["message"].as_str().unwrap().to_owned();
                self.complaints.push(format!("asked: {said}"));
                // A number of its own: nobody waits for its answer.
                let answer = json!({"id": 1_000_000, "method": "Page.handleJavaScriptDialog",
                    "params": {"accept": true}, "sessionId": self.session});
                self.to.write_all(format!("{answer}\0").as_bytes()).unwrap();
            }
            _ => {}
        }
    }

    /// A window of this size, light or dark, with or without scripts.
    pub fn look_as(&mut self, width: u32, height: u32, is_dark: bool, has_script: bool) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        let scheme = if is_dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.call("Emulation.setEmulatedMedia", features);
        self.call("Emulation.setScriptExecutionDisabled", json!({"value": !has_script}));
    }

    /// Opens an address and waits until it is loaded.
    pub fn open(&mut self, address: &str) {
        let went = self.call("Page.navigate", json!({"url": address}));
        assert!(went["errorText"].is_null(), "{address}: {went}");
        self.waits_for("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /// What an expression gives on the page.
    pub fn eval(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let result = self.call("Runtime.evaluate", params);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {result}");
        result["result"]["value"].clone()
    }

    /// Waits until an expression is true on the page.
    pub fn waits_for(&mut self, expression: &str) {
        let began = std::time::Instant::now();
        until(&format!("the page says `{expression}`"), || {
            assert!(began.elapsed() < DEADLINE, "{expression}");
            self.eval(expression) == true
        });
    }

    /// Keeps the whole page as a picture below `target`, to be looked at.
    pub fn picture(&mut self, name: &str) -> PathBuf {
        let taken = self.call("Page.captureScreenshot", json!({"format": "png", "captureBeyondViewport": true}));
        let bytes = base64(taken["data"].as_str().unwrap());
        assert!(bytes.starts_with(b"\x89PNG"), "{name}");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{name}.png"));
        std::fs::write(&file, bytes).unwrap();
        file
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It has ended, or ends now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn base64(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for c in text.bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    bytes
}
