//! What a desk sends is refused at the head of a frame that is too large, not at its end.
//!
//! The codec of the feed compares a frame with its limit once all of it has come, and until then
//! keeps whatever comes. So the heads are followed here, on the way to it: when one says more than a
//! desk may send, the stream ends with an error, and nothing behind that head is taken. It keeps no
//! byte and changes none; whether a frame is otherwise right is the codec's to say.

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::{Stream, StreamExt};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The largest frame a desk may send, in bytes.
pub(super) const LARGEST: usize = 4 * 1024;
/// Of the second byte: whether a mask follows.
const MASKED: u8 = 0x80;
/// The bytes of a mask.
const MASK: u64 = 4;

/// The payload without what is too large.
pub(super) async fn within_limit(
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<web::Payload, actix_web::Error> {
    let frames = Frames {
        payload: payload.into_inner(),
        heads: Heads::default(),
        refused: false,
    };
    let mut payload = Payload::from(frames.boxed_local());
    web::Payload::from_request(request, &mut payload).await
}

struct Frames {
    payload: Payload,
    heads: Heads,
    refused: bool,
}

impl Stream for Frames {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.refused {
            return Poll::Ready(Some(Err(PayloadError::Overflow)));
        }
        let Some(bytes) = ready!(Pin::new(&mut self.payload).poll_next(context)?) else {
            return Poll::Ready(None);
        };
        Poll::Ready(Some(match self.heads.follow(&bytes) {
            Ok(()) => Ok(bytes),
            Err(TooLarge { at }) => {
                self.refused = true;
                if at == 0 {
                    Err(PayloadError::Overflow)
                } else {
                    Ok(bytes.slice(..at))
                }
            }
        }))
    }
}

/// Where in a stream of frames one is.
#[derive(Debug, Default)]
struct Heads {
    /// What has come of a head: two bytes, and up to eight that tell a length they cannot.
    head: [u8; 10],
    came: usize,
    /// What is still to come of the mask and the content of a frame.
    left: u64,
}

/// A head says too much: with the byte at this place.
#[derive(Debug)]
struct TooLarge {
    at: usize,
}

impl Heads {
    /// Goes over the bytes that come next.
    fn follow(&mut self, bytes: &[u8]) -> Result<(), TooLarge> {
        let mut at = 0;
        while at < bytes.len() {
            if self.left > 0 {
                let here = bytes.len() - at;
                let passed = usize::try_from(self.left).map_or(here, |left| left.min(here));
                self.left -= passed as u64;
                at += passed;
                continue;
            }
            self.head[self.came] = bytes[at];
            self.came += 1;
            if let Some(length) = self.says() {
                if length > LARGEST as u64 {
                    return Err(TooLarge { at });
                }
                let mask = if self.head[1] & MASKED == 0 { 0 } else { MASK };
                self.left = mask + length;
                self.came = 0;
            }
            at += 1;
        }
        Ok(())
    }

