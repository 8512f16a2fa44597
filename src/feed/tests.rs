use super::*;
use crate::case::{Channel, ForWhom, Lang, Priority};

fn card(id: u128, version: i64, priority: Priority) -> Card {
    Card {
        id: Uuid::from_u128(id),
        reference: "4F7K-92MX-Q1TA".to_owned(),
        version,
        mission: MissionCode::centre(),
        kind: None,
        priority,
        status: "waiting".to_owned(),
        level: 0,
        due_at: None,
        clock: None,
        lapses: 0,
        opened_at: "2026-11-22T08:00:00Z".parse().expect("time"),
        claimed_by: None,
        claimed_by_name: None,
        stale: false,
        offered_to: None,
        merged_into: None,
        task_due_at: None,
        hear_by: None,
        hear_every_h: None,
        country: None,
        place: None,
        channel: Channel::Sms,
        lang: Lang::English,
        unread: 1,
        signs: vec![],
        tray: false,
        for_whom: ForWhom::Myself,
    }
}

/// What a desk has heard so far: ids and versions, or that it should start over.
fn heard(desk: &mut broadcast::Receiver<News>) -> Vec<Option<(u128, i64)>> {
    std::iter::from_fn(|| desk.try_recv().ok())
        .map(|news| match news {
            News::Card(frame) => Some((frame.id.as_u128(), frame.version)),
            News::StartOver => None,
        })
        .collect()
}

fn feed() -> Feed {
    Feed::new(Uuid::nil(), "test").0
}

#[test]
fn while_intake_is_pressed_a_desk_gets_the_newest_of_each_case_the_most_urgent_first() {
    let feed = feed();
    let mut desk = feed.listen();
    feed.show(&card(1, 1, Priority::Routine));
    assert_eq!(heard(&mut desk), [Some((1, 1))]);
    feed.coarsen(true);
    for version in 2..10 {
        feed.show(&card(1, version, Priority::Routine));
    }
    feed.show(&card(2, 1, Priority::Critical));
    assert_eq!(heard(&mut desk), []);
    assert!(feed.delayed());
    feed.pass_on();
    assert_eq!(heard(&mut desk), [Some((2, 1)), Some((1, 9))]);
}

#[test]
fn when_it_is_over_everything_held_back_goes_out_and_then_each_card_at_once() {
    let feed = feed();
    let mut desk = feed.listen();
    feed.coarsen(true);
    for id in 0..1_500 {
        feed.show(&card(id, 1, Priority::Urgent));
    }
    feed.pass_on();
    assert_eq!(heard(&mut desk).len(), WHILE_PRESSED);
    feed.coarsen(false);
    // Not past those that wait: of one case nothing newer goes out first.
    feed.show(&card(1_499, 2, Priority::Urgent));
    feed.pass_on();
    assert_eq!(heard(&mut desk).len(), AFTERWARDS);
    feed.pass_on();
    let rest = heard(&mut desk);
    assert_eq!(rest.len(), 1_500 - WHILE_PRESSED - AFTERWARDS);
    assert_eq!(rest.last(), Some(&Some((1_499, 2))));
    assert!(!feed.delayed());
    feed.show(&card(7, 2, Priority::Urgent));
    assert_eq!(heard(&mut desk), [Some((7, 2))]);
}

#[test]
fn what_cannot_be_held_is_not_left_out_in_silence() {
    let feed = feed();
    let mut desk = feed.listen();
    feed.coarsen(true);
    for id in 0..20_001 {
        feed.show(&card(id, 1, Priority::Routine));
    }
    feed.show(&card(30_000, 1, Priority::Critical));
    feed.coarsen(false);
    let mut all = Vec::new();
    while feed.delayed() {
        feed.pass_on();
        all.extend(heard(&mut desk));
    }
    assert_eq!(all.first(), Some(&Some((30_000, 1))));
    assert_eq!(all.last(), Some(&None), "desks start over");
    assert_eq!(all.len(), 20_000 + 1);
}
