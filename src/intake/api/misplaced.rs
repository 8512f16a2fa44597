//! What a program sent under a name we do not have, or at another place.
//!
//! Nobody is refused help because of a misnamed field, and nothing that arrived is dropped: what is
//! plainly meant is put where it belongs, all else is kept with the report, where a responder reads
//! it, and the program is told of each how to call it. A value is moved only where it fits and where
//! nothing stands: nothing that was moved may be a reason to refuse the report. What is well formed
//! passes with a look at its names.

use super::MAX_TEXT;
use super::meant::{LAT, LON, PHONE, PLACE_TEXT, SAFE, fits, meant, plain};
use super::readable::Earlier;
use crate::case::{Details, Point};
use crate::problem::FieldError;
use serde_json::{Map, Value, json};

mod strictest;

use strictest::strictest;

type Fields = Map<String, Value>;

/// The fields of a report.
const KNOWN: [&str; 9] = [
    "id", "text", "kind", "for", "contact", "place", "subject", "details", "lang",
];
const OF_CONTACT: [&str; 5] = ["phone", "safe", "from_hour", "to_hour", "note"];
const OF_PLACE: [&str; 4] = ["lat", "lon", "radius_m", "text"];

/// The most that are kept each under its own name, and that are named in the answer.
const EACH: usize = 60;
/// The longest name that is repeated in the answer, in characters, and the most digits in it: what is no
/// name of a field may be a person's words, or a number.
const LONGEST_NAME: usize = 40;
const MOST_DIGITS: usize = 4;

/// What was not understood.
#[derive(Default)]
pub(super) struct Misplaced {
    /// What is kept with the report.
    kept: Vec<(String, Value)>,
    /// What the program is told.
    pub(super) notes: Vec<FieldError>,
}

/// Puts what is plainly meant where it belongs, and takes what is not understood out of the body.
/// `beside` are names that mean something to others who read this body.
pub(super) fn settle(body: &mut Fields, earlier: Vec<Earlier>, beside: &[&str]) -> Misplaced {
    let mut found = Misplaced::default();
    let known = |name: &String| KNOWN.contains(&name.as_str()) || beside.contains(&name.as_str());
    if earlier.is_empty() && body.keys().all(known) && are_known(body) {
        return found;
    }
    found.came_before(body, earlier);
    for (name, field) in [("contact", "phone"), ("place", "text")] {
        found.within_nothing(body, name, field);
    }
    let names: Vec<String> = body.keys().filter(|name| !known(name)).cloned().collect();
    found.point(body, &names, "");
    for name in names {
        if let Some(value) = body.remove(&name).filter(|value| !value.is_null()) {
            found.beside(body, &name, value);
        }
    }
    found.of_place(body);
    found.of_contact(body);
    if let Some(strictest) = strictest(body, &found.kept) {
        found.tell(
            "contact.safe",
            format!(
                "{strictest} holds: more was sent of how she may be contacted than was understood"
            ),
        );
    }
    found
}

/// Whether all that stands in these two is read.
fn are_known(body: &Fields) -> bool {
    let known = |name: &str, known: &[&str]| match body.get(name) {
        Some(Value::Object(fields)) => fields.keys().all(|name| known.contains(&name.as_str())),
        Some(Value::String(_) | Value::Number(_)) => false,
        _ => true,
    };
    known("contact", &OF_CONTACT)
        && known("place", &OF_PLACE)
        && body
            .get("contact")
            .and_then(Value::as_object)
            .is_none_or(|contact| contact.values().all(Value::is_null) || has_phone(contact))
}

fn has_phone(contact: &Fields) -> bool {
    match contact.get("phone") {
        None | Some(Value::Null) => false,
        Some(Value::String(phone)) => !phone.trim().is_empty(),
        Some(_) => true,
    }
}

/// What a field of an object holds; none where nothing was sent.
fn at<'a>(body: &'a Fields, path: &str) -> Option<&'a Value> {
    let (group, field) = path.split_once('.').unwrap_or((path, ""));
    let value = body.get(group).filter(|value| !value.is_null())?;
    if field.is_empty() {
        return Some(value);
    }
    let value = value.get(field).filter(|value| !value.is_null())?;
    (value.as_str() != Some("")).then_some(value)
}

