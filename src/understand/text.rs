//! A text as the rest of this module reads it: folded words that know where they stood.
//!
//! Folding makes spellings equal that people do not tell apart on a telephone: case, accents,
//! Arabic letters with and without their marks, stretched letters, digits of both scripts. Every
//! word keeps its place in the original, counted in Unicode characters, so that evidence can be
//! shown in the sender's own words. It must never fail and never take long: of a very long text
//! only the beginning and the end are read.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

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
        self.uppers += u32::from(upper);
        self.lowers += u32::from(c.is_lowercase());
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

enum Class {
    Skip,
    Apostrophe,
    Letter(Script),
    Symbol,
    Break(Gap),
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

fn class(c: char) -> Class {
    match c {
        'a'..='z' | 'A'..='Z' => Class::Letter(Script::Latin),
        '0'..='9' => Class::Letter(Script::Digits),
        '\'' | '\u{2018}' | '\u{2019}' | '\u{02bc}' | '\u{02bb}' | '`' | '\u{00b4}' => {
            Class::Apostrophe
        }
        '.' | '!' | '?' | '\n' | '\r' | '\u{061f}' | '\u{06d4}' | '\u{2026}' | '\u{3002}'
        | '\u{ff1f}' | '\u{ff01}' => Class::Break(Gap::Stop),
        ',' | ';' | ':' | '(' | ')' | '"' | '\u{060c}' | '\u{061b}' | '\u{ff0c}' | '\u{2014}'
        | '\u{2013}' | '\u{00ab}' | '\u{00bb}' | '|' => Class::Break(Gap::Comma),
        c if c.is_ascii() => Class::Break(Gap::Space),
        '\u{0640}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{1f3fb}'..='\u{1f3ff}'
        | '\u{00ad}' => Class::Skip,
        '\u{0660}'..='\u{0669}' | '\u{06f0}'..='\u{06f9}' => Class::Letter(Script::Digits),
        c if is_combining_mark(c) => Class::Skip,
        '\u{0600}'..='\u{06ff}'
        | '\u{0750}'..='\u{077f}'
        | '\u{fb50}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}'
            if c.is_alphabetic() =>
        {
            Class::Letter(Script::Arabic)
        }
        '\u{00c0}'..='\u{024f}' | '\u{1e00}'..='\u{1eff}' if c.is_alphabetic() => {
            Class::Letter(Script::Latin)
        }
        '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' => Class::Symbol,
        c if c.is_alphanumeric() => Class::Letter(Script::Other),
        _ => Class::Break(Gap::Space),
    }
}

/// The folded form of one character, letter by letter.
fn fold(c: char, emit: &mut dyn FnMut(char)) {
    match c {
        'a'..='z' | '0'..='9' => emit(c),
        'A'..='Z' => emit(c.to_ascii_lowercase()),
        'أ' | 'إ' | 'آ' | 'ٱ' => emit('ا'),
        'ى' | 'ی' | 'ئ' => emit('ي'),
        'ة' | 'ہ' | 'ە' => emit('ه'),
        'ؤ' => emit('و'),
        'ک' | 'گ' => emit('ك'),
        'پ' => emit('ب'),
        'چ' => emit('ج'),
        'ڤ' => emit('ف'),
        'ء' => {}
        '\u{0660}'..='\u{0669}' => emit(char::from_digit(c as u32 - 0x0660, 10).unwrap_or('0')),
        '\u{06f0}'..='\u{06f9}' => emit(char::from_digit(c as u32 - 0x06f0, 10).unwrap_or('0')),
        'ø' | 'Ø' => emit('o'),
        'ł' | 'Ł' => emit('l'),
        'ı' | 'İ' => emit('i'),
        'đ' | 'Đ' => emit('d'),
        'ß' => {
            emit('s');
            emit('s');
        }
        'æ' | 'Æ' => {
            emit('a');
            emit('e');
        }
        _ => decompose_compatible(c, |part| {
            if !is_combining_mark(part) {
                if part.is_ascii() || !matches!(part, '\u{0600}'..='\u{06ff}') {
                    for lower in part.to_lowercase() {
                        emit(lower);
                    }
                } else if part == c {
                    emit(part);
                } else {
                    fold(part, emit);
                }
            }
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        Text::read(text).words().map(ToOwned::to_owned).collect()
    }

    #[test]
    fn spellings_people_do_not_tell_apart_fold_alike() {
        assert_eq!(
            words("Wanjikũ DOESN'T pleaseeee"),
            ["wanjiku", "doesnt", "please"]
        );
        assert_eq!(words("أُمّ الإمارات ٣"), ["ام", "الامارات", "3"]);
        assert_eq!(words("#معهد_الأورام"), ["معهد", "الاورام"]);
        assert_eq!(words("#SriLanka SriLanka"), ["sri", "lanka", "srilanka"]);
        assert_eq!(
            words("the U.S. in St. Paul. I. We"),
            ["the", "us", "in", "st", "paul", "i", "we"]
        );
        assert_eq!(words("3enna 广州 🆘"), ["3enna", "广", "州", "🆘"]);
    }

    #[test]
    fn a_word_knows_where_it_stood() {
        let text = "aé\u{202e} Kuwait's";
        let read = Text::read(text);
        let t = read.tokens[1];
        let chars: String = text
            .chars()
            .skip(t.start as usize)
            .take((t.end - t.start) as usize)
            .collect();
        assert_eq!(chars, "Kuwait's");
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_words_stand_in_order(text in "\\PC{0,200}|[\\x00-\\x1f\u{202e}\u{0300}a-c ]{0,200}") {
            let read = Text::read(&text);
            let total = u32::try_from(text.chars().count()).expect("short");
            let mut last = 0;
            for t in &read.tokens {
                prop_assert!(t.start >= last && t.end > t.start && t.end <= total);
                last = t.end;
            }
        }
    }
}
