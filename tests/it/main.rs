//! The stories: the whole service against a real PostgreSQL and a real Redis.

#[path = "../support/mod.rs"]
mod support;

mod accountability;
mod alerts;
mod alike;
mod attachments;
mod audit;
mod away;
mod bad_input;
mod check;
mod cuts;
mod desks;
mod documented;
mod doubt;
mod duplicates;
mod escalation;
mod flood;
mod form;
mod joined;
mod lost;
mod main_job;
mod map;
mod messages;
mod notices;
mod overdue;
mod overload;
mod own_missions;
mod photographs;
mod planted;
mod races;
mod rates;
mod redis_forms;
mod restart;
mod servers;
mod sheet;
mod shift;
mod spool;
mod stalled;
mod stopping;
mod strangers;
mod unwilling;
