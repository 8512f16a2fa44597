//! Which country, and which first-level division of it, a point lies in.
//!
//! Countries come from the `country-boundaries` crate (which knows territorial waters, so that a
//! pin on a corniche is not in the sea); divisions of the Gulf, Lebanon and Jordan from the file
//! beside this one. It must never leave a coastal point without a division: the nearest one of the
//! same country is taken.

use crate::case::{Country, Point};
use country_boundaries::{BOUNDARIES_ODBL_360X180, CountryBoundaries, LatLon};
use geo::{
    BoundingRect, Distance, Euclidean, Intersects, Line, LineString, MultiPolygon, Polygon, Rect,
};
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
    strips: Strips,
}

/// The edges of a shape, by the strips of latitude they touch: a point is held against those of its own
/// strip alone. A province has up to 7,800 edges, and walking along all of them was a quarter of what
/// understanding a text took.
struct Strips {
    south: f64,
    height: f64,
    edges: Vec<Vec<Line>>,
}

/// Strips of a shape: some hundred edges in each, for the longest borders.
const STRIPS: usize = 128;

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
            .find(|d| d.bounds.intersects(&at) && d.strips.hold(at))
            .or_else(|| {
                of_country().min_by(|a, b| {
                    let far = |d: &Division| Euclidean.distance(&at, &d.shape);
                    far(a).total_cmp(&far(b))
                })
            })
            .map(|d| d.iso.as_str())
    }
}

impl Strips {
    fn of(shape: &MultiPolygon, bounds: Rect) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let mut strips = Self {
            south: bounds.min().y,
            height: bounds.height() / STRIPS as f64,
            edges: vec![Vec::new(); STRIPS],
        };
        let rings = shape
            .iter()
            .flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
        for edge in rings.flat_map(LineString::lines) {
            let (low, high) = (edge.start.y.min(edge.end.y), edge.start.y.max(edge.end.y));
            let (low, high) = (strips.nth(low), strips.nth(high));
            for strip in &mut strips.edges[low..=high] {
                strip.push(edge);
            }
        }
        strips
    }

    /// The strip a latitude lies in; the first or last one for what lies beyond.
    fn nth(&self, lat: f64) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a cast from a float ends at the bounds"
        )]
        let nth = ((lat - self.south) / self.height) as usize;
        nth.min(STRIPS - 1)
    }

    /// Whether a point lies within: a line from it to the east crosses the border an odd number of
    /// times. Holes are borders like others.
    fn hold(&self, at: geo::Point) -> bool {
        let crossed = self.edges[self.nth(at.y())].iter().filter(|edge| {
            (edge.start.y > at.y()) != (edge.end.y > at.y())
                && at.x() < edge.start.x + (at.y() - edge.start.y) * edge.dx() / edge.dy()
        });
        crossed.count() % 2 == 1
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
    let bounds = shape.bounding_rect()?;
    Some(Division {
        country: feature.properties.country.parse().ok()?,
        iso: feature.properties.iso?,
        bounds,
        strips: Strips::of(&shape, bounds),
        shape,
    })
}

/// The first ring is the outline, the others are holes.
fn polygon(rings: Vec<Ring>) -> Option<Polygon> {
    let mut rings = rings.into_iter().map(LineString::from);
    Some(Polygon::new(rings.next()?, rings.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every fifth of a degree of the Gulf and the Levant, beside the library's own walk along the
    /// whole border.
    #[test]
    fn a_point_lies_in_the_division_whose_border_is_around_it() {
        let boundaries = Boundaries::open().expect("carried by the program");
        let mut within = 0;
        for lat in (12 * 5..38 * 5).map(|n| f64::from(n) / 5.0 + 0.013) {
            for lon in (34 * 5..60 * 5).map(|n| f64::from(n) / 5.0 + 0.017) {
                let at = geo::Point::new(lon, lat);
                for division in &boundaries.divisions {
                    if !division.bounds.intersects(&at) {
                        continue;
                    }
                    let lies = division.shape.intersects(&at);
                    assert_eq!(division.strips.hold(at), lies, "{at:?} {}", division.iso);
                    within += usize::from(lies);
                }
            }
        }
        assert!(within > 3_000, "only {within} lay in any");
    }
}
