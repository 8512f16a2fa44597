//! The public pages over HTTP: the front door, the form, the receipt, the way back.

use super::doors::Doors;
use super::elsewhere::{country_of, filled, from_elsewhere, lang_of};
use super::form::{self, FormProblem, Found, HEADERS, Notice, Numbers, Page, Step, Typed};
use super::upload::{self, Brought, Unread, Uploads, brought};
use super::visit::{Limits, keep, visited};
use crate::attempts::{Address, Attempts};
use crate::case::{Country, Lang, Report, SafeContact};
use crate::flow::{Flow, NotTaken};
use crate::problem::Problem;
use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError, get, post, web};
use uuid::Uuid;

/// Where the way out leads: a site anybody may have open.
pub(super) const EXIT: &str = "https://www.google.com/search?q=weather";

fn page(lang: Lang) -> Page<'static> {
    Page { lang, exit: EXIT }
}

pub(super) fn html(status: StatusCode, text: String) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    for header in HEADERS {
        response.insert_header(header);
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((header::RETRY_AFTER, "5"));
    }
    response.content_type("text/html; charset=utf-8").body(text)
}

fn some(number: &str) -> Option<String> {
    Some(number.to_owned()).filter(|number| !number.is_empty())
}

fn numbers(flow: &Flow) -> impl Fn(Country) -> Option<Numbers> + '_ {
    |country| {
        let known = flow.understanding.emergency(country)?;
        Some(Numbers {
            police: some(&known.police),
            ambulance: some(&known.ambulance),
            fire: some(&known.fire),
        })
    }
}

#[get("/")]
pub(crate) async fn front(flow: web::Data<Flow>, request: HttpRequest) -> HttpResponse {
    let lang = lang_of(&request, &Typed::default());
    let text = form::render_front(page(lang), country_of(&request), numbers(&flow));
    html(StatusCode::OK, text)
}

/// The pages that people type by hand.
const BY_HAND: [&str; 3] = ["/report", "/track", "/accountability"];

/// What a browser is shown where no page is: the one that was meant, where telephones wrote it with a
/// capital or a slash at its end, else the front door. None for programs.
pub(crate) fn mistyped(flow: &Flow, request: &HttpRequest) -> Option<HttpResponse> {
    let accepted = request.headers().get(header::ACCEPT)?.to_str().ok()?;
    if request.method() != Method::GET || !accepted.contains("text/html") {
        return None;
    }
    let lang = lang_of(request, &Typed::default());
    let meant = request.path().trim_end_matches('/').to_ascii_lowercase();
    if BY_HAND.contains(&meant.as_str()) {
        let mut response = HttpResponse::SeeOther();
        for header in HEADERS {
            response.insert_header(header);
        }
        let page = format!("{meant}?lang={}", lang.answer().as_str());
        return Some(response.insert_header((header::LOCATION, page)).finish());
    }
    let text = form::render_front(page(lang), country_of(request), numbers(flow));
    Some(html(StatusCode::NOT_FOUND, text))
}

#[get("/report")]
pub(crate) async fn report_page(flow: web::Data<Flow>, request: HttpRequest) -> HttpResponse {
    let typed = filled(country_of(&request));
    let lang = lang_of(&request, &typed);
    let text = form::render_form(page(lang), &typed, None, Uuid::new_v4(), numbers(&flow));
    html(StatusCode::OK, text)
}

