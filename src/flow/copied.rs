//! The copy for the response centre: a life is in danger, and whose case it is is in doubt.
//!
//! The more probable mission has the case and its clock. Should it be the other one's, nobody there
//! knows yet; so whoever is on duty at the response centre, whose desk sees every case, is told as well,
//! once for each case, and the case's log says why. It must never move a clock or take the case from
//! anybody.

use super::{Flow, Standing};
use crate::case::{Case, MissionCode, Post, Source};
use crate::clocks;
use crate::store::{StoreError, Tx};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use uuid::Uuid;

impl Flow {
    /// Tells the centre of these cases as far as they are critical and in doubt: by what was just
    /// understood, or by what the reports that are stored say.
    pub(super) async fn copy_to_centre(
        &self,
        tx: &mut Tx,
        cases: &[(&Case, Option<&MissionCode>)],
        standing: &Standing,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let cases: Vec<_> = cases
            .iter()
            .filter(|(case, _)| case.is_copied_in_doubt())
            // Where a responder has set the place, nothing is in doubt.
            .filter(|(case, _)| case.place_source != Some(Source::Responder))
            .collect();
        let asked: Vec<Uuid> = cases
            .iter()
            .filter(|(_, other)| other.is_none())
            .map(|(case, _)| case.id)
            .collect();
        let stored: HashMap<Uuid, MissionCode> =
            self.store.doubts(tx, &asked).await?.into_iter().collect();
        let doubted: Vec<(&Case, MissionCode)> = cases
            .into_iter()
            .filter_map(|(case, other)| Some((*case, other.or_else(|| stored.get(&case.id))?)))
            .filter(|(case, other)| case.mission != **other)
            .map(|(case, other)| (case, other.clone()))
            .collect();
        if doubted.is_empty() {
            return Ok(());
        }
        let first = self.store.log_copied(tx, &doubted, now).await?;
        let told: Vec<(&Case, &MissionCode)> = doubted
            .iter()
            .filter(|(case, _)| first.contains(&case.id))
            // Where nobody is on duty below, the centre has the case by now.
            .filter(|(case, _)| {
                !(case.is_told_at_once()
                    && case.post(&standing.policies) == Some(Post::ResponseCentre))
            })
            .map(|(case, other)| (*case, other))
            .collect();
        clocks::copy(&self.store, tx, &told, &standing.policies, now).await
    }
}
