//! The nodes, as processes that are killed, frozen, stopped and started again.

use crate::node::{OFFSET, URL};
use crate::support::keeper::Keeper;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::interval;
use uuid::Uuid;

/// The disk of a small spool, in KiB.
const SMALL_KIB: u32 = 192;
/// How long a node may take to listen, or to stop.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(10);

/// Where a node is, as far as anybody knows: one that was killed is nowhere, a frozen one still there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Whereabouts(Arc<Mutex<Option<String>>>);

impl Whereabouts {
    pub(crate) fn url(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, url: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = url;
    }
}

/// A node.
pub(crate) struct Node {
    folder: PathBuf,
    disk: Disk,
    keeper: Keeper,
    whereabouts: Whereabouts,
}

/// How a spool is kept small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disk {
    /// It is not.
    Roomy,
    /// A file system of its own, in memory.
    Small,
    /// The limit in the settings, where nothing may be mounted.
    Limit,
}

impl Node {
    /// Starts a node with these settings.
    pub(crate) async fn start(settings: &[String], small: bool) -> Self {
        let folder = std::env::temp_dir().join(format!("msaada-{}", Uuid::new_v4().simple()));
        let spool = folder.join("spool");
        std::fs::create_dir_all(&spool).expect("a folder can be made");
        let disk = match small {
            false => Disk::Roomy,
            true if mount(&spool) => Disk::Small,
            true => Disk::Limit,
        };
        let this = std::env::current_exe().expect("this program has a file");
        let mut command = vec![this.to_string_lossy().into_owned(), "node".to_owned()];
        command.extend(["--folder".to_owned(), folder.to_string_lossy().into_owned()]);
        command.extend([
            "--spool-dir".to_owned(),
            spool.to_string_lossy().into_owned(),
        ]);
        if disk == Disk::Limit {
            let most = u64::from(SMALL_KIB) * 1_024;
            command.extend(["--spool-max-bytes".to_owned(), most.to_string()]);
        }
        command.extend(settings.iter().cloned());
        let keeper = Keeper::start(&folder, "KILL", &command);
        let node = Self {
            folder,
            disk,
            keeper,
            whereabouts: Whereabouts::default(),
        };
        node.listens().await;
        node
    }

    pub(crate) const fn disk(&self) -> Disk {
        self.disk
    }

    pub(crate) fn whereabouts(&self) -> Whereabouts {
        self.whereabouts.clone()
    }

    /// What it wrote to its log.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    async fn listens(&self) {
        let mut look = interval(LOOK);
        let began = Instant::now();
        loop {
            look.tick().await;
            if let Ok(url) = std::fs::read_to_string(self.folder.join(URL)) {
                return self.whereabouts.set(Some(url));
            }
            assert!(
                began.elapsed() < PATIENCE,
                "a node does not listen: {}",
                self.log()
            );
        }
    }

    pub(crate) fn kill(&mut self) {
        self.whereabouts.set(None);
        let _ = std::fs::remove_file(self.folder.join(URL));
        self.keeper.stop("KILL");
    }

    pub(crate) fn freeze(&self) {
        self.keeper.signal("STOP");
    }

    pub(crate) fn thaw(&self) {
        self.keeper.signal("CONT");
    }

    pub(crate) async fn start_again(&mut self) {
        self.keeper.start_again();
        self.listens().await;
    }

    /// Stops it in order; how long it took.
    pub(crate) async fn stop(&mut self) -> Duration {
        self.whereabouts.set(None);
        let _ = std::fs::remove_file(self.folder.join(URL));
        let pid = self.keeper.pid();
        let began = Instant::now();
        self.keeper.signal("TERM");
        let mut look = interval(LOOK);
        while began.elapsed() < PATIENCE && runs(pid) {
            look.tick().await;
        }
        let took = began.elapsed();
        self.keeper.stop("KILL");
        took
    }

    /// Puts its wall clock off by so many milliseconds.
    pub(crate) fn set_clock(&self, off_ms: i64) {
        let new = self.folder.join("offset.new");
        std::fs::write(&new, (off_ms * 1_000).to_string()).expect("the folder is ours");
        std::fs::rename(new, self.folder.join(OFFSET)).expect("the folder is ours");
    }
}

impl Drop for Node {
    /// The keeper ends the process and removes the folder; a mount is ours.
    fn drop(&mut self) {
        if self.disk == Disk::Small {
            unmount(&self.folder.join("spool"));
        }
    }
}

/// Whether a process runs; one that ended and was not yet waited for does not.
fn runs(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|stat| Some(!stat.rsplit_once(')')?.1.trim_start().starts_with('Z')))
        .unwrap_or(false)
}

fn mount(at: &Path) -> bool {
    quiet(
        Command::new("mount")
            .args(["-t", "tmpfs", "-o"])
            .arg(format!("size={SMALL_KIB}k"))
            .arg("tmpfs")
            .arg(at),
    )
}

fn unmount(at: &Path) {
    quiet(Command::new("umount").arg("-l").arg(at));
}

fn quiet(command: &mut Command) -> bool {
    let done = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    done.is_ok_and(|status| status.success())
}
