//! The phones and what went between them and the service.
//!
//! All in memory, and bounded: the last 10,000 messages, and the last 200 of a phone; how many older
//! ones went is told with every list. Nobody waits for anybody under the lock.

use super::faults::{Faults, Mode};
use super::message::{Direction, Medium, Message, parts_of};
use super::{Options, carrier};
use crate::intake::twilio::inbound::{START, STOP};
use crate::outbox::delivery::Status;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::broadcast;

/// The most messages remembered.
pub(super) const MESSAGES: usize = 10_000;
/// The most of one phone.
pub(super) const OF_A_PHONE: usize = 200;
/// The most phones; the one that was silent longest goes.
pub(super) const PHONES: usize = 2_000;
/// How far a page may lag behind before it must ask for everything again.
const LAG: usize = 1_024;

/// What a phone writes.
pub(super) struct Written {
    pub(super) phone: String,
    pub(super) text: String,
    pub(super) whatsapp: bool,
    pub(super) pin: Option<(f64, f64)>,
    pub(super) media: Vec<Medium>,
}

/// What the service sends.
#[derive(Clone)]
pub(super) struct Posted {
    pub(super) phone: String,
    pub(super) service: String,
    pub(super) text: String,
    pub(super) whatsapp: bool,
    pub(super) callback: Option<String>,
    pub(super) messaging_service: Option<String>,
}

/// Where the service is.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) webhook: String,
    pub(super) public_url: String,
}

impl Service {
    /// A service at these addresses; that of its webhook does as well.
    fn at(webhook: &str, public_url: &str) -> Self {
        let base = |url: &str| {
            let url = url.trim_end_matches('/');
            let url = url.strip_suffix(carrier::MESSAGES).unwrap_or(url);
            url.to_owned()
        };
        Self {
            webhook: base(webhook),
            public_url: base(public_url),
        }
    }
}

#[derive(Default)]
struct State {
    messages: VecDeque<Message>,
    phones: BTreeMap<String, u64>,
    opted_out: BTreeSet<String>,
    senders: BTreeMap<(String, bool), String>,
    faults: Faults,
    seq: u64,
    made: u64,
    forgotten: u64,
}

/// The network.
pub(super) struct Network {
    pub(super) options: Options,
    pub(super) http: reqwest::Client,
    /// Where it listens, once it does.
    pub(super) own: OnceLock<String>,
    /// Distinguishes this simulator's ids from an earlier one's on the same database.
    run: u64,
    service: Mutex<Service>,
    state: Mutex<State>,
    changes: broadcast::Sender<Message>,
}

