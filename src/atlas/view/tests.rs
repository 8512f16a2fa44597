use super::*;
use crate::store::MapRow;
use proptest::prelude::*;

const STATUSES: [&str; 5] = super::super::STATUSES;

fn case() -> impl Strategy<Value = MapRow> {
    let place = proptest::option::weighted(0.9, (-60.0..60.0f64, -179.9..179.9f64));
    let gulf = proptest::option::weighted(0.9, (24.0..26.0f64, 54.0..56.0f64));
    (
        any::<u128>(),
        0..7usize,
        0..4i16,
        0..5usize,
        0..5_000_000i64,
        prop_oneof![place, gulf],
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(id, kind, priority, status, at, place, tray, dubai)| MapRow {
                id: Uuid::from_u128(id),
                mission: if dubai { "AE-DXB" } else { "SA-RUH" }.to_owned(),
                kind: kind
                    .checked_sub(1)
                    .map(|at| Kind::ALL[at].as_str().to_owned()),
                priority,
                status: STATUSES[status].to_owned(),
                opened_at: DateTime::from_timestamp(1_790_000_000 + at, 0).expect("a time"),
                ended_at: (STATUSES[status] == "resolved")
                    .then(|| {
                        let lasted = i64::try_from(id % 2_000_000).unwrap_or(0);
                        DateTime::from_timestamp(1_790_000_000 + at + lasted, 0)
                    })
                    .flatten(),
                lat: place.map(|(lat, _)| lat),
                lon: place.map(|(_, lon)| lon),
                tray,
            },
        )
}

fn world() -> View {
    View {
        shape: Shape::Frame([-180.0, -90.0, 180.0, 90.0]),
        own: None,
        mission: None,
        from: None,
        to: None,
        at: None,
        kinds: Vec::new(),
        priorities: Vec::new(),
        which: Which::Open,
        tray: None,
        elsewhere: false,
        resolution: Resolution::Nine,
        zoom: None,
        cells: 50,
        singles: 10,
        listed: false,
    }
}

