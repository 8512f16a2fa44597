//! What an administrator types: the schema, the missions, the responders, a check-up, and the windows
//! to what the service understands.

mod check;
pub mod evaluate;
pub mod gazetteer;
pub mod learn;
mod missions;
mod responders;
pub mod understand;

pub use check::check;
pub use missions::{MissionCommand, MissionsNotDone, missions};
pub use responders::{ResponderCommand, responders};

use crate::store::{Store, StoreError};

/// Where the database is.
#[derive(Debug, clap::Args)]
pub struct Database {
    /// PostgreSQL, as a URL: `postgres://user@host/database`
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
}

impl Database {
    /// The store.
    ///
    /// # Errors
    /// The URL cannot be read.
    pub fn store(&self) -> Result<Store, StoreError> {
        Store::lazy(&self.database_url, 4)
    }
}
