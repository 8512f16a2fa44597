//! The form in which Redis is run, as `REDIS_URL` says it.
//!
//! | form | URL |
//! |---|---|
//! | one server | `redis://[user:password@]host[:6379][/db]`, `redis+unix:///path/to/socket` |
//! | Sentinel | `redis+sentinel://[user:password@]host[:26379],host,…/NAME[/db][?sentinel_password=…]` |
//! | Cluster | `redis+cluster://[user:password@]host[:6379],host,…` |
//!
//! User and password are those of the servers that hold data. A wrong URL is never repeated in an
//! error, since it may hold a password.

use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo};

/// A form, and where it is.
#[derive(Clone)]
pub enum Form {
    /// One server.
    One(Client),
    /// A primary that sentinels know.
    Sentinel(Sentinels),
    /// A cluster.
    Cluster {
        /// Some of its nodes; the others are learned from them.
        seeds: Vec<Client>,
        /// How to sign in at its nodes.
        login: RedisConnectionInfo,
    },
}

/// A primary that sentinels know.
#[derive(Clone)]
pub struct Sentinels {
    /// Who knows it.
    pub(super) who: Vec<Client>,
    /// What they call it.
    pub(super) name: String,
    /// How to sign in at it.
    pub(super) login: RedisConnectionInfo,
}

/// What is wrong with the URL of Redis, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WrongForm(String);

const FORMS: &str = "write redis://host:6379 or redis+unix:///path/to/socket for one server, \
     redis+sentinel://host:26379,host:26379/NAME for Sentinel, \
     redis+cluster://host:6379,host:6379 for Cluster";

fn wrong(why: impl std::fmt::Display) -> WrongForm {
    WrongForm(format!("{why}; {FORMS}"))
}

impl Form {
    /// What to call it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::One(_) => "one server".to_owned(),
            Self::Sentinel(by) => {
                format!("Sentinel ({} named, primary {})", by.who.len(), by.name)
            }
            Self::Cluster { seeds, .. } => format!("Cluster ({} nodes named)", seeds.len()),
        }
    }
}

impl std::str::FromStr for Form {
    type Err = WrongForm;

    fn from_str(url: &str) -> Result<Self, WrongForm> {
        if let Some(rest) = url.strip_prefix("redis+sentinel://") {
            return sentinel(rest);
        }
        if let Some(rest) = url.strip_prefix("redis+cluster://") {
            return cluster(rest);
        }
        if url.starts_with("rediss") || url.starts_with("valkeys") {
            return Err(wrong(
                "TLS to Redis is not built in: use a private network or a tunnel",
            ));
        }
        Ok(Self::One(client(url)?))
    }
}

fn sentinel(rest: &str) -> Result<Form, WrongForm> {
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (servers, path) = rest
        .split_once('/')
        .filter(|(_, path)| !path.is_empty())
        .ok_or_else(|| wrong("the name of the primary is missing, as its sentinels call it"))?;
    let (name, db) = path.split_once('/').unwrap_or((path, "0"));
    let (login, hosts) = servers.rsplit_once('@').unwrap_or(("", servers));
    let own = match query.split_once('=') {
        None if query.is_empty() => String::new(),
        Some(("sentinel_password", password)) if !password.contains(['&', '@', '/']) => {
            format!(":{password}")
        }
        _ => return Err(wrong("after ? only sentinel_password=… may stand")),
    };
    Ok(Form::Sentinel(Sentinels {
        who: clients(&own, hosts, 26_379)?,
        name: name.to_owned(),
        login: info(&server(login, "primary:6379", db))?
            .redis_settings()
            .clone(),
    }))
}

fn cluster(rest: &str) -> Result<Form, WrongForm> {
    let (servers, path) = rest.split_once('/').unwrap_or((rest, ""));
    if !matches!(path, "" | "0") {
        return Err(wrong("a cluster has no databases"));
    }
    let (login, hosts) = servers.rsplit_once('@').unwrap_or(("", servers));
    Ok(Form::Cluster {
        seeds: clients(login, hosts, 6_379)?,
        login: info(&server(login, "node:6379", "0"))?
            .redis_settings()
            .clone(),
    })
}

