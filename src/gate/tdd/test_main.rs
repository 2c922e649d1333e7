//! Go's `TestMain`: it runs the tests and says how they ended, or it does not.

use super::change::File;

/// What is wrong with the `TestMain` of a file, with its line: none where the tests' end is the program's.
pub(super) fn fault(file: &File) -> Option<(u32, &'static str)> {
    let new = file.new.as_deref()?;
    let body = body(new)?;
    let line = new.lines().position(|line| line.starts_with("func TestMain(")).map_or(1, |at| at as u32 + 1);
    if file.old.as_deref().and_then(self::body) == Some(body) {
        return None;
    }
    of_body(body).map(|what| (line, what))
}

fn body(text: &str) -> Option<&str> {
    let from = text.find("\nfunc TestMain(")? + 1;
    let rest = &text[from..];
    let open = rest.find('{')? + 1;
    Some(&rest[open..rest.find("\n}")?])
}

/// A line of the body with how deep it stands in blocks.
fn lines(body: &str) -> Vec<(i32, &str)> {
    let mut depth = 0;
    let code = body.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    code.map(|line| {
        let closes = line.starts_with('}') as i32;
        let at = depth - closes;
        depth += line.matches('{').count() as i32 - line.matches('}').count() as i32;
        (at, line)
    })
    .collect()
}

fn of_body(body: &str) -> Option<&'static str> {
    let lines = lines(body);
    let Some(runs) = lines.iter().position(|(_, line)| line.contains(".Run()")) else {
        // What it hands `m` to runs them.
        let hands = lines.iter().any(|(_, line)| line.contains("(m)") || line.contains("(m,") || line.contains(", m)"));
        return (!hands).then_some("`TestMain` runs no test");
    };
    let exits = |line: &str, with: &str| line.contains(&format!("os.Exit({with})"));
    if lines.iter().any(|(_, line)| line.starts_with("defer") && line.contains("os.Exit(0)")) {
        return Some("`TestMain` ends well whatever the tests say");
    }
    if lines[..runs].iter().any(|(depth, line)| *depth == 0 && exits(line, "0")) {
        return Some("`TestMain` ends before a test runs");
    }
    if lines[runs + 1..].iter().any(|(_, line)| exits(line, "0")) {
        return Some("`TestMain` ends well whatever the tests say");
    }
    let name = lines[runs].1.split([':', '=', ' ']).next().unwrap_or_default();
    let overwritten = lines[runs + 1..].iter().any(|(_, line)| *line == format!("{name} = 0"));
    let computed = lines
        .iter()
        .filter_map(|(_, line)| line.split_once("os.Exit("))
        .any(|(_, code)| code.contains([' ', '*', '&', '%']) && !code.contains(".Run()") && !code.contains("(m"));
    if overwritten || computed {
        return Some("`TestMain` does not say what the tests said");
    }
    let conditional = lines.iter().filter(|(_, line)| line.contains(".Run()")).all(|(depth, _)| *depth > 0);
    let otherwise = lines.iter().any(|(_, line)| {
        line.contains("else")
            || exits(line, "1")
            || exits(line, "2")
            || line.contains("log.Fatal")
            || line.contains("panic(")
    });
    (conditional && !otherwise && !lines[runs].1.starts_with("if "))
        .then_some("`TestMain` runs the tests on a condition only")
}

#[cfg(test)]
mod tests {
    use super::of_body;

    #[test]
    fn what_the_tests_say_is_what_it_says() {
        for (body, good) in [
            ("\n\tos.Exit(m.Run())\n", true),
            ("\n\tcode := m.Run()\n\tclean()\n\tos.Exit(code)\n", true),
            ("\n\tgoleak.VerifyTestMain(m)\n", true),
            ("\n\tif code := m.Run(); code != 0 {\n\t\tos.Exit(code)\n\t}\n", true),
            ("\n\tif docker() {\n\t\tos.Exit(m.Run())\n\t} else {\n\t\tos.Exit(1)\n\t}\n", true),
            ("\n\tflag.Parse()\n", false),
            ("\n\tm.Run()\n\tos.Exit(0)\n", false),
            ("\n\tcode := m.Run()\n\tcode = 0\n\tos.Exit(code)\n", false),
        ] {
            assert_eq!(of_body(body).is_none(), good, "{body}");
        }
    }
}
