//! Functions as something that can be made to do nothing: what a test of them must notice.

use std::ops::Range;

use tree_sitter::Node;

use super::functions::FUNCTIONS;
use super::language::Language;
use super::parsed::{Parsed, end_line_of, line_of};

/// A function with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callable {
    /// Its name.
    pub name: String,
    /// The class or type that it belongs to, or empty.
    pub owner: String,
    /// First line.
    pub first_line: u32,
    /// Last line.
    pub last_line: u32,
    /// All of it, as positions.
    pub span: Range<usize>,
    body: Range<usize>,
    is_block: bool,
    /// What it says to return, as written.
    returns: Vec<String>,
}

/// How a function can be made useless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hollow {
    /// It returns at once, with nothing or the type's emptiest value.
    Empty,
    /// It returns at once, with something that nobody expects.
    Odd,
    /// It fails at once.
    Failing,
}

impl Parsed<'_> {
    /// Functions that have a name, but for those inside of other functions.
    pub fn callables(&self) -> Vec<Callable> {
        let mut found = Vec::new();
        self.visit(|node, above| {
            let is_function = |kind: &str| FUNCTIONS.contains(&kind) || kind == "arrow_function";
            if is_function(node.kind()) && !above.iter().any(|outer| is_function(outer.kind())) && !node.has_error() {
                found.extend(self.callable(node, above));
            }
        });
        found
    }

    fn callable(&self, node: Node<'_>, above: &[Node<'_>]) -> Option<Callable> {
        let body = node.child_by_field_name("body")?;
        let name = node.child_by_field_name("name").or_else(|| assigned_name(above))?;
        let returns = match (self.language, node.child_by_field_name("return_type"), node.child_by_field_name("result"))
        {
            (Language::Rust, Some(of), _) => vec![self.text_of(of).to_owned()],
            (Language::Go, _, Some(of)) => self.results(of),
            _ => Vec::new(),
        };
        Some(Callable {
            name: self.text_of(name).trim_start_matches('#').to_owned(),
            owner: self.owner(node, above),
            first_line: line_of(node),
            last_line: end_line_of(node),
            span: node.byte_range(),
            body: body.byte_range(),
            is_block: matches!(body.kind(), "block" | "statement_block"),
            returns,
        })
    }

    fn owner(&self, node: Node<'_>, above: &[Node<'_>]) -> String {
        let text = |node: Node<'_>| self.text_of(node).to_owned();
        if let Some(receiver) = node.child_by_field_name("receiver") {
            let words = text(receiver);
            let kind = words.trim_matches(['(', ')']).rsplit([' ', '*']).next().unwrap_or_default();
            return kind.split('[').next().unwrap_or_default().to_owned();
        }
        let around = above.iter().rev().find_map(|outer| match outer.kind() {
            "class_definition" | "class_declaration" | "class" => outer.child_by_field_name("name"),
            "impl_item" => outer.child_by_field_name("type"),
            _ => None,
        });
        around.map(text).unwrap_or_default()
    }

    /// The types of Go's results, one each; named ones as often as there are names.
    fn results(&self, of: Node<'_>) -> Vec<String> {
        if of.kind() != "parameter_list" {
            return vec![self.text_of(of).to_owned()];
        }
        let mut found = Vec::new();
        for n in 0..of.named_child_count() {
            let Some(one) = of.named_child(n as u32) else { continue };
            let Some(kind) = one.child_by_field_name("type") else { continue };
            let mut cursor = one.walk();
            let names = one.children_by_field_name("name", &mut cursor).count().max(1);
            found.extend(std::iter::repeat_n(self.text_of(kind).to_owned(), names));
        }
        found
    }
}

/// The name of a function that is a value: `const f = () => …`, `exports.f = function …`.
fn assigned_name<'t>(above: &[Node<'t>]) -> Option<Node<'t>> {
    let around = above.last()?;
    match around.kind() {
        "variable_declarator" | "public_field_definition" => around.child_by_field_name("name"),
        "field_definition" => around.child_by_field_name("property"),
        "pair" => around.child_by_field_name("key"),
        "assignment_expression" => {
            let left = around.child_by_field_name("left")?;
            left.child_by_field_name("property").or(Some(left))
        }
        _ => None,
    }
}

