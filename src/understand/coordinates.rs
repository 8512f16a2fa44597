//! Coordinates pasted into a text, as maps and telephones write them: `24.5702,46.6951`.

use crate::case::Point;

/// Coordinates and where they stood, in characters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pasted {
    pub(super) point: Point,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Characters searched.
const READ: usize = 12_000;

/// The first pair of decimal degrees with at least three decimals each; a telephone number or a
/// price is none.
pub(super) fn find(text: &str) -> Option<Pasted> {
    if !text.contains('.') {
        return None;
    }
    let chars: Vec<char> = text.chars().take(READ).collect();
    let mut at = 0;
    while at < chars.len() {
        let begins = chars[at].is_ascii_digit() || chars[at] == '-';
        let free = at == 0 || !(chars[at - 1].is_alphanumeric() || chars[at - 1] == '.');
        if begins
            && free
            && let Some((lat, next)) = degrees(&chars, at)
        {
            let mut second = next;
            while second < chars.len()
                && second < next + 3
                && matches!(chars[second], ',' | ' ' | ';' | '/' | '\u{60c}')
            {
                second += 1;
            }
            if second > next
                && let Some((lon, end)) = degrees(&chars, second)
                && let Ok(point) = Point::new(lat, lon)
            {
                return Some(Pasted {
                    point,
                    start: u32::try_from(at).ok()?,
                    end: u32::try_from(end).ok()?,
                });
            }
            at = next;
        }
        at += 1;
    }
    None
}

fn degrees(chars: &[char], from: usize) -> Option<(f64, usize)> {
    let mut to = from;
    if chars.get(to) == Some(&'-') {
        to += 1;
    }
    let whole = to;
    while chars.get(to).is_some_and(char::is_ascii_digit) {
        to += 1;
    }
    if !(1..=3).contains(&(to - whole)) || chars.get(to) != Some(&'.') {
        return None;
    }
    to += 1;
    let decimals = to;
    while chars.get(to).is_some_and(char::is_ascii_digit) {
        to += 1;
    }
    if !(3..=16).contains(&(to - decimals)) {
        return None;
    }
    let value: String = chars[from..to].iter().collect();
    Some((value.parse().ok()?, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_coordinates_are_a_pin_and_other_numbers_are_not() {
        let found = find("Help 24.5702,46.6951 now").expect("coordinates");
        assert!((found.point.lat() - 24.5702).abs() < 1e-9);
        assert_eq!((found.start, found.end), (5, 20));
        assert!(find("pay 1.5, 2.5 or call 0712.345678,1").is_none());
        assert!(find("v1.234.567 123.456 91.2345,200.123").is_none());
    }
}
