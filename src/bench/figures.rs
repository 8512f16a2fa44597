//! What was measured: samples and their percentiles, rows beside yardsticks, a table for people and
//! one JSON object for programs.

use super::{NotRun, Scratch};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use std::fmt;
use std::time::Duration;

/// Times that were taken, all of them: a percentile is a time that was seen, not a guess between two.
#[derive(Debug, Clone, Default)]
pub(super) struct Samples(Vec<Duration>);

impl Samples {
    /// In order, the shortest first.
    pub(super) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// How many were taken.
    pub(super) const fn count(&self) -> usize {
        self.0.len()
    }

    /// The time that so many of a thousand do not exceed, in milliseconds; 1000 is the longest.
    pub(super) fn per_mille(&self, rank: usize) -> f64 {
        let last = (self.0.len() * rank).div_ceil(1_000).saturating_sub(1);
        self.0
            .get(last)
            .map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
    }

    /// The 99th percentile, in milliseconds.
    pub(super) fn p99(&self) -> f64 {
        self.per_mille(990)
    }
}

/// What a figure should reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mark {
    /// The figure itself is at least this.
    #[expect(dead_code, reason = "for the benches that need it")]
    AtLeast(f64),
    /// The figure itself is at most this.
    AtMost(f64),
    /// It is at least so many times its yardstick.
    TimesAtLeast(f64),
    /// It is at most so many times its yardstick.
    TimesAtMost(f64),
}

/// One figure.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// What was measured.
    pub name: String,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
    /// What stands beside it: its name and its figure, in the same unit.
    pub yardstick: Option<(String, f64)>,
    /// What it should reach.
    pub mark: Option<Mark>,
}

impl Row {
    /// A figure by itself.
    pub(super) fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            yardstick: None,
            mark: None,
        }
    }

    /// With what stands beside it.
    #[must_use]
    pub(super) fn beside(mut self, name: impl Into<String>, value: f64) -> Self {
        self.yardstick = Some((name.into(), value));
        self
    }

    /// With what it should reach.
    #[must_use]
    pub(super) const fn mark(mut self, mark: Mark) -> Self {
        self.mark = Some(mark);
        self
    }

    /// How many times its yardstick.
    fn ratio(&self) -> Option<f64> {
        self.yardstick.as_ref().map(|(_, other)| self.value / other)
    }

    /// Whether it reaches its mark; what could not be measured does not.
    fn held(&self) -> Option<bool> {
        let ratio = self.ratio().unwrap_or(f64::NAN);
        Some(match self.mark? {
            Mark::AtLeast(least) => self.value >= least,
            Mark::AtMost(most) => self.value <= most,
            Mark::TimesAtLeast(least) => ratio >= least,
            Mark::TimesAtMost(most) => ratio <= most,
        })
    }

    fn json(&self) -> Value {
        let mark = self.mark.map(|mark| {
            let (word, limit) = mark.parts();
            json!({"is": word, "limit": limit})
        });
        json!({
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "yardstick": self.yardstick.as_ref().map(|(name, value)| json!({"name": name, "value": value})),
            "ratio": self.ratio(),
            "mark": mark,
            "held": self.held(),
        })
    }
}

impl Mark {
    const fn parts(self) -> (&'static str, f64) {
        match self {
            Self::AtLeast(limit) => ("at least", limit),
            Self::AtMost(limit) => ("at most", limit),
            Self::TimesAtLeast(limit) => ("times the yardstick, at least", limit),
            Self::TimesAtMost(limit) => ("times the yardstick, at most", limit),
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(limit) => write!(f, "≥ {}", short(*limit)),
            Self::AtMost(limit) => write!(f, "≤ {}", short(*limit)),
            Self::TimesAtLeast(limit) => write!(f, "≥ {limit:.2} ×"),
            Self::TimesAtMost(limit) => write!(f, "≤ {limit:.2} ×"),
        }
    }
}

/// What it was measured on.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    cores: usize,
    processor: String,
    memory_mb: u64,
    postgresql: String,
    durable: bool,
    redis: String,
}

