//! The leaky buckets of the ways out, shared by all nodes.
//!
//! A bucket is one row, and taking from it is part of the statement that takes messages: so a rate
//! holds however many nodes there are, none has to know how many, and one that dies takes no share
//! with it. Nodes take one after the other; that is a millisecond or two, a rate is far slower.

use super::{Store, StoreError};
use crate::case::Channel;
use crate::outbox::rates::Way;
use chrono::{DateTime, Utc};
use std::time::Duration;

/// The ways turned on their side.
pub(super) struct Ways {
    pub(super) name: Vec<String>,
    pub(super) apart_s: Vec<f64>,
    pub(super) burst: Vec<f64>,
}

impl Store {
    /// The ways, and one of no name for what a node wrote that knew of none: it goes as slowly as
    /// the slowest.
    pub(super) fn ways(&self) -> Ways {
        let ways = self.rates.ways();
        let slowest = ways.iter().map(|way| way.apart_s).fold(0.0, f64::max);
        let all = || ways.iter();
        Ways {
            name: all()
                .map(|way| way.name.clone())
                .chain([String::new()])
                .collect(),
            apart_s: all().map(|way| way.apart_s).chain([slowest]).collect(),
            burst: all().map(|way| way.burst).chain([1.0]).collect(),
        }
    }

    /// Makes the buckets, and leads what waits at a way that is no longer in the table to the one
    /// that it has now.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn open_ways(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let ways = self.ways();
        sqlx::query!(
            "insert into ways (way, full_at, paused_until)
             select way, $2, $2 from unnest($1::text[]) as w (way) order by way
             on conflict do nothing",
            &ways.name,
            now
        )
        .execute(&self.pool)
        .await?;
        let known = self.rates.ways();
        let names: Vec<&str> = known.iter().map(|way| way.name.as_str()).collect();
        let channels: Vec<&str> = known.iter().map(|way| way.channel.as_str()).collect();
        let prefixes: Vec<&str> = known.iter().map(|way| way.prefix.as_str()).collect();
        sqlx::query!(
            "update outbox o set way = coalesce((
                select w.way from unnest($1::text[], $2::text[], $3::text[]) as w (way, channel, prefix)
                where w.channel = m.channel and starts_with(m.number, w.prefix)
                order by length(w.prefix) desc limit 1), '')
             from sealed.messages m
             where m.id = o.message and o.state = 'queued' and o.way <> all($1)",
            &names as &[&str],
            &channels as &[&str],
            &prefixes as &[&str]
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The provider asks us to slow down: nothing more leaves by this channel's sender for so long,
    /// on any node; longer each time it asks again within a minute, at most a minute.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn slow_down(
        &self,
        channel: Channel,
        wait: Duration,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let ways = self.rates.ways().iter();
        let of_channel: Vec<&str> = ways
            .filter(|way: &&Way| way.channel == channel)
            .map(|way| way.name.as_str())
            .collect();
        sqlx::query!(
            "update ways r set
                strikes = case when paused_until > $3 then strikes
                               when paused_until < $3::timestamptz - interval '1 minute' then 1
                               else least(strikes + 1, 7) end,
                paused_until = case when paused_until > $3 then paused_until
                    else $3 + make_interval(secs => least(60, greatest($2::float8,
                        case when paused_until < $3 - interval '1 minute' then 0.5
                             else power(2, strikes) / 2 end))) end
             from (select way from ways where way = any($1) order by way for no key update) held
             where r.way = held.way",
            &of_channel as &[&str],
            wait.as_secs_f64(),
            now
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
