//! Which channel can answer which country: data, never an `if`.
//!
//! Two-way texts to most Gulf numbers are not on offer, so a person who wrote from there is better
//! answered on WhatsApp where she has it. The table is a file a person can correct; a country
//! without a row of its own takes the row `*`.

use crate::case::{Channel, Country};
use std::{collections::BTreeMap, sync::LazyLock};

/// What a channel can do in a country.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Capability {
    /// Whether the person can write back to what we send.
    pub two_way: bool,
    /// Whether we can send at all.
    pub can_send: bool,
    /// What to know about it.
    pub note: String,
}

#[derive(serde::Deserialize)]
struct Row {
    country: String,
    channel: Channel,
    two_way: String,
    can_send: String,
    note: String,
}

type Table = BTreeMap<(Option<Country>, Channel), Capability>;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    read(include_str!("capability.csv"))
        .expect("the table is part of the program, and a test reads it")
});

fn read(table: &str) -> Result<Table, String> {
    let yes = |word: &str| match word {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(format!("{other:?} must be yes or no")),
    };
    csv::Reader::from_reader(table.as_bytes())
        .deserialize()
        .map(|row| {
            let row: Row = row.map_err(|error| error.to_string())?;
            let country = match row.country.as_str() {
                "*" => None,
                code => Some(
                    code.parse()
                        .map_err(|_| format!("{code:?} is no country"))?,
                ),
            };
            let capability = Capability {
                two_way: yes(&row.two_way)?,
                can_send: yes(&row.can_send)?,
                note: row.note,
            };
            Ok(((country, row.channel), capability))
        })
        .collect()
}

/// What a channel can do for a number of this country.
///
/// # Panics
/// Where a channel lacks a row for all countries, which a test rules out.
#[must_use]
pub fn of(country: Option<Country>, channel: Channel) -> &'static Capability {
    TABLE
        .get(&(country, channel))
        .or_else(|| TABLE.get(&(None, channel)))
        .expect("every channel has a row for all countries, and a test says so")
}

/// The channels to try for a number of this country, best first: those the person can answer before
/// those she cannot, and among these `preferred` (the one she wrote on) first.
#[must_use]
pub fn ways(country: Option<Country>, preferred: Channel) -> Vec<Channel> {
    let mut ways: Vec<Channel> = Channel::ALL
        .iter()
        .copied()
        .filter(|&channel| of(country, channel).can_send)
        .collect();
    ways.sort_by_key(|&channel| (channel != preferred, !of(country, channel).two_way));
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(code: &str) -> Option<Country> {
        code.parse().ok()
    }

    #[test]
    fn every_channel_has_a_row_for_all_countries() {
        for &channel in Channel::ALL {
            let _ = of(None, channel);
            let _ = of(country("BR"), channel);
        }
    }

    #[test]
    fn a_gulf_number_cannot_answer_our_texts_and_can_answer_on_whatsapp() {
        for code in ["AE", "SA", "QA", "OM", "KW"] {
            let sms = of(country(code), Channel::Sms);
            assert!(
                sms.can_send && !sms.two_way && !sms.note.is_empty(),
                "{code}"
            );
            assert!(of(country(code), Channel::Whatsapp).two_way, "{code}");
        }
        assert!(of(country("KE"), Channel::Sms).two_way);
    }

    #[test]
    fn the_channel_the_person_wrote_on_is_tried_first() {
        assert_eq!(
            ways(country("KE"), Channel::Sms),
            [Channel::Sms, Channel::Whatsapp]
        );
        assert_eq!(
            ways(country("AE"), Channel::Sms),
            [Channel::Sms, Channel::Whatsapp]
        );
        assert_eq!(
            ways(country("AE"), Channel::Web),
            [Channel::Whatsapp, Channel::Sms]
        );
    }

    #[test]
    fn a_wrong_row_is_told() {
        let head = "country,channel,two_way,can_send,note\n";
        assert!(read(&format!("{head}AE,sms,maybe,yes,")).is_err());
        assert!(read(&format!("{head}Emirates,sms,no,yes,")).is_err());
        assert!(read(&format!("{head}AE,pigeon,no,yes,")).is_err());
    }
}
