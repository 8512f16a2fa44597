//! What is asked of the map, read from the query: filters, and cells of a size for the zoom.

use crate::atlas::{Resolution, STATUSES, Shape, View, Which};
use crate::case::{Kind, MissionCode, Priority, Responder};
use crate::problem::Problem;
use chrono::{DateTime, Utc};
use serde::Deserialize;

#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct Filters {
    /// Opened at or after this moment.
    from: Option<DateTime<Utc>>,
    /// Opened before this moment.
    to: Option<DateTime<Utc>>,
    /// What was open at this moment, in place of from, to and status.
    at: Option<DateTime<Utc>>,
    mission: Option<MissionCode>,
    /// One kind, or several with commas between.
    kind: Option<String>,
    /// One priority, or several with commas between.
    priority: Option<String>,
    /// A status, `open` (all that has not ended; also without it) or `all`.
    status: Option<String>,
    /// In the tray (perhaps not a plea) or not; both without it.
    tray: Option<bool>,
    /// Also counts in cells, hidden under five, of the missions whose cases you do not see.
    elsewhere: Option<bool>,
}

impl Filters {
    /// The view of this reader.
    pub(super) fn view(&self, shape: Shape, reader: &Responder) -> Result<View, Problem> {
        if self
            .mission
            .as_ref()
            .is_some_and(|mission| !reader.sees(mission))
        {
            return Err(Problem::not_allowed(
                "You see the cases of your own mission.",
            ));
        }
        Ok(View {
            shape,
            own: (!reader.sees_all()).then(|| reader.mission.clone()),
            mission: self.mission.clone(),
            from: self.from,
            to: self.to,
            at: self.at,
            kinds: several("kind", self.kind.as_deref(), Kind::ALL)?,
            priorities: several("priority", self.priority.as_deref(), Priority::ALL)?,
            which: which(self.status.as_deref())?,
            tray: self.tray,
            // Of elsewhere it is told how many are open now, and nothing of other times.
            elsewhere: self.elsewhere.unwrap_or(false) && !reader.sees_all() && self.at.is_none(),
            resolution: Resolution::Two,
            zoom: None,
            cells: 0,
            singles: 0,
            listed: false,
        })
    }
}

fn several<T>(name: &'static str, words: Option<&str>, all: &[T]) -> Result<Vec<T>, Problem>
where
    T: std::str::FromStr + std::fmt::Display,
{
    let words = words
        .unwrap_or_default()
        .split(',')
        .filter(|word| !word.is_empty());
    words
        .map(|word| {
            word.parse().map_err(|_| {
                let known: Vec<String> = all.iter().map(T::to_string).collect();
                Problem::invalid("Mend the field named in errors and ask again.")
                    .field(name, format!("must be of: {}", known.join(", ")))
            })
        })
        .collect()
}

fn which(status: Option<&str>) -> Result<Which, Problem> {
    match status {
        None | Some("open") => Ok(Which::Open),
        Some("all") => Ok(Which::All),
        Some(word) => match STATUSES.iter().position(|status| *status == word) {
            Some(status) => Ok(Which::One(status)),
            None => Err(
                Problem::invalid("Mend the field named in errors and ask again.").field(
                    "status",
                    format!("must be one of: open, all, {}", STATUSES.join(", ")),
                ),
            ),
        },
    }
}

/// Cells about sixty pixels across at any zoom.
pub(super) fn resolution(zoom: f64) -> Resolution {
    let finer = (0.71 * (zoom - 1.2)).round().clamp(0.0, 9.0);
    let all = Resolution::range(Resolution::Zero, Resolution::Nine);
    let mut finest = Resolution::Zero;
    for resolution in all {
        if f64::from(u8::from(resolution)) <= finer {
            finest = resolution;
        }
    }
    finest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_grow_finer_with_the_zoom_and_never_finer_than_a_place_is_moved() {
        assert_eq!(resolution(-5.0), Resolution::Zero);
        assert_eq!(resolution(5.0), Resolution::Three);
        assert_eq!(resolution(9.0), Resolution::Six);
        assert_eq!(resolution(22.0), Resolution::Nine);
        assert_eq!(resolution(f64::NAN), Resolution::Zero);
    }
}
