//! The XML of ListObjectsV2, straight into a page.

use jiff::Timestamp;
use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};

use super::{
    page::{Builder, Disorder},
    ranges::Answer,
};
use crate::time::lenient;

/// Takes in objects as they are read.
pub(super) trait Rows: Default {
    fn push(&mut self, key: &str, size: u64, modified: i64, etag: Option<&str>);
}

impl Rows for Builder {
    fn push(&mut self, key: &str, size: u64, modified: i64, etag: Option<&str>) {
        self.push(key, size, modified, etag);
    }
}

/// What an answer says.
pub(super) struct Parsed<R> {
    pub(super) rows: R,
    pub(super) truncated: bool,
    pub(super) token: Option<String>,
    /// Whether keys are encoded as in URLs, as it says.
    pub(super) encoded: bool,
}

/// Why an answer can't be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// Its keys do not ascend.
    Disorder,
    /// It is something else, or broken.
    Unreadable(String),
}

impl From<Disorder> for Unusable {
    fn from(_: Disorder) -> Self {
        Self::Disorder
    }
}

/// Reads an answer into a page.
pub(super) fn parse(body: &[u8]) -> Result<Answer, Unusable> {
    let Parsed { rows, truncated, token, .. } = read::<Builder>(body)?;
    Ok(Answer { page: rows.finish()?, truncated, token })
}

/// Reads an answer.
pub(super) fn read<R: Rows>(body: &[u8]) -> Result<Parsed<R>, Unusable> {
    let text = std::str::from_utf8(body).map_err(|_| unreadable("it is not UTF-8"))?;
    // Some services are not careful with what comes before the declaration.
    let mut reader =
        Reader::from_str(text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}'));
    let mut document = Document::<R>::default();
    loop {
        match reader.read_event().map_err(|e| unreadable(&e.to_string()))? {
            Event::Start(start) => document.open(&start)?,
            Event::End(_) => document.close()?,
            Event::Text(text) if document.field != Field::Other => {
                document.text.push_str(&text.decode().map_err(|e| unreadable(&e.to_string()))?);
            }
            Event::CData(text) if document.field != Field::Other => {
                document.text.push_str(&text.decode().map_err(|e| unreadable(&e.to_string()))?);
            }
            Event::GeneralRef(reference) if document.field != Field::Other => {
                document.text.push(character(&reference)?);
            }
            Event::Eof => return document.finish(),
            _ => {}
        }
    }
}

fn unreadable(why: &str) -> Unusable {
    Unusable::Unreadable(why.to_owned())
}

/// The element whose text is read.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Field {
    #[default]
    Other,
    Key,
    Modified,
    Etag,
    Size,
    Truncated,
    Token,
    Encoding,
}

/// How far a document is read.
#[derive(Default)]
struct Document<R> {
    rows: R,
    depth: usize,
    /// Whether the root was a listing, and was closed.
    whole: bool,
    field: Field,
    text: String,
    object: Object,
    truncated: bool,
    token: Option<String>,
    encoded: bool,
}

/// What is known of an object; texts are used again for the next.
#[derive(Default)]
struct Object {
    key: String,
    etag: String,
    has_etag: bool,
    size: u64,
    modified: i64,
}

impl<R: Rows> Document<R> {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), Unusable> {
        self.depth += 1;
        let name = start.local_name();
        self.field = match (self.depth, name.as_ref()) {
            (1, b"ListBucketResult") => Field::Other,
            (1, name) => {
                let what = format!("it is no listing, but {}", String::from_utf8_lossy(name));
                return Err(unreadable(&what));
            }
            (2, b"IsTruncated") => Field::Truncated,
            (2, b"NextContinuationToken") => Field::Token,
            (2, b"EncodingType") => Field::Encoding,
            (3, b"Key") => Field::Key,
            (3, b"LastModified") => Field::Modified,
            (3, b"ETag") => Field::Etag,
            (3, b"Size") => Field::Size,
            (2, b"Contents") => {
                self.object.clear();
                Field::Other
            }
            _ => Field::Other,
        };
        self.text.clear();
        Ok(())
    }

    fn close(&mut self) -> Result<(), Unusable> {
        let Self { field, text, object, .. } = self;
        match field {
            Field::Key => std::mem::swap(&mut object.key, text),
            Field::Etag => {
                std::mem::swap(&mut object.etag, text);
                object.has_etag = true;
            }
            Field::Size => {
                object.size = text.trim().parse().map_err(|_| unreadable("a size is no number"))?;
            }
            // What can't be read is as if it were not there: an object of long ago.
            Field::Modified => object.modified = milliseconds(text),
            Field::Truncated => self.truncated = text.trim().eq_ignore_ascii_case("true"),
            Field::Encoding => self.encoded = text.trim().eq_ignore_ascii_case("url"),
            Field::Token => self.token = Some(std::mem::take(text)),
            // Only objects have keys: that of another element, such as its owner, lies deeper.
            Field::Other if self.depth == 2 && !object.key.is_empty() => object.add(&mut self.rows),
            Field::Other => self.whole = self.depth == 1,
        }
        self.field = Field::Other;
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    fn finish(self) -> Result<Parsed<R>, Unusable> {
        if !self.whole {
            return Err(unreadable("it breaks off"));
        }
        let token = self.token.filter(|token| !token.is_empty());
        Ok(Parsed { rows: self.rows, truncated: self.truncated, token, encoded: self.encoded })
    }
}

