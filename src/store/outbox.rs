//! The outbox: what is to be said, written in the same transaction as its cause, and what became of
//! each try.
//!
//! A message's intent is committed before the provider is called. If the process dies in between,
//! what became of the message is not known, and that is what its row says until the provider was
//! asked; it is never sent again on a guess.
//!
//! What is about to be sent is in somebody's hands under a lease, and who settles it says under which.
//! A process that stood still until its lease had run out, and goes on, has it no more: whatever it
//! says of a message that somebody else has taken meanwhile changes nothing.

use super::{Store, StoreError, Tx, expect_rows};
use crate::case::{Channel, Hours, Lang, Priority, Sealed};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

/// A message to be said.
#[derive(Debug, Clone)]
pub struct Written {
    /// Its id; the provider hands it back with every status.
    pub id: Uuid,
    /// The case it belongs to.
    pub case_id: Uuid,
    /// Whether it goes to a responder, not to the person.
    pub to_staff: bool,
    /// The channel.
    pub channel: Channel,
    /// The number.
    pub number: Sealed<String>,
    /// The words.
    pub body: Sealed<String>,
    /// The template they come from.
    pub template: Option<String>,
    /// Their language.
    pub lang: Lang,
    /// Who wrote it; none for the service itself.
    pub by: Option<Uuid>,
    /// How urgent it is.
    pub priority: Priority,
    /// For a text to a responder: the cases it tells of.
    pub about: Vec<Uuid>,
    /// And how many more, of which only that is known.
    pub beyond: i32,
    /// The message it is written in place of.
    pub follows: Option<Uuid>,
    /// It must not leave before.
    pub not_before: Option<DateTime<Utc>>,
}

/// A message to be handed to the gateway.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its id.
    pub id: Uuid,
    /// The lease under which it is in hand, or was when it came into doubt; none for what was taken by
    /// a node that knew of none.
    pub lease: Option<Uuid>,
    /// When it was taken to be handed over; none for what is only asked about.
    pub taken_at: Option<DateTime<Utc>>,
    /// The channel.
    pub channel: Channel,
    /// The number.
    pub number: Sealed<String>,
    /// The words.
    pub body: Sealed<String>,
    /// The case it belongs to.
    pub case_id: Uuid,
    /// How urgent it is.
    pub priority: Priority,
    /// How often it was tried, this time included.
    pub attempts: i16,
    /// How often the provider was asked since that try and did not have it.
    pub asked: i16,
    /// When it was written.
    pub written_at: DateTime<Utc>,
    /// Whether it goes to a responder.
    pub to_staff: bool,
    /// The hours it must be in, and the zones its reader may be in; none where there are no hours.
    pub within: Option<(Hours, Vec<Tz>)>,
}

/// A message in somebody's hands, as far as is needed to settle it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InHand {
    /// Its id.
    pub message: Uuid,
    /// As in [`Outgoing`].
    pub lease: Option<Uuid>,
    /// As in [`Outgoing`].
    pub taken_at: Option<DateTime<Utc>>,
}

impl Outgoing {
    /// What is needed to settle it.
    #[must_use]
    pub const fn in_hand(&self) -> InHand {
        InHand {
            message: self.id,
            lease: self.lease,
            taken_at: self.taken_at,
        }
    }
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The provider took it.
    Sent {
        /// The provider's id.
        sid: String,
    },
    /// It was not taken; to be tried again.
    Retry {
        /// When.
        at: DateTime<Utc>,
        /// Why, without personal data.
        error: String,
    },
    /// It was not handed over: it waits for a better moment, and this was no try.
    Later {
        /// When.
        at: DateTime<Utc>,
        /// Why, without personal data.
        error: &'static str,
    },
    /// It cannot be sent.
    Failed {
        /// Why, without personal data.
        error: String,
        /// The provider's code, where it gave one.
        code: Option<u32>,
    },
    /// It may no longer be said.
    Canceled {
        /// Why, without personal data.
        error: &'static str,
    },
    /// Nobody knows whether it was taken; the provider is to be asked.
    Unknown {
        /// When.
        ask_at: DateTime<Utc>,
        /// How often it did not have it so far.
        asked: i16,
    },
}

