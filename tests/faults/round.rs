//! One round: a world is made, load and injuries run beside each other, all is healed, and when
//! nothing is under way any more, what was seen is compared with what is stored.

use crate::checks::{self, Finding, clocks::Lapse};
use crate::injuries::{self, Done, now};
use crate::load::{Speaker, http};
use crate::nodes::{Disk, Whereabouts};
use crate::officers::{self, Officer};
use crate::plan::{Plan, Says, Target};
use crate::quiet::Looking;
use crate::record::{Line, Moment, Record, Said};
use crate::world::{Lines, PUBLIC, World};
use chrono::TimeDelta;
use futures_util::future::join_all;
use msaada::simulator;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, timeout};

/// How long after the healing somebody may still try to report.
const LAST_TRY: Duration = Duration::from_secs(20);
/// How long a node may take to stop in order, and the harness to see that.
const STOP: TimeDelta = TimeDelta::milliseconds(5_500);

/// What came of a round.
pub(crate) struct Outcome {
    pub(crate) plan: Plan,
    pub(crate) findings: Vec<Finding>,
    pub(crate) lapses: Vec<Lapse>,
    pub(crate) disk: Disk,
    pub(crate) reports: usize,
    /// Of those, acknowledged from a spool.
    pub(crate) spooled: usize,
    /// Tries beyond the first.
    pub(crate) again: u32,
    pub(crate) cases: usize,
    pub(crate) acts: usize,
    pub(crate) texts: usize,
    /// Of those, taken over by a later one, and refused for good.
    pub(crate) taken_over: usize,
    pub(crate) refused: usize,
    /// Offers to other missions, and how many of them were accepted.
    pub(crate) offers: usize,
    pub(crate) accepted: usize,
    /// Words that were agreed on with persons, that came, and that did not.
    pub(crate) words: (usize, usize, usize),
    pub(crate) frames: usize,
    pub(crate) busy: f64,
    /// How long the machine stood still.
    pub(crate) stood_still: TimeDelta,
    /// How long it took to begin, until all was healed, until all was quiet, and to end.
    pub(crate) took: [Duration; 4],
}

/// Plays a round. The nodes' logs are kept in `logs`.
pub(crate) async fn play(plan: Plan, logs: &Path) -> Outcome {
    let began = Instant::now();
    let mut world = World::start(&plan).await;
    let mut record = Record::default();
    let mut findings = Vec::new();
    let disk = world.nodes[0].disk();

    let made = Instant::now();
    let officers = sign_in(&world.whereabouts()).await;
    let mut looking = JoinSet::new();
    for officer in &officers {
        looking.spawn(officer.desk.clone().look());
    }
    let mut stops = run(&plan, &mut world, &officers, &mut record, &mut findings).await;

    let sees = [Some("AE-DXB"), Some("AE-DXB"), None, None];
    let desks = officers.iter().map(|officer| officer.desk.clone());
    let redis = world.servers.redis_url();
    let looks = Looking {
        pool: &world.pool,
        redis: &redis,
        http: http(),
        nodes: world.whereabouts(),
        desks: desks.zip(sees).collect(),
    };
    let healed = Instant::now();
    looks.until_spools_are_empty().await;
    record.acted.extend(officers::sweep(&officers[3]).await);
    let (stored, why) = looks.and_read(&world, &mut record).await;
    findings.extend(why.map(|why| Finding::new("in the end all agrees", why)));
    let quiet = Instant::now();
    let [one, two] = &mut world.nodes;
    let from = now();
    let (first, second) = tokio::join!(one.stop(), two.stop());
    stops.extend([(from, from + first), (from, from + second)]);
    looking.shutdown().await;
    let stalls = world.stalls.all();
    let slow = stops.into_iter().map(|stop| world.stalls.without(stop));
    findings.extend(slow.filter(|took| *took > STOP).map(|took| {
        let ms = took.num_milliseconds();
        Finding::new("a node stops within 5 s", format!("it took {ms} ms"))
    }));
    record.away.extend(&stalls);
    let (wrong, lapses) = checks::all(&record, &stored);
    findings.extend(wrong);
    keep_logs(&world, &plan, logs);
    let state = |word: &str| stored.messages.iter().filter(|m| m.state == word).count();
    let logged = |word: &str| stored.log.iter().filter(|line| line.event == word).count();
    let by_word = |event: &str| {
        let told = |line: &&Line| line.event == event && !line.detail["hear_by"].is_null();
        stored.log.iter().filter(told).count()
    };
    Outcome {
        findings,
        lapses,
        disk,
        reports: record.said.len(),
        spooled: record
            .said
            .iter()
            .filter(|said| said.acknowledged.as_ref().is_some_and(|a| a.status == 202))
            .count(),
        again: record
            .said
            .iter()
            .map(|said| said.tries.saturating_sub(1))
            .sum(),
        cases: stored.cases.len(),
        acts: record
            .acted
            .iter()
            .filter(|acted| acted.given.is_some())
            .count(),
        texts: stored.messages.len(),
        taken_over: state("canceled"),
        refused: state("failed"),
        offers: logged("offered"),
        accepted: logged("transferred"),
        words: (logged("agreed"), by_word("joined"), by_word("lapsed")),
        frames: record.shown.len(),
        busy: record.busy,
        stood_still: stalls.iter().map(|(from, to)| *to - *from).sum(),
        took: [made - began, healed - made, quiet - healed, quiet.elapsed()],
        plan,
    }
}

