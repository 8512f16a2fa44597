//! What somebody looks at, and what is seen there: counts, exact, in cells of a fitting size.

use super::cluster::{Cluster, gather};
use super::columns::{Columns, FINEST, Facts, micros, parent};
use super::shape::Shape;
use super::tally::{HOUR, Spread, Tally, Times, times};
use crate::case::{Kind, MissionCode, Priority};
use chrono::{DateTime, Utc};
use h3o::{CellIndex, LatLng, Resolution};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use uuid::Uuid;

/// A cell of a mission whose single cases the reader may not see is told only from this many on.
pub const FEWEST: u32 = 5;
/// The cells in which such missions are counted, whole and always the same: about 40 km across.
const ELSEWHERE: Resolution = Resolution::Four;
/// Clusters are made of up to so many times as many cells.
const FINER: usize = 3;
/// The longest time told hour by hour; what is older counts with the first hour.
const HOURS: i64 = 24 * 366 * 20;

/// Which status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// Every case that has not ended.
    #[default]
    Open,
    /// Every case.
    All,
    /// Of this status: its place in [`STATUSES`](super::STATUSES).
    One(usize),
}

/// What somebody looks at.
#[derive(Debug, Clone)]
pub struct View {
    /// Where.
    pub shape: Shape,
    /// The mission whose cases the reader sees; none where she sees all.
    pub own: Option<MissionCode>,
    /// Of this mission only.
    pub mission: Option<MissionCode>,
    /// Opened at or after.
    pub from: Option<DateTime<Utc>>,
    /// Opened before.
    pub to: Option<DateTime<Utc>>,
    /// Those that were open at this moment, in place of `from`, `to` and `which`; told as they are
    /// now. A case that was opened again counts as open all the while.
    pub at: Option<DateTime<Utc>>,
    /// Of these kinds; empty for any.
    pub kinds: Vec<Kind>,
    /// Of these priorities; empty for any.
    pub priorities: Vec<Priority>,
    /// Of this status.
    pub which: Which,
    /// In the tray, or not; none for both.
    pub tray: Option<bool>,
    /// Also counts, in whole cells, of missions whose cases the reader does not see.
    pub elsewhere: bool,
    /// The finest cells wanted.
    pub resolution: Resolution,
    /// Cells that would lie over each other at this zoom are told as one; none: cell by cell.
    pub zoom: Option<f64>,
    /// The most cells, or clusters of them.
    pub cells: usize,
    /// The most single cases, the most urgent first. With [`View::listed`] unset there are none
    /// where there are more.
    pub singles: usize,
    /// Single cases also where there are more.
    pub listed: bool,
}

/// What is seen.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    /// Cases in the view.
    pub total: u32,
    /// Cases that fit and whose place is not known.
    pub nowhere: u32,
    /// By priority.
    pub priorities: [u32; 4],
    /// By kind; the first for none.
    pub kinds: [u32; 7],
    /// By status.
    pub statuses: [u32; 5],
    /// Single cases, the most urgent first.
    pub singles: Vec<Uuid>,
    /// Cells, or clusters of cells, each case in one of them.
    pub cells: Vec<(Vec<CellIndex>, Tally)>,
    /// Cells of missions whose single cases are not seen.
    pub elsewhere: Vec<(CellIndex, u32)>,
    /// When they were opened; none where there are none.
    pub times: Option<Times>,
}

type Cells<T> = HashMap<u64, T, BuildHasherDefault<Spread>>;

/// What the sweep over the columns gathers.
struct Sweep {
    picture: Picture,
    cells: Cells<Tally>,
    elsewhere: Cells<u32>,
    found: Vec<(usize, i64, u32)>,
    hours: Vec<u32>,
}

