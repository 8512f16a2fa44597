//! `msaada bench intake`: reports over HTTP, each answered after its commit.

use super::figures::Row;
use super::{Ground, NotRun};

/// Reports over HTTP, each answered after its commit; beside pgbench.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Seconds each part takes
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

impl Args {
    pub(super) async fn measure(&self, ground: &Ground) -> Result<Vec<Row>, NotRun> {
        super::node::load_missions(&ground.scratch)?;
        let node = super::node::Node::start(&ground.scratch, "node", &[]).await?;
        let row = Row::new("memory idle", 0.001 * node.process.memory_kb() as f64, "MB");
        node.process.stop().await?;
        Ok(vec![row])
    }
}
