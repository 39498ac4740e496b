//! Paths that are not UTF-8.

use std::{
    borrow::Cow,
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// The bytes of a path, which travel as base64. A record that holds anything else in their place can't be read: then another
/// file would be opened than the one that is meant.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct PathBytes(Vec<u8>);

impl PathBytes {
    /// The path.
    pub fn path(&self) -> PathBuf {
        OsString::from_vec(self.0.clone()).into()
    }
}

impl From<&Path> for PathBytes {
    fn from(path: &Path) -> Self {
        Self(path.as_os_str().as_bytes().to_vec())
    }
}

impl Serialize for PathBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for PathBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let bytes = BASE64_STANDARD.decode(text.as_bytes());
        bytes.map(Self).map_err(|e| D::Error::custom(format!("src_b64 is not base64: {e}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    #[test]
    fn a_path_that_is_not_utf8_survives() {
        let path = PathBuf::from(OsString::from_vec(b"/a/\xff\xfe".to_vec()));
        let source = Source::from(path.as_path());
        assert!(source.src_b64.is_some());
        let text = serde_json::to_string(&source).unwrap();
        assert_eq!(serde_json::from_str::<Source>(&text).unwrap().path(), path);
    }

    #[test]
    fn bytes_that_cannot_be_decoded_are_no_path() {
        for wrong in ["%", "YQ", "Y Q=", "YQ==="] {
            let text = format!(r#"{{"src":"/a","src_b64":"{wrong}"}}"#);
            assert!(serde_json::from_str::<Source>(&text).is_err(), "{wrong}");
        }
    }
}
