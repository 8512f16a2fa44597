//! What a seed means: who says what and when, what the responders do, and what is injured when.
//!
//! Pure, so that a round that failed is played again by its number. The plan is the same every time;
//! which of two things that happen in the same millisecond comes first is not, and the second try of
//! a seed may pass.

use crate::chance::Chance;
use std::fmt;

/// How long reports come in at least, in milliseconds.
const LOAD_MS: u64 = 6_000;
/// What a target has to itself between two injuries.
const PAUSE_MS: u64 = 400;

/// A round.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// Whether PostgreSQL syncs to the disk.
    pub(crate) durable: bool,
    /// Whether the spools lie on a disk that fills up, and reports are long.
    pub(crate) small_disk: bool,
    /// How long it goes on before all is healed.
    pub(crate) length_ms: u64,
    pub(crate) says: Vec<Says>,
    pub(crate) deeds: Vec<Deed>,
    pub(crate) injuries: Vec<Injury>,
}

/// Somebody reports.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Says {
    pub(crate) at_ms: u64,
    /// The phone it is written on; none: over HTTP by a program.
    pub(crate) phone: Option<usize>,
    pub(crate) text: String,
    /// The node that is tried first.
    pub(crate) node: usize,
}

/// Somebody at a desk acts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Deed {
    pub(crate) at_ms: u64,
    pub(crate) who: usize,
    pub(crate) does: Does,
    pub(crate) chance: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    /// Claims the same case as a colleague on the other node, at the same moment.
    Race,
    /// Asks for the most urgent one, as a colleague does at the same moment.
    Next,
    /// Goes on with a case of her own: starts, writes, notes, agrees on a word, releases or resolves.
    Work,
    /// Takes a case from a colleague.
    TakeOver,
    /// Offers a case to the centre, or to a mission where nobody is on duty.
    Offer,
    /// An offer is accepted, refused or taken back; or the centre goes on with what it accepted.
    Answer,
}

/// Something goes wrong for a while.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Injury {
    pub(crate) at_ms: u64,
    pub(crate) lasts_ms: u64,
    pub(crate) what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum What {
    KillNode(usize),
    FreezeNode(usize),
    /// Stopped in order and started again.
    RollNode(usize),
    /// Its wall clock jumps by so many milliseconds, and back at the end.
    StepClock(usize, i64),
    KillPostgres,
    FreezePostgres,
    CutPostgres,
    KillRedis,
    FreezeRedis,
    FlushRedis,
    CutRedis,
    /// The line of a node to a server: nothing arrives any more, and nobody reports that.
    SilencePostgres(usize),
    SilenceRedis(usize),
    Gateway(Gateway),
}

/// How the gateway behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Gateway {
    Fails,
    Busy,
    Silent,
    /// Sends, and the answer breaks off.
    Cut,
    /// Does not send, and the answer breaks off.
    Lost,
    /// Refuses numbers for good.
    Refuses(Whose),
    /// Takes texts for phones that are off.
    Off(Whose),
    /// Tells states twice, late, in reverse, or not at all.
    Twice,
    Late,
    Reversed,
    Mute,
}

/// Whose texts are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Whose {
    DutyOfficer,
    Everybody,
}

/// What cannot suffer two injuries at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Target {
    Node(usize),
    Postgres,
    Redis,
    /// The line of a node.
    ToPostgres(usize),
    ToRedis(usize),
    Gateway,
}

impl What {
    pub(crate) const fn target(self) -> Target {
        match self {
            Self::KillNode(n) | Self::FreezeNode(n) | Self::RollNode(n) | Self::StepClock(n, _) => {
                Target::Node(n)
            }
            Self::KillPostgres | Self::FreezePostgres | Self::CutPostgres => Target::Postgres,
            Self::KillRedis | Self::FreezeRedis | Self::FlushRedis | Self::CutRedis => {
                Target::Redis
            }
            Self::SilencePostgres(n) => Target::ToPostgres(n),
            Self::SilenceRedis(n) => Target::ToRedis(n),
            Self::Gateway(_) => Target::Gateway,
        }
    }

