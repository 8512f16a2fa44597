//! The public pages: the front door, the form, the receipt and the way back with a reference.
//!
//! They are for a frightened person with a cheap phone that others may look at: plain HTML that
//! works without JavaScript and in old browsers, light enough for 2G, in her language, with a way
//! out on every page. The first page alone is enough to raise an alert; all that follows adds to it.
//!
//! Everything here is pure: fields become a [`Report`](crate::case::Report), views become text. It
//! must never refuse a plea for a formality, never put what was typed into an address (addresses
//! stay in histories and logs), never ask another host for anything, and never show a case without
//! its code.

mod accountability;
mod assets;
mod countries;
mod notice;
mod pages;
mod parse;
mod questions;
mod steps;
mod typed;
mod words;

pub use accountability::{a_year_before, csv_of, render_accountability, render_no_figures};
pub use assets::{Asset, HEADERS, MAX_BODY_BYTES, asset};
pub use countries::Numbers;
pub use notice::Notice;
pub use pages::{
    Found, Page, Progress, Receipt, render_form, render_front, render_receipt, render_track,
};
pub use parse::{FormProblem, LONGEST_TEXT, Visit, is_field, parse, parse_visit};
pub use steps::{Step, render_done, render_step};
pub use typed::Typed;
pub use words::language;
