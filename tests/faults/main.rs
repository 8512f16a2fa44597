//! Faults, injured from a seed, with everything real: PostgreSQL, Redis, two nodes as processes, a
//! gateway, and clients that remember what they were told.
//!
//! ```text
//! ./test faults                         a few rounds
//! ./test faults long [ROUNDS [FIRST]]   200 of them, or as many as are asked for, two at a time; from this seed on
//! ./test faults seed N                  one of them
//! ```
//!
//! A round: reports come in on both nodes, over HTTP and as signed webhooks; responders at desks of
//! both nodes race for them and work; the clocks are seconds long, so that they climb. Meanwhile
//! processes are killed and frozen, connections cut, disks filled, clocks stepped, and the gateway
//! misbehaves. Then all is healed, the harness waits until nothing is under way, and compares what was
//! seen from outside with what is stored ([`checks`]). What a seed means is told in [`plan`].

mod chance;
mod checks;
mod desk;
mod facts;
mod injuries;
mod load;
mod node;
mod nodes;
mod officers;
mod plan;
mod quiet;
mod record;
mod round;
mod stalls;
mod table;
mod world;

#[expect(dead_code, reason = "the stories use more of it")]
mod support;

use plan::Plan;
use round::Outcome;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;
use table::Totals;

/// Rounds of the short form and of the long one.
const SHORT: u64 = 6;
const LONG: u64 = 200;
/// Rounds played at once.
const AT_ONCE: usize = 2;
/// Where the logs of the rounds are kept.
const LOGS: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/faults");

const USAGE: &str = "faults [short | long [ROUNDS [FIRST]] | seed N]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|word| word == "node") {
        node::run(arguments.into_iter().skip(1));
        return ExitCode::SUCCESS;
    }
    let words: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    let number = |word: &str| word.parse::<u64>().ok();
    let seeds: Vec<u64> = match words.as_slice() {
        [] | ["short"] => (1..=SHORT).collect(),
        ["long"] => (1..=LONG).collect(),
        ["long", rounds] if number(rounds).is_some() => {
            (1..=number(rounds).unwrap_or(LONG)).collect()
        }
        ["long", rounds, first] if number(rounds).is_some() && number(first).is_some() => {
            let first = number(first).unwrap_or(1);
            (first..first + number(rounds).unwrap_or(LONG)).collect()
        }
        ["seed", seed] if number(seed).is_some() => number(seed).into_iter().collect(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    run(seeds)
}

/// Plays the rounds, each in a thread and a runtime of its own, so that one that fails or hangs takes
/// no other with it.
fn run(seeds: Vec<u64>) -> ExitCode {
    let seeds = Arc::new(Mutex::new(seeds.into_iter()));
    let (tell_one, told) = mpsc::channel();
    for _ in 0..AT_ONCE {
        let (seeds, tell_one) = (seeds.clone(), tell_one.clone());
        thread::spawn(move || {
            let next = || seeds.lock().expect("nothing panics with it").next();
            while let Some(seed) = next() {
                let played = thread::spawn(move || play(seed)).join();
                if tell_one.send((seed, played)).is_err() {
                    return;
                }
            }
        });
    }
    drop(tell_one);
    let mut totals = Totals::default();
    for (seed, played) in told {
        if let Ok(outcome) = played {
            tell(&outcome);
            totals.add(&outcome);
        } else {
            println!("seed {seed}: the harness failed, see above");
            println!("    again: ./test faults seed {seed}");
            totals.broke(seed);
        }
    }
    println!("\n{}", totals.table());
    if totals.failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    totals.failed.sort_unstable();
    println!(
        "Seeds with findings: {:?}; their logs are in {LOGS}",
        totals.failed
    );
    ExitCode::FAILURE
}

fn play(seed: u64) -> Outcome {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        .build()
        .expect("a runtime")
        .block_on(round::play(Plan::of(seed), Path::new(LOGS)))
}

fn tell(outcome: &Outcome) {
    let Outcome {
        plan,
        findings,
        took,
        ..
    } = outcome;
    let phases = took.map(|phase| format!("{:.1}", phase.as_secs_f32()));
    println!(
        "seed {}: {} reports, {} cases, {} lapses, {} texts in {:.1} s ({}), {} findings",
        plan.seed,
        outcome.reports,
        outcome.cases,
        outcome.lapses.len(),
        outcome.texts,
        took.iter().sum::<Duration>().as_secs_f32(),
        phases.join(" + "),
        findings.len()
    );
    if findings.is_empty() {
        return;
    }
    for injury in &plan.injuries {
        println!("    {injury}");
    }
    for finding in findings.iter().take(12) {
        println!("  ! {finding}");
    }
    if findings.len() > 12 {
        println!("  ! and {} more", findings.len() - 12);
    }
    println!("    again: ./test faults seed {}", plan.seed);
}
