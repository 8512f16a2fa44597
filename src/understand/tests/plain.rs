//! What is said plainly is read right, whatever else is learned.

use super::*;
use crate::case::Kind;

#[test]
fn what_is_said_plainly_has_its_kind_from_home_and_from_abroad() {
    let plain: [(Option<Kind>, &[&str]); 7] = [
        (
            Some(Kind::Medical),
            &[
                "my sister is in hospital in Dubai, she had an accident",
                "my brother had an accident at work",
                "she had an accident",
                "he is in hospital",
                "she is very sick and nobody takes her to hospital",
                "I am pregnant and bleeding",
                "he fell from the building and broke his leg",
                "dada yangu ni mgonjwa sana",
                "mama amelazwa hospitali Riyadh",
                "anaumwa na tumbo",
                "اختي مريضة جدا",
                "العاملة مريضة وتحتاج مستشفى",
                "my friend collapsed at work",
                "he was hit by a car",
            ],
        ),
        (
            Some(Kind::Death),
            &[
                "my sister died in Riyadh",
                "my brother passed away in Qatar, how do we bring the body home",
                "dada yangu amefariki Dubai",
                "mwili uko mochari",
                "توفيت العاملة الكينية",
                "he died in an accident",
            ],
        ),
        (
            Some(Kind::MissingPerson),
            &[
                "my sister is missing, we have not heard from her for a month",
                "I can't reach my brother in Saudi since January",
                "dada yangu amepotea",
                "hatujamsikia tangu mwezi wa pili",
                "اختي مفقودة من اسبوع",
                "we lost contact with our daughter in Kuwait",
            ],
        ),
        (
            Some(Kind::Detention),
            &[
                "my brother was arrested by the police in Dubai, he is in prison",
                "police took my friend",
                "nimekamatwa na polisi",
                "mume wangu yuko ndani kwa kesi ya cheque Dubai",
                "kaka yangu yuko jela Jeddah",
                "اعتقلوا اخي",
                "she is in the deportation centre",
            ],
        ),
        (
            Some(Kind::LostDocuments),
            &[
                "I lost my passport in Dubai",
                "my passport was stolen in a taxi",
                "nimepoteza passport yangu",
                "ضاع جوازي",
            ],
        ),
        (
            Some(Kind::Distress),
            &[
                "my boss beats me",
                "madam has locked me in",
                "I have not been paid for 6 months",
                "my employer took my passport and refuses to let me go home",
                "he wants to rape me",
                "bosi ananipiga",
                "sijalipwa miezi mitatu",
                "كفيلي يضربني",
                "ما عطوني راتبي",
                "I ran away and I am sleeping in the street",
                "I am stranded at the airport",
                "they want to sell me to another house",
                "nataka kufa",
            ],
        ),
        (
            None,
            &[
                "how do I renew my passport",
                "what time does the embassy open",
                "nataka kujua bei ya passport",
                "كم رسوم تجديد الجواز",
            ],
        ),
    ];
    for (kind, told) in plain {
        for text in told {
            for from in ["+254700000001", "+966500000001"] {
                assert_eq!(texts(text, from).kind, kind, "{from}: {text}");
            }
        }
    }
}
