//! What a text holds beside what is understood of it: whether somebody asks in plain words to be called
//! or written to, and whether a word stands in it that was agreed.
//!
//! The first decides nothing but whether a choice that a stranger may have made for a number stands against
//! what that number itself asks. In doubt it says no: a text too many endangers, one too few is made
//! up for by a responder. So a phrase counts only where it asks (at the beginning of a sentence, or
//! after words that ask), and not where something takes it back.

use super::text::{Gap, Text};
use std::sync::LazyLock;

/// What somebody asks with who asks for it; folded like every text.
const ENGLISH: &str = "call me|call me back|phone me|ring me|text me|message me|whatsapp me|sms me|\
    write to me|write me|contact me|reach me|reply to me|reply me|answer me";
const SWAHILI: &str = "nipigie|nipigieni|mnipigie|unipigie|niandikie|niandikieni|mniandikie|\
    nitumie ujumbe|nitumieni ujumbe|nitumie meseji|nitumieni meseji|nitumie sms|nitumieni sms|\
    nijibu|nijibuni|mnijibu|nipigieni simu|wasilianeni nami|wasiliana nami|mwasiliane nami|nicall";
const ARABIC: &str = "اتصل بي|اتصلوا بي|اتصلي بي|اتصلو بي|اتصل علي|اتصلوا علي|اتصلو علي|كلمني|كلموني|\
    كلميني|دقوا علي|دق علي|رنوا علي|راسلني|راسلوني|اكتب لي|اكتبوا لي|ردوا علي";

/// Words after which an English phrase asks; otherwise it may tell what others do.
const ASKING: &str = "please pls plz plse kindly you u just can could urgently pliz";
/// Words after which an Arabic phrase asks: by itself it is also what somebody did.
const ASKING_ARABIC: &str = "رجاء ارجوكم ارجوك فضلكم فضلك سمحتم سمحت سمحتوا يخليكم تكفون دخيلكم";
/// What follows an Arabic phrase that asks at the beginning of a sentence.
const AFTER_ARABIC: &str = "الان هلا الحين ضروري بسرعه رجاء ارجوكم على هذا من لو بعد اليوم غدا";
/// What takes it back, standing up to so many words before.
const TAKEN_BACK: &str = "dont not never cant cannot stop didnt wont doesnt nobody no without \
    sitaki hatutaki kamwe sio si usije msije asije anataka wanataka aliniambia \
    لا ما مو مش لم لن ليس بدون";
const REACH: usize = 3;

struct Phrases {
    all: Vec<(Asks, Vec<String>)>,
    asking: Vec<String>,
    asking_arabic: Vec<String>,
    after_arabic: Vec<String>,
    taken_back: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// Where a sentence begins, or after a word that asks.
    AfterAsking,
    /// Anywhere: the form of the word says it.
    ByItself,
    /// After a word that asks; where a sentence begins, only with what follows.
    WithMore,
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let words = |text: &str| Text::read(text).words().map(str::to_owned).collect();
    let of = |asks: Asks, list: &str| -> Vec<(Asks, Vec<String>)> {
        list.split('|').map(|one| (asks, words(one))).collect()
    };
    let mut phrases = of(Asks::AfterAsking, ENGLISH);
    phrases.extend(of(Asks::ByItself, SWAHILI));
    phrases.extend(of(Asks::WithMore, ARABIC));
    Phrases {
        all: phrases,
        asking: words(ASKING),
        asking_arabic: words(ASKING_ARABIC),
        after_arabic: words(AFTER_ARABIC),
        taken_back: words(TAKEN_BACK),
    }
});

/// Whether the text holds these words, one after the other, however they are written. A phrase without
/// any word is held by none.
///
/// A character that nobody sees may stand in the middle of a word, where telephones and copying put it,
/// or in the place of a space: it parts a word there or does not, whichever lets the phrase be heard.
#[must_use]
pub fn holds(text: &str, phrase: &str) -> bool {
    let phrase = Text::read(phrase);
    let phrase: Vec<&str> = phrase.words().collect();
    if phrase.is_empty() {
        return false;
    }
    let pieces: Vec<Text> = text.split(is_unseen).map(Text::read).collect();
    if let [whole] = pieces.as_slice() {
        let words: Vec<&str> = whole.words().collect();
        return words.windows(phrase.len()).any(|here| here == phrase);
    }
    // Each with whether it may go on the word before.
    let mut words: Vec<(&str, bool)> = Vec::new();
    let mut open = false;
    for (piece, read) in text.split(is_unseen).zip(&pieces) {
        let goes_on = open && piece.starts_with(char::is_alphanumeric);
        let at = words.len();
        words.extend(read.words().map(|word| (word, false)));
        if let Some(first) = words.get_mut(at) {
            first.1 = goes_on;
        }
        open = if piece.is_empty() {
            open
        } else {
            piece.ends_with(char::is_alphanumeric)
        };
    }
    (0..words.len()).any(|at| begins_with(&words[at..], &phrase))
}

