//! The heads of the parts of a page, made readable.
//!
//! A photograph may be called anything, and a telephone sends its name as it is. A character that no
//! head may hold would end the reading of the whole page: it is written `_` here, before the page is
//! taken apart. Nothing else is touched, and no byte of a photograph is.
//!
//! Where the body breaks off, it ends here, and why is told beside it: what came with an error would
//! otherwise be thrown away with it, unread.

use super::Broke;
use actix_web::error::PayloadError;
use actix_web::web::{Bytes, Payload};
use futures_util::{Stream, StreamExt};
use memchr::memchr;
use std::cell::Cell;
use std::future::ready;
use std::io::ErrorKind;
use std::rc::Rc;

/// The body of a page whose parts are parted by this boundary.
pub(super) fn readable(
    body: Payload,
    boundary: &str,
    off: Rc<Cell<Option<Broke>>>,
) -> impl Stream<Item = Result<Bytes, PayloadError>> + use<> {
    body.scan(Heads::of(boundary), move |heads, piece| {
        ready(match piece {
            Ok(piece) => Some(Ok(heads.mend(piece))),
            Err(why) => {
                off.set(Some(match why {
                    PayloadError::Io(why) if why.kind() == ErrorKind::TimedOut => Broke::Late,
                    _ => Broke::Off,
                }));
                None
            }
        })
    })
}

/// What ends a head.
const END: &[u8] = b"\r\n\r\n";

struct Heads {
    /// The line between two parts, with the end of the line before it.
    line: Vec<u8>,
    /// So much of it has come; or of [`END`], within a head.
    came: usize,
    in_head: bool,
}

impl Heads {
    fn of(boundary: &str) -> Self {
        Self {
            line: format!("\r\n--{boundary}\r\n").into_bytes(),
            // The first line has none before it.
            came: 2,
            in_head: false,
        }
    }

    fn mend(&mut self, piece: Bytes) -> Bytes {
        let mut odd = Vec::new();
        let mut at = 0;
        while let Some(byte) = piece.get(at) {
            if !self.in_head && self.came == 0 && *byte != b'\r' {
                match memchr(b'\r', &piece[at..]) {
                    Some(next) => at += next,
                    None => break,
                }
                continue;
            }
            if self.in_head && byte.is_ascii_control() && !matches!(byte, b'\t' | b'\r' | b'\n') {
                odd.push(at);
            }
            self.comes(*byte);
            at += 1;
        }
        if odd.is_empty() {
            return piece;
        }
        let mut mended = piece.to_vec();
        for at in odd {
            mended[at] = b'_';
        }
        mended.into()
    }

    fn comes(&mut self, byte: u8) {
        let awaited = if self.in_head { END } else { &self.line };
        if awaited.get(self.came) == Some(&byte) {
            self.came += 1;
        } else {
            self.came = usize::from(byte == b'\r');
        }
        let whole = if self.in_head {
            END.len()
        } else {
            self.line.len()
        };
        if self.came == whole {
            self.in_head = !self.in_head;
            // A head without a line ends with its first.
            self.came = if self.in_head { 2 } else { 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SENT: &[u8] = b"--x\r\nContent-Disposition: form-data; name=\"a\0\"\r\n\r\n\0\x01\r\n\r\n\0--x\r\n\
        \r\n--x\r\nhead: \x7f\x1b\t\xff\r\nmore\0\r\n\r\n\r\n--x\r\n\r\n\0\r\r\n--x\r\n\0\r\n\r\n\0\r\n--x--\r\n\0";
    const MENDED: &[u8] = b"--x\r\nContent-Disposition: form-data; name=\"a_\"\r\n\r\n\0\x01\r\n\r\n\0--x\r\n\
        \r\n--x\r\nhead: __\t\xff\r\nmore_\r\n\r\n\r\n--x\r\n\r\n\0\r\r\n--x\r\n_\r\n\r\n\0\r\n--x--\r\n\0";

    proptest! {
        #[test]
        fn only_what_no_head_may_hold_is_changed_however_the_page_is_cut(
            mut cuts in proptest::collection::vec(0..SENT.len(), 0..9)
        ) {
            cuts.push(SENT.len());
            cuts.sort_unstable();
            let mut heads = Heads::of("x");
            let (mut mended, mut from) = (Vec::new(), 0);
            for cut in cuts {
                mended.extend(heads.mend(Bytes::from_static(&SENT[from..cut])));
                from = cut;
            }
            prop_assert_eq!(mended, MENDED);
        }
    }
}
