//! Where somebody is, how exactly that is known, and how it is known.
//!
//! Two locations are kept of every place: the exact one, sealed, and the coarse one, shown. The
//! coarse one is the exact one moved by an offset that is fixed for a case, not rounded: rounding
//! can be averaged away over several reports, a fixed offset cannot.

use super::words::vocabulary;
use geo::{Destination, Distance, Haversine};
use serde::{Deserialize, Serialize};

/// A point on the earth, WGS 84.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "RawPoint")]
pub struct Point {
    lat: f64,
    lon: f64,
}

#[derive(Deserialize)]
struct RawPoint {
    lat: f64,
    lon: f64,
}

/// Coordinates that are not on the earth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("latitude must lie between -90 and 90, longitude between -180 and 180, in degrees")]
pub struct NotOnEarth;

impl Point {
    /// A point from degrees.
    ///
    /// # Errors
    /// [`NotOnEarth`] outside ±90° and ±180°, or where a value is not a number.
    pub fn new(lat: f64, lon: f64) -> Result<Self, NotOnEarth> {
        if lat.abs() <= 90.0 && lon.abs() <= 180.0 {
            Ok(Self { lat, lon })
        } else {
            Err(NotOnEarth)
        }
    }

    /// Degrees north.
    #[must_use]
    pub const fn lat(self) -> f64 {
        self.lat
    }

    /// Degrees east.
    #[must_use]
    pub const fn lon(self) -> f64 {
        self.lon
    }

    /// Distance over the ground in metres (haversine, mean radius 6,371,008.8 m, IUGG).
    #[must_use]
    pub fn metres_to(self, other: Self) -> f64 {
        Haversine.distance(self.geo(), other.geo())
    }

    fn geo(self) -> geo::Point {
        geo::Point::new(self.lon, self.lat)
    }

    /// The point that lies `metres` away in the direction `bearing` (degrees from north).
    #[must_use]
    pub fn moved(self, metres: f64, bearing: f64) -> Self {
        let there = Haversine.destination(self.geo(), bearing, metres);
        Self {
            lat: there.y(),
            lon: there.x(),
        }
    }
}

impl TryFrom<RawPoint> for Point {
    type Error = NotOnEarth;
    fn try_from(raw: RawPoint) -> Result<Self, NotOnEarth> {
        Self::new(raw.lat, raw.lon)
    }
}

impl std::fmt::Debug for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Point([sealed])")
    }
}

/// An ISO 3166-1 country, two capital letters.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "AE")]
pub struct Country([u8; 2]);

/// Text that is not a country code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a country code of two letters (ISO 3166-1), such as AE")]
pub struct NotACountry;

impl Country {
    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("ZZ")
    }
}

impl std::str::FromStr for Country {
    type Err = NotACountry;
    fn from_str(code: &str) -> Result<Self, NotACountry> {
        match code.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => Err(NotACountry),
        }
    }
}

impl TryFrom<String> for Country {
    type Error = NotACountry;
    fn try_from(code: String) -> Result<Self, NotACountry> {
        code.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.as_str().to_owned()
    }
}

impl std::fmt::Display for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

vocabulary! {
    /// How fine a place is.
    Level {
        /// A spot: a pin, a building.
        Point = "point",
        /// A part of a town.
        District = "district",
        /// A town.
        City = "city",
        /// A province, an emirate.
        Region = "region",
        /// A whole country.
        Country = "country",
    }
}

vocabulary! {
    /// How a place is known.
    Source {
        /// A position shared by a phone or set on a map.
        Pin = "pin",
        /// Named in words.
        Named = "named",
        /// The address a person registered.
        Registered = "registered",
        /// The country code of the sender's number: weak, never finer than a country.
        Prefix = "prefix",
        /// Set by a responder.
        Responder = "responder",
    }
}

/// Where the person in need is, as far as it is known. Exact: to be sealed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// The middle.
    pub point: Point,
    /// Radius of uncertainty in metres.
    pub radius_m: u32,
    /// The country it lies in.
    pub country: Option<Country>,
    /// Its name, as the gazetteer has it.
    pub name: Option<String>,
    /// How fine it is.
    pub level: Level,
    /// How it is known.
    pub source: Source,
    /// Whether a person may rely on it.
    pub certain: bool,
}

/// The place as it may be shown: moved by the offset of its case.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CoarsePlace {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// Radius of uncertainty in metres; the exact point lies within it.
    pub radius_m: u32,
}

/// The furthest an exact point is moved for showing it, in metres.
const OFFSET_M: f64 = 900.0;
/// The nearest.
const OFFSET_MIN_M: f64 = 300.0;

impl Place {
    /// The place as it may be shown. `secret` is 64 bits known to the service only and fixed for a
    /// case, so that every report of the case is moved alike.
    #[must_use]
    pub fn coarse(&self, secret: u64) -> CoarsePlace {
        #[expect(
            clippy::cast_precision_loss,
            reason = "sixteen bits fit a double exactly"
        )]
        let fraction = |bits: u64| (bits & 0xffff) as f64 / 65_536.0;
        let metres = OFFSET_MIN_M + (OFFSET_M - OFFSET_MIN_M) * fraction(secret);
        let moved = self.point.moved(metres, fraction(secret >> 16) * 360.0);
        CoarsePlace {
            lat: moved.lat(),
            lon: moved.lon(),
            radius_m: self.radius_m.saturating_add(1_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_coarse_place_is_moved_yet_holds_the_exact_one(
            lat in -80.0..80.0f64, lon in -179.0..179.0f64, secret: u64, radius in 10u32..50_000,
        ) {
            let place = Place {
                point: Point::new(lat, lon).expect("on earth"),
                radius_m: radius, country: None, name: None,
                level: Level::Point, source: Source::Pin, certain: true,
            };
            let coarse = place.coarse(secret);
            let shown = Point::new(coarse.lat, coarse.lon).expect("on earth");
            let distance = shown.metres_to(place.point);
            prop_assert!(distance > 250.0, "{distance}");
            prop_assert!(distance < f64::from(coarse.radius_m), "{distance}");
            prop_assert_eq!(coarse, place.coarse(secret));
        }
    }

    #[test]
    fn a_point_off_the_earth_is_refused() {
        assert_eq!(Point::new(91.0, 0.0), Err(NotOnEarth));
        assert_eq!(Point::new(f64::NAN, 0.0), Err(NotOnEarth));
    }

    #[test]
    fn a_point_does_not_print() {
        let point = Point::new(25.2, 55.3).expect("Dubai");
        assert!(!format!("{point:?}").contains("25"));
    }
}
