//! Redis as Sentinel and as Cluster, of one's own.
//!
//! Both speak TCP, since that is how their servers name each other; a random password keeps every
//! other Redis and every other test out. Time limits are short, so that a fail-over takes a second.

use super::keeper::Keeper;
use super::patience::until;
use super::server::{Owner, fresh_folder};
use msaada::case::MissionCode;
use redis::{Cmd, FromRedisValue, RedisResult, Value, cmd};
use std::net::TcpListener;
use std::path::Path;

/// One server of a form.
pub(crate) struct Node {
    port: u16,
    password: String,
    keeper: Keeper,
}

/// Ports that are free at the moment, and below those that the kernel gives to whoever connects: one
/// of those may be taken again before the server has it.
fn free_ports<const N: usize>() -> [u16; N] {
    let held = std::array::from_fn::<_, N, _>(|_| {
        std::iter::repeat_with(|| rand::random_range(10_000..32_000_u16))
            .find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok())
            .expect("a port")
    });
    held.map(|listener| listener.local_addr().expect("an address").port())
}

impl Node {
    fn start(
        password: &str,
        program: &[&str],
        make: impl FnOnce(&Path, u16) -> Vec<String>,
    ) -> Self {
        let (folder, _) = fresh_folder();
        let [port] = free_ports();
        let owner = Owner::of_servers();
        let options = make(&folder, port);
        owner.give(&folder);
        let mut command = owner.command(program[0]);
        command.extend(program[1..].iter().map(|word| (*word).to_owned()));
        command.extend(options);
        Self {
            port,
            password: password.to_owned(),
            keeper: Keeper::start(&folder, "TERM", &command),
        }
    }

    /// A server that keeps nothing on disk.
    fn server(password: &str, more: &[(&str, &str)]) -> Self {
        Self::start(password, &["redis-server"], |folder, port| {
            let (port, folder) = (port.to_string(), folder.to_string_lossy());
            let always = [
                ("--port", port.as_str()),
                ("--bind", "127.0.0.1"),
                ("--dir", &folder),
                ("--save", ""),
                ("--appendonly", "no"),
                ("--daemonize", "no"),
                ("--requirepass", password),
                ("--masterauth", password),
                ("--repl-diskless-sync-delay", "0"),
            ];
            let all = always.iter().chain(more);
            all.flat_map(|(option, value)| [(*option).to_owned(), (*value).to_owned()])
                .collect()
        })
    }

    /// Asks it something.
    pub(crate) async fn ask<T: FromRedisValue>(&self, cmd: &Cmd) -> RedisResult<T> {
        let url = format!("redis://:{}@127.0.0.1:{}", self.password, self.port);
        let client = redis::Client::open(url)?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        cmd.query_async(&mut connection).await
    }

    async fn ready(&self) {
        until("a Redis answers", async || {
            let info: RedisResult<redis::InfoDict> = self.ask(cmd("INFO").arg("server")).await;
            info.is_ok_and(|info| info.get("process_id") == Some(self.keeper.pid()))
        })
        .await;
    }

    pub(crate) async fn is_primary(&self) -> bool {
        let role: RedisResult<Vec<Value>> = self.ask(&cmd("ROLE")).await;
        matches!(role.as_deref(), Ok([Value::BulkString(role), ..]) if role == b"master")
    }

    async fn info_holds(&self, section: &str, words: &str) -> bool {
        let info: RedisResult<String> = self.ask(cmd("INFO").arg(section)).await;
        info.is_ok_and(|info| info.contains(words))
    }

    /// How many listen to patterns here.
    pub(crate) async fn listeners(&self) -> usize {
        let list: RedisResult<String> = self
            .ask(cmd("CLIENT").arg("LIST").arg("TYPE").arg("PUBSUB"))
            .await;
        list.map_or(0, |list| list.matches("psub=1").count())
    }
}

