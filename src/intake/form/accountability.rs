//! The public figures: how long people waited, as a page and as CSV.
//!
//! A figure below five is hidden, and so is what would give it away: of open and closed both where
//! one is hidden, and a sum of all missions where it says more of a hidden figure than that it is
//! below five (two missions with eight cases have four each). A figure is never rounded to look
//! better, and never made up where it is not known.

mod told;

use self::told::{Month, Told};
use super::pages::{Frame, Page, text};
use super::words::Words;
use crate::store::{Account, Accounts};
use askama::Template;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use std::fmt::Write as _;

struct Row {
    name: (String, String),
    opened: String,
    open: String,
    closed: String,
    claim: String,
    action: String,
    resolved: String,
    lapses: String,
}

impl Row {
    fn of(name: (String, String), told: &Told, words: &Words) -> Self {
        let hidden = || words.acc_hidden.clone();
        let count = |count: Option<u32>| count.map_or_else(hidden, |n| n.to_string());
        let pair = |(median, p90)| format!("{} / {}", span(median, words), span(p90, words));
        let waited = |times: Option<(f64, f64)>| times.map_or_else(hidden, pair);
        let few = || words.acc_few.clone();
        Self {
            name,
            opened: told.opened.map_or_else(few, |n| n.to_string()),
            open: count(told.open),
            closed: count(told.closed),
            claim: waited(told.claimed),
            action: waited(told.acted),
            resolved: waited(told.resolved),
            lapses: count(told.lapses),
        }
    }
}

fn sentence((median, p90): (f64, f64), words: &Words) -> String {
    let half = words.acc_median.replace("{t}", &span(median, words));
    let most = words.acc_p90.replace("{t}", &span(p90, words));
    format!("{half}, {most}")
}

/// A span in its largest fitting unit, at most one digit behind the point.
fn span(seconds: f64, words: &Words) -> String {
    let (form, value) = match seconds {
        ..90.0 => (&words.unit_s, seconds.round()),
        ..5_400.0 => (&words.unit_min, (seconds / 60.0).round()),
        ..172_800.0 => (&words.unit_h, (seconds / 360.0).round() / 10.0),
        _ => (&words.unit_d, (seconds / 8_640.0).round() / 10.0),
    };
    form.replace("{n}", &value.to_string())
}

struct Bar {
    code: String,
    told: String,
    median: String,
    p90: String,
}

struct Past {
    month: String,
    label: u32,
    opened: String,
    closed: String,
    x: usize,
    opened_y: u32,
    opened_h: u32,
    closed_y: u32,
    closed_h: u32,
}

#[derive(Template)]
#[template(path = "accountability.html", config = ".askama.toml")]
struct View<'a> {
    f: Frame<'a>,
    months: Vec<(String, bool)>,
    month: String,
    all: Option<Row>,
    rows: Vec<Row>,
    bars: Vec<Bar>,
    trend: Vec<Past>,
    counted: Option<String>,
}

/// The page, of the month that was asked for or of the newest. `named` says what a mission is called.
#[must_use]
pub fn render_accountability(
    page: Page<'_>,
    accounts: &Accounts,
    asked: Option<&str>,
    named: impl Fn(&str) -> String,
) -> String {
    let frame = Frame::new(page, "/accountability", None);
    let words = frame.words;
    let months = Month::each(accounts);
    let chosen = months
        .iter()
        .find(|month| asked == Some(&month.name()))
        .or(months.first());
    let rows = |month: &Month<'_>| -> Vec<(String, Told)> {
        let missions = month.missions.iter();
        let code = |row: &Account| {
            row.mission
                .as_ref()
                .map_or(String::new(), ToString::to_string)
        };
        missions.map(|row| (code(row), Told::of(row))).collect()
    };
    let told = chosen.map_or(Vec::new(), rows);
    text(&View {
        months: months
            .iter()
            .map(|month| {
                (
                    month.name(),
                    chosen.is_some_and(|it| it.first == month.first),
                )
            })
            .collect(),
        month: chosen.map_or(String::new(), Month::name),
        all: chosen
            .and_then(Month::together)
            .map(|all| Row::of((String::new(), String::new()), &all, words)),
        bars: bars(&told, words),
        rows: told
            .iter()
            .map(|(code, told)| Row::of((code.clone(), named(code)), told, words))
            .collect(),
        trend: trend(&months, words),
        counted: accounts.counted_at.map(|at| {
            let at = at.with_timezone(&chrono_tz::Africa::Nairobi);
            words
                .acc_counted
                .replace("{t}", &at.format("%Y-%m-%d %H:%M").to_string())
        }),
        f: frame,
    })
}

/// Where the figures cannot be had.
#[must_use]
pub fn render_no_figures(page: Page<'_>) -> String {
    text(&NoFigures {
        f: Frame::new(page, "/accountability", None),
    })
}

#[derive(Template)]
#[template(
    source = "{% extends \"page.html\" %}{% block body %}<p class=\"note\">{{ f.words.acc_away }}</p>{% endblock %}",
    ext = "html",
    config = ".askama.toml"
)]
struct NoFigures<'a> {
    f: Frame<'a>,
}

