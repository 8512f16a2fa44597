//! What a responder asks for and does at her desk, over HTTP.

use crate::support::desk::Desk;
use crate::support::patience::until;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

impl Desk {
    /// The cookie of its session.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    fn reading(&self, path: &str) -> RequestBuilder {
        let request = self.http.get(format!("{}{path}", self.url));
        request.header("Cookie", &self.cookie)
    }

    fn changing(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        let request = request.header("Cookie", &self.cookie);
        request.header("X-Msaada", "1")
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.reading(path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.changing(Method::POST, path).json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.changing(Method::PUT, path).json(body)).await
    }

    /// Signs out.
    pub(crate) async fn signs_out(&self) {
        let request = self.changing(Method::DELETE, "/api/v1/session");
        let answer = request.send().await.expect("the service answers");
        assert_eq!(answer.status(), 204);
    }

    /// Attaches a file, called so (percent-encoded).
    pub(crate) async fn attaches(&self, path: &str, name: &str, bytes: &[u8]) -> (u16, Value) {
        let request = self.changing(Method::POST, path).header("X-Name", name);
        answer(request.body(bytes.to_vec())).await
    }

    /// Fetches a file: its headers and its bytes.
    pub(crate) async fn fetches(&self, path: &str) -> (HeaderMap, Vec<u8>) {
        let response = self.reading(path).send().await;
        let response = response.expect("the service answers");
        assert_eq!(response.status(), 200);
        let headers = response.headers().clone();
        (headers, response.bytes().await.expect("bytes").to_vec())
    }

    /// What stands at an address, as text.
    pub(crate) async fn reads(&self, path: &str) -> String {
        let (_, bytes) = self.fetches(path).await;
        String::from_utf8(bytes).expect("text")
    }

    /// Does something to the case of a card; status and answer.
    pub(crate) async fn tries(&self, card: &Value, act: &str, more: Value) -> (u16, Value) {
        let mut body = json!({"act": act, "version": card["version"]});
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let id = card["id"].as_str().expect("an id");
        self.post(&format!("/api/v1/cases/{id}/acts"), &body).await
    }

    /// Does it to the case as it stands by now: a delivery may have been noted on it meanwhile.
    pub(crate) async fn does_by_now(&self, card: &Value, act: &str, more: Value) -> Value {
        let (status, body) = self.tries(card, act, more.clone()).await;
        if status == 409 {
            return self.does(&body["card"], act, more).await;
        }
        assert_eq!(status, 200, "{act}: {body}");
        body
    }

    /// Does something to the case of a card, which must work; the new card.
    pub(crate) async fn does(&self, card: &Value, act: &str, more: Value) -> Value {
        let (status, body) = self.tries(card, act, more).await;
        assert_eq!(status, 200, "{act}: {body}");
        body
    }

    /// The whole case.
    pub(crate) async fn opens(&self, card: &Value) -> Value {
        let id = card["id"].as_str().expect("an id");
        let (status, body) = self.get(&format!("/api/v1/cases/{id}")).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// The texts that were written to the person of a case.
    pub(crate) async fn outgoing(&self, card: &Value) -> Vec<Value> {
        let case = self.opens(card).await;
        let messages = case["messages"].as_array().expect("messages");
        let out = messages.iter().filter(|one| one["direction"] == "out");
        out.cloned().collect()
    }

    /// Waits until the newest text to the person of a case is as it should be.
    pub(crate) async fn texted(&self, card: &Value, what: &str, is: impl Fn(&Value) -> bool) {
        until(what, async || {
            self.outgoing(card).await.last().is_some_and(&is)
        })
        .await;
    }

    /// Where exactly the person of a case is.
    pub(crate) async fn exact_place(&self, card: &Value) -> (u16, Value) {
        let id = card["id"].as_str().expect("an id");
        self.get(&format!("/api/v1/cases/{id}/place/exact")).await
    }
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("the service answers");
    let status = response.status().as_u16();
    let bytes = response.bytes().await.expect("a body");
    (
        status,
        serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    )
}
