//! The words of the public pages in their three languages.
//!
//! They lie in data files that a translator can edit; a missing or unknown one is noticed when the
//! first page is shown and, before that, by a test. They must name no agency in the title, and
//! nothing that a glance at a borrowed phone should not tell.

use crate::case::Lang;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Every string of the pages in one language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) dir: String,
    pub(super) own_name: String,
    pub(super) title: String,
    pub(super) exit: String,
    pub(super) exit_hint: String,
    pub(super) service: String,
    pub(super) front_lead: String,
    pub(super) front_report: String,
    pub(super) front_report_hint: String,
    pub(super) front_track: String,
    pub(super) front_track_hint: String,
    pub(super) front_free: String,
    pub(super) danger: String,
    pub(super) danger_call: String,
    pub(super) danger_112: String,
    pub(super) danger_country: String,
    pub(super) danger_show: String,
    pub(super) danger_none: String,
    pub(super) police: String,
    pub(super) ambulance: String,
    pub(super) fire: String,
    pub(super) country_choose: String,
    pub(super) form_heading: String,
    pub(super) form_lead: String,
    pub(super) who: String,
    pub(super) who_self: String,
    pub(super) who_other: String,
    pub(super) what: String,
    pub(super) what_hint: String,
    pub(super) place: String,
    pub(super) where_country: String,
    pub(super) where_place: String,
    pub(super) where_place_hint: String,
    pub(super) where_locate: String,
    pub(super) where_located: String,
    pub(super) where_not_located: String,
    pub(super) kind: String,
    pub(super) kind_hint: String,
    pub(super) kind_distress: String,
    pub(super) kind_medical: String,
    pub(super) kind_detention: String,
    pub(super) kind_lost_documents: String,
    pub(super) kind_missing_person: String,
    pub(super) kind_death: String,
    pub(super) kind_unknown: String,
    pub(super) contact: String,
    pub(super) contact_number: String,
    pub(super) contact_number_hint: String,
    pub(super) safe_any: String,
    pub(super) safe_reply_only: String,
    pub(super) safe_i_will_contact_you: String,
    pub(super) hours: String,
    pub(super) hours_from: String,
    pub(super) hours_to: String,
    pub(super) hours_any: String,
    pub(super) contact_note: String,
    pub(super) contact_note_hint: String,
    pub(super) trap: String,
    pub(super) send: String,
    pub(super) send_hint: String,
    pub(super) phone_seen: String,
    pub(super) problem_empty: String,
    pub(super) problem_not_sent: String,
    pub(super) problem_too_much: String,
    pub(super) problem_unreadable: String,
    pub(super) problem_late: String,
    pub(super) problem_number: String,
    pub(super) problem_reference: String,
    pub(super) problem_unknown: String,
    pub(super) problem_often: String,
    pub(super) receipt_heading: String,
    pub(super) receipt_reference: String,
    pub(super) receipt_code: String,
    pub(super) receipt_at: String,
    pub(super) receipt_at_zone: String,
    pub(super) receipt_keep: String,
    pub(super) receipt_next: String,
    pub(super) receipt_person: String,
    pub(super) receipt_any: String,
    pub(super) receipt_reply_only: String,
    pub(super) receipt_silent: String,
    pub(super) receipt_added: String,
    pub(super) receipt_text: String,
    pub(super) receipt_text_hint: String,
    pub(super) more_heading: String,
    pub(super) more_lead: String,
    pub(super) next: String,
    pub(super) skip: String,
    pub(super) add_next: String,
    pub(super) step_of: String,
    pub(super) done_heading: String,
    pub(super) done_text: String,
    pub(super) safe_lead: String,
    pub(super) yes: String,
    pub(super) no: String,
    pub(super) fees: String,
    pub(super) photos_heading: String,
    pub(super) photos_lead: String,
    pub(super) photos_choose: String,
    pub(super) photos_hint: String,
    pub(super) photos_add: String,
    pub(super) file_too_large: String,
    pub(super) file_wrong: String,
    pub(super) files_too_many: String,
    pub(super) file_later: String,
    pub(super) track_heading: String,
    pub(super) track_show: String,
    pub(super) track_received: String,
    pub(super) track_working: String,
    pub(super) track_closed: String,
    pub(super) track_add: String,
    pub(super) track_now: String,
    pub(super) track_now_same: String,
    pub(super) track_now_worse: String,
    pub(super) track_now_safe: String,
    pub(super) track_safe: String,
    pub(super) track_safe_same: String,
    pub(super) track_send: String,
    pub(super) acc_heading: String,
    pub(super) acc_lead: String,
    pub(super) acc_month: String,
    pub(super) acc_all: String,
    pub(super) acc_mission: String,
    pub(super) acc_opened: String,
    pub(super) acc_open: String,
    pub(super) acc_closed: String,
    pub(super) acc_claim: String,
    pub(super) acc_action: String,
    pub(super) acc_resolved: String,
    pub(super) acc_lapses: String,
    pub(super) acc_median: String,
    pub(super) acc_p90: String,
    pub(super) acc_few: String,
    pub(super) acc_hidden: String,
    pub(super) acc_pair: String,
    pub(super) acc_trend: String,
    pub(super) acc_speed: String,
    pub(super) acc_speed_hint: String,
    pub(super) acc_notes: String,
    pub(super) acc_note_hidden: String,
    pub(super) acc_note_month: String,
    pub(super) acc_note_terms: String,
    pub(super) acc_counted: String,
    pub(super) acc_csv: String,
    pub(super) acc_empty: String,
    pub(super) acc_away: String,
    pub(super) unit_s: String,
    pub(super) unit_min: String,
    pub(super) unit_h: String,
    pub(super) unit_d: String,
    pub(super) front_accounts: String,
    /// Labels of the questions of each kind, by the key under which the answer is kept.
    pub(super) questions: BTreeMap<String, String>,
}

