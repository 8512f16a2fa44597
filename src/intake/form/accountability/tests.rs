use super::told::FEWEST;
use super::*;
use crate::case::Lang;
use crate::intake::form::words::LANGUAGES;
use crate::store::Waited;

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
    // Three missions with eight cases: each may have one to four.
    let three = accounts(vec![
        account(Some("AE-DXB"), 15, 5, 0),
        account(Some("SA-JED"), 3, 3, 0),
        account(Some("SA-RUH"), 3, 3, 0),
        account(Some("QA-DOH"), 2, 2, 0),
        all,
    ]);
    assert_eq!(
        Month::each(&three)[0].together().and_then(|all| all.opened),
        Some(23)
    );
}

#[test]
fn no_hidden_figure_can_be_worked_out_from_what_is_told() {
    // Every month of three missions with few cases: what is told leaves each hidden figure all that
    // "fewer than five" leaves it.
    let codes = ["SA-JED", "SA-RUH", "QA-DOH"];
    for months in 0..10_u32.pow(3) {
        let cases = [months % 10, months / 10 % 10, months / 100].map(|n| n + 1);
        let mut rows: Vec<Account> = codes
            .iter()
            .zip(cases)
            .map(|(code, cases)| account(Some(code), cases, cases / 2, 0))
            .collect();
        let sum = cases.iter().sum::<u32>();
        let ended = cases.iter().map(|n| n / 2).sum();
        rows.push(account(None, sum, ended, 0));
        let accounts = accounts(rows);
        let month = &Month::each(&accounts)[0];
        let Some(all) = month.together() else {
            continue;
        };
        let told: Vec<Told> = month.missions.iter().map(|row| Told::of(row)).collect();
        let known: u32 = told.iter().filter_map(|told| told.opened).sum();
        let few = told.iter().filter(|told| told.opened.is_none()).count();
        let rest = all.opened.expect("it is told") - known;
        let others = u32::try_from(few).expect("three").saturating_sub(1);
        for could_be in (1..FEWEST).filter(|_| few > 0) {
            let left = rest.checked_sub(could_be);
            assert!(
                left.is_some_and(|left| (others..=4 * others).contains(&left)),
                "{cases:?}: none of the hidden is {could_be}"
            );
        }
        let hidden = told.iter().filter(|told| told.closed.is_none()).count();
        assert!(all.closed.is_none() || hidden != 1, "{cases:?}");
    }
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
