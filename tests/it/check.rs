//! `msaada check`: whoever sets a node up hears of what is wrong before it is started.

use crate::support::given::{ACCOUNT, OURS, TOKEN};
use crate::support::process::msaada;
use crate::support::world::World;
use uuid::Uuid;

/// What `msaada check` says with these settings in the environment, and whether all is right.
fn check(world: &World, more: &[(&str, &str)]) -> (bool, String) {
    let settings = world.settings();
    let spool = std::env::temp_dir().join(format!("msaada-{}", Uuid::new_v4()));
    let output = msaada()
        .arg("check")
        .env("DATABASE_URL", &settings.database_url)
        .env("REDIS_URL", &settings.redis_url)
        .env("MSAADA_SECRET_FILE", &settings.secret_file)
        .env("MSAADA_SPOOL_DIR", spool)
        .envs(more.iter().copied())
        .output()
        .expect("it can be started");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).expect("text");
    (output.status.success(), said)
}

#[tokio::test]
async fn a_setting_that_is_set_to_nothing_counts_as_not_set() {
    let world = World::start().await;
    let names = [
        "MSAADA_TWILIO_ACCOUNT_SID",
        "MSAADA_TWILIO_AUTH_TOKENS",
        "MSAADA_TWILIO_FROM",
        "MSAADA_TWILIO_WHATSAPP_FROM",
        "MSAADA_DEADMAN_URL",
        "MSAADA_RATES_FILE",
        "MSAADA_UNDERSTANDING_DIR",
        "MSAADA_MAP_TILES",
        "MSAADA_MAP_ATTRIBUTION",
        "MSAADA_LOG_JSON",
        "MSAADA_SESSION_HOURS",
        "MSAADA_SPOOL_MAX_BYTES",
        "MSAADA_LISTEN",
    ];
    let (right, said) = check(&world, &names.map(|name| (name, "")));
    assert!(right, "{said}");
    assert!(
        said.contains("ok    message service: not set up"),
        "none of the three is as good as all: {said}"
    );
    assert!(said.contains("ok    address: 127.0.0.1:8080"), "{said}");

    let (right, said) = check(&world, &[("MSAADA_SPOOL_DIR", "")]);
    assert!(!right && said.contains("WRONG spool: not set up"), "{said}");
    world.end().await;
}

#[tokio::test]
async fn what_a_node_would_not_start_with_is_said_beforehand() {
    let world = World::start().await;
    let folder = std::env::temp_dir().join(format!("msaada-{}", Uuid::new_v4()));
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("missions.csv"), "code,name\nAE-DXB\n").expect("a list");
    let list = folder.join("missions.csv");
    let file = list.to_str().expect("a path");
    // A lexicon that is no folder can be read by nobody.
    let other = std::env::temp_dir().join(format!("msaada-{}", Uuid::new_v4()));
    std::fs::create_dir(&other).expect("a folder");
    std::fs::write(other.join("lexicon"), "").expect("a file");
    let no_lexicon = other.to_str().expect("a path");
    let folder = folder.to_str().expect("a path");
    for (what, name, value) in [
        ("rates", "MSAADA_RATES_FILE", "/nowhere/rates.csv"),
        (
            "map",
            "MSAADA_MAP_TILES",
            "https://tiles.example/no-numbers",
        ),
        ("understanding", "MSAADA_UNDERSTANDING_DIR", folder),
        // An address for examples: no machine has it.
        ("address", "MSAADA_LISTEN", "192.0.2.1:8080"),
        ("message service", "MSAADA_TWILIO_FROM", OURS),
        (
            "understanding",
            "MSAADA_UNDERSTANDING_DIR",
            "/nowhere/words",
        ),
        ("understanding", "MSAADA_UNDERSTANDING_DIR", file),
        ("understanding", "MSAADA_UNDERSTANDING_DIR", no_lexicon),
        (
            "public URL",
            "MSAADA_PUBLIC_URL",
            "https://help.example/?a=b",
        ),
        (
            "public URL",
            "MSAADA_PUBLIC_URL",
            "https://me:word@help.example",
        ),
        ("names", "MSAADA_SPOOL_DIRECTORY", "/var/lib/msaada"),
        ("PostgreSQL", "DATABASE_URL", "foo"),
    ] {
        let (right, said) = check(&world, &[(name, value)]);
        let wrong: Vec<&str> = said.lines().filter(|l| !l.starts_with("ok ")).collect();
        assert!(!right, "{name}: {said}");
        assert!(
            matches!(wrong[..], [one] if one.starts_with(&format!("WRONG {what}: "))),
            "{name}: {said}"
        );
    }
    world.end().await;
}

#[tokio::test]
async fn what_texts_are_sent_from_is_a_number_or_a_messaging_service() {
    let world = World::start().await;
    let with = |from: &str| {
        check(
            &world,
            &[
                ("MSAADA_TWILIO_ACCOUNT_SID", ACCOUNT),
                ("MSAADA_TWILIO_AUTH_TOKENS", TOKEN),
                ("MSAADA_TWILIO_FROM", from),
            ],
        )
    };
    let (right, said) = with(OURS);
    assert!(
        right && said.contains("ok    message service: set up"),
        "{said}"
    );
    let (right, said) = with("254700000000");
    assert!(!right, "{said}");
    assert!(
        said.contains("WRONG message service: MSAADA_TWILIO_FROM: must be a number"),
        "{said}"
    );
    world.end().await;
}

#[test]
fn a_setting_that_is_missing_is_called_by_its_name_in_the_environment() {
    let output = msaada().arg("check").output().expect("it can be started");
    let said = String::from_utf8_lossy(&output.stderr);
    for name in ["MSAADA_SECRET_FILE", "DATABASE_URL", "REDIS_URL"] {
        assert!(said.contains(name), "{name}: {said}");
    }
    assert_eq!(output.status.code(), Some(2));
}
