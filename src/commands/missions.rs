//! `msaada missions`.

use super::Database;
use crate::store::StoreError;
use crate::understand::{LoadError, Understanding};
use std::path::PathBuf;

/// Loads or lists missions.
#[derive(Debug, clap::Subcommand)]
pub enum MissionCommand {
    /// Bring the missions in the database up to date with the list that reports are routed by: that
    /// of the folder of additions where it has one, else the one this program carries
    Load {
        /// Where.
        #[command(flatten)]
        database: Database,
        /// The folder of additions that the service reads, with a missions.csv of its own
        #[arg(long, env = "MSAADA_UNDERSTANDING_DIR")]
        additions: Option<PathBuf>,
    },
    /// List the missions in the database
    List(Database),
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum MissionsNotDone {
    /// The list cannot be read.
    #[error(transparent)]
    List(#[from] LoadError),
    /// PostgreSQL is away, or refuses a row.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Does it.
///
/// # Errors
/// [`MissionsNotDone`]; then nothing was loaded.
pub async fn missions(command: MissionCommand) -> Result<(), MissionsNotDone> {
    match command {
        MissionCommand::Load {
            database,
            additions,
        } => {
            let understanding = Understanding::load_from(additions.as_deref())?;
            let missions = understanding.missions();
            database.store()?.load_missions(missions).await?;
            eprintln!("{} missions are in the database.", missions.len());
        }
        MissionCommand::List(database) => {
            for mission in database.store()?.missions().await? {
                let takes = if mission.takes_cases {
                    ""
                } else {
                    "  (takes no cases)"
                };
                println!(
                    "{}  {}, {}{takes}",
                    mission.code, mission.name, mission.city
                );
            }
        }
    }
    Ok(())
}
