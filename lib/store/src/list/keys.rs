//! Keys as texts between which there are others: what lies just before one, and behind all that begin alike.
//!
//! Texts are made of characters that every service takes and can write back: no control characters, no noncharacters.

/// Sorts behind every other character.
pub(super) const HIGHEST: char = '\u{10FFFF}';

/// The lowest character that is put into texts.
const LOWEST: char = ' ';

/// How many bytes two texts share at their start, up to the border of a character.
pub(super) fn common(one: &str, other: &str) -> usize {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    (0..=same).rev().find(|at| one.is_char_boundary(*at) && other.is_char_boundary(*at)).unwrap_or(0)
}

/// A text that sorts before `key`, with next to nothing in between.
pub(super) fn just_before(key: &str) -> String {
    let mut before = key.to_owned();
    let Some(last) = before.pop() else { return before };
    // A longer text might be too long for a key.
    if let Some(lower) = lower(last).filter(|_| before.len() + 2 * HIGHEST.len_utf8() <= key.len().max(1000))
    {
        before.push(lower);
        before.push(HIGHEST);
    }
    before
}

/// Behind all keys that begin like the first `length` bytes of `key`.
pub(super) fn behind_all(key: &str, length: usize) -> String {
    let mut text = key.get(..length).unwrap_or(key).to_owned();
    text.push(HIGHEST);
    text
}

/// The next lower character.
fn lower(character: char) -> Option<char> {
    let code = u32::from(character).checked_sub(1)?;
    // Below the surrogates, which are no characters, more follow.
    let code = if (0xD800..0xE000).contains(&code) { 0xD7FF } else { code };
    char::from_u32(code).filter(|lower| is_plain(*lower))
}

/// The character that is `step` further, or the next one that may be put into a text.
pub(super) fn further(character: char, step: u32) -> Option<char> {
    let code = u32::from(character).checked_add(step)?.max(u32::from(LOWEST));
    let code = if (0xD800..0xE000).contains(&code) { 0xE000 } else { code };
    (code..code.saturating_add(40)).filter_map(char::from_u32).find(|found| is_plain(*found))
}

/// Whether XML and every service takes it, and it is not the highest, which ends what is sought.
fn is_plain(character: char) -> bool {
    let code = u32::from(character);
    character >= LOWEST
        && !(0x7F..0xA0).contains(&code)
        && code & 0xFFFE != 0xFFFE
        && !(0xFDD0..0xFDF0).contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_share_whole_characters() {
        assert_eq!(common("abc", "abd"), 2);
        assert_eq!(common("ä", "å"), 0);
        assert_eq!(common("a", "a"), 1);
        assert_eq!(common("a", ""), 0);
    }

    #[test]
    fn just_before_is_before_and_close() {
        for key in ["b", "ab", "a/", "é", "😀", "\u{E000}", "a ", "a\n", "\u{FFFF}", &"x".repeat(1024)] {
            let before = just_before(key);
            assert!(before.as_str() < key, "{key:?} {before:?}");
            assert!(before.len() <= 1024);
        }
        assert_eq!(just_before("p/b"), "p/a\u{10FFFF}");
        assert_eq!(just_before("\u{E000}"), "\u{D7FF}\u{10FFFF}");
        assert_eq!(just_before(" "), "");
        assert_eq!(just_before(""), "");
    }

    #[test]
    fn characters_skip_what_is_none() {
        assert_eq!(further('a', 1), Some('b'));
        assert_eq!(further('\u{D7FF}', 1), Some('\u{E000}'));
        assert_eq!(further('\u{FFFD}', 1), Some('\u{10000}'));
        assert_eq!(further('\u{1}', 1), Some(' '));
        assert_eq!(further(HIGHEST, 1), None);
    }
}
