//! The waiting queue, in Redis: one sorted set for each mission, most urgent first, then oldest.
//!
//! It can be flushed, restarted or cut off at any moment: PostgreSQL is the truth, and what is
//! missing here is put back by a step that runs all the time. So a lost command does no harm, and
//! nothing here is ever waited for by intake.
//!
//! Keys, hash-tagged by mission so that one mission lies on one node of a cluster:
//! - `msaada:{AE-DXB}:waiting`: sorted set, member = case id, score = priority · 2^42 + received
//!   (milliseconds), exact in a double until 2109.
//! - `msaada:{AE-DXB}:taken`: sorted set, member = case id, score = when it goes back: a case handed
//!   out whose claim never came.
//! - `msaada:{KE-NBO}:filled`: there since the queue was last filled; its absence tells of a flush.

use crate::case::{Card, MissionCode, Priority};
use crate::reach::Reach;
use chrono::{DateTime, Utc};
use redis::{Pipeline, RedisError, Script};
use uuid::Uuid;

/// A case handed out goes back after so many milliseconds, unless it was claimed.
const TAKEN_MS: i64 = 5_000;

/// Takes the most urgent waiting case.
/// KEYS: waiting, taken. ARGV: now (ms), when it goes back (ms). Result: a case id, or nil.
const TAKE: &str = r"
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, 100)) do
    local score = redis.call('HGET', KEYS[3], id)
    if score then redis.call('ZADD', KEYS[1], score, id) end
    redis.call('ZREM', KEYS[2], id)
    redis.call('HDEL', KEYS[3], id)
end
local first = redis.call('ZPOPMIN', KEYS[1])
if #first == 0 then return nil end
redis.call('ZADD', KEYS[2], ARGV[2], first[1])
redis.call('HSET', KEYS[3], first[1], first[2])
return first[1]
";

/// The waiting queue.
#[derive(Clone)]
pub struct Queue {
    redis: Reach,
    prefix: String,
    take: Script,
}

impl Queue {
    /// A queue whose keys begin with `prefix`.
    #[must_use]
    pub fn new(redis: Reach, prefix: &str) -> Self {
        Self {
            redis,
            prefix: prefix.to_owned(),
            take: Script::new(TAKE),
        }
    }

    fn key(&self, mission: &MissionCode, name: &str) -> String {
        format!("{}:{{{mission}}}:{name}", self.prefix)
    }

    /// Adds to a pipeline what makes the queue agree with a card.
    pub fn agree(&self, pipe: &mut Pipeline, card: &Card) {
        let id = card.id.to_string();
        if card.status == "waiting" {
            pipe.zadd(
                self.key(&card.mission, "waiting"),
                &id,
                score(card.priority, card.opened_at),
            )
            .ignore();
        } else {
            pipe.zrem(self.key(&card.mission, "waiting"), &id).ignore();
        }
        pipe.zrem(self.key(&card.mission, "taken"), &id).ignore();
        pipe.hdel(self.key(&card.mission, "taken:scores"), &id)
            .ignore();
    }

    /// Hands out the most urgent case of a mission. Until it is claimed it is nobody's: after five
    /// seconds it goes back by itself.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn take(
        &self,
        mission: &MissionCode,
        now: DateTime<Utc>,
    ) -> Result<Option<Uuid>, RedisError> {
        let now = now.timestamp_millis();
        let id: Option<String> = self
            .take
            .key(self.key(mission, "waiting"))
            .key(self.key(mission, "taken"))
            .key(self.key(mission, "taken:scores"))
            .arg(now)
            .arg(now + TAKEN_MS)
            .invoke_async(&mut self.redis.clone())
            .await?;
        Ok(id.and_then(|id| id.parse().ok()))
    }

    /// How many wait at each of these missions, as the queue has it; none if it was flushed.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn counts(&self, missions: &[MissionCode]) -> Result<Option<Vec<i64>>, RedisError> {
        let mut pipe = redis::pipe();
        pipe.exists(self.key(&MissionCode::centre(), "filled"));
        for mission in missions {
            pipe.zcard(self.key(mission, "waiting"));
            pipe.zcard(self.key(mission, "taken"));
        }
        let answer: Vec<i64> = pipe.query_async(&mut self.redis.clone()).await?;
        let Some((1, counts)) = answer.split_first() else {
            return Ok(None);
        };
        Ok(Some(
            counts.chunks(2).map(|pair| pair.iter().sum()).collect(),
        ))
    }

    /// Begins to fill the queue anew, beside the one in use.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn begin_filling(&self, missions: &[MissionCode]) -> Result<(), RedisError> {
        let mut pipe = redis::pipe();
        for mission in missions {
            pipe.del(self.key(mission, "filling")).ignore();
        }
        pipe.query_async(&mut self.redis.clone()).await
    }

    /// Adds a page of waiting cases to the one being filled.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn fill(&self, waiting: &[crate::case::Case]) -> Result<(), RedisError> {
        let mut pipe = redis::pipe();
        for case in waiting {
            pipe.zadd(
                self.key(&case.mission, "filling"),
                case.id.to_string(),
                score(case.priority, case.opened_at),
            )
            .ignore();
        }
        pipe.query_async(&mut self.redis.clone()).await
    }

    /// Puts the filled queue in use. What changed meanwhile is put right by the next round.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn end_filling(&self, missions: &[MissionCode]) -> Result<(), RedisError> {
        let mut pipe = redis::pipe();
        for mission in missions {
            let filling = self.key(mission, "filling");
            let waiting = self.key(mission, "waiting");
            // An empty one is not there; then the one in use must go all the same.
            pipe.cmd("EVAL")
                .arg(
                    "if redis.call('EXISTS', KEYS[1]) == 1 then \
                     return redis.call('RENAME', KEYS[1], KEYS[2]) end \
                     return redis.call('DEL', KEYS[2])",
                )
                .arg(2)
                .arg(filling)
                .arg(waiting)
                .ignore();
            pipe.del(self.key(mission, "taken")).ignore();
            pipe.del(self.key(mission, "taken:scores")).ignore();
        }
        pipe.set(self.key(&MissionCode::centre(), "filled"), 1)
            .ignore();
        pipe.query_async(&mut self.redis.clone()).await
    }

    /// Whether Redis answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), RedisError> {
        redis::cmd("PING")
            .query_async(&mut self.redis.clone())
            .await
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Queue")
    }
}

/// Urgency first, then age: exact in a double, in order until the year 2109.
fn score(priority: Priority, opened_at: DateTime<Utc>) -> i64 {
    (i64::from(priority.rank()) << 42) | opened_at.timestamp_millis().clamp(0, (1 << 42) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_critical_case_that_came_late_goes_before_a_routine_one_that_came_early() {
        let early: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().expect("time");
        let late: DateTime<Utc> = "2100-01-01T00:00:00Z".parse().expect("time");
        assert!(score(Priority::Critical, late) < score(Priority::Urgent, early));
        assert!(score(Priority::Urgent, early) < score(Priority::Urgent, late));
        #[expect(clippy::cast_precision_loss, reason = "the point of the test")]
        #[expect(clippy::cast_possible_truncation, reason = "the point of the test")]
        let exact = score(Priority::Routine, late) as f64 as i64;
        assert_eq!(exact, score(Priority::Routine, late));
    }
}
