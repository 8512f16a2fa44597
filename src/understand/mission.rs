//! Kenya's missions and whose case it is.
//!
//! A subdivision beats its country; the response centre takes what nobody else covers; a mission
//! marked "no cases" never gets one. The list is configuration, to be verified with the ministry,
//! and can be replaced at start.

use crate::case::{Country, Mission, MissionCode, Point};
use serde::Deserialize;

static SHIPPED: &str = include_str!("data/missions.csv");

#[derive(Deserialize)]
struct Row {
    code: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    city: String,
    country: String,
    lat: f64,
    lon: f64,
    jurisdiction: String,
    timezone: String,
    status: String,
}

/// A line of the list of missions that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("list of missions, line {line}: {why}")]
pub struct BadMission {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// All missions.
#[derive(Debug, Clone)]
pub(super) struct Missions(Vec<Mission>);

impl Missions {
    /// Reads a list; the shipped one where none is given.
    ///
    /// # Errors
    /// [`BadMission`] names the line.
    pub(super) fn read(list: Option<&str>) -> Result<Self, BadMission> {
        let mut reader = csv::Reader::from_reader(list.unwrap_or(SHIPPED).as_bytes());
        let mut missions = Vec::new();
        for (at, row) in reader.deserialize::<Row>().enumerate() {
            let bad = |why: String| BadMission { line: at + 2, why };
            let row = row.map_err(|e| bad(e.to_string()))?;
            missions.push(Mission {
                code: row.code.parse().map_err(|e| bad(format!("code {e}")))?,
                name: row.name,
                kind: row.kind,
                city: row.city,
                country: row
                    .country
                    .parse()
                    .map_err(|e| bad(format!("country {e}")))?,
                point: Point::new(row.lat, row.lon).map_err(|e| bad(e.to_string()))?,
                timezone: row.timezone,
                takes_cases: row.status == "active",
                jurisdiction: row
                    .jurisdiction
                    .split_whitespace()
                    .map(ToOwned::to_owned)
                    .collect(),
            });
        }
        Ok(Self(missions))
    }

    /// All of them.
    pub(super) fn all(&self) -> &[Mission] {
        &self.0
    }

    /// The mission for a country and its subdivision (ISO 3166-2).
    pub(super) fn of(&self, country: Country, division: Option<&str>) -> MissionCode {
        let covering = |area: &str| {
            self.0
                .iter()
                .find(|m| m.takes_cases && m.jurisdiction.iter().any(|j| j == area))
        };
        division
            .and_then(covering)
            .or_else(|| covering(country.as_str()))
            .map_or_else(MissionCode::centre, |m| m.code.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mission(country: &str, division: Option<&str>) -> String {
        let missions = Missions::read(None).expect("shipped list");
        missions
            .of(country.parse().expect("country"), division)
            .to_string()
    }

    #[test]
    fn a_subdivision_beats_its_country_and_the_centre_takes_the_rest() {
        assert_eq!(mission("AE", Some("AE-SH")), "AE-DXB");
        assert_eq!(mission("AE", Some("AE-AZ")), "AE-AUH");
        assert_eq!(mission("AE", None), "AE-AUH");
        assert_eq!(mission("SA", Some("SA-03")), "SA-JED");
        assert_eq!(mission("IQ", None), "SA-RUH");
        assert_eq!(mission("BH", None), "KE-NBO");
    }

    #[test]
    fn a_mission_without_cases_gets_none() {
        assert_eq!(mission("LB", Some("LB-BA")), "KW-KWI");
    }
}
