//! Telling marks: links, telephone numbers and references, told by their shape.

use super::{About, Found};

/// Endings that make two words with a dot between them an address of the net.
const ENDINGS: [&str; 26] = [
    "com", "org", "net", "int", "info", "gov", "edu", "app", "link", "io", "me", "ly", "co", "ke",
    "uk", "ae", "sa", "qa", "om", "kw", "bh", "lb", "jo", "tz", "ug", "example",
];

/// Numbers for emergencies in the countries served (data of Android's open source, 2023).
const EMERGENCY: [&str; 19] = [
    "110", "112", "140", "190", "191", "193", "194", "199", "911", "990", "991", "992", "993",
    "994", "995", "996", "997", "998", "999",
];

/// The fewest digits that make a telephone number.
const DIGITS: usize = 7;

/// Every mark, in order, none within another.
pub(super) fn find(chars: &[char]) -> Vec<Found> {
    let mut found = links(chars);
    for mark in references(chars).into_iter().chain(numbers(chars)) {
        if !found
            .iter()
            .any(|f| mark.start < f.end && f.start < mark.end)
        {
            found.push(mark);
        }
    }
    found
}

/// Stretches without white space, without the marks around them.
fn links(chars: &[char]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut start = 0;
    for piece in chars.split(|c| c.is_whitespace()) {
        let begin = piece.iter().position(|&c| is_within(c));
        let end = piece.iter().rposition(|&c| is_within(c) || c == '/');
        if let (Some(begin), Some(last)) = (begin, end) {
            let text: String = piece[begin..=last].iter().collect();
            if is_link(&text.to_lowercase()) {
                found.push(Found {
                    start: start + begin,
                    end: start + last + 1,
                    about: About::Link,
                });
            }
        }
        start += piece.len() + 1;
    }
    found
}

fn is_within(c: char) -> bool {
    c.is_alphanumeric()
}

fn is_link(text: &str) -> bool {
    if text.contains("://") || text.starts_with("www.") || text.starts_with("mailto:") {
        return true;
    }
    let host = text.rsplit_once('@').map_or(text, |(_, host)| host);
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or(host);
    let mut labels = host.rsplit('.');
    let ending = labels.next().unwrap_or_default();
    let named = labels.clone().next().is_some_and(|label| !label.is_empty());
    named
        && labels.all(|l| l.chars().all(|c| c.is_alphanumeric() || c == '-'))
        && ENDINGS.contains(&ending)
}

/// Runs of digits, in any script, with the separators people write numbers with.
fn numbers(chars: &[char]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if !chars[at].is_numeric() {
            at += 1;
            continue;
        }
        let (start, mut end, mut digits, mut gap) = (at, at, 0, 0);
        while at < chars.len() && gap <= 2 {
            if chars[at].is_numeric() {
                (digits, gap, end) = (digits + 1, 0, at + 1);
            } else if matches!(chars[at], ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}') {
                gap += 1;
            } else {
                break;
            }
            at += 1;
        }
        at = end.max(start + 1);
        let alone = |i: Option<&char>| i.is_none_or(|c| !c.is_alphanumeric());
        let run: String = chars[start..end]
            .iter()
            .filter_map(|c| western(*c))
            .collect();
        let emergency = alone(start.checked_sub(1).and_then(|i| chars.get(i)))
            && alone(chars.get(end))
            && EMERGENCY.contains(&run.as_str());
        if digits >= DIGITS || emergency {
            let plus = start > 0 && chars[start - 1] == '+';
            found.push(Found {
                start: start - usize::from(plus),
                end,
                about: About::Number,
            });
        }
    }
    found
}

fn western(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '\u{660}'..='\u{669}' => char::from_digit(c as u32 - 0x660, 10),
        '\u{6f0}'..='\u{6f9}' => char::from_digit(c as u32 - 0x6f0, 10),
        _ => None,
    }
}

/// Twelve letters and digits (eleven where one was forgotten), in one piece or in groups of four.
fn references(chars: &[char]) -> Vec<Found> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let start = at;
        while at < chars.len() && chars[at].is_alphanumeric() {
            at += 1;
        }
        if at > start {
            runs.push((start, at));
        } else {
            at += 1;
        }
    }
    let mixed = |(start, end): (usize, usize)| {
        let run = &chars[start..end];
        run.iter().all(char::is_ascii_alphanumeric) && run.iter().any(char::is_ascii_digit)
    };
    let lettered = |(s, e): (usize, usize)| chars[s..e].iter().any(char::is_ascii_alphabetic);
    let whole = runs
        .iter()
        .filter(|&&(s, e)| (11..=12).contains(&(e - s)) && mixed((s, e)) && lettered((s, e)))
        .copied();
    let split = runs.windows(3).filter_map(|w| {
        let length = |n: usize| w[n].1 - w[n].0;
        let lengths = length(0) == 4 && length(1) == 4 && (3..=4).contains(&length(2));
        let joints = (chars.get(w[0].1), chars.get(w[1].1));
        let close = w[0].1 + 1 == w[1].0 && w[1].1 + 1 == w[2].0 && joints.0 == joints.1;
        let dashes = joints.0 == Some(&'-');
        let mixtures = w.iter().filter(|&&run| mixed(run)).count();
        let letters = w.iter().any(|&run| lettered(run));
        (lengths && close && letters && mixtures >= if dashes { 1 } else { 2 })
            .then(|| (w[0].0, w[2].1))
    });
    whole
        .chain(split)
        .map(|(start, end)| Found {
            start,
            end,
            about: About::Reference,
        })
        .collect()
}
