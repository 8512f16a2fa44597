//! Phrases, each said in many ways.

use crate::case::{Kind, Priority};
use crate::understand::model::KINDS;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::path::Path;

/// What a window of words is to be learned as; nothing where it is not known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label {
    pub(super) kind: Option<usize>,
    pub(super) priority: Option<usize>,
}

const NONE: usize = KINDS - 2;
const NOT: usize = KINDS - 1;

/// What may stand before or after a phrase and tells nothing.
const AROUND: [&str; 40] = [
    "please",
    "pls",
    "hello",
    "hi",
    "tafadhali",
    "habari",
    "mimi ni",
    "i am a kenyan",
    "we are kenyans",
    "nko",
    "niko",
    "tuko",
    "am in",
    "i am in",
    "she is in",
    "ako",
    "yuko",
    "my name is",
    "naitwa",
    "jina langu",
    "near the mosque",
    "karibu na",
    "here in",
    "hapa",
    "العاملة الكينية",
    "في",
    "نحن في",
    "لو سمحتوا",
    "السلام عليكم",
    "عندنا بنت كينية",
    "fi",
    "el bent el keniya",
    "3ndna",
    "my sister",
    "dada yangu",
    "my friend",
    "our maid",
    "rafiki yangu",
    "embassy",
    "ubalozi",
];
const PLACES: [&str; 60] = [
    "riyadh",
    "jeddah",
    "dammam",
    "dubai",
    "sharjah",
    "ajman",
    "doha",
    "kuwait",
    "hawally",
    "muscat",
    "sohar",
    "beirut",
    "amman",
    "manama",
    "saudi",
    "qatar",
    "oman",
    "abu dhabi",
    "mussafah",
    "deira",
    "الرياض",
    "جدة",
    "دبي",
    "الكويت",
    "الدوحة",
    "بيروت",
    "uarabuni",
    "saudia",
    "khobar",
    "salalah",
    "مسقط",
    "صحار",
    "صلالة",
    "المنامة",
    "عمان",
    "حائل",
    "ابها",
    "الطائف",
    "نيروبي",
    "الشارقة",
    "العين",
    "الجهراء",
    "حولي",
    "الفروانية",
    "طرابلس",
    "اربد",
    "القاهرة",
    "البحرين",
    "قطر",
    "السعودية",
    "hail",
    "tabuk",
    "abha",
    "taif",
    "jubail",
    "ras al khaimah",
    "fujairah",
    "al ain",
    "bahrain",
    "lebanon",
];

/// All phrases, and chance.
pub(super) struct Phrases {
    lines: Vec<(Label, String)>,
    fixed: Vec<(Label, String)>,
    chance: u64,
}

#[derive(Deserialize)]
struct Message {
    id: String,
    text: String,
    report: bool,
    kind: Option<Kind>,
    priority: Priority,
    thread: Option<String>,
    same_event: Option<String>,
}

fn priority_of(priority: Priority) -> usize {
    match priority {
        Priority::Critical => 0,
        Priority::Urgent => 1,
        Priority::Serious | Priority::Routine => 2,
    }
}

impl Phrases {
    /// Reads a directory.
    pub(super) fn read(directory: &Path) -> Result<Self, String> {
        let mut files: Vec<_> = std::fs::read_dir(directory)
            .map_err(|e| format!("{}: {e}", directory.display()))?
            .flatten()
            .map(|e| e.path())
            .filter(|p| p.extension().is_some_and(|e| e == "txt"))
            .collect();
        files.sort();
        let mut lines = Vec::new();
        for path in files {
            let text = std::fs::read_to_string(&path).map_err(|e| e.to_string())?;
            for (at, line) in text.lines().enumerate() {
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                let bad = || format!("{}, line {}: not a phrase", path.display(), at + 1);
                let (label, phrase) = line.split_once('\t').ok_or_else(bad)?;
                lines.push((read_label(label).ok_or_else(bad)?, phrase.to_owned()));
            }
        }
        Ok(Self {
            lines,
            fixed: Vec::new(),
            chance: 0x9e37_79b9_7f4a_7c15,
        })
    }

