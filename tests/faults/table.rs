//! The table of a run, as it is pasted into the documents.

use crate::checks::clocks::Lapse;
use crate::nodes::Disk;
use crate::round::Outcome;
use chrono::TimeDelta;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// What is counted, in the order of the rows.
const COUNTED: [&str; 14] = [
    "reports",
    "acknowledged from a spool",
    "tries beyond the first",
    "cases",
    "acts of responders that were done",
    "offers to other missions",
    "of those, accepted",
    "words agreed on with persons",
    "words that came",
    "words that did not",
    "texts",
    "of those, not sent: taken over, or needless by then",
    "of those, refused for good",
    "cards shown",
];

fn counts(outcome: &Outcome) -> [usize; COUNTED.len()] {
    [
        outcome.reports,
        outcome.spooled,
        usize::try_from(outcome.again).unwrap_or(0),
        outcome.cases,
        outcome.acts,
        outcome.offers,
        outcome.accepted,
        outcome.words.0,
        outcome.words.1,
        outcome.words.2,
        outcome.texts,
        outcome.taken_over,
        outcome.refused,
        outcome.frames,
    ]
}

/// Everything that came of a run so far.
#[derive(Default)]
pub(crate) struct Totals {
    rounds: usize,
    injuries: BTreeMap<&'static str, usize>,
    small_disks: BTreeMap<&'static str, usize>,
    lapses: Vec<Lapse>,
    /// In the order of [`COUNTED`].
    sums: [usize; COUNTED.len()],
    findings: usize,
    pub(crate) failed: Vec<u64>,
    longest: Duration,
    busiest: f64,
    stood_still: TimeDelta,
    all: Duration,
}

impl Totals {
    pub(crate) fn add(&mut self, outcome: &Outcome) {
        self.rounds += 1;
        for injury in &outcome.plan.injuries {
            *self.injuries.entry(injury.what.kind()).or_default() += 1;
        }
        match outcome.disk {
            Disk::Roomy => {}
            Disk::Small => {
                *self
                    .small_disks
                    .entry("spool: small file system that fills up")
                    .or_default() += 1;
            }
            Disk::Limit => {
                *self
                    .small_disks
                    .entry("spool: limit in the settings reached")
                    .or_default() += 1;
            }
        }
        for (sum, count) in self.sums.iter_mut().zip(counts(outcome)) {
            *sum += count;
        }
        self.lapses.extend(&outcome.lapses);
        self.findings += outcome.findings.len();
        if !outcome.findings.is_empty() {
            self.failed.push(outcome.plan.seed);
        }
        self.busiest = self.busiest.max(outcome.busy);
        self.stood_still = self.stood_still.max(outcome.stood_still);
        let took = outcome.took.iter().sum();
        self.longest = self.longest.max(took);
        self.all += took;
    }

    /// A round in which the harness itself failed.
    pub(crate) fn broke(&mut self, seed: u64) {
        self.rounds += 1;
        self.findings += 1;
        self.failed.push(seed);
    }

    /// The table, in Markdown.
    pub(crate) fn table(&self) -> String {
        let mut text = String::from("| what | count |\n|---|---|\n");
        let mut row = |name: &str, value: String| {
            writeln!(text, "| {name} | {value} |").expect("text grows");
        };
        row("rounds", self.rounds.to_string());
        for (kind, count) in self.injuries.iter().chain(&self.small_disks) {
            row(kind, count.to_string());
        }
        for (name, sum) in COUNTED.iter().zip(self.sums) {
            row(name, sum.to_string());
        }
        row("lapses", self.lapses.len().to_string());
        let (held, free): (Vec<Lapse>, Vec<Lapse>) =
            self.lapses.iter().partition(|lapse| lapse.excused);
        row("lateness, nothing away (p50 / p99 / max)", late(&free));
        row("lateness, something away or just back", late(&held));
        let mean = self
            .all
            .checked_div(u32::try_from(self.rounds).unwrap_or(1));
        let mean = mean.unwrap_or_default().as_secs_f32();
        let longest = self.longest.as_secs_f32();
        row(
            "a round takes (mean / longest)",
            format!("{mean:.1} s / {longest:.1} s"),
        );
        row(
            "load of the machine for each processor, at most",
            format!("{:.1}", self.busiest),
        );
        row(
            "the machine stood still, at most in a round",
            format!("{:.1} s", self.stood_still.as_seconds_f64()),
        );
        row("findings", self.findings.to_string());
        text
    }
}

fn late(lapses: &[Lapse]) -> String {
    let mut late: Vec<i64> = lapses.iter().map(|lapse| lapse.late_ms).collect();
    late.sort_unstable();
    let Some(max) = late.last() else {
        return "none".to_owned();
    };
    let at = |percent: usize| late[(late.len() - 1) * percent / 100];
    format!("{} ms / {} ms / {max} ms of {}", at(50), at(99), late.len())
}
