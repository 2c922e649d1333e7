//! JSON of any size: the elements of chosen arrays one by one, the rest skipped without being kept.

use std::fmt;
use std::io::BufRead;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// What is found on the way: where it stands (`runs/results`, empty for elements of a top-level array), and what it is.
pub(super) type Each<'a> = &'a mut dyn FnMut(&str, Value);

/// Reads one JSON value. Elements of arrays whose place is in `arrays` are handed to `each` one by one, as are whole values
/// whose place is in `values`.
///
/// # Errors
/// It is no JSON, or cut off.
pub(super) fn stream(input: &mut dyn BufRead, arrays: &[&str], values: &[&str], each: Each<'_>) -> Result<(), String> {
    let mut deserializer = serde_json::Deserializer::from_reader(input);
    let walk = Walk { plan: &Plan { arrays, values }, place: String::new(), each };
    walk.deserialize(&mut deserializer).map_err(|error| match error.is_eof() {
        true => "it is cut off, or there is nothing in it".to_owned(),
        false => format!("not valid JSON: {error}"),
    })
}

struct Plan<'p> {
    arrays: &'p [&'p str],
    values: &'p [&'p str],
}

impl Plan<'_> {
    /// Whether something wanted lies at or below a place.
    fn leads(&self, place: &str) -> bool {
        let below = |wanted: &str| {
            place.is_empty() || wanted.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.arrays.iter().chain(self.values).any(|wanted| below(wanted))
    }
}

struct Walk<'p, 'e> {
    plan: &'p Plan<'p>,
    place: String,
    each: Each<'e>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a report")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let wanted = self.plan.arrays.contains(&self.place.as_str());
        loop {
            if wanted {
                let Some(value) = seq.next_element::<Value>()? else { return Ok(()) };
                (self.each)(&self.place, value);
            } else if self.plan.leads(&self.place) {
                let inner = Walk { plan: self.plan, place: self.place.clone(), each: &mut *self.each };
                if seq.next_element_seed(inner)?.is_none() {
                    return Ok(());
                }
            } else if seq.next_element::<IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let place = if self.place.is_empty() { key } else { format!("{}/{key}", self.place) };
            if self.plan.values.contains(&place.as_str()) {
                let value = map.next_value::<Value>()?;
                (self.each)(&place, value);
            } else if self.plan.leads(&place) {
                map.next_value_seed(Walk { plan: self.plan, place, each: &mut *self.each })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
