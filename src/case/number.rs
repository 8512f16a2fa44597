//! Telephone numbers, as the network knows them or as somebody wrote them.
//!
//! A number is not an identity: the phone is often borrowed, shared or taken. And a plea is never
//! refused because a number cannot be read: it is then kept as written, and nothing is sent to it.

use super::{Country, Sealed};
use serde::{Deserialize, Serialize};

/// The longest text kept as somebody's number, in characters.
pub(super) const MAX_CHARS: usize = 64;

/// A number: dialable in international form, or just as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Number {
    text: Sealed<String>,
    country: Option<Country>,
    dialable: bool,
}

/// A number as it is written down. One that could not be dialled is not read anew: what it was
/// written as stays as it is.
#[derive(Serialize, Deserialize)]
struct Kept {
    text: Sealed<String>,
    dialable: bool,
}

impl From<Kept> for Number {
    fn from(kept: Kept) -> Self {
        if kept.dialable {
            return Self::read(kept.text.expose());
        }
        Self {
            text: kept.text,
            country: None,
            dialable: false,
        }
    }
}

impl From<Number> for Kept {
    fn from(number: Number) -> Self {
        Self {
            text: number.text,
            dialable: number.dialable,
        }
    }
}

impl Number {
    /// Reads a number. Understood are international forms (`+254 7…`, `00971…`, with spaces, dashes
    /// or brackets, in Western or Arabic digits); anything else is kept as written, cut at
    /// 64 characters. Networks deliver from ranges that no numbering plan lists yet, so a known
    /// country code and a plausible length are enough to answer.
    #[must_use]
    pub fn read(written: &str) -> Self {
        // Control characters (NUL above all) cannot be stored, and are nothing anybody wrote.
        let written: String = written.chars().filter(|c| !c.is_control()).collect();
        let written = written.trim();
        let western: String = written.chars().take(MAX_CHARS).map(western_digit).collect();
        let international = western
            .strip_prefix("00")
            .map_or_else(|| western.clone(), |rest| format!("+{rest}"));
        if plausible(&international)
            && let Ok(number) = phonenumber::parse(None, &international)
        {
            return Self {
                text: number
                    .format()
                    .mode(phonenumber::Mode::E164)
                    .to_string()
                    .into(),
                country: number
                    .country()
                    .id()
                    .and_then(|id| id.as_ref().parse().ok()),
                dialable: true,
            };
        }
        Self {
            text: written.chars().take(MAX_CHARS).collect::<String>().into(),
            country: None,
            dialable: false,
        }
    }

    /// The number in E.164 where it can be dialled, else as it was written.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// Whether a message can be sent to it.
    #[must_use]
    pub const fn dialable(&self) -> bool {
        self.dialable
    }

    /// Whether its numbering plan says that it is a telephone, fixed or mobile: not a number that
    /// costs whoever writes to it more, nor one of a satellite or of no country.
    #[must_use]
    pub fn is_a_telephone(&self) -> bool {
        use phonenumber::Type;
        let read = phonenumber::parse(None, self.text.expose());
        self.dialable
            && read.is_ok_and(|number| {
                matches!(
                    number.number_type(&phonenumber::metadata::DATABASE),
                    Type::FixedLine | Type::Mobile | Type::FixedLineOrMobile
                )
            })
    }

    /// The country of its numbering plan: where it was issued, not where it is.
    #[must_use]
    pub const fn country(&self) -> Option<Country> {
        self.country
    }
}

/// `+` and eight to fifteen digits, perhaps with separators.
fn plausible(international: &str) -> bool {
    let Some(rest) = international.strip_prefix('+') else {
        return false;
    };
    let digits = rest.chars().filter(char::is_ascii_digit).count();
    (8..=15).contains(&digits)
        && rest
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')'))
}

fn western_digit(c: char) -> char {
    match c {
        '\u{0660}'..='\u{0669}' => char::from_digit(c as u32 - 0x0660, 10).unwrap_or(c),
        '\u{06f0}'..='\u{06f9}' => char::from_digit(c as u32 - 0x06f0, 10).unwrap_or(c),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_in_every_form_people_write_it() {
        for written in [
            "+254700000001",
            "00254 700 000 001",
            "+254-700-000-001",
            "+254 (700) 000001",
            "\u{0660}\u{0660}\u{0662}\u{0665}\u{0664}\u{0667}\u{0660}\u{0660}\u{0660}\u{0660}\u{0660}\u{0660}\u{0660}\u{0661}",
        ] {
            let number = Number::read(written);
            assert_eq!(number.expose(), "+254700000001", "{written}");
            assert_eq!(number.country().map(|c| c.to_string()), Some("KE".into()));
            assert!(number.dialable());
        }
    }

    #[test]
    fn a_number_that_cannot_be_read_is_kept_as_written() {
        let number = Number::read("  ask my sister Mercy, shop next door ");
        assert_eq!(number.expose(), "ask my sister Mercy, shop next door");
        assert!(!number.dialable());
        assert!(!Number::read("0712345678").dialable());
        assert_eq!(Number::read(&"9".repeat(500)).expose().len(), MAX_CHARS);
    }

    #[test]
    fn a_number_that_was_written_down_is_read_as_it_was() {
        let cut = format!("{} x", "9".repeat(63));
        for written in ["00254 700 000 001", "ask at the shop", cut.as_str(), ""] {
            let number = Number::read(written);
            let kept = serde_json::to_string(&number).expect("JSON");
            assert_eq!(serde_json::from_str::<Number>(&kept).ok(), Some(number));
        }
    }

    #[test]
    fn a_number_does_not_print() {
        assert!(!format!("{:?}", Number::read("+254700000001")).contains("700"));
    }
}
