//! Starts everything a node consists of, and stops it.
//!
//! A node holds nothing that is the only copy: it may be killed at any moment, and any number of
//! them share one PostgreSQL and one Redis. It starts, and listens, while either is away.

mod beside;

use crate::atlas::Atlas;
use crate::audit::Audit;
use crate::carry::{self, Carrier};
use crate::case::{Channel, Number};
use crate::clock::Clock;
use crate::config::{Settings, WrongSetting};
use crate::desk::Sessions;
use crate::desk::beats::Beats;
use crate::desk::opening::{self, Opening};
use crate::feed::Feed;
use crate::flow::{Ceiling, Flow, batch};
use crate::intake::doors::Doors;
use crate::intake::stalled::Patience;
use crate::intake::twilio::missed::Missed;
use crate::outbox::twilio::Twilio;
use crate::presence::Presence;
use crate::queue::Queue;
use crate::reach::Reach;
use crate::repair::Repair;
use crate::rounds::{Wake, keep};
use crate::server::{self, Parts};
use crate::spool::{NotOpened, Spool};
use crate::store::{Store, StoreError};
use crate::understand::{Heard, Understanding};
use metrics_exporter_prometheus::PrometheusHandle;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

/// What wakes nobody is looked at this often all the same.
const CLOCKS: Duration = Duration::from_secs(1);
const OUTBOX: Duration = Duration::from_secs(2);
const REPAIR: Duration = Duration::from_secs(1);
const STANDING: Duration = Duration::from_secs(2);
const DRAIN: Duration = Duration::from_secs(1);
const TIME: Duration = Duration::from_secs(2);
const PRESSURE: Duration = Duration::from_millis(250);
const ASKING: Duration = Duration::from_mins(1);
/// How long a node that stops waits until the outbox has recorded how far its texts came.
const OUTBOX_ENDS: Duration = Duration::from_millis(4_500);

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// A setting is wrong.
    #[error(transparent)]
    Setting(#[from] WrongSetting),
    /// The database's URL.
    #[error("DATABASE_URL: {0}; it must be such as postgres://msaada:password@host/msaada")]
    Store(#[from] StoreError),
    /// The spool's folder.
    #[error("MSAADA_SPOOL_DIR: {0}")]
    Spool(#[from] NotOpened),
    /// The address.
    #[error("MSAADA_LISTEN: cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// What the binary carries cannot be read.
    #[error("what the service understands with cannot be read: {0}")]
    Understanding(String),
}

/// A node that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its flow.
    pub flow: Flow,
    stop: CancellationToken,
    server: actix_web::dev::ServerHandle,
    outbox: AbortOnDropHandle<()>,
    tasks: JoinSet<()>,
}

/// Takes the address a node is to listen on.
///
/// # Errors
/// [`NotStarted::Listen`]: it is taken, or not ours.
pub fn listen(settings: &Settings) -> Result<TcpListener, NotStarted> {
    TcpListener::bind(&settings.listen).map_err(|source| NotStarted::Listen {
        address: settings.listen.clone(),
        source,
    })
}

/// Starts a node on an address it has taken.
///
/// # Errors
/// [`NotStarted`], naming the setting to mend. A store that is away is no reason not to start.
pub fn start(
    settings: &Settings,
    listener: TcpListener,
    clock: Clock,
    understanding: Arc<Understanding>,
    figures: Option<PrometheusHandle>,
) -> Result<Running, NotStarted> {
    warm(&understanding);
    let store = Store::lazy(&settings.database_url, settings.database_connections)?
        .with_rates(settings.rates()?);
    let redis = Reach::new(settings.redis()?);
    let queue = Queue::new(redis.clone(), &settings.redis_prefix);
    let (feed, cards) = Feed::new(Uuid::new_v4(), &settings.redis_prefix);
    let (presence, told) = Presence::new(&settings.redis_prefix);
    let (gather, jobs) = batch();
    let messages = settings.messages()?;
    let mint = settings.mint()?;
    let public_url = settings.public_url()?;
    let spool = spool(settings)?;
    let mut flow = Flow::new(
        store.clone(),
        understanding,
        mint,
        clock,
        (feed.clone(), queue.clone(), presence.clone()),
        (gather, spool),
    );
    flow.ceiling = Arc::new(Ceiling::new(
        settings.typed_texts_hourly,
        settings.typed_texts_hourly_country,
    ));
    let listening = |source| NotStarted::Listen {
        address: settings.listen.clone(),
        source,
    };
    let address = listener.local_addr().map_err(listening)?;
    let stop = CancellationToken::new();
    let atlas = Atlas::new(store.clone());
    let audit = Audit::new(
        store.clone(),
        flow.spool.clone(),
        settings.deadman()?,
        flow.clock.now(),
    );
    let beats = Beats::default();
    let (opening, pages) = Opening::new(tokio::runtime::Handle::current());
    let parts = Parts {
        flow: flow.clone(),
        atlas: atlas.clone(),
        audit: audit.clone(),
        sessions: Sessions {
            length: settings.session_length(),
            secure: public_url.starts_with("https://"),
        },
        doors: Doors {
            tokens: messages.as_ref().map(|messages| messages.tokens.clone()),
            public_url,
        },
        photographs_hourly: settings.photographs_hourly,
        patience: Patience::of(Duration::from_secs(settings.body_seconds)),
        tiles: settings.tiles()?,
        figures,
        beats: beats.clone(),
        opening,
        stop: stop.clone(),
    };
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let server = server::serve(parts, listener, workers).map_err(listening)?;
    let handle = server.handle();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the server ended");
        }
    });
    tasks.spawn(flow.clone().work_batches(jobs));
    tasks.spawn(opening::read(store.clone(), pages));
    tasks.spawn(feed.clone().relay(cards, queue.clone(), redis.clone()));
    tasks.spawn(presence.clone().relay(told, redis.clone()));
    beside::begin_meeting(&mut tasks, presence, redis.clone(), &stop);
    let outbox = begin_rounds(&mut tasks, &flow, messages.map(|m| m.gateway), &stop);
    beside::begin_counting(&mut tasks, atlas, &flow, &stop);
    beside::begin_repair(
        &mut tasks,
        Repair::new(store, feed, queue, redis.clone()),
        &stop,
    );
    beside::begin_hearing(&mut tasks, &flow, redis, &stop);
    beside::begin_audit(&mut tasks, &flow, audit, &stop);
    beside::begin_beats(&mut tasks, &flow, beats, &stop);
    tracing::info!(%address, "listening");
    Ok(Running {
        address,
        flow,
        stop,
        server: handle,
        outbox,
        tasks,
    })
}

