//! Words of danger to somebody are never put aside by what the text sounds like as a whole.

use super::*;

#[test]
fn danger_told_of_somebody_opens_a_case_however_harmless_the_text_sounds() {
    for text in [
        "thank you for yesterday but now he is choking me",
        "thank you but he is beating me again",
        "my county girl Mary Wanjiru from Kiambu County is dying in Dammam hospital",
        "STOP he is killing me",
        "h e l p   m e he is killing me",
    ] {
        for from in ["+96550000001", "+254700000001"] {
            let u = texts(text, from);
            assert!(u.report, "{text}");
            assert_eq!(u.priority, Priority::Critical, "{text}");
        }
    }
}
