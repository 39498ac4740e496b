//! What counts as proof. A size alone never does.

use tt_record::Checksum;
use tt_store::Head;
use tt_sum::{Algorithm, Sum};

/// rclone's name, among the metadata, of the MD5 over all bytes of an object in parts: base64.
const MD5_OF_ALL: &str = "md5chksum";

/// What an object tells of its bytes, and a file can be held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    kind: Kind,
    sum: Sum,
}

/// The most parts that an object has: a larger number is a lie, or of something else.
const MOST_PARTS: u32 = 10_000;

/// What sort of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// S3's checksum of all bytes.
    FullObject,
    /// S3's checksum of the checksums of so many parts.
    Composite(u32),
    /// The SHA-256 of all bytes that travelled as metadata.
    Sha256InMetadata,
    /// The MD5 of all bytes that travelled as metadata.
    Md5InMetadata,
    /// An ETag that is the MD5 of all bytes.
    ETag,
    /// An ETag that is the MD5 of the MD5s of so many parts.
    ETagOfParts(u32),
}

impl Evidence {
    /// All that an object tells, the best first: its checksum and its ETag, which the service has made of its bytes, then the
    /// hashes among its metadata, which the uploader claims. What has not the form that it should have is none.
    pub fn all_of(head: &Head) -> impl Iterator<Item = Self> + Send {
        let read = [Self::checksum, Self::etag, Self::sha256_in_metadata, Self::md5_in_metadata];
        read.into_iter().filter_map(move |read| read(head))
    }

    /// The checksum that the service stores.
    pub(crate) fn checksum(head: &Head) -> Option<Self> {
        head.checksum.as_ref().and_then(Self::of_checksum)
    }

    /// What the uploader claims.
    pub(crate) fn claims(head: &Head) -> Vec<Self> {
        Self::all_of(head).filter(Self::is_claim).collect()
    }

    fn sha256_in_metadata(head: &Head) -> Option<Self> {
        let sum = Sum::parse_hex(Algorithm::Sha256, head.sha256()?)?;
        Some(Self { kind: Kind::Sha256InMetadata, sum })
    }

    fn md5_in_metadata(head: &Head) -> Option<Self> {
        let sum = Sum::parse(Algorithm::Md5, head.properties.metadata.get(MD5_OF_ALL)?)?;
        Some(Self { kind: Kind::Md5InMetadata, sum })
    }

    /// The ETag, where it is made of MD5s.
    pub(crate) fn etag(head: &Head) -> Option<Self> {
        head.etag.as_deref().filter(|_| head.etag_is_md5).and_then(Self::of_etag)
    }

    fn of_checksum(checksum: &Checksum) -> Option<Self> {
        let algorithm = checksum.algorithm.parse().ok()?;
        let (value, kind) = if checksum.r#type == "FULL_OBJECT" {
            (checksum.value.as_str(), Kind::FullObject)
        } else {
            let (value, parts) = checksum.value.rsplit_once('-')?;
            (value, Kind::Composite(number_of_parts(parts)?))
        };
        Some(Self { kind, sum: Sum::parse(algorithm, value)? })
    }

    fn of_etag(etag: &str) -> Option<Self> {
        let etag = etag.trim_matches('"');
        let (md5, kind) = match etag.split_once('-') {
            Some((md5, parts)) => (md5, Kind::ETagOfParts(number_of_parts(parts)?)),
            None => (etag, Kind::ETag),
        };
        Some(Self { kind, sum: Sum::parse_hex(Algorithm::Md5, md5)? })
    }

    /// The algorithm to read the file with.
    pub fn algorithm(&self) -> Algorithm {
        self.sum.algorithm()
    }

    /// Of how many parts the object was made, where this is made of their checksums.
    pub fn parts(&self) -> Option<u32> {
        match self.kind {
            Kind::Composite(parts) | Kind::ETagOfParts(parts) => Some(parts),
            _ => None,
        }
    }

    /// Whether it is an ETag: of the parts of such objects services tell less.
    pub(crate) fn is_etag(&self) -> bool {
        matches!(self.kind, Kind::ETag | Kind::ETagOfParts(_))
    }

    /// Whether the uploader claims it, and the service has not made it of the bytes.
    pub fn is_claim(&self) -> bool {
        matches!(self.kind, Kind::Sha256InMetadata | Kind::Md5InMetadata)
    }

    /// Whether it is of all bytes, by this algorithm.
    pub fn is_whole(&self, algorithm: Algorithm) -> bool {
        self.parts().is_none() && self.algorithm() == algorithm
    }

    /// What was compared, as records say it.
    pub fn name(&self) -> String {
        let algorithm = self.algorithm();
        match self.kind {
            Kind::FullObject => format!("full-object {algorithm}"),
            Kind::Composite(_) => format!("composite {algorithm}"),
            Kind::Sha256InMetadata | Kind::Md5InMetadata => format!("{algorithm} in the metadata"),
            Kind::ETag => "ETag".to_owned(),
            Kind::ETagOfParts(_) => "ETag of parts".to_owned(),
        }
    }

    /// The checksum itself: of all bytes, or of the checksums of the parts.
    pub fn sum(&self) -> &Sum {
        &self.sum
    }

    /// A checksum in the form of this evidence.
    pub fn express(&self, sum: &Sum) -> String {
        match self.kind {
            Kind::FullObject | Kind::Md5InMetadata => sum.base64(),
            Kind::Composite(parts) => format!("{}-{parts}", sum.base64()),
            Kind::Sha256InMetadata | Kind::ETag => sum.hex(),
            Kind::ETagOfParts(parts) => format!("{}-{parts}", sum.hex()),
        }
    }

    /// What the object tells, in its own form.
    pub fn found(&self) -> String {
        self.express(&self.sum)
    }
}