impl Machine {
    /// Looks.
    pub(super) async fn look(scratch: &Scratch) -> Result<Self, NotRun> {
        let mut connection = PgConnection::connect(&scratch.database_url).await?;
        let postgresql: String = sqlx::query_scalar("select current_setting('server_version')")
            .fetch_one(&mut connection)
            .await?;
        let mut redis = redis::Client::open(scratch.redis_url.as_str())?
            .get_multiplexed_async_connection()
            .await?;
        let info: redis::InfoDict = redis::cmd("INFO")
            .arg("server")
            .query_async(&mut redis)
            .await?;
        let after = |path: &str, name: &str| {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim_start_matches([' ', '\t', ':']).to_owned())
        };
        let memory_kb: u64 = after("/proc/meminfo", "MemTotal")
            .and_then(|text| text.split(' ').next()?.parse().ok())
            .unwrap_or(0);
        Ok(Self {
            cores: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
            processor: after("/proc/cpuinfo", "model name").unwrap_or_default(),
            memory_mb: memory_kb / 1_024,
            postgresql,
            durable: scratch.durable,
            redis: info.get("redis_version").unwrap_or_default(),
        })
    }
}

/// Everything a run found.
#[derive(Debug)]
pub(super) struct Report {
    pub bench: &'static str,
    pub seed: u64,
    pub machine: Machine,
    pub rows: Vec<Row>,
}

impl Report {
    /// For programs.
    pub(super) fn json(&self) -> Value {
        json!({
            "bench": self.bench,
            "seed": self.seed,
            "machine": {
                "cores": self.machine.cores,
                "processor": self.machine.processor,
                "memory_mb": self.machine.memory_mb,
                "postgresql": self.machine.postgresql,
                "postgresql_durable": self.machine.durable,
                "redis": self.machine.redis,
            },
            "rows": self.rows.iter().map(Row::json).collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let m = &self.machine;
        writeln!(
            f,
            "bench {}, seed {}; {} cores ({}), {} MB; PostgreSQL {}{}, Redis {}\n",
            self.bench,
            self.seed,
            m.cores,
            m.processor,
            m.memory_mb,
            m.postgresql,
            if m.durable {
                ", durable"
            } else {
                ", NOT DURABLE"
            },
            m.redis
        )?;
        let cells: Vec<[String; 5]> = self.rows.iter().map(cells).collect();
        let head = ["", "measured", "yardstick", "ratio", "mark"].map(str::to_owned);
        let width = |column: usize| {
            let cells = cells.iter().chain([&head]);
            cells
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths = [width(0), width(1), width(2), width(3)];
        for row in [&head].into_iter().chain(&cells) {
            writeln!(
                f,
                "{:<a$}  {:>b$}  {:<c$}  {:>d$}  {}",
                row[0],
                row[1],
                row[2],
                row[3],
                row[4],
                a = widths[0],
                b = widths[1],
                c = widths[2],
                d = widths[3],
            )?;
        }
        Ok(())
    }
}

fn cells(row: &Row) -> [String; 5] {
    let beside = row
        .yardstick
        .as_ref()
        .map_or_else(String::new, |(name, value)| {
            format!("{name}: {}", short(*value))
        });
    let ratio = row
        .ratio()
        .map_or_else(String::new, |ratio| format!("{ratio:.2}"));
    let mark = row.mark.map_or_else(String::new, |mark| {
        let word = if row.held() == Some(true) {
            "held"
        } else {
            "NOT HELD"
        };
        format!("{mark}  {word}")
    });
    [
        row.name.clone(),
        format!("{} {}", short(row.value), row.unit),
        beside,
        ratio,
        mark,
    ]
}

/// As many digits as tell something.
fn short(value: f64) -> String {
    if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_time_that_was_seen() {
        let times = Samples::of((1..=100).rev().map(Duration::from_millis).collect());
        assert!((times.per_mille(500) - 50.0).abs() < 1e-9);
        assert!((times.p99() - 99.0).abs() < 1e-9);
        assert!((times.per_mille(1_000) - 100.0).abs() < 1e-9);
        assert!(Samples::default().p99().is_nan());
    }

    #[test]
    fn what_could_not_be_measured_reaches_no_mark() {
        let row = Row::new("a", f64::NAN, "ms").mark(Mark::AtMost(5.0));
        assert_eq!(row.held(), Some(false));
        let alone = Row::new("a", 1.0, "1/s").mark(Mark::TimesAtLeast(0.5));
        assert_eq!(alone.held(), Some(false));
        let beside = Row::new("a", 1.0, "1/s")
            .beside("b", 2.0)
            .mark(Mark::TimesAtLeast(0.5));
        assert_eq!(beside.held(), Some(true));
        assert_eq!(Row::new("a", 1.0, "1/s").held(), None);
    }
}