/// What became of tries, turned on its side: a column of each field.
#[derive(Default)]
struct Columns<'a> {
    message: Vec<Uuid>,
    lease: Vec<Option<Uuid>>,
    taken_at: Vec<Option<DateTime<Utc>>>,
    state: Vec<&'static str>,
    next_at: Vec<Option<DateTime<Utc>>>,
    sid: Vec<Option<&'a str>>,
    error: Vec<Option<&'a str>>,
    code: Vec<Option<i32>>,
    asked: Vec<i16>,
    untried: Vec<bool>,
}

impl<'a> Columns<'a> {
    /// In the order of the messages, in which leases name them too: so two that settle the same ones
    /// at once wait for each other, and never both.
    fn of(settled: &'a [(InHand, Settled)]) -> Self {
        let mut all = Self::default();
        let mut settled: Vec<&(InHand, Settled)> = settled.iter().collect();
        settled.sort_unstable_by_key(|(held, _)| held.message);
        for (held, settled) in settled {
            let (state, next_at, sid, error) = match settled {
                Settled::Sent { sid } => ("sent", None, Some(sid.as_str()), None),
                Settled::Retry { at, error } => ("queued", Some(*at), None, Some(error.as_str())),
                Settled::Later { at, error } => ("queued", Some(*at), None, Some(*error)),
                Settled::Failed { error, .. } => ("failed", None, None, Some(error.as_str())),
                Settled::Canceled { error } => ("canceled", None, None, Some(*error)),
                Settled::Unknown { ask_at, .. } => ("unknown", Some(*ask_at), None, None),
            };
            all.message.push(held.message);
            all.lease.push(held.lease);
            all.taken_at.push(held.taken_at);
            all.state.push(state);
            all.next_at.push(next_at);
            all.sid.push(sid);
            all.error.push(error);
            all.code.push(match settled {
                Settled::Failed { code, .. } => code.and_then(|code| i32::try_from(code).ok()),
                _ => None,
            });
            all.asked.push(match settled {
                Settled::Unknown { asked, .. } => *asked,
                _ => 0,
            });
            all.untried.push(matches!(
                settled,
                Settled::Later { .. } | Settled::Canceled { .. }
            ));
        }
        all
    }
}

