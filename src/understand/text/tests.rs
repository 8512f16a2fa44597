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
