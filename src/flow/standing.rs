//! What stands: the policies, the missions' zones, and who is on duty.
//!
//! Read every two seconds and kept in memory, so that taking a report in asks the store only about
//! the report. If somebody went off duty in these two seconds, the claim clock finds out.

use crate::case::{Case, MissionCode, Number, Policies, Staffed, Understood};
use crate::outbox::zones;
use crate::store::{Store, StoreError};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::borrow::Cow;
use std::collections::HashMap;

/// What stands at the moment.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The rules.
    pub policies: Policies,
    /// Which posts reach somebody.
    pub staffed: Staffed,
    /// The missions there are, and their time zones.
    zones: HashMap<MissionCode, Option<Tz>>,
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
            .map(|mission| (mission.code, mission.timezone.parse().ok()))
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

    /// What was understood, with a mission that there is. The list that reports are routed by may
    /// name one that nobody has loaded into the database yet: its cases are the response centre's.
    pub(super) fn routed<'u>(&self, understood: &'u Understood) -> Cow<'u, Understood> {
        if self.knows(&understood.mission) {
            return Cow::Borrowed(understood);
        }
        tracing::warn!(
            mission = %understood.mission,
            "a report was routed to a mission that is not in the database, and goes to the response \
             centre; run: msaada missions load"
        );
        Cow::Owned(Understood {
            mission: MissionCode::centre(),
            ..understood.clone()
        })
    }

    /// The hours of the day it may be where whoever is written to is: in the zones of her place, else
    /// in the mission's. None for the response centre, whose cases may be anywhere.
    #[must_use]
    pub fn hours_at(&self, case: &Case, number: &Number, now: DateTime<Utc>) -> Vec<u8> {
        let mission = self
            .zones
            .get(&case.mission)
            .filter(|_| !case.mission.is_centre());
        let zones = zones::around(
            case.country,
            case.for_whom,
            number.country(),
            mission.copied().flatten(),
        );
        zones::hours_in(&zones, now)
    }
}
