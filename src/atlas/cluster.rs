//! Cells that would lie over each other on the screen, told as one.
//!
//! Each cell goes to one cluster and each cluster is the sum of its cells, so that nothing is counted
//! twice or left out. The heaviest gather first, so that a cluster stands where most of it is.

use super::tally::{Spread, Tally};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// Marks nearer than this on the screen lie over each other, in pixels.
const NEAR: f64 = 48.0;
/// The side of the whole earth at zoom 0, in pixels.
const EARTH: f64 = 512.0;

/// Cells that are told as one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cluster {
    pub(super) cells: Vec<u64>,
    pub(super) tally: Tally,
}

/// Gathers cells as they lie on the screen at this zoom.
pub(super) fn gather(cells: impl IntoIterator<Item = (u64, Tally)>, zoom: f64) -> Vec<Cluster> {
    let clusters = cells.into_iter().map(|(cell, tally)| Cluster {
        cells: vec![cell],
        tally,
    });
    // Gathered once, the middles have moved: the second time parts what lies apart now.
    once(once(clusters.collect(), zoom), zoom)
}

fn once(mut clusters: Vec<Cluster>, zoom: f64) -> Vec<Cluster> {
    clusters.sort_unstable_by(|a, b| (b.tally.count, &a.cells).cmp(&(a.tally.count, &b.cells)));
    let at: Vec<(f64, f64)> = clusters
        .iter()
        .map(|one| on_screen(&one.tally, zoom))
        .collect();
    let mut free: HashMap<u64, Vec<usize>, BuildHasherDefault<Spread>> = HashMap::default();
    for (nth, place) in at.iter().enumerate() {
        free.entry(square(*place, (0, 0))).or_default().push(nth);
    }
    let mut taken = vec![false; clusters.len()];
    let mut gathered = Vec::new();
    for nth in 0..clusters.len() {
        if taken[nth] {
            continue;
        }
        taken[nth] = true;
        let mut cluster = clusters[nth].clone();
        for side in SIDES {
            let Some(around) = free.get_mut(&square(at[nth], side)) else {
                continue;
            };
            around.retain(|other| {
                let near = (at[*other].0 - at[nth].0).hypot(at[*other].1 - at[nth].1) < NEAR;
                if near && !taken[*other] {
                    taken[*other] = true;
                    cluster.tally.join(&clusters[*other].tally);
                    cluster.cells.extend(&clusters[*other].cells);
                }
                !near && !taken[*other]
            });
        }
        gathered.push(cluster);
    }
    gathered
}

const SIDES: [(i64, i64); 9] = [
    (0, 0),
    (-1, -1),
    (-1, 0),
    (-1, 1),
    (0, -1),
    (0, 1),
    (1, -1),
    (1, 0),
    (1, 1),
];

/// Where the middle of a tally lies on the screen (Web Mercator), in pixels.
fn on_screen(tally: &Tally, zoom: f64) -> (f64, f64) {
    let (lat, lon) = tally.mean();
    let side = EARTH * zoom.exp2();
    let height = lat.clamp(-85.0, 85.0).to_radians().sin();
    let y = 0.5 - ((1.0 + height) / (1.0 - height)).ln() / (4.0 * std::f64::consts::PI);
    ((lon / 360.0 + 0.5) * side, y * side)
}

/// The number of the square of the screen beside that of a place.
fn square((x, y): (f64, f64), (right, down): (i64, i64)) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at zoom 22 the earth has two thousand million pixels"
    )]
    let at = |pixels: f64| (pixels / NEAR).floor() as i64;
    let (x, y) = (at(x) + right, at(y) + down);
    (x.cast_unsigned() << 32) ^ (y.cast_unsigned() & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_cell_is_in_one_cluster_and_every_case_counted_once(
            places in proptest::collection::vec((-80.0..80.0f64, -179.0..179.0f64, 1..50u32), 0..200),
            zoom in 0.0..12.0f64,
        ) {
            let cells = places.iter().enumerate().map(|(nth, (lat, lon, count))| {
                (nth as u64, Tally::at(*count, *lat, *lon))
            });
            let clusters = gather(cells, zoom);
            let mut seen: Vec<u64> = clusters.iter().flat_map(|one| one.cells.clone()).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..places.len() as u64).collect::<Vec<_>>());
            let total: u32 = places.iter().map(|(_, _, count)| count).sum();
            prop_assert_eq!(clusters.iter().map(|one| one.tally.count).sum::<u32>(), total);
        }
    }

    #[test]
    fn what_lies_over_each_other_is_one_and_what_lies_apart_is_not() {
        let cells = || [(1, Tally::at(3, 25.0, 55.0)), (2, Tally::at(2, 25.1, 55.1))];
        let far = gather(cells(), 3.0);
        assert_eq!((far.len(), far[0].tally.count), (1, 5));
        assert_eq!(gather(cells(), 12.0).len(), 2);
    }
}
