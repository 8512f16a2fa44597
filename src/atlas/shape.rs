//! The part of the earth that somebody looks at: a frame, a circle, or a polygon drawn by hand.

use super::columns::parent;
use crate::case::Point;
use h3o::{CellIndex, LatLng};

/// The most corners of a polygon.
const CORNERS: usize = 200;

/// No degree of latitude is shorter than this on the sphere of [`Point::metres_to`].
const METRES_PER_DEGREE: f64 = 111_195.0;

/// A part of the earth.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// West, south, east and north in degrees; west of it lies east where it passes the date line.
    Frame([f64; 4]),
    /// A middle and a radius in metres.
    Circle(Point, f64),
    /// Corners, longitude and latitude in degrees, the last joined to the first; and their frame.
    Polygon(Vec<[f64; 2]>, [f64; 4]),
    /// Cells of the map, all of one size, in order.
    Cells(Vec<CellIndex>),
}

impl Shape {
    /// Cells, all of one size; at most as many as a polygon has corners.
    #[must_use]
    pub fn cells(mut cells: Vec<CellIndex>) -> Option<Self> {
        cells.sort_unstable();
        let size = cells.first()?.resolution();
        (cells.len() <= CORNERS && cells.iter().all(|cell| cell.resolution() == size))
            .then_some(Self::Cells(cells))
    }

    /// `west,south,east,north`; none where south lies above north.
    #[must_use]
    pub fn frame(text: &str) -> Option<Self> {
        let sides: [f64; 4] = numbers(text)?.try_into().ok()?;
        (sides[1] <= sides[3]).then_some(Self::Frame(sides))
    }

    /// `lat,lon,metres`.
    #[must_use]
    pub fn circle(text: &str) -> Option<Self> {
        let [lat, lon, metres] = numbers(text)?.try_into().ok()?;
        let middle = Point::new(lat, lon).ok()?;
        (metres > 0.0 && metres <= 5_000_000.0).then_some(Self::Circle(middle, metres))
    }

    /// `lon,lat;lon,lat;lon,lat`, three corners or more. Drawn across the date line, longitudes go on
    /// past 180 or -180.
    #[must_use]
    pub fn polygon(text: &str) -> Option<Self> {
        let mut corners: Vec<[f64; 2]> = text
            .split(';')
            .map(|corner| {
                let [lon, lat]: [f64; 2] = numbers(corner)?.try_into().ok()?;
                let once = lon.abs() <= 180.0 + 360.0;
                Point::new(lat, 0.0)
                    .ok()
                    .filter(|_| once)
                    .map(|_| [lon, lat])
            })
            .collect::<Option<_>>()?;
        if corners.len() > 1 && corners.first() == corners.last() {
            corners.pop();
        }
        let least = |axis: usize| {
            corners
                .iter()
                .map(|c| c[axis])
                .fold(f64::INFINITY, f64::min)
        };
        let most = |axis: usize| {
            corners
                .iter()
                .map(|c| c[axis])
                .fold(-f64::INFINITY, f64::max)
        };
        let frame = [least(0), least(1), most(0), most(1)];
        (3..=CORNERS)
            .contains(&corners.len())
            .then_some(Self::Polygon(corners, frame))
    }

    /// Whether a point lies in it.
    #[must_use]
    pub fn holds(&self, lat: f64, lon: f64) -> bool {
        match self {
            Self::Frame([west, south, east, north]) => {
                let across = if west <= east {
                    (*west..=*east).contains(&lon)
                } else {
                    lon >= *west || lon <= *east
                };
                across && (*south..=*north).contains(&lat)
            }
            Self::Circle(middle, metres) => {
                (lat - middle.lat()).abs() * METRES_PER_DEGREE <= *metres
                    && Point::new(lat, lon).is_ok_and(|point| point.metres_to(*middle) <= *metres)
            }
            Self::Polygon(corners, [west, south, east, north]) => {
                let here = |lon: f64| (*west..=*east).contains(&lon) && inside(corners, lat, lon);
                (*south..=*north).contains(&lat)
                    && [lon, lon - 360.0, lon + 360.0].into_iter().any(here)
            }
            Self::Cells(cells) => cells.first().is_some_and(|one| {
                LatLng::new(lat, lon).is_ok_and(|point| {
                    cells
                        .binary_search(&point.to_cell(one.resolution()))
                        .is_ok()
                })
            }),
        }
    }
}