/// Whether these words begin with the phrase; those that may go on the one before do where that helps.
fn begins_with(words: &[(&str, bool)], phrase: &[&str]) -> bool {
    let mut words = words.iter();
    phrase.iter().all(|wanted| {
        let mut rest = *wanted;
        let mut first = true;
        while !rest.is_empty() {
            let next = words.next().filter(|(_, goes_on)| first || *goes_on);
            match next.and_then(|(word, _)| rest.strip_prefix(word)) {
                Some(more) => rest = more,
                None => return false,
            }
            first = false;
        }
        true
    })
}

/// Characters without a width: that part words for a machine, or join them, and stand where copying or
/// a keyboard left them.
const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Whether the text asks for an answer or a call.
#[must_use]
pub fn asks_to_be_reached(text: &str) -> bool {
    let text = Text::read(text);
    let words: Vec<&str> = text.words().collect();
    (0..words.len()).any(|at| asks_at(&text, &words, at))
}

fn asks_at(text: &Text, words: &[&str], at: usize) -> bool {
    let known = &*PHRASES;
    let is = |list: &[String], at: usize| list.iter().any(|word| word == words[at]);
    let begins = text.tokens[at].gap == Gap::Stop || at == 0;
    known.all.iter().any(|(asks, phrase)| {
        let end = at + phrase.len();
        let here = words.get(at..end).is_some_and(|here| {
            here.iter().zip(phrase).all(|(one, other)| one == other)
                && text.tokens[at + 1..end].iter().all(|t| t.gap == Gap::Space)
        });
        if !here {
            return false;
        }
        let may = match asks {
            Asks::ByItself => true,
            Asks::AfterAsking => begins || is(&known.asking, at - 1),
            Asks::WithMore => {
                let ends = text
                    .tokens
                    .get(end)
                    .is_none_or(|next| next.gap >= Gap::Comma);
                let more = ends || is(&known.after_arabic, end);
                if begins {
                    more
                } else {
                    is(&known.asking_arabic, at - 1)
                }
            }
        };
        may && !(0..at)
            .rev()
            .take(REACH)
            .take_while(|before| text.tokens[before + 1].gap != Gap::Stop)
            .any(|before| is(&known.taken_back, before))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_to_be_called_or_written_to_is_heard_in_each_language() {
        for text in [
            "Please call me, they locked the door",
            "I am in Deira. Call me back now",
            "can you text me on this number",
            "Niko Deira, nipigieni tafadhali",
            "naomba mnipigie simu",
            "رجاء اتصلوا بي",
            "انا في دبي. كلموني الان",
            "اتصل بي",
        ] {
            assert!(asks_to_be_reached(text), "{text}");
        }
    }

    #[test]
    fn an_agreed_word_is_known_however_it_is_written_and_only_as_a_word() {
        assert!(holds("Did you buy MANGOES, auntie?", "mangoes"));
        assert!(holds("habari za Shangazi  Rósé leo", "shangazi rose"));
        assert!(holds("هل وصلت المانجو؟", "المانجو"));
        assert!(!holds("the mangoesteen", "mangoes"));
        assert!(!holds("anything", " ?! "));
        for unseen in [
            "\u{200b}",
            "\u{200d}",
            "\u{feff}",
            "\u{2060}\u{200b}",
            "\u{ad}",
        ] {
            for text in [
                "habari za shan_gazi rose leo",
                "habari za_shangazi_rose_leo",
                "_shangazi r_o_s_e",
                "za _shan_gazi_rose_",
            ] {
                let text = text.replace('_', unseen);
                assert!(holds(&text, "Shangazi Rose"), "{text:?}");
                assert!(!holds(&text, "shan rose"), "{text:?}");
            }
            let other = format!("the mangoes{unseen}teen; man {unseen}goes");
            assert!(!holds(&other, "mangoesteens") && !holds(&other, "mang oes"));
            assert!(holds(&format!("هل وصلت المان{unseen}جو؟"), "المانجو"));
        }
    }

    #[test]
    fn what_others_do_or_what_is_not_to_be_done_is_no_request() {
        for text in [
            "",
            "they lock me in and call me names",
            "do not call me, he has the phone",
            "Please never text me",
            "you can not call me here",
            "Usinipigie, bosi ana simu",
            "sitaki mnipigie",
            "لا تتصلوا بي",
            "اتصل بي صاحب العمل وهددني",
            "my boss will call the police",
            "nisaidie, niko Deira",
        ] {
            assert!(!asks_to_be_reached(text), "{text}");
        }
    }
}
