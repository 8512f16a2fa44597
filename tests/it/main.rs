//! The stories: the whole service against a real PostgreSQL and a real Redis.

#[path = "../support/mod.rs"]
mod support;

mod attachments;
mod away;
mod bad_input;
mod desks;
mod doubt;
mod duplicates;
mod escalation;
mod form;
mod lost;
mod main_job;
mod messages;
mod overload;
mod races;
mod rates;
mod servers;
mod shift;
mod spool;
