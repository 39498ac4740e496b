//! What counts as proof. A size alone never does.

use tt_record::Checksum;
use tt_store::Head;
use tt_sum::{Algorithm, Sum};

/// What S3 holds that a local file can be held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The checksum of all bytes.
    FullObject(Algorithm, String),
    /// The SHA-256 of all bytes that travelled as metadata, in hexadecimal.
    Sha256(String),
    /// An ETag that is the MD5 of all bytes, in hexadecimal.
    Md5(String),
    /// Nothing, and why.
    None(String),
}

impl Evidence {
    /// The best evidence of an object: its full checksum, else the hash among its metadata, else its ETag where that is an
    /// MD5.
    pub fn of(head: &Head) -> Self {
        if let Some((algorithm, value)) = head.checksum.as_ref().and_then(full_object) {
            return Self::FullObject(algorithm, value);
        }
        if let Some(sha256) = head.sha256().and_then(|value| hex(value, 64)) {
            return Self::Sha256(sha256);
        }
        if let Some(md5) = head.etag.as_deref().filter(|_| head.etag_is_md5).and_then(md5) {
            return Self::Md5(md5);
        }
        Self::None(match &head.checksum {
            Some(checksum) => format!("its checksum is of type {} {}", checksum.r#type, checksum.algorithm),
            None => "it has no checksum, and its ETag is no MD5".to_owned(),
        })
    }

    /// The algorithm to read the file with.
    pub fn algorithm(&self) -> Option<Algorithm> {
        match self {
            Self::FullObject(algorithm, _) => Some(*algorithm),
            Self::Sha256(_) => Some(Algorithm::Sha256),
            Self::Md5(_) => Some(Algorithm::Md5),
            Self::None(_) => None,
        }
    }

    /// What was compared, as records say it.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::FullObject(algorithm, _) => Some(format!("full-object {algorithm}")),
            Self::Sha256(_) => Some("SHA256 in the metadata".to_owned()),
            Self::Md5(_) => Some("ETag".to_owned()),
            Self::None(_) => None,
        }
    }

    /// What S3 holds.
    pub fn found(&self) -> Option<&str> {
        match self {
            Self::FullObject(_, value) | Self::Sha256(value) | Self::Md5(value) => Some(value),
            Self::None(_) => None,
        }
    }

    /// A file's checksum in the form of this evidence.
    pub fn express(&self, sum: &Sum) -> String {
        match self {
            Self::Sha256(_) | Self::Md5(_) => sum.hex(),
            _ => sum.base64(),
        }
    }
}

fn full_object(checksum: &Checksum) -> Option<(Algorithm, String)> {
    let algorithm = checksum.algorithm.parse().ok()?;
    (checksum.r#type == "FULL_OBJECT").then(|| (algorithm, checksum.value.clone()))
}

/// The MD5 that a plain ETag is. That of a multipart object has a dash and the number of parts behind it.
fn md5(etag: &str) -> Option<String> {
    hex(etag.trim_matches('"'), 32)
}

/// A hash of so many digits.
fn hex(value: &str, digits: usize) -> Option<String> {
    let hex = value.len() == digits && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| value.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use tt_record::Properties;

    use super::*;

    fn head(checksum: Option<(&str, &str, &str)>, etag: &str) -> Head {
        let checksum = checksum.map(|(algorithm, scope, value)| Checksum {
            algorithm: algorithm.into(),
            r#type: scope.into(),
            value: value.into(),
        });
        let modified = jiff::Timestamp::UNIX_EPOCH;
        Head {
            size: 1,
            modified,
            etag: Some(etag.into()),
            version_id: None,
            checksum,
            properties: Properties::default(),
            etag_is_md5: true,
        }
    }

    #[test]
    fn the_best_evidence_is_taken() {
        let md5 = "\"0cc175b9c0f1b6a831c399e269772661\"";
        let full = head(Some(("CRC32C", "FULL_OBJECT", "AAAAAA==")), md5);
        assert_eq!(Evidence::of(&full), Evidence::FullObject(Algorithm::Crc32c, "AAAAAA==".into()));
        let composite =
            head(Some(("SHA256", "COMPOSITE", "AA==-2")), "\"0cc175b9c0f1b6a831c399e269772661-2\"");
        assert!(matches!(Evidence::of(&composite), Evidence::None(_)));
        let hash = "a".repeat(64);
        let hashed = |hash: &str| {
            let metadata = [("sha256".to_owned(), hash.to_owned())].into();
            Head { properties: Properties { metadata, ..Properties::default() }, ..composite.clone() }
        };
        assert_eq!(Evidence::of(&hashed(&hash)), Evidence::Sha256(hash));
        assert!(matches!(Evidence::of(&hashed("a")), Evidence::None(_)));
        assert_eq!(Evidence::of(&head(None, md5)), Evidence::Md5(md5.trim_matches('"').into()));
        let encrypted = Head { etag_is_md5: false, ..head(None, md5) };
        assert!(matches!(Evidence::of(&encrypted), Evidence::None(_)));
    }
}
