//! Somebody who comes back with a reference and its code, on any page: her case is found, and what she
//! brings is added to it.
//!
//! Whether a reference exists is told to nobody without its code: not by what is said, nor by how long
//! it takes.

use super::form::{self, Found, Notice, Progress};
use super::upload::Uploads;
use crate::attempts::{Address, Attempts, TooMany};
use crate::case::{File, Report, Status};
use crate::flow::{Flow, NotTaken, Visited};
use actix_web::HttpResponse;
use actix_web::http::header::HeaderValue;
use actix_web::http::{StatusCode, header};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

/// What counts wrong codes, from where this one comes, and how much may be sent along.
pub(super) type Limits<'a> = (&'a Attempts, Address, &'a Uploads);

/// Why a visit is shown again.
pub(super) struct Unvisited {
    pub(super) status: StatusCode,
    pub(super) why: Notice,
    /// The case, where it was found.
    pub(super) found: Option<Found>,
    /// When it may be tried again.
    wait: Option<TooMany>,
}

impl Unvisited {
    const fn of(status: StatusCode, why: Notice, found: Option<Found>) -> Self {
        Self {
            status,
            why,
            found,
            wait: None,
        }
    }

    /// When to come back, said with the answer.
    pub(super) fn tell(&self, mut answer: HttpResponse) -> HttpResponse {
        if let Some(wait) = self.wait {
            let seconds = HeaderValue::from(wait.retry_after);
            answer.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        answer
    }
}

impl From<TooMany> for Unvisited {
    fn from(wait: TooMany) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self {
            wait: Some(wait),
            ..Self::of(status, Notice::TooOften, None)
        }
    }
}

/// A visit is not refused sooner than this: it takes longer to find a case than to find none, by a
/// twentieth of a millisecond, and that must not tell which references exist.
const NOT_SOONER: Duration = Duration::from_millis(50);

/// Finds the case of somebody who came back, and adds what she brings. Says whether anything was
/// added, or which of it was not.
pub(super) async fn visited(
    flow: &Flow,
    limits: Limits<'_>,
    visit: form::Visit,
    files: &[File],
) -> Result<(Found, Option<Notice>), Unvisited> {
    let soonest = Instant::now() + NOT_SOONER;
    let answer = found_and_added(flow, limits, visit, files).await;
    if answer.is_err() {
        sleep_until(soonest).await;
    }
    answer
}

async fn found_and_added(
    flow: &Flow,
    (attempts, from, uploads): Limits<'_>,
    visit: form::Visit,
    files: &[File],
) -> Result<(Found, Option<Notice>), Unvisited> {
    let away = |found| Unvisited::of(StatusCode::SERVICE_UNAVAILABLE, Notice::NotSent, found);
    let asked = flow.asked(&visit.reference).await;
    let exists = asked.as_ref().is_ok_and(Visited::exists);
    let name = visit.reference.clone();
    let mut tried = attempts.code((name.as_str(), exists), from, flow.clock.now())?;
    let case = match asked.map(|asked| {
        tried.counts();
        asked.opened_by(visit.code.expose())
    }) {
        Ok(Some(case)) => case,
        // It may wait in the spool.
        unseen => {
            let unknown = Unvisited::of(StatusCode::NOT_FOUND, Notice::Unknown, None);
            let why = unseen.map_or_else(|_| away(None), |_| unknown);
            if visit.first.is_some() {
                tried.counts();
            }
            let kept = visited_unseen(flow, uploads, visit, files).await;
            if kept.is_some() {
                tried.was_right();
            }
            return kept.ok_or(why);
        }
    };
    tried.was_right();
    let status = flow.stands(&case).await.map_err(|_| away(None))?;
    let found = Found {
        reference: visit.reference.clone(),
        code: visit.code.expose().clone(),
        progress: match status {
            Status::Waiting { .. } => Progress::Received,
            Status::Claimed { .. } | Status::InProgress { .. } | Status::Offered { .. } => {
                Progress::Working
            }
            Status::Resolved { .. } => Progress::Closed,
        },
    };
    let mut added = None;
    let mut with = None;
    if let Some(report) = visit.adds {
        with.clone_from(&report.contact);
        let Ok(id) = add(flow, report, case.id).await else {
            return Err(away(Some(found)));
        };
        added = keep(flow, uploads, id, files).await.or(Some(Notice::Added));
    }
    if let Some(safe) = visit.safe {
        if flow
            .visitor_chose(case.id, safe, with.as_ref())
            .await
            .is_err()
        {
            return Err(away(Some(found)));
        }
        added = added.or(Some(Notice::Added));
    }
    Ok((found, added))
}

/// Adds a report to a case; the id it got. Where its page was sent before with other words (gone back, and
/// on again), it is a new report: nothing of either is lost.
async fn add(flow: &Flow, mut report: Report, case: Uuid) -> Result<Uuid, NotTaken> {
    if let Err(error) = flow.add(report.clone(), case).await {
        if !matches!(error, NotTaken::Conflict) {
            return Err(error);
        }
        report.id = Uuid::new_v4();
        flow.add(report.clone(), case).await?;
    }
    Ok(report.id)
}

/// The same while PostgreSQL is away, for who has just opened the case: what she adds waits in the
/// spool behind her report. None where it cannot.
async fn visited_unseen(
    flow: &Flow,
    uploads: &Uploads,
    visit: form::Visit,
    files: &[File],
) -> Option<(Found, Option<Notice>)> {
    let (code, first) = (visit.code.expose(), visit.first?);
    let report = visit.adds?;
    let id = report.id;
    let proof = (&visit.reference, code.as_str(), first);
    if !flow.keep_visit(report, proof, visit.safe).await {
        return None;
    }
    let found = Found {
        reference: visit.reference.clone(),
        code: code.clone(),
        progress: Progress::Received,
    };
    let left_out = keep(flow, uploads, id, files).await;
    Some((found, left_out.or(Some(Notice::Added))))
}

/// Keeps photographs with the report they came with. Why one of them is not kept; the report is.
pub(super) async fn keep(
    flow: &Flow,
    uploads: &Uploads,
    report: Uuid,
    files: &[File],
) -> Option<Notice> {
    if files.is_empty() {
        return None;
    }
    let bytes = files.iter().map(|file| file.bytes().len()).sum();
    let Some(charged) = uploads.charge(bytes, flow.clock.now()) else {
        tracing::warn!("more photographs came in this hour than are kept");
        return Some(Notice::FileLater);
    };
    let stowed = flow.attach_or_keep(report, files).await;
    uploads.settle(charged, stowed.bytes);
    match (stowed.later, stowed.full) {
        (0, 0) => None,
        (0, _) => Some(Notice::FilesTooMany),
        _ => Some(Notice::FileLater),
    }
}
