//! A cluster: which node holds a key, and commands brought to it.
//!
//! All keys of a mission lie on one node, so a script and whatever belongs together go there whole. A
//! pipeline over several missions is split by node, and its answers are put together again. Which
//! node holds what is learned from the nodes themselves, anew whenever one of them does not answer or
//! says that a key has moved. The cluster's own notion of who may answer is believed, and nobody
//! waits for one that is gone: a round that could not reach it is made good by the next.

use super::form;
use super::link::{LIMIT, Link, Silent, To, late};
use super::slots::{Map, Place, name, place, read};
use futures_util::future::{BoxFuture, FutureExt, Shared, join_all};
use futures_util::stream::{FuturesUnordered, StreamExt};
use rand::seq::IndexedRandom;
use redis::aio::ConnectionLike;
use redis::{
    Client, Cmd, ErrorKind, Pipeline, RedisConnectionInfo, RedisError, RedisResult,
    ServerErrorKind, Value,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};

/// A map is not asked for again before this.
const REST: Duration = Duration::from_millis(100);

type Asking = Shared<BoxFuture<'static, RedisResult<Arc<Map>>>>;

#[derive(Default)]
struct Known {
    map: Option<Arc<Map>>,
    asking: Option<Asking>,
    not_before: Option<Instant>,
}

/// A cluster.
#[derive(Clone)]
pub(super) struct Cluster(Arc<Inner>);

struct Inner {
    seeds: Vec<Client>,
    login: RedisConnectionInfo,
    runtime: Handle,
    known: Mutex<Known>,
    links: Mutex<HashMap<String, Arc<Link>>>,
}

impl Cluster {
    pub(super) fn new(seeds: Vec<Client>, login: RedisConnectionInfo, runtime: Handle) -> Self {
        Self(Arc::new(Inner {
            seeds,
            login,
            runtime,
            known: Mutex::default(),
            links: Mutex::default(),
        }))
    }

    /// One command.
    pub(super) async fn command(&self, cmd: &Cmd) -> RedisResult<Value> {
        let mut pipe = Pipeline::with_capacity(1);
        pipe.add_command(cmd.clone());
        let all = place(cmd) == Place::All;
        if all {
            return self.all(cmd).await;
        }
        self.pipeline(&pipe)
            .await?
            .pop()
            .ok_or_else(late)?
            .extract_error()
    }

    /// Every command of a pipeline, at its node; answers in order. What could not be sent, or has
    /// moved, is tried once more with a new map.
    pub(super) async fn pipeline(&self, pipe: &Pipeline) -> RedisResult<Vec<Value>> {
        timeout(LIMIT, self.both_tries(pipe))
            .await
            .unwrap_or_else(|_| {
                drop(self.ask_anew());
                Err(late())
            })
    }

    async fn both_tries(&self, pipe: &Pipeline) -> RedisResult<Vec<Value>> {
        let commands: Vec<&Cmd> = pipe.cmd_iter().collect();
        let mut answers = vec![None; commands.len()];
        let map = self.map().await?;
        if let Err((untaken, error)) = self.send(&map, &commands, &mut answers).await {
            let asking = self.ask_anew();
            if !untaken {
                return Err(error);
            }
            let map = asking.await?;
            self.send(&map, &commands, &mut answers)
                .await
                .map_err(|(_, error)| error)?;
        }
        answers
            .into_iter()
            .map(|answer| answer.ok_or_else(late))
            .collect()
    }

