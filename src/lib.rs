//! Msaada: a 24-hour crisis response and dispatch service for a diaspora.
//!
//! The map, in the order a report flows.

pub mod drill;
pub mod simulator;

pub mod config;

pub mod intake;

pub mod flow;

pub mod carry;
pub mod clocks;

pub mod understand;

pub mod feed;
pub mod outbox;
pub mod queue;
pub mod store;

pub mod case;

pub mod clock;
pub mod problem;
pub mod rounds;
pub mod telemetry;
