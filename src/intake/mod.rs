//! A channel's payload becomes a [`Report`](crate::case::Report).
//!
//! Parsing at the edge: what is behind this module holds values, not fields of a form. A plea is
//! never refused for a formality.

pub mod accounts;
pub mod api;
pub mod assets;
pub mod doors;
mod elsewhere;
pub mod form;
pub mod public;
pub mod stalled;
pub mod twilio;
pub mod upload;
mod visit;
