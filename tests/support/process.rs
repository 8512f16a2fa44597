//! The service as a process of its own, for stories that kill or freeze it, or read its figures.

use super::patience::until;
use msaada::config::{Settings, without_settings};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// The program, without what is set for who runs the stories: that is no setting of theirs.
pub(crate) fn msaada() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_msaada"));
    without_settings(&mut command);
    command
}

/// A process.
pub(crate) struct Process {
    child: Child,
    pub(crate) url: String,
    log: PathBuf,
}

impl Process {
    /// Starts it on the stores of these settings, with more arguments, and waits until it listens.
    pub(crate) async fn start(settings: &Settings, more: &[&str]) -> Self {
        let name = format!("msaada-{:016x}", rand::random::<u64>());
        let log = std::env::temp_dir().join(name);
        let mut command = msaada();
        command
            .args(["serve", "--database-url", &settings.database_url])
            .args(["--redis-url", &settings.redis_url])
            .args(["--redis-prefix", "process", "--listen", "127.0.0.1:0"])
            .arg("--secret-file")
            .arg(&settings.secret_file)
            .args(more);
        if let Some(folder) = &settings.spool_dir {
            command.arg("--spool-dir").arg(folder);
        }
        let child = command
            .env_remove("RUST_LOG")
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).expect("a file"))
            .spawn()
            .expect("the service can be started");
        let mut process = Self {
            child,
            url: String::new(),
            log,
        };
        until("the process listens", async || {
            let log = process.log();
            let address = log.split_once("listening address=");
            address.is_some_and(|(_, rest)| rest.contains('\n'))
        })
        .await;
        let log = process.log();
        let address = log.split_once("listening address=").expect("an address").1;
        let address = address.lines().next().expect("a line").trim();
        process.url = format!("http://{address}");
        process
    }

    /// What it said so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log")
    }

    /// What it says of itself.
    pub(crate) async fn ready(&self) -> Value {
        let answer = reqwest::get(format!("{}/health/ready", self.url)).await;
        answer.expect("answers").json().await.expect("JSON")
    }

    /// One of its figures; none where it is not there.
    pub(crate) async fn figure(&self, name: &str) -> Option<f64> {
        let answer = reqwest::get(format!("{}/metrics", self.url)).await;
        let figures = answer.expect("answers").text().await.expect("text");
        figures
            .lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
    }

    /// How much memory it has, in MiB.
    pub(crate) fn memory_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kib.expect("a figure") / 1024
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: &str) {
        Command::new("kill")
            .args([format!("-{signal}"), self.child.id().to_string()])
            .status()
            .expect("kill can be started");
    }

    /// Kills it, as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Whether it has ended, and how.
    pub(crate) fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.child.try_wait().expect("a state")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.log);
    }
}
