//! What a drill found, as a table and as JSON.

use super::Played;
use super::deliver::Delivered;
use super::desk::Seen;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The figures of a drill.
#[derive(Debug, Default, serde::Serialize)]
pub(super) struct Summary {
    sent: usize,
    acknowledged: usize,
    failed: usize,
    not_sent: usize,
    handed_over_again: u32,
    spooled: usize,
    opened: usize,
    joined: usize,
    cases: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    desk: Option<DeskSummary>,
    /// Texts the phones got.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) texts: Option<u64>,
    /// Why messages failed, and how many.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    troubles: BTreeMap<String, usize>,
}

/// What was seen on the desk.
#[derive(Debug, Default, serde::Serialize)]
struct DeskSummary {
    shown: usize,
    not_shown: usize,
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
    longest_ms: Option<f64>,
    clocks_lapsed: u64,
    cards_lapsed: usize,
    feed_lost: u32,
}

impl Summary {
    pub(super) fn of(played: &[Played], not_sent: usize) -> Self {
        let mut summary = Self {
            sent: played.len(),
            not_sent,
            ..Self::default()
        };
        let mut cases = BTreeSet::new();
        for played in played {
            match &played.outcome {
                Delivered::Acknowledged {
                    reference,
                    joined,
                    spooled,
                    tries,
                } => {
                    summary.acknowledged += 1;
                    summary.joined += usize::from(*joined);
                    summary.opened += usize::from(!joined);
                    summary.spooled += usize::from(*spooled);
                    summary.handed_over_again += tries - 1;
                    cases.extend(reference);
                }
                Delivered::Lost { why, tries } => {
                    summary.failed += 1;
                    summary.handed_over_again += tries - 1;
                    *summary.troubles.entry(why.clone()).or_default() += 1;
                }
            }
        }
        summary.cases = cases.len();
        summary
    }

    /// Adds how long each report took to the desk.
    pub(super) fn add_desk(&mut self, played: &[Played], seen: &Seen) {
        let mut times = Vec::new();
        let mut desk = DeskSummary {
            feed_lost: seen.lost,
            ..DeskSummary::default()
        };
        for played in played {
            let Delivered::Acknowledged { reference, .. } = &played.outcome else {
                continue;
            };
            let since = played.handed_at;
            let at = reference.as_ref().and_then(|r| seen.after(r, since));
            match at {
                Some(at) => times.push(at.duration_since(since)),
                None => desk.not_shown += 1,
            }
        }
        times.sort_unstable();
        desk.shown = times.len();
        desk.p50_ms = percentile(&times, 50).map(millis);
        desk.p99_ms = percentile(&times, 99).map(millis);
        desk.longest_ms = times.last().copied().map(millis);
        (desk.clocks_lapsed, desk.cards_lapsed) = seen.lapses();
        self.desk = Some(desk);
    }

    pub(super) fn all_acknowledged(&self) -> bool {
        self.failed == 0 && self.not_sent == 0
    }
}

/// The smallest time that this many of a hundred do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.max(1) - 1).copied()
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let row = |f: &mut std::fmt::Formatter<'_>, name: &str, value: &str| {
            writeln!(f, "{name:<28} {value}")
        };
        let ms = |time: Option<f64>| time.map_or_else(|| "-".to_owned(), |ms| format!("{ms} ms"));
        row(f, "messages sent", &self.sent.to_string())?;
        row(f, "acknowledged", &self.acknowledged.to_string())?;
        row(f, "failed", &self.failed.to_string())?;
        for (why, count) in &self.troubles {
            row(f, "", &format!("{count}: {why}"))?;
        }
        if self.not_sent > 0 {
            row(f, "not sent (stopped early)", &self.not_sent.to_string())?;
        }
        row(f, "handed over again", &self.handed_over_again.to_string())?;
        if self.spooled > 0 {
            row(f, "put aside by the service", &self.spooled.to_string())?;
        }
        row(f, "cases opened", &self.opened.to_string())?;
        row(f, "joined an open case", &self.joined.to_string())?;
        row(f, "cases (references)", &self.cases.to_string())?;
        match &self.desk {
            None => row(
                f,
                "time from report to desk",
                "not watched: give --email and --password",
            )?,
            Some(desk) => {
                row(f, "shown on the desk", &desk.shown.to_string())?;
                row(f, "not shown", &desk.not_shown.to_string())?;
                row(f, "time from report to desk p50", &ms(desk.p50_ms))?;
                row(f, "                         p99", &ms(desk.p99_ms))?;
                row(f, "                     longest", &ms(desk.longest_ms))?;
                let lapsed = format!("{} on {} cards", desk.clocks_lapsed, desk.cards_lapsed);
                row(f, "clocks lapsed", &lapsed)?;
                if desk.feed_lost > 0 {
                    row(f, "feed lost (and taken up)", &desk.feed_lost.to_string())?;
                }
            }
        }
        if let Some(texts) = self.texts {
            row(f, "texts that reached phones", &texts.to_string())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 50), Some(Duration::from_millis(100)));
        assert_eq!(percentile(&times, 99), Some(Duration::from_millis(198)));
        assert_eq!(percentile(&times[..1], 99), Some(Duration::from_millis(1)));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn one_message_that_was_not_acknowledged_fails_the_drill() {
        let played = |outcome| Played {
            handed_at: std::time::Instant::now(),
            outcome,
        };
        let good = || {
            played(Delivered::Acknowledged {
                reference: Some("R".into()),
                joined: false,
                spooled: false,
                tries: 3,
            })
        };
        let bad = played(Delivered::Lost {
            why: "the service answered 403".into(),
            tries: 1,
        });
        let all_good = Summary::of(&[good(), good()], 0);
        assert!(all_good.all_acknowledged());
        assert_eq!((all_good.handed_over_again, all_good.cases), (4, 1));
        assert!(!Summary::of(&[good()], 1).all_acknowledged());
        let failed = Summary::of(&[good(), bad], 0);
        assert!(!failed.all_acknowledged());
        assert!(failed.to_string().contains("1: the service answered 403"));
    }
}