/// Where reports are kept while PostgreSQL is away, if a folder was set.
fn spool(settings: &Settings) -> Result<Option<Spool>, NotStarted> {
    let Some(folder) = &settings.spool_dir else {
        tracing::warn!("MSAADA_SPOOL_DIR is not set: without PostgreSQL, reports are refused");
        return Ok(None);
    };
    Ok(Some(Spool::open(folder, settings.spool_max_bytes)?))
}

/// The first number and the first text cost a hundred times what later ones do; nobody in need
/// should be the first.
fn warm(understanding: &Understanding) {
    let number = Number::read("+254700000001");
    let mut heard = Heard::words("nisaidie, help, ساعدوني", Channel::Sms);
    heard.number = Some(&number);
    let _ = understanding.understand(&heard);
}

fn begin_rounds(
    tasks: &mut JoinSet<()>,
    flow: &Flow,
    gateway: Option<Twilio>,
    stop: &CancellationToken,
) -> AbortOnDropHandle<()> {
    if let Some(gateway) = &gateway {
        begin_asking(tasks, flow, gateway.clone(), stop);
    } else {
        tracing::warn!("no message service is set up: texts are marked as failed on their cases");
    }
    let ticking = flow.clone();
    tasks.spawn(keep(
        "clocks",
        flow.wakes.clocks.clone(),
        CLOCKS,
        stop.clone(),
        async move || ticking.tick().await,
    ));
    let agreeing = flow.clone();
    tasks.spawn(keep(
        "time",
        Wake::default(),
        TIME,
        stop.clone(),
        async move || agreeing.agree_on_time().await,
    ));
    let outbox = begin_saying(tasks, flow, gateway, stop);
    let draining = flow.clone();
    tasks.spawn(keep(
        "drain",
        flow.wakes.drain.clone(),
        DRAIN,
        stop.clone(),
        async move || draining.drain().await,
    ));
    let pressed = flow.clone();
    tasks.spawn(keep(
        "pressure",
        Wake::default(),
        PRESSURE,
        stop.clone(),
        async move || {
            pressed.weigh();
            Ok::<_, std::convert::Infallible>(None)
        },
    ));
    let standing = flow.clone();
    tasks.spawn(keep(
        "standing",
        Wake::default(),
        STANDING,
        stop.clone(),
        async move || standing.read_standing().await.map(|_| None),
    ));
    outbox
}

