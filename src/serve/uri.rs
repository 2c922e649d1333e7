//! The addresses of resources: `orca://plans/PATH`, `orca://runs/RUN/report`, `…/journal`, `…/tasks/TASK/prompt`, `…/log`.

/// What can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceAddress {
    /// A plan as git orca reads it.
    Plan(String),
    /// The report of a run.
    Report(String),
    /// Everything that happened in a run.
    Journal(String),
    /// What the agent of a task was told; run and task.
    Prompt(String, String),
    /// What it said; run and task.
    Log(String, String),
}

impl ResourceAddress {
    /// Reads an address; none where it names nothing of ours.
    pub fn read(uri: &str) -> Option<ResourceAddress> {
        let rest = uri.strip_prefix("orca://")?;
        if let Some(path) = rest.strip_prefix("plans/") {
            return percent_decoded(path).map(ResourceAddress::Plan);
        }
        let parts: Vec<String> = rest.strip_prefix("runs/")?.split('/').map(percent_decoded).collect::<Option<_>>()?;
        let words: Vec<&str> = parts.iter().map(String::as_str).collect();
        let text = |word: &str| word.to_owned();
        match words[..] {
            [run, "report"] => Some(ResourceAddress::Report(text(run))),
            [run, "journal"] => Some(ResourceAddress::Journal(text(run))),
            [run, "tasks", task, "prompt"] => Some(ResourceAddress::Prompt(text(run), text(task))),
            [run, "tasks", task, "log"] => Some(ResourceAddress::Log(text(run), text(task))),
            _ => None,
        }
    }

    /// The address in words.
    pub fn uri(&self) -> String {
        match self {
            ResourceAddress::Plan(path) => format!("orca://plans/{}", encoded(path, "/")),
            ResourceAddress::Report(run) => format!("orca://runs/{}/report", encoded(run, "")),
            ResourceAddress::Journal(run) => format!("orca://runs/{}/journal", encoded(run, "")),
            ResourceAddress::Prompt(run, task) => {
                format!("orca://runs/{}/tasks/{}/prompt", encoded(run, ""), encoded(task, ""))
            }
            ResourceAddress::Log(run, task) => {
                format!("orca://runs/{}/tasks/{}/log", encoded(run, ""), encoded(task, ""))
            }
        }
    }

    /// The command that prints it. Run and task stand behind a `=` or `--`.
    pub fn command(&self) -> Vec<String> {
        let shown = |what: &str, run: &str, task: &str| {
            vec!["show".into(), what.into(), format!("--run={run}"), "--".into(), task.into()]
        };
        match self {
            ResourceAddress::Plan(path) => vec!["plan".into(), "--json".into(), "--".into(), path.clone()],
            ResourceAddress::Report(run) => vec!["report".into(), "--format=md".into(), "--".into(), run.clone()],
            ResourceAddress::Journal(run) => vec!["log".into(), "--json".into(), format!("--run={run}")],
            ResourceAddress::Prompt(run, task) => shown("--prompt", run, task),
            ResourceAddress::Log(run, task) => shown("--output", run, task),
        }
    }

    /// The kind of its text.
    pub fn mime_type(&self) -> &'static str {
        match self {
            ResourceAddress::Plan(_) => "application/json",
            ResourceAddress::Journal(_) => "application/jsonl",
            ResourceAddress::Report(_) | ResourceAddress::Prompt(..) => "text/markdown",
            ResourceAddress::Log(..) => "text/plain",
        }
    }
}

fn encoded(text: &str, also: &str) -> String {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also.as_bytes().contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A part of an address without its percent signs; none where it is no text.
pub fn percent_decoded(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        match first {
            b'%' => {
                let (hex, after) = after.split_at_checked(2)?;
                bytes.push(u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?);
                rest = after;
            }
            byte => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty() && !text.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_were_written() {
        let text = |text: &str| text.to_owned();
        for address in [
            ResourceAddress::Plan(text("specs/a b/täsks.md")),
            ResourceAddress::Report(text("20261130-0112-42")),
            ResourceAddress::Journal(text("r")),
            ResourceAddress::Prompt(text("r"), text("a/b")),
            ResourceAddress::Log(text("r"), text("100%")),
        ] {
            assert_eq!(ResourceAddress::read(&address.uri()), Some(address.clone()), "{}", address.uri());
        }
        for wrong in [
            "",
            "file:///etc/passwd",
            "orca://runs/r",
            "orca://runs//report",
            "orca://plans/",
            "orca://plans/%f",
            "orca://plans/%ff",
        ] {
            assert_eq!(ResourceAddress::read(wrong), None, "{wrong}");
        }
    }
}
