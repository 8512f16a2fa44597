//! Slots: where a command belongs, and which node of a cluster holds what.

use redis::{Arg, Cmd, Value};
use std::collections::BTreeMap;

/// Which node holds what: by the last slot of each range.
#[derive(Debug, Default)]
pub(super) struct Map {
    ranges: BTreeMap<u16, (u16, String)>,
    pub(super) primaries: Vec<String>,
    pub(super) nodes: Vec<(String, u16)>,
}

impl Map {
    pub(super) fn node(&self, slot: u16) -> Option<&str> {
        let (_, (first, node)) = self.ranges.range(slot..).next()?;
        (*first <= slot).then_some(node)
    }
}

/// Where a command belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// To the node that holds this slot.
    Slot(u16),
    /// To any node: a message whose channel belongs to nobody.
    Any,
    /// To every primary.
    All,
}

/// The answer to CLUSTER SLOTS: ranges, each with its primary first and then its replicas. A node
/// that does not know its own name is the one that was asked.
pub(super) fn read(slots: &Value, asked: &str) -> Map {
    let mut map = Map::default();
    let Value::Array(ranges) = slots else {
        return map;
    };
    for range in ranges {
        let Value::Array(parts) = range else { continue };
        let [Value::Int(first), Value::Int(last), nodes @ ..] = parts.as_slice() else {
            continue;
        };
        for (place, node) in nodes.iter().enumerate() {
            let Value::Array(node) = node else { continue };
            let [host, Value::Int(port), ..] = node.as_slice() else {
                continue;
            };
            let host = match host {
                Value::BulkString(host) if !host.is_empty() && host != b"?" => {
                    String::from_utf8_lossy(host).into_owned()
                }
                _ => asked.to_owned(),
            };
            let Ok(port) = u16::try_from(*port) else {
                continue;
            };
            let name = format!("{host}:{port}");
            if place == 0 {
                let (Ok(first), Ok(last)) = (u16::try_from(*first), u16::try_from(*last)) else {
                    continue;
                };
                map.ranges.insert(last, (first, name.clone()));
                if !map.primaries.contains(&name) {
                    map.primaries.push(name);
                }
            }
            if !map.nodes.contains(&(host.clone(), port)) {
                map.nodes.push((host, port));
            }
        }
    }
    map
}

fn argument(cmd: &Cmd, number: usize) -> Option<&[u8]> {
    match cmd.args_iter().nth(number)? {
        Arg::Simple(argument) => Some(argument),
        _ => None,
    }
}

pub(super) fn name(cmd: &Cmd) -> &[u8] {
    argument(cmd, 0).unwrap_or_default()
}

pub(super) fn place(cmd: &Cmd) -> Place {
    let key = match name(cmd) {
        b"PING" | b"SCRIPT" => return Place::All,
        b"EVAL" | b"EVALSHA" => argument(cmd, 3),
        b"PUBLISH" => {
            return argument(cmd, 1)
                .and_then(tag)
                .map_or(Place::Any, |tag| Place::Slot(slot(tag)));
        }
        _ => argument(cmd, 1),
    };
    // Without a key it is about the time or the like, which any of them can tell.
    key.map_or(Place::Any, |key| Place::Slot(slot(tag(key).unwrap_or(key))))
}

/// What stands between the first pair of braces.
fn tag(key: &[u8]) -> Option<&[u8]> {
    let open = key.iter().position(|byte| *byte == b'{')? + 1;
    let length = key[open..].iter().position(|byte| *byte == b'}')?;
    (length > 0).then(|| &key[open..open + length])
}

/// CRC-16/XMODEM, modulo the number of slots.
fn slot(key: &[u8]) -> u16 {
    let crc = key.iter().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x1021
            }
        })
    });
    crc % 16_384
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_lies_where_redis_says_it_lies() {
        // As CLUSTER KEYSLOT answers.
        assert_eq!(slot(b"123456789"), 12_739);
        assert_eq!(slot(b"foo"), 12_182);
        assert_eq!(tag(b"msaada:{AE-DXB}:waiting"), Some(&b"AE-DXB"[..]));
        assert_eq!(tag(b"{}x"), None);
        assert_eq!(tag(b"plain"), None);
    }

    #[test]
    fn all_that_belongs_to_a_mission_goes_to_one_node() {
        let dubai = Place::Slot(slot(b"AE-DXB"));
        let cmd = |words: &[&str]| {
            let mut cmd = redis::cmd(words[0]);
            cmd.arg(&words[1..]);
            place(&cmd)
        };
        assert_eq!(cmd(&["ZADD", "m:{AE-DXB}:waiting", "1", "a"]), dubai);
        assert_eq!(cmd(&["EVALSHA", "abc", "1", "m:{AE-DXB}:waiting"]), dubai);
        assert_eq!(cmd(&["PUBLISH", "m:{AE-DXB}:cards", "x"]), dubai);
        assert_eq!(cmd(&["PUBLISH", "m:beat", "x"]), Place::Any);
        assert_eq!(cmd(&["PING"]), Place::All);
        assert_ne!(cmd(&["ZADD", "m:{KE-NBO}:waiting", "1", "a"]), dubai);
    }
}