#[post("/report")]
pub(crate) async fn report_sent(
    flow: web::Data<Flow>,
    doors: web::Data<Doors>,
    attempts: web::Data<Attempts>,
    uploads: web::Data<Uploads>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let sent = match brought(&request, (&uploads, &flow), payload).await {
        Ok(sent) => sent,
        Err(unread) => return shown_again(&flow, &doors, &request, unread),
    };
    let typed = Typed::new(&sent.fields);
    let lang = lang_of(&request, &typed);
    let elsewhere = from_elsewhere(&request, &doors.public_url);
    let shown = if elsewhere {
        filled(typed.country())
    } else {
        typed.clone()
    };
    let again = |status, notice| {
        let id = Uuid::new_v4();
        let text = form::render_form(page(lang), &shown, notice, id, numbers(&flow));
        html(status, text)
    };
    if let Some(step) = Step::answered(&typed) {
        let limits = (attempts.get_ref(), Address::of(&request), uploads.get_ref());
        let next = onward(&flow, limits, &sent, (&typed, lang), step).await;
        // The page after it carries the proof of a case that may be anybody's.
        return if elsewhere {
            again(StatusCode::OK, None)
        } else {
            next
        };
    }
    if typed.is("do", "numbers") {
        return again(StatusCode::OK, None);
    }
    let now = flow.clock.now();
    let with_files = !sent.files.is_empty();
    let Ok(report) = form::parse((&sent.fields, with_files), now, Uuid::new_v4()) else {
        // Whatever was left out, nothing arrived beside it.
        return again(StatusCode::UNPROCESSABLE_ENTITY, Some(Notice::Empty));
    };
    match take(&flow, report, typed.country()).await {
        Ok((receipt, id)) => {
            let left_out = keep(&flow, &uploads, id, &sent.files)
                .await
                .or(sent.left_out);
            let next = (!elsewhere).then(|| Step::first(&typed));
            html(
                StatusCode::OK,
                form::render_receipt(page(lang), &receipt, next, left_out),
            )
        }
        Err(error) => {
            tracing::warn!(%error, "a report of the public form could not be stored");
            again(StatusCode::SERVICE_UNAVAILABLE, Some(Notice::NotSent))
        }
    }
}

/// A page of which nothing could be taken in, with what came of it: she goes on where it broke off. A
/// program that sends something else here is told where it belongs.
fn shown_again(
    flow: &Flow,
    doors: &Doors,
    request: &HttpRequest,
    Unread {
        status,
        why,
        fields,
    }: Unread,
) -> HttpResponse {
    let accepts = request.headers().get(header::ACCEPT);
    let is_person = accepts.is_none_or(|kinds| {
        let kinds = kinds.to_str().unwrap_or_default();
        kinds.contains("text/html") || kinds.contains("*/*")
    });
    if status == StatusCode::UNSUPPORTED_MEDIA_TYPE && !is_person {
        return Problem::wrong_type(upload::TYPES).error_response();
    }
    let typed = Typed::new(&fields);
    let lang = lang_of(request, &typed);
    let id = Uuid::new_v4();
    if from_elsewhere(request, &doors.public_url) {
        let shown = filled(typed.country());
        let text = form::render_form(page(lang), &shown, Some(why), id, numbers(flow));
        return html(status, text);
    }
    let visit = form::parse_visit((&fields, false), flow.clock.now(), id);
    let text = match (Step::answered(&typed), visit) {
        (Some(step), Ok(visit)) => {
            let proof = (&visit.reference, visit.code.expose().as_str());
            form::render_step(page(lang), step, proof, &typed, Some(why), id)
        }
        _ => form::render_form(page(lang), &typed, Some(why), id, numbers(flow)),
    };
    html(status, text)
}

/// Takes a report in. Where the page was sent before with other words (gone back, and on again), it
/// is a new report with an id of its own: nothing of either is lost.
async fn take(
    flow: &Flow,
    mut report: Report,
    country: Option<Country>,
) -> Result<(form::Receipt, Uuid), NotTaken> {
    let first = flow.receive(report.clone()).await;
    let taken = match first {
        Err(NotTaken::Conflict) => {
            report.id = Uuid::new_v4();
            flow.receive(report.clone()).await?
        }
        other => other?,
    };
    let receipt = form::Receipt {
        reference: flow.mint.reference(report.id),
        code: flow.mint.code(report.id),
        first: report.id,
        received_at: taken.received_at,
        safe: report.contact.map(|contact| contact.safe),
        kind: report.kind,
        country,
    };
    Ok((receipt, report.id))
}

