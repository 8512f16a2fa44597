//! Starts and stops.

use clap::{Parser, Subcommand};
use msaada::clock::Clock;
use msaada::simulator;
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
}

#[actix_web::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Phones(args) => args.run(Clock::default()).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
