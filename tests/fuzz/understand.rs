//! Whatever a telephone sends: there is always an answer, and what it shows lies within the text.
//!
//! The first byte says how the bytes became characters on their way, as networks and telephones do it:
//! as they are, each byte a character, or two bytes a character.
#![no_main]

use libfuzzer_sys::fuzz_target;
use msaada::case::{Channel, Number};
use msaada::understand::{Heard, Understanding};
use std::sync::LazyLock;

static UNDERSTANDING: LazyLock<Understanding> =
    LazyLock::new(|| Understanding::load().expect("carried by the program"));

fuzz_target!(|data: &[u8]| {
    let Some((way, bytes)) = data.split_first() else {
        return;
    };
    let text = match way % 4 {
        0 | 1 => String::from_utf8_lossy(bytes).into_owned(),
        2 => bytes.iter().copied().map(char::from).collect(),
        _ => {
            let units: Vec<u16> = bytes
                .chunks_exact(2)
                .map(|two| u16::from_be_bytes([two[0], two[1]]))
                .collect();
            String::from_utf16_lossy(&units)
        }
    };
    let from = if way / 4 % 2 == 0 {
        "+966500000001"
    } else {
        &text
    };
    let number = Number::read(from);
    let understood = UNDERSTANDING.understand(&Heard {
        number: Some(&number),
        ..Heard::words(&text, Channel::Sms)
    });
    let length = text.chars().count();
    for shown in &understood.evidence {
        let (start, end) = (shown.start as usize, shown.end as usize);
        assert!(start < end && end <= length, "{shown:?} in {length}");
    }
    assert!(understood.report || understood.kind.is_none());
    if let Some(place) = &understood.place {
        assert!(place.point.lat().is_finite() && place.point.lon().is_finite());
    }
    assert!(UNDERSTANDING.things_in(&text).len() <= 80);
    assert!(UNDERSTANDING.names_in(&text).len() <= 6);
});