/// Adds what a page of questions was answered with, and shows the next one.
async fn onward(
    flow: &Flow,
    limits: Limits<'_>,
    sent: &Brought,
    (typed, lang): (&Typed, Lang),
    step: Step,
) -> HttpResponse {
    let id = Uuid::new_v4();
    let with_files = !sent.files.is_empty();
    let brought = (sent.fields.as_slice(), with_files);
    let Ok(visit) = form::parse_visit(brought, flow.clock.now(), id) else {
        let text = form::render_track(page(lang), typed, Some(Notice::Reference), None, id);
        return html(StatusCode::UNPROCESSABLE_ENTITY, text);
    };
    let (reference, code) = (visit.reference.clone(), visit.code.expose().clone());
    let proof = (&reference, code.as_str());
    let number = visit.adds.as_ref().and_then(|report| {
        let contact = report.contact.as_ref()?;
        let wants = !matches!(
            contact.safe,
            SafeContact::Never | SafeContact::IWillContactYou
        );
        (wants && !contact.number.dialable()).then_some(Notice::Number)
    });
    let mut notice = None;
    if typed.is("ask", "yes") {
        let text = form::render_step(page(lang), step, proof, typed, None, id);
        return html(StatusCode::OK, text);
    }
    if !typed.is("skip", "yes") {
        match visited(flow, limits, visit, &sent.files).await {
            Ok((_, added)) => notice = added,
            Err(refused) => {
                let why = Some(refused.why);
                let text = form::render_step(page(lang), step, proof, typed, why, id);
                return refused.tell(html(refused.status, text));
            }
        }
        let left_out = sent.left_out.or(notice.filter(|why| *why != Notice::Added));
        if let Some(why) = left_out.or(number) {
            let text = form::render_step(page(lang), step, proof, typed, Some(why), id);
            return html(StatusCode::UNPROCESSABLE_ENTITY, text);
        }
    }
    let text = match step.next() {
        Some(next) => form::render_step(
            page(lang),
            next,
            proof,
            &typed.without_answers(),
            notice,
            id,
        ),
        None => form::render_done(page(lang), proof),
    };
    html(StatusCode::OK, text)
}

#[get("/track")]
pub(crate) async fn track_page(request: HttpRequest) -> HttpResponse {
    let typed = Typed::default();
    let lang = lang_of(&request, &typed);
    let text = form::render_track(page(lang), &typed, None, None, Uuid::new_v4());
    html(StatusCode::OK, text)
}

#[post("/track")]
pub(crate) async fn track_sent(
    flow: web::Data<Flow>,
    doors: web::Data<Doors>,
    attempts: web::Data<Attempts>,
    uploads: web::Data<Uploads>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let sent = brought(&request, (&uploads, &flow), payload).await;
    let fields = sent
        .as_ref()
        .map_or_else(|unread| &unread.fields, |sent| &sent.fields);
    let typed = Typed::new(fields);
    let lang = lang_of(&request, &typed);
    let elsewhere = from_elsewhere(&request, &doors.public_url);
    let shown = if elsewhere { filled(None) } else { typed };
    let say = |status, notice, found: Option<&Found>| {
        let found = found.filter(|_| !elsewhere);
        let text = form::render_track(page(lang), &shown, notice, found, Uuid::new_v4());
        html(status, text)
    };
    let sent = match sent {
        Ok(sent) => sent,
        Err(unread) => return say(unread.status, Some(unread.why), None),
    };
    let now = flow.clock.now();
    let brought = (sent.fields.as_slice(), !sent.files.is_empty());
    let visit = match form::parse_visit(brought, now, Uuid::new_v4()) {
        Ok(visit) => visit,
        Err(FormProblem::Reference | FormProblem::Empty) => {
            return say(
                StatusCode::UNPROCESSABLE_ENTITY,
                Some(Notice::Reference),
                None,
            );
        }
    };
    let limits = (attempts.get_ref(), Address::of(&request), uploads.get_ref());
    match visited(&flow, limits, visit, &sent.files).await {
        Ok((found, added)) => say(StatusCode::OK, sent.left_out.or(added), Some(&found)),
        Err(refused) => refused.tell(say(
            refused.status,
            Some(refused.why),
            refused.found.as_ref(),
        )),
    }
}
