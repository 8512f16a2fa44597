use super::*;
use clap::builder::Resettable;
use clap::{Args, FromArgMatches};

/// Of these arguments alone: what is set for who runs the tests is not looked at.
fn with(arguments: &[&str]) -> Settings {
    let needed = [
        "msaada",
        "--database-url=postgres://localhost/msaada",
        "--redis-url=redis://localhost:6379",
        "--public-url=https://msaada.example",
        "--secret-file=/run/secret",
    ];
    let command = Settings::augment_args(clap::Command::new("msaada"));
    let command = command.mut_args(|argument| argument.env(Resettable::Reset));
    let matches = command.get_matches_from(needed.iter().chain(arguments));
    Settings::from_arg_matches(&matches).expect("settings")
}

#[test]
fn the_map_lies_on_tiles_or_on_a_style_and_the_page_may_ask_that_host_alone() {
    assert_eq!(with(&[]).tiles().expect("neither").origin, None);
    let tiles = with(&["--map-tiles=https://tiles.example/{z}/{x}/{y}.png"]);
    let tiles = tiles.tiles().expect("tiles");
    assert_eq!(tiles.origin.as_deref(), Some("https://tiles.example"));
    assert_eq!((tiles.url.is_some(), tiles.style.is_some()), (true, false));
    let style = with(&["--map-style=http://maps.example:8081/light/style.json"]);
    let style = style.tiles().expect("a style");
    assert_eq!(style.origin.as_deref(), Some("http://maps.example:8081"));
    assert_eq!((style.url.is_some(), style.style.is_some()), (false, true));
    for wrong in [
        &["--map-tiles=https://tiles.example/style.json"][..],
        &["--map-style=style.json"],
        &["--map-style=data:application/json,1"],
        &[
            "--map-style=https://maps.example/style.json",
            "--map-tiles=https://tiles.example/{z}/{x}/{y}.png",
        ],
    ] {
        assert!(with(wrong).tiles().is_err(), "{wrong:?}");
    }
}

#[test]
fn a_public_url_is_what_people_type_and_nothing_more() {
    let of = |url: &str| {
        let mut settings = with(&[]);
        url.clone_into(&mut settings.public_url);
        settings.public_url()
    };
    assert_eq!(
        of("https://msaada.example/").ok().as_deref(),
        Some("https://msaada.example")
    );
    assert!(of("https://msaada.example:8443/help").is_ok());
    for wrong in [
        "https://msaada.example/?a=b",
        "https://msaada.example/?",
        "https://msaada.example/#top",
        "https://user@msaada.example",
        "https://user:word@msaada.example",
    ] {
        let why = of(wrong).expect_err(wrong).to_string();
        assert!(
            why.starts_with("MSAADA_PUBLIC_URL: must hold no user"),
            "{why}"
        );
    }
}

#[test]
fn what_is_sent_from_is_a_number_or_a_messaging_service() {
    let service = format!("MG{}", "0a".repeat(16));
    for right in ["+254700000000", "+15005550006", &service] {
        assert!(is_sender(right, true), "{right}");
    }
    for wrong in [
        "",
        "254700000000",
        "+0254700000",
        "+2547 0000",
        "MG12",
        "MSAADA",
        "+",
    ] {
        assert!(!is_sender(wrong, true), "{wrong}");
    }
    assert!(!is_sender(&service, false), "WhatsApp has a number");
}
