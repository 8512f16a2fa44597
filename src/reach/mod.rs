//! Reaching Redis, whichever form it is run in: one server, Sentinel or Cluster.
//!
//! Above this module nobody knows which it is. A command, a script or a pipeline is answered within
//! half a second or fails; it never waits longer, and a connection that failed is made anew by
//! whoever asks next, to whichever server is the primary then. Redis may be absent when the process
//! starts. Keys carry their mission as hash tag, so that what belongs together lies on one node; a
//! pipeline over several missions is split by node here.
//!
//! It must never be the reason that anything waits: all that is in Redis can be had from PostgreSQL.

mod cluster;
mod form;
mod hear;
mod link;
mod slots;

pub use form::{Form, Sentinels, WrongForm};

use cluster::Cluster;
use link::{Link, Silent, To};
use redis::aio::ConnectionLike;
use redis::{
    Client, Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult, ServerErrorKind, Value,
};
use std::sync::Arc;
use tokio::runtime::Handle;

/// A way to Redis.
#[derive(Clone)]
pub struct Reach(Arc<Way>);

enum Way {
    /// To one server, or whichever is the primary.
    One(Box<Link>),
    /// To a cluster.
    Many(Cluster),
}

impl Reach {
    /// A way to Redis of this form. Connects when it is first used; must be made within a runtime,
    /// on which its connections will live.
    #[must_use]
    pub fn new(form: Form) -> Self {
        let runtime = Handle::current();
        let to = match form {
            Form::One(client) => To::Server(client),
            Form::Sentinel(sentinels) => To::Primary(sentinels),
            Form::Cluster { seeds, login } => {
                return Self(Arc::new(Way::Many(Cluster::new(seeds, login, runtime))));
            }
        };
        Self(Arc::new(Way::One(Box::new(Link::new(to, runtime)))))
    }

    async fn command(&self, cmd: &Cmd) -> RedisResult<Value> {
        match &*self.0 {
            Way::One(link) => link
                .ask(|mut connection| async move {
                    connection.req_packed_command(cmd).await?.extract_error()
                })
                .await
                .map_err(Silent::error),
            Way::Many(cluster) => cluster.command(cmd).await,
        }
    }

    async fn pipeline(&self, pipe: &Pipeline) -> RedisResult<Vec<Value>> {
        match &*self.0 {
            Way::One(link) => link
                .ask(|mut connection| async move {
                    let answers = connection.req_packed_commands(pipe, 0, pipe.len()).await?;
                    match answers.iter().find_map(refused) {
                        Some(error) => Err(error),
                        None => Ok(answers),
                    }
                })
                .await
                .map_err(Silent::error),
            Way::Many(cluster) => cluster.pipeline(pipe).await,
        }
    }

    /// Servers that may be listened to, the best first.
    async fn servers(&self) -> RedisResult<Vec<Client>> {
        match &*self.0 {
            Way::One(link) => Ok(vec![link.server().await?]),
            Way::Many(cluster) => Ok(cluster.nodes().await),
        }
    }
}

/// A server that takes no writes is the wrong one.
fn refused(value: &Value) -> Option<RedisError> {
    let Value::ServerError(error) = value else {
        return None;
    };
    (error.kind() == Some(ServerErrorKind::ReadOnly)).then(|| error.clone().into())
}

impl ConnectionLike for Reach {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(self.command(cmd))
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipe: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            // A transaction cannot be split; nothing here needs one.
            if offset != 0 || count != pipe.len() {
                return Err(RedisError::from((
                    ErrorKind::Client,
                    "a transaction is not for this way",
                )));
            }
            self.pipeline(pipe).await
        })
    }

    fn get_db(&self) -> i64 {
        0
    }
}

impl std::fmt::Debug for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reach")
    }
}
