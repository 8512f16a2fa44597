//! `msaada missions`.

use super::Database;
use crate::store::StoreError;
use crate::understand::Understanding;

/// Loads or lists missions.
#[derive(Debug, clap::Subcommand)]
pub enum MissionCommand {
    /// Bring the missions in the database up to date with the list this program carries
    Load(Database),
    /// List the missions in the database
    List(Database),
}

/// Does it.
///
/// # Errors
/// PostgreSQL is away.
pub async fn missions(
    command: MissionCommand,
    understanding: &Understanding,
) -> Result<(), StoreError> {
    match command {
        MissionCommand::Load(database) => {
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
