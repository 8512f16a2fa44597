//! What may be told of a month: nothing below five, and nothing that would give it away.

use crate::store::{Account, Accounts, Waited};
use chrono::{Datelike, NaiveDate};

/// Fewer than these are hidden.
pub(super) const FEWEST: u32 = 5;

/// What may be told of a mission's month. `None`: hidden.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Told {
    pub(super) opened: Option<u32>,
    pub(super) open: Option<u32>,
    pub(super) closed: Option<u32>,
    pub(super) claimed: Option<(f64, f64)>,
    pub(super) acted: Option<(f64, f64)>,
    pub(super) resolved: Option<(f64, f64)>,
    pub(super) lapses: Option<u32>,
}

impl Told {
    pub(super) fn of(account: &Account) -> Self {
        let tell = |count: u32| (count == 0 || count >= FEWEST).then_some(count);
        let waited = |waited: Waited| {
            let times = waited.median.zip(waited.p90);
            times.filter(|_| waited.cases >= FEWEST)
        };
        let enough = account.opened >= FEWEST;
        let open = account.opened.saturating_sub(account.ended);
        let both = tell(open).zip(tell(account.ended)).filter(|_| enough);
        Self {
            opened: enough.then_some(account.opened),
            open: both.map(|(open, _)| open),
            closed: both.map(|(_, closed)| closed),
            claimed: waited(account.claimed),
            acted: waited(account.acted),
            resolved: waited(account.resolved),
            lapses: tell(account.lapses).filter(|_| enough),
        }
    }
}

/// The figures of one month.
pub(super) struct Month<'a> {
    pub(super) first: NaiveDate,
    all: Option<&'a Account>,
    pub(super) missions: Vec<&'a Account>,
}

impl<'a> Month<'a> {
    pub(super) fn each(accounts: &'a Accounts) -> Vec<Self> {
        let mut months: Vec<Self> = Vec::new();
        for row in &accounts.rows {
            if months.last().is_none_or(|month| month.first != row.month) {
                months.push(Self {
                    first: row.month,
                    all: None,
                    missions: Vec::new(),
                });
            }
            if let Some(month) = months.last_mut() {
                match row.mission {
                    Some(_) => month.missions.push(row),
                    None => month.all = Some(row),
                }
            }
        }
        months
    }

    /// All missions together, each figure only where it tells nothing of what its missions hide.
    pub(super) fn together(&self) -> Option<Told> {
        let mut all = Told::of(self.all?);
        let (mut opened, mut closed, mut lapses) =
            (Hidden::default(), Hidden::default(), Hidden::default());
        for row in &self.missions {
            let told = Told::of(row);
            let few = told.opened.is_none();
            if few {
                opened.cell(row.opened, (1, FEWEST - 1));
                closed.cell(row.ended, (0, FEWEST - 1));
            } else if told.closed.is_none() {
                // Whoever knows the mission knows which of the two is small.
                let most = row.opened - 1;
                closed.cell(
                    row.ended,
                    match row.ended {
                        ..FEWEST => (1, most.min(FEWEST - 1)),
                        _ => (row.opened - (FEWEST - 1), most),
                    },
                );
            }
            if told.lapses.is_none() {
                lapses.cell(row.lapses, (u32::from(!few), FEWEST - 1));
            }
        }
        if closed.is_given_away() {
            (all.open, all.closed) = (None, None);
        }
        if lapses.is_given_away() {
            all.lapses = None;
        }
        all.opened.filter(|_| !opened.is_given_away()).map(|_| all)
    }

    pub(super) fn name(&self) -> String {
        name(self.first)
    }
}

fn name(month: NaiveDate) -> String {
    format!("{}-{:02}", month.year(), month.month())
}

/// The hidden cells of a column, of which the sum of all missions tells their sum.
#[derive(Default)]
struct Hidden {
    sum: u32,
    /// The least and the most that they may be together.
    least: u32,
    most: u32,
    /// The widest of them.
    widest: u32,
}

impl Hidden {
    /// A hidden figure, and between which two everybody knows it to lie.
    fn cell(&mut self, figure: u32, (least, most): (u32, u32)) {
        self.sum += figure;
        self.least += least;
        self.most += most;
        self.widest = self.widest.max(most - least);
    }

    /// Whether their sum says more of any of them than is known without it: then at least one could
    /// no longer be as small, or as large, as it might be.
    fn is_given_away(&self) -> bool {
        self.sum < self.least + self.widest || self.sum + self.widest > self.most
    }
}
