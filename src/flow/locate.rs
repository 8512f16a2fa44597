//! A place that a responder corrects: a point, or words that name one.

use super::{ActRefused, Flow};
use crate::case::{Case, Country, Level, MissionCode, Place, Point, Source};

/// The radius of a point a responder sets without one, in metres.
const SET_RADIUS_M: u32 = 100;

/// A place that was corrected, and whose it would be.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// The place.
    pub place: Place,
    /// The mission it lies with.
    pub mission: MissionCode,
}

impl Flow {
    pub(super) fn locate_point(
        &self,
        lat: f64,
        lon: f64,
        radius_m: Option<u32>,
    ) -> Result<Located, ActRefused> {
        let point =
            Point::new(lat, lon).map_err(|error| ActRefused::Field("lat", error.to_string()))?;
        let country = self
            .understanding
            .jurisdiction(point)
            .map(|(country, _)| country);
        Ok(Located {
            mission: self.mission_at(point),
            place: Place {
                point,
                radius_m: radius_m.unwrap_or(SET_RADIUS_M).min(1_000_000),
                country,
                name: None,
                level: Level::Point,
                source: Source::Responder,
                certain: true,
            },
        })
    }

    pub(super) fn locate_words(
        &self,
        words: &str,
        country: Option<Country>,
    ) -> Result<Located, ActRefused> {
        let found = self.understanding.find_places(words, country, 1);
        let found = if found.is_empty() {
            self.understanding.find_places(words, None, 1)
        } else {
            found
        };
        let found = found.into_iter().next().ok_or_else(|| {
            ActRefused::Field(
                "text",
                "no place of that name is known; set it on the map instead".into(),
            )
        })?;
        Ok(Located {
            mission: self.mission_at(found.point),
            place: Place {
                point: found.point,
                radius_m: found.radius_m,
                country: Some(found.country),
                name: Some(found.name),
                level: found.level,
                source: Source::Responder,
                certain: true,
            },
        })
    }
}

impl Flow {
    fn mission_at(&self, point: Point) -> MissionCode {
        match self.understanding.jurisdiction(point) {
            Some((country, division)) => {
                self.understanding.mission_for(country, division.as_deref())
            }
            None => MissionCode::centre(),
        }
    }
}

pub(super) fn set_place(case: &mut Case, place: &Place, offset: u64) {
    case.place = Some(place.coarse(offset));
    case.place_source = Some(place.source);
    case.country = place.country;
}
