//! JSON as programs send it, where it is not quite JSON.
//!
//! Where a name comes twice in one object, JSON as everybody reads it keeps the last and forgets the
//! others without a word. Here they are handed over too. What is well formed must cost nothing more.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::RefCell;

/// A value whose name came again in the same object.
#[derive(Debug, PartialEq)]
pub(super) struct Earlier {
    /// Where it stood: `contact.phone`.
    pub(super) path: String,
    pub(super) value: Value,
}

/// The body as JSON, and what stood in it under names that came again. Marks that some programs put
/// before it are passed over; where halves of characters stand in it, a sign takes the place of each:
/// they are no reason to refuse a plea. Nor is a number beyond all that can be counted with: it is
/// kept as it is written, as text.
pub(super) fn readable(body: &[u8]) -> Result<(Value, Vec<Earlier>), serde_json::Error> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    read(body).or_else(|error| {
        let text = String::from_utf8_lossy(body);
        read(without_endless(&without_halves(&text)).as_bytes()).map_err(|_| error)
    })
}

fn read(body: &[u8]) -> Result<(Value, Vec<Earlier>), serde_json::Error> {
    let earlier = RefCell::default();
    let mut json = serde_json::Deserializer::from_slice(body);
    let all = Reading {
        within: None,
        earlier: &earlier,
    };
    let value = all.deserialize(&mut json)?;
    json.end()?;
    Ok((value, earlier.into_inner()))
}

/// Reads a value, and keeps what the same name said before.
#[derive(Clone, Copy)]
struct Reading<'a> {
    within: Option<&'a Within<'a>>,
    earlier: &'a RefCell<Vec<Earlier>>,
}

/// The names that lead to a value, the last one first.
struct Within<'a> {
    name: &'a str,
    within: Option<&'a Self>,
}

impl Within<'_> {
    fn path(&self) -> String {
        match self.within {
            Some(within) => format!("{}.{}", within.path(), self.name),
            None => self.name.to_owned(),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = all.next_element_seed(self)? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = all.next_key::<String>()? {
            let within = Within {
                name: &name,
                within: self.within,
            };
            let value = all.next_value_seed(Reading {
                within: Some(&within),
                ..self
            })?;
            if let Some(before) = fields.get_mut(&name) {
                let value = std::mem::replace(before, value);
                let path = within.path();
                self.earlier.borrow_mut().push(Earlier { path, value });
            } else {
                fields.insert(name, value);
            }
        }
        Ok(fields.into())
    }
}

/// JSON in which no escape stands for half of a character.
fn without_halves(json: &str) -> String {
    let unit = |rest: &str| {
        let digits = rest.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut whole = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        whole.push_str(&rest[..at]);
        rest = &rest[at..];
        let next = rest.get(6..).unwrap_or_default();
        let length = match (unit(rest), unit(next)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                whole.push_str("\\ufffd");
                rest = next;
                continue;
            }
            // What is escaped is one character, which may be a backslash.
            _ => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        whole.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    whole + rest
}

/// JSON in which what is larger than any number we have is text.
fn without_endless(json: &str) -> String {
    let in_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    let mut whole = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        whole.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = if rest.starts_with('"') {
            end_of_string(rest)
        } else {
            rest.find(|c| !in_number(c)).unwrap_or(rest.len())
        };
        let token = &rest[..length];
        if token.parse().is_ok_and(f64::is_infinite) {
            whole.push('"');
            whole.push_str(token);
            whole.push('"');
        } else {
            whole.push_str(token);
        }
        rest = &rest[length..];
    }
    whole + rest
}

/// How long the string is with which this begins, its quotes included.
fn end_of_string(json: &str) -> usize {
    let mut escaped = false;
    let end = json.bytes().enumerate().skip(1).find(|(_, byte)| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(json.len(), |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::super::{Read, read};
    use crate::case::Channel;

    #[test]
    fn halves_of_characters_endless_numbers_and_marks_before_it_are_no_reason_to_refuse_a_plea() {
        let now = chrono::DateTime::UNIX_EPOCH;
        let id = "7d444840-9dc0-11d1-b245-5ffdce74fad2";
        let said = |before: &[u8], text: &str| {
            let body = format!(r#"{{"id":"{id}","text":"{text}"}}"#);
            let report = read(&[before, body.as_bytes()].concat(), Channel::Api, now);
            report.map(|Read { report, .. }| report.text.expose().clone())
        };
        for (sent, kept) in [
            (r"help \ud83d", "help \u{fffd}"),
            (r"\ude00 help", "\u{fffd} help"),
            (
                r"\ud83d\ud83d\ude00 \\ud83d \n",
                "\u{fffd}\u{1f600} \\ud83d \n",
            ),
        ] {
            assert_eq!(said(b"", sent).ok().as_deref(), Some(kept), "{sent}");
        }
        assert_eq!(said(b"\xef\xbb\xbf", "help").ok().as_deref(), Some("help"));
        let broken = [
            b"{\"id\":\"".as_slice(),
            id.as_bytes(),
            b"\",\"text\":\"\xff help\"}",
        ]
        .concat();
        let Read { report, .. } = read(&broken, Channel::Api, now).expect("a report");
        assert_eq!(report.text.expose(), "\u{fffd} help");
        let endless = format!(
            r#"{{"id":"{id}","text":"e \"1e999\\","details":{{"a":1e99999,"b":[-1E+999,2],"c":1e3}}}}"#
        );
        let Read { report, .. } = read(endless.as_bytes(), Channel::Api, now).expect("a report");
        assert_eq!(report.text.expose(), r#"e "1e999\"#);
        assert_eq!(
            serde_json::json!(report.details.expose()),
            serde_json::json!({"a": "1e99999", "b": ["-1E+999", 2], "c": 1e3})
        );
        let nowhere = format!(r#"{{"id":"{id}","place":{{"lat":1e999,"lon":0}}}}"#);
        let refused = read(nowhere.as_bytes(), Channel::Api, now).expect_err("no place");
        assert_eq!(refused.errors[0].field, "place.lat");
        assert!(read(b"{", Channel::Api, now).is_err());
        assert!(read(br#"{"text":"\u12"}"#, Channel::Api, now).is_err());
    }
}
