//! What only a gate's kind understands, kept as it was written.

use std::fmt;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;

/// The options that a gate's kind takes beside those of every gate: JSON that the kind's own folder wrote and reads. The
/// order of its keys is kept, since digests are made of the text.
#[derive(Clone, PartialEq, Default)]
pub struct KindOptions(Vec<(String, OpaqueJson)>);

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum OpaqueJson {
    Null(()),
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<OpaqueJson>),
    Object(KindOptions),
}

impl KindOptions {
    /// Options of a kind's own type, which is a struct.
    ///
    /// # Errors
    /// They are not JSON.
    pub fn freeze(options: &impl Serialize) -> Result<KindOptions, String> {
        let text = serde_json::to_string(options).map_err(|error| error.to_string())?;
        serde_json::from_str(&text).map_err(|error| error.to_string())
    }

    /// As the kind's own type.
    ///
    /// # Errors
    /// They are another type's.
    pub fn thaw<T: DeserializeOwned>(&self) -> Result<T, String> {
        let text = serde_json::to_string(self).map_err(|error| error.to_string())?;
        serde_json::from_str(&text).map_err(|error| format!("its options cannot be read: {error}"))
    }
}

impl fmt::Debug for KindOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for KindOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<'de> Deserialize<'de> for KindOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeysInOrder)
    }
}

struct KeysInOrder;

impl<'de> Visitor<'de> for KeysInOrder {
    type Value = KindOptions;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<KindOptions, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(KindOptions(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn whatever_was_written_stays_as_it_is() {
        let text = r#"{"z":1,"a":{"y":[null,true,-3,0.5,2.0,"x"],"b":{}},"m":18446744073709551615}"#;
        let options: KindOptions = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&options).unwrap(), text);
        assert_eq!(format!("{options:?}"), text);
        assert_eq!(KindOptions::freeze(&options).unwrap(), options);
        assert!(options.thaw::<BTreeMap<String, u64>>().unwrap_err().starts_with("its options cannot be read"));
        assert!(KindOptions::freeze(&"a text").is_err(), "options are an object");
    }
}
