//! `msaada drill`: a file of messages, played into a running service through its real channels.
//!
//! It knows the service only from outside: the signed webhook, the public API, and a desk's feed. A
//! message that is refused or finds nobody is handed over again with the same id, as a provider set
//! up with retries would, so that a service killed in mid-drill loses nothing it acknowledged. It
//! must never be pointed at a service that people use: what it sends looks like pleas for help.

mod deliver;
mod desk;
mod here;
mod script;
mod table;

pub use here::filled_in;

use crate::case::Sealed;
use crate::clock::Clock;
use deliver::{Delivered, Gate};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

/// The most messages on their way at once; more wait for their turn.
const AT_ONCE: usize = 128;
/// How long the desk is watched after the last answer for cards that have not come.
const LAST_LOOK: Duration = Duration::from_secs(10);

/// Plays a file of messages into a running service (never one that people use).
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file: JSON lines with id, channel (sms, whatsapp, web), from, text, and perhaps thread and
    /// at (seconds since the thread began)
    file: PathBuf,
    /// How many times faster than written
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Seconds between messages that give no time
    #[arg(long, default_value_t = 10.0)]
    every: f64,
    /// Where the service is reached
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    to: String,
    /// The address the service believes it has; --to where none is given
    #[arg(long, env = "MSAADA_PUBLIC_URL")]
    public_url: Option<String>,
    /// The account webhooks come from
    #[arg(
        long,
        env = "MSAADA_TWILIO_ACCOUNT_SID",
        default_value = "AC00000000000000000000000000000000"
    )]
    account_sid: String,
    /// The token webhooks are signed with; of two separated by a comma the first
    #[arg(long, env = "MSAADA_TWILIO_AUTH_TOKENS", hide_env_values = true)]
    auth_token: Option<String>,
    /// The service's number
    #[arg(long, env = "MSAADA_TWILIO_FROM", default_value = "+254700000001")]
    number: String,
    /// Who watches the desk: a responder who sees all missions
    #[arg(long, env = "MSAADA_DRILL_EMAIL")]
    email: Option<String>,
    /// Her password
    #[arg(long, env = "MSAADA_DRILL_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// The phones (`msaada phones`), to count the texts that reached them
    #[arg(long)]
    gateway: Option<String>,
    /// Seconds a message is handed over again for, before it counts as lost
    #[arg(long, default_value_t = 120)]
    patience: u64,
    /// A name for this run; the same name again repeats the same messages, which must then open
    /// nothing new
    #[arg(long)]
    run: Option<String>,
    /// The service is on another machine, and nobody relies on it
    #[arg(long)]
    elsewhere: bool,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

/// Why a drill did not begin.
#[derive(Debug, thiserror::Error)]
pub enum NotBegun {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// The reason.
        source: script::Wrong,
    },
    /// A figure makes no sense.
    #[error("--speed and --every must be more than 0")]
    Speed,
    /// The service is on another machine.
    #[error(
        "{0} is not on this machine. What a drill sends looks like pleas for help: if nobody relies \
         on that service, add --elsewhere"
    )]
    Elsewhere(String),
    /// Texts cannot be signed.
    #[error("set MSAADA_TWILIO_AUTH_TOKENS (or --auth-token) to the service's, to sign its texts")]
    Token,
    /// The HTTP client.
    #[error("the HTTP client cannot be set up: {0}")]
    Http(reqwest::Error),
    /// The desk.
    #[error("the desk at {0}")]
    Desk(desk::NoDesk),
}

/// What became of one message.
struct Played {
    /// When it was first handed over.
    handed_at: Instant,
    outcome: Delivered,
}

