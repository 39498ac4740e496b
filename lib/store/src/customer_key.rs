//! A key that the customer brings for the encryption of objects (SSE-C). S3 forgets it after each request.

use std::{fmt, fs, path::Path};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use tt_sum::{Algorithm, Sum};

const LENGTH: usize = 32;

/// A key for AES-256. It shows in nothing but requests.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomerKey([u8; LENGTH]);

impl CustomerKey {
    /// Reads a file that holds the key's 32 bytes, or their base64. It is read once, so it may be a pipe.
    pub fn read(path: &str) -> Result<Self, String> {
        let bytes = fs::read(Path::new(path)).map_err(|e| format!("can't read it: {e}"))?;
        let decoded = || BASE64_STANDARD.decode(bytes.trim_ascii()).ok();
        let key = <[u8; LENGTH]>::try_from(bytes.as_slice())
            .ok()
            .or_else(|| decoded().and_then(|key| key.try_into().ok()));
        key.map(Self).ok_or_else(|| "it must hold 32 bytes, or the base64 of 32 bytes".to_owned())
    }

    pub(crate) fn base64(&self) -> String {
        BASE64_STANDARD.encode(self.0)
    }

    /// How S3 sees that it got the key as it was sent, and names the key in its answers.
    pub fn md5(&self) -> String {
        Sum::of(Algorithm::Md5, &self.0).base64()
    }
}

impl From<[u8; LENGTH]> for CustomerKey {
    fn from(key: [u8; LENGTH]) -> Self {
        Self(key)
    }
}

impl fmt::Debug for CustomerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomerKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shows_in_nothing() {
        let key = CustomerKey::from([7; LENGTH]);
        assert_eq!(format!("{key:?}"), "CustomerKey(…)");
        assert_eq!((key.base64().len(), key.md5().len()), (44, 24));
    }
}
