//! The simulator's memory, which is bounded.

use super::*;
use network::{MESSAGES, OF_A_PHONE, PHONES, Written};

fn network() -> Network {
    Network::new(options()).expect("a network")
}

fn written(phone: String, text: &str) -> Written {
    Written {
        phone,
        text: text.into(),
        whatsapp: false,
        pin: None,
        media: Vec::new(),
    }
}

#[test]
fn memory_is_bounded_and_it_says_what_went() {
    let network = network();
    for n in 0..MESSAGES + 25 {
        network.written(written(
            format!("+2547{:08}", n % (PHONES + 50)),
            "niko Deira",
        ));
    }
    let (messages, next, forgotten) = network.since(0);
    assert_eq!((messages.len(), forgotten), (MESSAGES, 25));
    assert_eq!(next, (MESSAGES + 25) as u64);
    assert_eq!(network.phones().len(), PHONES);
}

#[test]
fn a_phone_keeps_its_last_messages() {
    let network = network();
    for n in 0..OF_A_PHONE + 3 {
        network.written(written("+254700000002".into(), &n.to_string()));
    }
    let (messages, more) = network.of_phone("+254700000002");
    assert_eq!((messages.len(), more), (OF_A_PHONE, true));
    assert_eq!(messages[0].text, "3");
    let (none, more) = network.of_phone("+254700000003");
    assert!(none.is_empty() && !more);
}

#[test]
fn an_id_is_never_given_twice() {
    let network = network();
    let first = network.written(written("+254700000002".into(), "a")).sid;
    network.reset();
    assert_ne!(
        network.written(written("+254700000002".into(), "a")).sid,
        first
    );
    assert_eq!(network.phones(), [("+254700000002".to_owned(), false)]);
}
