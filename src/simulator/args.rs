//! `msaada phones`: the simulator on the command line.

use super::{NotStarted, Options, start};
use crate::clock::Clock;
use std::time::Duration;

/// Shows phones in the browser, and stands in for the message service (for trying and testing only).
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the phones are shown and the gateway listens
    #[arg(long, env = "MSAADA_PHONES_LISTEN", default_value = "127.0.0.1:8090")]
    listen: String,
    /// Where the service is reached
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    webhook: String,
    /// The address the service believes it has, over which webhooks are signed
    #[arg(
        long,
        env = "MSAADA_PUBLIC_URL",
        default_value = "http://127.0.0.1:8080"
    )]
    public_url: String,
    /// The account of the gateway
    #[arg(long, env = "MSAADA_TWILIO_ACCOUNT_SID")]
    account_sid: String,
    /// Its token; of two separated by a comma the first
    #[arg(long, env = "MSAADA_TWILIO_AUTH_TOKENS", hide_env_values = true)]
    auth_token: String,
    /// The service's number
    #[arg(long, env = "MSAADA_TWILIO_FROM", default_value = "+254700000001")]
    number: String,
    /// Milliseconds between two states of a message
    #[arg(long, default_value_t = 400)]
    pace_ms: u64,
}

impl Args {
    /// Runs until Ctrl-C or a termination signal.
    ///
    /// # Errors
    /// [`NotStarted`].
    pub async fn run(self, clock: Clock) -> Result<(), NotStarted> {
        let token = self.auth_token.split(',').next().unwrap_or_default().trim();
        let options = Options {
            listen: self.listen,
            webhook: self.webhook,
            public_url: self.public_url,
            account_sid: self.account_sid,
            auth_token: token.to_owned().into(),
            number: self.number,
            pace: Duration::from_millis(self.pace_ms),
            clock,
        };
        let running = start(options)?;
        if !running.addr.ip().is_loopback() {
            tracing::warn!(
                "the phones are open to the network: whoever reaches them reads everything"
            );
        }
        println!("The phones are at {}", running.url());
        stopped().await;
        running.stop().await;
        Ok(())
    }
}

/// Waits for Ctrl-C or a termination signal.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        // Without signals it runs until it is killed, which does no harm to it.
        Err(_) => std::future::pending().await,
    }
}