impl Object {
    fn add(&mut self, rows: &mut impl Rows) {
        let etag = self.has_etag.then_some(self.etag.as_str());
        rows.push(&self.key, self.size, self.modified, etag);
        self.clear();
    }

    fn clear(&mut self) {
        self.key.clear();
        (self.has_etag, self.size, self.modified) = (false, 0, 0);
    }
}

fn milliseconds(text: &str) -> i64 {
    lenient(text).unwrap_or(Timestamp::UNIX_EPOCH).as_millisecond()
}

/// The character that a reference stands for.
fn character(reference: &BytesRef<'_>) -> Result<char, Unusable> {
    if let Some(character) = reference.resolve_char_ref().map_err(|e| unreadable(&e.to_string()))? {
        return Ok(character);
    }
    Ok(match &**reference {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        _ => return Err(unreadable("a reference to nothing that is known")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(content: &str) -> Result<Answer, Unusable> {
        let open =
            r#"<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">"#;
        parse(format!("{open}{content}</ListBucketResult>").as_bytes())
    }

    fn why(result: Result<Answer, Unusable>) -> Unusable {
        result.err().unwrap()
    }

    #[test]
    fn objects_are_read_as_they_are() {
        let answer = listing(
            "<Name>b</Name><Prefix> </Prefix><IsTruncated>true</IsTruncated>
             <NextContinuationToken>a&amp;b</NextContinuationToken>
             <Contents><Key> a&amp;&#13;&#x1F600;&lt;&gt;&quot;&apos; </Key><Size>7</Size>
             <LastModified>2026-03-01T12:00:00.500Z</LastModified><ETag>&quot;x&quot;</ETag>
             <Owner><ID>1</ID><DisplayName>Key</DisplayName></Owner></Contents>
             <Contents><Key>b</Key></Contents><CommonPrefixes><Prefix>c</Prefix></CommonPrefixes>",
        );
        let answer = answer.unwrap();
        assert_eq!((answer.truncated, answer.token.as_deref()), (true, Some("a&b")));
        let objects: Vec<_> = answer.page.iter().map(|o| (o.key(), o.size, o.etag())).collect();
        assert_eq!(objects, [(" a&\r😀<>\"' ".into(), 7, Some("\"x\"".into())), ("b".into(), 0, None)]);
        let time = answer.page.get(0).unwrap().modified;
        assert_eq!(time.to_string(), "2026-03-01T12:00:00.5Z");
    }

    #[test]
    fn an_empty_listing_is_one() {
        let answer = listing("<IsTruncated>false</IsTruncated><Contents/>").unwrap();
        assert!(answer.page.is_empty() && !answer.truncated && answer.token.is_none());
    }

    #[test]
    fn what_others_write_otherwise_is_read() {
        for more in ["true", "True", " TRUE\n"] {
            assert!(listing(&format!("<IsTruncated>{more}</IsTruncated>")).unwrap().truncated, "{more}");
        }
        let twice =
            "<Contents><Key>a</Key><Size>1</Size></Contents><Contents><Key>a</Key><Size>2</Size></Contents>";
        let page = listing(twice).unwrap().page;
        assert_eq!(page.iter().map(|o| (o.key(), o.size)).collect::<Vec<_>>(), [("a".to_owned(), 1)]);
        for before in ["", " \r\n", "\u{FEFF}", "\u{FEFF}\n"] {
            let text = format!("{before}<?xml version=\"1.0\"?><ListBucketResult></ListBucketResult>");
            assert!(parse(text.as_bytes()).is_ok(), "{before:?}");
        }
        let time = |text: &str| {
            let page =
                listing(&format!("<Contents><Key>a</Key><LastModified>{text}</LastModified></Contents>"));
            page.unwrap().page.get(0).unwrap().modified.to_string()
        };
        assert_eq!(time("Sun, 01 Mar 2026 12:00:00 GMT"), "2026-03-01T12:00:00Z");
        assert_eq!(time("not at all"), "1970-01-01T00:00:00Z");
        assert_eq!(time("9999-12-31T23:59:59.999Z"), Timestamp::MAX.to_string());
    }

    #[test]
    fn what_is_none_is_refused() {
        assert_eq!(
            why(listing("<Contents><Key>b</Key></Contents><Contents><Key>a</Key></Contents>")),
            Unusable::Disorder
        );
        for text in [
            "",
            "<Error><Code>SlowDown</Code></Error>",
            "<ListBucketResult>",
            "hello",
            "<ListBucketResult><a></b>",
        ] {
            assert!(matches!(why(parse(text.as_bytes())), Unusable::Unreadable(_)), "{text}");
        }
        for content in
            ["<Contents><Key>&no;</Key></Contents>", "<Contents><Key>a</Key><Size>x</Size></Contents>"]
        {
            assert!(matches!(why(listing(content)), Unusable::Unreadable(_)), "{content}");
        }
        assert!(matches!(why(parse(b"<ListBucketResult>\xFF</ListBucketResult>")), Unusable::Unreadable(_)));
    }
}
