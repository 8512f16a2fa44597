//! Whether somebody asks in plain words not to be called or written to.
//!
//! The telephone may be in another's hand a minute later, and what she wrote is then the only thing that
//! keeps us from writing to it. It makes a choice of safe contact stricter and never looser, so in doubt it
//! may say yes where somebody asks; but it must not take for it what is told of others ("the agents dont
//! answer"), since nobody is written to then before a responder has read why.

use super::text::{Gap, Text};
use std::sync::LazyLock;

/// What is not to be done, after "do not", "dont" or "never".
const DONE: &str =
    "call phone ring text message msg reply answer respond contact sms whatsapp write";
/// The same after "stop".
const DOING: &str =
    "calling phoning ringing texting messaging replying answering contacting writing sending";
/// Words that stand before it where somebody asks.
const ASKING: &str =
    "please pls plz plse kindly so and but just help me number phone simu also ever mobile";
/// Words that stand behind it where it is not we who are asked, or not about her.
const OTHERS: &str = "the police my our his her him them calls when embassy agent boss employer anyone \
    anybody a polis askari because if";
const SWAHILI: &str = "usinijibu|msinijibu|usijibu|msijibu|usinipigie|msinipigie|usipige simu|\
    msipige simu|usinitumie|msinitumie|usitume ujumbe|msitume ujumbe|usitume sms|msitume sms|\
    usiniandikie|msiniandikie|usinicall|msinicall|usinitext|msinitext|usinitafute|msinitafute";
const ARABIC: &str = "لا تتصلوا|لا تتصلون|لا تتصلو|لا تتصل بي|لا تتصلي بي|لا تتصل على هذا|لا تتصل بهذا|\
    لا تردوا|لا تردون|لا تردو|لا ترد على هذا|لا تكلموني|لا تكلمني|لا ترسلوا|لا ترسلون|لا ترسلو|\
    لا ترسل لي|لا تراسلوني|لا تراسلني|لا تدقوا|لا تدقون|لا تجاوبوا|لا تجاوبون|ما تتصلون|ما تردون|\
    الرجاء عدم الرد|رجاء عدم الرد|ارجو عدم الرد|عدم الرد على هذا|الرجاء عدم الاتصال|رجاء عدم الاتصال|\
    ارجو عدم الاتصال|عدم الاتصال بهذا|عدم الاتصال بي|عدم الاتصال على هذا|عدم ارسال";

struct Phrases {
    done: Vec<String>,
    doing: Vec<String>,
    asking: Vec<String>,
    others: Vec<String>,
    whole: Vec<Vec<String>>,
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let words = |text: &str| Text::read(text).words().map(str::to_owned).collect();
    let lists = [SWAHILI, ARABIC].into_iter();
    Phrases {
        done: words(DONE),
        doing: words(DOING),
        asking: words(ASKING),
        others: words(OTHERS),
        whole: lists.flat_map(|list| list.split('|').map(words)).collect(),
    }
});

/// Whether the text asks not to be called or written to.
#[must_use]
pub fn asks_for_silence(text: &str) -> bool {
    let text = Text::read(text);
    let words: Vec<&str> = text.words().collect();
    (0..words.len()).any(|at| in_english(&text, &words, at) || whole(&words, at))
}

fn whole(words: &[&str], at: usize) -> bool {
    PHRASES.whole.iter().any(|phrase| {
        words
            .get(at..at + phrase.len())
            .is_some_and(|here| here == phrase)
    })
}

fn in_english(text: &Text, words: &[&str], at: usize) -> bool {
    let known = &*PHRASES;
    let is = |list: &[String], at: usize| {
        words
            .get(at)
            .is_some_and(|word| list.iter().any(|one| one == word))
    };
    let (verbs, verb) = match (words[at], words.get(at + 1)) {
        ("dont" | "never", _) => (&known.done, at + 1),
        ("do", Some(&("not" | "never"))) => (&known.done, at + 2),
        ("stop", _) => (&known.doing, at + 1),
        _ => return false,
    };
    let asks = at == 0 || text.tokens[at].gap >= Gap::Comma || is(&known.asking, at - 1);
    // "Dont ever call": one word may stand between.
    let verb = if is(&known.asking, verb) {
        verb + 1
    } else {
        verb
    };
    asks && is(verbs, verb) && !is(&known.others, verb + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_not_to_be_called_or_written_to_is_heard() {
        for text in [
            "Help they beat me. Please dont text me back",
            "this is my boss phone dont reply. im locked in",
            "do not answer this number it is my madams phone. help me",
            "help me. do not reply or call, he reads my phone",
            "help me, never call this phone",
            "STOP messaging me, he will see. help",
            "don't call back",
            "please don\u{2019}t ever call me",
            "Nisaidie, usinitumie ujumbe, simu si yangu",
            "nisaidie usinijibu, boss anasoma simu yangu",
            "tafadhali msipige simu",
            "الرجاء عدم الرد على هذا الرقم، الكفيل يضربني",
            "لا تتصلوا بي",
        ] {
            assert!(asks_for_silence(text), "{text}");
        }
    }

    #[test]
    fn what_others_do_not_do_is_no_request_for_silence() {
        for text in [
            "",
            "they dont answer my calls",
            "the agents dont answer",
            "I called and nobody answered, the embassy does not reply",
            "she never calls me",
            "please dont call the police",
            "they took my money and dont answer when I call",
            "please call me, dont delay",
            "why do you not answer",
            "he said never come back",
            "stop sending the girls there? call me",
            "hawajibu simu, nipigieni",
            "اختي لا ترد على الهاتف",
            "السفارة لا ترد، اتصلوا بي",
        ] {
            assert!(!asks_for_silence(text), "{text}");
        }
    }
}
