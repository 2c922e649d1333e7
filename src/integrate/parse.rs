//! Whether a file can be read as what its name says.

/// Why a text is not what its name says; none when it is, or when nothing here can tell.
pub(super) fn error(path: &str, text: &str) -> Option<String> {
    let end = path.rsplit_once('.').map_or("", |(_, end)| end);
    match end {
        "json" => serde_json::from_str::<serde::de::IgnoredAny>(text).err().map(|error| format!("no JSON: {error}")),
        "toml" => text.parse::<toml::Table>().err().map(|error| format!("no TOML: {}", error.message())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::error;

    #[test]
    fn what_can_be_told_is() {
        assert_eq!(error("a.json", "{\"a\": 1}"), None);
        assert!(error("a.json", "{\"a\": 1}}").unwrap().starts_with("no JSON: "));
        assert_eq!(error("Cargo.toml", "[a]\nb = 1\n"), None);
        assert!(error("Cargo.toml", "[a\n").unwrap().starts_with("no TOML: "));
        assert_eq!(error("a.rs", "fn ("), None, "no opinion");
    }
}
