//! The one neutral line that says that a report arrived: to whom, and how often at most.
//!
//! Anybody can type a stranger's number, and three hundred of them: a text costs money, and wakes
//! somebody. So there is a ceiling on what is written to numbers that were only typed, by the day to
//! each of them, by the hour to all and to each country. What is held back is counted; the report is
//! taken in and answered like any other. It must never hold back an answer to a number that wrote.

use super::sort::Taken;
use super::{Flow, Standing, say};
use crate::case::{Case, Channel, Country, Number, Report};
use crate::store::{ContactKept, StoreError, Tx, Written};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// The time within which acknowledgements to one number are counted.
const A_DAY: TimeDelta = TimeDelta::days(1);
/// The most acknowledgements a day to a number that somebody typed: it may be a stranger's, and
/// whoever reports again and again must not have us write to him again and again.
const TEXTS_TO_TYPED_A_DAY: i64 = 1;
/// The most a day to a number that wrote itself.
const ANSWERS_A_DAY: i64 = 6;

/// What this process still writes in this hour to numbers that were typed.
#[derive(Debug)]
pub struct Ceiling {
    all: u32,
    country: u32,
    spent: Mutex<Spent>,
}

#[derive(Debug, Default)]
struct Spent {
    hour: i64,
    all: u32,
    of: HashMap<Country, u32>,
}

/// The most an hour where nothing else was set.
impl Default for Ceiling {
    fn default() -> Self {
        Self::new(300, 60)
    }
}

impl Ceiling {
    /// A ceiling for an hour: for all, and for one country.
    #[must_use]
    pub fn new(all: u32, country: u32) -> Self {
        for why in ["hour", "kind"] {
            metrics::counter!("msaada_acknowledgements_held_total", "why" => why).increment(0);
        }
        Self {
            all,
            country,
            spent: Mutex::default(),
        }
    }

    /// Whether a typed number gets its line: it is a telephone, and the hour has room.
    fn may_text(&self, number: &Number, now: DateTime<Utc>) -> bool {
        let Some(country) = number.country().filter(|_| number.is_a_telephone()) else {
            metrics::counter!("msaada_acknowledgements_held_total", "why" => "kind").increment(1);
            return false;
        };
        let room = self.take(country, now);
        if !room {
            metrics::counter!("msaada_acknowledgements_held_total", "why" => "hour").increment(1);
        }
        room
    }

    fn take(&self, country: Country, now: DateTime<Utc>) -> bool {
        let hour = now.timestamp().div_euclid(3_600);
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.hour != hour {
            *spent = Spent {
                hour,
                ..Spent::default()
            };
        }
        let of = spent.of.get(&country).copied().unwrap_or(0);
        if spent.all >= self.all || of >= self.country {
            return false;
        }
        spent.all += 1;
        spent.of.insert(country, of + 1);
        true
    }
}

impl Flow {
    /// One neutral line to each person who opened a case and may be answered; who reported by the
    /// form gives her number on a later page, and gets it then. `numbers` is what is known of each
    /// number now.
    pub(super) async fn acknowledgements(
        &self,
        tx: &mut Tx,
        taken: &Taken<'_>,
        numbers: &[ContactKept],
        standing: &Standing,
        now: DateTime<Utc>,
    ) -> Result<Vec<Written>, StoreError> {
        let known: HashMap<(Uuid, &str), &ContactKept> = numbers
            .iter()
            .map(|kept| ((kept.case_id, kept.number.as_str()), kept))
            .collect();
        let opened: Vec<(&Report, &Case, &ContactKept)> = taken
            .new
            .iter()
            .filter_map(|(arrived, id)| {
                let touched = taken.cases.get(id)?;
                let report = &arrived.report;
                // The word that ends a conversation is answered by nothing.
                if taken.ended.iter().any(|ended| ended.id == report.id) {
                    return None;
                }
                let number = report.contact.as_ref()?.number.expose();
                let kept = *known.get(&(*id, number))?;
                let opened_it = touched.stored.is_none()
                    && touched.case.reference == self.mint.reference(report.id);
                let gives_number = !opened_it
                    && arrived.adds_to == Some(*id)
                    && report.channel == Channel::Web
                    && kept.new;
                (gives_number || opened_it && arrived.understood.report && report.carrier.is_none())
                    .then_some((report, &touched.case, kept))
            })
            .collect();
        let numbers: Vec<&str> = opened
            .iter()
            .map(|(_, _, kept)| kept.number.as_str())
            .collect();
        let mut texted = self
            .store
            .texted_by_itself(tx, &numbers, now - A_DAY)
            .await?;
        Ok(opened
            .into_iter()
            .filter_map(|(report, case, kept)| {
                let so_far = texted.get_mut(&kept.number)?;
                let known = (kept, so_far.opted_out);
                let written = say::acknowledgement(report, case, known, standing, now)?;
                so_far.times += 1;
                let wrote = report.channel.is_conversation();
                let most = if wrote {
                    ANSWERS_A_DAY
                } else {
                    TEXTS_TO_TYPED_A_DAY
                };
                let number = &report.contact.as_ref()?.number;
                (so_far.times <= most && (wrote || self.ceiling.may_text(number, now)))
                    .then_some(written)
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texted(ceiling: &Ceiling, numbers: &[String], now: DateTime<Utc>) -> usize {
        let may = |number: &&String| ceiling.may_text(&Number::read(number), now);
        numbers.iter().filter(may).count()
    }

    fn numbers(prefix: &str, count: usize) -> Vec<String> {
        (0..count).map(|n| format!("{prefix}{n:06}")).collect()
    }

    #[test]
    fn typed_numbers_get_so_many_texts_an_hour_and_the_next_hour_begins_anew() {
        let ceiling = Ceiling::new(25, 20);
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(texted(&ceiling, &numbers("+254722", 30), now), 20);
        assert_eq!(texted(&ceiling, &numbers("+971501", 30), now), 5, "in all");
        let later = now + TimeDelta::hours(1);
        assert_eq!(texted(&ceiling, &numbers("+254722", 30), later), 20);
    }

    #[test]
    fn a_typed_number_that_is_no_telephone_of_a_country_gets_none_and_takes_no_room() {
        let ceiling = Ceiling::new(2, 2);
        let now = DateTime::UNIX_EPOCH;
        let costly = [
            "+979123456789",
            "+882161234567",
            "+19005550001",
            "+18005550001",
        ];
        assert_eq!(texted(&ceiling, &costly.map(str::to_owned), now), 0);
        let telephones = ["+254722000001", "+966501234567", "+97143971222"];
        assert_eq!(texted(&ceiling, &telephones.map(str::to_owned), now), 2);
    }
}
