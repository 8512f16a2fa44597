use super::*;
use actix_web::error::PayloadError;
use actix_web::http::header::{HeaderMap, HeaderValue};
use futures_util::Stream;
use std::time::Duration;

fn parts(stream: impl Stream<Item = Result<web::Bytes, PayloadError>> + 'static) -> Multipart {
    let mut headers = HeaderMap::new();
    let kind = HeaderValue::from_static("multipart/form-data; boundary=x");
    headers.insert(header::CONTENT_TYPE, kind);
    Multipart::new(&headers, stream)
}

#[actix_web::test]
async fn parts_without_an_end_are_given_up_although_each_is_empty() {
    let mut sent = 0_usize;
    let endless = futures_util::stream::repeat_with(move || {
        sent += 1;
        assert!(sent < 10_000, "it is read on and on");
        Ok::<_, PayloadError>(web::Bytes::from_static(
            b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n",
        ))
    });
    let mut brought = Brought::default();
    let uploads = Uploads::new(1 << 30);
    let room = || Some(Room::of(&uploads));
    assert_eq!(
        brought.read(parts(endless), &room).await,
        Err(Broke::TooLong)
    );
}

#[actix_web::test]
async fn words_that_trickle_in_hold_no_room_for_long_and_are_kept() {
    let uploads = Uploads::new(1 << 30);
    let photograph = |n: u8| {
        let head = format!(
            "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"{n}.png\"\r\n\r\n"
        );
        let bytes = [b"\x89PNG\r\n\x1a\n".as_slice(), &[n; 500], b"\r\n"].concat();
        Ok(web::Bytes::from([head.as_bytes(), &bytes].concat()))
    };
    let begun = b"--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nni";
    let first = [1, 2, 3].map(photograph).into_iter();
    let first = first.chain([Ok(web::Bytes::from_static(begun))]);
    // The rest of her words comes when all room is free again after it was taken, and not before.
    let begins = std::rc::Rc::new(tokio::sync::Notify::new());
    let (taken, free) = (begins.clone(), uploads.free());
    let rest = futures_util::stream::once(async move {
        taken.notified().await;
        free.await;
        Ok(web::Bytes::from_static(b"saidie\r\n--x--\r\n"))
    });
    let stream = futures_util::stream::iter(first).chain(rest);
    let mut brought = Brought {
        pace: Pace::of(Duration::from_millis(1)),
        ..Brought::default()
    };
    let files = std::cell::Cell::new(0);
    let room = || {
        files.set(files.get() + 1);
        if files.get() == 3 {
            begins.notify_one();
        }
        Some(Room::of(&uploads))
    };
    let parts = parts(Box::pin(stream));
    assert_eq!(brought.read(parts, &room).await, Ok(()));
    assert_eq!(brought.fields, [("text".into(), "nisaidie".into())]);
    assert!(brought.files.is_empty());
    assert_eq!(brought.left_out, Some(Notice::FileLater));
}
