//! Stores of a bench's own: a database that it makes on a server and drops in the end, a prefix of
//! its own in Redis, and a folder.
//!
//! It speaks to the database it was pointed at only to make another one beside it; nothing that is
//! there is ever read or changed.

use super::NotRun;
use crate::config::left_by_run;
use crate::store::Store;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};

/// Stores that are there for one run.
#[derive(Debug)]
pub struct Scratch {
    /// The server's own address, to drop the database through.
    beside: String,
    name: String,
    /// The database that was made.
    pub database_url: String,
    /// Redis, which others may use at the same time.
    pub redis_url: String,
    /// What keys begin with.
    pub redis_prefix: String,
    /// A folder for files.
    pub folder: PathBuf,
    /// Whether a commit is on the disk when it is answered.
    pub durable: bool,
}

/// Which servers: those given, or those that `./run` started, never one of each.
pub(super) fn urls(
    database: Option<String>,
    redis: Option<String>,
) -> Result<(String, String), NotRun> {
    let given = match (database, redis) {
        (Some(database), Some(redis)) => Some((database, redis)),
        (None, None) => left_by_run("DATABASE_URL").zip(left_by_run("REDIS_URL")),
        _ => None,
    };
    given.ok_or_else(|| {
        NotRun::Setting(
            "set DATABASE_URL and REDIS_URL, start ./run in this folder, or use .scripts/bench.sh, \
             which starts servers of its own"
                .to_owned(),
        )
    })
}

/// Ends when somebody wants us to stop.
pub(super) async fn interrupted() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

impl Scratch {
    /// Makes them: an empty database with the newest schema, a prefix nobody uses, a folder.
    ///
    /// # Errors
    /// [`NotRun`]; what was made by then is taken away again.
    pub async fn make(database: &str, redis: &str) -> Result<Self, NotRun> {
        let name = format!("msaada_bench_{:016x}", rand::random::<u64>());
        let mut server = PgConnection::connect(database).await?;
        let durable = is_durable(&mut server).await?;
        if !durable {
            eprintln!(
                "WARNING: this PostgreSQL does not wait for its disk (fsync, synchronous_commit or \
                 full_page_writes is off): its figures, and all beside them, mean nothing for a real one"
            );
        }
        sqlx::raw_sql(AssertSqlSafe(format!("create database {name}")))
            .execute(&mut server)
            .await?;
        let mut url: reqwest::Url = database
            .parse()
            .map_err(|error| NotRun::Setting(format!("DATABASE_URL: {error}")))?;
        url.set_path(&name);
        let folder = std::env::temp_dir().join(&name);
        let scratch = Self {
            beside: database.to_owned(),
            database_url: url.to_string(),
            redis_url: redis.to_owned(),
            redis_prefix: name.clone(),
            name,
            folder,
            durable,
        };
        match scratch.fill().await {
            Ok(()) => Ok(scratch),
            Err(error) => {
                let _ = scratch.take_away().await;
                Err(error)
            }
        }
    }

    async fn fill(&self) -> Result<(), NotRun> {
        std::fs::create_dir_all(&self.folder)?;
        Store::lazy(&self.database_url, 1)?.migrate().await?;
        Ok(())
    }

    /// A connection to the database that was made, for what a bench asks or prepares by itself.
    pub(super) async fn connect(&self) -> Result<PgConnection, NotRun> {
        Ok(PgConnection::connect(&self.database_url).await?)
    }

    /// Has PostgreSQL do now what it would do for what was written so far while something is measured:
    /// tidy up, and write back to the disk.
    pub(super) async fn tidy(&self) -> Result<(), NotRun> {
        let mut connection = self.connect().await?;
        for line in ["vacuum analyze", "checkpoint"] {
            sqlx::raw_sql(line).execute(&mut connection).await?;
        }
        connection.close().await?;
        Ok(())
    }

    /// Takes all of it away.
    ///
    /// # Errors
    /// A server does not answer; the error names what is left there.
    pub async fn take_away(&self) -> Result<(), NotRun> {
        let _ = std::fs::remove_dir_all(&self.folder);
        let keys = self.forget_keys().await;
        let dropped = self.drop_database().await;
        if dropped.is_err() {
            eprintln!(
                "The database {} could not be dropped; drop it by hand.",
                self.name
            );
        }
        dropped?;
        keys
    }

    async fn drop_database(&self) -> Result<(), NotRun> {
        let mut server = PgConnection::connect(&self.beside).await?;
        // By force: a node that was killed a moment ago may not have been noticed yet.
        let drop = format!("drop database if exists {} with (force)", self.name);
        sqlx::raw_sql(AssertSqlSafe(drop))
            .execute(&mut server)
            .await?;
        Ok(())
    }

    /// Forgets every key of this bench in Redis, as if it had been restarted empty.
    pub(super) async fn forget_keys(&self) -> Result<(), NotRun> {
        let client = redis::Client::open(self.redis_url.as_str())?;
        let mut redis = client.get_multiplexed_async_connection().await?;
        let pattern = format!("{}:*", self.redis_prefix);
        let mut cursor = 0_u64;
        loop {
            let (next, keys): (u64, Vec<String>) = redis::cmd("SCAN")
                .arg(cursor)
                .arg("MATCH")
                .arg(&pattern)
                .arg("COUNT")
                .arg(1_000)
                .query_async(&mut redis)
                .await?;
            if !keys.is_empty() {
                let mut unlink = redis::cmd("UNLINK");
                unlink.arg(keys);
                unlink.query_async::<()>(&mut redis).await?;
            }
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
        Ok(())
    }
}

async fn is_durable(server: &mut PgConnection) -> Result<bool, NotRun> {
    Ok(sqlx::query_scalar(
        "select current_setting('fsync') = 'on' and current_setting('full_page_writes') = 'on'
            and current_setting('synchronous_commit') <> 'off'",
    )
    .fetch_one(server)
    .await?)
}
