//! Nobody waits for PostgreSQL without an end.
//!
//! PostgreSQL itself ends a statement that takes too long; but behind a cut that nobody reported no
//! answer comes at all, for as long as the kernel goes on trying, a quarter of an hour. So every
//! statement and every commit has a limit here as well, a little above PostgreSQL's own. A connection
//! that was given up on is tried before it goes back to the pool, for a moment only, and is closed if
//! it stays silent: its place in the pool is free again within seconds. One that lay idle is tried before
//! it is used.

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sqlx::postgres::{
    PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgQueryResult, PgRow, PgStatement,
    PgTypeInfo,
};
use sqlx::{Connection, Describe, Either, Error, Execute, Executor, Postgres, SqlStr, Transaction};
use std::time::Duration;

/// A statement that runs longer is given up by PostgreSQL; intake counts on an answer by then.
pub(super) const STATEMENT_TIMEOUT_MS: &str = "8000";
/// Without any answer by then, there is none.
const LIMIT: Duration = Duration::from_secs(10);
/// A connection that is not had by then counts as PostgreSQL being away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a connection may take to show that it is alive, before and after it is used.
const ALIVE: Duration = Duration::from_secs(1);
/// A connection that was alive so lately, which each is found to be before it goes back to the pool, is
/// not tried again: on a busy node that would be one way there and back more for each statement.
const LATELY: Duration = Duration::from_secs(1);

async fn in_time<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::time::timeout(LIMIT, answer)
        .await
        .unwrap_or_else(|_| Err(silent()))
}

fn silent() -> Error {
    Error::Io(std::io::Error::new(
        std::io::ErrorKind::TimedOut,
        "no answer within ten seconds",
    ))
}

async fn is_alive(connection: &mut PgConnection) -> bool {
    matches!(
        tokio::time::timeout(ALIVE, connection.ping()).await,
        Ok(Ok(()))
    )
}

/// The connections to PostgreSQL.
#[derive(Debug, Clone)]
pub(super) struct Pool(PgPool);

impl Pool {
    /// So many connections at most, made when they are needed.
    pub(super) fn lazy(options: PgConnectOptions, connections: u32) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, known| {
                Box::pin(async move { Ok(known.idle_for < LATELY || is_alive(connection).await) })
            })
            .after_release(|connection, _| {
                Box::pin(async {
                    // An error: it is closed without a word of farewell, which might hang as well.
                    is_alive(connection)
                        .await
                        .then_some(true)
                        .ok_or_else(silent)
                })
            })
            .connect_lazy_with(options);
        Self(pool)
    }

    pub(super) async fn begin(&self) -> Result<Tx, Error> {
        let transaction = in_time(self.0.begin()).await?;
        Ok(Tx(Held(transaction)))
    }

    pub(super) async fn begin_with(&self, statement: &'static str) -> Result<Tx, Error> {
        let transaction = in_time(self.0.begin_with(statement)).await?;
        Ok(Tx(Held(transaction)))
    }

    pub(super) async fn migrate(&self) -> Result<(), sqlx::migrate::MigrateError> {
        sqlx::migrate!().run(&self.0).await
    }
}

/// A transaction of the store. Dropped before it is committed, nothing of it holds.
#[derive(Debug)]
pub struct Tx(Held);

/// The connection a transaction holds.
#[derive(Debug)]
pub struct Held(Transaction<'static, Postgres>);

impl Tx {
    pub(super) async fn commit(self) -> Result<(), Error> {
        in_time(self.0.0.commit()).await
    }
}

impl std::ops::Deref for Tx {
    type Target = Held;

    fn deref(&self) -> &Held {
        &self.0
    }
}

impl std::ops::DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Held {
        &mut self.0
    }
}

type Step = Either<PgQueryResult, PgRow>;

/// All rows at once: nothing here reads more than a page.
fn steps<'e>(
    all: impl Future<Output = Result<Vec<Step>, Error>> + Send + 'e,
) -> BoxStream<'e, Result<Step, Error>> {
    stream::once(all)
        .map_ok(|steps| stream::iter(steps.into_iter().map(Ok)))
        .try_flatten()
        .boxed()
}

impl<'p> Executor<'p> for &'_ Pool {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let pool = self.0.clone();
        steps(async move { in_time((&pool).fetch_many(query).try_collect()).await })
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let pool = self.0.clone();
        Box::pin(async move { in_time((&pool).fetch_optional(query)).await })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        'p: 'e,
    {
        let pool = self.0.clone();
        Box::pin(async move { in_time((&pool).prepare_with(sql, parameters)).await })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        'p: 'e,
    {
        let pool = self.0.clone();
        Box::pin(async move { in_time((&pool).describe(sql)).await })
    }
}

impl<'c> Executor<'c> for &'c mut Held {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let connection: &'c mut PgConnection = &mut self.0;
        steps(async move { in_time(connection.fetch_many(query).try_collect()).await })
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let connection: &'c mut PgConnection = &mut self.0;
        Box::pin(async move { in_time(connection.fetch_optional(query)).await })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        'c: 'e,
    {
        let connection: &'c mut PgConnection = &mut self.0;
        Box::pin(async move { in_time(connection.prepare_with(sql, parameters)).await })
    }
    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        'c: 'e,
    {
        let connection: &'c mut PgConnection = &mut self.0;
        Box::pin(async move { in_time(connection.describe(sql)).await })
    }
}
