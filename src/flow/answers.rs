//! Answers to the questions of a form tell something too, without a word being understood.
//!
//! Like every rule they may only raise: an answer lowers nothing and closes nothing, so "I am safe
//! now" changes no clock; a responder reads it and decides.

use crate::case::{Channel, Details, Kind, Priority, Sign, Understood};
use serde_json::Value;

/// Lets answers raise what was understood of the words.
pub(super) fn heed(understood: &mut Understood, answers: &Details, channel: Channel) {
    let answer = |name: &str| {
        answers
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    // An operator heard the voice; what she thinks of it counts, and only hers.
    if channel == Channel::Phone
        && let Ok(priority) = answer("priority").parse()
    {
        raise(understood, priority);
    }
    if answer("now") == "worse" {
        raise(understood, Priority::Urgent);
    }
    if answer("can_leave") == "no" {
        raise(understood, Priority::Urgent);
        understood.kind = understood.kind.or(Some(Kind::Distress));
        if !understood.signs.contains(&Sign::Movement) {
            understood.signs.push(Sign::Movement);
        }
    }
    if understood.kind == Some(Kind::Medical) && answer("can_speak") == "no" {
        raise(understood, Priority::Critical);
    }
}

fn raise(understood: &mut Understood, to: Priority) {
    understood.report = true;
    understood.priority = understood.priority.raised_to(to);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{ForWhom, Lang, MissionCode};
    use serde_json::json;

    fn after(kind: Option<Kind>, answers: Value) -> Understood {
        on(Channel::Web, kind, answers)
    }

    fn on(channel: Channel, kind: Option<Kind>, answers: Value) -> Understood {
        let mut understood = Understood {
            report: false,
            kind,
            priority: Priority::Serious,
            lang: Lang::English,
            for_whom: ForWhom::Myself,
            place: None,
            mission: MissionCode::centre(),
            signs: vec![],
            needs: vec![],
            evidence: vec![],
            alternative_kind: None,
            alternative_mission: None,
            confidence: 0.0,
        };
        let Value::Object(answers) = answers else {
            panic!("answers are an object")
        };
        heed(&mut understood, &answers, channel);
        understood
    }

    #[test]
    fn it_got_worse_and_cannot_leave_raise_a_case() {
        assert_eq!(
            after(None, json!({"now": "worse"})).priority,
            Priority::Urgent
        );
        let shut_in = after(None, json!({"can_leave": "no"}));
        assert_eq!(shut_in.priority, Priority::Urgent);
        assert_eq!(shut_in.signs, [Sign::Movement]);
        assert_eq!(shut_in.kind, Some(Kind::Distress));
    }

    #[test]
    fn one_who_cannot_speak_for_illness_is_in_danger() {
        let ill = after(Some(Kind::Medical), json!({"can_speak": "no"}));
        assert_eq!(ill.priority, Priority::Critical);
    }

    #[test]
    fn only_an_operator_can_say_how_bad_it_sounded() {
        let said = json!({"priority": "critical"});
        let heard = on(Channel::Phone, None, said.clone());
        assert_eq!(heard.priority, Priority::Critical);
        let written = on(Channel::Api, None, said);
        assert_eq!(written.priority, Priority::Serious);
    }

    #[test]
    fn i_am_safe_now_lowers_nothing() {
        let safe = after(None, json!({"now": "safe", "can_leave": "yes"}));
        assert_eq!(safe.priority, Priority::Serious);
    }
}