impl Store {
    /// Writes messages into the outbox.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn write_messages(
        &self,
        tx: &mut Tx,
        messages: &[Written],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if messages.is_empty() {
            return Ok(());
        }
        self.insert_messages(tx, messages, now).await
    }

    pub(super) async fn insert_messages(
        &self,
        tx: &mut Tx,
        messages: &[Written],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        fn column<'a, T>(messages: &'a [Written], value: impl Fn(&'a Written) -> T) -> Vec<T> {
            messages.iter().map(value).collect()
        }
        let numbers: Vec<&str> = messages
            .iter()
            .map(|m| m.number.expose().as_str())
            .collect();
        let templates: Vec<Option<&str>> = messages.iter().map(|m| m.template.as_deref()).collect();
        let queued = sqlx::query!(
            "with n as materialized (
                select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[],
                                     $6::text[], $7::text[], $8::text[], $9::uuid[], $10::uuid[],
                                     $11::smallint[], $12::text[], $13::timestamptz[], $14::text[],
                                     $15::integer[])
                    as n (id, case_id, audience, channel, number, body, template, lang, by, follows,
                          priority, way, not_before, about, beyond)
             ), written as (
                insert into sealed.messages (id, case_id, audience, channel, number, body, template,
                                             lang, by, follows, written_at)
                select id, case_id, audience, channel, number, body, template, lang, by, follows,
                       $16::timestamptz
                from n
             )
             insert into outbox (message, case_id, priority, state, next_at, created_at, way, recipient,
                                 about, beyond)
             select id, case_id, priority, 'queued', coalesce(not_before, $16), $16, way,
                    hashtext(number) & 16777215,
                    case when about <> '' then string_to_array(about, ',')::uuid[] end, beyond
             from n",
            &column(messages, |m| m.id),
            &column(messages, |m| m.case_id),
            &column(messages, |m| if m.to_staff { "staff" } else { "person" }) as &[&str],
            &column(messages, |m| m.channel.as_str()) as &[&str],
            &numbers as &[&str],
            &column(messages, |m| m.body.expose().replace('\0', "")),
            &templates as &[Option<&str>],
            &column(messages, |m| m.lang.as_str()) as &[&str],
            &column(messages, |m| m.by) as &[Option<Uuid>],
            &column(messages, |m| m.follows) as &[Option<Uuid>],
            &column(messages, |m| m.priority.rank()),
            &column(messages, |m| self.rates.way(m.channel, m.number.expose())) as &[&str],
            &column(messages, |m| m.not_before) as &[Option<DateTime<Utc>>],
            &column(messages, |m| joined(&m.about)),
            &column(messages, |m| m.beyond),
            now
        )
        .execute(&mut **tx)
        .await?
        .rows_affected();
        expect_rows("outbox", messages.len(), queued)
    }

    /// Records what became of tries, all in one statement, and ends these leases, under which nothing is
    /// in hand any more after that. A status the provider told meanwhile is not taken back, and what
    /// somebody else has taken since is left to him. What failed for good, or was canceled, is to be
    /// followed up.
    ///
    /// # Errors
    /// PostgreSQL is away; [`StoreError::Twice`] where an id of the provider is another message's
    /// already, and then nothing of it holds.
    pub async fn settle(
        &self,
        settled: &[(InHand, Settled)],
        over: &[Uuid],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if settled.is_empty() {
            return Ok(());
        }
        let c = Columns::of(settled);
        sqlx::query!(
            "with over as (delete from leases where id = any($12))
             update outbox o set state = n.state, next_at = n.next_at,
                    lease = case when n.state = 'unknown' then o.lease end,
                    provider_sid = coalesce(o.provider_sid, n.sid), error = n.error, code = n.code,
                    asked = n.asked, attempts = o.attempts - n.untried::int,
                    taken_at = case when n.untried then o.taken_at else coalesce(n.taken_at, o.taken_at) end,
                    sent_at = case when n.state = 'sent' then $9 else o.sent_at end,
                    settled_at = case when n.state in ('failed', 'canceled') then $9 else o.settled_at end,
                    lost_at = case when n.state in ('failed', 'canceled') then $9 end
             from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[],
                         $6::int[], $7::smallint[], $8::boolean[], $10::uuid[], $11::timestamptz[])
                as n (message, state, next_at, sid, error, code, asked, untried, lease, taken_at)
             -- By its id alone: no index of what is queued is read in place of it.
             where o.message = n.message and o.lease is not distinct from n.lease
               and case when o.state = 'queued' then o.lease is not null
                        else o.state in ('sending', 'unknown') end",
            &c.message,
            &c.state as &[&str],
            &c.next_at as &[Option<DateTime<Utc>>],
            &c.sid as &[Option<&str>],
            &c.error as &[Option<&str>],
            &c.code as &[Option<i32>],
            &c.asked,
            &c.untried,
            now,
            &c.lease as &[Option<Uuid>],
            &c.taken_at as &[Option<DateTime<Utc>>],
            over
        )
        .execute(&self.rounds)
        .await?;
        Ok(())
    }
}

/// Ids in one word: an array of arrays must be of one length; as text they may be of any.
fn joined(ids: &[Uuid]) -> String {
    let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    ids.join(",")
}
