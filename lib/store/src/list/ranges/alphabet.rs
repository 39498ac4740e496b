//! The characters that keys are made of, as far as they were seen: between two keys there are others that differ in one.

use super::super::keys::{HIGHEST, further};

/// No more are remembered.
const MOST: usize = 4096;

/// How many characters of a key count where it is taken for a number.
const DIGITS: usize = 12;

/// Characters that were seen, in order.
#[derive(Default)]
pub(super) struct Alphabet(Vec<char>);

impl Alphabet {
    /// Sees the characters of a key.
    pub(super) fn learn(&mut self, text: &str) {
        for character in text.chars() {
            if let Err(at) = self.0.binary_search(&character)
                && self.0.len() < MOST
                && character != HIGHEST
            {
                self.0.insert(at, character);
            }
        }
    }

    /// The characters between two, both excluded.
    pub(super) fn between(&self, low: Option<char>, high: char) -> &[char] {
        let from = low.map_or(0, |low| self.0.partition_point(|known| *known <= low));
        let to = self.0.partition_point(|known| *known < high);
        self.0.get(from..to).unwrap_or_default()
    }

    /// Characters above `low` where nothing limits them: those of its kind, or, where none was seen, ever greater steps.
    pub(super) fn above(&self, low: Option<char>, steps: usize) -> Vec<char> {
        let kin: Vec<_> =
            self.between(low, HIGHEST).iter().copied().filter(|c| kind(*c) == low.and_then(kind)).collect();
        let Some(low) = low.filter(|low| kin.is_empty() && kind(*low).is_none()) else { return kin };
        let gallop = (0..steps).map_while(|step| further(low, 4_u32.checked_pow(u32::try_from(step).ok()?)?));
        gallop.collect()
    }

    /// A text as a number from 0 to 1 that grows with it.
    pub(super) fn number(&self, text: impl Iterator<Item = char>) -> f64 {
        let base = count(self.0.len() + 2);
        let place = |character| match self.0.binary_search(&character) {
            _ if character == HIGHEST => base - 1.0,
            Ok(at) | Err(at) => count(at + 1),
        };
        let digits = text.take(DIGITS);
        let (number, _) = digits.fold((0.0, 1.0 / base), |(sum, weight), character| {
            (place(character) * weight + sum, weight / base)
        });
        number
    }
}

/// A count as a real number.
pub(super) fn count(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// What often stands in the place of each other.
fn kind(character: char) -> Option<u8> {
    match character {
        '0'..='9' => Some(0),
        'a'..='z' => Some(1),
        'A'..='Z' => Some(2),
        _ if character.is_ascii() => Some(3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_grow_with_the_text() {
        let mut alphabet = Alphabet::default();
        alphabet.learn("0123456789");
        let texts = ["", "0", "00", "000999", "001", "01", "1", "5", "9999", "9\u{10FFFF}", "\u{10FFFF}"];
        let number = |text: &str| alphabet.number(text.chars());
        assert!(texts.windows(2).all(|two| number(two[0]) < number(two[1])));
        let middle = number("500") - number("000");
        let whole = number("999") - number("000");
        assert!((middle / whole - 0.5).abs() < 0.1);
    }

    #[test]
    fn neighbours_are_of_the_same_kind_or_far_apart() {
        let mut alphabet = Alphabet::default();
        alphabet.learn("a1b2/");
        assert_eq!(alphabet.between(Some('/'), 'b'), ['1', '2', 'a']);
        assert_eq!(alphabet.above(Some('1'), 3), ['2']);
        assert!(alphabet.above(Some('b'), 3).is_empty());
        assert_eq!(alphabet.above(Some('一'), 3), ['丁', '丄', '丐']);
    }
}
