//! `msaada bench feed`: from the commit to a desk, and one card to many desks beside a bare server.
//!
//! Node, bare server and desks are processes of their own: each may open as many files as the machine
//! allows one, and what a server costs can be told from what its desks do.

mod bare;
mod desk;
mod listeners;
mod socket;

use super::figures::{Mark, Row, Samples};
use super::node::{Node, Process, free_address, load_missions};
use super::{Ground, NotRun};
use listeners::Found;
use std::net::SocketAddr;
use std::time::Duration;

pub(super) use bare::Args as Bare;
pub(super) use listeners::Args as Listeners;

/// Reports a second while a desk listens.
const REPORTS_A_SECOND: f64 = 200.0;
/// Milliseconds from the answer to the frame.
const P99_MS: f64 = 25.0;
/// Of the bare server's time, and of its memory.
const OF_BARE: f64 = 1.5;

/// From the commit to a desk's screen, and one card to many desks; beside a bare server.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Desks that one card goes to
    #[arg(long, default_value_t = 10_000)]
    sockets: usize,
    /// Cards that go to all of them, one after the other
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Seconds that one desk listens to many reports
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

impl Args {
    pub(super) async fn measure(&self, ground: &Ground) -> Result<Vec<Row>, NotRun> {
        let scratch = &ground.scratch;
        load_missions(scratch)?;
        let node = Node::start(scratch, "node", &[]).await?;
        let cookie = desk::sign_in(ground, &node).await?;
        let lasts = Duration::from_secs(self.seconds);
        let seen = desk::watch(ground, &node, &cookie, REPORTS_A_SECOND, lasts).await?;
        node.process.stop().await?;

        // Another node, which has held nothing yet.
        let node = Node::start(scratch, "many", &[]).await?;
        let desks = ["--path=/api/v1/feed", &format!("--cookie={cookie}")];
        let many = self
            .listeners(ground, node.address, node.process.pid(), &desks)
            .await?;
        node.process.stop().await?;

        let frame = scratch.folder.join("frame");
        std::fs::write(&frame, &seen.frame)?;
        let address = free_address()?;
        let listen = format!("--listen={address}");
        let mut bare = Process::of_ours(scratch, "bare", &["bench", "bare", &listen], &[])?;
        bare.until(|| async { tokio::net::TcpStream::connect(address).await.is_ok() })
            .await?;
        let said = ["--path=/feed", &format!("--say={}", frame.display())];
        let beside = self.listeners(ground, address, bare.pid(), &said).await?;
        bare.stop().await?;
        Ok(self.rows(&seen, &many, &beside))
    }

    fn rows(&self, seen: &desk::Seen, many: &Found, beside: &Found) -> Vec<Row> {
        let all = format!("one card to {} desks", self.sockets);
        let bare = "bare actix-ws, as many bytes";
        vec![
            Row::new(
                format!("{REPORTS_A_SECOND}/s: from the answer to the frame, p50"),
                seen.after_answer.per_mille(500),
                "ms",
            ),
            Row::new("  p99", seen.after_answer.p99(), "ms").mark(Mark::AtMost(P99_MS)),
            Row::new(
                "from sending the report to the frame, p99",
                seen.after_sending.p99(),
                "ms",
            ),
            Row::new(format!("{all}, median"), median(many), "ms")
                .beside(bare, median(beside))
                .mark(Mark::TimesAtMost(OF_BARE)),
            Row::new(format!("{all}, longest"), longest(many), "ms").beside(bare, longest(beside)),
            Row::new("memory of the node for each desk", self.each(many), "KB")
                .beside(bare, self.each(beside))
                .mark(Mark::TimesAtMost(OF_BARE)),
        ]
    }

    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    fn each(&self, found: &Found) -> f64 {
        let (before, after) = found.memory_kb;
        after.saturating_sub(before) as f64 / self.sockets as f64
    }

    /// Has desks listen to a server, in a process of their own.
    async fn listeners(
        &self,
        ground: &Ground,
        address: SocketAddr,
        pid: u32,
        more: &[&str],
    ) -> Result<Found, NotRun> {
        let arguments = [
            "bench",
            "listeners",
            &format!("--address={address}"),
            &format!("--sockets={}", self.sockets),
            &format!("--rounds={}", self.rounds),
            &format!("--pid={pid}"),
            &format!("--from={}", ground.seed),
        ];
        let arguments: Vec<&str> = arguments.iter().chain(more).copied().collect();
        let name = format!("listeners-{pid}");
        let desks = Process::of_ours(&ground.scratch, &name, &arguments, &[])?;
        let said = desks.finished().await?;
        serde_json::from_str(said.trim())
            .map_err(|_| NotRun::Wrong("the desks did not tell what they found".to_owned()))
    }
}

fn sorted(found: &Found) -> Samples {
    let times = found.times_ms.iter();
    Samples::of(
        times
            .map(|ms| Duration::from_secs_f64(ms / 1_000.0))
            .collect(),
    )
}

fn median(found: &Found) -> f64 {
    sorted(found).per_mille(500)
}

fn longest(found: &Found) -> f64 {
    sorted(found).per_mille(1_000)
}
