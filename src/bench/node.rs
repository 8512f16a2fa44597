//! What a bench starts: nodes of the service, and the programs that are yardsticks. All are processes
//! of their own, so that what they cost is theirs, and all end with the bench.

use super::{NotRun, Scratch};
use crate::config::without_settings;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A process that takes longer to begin has failed.
const BEGINS: Duration = Duration::from_mins(1);
/// How often a process that begins, or ends, is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// A node that was asked to stop and has not by then is killed.
const STOPS: Duration = Duration::from_secs(8);

/// A process that ends with the bench, also when the bench is killed.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a command of this very program, with these settings alone. What it says goes to a file in
    /// the scratch folder.
    pub(super) fn of_ours(
        scratch: &Scratch,
        name: &str,
        arguments: &[&str],
        settings: &[(&str, &str)],
    ) -> Result<Self, NotRun> {
        let mut command = Command::new("setpriv");
        without_settings(&mut command)
            .args(["--pdeathsig", "KILL"])
            .arg(std::env::current_exe()?)
            .args(arguments)
            .envs(settings.iter().copied());
        let log = scratch.folder.join(format!("{name}.log"));
        let file = File::create(&log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .map_err(|_| NotRun::NoProgram {
                program: "setpriv",
                how: "apt-get install util-linux",
            })?;
        Ok(Self { child, log })
    }

    /// Its number.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it holds in memory, in kilobytes.
    pub(super) fn memory_kb(&self) -> u64 {
        memory_kb(self.pid())
    }

    /// How long it has kept a processor busy.
    pub(super) fn busy(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid()));
        let stat = stat.unwrap_or_default();
        // After the name, which may hold anything: fields 14 and 15 of proc(5), in hundredths.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let ticks: u64 = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|ticks| ticks.parse::<u64>().ok())
            .sum();
        Duration::from_millis(ticks * 10)
    }

    /// Waits until `ready` says so.
    pub(super) async fn until<F: Future<Output = bool>>(
        &mut self,
        ready: impl Fn() -> F,
    ) -> Result<(), NotRun> {
        let began = Instant::now();
        let mut looks = tokio::time::interval(LOOK);
        loop {
            looks.tick().await;
            if ready().await {
                return Ok(());
            }
            if self.child.try_wait()?.is_some() || began.elapsed() > BEGINS {
                return Err(NotRun::Program {
                    program: "a process of the bench".to_owned(),
                    why: self.last_words(),
                });
            }
        }
    }

    /// Sends a signal: TERM, STOP, CONT, KILL.
    pub(super) fn signal(&self, name: &str) -> Result<(), NotRun> {
        let sent = Command::new("kill")
            .args(["-s", name, &self.pid().to_string()])
            .status()?;
        if sent.success() {
            Ok(())
        } else {
            Err(NotRun::Wrong(format!("a process could not be sent {name}")))
        }
    }

    /// Asks it to stop and waits until it has.
    pub(super) async fn stop(mut self) -> Result<(), NotRun> {
        self.signal("TERM")?;
        let began = Instant::now();
        let mut looks = tokio::time::interval(LOOK);
        while self.child.try_wait()?.is_none() && began.elapsed() < STOPS {
            looks.tick().await;
        }
        // Dropped, it is killed if it still runs.
        Ok(())
    }

    /// Waits for its end; what it printed.
    pub(super) async fn finished(mut self) -> Result<String, NotRun> {
        let mut looks = tokio::time::interval(LOOK);
        let status = loop {
            looks.tick().await;
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
        };
        if status.success() {
            return Ok(std::fs::read_to_string(&self.log)?);
        }
        Err(NotRun::Program {
            program: "a process of the bench".to_owned(),
            why: self.last_words(),
        })
    }

    /// What it said last.
    pub(super) fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process holds in memory, in kilobytes.
pub(super) fn memory_kb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse().ok())
        .unwrap_or(0)
}

