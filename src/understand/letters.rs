//! Letters: what a character does to a word, and what is left of it when spellings are made equal.

use super::text::{Gap, Script};
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// What a character does to the word it meets.
pub(super) enum Class {
    Skip,
    Apostrophe,
    Letter(Script),
    Symbol,
    Break(Gap),
}

/// Whether a character is a word of its own in Chinese or Japanese.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// The class of a character.
pub(super) fn class(c: char) -> Class {
    match c {
        'a'..='z' | 'A'..='Z' => Class::Letter(Script::Latin),
        '0'..='9' => Class::Letter(Script::Digits),
        '\'' | '\u{2018}' | '\u{2019}' | '\u{02bc}' | '\u{02bb}' | '`' | '\u{00b4}' => {
            Class::Apostrophe
        }
        '.' | '!' | '?' | '\n' | '\r' | '\u{061f}' | '\u{06d4}' | '\u{2026}' | '\u{3002}'
        | '\u{ff1f}' | '\u{ff01}' => Class::Break(Gap::Stop),
        ',' | ';' | ':' | '(' | ')' | '[' | ']' | '"' | '\u{060c}' | '\u{061b}' | '\u{ff0c}'
        | '\u{2014}' | '\u{2013}' | '\u{00ab}' | '\u{00bb}' | '|' => Class::Break(Gap::Comma),
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
pub(super) fn fold(c: char, emit: &mut dyn FnMut(char)) {
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
