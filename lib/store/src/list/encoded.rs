//! Keys that XML can't carry: the page is asked for once more, with keys encoded as in URLs.
//!
//! Always holds: what is decoded is what the service lists. Services name the encoding and don't encode, write a blank as `+`
//! or as `%20`, or leave keys out; so where the page could be read without the encoding, both have to agree.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::{
    page::{Builder, Disorder},
    parse::{Parsed, Rows},
    ranges::Answer,
};

/// One object as it is listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) key: String,
    pub(super) size: u64,
    pub(super) modified: i64,
    pub(super) etag: Option<String>,
}

impl Rows for Vec<Row> {
    fn push(&mut self, key: &str, size: u64, modified: i64, etag: Option<&str>) {
        Vec::push(self, Row { key: key.to_owned(), size, modified, etag: etag.map(str::to_owned) });
    }
}

/// How a key becomes text again.
type Decoding = fn(&str) -> Option<String>;

/// The page with its keys decoded; `plain` is the same page as it came without the encoding, if it could be read. None, where it
/// can't be known how the keys are meant.
pub(super) fn decoded(answer: Parsed<Vec<Row>>, plain: Option<&[Row]>) -> Result<Option<Answer>, Disorder> {
    let Parsed { rows, truncated, token, encoded } = answer;
    // Where nothing is known to compare with, a page that is encoded shows it: it has what could not be read.
    let shows = plain.is_some() || rows.iter().any(|row| row.key.contains('%'));
    if !encoded || !shows {
        return Ok(None);
    }
    let means = [of_forms as Decoding, of_urls].into_iter().find_map(|decode| {
        let keys = rows.iter().map(|row| decode(&row.key)).collect::<Option<Vec<_>>>()?;
        let agrees = plain.is_none_or(|plain| {
            plain.len() == keys.len() && plain.iter().zip(&keys).all(|(plain, key)| may_be(&plain.key, key))
        });
        agrees.then_some(keys)
    });
    let Some(keys) = means else { return Ok(None) };
    let mut builder = Builder::default();
    for (row, key) in rows.iter().zip(&keys) {
        builder.push(key, row.size, row.modified, row.etag.as_deref());
    }
    Ok(Some(Answer { page: builder.finish()?, truncated, token }))
}

/// As S3 and forms encode: `+` is a blank.
fn of_forms(key: &str) -> Option<String> {
    percent_decoded(&Cow::from(key.replace('+', " ")), key)
}

/// As in paths of URLs: `+` is itself.
fn of_urls(key: &str) -> Option<String> {
    percent_decoded(key, key)
}

/// `text`, which is `key` but for its blanks. None, where the key is not encoded at all.
fn percent_decoded(text: &str, key: &str) -> Option<String> {
    let graphic = key.bytes().all(|byte| byte.is_ascii_graphic());
    let is_hex = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    let bytes = key.as_bytes();
    let whole = (0..bytes.len())
        .filter(|at| bytes.get(*at) == Some(&b'%'))
        .all(|at| is_hex(bytes.get(at + 1)) && is_hex(bytes.get(at + 2)));
    if graphic && whole { percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned) } else { None }
}

/// Whether a key may have been written like this, where some characters were replaced.
fn may_be(plain: &str, key: &str) -> bool {
    let mut keys = key.chars();
    let same = |plain: char| keys.next().is_some_and(|c| c == plain || plain == char::REPLACEMENT_CHARACTER);
    plain.chars().all(same) && keys.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(keys: &[&str]) -> Vec<Row> {
        keys.iter().map(|key| Row { key: (*key).to_owned(), ..Row::default() }).collect()
    }

    fn read(keys: &[&str], encoded: bool, plain: Option<&[&str]>) -> Option<Vec<String>> {
        let answer = Parsed { rows: rows(keys), truncated: false, token: None, encoded };
        let answer = decoded(answer, plain.map(rows).as_deref()).unwrap()?;
        Some(answer.page.iter().map(|listed| listed.key()).collect())
    }

    #[test]
    fn keys_are_decoded_as_they_were_encoded() {
        let plain = ["a\u{FFFD}b", "c d", "e+f", "é"];
        let wanted = Some(["a\u{3}b", "c d", "e+f", "é"].map(str::to_owned).to_vec());
        assert_eq!(read(&["a%03b", "c+d", "e%2Bf", "%C3%A9"], true, Some(&plain)), wanted);
        assert_eq!(read(&["a%03b", "c%20d", "e+f", "%c3%a9"], true, Some(&plain)), wanted);
        assert_eq!(read(&["a%03b", "c%20d", "e%2Bf", "%C3%A9"], true, None), wanted);
        let as_it_is = Some(vec!["a\u{FFFD}".to_owned()]);
        assert_eq!(read(&["a%EF%BF%BD"], true, Some(&["a\u{FFFD}"])), as_it_is);
    }

    #[test]
    fn what_is_not_encoded_or_does_not_agree_is_not_decoded() {
        assert_eq!(read(&["a\u{FFFD}b"], true, Some(&["a\u{FFFD}b"])), None, "named, and not encoded");
        assert_eq!(read(&["a%03b"], false, None), None, "not named");
        assert_eq!(read(&["a%b"], true, None), None);
        assert_eq!(read(&["a%03b"], true, Some(&["a\u{FFFD}b", "é"])), None, "one was left out");
        assert_eq!(read(&["a%03b"], true, Some(&["x\u{FFFD}b"])), None);
        assert_eq!(read(&["a+b"], true, None), None, "nothing in it could not be read");
    }
}
