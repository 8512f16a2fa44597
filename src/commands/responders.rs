//! `msaada responder`.

mod change;

use super::Database;
use crate::case::{MissionCode, Number, Post, Role, Sealed};
use crate::clock::Clock;
use crate::config::{WrongSetting, mint_of};
use crate::desk::{passwords, way_in};
use crate::store::{NewResponder, Store, StoreError};
use chrono::SecondsFormat;
use std::fmt::Write as _;
use std::path::PathBuf;
use uuid::Uuid;

/// Adds, changes, lists and resets responders, and makes them inactive.
#[derive(Debug, clap::Subcommand)]
pub enum ResponderCommand {
    /// Add a responder; its password is printed once
    Add(Add),
    /// Change the role, post, mission, number or duty of a responder
    Change(change::Change),
    /// Make a responder inactive, on the day it leaves: it is off duty, is not texted, and its sessions
    /// end
    Deactivate {
        /// The database.
        #[command(flatten)]
        database: Database,
        /// The address it signs in with
        #[arg(value_parser = email)]
        email: String,
    },
    /// Bring a responder back that was made inactive; a new password is printed once
    Activate {
        /// The database.
        #[command(flatten)]
        database: Database,
        /// The address it signs in with
        #[arg(value_parser = email)]
        email: String,
    },
    /// List the responders
    List(Database),
    /// Give a responder a new password, printed once, and end its sessions
    Reset {
        /// The database.
        #[command(flatten)]
        database: Database,
        /// The address it signs in with
        #[arg(value_parser = email)]
        email: String,
    },
    /// Print the word that lets a responder sign in, beside its password, while strangers' wrong
    /// passwords keep it out of browsers that are new to it
    LetIn {
        /// The database.
        #[command(flatten)]
        database: Database,
        /// The address it signs in with
        #[arg(value_parser = email)]
        email: String,
        /// File with the service's secret
        #[arg(long, env = "MSAADA_SECRET_FILE")]
        secret_file: PathBuf,
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
    #[arg(long, value_parser = email)]
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
    /// PostgreSQL is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address is taken.
    #[error(
        "There is a responder with the address {0} already: `msaada responder change` changes it, \
         `msaada responder activate` brings back one that was made inactive."
    )]
    Taken(String),
    /// There is nobody with this address.
    #[error("There is no responder with the address {0}. `msaada responder list` shows them.")]
    Nobody(String),
    /// It was made inactive.
    #[error("The responder {0} was made inactive. `msaada responder activate {0}` brings it back.")]
    Inactive(String),
    /// It is active.
    #[error("The responder {0} is active. `msaada responder reset {0}` gives it a new password.")]
    Active(String),
    /// There is no such mission.
    #[error("There is no mission {0} in the database. `msaada missions list` shows them.")]
    Mission(MissionCode),
    /// Nothing is to be changed.
    #[error("Say what to change; `msaada responder change --help` lists it.")]
    Nothing,
    /// The number cannot be dialled.
    #[error("--phone: must be a number in international form, such as +254700000001")]
    Phone,
    /// A wall is nobody.
    #[error("--role wall: a wall takes no --phone and no --on-duty: nobody stands behind it")]
    Wall,
    /// A wall is not made of a responder.
    #[error(
        "--role wall: a wall has an account of its own; `msaada responder add --role wall` makes it"
    )]
    NoWall,
    /// The secret cannot be read.
    #[error(transparent)]
    Secret(#[from] WrongSetting),
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
            is_mission(&store, &new.mission).await?;
            let added = store.add_responder(&new, Uuid::new_v4(), clock.now());
            added.await.map_err(|error| match error {
                StoreError::Twice(_) => NotDone::Taken(new.email.clone()),
                other => other.into(),
            })?;
            println!("{}  {}", new.email, password.expose());
        }
        ResponderCommand::Change(change) => change.make().await?,
        ResponderCommand::Deactivate { database, email } => {
            let store = database.store()?;
            let open = found(store.deactivate(&email).await, &store, &email).await?;
            println!("{email} is inactive. Open cases still in its hands: {open}");
        }
        ResponderCommand::Activate { database, email } => {
            let password = passwords::random();
            let hash = passwords::hash(&password)?;
            let store = database.store()?;
            found(store.activate(&email, &hash).await, &store, &email).await?;
            println!("{email}  {}", password.expose());
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
            let store = database.store()?;
            let set = store.set_password(&email, &hash).await;
            found(set, &store, &email).await?;
            println!("{email}  {}", password.expose());
        }
        ResponderCommand::LetIn {
            database,
            email,
            secret_file,
        } => {
            let mint = mint_of(&secret_file)?;
            match database.store()?.is_active(&email).await? {
                None => return Err(NotDone::Nobody(email)),
                Some(false) => return Err(NotDone::Inactive(email)),
                Some(true) => {}
            }
            let given = way_in::for_email(&mint, &email, clock.now());
            let until = given.until.to_rfc3339_opts(SecondsFormat::Secs, true);
            println!("{email}  {}  until {until}", given.word);
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

/// What became of a responder that was looked for by its address; where it was not found, why.
async fn found<T>(done: Result<T, StoreError>, store: &Store, email: &str) -> Result<T, NotDone> {
    let Err(StoreError::Stale { .. }) = done else {
        return Ok(done?);
    };
    Err(match store.is_active(email).await? {
        None => NotDone::Nobody(email.to_owned()),
        Some(false) => NotDone::Inactive(email.to_owned()),
        Some(true) => NotDone::Active(email.to_owned()),
    })
}

async fn is_mission(store: &Store, code: &MissionCode) -> Result<(), NotDone> {
    let missions = store.missions().await?;
    let known = missions.iter().any(|mission| mission.code == *code);
    known
        .then_some(())
        .ok_or_else(|| NotDone::Mission(code.clone()))
}

/// An address one can sign in with.
fn email(written: &str) -> Result<String, &'static str> {
    let written = written.trim().to_lowercase();
    let whole = written
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    let plain = |c: char| !c.is_whitespace() && !c.is_control();
    if whole && written.len() <= 254 && written.chars().all(plain) {
        Ok(written)
    } else {
        Err("must be an e-mail address, such as officer@dubai.example")
    }
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