impl Args {
    /// Plays the file. The exit code tells whether everything was acknowledged.
    ///
    /// # Errors
    /// [`NotBegun`].
    pub async fn run(self, clock: Clock) -> Result<ExitCode, NotBegun> {
        if !(self.speed > 0.0 && self.every > 0.0) {
            return Err(NotBegun::Speed);
        }
        if !self.elsewhere && !is_here(&self.to) {
            return Err(NotBegun::Elsewhere(self.to));
        }
        let path = self.file.display().to_string();
        let lines = script::read(&self.file, self.every)
            .map_err(|source| NotBegun::File { path, source })?;
        let gate = self.gate(&lines, &clock)?;
        let desk = match (&self.email, &self.password) {
            (Some(email), Some(password)) => {
                let password = Sealed::new(password.clone());
                Some(
                    desk::Desk::open(&gate.to, &gate.public_url, email, &password)
                        .await
                        .map_err(NotBegun::Desk)?,
                )
            }
            _ => None,
        };
        let texts_before = self.texts_so_far(&gate).await;
        let (played, unsent) = play(lines, self.speed, Arc::new(gate.clone())).await;
        let mut summary = table::Summary::of(&played, unsent);
        if let Some(desk) = desk {
            let seen = desk.look_until(&wanted(&played), LAST_LOOK).await;
            summary.add_desk(&played, &seen);
        }
        if let (Some(before), Some(after)) = (texts_before, self.texts_so_far(&gate).await) {
            summary.texts = Some(after.saturating_sub(before));
        }
        if self.json {
            println!("{}", serde_json::to_string(&summary).unwrap_or_default());
        } else {
            print!("{summary}");
        }
        Ok(if summary.all_acknowledged() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    fn gate(&self, lines: &[script::Line], clock: &Clock) -> Result<Gate, NotBegun> {
        let token = self.auth_token.as_deref().unwrap_or_default();
        let token = token
            .split(',')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned();
        if token.is_empty() && lines.iter().any(|line| line.channel.is_conversation()) {
            return Err(NotBegun::Token);
        }
        let to = self.to.trim_end_matches('/').to_owned();
        let run = self.run.clone().unwrap_or_else(|| {
            format!("{}-{:08x}", clock.now().timestamp(), rand::random::<u32>())
        });
        eprintln!("run {run}: {} messages", lines.len());
        Ok(Gate {
            http: deliver::client().map_err(NotBegun::Http)?,
            public_url: self
                .public_url
                .clone()
                .map_or_else(|| to.clone(), |url| url.trim_end_matches('/').to_owned()),
            to,
            account_sid: self.account_sid.clone(),
            token: token.into(),
            number: self.number.clone(),
            run,
            patience: Duration::from_secs(self.patience),
        })
    }

    /// Texts the phones have got so far.
    async fn texts_so_far(&self, gate: &Gate) -> Option<u64> {
        let url = format!(
            "{}/messages?since=0",
            self.gateway.as_ref()?.trim_end_matches('/')
        );
        let answer = gate.http.get(url).send().await.ok()?;
        let kept: serde_json::Value = answer.json().await.ok()?;
        let texts = kept["messages"].as_array()?.iter();
        let to_phones = texts.filter(|m| m["direction"] == "to_phone").count();
        u64::try_from(to_phones).ok()
    }
}

/// Whether a URL leads to this machine.
fn is_here(url: &str) -> bool {
    let Ok(url) = url.parse::<reqwest::Url>() else {
        return false;
    };
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = |ip: std::net::IpAddr| ip.is_loopback() || ip.is_unspecified();
    host == "localhost" || bare.parse().is_ok_and(is_loopback)
}

/// References and the moments from which the desk should have shown them.
fn wanted(played: &[Played]) -> Vec<(String, Instant)> {
    played
        .iter()
        .filter_map(|p| match &p.outcome {
            Delivered::Acknowledged { reference, .. } => Some((reference.clone()?, p.handed_at)),
            Delivered::Lost { .. } => None,
        })
        .collect()
}

/// Hands every line over at its time. Messages of one sender go one after the other, as a phone's
/// do. Ctrl-C ends it early; what was not handed over by then is counted.
async fn play(lines: Vec<script::Line>, speed: f64, gate: Arc<Gate>) -> (Vec<Played>, usize) {
    let bar = progress(lines.len());
    let began = tokio::time::Instant::now();
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut senders: HashMap<String, Arc<Mutex<()>>> = HashMap::new();
    let mut under_way = JoinSet::new();
    let total = lines.len();
    let mut handed = 0;
    for line in lines {
        let due = began + Duration::from_secs_f64(line.at / speed);
        tokio::select! {
            () = tokio::time::sleep_until(due) => {}
            _ = tokio::signal::ctrl_c() => break,
        }
        let turn = senders
            .entry(line.from.expose().clone())
            .or_default()
            .clone();
        let Ok(slot) = slots.clone().acquire_owned().await else {
            break;
        };
        let (gate, bar) = (gate.clone(), bar.clone());
        let turn = turn.lock_owned();
        handed += 1;
        under_way.spawn(async move {
            let _turn = turn.await;
            let handed_at = Instant::now();
            let outcome = gate
                .deliver(&line, |trouble| bar.set_message(trouble))
                .await;
            if matches!(outcome, Delivered::Acknowledged { .. }) {
                bar.set_message("");
            }
            bar.inc(1);
            drop(slot);
            Played { handed_at, outcome }
        });
    }
    let played = under_way.join_all().await;
    bar.finish_and_clear();
    (played, total - handed)
}

fn progress(length: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {elapsed} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length as u64).with_style(style)
}

#[cfg(test)]
mod tests;
