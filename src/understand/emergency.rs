//! Numbers of police, ambulance and fire brigade by country, from Android's open source
//! (Apache-2.0, December 2023). Shown to responders; never sent to anybody by themselves.

use crate::case::Country;
use serde::Deserialize;
use std::collections::BTreeMap;

static SHIPPED: &str = include_str!("data/emergency_numbers.csv");

/// The numbers of a country; several are separated by a bar, an empty one is not known.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize)]
pub struct Emergency {
    /// Police.
    pub police: String,
    /// Ambulance.
    pub ambulance: String,
    /// Fire brigade.
    pub fire: String,
    /// What answers where the others do not.
    pub fallback: String,
}

#[derive(Deserialize)]
struct Row {
    iso2: String,
    police: String,
    ambulance: String,
    fire: String,
    fallback: String,
}

/// The shipped list by country; lines that cannot be read are left out.
pub(super) fn numbers() -> BTreeMap<Country, Emergency> {
    csv::Reader::from_reader(SHIPPED.as_bytes())
        .deserialize::<Row>()
        .filter_map(Result::ok)
        .filter_map(|row| {
            Some((
                row.iso2.parse().ok()?,
                Emergency {
                    police: row.police,
                    ambulance: row.ambulance,
                    fire: row.fire,
                    fallback: row.fallback,
                },
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gulf_has_its_numbers() {
        let numbers = numbers();
        let of = |c: &str| numbers.get(&c.parse().expect("country")).expect("known");
        assert_eq!(of("AE").police, "999");
        assert_eq!(of("AE").ambulance, "998");
        assert!(numbers.len() > 150);
    }
}
