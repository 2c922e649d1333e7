//! What Go's functions return, found by syntax: a wrong value of the right type is the mutant that always builds.

use crate::source::Masked;

/// A value for every result of the function around a position, each the zero value of its type: `*new(int), *new(error)`.
/// None where the function returns nothing, or is written in a way that is not understood.
pub(super) fn zero_values(masked: &Masked<'_>, at: usize) -> Option<String> {
    let results = masked.code[..at].rmatch_indices("func").find_map(|(start, _)| results_around(masked, start, at))?;
    let types = types(results.trim());
    let values: Vec<String> = types.iter().map(|name| format!("*new({name})")).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// The text between the parameters and the body of the function at `start`, if `at` is in that body.
fn results_around<'m>(masked: &'m Masked<'_>, start: usize, at: usize) -> Option<&'m str> {
    let code = masked.code.as_str();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = code.as_bytes();
    if start > 0 && is_word(bytes[start - 1]) || bytes.get(start + 4).copied().is_some_and(is_word) {
        return None;
    }
    let blank = |from: usize| from + code[from..].len() - code[from..].trim_start_matches([' ', '\t']).len();
    let starts = |from: usize, with: char| code[from..].starts_with(with);
    let mut next = blank(start + 4);
    let is_declared = start == 0 || bytes[start - 1] == b'\n';
    if is_declared {
        if starts(next, '(') {
            next = blank(masked.after_bracket(next));
        }
        next += code[next..].bytes().take_while(|byte| is_word(*byte)).count();
        if starts(next, '[') {
            next = masked.after_bracket(next);
        }
    }
    if !starts(next, '(') {
        return None;
    }
    let end = masked.after_bracket(next);
    let open = end + code[end..].find('{')?;
    let results = &code[end..open];
    let is_around = open < at && at < masked.after_bracket(open);
    // A function type has no body of its own: what follows it closes a bracket, or ends the line. An unnamed interface or
    // struct has braces of its own.
    let mut depth = 0i32;
    let is_closed = results.chars().all(|c| {
        depth += i32::from(matches!(c, '(' | '[')) - i32::from(matches!(c, ')' | ']'));
        depth >= 0
    });
    let is_plain = is_closed
        && !results.contains(['\n', '=', ';'])
        && !["interface", "struct"].iter().any(|w| results.contains(w));
    (is_around && is_plain).then_some(results)
}

/// `int`, `(int, error)`, `(n, m int, err error)`.
fn types(results: &str) -> Vec<String> {
    let Some(inner) = results.strip_prefix('(').and_then(|text| text.strip_suffix(')')) else {
        return if results.is_empty() { Vec::new() } else { vec![results.to_owned()] };
    };
    let parts = parts(inner);
    let typed = |part: &str| {
        let (name, rest) = part.split_once(' ')?;
        let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !["chan", "func"].contains(&name);
        is_name.then(|| rest.trim().to_owned())
    };
    if !parts.iter().any(|part| typed(part).is_some()) {
        return parts;
    }
    // Names share the type that comes next.
    let mut types: Vec<String> = Vec::new();
    for part in parts.iter().rev() {
        let inherited = types.last().cloned();
        types.extend(typed(part).or(inherited));
    }
    types.reverse();
    types
}

/// Split at commas outside of brackets.
fn parts(text: &str) -> Vec<String> {
    let mut depth = 0i32;
    let mut parts = vec![String::new()];
    for c in text.chars() {
        depth += i32::from(matches!(c, '(' | '[' | '{')) - i32::from(matches!(c, ')' | ']' | '}'));
        match parts.last_mut() {
            Some(last) if c != ',' || depth > 0 => last.push(c),
            _ => parts.push(String::new()),
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Language;

    #[test]
    fn zero_values_of_what_a_function_returns() {
        for (text, expected) in [
            ("func Count(prices []int) int {\n\treturn @0\n}\n", Some("*new(int)")),
            ("func (c *Cart) Get(k string) (int, error) {\n\treturn @0, nil\n}\n", Some("*new(int), *new(error)")),
            ("func f() (n, m int, err error) {\n\treturn @0\n}\n", Some("*new(int), *new(int), *new(error)")),
            ("func Map[K comparable](m map[K]int) map[K]int {\n\treturn @m\n}\n", Some("*new(map[K]int)")),
            ("func f(g func(int) bool) string {\n\treturn @\"\"\n}\n", Some("*new(string)")),
            ("func f() int {\n\tg := func(a int) bool { return @true }\n\treturn 1\n}\n", Some("*new(bool)")),
            ("func f() int {\n\tg := func(a int) bool { return true }\n\treturn @1\n}\n", Some("*new(int)")),
            (
                "func f() (map[string]func(int, int) error, error) {\n\treturn @0\n}\n",
                Some("*new(map[string]func(int, int) error), *new(error)"),
            ),
            ("func f() {\n\treturn @\n}\n", None),
            ("func f() interface{} {\n\treturn @nil\n}\n", None),
            ("var x = @1\n", None),
        ] {
            let at = text.find('@').unwrap();
            let text = text.replace('@', "");
            let masked = Masked::new(&text, Language::Go);
            assert_eq!(zero_values(&masked, at).as_deref(), expected, "{text}");
        }
    }
}
