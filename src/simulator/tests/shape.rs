//! The gateway's answers, seen from outside: codes, shapes, pages.

use super::*;

#[actix_web::test]
async fn requests_are_refused_with_the_codes_of_the_provider() {
    let (phones, _desk) = started();
    let url = format!(
        "{}/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        phones.url()
    );
    let http = reqwest::Client::new();
    let ok = [("To", PHONE), ("From", "+254700000001"), ("Body", "a")];
    let long = "a".repeat(1_601);
    for (change, code) in [
        (("To", ""), 21_604),
        (("To", "0712"), 21_211),
        (("From", ""), 21_603),
        (("From", "12"), 21_212),
        (("Body", ""), 21_602),
        (("Body", long.as_str()), 21_617),
        (("StatusCallback", "http://a_b.example/"), 21_609),
    ] {
        let mut form: Vec<_> = ok.into_iter().filter(|(k, _)| *k != change.0).collect();
        form.push(change);
        let answer = http
            .post(&url)
            .basic_auth(ACCOUNT, Some("secret"))
            .form(&form);
        let answer = answer.send().await.expect("an answer");
        assert_eq!(answer.status(), 400);
        let body: Value = answer.json().await.expect("JSON");
        assert_eq!(
            (&body["code"], &body["status"]),
            (&json!(code), &json!(400))
        );
    }
    let answer = http.post(&url).basic_auth(ACCOUNT, Some("wrong")).form(&ok);
    assert_eq!(answer.send().await.expect("an answer").status(), 401);
}

#[actix_web::test]
async fn an_answer_has_the_shape_of_the_provider() {
    let (phones, _desk) = started();
    let url = format!(
        "{}/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        phones.url()
    );
    let http = reqwest::Client::new();
    let form = [("To", PHONE), ("From", "+254700000001"), ("Body", "سلام")];
    let answer = http
        .post(&url)
        .basic_auth(ACCOUNT, Some("secret"))
        .form(&form);
    let answer = answer.send().await.expect("an answer");
    assert_eq!(answer.status(), 201);
    let made: Value = answer.json().await.expect("JSON");
    assert_eq!(made["num_segments"], "1");
    assert_eq!(made["status"], "queued");
    assert_eq!(made["error_code"], Value::Null);
    let created = made["date_created"].as_str().expect("a date");
    assert!(DateTime::parse_from_rfc2822(created).is_ok());
    let one = http
        .get(format!(
            "{}{}",
            phones.url(),
            made["uri"].as_str().expect("a path")
        ))
        .basic_auth(ACCOUNT, Some("secret"));
    let one: Value = one
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    assert_eq!((&one["sid"], &one["body"]), (&made["sid"], &json!("سلام")));
}

#[actix_web::test]
async fn the_list_comes_in_pages() {
    let (phones, _desk) = started();
    let client = client(&phones);
    for n in 0..5 {
        sid(send(&client, &n.to_string()).await);
    }
    let http = reqwest::Client::new();
    let mut next = Some(format!(
        "/2010-04-01/Accounts/{ACCOUNT}/Messages.json?To=%2B971501234567&PageSize=2"
    ));
    let mut bodies = Vec::new();
    while let Some(path) = next {
        let page = http
            .get(format!("{}{path}", phones.url()))
            .basic_auth(ACCOUNT, Some("secret"));
        let page: Value = page
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON");
        let messages = page["messages"].as_array().expect("messages").clone();
        bodies.extend(
            messages
                .iter()
                .map(|m| m["body"].as_str().expect("words").to_owned()),
        );
        next = page["next_page_uri"].as_str().map(str::to_owned);
    }
    assert_eq!(bodies, ["4", "3", "2", "1", "0"]);
}
