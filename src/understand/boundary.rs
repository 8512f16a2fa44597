//! Which country, and which first-level division of it, a point lies in.
//!
//! Countries come from the `country-boundaries` crate (which knows territorial waters, so that a
//! pin on a corniche is not in the sea); divisions of the Gulf, Lebanon and Jordan from the file
//! beside this one. It must never leave a coastal point without a division: the nearest one of the
//! same country is taken.

use crate::case::{Country, Point};
use country_boundaries::{BOUNDARIES_ODBL_360X180, CountryBoundaries, LatLon};
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
    /// West, south, east, north.
    bounds: [f64; 4],
    rings: Vec<Ring>,
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
        let (x, y) = (point.lon(), point.lat());
        let of_country = || self.divisions.iter().filter(|d| d.country == country);
        of_country()
            .find(|d| {
                let [west, south, east, north] = d.bounds;
                (west..=east).contains(&x) && (south..=north).contains(&y) && d.holds(x, y)
            })
            .or_else(|| of_country().min_by(|a, b| a.nearness(x, y).total_cmp(&b.nearness(x, y))))
            .map(|d| d.iso.as_str())
    }
}

impl Division {
    /// Even-odd rule over all rings, holes included.
    fn holds(&self, x: f64, y: f64) -> bool {
        let mut inside = false;
        for ring in &self.rings {
            let mut previous = ring[ring.len() - 1];
            for &point in ring {
                let ((x1, y1), (x2, y2)) = (previous, point);
                if (y1 > y) != (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1 {
                    inside = !inside;
                }
                previous = point;
            }
        }
        inside
    }

    /// Square of the distance to the nearest corner, in degrees: good enough to compare.
    fn nearness(&self, x: f64, y: f64) -> f64 {
        self.rings
            .iter()
            .flatten()
            .map(|(a, b)| (a - x).powi(2) + (b - y).powi(2))
            .fold(f64::INFINITY, f64::min)
    }
}

fn division(feature: Feature) -> Option<Division> {
    let rings: Vec<Ring> = match feature.geometry {
        Geometry::Polygon(rings) => rings,
        Geometry::MultiPolygon(polygons) => polygons.into_iter().flatten().collect(),
    }
    .into_iter()
    .filter(|ring| ring.len() > 2)
    .collect();
    let mut bounds = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    for &(x, y) in rings.iter().flatten() {
        bounds = [
            bounds[0].min(x),
            bounds[1].min(y),
            bounds[2].max(x),
            bounds[3].max(y),
        ];
    }
    Some(Division {
        country: feature.properties.country.parse().ok()?,
        iso: feature.properties.iso?,
        bounds,
        rings,
    })
}
