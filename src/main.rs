//! Starts and stops.

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use msaada::clock::Clock;
use msaada::commands::{self, Database, MissionCommand, ResponderCommand};
use msaada::config::{Settings, without_empty};
use msaada::understand::Understanding;
use msaada::{bench, drill, service, simulator, telemetry};
use std::collections::BTreeSet;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

/// A 24-hour crisis response and dispatch service for a diaspora
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The service
    Serve(Box<Settings>),
    /// Bring the database's schema up to date
    Migrate(Database),
    /// Load or list missions
    #[command(subcommand, alias = "mission")]
    Missions(MissionCommand),
    /// Add, change, list and reset responders, and make them inactive
    #[command(subcommand)]
    Responder(ResponderCommand),
    /// Say what is wrong with settings and connections
    Check(Box<Settings>),
    /// Show phones in the browser and stand in for the message service (for trying and testing)
    Phones(simulator::Args),
    /// Play a file of messages into a running service
    Drill(drill::Args),
    /// Measure the service on this machine, beside yardsticks
    Bench(bench::Args),
    /// Print what is understood of a text
    Understand(commands::understand::Args),
    /// Measure understanding on a folder of labelled corpora
    Evaluate(commands::evaluate::Args),
    /// Learn the linear model of understanding from phrases
    Learn(commands::learn::Args),
    /// Compile the list of places
    Gazetteer(commands::gazetteer::Args),
}

#[actix_web::main]
async fn main() -> ExitCode {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.len() == 1 {
        arguments.push("serve".into());
    }
    if arguments.get(1).is_some_and(|command| command == "drill") {
        arguments = drill::filled_in(arguments);
    }
    let matches = without_empty(Cli::command()).try_get_matches_from(arguments);
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return told(&error),
    };
    match run(cli.command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Tells what is wrong with the command line; settings are called by their names in the environment
/// too, where most of them come from.
fn told(error: &clap::Error) -> ExitCode {
    // Nobody is there to be told where this fails.
    let _ = error.print();
    let said = error.to_string();
    if error.use_stderr() {
        for (flag, name) in settings(&Cli::command()) {
            if said.contains(&format!("--{flag} ")) {
                eprintln!("In the environment, --{flag} is {name}.");
            }
        }
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Every flag of a command and its own commands that has a name in the environment, each once.
fn settings(command: &clap::Command) -> BTreeSet<(String, String)> {
    let own = command.get_arguments().filter_map(|argument| {
        let name = argument.get_env()?.to_str()?.to_owned();
        Some((argument.get_long()?.to_owned(), name))
    });
    own.chain(command.get_subcommands().flat_map(settings))
        .collect()
}

async fn run(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    let clock = Clock::default();
    match command {
        Command::Serve(settings) => return serve(&settings, clock).await,
        Command::Migrate(database) => database.store()?.migrate().await?,
        Command::Missions(command) => commands::missions(command).await?,
        Command::Responder(command) => commands::responders(command, &clock).await?,
        Command::Check(settings) => {
            let known = self::settings(&Cli::command());
            let known: Vec<String> = known.into_iter().map(|(_, name)| name).collect();
            if !commands::check(&settings, &known).await {
                return Ok(ExitCode::FAILURE);
            }
        }
        Command::Phones(args) => args.run(clock).await?,
        Command::Drill(args) => return Ok(args.run(clock).await?),
        Command::Bench(args) => return Ok(args.run(clock).await?),
        Command::Understand(args) => commands::understand::run(&args)?,
        Command::Evaluate(args) => commands::evaluate::run(&args)?,
        Command::Learn(args) => commands::learn::run(&args)?,
        Command::Gazetteer(args) => commands::gazetteer::run(args)?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(settings: &Settings, clock: Clock) -> Result<ExitCode, Box<dyn Error>> {
    telemetry::log(settings.log_json);
    let figures = telemetry::count()?;
    let listener = service::listen(settings)?;
    let folder = settings.understanding_dir.as_deref();
    let understanding = Arc::new(Understanding::load_from(folder)?);
    let running = service::start(settings, listener, clock, understanding, Some(figures))?;
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}
