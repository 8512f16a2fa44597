//! The stories: the whole service against a real PostgreSQL and a real Redis.

#[path = "../support/mod.rs"]
mod support;

mod servers;