/// Puts a value there; whether there was room for it.
fn put(body: &mut Fields, path: &str, value: &Value) -> bool {
    if at(body, path).is_some() {
        return false;
    }
    let Some((group, field)) = path.split_once('.') else {
        body.insert(path.to_owned(), value.clone());
        return true;
    };
    let group = body.entry(group).or_insert(Value::Null);
    if group.is_null() {
        *group = json!({});
    }
    let Some(fields) = group.as_object_mut() else {
        return false;
    };
    fields.insert(field.to_owned(), value.clone());
    true
}

impl Misplaced {
    fn tell(&mut self, name: &str, message: String) {
        if self.notes.len() < EACH {
            self.notes.push(FieldError {
                field: shown(name),
                message,
            });
        }
    }

    fn moved(&mut self, name: &str, to: &str) {
        self.tell(name, format!("was taken as {to}; call it {to}"));
    }

    fn keep(&mut self, name: &str, value: Value, belongs: Option<&str>) {
        let message = match belongs {
            None => {
                "is not known; it was kept with the report. See /docs for what there is".to_owned()
            }
            Some(field) => format!(
                "was kept with the report; if {field} is meant, it must stand there, once, and fit"
            ),
        };
        self.tell(name, message);
        self.kept.push((name.to_owned(), value));
    }

    /// What the same name said before. Words are all heard, in their order.
    fn came_before(&mut self, body: &mut Fields, earlier: Vec<Earlier>) {
        for Earlier { path, value } in earlier.into_iter().rev() {
            let both = match (path.as_str(), &value, body.get("text")) {
                ("text", Value::String(first), Some(Value::String(then)))
                    if self.notes.len() < EACH =>
                {
                    Some(format!("{first}\n{then}")).filter(|both| both.chars().count() <= MAX_TEXT)
                }
                _ => None,
            };
            if let Some(both) = both {
                body.insert(path.clone(), both.into());
                self.tell(
                    &path,
                    "came more than once; all of it was taken, one after the other".into(),
                );
            } else if !value.is_null() {
                self.tell(
                    &path,
                    "came more than once; the last was taken, the others were kept with the report"
                        .into(),
                );
                self.kept.push((path, value));
            }
        }
    }

    /// A number or a place that stands where an object of fields should.
    fn within_nothing(&mut self, body: &mut Fields, name: &str, field: &str) {
        let path = format!("{name}.{field}");
        if body.get(name).is_some_and(|value| fits(&path, value))
            && let Some(value) = body.remove(name)
            && put(body, &path, &value)
        {
            self.moved(name, &path);
        }
    }

    /// A position under names that are not ours.
    fn point(&mut self, body: &mut Fields, names: &[String], within: &str) {
        let called = |list: &[&str]| {
            let name = names
                .iter()
                .find(|name| list.contains(&plain(name).as_str()));
            name.map(|name| format!("{within}{name}"))
        };
        let of = |names: &[&str], ours: &str| match at(body, ours) {
            Some(value) => Some((ours.to_owned(), value.as_f64()?)),
            None => called(names).and_then(|path| {
                let degrees = at(body, &path)?.as_f64()?;
                Some((path, degrees))
            }),
        };
        let (Some((lat_at, lat)), Some((lon_at, lon))) =
            (of(&LAT, "place.lat"), of(&LON, "place.lon"))
        else {
            return;
        };
        if Point::new(lat, lon).is_err() {
            return;
        }
        for (path, degrees, ours) in [(lat_at, lat, "place.lat"), (lon_at, lon, "place.lon")] {
            if path != ours && put(body, ours, &json!(degrees)) {
                take(body, &path);
                self.moved(&path, ours);
            }
        }
    }