fn clients(login: &str, hosts: &str, port: u16) -> Result<Vec<Client>, WrongForm> {
    hosts
        .split(',')
        .map(|host| {
            if host.is_empty() {
                return Err(wrong("a host is missing"));
            }
            // An IPv6 address stands in brackets, and has colons of its own.
            let has_port = host.rfind(':') > host.rfind(']');
            let host = if has_port {
                host.to_owned()
            } else {
                format!("{host}:{port}")
            };
            client(&server(login, &host, "0"))
        })
        .collect()
}

fn server(login: &str, host: &str, db: &str) -> String {
    let at = if login.is_empty() { "" } else { "@" };
    format!("redis://{login}{at}{host}/{db}")
}

fn info(url: &str) -> Result<ConnectionInfo, WrongForm> {
    // Only what kind of error it is: its detail may repeat the URL.
    url.into_connection_info()
        .map_err(|_| wrong("a part of the URL cannot be read"))
}

fn client(url: &str) -> Result<Client, WrongForm> {
    Client::open(info(url)?).map_err(|_| wrong("a part of the URL cannot be used"))
}

/// A server that others told of.
pub(super) fn told(host: &str, port: u16, login: &RedisConnectionInfo) -> Option<Client> {
    let info = format!("redis://told:{port}").into_connection_info().ok()?;
    let addr = ConnectionAddr::Tcp(host.to_owned(), port);
    Client::open(info.set_addr(addr).set_redis_settings(login.clone())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(clients: &[Client]) -> Vec<String> {
        clients
            .iter()
            .map(|client| client.get_connection_info().addr().to_string())
            .collect()
    }

    #[test]
    fn each_form_has_its_url() {
        let one: Form = "redis://:secret@cache/2".parse().expect("one server");
        let Form::One(client) = one else {
            panic!("not one server")
        };
        assert_eq!(
            client.get_connection_info().addr().to_string(),
            "cache:6379"
        );
        let sentinel: Form =
            "redis+sentinel://app:secret@a,b:1234,[::1]/main/3?sentinel_password=other"
                .parse()
                .expect("Sentinel");
        let Form::Sentinel(Sentinels {
            who: sentinels,
            name,
            login,
        }) = sentinel
        else {
            panic!("not Sentinel")
        };
        assert_eq!(addresses(&sentinels), ["a:26379", "b:1234", "::1:26379"]);
        let own = sentinels[0].get_connection_info().redis_settings();
        assert_eq!((own.username(), own.password()), (None, Some("other")));
        assert_eq!((name.as_str(), login.db()), ("main", 3));
        assert_eq!(login.username(), Some("app"));
        assert_eq!(login.password(), Some("secret"));
        let cluster: Form = "redis+cluster://:secret@a,b:7000".parse().expect("Cluster");
        let Form::Cluster { seeds, login } = cluster else {
            panic!("not Cluster")
        };
        assert_eq!(addresses(&seeds), ["a:6379", "b:7000"]);
        assert_eq!(login.password(), Some("secret"));
    }

    #[test]
    fn a_wrong_url_is_told_how_to_be_right_and_never_repeated() {
        for url in [
            "localhost",
            "http://:secret@host",
            "rediss://:secret@host",
            "redis+sentinel://:secret@host",
            "redis+sentinel://:secret@host/",
            "redis+sentinel://host/main?password=secret",
            "redis+cluster://:secret@host/4",
            "redis+cluster://:secret@",
            "redis+cluster://:secret@host:notaport",
        ] {
            let Err(error) = url.parse::<Form>() else {
                panic!("{url} was taken")
            };
            let error = error.to_string();
            assert!(error.contains("redis+sentinel://"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
