//! The cases of an area drawn on the map: as a list, as counts, as GeoJSON or CSV.
//!
//! An export holds what the list of a desk holds, and coarse places: never a name, a number, a word.

use super::map::{cases, counts, not_seen, single};
use super::map_question::Filters;
use super::{Signed, refused};
use crate::atlas::{Atlas, Shape};
use crate::case::{Card, Case, Kind};
use crate::flow::Flow;
use crate::problem::Problem;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use serde::Deserialize;
use serde_json::{Value, json};

/// Cases in a list; the counts are of all.
const LISTED: usize = 200;
/// Cases in a file.
const EXPORTED: usize = 5_000;

#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct Query {
    /// Corners as `lon,lat;lon,lat;lon,lat`, at most 200.
    polygon: Option<String>,
    /// `lat,lon,metres`.
    circle: Option<String>,
    /// A cell of the map, or several of one size with commas between.
    cell: Option<String>,
    /// West, south, east, north, in degrees.
    bbox: Option<String>,
    /// `json` (also without it), `geojson` or `csv`.
    format: Option<String>,
}

impl Query {
    fn shape(&self) -> Result<Shape, Problem> {
        let invalid = || Problem::invalid("Mend the field named in errors and ask again.");
        match (&self.polygon, &self.circle, &self.cell, &self.bbox) {
            (Some(text), None, None, None) => Shape::polygon(text).ok_or_else(|| {
                invalid().field(
                    "polygon",
                    "must be 3 to 200 corners as lon,lat;lon,lat;lon,lat",
                )
            }),
            (None, Some(text), None, None) => Shape::circle(text).ok_or_else(|| {
                invalid().field("circle", "must be lat,lon,metres, at most 5,000 km")
            }),
            (None, None, Some(text), None) => text
                .split(',')
                .map(|cell| cell.parse().ok())
                .collect::<Option<_>>()
                .and_then(Shape::cells)
                .ok_or_else(|| {
                    invalid().field("cell", "must be 1 to 200 cells of the map (H3) of one size")
                }),
            (None, None, None, Some(text)) => Shape::frame(text).ok_or_else(|| {
                invalid().field(
                    "bbox",
                    "must be west,south,east,north in degrees, south below north",
                )
            }),
            _ => Err(invalid().field("polygon", "give one of polygon, circle, cell and bbox")),
        }
    }
}

/// The cases of an area.
#[utoipa::path(params(Query, Filters), responses(
    (status = 200, description = "Counts and the most urgent cases; or all of them as a file"),
    (status = 422, body = Problem),
))]
#[get("/api/v1/map/area")]
pub(crate) async fn area(
    flow: web::Data<Flow>,
    atlas: web::Data<Atlas>,
    signed: Signed,
    query: web::Query<Query>,
    filters: web::Query<Filters>,
) -> Result<HttpResponse, Problem> {
    refused::unless_calm(&flow)?;
    let mut view = filters.view(query.shape()?, &signed.0)?;
    let format = query.format.as_deref().unwrap_or("json");
    view.listed = true;
    view.singles = if format == "json" { LISTED } else { EXPORTED };
    let picture = atlas.look(view).await.map_err(|error| not_seen(&error))?;
    let found = cases(&flow, &signed, &picture).await?;
    let cut = usize::try_from(picture.total).unwrap_or(usize::MAX) > picture.singles.len();
    if format != "json" {
        tracing::info!(by = %signed.0.id, cases = found.len(), format, "cases of an area were exported");
    }
    match format {
        "geojson" => {
            let features: Vec<Value> = found.iter().filter_map(single).collect();
            let body = json!({"type": "FeatureCollection", "features": features, "total": picture.total, "cut": cut});
            Ok(file(
                "application/geo+json",
                "msaada-area.geojson",
                body.to_string(),
            ))
        }
        "csv" => Ok(file(
            "text/csv; charset=utf-8",
            "msaada-area.csv",
            csv(&found),
        )),
        "json" => {
            let mut answer = counts(&picture);
            let cards: Vec<Card> = found.iter().map(Card::from).collect();
            let elsewhere: u32 = picture.elsewhere.iter().map(|(_, count)| count).sum();
            answer.insert("cases".into(), json!(cards));
            answer.insert("cut".into(), cut.into());
            answer.insert("elsewhere".into(), elsewhere.into());
            Ok(HttpResponse::Ok()
                .insert_header((header::CACHE_CONTROL, "no-store"))
                .json(answer))
        }
        _ => Err(
            Problem::invalid("Mend the field named in errors and ask again.")
                .field("format", "must be one of: json, geojson, csv"),
        ),
    }
}

fn file(kind: &str, name: &str, body: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .body(body)
}

/// Only words of our own vocabularies and numbers: nothing that a sheet could take for a formula.
fn csv(found: &[Case]) -> String {
    use std::fmt::Write as _;
    let mut text = "reference,mission,kind,priority,status,opened_at,country,coarse_lat,coarse_lon,radius_m\r\n".to_owned();
    for case in found {
        let Some(place) = case.place else { continue };
        let written = write!(
            text,
            "{},{},{},{},{},{},{},{:.5},{:.5},{}\r\n",
            case.reference.as_str(),
            case.mission,
            case.kind.map_or("", Kind::as_str),
            case.priority,
            case.status.as_str(),
            case.opened_at.format("%Y-%m-%dT%H:%M:%SZ"),
            case.country
                .as_ref()
                .map_or("", crate::case::Country::as_str),
            place.lat,
            place.lon,
            place.radius_m,
        );
        written.expect("a string grows");
    }
    text
}
