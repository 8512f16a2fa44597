//! Msaada: a 24-hour crisis response and dispatch service for a diaspora.
//!
//! The map, from what a person types or opens down to what nothing else stands below; `tests/layers.rs`
//! holds it. The way of a report is written in [`flow`].

pub mod bench;
pub mod commands;
pub mod drill;
pub mod simulator;

pub mod service;

pub mod config;
pub mod server;

pub mod desk;

pub mod intake;

pub mod flow;

pub mod atlas;
pub mod audit;
pub mod carry;
pub mod clocks;
pub mod repair;

pub mod feed;
pub mod presence;

pub mod queue;
pub mod spool;
pub mod store;
pub mod understand;

pub mod outbox;

pub mod case;

pub mod attempts;
pub mod clock;
pub mod cookie;
pub mod problem;
pub mod reach;
pub mod rounds;
pub mod telemetry;
