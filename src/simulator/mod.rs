//! The phone simulator: a small network of phones with a Twilio-compatible gateway and a page to
//! hold the phones in one's hands.
//!
//! It stands in for the provider in local runs, drills and tests: it takes the same requests, checks
//! and answers as the provider does, delivers what phones write to the service's webhook with a
//! correct signature, and can be told to misbehave. It is never part of the service: it keeps what
//! people write in memory and shows it to whoever opens its page.

mod args;
mod carrier;
mod control;
mod faults;
mod gateway;
mod message;
mod network;
mod phones;

pub use args::Args;
pub use faults::{Callbacks, Faults, Mode};
pub use message::{Direction, Medium, Message};

use crate::case::Sealed;
use crate::clock::Clock;
use actix_web::{App, HttpServer, middleware, web};
use network::Network;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The largest request, in bytes.
const MAX_REQUEST: usize = 64 * 1024;

/// What the simulator needs to know.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens, such as `127.0.0.1:8090`; port 0 takes a free one.
    pub listen: String,
    /// Where the service is reached.
    pub webhook: String,
    /// The address the service believes it has, over which webhooks are signed.
    pub public_url: String,
    /// The account of the gateway.
    pub account_sid: String,
    /// Its token: for signing in, and for signing webhooks.
    pub auth_token: Sealed<String>,
    /// The service's number, as long as a phone has not been written to from another.
    pub number: String,
    /// The time between two states of a message (queued, sent, delivered).
    pub pace: Duration,
    /// The clock.
    pub clock: Clock,
}

/// Why it did not start.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// The address is taken or is none.
    #[error("the phones cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// TLS could not be set up.
    #[error("the system's certificates could not be read: {0}")]
    Tls(reqwest::Error),
}

/// A simulator that runs until it is dropped.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    network: Arc<Network>,
    server: actix_web::dev::ServerHandle,
}

/// Starts a simulator. It must be called within a runtime.
///
/// # Errors
/// [`NotStarted`].
pub fn start(options: Options) -> Result<Running, NotStarted> {
    let address = options.listen.clone();
    let not_listening = |source| NotStarted::Listen {
        address: address.clone(),
        source,
    };
    let network = Arc::new(Network::new(options).map_err(NotStarted::Tls)?);
    let data = web::Data::from(network.clone());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .app_data(web::PayloadConfig::new(MAX_REQUEST))
            .app_data(web::FormConfig::default().limit(MAX_REQUEST))
            .app_data(web::JsonConfig::default().limit(MAX_REQUEST))
            .wrap(middleware::DefaultHeaders::new().add(("Cache-Control", "no-store")))
            .configure(gateway::routes)
            .configure(phones::routes)
            .configure(control::routes)
    })
    .workers(1)
    .shutdown_timeout(1)
    .disable_signals()
    .bind(&address)
    .map_err(not_listening)?;
    let addr = *server.addrs().first().ok_or_else(|| {
        not_listening(std::io::Error::other(
            "the system gave no address to listen on",
        ))
    })?;
    network.own.get_or_init(|| format!("http://{addr}"));
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok(Running {
        addr,
        network,
        server: handle,
    })
}

impl Running {
    /// The base of its API, for `MSAADA_TWILIO_API`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Tells where the service is reached, and the address it believes it has; for tests, where the
    /// two need each other's port.
    pub fn serve(&self, webhook: &str, public_url: &str) {
        self.network.serve(webhook, public_url);
    }

    /// Makes it misbehave, or behave again.
    pub fn misbehave(&self, faults: Faults) {
        self.network.misbehave(faults);
    }

    /// The messages of a phone, oldest first, as far as they are remembered.
    #[must_use]
    pub fn messages(&self, phone: &str) -> Vec<Message> {
        self.network.of_phone(phone).0
    }

    /// Every message that is remembered, the newest first.
    #[must_use]
    pub fn all(&self) -> Vec<Message> {
        self.network.list(|_| true)
    }

    /// The phones there are.
    #[must_use]
    pub fn numbers(&self) -> Vec<String> {
        let phones = self.network.phones().into_iter();
        phones.map(|(number, _)| number).collect()
    }

    /// Hears of every message, as it is written and whenever something becomes of it.
    #[must_use]
    pub fn listen(&self) -> tokio::sync::broadcast::Receiver<Message> {
        self.network.listen()
    }

    /// Stops it; running requests get a second.
    pub async fn stop(self) {
        self.server.stop(true).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The request to stop is sent at once; only waiting for its end needs the future.
        drop(self.server.stop(false));
    }
}

#[cfg(test)]
mod tests;
