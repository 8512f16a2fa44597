//! Msaada: a 24-hour crisis response and dispatch service for a diaspora.
//!
//! The map, in the order a report flows.

pub mod case;
pub mod commands;
pub mod understand;
