//! Whether somebody who shared her position may be on the other side of a border between missions.
//!
//! A position is as exact as the phone knew it. Where the circle it lies in reaches into what another
//! mission answers for, that one is shown beside the first. It must never make a mission of the open
//! sea: nobody's water is nobody's case.

use super::Understanding;
use super::whereabouts::Whereabouts;
use crate::case::{Level, MissionCode, Place, Point, Source};

/// Directions in which it is looked.
const DIRECTIONS: u8 = 8;

impl Understanding {
    /// The place of a position, and the place beyond a border that it may be instead.
    pub(super) fn at_pin(&self, point: Point, radius_m: u32) -> Whereabouts {
        let place = self.pinned(point, radius_m);
        Whereabouts {
            alternative: self.beyond_the_border(&place),
            place: Some(place),
            ..Whereabouts::default()
        }
    }

    fn pinned(&self, point: Point, radius_m: u32) -> Place {
        Place {
            point,
            radius_m,
            country: self.boundaries.country(point),
            name: None,
            level: Level::Point,
            source: Source::Pin,
            certain: true,
        }
    }

    /// With the mission of most of the circle that is not the first one's.
    fn beyond_the_border(&self, pin: &Place) -> Option<Place> {
        let mission = self.mission_of(pin);
        let mut others: Vec<(MissionCode, Place, usize)> = Vec::new();
        for point in around(pin.point, pin.radius_m) {
            let there = self.pinned(point, pin.radius_m);
            let code = self.mission_of(&there);
            if there.country.is_none() || code == mission {
                continue;
            }
            match others.iter_mut().find(|(other, ..)| *other == code) {
                Some((.., times)) => *times += 1,
                None => others.push((code, there, 1)),
            }
        }
        let most = others.into_iter().max_by_key(|(.., times)| *times)?;
        Some(most.1)
    }
}

/// Points on the edge of a circle and half-way to it.
fn around(point: Point, radius_m: u32) -> impl Iterator<Item = Point> {
    let turn = 360.0 / f64::from(DIRECTIONS);
    let on_edge = move |metres: f64| {
        (0..DIRECTIONS).map(move |nth| point.moved(metres, turn * f64::from(nth)))
    };
    let radius = f64::from(radius_m);
    on_edge(radius).chain(on_edge(radius / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Channel;
    use crate::understand::Heard;

    #[test]
    fn a_circle_lies_around_its_middle_also_where_the_day_begins() {
        for (lat, lon) in [(25.0, 55.0), (-17.0, 179.999), (89.999, 0.0)] {
            let middle = Point::new(lat, lon).expect("a point");
            assert_eq!(around(middle, 1_000).count(), 16);
            for point in around(middle, 1_000) {
                assert!(middle.metres_to(point) < 1_001.0, "{point:?}");
            }
        }
    }

    #[test]
    fn who_is_near_a_border_is_shown_with_both_missions_and_who_is_not_with_one() {
        let understanding = Understanding::load().expect("what the binary carries is whole");
        let of = |lat, lon, radius| {
            let pin = Some((Point::new(lat, lon).expect("a point"), radius));
            let heard = Heard {
                pin,
                ..Heard::words("", Channel::Whatsapp)
            };
            let understood = understanding.understand(&heard);
            let other = understood.alternative_mission;
            (
                understood.mission.to_string(),
                other.map(|code| code.to_string()),
            )
        };
        // Al Ain and Buraimi are one town in two countries.
        assert_eq!(
            of(24.2395, 55.7510, 2_000),
            ("AE-AUH".into(), Some("OM-MCT".into()))
        );
        assert_eq!(of(24.2075, 55.7447, 50), ("AE-AUH".into(), None));
        // Deira lies by the sea, and nobody's sea is no mission's.
        assert_eq!(of(25.2711, 55.3075, 20_000).0, "AE-DXB");
        assert_eq!(of(25.2711, 55.3075, 5_000), ("AE-DXB".into(), None));
    }
}
