//! One server as a process of its own, which a test may stop, kill, freeze and start again.
//!
//! It listens on a socket in a folder nobody else can enter, and is asked whether it is the one that
//! was started, so that a test can never reach a server that happens to run on the machine.

use super::keeper::Keeper;
use sqlx::{Connection, PgConnection};
use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a starting server is asked whether it is there: 1,200 times 25 ms are 30 s.
const TRIES: u32 = 1_200;
const BETWEEN_TRIES: Duration = Duration::from_millis(25);
/// Makes the data folder where there is none, then becomes the server. `$1`: the folder of
/// PostgreSQL's programs; `$2`: ours; the rest: settings.
const POSTGRES: &str = r#"
bin=$1 folder=$2
shift 2
[ -s "$folder/data/PG_VERSION" ] || "$bin/initdb" --auth=trust --username=msaada --encoding=UTF8 \
    --locale=C --no-sync --pgdata "$folder/data" || exit
exec "$bin/postgres" -D "$folder/data" -k "$folder" -p 5432 "$@"
"#;
/// The longest path of a socket, in bytes (`sun_path` of Linux, with its closing zero).
const LONGEST_SOCKET: usize = 107;

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Postgres,
    Redis,
}

/// One server, which a test may stop and start again.
pub(crate) struct Server {
    what: What,
    folder: PathBuf,
    /// Proof that the server that answers is this one.
    name: String,
    keeper: Keeper,
}

impl Server {
    pub(super) fn postgres(settings: &[&str]) -> Self {
        let (folder, name) = fresh_folder();
        Owner::of_servers().give(&folder);
        Self::postgres_in(folder, name, settings)
    }

    /// A PostgreSQL that follows this one, from a copy of its data.
    pub(crate) async fn replica(&self) -> Self {
        let (folder, name) = fresh_folder();
        let owner = Owner::of_servers();
        owner.give(&folder);
        let mut command = owner.command(&postgres_bin().join("pg_basebackup").to_string_lossy());
        for (option, value) in [
            ("--host", &self.folder),
            ("--username", &PathBuf::from("msaada")),
            ("--pgdata", &folder.join("data")),
            ("--checkpoint", &PathBuf::from("fast")),
        ] {
            command.extend([option.to_owned(), value.to_string_lossy().into_owned()]);
        }
        command.extend(["--write-recovery-conf", "--no-sync"].map(str::to_owned));
        let copied = std::process::Command::new(&command[0])
            .args(&command[1..])
            .current_dir("/")
            .output()
            .expect("pg_basebackup can be started");
        let said = String::from_utf8_lossy(&copied.stderr);
        assert!(copied.status.success(), "the data was not copied: {said}");
        let replica = Self::postgres_in(folder, name, &[]);
        replica.ready().await;
        replica
    }

