//! TOML as the readers of YAML know it: scalars as text, each with its place.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::yaml::{DEEPEST, YamlNode, YamlValue};

/// Reads a document.
///
/// # Errors
/// What is wrong, with its line.
pub(crate) fn toml(text: &str) -> Result<YamlNode, (u32, String)> {
    // A byte order mark is white space of three bytes to every place behind it.
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    let reader = TomlReader { text: bare, mark: text.len() - bare.len(), starts: starts(bare) };
    match DeTable::parse(bare) {
        Ok(table) => Ok(reader.map(table.get_ref(), 1, DEEPEST)),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            Err((reader.line(at), error.message().to_owned()))
        }
    }
}

fn starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

struct TomlReader<'a> {
    text: &'a str,
    mark: usize,
    starts: Vec<usize>,
}

impl TomlReader<'_> {
    fn line(&self, at: usize) -> u32 {
        self.starts.partition_point(|start| *start <= at) as u32
    }

    fn map(&self, table: &DeTable<'_>, line: u32, depth: usize) -> YamlNode {
        let members = table.iter().map(|(name, value)| (name.get_ref().to_string(), self.node(value, depth)));
        YamlNode { line, range: 0..0, value: YamlValue::Map(members.collect()) }
    }

    fn node(&self, value: &Spanned<DeValue<'_>>, depth: usize) -> YamlNode {
        let span = value.span();
        let line = self.line(span.start);
        let Some(depth) = depth.checked_sub(1) else {
            return YamlNode { line, range: 0..0, value: YamlValue::Text(String::new()) };
        };
        let text = match value.get_ref() {
            DeValue::Table(table) => return self.map(table, line, depth),
            DeValue::Array(elements) => {
                let list = elements.iter().map(|element| self.node(element, depth)).collect();
                return YamlNode { line, range: 0..0, value: YamlValue::List(list) };
            }
            DeValue::String(text) => text.to_string(),
            _ => self.text.get(span.clone()).unwrap_or_default().to_owned(),
        };
        YamlNode { line, range: span.start + self.mark..span.end + self.mark, value: YamlValue::Text(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_line_and_place() {
        let text = "\u{feff}a = \"x\" # why\n[[b]]\nc = true\nd = [1, \"y\"]\n";
        let root = toml(text).unwrap();
        assert_eq!(&text[root.get("a").unwrap().range.clone()], "\"x\"");
        let first = &root.get("b").unwrap().list().unwrap()[0];
        assert_eq!((first.get("c").unwrap().text(), first.get("c").unwrap().line), (Some("true"), 3));
        assert_eq!(first.get("d").unwrap().texts(), ["1", "y"]);
        assert_eq!(toml("a = 1\nb = \n").map_err(|(line, _)| line), Err(2));
    }
}