/// The outbox, and what follows from messages that were lost.
fn begin_saying(
    tasks: &mut JoinSet<()>,
    flow: &Flow,
    gateway: Option<Twilio>,
    stop: &CancellationToken,
) -> AbortOnDropHandle<()> {
    let carrier = Carrier {
        store: flow.store.clone(),
        gateway,
        wake: flow.wakes.outbox.clone(),
        lost: flow.wakes.lost.clone(),
        opened: Arc::default(),
        stop: stop.clone(),
    };
    carry::begin_counting();
    let clock = flow.clock.clone();
    let outbox = tokio::spawn(keep(
        "outbox",
        flow.wakes.outbox.clone(),
        OUTBOX,
        stop.clone(),
        async move || carrier.step(|| clock.now()).await,
    ));
    let following = flow.clone();
    tasks.spawn(keep(
        "lost",
        flow.wakes.lost.clone(),
        OUTBOX,
        stop.clone(),
        async move || following.follow_lost().await,
    ));
    AbortOnDropHandle::new(outbox)
}

/// What the webhooks did not tell: messages that came in while nobody answered, and what became of
/// those that were sent.
fn begin_asking(tasks: &mut JoinSet<()>, flow: &Flow, gateway: Twilio, stop: &CancellationToken) {
    let (unheard, client) = (flow.clone(), gateway.clone());
    tasks.spawn(keep(
        "unheard",
        Wake::default(),
        ASKING,
        stop.clone(),
        async move || {
            let Flow {
                store,
                wakes,
                clock,
                ..
            } = &unheard;
            carry::ask_after(store, &client, &wakes.lost, clock.now()).await
        },
    ));
    beside::begin_fetching(tasks, flow, gateway.clone(), stop);
    let (asking, mut missed) = (flow.clone(), Missed::default());
    tasks.spawn(keep(
        "missed",
        Wake::default(),
        ASKING,
        stop.clone(),
        async move || missed.step(&asking, &gateway).await,
    ));
}

impl Running {
    /// Stops: desks are told to reconnect, requests under way are finished, and of texts it is
    /// recorded how far they came, within five seconds.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let outbox = tokio::time::timeout(OUTBOX_ENDS, &mut self.outbox);
        let ((), outbox) = tokio::join!(self.server.stop(true), outbox);
        if outbox.is_err() {
            tracing::warn!("texts that were on their way stay with this node for a minute");
        }
        // Reports under way were answered; what still runs holds nothing that is the only copy.
        self.tasks.abort_all();
        while self.tasks.join_next().await.is_some() {}
        self.flow.let_go();
        tracing::info!("stopped");
    }

    /// Ends at once, as if it were killed. For tests.
    pub fn kill(mut self) {
        self.flow.let_go();
        self.outbox.abort();
        self.stop.cancel();
        self.tasks.abort_all();
        drop(self.server.stop(false));
    }
}