impl Shape {
    /// Whether a case lies in it, whose finest cell is known.
    pub(super) fn holds_case(&self, finest: u64, lat: f64, lon: f64) -> bool {
        match self {
            Self::Cells(cells) => cells.first().is_some_and(|one| {
                let wanted = parent(finest, one.resolution());
                cells
                    .binary_search_by_key(&wanted, |cell| u64::from(*cell))
                    .is_ok()
            }),
            _ => self.holds(lat, lon),
        }
    }

    /// About how many square kilometres it covers.
    pub(super) fn square_km(&self) -> f64 {
        let frame = |[west, south, east, north]: [f64; 4]| {
            let wide = if west <= east {
                east - west
            } else {
                east - west + 360.0
            };
            let sines = north.min(90.0).to_radians().sin() - south.max(-90.0).to_radians().sin();
            40_589_641.0 * wide.min(360.0).to_radians() * sines.max(0.0)
        };
        match self {
            Self::Frame(sides) | Self::Polygon(_, sides) => frame(*sides),
            Self::Cells(cells) => cells.iter().map(|cell| cell.area_km2()).sum(),
            Self::Circle(_, metres) => std::f64::consts::PI * (metres / 1_000.0).powi(2),
        }
    }
}

/// A ray to the east crosses the border of what holds it an odd number of times.
fn inside(corners: &[[f64; 2]], lat: f64, lon: f64) -> bool {
    let previous = corners.iter().cycle().skip(corners.len() - 1);
    corners
        .iter()
        .zip(previous)
        .filter(|([x1, y1], [x2, y2])| {
            (*y1 > lat) != (*y2 > lat) && lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1
        })
        .count()
        % 2
        == 1
}

fn numbers(text: &str) -> Option<Vec<f64>> {
    text.split(',')
        .map(|part| part.trim().parse().ok().filter(|n: &f64| n.is_finite()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_four_numbers_and_may_pass_the_date_line() {
        let frame = Shape::frame("50, 20,60,30").expect("a frame");
        assert!(frame.holds(25.0, 55.0) && !frame.holds(25.0, 61.0) && !frame.holds(31.0, 55.0));
        assert_eq!(Shape::frame("50,20,60"), None);
        assert_eq!(Shape::frame("50,20,60,NaN"), None);
        assert_eq!(Shape::frame("50,30,60,20"), None, "upside down");
        let pacific = Shape::frame("170,-10,-170,10").expect("a frame");
        assert!(
            pacific.holds(0.0, 175.0) && pacific.holds(0.0, -175.0) && !pacific.holds(0.0, 0.0)
        );
    }

    #[test]
    fn a_polygon_holds_what_lies_within_also_where_it_bends_inwards() {
        let bent = Shape::polygon("0,0;10,0;10,10;5,2;0,10;0,0").expect("a polygon");
        assert!(bent.holds(1.0, 5.0) && bent.holds(5.0, 1.0));
        assert!(!bent.holds(8.0, 5.0), "in the notch");
        assert!(!bent.holds(-1.0, 5.0) && !bent.holds(5.0, 11.0));
        assert_eq!(Shape::polygon("0,0;1,1"), None);
        assert_eq!(Shape::polygon("0,0;1,1;2,95"), None, "off the earth");
    }

    #[test]
    fn a_polygon_may_pass_the_date_line_and_go_round_the_earth() {
        let pacific = Shape::polygon("170,-10;190,-10;190,10;170,10").expect("a polygon");
        assert!(pacific.holds(0.0, 175.0) && pacific.holds(0.0, -175.0));
        assert!(!pacific.holds(0.0, 0.0) && !pacific.holds(0.0, -165.0));
        let world = Shape::polygon("-230,-60;230,-60;230,60;-230,60").expect("a polygon");
        assert!(world.holds(25.2, 55.3) && world.holds(0.0, -179.0) && !world.holds(70.0, 0.0));
        assert_eq!(Shape::polygon("600,0;601,0;601,1"), None, "round it twice");
    }

    #[test]
    fn a_circle_is_true_to_the_ground() {
        let circle = Shape::circle("60,10,10000").expect("a circle");
        assert!(
            circle.holds(60.0, 10.17),
            "9.4 km east at sixty degrees north"
        );
        assert!(!circle.holds(60.0, 10.19));
        assert_eq!(Shape::circle("60,10,0"), None);
    }
}
