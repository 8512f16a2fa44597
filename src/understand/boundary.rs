//! Which country, and which first-level division of it, a point lies in.
//!
//! Countries come from the `country-boundaries` crate (which knows territorial waters, so that a
//! pin on a corniche is not in the sea); divisions of the Gulf, Lebanon and Jordan from the file
//! beside this one. It must never leave a coastal point without a division: the nearest one of the
//! same country is taken.

use crate::case::{Country, Point};
use country_boundaries::{BOUNDARIES_ODBL_360X180, CountryBoundaries, LatLon};
use geo::{BoundingRect, Distance, Euclidean, Intersects, LineString, MultiPolygon, Polygon, Rect};
use serde::Deserialize;
use std::io::Read;

static DIVISIONS: &[u8] = include_bytes!("data/admin1_gulf.geojson.gz");

/// The boundaries cannot be read: the program was built with a damaged file.
#[derive(Debug, thiserror::Error)]
#[error("the file of boundaries is damaged: {0}")]
pub struct Damaged(String);

#[derive(Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
    geometry: Geometry,
}

#[derive(Deserialize)]
struct Properties {
    country: String,
    iso: Option<String>,
}

type Ring = Vec<(f64, f64)>;

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Polygon(Vec<Ring>),
    MultiPolygon(Vec<Vec<Ring>>),
}

struct Division {
    country: Country,
    iso: String,
    bounds: Rect,
    shape: MultiPolygon,
}

/// All boundaries.
pub(super) struct Boundaries {
    countries: CountryBoundaries,
    divisions: Vec<Division>,
}

impl Boundaries {
    /// Opens the boundaries carried by the program.
    ///
    /// # Errors
    /// [`Damaged`].
    pub(super) fn open() -> Result<Self, Damaged> {
        let mut json = String::new();
        flate2::read::GzDecoder::new(DIVISIONS)
            .read_to_string(&mut json)
            .map_err(|e| Damaged(e.to_string()))?;
        let collection: Collection =
            serde_json::from_str(&json).map_err(|e| Damaged(e.to_string()))?;
        Ok(Self {
            countries: CountryBoundaries::from_reader(BOUNDARIES_ODBL_360X180)
                .map_err(|e| Damaged(e.to_string()))?,
            divisions: collection
                .features
                .into_iter()
                .filter_map(division)
                .collect(),
        })
    }

    /// The country of a point; none on the high seas.
    pub(super) fn country(&self, point: Point) -> Option<Country> {
        let at = LatLon::new(point.lat(), point.lon()).ok()?;
        let ids = self.countries.ids(at);
        ids.iter().find_map(|id| id.parse().ok())
    }

    /// The first-level division of a point in a country, as ISO 3166-2, where known.
    pub(super) fn division(&self, country: Country, point: Point) -> Option<&str> {
        let at = geo::Point::new(point.lon(), point.lat());
        let of_country = || self.divisions.iter().filter(|d| d.country == country);
        of_country()
            .find(|d| d.bounds.intersects(&at) && d.shape.intersects(&at))
            .or_else(|| {
                of_country().min_by(|a, b| {
                    let far = |d: &Division| Euclidean.distance(&at, &d.shape);
                    far(a).total_cmp(&far(b))
                })
            })
            .map(|d| d.iso.as_str())
    }
}

fn division(feature: Feature) -> Option<Division> {
    let shape: MultiPolygon = match feature.geometry {
        Geometry::Polygon(rings) => vec![rings],
        Geometry::MultiPolygon(polygons) => polygons,
    }
    .into_iter()
    .filter_map(polygon)
    .collect();
    Some(Division {
        country: feature.properties.country.parse().ok()?,
        iso: feature.properties.iso?,
        bounds: shape.bounding_rect()?,
        shape,
    })
}

/// The first ring is the outline, the others are holes.
fn polygon(rings: Vec<Ring>) -> Option<Polygon> {
    let mut rings = rings.into_iter().map(LineString::from);
    Some(Polygon::new(rings.next()?, rings.collect()))
}
