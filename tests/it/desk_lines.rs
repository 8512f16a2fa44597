//! A desk's line: what may come over it, and when it ends.

use crate::support::words::{CRITICAL, URGENT};
use crate::support::world::World;
use serde_json::json;

/// The largest frame a desk may send.
const LARGEST: usize = 4 * 1024;

#[tokio::test]
async fn a_frame_that_says_it_is_too_large_ends_the_line_before_any_of_it_has_come() {
    let world = World::start().await;
    let mut desk = world.mute_desk("officer@dubai").await;
    let card = desk.gets(&world, CRITICAL).await;
    // As large as may be: it is heard.
    let said = json!({"type": "saw", "id": card["id"]}).to_string();
    desk.says_text(format!("{said:LARGEST$}")).await;
    desk.is_noted().await;
    // Its length in two bytes and in eight, the mask, and no byte more.
    let said = [&[0x81, 0xfe][..], &4_097_u16.to_be_bytes(), &[7; 4]].concat();
    desk.writes(&said).await;
    desk.reads_to_the_end().await;
    let mut desk = world.mute_desk("officer@dubai").await;
    let said = [&[0x81, 0xff][..], &(1_u64 << 40).to_be_bytes(), &[7; 4]].concat();
    desk.writes(&said).await;
    desk.reads_to_the_end().await;
    world.end().await;
}

#[tokio::test]
async fn a_desk_that_asks_and_does_not_read_is_let_go_and_shows_nothing_after_it_signed_out() {
    let world = World::start().await;
    let mut colleague = world.mute_desk("duty@dubai").await;
    let (mut desk, card) = world.officer_gets(URGENT).await;
    desk.is_here(&card, false).await;
    colleague.is_here(&card, false).await;
    colleague.sees_beside(&["officer@dubai"]).await;
    desk.asks_and_does_not_read().await;
    desk.signs_out().await;
    colleague.sees_beside(&[]).await;
    let later = colleague.gets(&world, CRITICAL).await;
    let later = later["reference"].as_str().expect("a reference");
    let read = desk.reads_to_the_end().await;
    let read = String::from_utf8_lossy(&read);
    assert!(read.contains('?') && !read.contains(later));
    world.end().await;
}