/// Two desks in Dubai and two at the centre, of each one on either node.
async fn sign_in(nodes: &[Whereabouts; 2]) -> Vec<Officer> {
    join_all([0, 1, 3, 4].map(|number| Officer::sign_in(number, nodes))).await
}

/// Load, acts and injuries, until all is healed and everybody who reported was answered. Returns when
/// nodes were stopped in order.
async fn run(
    plan: &Plan,
    world: &mut World,
    officers: &[Officer],
    record: &mut Record,
    findings: &mut Vec<Finding>,
) -> Vec<(Moment, Moment)> {
    let mut stops = Vec::new();
    let whereabouts = world.whereabouts();
    let (stop, enough) = watch::channel(false);
    let began = Instant::now();
    let mut speaking = JoinSet::new();
    for words in speakers(&plan.says) {
        let speaker = Speaker {
            nodes: whereabouts.clone(),
            http: http(),
            enough: enough.clone(),
        };
        speaking.spawn(speaker.says(began, words));
    }
    let all = [0, 1, 2].map(|at: usize| officers[at].clone());
    let acting = tokio::spawn(officers::act(began, all, plan.deeds.clone()));
    let redis = world.servers.redis_url();
    let World {
        servers,
        pool,
        nodes: [one, two],
        lines,
        gateway,
        ..
    } = world;
    let of = |target| plan.of_target(target);
    let sockets = [servers.postgres.socket(), servers.redis.socket()];
    let serving = serve(gateway, &whereabouts);
    let injuring = async {
        tokio::join!(
            injuries::of_node(one, of(Target::Node(0)), began),
            injuries::of_node(two, of(Target::Node(1)), began),
            injuries::of_postgres(&mut servers.postgres, pool, of(Target::Postgres), began),
            injuries::of_redis(&mut servers.redis, &redis, of(Target::Redis), began),
            injuries::of_gateway(gateway, of(Target::Gateway), began),
            cut(plan, lines, sockets, began),
            tokio::time::sleep_until(began + Duration::from_millis(plan.length_ms)),
        )
    };
    tokio::select! {
        done = injuring => {
            let (one, two, postgres, (), (), cut, ()) = done;
            for Done { away, stops: some } in [one, two, postgres].into_iter().chain(cut) {
                record.away.extend(away);
                stops.extend(some);
            }
            record.acted = acting.await.expect("officers do not panic");
            collect(&mut speaking, stop, record, findings).await;
        }
        () = serving => unreachable!("it never ends"),
    }
    stops
}

/// The lines of both nodes.
async fn cut(
    plan: &Plan,
    lines: &[Lines; 2],
    [postgres, redis]: [PathBuf; 2],
    began: Instant,
) -> [Done; 2] {
    let of_both = async |node: usize| {
        let to_postgres = plan.of_target(Target::ToPostgres(node));
        let to_redis = plan.of_target(Target::ToRedis(node));
        let (done, _) = tokio::join!(
            injuries::of_line(&lines[node].postgres, postgres.clone(), to_postgres, began),
            injuries::of_line(&lines[node].redis, redis.clone(), to_redis, began),
        );
        done
    };
    tokio::join!(of_both(0), of_both(1)).into()
}

/// What each speaker says: programs one thing each, a phone all of its own.
fn speakers(says: &[Says]) -> Vec<Vec<Says>> {
    let mut phones: BTreeMap<usize, Vec<Says>> = BTreeMap::new();
    let mut all = Vec::new();
    for one in says {
        match one.phone {
            Some(phone) => phones.entry(phone).or_default().push(one.clone()),
            None => all.push(vec![one.clone()]),
        }
    }
    all.extend(phones.into_values());
    all
}

/// Tells the gateway where the service is, as what stands before several nodes would.
async fn serve(gateway: &simulator::Running, nodes: &[Whereabouts; 2]) {
    let mut look = interval(Duration::from_millis(50));
    let mut turn = 0;
    loop {
        look.tick().await;
        turn = 1 - turn;
        if let Some(url) = nodes[turn].url() {
            gateway.serve(&url, PUBLIC);
        }
    }
}

/// Waits for those who still report, and no longer than is right.
async fn collect(
    speaking: &mut JoinSet<Vec<Said>>,
    stop: watch::Sender<bool>,
    record: &mut Record,
    findings: &mut Vec<Finding>,
) {
    let gather = async |speaking: &mut JoinSet<Vec<Said>>, record: &mut Record| {
        while let Some(said) = speaking.join_next().await {
            record.said.extend(said.expect("speakers do not panic"));
        }
    };
    if timeout(LAST_TRY, gather(speaking, record)).await.is_err() {
        stop.send_replace(true);
        gather(speaking, record).await;
        let left = record
            .said
            .iter()
            .filter(|said| said.acknowledged.is_none());
        findings.push(Finding::new(
            "who reports is answered",
            format!("{} were not, 20 s after all was healed", left.count()),
        ));
    }
}

fn keep_logs(world: &World, plan: &Plan, logs: &Path) {
    let folder = logs.join(format!("seed-{}", plan.seed));
    std::fs::create_dir_all(&folder).expect("a folder for logs");
    for (at, node) in world.nodes.iter().enumerate() {
        std::fs::write(folder.join(format!("node-{at}.log")), node.log()).expect("a log");
    }
}
