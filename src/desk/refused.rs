//! What a responder is told when something was not done.

use crate::flow::{ActRefused, Flow, Step, Unsaid};
use crate::problem::Problem;
use crate::store::StoreError;
use actix_web::http::StatusCode;
use serde_json::json;

/// Refuses what only looks back while reports need everything: they come first.
pub(super) fn unless_calm(flow: &Flow) -> Result<(), Problem> {
    if flow.pressed() >= Step::Analytics {
        metrics::counter!("msaada_looking_back_refused_total").increment(1);
        return Err(Problem::reports_first());
    }
    Ok(())
}

/// A problem of the store.
pub(super) fn store(error: &StoreError) -> Problem {
    if error.is_away() || matches!(error, StoreError::Held(_)) {
        tracing::warn!(%error, "a desk could not be served");
        Problem::store_away().detail("Nothing was changed. Try again in a few seconds.")
    } else {
        tracing::error!(%error, "the store failed a desk");
        Problem::internal()
    }
}

impl From<ActRefused> for Problem {
    fn from(refused: ActRefused) -> Self {
        match refused {
            ActRefused::NotFound => Self::not_found("case"),
            ActRefused::Stale(card) => Self::new(
                StatusCode::CONFLICT,
                "stale-version",
                "The case changed while you were looking at it",
            )
            .detail("Look at the card sent along, and do it again if it still fits.")
            .with("card", json!(card)),
            ActRefused::Refused(why) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "not-possible",
                "That cannot be done to this case now",
            )
            .detail(why.to_string()),
            ActRefused::Unsaid(unsaid) => said(unsaid),
            ActRefused::Field(field, message) => {
                Self::invalid("Mend the field named in errors and send it again.")
                    .field(field, message)
            }
            ActRefused::Store(StoreError::Stale { .. }) => Self::new(
                StatusCode::CONFLICT,
                "stale-version",
                "The case changed while you were looking at it",
            )
            .detail("Load it again."),
            ActRefused::Store(error) => store(&error),
        }
    }
}

fn said(unsaid: Unsaid) -> Problem {
    let refused =
        |title: &str| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "may-not-be-said", title);
    match unsaid {
        Unsaid::NoContact => refused("This case has nobody who could be written to")
            .detail("Nobody left a number. Add what you know as a note."),
        Unsaid::NoWords => Problem::invalid("Name a template, or write a text: one of the two.")
            .field("text", "give either template or text"),
        Unsaid::TooLong => Problem::invalid("The message is too long for one text.")
            .field("text", "must not be longer than 1,600 characters"),
        Unsaid::NoTemplate => Problem::invalid("There is no such template.")
            .field("template", "must be the id of one of the case's templates"),
        Unsaid::NoChannel => refused("No channel reaches this number's country")
            .detail("Call instead, and record the call."),
        Unsaid::Rule(why, found) => refused("This message may not be sent")
            .detail(why.to_string())
            .with("why", json!(why.as_str()))
            .with("can_override", json!(why.can_be_outweighed() || why.as_str() == "no_reason"))
            .with(
                "found",
                found
                    .iter()
                    .map(|found| {
                        json!({"start": found.start, "end": found.end, "why": found.about.why()})
                    })
                    .collect(),
            ),
    }
}
