//! Why something was concluded: the words a responder is shown.

use super::texts;
use crate::case::{Evidence, Priority};

/// The words behind what is said, of the text.
fn words_for(text: &str, evidence: &[Evidence], says: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    evidence
        .iter()
        .filter(|e| e.says == says)
        .map(|e| letters[e.start as usize..e.end as usize].iter().collect())
        .collect()
}

#[test]
fn what_no_lexicon_knows_is_explained_by_a_few_words_never_by_one() {
    for text in [
        "my contract was for a salon but they took me to house in Tabuk",
        "Nimekimbia kwa boss, niko nje barabarani na baridi",
        "they have put me in a room without window, food comes once a day",
        "baba ya mtoto wangu wamenichukua mtoto",
    ] {
        let u = texts(text, "+966500000001");
        let kind = u.kind.expect("a trouble");
        let shown = words_for(text, &u.evidence, &format!("kind:{kind}"));
        assert!(
            shown.iter().any(|words| words.contains(' ')),
            "{text}: {shown:?}"
        );
    }
}

#[test]
fn an_alarm_shows_the_words_that_raised_it() {
    for text in [
        "hes stranglin me evrytime nd now hes comin wit a hamer",
        "my daughter sent voice note crying then phone went off, she is in Hail",
        "Nimetoroka, niko ubalozi lakini mlango umefungwa",
        "wameniwekea godoro usoni nishindwe kupumua",
        "btenzef w el kafeel wa2ef 3ala rasha bil 3asa",
    ] {
        let u = texts(text, "+966500000001");
        let says = format!("priority:{}", u.priority);
        assert!(u.priority <= Priority::Urgent, "{text}");
        assert!(
            !words_for(text, &u.evidence, &says).is_empty(),
            "{text}: {says} without a reason"
        );
    }
}

#[test]
fn a_need_that_was_taken_back_is_not_shown() {
    let text = "كفيلتي طردتني الساعة 2 بالليل وانا ما عندي احد";
    let u = texts(text, "+966500000001");
    assert!(words_for(text, &u.evidence, "need:water").is_empty());
    let text = "محبوسة من يومين بدون اكل ولا مويه";
    let u = texts(text, "+966500000001");
    assert_eq!(words_for(text, &u.evidence, "need:water"), ["مويه"]);
}
