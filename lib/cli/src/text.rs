//! Names and messages on a terminal, in a log, in a mail.

use std::borrow::Cow;

/// A name or message with all that can't be seen written out as `\u{202e}`: a file name must not move the cursor, recolour what
/// follows, add lines, or look like another one. That is control characters; what separates lines and paragraphs; and format
/// characters, which turn text around or take no room. Among these are the joiners of some scripts and of emoji: names that differ
/// are not to look the same.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_hidden(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// A text of several lines, each of them [`printable`].
pub fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// A line of JSON that says the same, and shows nothing hidden where a terminal prints it.
pub fn printable_json(line: &str) -> Cow<'_, str> {
    let is_escaped = |c: char| c != '\n' && is_hidden(c);
    if !line.contains(is_escaped) {
        return Cow::Borrowed(line);
    }
    let mut shown = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        if is_escaped(c) {
            shown.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Whether a character can't be seen, and changes how others are seen: those of the categories Cc, Cf, Zl and Zp, and the fillers that
/// are letters by category alone.
pub fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(c,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

/// A number of things, in words that fit: `1 file`, `2 files`.
pub fn counted(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(printable("plain \u{e9} \u{1f600}"), "plain \u{e9} \u{1f600}");
        assert_eq!(printable("a\nb\x1b[31m"), "a\\nb\\u{1b}[31m");
        assert_eq!(printable("\u{9b}31m"), "\\u{9b}31m");
    }

    #[test]
    fn what_turns_text_around_or_cannot_be_seen_is_written_out() {
        for c in [
            '\u{202e}',
            '\u{2028}',
            '\u{2029}',
            '\u{200b}',
            '\u{2066}',
            '\u{feff}',
            '\u{ad}',
            '\u{e0041}',
            '\u{3164}',
        ] {
            assert_eq!(printable(&format!("a{c}b")), format!("a{}b", c.escape_default()));
        }
        for text in [
            "\u{e9}e\u{301}",
            "\u{928}\u{93f}",
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
            "\u{2764}\u{fe0f}",
            "\u{3000}",
        ] {
            assert_eq!(printable(text), text);
        }
        assert_eq!(printable_lines("a\n\u{202e}b\n"), "a\n\\u{202e}b\n");
    }

    #[test]
    fn json_stays_what_it_is() {
        let text = "a\u{202e}\u{9b}\u{e0041}\u{7f}\\ \"";
        let line = serde_json::to_string(text).unwrap() + "\n";
        let shown = printable_json(&line);
        assert!(!shown.trim_end().contains(is_hidden), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
        assert_eq!(printable_json("{\"a\":1}\n"), "{\"a\":1}\n");
    }
}
