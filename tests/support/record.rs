//! What a case has on record: the lines of its log.

use serde_json::Value;

/// The lines of a case's log, the oldest first.
pub(crate) fn log(case: &Value) -> impl DoubleEndedIterator<Item = &Value> {
    case["log"].as_array().expect("a log").iter()
}

/// The first line of this event.
pub(crate) fn first<'a>(case: &'a Value, event: &str) -> &'a Value {
    log(case)
        .find(|line| line["event"] == event)
        .unwrap_or_else(|| panic!("{event} is not on record"))
}

/// The last line of this event.
pub(crate) fn last<'a>(case: &'a Value, event: &str) -> &'a Value {
    log(case)
        .rfind(|line| line["event"] == event)
        .unwrap_or_else(|| panic!("{event} is not on record"))
}
