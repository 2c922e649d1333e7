//! Which of the functions that look like tests a runner collects and runs: what a file, a class or a name says about them
//! besides the test itself.

use tree_sitter::Node;

use super::case::TestCode;
use super::language::{Language, file_name};
use super::parsed::Parsed;

/// Operating systems and processors that Go takes from the end of a file's name.
const GO_TARGETS: [&str; 34] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "illumos",
    "ios",
    "js",
    "linux",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "unix",
    "wasip1",
    "windows",
    "386",
    "amd64",
    "arm",
    "arm64",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mipsle",
    "ppc64",
    "ppc64le",
    "riscv64",
    "s390x",
    "wasm",
    "sparc64",
    "hurd",
    "zos",
    "nacl",
];

/// Takes out what is not collected, and marks what is skipped by something outside of it.
pub(super) fn settle(path: &str, parsed: &Parsed<'_>, found: &mut Vec<TestCode>) {
    match parsed.language {
        Language::Python => python(parsed, found),
        Language::Go => go(path, parsed, found),
        Language::JavaScript | Language::TypeScript => script(parsed, found),
        Language::Rust | Language::Other => {}
    }
}

fn python(parsed: &Parsed<'_>, found: &mut Vec<TestCode>) {
    let mut gone: Vec<usize> = Vec::new();
    parsed.visit(|node, above| {
        let text = parsed.text_of(node);
        let scope = above.iter().rev().find(|outer| matches!(outer.kind(), "class_definition" | "function_definition"));
        let in_function = scope.is_some_and(|outer| outer.kind() == "function_definition");
        match node.kind() {
            _ if in_function => {}
            "expression_statement" | "raise_statement" | "delete_statement" => {
                let reach = scope.map_or(0..parsed.text.len(), |class| class.byte_range());
                if skips_all(text) {
                    found.iter_mut().filter(|it| reach.contains(&it.span.start)).for_each(|it| it.skipped = true);
                } else if is_uncollected(text) {
                    gone.extend(found.iter().filter(|it| reach.contains(&it.span.start)).map(|it| it.span.start));
                } else {
                    let before = |it: &&TestCode| it.span.end <= node.start_byte() && reach.contains(&it.span.start);
                    let (names, whole) = taken_away(text);
                    let means = |it: &&TestCode| {
                        names.contains(&it.name())
                            || whole && it.names.iter().any(|name| names.contains(&name.as_str()))
                    };
                    gone.extend(found.iter().filter(before).filter(means).map(|it| it.span.start));
                }
            }
            "decorated_definition" | "function_definition" if skips_from_outside(parsed, node) => {
                let reach = match node.child_by_field_name("definition").filter(|it| it.kind() == "class_definition") {
                    Some(class) => class.byte_range(),
                    None => scope.map_or(0..parsed.text.len(), |class| class.byte_range()),
                };
                found.iter_mut().filter(|it| reach.contains(&it.span.start)).for_each(|it| it.skipped = true);
            }
            "function_definition" => {
                let own = |it: &&mut TestCode| it.span.contains(&node.start_byte()) && it.span.end >= node.end_byte();
                for case in found.iter_mut().filter(own) {
                    case.skipped |= is_never_awaited(parsed, node);
                }
            }
            "class_definition" => {
                // Of two classes of one name in the same block the module has the second.
                let name =
                    |class: Node<'_>| class.child_by_field_name("name").map(|name| parsed.text_of(name).to_owned());
                let own = node.parent().filter(|it| it.kind() == "decorated_definition").unwrap_or(node);
                let mut later = std::iter::successors(own.next_named_sibling(), |it| it.next_named_sibling());
                let is_again = |it: Node<'_>| {
                    let class = it.child_by_field_name("definition").unwrap_or(it);
                    class.kind() == "class_definition" && name(class) == name(node)
                };
                if later.any(is_again) {
                    let within = |it: &&TestCode| node.byte_range().contains(&it.span.start);
                    gone.extend(found.iter().filter(within).map(|it| it.span.start));
                }
            }
            "decorator" => {
                let word = text.trim_start_matches('@').split('(').next().unwrap_or_default().trim();
                let last = word.rsplit('.').next().unwrap_or_default();
                for case in found.iter_mut().filter(|it| it.span.contains(&node.start_byte())) {
                    case.skipped |= last == "expectedFailure";
                    gone.extend((last == "fixture").then_some(case.span.start));
                }
            }
            _ => {}
        }
    });
    found.retain(|it| !gone.contains(&it.span.start));
    // Of several of one name the last is what the module has.
    let names: Vec<Vec<String>> = found.iter().map(|it| it.names.clone()).collect();
    let mut n = 0;
    found.retain(|it| {
        n += 1;
        !names[n..].contains(&it.names)
    });
}