/// A node of the service on the scratch stores.
#[derive(Debug)]
pub(super) struct Node {
    /// Its process.
    pub process: Process,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Node {
    /// Starts a node and waits until it says that it is ready. `settings` are added to, or take the
    /// place of, those a bench gives: `MSAADA_…`, by name.
    pub(super) async fn start(
        scratch: &Scratch,
        name: &str,
        settings: &[(&str, &str)],
    ) -> Result<Self, NotRun> {
        let mut node = Self::begin(scratch, name, settings)?;
        let url = format!("http://{}/health/ready", node.address);
        let http = reqwest::Client::new();
        node.process
            .until(|| async {
                let Ok(answer) = http.get(&url).send().await else {
                    return false;
                };
                answer
                    .text()
                    .await
                    .unwrap_or_default()
                    .contains("\"status\":\"ok\"")
            })
            .await?;
        Ok(node)
    }

    /// What it holds in memory, and the most it ever held, in megabytes.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    pub(super) fn memory(&self) -> (f64, f64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.pid()));
        let status = status.unwrap_or_default();
        let kb = |name: &str| -> f64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kb: Option<u64> = line.and_then(|line| line.trim().split(' ').next()?.parse().ok());
            kb.map_or(f64::NAN, |kb| kb as f64 / 1_024.0)
        };
        (kb("VmRSS:"), kb("VmHWM:"))
    }

    /// Starts a node and does not wait.
    pub(super) fn begin(
        scratch: &Scratch,
        name: &str,
        settings: &[(&str, &str)],
    ) -> Result<Self, NotRun> {
        let address = free_address()?;
        let secret = scratch.folder.join("secret");
        std::fs::write(&secret, "a bench's secret: it protects nothing")?;
        let spool = scratch.folder.join(format!("{name}.spool"));
        let (listen, url) = (address.to_string(), format!("http://{address}"));
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let (secret, spool) = (path(&secret), path(&spool));
        let mut all = vec![
            ("DATABASE_URL", scratch.database_url.as_str()),
            ("REDIS_URL", &scratch.redis_url),
            ("MSAADA_REDIS_PREFIX", &scratch.redis_prefix),
            ("MSAADA_LISTEN", &listen),
            ("MSAADA_PUBLIC_URL", &url),
            ("MSAADA_SECRET_FILE", &secret),
            ("MSAADA_SPOOL_DIR", &spool),
            // What is measured is that every report also writes its text.
            ("MSAADA_TYPED_TEXTS_HOURLY", "4294967295"),
            ("MSAADA_TYPED_TEXTS_HOURLY_COUNTRY", "4294967295"),
            ("RUST_LOG", "warn"),
        ];
        all.extend(settings);
        let process = Process::of_ours(scratch, name, &["serve"], &all)?;
        Ok(Self { process, address })
    }
}

/// An address of this machine that nobody listens on.
pub(super) fn free_address() -> Result<SocketAddr, NotRun> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Loads the missions that this program carries into the scratch database, by its own command.
pub(super) fn load_missions(scratch: &Scratch) -> Result<(), NotRun> {
    ours(scratch, &["missions", "load"]).map(|_| ())
}

/// Runs a command of this program on the scratch database to its end; what it printed.
pub(super) fn ours(scratch: &Scratch, arguments: &[&str]) -> Result<String, NotRun> {
    let mut command = Command::new(std::env::current_exe()?);
    without_settings(&mut command)
        .args(arguments)
        .env("DATABASE_URL", &scratch.database_url);
    finished(&arguments.join(" "), &mut command)
}

/// Runs a program that is a yardstick to its end, away from this thread; what it printed. It ends
/// with the bench.
pub(super) async fn yardstick(
    program: &'static str,
    arguments: Vec<String>,
) -> Result<String, NotRun> {
    let path = program_path(program)?;
    let run = move || {
        let mut command = Command::new(path);
        command.args(arguments);
        finished(program, &mut command)
    };
    tokio::task::spawn_blocking(run)
        .await
        .map_err(|error| NotRun::Wrong(error.to_string()))?
}

fn finished(name: &str, command: &mut Command) -> Result<String, NotRun> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let last: Vec<&str> = words.lines().rev().take(3).collect();
    Err(NotRun::Program {
        program: name.to_owned(),
        why: last.into_iter().rev().collect::<Vec<_>>().join("\n"),
    })
}

/// Where a program is: beside PostgreSQL's newest programs, or on the path.
pub(super) fn program_path(program: &'static str) -> Result<PathBuf, NotRun> {
    let how = match program {
        "pgbench" => "apt-get install postgresql-contrib",
        "redis-benchmark" => "apt-get install redis-tools",
        _ => "the package manager of this machine",
    };
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    folders.sort_by_key(|folder| {
        let version = folder
            .file_name()
            .and_then(|name| name.to_str()?.parse::<u32>().ok());
        std::cmp::Reverse(version)
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders
        .into_iter()
        .map(|folder| folder.join("bin"))
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
        .ok_or(NotRun::NoProgram { program, how })
}