fn columns(cases: &[MapRow]) -> Columns {
    let mut columns = Columns::default();
    for case in cases {
        columns.take(case);
    }
    columns
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn counts_are_exact_at_every_zoom_and_under_every_filter(
        cases in proptest::collection::vec(case(), 0..400),
        resolution in 0..10u8,
        priority in proptest::option::of(0..4i16),
        kind in proptest::option::of(0..6usize),
        zoom in proptest::option::of(0.0..12.0f64),
        window in proptest::option::of((0..5_000_000i64, 0..5_000_000i64)),
        dubai: bool,
    ) {
        let mut view = world();
        view.shape = Shape::Frame([40.0, 10.0, 60.0, 30.0]);
        view.resolution = Resolution::try_from(resolution).expect("a resolution");
        view.zoom = zoom;
        view.priorities = priority.and_then(Priority::from_rank).into_iter().collect();
        view.kinds = kind.map(|at| Kind::ALL[at]).into_iter().collect();
        let moment = |at| DateTime::from_timestamp(1_790_000_000 + at, 0);
        view.from = window.and_then(|(from, _)| moment(from));
        view.to = window.and_then(|(_, to)| moment(to));
        view.own = dubai.then(|| "AE-DXB".parse().expect("a mission"));
        let fits = |case: &&MapRow| {
            case.status != "resolved"
                && (!dubai || case.mission == "AE-DXB")
                && priority.is_none_or(|rank| case.priority == rank)
                && kind.is_none_or(|at| case.kind.as_deref() == Some(Kind::ALL[at].as_str()))
                && view.from.is_none_or(|from| case.opened_at >= from)
                && view.to.is_none_or(|to| case.opened_at < to)
        };
        let within = |case: &&MapRow| {
            case.lat.zip(case.lon).is_some_and(|(lat, lon)| {
                (10.0..=30.0).contains(&lat) && (40.0..=60.0).contains(&lon)
            })
        };
        let expected = cases.iter().filter(fits).filter(within).count();
        let picture = view.of(&columns(&cases));
        prop_assert_eq!(picture.total as usize, expected);
        let in_cells: u32 = picture.cells.iter().map(|(_, tally)| tally.count).sum();
        prop_assert_eq!(in_cells as usize, expected);
        prop_assert!(picture.cells.len() <= 50);
        for (_, tally) in &picture.cells {
            prop_assert_eq!(tally.priorities.iter().sum::<u32>(), tally.count);
            prop_assert_eq!(tally.kinds.iter().sum::<u32>(), tally.count);
        }
        prop_assert_eq!(picture.priorities.iter().sum::<u32>(), picture.total);
        prop_assert_eq!(picture.statuses.iter().sum::<u32>(), picture.total);
        let nowhere = cases.iter().filter(fits).filter(|case| case.lat.is_none()).count();
        prop_assert_eq!(picture.nowhere as usize, nowhere);
        prop_assert_eq!(picture.singles.len(), if expected <= 10 { expected } else { 0 });
        if window.is_none() {
            let bars = picture.times.map_or(0, |times| times.counts.iter().sum::<u32>());
            prop_assert_eq!(bars, picture.total);
        }
    }

    #[test]
    fn a_list_is_the_most_urgent_and_a_cell_lists_what_it_counts(
        cases in proptest::collection::vec(case(), 1..200),
    ) {
        let columns = columns(&cases);
        let mut view = world();
        view.zoom = Some(4.0);
        let seen = view.of(&columns);
        let Some((cells, tally)) = seen.cells.first() else { return Ok(()) };
        view.shape = Shape::cells(cells.clone()).expect("cells of one size");
        view.listed = true;
        let listed = view.of(&columns);
        prop_assert_eq!(listed.total, tally.count);
        prop_assert_eq!(listed.singles.len(), tally.count.min(10) as usize);
        let urgency = |id: &Uuid| {
            let case = cases.iter().find(|case| case.id == *id).expect("a case");
            (case.priority, case.opened_at)
        };
        let order: Vec<_> = listed.singles.iter().map(urgency).collect();
        prop_assert!(order.is_sorted());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_open_at_a_moment_is_what_had_been_opened_and_had_not_ended(
        cases in proptest::collection::vec(case(), 0..200),
        at in 0..7_000_000i64,
    ) {
        let moment = DateTime::from_timestamp(1_790_000_000 + at, 0).expect("a time");
        let mut view = world();
        view.at = Some(moment);
        let open = |case: &&MapRow| {
            case.lat.is_some()
                && case.opened_at <= moment
                && case.ended_at.is_none_or(|ended| ended > moment)
        };
        let picture = view.of(&columns(&cases));
        prop_assert_eq!(picture.total as usize, cases.iter().filter(open).count());
    }
}

#[test]
fn of_missions_whose_cases_are_not_seen_only_whole_cells_of_five_and_more_are_told() {
    let case = |nth: u128, lat: f64, mission: &str| MapRow {
        id: Uuid::from_u128(nth),
        mission: mission.to_owned(),
        kind: None,
        priority: 0,
        status: "waiting".to_owned(),
        opened_at: DateTime::UNIX_EPOCH,
        ended_at: None,
        lat: Some(lat),
        lon: Some(46.7),
        tray: false,
    };
    let five = (0..5).map(|nth| case(nth, 24.7, "SA-RUH"));
    let four = (5..9).map(|nth| case(nth, 30.0, "SA-RUH"));
    let own = (9..12).map(|nth| case(nth, 24.7, "AE-DXB"));
    let columns = columns(&five.chain(four).chain(own).collect::<Vec<_>>());
    let mut view = world();
    view.own = Some("AE-DXB".parse().expect("a mission"));
    view.elsewhere = true;
    view.kinds = vec![Kind::Death];
    let seen = view.of(&columns);
    assert_eq!(seen.total, 0, "no death among the own ones");
    let told: Vec<u32> = seen.elsewhere.iter().map(|(_, count)| *count).collect();
    assert_eq!(told, [5], "whatever is filtered, and four are not told");
}

#[test]
fn a_case_that_changes_is_counted_once_and_as_it_is_now() {
    let mut row = MapRow {
        id: Uuid::nil(),
        mission: "AE-DXB".to_owned(),
        kind: None,
        priority: 3,
        status: "waiting".to_owned(),
        opened_at: DateTime::UNIX_EPOCH,
        ended_at: None,
        lat: Some(25.0),
        lon: Some(55.0),
        tray: false,
    };
    let mut columns = Columns::default();
    columns.take(&row);
    row.priority = 0;
    row.lat = Some(24.0);
    columns.take(&row);
    let seen = world().of(&columns);
    assert_eq!((seen.total, seen.priorities[0]), (1, 1));
    row.status = "resolved".to_owned();
    columns.take(&row);
    assert_eq!(world().of(&columns).total, 0);
}