/// What runs before the tests of a class or a module.
const SETUPS: [&str; 9] = [
    "setUp",
    "asyncSetUp",
    "setUpClass",
    "setUpModule",
    "setup",
    "setup_method",
    "setup_class",
    "setup_module",
    "setup_function",
];

/// Whether a class is marked as skipped, or what runs before every test skips it.
fn skips_from_outside(parsed: &Parsed<'_>, node: Node<'_>) -> bool {
    let text = parsed.text_of(node);
    let calls = ["SkipTest", "skipTest(", "pytest.skip(", "pytest.xfail("].iter().any(|call| text.contains(call));
    let Some(definition) = node.child_by_field_name("definition") else {
        let name = node.child_by_field_name("name").map_or("", |name| parsed.text_of(name));
        return SETUPS.contains(&name) && calls;
    };
    let marks = parsed.text.get(node.start_byte()..definition.start_byte()).unwrap_or_default();
    match definition.kind() {
        "class_definition" => ["skip", "xfail", "expectedFailure"].iter().any(|word| marks.contains(word)),
        _ => marks.contains("autouse=True") && calls,
    }
}

/// A statement of a module or a class that skips everything in it.
fn skips_all(text: &str) -> bool {
    let marked = text.starts_with("pytestmark") && ["skip", "xfail"].iter().any(|word| text.contains(word));
    let leaves = text.starts_with("raise") && text.contains("Skip");
    let calls =
        ["pytest.importorskip(", "importorskip(", "pytest.skip(", "pytest.exit(", "sys.exit(", "os._exit(", "exit("];
    marked || leaves || calls.iter().any(|call| text.starts_with(call))
}

fn is_uncollected(text: &str) -> bool {
    text.strip_prefix("__test__").is_some_and(|rest| rest.trim_start_matches([' ', '=']).starts_with("False"))
}

/// The names of which a statement takes the tests away: `del test_add`, `test_add = None`, `Test.test_add = None`,
/// `globals().pop("test_add")`; and whether a class goes with all that is in it.
fn taken_away(text: &str) -> (Vec<&str>, bool) {
    const BY_NAME: [&str; 6] = ["globals(", "vars(", "locals(", "setattr(", "delattr(", "__dict__"];
    let last = |target| -> &'_ str {
        let target: &str = target;
        let target = target.trim();
        let word = target.rsplit_once('.').map_or(target, |(_, name)| name);
        if word.chars().all(|c| c.is_alphanumeric() || c == '_') { word } else { "" }
    };
    if BY_NAME.iter().any(|word| text.contains(word)) {
        let quoted = text.split(['"', '\'']).skip(1).step_by(2);
        return (quoted.collect(), true);
    }
    if let Some(names) = text.strip_prefix("del ") {
        return (names.split(',').map(last).collect(), !names.contains('.'));
    }
    let Some((target, value)) = text.split_once('=').filter(|(_, value)| !value.starts_with('=')) else {
        return (Vec::new(), false);
    };
    match target.trim().strip_suffix(".__test__") {
        Some(_) if value.trim() == "True" => (Vec::new(), false),
        Some(owner) => (vec![last(owner)], true),
        None => (vec![last(target)], !target.contains('.')),
    }
}

/// A function that is only called gives something that nobody waits for: it is `async` and awaits nothing, or it yields.
fn is_never_awaited(parsed: &Parsed<'_>, function: Node<'_>) -> bool {
    let is_async = parsed.text_of(function).starts_with("async");
    let (mut awaits, mut yields) = (false, false);
    let mut todo: Vec<Node<'_>> = function.child_by_field_name("body").into_iter().collect();
    while let Some(node) = todo.pop() {
        match node.kind() {
            "function_definition" | "lambda" | "class_definition" => continue,
            "await" => awaits = true,
            "yield" => yields = true,
            "for_statement" | "with_statement" => awaits |= parsed.text_of(node).starts_with("async"),
            _ => {}
        }
        todo.extend((0..node.child_count()).filter_map(|n| node.child(n)));
    }
    yields || is_async && !awaits
}

