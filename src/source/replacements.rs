//! What a program text puts in place of something else while it runs: a function of a module by another, a module by a
//! table of its own. The set-up of tests does so, mostly for good reasons.

use tree_sitter::Node;

use super::language::Language;
use super::parsed::{Parsed, line_of};

/// Something that is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn {
    /// What: `calc.add`, `../src/sum`, `Round`; `calc.*` where the name is computed.
    pub target: String,
    /// Its line, from 1.
    pub line: u32,
    /// The innermost function with a name that it stands in.
    pub within: Option<String>,
    /// What is written before that function: `@pytest.fixture(autouse=True)`.
    pub marks: String,
    /// Whether a test does so for itself.
    pub of_a_test: bool,
    /// Whether it concerns the file alone in which it stands: runners replace modules file by file.
    pub of_the_file: bool,
}

/// Calls that take an object and a name.
const BY_NAME: [&str; 6] = ["setattr", "patch.object", "spyOn", "stub", "mock.method", "Object.defineProperty"];

/// Calls that take a module.
const MODULES: [&str; 9] = [
    "vi.mock",
    "vi.doMock",
    "jest.mock",
    "jest.doMock",
    "jest.setMock",
    "jest.unstable_mockModule",
    "mock.module",
    "td.replace",
    "td.replaceEsm",
];