    /// Adds labelled messages, but for one fold of so many.
    pub(super) fn messages(&mut self, file: &Path, folds: u8) -> Result<(), String> {
        let text = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
        for line in text.lines() {
            let m: Message = serde_json::from_str(line).map_err(|e| e.to_string())?;
            let group = m.thread.as_ref().or(m.same_event.as_ref()).unwrap_or(&m.id);
            if folds > 1 && Sha256::digest(group.as_bytes())[0] % folds == 0 {
                continue;
            }
            // Of a long message nobody knows which words tell its kind; that it is not critical
            // holds for every part of it.
            let short = m.text.split_whitespace().count() <= 14;
            let kind = match m.kind {
                Some(kind) => kind as usize,
                None if m.report => NONE,
                None => NOT,
            };
            let priority = priority_of(m.priority);
            let label = Label {
                kind: (short || m.kind.is_none()).then_some(kind),
                priority: (short || priority == 2 || m.priority == Priority::Urgent)
                    .then_some(priority)
                    .filter(|p| short || *p == 2),
            };
            self.fixed.push((label, m.text));
        }
        Ok(())
    }

    fn below(&mut self, n: usize) -> usize {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        usize::try_from((self.chance >> 20) % n as u64).unwrap_or(0)
    }

    /// Says every phrase once, each time differently.
    pub(super) fn each(&mut self, mut learn: impl FnMut(&str, Label)) {
        let mut order: Vec<usize> = (0..self.lines.len() + self.fixed.len()).collect();
        for at in (1..order.len()).rev() {
            let other = self.below(at + 1);
            order.swap(at, other);
        }
        for at in order {
            let (label, text) = match at.checked_sub(self.lines.len()) {
                None => {
                    let (label, line) = self.lines[at].clone();
                    let said = self.say(&line);
                    (label, self.around(said))
                }
                Some(at) => self.fixed[at].clone(),
            };
            let text = if self.below(3) == 0 {
                self.slip(&text)
            } else {
                text
            };
            learn(&text, label);
        }
    }

    /// One way of saying a line.
    fn say(&mut self, line: &str) -> String {
        let mut said = String::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('(') {
            said.push_str(before);
            let (choices, after) = after.split_once(')').unwrap_or((after, ""));
            let choices: Vec<&str> = choices.split('|').collect();
            let choice = self.below(choices.len());
            said.push_str(choices[choice]);
            rest = after;
        }
        // A line without brackets is a list of choices itself.
        said.push_str(rest);
        said
    }

    fn around(&mut self, said: String) -> String {
        let mut said = said;
        match self.below(6) {
            0 => said = format!("{} {said}", AROUND[self.below(AROUND.len())]),
            1 => said = format!("{said} {}", PLACES[self.below(PLACES.len())]),
            2 => {
                let (a, p) = (self.below(AROUND.len()), self.below(PLACES.len()));
                said = format!("{} {} {said}", AROUND[a], PLACES[p]);
            }
            3 => said = format!("{said} {}", AROUND[self.below(AROUND.len())]),
            _ => {}
        }
        said
    }

    /// One slip of the pen: a letter left out, doubled or swapped, or the vowels of a word.
    fn slip(&mut self, text: &str) -> String {
        let mut words: Vec<String> = text.split_whitespace().map(ToOwned::to_owned).collect();
        if words.is_empty() {
            return String::new();
        }
        for _ in 0..=words.len() / 6 {
            let at = self.below(words.len());
            let mut letters: Vec<char> = words[at].chars().collect();
            if letters.len() < 4 {
                continue;
            }
            let i = 1 + self.below(letters.len() - 2);
            match self.below(4) {
                0 => {
                    letters.remove(i);
                }
                1 => letters.swap(i, i + 1),
                2 => letters.insert(i, letters[i]),
                _ => {
                    let first = letters[0];
                    letters.retain(|c| !"aeiou".contains(*c));
                    if letters.first() != Some(&first) {
                        letters.insert(0, first);
                    }
                }
            }
            words[at] = letters.into_iter().collect();
        }
        words.join(" ")
    }
}

fn read_label(label: &str) -> Option<Label> {
    if label == "not" {
        // How pressing a report is, is learned from reports alone.
        return Some(Label {
            kind: Some(NOT),
            priority: None,
        });
    }
    let (priority, kind) = label.split_once(' ')?;
    let kind = match kind {
        "none" => NONE,
        word => word.parse::<Kind>().ok()? as usize,
    };
    Some(Label {
        kind: Some(kind),
        priority: Some(priority_of(priority.parse().ok()?)),
    })
}
