//! A private PostgreSQL and a private Redis for the tests of one process.
//!
//! Every test gets a database of its own (copied from one that is migrated already) and a prefix of
//! its own for its keys in Redis. Durability is off here and only here; a test of durability says
//! so with [`Pair::durable`].

use super::server::Server;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::OnceCell;

/// The database every other is copied from.
const TEMPLATE: &str = "msaada_template";

/// The servers all tests of this process share.
pub(crate) struct Servers {
    pair: Pair,
    named: AtomicU32,
}

static SERVERS: OnceCell<Servers> = OnceCell::const_new();

impl Servers {
    /// The shared servers, started by the first test that asks.
    pub(crate) async fn get() -> &'static Self {
        SERVERS
            .get_or_init(|| async {
                Self {
                    pair: Pair::start().await,
                    named: AtomicU32::new(0),
                }
            })
            .await
    }

    /// A fresh, migrated database: its URL and a pool of at most eight connections.
    pub(crate) async fn database(&self) -> (String, PgPool) {
        let name = format!("t{}", self.named.fetch_add(1, Ordering::Relaxed));
        self.pair.database(&name).await
    }

    /// The URL of Redis and a prefix nobody else uses.
    pub(crate) fn redis(&self) -> (String, String) {
        let number = self.named.fetch_add(1, Ordering::Relaxed);
        (self.pair.redis_url(), format!("t{number}:"))
    }
}

/// A PostgreSQL and a Redis of one's own, for tests that stop, restart or freeze them.
pub(crate) struct Pair {
    /// The database server.
    pub(crate) postgres: Server,
    /// The Redis server.
    pub(crate) redis: Server,
}

impl Pair {
    /// Starts both, with durability off.
    pub(crate) async fn start() -> Self {
        Self::with(&[
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
        ])
        .await
    }

    /// Starts both with the durability of the real service, for tests that kill the database.
    pub(crate) async fn durable() -> Self {
        Self::with(&["fsync=on", "synchronous_commit=on"]).await
    }

    /// Starts both, PostgreSQL with these settings besides its own.
    pub(crate) async fn with(settings: &[&str]) -> Self {
        let pair = Self {
            postgres: Server::postgres(settings),
            redis: Server::redis(),
        };
        pair.postgres.ready().await;
        pair.redis.ready().await;
        let mut admin = pair.admin().await;
        sqlx::raw_sql(AssertSqlSafe(format!("create database {TEMPLATE}")))
            .execute(&mut admin)
            .await
            .expect("the template can be created");
        let mut template = PgConnection::connect(&pair.postgres.url(TEMPLATE))
            .await
            .expect("the template answers");
        Migrator::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations"))
            .await
            .expect("the migrations can be read")
            .run(&mut template)
            .await
            .expect("the migrations run on an empty database");
        template.close().await.expect("the template is let go");
        pair
    }

    /// A fresh, migrated database of this name: its URL and a pool.
    pub(crate) async fn database(&self, name: &str) -> (String, PgPool) {
        let mut admin = self.admin().await;
        sqlx::raw_sql(AssertSqlSafe(format!(
            "create database {name} template {TEMPLATE}"
        )))
        .execute(&mut admin)
        .await
        .expect("a database can be copied");
        let url = self.postgres.url(name);
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(20))
            .connect_lazy(&url)
            .expect("the URL is well formed");
        (url, pool)
    }

    /// The URL of Redis.
    pub(crate) fn redis_url(&self) -> String {
        self.redis.url("")
    }

    async fn admin(&self) -> PgConnection {
        PgConnection::connect(&self.postgres.url("postgres"))
            .await
            .expect("PostgreSQL answers")
    }
}
