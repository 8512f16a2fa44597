//! JSON as programs send it, where it is not quite JSON.

use serde_json::Value;

/// The body as JSON. Marks that some programs put before it are passed over; where halves of
/// characters stand in it, a sign takes the place of each: they are no reason to refuse a plea.
pub(super) fn readable(body: &[u8]) -> Result<Value, serde_json::Error> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).or_else(|error| {
        let text = String::from_utf8_lossy(body);
        serde_json::from_str(&without_halves(&text)).map_err(|_| error)
    })
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

#[cfg(test)]
mod tests {
    use super::super::read;
    use crate::case::Channel;

    #[test]
    fn halves_of_characters_and_marks_before_the_body_are_no_reason_to_refuse_a_plea() {
        let now = chrono::DateTime::UNIX_EPOCH;
        let id = "7d444840-9dc0-11d1-b245-5ffdce74fad2";
        let said = |before: &[u8], text: &str| {
            let body = format!(r#"{{"id":"{id}","text":"{text}"}}"#);
            let report = read(&[before, body.as_bytes()].concat(), Channel::Api, now);
            report.map(|report| report.text.expose().clone())
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
        let report = read(&broken, Channel::Api, now).expect("a report");
        assert_eq!(report.text.expose(), "\u{fffd} help");
        assert!(read(b"{", Channel::Api, now).is_err());
        assert!(read(br#"{"text":"\u12"}"#, Channel::Api, now).is_err());
    }
}
