//! Reports to be sent: what people in need write, in English, Swahili and Arabic, put together from a
//! fixed seed. Written for this; no person's words.

use crate::bench::random::Random;
use serde_json::json;

/// Sentences with places for a town, a number and a thing.
const TEXTS: [&str; 24] = [
    "My employer in TOWN took my passport and locks the door at night. I have not been paid for ## months.",
    "Please help, my sister works in a house in TOWN and she is beaten. She cannot go out.",
    "I lost my passport in TOWN ## days ago, how do I travel home?",
    "There was an accident at the site in TOWN, my friend is in hospital and cannot speak.",
    "My brother was arrested in TOWN yesterday. The police do not tell us why.",
    "We have not heard from my mother in TOWN for ## weeks, her phone is off.",
    "He says if I leave he will kill me. I am hiding in the bathroom in TOWN",
    "The agent in TOWN wants ## thousand before he gives me THING back",
    "hello I need help with THING in TOWN please call me",
    "I am sick since ## days and madam does not let me see a doctor. TOWN",
    "My cousin died at work in TOWN. How can we bring the body home?",
    "They moved ## of us to a camp outside TOWN with no water and took THING",
    "Naomba msaada, mwajiri wangu hapa TOWN amechukua pasipoti yangu na ananipiga",
    "Nimefungiwa ndani ya nyumba TOWN, sijala siku ##",
    "Dada yangu amekamatwa na polisi TOWN, hatujui yuko wapi",
    "Sijalipwa mshahara miezi ##, nataka kurudi nyumbani kutoka TOWN",
    "Nimepoteza THING yangu TOWN, nifanye nini?",
    "Ndugu yangu ni mgonjwa sana hospitali ya TOWN, tafadhali tusaidie haraka",
    "Tafadhali nisaidieni, bosi anataka kuniuza TOWN, ninaogopa sana",
    "ساعدوني أنا محبوسة في بيت في TOWN ولا أستطيع الخروج",
    "كفيلي في TOWN أخذ جواز سفري ولم يدفع راتبي منذ ## أشهر",
    "أخي موقوف في TOWN منذ ## أيام ولا نعرف لماذا",
    "فقدت THING في TOWN، ماذا أفعل؟",
    "أمي مريضة جدا في TOWN وتحتاج إلى طبيب بسرعة",
];

const TOWNS: [&str; 20] = [
    "Riyadh",
    "Jeddah",
    "Dammam",
    "Dubai",
    "Sharjah",
    "Abu Dhabi",
    "Doha",
    "Al Rayyan",
    "Kuwait City",
    "Hawalli",
    "Manama",
    "Muscat",
    "Salalah",
    "Beirut",
    "Amman",
    "Baghdad",
    "Cairo",
    "Istanbul",
    "Al Khobar",
    "Ajman",
];

const THINGS: [&str; 6] = [
    "my passport",
    "pasi",
    "my papers",
    "THE TICKET",
    "simu",
    "جواز السفر",
];

/// Countries' prefixes, with how many digits follow.
const NUMBERS: [(&str, usize); 8] = [
    ("9665", 8),
    ("9715", 8),
    ("974", 8),
    ("965", 8),
    ("973", 8),
    ("968", 8),
    ("2547", 8),
    ("9613", 6),
];

/// What one report's sender and case look like.
pub(in crate::bench) struct Reports {
    random: Random,
}

impl Reports {
    /// The reports of a seed; `part` tells parts of a run apart, whose ids and numbers must differ.
    pub(in crate::bench) fn new(seed: u64, part: u64) -> Self {
        Self {
            random: Random::new(seed, part),
        }
    }

    /// The next one, as the JSON that is sent.
    pub(in crate::bench) fn body(&mut self) -> String {
        let random = &mut self.random;
        let text = random
            .one_of(&TEXTS)
            .replace("TOWN", random.one_of(&TOWNS))
            .replace("THING", random.one_of(&THINGS))
            .replace("##", &(2 + random.below(11)).to_string());
        let mut body = json!({"id": random.id(), "text": text});
        match random.below(10) {
            // Two of ten leave no number.
            0 | 1 => {}
            // One may only be answered where she wrote, which a program's report is not.
            2 => body["contact"] = json!({"phone": number(random), "safe": "reply_only"}),
            3 => {
                body["contact"] = json!({"phone": number(random), "safe": "any"});
                body["place"] = json!({
                    "lat": 24.0 + 0.0001 * f64::from(small(random, 9_999)),
                    "lon": 46.0 + 0.0001 * f64::from(small(random, 9_999)),
                });
            }
            _ => body["contact"] = json!({"phone": number(random), "safe": "any"}),
        }
        body.to_string()
    }

    /// The next one, as the bytes of a request over a connection that stays open.
    pub(in crate::bench) fn request(&mut self) -> Vec<u8> {
        let body = self.body();
        format!(
            "POST /api/v1/reports HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }
}

fn small(random: &mut Random, end: u64) -> u32 {
    u32::try_from(random.below(end)).unwrap_or(0)
}

/// A number of somebody else each time, as far as there are digits.
fn number(random: &mut Random) -> String {
    let (prefix, digits) = random.one_of(&NUMBERS);
    let end = 10_u64.pow(u32::try_from(digits).unwrap_or(8));
    format!("+{prefix}{:0digits$}", random.below(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_sends_the_same_reports() {
        let bodies = |part| {
            let mut reports = Reports::new(1, part);
            (0..5).map(|_| reports.body()).collect::<Vec<_>>()
        };
        assert_eq!(bodies(0), bodies(0));
        assert_ne!(bodies(0), bodies(1));
    }

    #[test]
    fn every_report_can_be_read() {
        let mut reports = Reports::new(1, 0);
        let now = "2026-11-22T08:00:00Z".parse().expect("time");
        for _ in 0..500 {
            let body = reports.body();
            crate::intake::api::read(body.as_bytes(), crate::case::Channel::Api, now)
                .expect("a report that fits");
        }
    }
}
