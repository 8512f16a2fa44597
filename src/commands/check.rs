//! `msaada check`: what is wrong with settings and connections.

use crate::config::Settings;
use crate::reach::Reach;
use crate::store::Store;
use crate::understand::Understanding;
use std::net::{TcpListener, ToSocketAddrs};

/// Checks everything a node needs, and says of each whether it is right. True if all is. `known` are
/// the names of all settings.
pub async fn check(settings: &Settings, known: &[String]) -> bool {
    let mut good = true;
    let mut say = |what: &str, result: Result<String, String>| match result {
        Ok(well) => println!("ok    {what}: {well}"),
        Err(wrong) => {
            good = false;
            println!("WRONG {what}: {wrong}");
        }
    };
    say("names", names(known));
    say(
        "secret",
        settings
            .mint()
            .map(|_| "can be read".to_owned())
            .map_err(|error| error.to_string()),
    );
    say(
        "public URL",
        settings.public_url().map_err(|error| error.to_string()),
    );
    say(
        "message service",
        match settings.messages() {
            Ok(Some(_)) => Ok("set up".to_owned()),
            Ok(None) => Ok("not set up: nobody can be texted".to_owned()),
            Err(error) => Err(error.to_string()),
        },
    );
    say(
        "rates",
        settings
            .rates()
            .map(|_| "can be read".to_owned())
            .map_err(|error| error.to_string()),
    );
    say(
        "map",
        match settings.tiles() {
            Ok(tiles) if tiles.origin.is_some() => Ok("lies on tiles of others".to_owned()),
            Ok(_) => Ok("carries its own countries".to_owned()),
            Err(error) => Err(error.to_string()),
        },
    );
    say("address", address(settings));
    let understanding = Understanding::load_from(settings.understanding_dir.as_deref());
    say(
        "understanding",
        match &understanding {
            Ok(all) => Ok(format!("{} missions", all.missions().len())),
            Err(error) => Err(error.to_string()),
        },
    );
    say(
        "dead-man's switch",
        match settings.deadman() {
            Ok(Some(_)) => Ok("set up".to_owned()),
            Ok(None) => Ok("not set up; nobody outside notices when all is silent".to_owned()),
            Err(error) => Err(error.to_string()),
        },
    );
    say("spool", spool(settings));
    say(
        "PostgreSQL",
        database(settings, understanding.ok().as_ref()).await,
    );
    say("Redis", redis(settings).await);
    good
}

/// Names that are no settings of this program: those of `./run` and of `docker-compose.yml`.
const OTHERS: [&str; 2] = ["MSAADA_PROFILE", "MSAADA_PUBLISH"];

/// Whether every name of the environment that looks like ours is one: a mistyped one is nobody's.
fn names(known: &[String]) -> Result<String, String> {
    let set = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut unknown: Vec<String> = set
        .filter(|name| name.starts_with("MSAADA_") && !OTHERS.contains(&name.as_str()))
        .filter(|name| !known.contains(name))
        .collect();
    unknown.sort();
    if unknown.is_empty() {
        Ok("every one that is set is known".to_owned())
    } else {
        let unknown = unknown.join(", ");
        Err(format!(
            "no setting is called {unknown}; see: msaada serve --help"
        ))
    }
}

/// Looks only: whoever checks may be another user than the service.
fn spool(settings: &Settings) -> Result<String, String> {
    let Some(folder) = &settings.spool_dir else {
        return Err(
            "not set up: without PostgreSQL reports are refused; set MSAADA_SPOOL_DIR".to_owned(),
        );
    };
    match std::fs::metadata(folder) {
        Ok(found) if found.is_dir() => Ok("the folder is there".to_owned()),
        Ok(_) => Err(format!("{} is no folder", folder.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok("the folder will be made at the start".to_owned())
        }
        Err(error) => Err(format!("{}: {error}", folder.display())),
    }
}

/// Whether this machine has it. The port may be taken, by the service itself.
fn address(settings: &Settings) -> Result<String, String> {
    let wrong = |error: std::io::Error| format!("MSAADA_LISTEN: {}: {error}", settings.listen);
    let mut found = settings.listen.to_socket_addrs().map_err(wrong)?;
    let first = found
        .next()
        .ok_or_else(|| wrong(std::io::ErrorKind::AddrNotAvailable.into()))?;
    TcpListener::bind((first.ip(), 0)).map_err(wrong)?;
    Ok(first.to_string())
}

async fn database(
    settings: &Settings,
    understanding: Option<&Understanding>,
) -> Result<String, String> {
    let store = Store::lazy(&settings.database_url, 4).map_err(|error| {
        format!("DATABASE_URL: {error}; it must be such as postgres://msaada:password@host/msaada")
    })?;
    store.ping().await.map_err(|error| error.to_string())?;
    let missions = store
        .missions()
        .await
        .map_err(|error| format!("{error}; run: msaada migrate"))?;
    if missions.is_empty() {
        return Err("there are no missions; run: msaada missions load".to_owned());
    }
    let listed = understanding.map_or(&[][..], Understanding::missions);
    let lacks = |code| !missions.iter().any(|mission| mission.code == code);
    if let Some(new) = listed.iter().find(|one| lacks(one.code.clone())) {
        return Err(format!(
            "{} is in the list of missions and not in the database; run: msaada missions load",
            new.code
        ));
    }
    let on_duty = store
        .responders()
        .await
        .map_err(|error| error.to_string())?
        .iter()
        .filter(|one| one.on_duty)
        .count();
    if on_duty == 0 {
        return Err("nobody is on duty: clocks will lapse with nobody to tell".to_owned());
    }
    Ok(format!("{} missions, {on_duty} on duty", missions.len()))
}

async fn redis(settings: &Settings) -> Result<String, String> {
    let form = settings.redis().map_err(|error| error.to_string())?;
    let name = form.name();
    let mut reach = Reach::new(form);
    let ping = redis::cmd("PING").query_async::<()>(&mut reach).await;
    ping.map(|()| format!("{name}, answers"))
        .map_err(|error| format!("{name}: {error}"))
}
