//! Searching a place by its name, for a responder who corrects one.

use super::names::radius_m;
use super::text::Text;
use super::{Understanding, gazetteer::Entry};
use crate::case::{Country, Level, Point};

/// A place found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// Its country.
    pub country: Country,
    /// Its middle.
    pub point: Point,
    /// How fine it is.
    pub level: Level,
    /// Radius of uncertainty in metres.
    pub radius_m: u32,
}

/// Names looked at that only begin with what was typed.
const LOOKED_AT: usize = 200;

impl Understanding {
    /// Places by name, the most likely first: vouched names, whole names, beginnings, slips of the
    /// pen. At most `limit`.
    #[must_use]
    pub fn find_places(&self, query: &str, country: Option<Country>, limit: usize) -> Vec<Found> {
        let folded = Text::fold(query);
        let mut found: Vec<Found> = Vec::new();
        if folded.is_empty() || limit == 0 {
            return found;
        }
        let exact = self.names.get(&folded).map(|(known, _)| known);
        for known in exact.chain(self.names.beginning_with(&folded)) {
            if let Some((at, point)) = known.at
                && country.is_none_or(|c| c == at)
            {
                push(
                    &mut found,
                    Found {
                        name: known.name.to_string(),
                        country: at,
                        point,
                        level: known.level,
                        radius_m: known.radius_m,
                    },
                );
            }
        }
        let mut entries: Vec<Entry> = self.gazetteer.get(&folded).collect();
        let mut beginnings = self.gazetteer.beginning_with(&folded, LOOKED_AT);
        beginnings.sort_by_key(|e| std::cmp::Reverse(e.population));
        entries.extend(beginnings);
        if found.is_empty() && entries.is_empty() {
            for (_, postings) in self.gazetteer.near(&folded, 20) {
                entries.extend(self.gazetteer.entries(postings));
            }
            entries.sort_by_key(|e| std::cmp::Reverse(e.population));
        }
        for entry in entries {
            if found.len() >= limit {
                break;
            }
            if country.is_none_or(|c| c == entry.country) {
                push(
                    &mut found,
                    Found {
                        name: entry.name.to_owned(),
                        country: entry.country,
                        point: entry.point,
                        level: entry.level,
                        radius_m: radius_m(entry.level, entry.population),
                    },
                );
            }
        }
        found.truncate(limit);
        found
    }
}

/// Adds a place that is not yet there, under the same name, within two kilometres.
fn push(found: &mut Vec<Found>, place: Found) {
    let there = found
        .iter()
        .any(|f| f.name == place.name && f.point.metres_to(place.point) < 2_000.0);
    if !there {
        found.push(place);
    }
}
