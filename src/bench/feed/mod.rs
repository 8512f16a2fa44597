//! `msaada bench feed`: from the commit to a desk, and one card to many desks.

use super::figures::Row;
use super::{Ground, NotRun};

/// From the commit to a desk's screen, and one card to many desks; beside a bare server.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Sockets that one card goes to
    #[arg(long, default_value_t = 10_000)]
    sockets: usize,
}

impl Args {
    pub(super) async fn measure(&self, _ground: &Ground) -> Result<Vec<Row>, NotRun> {
        Ok(Vec::new())
    }
}
