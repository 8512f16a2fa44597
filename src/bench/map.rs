//! `msaada bench map`: views of the crisis map over a million cases.
//!
//! The views go from the whole earth to a street, with and without filters, as cells, clusters and
//! lists. What the map counts is compared with what PostgreSQL counts: a fast answer that is wrong
//! is none. Beside it stands what PostgreSQL needs for one count of them all, and for what a view
//! would be if it were asked for there.

use super::desk::Responder;
use super::figures::{Mark, Row, Samples};
use super::million::{self, At};
use super::node::{Node, load_missions};
use super::{Ground, NotRun};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::time::{Duration, Instant};

/// Milliseconds in which any view is answered.
const WITHIN_MS: f64 = 100.0;
/// The heaviest a view may be, in kilobytes.
const WEIGHT_KB: f64 = 200.0;
/// How often it is looked whether a node that has just started has read the cases.
const LOOK: Duration = Duration::from_millis(100);

/// Views, as they are asked for, and what PostgreSQL counts for some.
const VIEWS: [(&str, Option<&str>); 12] = [
    ("map?zoom=1", Some("true")),
    ("map?zoom=2&shape=hexagons", None),
    ("map?zoom=22", None),
    ("map?zoom=3.2&shape=cells", None),
    (
        "map?zoom=4.5&bbox=34,12,60,32",
        Some("coarse_lon between 34 and 60 and coarse_lat between 12 and 32"),
    ),
    ("map?zoom=6&bbox=50,22,58,27&shape=hexagons", None),
    (
        "map?zoom=6&bbox=50,22,58,27&kind=distress,medical&priority=critical",
        Some(
            "coarse_lon between 50 and 58 and coarse_lat between 22 and 27 and priority = 0
             and kind in ('distress', 'medical')",
        ),
    ),
    ("map?zoom=9&bbox=54.5,24.6,56,25.8", None),
    ("map?zoom=12&bbox=55.1,25.0,55.5,25.4&status=waiting", None),
    ("map?zoom=15&bbox=55.2,25.1,55.3,25.2", None),
    ("map/area?circle=25.2,55.3,60000", None),
    ("map/area?polygon=30,10;62,10;62,34;45,38;30,30", None),
];

/// Any view of a million cases; beside counts in PostgreSQL
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many cases
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..=20_000_000))]
    cases: u64,
    /// How often each view is asked for
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(3..=1_000))]
    times: u32,
}

