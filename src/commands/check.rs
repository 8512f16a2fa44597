//! `msaada check`: what is wrong with settings and connections.

use crate::config::Settings;
use crate::reach::Reach;
use crate::store::Store;

/// Checks everything a node needs, and says of each whether it is right. True if all is.
pub async fn check(settings: &Settings) -> bool {
    let mut good = true;
    let mut say = |what: &str, result: Result<String, String>| match result {
        Ok(well) => println!("ok    {what}: {well}"),
        Err(wrong) => {
            good = false;
            println!("WRONG {what}: {wrong}");
        }
    };
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
            Ok(None) => Err("not set up: nobody can be texted; set MSAADA_TWILIO_*".to_owned()),
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
    say("PostgreSQL", database(settings).await);
    say("Redis", redis(settings).await);
    good
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

async fn database(settings: &Settings) -> Result<String, String> {
    let store = Store::lazy(&settings.database_url, 4).map_err(|error| error.to_string())?;
    store.ping().await.map_err(|error| error.to_string())?;
    let missions = store
        .missions()
        .await
        .map_err(|error| format!("{error}; run: msaada migrate"))?;
    if missions.is_empty() {
        return Err("there are no missions; run: msaada missions load".to_owned());
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
