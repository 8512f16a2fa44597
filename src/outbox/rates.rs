//! How fast each sender may speak to each country: data, never an `if`.
//!
//! A sender that is too fast is filtered or blocked by carriers, and then nobody is answered; and what
//! waits at the provider can no longer be overtaken by something urgent. So texts wait here, in order
//! of urgency, and leave at the rate of their way out: the channel (each has one sender) and the
//! beginning of the number. The table is a file; a mission's own is given by a setting.

use crate::case::Channel;
use std::sync::{Arc, LazyLock};

/// How much may leave at once after a quiet while, as a part of a second's worth.
const BURST_S: f64 = 0.25;

/// A way out and its rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// Its name: `sms +1`, or `sms *` for every other number.
    pub name: String,
    /// The channel.
    pub channel: Channel,
    /// What numbers begin with; empty for all.
    pub prefix: String,
    /// Seconds between two texts; zero where there is no limit.
    pub apart_s: f64,
    /// So many may leave at once after a quiet while.
    pub burst: f64,
}

/// Every way out. There is one for every number on every channel that is a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates(Vec<Way>);

#[derive(serde::Deserialize)]
struct Row {
    channel: Channel,
    number: String,
    per_second: String,
    #[serde(rename = "note")]
    _note: String,
}

static CARRIED: LazyLock<Arc<Rates>> = LazyLock::new(|| {
    Arc::new(
        Rates::read(include_str!("rates.csv"))
            .expect("the table is part of the program, and a test reads it"),
    )
});

impl Rates {
    /// The table that the program carries.
    #[must_use]
    pub fn carried() -> Arc<Self> {
        CARRIED.clone()
    }

    /// Reads a table: `channel,number,per_second,note`; the number is what numbers begin with
    /// (`+1`, `+9715`) or `*`, the rate is texts a second or `none` for no limit.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn read(table: &str) -> Result<Self, String> {
        let mut ways = Vec::new();
        for (at, row) in csv::Reader::from_reader(table.as_bytes())
            .deserialize()
            .enumerate()
        {
            let way = row
                .map_err(|error| error.to_string())
                .and_then(|row: Row| Way::read(&row));
            ways.push(way.map_err(|error| format!("row {}: {error}", at + 1))?);
        }
        for channel in [Channel::Sms, Channel::Whatsapp] {
            let is_rest = |way: &&Way| way.channel == channel && way.prefix.is_empty();
            if ways.iter().filter(is_rest).count() != 1 {
                return Err(format!("there must be one row {channel},*"));
            }
        }
        ways.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(twice) = ways.windows(2).find(|two| two[0].name == two[1].name) {
            return Err(format!("{:?} stands there twice", twice[0].name));
        }
        Ok(Self(ways))
    }

    /// All of them, by name.
    #[must_use]
    pub fn ways(&self) -> &[Way] {
        &self.0
    }

    /// The way out to a number: of the longest beginning that fits.
    #[must_use]
    pub fn way(&self, channel: Channel, number: &str) -> &str {
        self.0
            .iter()
            .filter(|way| way.channel == channel && number.starts_with(&way.prefix))
            .max_by_key(|way| way.prefix.len())
            .map_or("", |way| &way.name)
    }
}

impl Way {
    fn read(row: &Row) -> Result<Self, String> {
        if !row.channel.is_conversation() {
            return Err(format!("nothing is sent on {}", row.channel));
        }
        let digits = row.number.strip_prefix('+').unwrap_or_default();
        let is_prefix =
            (1..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if row.number != "*" && !is_prefix {
            return Err(format!("{:?} must be + and digits, or *", row.number));
        }
        let per_second = match row.per_second.as_str() {
            "none" => None,
            rate => Some(
                rate.parse::<f64>()
                    .ok()
                    .filter(|rate| (0.001..=1_000_000.0).contains(rate))
                    .ok_or_else(|| format!("{rate:?} must be texts a second, or none"))?,
            ),
        };
        Ok(Self {
            name: format!("{} {}", row.channel, row.number),
            channel: row.channel,
            prefix: row.number.trim_start_matches('*').to_owned(),
            apart_s: per_second.map_or(0.0, |rate| 1.0 / rate),
            burst: per_second.map_or(1.0, |rate| (rate * BURST_S).ceil().max(1.0)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_takes_the_way_of_its_longest_beginning() {
        let table = "channel,number,per_second,note\nsms,*,10,\nsms,+1,1,\nsms,+1876,0.5,\n\
                     whatsapp,*,none,\n";
        let rates = Rates::read(table).expect("a table");
        assert_eq!(rates.way(Channel::Sms, "+254700000001"), "sms *");
        assert_eq!(rates.way(Channel::Sms, "+12025550100"), "sms +1");
        assert_eq!(rates.way(Channel::Sms, "+18765550100"), "sms +1876");
        assert_eq!(rates.way(Channel::Whatsapp, "+12025550100"), "whatsapp *");
    }

    #[test]
    fn the_table_we_carry_is_slow_to_america() {
        let rates = Rates::carried();
        let of = |number| {
            let name = rates.way(Channel::Sms, number);
            let way = rates.ways().iter().find(|way| way.name == name);
            let way = way.expect("a way");
            (way.apart_s, way.burst)
        };
        assert_eq!(of("+12025550100"), (1.0, 1.0));
        assert_eq!(of("+971501234567"), (0.1, 3.0));
    }

    #[test]
    fn a_wrong_table_is_told() {
        let head = "channel,number,per_second,note\nsms,*,10,\nwhatsapp,*,80,\n";
        for row in [
            "sms,1,1,",
            "sms,+1,fast,",
            "sms,+1,0,",
            "web,+1,1,",
            "sms,*,1,",
        ] {
            assert!(Rates::read(&format!("{head}{row}\n")).is_err(), "{row}");
        }
        assert!(Rates::read("channel,number,per_second,note\nsms,*,10,\n").is_err());
    }
}
