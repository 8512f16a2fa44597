//! What goes with the pages: their headers, their one style and their one script.
//!
//! Both files are small, and sent packed where the browser takes that. Like the pages they are not to be
//! kept: a file in the store of a phone tells where it has been. They must never be needed: without
//! them every page still works.

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::sync::LazyLock;

/// The largest body of a form, in bytes: many times what the page lets one type, in any script.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// The headers of every page: nothing is kept, nothing is told to others, nothing but our own files
/// is loaded.
pub const HEADERS: [(&str, &str); 5] = [
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noarchive, nosnippet"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
         img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
];

/// A file that the pages load; its address holds its hash, so that it always fits the page.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Its address.
    pub path: String,
    /// Its type.
    pub content_type: &'static str,
    /// Its text.
    pub body: String,
    /// The same, packed with gzip.
    pub packed: Vec<u8>,
}

pub(super) static CSS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("css", include_str!("assets/page.css")));
pub(super) static JS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("js", include_str!("assets/page.js")));

impl Asset {
    fn new(extension: &str, source: &str) -> Self {
        // What is for those who read the source weighs nothing on the way.
        let lines = source.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("// "));
        let body = lines.collect::<Vec<_>>().join("\n");
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(body.as_bytes())
            .expect("memory takes what is written");
        let packed = gzip.finish().expect("memory takes what is written");
        let hash = u32::from_be_bytes(Sha256::digest(&body)[..4].try_into().expect("four bytes"));
        Self {
            path: format!("/page/{hash:08x}.{extension}"),
            content_type: if extension == "css" {
                "text/css; charset=utf-8"
            } else {
                "text/javascript; charset=utf-8"
            },
            body,
            packed,
        }
    }
}

/// The file at an address below `/page/`.
#[must_use]
pub fn asset(path: &str) -> Option<&'static Asset> {
    [&*CSS, &*JS].into_iter().find(|asset| asset.path == path)
}
