//! Starts the command that was asked for.

use clap::Parser;
use msaada::commands::{evaluate, gazetteer, understand};

/// A 24-hour crisis response and dispatch service for a diaspora.
#[derive(Debug, Parser)]
#[command(version, about)]
enum Cli {
    /// Prints what is understood of a text.
    Understand(understand::Args),
    /// Measures how well messages are understood.
    Evaluate(evaluate::Args),
    /// Compiles the list of places.
    Gazetteer(gazetteer::Args),
}

fn main() -> std::process::ExitCode {
    let done = match Cli::parse() {
        Cli::Understand(args) => understand::run(&args),
        Cli::Evaluate(args) => evaluate::run(&args),
        Cli::Gazetteer(args) => gazetteer::run(args),
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            std::process::ExitCode::FAILURE
        }
    }
}