    /// Whether clocks may fire late meanwhile, and for so long.
    pub(crate) const fn holds_up_clocks(self) -> bool {
        matches!(
            self,
            Self::KillPostgres
                | Self::FreezePostgres
                | Self::CutPostgres
                | Self::SilencePostgres(_)
                | Self::FreezeNode(_)
                | Self::KillNode(_)
                | Self::RollNode(_)
                | Self::StepClock(..)
        )
    }

    /// Its kind, for the table.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::KillNode(_) => "node: kill -9",
            Self::FreezeNode(_) => "node: SIGSTOP",
            Self::RollNode(_) => "node: rolling restart",
            Self::StepClock(..) => "node: wall clock stepped",
            Self::KillPostgres => "PostgreSQL: kill -9",
            Self::FreezePostgres => "PostgreSQL: SIGSTOP",
            Self::CutPostgres => "PostgreSQL: connections cut",
            Self::KillRedis => "Redis: kill -9, back empty",
            Self::FreezeRedis => "Redis: SIGSTOP",
            Self::FlushRedis => "Redis: FLUSHALL",
            Self::CutRedis => "Redis: connections cut",
            Self::SilencePostgres(_) => "line to PostgreSQL: cut, and nobody reports it",
            Self::SilenceRedis(_) => "line to Redis: cut, and nobody reports it",
            Self::Gateway(Gateway::Refuses(_)) => "gateway: numbers refused for good",
            Self::Gateway(Gateway::Off(_)) => "gateway: phones that are off",
            Self::Gateway(Gateway::Fails) => "gateway: 500",
            Self::Gateway(Gateway::Busy) => "gateway: 429",
            Self::Gateway(Gateway::Silent) => "gateway: no answer",
            Self::Gateway(Gateway::Cut) => "gateway: sent, answer cut",
            Self::Gateway(Gateway::Lost) => "gateway: not sent, answer cut",
            Self::Gateway(Gateway::Twice) => "gateway: states told twice",
            Self::Gateway(Gateway::Late) => "gateway: states told late",
            Self::Gateway(Gateway::Reversed) => "gateway: states out of order",
            Self::Gateway(Gateway::Mute) => "gateway: states not told",
        }
    }
}

impl fmt::Display for Injury {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>5} ms: {} ({:?}) for {} ms",
            self.at_ms,
            self.what.kind(),
            self.what,
            self.lasts_ms
        )
    }
}

/// What a text says besides its number: its urgency follows from it.
const PLEAS: [&str; 5] = [
    "ananipiga sasa hivi anataka kuniua, niko Deira Dubai",
    "I am locked in a house in Deira Dubai",
    "nisaidie niko Deira, amenifungia ndani",
    "my passport was lost in Deira Dubai",
    "where do I renew a passport in Dubai?",
];
/// For a mission where nobody is on duty.
const ELSEWHERE: &str = "I am locked in a house in Muscat";

impl Plan {
    /// The plan of a seed.
    pub(crate) fn of(seed: u64) -> Self {
        let mut chance = Chance::of(seed);
        let small_disk = chance.one_in(5);
        let durable = !chance.one_in(4);
        let injuries = injuries(&mut chance, small_disk);
        let last = injuries.iter().map(|i| i.at_ms + i.lasts_ms).max();
        Self {
            seed,
            durable,
            small_disk,
            length_ms: LOAD_MS.max(last.unwrap_or(0) + PAUSE_MS),
            says: says(&mut Chance::of(chance.draw()), small_disk),
            deeds: deeds(&mut Chance::of(chance.draw())),
            injuries,
        }
    }

    /// The injuries of one target, in order.
    pub(crate) fn of_target(&self, target: Target) -> Vec<Injury> {
        let of = |injury: &&Injury| injury.what.target() == target;
        self.injuries.iter().filter(of).copied().collect()
    }
}

