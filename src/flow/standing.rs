//! What stands: the policies, the missions' zones, and who is on duty.
//!
//! Read every two seconds and kept in memory, so that taking a report in asks the store only about
//! the report. If somebody went off duty in these two seconds, the claim clock finds out.

use crate::case::{MissionCode, Policies, Staffed};
use crate::store::{Store, StoreError};
use chrono::{DateTime, Timelike, Utc};
use chrono_tz::Tz;
use std::collections::HashMap;

/// What stands at the moment.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The rules.
    pub policies: Policies,
    /// Which posts reach somebody.
    pub staffed: Staffed,
    zones: HashMap<MissionCode, Tz>,
}

impl Standing {
    /// Reads it.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn read(store: &Store) -> Result<Self, StoreError> {
        let zones = store
            .missions()
            .await?
            .into_iter()
            .filter_map(|mission| Some((mission.code, mission.timezone.parse().ok()?)))
            .collect();
        Ok(Self {
            policies: store.policies().await?,
            staffed: store.staffed().await?,
            zones,
        })
    }

    /// The missions there are.
    #[must_use]
    pub fn knows(&self, mission: &MissionCode) -> bool {
        self.zones.contains_key(mission)
    }

    /// The hour of the day where a mission's people are; not known for the response centre, whose
    /// cases may be anywhere.
    #[must_use]
    pub fn hour_at(&self, mission: &MissionCode, now: DateTime<Utc>) -> Option<u8> {
        if mission.is_centre() {
            return None;
        }
        let zone = self.zones.get(mission)?;
        u8::try_from(now.with_timezone(zone).hour()).ok()
    }
}
