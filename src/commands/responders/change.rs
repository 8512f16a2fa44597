//! `msaada responder change`.

use super::{NotDone, email, found, is_mission, phone};
use crate::case::{MissionCode, Post, Role};
use crate::commands::Database;
use crate::store::{self, Phone, StoreError};

/// What is changed of a responder.
#[derive(Debug, clap::Args)]
pub struct Change {
    #[command(flatten)]
    database: Database,
    /// The address it signs in with
    #[arg(value_parser = email)]
    email: String,
    /// operator, officer, supervisor or administrator
    #[arg(long)]
    role: Option<Role>,
    /// `desk`, `duty_officer`, `head_of_section`, `head_of_mission`, `response_centre` or
    /// `principal_secretary`
    #[arg(long)]
    post: Option<Post>,
    /// The code of its mission, such as AE-DXB
    #[arg(long)]
    mission: Option<MissionCode>,
    /// The number that is texted when a clock lapses, in international form
    #[arg(long)]
    phone: Option<String>,
    /// It is not texted any more
    #[arg(long, conflicts_with = "phone")]
    no_phone: bool,
    /// On duty from now on
    #[arg(long)]
    on_duty: bool,
    /// Off duty from now on
    #[arg(long, conflicts_with = "on_duty")]
    off_duty: bool,
}

impl Change {
    pub(super) async fn make(self) -> Result<(), NotDone> {
        let number = self.phone.as_deref().map(phone).transpose()?;
        let unsaid = if self.no_phone {
            Phone::Goes
        } else {
            Phone::Stays
        };
        let change = store::Change {
            role: self.role,
            post: self.post,
            mission: self.mission,
            phone: number.map_or(unsaid, Phone::Is),
            on_duty: (self.on_duty || self.off_duty).then_some(self.on_duty),
        };
        if change.role == Some(Role::Wall) {
            return Err(NotDone::NoWall);
        }
        if change.is_nothing() {
            return Err(NotDone::Nothing);
        }
        let store = self.database.store()?;
        if let Some(mission) = &change.mission {
            is_mission(&store, mission).await?;
        }
        let changed = store.change_responder(&self.email, &change).await;
        // Of what is changed only the duty of a wall can be refused.
        if let Err(error) = &changed
            && error.is_of_data()
            && !matches!(error, StoreError::Stale { .. })
        {
            return Err(NotDone::Wall);
        }
        found(changed, &store, &self.email).await?;
        let again = if change.is_of_rights() {
            "; it signs in again"
        } else {
            ""
        };
        println!("{} is changed{again}.", self.email);
        Ok(())
    }
}
