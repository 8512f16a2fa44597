//! A desk's line: what may come over it, and when it ends.

use crate::support::words::CRITICAL;
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
    let said = [&[0x81, 0x80 | 126][..], &4_097_u16.to_be_bytes(), &[7; 4]].concat();
    desk.writes(&said).await;
    desk.reads_to_the_end().await;
    let mut desk = world.mute_desk("officer@dubai").await;
    let said = [&[0x81, 0xff][..], &(1_u64 << 40).to_be_bytes(), &[7; 4]].concat();
    desk.writes(&said).await;
    desk.reads_to_the_end().await;
    world.end().await;
}
