//! Starts and stops.

use clap::{Parser, Subcommand};
use msaada::clock::Clock;
use msaada::{drill, simulator};
use std::process::ExitCode;

/// A 24-hour crisis response and dispatch service for a diaspora
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows phones in the browser and stands in for the message service (for trying and testing)
    Phones(simulator::Args),
    /// Plays a file of messages into a running service (never one that people use)
    Drill(drill::Args),
}

#[actix_web::main]
async fn main() -> ExitCode {
    let clock = Clock::default();
    let done: Result<ExitCode, Box<dyn std::error::Error>> = match Cli::parse().command {
        Command::Phones(args) => (args.run(clock).await)
            .map(|()| ExitCode::SUCCESS)
            .map_err(Into::into),
        Command::Drill(args) => args.run(clock).await.map_err(Into::into),
    };
    done.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}
