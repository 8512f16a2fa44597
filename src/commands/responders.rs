//! `msaada responder`.

use super::Database;
use crate::case::{MissionCode, Number, Post, Role, Sealed};
use crate::clock::Clock;
use crate::desk::passwords;
use crate::store::{NewResponder, Store, StoreError};
use std::fmt::Write as _;
use uuid::Uuid;

/// Adds, lists and resets responders.
#[derive(Debug, clap::Subcommand)]
pub enum ResponderCommand {
    /// Add a responder; its password is printed once
    Add(Add),
    /// List the responders
    List(Database),
    /// Give a responder a new password, printed once, and end its sessions
    Reset {
        /// The database.
        #[command(flatten)]
        database: Database,
        /// The address it signs in with
        email: String,
    },
    /// Make a few first responders, if there are none; their passwords are printed once
    Seed(Database),
}

/// A responder to be added.
#[derive(Debug, clap::Args)]
pub struct Add {
    #[command(flatten)]
    database: Database,
    /// The address it signs in with
    #[arg(long)]
    email: String,
    /// Its name, as colleagues see it
    #[arg(long)]
    name: String,
    /// operator, officer, supervisor or administrator; or wall, for a big screen: it may only open
    /// /wall, stays signed in for 30 days, and is never on duty or texted
    #[arg(long)]
    role: Role,
    /// `desk`, `duty_officer`, `head_of_section`, `head_of_mission`, `response_centre` or
    /// `principal_secretary`
    #[arg(long, required_if_eq_any = [
        ("role", "operator"), ("role", "officer"), ("role", "supervisor"), ("role", "administrator"),
    ])]
    post: Option<Post>,
    /// The code of its mission, such as AE-DXB
    #[arg(long)]
    mission: MissionCode,
    /// The number that is texted when a clock lapses, in international form
    #[arg(long)]
    phone: Option<String>,
    /// On duty from now on
    #[arg(long)]
    on_duty: bool,
}

/// Why a responder was not added.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// PostgreSQL is away, or there is one already.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The number cannot be dialled.
    #[error("--phone: must be a number in international form, such as +254700000001")]
    Phone,
    /// A wall is nobody.
    #[error("--role wall: a wall takes no --phone and no --on-duty: nobody stands behind it")]
    Wall,
    /// The password could not be hashed.
    #[error(transparent)]
    Password(#[from] passwords::NotHashed),
}

/// Does it.
///
/// # Errors
/// [`NotDone`].
pub async fn responders(command: ResponderCommand, clock: &Clock) -> Result<(), NotDone> {
    match command {
        ResponderCommand::Add(add) => {
            if add.role == Role::Wall && (add.on_duty || add.phone.is_some()) {
                return Err(NotDone::Wall);
            }
            let store = add.database.store()?;
            let password = passwords::random();
            let new = NewResponder {
                email: add.email,
                name: add.name,
                role: add.role,
                post: add.post.unwrap_or(Post::Desk),
                mission: add.mission,
                password_hash: Some(passwords::hash(&password)?),
                phone: add.phone.as_deref().map(phone).transpose()?,
                on_duty: add.on_duty,
            };
            store
                .add_responder(&new, Uuid::new_v4(), clock.now())
                .await?;
            println!("{}  {}", new.email, password.expose());
        }
        ResponderCommand::List(database) => {
            for one in database.store()?.responders().await? {
                let duty = if one.on_duty { "  on duty" } else { "" };
                println!(
                    "{}  {:<28} {:<14} {:<20} {}{duty}",
                    one.mission, one.email, one.role, one.post, one.name
                );
            }
        }
        ResponderCommand::Reset { database, email } => {
            let password = passwords::random();
            let hash = passwords::hash(&password)?;
            database.store()?.set_password(&email, &hash).await?;
            println!("{email}  {}", password.expose());
        }
        ResponderCommand::Seed(database) => {
            let store = database.store()?;
            if store.responders().await?.is_empty() {
                print!("{}", seed(&store, clock).await?);
            }
        }
    }
    Ok(())
}

fn phone(written: &str) -> Result<Sealed<String>, NotDone> {
    let number = Number::read(written);
    if number.dialable() {
        Ok(Sealed::new(number.expose().to_owned()))
    } else {
        Err(NotDone::Phone)
    }
}

/// The first responders: address, name, role, post, mission, telephone.
const FIRST: &[(&str, &str, Role, Post, &str, &str)] = &[
    (
        "officer@dubai.example",
        "Consular officer, Dubai",
        Role::Officer,
        Post::Desk,
        "AE-DXB",
        "+254700000101",
    ),
    (
        "duty@dubai.example",
        "Duty officer, Dubai",
        Role::Officer,
        Post::DutyOfficer,
        "AE-DXB",
        "+254700000102",
    ),
    (
        "head@dubai.example",
        "Head of mission, Dubai",
        Role::Supervisor,
        Post::HeadOfMission,
        "AE-DXB",
        "+254700000103",
    ),
    (
        "operator@centre.example",
        "Operator, response centre",
        Role::Operator,
        Post::ResponseCentre,
        "KE-NBO",
        "+254700000104",
    ),
    (
        "administrator@centre.example",
        "Administrator",
        Role::Administrator,
        Post::Desk,
        "KE-NBO",
        "+254700000105",
    ),
];

/// The last rung: a line that is texted and never signs in.
const DUTY_LINE: (&str, &str, &str) = (
    "duty-line@ps.example",
    "Principal secretary's duty line",
    "+254700000106",
);

/// Makes the first responders, and tells their passwords: the only time anybody can read them.
async fn seed(store: &Store, clock: &Clock) -> Result<String, NotDone> {
    let mut told = String::from("\n  Responders (these passwords are shown once):\n\n");
    for (email, name, role, post, mission, number) in FIRST {
        let password = passwords::random();
        let new = NewResponder {
            email: (*email).to_owned(),
            name: (*name).to_owned(),
            role: *role,
            post: *post,
            mission: mission.parse().unwrap_or_else(|_| MissionCode::centre()),
            password_hash: Some(passwords::hash(&password)?),
            phone: Some(phone(number)?),
            on_duty: true,
        };
        store
            .add_responder(&new, Uuid::new_v4(), clock.now())
            .await?;
        let _ = writeln!(
            told,
            "    {email:<30} {}   {name}, phone {number}",
            password.expose()
        );
    }
    let (email, name, number) = DUTY_LINE;
    let line = NewResponder {
        email: email.to_owned(),
        name: name.to_owned(),
        role: Role::Supervisor,
        post: Post::PrincipalSecretary,
        mission: MissionCode::centre(),
        password_hash: None,
        phone: Some(phone(number)?),
        on_duty: true,
    };
    store
        .add_responder(&line, Uuid::new_v4(), clock.now())
        .await?;
    let _ = writeln!(
        told,
        "    {:<30} {:<23}   {name}, phone {number}\n",
        "(no sign-in)", ""
    );
    Ok(told)
}
