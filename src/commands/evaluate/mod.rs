//! `msaada evaluate DIR`: how well messages are understood, beside what must be reached.
//!
//! Reads the corpora of a directory (`messages*.jsonl`, `threads*.jsonl` and `eval/*.jsonl.gz`, whichever half of
//! them is there), prints every
//! figure with a bootstrap interval beside its yardstick and its target, and the worst mistakes.
//! It must never change what is understood: it only looks.

mod corpora;
mod figures;
mod messages;
mod threads;

use crate::understand::Understanding;
use figures::{Table, Target};
use serde::de::DeserializeOwned;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

const START: &str = "start, ms";
const MEMORY: &str = "memory of all that understanding needs, MB";

/// Measures understanding on the corpora of a directory.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The directory with `messages*.jsonl`, `threads*.jsonl` and `eval/`.
    dir: PathBuf,
    /// A directory of additions: places.tsv, lexicon/*.tsv, missions.csv.
    #[arg(long, env = "MSAADA_UNDERSTANDING_DIR")]
    additions: Option<PathBuf>,
    /// Mistakes shown for each figure.
    #[arg(long, default_value_t = 3)]
    mistakes: usize,
    /// Only figures whose name holds this.
    #[arg(long)]
    only: Option<String>,
    /// Measures one fold of the messages apart: those whose group falls into the last of so many.
    #[arg(long, default_value_t = 10)]
    folds: u8,
    /// Prints JSON instead of tables.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// A sentence that says what could not be read.
pub fn run(args: &Args) -> Result<(), String> {
    let begun = Instant::now();
    let understanding =
        Understanding::load_from(args.additions.as_deref()).map_err(|e| e.to_string())?;
    let loaded = begun.elapsed().as_secs_f64() * 1e3;
    let memory = resident();
    let mut table = Table::default();
    table.declare(START, "", Target::AtMost(1_000.0));
    table.number(START, loaded);
    table.declare(MEMORY, "", Target::AtMost(150.0));
    if let Some(megabytes) = memory {
        table.number(MEMORY, megabytes);
    }
    std::fs::read_dir(&args.dir).map_err(|e| format!("{}: {e}", args.dir.display()))?;
    let texts = messages::read(&args.dir, args.folds)?;
    messages::measure(&understanding, &texts, &mut table);
    threads::measure(&understanding, &args.dir, &texts, &mut table)?;
    corpora::measure(&understanding, &args.dir.join("eval"), &mut table)?;
    table.keep(args.only.as_deref());
    if args.json {
        println!("{}", table.json());
        return Ok(());
    }
    table.print();
    println!("all in {:.1} s", begun.elapsed().as_secs_f64());
    table.print_mistakes(args.mistakes);
    Ok(())
}

/// Resident memory in megabytes, where the system tells.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmRSS:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// The rows of a corpus, whichever half of it is there; none where there is no such file.
fn corpus<T: DeserializeOwned>(dir: &Path, name: &str) -> Result<Vec<T>, String> {
    let mut all = Vec::new();
    for path in files(dir, name) {
        all.extend(rows(&path)?);
    }
    Ok(all)
}

/// Every file of JSON lines of a directory that begins with this name (`geo_tweets_dev.jsonl.gz`), in order.
fn files(dir: &Path, name: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            file.starts_with(name) && (file.ends_with(".jsonl") || file.ends_with(".jsonl.gz"))
        })
        .collect();
    files.sort();
    files
}

/// The rows of a file of JSON lines, gzipped or not.
fn rows<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut text = String::new();
    let gzipped = path.extension().is_some_and(|e| e == "gz");
    let read = if gzipped {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text)
    } else {
        bytes.as_slice().read_to_string(&mut text)
    };
    read.map_err(|e| format!("{}: {e}", path.display()))?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| {
            serde_json::from_str(line)
                .map_err(|e| format!("{}, line {}: {e}", path.display(), at + 1))
        })
        .collect()
}
