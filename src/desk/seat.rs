//! A desk's place at the table: what it says of itself over its feed, and who else is beside the case
//! it has open.

use crate::case::Responder;
use crate::flow::Flow;
use crate::presence::{Here, Person};
use bytestring::ByteString;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::Notify;
use uuid::Uuid;

/// A mute is short; what is longer is taken for this.
const LONGEST_MUTE: TimeDelta = TimeDelta::minutes(5);
/// That a desk is there is written down this often.
const WRITTEN: TimeDelta = TimeDelta::seconds(60);

/// What a desk says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    /// It is there, and this is open in it.
    Here {
        case: Option<Uuid>,
        #[serde(default)]
        typing: bool,
        #[serde(default)]
        alarm: bool,
        muted_until: Option<DateTime<Utc>>,
    },
    /// It shows a critical case, and its alarm can be heard.
    Saw { id: Uuid },
    #[serde(other)]
    Other,
}

/// A desk's place.
pub(super) struct Seat {
    id: Uuid,
    /// The case that the desk says is open, and the same where its responder sees that case.
    asked: Option<Uuid>,
    case: Option<Uuid>,
    /// Rung when somebody came to that case, left it, or began or ceased to type.
    bell: Arc<Notify>,
    shown: Vec<Person>,
    written: Option<DateTime<Utc>>,
}

impl Seat {
    pub(super) fn new() -> Self {
        Self {
            id: Uuid::new_v4(),
            asked: None,
            case: None,
            bell: Arc::default(),
            shown: Vec::new(),
            written: None,
        }
    }

    /// What rings when [`Self::beside`] is worth asking.
    pub(super) fn bell(&self) -> Arc<Notify> {
        self.bell.clone()
    }

    /// Hears what a desk says, and answers where an answer is due. What cannot be read is no reason to
    /// end a feed.
    pub(super) async fn hears(
        &mut self,
        text: &str,
        by: &Responder,
        flow: &Flow,
    ) -> Option<ByteString> {
        match serde_json::from_str(text).unwrap_or(Said::Other) {
            Said::Here {
                case,
                typing,
                alarm,
                muted_until,
            } => {
                let now = flow.clock.now();
                self.looks_at(case, by, flow).await;
                if self.written.is_none_or(|at| now - at >= WRITTEN) && flow.heard(by).await {
                    self.written = Some(now);
                }
                flow.presence.says(Here {
                    desk: self.id,
                    responder: by.id,
                    name: by.name.clone(),
                    mission: by.mission.clone(),
                    case: self.case,
                    typing: typing && self.case.is_some(),
                    alarm,
                    muted_until: muted_until.map(|until| until.min(now + LONGEST_MUTE)),
                    at: now,
                });
                self.beside(by, flow)
            }
            // Where it does not count yet nothing is answered, and the desk says it again.
            Said::Saw { id } => {
                let noted = flow.shown(id, by).await;
                noted.then(|| json!({"type": "noted", "id": id}).to_string().into())
            }
            Said::Other => None,
        }
    }

    /// Another case is open now, if its responder sees it.
    async fn looks_at(&mut self, case: Option<Uuid>, by: &Responder, flow: &Flow) {
        if case == self.asked {
            return;
        }
        self.shown.clear();
        let may = match case {
            Some(id) => flow.may_look_at(id, by).await,
            None => Some(false),
        };
        // Where the store cannot tell it is asked again when the desk says so again.
        self.asked = case.filter(|_| may.is_some());
        let seen = case.filter(|_| may == Some(true));
        flow.presence
            .watches(self.id, &self.bell, (self.case, seen));
        self.case = seen;
    }

    /// The frame that tells who is beside the case, where that has changed.
    pub(super) fn beside(&mut self, by: &Responder, flow: &Flow) -> Option<ByteString> {
        let case = self.case?;
        let people = flow.presence.beside(case, by.id, flow.clock.now());
        if people == self.shown {
            return None;
        }
        self.shown.clone_from(&people);
        let frame = json!({"type": "here", "case": case, "people": people});
        Some(frame.to_string().into())
    }

    /// A case went where its responder does not see it. If it is the one that is open, nothing is
    /// told of it any more, until the desk says that it is open and she sees it again.
    pub(super) fn loses(&mut self, case: Uuid, flow: &Flow) {
        if self.asked == Some(case) {
            flow.presence
                .watches(self.id, &self.bell, (self.case.take(), None));
            self.asked = None;
            self.shown.clear();
        }
    }

    /// The desk is closed.
    pub(super) fn leaves(&self, flow: &Flow) {
        flow.presence
            .watches(self.id, &self.bell, (self.case, None));
        flow.presence.leaves(self.id);
    }
}
