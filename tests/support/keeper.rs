//! One child process that is surely gone when the tests are.
//!
//! A server is started by a small shell, its keeper, which waits for the end of a pipe that only the
//! test process holds. However that process ends (done, panicked, killed), the pipe closes, and the
//! keeper stops the server and removes its folder. The keeper leads a process group of its own, so
//! that Ctrl-C reaches the tests first.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// `$1`: the folder; `$2`: the signal that ends the server; the rest: the server's command. Each
/// line on the pipe stops the server or starts it again, in turn; the end of the pipe removes it.
/// A server that is stopped was sent the signal of its story, and is given ten seconds to end by that:
/// a second signal would break off what the first one asks for. Only then, or where nobody is left to
/// wait for it, it is ended by force, with a signal that is repeated, since a server that is still being
/// made may not listen to it yet. A line that stops it names its children: those of a PostgreSQL that
/// was killed live on for a moment, and another must not start on the same data before they are gone.
const KEEPER: &str = r#"
trap '' INT HUP
folder=$1 signal=$2
shift 2
lives() { grep -q '^State:[[:space:]]*[^ZX]' "/proc/$1/status" 2>/dev/null; }
while
    "$@" </dev/null >>"$folder/log" 2>&1 &
    server=$!
    echo "$server"
    read -r _ children && go=yes || go=
    kill -CONT "$server" 2>/dev/null
    turns=200
    while [ "$go" ] && [ $turns -gt 0 ] && lives "$server"; do sleep 0.05; turns=$((turns - 1)); done
    while kill -"$signal" "$server" 2>/dev/null; do sleep 0.1; done
    wait "$server"
    for child in $children; do
        turns=60
        while [ $turns -gt 0 ] && lives "$child"; do sleep 0.05; turns=$((turns - 1)); done
    done
    [ "$go" ]
do
    echo stopped
    read -r _ || break
done
rm -rf "$folder"
"#;

/// A server and the shell that watches over it.
pub(crate) struct Keeper {
    _shell: Child,
    tell: ChildStdin,
    says: BufReader<ChildStdout>,
    server: Option<u32>,
}

impl Keeper {
    /// Starts `command`, whose output goes to `log` in `folder`. The folder is the keeper's: it is
    /// removed in the end.
    pub(crate) fn start(folder: &Path, stop_signal: &str, command: &[String]) -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(folder)
            .arg(stop_signal)
            .args(command)
            .current_dir("/")
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("sh can be started");
        let mut keeper = Self {
            tell: shell.stdin.take().expect("stdin is piped"),
            says: BufReader::new(shell.stdout.take().expect("stdout is piped")),
            _shell: shell,
            server: None,
        };
        keeper.server = Some(keeper.hear_pid());
        keeper
    }

    /// Starts the server again.
    pub(crate) fn start_again(&mut self) {
        assert_eq!(self.server, None, "it runs already");
        self.tell.write_all(b"start\n").expect("the keeper listens");
        self.server = Some(self.hear_pid());
    }

    /// Ends the server with this signal and waits until it is gone.
    pub(crate) fn stop(&mut self, signal: &str) {
        let children: Vec<String> = children_of(self.pid()).iter().map(u32::to_string).collect();
        kill(signal, self.pid());
        let line = format!("stop {}\n", children.join(" "));
        self.tell
            .write_all(line.as_bytes())
            .expect("the keeper listens");
        assert_eq!(self.hear(), "stopped");
        self.server = None;
    }

    fn hear_pid(&mut self) -> u32 {
        self.hear().parse().expect("a process id")
    }

    fn hear(&mut self) -> String {
        let mut said = String::new();
        self.says.read_line(&mut said).expect("the keeper answers");
        said.trim().to_owned()
    }

    /// The server's process id.
    pub(crate) fn pid(&self) -> u32 {
        self.server.expect("it runs")
    }

    /// Sends a signal to the server and to its children: PostgreSQL's backends are processes, and
    /// freezing the first one alone freezes nothing.
    pub(crate) fn signal(&self, signal: &str) {
        kill(signal, self.pid());
        for child in children_of(self.pid()) {
            kill(signal, child);
        }
    }
}

fn kill(signal: &str, pid: u32) {
    Command::new("kill")
        .args([&format!("-{signal}"), &pid.to_string()])
        .stderr(Stdio::null())
        .status()
        .expect("kill can be started");
}

/// The processes whose parent is `pid`: the fourth field of `/proc/N/stat`, counted after the name,
/// which may itself hold spaces and brackets.
fn children_of(pid: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("/proc is mounted");
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|candidate| {
            std::fs::read_to_string(format!("/proc/{candidate}/stat"))
                .ok()
                .and_then(|stat| {
                    let (_, rest) = stat.rsplit_once(')')?;
                    rest.split_whitespace().nth(1)?.parse::<u32>().ok()
                })
                == Some(pid)
        })
        .collect()
}
