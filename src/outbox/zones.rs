//! What time it is where a person is: the zones of a country.
//!
//! Hours that somebody gave hold in her own zone, wherever the mission is that answers for her. A
//! country with several zones does not tell which is hers, so they must hold in each of them: to
//! write at a wrong hour may betray her, to write an hour later does not. The table is tzdata's
//! `zone.tab`, one row for each country.

use crate::case::{Country, ForWhom, Hours};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static ZONES: LazyLock<BTreeMap<Country, Vec<Tz>>> = LazyLock::new(|| {
    include_str!("zones.csv")
        .lines()
        .skip(1)
        .filter_map(|line| {
            let (country, zones) = line.split_once(',')?;
            let zones = zones.split(' ').filter_map(|zone| zone.parse().ok());
            Some((country.parse().ok()?, zones.collect()))
        })
        .collect()
});

/// The zones of a country; none for one we do not know.
#[must_use]
pub fn of(country: Country) -> &'static [Tz] {
    ZONES.get(&country).map_or(&[], Vec::as_slice)
}

/// The zones somebody may be in: those of the country of the place she wrote of. Who writes for
/// another is elsewhere, perhaps where her number was issued, and perhaps not: both count. Where
/// nothing is known, the mission's own zone, if it has one that means anything.
#[must_use]
pub fn around(
    place: Option<Country>,
    for_whom: ForWhom,
    number: Option<Country>,
    mission: Option<Tz>,
) -> Vec<Tz> {
    let number = number.filter(|_| for_whom == ForWhom::Other);
    let mut zones: Vec<Tz> = place
        .into_iter()
        .chain(number)
        .flat_map(of)
        .copied()
        .collect();
    if zones.is_empty() {
        zones.extend(mission);
    }
    zones
}

/// The hours of the day it is there, each once; empty where no zone is known.
#[must_use]
pub fn hours_in(zones: &[Tz], now: DateTime<Utc>) -> Vec<u8> {
    let mut hours: Vec<u8> = zones
        .iter()
        .filter_map(|zone| u8::try_from(now.with_timezone(zone).hour()).ok())
        .collect();
    hours.sort_unstable();
    hours.dedup();
    hours
}

/// Whether an hour somebody gave holds in every zone she may be in; not where none is known.
#[must_use]
pub fn open(hours: Hours, zones: &[Tz], now: DateTime<Utc>) -> bool {
    let here = hours_in(zones, now);
    !here.is_empty() && here.iter().all(|hour| hours.holds(*hour))
}

/// The next moment at which the hours hold, to a quarter of an hour; none within a day where the
/// zones lie so far apart that they never do.
#[must_use]
pub fn opens(hours: Hours, zones: &[Tz], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    const STEP_S: i64 = 15 * 60;
    let first = now + TimeDelta::seconds(STEP_S - now.timestamp().rem_euclid(STEP_S));
    let first = first.with_nanosecond(0).unwrap_or(first);
    (0..2 * 24 * 4)
        .map(|step| first + TimeDelta::seconds(step * STEP_S))
        .find(|moment| open(hours, zones, *moment))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(code: &str) -> Country {
        code.parse().expect("a country")
    }

    fn at(time: &str) -> DateTime<Utc> {
        time.parse().expect("a time")
    }

    #[test]
    fn every_zone_of_the_table_is_one() {
        for line in include_str!("zones.csv").lines().skip(1) {
            let (code, zones) = line.split_once(',').expect("two columns");
            assert_eq!(of(country(code)).len(), zones.split(' ').count(), "{code}");
        }
        assert_eq!(of(country("AE")), [chrono_tz::Asia::Dubai]);
    }

    #[test]
    fn who_writes_for_another_may_be_where_her_number_is_from() {
        let (ae, ke) = (Some(country("AE")), Some(country("KE")));
        let noon = at("2026-11-22T12:00:00Z");
        let hours = |zones: Vec<Tz>| hours_in(&zones, noon);
        assert_eq!(hours(around(ae, ForWhom::Myself, ke, None)), [16]);
        assert_eq!(hours(around(ae, ForWhom::Other, ke, None)), [15, 16]);
        let riyadh = Some(chrono_tz::Asia::Riyadh);
        assert_eq!(hours(around(None, ForWhom::Myself, ke, riyadh)), [15]);
        assert!(around(None, ForWhom::Myself, ke, None).is_empty());
    }

    #[test]
    fn in_a_country_with_many_zones_the_hours_hold_in_each() {
        let hours = Hours::new(9, 17).expect("hours");
        let zones = of(country("US"));
        // Noon in New York is seven in the morning in Honolulu.
        assert!(!open(hours, zones, at("2026-11-22T17:00:00Z")));
        let next = opens(hours, &[chrono_tz::Asia::Dubai], at("2026-11-22T20:07:03Z"));
        assert_eq!(next, Some(at("2026-11-23T05:00:00Z")));
        let never = [chrono_tz::Asia::Dubai, chrono_tz::Pacific::Honolulu];
        let short = Hours::new(9, 10).expect("hours");
        assert_eq!(opens(short, &never, at("2026-11-22T20:00:00Z")), None);
        assert!(!open(hours, &[], at("2026-11-22T12:00:00Z")));
    }
}