    /// Where it listens.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join(match self.what {
            What::Postgres => ".s.PGSQL.5432",
            What::Redis => "redis",
        })
    }

    fn postgres_in(folder: PathBuf, name: String, settings: &[&str]) -> Self {
        let owner = Owner::of_servers();
        let mut command = owner.command("sh");
        command.extend(["-c", POSTGRES, "postgres"].map(str::to_owned));
        command.push(postgres_bin().to_string_lossy().into_owned());
        command.push(folder.to_string_lossy().into_owned());
        let always = [
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "max_connections=300",
            "shared_buffers=64MB",
            "timezone=UTC",
        ];
        for setting in always.iter().chain(settings) {
            command.extend(["-c".to_owned(), (*setting).to_owned()]);
        }
        command.extend(["-c".to_owned(), format!("cluster_name={name}")]);
        Self::started(What::Postgres, folder, name, &command)
    }

    pub(super) fn redis() -> Self {
        let (folder, name) = fresh_folder();
        let owner = Owner::of_servers();
        owner.give(&folder);
        let place = folder.to_string_lossy();
        let mut command = owner.command("redis-server");
        for (option, value) in [
            ("--port", "0"),
            ("--unixsocket", &*format!("{place}/redis")),
            ("--unixsocketperm", "700"),
            ("--dir", &*place),
            ("--save", ""),
            ("--appendonly", "no"),
            ("--daemonize", "no"),
        ] {
            command.extend([option.to_owned(), value.to_owned()]);
        }
        Self::started(What::Redis, folder, name, &command)
    }

    fn started(what: What, folder: PathBuf, name: String, command: &[String]) -> Self {
        let stop = match what {
            What::Postgres => "QUIT",
            What::Redis => "TERM",
        };
        let keeper = Keeper::start(&folder, stop, command);
        Self {
            what,
            folder,
            name,
            keeper,
        }
    }

    /// The URL of a database, or of Redis.
    pub(crate) fn url(&self, database: &str) -> String {
        let folder = self.folder.display();
        match self.what {
            What::Postgres => format!("postgres://msaada@localhost/{database}?host={folder}"),
            What::Redis => format!("redis+unix://{folder}/redis"),
        }
    }

    /// Starts a stopped server again, with the data it had, and waits until it answers.
    pub(crate) async fn restart(&mut self) {
        self.keeper.start_again();
        self.ready().await;
    }

    /// Stops it in order.
    pub(crate) fn stop(&mut self) {
        self.keeper.stop("INT");
    }

    /// Kills it, as a crash would.
    pub(crate) fn kill(&mut self) {
        self.keeper.stop("KILL");
    }

    /// Freezes it: connections stay open and nothing answers.
    pub(crate) fn freeze(&self) {
        self.keeper.signal("STOP");
    }

    /// Lets a frozen one go on.
    pub(crate) fn thaw(&self) {
        self.keeper.signal("CONT");
    }

    /// Waits until it answers, and makes sure that it is the one that was started.
    pub(super) async fn ready(&self) {
        let mut look = tokio::time::interval(BETWEEN_TRIES);
        for _ in 0..TRIES {
            look.tick().await;
            if let Some(proof) = self.proof().await {
                return assert_eq!(proof, self.expected(), "another server answers");
            }
        }
        panic!("a server did not start; its log:\n{}", self.log());
    }

    /// What it said so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn expected(&self) -> String {
        match self.what {
            What::Postgres => self.name.clone(),
            What::Redis => self.keeper.pid().to_string(),
        }
    }

    async fn proof(&self) -> Option<String> {
        match self.what {
            What::Postgres => {
                let mut connection = PgConnection::connect(&self.url("postgres")).await.ok()?;
                sqlx::query_scalar("select current_setting('cluster_name')")
                    .fetch_one(&mut connection)
                    .await
                    .ok()
            }
            What::Redis => {
                let client = redis::Client::open(self.url("")).ok()?;
                let mut connection = client.get_multiplexed_async_connection().await.ok()?;
                let info: redis::InfoDict = redis::cmd("INFO")
                    .arg("server")
                    .query_async(&mut connection)
                    .await
                    .ok()?;
                info.get("process_id")
            }
        }
    }
}

/// Who runs the servers: PostgreSQL refuses to be run by root.
pub(crate) struct Owner(Option<(u32, u32)>);

impl Owner {
    pub(crate) fn of_servers() -> Self {
        if std::fs::metadata("/proc/self")
            .expect("/proc is mounted")
            .uid()
            != 0
        {
            return Self(None);
        }
        let users = std::fs::read_to_string("/etc/passwd").expect("/etc/passwd can be read");
        let ids = |user: &str| {
            let fields: Vec<&str> = users
                .lines()
                .find(|l| l.starts_with(user))?
                .split(':')
                .collect();
            Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
        };
        Self(Some(ids("postgres:").or_else(|| ids("nobody:")).expect(
            "as root, a user `postgres` or `nobody` is needed to run PostgreSQL",
        )))
    }

    /// The beginning of a command that this user runs.
    pub(crate) fn command(&self, program: &str) -> Vec<String> {
        let mut command = Vec::new();
        if let Some((user, group)) = self.0 {
            command.extend([
                "setpriv".to_owned(),
                format!("--reuid={user}"),
                format!("--regid={group}"),
                "--clear-groups".to_owned(),
            ]);
        }
        command.push(program.to_owned());
        command
    }

    pub(crate) fn give(&self, folder: &Path) {
        if let Some((user, group)) = self.0 {
            chown(folder, Some(user), Some(group)).expect("root may give a folder away");
        }
    }
}

/// A new folder with a random name under the machine's folder for temporary files: the build folder
/// may lie where another user cannot go, or too deep for the path of a socket.
pub(crate) fn fresh_folder() -> (PathBuf, String) {
    let name = format!("msaada-{:016x}", rand::random::<u64>());
    let folder = std::env::temp_dir().join(&name);
    assert!(
        folder.join(".s.PGSQL.5432").as_os_str().len() <= LONGEST_SOCKET,
        "TMPDIR is too long for the path of a socket; set it to something short such as /tmp"
    );
    DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .expect("a temporary folder can be made");
    (folder, name)
}

/// The folder of PostgreSQL's programs: the newest where Debian keeps them, else that of `postgres`
/// on the path.
fn postgres_bin() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let newest = versions
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .max();
    if let Some(version) = newest {
        return format!("/usr/lib/postgresql/{version}/bin").into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|folder| folder.join("initdb").exists())
        .expect("PostgreSQL is not installed; ./test installs it")
}
