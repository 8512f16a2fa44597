//! `msaada gazetteer compile`: makes the block of places that the program carries.

use crate::understand::gazetteer::compile;
use std::fs::File;
use std::io::{BufWriter, Read};
use std::path::PathBuf;

/// Compiles the list of places.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Compiles a tab-separated list (gzipped or not) into the block the program carries.
    Compile {
        /// The list.
        list: PathBuf,
        /// Where to write the block.
        out: PathBuf,
    },
}

/// Runs the command.
///
/// # Errors
/// A sentence that says what could not be read or written.
pub fn run(args: Args) -> Result<(), String> {
    let Command::Compile { list, out } = args.command;
    let file = File::open(&list).map_err(|e| format!("{}: {e}", list.display()))?;
    let gzipped = list.extension().is_some_and(|e| e == "gz");
    let reader: Box<dyn Read> = if gzipped {
        Box::new(flate2::read::GzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let block = File::create(&out).map_err(|e| format!("{}: {e}", out.display()))?;
    let compiled = compile::compile(reader, BufWriter::new(block)).map_err(|e| e.to_string())?;
    println!(
        "{} places under {} names, {} bytes",
        compiled.places, compiled.names, compiled.bytes
    );
    Ok(())
}