    /// The length that a head says, once it is whole.
    fn says(&self) -> Option<u64> {
        let [_, second, long @ ..] = self.head;
        let [a, b, ..] = long;
        match (self.came, second & !MASKED) {
            (2, short @ ..126) => Some(short.into()),
            (4, 126) => Some(u16::from_be_bytes([a, b]).into()),
            (10, 127) => Some(u64::from_be_bytes(long)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use futures_util::{FutureExt, stream};
    use proptest::prelude::*;

    /// A frame with the length said in as few bytes as can be, or in more.
    #[derive(Debug, Clone)]
    struct Said {
        first: u8,
        length: u64,
        bytes: u8,
        masked: bool,
    }

    impl Said {
        /// The frame, and where it is known what its head says.
        fn written(&self) -> (Vec<u8>, usize) {
            let mask = if self.masked { MASKED } else { 0 };
            let mut written = vec![self.first];
            match (self.bytes, u16::try_from(self.length)) {
                (0, Ok(short @ ..126)) => written.push(mask + u8::try_from(short).expect("short")),
                (0 | 2, Ok(length)) => {
                    written.push(mask + 126);
                    written.extend(length.to_be_bytes());
                }
                _ => {
                    written.push(mask + 127);
                    written.extend(self.length.to_be_bytes());
                }
            }
            let known = written.len() - 1;
            if self.masked {
                written.extend([7; 4]);
            }
            // Of what is refused some comes all the same.
            let comes = self.length.min(LARGEST as u64 + 9);
            let comes = usize::try_from(comes).expect("small");
            written.extend((0_u8..=255).cycle().take(comes));
            (written, known)
        }
    }

    fn said() -> impl Strategy<Value = Said> {
        let largest = LARGEST as u64;
        let length = prop_oneof![
            6 => 0..200_u64,
            3 => 0..=largest,
            1 => Just(largest),
            1 => largest + 1..=largest + 70_000,
            1 => largest + 1..=u64::MAX,
        ];
        let bytes = prop_oneof![Just(0_u8), Just(2), Just(8)];
        (any::<u8>(), length, bytes, any::<bool>()).prop_map(|(first, length, bytes, masked)| {
            Said {
                first,
                length,
                bytes,
                masked,
            }
        })
    }

    /// What is passed on of these pieces, and whether the end is a refusal.
    fn passed(pieces: Vec<Bytes>) -> (Vec<u8>, bool) {
        let pieces = stream::iter(pieces.into_iter().map(Ok)).boxed_local();
        let request = TestRequest::default().to_http_request();
        let whole = web::Payload::from_request(&request, &mut Payload::from(pieces));
        let whole = whole.now_or_never().expect("at once").expect("a payload");
        let frames = within_limit(&request, whole).now_or_never();
        let mut frames = frames.expect("at once").expect("a payload");
        let mut passed = Vec::new();
        loop {
            match frames.next().now_or_never().expect("at once") {
                Some(Ok(bytes)) => passed.extend(&bytes),
                Some(Err(PayloadError::Overflow)) => return (passed, true),
                Some(Err(other)) => panic!("{other}"),
                None => return (passed, false),
            }
        }
    }

    fn cut(bytes: &[u8], cuts: &[usize]) -> Vec<Bytes> {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let ends = cuts.windows(2);
        ends.map(|ends| Bytes::copy_from_slice(&bytes[ends[0]..ends[1]]))
            .collect()
    }

    proptest! {
        #[test]
        fn however_the_bytes_are_cut_all_that_is_allowed_passes_as_it_is_and_nothing_else(
            frames in prop::collection::vec(said(), 1..8),
            cuts in prop::collection::vec(any::<usize>(), 0..40),
        ) {
            let (mut all, mut allowed) = (Vec::new(), None);
            for frame in &frames {
                let (written, known) = frame.written();
                if frame.length > LARGEST as u64 {
                    allowed.get_or_insert(all.len() + known);
                }
                all.extend(written);
            }
            let expected = (all[..allowed.unwrap_or(all.len())].to_vec(), allowed.is_some());
            prop_assert_eq!(&passed(cut(&all, &cuts)), &expected);
            let single = all.iter().map(|byte| Bytes::copy_from_slice(&[*byte]));
            prop_assert_eq!(&passed(single.collect()), &expected);
        }
    }

    #[test]
    fn a_frame_of_the_largest_size_passes_and_one_byte_more_is_refused_with_nothing_of_it_taken() {
        let frame = |length| Said {
            first: 0x81,
            length,
            bytes: 0,
            masked: true,
        };
        let (whole, _) = frame(LARGEST as u64).written();
        assert_eq!(passed(vec![whole.clone().into()]), (whole, false));
        for length in [LARGEST as u64 + 1, 1 << 40, u64::MAX] {
            let (begun, known) = frame(length).written();
            assert_eq!(
                passed(vec![begun.clone().into()]),
                (begun[..known].to_vec(), true)
            );
        }
    }
}