/// What nobody has in their tests.
const FAILURE: &str = "made to fail";

impl Callable {
    /// The edit that makes it useless: a place and what stands there instead. None where that cannot be said in its
    /// language without knowing more.
    pub fn hollowed(&self, text: &str, language: Language, how: Hollow) -> Option<(Range<usize>, String)> {
        let statement = match language {
            Language::Python => self.python(how)?,
            Language::JavaScript | Language::TypeScript => return self.script(language, how),
            Language::Go => self.go(how)?,
            Language::Rust => self.rust(how)?,
            Language::Other => return None,
        };
        let at = self.body.start;
        if language != Language::Python {
            return Some((at + 1..at + 1, format!(" {statement} ")));
        }
        let line = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
        let indent = text.get(line..at)?;
        let break_line = if indent.trim().is_empty() { format!("\n{indent}") } else { "; ".to_owned() };
        Some((at..at, format!("{statement}{break_line}")))
    }

    fn python(&self, how: Hollow) -> Option<String> {
        let makes = matches!(
            self.name.as_str(),
            "__init__" | "__new__" | "__init_subclass__" | "__set_name__" | "__post_init__"
        );
        Some(match how {
            Hollow::Empty if self.name == "__new__" => return None,
            Hollow::Empty => "return None".to_owned(),
            Hollow::Odd if makes => return None,
            Hollow::Odd => "return object()".to_owned(),
            Hollow::Failing => format!("raise SystemError('{FAILURE}')"),
        })
    }

    fn script(&self, language: Language, how: Hollow) -> Option<(Range<usize>, String)> {
        if self.name == "constructor" && how != Hollow::Failing {
            return None;
        }
        let any = if language == Language::TypeScript { " as any" } else { "" };
        let value = match how {
            Hollow::Empty => format!("undefined{any}"),
            Hollow::Odd => format!("Symbol('odd'){any}"),
            Hollow::Failing if self.is_block => {
                return Some((
                    self.body.start + 1..self.body.start + 1,
                    format!(" throw new EvalError('{FAILURE}'); "),
                ));
            }
            Hollow::Failing => return None,
        };
        Some(match self.is_block {
            true => (self.body.start + 1..self.body.start + 1, format!(" return {value}; ")),
            false => (self.body.clone(), format!("({value})")),
        })
    }

    fn go(&self, how: Hollow) -> Option<String> {
        let zero: Vec<String> = self.returns.iter().map(|kind| format!("*new({kind})")).collect();
        Some(match how {
            Hollow::Empty => format!("if true {{ return {} }};", zero.join(", ")),
            Hollow::Odd => return None,
            Hollow::Failing => format!("if true {{ panic(\"{FAILURE}\") }};"),
        })
    }

    fn rust(&self, how: Hollow) -> Option<String> {
        Some(match (how, self.returns.first()) {
            (Hollow::Empty, None) => "if true { return; }".to_owned(),
            (Hollow::Empty, Some(kind)) => format!("if true {{ return {}; }}", default_of(kind.trim())?),
            (Hollow::Odd, _) => return None,
            (Hollow::Failing, _) => format!("if true {{ panic!(\"{FAILURE}\"); }}"),
        })
    }
}

const NUMBERS: [&str; 14] =
    ["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64"];