fn password() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// What every form can do.
pub(crate) trait RedisForm {
    /// `REDIS_URL`.
    fn url(&self) -> String;
    /// Its servers, dead or alive.
    fn nodes(&self) -> &[Node];
    /// The number of the server that holds a mission now, as clients learn it, if it is another one
    /// than this.
    async fn primary_of(&self, mission: &MissionCode, but: Option<usize>) -> Option<usize>;
    /// Kills a server, as a crash would.
    fn kill(&mut self, number: usize);
    /// Freezes a server: its connections stay open and nothing answers.
    fn freeze(&self, number: usize);
    /// How many listen to patterns, all servers together.
    async fn listeners(&self, but: usize) -> usize {
        let mut all = 0;
        for (number, node) in self.nodes().iter().enumerate() {
            if number != but {
                all += node.listeners().await;
            }
        }
        all
    }
}

/// A primary, its replica and three sentinels.
pub(crate) struct Sentinel {
    servers: Vec<Node>,
    sentinels: Vec<Node>,
}

impl Sentinel {
    pub(crate) async fn start() -> Self {
        let (secret, own) = (password(), password());
        let primary = Node::server(&secret, &[]);
        primary.ready().await;
        let of = format!("127.0.0.1 {}", primary.port);
        let replica = Node::server(&secret, &[("--replicaof", &of)]);
        replica.ready().await;
        until("the replica follows", async || {
            replica
                .info_holds("replication", "master_link_status:up")
                .await
        })
        .await;
        let sentinels: Vec<Node> = (0..3)
            .map(|_| {
                Node::start(&own, &["redis-server"], |folder, port| {
                    let file = folder.join("sentinel.conf");
                    let dir = folder.display();
                    let main = primary.port;
                    let text = format!(
                        "port {port}\nbind 127.0.0.1\ndir {dir}\nrequirepass {own}\n\
                         sentinel sentinel-pass {own}\n\
                         sentinel monitor main 127.0.0.1 {main} 2\n\
                         sentinel auth-pass main {secret}\n\
                         sentinel down-after-milliseconds main 700\n\
                         sentinel failover-timeout main 4000\n"
                    );
                    std::fs::write(&file, text).expect("a file");
                    Owner::of_servers().give(&file);
                    vec![file.display().to_string(), "--sentinel".to_owned()]
                })
            })
            .collect();
        for sentinel in &sentinels {
            sentinel.ready().await;
            until(
                "the sentinels know each other and the replica",
                async || {
                    sentinel.info_holds("sentinel", "status=ok").await
                        && sentinel
                            .info_holds("sentinel", "slaves=1,sentinels=3")
                            .await
                },
            )
            .await;
        }
        Self {
            servers: vec![primary, replica],
            sentinels,
        }
    }
}

impl RedisForm for Sentinel {
    fn url(&self) -> String {
        let hosts: Vec<String> = self
            .sentinels
            .iter()
            .map(|sentinel| format!("127.0.0.1:{}", sentinel.port))
            .collect();
        format!(
            "redis+sentinel://:{}@{}/main?sentinel_password={}",
            self.servers[0].password,
            hosts.join(","),
            self.sentinels[0].password
        )
    }

    fn nodes(&self) -> &[Node] {
        &self.servers
    }

    /// The one the sentinels name, if it says so itself.
    async fn primary_of(&self, _: &MissionCode, but: Option<usize>) -> Option<usize> {
        for sentinel in &self.sentinels {
            let named: RedisResult<(String, u16)> = sentinel
                .ask(cmd("SENTINEL").arg("GET-MASTER-ADDR-BY-NAME").arg("main"))
                .await;
            let Ok((_, port)) = named else { continue };
            let number = self.servers.iter().position(|node| node.port == port)?;
            if Some(number) != but && self.servers[number].is_primary().await {
                return Some(number);
            }
        }
        None
    }

    fn kill(&mut self, number: usize) {
        self.servers[number].keeper.stop("KILL");
    }

    fn freeze(&self, number: usize) {
        self.servers[number].keeper.signal("STOP");
    }
}

/// Three primaries with a replica each.
pub(crate) struct Cluster {
    nodes: Vec<Node>,
}

const PRIMARIES: usize = 3;

