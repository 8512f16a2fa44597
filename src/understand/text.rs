//! A text as the rest of this module reads it: folded words that know where they stood.
//!
//! Folding makes spellings equal that people do not tell apart on a telephone: case, accents,
//! Arabic letters with and without their marks, stretched letters, digits of both scripts. Every
//! word keeps its place in the original, counted in Unicode characters, so that evidence can be
//! shown in the sender's own words. It must never fail and never take long: of a very long text
//! only the beginning and the end are read.

use super::letters::{Class, class, fold, is_ideograph};

/// Characters read from the beginning of a text.
const HEAD: usize = 12_000;
/// Characters read from the end of a text longer than [`HEAD`].
const TAIL: usize = 2_000;

/// What a word is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Arabic,
    Digits,
    /// Emoji and signs, each a word of its own.
    Symbol,
    Other,
}

/// What stands between a word and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    /// Nothing but space.
    Space,
    /// A comma or the like.
    Comma,
    /// The end of a sentence, or the beginning of the text.
    Stop,
}

/// How a Latin word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Lower,
    Capital,
    Upper,
}

/// One word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    /// First character in the original.
    pub(super) start: u32,
    /// The character after the last.
    pub(super) end: u32,
    from: u32,
    to: u32,
    pub(super) script: Script,
    pub(super) case: Case,
    pub(super) gap: Gap,
    /// Whether a `#` stood before it.
    pub(super) hashed: bool,
    /// Whether it is the name of an account (`@name`).
    pub(super) handle: bool,
    /// Whether it continues the hashtag of the word before it.
    pub(super) joined: bool,
}

/// A text in folded words.
#[derive(Debug, Default)]
pub(super) struct Text {
    folded: String,
    pub(super) tokens: Vec<Token>,
    /// Whether most of its Latin letters are capitals, so that a capital tells nothing.
    pub(super) shouted: bool,
    /// Whether nearly every longer word has a capital, as in a headline, so that it tells nothing.
    pub(super) headline: bool,
    /// Whether there are capitals at all beyond a first letter.
    pub(super) capitals: bool,
}

impl Text {
    /// Reads a text.
    pub(super) fn read(text: &str) -> Self {
        let mut reader = Reader::new(text.len().min(4 * (HEAD + TAIL)));
        let total = if text.len() > HEAD {
            text.chars().count()
        } else {
            0
        };
        if total > HEAD + TAIL {
            let mut last = 0;
            for (i, c) in text.chars().enumerate().take(HEAD) {
                reader.push(position(i), c);
                last = i + 1;
            }
            reader.close(position(last));
            reader.gap = Gap::Stop;
            for (i, c) in text.chars().enumerate().skip(total - TAIL) {
                reader.push(position(i), c);
            }
            reader.finish(position(total))
        } else {
            let mut last = 0;
            for (i, c) in text.chars().enumerate() {
                reader.push(position(i), c);
                last = i + 1;
            }
            reader.finish(position(last))
        }
    }

    fn is_headline(&self) -> bool {
        let long = || {
            self.tokens
                .iter()
                .filter(|t| t.script == Script::Latin && t.to - t.from >= 4)
                .filter(|t| !t.hashed && !t.handle)
        };
        let capitals = long().filter(|t| t.case != Case::Lower).count();
        capitals >= 6 && 10 * capitals > 8 * long().count()
    }

    /// The folded word at a position.
    pub(super) fn word(&self, at: usize) -> &str {
        self.tokens
            .get(at)
            .map_or("", |t| &self.folded[t.from as usize..t.to as usize])
    }

    /// The folded words, in order.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.tokens
            .iter()
            .map(|t| &self.folded[t.from as usize..t.to as usize])
    }

    /// Folds a name or a word of a lexicon: words joined by single spaces.
    pub(super) fn fold(text: &str) -> String {
        Self::read(text).words().collect::<Vec<_>>().join(" ")
    }
}

fn position(i: usize) -> u32 {
    u32::try_from(i).unwrap_or(u32::MAX)
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each remembers one thing about the letter before"
)]
struct Reader {
    out: Text,
    open: Option<Token>,
    gap: Gap,
    hash: bool,
    at_sign: bool,
    hash_open: bool,
    pending_dot: bool,
    possessive: bool,
    letters_since_dot: u8,
    run: (char, u8),
    after: u32,
    uppers: u32,
    lowers: u32,
    capital_words: u32,
    previous_lower: bool,
    pending_apostrophe: bool,
}

impl Reader {
    fn new(bytes: usize) -> Self {
        Self {
            out: Text {
                folded: String::with_capacity(bytes + 16),
                tokens: Vec::with_capacity(bytes / 5 + 4),
                ..Text::default()
            },
            open: None,
            gap: Gap::Stop,
            hash: false,
            at_sign: false,
            hash_open: false,
            pending_dot: false,
            possessive: false,
            letters_since_dot: 0,
            run: ('\0', 0),
            after: 0,
            uppers: 0,
            lowers: 0,
            capital_words: 0,
            previous_lower: false,
            pending_apostrophe: false,
        }
    }

    fn finish(mut self, end: u32) -> Text {
        self.close(end);
        self.out.shouted = self.uppers >= 8 && self.uppers > 2 * self.lowers;
        self.out.capitals = self.capital_words > 0;
        self.out.headline = self.out.is_headline();
        self.out
    }