    /// A field beside those of a report.
    fn beside(&mut self, body: &mut Fields, name: &str, value: Value) {
        let meant = meant(&plain(name));
        let place = meant
            .iter()
            .find(|path| fits(path, &value) && put(body, path, &value));
        match place {
            Some(path) => self.moved(name, path),
            None => self.keep(name, value, meant.first().copied()),
        }
    }

    fn of_place(&mut self, body: &mut Fields) {
        let names = unknown(body, "place", &OF_PLACE);
        self.point(body, &names, "place.");
        for name in names {
            self.inner(
                body,
                &format!("place.{name}"),
                PLACE_TEXT
                    .contains(&plain(&name).as_str())
                    .then_some("place.text"),
            );
        }
    }

    fn of_contact(&mut self, body: &mut Fields) {
        for name in unknown(body, "contact", &OF_CONTACT) {
            let plain = plain(&name);
            let meant = if PHONE.contains(&plain.as_str()) {
                Some("contact.phone")
            } else if SAFE.contains(&plain.as_str()) {
                Some("contact.safe")
            } else {
                None
            };
            self.inner(body, &format!("contact.{name}"), meant);
        }
        let Some(Value::Object(contact)) = body.get("contact") else {
            return;
        };
        if has_phone(contact) {
            return;
        }
        let rest: Vec<String> = contact.keys().cloned().collect();
        for name in rest {
            let path = format!("contact.{name}");
            if let Some(value) = at(body, &path).cloned() {
                let why = "was kept with the report; it holds for contact.phone, which is missing";
                self.tell(&path, why.to_owned());
                self.kept.push((path, value));
            }
        }
    }

    /// A field within another that is not known there.
    fn inner(&mut self, body: &mut Fields, path: &str, meant: Option<&str>) {
        let Some(value) = take(body, path).filter(|value| !value.is_null()) else {
            return;
        };
        match meant.filter(|field| fits(field, &value) && put(body, field, &value)) {
            Some(field) => self.moved(path, field),
            None => self.keep(path, value, meant),
        }
    }

    /// Adds what is kept to the answers of the report, each under its name, as text. Where no words
    /// came, those among it are the words: they must be understood too.
    pub(super) fn kept_with(self, text: &mut String, details: &mut Details) {
        let mut further = Vec::new();
        let no_words = text.trim().is_empty();
        for (at, (name, value)) in self.kept.into_iter().enumerate() {
            let value = match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            let line = format!("{name}: {value}");
            if at >= EACH {
                further.push(line);
                continue;
            }
            let is_said = no_words && value.trim().contains(char::is_whitespace);
            if is_said && text.chars().count() + line.chars().count() < MAX_TEXT {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(&line);
                continue;
            }
            let mut free = name.clone();
            let mut count = 1;
            while details.contains_key(&free) {
                count += 1;
                free = format!("{name} {count}");
            }
            details.insert(free, value.into());
        }
        if !further.is_empty() {
            details.insert("not understood".to_owned(), further.join("\n").into());
        }
    }
}

/// A name as the answer repeats it, where it looks like one.
fn shown(name: &str) -> String {
    let is_name = name.chars().count() <= LONGEST_NAME
        && name.chars().filter(char::is_ascii_digit).count() <= MOST_DIGITS
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if is_name {
        return name.to_owned();
    }
    match name.split_once('.') {
        Some((group @ ("contact" | "place"), _)) => format!("a field of {group}"),
        _ => "a field".to_owned(),
    }
}

/// The names in an object of the body that are not among these.
fn unknown(body: &Fields, group: &str, known: &[&str]) -> Vec<String> {
    let fields = body.get(group).and_then(Value::as_object);
    let names = fields.into_iter().flat_map(Map::keys);
    names
        .filter(|name| !known.contains(&name.as_str()))
        .cloned()
        .collect()
}

/// Takes a value out of the body, or out of an object in it.
fn take(body: &mut Fields, path: &str) -> Option<Value> {
    match path.split_once('.') {
        Some((group @ ("contact" | "place"), field)) => {
            body.get_mut(group)?.as_object_mut()?.remove(field)
        }
        _ => body.remove(path),
    }
}

#[cfg(test)]
mod tests;
