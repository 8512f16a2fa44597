//! The waiting queue, in Redis: one sorted set for each mission, most urgent first, then oldest.
//!
//! It can be flushed, restarted, cut off, or replaced by an older copy of itself at any moment:
//! PostgreSQL is the truth, and what is missing here is put back by a step that runs all the time. So
//! a lost command does no harm, and nothing here is ever waited for by intake. A queue that was not
//! filled hands out nothing, so that nobody gets a routine case out of half a queue.
//!
//! Keys, hash-tagged by mission so that one mission lies on one node of a cluster:
//! - `msaada:{AE-DXB}:waiting`: sorted set, member = case id, score = priority · 2^42 + received
//!   (milliseconds), exact in a double until 2109.
//! - `msaada:{AE-DXB}:taken`: sorted set, member = case id, score = when it goes back: a case handed
//!   out whose claim never came.
//! - `msaada:{AE-DXB}:filled`: up to which change of the store this queue is right; its absence tells
//!   of a flush, an old one of lost commands.
//! - `msaada:{AE-DXB}:filler` and `…:filling:…`: who fills it anew, and where, until that is done.

use crate::case::{Card, MissionCode, Priority, Waiting};
use crate::reach::Reach;
use chrono::{DateTime, Utc};
use redis::{Pipeline, RedisError, Script};
use uuid::Uuid;

/// A case handed out goes back after so many milliseconds, unless it was claimed.
const TAKEN_MS: i64 = 5_000;

/// Whoever fills a queue and is not heard of for so long has died; another fills it then.
const FILLER_MS: i64 = 10_000;

/// Takes the most urgent waiting case.
/// KEYS: waiting, taken, scores of the taken, filled. ARGV: now (ms), when it goes back (ms).
/// Result: a case id, or nil.
const TAKE: &str = r"
if redis.call('EXISTS', KEYS[4]) == 0 then return nil end
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

/// Adds to the queue being filled, if this filler is still the one. An abandoned one goes by itself.
/// KEYS: filling, filler. ARGV: this filler, its time (ms), then score and case, again and again.
const FILL: &str = r"
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
if #ARGV > 2 then redis.call('ZADD', KEYS[1], unpack(ARGV, 3)) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
";

/// Puts the filled queue in use, if this filler is still the one. An empty one is not there; then the
/// one in use must go all the same.
/// KEYS: filling, filler, waiting, taken, scores of the taken, filled. ARGV: this filler, the cursor.
const PUT_IN_USE: &str = r"
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('RENAME', KEYS[1], KEYS[3])
    redis.call('PERSIST', KEYS[3])
else
    redis.call('DEL', KEYS[3])
end
redis.call('DEL', KEYS[2], KEYS[4], KEYS[5])
redis.call('SET', KEYS[6], ARGV[2])
return 1
";

/// The waiting queue.
#[derive(Clone)]
pub struct Queue {
    redis: Reach,
    prefix: String,
    take: Script,
    fill: Script,
    put_in_use: Script,
}

/// A queue that is being filled anew, beside the one in use.
#[derive(Debug)]
pub struct Filling {
    mission: MissionCode,
    filler: String,
}

impl Queue {
    /// A queue whose keys begin with `prefix`.
    #[must_use]
    pub fn new(redis: Reach, prefix: &str) -> Self {
        Self {
            redis,
            prefix: prefix.to_owned(),
            take: Script::new(TAKE),
            fill: Script::new(FILL),
            put_in_use: Script::new(PUT_IN_USE),
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
            .key(self.key(mission, "filled"))
            .arg(now)
            .arg(now + TAKEN_MS)
            .invoke_async(&mut self.redis.clone())
            .await?;
        Ok(id.and_then(|id| id.parse().ok()))
    }

    /// Up to which change of the store the queue of each of these missions is right; none where it
    /// was never filled, or was flushed.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn right_up_to(
        &self,
        missions: &[MissionCode],
    ) -> Result<Vec<Option<i64>>, RedisError> {
        if missions.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipe = redis::pipe();
        for mission in missions {
            pipe.get(self.key(mission, "filled"));
        }
        pipe.query_async(&mut self.redis.clone()).await
    }

    /// Adds to a pipeline that the queues of these missions are right up to a change. Not of one that
    /// was flushed meanwhile.
    pub fn note_right_up_to(&self, pipe: &mut Pipeline, missions: &[MissionCode], cursor: i64) {
        for mission in missions {
            pipe.cmd("SET")
                .arg(self.key(mission, "filled"))
                .arg(cursor)
                .arg("XX")
                .ignore();
        }
    }

    /// How many wait at a mission, as the queue has it.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn count(&self, mission: &MissionCode) -> Result<i64, RedisError> {
        let (waiting, taken): (i64, i64) = redis::pipe()
            .zcard(self.key(mission, "waiting"))
            .zcard(self.key(mission, "taken"))
            .query_async(&mut self.redis.clone())
            .await?;
        Ok(waiting + taken)
    }

    /// Begins to fill a queue anew; none where another process is at it.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn begin_filling(
        &self,
        mission: &MissionCode,
    ) -> Result<Option<Filling>, RedisError> {
        let filler = Uuid::new_v4().to_string();
        let ours: Option<String> = redis::cmd("SET")
            .arg(self.key(mission, "filler"))
            .arg(&filler)
            .arg("NX")
            .arg("PX")
            .arg(FILLER_MS)
            .query_async(&mut self.redis.clone())
            .await?;
        Ok(ours.map(|_| Filling {
            mission: mission.clone(),
            filler,
        }))
    }

    /// Adds a page of waiting cases to the one being filled. False where it took too long and
    /// another process is at it by now.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn fill(&self, filling: &Filling, page: &[Waiting]) -> Result<bool, RedisError> {
        let mut call = self.fill.prepare_invoke();
        call.key(self.filling_key(filling))
            .key(self.key(&filling.mission, "filler"))
            .arg(&filling.filler)
            .arg(FILLER_MS);
        for one in page {
            call.arg(score(one.priority, one.opened_at))
                .arg(one.id.to_string());
        }
        call.invoke_async(&mut self.redis.clone()).await
    }

    /// Puts the filled queue in use: right up to the change at which it was begun. What changed
    /// since is put right by the next round. False where another process is at it by now.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn end_filling(&self, filling: &Filling, cursor: i64) -> Result<bool, RedisError> {
        let mission = &filling.mission;
        self.put_in_use
            .key(self.filling_key(filling))
            .key(self.key(mission, "filler"))
            .key(self.key(mission, "waiting"))
            .key(self.key(mission, "taken"))
            .key(self.key(mission, "taken:scores"))
            .key(self.key(mission, "filled"))
            .arg(&filling.filler)
            .arg(cursor)
            .invoke_async(&mut self.redis.clone())
            .await
    }

    fn filling_key(&self, filling: &Filling) -> String {
        let name = format!("filling:{}", filling.filler);
        self.key(&filling.mission, &name)
    }

    /// What time the machine of Redis has.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn time(&self) -> Result<Option<DateTime<Utc>>, RedisError> {
        let (seconds, us): (i64, i64) = redis::cmd("TIME")
            .query_async(&mut self.redis.clone())
            .await?;
        Ok(DateTime::from_timestamp_micros(seconds * 1_000_000 + us))
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