    fn close(&mut self, end: u32) {
        self.pending_apostrophe = false;
        if let Some(mut token) = self.open.take() {
            if self.possessive && self.out.folded.ends_with('s') {
                self.out.folded.pop();
            }
            self.possessive = false;
            token.to = position(self.out.folded.len());
            token.end = if self.after > 0 { self.after } else { end };
            if token.to == token.from {
                return;
            }
            let word = &self.out.folded[token.from as usize..];
            if token.script == Script::Latin && word.bytes().all(|b| b.is_ascii_digit()) {
                token.script = Script::Digits;
            }
            if token.case != Case::Lower && token.gap != Gap::Stop {
                self.capital_words += 1;
            }
            self.out.tokens.push(token);
        }
        self.run = ('\0', 0);
        self.previous_lower = false;
    }

    fn push(&mut self, at: u32, c: char) {
        if std::mem::take(&mut self.pending_dot) && !c.is_alphabetic() {
            // After one initial a sentence may end ("and I."), after several it rarely does.
            let initials = self
                .open
                .as_ref()
                .map_or(0, |open| self.out.folded.len() - open.from as usize);
            self.close(at);
            self.gap = if initials > 1 { Gap::Space } else { Gap::Stop };
        }
        match class(c) {
            Class::Skip => {}
            Class::Apostrophe => {
                if self.open.is_some() {
                    self.pending_apostrophe = true;
                }
            }
            Class::Letter(script) => self.letter(at, c, script),
            Class::Symbol => {
                self.close(at);
                self.begin(at, Script::Symbol);
                self.out.folded.push(c);
                self.after = at + 1;
                self.close(at + 1);
            }
            // "U.S.": one word; whether it ends a sentence is told by what follows.
            Class::Break(_) if c == '.' && self.is_initial() => {
                self.pending_dot = true;
                self.letters_since_dot = 0;
            }
            Class::Break(gap) => {
                let gap = if c == '.' && self.is_abbreviation() {
                    Gap::Space
                } else {
                    gap
                };
                self.close(at);
                self.hash_open &= c == '_';
                self.gap = self.gap.max(gap);
                self.hash = c == '#' || (self.hash && c == '_');
                self.at_sign = c == '@' || (self.at_sign && c == '_');
            }
        }
    }

    fn begin(&mut self, at: u32, script: Script) {
        self.open = Some(Token {
            start: at,
            end: at,
            from: position(self.out.folded.len()),
            to: 0,
            script,
            case: Case::Lower,
            gap: self.gap,
            hashed: self.hash,
            handle: self.at_sign,
            joined: self.hash && self.hash_open,
        });
        self.hash_open = self.hash;
        self.gap = Gap::Space;
    }

    fn letter(&mut self, at: u32, c: char, script: Script) {
        let upper = c.is_uppercase();
        let mut breaks = script == Script::Other && is_ideograph(c);
        if let Some(open) = &self.open {
            let digit = c.is_ascii_digit();
            breaks |= open.script != script && !(digit || open.script == Script::Digits);
            breaks |= open.script == Script::Other && self.ideograph_open();
            breaks |= open.script == Script::Arabic && digit;
            breaks |= self.hash && upper && self.previous_lower;
        }
        let hash = self.hash;
        let handle = self.at_sign;
        if breaks {
            self.close(at);
            self.hash = hash;
            self.at_sign = handle;
        }
        if self.open.is_none() {
            self.letters_since_dot = 0;
            self.begin(at, script);
            if upper && let Some(open) = &mut self.open {
                open.case = Case::Capital;
            }
        } else if let Some(open) = &mut self.open {
            if upper && open.case == Case::Capital && !self.previous_lower {
                open.case = Case::Upper;
            } else if !upper && open.case == Case::Upper && c.is_alphabetic() {
                open.case = Case::Capital;
            }
            if open.script == Script::Digits && script == Script::Latin {
                open.script = Script::Latin;
            }
        }
        // "Kuwait's" is Kuwait; "doesn't" and "ng'ombe" are one word.
        self.possessive = self.pending_apostrophe && c == 's';
        self.pending_apostrophe = false;
        self.letters_since_dot = self.letters_since_dot.saturating_add(1);
        if !hash && !handle {
            self.uppers += u32::from(upper);
            self.lowers += u32::from(c.is_lowercase());
        }
        self.previous_lower = c.is_lowercase();
        self.after = at + 1;
        fold(c, &mut |f| {
            if f == self.run.0 && !f.is_ascii_digit() {
                self.run.1 = self.run.1.saturating_add(1);
            } else {
                self.run = (f, 1);
            }
            if self.run.1 == 3 {
                self.out.folded.pop();
            } else if self.run.1 < 3 {
                self.out.folded.push(f);
            }
        });
    }

    /// Whether the open word is so far one capital, or capitals with dots between them.
    fn is_initial(&self) -> bool {
        self.open.as_ref().is_some_and(|open| {
            let word = &self.out.folded[open.from as usize..];
            open.script == Script::Latin
                && open.case != Case::Lower
                && !self.previous_lower
                && word.len() <= 4
                && self.letters_since_dot <= 1
        })
    }

    /// Whether the open word is one that a dot shortens.
    fn is_abbreviation(&self) -> bool {
        self.open.as_ref().is_some_and(|open| {
            let word = &self.out.folded[open.from as usize..];
            matches!(word, "st" | "mt" | "ft" | "dr" | "mr" | "mrs" | "no")
        })
    }

    fn ideograph_open(&self) -> bool {
        self.out
            .folded
            .chars()
            .next_back()
            .is_some_and(is_ideograph)
    }
}

#[cfg(test)]
mod tests;
