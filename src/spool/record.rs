//! How a record lies in a segment: a mark, its length, a checksum, and what is kept.
//!
//! `ff 4d 53 50`, the length of the body (u32, little-endian), the CRC-32 of length and body (u32,
//! little-endian), the body. The body is JSON, in which the byte `ff` cannot be: so after a damaged
//! record the next one is found by its mark, whatever the damage was. What breaks off at the end was
//! never acknowledged, since an acknowledgement waits until all of it is on the disk.

/// Where a record begins.
const MARK: [u8; 4] = [0xff, b'M', b'S', b'P'];
/// Bytes before the body.
pub(super) const HEAD: usize = 12;
/// The longest body, in bytes; the largest form, all of it escaped, is below.
pub(super) const LONGEST: usize = 4 << 20;

/// What lies at a place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// A record, and where it ends.
    Whole(&'a [u8], usize),
    /// Something that is no record any more, and where it ends.
    Damaged(usize),
    /// A record that breaks off, or nothing that ever was one, and no record after it.
    Rest,
}

/// Adds a record.
pub(super) fn add(to: &mut Vec<u8>, body: &[u8]) {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes();
    to.extend(MARK);
    to.extend(length);
    to.extend(checksum(length, body).to_le_bytes());
    to.extend(body);
}

/// What lies at `at`.
pub(super) fn next(bytes: &[u8], at: usize) -> Found<'_> {
    if let Some(body) = whole(&bytes[at..]) {
        return Found::Whole(body, at + HEAD + body.len());
    }
    let after = at + 1;
    let later = memchr::memchr_iter(MARK[0], bytes.get(after..).unwrap_or_default())
        .map(|found| after + found)
        .find(|found| whole(&bytes[*found..]).is_some());
    if let Some(later) = later {
        return Found::Damaged(later);
    }
    match claimed(&bytes[at..]) {
        Some((body, _)) => Found::Damaged(at + HEAD + body.len()),
        None => Found::Rest,
    }
}

/// The body that a head claims, if all of it is there, and its checksum.
fn claimed(bytes: &[u8]) -> Option<(&[u8], u32)> {
    let rest = bytes.strip_prefix(&MARK)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    (length <= LONGEST)
        .then(|| rest.get(..length))
        .flatten()
        .map(|body| (body, u32::from_le_bytes(*sum)))
}

fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let (body, sum) = claimed(bytes)?;
    let length = u32::try_from(body.len()).ok()?.to_le_bytes();
    (checksum(length, body) == sum).then_some(body)
}

fn checksum(length: [u8; 4], body: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&length);
    sum.update(body);
    sum.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bodies as they are: text, in which the byte of the mark cannot be.
    fn bodies() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("\\PC{0,40}", 0..12)
    }

    fn written(bodies: &[String]) -> (Vec<u8>, Vec<usize>) {
        let mut bytes = Vec::new();
        let ends = bodies.iter().map(|body| {
            add(&mut bytes, body.as_bytes());
            bytes.len()
        });
        let ends = ends.collect();
        (bytes, ends)
    }

    /// Everything that is read from the beginning, and whether something was damaged or broke off.
    fn read(bytes: &[u8]) -> (Vec<String>, bool, bool) {
        let (mut found, mut damaged, mut at) = (Vec::new(), false, 0);
        while at < bytes.len() {
            match next(bytes, at) {
                Found::Whole(body, end) => {
                    found.push(String::from_utf8(body.to_vec()).expect("text"));
                    at = end;
                }
                Found::Damaged(end) => {
                    assert!(end > at);
                    (damaged, at) = (true, end);
                }
                Found::Rest => return (found, damaged, true),
            }
        }
        (found, damaged, false)
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(bodies in bodies()) {
            let (bytes, _) = written(&bodies);
            prop_assert_eq!(read(&bytes), (bodies, false, false));
        }

        #[test]
        fn wherever_it_breaks_off_every_record_wholly_before_survives(bodies in bodies(), cut: prop::sample::Index) {
            let (mut bytes, ends) = written(&bodies);
            bytes.truncate(cut.index(bytes.len() + 1));
            let kept = ends.iter().filter(|end| **end <= bytes.len()).count();
            let torn = ends[..kept].last().copied().unwrap_or(0) < bytes.len();
            prop_assert_eq!(read(&bytes), (bodies[..kept].to_vec(), false, torn));
        }

        #[test]
        fn one_damaged_byte_costs_one_record(bodies in bodies(), at: prop::sample::Index, by in 1u8..) {
            prop_assume!(!bodies.is_empty());
            let (mut bytes, ends) = written(&bodies);
            let at = at.index(bytes.len());
            bytes[at] ^= by;
            let hit = ends.iter().position(|end| at < *end).expect("in one of them");
            let mut others = bodies;
            others.remove(hit);
            let (found, damaged, torn) = read(&bytes);
            prop_assert_eq!(found, others);
            prop_assert!(damaged || torn);
        }

        #[test]
        fn rubbish_between_records_is_passed_over(
            one in bodies(), two in bodies(), rubbish in prop::collection::vec(any::<u8>(), 1..60),
        ) {
            let (mut bytes, _) = written(&one);
            bytes.extend(&rubbish);
            bytes.extend(written(&two).0);
            prop_assert_eq!(read(&bytes).0, [one, two].concat());
        }

        #[test]
        fn no_bytes_make_it_stumble(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            read(&bytes);
        }
    }
}
