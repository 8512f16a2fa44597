//! This binary as a node: the whole service, under a wall clock that the harness can step.
//!
//! The offset of the clock stands in a file beside the log, so that it outlives a kill; where the
//! node listens is written to another as soon as it does.

use crate::support::given::{UNDERSTANDING, unset};
use chrono::TimeDelta;
use clap::{CommandFactory, FromArgMatches, Parser};
use msaada::clock::Clock;
use msaada::config::Settings;
use msaada::{service, telemetry};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Written by the harness: microseconds by which the wall clock is off.
pub(crate) const OFFSET: &str = "offset";
/// Written by the node: its URL.
pub(crate) const URL: &str = "url";
/// How often the offset is looked at.
const LOOK: Duration = Duration::from_millis(10);

#[derive(Parser)]
struct Line {
    /// Where offset and URL are written.
    #[arg(long)]
    folder: PathBuf,
    #[command(flatten)]
    settings: Settings,
}

/// Runs until it is told to stop.
pub(crate) fn run(arguments: impl Iterator<Item = String>) {
    let matches = unset(Line::command()).get_matches_from(arguments);
    let line = Line::from_arg_matches(&matches).expect("settings");
    actix_web::rt::System::new().block_on(serve(line));
}

async fn serve(Line { folder, settings }: Line) {
    telemetry::log(false);
    let clock = Clock::default();
    let mut offset = step(&clock, &folder, 0);
    let listener = service::listen(&settings).expect("a port");
    let address = listener.local_addr().expect("an address");
    let node = service::start(
        &settings,
        listener,
        clock.clone(),
        UNDERSTANDING.clone(),
        None,
    )
    .expect("the node starts");
    let written = folder.join("url.new");
    std::fs::write(&written, format!("http://{address}")).expect("the folder is ours");
    std::fs::rename(written, folder.join(URL)).expect("the folder is ours");
    let mut terminate = signal(SignalKind::terminate()).expect("signals can be heard");
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = look.tick() => offset = step(&clock, &folder, offset),
        }
    }
    node.stop().await;
}

/// Moves the clock to the offset that is asked for.
fn step(clock: &Clock, folder: &Path, offset: i64) -> i64 {
    let asked = std::fs::read_to_string(folder.join(OFFSET)).ok();
    let asked = asked.and_then(|text| text.parse().ok()).unwrap_or(offset);
    if asked != offset {
        clock.step(TimeDelta::microseconds(asked - offset));
    }
    asked
}
