//! Names in listings, percent-encoded where the client asks for it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::{S3Result, dto::EncodingType};

use crate::fail::invalid_argument;

/// What is encoded: all but letters, digits and `-_.*~/`.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'~').remove(b'/');

/// How a listing writes names.
#[derive(Clone, Copy)]
pub(super) enum Names {
    Plain,
    Encoded,
}

impl Names {
    pub(super) fn asked(encoding: Option<&EncodingType>) -> S3Result<Self> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Self::Plain),
            Some("url") => Ok(Self::Encoded),
            Some(_) => Err(invalid_argument("the only encoding-type is url")),
        }
    }

    pub(super) fn write(self, name: &str) -> String {
        match self {
            Self::Plain => name.to_owned(),
            Self::Encoded => utf8_percent_encode(name, ENCODED).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_unusual_is_encoded() {
        assert_eq!(Names::Encoded.write("a/b-_.*~"), "a/b-_.*~");
        assert_eq!(Names::Encoded.write("a +%41\r\né"), "a%20%2B%2541%0D%0A%C3%A9");
        assert_eq!(Names::Plain.write("a +é"), "a +é");
    }
}