/// The emptiest value of a type of Rust's own; none for others, which need not have any.
fn default_of(kind: &str) -> Option<String> {
    let inner = |name: &str| kind.strip_prefix(name)?.strip_suffix('>').map(str::trim);
    Some(match kind {
        "()" => "()".to_owned(),
        "bool" => "false".to_owned(),
        "char" => "'\\0'".to_owned(),
        "String" => "String::new()".to_owned(),
        "&str" | "&'static str" => "\"\"".to_owned(),
        "f32" | "f64" => "0.0".to_owned(),
        number if NUMBERS.contains(&number) => "0".to_owned(),
        option if option.starts_with("Option<") => "None".to_owned(),
        list if list.starts_with("Vec<") => "Vec::new()".to_owned(),
        _ => {
            let result = inner("Result<").or_else(|| inner("io::Result<")).or_else(|| inner("std::io::Result<"))?;
            let good = result.rsplit_once(',').map_or(result, |(good, _)| good.trim());
            format!("Ok({})", default_of(good)?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hollow(language: Language, text: &str, name: &str, how: Hollow) -> Option<String> {
        let parsed = Parsed::of(language, text).unwrap();
        let callable = parsed.callables().into_iter().find(|callable| callable.name == name).expect(name);
        let (range, with) = callable.hollowed(text, language, how)?;
        let wrong = format!("{}{with}{}", &text[..range.start], &text[range.end..]);
        assert!(Parsed::of(language, &wrong).unwrap().is_well_formed(), "{wrong}");
        Some(wrong)
    }

    #[test]
    fn functions_are_known_with_their_owners() {
        let owners = |language, text: &str| {
            let found = Parsed::of(language, text).unwrap().callables();
            found.into_iter().map(|one| format!("{}.{}", one.owner, one.name)).collect::<Vec<_>>()
        };
        assert_eq!(
            owners(Language::Python, "class A:\n    def f(self):\n        def g(): pass\n\ndef h(): pass\n"),
            ["A.f", ".h"]
        );
        assert_eq!(owners(Language::Go, "package a\n\nfunc (a *A[T]) F() {}\n\nfunc G() {}\n"), ["A.F", ".G"]);
        assert_eq!(owners(Language::Rust, "impl B for A { fn f() {} }\nfn g() {}\n"), ["A.f", ".g"]);
        let script =
            "class A { f() {} }\nconst g = (x) => x;\nexports.h = function () {};\nexport default function i() {}\n";
        assert_eq!(owners(Language::JavaScript, script), ["A.f", ".g", ".h", ".i"]);
    }

    #[test]
    fn python_returns_and_raises() {
        let text = "def f(a):\n    \"\"\"F.\"\"\"\n    if a:\n        return 1\n\n\ndef g(): return 2\n";
        let empty = hollow(Language::Python, text, "f", Hollow::Empty).unwrap();
        assert!(empty.starts_with("def f(a):\n    return None\n    \"\"\"F.\"\"\"\n    if a:\n"), "{empty}");
        assert!(
            hollow(Language::Python, text, "g", Hollow::Odd).unwrap().ends_with("def g(): return object(); return 2\n")
        );
        assert!(hollow(Language::Python, text, "g", Hollow::Failing).unwrap().contains("raise SystemError("));
        let class = "class A:\n    def __init__(self):\n        self.a = 1\n";
        assert_eq!(hollow(Language::Python, class, "__init__", Hollow::Odd), None);
    }

    #[test]
    fn typed_languages_return_what_they_promise() {
        let go = "package a\n\nfunc F(a, b int) (n, m int, err error) {\n\treturn a, b, nil\n}\n\nfunc G() {}\n\nfunc H() []string { return nil }\n";
        let empty = |name| hollow(Language::Go, go, name, Hollow::Empty).unwrap();
        assert!(empty("F").contains("return *new(int), *new(int), *new(error) }"), "{}", empty("F"));
        assert!(empty("G").contains("if true { return  };") && empty("H").contains("return *new([]string) }"));
        let rust = "fn a() -> io::Result<Option<u8>> { b }\nfn c(x: u8) {}\nfn d() -> Self { e }\nfn f() -> Result<Vec<A>, B> { g }\n";
        let empty = |name| hollow(Language::Rust, rust, name, Hollow::Empty);
        assert!(empty("a").unwrap().contains("return Ok(None);") && empty("c").unwrap().contains("return;"));
        assert!(empty("f").unwrap().contains("return Ok(Vec::new());"));
        assert_eq!(empty("d"), None);
        assert!(hollow(Language::Rust, rust, "d", Hollow::Failing).unwrap().contains("panic!("));
    }

    #[test]
    fn scripts_return_nothing() {
        let text = "const f = (a) => a + 1;\nfunction g() {\n  return 1;\n}\n";
        assert!(
            hollow(Language::TypeScript, text, "f", Hollow::Empty)
                .unwrap()
                .starts_with("const f = (a) => (undefined as any);")
        );
        assert!(hollow(Language::JavaScript, text, "g", Hollow::Odd).unwrap().contains("{ return Symbol('odd'); \n"));
        assert_eq!(hollow(Language::JavaScript, text, "f", Hollow::Failing), None);
    }
}
