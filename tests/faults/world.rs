//! What a round happens in: servers, nodes, gateway, people on duty and short clocks.

use crate::nodes::{Node, Whereabouts};
use crate::plan::Plan;
use crate::record::OnDuty;
use crate::stalls::Stalls;
use crate::support::given::{self, UNDERSTANDING};
use crate::support::servers::Pair;
use crate::support::wire::Wire;
use chrono::TimeDelta;
use msaada::case::{Clocks, MissionCode, Post, Role, Sealed};
use msaada::clock::Clock;
use msaada::simulator;
use msaada::store::{NewResponder, Store};
use sqlx::PgPool;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// Under which the provider knows the service: signatures cover it, whichever node is reached.
pub(crate) const PUBLIC: &str = "http://msaada.example";
pub(crate) const PREFIX: &str = "faults";

/// Claim, first action and check-in in seconds, by priority.
const CLOCKS: [(i16, u32, u32, u32); 4] = [(0, 2, 3, 4), (1, 3, 3, 5), (2, 4, 5, 6), (3, 6, 8, 9)];

/// Who is on duty: name, role, post, mission.
pub(crate) const STAFF: [(&str, Role, Post, &str); 5] = [
    ("officer@dubai", Role::Officer, Post::Desk, "AE-DXB"),
    ("duty@dubai", Role::Officer, Post::DutyOfficer, "AE-DXB"),
    (
        "head@dubai",
        Role::Supervisor,
        Post::HeadOfMission,
        "AE-DXB",
    ),
    (
        "operator@centre",
        Role::Operator,
        Post::ResponseCentre,
        "KE-NBO",
    ),
    (
        "second@centre",
        Role::Supervisor,
        Post::ResponseCentre,
        "KE-NBO",
    ),
];

/// Who is texted first, among them.
pub(crate) const DUTY_OFFICER: usize = 1;

/// The phone of one of them.
pub(crate) fn phone_of(staff: usize) -> String {
    format!("+25471100000{staff}")
}

/// The lines of a node to PostgreSQL and Redis.
pub(crate) struct Lines {
    pub(crate) postgres: Wire,
    pub(crate) redis: Wire,
}

impl Lines {
    fn to(servers: &Pair) -> Self {
        Self {
            postgres: Wire::to(servers.postgres.socket()),
            redis: Wire::to(servers.redis.socket()),
        }
    }
}

pub(crate) struct World {
    pub(crate) servers: Pair,
    /// Of either node.
    pub(crate) lines: [Lines; 2],
    pub(crate) pool: PgPool,
    pub(crate) nodes: [Node; 2],
    pub(crate) gateway: simulator::Running,
    pub(crate) duty: Vec<OnDuty>,
    pub(crate) clocks: BTreeMap<i16, Clocks>,
    pub(crate) stalls: Stalls,
}

impl World {
    pub(crate) async fn start(plan: &Plan) -> Self {
        let fsync = if plan.durable {
            "fsync=on"
        } else {
            "fsync=off"
        };
        let servers =
            Pair::with(&[fsync, "synchronous_commit=on", "track_commit_timestamp=on"]).await;
        let (database, pool) = servers.database("faults").await;
        let store = Store::lazy(&database, 4).expect("a URL");
        let missions = UNDERSTANDING.missions();
        store.load_missions(missions).await.expect("missions");
        let clocks = short_clocks(&pool).await;
        let duty = staff(&store).await;
        let gateway = given::phones(PUBLIC, Duration::from_millis(5), &Clock::default());
        let lines = [Lines::to(&servers), Lines::to(&servers)];
        let settings = lines.each_ref().map(|lines| settings(lines, &gateway));
        let small = plan.small_disk;
        let (one, two) = tokio::join!(
            Node::start(&settings[0], small),
            Node::start(&settings[1], small)
        );
        Self {
            servers,
            lines,
            pool,
            nodes: [one, two],
            gateway,
            duty,
            clocks,
            stalls: Stalls::begin(),
        }
    }

    pub(crate) fn whereabouts(&self) -> [Whereabouts; 2] {
        [self.nodes[0].whereabouts(), self.nodes[1].whereabouts()]
    }
}

fn settings(lines: &Lines, gateway: &simulator::Running) -> Vec<String> {
    let database = format!("postgres://msaada@127.0.0.1:{}/faults", lines.postgres.port);
    let redis = format!("redis://127.0.0.1:{}", lines.redis.port);
    let api = gateway.url();
    let own = [
        ("--database-url", &*database),
        ("--redis-url", &redis),
        ("--redis-prefix", PREFIX),
        ("--listen", "127.0.0.1:0"),
        ("--public-url", PUBLIC),
        ("--twilio-api", &api),
    ];
    given::ARGUMENTS
        .into_iter()
        .chain(own)
        .flat_map(|(name, value)| [name.to_owned(), value.to_owned()])
        .collect()
}

/// A new edition of the policies, with clocks of seconds.
async fn short_clocks(pool: &PgPool) -> BTreeMap<i16, Clocks> {
    let mut all = BTreeMap::new();
    for (priority, claim, first_action, check_in) in CLOCKS {
        let second = |s: u32| i32::try_from(s).expect("few");
        sqlx::query(
            "insert into policies (edition, priority, claim_s, first_action_s, check_in_s, ladder)
             select 1000, $1, $2, $3, $4, ladder from policies where edition = 1 and priority = $1
                and kind is null",
        )
        .bind(priority)
        .bind(second(claim))
        .bind(second(first_action))
        .bind(second(check_in))
        .execute(pool)
        .await
        .expect("a policy");
        let clocks = Clocks::new(claim, first_action, check_in).expect("clocks");
        assert!(clocks.claim() >= TimeDelta::seconds(1));
        all.insert(priority, clocks);
    }
    all
}

async fn staff(store: &Store) -> Vec<OnDuty> {
    let mut duty = Vec::new();
    for (at, (name, role, post, mission)) in STAFF.into_iter().enumerate() {
        let phone = phone_of(at);
        let new = NewResponder {
            email: format!("{name}.example"),
            name: name.to_owned(),
            role,
            post,
            mission: mission.parse::<MissionCode>().expect("a mission"),
            password_hash: Some(given::password_hash()),
            phone: Some(Sealed::new(phone.clone())),
            on_duty: true,
        };
        let now = Clock::default().now();
        store
            .add_responder(&new, Uuid::new_v4(), now)
            .await
            .expect("a responder");
        duty.push(OnDuty {
            mission: mission.to_owned(),
            post,
            phone,
        });
    }
    duty
}