fn says(chance: &mut Chance, long: bool) -> Vec<Says> {
    let count = chance.between(30, 60);
    let mut all: Vec<Says> = (0..count)
        .map(|n| {
            let plea = if chance.one_in(12) {
                ELSEWHERE
            } else {
                chance.pick(&PLEAS)
            };
            let phone = chance.one_in(2).then(|| chance.between(0, 7));
            let more = if long && phone.is_none() {
                " and so on".repeat(usize::try_from(chance.between(100, 1_500)).expect("few"))
            } else {
                String::new()
            };
            Says {
                at_ms: chance.between(0, LOAD_MS),
                phone: phone.map(|n| usize::try_from(n).expect("few")),
                text: format!("({n}) {plea}{more}"),
                node: usize::from(chance.one_in(2)),
            }
        })
        .collect();
    all.sort_by_key(|says| says.at_ms);
    all
}

fn deeds(chance: &mut Chance) -> Vec<Deed> {
    let count = chance.between(50, 80);
    let mut all: Vec<Deed> = (0..count)
        .map(|_| Deed {
            at_ms: chance.between(500, LOAD_MS),
            who: usize::from(chance.one_in(2)),
            does: chance.pick(&[
                Does::Race,
                Does::Race,
                Does::Race,
                Does::Next,
                Does::Work,
                Does::Work,
                Does::Work,
                Does::TakeOver,
                Does::Offer,
                Does::Offer,
                Does::Answer,
            ]),
            chance: chance.draw(),
        })
        .collect();
    all.sort_by_key(|deed| deed.at_ms);
    all
}

fn injuries(chance: &mut Chance, small_disk: bool) -> Vec<Injury> {
    let mut all: Vec<Injury> = Vec::new();
    if small_disk {
        // A disk fills only while PostgreSQL is away.
        all.push(Injury {
            at_ms: chance.between(500, 2_000),
            lasts_ms: chance.between(2_500, 4_000),
            what: chance.pick(&[What::KillPostgres, What::FreezePostgres]),
        });
    }
    let count = usize::try_from(chance.between(3, 6)).expect("few");
    // Not all that is drawn finds a gap.
    for _ in 0..20 {
        if all.len() >= count {
            break;
        }
        let one = injury(chance);
        let free = all
            .iter()
            .filter(|other| other.what.target() == one.what.target())
            .all(|other| {
                one.at_ms + one.lasts_ms + PAUSE_MS <= other.at_ms
                    || other.at_ms + other.lasts_ms + PAUSE_MS <= one.at_ms
            });
        if free {
            all.push(one);
        }
    }
    all.sort_by_key(|injury| (injury.at_ms, injury.what));
    all
}

fn injury(chance: &mut Chance) -> Injury {
    let node = usize::from(chance.one_in(2));
    let step = i64::try_from(chance.between(1_000, 30_000)).expect("small");
    let step = if chance.one_in(2) { -step } else { step };
    let whose = chance.pick(&[Whose::DutyOfficer, Whose::Everybody]);
    let gateway = chance.pick(&[
        Gateway::Fails,
        Gateway::Busy,
        Gateway::Silent,
        Gateway::Cut,
        Gateway::Cut,
        Gateway::Lost,
        Gateway::Refuses(whose),
        Gateway::Refuses(whose),
        Gateway::Off(whose),
        Gateway::Twice,
        Gateway::Late,
        Gateway::Reversed,
        Gateway::Mute,
    ]);
    let what = chance.pick(&[
        What::KillNode(node),
        What::KillNode(node),
        What::FreezeNode(node),
        What::RollNode(node),
        What::StepClock(node, step),
        What::KillPostgres,
        What::FreezePostgres,
        What::CutPostgres,
        What::KillRedis,
        What::FreezeRedis,
        What::FlushRedis,
        What::CutRedis,
        What::SilencePostgres(node),
        What::SilenceRedis(node),
        What::Gateway(gateway),
        What::Gateway(gateway),
        What::Gateway(gateway),
    ]);
    let lasts_ms = match what {
        What::FlushRedis | What::CutRedis | What::CutPostgres => 0,
        What::FreezeNode(_) | What::FreezePostgres | What::FreezeRedis if chance.one_in(8) => {
            chance.between(8_000, 10_000)
        }
        What::Gateway(_) => chance.between(500, 2_500),
        _ => chance.between(200, 3_500),
    };
    Injury {
        at_ms: chance.between(300, 5_500),
        lasts_ms,
        what,
    }
}
