//! The file of a drill: who writes what on which channel, and when.

use crate::case::{Channel, Sealed};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// The longest line, in bytes.
const MAX_LINE: u64 = 256 * 1024;
/// The most lines.
const MAX_LINES: usize = 1_000_000;

/// One message.
pub(super) struct Line {
    pub(super) id: String,
    pub(super) channel: Channel,
    pub(super) from: Sealed<String>,
    pub(super) text: Sealed<String>,
    /// Seconds after the beginning, before any speeding up.
    pub(super) at: f64,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// A line is no message.
    #[error("line {line}: {why}")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// There is nothing in it.
    #[error("holds no message")]
    Empty,
}

#[derive(serde::Deserialize)]
struct Row {
    id: String,
    channel: Channel,
    #[serde(default)]
    from: String,
    text: String,
    thread: Option<String>,
    at: Option<f64>,
}

/// Reads a file.
pub(super) fn read(path: &Path, every: f64) -> Result<Vec<Line>, Wrong> {
    parse(BufReader::new(std::fs::File::open(path)?), every)
}

/// Reads lines and gives each its time: a line that tells none, and the first of a thread, take the
/// next of evenly spread moments; the others of a thread follow its first as the file says.
pub(super) fn parse(mut file: impl BufRead, every: f64) -> Result<Vec<Line>, Wrong> {
    let mut lines = Vec::new();
    let mut threads: HashMap<String, f64> = HashMap::new();
    let mut next = 0.0;
    let mut text = String::new();
    for line in 1.. {
        text.clear();
        if file.by_ref().take(MAX_LINE).read_line(&mut text)? == 0 {
            break;
        }
        let wrong = |why: String| Wrong::Line { line, why };
        if text.len() as u64 == MAX_LINE || lines.len() == MAX_LINES {
            return Err(wrong(format!(
                "longer than {MAX_LINE} bytes, or the file has more than {MAX_LINES} lines"
            )));
        }
        if text.trim().is_empty() {
            continue;
        }
        let row: Row = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if row.channel == Channel::Phone {
            return Err(wrong(
                "a call cannot be played: use sms, whatsapp, web or api".into(),
            ));
        }
        if row.at.is_some_and(|at| !(0.0..=1e9).contains(&at)) {
            return Err(wrong("at must be seconds, 0 or more".into()));
        }
        let mut slot = || {
            let slot = next;
            next += every;
            slot
        };
        let at = match (row.thread, row.at) {
            (Some(thread), Some(at)) => at + *threads.entry(thread).or_insert_with(|| slot() - at),
            _ => slot(),
        };
        lines.push(Line {
            id: row.id,
            channel: row.channel,
            from: row.from.into(),
            text: row.text.into(),
            at: at.max(0.0),
        });
    }
    if lines.is_empty() {
        return Err(Wrong::Empty);
    }
    lines.sort_by(|a, b| a.at.total_cmp(&b.at));
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(file: &str) -> Vec<(String, f64)> {
        let lines = parse(file.as_bytes(), 10.0).expect("a file");
        lines.into_iter().map(|line| (line.id, line.at)).collect()
    }

    #[test]
    fn lines_without_a_time_are_spread_and_threads_keep_their_pace() {
        let row = |id: &str, rest: &str| {
            format!(r#"{{"id":"{id}","channel":"sms","from":"+254700000002","text":"x"{rest}}}"#)
        };
        let file = [
            row("a", ""),
            row("b", r#","thread":"T","at":0"#),
            row("c", r#","thread":"T","at":95.5"#),
            String::new(),
            row("d", r#","thread":"U","at":7,"new":"field""#),
            row("e", r#","thread":"U","at":8"#),
        ]
        .join("\n");
        let expected = [
            ("a", 0.0),
            ("b", 10.0),
            ("d", 20.0),
            ("e", 21.0),
            ("c", 105.5),
        ];
        let expected = expected.map(|(id, at)| (id.to_owned(), at));
        assert_eq!(times(&file), expected);
    }

    #[test]
    fn a_wrong_line_is_named() {
        let good = r#"{"id":"a","channel":"sms","from":"","text":"x"}"#;
        for (bad, says) in [
            ("nisaidie", "line 2: expected"),
            (r#"{"id":"b","channel":"pigeon","text":"x"}"#, "pigeon"),
            (r#"{"id":"b","channel":"phone","text":"x"}"#, "a call"),
            (
                r#"{"id":"b","channel":"sms","text":"x","at":-1}"#,
                "seconds",
            ),
        ] {
            let file = format!("{good}\n{bad}\n");
            let error = parse(file.as_bytes(), 1.0).err().expect(bad).to_string();
            assert!(error.contains(says) && error.contains("line 2"), "{error}");
        }
        assert!(matches!(parse(&b"\n"[..], 1.0), Err(Wrong::Empty)));
    }
}