static ENGLISH: LazyLock<Words> = LazyLock::new(|| read(include_str!("words/en.json")));
static SWAHILI: LazyLock<Words> = LazyLock::new(|| read(include_str!("words/sw.json")));
static ARABIC: LazyLock<Words> = LazyLock::new(|| read(include_str!("words/ar.json")));

fn read(file: &'static str) -> Words {
    serde_json::from_str(file).expect("the words of every language are whole, a test says")
}

impl Words {
    /// The words in the language in which we answer.
    pub(super) fn of(lang: Lang) -> &'static Self {
        match lang.answer() {
            Lang::Swahili => &SWAHILI,
            Lang::Arabic => &ARABIC,
            _ => &ENGLISH,
        }
    }

    /// The label of a question.
    pub(super) fn question(&self, key: &str) -> &str {
        self.questions.get(key).map_or("", String::as_str)
    }
}

/// The three languages of the pages.
pub(super) const LANGUAGES: [Lang; 3] = [Lang::English, Lang::Swahili, Lang::Arabic];

/// The language of a page: the one asked for (`?lang=`), else the browser's first that we have
/// (`Accept-Language`), else English.
#[must_use]
pub fn language(asked: Option<&str>, accepted: Option<&str>) -> Lang {
    let ours = |tag: &str| {
        let primary = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
        LANGUAGES.into_iter().find(|lang| lang.as_str() == primary)
    };
    asked.and_then(ours).unwrap_or_else(|| {
        let mut wanted: Vec<(f32, Lang)> = accepted
            .unwrap_or_default()
            .split(',')
            .take(20)
            .filter_map(|part| {
                let (tag, rest) = part.split_once(';').unwrap_or((part, ""));
                let weight = rest
                    .trim()
                    .strip_prefix("q=")
                    .map_or(Some(1.0), |q| q.parse().ok())?;
                Some((weight, ours(tag)?)).filter(|(weight, _)| *weight > 0.0)
            })
            .collect();
        // Stable: of equals, the first one named.
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
        wanted.first().map_or(Lang::English, |(_, lang)| *lang)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value};

    /// Words that two languages share on purpose.
    const SHARED: [(&str, &str); 1] = [("dir", "ltr")];

    fn flat(file: &str) -> BTreeMap<String, String> {
        let mut all: Map<String, Value> = serde_json::from_str(file).expect("JSON");
        let questions = all.remove("questions").expect("questions");
        let questions = questions.as_object().expect("an object").clone();
        all.into_iter()
            .chain(
                questions
                    .into_iter()
                    .map(|(key, value)| (format!("questions.{key}"), value)),
            )
            .map(|(key, value)| (key, value.as_str().expect("a string").to_owned()))
            .collect()
    }

    #[test]
    fn no_string_is_missing_or_identical_by_accident() {
        let files = [
            include_str!("words/en.json"),
            include_str!("words/sw.json"),
            include_str!("words/ar.json"),
        ];
        let [english, swahili, arabic] = files.map(flat);
        for other in [&swahili, &arabic] {
            assert!(
                english.keys().eq(other.keys()),
                "the same keys in the same files"
            );
            for (key, text) in &english {
                assert!(!text.trim().is_empty(), "{key} is empty");
                assert!(!other[key].trim().is_empty(), "{key} is empty");
                if !SHARED.contains(&(key, text)) {
                    assert_ne!(text, &other[key], "{key} is not translated");
                }
            }
        }
        for (key, text) in &swahili {
            if !SHARED.contains(&(key, text)) {
                assert_ne!(text, &arabic[key], "{key} is not translated");
            }
        }
        for lang in LANGUAGES {
            assert_eq!(
                Words::of(lang).questions.len(),
                Words::of(Lang::English).questions.len()
            );
        }
    }

    #[test]
    fn titles_tell_nothing_to_who_glances_at_the_phone() {
        for lang in LANGUAGES {
            let title = Words::of(lang).title.to_lowercase();
            for word in [
                "help",
                "msaada",
                "kenya",
                "embassy",
                "مساعدة",
                "ubalozi",
                "سفارة",
            ] {
                assert!(!title.contains(word), "{title}");
            }
        }
    }

    #[test]
    fn the_language_asked_for_goes_before_that_of_the_browser() {
        assert_eq!(language(Some("ar"), Some("sw")), Lang::Arabic);
        assert_eq!(
            language(None, Some("de, sw-KE;q=0.8, en;q=0.7")),
            Lang::Swahili
        );
        assert_eq!(language(None, Some("en;q=0.2,ar-SA")), Lang::Arabic);
        assert_eq!(language(None, Some("sw;q=0, de")), Lang::English);
        assert_eq!(language(Some("xx"), Some("sw")), Lang::Swahili);
        assert_eq!(language(None, None), Lang::English);
        assert_eq!(language(None, Some(";q=;,,q=NaN, sw;q=x")), Lang::English);
    }
}