impl View {
    /// What is seen of all cases.
    pub(super) fn of(&self, columns: &Columns) -> Picture {
        let resolution = self.fitting();
        let mut sweep = self.sweep(columns, resolution);
        let mut picture = sweep.picture;
        picture.times = times(&sweep.hours, first_hour(columns));
        picture.elsewhere = sorted(
            sweep
                .elsewhere
                .into_iter()
                .filter(|(_, count)| *count >= FEWEST),
        );
        if self.listed || sweep.found.len() <= self.singles {
            let most = self.singles.min(sweep.found.len());
            if most > 0 && most < sweep.found.len() {
                sweep.found.select_nth_unstable(most - 1);
            }
            sweep.found.truncate(most);
            sweep.found.sort_unstable();
            let ids = sweep
                .found
                .iter()
                .map(|(_, _, at)| columns.ids[*at as usize]);
            picture.singles = ids.collect();
        }
        picture.cells = self.gathered(sweep.cells, resolution);
        picture
    }

    /// The cells, coarser or in clusters, so that there are no more than wanted.
    fn gathered(
        &self,
        mut cells: Cells<Tally>,
        finest: Resolution,
    ) -> Vec<(Vec<CellIndex>, Tally)> {
        let mut resolution = finest;
        loop {
            let few = cells.len() <= self.cells * self.zoom.map_or(1, |_| FINER);
            let clusters = if few {
                self.clusters(&cells)
            } else {
                Vec::new()
            };
            let coarser = resolution.pred();
            if (few && clusters.len() <= self.cells) || coarser.is_none() {
                return named(clusters);
            }
            resolution = coarser.unwrap_or(resolution);
            let mut joined: Cells<Tally> = Cells::default();
            for (cell, tally) in &cells {
                joined
                    .entry(parent(*cell, resolution))
                    .or_default()
                    .join(tally);
            }
            cells = joined;
        }
    }

    fn clusters(&self, cells: &Cells<Tally>) -> Vec<Cluster> {
        let mut cells: Vec<(u64, Tally)> =
            cells.iter().map(|(cell, tally)| (*cell, *tally)).collect();
        cells.sort_unstable_by_key(|(cell, _)| *cell);
        match self.zoom {
            Some(zoom) => gather(cells, zoom),
            None => cells
                .into_iter()
                .map(|(cell, tally)| Cluster {
                    cells: vec![cell],
                    tally,
                })
                .collect(),
        }
    }

    /// Cells no finer than the view has room for: what asks for the finest cells of the whole earth
    /// would otherwise count each case for itself.
    fn fitting(&self) -> Resolution {
        const ROOM: f64 = 4_000.0;
        let mut resolution = self.resolution.min(FINEST);
        while self.shape.square_km() / resolution.area_km2() > ROOM {
            let Some(coarser) = resolution.pred() else {
                break;
            };
            resolution = coarser;
        }
        resolution
    }

    fn sweep(&self, columns: &Columns, resolution: Resolution) -> Sweep {
        let mut sweep = Sweep {
            picture: Picture::default(),
            cells: Cells::default(),
            elsewhere: Cells::default(),
            found: Vec::new(),
            hours: Vec::new(),
        };
        let fits = self.table();
        let seen: Vec<bool> = columns.codes().iter().map(|code| self.sees(code)).collect();
        let first = first_hour(columns);
        let from = self.from.map_or(i64::MIN, micros);
        let to = self.to.map_or(i64::MAX, micros);
        let at_moment = self.at.map(micros);
        for at in 0..columns.len() {
            let facts = columns.facts[at];
            let mission = usize::from(columns.missions[at]);
            if !seen[mission] {
                if self.elsewhere && OPEN[facts.index()] && !self.is_own(columns, mission) {
                    *sweep
                        .elsewhere
                        .entry(parent(columns.cells[at], ELSEWHERE))
                        .or_default() += 1;
                }
                continue;
            }
            if !fits[facts.index()] {
                continue;
            }
            let opened = columns.opened[at];
            let within = at_moment.map_or(opened >= from && opened < to, |moment| {
                opened <= moment && columns.ended[at] > moment
            });
            if !facts.placed() {
                sweep.picture.nowhere += u32::from(within);
                continue;
            }
            let (lat, lon) = (columns.lats[at], columns.lons[at]);
            if !self.shape.holds_case(columns.cells[at], lat, lon) {
                continue;
            }
            sweep.hour(opened.div_euclid(HOUR) - first);
            if !within {
                continue;
            }
            sweep.picture.total += 1;
            sweep.picture.priorities[facts.priority()] += 1;
            sweep.picture.kinds[facts.kind()] += 1;
            sweep.picture.statuses[facts.status()] += 1;
            if self.listed || sweep.found.len() <= self.singles {
                let row = u32::try_from(at).unwrap_or(u32::MAX);
                sweep.found.push((facts.priority(), opened, row));
            }
            let cell = parent(columns.cells[at], resolution);
            sweep.cells.entry(cell).or_default().add(facts, lat, lon);
        }
        sweep.elsewhere.retain(|cell, _| self.holds_middle(*cell));
        sweep
    }

