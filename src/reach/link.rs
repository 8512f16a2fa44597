//! The connection to one server, made when it is first used and made anew when it broke.
//!
//! Whoever asks waits half a second at most, for connection and answer together. A server that did
//! not answer in time loses its connection: it may hang, or lie behind a cut that nobody reported,
//! and an open socket to it proves nothing. Connecting goes on in the background, once for all who
//! wait.

use super::form::{self, Sentinels};
use futures_util::future::{BoxFuture, FutureExt, Shared, select_ok};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, RedisConnectionInfo, RedisError, RedisResult,
    ServerErrorKind,
};
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout, timeout_at};

/// What an answer, or a connection, may take.
pub(super) const LIMIT: Duration = Duration::from_millis(500);
/// After a connection that could not be made, nobody tries again before this.
const REST: Duration = Duration::from_millis(100);

/// Where a link leads.
#[derive(Clone)]
pub(super) enum To {
    /// To this server.
    Server(Client),
    /// To the primary that these sentinels name.
    Primary(Sentinels),
}

/// Why there is no answer.
pub(super) enum Silent {
    /// The question was never sent.
    Unsent(RedisError),
    /// It may have been.
    Sent(RedisError),
}

impl Silent {
    pub(super) fn error(self) -> RedisError {
        match self {
            Self::Unsent(error) | Self::Sent(error) => error,
        }
    }
}

type Making = Shared<BoxFuture<'static, RedisResult<MultiplexedConnection>>>;

#[derive(Default)]
struct Line {
    number: u64,
    making: Option<Making>,
    not_before: Option<Instant>,
}

/// A link to one server.
pub(super) struct Link {
    to: To,
    line: Mutex<Line>,
    runtime: Handle,
}

impl Link {
    /// A link; the connection lives on this runtime, whoever uses it.
    pub(super) fn new(to: To, runtime: Handle) -> Self {
        Self {
            to,
            line: Mutex::default(),
            runtime,
        }
    }

    /// Asks something over the connection.
    pub(super) async fn ask<T, F>(
        &self,
        question: impl FnOnce(MultiplexedConnection) -> F,
    ) -> Result<T, Silent>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let until = Instant::now() + LIMIT;
        let (number, making) = self.line().map_err(Silent::Unsent)?;
        let connection = match timeout_at(until, making).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => {
                self.let_go(number, true);
                return Err(Silent::Unsent(error));
            }
            Err(_) => return Err(Silent::Unsent(late())),
        };
        let answer = timeout_at(until, question(connection)).await;
        let error = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error,
            Err(_) => late(),
        };
        if breaks(&error) {
            self.let_go(number, false);
        }
        Err(Silent::Sent(error))
    }

    /// The server this leads to now.
    pub(super) async fn server(&self) -> RedisResult<Client> {
        match &self.to {
            To::Server(client) => Ok(client.clone()),
            To::Primary(sentinels) => Ok(sentinels.primary().await?.0),
        }
    }

    fn line(&self) -> RedisResult<(u64, Making)> {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(making) = &line.making {
            return Ok((line.number, making.clone()));
        }
        if line.not_before.is_some_and(|time| Instant::now() < time) {
            return Err(RedisError::from((
                ErrorKind::Io,
                "Redis could not be reached a moment ago",
            )));
        }
        let to = self.to.clone();
        let making = async move { to.connect().await }.boxed().shared();
        // It goes on although nobody waits for it any more.
        self.runtime.spawn(making.clone());
        line.number += 1;
        line.making = Some(making.clone());
        Ok((line.number, making))
    }

    fn let_go(&self, number: u64, unmade: bool) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if line.number == number && line.making.take().is_some() && unmade {
            line.not_before = Some(Instant::now() + REST);
        }
    }
}

impl To {
    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        match self {
            Self::Server(client) => connect(client).await,
            Self::Primary(sentinels) => Ok(sentinels.primary().await?.1),
        }
    }
}

impl Sentinels {
    /// Asks all sentinels at once; the first primary that says itself that it is one is it. One
    /// that was replaced says so as soon as it learns of it, and takes no writes from then on.
    async fn primary(&self) -> RedisResult<(Client, MultiplexedConnection)> {
        let asked = self
            .who
            .iter()
            .map(|sentinel| named_by(sentinel, &self.name, &self.login).boxed());
        Ok(select_ok(asked).await?.0)
    }
}

async fn named_by(
    sentinel: &Client,
    name: &str,
    login: &RedisConnectionInfo,
) -> RedisResult<(Client, MultiplexedConnection)> {
    let mut sentinel = connect(sentinel).await?;
    let named: Option<(String, u16)> = redis::cmd("SENTINEL")
        .arg("GET-MASTER-ADDR-BY-NAME")
        .arg(name)
        .query_async(&mut sentinel)
        .await?;
    let client = named
        .and_then(|(host, port)| form::told(&host, port, login))
        .ok_or_else(|| {
            RedisError::from((
                ErrorKind::MasterNameNotFoundBySentinel,
                "the sentinels know no primary of this name",
            ))
        })?;
    let mut connection = connect(&client).await?;
    let role: Vec<redis::Value> = redis::cmd("ROLE").query_async(&mut connection).await?;
    let is_primary =
        matches!(role.first(), Some(redis::Value::BulkString(role)) if role == b"master");
    if !is_primary {
        return Err(RedisError::from((
            ErrorKind::Io,
            "no primary is promoted yet",
        )));
    }
    Ok((client, connection))
}

pub(super) async fn connect(client: &Client) -> RedisResult<MultiplexedConnection> {
    let limits = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(LIMIT))
        .set_response_timeout(Some(LIMIT));
    timeout(
        LIMIT,
        client.get_multiplexed_async_connection_with_config(&limits),
    )
    .await
    .unwrap_or_else(|_| Err(late()))
}

/// Whether the connection is worth nothing after this: broken, silent, or to a server that is no
/// primary any more.
fn breaks(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::Server(kind) => {
            matches!(
                kind,
                ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown
            )
        }
        ErrorKind::Io | ErrorKind::Parse | ErrorKind::AuthenticationFailed => true,
        _ => false,
    }
}

pub(super) fn late() -> RedisError {
    std::io::Error::new(
        std::io::ErrorKind::TimedOut,
        "Redis did not answer within half a second",
    )
    .into()
}