impl Network {
    pub(super) fn new(options: Options) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(std::time::Duration::from_secs(5))
            .timeout(std::time::Duration::from_secs(15))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            service: Mutex::new(Service::at(&options.webhook, &options.public_url)),
            options,
            http,
            own: OnceLock::new(),
            run: rand::random(),
            state: Mutex::default(),
            changes: broadcast::channel(LAG).0,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.options.clock.now()
    }

    pub(super) fn service(&self) -> Service {
        self.service
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The base of its API.
    pub(super) fn own_url(&self) -> &str {
        self.own.get().map_or("", String::as_str)
    }

    pub(super) fn serve(&self, webhook: &str, public_url: &str) {
        let service = Service::at(webhook, public_url);
        *self.service.lock().unwrap_or_else(PoisonError::into_inner) = service;
    }

    pub(super) fn misbehave(&self, faults: Faults) {
        self.state().faults = faults;
    }

    pub(super) fn faults(&self) -> Faults {
        self.state().faults.clone()
    }

    /// The fault for the next message of or to this phone.
    pub(super) fn next_fault(&self, phone: &str) -> (Mode, Option<u32>) {
        self.state().faults.next(phone)
    }

    /// Every change from now on.
    pub(super) fn listen(&self) -> broadcast::Receiver<Message> {
        self.changes.subscribe()
    }

    /// Switches a phone on.
    pub(super) fn add_phone(&self, phone: &str) {
        self.state().see(phone);
    }

    /// The phones, and whether each has written STOP.
    pub(super) fn phones(&self) -> Vec<(String, bool)> {
        let state = self.state();
        state
            .phones
            .keys()
            .map(|phone| (phone.clone(), state.opted_out.contains(phone)))
            .collect()
    }

    pub(super) fn is_opted_out(&self, phone: &str) -> bool {
        self.state().opted_out.contains(phone)
    }

    /// A phone writes. Carriers hear STOP and START here, exactly as written; the message goes on.
    pub(super) fn written(&self, written: Written) -> Message {
        let mut state = self.state();
        let is = |family: &[&str]| {
            family
                .iter()
                .any(|word| word.eq_ignore_ascii_case(written.text.trim()))
        };
        if !written.whatsapp && is(STOP) {
            state.opted_out.insert(written.phone.clone());
        } else if !written.whatsapp && is(START) {
            state.opted_out.remove(&written.phone);
        }
        let service = state
            .senders
            .get(&(written.phone.clone(), written.whatsapp))
            .cloned()
            .unwrap_or_else(|| self.options.number.clone());
        let message = self.blank(&mut state, Direction::FromPhone, written.phone, service);
        let message = Message {
            parts: parts_of(&written.text, written.whatsapp),
            text: written.text,
            whatsapp: written.whatsapp,
            pin: written.pin,
            media: written.media,
            status: Status::Received,
            ..message
        };
        self.keep(&mut state, message)
    }

    /// The service sends.
    pub(super) fn posted(&self, posted: Posted) -> Message {
        let mut state = self.state();
        if posted.messaging_service.is_none() {
            let key = (posted.phone.clone(), posted.whatsapp);
            state.senders.insert(key, posted.service.clone());
        }
        let message = self.blank(&mut state, Direction::ToPhone, posted.phone, posted.service);
        let message = Message {
            parts: parts_of(&posted.text, posted.whatsapp),
            text: posted.text,
            whatsapp: posted.whatsapp,
            callback: posted.callback,
            messaging_service: posted.messaging_service,
            ..message
        };
        self.keep(&mut state, message)
    }

    fn blank(
        &self,
        state: &mut State,
        direction: Direction,
        phone: String,
        service: String,
    ) -> Message {
        state.made += 1;
        let now = self.now();
        Message {
            seq: 0,
            sid: format!("SM{:016x}{:016x}", self.run, state.made),
            direction,
            phone,
            service,
            text: String::new(),
            whatsapp: false,
            pin: None,
            media: Vec::new(),
            parts: 1,
            status: Status::Queued,
            error_code: None,
            webhook_status: None,
            at: now,
            updated_at: now,
            callback: None,
            messaging_service: None,
        }
    }

    fn keep(&self, state: &mut State, mut message: Message) -> Message {
        state.seq += 1;
        message.seq = state.seq;
        state.see(&message.phone);
        if state.messages.len() == MESSAGES {
            state.messages.pop_front();
            state.forgotten += 1;
        }
        state.messages.push_back(message.clone());
        // Nobody listening is no fault.
        let _ = self.changes.send(message.clone());
        message
    }

    /// Changes a message, if it is still remembered.
    pub(super) fn change(&self, sid: &str, change: impl FnOnce(&mut Message)) -> Option<Message> {
        let now = self.now();
        let mut state = self.state();
        state.seq += 1;
        let seq = state.seq;
        let message = state.messages.iter_mut().rev().find(|m| m.sid == sid)?;
        change(message);
        message.seq = seq;
        message.updated_at = now;
        let message = message.clone();
        let _ = self.changes.send(message.clone());
        Some(message)
    }

    pub(super) fn message(&self, sid: &str) -> Option<Message> {
        self.state().messages.iter().find(|m| m.sid == sid).cloned()
    }

    /// The last messages of a phone, oldest first, and whether older ones are left out.
    pub(super) fn of_phone(&self, phone: &str) -> (Vec<Message>, bool) {
        let state = self.state();
        let mut all: Vec<Message> = state
            .messages
            .iter()
            .rev()
            .filter(|m| m.phone == phone)
            .take(OF_A_PHONE + 1)
            .cloned()
            .collect();
        let more = all.len() > OF_A_PHONE || state.forgotten > 0;
        all.truncate(OF_A_PHONE);
        all.reverse();
        (all, more)
    }

    /// What is new or changed after `seq`, oldest first; the last number given; how many messages
    /// have been forgotten since the start.
    pub(super) fn since(&self, seq: u64) -> (Vec<Message>, u64, u64) {
        let state = self.state();
        let mut new: Vec<Message> = state
            .messages
            .iter()
            .filter(|m| m.seq > seq)
            .cloned()
            .collect();
        new.sort_by_key(|m| m.seq);
        (new, state.seq, state.forgotten)
    }

    /// Messages that fit, newest first.
    pub(super) fn list(&self, fits: impl Fn(&Message) -> bool) -> Vec<Message> {
        self.state()
            .messages
            .iter()
            .rev()
            .filter(|m| fits(m))
            .cloned()
            .collect()
    }

    /// Forgets every message, phone, STOP and fault.
    pub(super) fn reset(&self) {
        let mut state = self.state();
        *state = State {
            seq: state.seq,
            made: state.made,
            ..State::default()
        };
    }
}

impl State {
    fn see(&mut self, phone: &str) {
        self.phones.insert(phone.to_owned(), self.seq);
        if self.phones.len() > PHONES
            && let Some(oldest) = self
                .phones
                .iter()
                .min_by_key(|(_, seq)| **seq)
                .map(|(p, _)| p.clone())
        {
            self.phones.remove(&oldest);
        }
    }
}