    /// Sends what has no answer yet to its nodes. The error says whether what still has none was
    /// taken by nobody, so that it may be sent again.
    async fn send(
        &self,
        map: &Map,
        commands: &[&Cmd],
        answers: &mut [Option<Value>],
    ) -> Result<(), (bool, RedisError)> {
        let mut parts: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut failed: Option<(bool, RedisError)> = None;
        for (number, cmd) in commands.iter().enumerate() {
            if answers[number].is_some() {
                continue;
            }
            let node = match place(cmd) {
                Place::Slot(slot) => map.node(slot),
                // Any at all, so that one that is gone is not asked twice.
                Place::Any | Place::All => {
                    map.primaries.choose(&mut rand::rng()).map(String::as_str)
                }
            };
            match node {
                Some(node) => parts.entry(node).or_default().push(number),
                None => failed = Some((true, unowned())),
            }
        }
        let sent = join_all(parts.into_iter().map(|(node, numbers)| async move {
            let mut pipe = Pipeline::with_capacity(numbers.len());
            for number in &numbers {
                pipe.add_command(commands[*number].clone());
            }
            let link = self.link(node);
            let answer = link
                .ask(|mut connection| async move {
                    connection.req_packed_commands(&pipe, 0, pipe.len()).await
                })
                .await;
            (numbers, answer)
        }))
        .await;
        for (numbers, answer) in sent {
            match answer {
                Ok(values) => {
                    for (number, value) in numbers.into_iter().zip(values) {
                        match has_moved(&value) {
                            Some(error) => failed = Some((failed.is_none_or(|f| f.0), error)),
                            None => answers[number] = Some(value),
                        }
                    }
                }
                Err(Silent::Unsent(error)) => failed = Some((failed.is_none_or(|f| f.0), error)),
                Err(Silent::Sent(error)) => failed = Some((false, error)),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// A command for every primary. A script need only be known to those that can be reached.
    async fn all(&self, cmd: &Cmd) -> RedisResult<Value> {
        let map = self.map().await?;
        let answers = join_all(map.primaries.iter().map(|node| {
            let link = self.link(node);
            async move {
                link.ask(|mut connection| async move { connection.req_packed_command(cmd).await })
                    .await
                    .map_err(Silent::error)
                    .and_then(Value::extract_error)
            }
        }))
        .await;
        if answers.iter().any(Result::is_err) {
            drop(self.ask_anew());
        }
        let is_script = name(cmd).eq_ignore_ascii_case(b"SCRIPT");
        let (well, ill): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        let chosen = if is_script {
            well.into_iter().chain(ill).next()
        } else {
            ill.into_iter().chain(well).next()
        };
        chosen.unwrap_or_else(|| Err(unowned()))
    }

    /// Nodes that may be listened to, in any order: a message reaches all of them.
    pub(super) async fn nodes(&self) -> Vec<Client> {
        let mut nodes = self.0.seeds.clone();
        if let Ok(map) = self.map().await {
            nodes.splice(
                0..0,
                map.nodes
                    .iter()
                    .filter_map(|(host, port)| form::told(host, *port, &self.0.login)),
            );
        }
        nodes
    }

    fn link(&self, node: &str) -> Arc<Link> {
        let mut links = self.0.links.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(link) = links.get(node) {
            return link.clone();
        }
        let client = node
            .rsplit_once(':')
            .and_then(|(host, port)| form::told(host, port.parse().ok()?, &self.0.login))
            .unwrap_or_else(|| self.0.seeds[0].clone());
        let link = Arc::new(Link::new(To::Server(client), self.0.runtime.clone()));
        links.insert(node.to_owned(), link.clone());
        link
    }

    async fn map(&self) -> RedisResult<Arc<Map>> {
        let known = {
            let known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.map.clone()
        };
        match known {
            Some(map) => Ok(map),
            None => self.ask_anew().await,
        }
    }

    /// Asks for the map anew, in the background and once for all who wait.
    fn ask_anew(&self) -> Asking {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asking) = &known.asking {
            return asking.clone();
        }
        if known.not_before.is_some_and(|time| Instant::now() < time) {
            let present = known.map.clone().ok_or_else(late);
            return std::future::ready(present).boxed().shared();
        }
        let cluster = self.clone();
        let asking = async move {
            let found = cluster.ask().await.map(Arc::new);
            cluster.learn(found.as_ref().ok());
            found
        }
        .boxed()
        .shared();
        self.0.runtime.spawn(asking.clone());
        known.asking = Some(asking.clone());
        asking
    }

    fn learn(&self, map: Option<&Arc<Map>>) {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.asking = None;
        known.not_before = Some(Instant::now() + REST);
        let Some(map) = map else { return };
        known.map = Some(map.clone());
        let mut links = self.0.links.lock().unwrap_or_else(PoisonError::into_inner);
        let seeds: Vec<String> = self.0.seeds.iter().map(address).collect();
        links.retain(|node, _| {
            seeds.contains(node)
                || map
                    .nodes
                    .iter()
                    .any(|(host, port)| *node == format!("{host}:{port}"))
        });
    }

    /// Asks every node known, and believes the one that saw the latest election, as soon as more
    /// than half have answered: a node that was cut off still tells of the old order.
    async fn ask(&self) -> RedisResult<Map> {
        let mut nodes: Vec<String> = self.0.seeds.iter().map(address).collect();
        {
            let known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(map) = &known.map {
                nodes.extend(
                    map.nodes
                        .iter()
                        .map(|(host, port)| format!("{host}:{port}")),
                );
            }
        }
        nodes.sort_unstable();
        nodes.dedup();
        let enough = nodes.len() / 2 + 1;
        let mut asked: FuturesUnordered<_> = nodes.iter().map(|node| self.map_of(node)).collect();
        let mut best: Option<(u64, Map)> = None;
        let mut last = late();
        let mut told = 0;
        while let Some(answer) = asked.next().await {
            match answer {
                Ok((epoch, map)) => {
                    told += 1;
                    if best.as_ref().is_none_or(|(seen, _)| epoch > *seen) {
                        best = Some((epoch, map));
                    }
                }
                Err(error) => last = error,
            }
            if told >= enough {
                break;
            }
        }
        best.map(|(_, map)| map).ok_or(last)
    }

    async fn map_of(&self, node: &str) -> RedisResult<(u64, Map)> {
        let mut pipe = redis::pipe();
        pipe.cmd("CLUSTER").arg("INFO").cmd("CLUSTER").arg("SLOTS");
        let (info, slots): (String, Value) = self
            .link(node)
            .ask(|mut connection| async move { pipe.query_async(&mut connection).await })
            .await
            .map_err(Silent::error)?;
        let epoch = info
            .lines()
            .find_map(|line| line.strip_prefix("cluster_current_epoch:"))
            .and_then(|epoch| epoch.trim().parse().ok())
            .unwrap_or(0);
        let asked = node.rsplit_once(':').map_or(node, |(host, _)| host);
        Ok((epoch, read(&slots, asked)))
    }
}

fn address(client: &Client) -> String {
    client.get_connection_info().addr().to_string()
}

fn has_moved(value: &Value) -> Option<RedisError> {
    let error = value.clone().extract_error().err()?;
    matches!(
        error.kind(),
        ErrorKind::Server(
            ServerErrorKind::Moved | ServerErrorKind::ClusterDown | ServerErrorKind::ReadOnly
        )
    )
    .then_some(error)
}

fn unowned() -> RedisError {
    RedisError::from((ErrorKind::Io, "no node of the cluster holds this mission"))
}
