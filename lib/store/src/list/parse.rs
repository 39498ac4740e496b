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

/// Reads an answer.
pub(super) fn parse(body: &[u8]) -> Result<Answer, Unusable> {
    let text = std::str::from_utf8(body).map_err(|_| unreadable("it is not UTF-8"))?;
    let mut reader = Reader::from_str(text);
    let mut document = Document::default();
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
}

/// How far a document is read.
struct Document {
    builder: Builder,
    depth: usize,
    /// Whether the root was a listing, and was closed.
    whole: bool,
    field: Field,
    text: String,
    object: Object,
    truncated: bool,
    token: Option<String>,
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

impl Default for Document {
    fn default() -> Self {
        Self {
            builder: Builder::new(),
            depth: 0,
            whole: false,
            field: Field::Other,
            text: String::new(),
            object: Object::default(),
            truncated: false,
            token: None,
        }
    }
}

impl Document {
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
            Field::Modified => object.modified = milliseconds(text)?,
            Field::Truncated => self.truncated = text.trim() == "true",
            Field::Token => self.token = Some(std::mem::take(text)),
            // Only objects have keys: that of another element, such as its owner, lies deeper.
            Field::Other if self.depth == 2 && !object.key.is_empty() => object.add(&mut self.builder),
            Field::Other => self.whole = self.depth == 1,
        }
        self.field = Field::Other;
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    fn finish(self) -> Result<Answer, Unusable> {
        if !self.whole {
            return Err(unreadable("it breaks off"));
        }
        let token = self.token.filter(|token| !token.is_empty());
        Ok(Answer { page: self.builder.finish()?, truncated: self.truncated, token })
    }
}

impl Object {
    fn add(&mut self, builder: &mut Builder) {
        let etag = self.has_etag.then_some(self.etag.as_str());
        builder.push(&self.key, self.size, self.modified, etag);
        self.clear();
    }

    fn clear(&mut self) {
        self.key.clear();
        (self.has_etag, self.size, self.modified) = (false, 0, 0);
    }
}

fn milliseconds(text: &str) -> Result<i64, Unusable> {
    let time = text.trim().parse::<Timestamp>().map_err(|_| unreadable("a time is none"))?;
    Ok(time.as_millisecond())
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
