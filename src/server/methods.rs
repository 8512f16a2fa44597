//! Which methods an address takes: what `Allow` says where another one was used.
//!
//! The routes themselves cannot be asked. What the OpenAPI document describes is read from it; the
//! few others are listed here, and a story holds them to what the service does.
//!
//! Whatever answers GET answers HEAD, here and for all of them: what balances load and checks links
//! asks so. Only a socket does not; it has no answer to leave the body out of.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::HeaderValue;
use actix_web::middleware::Next;
use std::collections::HashMap;
use utoipa::openapi::{OpenApi, PathItem};

/// Where a request becomes a socket.
const FEED: &str = "/api/v1/feed";

/// What the document does not describe.
const OTHERS: &[(&str, &str)] = &[
    ("/", "GET, HEAD"),
    ("/report", "GET, HEAD, POST"),
    ("/track", "GET, HEAD, POST"),
    ("/accountability", "GET, HEAD"),
    ("/accountability.csv", "GET, HEAD"),
    ("/page/{name}", "GET, HEAD"),
    ("/channels/twilio/messages", "POST"),
    ("/channels/twilio/status", "POST"),
    ("/health/live", "GET, HEAD"),
    ("/health/ready", "GET, HEAD"),
    ("/metrics", "GET, HEAD"),
    ("/desk", "GET, HEAD"),
    ("/wall", "GET, HEAD"),
    ("/assets/{name:.*}", "GET, HEAD"),
    (FEED, "GET"),
    ("/api/v1/openapi.json", "GET, HEAD"),
    ("/docs/{_:.*}", "GET, HEAD"),
];

/// HEAD is answered as GET is. The server leaves out the body: it knows what was asked.
pub(super) async fn head_as_get(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> actix_web::Result<ServiceResponse<impl MessageBody>> {
    if request.method() == Method::HEAD && request.path() != FEED {
        request.head_mut().method = Method::GET;
    }
    next.call(request).await
}

/// The methods of every address, by the pattern of its route.
pub(super) struct Methods(HashMap<String, HeaderValue>);

impl Methods {
    /// Those that are described, and the others.
    pub(super) fn of(document: &OpenApi) -> Self {
        let described = document.paths.paths.iter();
        let described = described.filter_map(|(path, item)| {
            let methods = HeaderValue::from_str(&methods(item).join(", ")).ok()?;
            Some((path.clone(), methods))
        });
        let others = OTHERS
            .iter()
            .map(|(path, methods)| ((*path).to_owned(), HeaderValue::from_static(methods)));
        Self(described.chain(others).collect())
    }

    /// What the route with this pattern takes.
    pub(super) fn at(&self, pattern: &str) -> Option<HeaderValue> {
        self.0.get(pattern).cloned()
    }
}

fn methods(item: &PathItem) -> Vec<&'static str> {
    [
        ("GET", item.get.is_some()),
        ("HEAD", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, is_there)| is_there.then_some(name))
    .collect()
}
