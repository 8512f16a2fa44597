use super::*;
use crate::case::{Carrier, Channel, Contact, Number, Point, SafeContact};
use proptest::prelude::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// A folder that is gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("msaada-spool-{:016x}", rand::random::<u64>());
        Self(std::env::temp_dir().join(name))
    }

    fn open(&self) -> Spool {
        Spool::open(&self.0, 1 << 20).expect("a spool")
    }

    fn segments(&self) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = fs::read_dir(&self.0)
            .expect("the folder")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "spool"))
            .collect();
        found.sort();
        found
    }

    fn set_aside(&self) -> usize {
        fs::read_dir(self.0.join("set-aside"))
            .expect("the folder")
            .count()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn kept(n: u128, text: &str) -> Kept {
    let report = Report {
        id: Uuid::from_u128(n),
        channel: Channel::Whatsapp,
        provider_id: Some(format!("SM{n:032x}")),
        received_at: "2026-11-22T08:00:00.123456Z".parse().expect("a time"),
        text: text.to_owned().into(),
        contact: Some(Contact {
            number: Number::read("+971501234567"),
            safe: SafeContact::ReplyOnly,
            hours: None,
            note: None,
        }),
        kind: None,
        for_whom: None,
        lang: None,
        pin: Some((
            Point::new(25.269_711_234_567_89, 55.309_5).expect("Dubai"),
            100,
        )),
        place_text: None,
        subject: None,
        details: crate::case::Details::new().into(),
        carrier: Some(Carrier::Stop),
    };
    Kept::new(report, None)
}

async fn keep(spool: &Spool, numbers: std::ops::Range<u128>) {
    for n in numbers {
        spool.keep(&kept(n, "nisaidie")).await.expect("kept");
    }
}

/// Everything there is, in order; the spool is empty afterwards.
async fn all(spool: &Spool) -> Vec<u128> {
    let mut found = Vec::new();
    loop {
        let head = spool.head(3).await.expect("read");
        if head.reports.is_empty() {
            return found;
        }
        found.extend(head.reports.iter().map(|kept| kept.report.id.as_u128()));
        spool.taken(head).await.expect("removed");
    }
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_restart_in_order_and_gone_when_it_was_taken_in() {
    let folder = Folder::new();
    let spool = folder.open();
    keep(&spool, 0..5).await;
    spool.close();
    let spool = folder.open();
    keep(&spool, 5..8).await;
    assert_eq!(spool.depth().reports, 8);
    assert_eq!(all(&spool).await, (0..8).collect::<Vec<_>>());
    assert_eq!((spool.depth().reports, spool.depth().bytes), (0, 0));
    assert!(!spool.holds());
    assert_eq!(folder.segments(), Vec::<PathBuf>::new());
    keep(&spool, 8..9).await;
    assert_eq!(all(&spool).await, [8]);
}

#[tokio::test]
async fn what_was_not_taken_in_wholly_is_taken_in_again_from_its_beginning() {
    let folder = Folder::new();
    let spool = folder.open();
    keep(&spool, 0..5).await;
    let head = spool.head(3).await.expect("read");
    spool.taken(head).await.expect("noted");
    assert_eq!(spool.depth().reports, 2);
    spool.close();
    assert_eq!(all(&folder.open()).await, [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn reports_that_arrive_together_are_all_kept() {
    let folder = Folder::new();
    let spool = folder.open();
    let kept: Vec<Kept> = (0..200).map(|n| kept(n, "nisaidie")).collect();
    let done = futures_util::future::join_all(kept.iter().map(|kept| spool.keep(kept))).await;
    assert!(done.iter().all(Result::is_ok));
    let mut found = all(&spool).await;
    found.sort_unstable();
    assert_eq!(found, (0..200).collect::<Vec<_>>());
}

#[tokio::test]
async fn two_processes_never_share_a_folder() {
    let folder = Folder::new();
    let first = folder.open();
    let error = Spool::open(&folder.0, 1 << 20).expect_err("it is in use");
    assert!(error.to_string().contains("in use by another process"));
    first.close();
    folder.open();
}

#[tokio::test]
async fn at_its_limit_it_refuses_and_what_was_acknowledged_stays() {
    let folder = Folder::new();
    let spool = Spool::open(&folder.0, 2_000).expect("a spool");
    let mut acknowledged = Vec::new();
    for n in 0..20 {
        match spool.keep(&kept(n, "nisaidie")).await {
            Ok(()) => acknowledged.push(n),
            Err(error) => assert_eq!(error, NotKept::Full),
        }
    }
    assert!((1..19).contains(&acknowledged.len()), "{acknowledged:?}");
    assert!(spool.depth().bytes <= 2_000);
    assert_eq!(all(&spool).await, acknowledged);
    keep(&spool, 30..31).await;
    assert_eq!(all(&spool).await, [30], "there is room again");
}

#[tokio::test]
async fn a_disk_that_does_not_take_it_is_said_and_loses_nothing() {
    let folder = Folder::new();
    let spool = folder.open();
    keep(&spool, 0..2).await;
    let away = folder.0.with_extension("away");
    spool.close();
    let spool = folder.open();
    fs::rename(&folder.0, &away).expect("the disk goes");
    let refused = spool.keep(&kept(9, "nisaidie")).await;
    fs::rename(&away, &folder.0).expect("the disk is back");
    assert_eq!(refused, Err(NotKept::Disk(std::io::ErrorKind::NotFound)));
    assert!(!spool.has_room(), "others are asked first");
    keep(&spool, 2..3).await;
    assert!(spool.has_room());
    assert_eq!(all(&spool).await, [0, 1, 2]);
}

#[tokio::test]
async fn a_damaged_record_is_set_aside_and_the_others_go_on() {
    let folder = Folder::new();
    let spool = folder.open();
    keep(&spool, 0..5).await;
    spool.close();
    let segment = folder.segments().remove(0);
    let mut bytes = fs::read(&segment).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x20;
    fs::write(&segment, bytes).expect("written");
    let spool = folder.open();
    assert_eq!(spool.depth().reports, 4);
    assert_eq!(all(&spool).await, [0, 1, 3, 4]);
    assert_eq!((spool.depth().reports, folder.set_aside()), (0, 1));
    spool.close();
    folder.open();
}

#[tokio::test]
async fn what_was_set_aside_can_be_put_back() {
    let folder = Folder::new();
    let spool = folder.open();
    keep(&spool, 0..1).await;
    spool
        .set_aside(&kept(7, "nisaidie"))
        .await
        .expect("set aside");
    spool.close();
    let name = format!("{}.spool", Uuid::from_u128(7));
    let aside = folder.0.join("set-aside").join(&name);
    fs::rename(aside, folder.0.join(name)).expect("put back");
    assert_eq!(all(&folder.open()).await, [0, 7]);
}

#[tokio::test]
async fn nobody_else_can_read_it() {
    let folder = Folder::new();
    let spool = folder.open();
    keep(&spool, 0..1).await;
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&folder.0), 0o700);
    for file in folder.segments() {
        assert_eq!(mode(&file), 0o600);
    }
}

#[test]
fn a_report_is_read_as_it_was_written() {
    let mut kept = kept(3, "nisaidie \u{0} 😢 \u{202e}");
    kept.report.details.clone_from(
        &serde_json::from_str(r#"{"a":0.1234567890123456789,"b":[1e300]}"#).expect("JSON"),
    );
    let written = serde_json::to_vec(&kept).expect("JSON");
    assert_eq!(serde_json::from_slice::<Kept>(&written).ok(), Some(kept));
    assert!(!written.contains(&0xff));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Killed while it wrote: the file ends anywhere.
    #[test]
    fn wherever_a_segment_ends_it_opens_with_every_report_that_was_whole(
        count in 1u128..6, cut: prop::sample::Index,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let folder = Folder::new();
            let spool = folder.open();
            let mut ends = Vec::new();
            for n in 0..count {
                keep(&spool, n..n + 1).await;
                ends.push(spool.depth().bytes);
            }
            spool.close();
            let segment = folder.segments().remove(0);
            let length = cut.index(usize::try_from(ends[ends.len() - 1]).expect("small") + 1) as u64;
            fs::OpenOptions::new().write(true).open(&segment).expect("a file").set_len(length).expect("cut");
            let whole = ends.iter().filter(|end| **end <= length).count() as u128;
            let spool = folder.open();
            keep(&spool, 100..101).await;
            let expected: Vec<u128> = (0..whole).chain([100]).collect();
            prop_assert_eq!(all(&spool).await, expected);
            prop_assert_eq!(folder.set_aside(), 0);
            Ok(())
        })?;
    }
}