fn number_of_parts(text: &str) -> Option<u32> {
    text.parse().ok().filter(|parts| (1..=MOST_PARTS).contains(parts))
}

#[cfg(test)]
mod tests {
    use tt_record::Properties;

    use super::*;

    const MD5: &str = "0cc175b9c0f1b6a831c399e269772661";

    fn head(checksum: Option<(&str, &str, &str)>, etag: &str) -> Head {
        let checksum = checksum.map(|(algorithm, scope, value)| Checksum {
            algorithm: algorithm.into(),
            r#type: scope.into(),
            value: value.into(),
        });
        Head {
            size: Some(1),
            modified: jiff::Timestamp::UNIX_EPOCH,
            etag: Some(etag.into()),
            version_id: None,
            checksum,
            unknown_checksum: None,
            properties: Properties::default(),
            etag_is_md5: true,
        }
    }

    fn names(head: &Head) -> Vec<String> {
        Evidence::all_of(head).map(|evidence| format!("{}: {}", evidence.name(), evidence.found())).collect()
    }

    #[test]
    fn the_best_comes_first() {
        let mut head = head(Some(("CRC32C", "FULL_OBJECT", "AAAAAA==")), &format!("\"{MD5}-12\""));
        let sha256 = Sum::of(Algorithm::Sha256, b"a");
        let md5 = Sum::of(Algorithm::Md5, b"a");
        head.properties.metadata =
            [("sha256".into(), sha256.hex()), ("md5chksum".into(), md5.base64())].into();
        let expected = [
            "full-object CRC32C: AAAAAA==".to_owned(),
            format!("ETag of parts: {MD5}-12"),
            format!("SHA256 in the metadata: {}", sha256.hex()),
            format!("MD5 in the metadata: {}", md5.base64()),
        ];
        assert_eq!(names(&head), expected);
    }

    #[test]
    fn checksums_of_parts_say_how_many() {
        let of = |value: &str| names(&head(Some(("CRC32", "COMPOSITE", value)), "x"));
        assert_eq!(of("AAAAAA==-3"), ["composite CRC32: AAAAAA==-3"]);
        for wrong in ["AAAAAA==", "AAAAAA==-0", "AAAAAA==-10001", "AAAAAA==-99999999999"] {
            assert!(of(wrong).is_empty(), "{wrong}");
        }
    }

    #[test]
    fn what_has_another_form_is_no_evidence() {
        assert_eq!(names(&head(None, MD5)), [format!("ETag: {MD5}")]);
        for etag in ["\"0cc175\"", "\"zzc175b9c0f1b6a831c399e269772661\"", "", "0cc1-", &format!("{MD5}-x")] {
            assert_eq!(names(&head(None, etag)), [""; 0], "{etag}");
        }
        // Some services say CRC64NVME where they have computed something shorter.
        let short = head(Some(("CRC64NVME", "FULL_OBJECT", "AAAAAA==")), MD5);
        assert_eq!(names(&short), [format!("ETag: {MD5}")]);
        assert_eq!(names(&Head { etag_is_md5: false, ..short }), [""; 0]);
    }
}