    /// Which small facts fit.
    fn table(&self) -> [bool; Facts::ALL] {
        std::array::from_fn(|packed| {
            let facts = Facts::nth(packed);
            let kind = facts.kind().checked_sub(1).and_then(|at| Kind::ALL.get(at));
            let priority =
                |wanted: &Priority| usize::try_from(wanted.rank()) == Ok(facts.priority());
            (self.kinds.is_empty() || kind.is_some_and(|kind| self.kinds.contains(kind)))
                && (self.priorities.is_empty() || self.priorities.iter().any(priority))
                && self.tray.is_none_or(|tray| tray == facts.tray())
                && match self.at.map_or(self.which, |_| Which::All) {
                    Which::Open => !facts.ended(),
                    Which::All => true,
                    Which::One(status) => facts.status() == status,
                }
        })
    }

    fn sees(&self, code: &MissionCode) -> bool {
        self.own.as_ref().is_none_or(|own| own == code)
            && self.mission.as_ref().is_none_or(|mission| mission == code)
    }

    fn is_own(&self, columns: &Columns, mission: usize) -> bool {
        self.own
            .as_ref()
            .is_none_or(|own| *own == columns.codes()[mission])
    }

    fn holds_middle(&self, cell: u64) -> bool {
        CellIndex::try_from(cell).is_ok_and(|cell| {
            let middle = LatLng::from(cell);
            self.shape.holds(middle.lat(), middle.lng())
        })
    }
}

/// The small facts of an open case that is a plea and has a place: all that is told of elsewhere, and
/// no filter narrows it, so that no difference of two answers is ever one case.
static OPEN: std::sync::LazyLock<[bool; Facts::ALL]> = std::sync::LazyLock::new(|| {
    std::array::from_fn(|packed| {
        let facts = Facts::nth(packed);
        !facts.ended() && !facts.tray() && facts.placed()
    })
});

impl Sweep {
    fn hour(&mut self, hour: i64) {
        let at = usize::try_from(hour).unwrap_or(0);
        if at >= self.hours.len() {
            self.hours.resize(at + 1, 0);
        }
        self.hours[at] += 1;
    }
}

/// The hour that counts as the first, so that one wrong date does not stretch the time.
fn first_hour(columns: &Columns) -> i64 {
    let (first, last) = columns.span();
    first.div_euclid(HOUR).max(last.div_euclid(HOUR) - HOURS)
}

fn named(clusters: Vec<Cluster>) -> Vec<(Vec<CellIndex>, Tally)> {
    let named = clusters.into_iter().map(|Cluster { cells, tally }| {
        let cells = cells
            .into_iter()
            .filter_map(|cell| CellIndex::try_from(cell).ok());
        (cells.collect(), tally)
    });
    named.collect()
}

fn sorted<T>(cells: impl IntoIterator<Item = (u64, T)>) -> Vec<(CellIndex, T)> {
    let mut cells: Vec<(CellIndex, T)> = cells
        .into_iter()
        .filter_map(|(cell, tally)| Some((CellIndex::try_from(cell).ok()?, tally)))
        .collect();
    cells.sort_unstable_by_key(|(cell, _)| *cell);
    cells
}

#[cfg(test)]
mod tests;