impl Args {
    pub(super) async fn measure(&self, ground: &Ground) -> Result<Vec<Row>, NotRun> {
        let scratch = &ground.scratch;
        load_missions(scratch)?;
        let reader = Responder::first(scratch, "operator@centre.example")?;
        million::store(ground, (1, self.cases), At::All).await?;
        let mut database = scratch.connect().await?;
        spread(&mut database).await?;
        scratch.tidy().await?;
        let counting = self
            .sql(&mut database, "select count(*) from cases")
            .await?;
        let grouping = self
            .sql(
                &mut database,
                "select count(*) from (select floor(coarse_lat * 4), floor(coarse_lon * 4), count(*),
                    min(priority) from cases where status <> 'resolved' group by 1, 2) as view",
            )
            .await?;
        let began = Instant::now();
        let node = Node::start(scratch, "map", &[]).await?;
        let views = Views {
            http: reqwest::Client::new(),
            cookie: reader.sign_in(node.address).await?,
            url: format!("http://{}/api/v1/", node.address),
        };
        let mut looks = tokio::time::interval(LOOK);
        while views.ask(VIEWS[0].0).await?.0["total"].as_u64() != Some(self.cases) {
            looks.tick().await;
        }
        let read = began.elapsed();
        let (mut times, mut slowest, mut heaviest) = (Vec::new(), (0.0, ""), (0_usize, ""));
        for (view, check) in VIEWS {
            if let Some(condition) = check {
                views.is_exact(&mut database, view, condition).await?;
            }
            let mut of_view = Vec::new();
            for _ in 0..self.times {
                let (answer, took, weight) = views.ask(view).await?;
                if answer["total"].as_u64().is_none() {
                    return Err(NotRun::Wrong(format!("{view} was not answered")));
                }
                of_view.push(took);
                if weight > heaviest.0 && view.starts_with("map?") {
                    heaviest = (weight, view);
                }
            }
            let samples = Samples::of(of_view.clone());
            if samples.p99() > slowest.0 {
                slowest = (samples.p99(), view);
            }
            times.extend(of_view);
        }
        let memory = node.memory().0;
        database.close().await?;
        node.process.stop().await?;
        let all = Samples::of(times);
        let cases = self.cases;
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        let weight = heaviest.0 as f64 / 1_024.0;
        Ok(vec![
            Row::new(
                format!("any view of {cases} cases, p50"),
                all.per_mille(500),
                "ms",
            )
            .beside("one count of all in PostgreSQL", counting),
            Row::new("  p99", all.p99(), "ms")
                .beside("such a view in PostgreSQL", grouping)
                .mark(Mark::AtMost(WITHIN_MS)),
            Row::new(format!("slowest: {}, p99", slowest.1), slowest.0, "ms")
                .mark(Mark::AtMost(WITHIN_MS)),
            Row::new(format!("heaviest: {}", heaviest.1), weight, "KB")
                .mark(Mark::AtMost(WEIGHT_KB)),
            Row::new(
                "a node that starts has read them after",
                read.as_secs_f64(),
                "s",
            ),
            Row::new("what the node holds in memory", memory, "MB"),
        ])
    }

    /// The median of what PostgreSQL needs, in milliseconds.
    async fn sql(&self, database: &mut PgConnection, line: &str) -> Result<f64, NotRun> {
        let mut times = Vec::new();
        for _ in 0..self.times.min(10) {
            let began = Instant::now();
            sqlx::query_scalar::<_, i64>(AssertSqlSafe(line.to_owned()))
                .fetch_one(&mut *database)
                .await?;
            times.push(began.elapsed());
        }
        Ok(Samples::of(times).per_mille(500))
    }
}

/// A case of the generator lies beside its mission; here they lie in the land around.
async fn spread(database: &mut PgConnection) -> Result<(), NotRun> {
    sqlx::raw_sql(
        "update cases set coarse_lat = coarse_lat + sign(random() - 0.5) * power(random(), 3) * 3,
                          coarse_lon = coarse_lon + sign(random() - 0.5) * power(random(), 3) * 4",
    )
    .execute(database)
    .await?;
    Ok(())
}

/// A reader of the map.
struct Views {
    http: reqwest::Client,
    cookie: String,
    url: String,
}

impl Views {
    /// An answer, how long it took until all of it was here, and its bytes.
    async fn ask(&self, view: &str) -> Result<(Value, Duration, usize), NotRun> {
        let began = Instant::now();
        let request = self.http.get(format!("{}{view}", self.url));
        let answer = request.header("Cookie", &self.cookie).send().await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        let took = began.elapsed();
        if !status.is_success() && status != 503 {
            return Err(NotRun::Wrong(format!("{view} was answered with {status}")));
        }
        let value = serde_json::from_slice(&body).unwrap_or_default();
        Ok((value, took, body.len()))
    }

    async fn is_exact(
        &self,
        database: &mut PgConnection,
        view: &str,
        condition: &str,
    ) -> Result<(), NotRun> {
        let line = format!("select count(*) from cases where status <> 'resolved' and {condition}");
        let expected: i64 = sqlx::query_scalar(AssertSqlSafe(line))
            .fetch_one(&mut *database)
            .await?;
        let (answer, ..) = self.ask(view).await?;
        let features = answer["features"].as_array().into_iter().flatten();
        let counted: i64 = features
            .filter_map(|one| one["properties"]["count"].as_i64())
            .sum();
        if (counted, answer["total"].as_i64()) == (expected, Some(expected)) {
            return Ok(());
        }
        Err(NotRun::Wrong(format!(
            "{view} counts {counted}, PostgreSQL {expected}"
        )))
    }
}