fn go(path: &str, parsed: &Parsed<'_>, found: &mut Vec<TestCode>) {
    let name = file_name(path);
    let hidden = path.split('/').any(|part| part.starts_with(['_', '.']) || matches!(part, "testdata" | "vendor"));
    let Some(stem) = name.strip_suffix("_test.go").filter(|_| !hidden) else { return found.clear() };
    let head = parsed.text.split("\npackage ").next().unwrap_or_default();
    let constraints =
        head.lines().map(str::trim).filter(|line| line.starts_with("//go:build") || line.starts_with("// +build"));
    let mut conditions: Vec<String> = constraints.map(str::to_owned).collect();
    let parts: Vec<&str> = stem.split('_').skip(1).collect();
    let target = parts.iter().rev().take(2).filter(|part| GO_TARGETS.contains(part));
    conditions.extend(target.map(|part| format!("{part} only")));
    // `TestMain` runs the others, or does not.
    let main = found.iter().position(|it| it.name() == "TestMain").map(|at| found.remove(at));
    let runs_none = main.is_some_and(|main| !parsed.text[main.span].contains(".Run()"));
    for case in found.iter_mut() {
        case.conditions.clone_from(&conditions);
        let body = &parsed.text[case.span.clone()];
        let own = ["new(testing.T)", "testing.T{}"].iter().any(|it| body.contains(it));
        case.skipped |= runs_none || own || ends_at_start(parsed.text);
    }
}

/// Whether a package's `init` ends the program.
fn ends_at_start(text: &str) -> bool {
    text.match_indices("\nfunc init()").any(|(at, _)| {
        let body = text[at + 1..].split("\n}").next().unwrap_or_default();
        body.contains("os.Exit(")
    })
}

/// Where one test is the only one, the others do not run; and what a test's options say.
fn script(parsed: &Parsed<'_>, found: &mut [TestCode]) {
    let mut only: Vec<std::ops::Range<usize>> = Vec::new();
    let mut off: Vec<std::ops::Range<usize>> = Vec::new();
    parsed.visit(|node, above| {
        let Some(called) = node.child_by_field_name("function").filter(|_| node.kind() == "call_expression") else {
            return;
        };
        let callee = parsed.text_of(called);
        let first = callee.split(['.', '(']).next().unwrap_or_default();
        if matches!(first, "beforeEach" | "beforeAll" | "before" | "setup") && parsed.text_of(node).contains(".skip(") {
            let suites = above.iter().rev().filter(|outer| outer.kind() == "call_expression");
            off.push(suites.map(|suite| suite.byte_range()).next().unwrap_or(0..parsed.text.len()));
            return;
        }
        if !matches!(first, "it" | "test" | "describe" | "suite" | "fit" | "fdescribe" | "ftest") {
            return;
        }
        let options = node.child_by_field_name("arguments").map(|all| options(parsed, all)).unwrap_or_default();
        let says = |key: &str| options.iter().any(|(known, value)| known == key && value != "false");
        if first.starts_with('f') || callee.contains(".only") || says("only") {
            only.push(node.byte_range());
        }
        let conditional = callee.contains(".skipIf") || callee.contains(".runIf");
        if says("skip") || says("todo") || says("fails") || conditional {
            off.push(node.byte_range());
        }
    });
    for case in found {
        let within = |range: &std::ops::Range<usize>| range.start <= case.span.start && range.end >= case.span.end;
        case.skipped |= off.iter().any(within) || !only.is_empty() && !only.iter().any(within);
    }
}

/// The options of `it('…', { skip: true }, …)`.
fn options(parsed: &Parsed<'_>, arguments: Node<'_>) -> Vec<(String, String)> {
    let objects =
        arguments.named_children(&mut arguments.walk()).filter(|it| it.kind() == "object").collect::<Vec<_>>();
    let pairs = objects.into_iter().flat_map(|object| object.named_children(&mut object.walk()).collect::<Vec<_>>());
    pairs
        .filter_map(|pair| {
            let text = |name| pair.child_by_field_name(name).map(|it| parsed.text_of(it).to_owned());
            Some((text("key")?, text("value")?))
        })
        .collect()
}
