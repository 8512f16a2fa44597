//! What stands around the name of a place and says what it is there for.

use super::*;

#[test]
fn an_embassy_that_did_not_answer_is_not_where_she_is() {
    let u = texts(
        "embassy in Riyadh did not answer, she is in Abha",
        "+254700000001",
    );
    assert_eq!(place_of(&u), "Abha");
    let alone = texts("embassy in Riyadh did not answer", "+254700000001");
    assert!(alone.place.is_some_and(|p| !p.certain));
}

#[test]
fn newspapers_events_and_givers_are_no_places_in_a_text_nobody_sent() {
    let found = |text| {
        U.understand(&Heard {
            sent: false,
            ..Heard::words(text, Channel::Sms)
        })
    };
    for text in [
        "Read about it in the Los Angeles Times",
        "Please donate to the Calgary flood victims",
        "Msemaji wa White House amesema hivyo",
        "HELP US please, it is for @friend",
    ] {
        assert_eq!(place_of(&found(text)), "nowhere", "{text}");
    }
    assert_eq!(
        place_of(&found("Norway sends blankets to Lebanon")),
        "Lebanon"
    );
    let near = found("the bridge at Zzyrkos is gone, pray for them #ItalyQuake");
    assert_eq!(
        near.place.and_then(|p| p.country).map(|c| c.to_string()),
        Some("IT".into())
    );
    // Whoever writes to us of an event may be in it.
    assert_eq!(
        place_of(&texts(
            "lost everything in the Muscat floods",
            "+254700000001"
        )),
        "Muscat"
    );
}

#[test]
fn who_bombs_is_not_where_the_bombs_fall() {
    for (text, place) in [
        ("Israel is bombing Tyre and madam left me here", "Tyre"),
        (
            "fi israel 3m bto2sof dahieh w ana m7bouse bil beit",
            "Dahieh",
        ),
        ("they bomb Israel, my brother works in Ashkelon", "Ashkelon"),
        ("Israel attacks, my sister is near the border", "Israel"),
        ("Israel is attacked again, my brother hides", "Israel"),
    ] {
        let u = texts(text, "+254700000001");
        let told = place_of(&u);
        assert!(told.starts_with(place), "{text}: {told}");
    }
}
