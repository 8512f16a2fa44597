//! Doing what the plan injures, and healing it: for each target a line of its own, so that a frozen
//! server holds up no other injury.

use crate::nodes::Node;
use crate::plan::{Gateway, Injury, What, Whose};
use crate::record::Moment;
use crate::support::server::Server;
use crate::support::wire::Wire;
use crate::world::{DUTY_OFFICER, phone_of};
use chrono::TimeDelta;
use msaada::clock::Clock;
use msaada::simulator::{self, Callbacks, Faults, Mode};
use sqlx::PgPool;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// A transaction of a node whose line was cut in the middle of it holds its rows no longer than this:
/// PostgreSQL waits for it so long.
const HELD: TimeDelta = TimeDelta::seconds(16);
/// A number that takes no texts, and a phone that is off.
const NO_PHONE: u32 = 21_614;
const IS_OFF: u32 = 30_003;

/// What came of the injuries of a target.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// While these lasted, clocks could not fire.
    pub(crate) away: Vec<(Moment, Moment)>,
    /// Orderly stops: from the signal to the end.
    pub(crate) stops: Vec<(Moment, Moment)>,
}

impl Done {
    fn note(&mut self, what: What, from: Moment) {
        if what.holds_up_clocks() {
            self.away.push((from, now()));
        }
    }
}

pub(crate) fn now() -> Moment {
    Clock::default().now()
}

/// The moment of an injury, and its end.
fn moments(began: Instant, injury: Injury) -> (Instant, Instant) {
    let at = began + Duration::from_millis(injury.at_ms);
    (at, at + Duration::from_millis(injury.lasts_ms))
}

pub(crate) async fn of_node(node: &mut Node, injuries: Vec<Injury>, began: Instant) -> Done {
    let mut done = Done::default();
    for injury in injuries {
        let (at, end) = moments(began, injury);
        sleep_until(at).await;
        let from = now();
        match injury.what {
            What::KillNode(_) => node.kill(),
            What::FreezeNode(_) => node.freeze(),
            What::RollNode(_) => {
                node.stop().await;
                done.stops.push((from, now()));
            }
            What::StepClock(_, off_ms) => node.set_clock(off_ms),
            other => unreachable!("{other:?} is not of a node"),
        }
        sleep_until(end).await;
        match injury.what {
            What::KillNode(_) | What::RollNode(_) => node.start_again().await,
            What::FreezeNode(_) => node.thaw(),
            _ => node.set_clock(0),
        }
        done.note(injury.what, from);
    }
    done
}

pub(crate) async fn of_postgres(
    server: &mut Server,
    pool: &PgPool,
    injuries: Vec<Injury>,
    began: Instant,
) -> Done {
    let mut done = Done::default();
    for injury in injuries {
        let (at, end) = moments(began, injury);
        sleep_until(at).await;
        let from = now();
        match injury.what {
            What::KillPostgres => server.kill(),
            What::FreezePostgres => server.freeze(),
            _ => {
                // Where it cannot be asked, there is nothing to be cut.
                let _ = sqlx::query(
                    "select pg_terminate_backend(pid) from pg_stat_activity
                     where application_name = 'msaada'",
                )
                .execute(pool)
                .await;
            }
        }
        sleep_until(end).await;
        match injury.what {
            What::KillPostgres => server.restart().await,
            What::FreezePostgres => server.thaw(),
            _ => {}
        }
        done.note(injury.what, from);
    }
    done
}

pub(crate) async fn of_redis(
    server: &mut Server,
    url: &str,
    injuries: Vec<Injury>,
    began: Instant,
) {
    for injury in injuries {
        let (at, end) = moments(began, injury);
        sleep_until(at).await;
        match injury.what {
            What::KillRedis => server.kill(),
            What::FreezeRedis => server.freeze(),
            What::FlushRedis => tell_redis(url, &["FLUSHALL"]).await,
            _ => {
                tell_redis(url, &["CLIENT", "KILL", "TYPE", "pubsub"]).await;
                tell_redis(url, &["CLIENT", "KILL", "TYPE", "normal"]).await;
            }
        }
        sleep_until(end).await;
        match injury.what {
            What::KillRedis => server.restart().await,
            What::FreezeRedis => server.thaw(),
            _ => {}
        }
    }
}

/// The line of a node to a server: cut in silence, and mended for new connections.
pub(crate) async fn of_line(
    wire: &Wire,
    server: PathBuf,
    injuries: Vec<Injury>,
    began: Instant,
) -> Done {
    let mut done = Done::default();
    for injury in injuries {
        let (at, end) = moments(began, injury);
        sleep_until(at).await;
        let from = now();
        wire.cut();
        sleep_until(end).await;
        wire.lead_to(server.clone());
        if injury.what.holds_up_clocks() {
            done.away.push((from, now().max(from + HELD)));
        }
    }
    done
}

async fn tell_redis(url: &str, command: &[&str]) {
    let client = redis::Client::open(url).expect("a URL");
    let mut connection = client
        .get_multiplexed_async_connection()
        .await
        .expect("Redis answers");
    let (name, arguments) = command.split_first().expect("a command");
    redis::cmd(name)
        .arg(arguments)
        .query_async::<redis::Value>(&mut connection)
        .await
        .expect("Redis does it");
}

pub(crate) async fn of_gateway(
    gateway: &simulator::Running,
    injuries: Vec<Injury>,
    began: Instant,
) {
    for injury in injuries {
        let What::Gateway(how) = injury.what else {
            unreachable!("{injury:?} is not of the gateway");
        };
        let (at, end) = moments(began, injury);
        sleep_until(at).await;
        let mut faults = Faults::default();
        match how {
            Gateway::Fails => faults.mode = Mode::Failing,
            Gateway::Busy => faults.mode = Mode::Busy,
            Gateway::Silent => faults.mode = Mode::Silent,
            Gateway::Cut => faults.mode = Mode::Cut,
            Gateway::Lost => faults.mode = Mode::Lost,
            Gateway::Refuses(whose) => refuse(&mut faults, Mode::Error, NO_PHONE, whose),
            Gateway::Off(whose) => refuse(&mut faults, Mode::Undelivered, IS_OFF, whose),
            Gateway::Twice => faults.callbacks = Callbacks::Duplicated,
            Gateway::Late => faults.callbacks = Callbacks::Late,
            Gateway::Reversed => faults.callbacks = Callbacks::Reversed,
            Gateway::Mute => faults.callbacks = Callbacks::None,
        }
        gateway.misbehave(faults);
        sleep_until(end).await;
        gateway.misbehave(Faults::default());
    }
}

fn refuse(faults: &mut Faults, mode: Mode, code: u32, whose: Whose) {
    faults.mode = mode;
    faults.code = Some(code);
    faults.to = (whose == Whose::DutyOfficer).then(|| phone_of(DUTY_OFFICER));
}
