//! The facts of all cases, column by column, as they are counted.
//!
//! A column holds one fact of every case, so that a view over a million of them reads a few
//! megabytes one after the other. The small facts (kind, priority, status, tray, whether a place is
//! known) are ten bits: what a view asks of them is one look into a table of 1,024.

use crate::case::{Kind, MissionCode, Priority};
use crate::store::MapRow;
use chrono::{DateTime, Utc};
use h3o::{LatLng, Resolution};
use std::collections::HashMap;
use uuid::Uuid;

/// The finest cells: about 350 m across, below the offset by which a place is moved.
pub(super) const FINEST: Resolution = Resolution::Nine;

/// The words of a status, in the order in which they are packed.
pub const STATUSES: [&str; 5] = ["waiting", "claimed", "in_progress", "resolved", "offered"];
/// The place among them of the one that ends a case.
const ENDED: usize = 3;

/// The small facts of a case in ten bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts(u16);

impl Facts {
    pub(super) const ALL: usize = 1_024;

    fn of(row: &MapRow) -> Option<Self> {
        let kind = match &row.kind {
            Some(kind) => 1 + Kind::ALL.iter().position(|known| known.as_str() == kind)?,
            None => 0,
        };
        let status = STATUSES.iter().position(|status| *status == row.status)?;
        let priority = usize::try_from(Priority::from_rank(row.priority)?.rank()).ok()?;
        let placed = usize::from(row.lat.is_some() && row.lon.is_some());
        let packed = kind | priority << 3 | status << 5 | usize::from(row.tray) << 8 | placed << 9;
        u16::try_from(packed).ok().map(Self)
    }

    pub(super) fn nth(packed: usize) -> Self {
        Self(u16::try_from(packed % Self::ALL).unwrap_or_default())
    }

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }

    /// 0 for none, otherwise one more than its place in [`Kind::ALL`].
    pub(super) const fn kind(self) -> usize {
        self.index() & 7
    }

    pub(super) const fn priority(self) -> usize {
        self.index() >> 3 & 3
    }

    pub(super) const fn status(self) -> usize {
        self.index() >> 5 & 7
    }

    pub(super) const fn ended(self) -> bool {
        self.status() == ENDED
    }

    pub(super) const fn tray(self) -> bool {
        self.0 >> 8 & 1 == 1
    }

    pub(super) const fn placed(self) -> bool {
        self.0 >> 9 & 1 == 1
    }
}

/// All cases, column by column.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) ids: Vec<Uuid>,
    pub(super) facts: Vec<Facts>,
    pub(super) missions: Vec<u16>,
    pub(super) opened: Vec<i64>,
    /// The latest there is, while it is open.
    pub(super) ended: Vec<i64>,
    pub(super) lats: Vec<f64>,
    pub(super) lons: Vec<f64>,
    pub(super) cells: Vec<u64>,
    rows: HashMap<Uuid, u32>,
    codes: Vec<MissionCode>,
    /// The earliest and the latest opening.
    span: Option<(i64, i64)>,
}

impl Columns {
    pub(super) const fn len(&self) -> usize {
        self.ids.len()
    }

    /// When the first and the last case was opened.
    pub(super) fn span(&self) -> (i64, i64) {
        self.span.unwrap_or_default()
    }

    /// The missions that have cases, in the order of their numbers.
    pub(super) fn codes(&self) -> &[MissionCode] {
        &self.codes
    }

    /// Takes a case as it is now. One that cannot be read is told in the log, by its id.
    pub(super) fn take(&mut self, row: &MapRow) {
        let known = Facts::of(row).zip(self.mission(&row.mission));
        let Some((facts, mission)) = known else {
            tracing::error!(case = %row.id, "a case cannot be put on the map");
            return;
        };
        let (lat, lon) = (row.lat.unwrap_or(0.0), row.lon.unwrap_or(0.0));
        let cell = LatLng::new(lat, lon).map_or(0, |point| u64::from(point.to_cell(FINEST)));
        let opened = row.opened_at.timestamp_micros();
        let ended = row.ended_at.map_or(i64::MAX, micros);
        let (earliest, latest) = self.span.unwrap_or((opened, opened));
        self.span = Some((earliest.min(opened), latest.max(opened)));
        let next = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        let at = *self.rows.entry(row.id).or_insert(next) as usize;
        if at == self.ids.len() {
            self.ids.push(row.id);
            self.facts.push(facts);
            self.missions.push(mission);
            self.opened.push(opened);
            self.ended.push(ended);
            self.lats.push(lat);
            self.lons.push(lon);
            self.cells.push(cell);
        } else {
            self.facts[at] = facts;
            self.missions[at] = mission;
            self.opened[at] = opened;
            self.ended[at] = ended;
            self.lats[at] = lat;
            self.lons[at] = lon;
            self.cells[at] = cell;
        }
    }

    fn mission(&mut self, code: &str) -> Option<u16> {
        let known = self.codes.iter().position(|known| known.as_str() == code);
        let at = if let Some(at) = known {
            at
        } else {
            self.codes.push(code.parse().ok()?);
            self.codes.len() - 1
        };
        u16::try_from(at).ok()
    }
}

/// A moment as the columns keep it, in microseconds.
pub(super) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// The cell of this resolution in which a finest cell lies, by the digits of its number alone.
pub(super) const fn parent(cell: u64, resolution: Resolution) -> u64 {
    let finer = (1_u64 << (3 * (15 - resolution as u64))) - 1;
    (cell & !(0xf << 52)) | (resolution as u64) << 52 | finer
}

#[cfg(test)]
mod tests {
    use super::*;
    use h3o::CellIndex;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_parent_of_a_cell_is_the_one_h3_names(lat in -89.0..89.0f64, lon in -179.0..179.0f64) {
            let cell = LatLng::new(lat, lon).expect("on earth").to_cell(FINEST);
            for resolution in Resolution::range(Resolution::Zero, FINEST) {
                let ours = CellIndex::try_from(parent(cell.into(), resolution)).expect("a cell");
                prop_assert_eq!(Some(ours), cell.parent(resolution));
            }
        }
    }

    #[test]
    fn what_is_packed_is_read_back() {
        let mut row = MapRow {
            id: Uuid::nil(),
            mission: "AE-DXB".into(),
            kind: Some("death".into()),
            priority: 2,
            status: "in_progress".into(),
            opened_at: DateTime::UNIX_EPOCH,
            ended_at: None,
            lat: None,
            lon: None,
            tray: true,
        };
        let facts = Facts::of(&row).expect("facts");
        assert_eq!(Kind::ALL[facts.kind() - 1], Kind::Death);
        assert_eq!(
            (facts.priority(), STATUSES[facts.status()]),
            (2, "in_progress")
        );
        assert!(facts.tray() && !facts.placed());
        row.status = "lost".into();
        assert_eq!(Facts::of(&row), None);
    }
}
