//! A message told again with more in it.
//!
//! The provider's list, from which a missed message is taken in, holds its words only. If its webhook
//! comes late after all, it may bring the position that was shared with it, or pictures: the report
//! stays as it was taken, its case learns the place, and the pictures are fetched.

use super::{Flow, NotTaken};
use crate::case::{Card, Report, Source, Status};
use crate::store::commit;

impl Flow {
    /// Takes what a repeated report tells beyond what is stored of it: pictures, a shared position.
    ///
    /// # Errors
    /// [`NotTaken`] where the store is away; then nothing of it holds.
    pub async fn told_more(&self, report: Report) -> Result<(), NotTaken> {
        let now = self.clock.now();
        let media = media_of(&report);
        if !media.is_empty() {
            self.store.name_media(report.id, &media, now).await?;
            self.wakes.media.now();
        }
        if report.pin.is_none() {
            return Ok(());
        }
        let standing = self.standing().await?;
        let arrived = self.understood(report, None);
        let Some(place) = &arrived.understood.place else {
            return Ok(());
        };
        let id = arrived.report.id;
        let mut tx = self.store.begin().await?;
        let known = self.store.known_reports(&mut tx, &[id]).await?;
        let Some(known) = known.get(&id) else {
            return Ok(());
        };
        // Told a third time, it tells nothing more; and what a responder set stays.
        let goes_on = self.store.survivor(&mut tx, known.case_id).await?;
        let learned = self.store.has_learned(&mut tx, goes_on, id).await?;
        let Some(case) = self.store.lock_case(&mut tx, goes_on).await? else {
            return Ok(());
        };
        let ended = matches!(case.status, Status::Resolved { .. });
        let set = case.place_source == Some(Source::Responder);
        if learned || ended || set {
            return Ok(());
        }
        let coarse = place.coarse(self.mint.offset(case.id, place));
        let mut change = case.joined(
            &standing.routed(&arrived.understood),
            Some(coarse),
            arrived.report.channel,
            now,
            (&standing.policies, &standing.staffed),
        )?;
        change.entry.detail["more_of"] = serde_json::json!(id);
        self.store.write_cases(&mut tx, &[&change.case]).await?;
        self.store.set_places(&mut tx, &[(case.id, place)]).await?;
        self.store
            .log_all(&mut tx, &[(case.id, &change.entry)], now)
            .await?;
        if let Some(other) = &arrived.understood.alternative_mission {
            self.copy_to_centre(&mut tx, &[(&change.case, Some(other))], &standing, now)
                .await?;
        }
        commit(tx).await?;
        self.push([&change.case]);
        if change.case.mission != case.mission {
            self.feed.left(&case.mission, &Card::from(&change.case));
        }
        Ok(())
    }
}

/// Where the media of a report lie.
fn media_of(report: &Report) -> Vec<String> {
    let named = report.details.expose().get("media");
    named
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|one| Some(one.get("url")?.as_str()?.to_owned()))
        .collect()
}