impl Parsed<'_> {
    /// What it replaces, in the order of the text. Local variables are none of it where the language tells them apart.
    pub fn replacements(&self) -> Vec<StandIn> {
        let mut found = Vec::new();
        self.visit(|node, above| {
            let targets = match (self.language, node.kind()) {
                (Language::Python, "call") => self.replaced_by_python(node),
                (Language::Python, "assignment") => self.assigned(node).into_iter().collect(),
                (Language::JavaScript | Language::TypeScript, "call_expression") => {
                    self.replaced_by_script(node, above)
                }
                (Language::JavaScript | Language::TypeScript, "assignment_expression") => {
                    self.assigned(node).into_iter().collect()
                }
                (Language::Go, "assignment_statement") => self.assigned_in_go(node),
                _ => return,
            };
            let of_the_file = self.language.is_script() && is_module_call(self.callee(node));
            for target in targets {
                let (within, marks) = self.function_around(above);
                let of_a_test = self.is_in_test(above, within.as_deref());
                found.push(StandIn { target, line: line_of(node), within, marks, of_a_test, of_the_file });
            }
        });
        found
    }

    fn callee(&self, node: Node<'_>) -> &str {
        node.child_by_field_name("function").map_or("", |called| self.text_of(called))
    }

    fn arguments<'s>(&self, node: Node<'s>) -> Vec<Node<'s>> {
        let all = node.child_by_field_name("arguments");
        all.map(|all| all.named_children(&mut all.walk()).collect()).unwrap_or_default()
    }

    /// What is between the quotes of a string.
    fn said(&self, node: Node<'_>) -> Option<String> {
        let text = self.text_of(node);
        let quoted = matches!(node.kind(), "string" | "template_string") && !text.contains("${");
        quoted.then(|| text.trim_start_matches(['b', 'r', 'f', 'u']).trim_matches(['"', '\'', '`']).to_owned())
    }

    /// `f(calc, "add", …)`: `calc.add`; `calc.*` where the name is no text.
    fn by_name(&self, arguments: &[Node<'_>]) -> Option<String> {
        let [object, name, ..] = arguments else { return None };
        let name = self.said(*name).unwrap_or_else(|| "*".to_owned());
        Some(format!("{}.{name}", self.text_of(*object)))
    }

    fn replaced_by_python(&self, node: Node<'_>) -> Vec<String> {
        let callee = self.callee(node);
        let last = callee.rsplit('.').next().unwrap_or_default();
        let arguments = self.arguments(node);
        let first = arguments.first().and_then(|first| match first.kind() {
            // `patch(target="calc.add")`
            "keyword_argument" => first.child_by_field_name("value").and_then(|value| self.said(value)),
            _ => self.said(*first),
        });
        let of_modules = arguments.first().is_some_and(|first| self.text_of(*first).contains("sys.modules"));
        match last {
            "setattr" | "object" if last == "setattr" || callee.ends_with("patch.object") => {
                first.or_else(|| self.by_name(&arguments)).into_iter().collect()
            }
            "patch" => first.into_iter().collect(),
            "setitem" if of_modules => arguments.get(1).and_then(|name| self.said(*name)).into_iter().collect(),
            "dict" if callee.ends_with("patch.dict") && of_modules => self.keys(&arguments),
            "update" if callee == "sys.modules.update" => self.keys(&arguments),
            _ => Vec::new(),
        }
    }

    fn replaced_by_script(&self, node: Node<'_>, above: &[Node<'_>]) -> Vec<String> {
        let callee = self.callee(node);
        let arguments = self.arguments(node);
        let named = |known: &str| callee == known || callee.ends_with(&format!(".{known}"));
        if is_module_call(callee) {
            return arguments.first().and_then(|first| self.said(*first)).into_iter().collect();
        }
        if callee == "expect.extend" {
            return self.keys(&arguments).into_iter().map(|key| format!("expect.{key}")).collect();
        }
        if callee == "Object.assign" {
            return arguments.first().map(|object| format!("{}.*", self.text_of(*object))).into_iter().collect();
        }
        let replaces = named("spyOn")
            && above.last().is_some_and(|outer| self.text_of(*outer)[callee.len()..].contains(".mock"))
            || BY_NAME.iter().any(|known| *known != "spyOn" && named(known));
        if replaces { self.by_name(&arguments).into_iter().collect() } else { Vec::new() }
    }

    /// The keys of the tables among arguments.
    fn keys(&self, arguments: &[Node<'_>]) -> Vec<String> {
        let tables = arguments.iter().filter(|node| matches!(node.kind(), "dictionary" | "object"));
        let members = tables.flat_map(|table| table.named_children(&mut table.walk()).collect::<Vec<_>>());
        let key = |member: Node<'_>| {
            let key = member.child_by_field_name("key").or_else(|| member.child_by_field_name("name"))?;
            Some(self.said(key).unwrap_or_else(|| self.text_of(key).to_owned()))
        };
        members.filter_map(key).collect()
    }

    /// What stands on the left: `calc.add`, `sys.modules["calc"]`, `calc.__dict__["add"]`.
    fn assigned(&self, node: Node<'_>) -> Option<String> {
        let left = node.child_by_field_name("left")?;
        let object = left.child_by_field_name("object").or_else(|| left.child_by_field_name("value"));
        let owner = object.map_or("", |object| self.text_of(object));
        match left.kind() {
            "attribute" | "member_expression" => {
                let root = owner.split(['.', '(', '[']).next().unwrap_or_default();
                let own = matches!(root, "self" | "cls" | "this" | "exports") || owner == "module";
                let text = self.text_of(left).trim_end_matches(".__code__").trim_end_matches(".__call__");
                (!own).then(|| text.to_owned())
            }
            "subscript" | "subscript_expression" => {
                let index = left.child_by_field_name("subscript").or_else(|| left.child_by_field_name("index"))?;
                let said = self.said(index).or_else(|| quoted_in(self.text_of(index)))?;
                let module = owner.trim_end_matches(".__dict__").trim_start_matches("vars(").trim_end_matches(')');
                match owner {
                    "sys.modules" | "require.cache" => Some(said),
                    "require.extensions" | "Module._extensions" => Some(format!("{owner}.{said}")),
                    _ if module != owner => Some(format!("{module}.{said}")),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn assigned_in_go(&self, node: Node<'_>) -> Vec<String> {
        let left = node.child_by_field_name("left");
        let names = left.map(|left| left.named_children(&mut left.walk()).collect::<Vec<_>>()).unwrap_or_default();
        let named = names.into_iter().filter(|name| matches!(name.kind(), "identifier" | "selector_expression"));
        named.map(|name| self.text_of(name).to_owned()).collect()
    }

    /// Lines of Rust's `#[cfg(test)]` before statements that change what their function gives: a `return` that is no error,
    /// an assignment. Counters and logs for tests change nothing.
    pub fn changed_for_tests(&self) -> Vec<u32> {
        let mut found = Vec::new();
        self.visit(|node, above| {
            let inside = above.last().is_some_and(|outer| outer.kind() == "block");
            let attribute: String = self.text_of(node).split_whitespace().collect();
            if self.language != Language::Rust
                || node.kind() != "attribute_item"
                || !inside
                || attribute != "#[cfg(test)]"
            {
                return;
            }
            let next = std::iter::successors(node.next_named_sibling(), |it| it.next_named_sibling());
            let Some(statement) = next.into_iter().find(|it| it.kind() != "attribute_item") else { return };
            let text = self.text_of(statement);
            let returns = text.contains("return") && !text.contains("return Err(");
            let assigns = text.lines().any(|line| {
                let line = line.trim();
                let left = line.split_once(" = ").map_or("", |(left, _)| left);
                !left.is_empty()
                    && !line.starts_with("let ")
                    && left.chars().all(|c| c.is_alphanumeric() || "_.".contains(c))
            });
            if returns || assigns {
                found.push(line_of(node));
            }
        });
        found
    }

    /// The innermost function with a name, and what is written before it.
    fn function_around(&self, above: &[Node<'_>]) -> (Option<String>, String) {
        let kinds = ["function_definition", "function_declaration", "method_definition", "method_declaration"];
        let Some(at) = above.iter().rposition(|outer| kinds.contains(&outer.kind())) else {
            return (None, String::new());
        };
        let name = above[at].child_by_field_name("name").map(|name| self.text_of(name).to_owned());
        let around = above[..at].last().filter(|outer| outer.kind() == "decorated_definition");
        let marks = around.and_then(|outer| self.text.get(outer.start_byte()..above[at].start_byte()));
        (name, marks.unwrap_or_default().to_owned())
    }

    fn is_in_test(&self, above: &[Node<'_>], within: Option<&str>) -> bool {
        let is_test = |name: &str| match self.language {
            Language::Python => name.starts_with("test"),
            Language::Go => ["Test", "Benchmark", "Example", "Fuzz"].iter().any(|start| name.starts_with(start)),
            _ => false,
        };
        let own = within.is_some_and(|name| is_test(name) && name != "TestMain");
        own || above.iter().any(|outer| match outer.kind() {
            // What a decorator replaces, it replaces for what it stands before.
            "decorator" => true,
            "call_expression" => {
                let first = self.callee(*outer).split(['.', '(']).next().unwrap_or_default();
                self.language.is_script() && matches!(first, "it" | "test" | "fit" | "xit")
            }
            _ => false,
        })
    }
}

fn is_module_call(callee: &str) -> bool {
    MODULES.contains(&callee)
}

/// The first string in a piece of text.
fn quoted_in(text: &str) -> Option<String> {
    let from = text.find(['"', '\''])?;
    let rest = &text[from + 1..];
    rest.find(['"', '\'']).map(|end| rest[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(path: &str, text: &str) -> Vec<String> {
        Parsed::read(path, text).unwrap().replacements().into_iter().map(|it| it.target).collect()
    }

    #[test]
    fn what_is_replaced_has_a_name() {
        for (path, text, expected) in [
            ("a.py", "monkeypatch.setattr(\n    calc,\n    'add',\n    f,\n)", &["calc.add"][..]),
            (
                "a.py",
                "monkeypatch.setattr('calc.add', f)\nmock.patch('a.b')\npatch(target='c.d')",
                &["calc.add", "a.b", "c.d"],
            ),
            ("a.py", "setattr(calc, name, f)\npatch.object(calc, 'add')", &["calc.*", "calc.add"]),
            ("a.py", "calc.add = f\nself.x = 1\nx = 2\ncalc.add.__code__ = c", &["calc.add", "calc.add"]),
            (
                "a.py",
                "sys.modules['calc'] = f\ncalc.__dict__['add'] = f\nvars(calc)['sub'] = f\nd['x'] = 1",
                &["calc", "calc.add", "calc.sub"],
            ),
            (
                "a.py",
                "patch.dict('sys.modules', {'calc': f})\nmonkeypatch.setitem(sys.modules, 'b', f)",
                &["calc", "b"],
            ),
            ("a.ts", "vi.mock(\n  '../src/sum', () => ({})\n)", &["../src/sum"]),
            ("a.ts", "vi.spyOn(a, 'b').mockReturnValue(1); vi.spyOn(a, 'c');", &["a.b"]),
            (
                "a.js",
                "sinon.stub(a, 'b'); Object.assign(a, { c }); a.d = 1; module.exports = 2; exports.x = 3",
                &["a.b", "a.*", "a.d"],
            ),
            (
                "a.js",
                "require.cache[require.resolve('./sum')] = {}; expect.extend({ toBe() {}, x: f })",
                &["./sum", "expect.toBe", "expect.x"],
            ),
            ("a.go", "package a\n\nfunc init() {\n\tRound = f\n\tx := 1\n\ta, b.C = 1, 2\n}\n", &["Round", "a", "b.C"]),
        ] {
            assert_eq!(targets(path, text), expected, "{text}");
        }
    }

    #[test]
    fn where_it_stands_is_known() {
        let text = "@pytest.fixture(autouse=True)\ndef ready(mp):\n    mp.setattr(a, 'b', c)\n\n\ndef test_a(mp):\n    mp.setattr(a, 'd', c)\n\n\n@patch('a.e')\ndef helper(): pass\n";
        let all = Parsed::read("a.py", text).unwrap().replacements();
        assert_eq!(all.iter().map(|it| it.of_a_test).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!((all[0].within.as_deref(), all[0].marks.contains("autouse=True")), (Some("ready"), true));
        let text = "it('a', () => { vi.spyOn(a, 'b').mockReturnValue(1); });\nbeforeEach(() => { a.b = 1; });\n";
        let all = Parsed::read("a.ts", text).unwrap().replacements();
        assert_eq!(all.iter().map(|it| it.of_a_test).collect::<Vec<_>>(), [true, false]);
    }
}