impl Cluster {
    pub(crate) async fn start() -> Self {
        let secret = password();
        let nodes: Vec<Node> = (0..2 * PRIMARIES)
            .map(|_| {
                let [bus] = free_ports();
                Node::server(
                    &secret,
                    &[
                        ("--cluster-enabled", "yes"),
                        ("--cluster-port", &bus.to_string()),
                        ("--cluster-node-timeout", "1000"),
                        ("--cluster-require-full-coverage", "no"),
                        ("--cluster-replica-validity-factor", "0"),
                    ],
                )
            })
            .collect();
        let cluster = Self { nodes };
        cluster.join().await;
        cluster
    }

    async fn join(&self) {
        let tell = async |node: &Node, words: &[&str]| {
            let mut command = cmd("CLUSTER");
            command.arg(words);
            let () = node.ask(&command).await.expect("the cluster is being made");
        };
        let mut names = Vec::new();
        for (number, node) in self.nodes.iter().enumerate() {
            node.ready().await;
            tell(node, &["SET-CONFIG-EPOCH", &(number + 1).to_string()]).await;
            if number < PRIMARIES {
                let slots = |n: usize| n * 16_384 / PRIMARIES;
                let (first, last) = (slots(number), slots(number + 1) - 1);
                tell(
                    node,
                    &["ADDSLOTSRANGE", &first.to_string(), &last.to_string()],
                )
                .await;
            }
            let name: String = node.ask(cmd("CLUSTER").arg("MYID")).await.expect("a name");
            names.push(name);
        }
        for node in &self.nodes[1..] {
            let bus: Vec<String> = node
                .ask(cmd("CONFIG").arg("GET").arg("cluster-port"))
                .await
                .expect("its bus");
            tell(
                &self.nodes[0],
                &["MEET", "127.0.0.1", &node.port.to_string(), &bus[1]],
            )
            .await;
        }
        let known = format!("cluster_known_nodes:{}", self.nodes.len());
        self.all_say(&known).await;
        for (replica, primary) in self.nodes[PRIMARIES..].iter().zip(&names) {
            tell(replica, &["REPLICATE", primary]).await;
        }
        for replica in &self.nodes[PRIMARIES..] {
            until("the replicas follow", async || {
                replica
                    .info_holds("replication", "master_link_status:up")
                    .await
            })
            .await;
        }
        self.all_say("cluster_state:ok").await;
        until("every node knows every replica", async || {
            let slots: RedisResult<String> = self.nodes[0].ask(cmd("CLUSTER").arg("NODES")).await;
            slots.is_ok_and(|nodes| {
                nodes.matches(" slave").count() + nodes.matches(",slave").count() == PRIMARIES
            })
        })
        .await;
    }

    async fn all_say(&self, words: &str) {
        for node in &self.nodes {
            until(words, async || {
                let info: RedisResult<String> = node.ask(cmd("CLUSTER").arg("INFO")).await;
                info.is_ok_and(|info| info.contains(words))
            })
            .await;
        }
    }
}

impl RedisForm for Cluster {
    fn url(&self) -> String {
        let hosts: Vec<String> = self.nodes[..PRIMARIES]
            .iter()
            .map(|node| format!("127.0.0.1:{}", node.port))
            .collect();
        format!(
            "redis+cluster://:{}@{}",
            self.nodes[0].password,
            hosts.join(",")
        )
    }

    fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The one that takes its keys without sending elsewhere.
    async fn primary_of(&self, mission: &MissionCode, but: Option<usize>) -> Option<usize> {
        let key = format!("{{{mission}}}");
        for (number, node) in self.nodes.iter().enumerate() {
            if Some(number) != but
                && node.is_primary().await
                && node.ask::<i64>(cmd("EXISTS").arg(&key)).await.is_ok()
            {
                return Some(number);
            }
        }
        None
    }

    fn kill(&mut self, number: usize) {
        self.nodes[number].keeper.stop("KILL");
    }

    fn freeze(&self, number: usize) {
        self.nodes[number].keeper.signal("STOP");
    }
}
