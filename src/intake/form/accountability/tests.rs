use super::*;
use crate::case::Lang;
use crate::intake::form::words::LANGUAGES;

fn account(mission: Option<&str>, opened: u32, ended: u32, lapses: u32) -> Account {
    let waited = |cases: u32| Waited {
        cases,
        median: Some(120.0),
        p90: Some(3_600.0),
    };
    Account {
        mission: mission.map(|code| code.parse().expect("a mission")),
        month: NaiveDate::from_ymd_opt(2026, 11, 1).expect("a day"),
        opened,
        ended,
        claimed: waited(opened),
        acted: waited(ended),
        resolved: waited(ended),
        lapses,
    }
}

fn accounts(rows: Vec<Account>) -> Accounts {
    Accounts {
        rows,
        counted_at: Some(DateTime::UNIX_EPOCH),
    }
}

#[test]
fn nothing_below_five_is_told_nor_what_would_give_it_away() {
    let few = Told::of(&account(Some("AE-DXB"), 4, 0, 9));
    assert_eq!(
        (few.opened, few.open, few.closed, few.lapses),
        (None, None, None, None)
    );
    assert_eq!(few.claimed, None);
    let parts = Told::of(&account(Some("AE-DXB"), 20, 17, 3));
    assert_eq!(
        (parts.opened, parts.open, parts.closed),
        (Some(20), None, None)
    );
    assert_eq!(
        (parts.lapses, parts.resolved),
        (None, Some((120.0, 3_600.0)))
    );
    let whole = Told::of(&account(Some("AE-DXB"), 20, 10, 0));
    assert_eq!(
        (whole.open, whole.closed, whole.lapses),
        (Some(10), Some(10), Some(0))
    );
}

#[test]
fn the_sum_of_all_is_left_out_where_it_tells_what_one_mission_hides() {
    let all = account(None, 23, 13, 0);
    let one = accounts(vec![
        account(Some("AE-DXB"), 20, 10, 0),
        account(Some("SA-RUH"), 3, 3, 0),
        all.clone(),
    ]);
    assert_eq!(Month::each(&one)[0].together(), None);
    let two = accounts(vec![
        account(Some("AE-DXB"), 17, 7, 0),
        account(Some("SA-JED"), 3, 3, 0),
        account(Some("SA-RUH"), 3, 3, 0),
        all,
    ]);
    assert_eq!(
        Month::each(&two)[0].together().and_then(|all| all.opened),
        Some(23)
    );
}

#[test]
fn the_page_tells_the_figures_in_each_language_within_its_weight() {
    let codes = [
        "AE-DXB", "SA-RUH", "QA-DOH", "KW-KWI", "OM-MCT", "SA-JED", "AE-AUH", "GB-LON",
    ];
    let mut rows: Vec<Account> = codes
        .iter()
        .map(|code| account(Some(code), 20, 10, 0))
        .collect();
    rows.push(account(None, 160, 80, 0));
    let accounts = accounts(rows);
    for lang in LANGUAGES {
        let page = Page {
            lang,
            exit: "https://www.google.com/",
        };
        let html = render_accountability(page, &accounts, None, |code| format!("of {code}"));
        assert!(html.contains(">AE-DXB</b> of AE-DXB") && html.contains(">160<"));
        let words = Words::of(lang);
        let pair = format!("{} / {}", span(120.0, words), span(3_600.0, words));
        assert!(html.contains(&pair), "{pair}");
        let assets = super::super::assets::CSS.body.len() + super::super::assets::JS.body.len();
        assert!(html.len() + assets <= 30 * 1024, "{}", html.len() + assets);
        let empty = render_accountability(page, &Accounts::default(), None, |_| String::new());
        assert!(empty.contains(&Words::of(lang).acc_empty));
    }
    assert_eq!(span(59.6, Words::of(Lang::English)), "60 s");
    assert_eq!(span(5_400.0, Words::of(Lang::English)), "1.5 hours");
}

#[test]
fn the_csv_has_its_tags_and_names_what_it_hides() {
    let csv = csv_of(&accounts(vec![account(Some("AE-DXB"), 20, 3, 0)]));
    let mut lines = csv.lines();
    let columns = lines.next().expect("names").split(',').count();
    let tags = lines.next().expect("tags");
    assert!(tags.starts_with("#org") && tags.split(',').count() == columns);
    let line = lines.next().expect("a line");
    assert_eq!(
        line,
        "AE-DXB,2026-11,20,,,120,3600,,,,,0,closed;open;first_action;resolution"
    );
    assert_eq!(line.split(',').count(), columns);
}