/// How long a claim took at each mission, the slowest first, on one scale.
fn bars(told: &[(String, Told)], words: &Words) -> Vec<Bar> {
    let mut known: Vec<(&String, (f64, f64))> = told
        .iter()
        .filter_map(|(code, told)| Some((code, told.claimed?)))
        .collect();
    known.sort_by(|a, b| b.1.1.total_cmp(&a.1.1));
    let longest = known.first().map_or(1.0, |(_, (_, p90))| p90.max(1.0));
    let share = |seconds: f64| format!("{:.1}", 100.0 * seconds / longest);
    known
        .into_iter()
        .map(|(code, times)| Bar {
            code: code.clone(),
            told: sentence(times, words),
            median: share(times.0),
            p90: share(times.1),
        })
        .collect()
}

/// The last twelve months, the oldest first.
fn trend(months: &[Month<'_>], words: &Words) -> Vec<Past> {
    const HIGH: u64 = 100;
    let together: Vec<(&Month<'_>, Option<Told>)> = months
        .iter()
        .take(12)
        .rev()
        .map(|month| (month, month.together()))
        .collect();
    let most = together
        .iter()
        .filter_map(|(_, told)| told.as_ref()?.opened)
        .max();
    let height = |count: Option<u32>| {
        let share = u64::from(count.unwrap_or(0)) * HIGH / u64::from(most.unwrap_or(1).max(1));
        u32::try_from(share).unwrap_or(0)
    };
    let tell =
        |count: Option<u32>| count.map_or_else(|| words.acc_hidden.clone(), |n| n.to_string());
    together
        .into_iter()
        .enumerate()
        .map(|(nth, (month, told))| {
            let (opened, closed) = (told.and_then(|t| t.opened), told.and_then(|t| t.closed));
            Past {
                month: month.name(),
                label: month.first.month(),
                opened: tell(opened),
                closed: tell(closed),
                x: nth * 40 + 5,
                opened_y: 108 - height(opened),
                opened_h: height(opened),
                closed_y: 108 - height(closed),
                closed_h: height(closed),
            }
        })
        .collect()
}

/// The same figures as CSV, the second line for programs (HXL). A hidden figure is empty and named in
/// the last column; one that is not known yet is empty.
#[must_use]
pub fn csv_of(accounts: &Accounts) -> String {
    let mut csv = "mission,month,opened,closed,open,claim_median_s,claim_p90_s,\
        first_action_median_s,first_action_p90_s,resolution_median_s,resolution_p90_s,lapses,hidden\r\n\
        #org+code,#date+month,#affected+cases+opened,#affected+cases+closed,#affected+cases+open,\
        #indicator+claim+median+s,#indicator+claim+p90+s,#indicator+action+median+s,\
        #indicator+action+p90+s,#indicator+resolution+median+s,#indicator+resolution+p90+s,\
        #indicator+lapses,#meta+hidden\r\n"
        .to_owned();
    for month in Month::each(accounts) {
        let missions = month.missions.iter();
        let mut lines: Vec<(String, Told)> = missions
            .map(|row| {
                let code = row
                    .mission
                    .as_ref()
                    .map_or(String::new(), ToString::to_string);
                (code, Told::of(row))
            })
            .collect();
        lines.extend(month.together().map(|all| ("ALL".to_owned(), all)));
        for (code, told) in lines {
            line(&mut csv, &code, &month.name(), &told);
        }
    }
    csv
}

fn line(csv: &mut String, code: &str, month: &str, told: &Told) {
    let mut hidden = Vec::new();
    let mut count = |name: &'static str, count: Option<u32>| {
        if count.is_none() {
            hidden.push(name);
        }
        count.map_or_else(String::new, |n| n.to_string())
    };
    let counts = [
        count("opened", told.opened),
        count("closed", told.closed),
        count("open", told.open),
    ];
    let lapses = count("lapses", told.lapses);
    let mut times = Vec::new();
    for (name, waited) in [
        ("claim", told.claimed),
        ("first_action", told.acted),
        ("resolution", told.resolved),
    ] {
        if waited.is_none() {
            hidden.push(name);
        }
        let (median, p90) = waited.unzip();
        for time in [median, p90] {
            times.push(time.map_or_else(String::new, |s| format!("{s:.0}")));
        }
    }
    let (counts, times) = (counts.join(","), times.join(","));
    let written = write!(
        csv,
        "{code},{month},{counts},{times},{lapses},{}\r\n",
        hidden.join(";")
    );
    written.expect("a string grows");
}

/// The first day of the month eleven months before this moment's.
#[must_use]
pub fn a_year_before(now: DateTime<Utc>) -> NaiveDate {
    let this = now.date_naive().with_day(1).unwrap_or_default();
    this.checked_sub_months(chrono::Months::new(11))
        .unwrap_or(this)
}

#[cfg(test)]
mod tests;
