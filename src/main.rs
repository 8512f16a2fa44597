//! Starts and stops.

fn main() {}
