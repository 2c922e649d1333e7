//! Tools and services that a text says are needed: what two tasks at once may get in each other's way with.

/// Things that one process or one port of a machine usually stands for, by the words for them.
const KNOWN: [(&str, &[&str]); 14] = [
    ("docker", &["docker", "docker-compose", "testcontainers", "podman"]),
    ("postgres", &["postgres", "postgresql"]),
    ("mysql", &["mysql", "mariadb"]),
    ("redis", &["redis"]),
    ("mongodb", &["mongodb", "mongo"]),
    ("kafka", &["kafka"]),
    ("rabbitmq", &["rabbitmq"]),
    ("elasticsearch", &["elasticsearch", "opensearch"]),
    ("kubernetes", &["kubernetes", "k8s", "minikube", "kubectl"]),
    ("gpu", &["gpu", "cuda"]),
    ("browser", &["playwright", "selenium", "chromedriver", "cypress", "puppeteer"]),
    ("emulator", &["emulator", "simulator"]),
    ("license", &["license", "licence"]),
    ("localstack", &["localstack"]),
];

/// Labels before a list of what is needed.
const LABELS: [&str; 7] =
    ["environment", "needs", "services", "required services", "required tools", "tools needed", "resources"];
/// Bytes of one name.
const MAX_NAME: usize = 40;
/// Names of one task.
const MAX_NAMES: usize = 16;

/// What `texts` say is needed, each once, in the order of the list of known things, then as written.
pub(super) fn environment_of(texts: &[&str]) -> Vec<String> {
    let mut known = [false; KNOWN.len()];
    let mut others: Vec<String> = Vec::new();
    for text in texts {
        for line in text.lines() {
            words(line, &mut known, &mut others);
            listed(line, &mut others);
        }
    }
    let known = KNOWN.iter().zip(known).filter(|(_, found)| *found).map(|((name, _), _)| (*name).to_owned());
    let mut names: Vec<String> = known.collect();
    for name in others {
        if names.len() < MAX_NAMES && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Known words, and ports: "port 8080", `localhost:5432`.
fn words(line: &str, known: &mut [bool; KNOWN.len()], others: &mut Vec<String>) {
    let mut previous = "";
    let separates =
        |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '`' | '"' | '\'' | '+' | '*' | '|');
    for word in line.split(separates).filter(|word| !word.is_empty()) {
        let bare = word.trim_matches(['.', ':', '!', '?', '_']);
        // The first byte decides for nearly every word of a large plan that it is none.
        if let Some(n) = position(bare)
            && is_meant(KNOWN[n].0, previous)
        {
            known[n] = true;
        }
        let after_port = matches!(previous, "port" | "Port" | "ports" | "PORT");
        let number = if after_port { Some(bare) } else { bare.rsplit_once("localhost:").map(|(_, rest)| rest) };
        let number = number.map(|text| text.split('/').next().unwrap_or(text));
        if let Some(port) = number.and_then(|text| text.parse::<u16>().ok()).filter(|port| *port >= 1_000) {
            others.push(format!("port:{port}"));
        }
        previous = bare;
    }
}

fn position(word: &str) -> Option<usize> {
    KNOWN.iter().position(|(_, words)| words.iter().any(|known| known.eq_ignore_ascii_case(word)))
}

/// Words that mean something else too count only after a word that says which: "MIT license" is a text, "terminal
/// emulator" a program like any other.
fn is_meant(name: &str, previous: &str) -> bool {
    let after: &[&str] = match name {
        "license" => &["floating", "server", "seat", "matlab", "needs", "requires", "commercial"],
        "emulator" => &["android", "ios", "iphone", "device"],
        _ => return true,
    };
    after.contains(&previous.to_ascii_lowercase().as_str())
}

/// `Needs: db, gpu`.
fn listed(line: &str, others: &mut Vec<String>) {
    let text = line.trim_start_matches(['-', '*', '+', '_', ' ', '\t']);
    let Some((label, rest)) = text.split_once(':') else { return };
    let label = label.trim_end_matches(['*', '_', ' ']);
    if !LABELS.iter().any(|known| known.eq_ignore_ascii_case(label)) {
        return;
    }
    let names = rest.split([',', ';', '、']).map(|name| name.trim().trim_matches(['`', '*', '_', '.', ' ']));
    // A list of names, not a sentence.
    let is_name = |name: &str| {
        !name.is_empty()
            && name.len() <= MAX_NAME
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':'))
            && !matches!(name.to_ascii_lowercase().as_str(), "none" | "n-a" | "na" | "nothing")
    };
    for name in names.filter(|name| is_name(name)) {
        match position(name) {
            Some(n) => others.push(KNOWN[n].0.to_owned()),
            None => others.push(name.to_ascii_lowercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_and_services_are_found_and_files_are_not() {
        let table: [(&str, &[&str]); 10] = [
            ("Start Docker and PostgreSQL, then run the suite", &["docker", "postgres"]),
            ("Serve on port 8080 and talk to localhost:5432/db", &["port:8080", "port:5432"]),
            ("Train on a GPU (CUDA)", &["gpu"]),
            ("Write Dockerfile and docker-compose.yml", &[]),
            ("Add the MIT license", &[]),
            ("Run the floating license check", &["license"]),
            ("**Needs**: db, `redis`, none", &["redis", "db"]),
            ("Tools: `agent_delegate`, and a terminal emulator", &[]),
            ("Start the Android emulator", &["emulator"]),
            ("Port the code, step 12 of port 80", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(environment_of(&[text]), expected, "{text}");
        }
    }
}
