//! One line: a checksum and a name.
//!
//! ```text
//! d7a8…7e4d  a/file                       sha256sum, md5sum, shasum, cksum --untagged
//! d7a8…7e4d *a/file                       the same of a "binary" file, and openssl dgst -r
//! XXH3_d7a8…7e4d  a/file                  xxhsum -H3
//! SHA256 (a/file) = d7a8…7e4d             cksum -a sha256, the BSDs, shasum --tag; openssl dgst with other spaces
//! \d7a8…7e4d  a\nfile                     a name with a line feed, a carriage return or a backslash
//! ```

use std::fmt;

use tt_sum::{Algorithm, Sum};

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The checksum of the file's bytes.
    pub sum: Sum,
    /// The file's name, relative to where the manifest belongs.
    pub name: String,
}

/// Why a line says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadLine {
    /// It has not the form of one.
    Form,
    /// Its checksum is none of those that S3 knows.
    Algorithm,
    /// After a backslash in an escaped name stands what means nothing.
    Escape,
    /// The name is absolute.
    Absolute,
    /// The name leads out of where the manifest belongs.
    Outside,
    /// The name is no name of a file: empty, or that of a directory.
    NoFile,
    /// The name is not UTF-8.
    NotUtf8,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => {
                "it is no line of a manifest: neither \"CHECKSUM  NAME\" nor \"SHA256 (NAME) = CHECKSUM\""
            }
            Self::Algorithm => "its checksum is none that S3 knows: those are SHA512, SHA256, SHA1, MD5, XXH3, XXH64, XXH128 and the CRCs, \
                 and of 16 digits a tag has to say which: \"XXH64 (NAME) = CHECKSUM\"",
            Self::Escape => "its name is escaped, but after a backslash stands neither n, r nor a backslash",
            Self::Absolute => "its name is absolute, and has no place below the prefix",
            Self::Outside => "its name has a .. in it, and has no place below the prefix",
            Self::NoFile => "its name is that of no file",
            Self::NotUtf8 => "its name is not UTF-8, so that it can't be the key of an object",
        })
    }
}

impl std::error::Error for BadLine {}

impl Line {
    /// Reads a line without its line feed. None where it says nothing: a comment, or a blank one.
    pub fn parse(line: &[u8]) -> Result<Option<Self>, BadLine> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.first() == Some(&b'#') || line.trim_ascii().is_empty() {
            return Ok(None);
        }
        let (escaped, line) = match line.strip_prefix(b"\\") {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        // A name may look like what the other form has behind its tag: `DIGITS  (a) = b`.
        let (sum, name) = untagged(line).or_else(|why| {
            let (tag, name, digits) = tagged(line).ok_or(why)?;
            Ok((of_tag(tag, digits)?, name))
        })?;
        let name = if escaped { unescaped(name)? } else { name.to_owned() };
        Ok(Some(Self { sum, name: relative(name)? }))
    }
}

/// The parts of `TAG (NAME) = DIGITS`. A name may hold anything, so the last `) =` or `)=` ends it.
fn tagged(line: &[u8]) -> Option<(&str, &[u8], &str)> {
    let open = line.iter().position(|&byte| byte == b'(')?;
    let tag = str::from_utf8(&line[..open]).ok()?.trim_end();
    let equals = line.iter().rposition(|&byte| !is_digit(byte) && byte != b'=' && byte != b' ')?;
    let (name, rest) = (line.get(open + 1..equals)?, &line[equals..]);
    let rest = str::from_utf8(rest.strip_prefix(b")")?).ok()?.trim_start();
    let is_tag =
        !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-/".contains(&byte));
    is_tag.then_some((tag, name, rest.strip_prefix('=')?.trim()))
}

/// Whether hexadecimal or base64 may hold it.
fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

fn of_tag(tag: &str, digits: &str) -> Result<Sum, BadLine> {
    let tag = tag.to_ascii_uppercase();
    let plain = tag.strip_prefix("SHA2-").map_or_else(|| tag.replace('-', ""), |bits| format!("SHA{bits}"));
    let algorithm: Algorithm = match plain.as_str() {
        "XXH64" => Algorithm::Xxhash64,
        // xxhsum writes the first, rclone and others the second.
        "XXH3" | "XXH364" => Algorithm::Xxhash3,
        "XXH128" | "XXH3128" => Algorithm::Xxhash128,
        plain => plain.parse().map_err(|_| BadLine::Algorithm)?,
    };
    Sum::parse_hex(algorithm, digits).or_else(|| Sum::parse(algorithm, digits)).ok_or(BadLine::Form)
}

/// What `DIGITS  NAME` says: the algorithm follows from the number of digits, or from what xxhsum puts before those of XXH3.
fn untagged(line: &[u8]) -> Result<(Sum, &[u8]), BadLine> {
    let (is_xxh3, line) = line.strip_prefix(b"XXH3_").map_or((false, line), |line| (true, line));
    let end = line.iter().position(|byte| !byte.is_ascii_hexdigit()).ok_or(BadLine::Form)?;
    let (digits, rest) = line.split_at(end);
    let digits = str::from_utf8(digits).map_err(|_| BadLine::Form)?;
    let name = rest.strip_prefix(b" ").or_else(|| rest.strip_prefix(b"\t")).ok_or(BadLine::Form)?;
    let name = name.strip_prefix(b" ").or_else(|| name.strip_prefix(b"*")).unwrap_or(name);
    let algorithm = match digits.len() {
        16 if is_xxh3 => Algorithm::Xxhash3,
        _ if is_xxh3 => return Err(BadLine::Form),
        8 => Algorithm::Crc32,
        32 => Algorithm::Md5,
        40 => Algorithm::Sha1,
        64 => Algorithm::Sha256,
        128 => Algorithm::Sha512,
        16 | 56 | 96 => return Err(BadLine::Algorithm),
        _ => return Err(BadLine::Form),
    };
    Ok((Sum::parse_hex(algorithm, digits).ok_or(BadLine::Form)?, name))
}

fn unescaped(name: &[u8]) -> Result<Vec<u8>, BadLine> {
    let (mut plain, mut bytes) = (Vec::with_capacity(name.len()), name.iter());
    while let Some(&byte) = bytes.next() {
        plain.push(match (byte, byte == b'\\') {
            (byte, false) => byte,
            _ => match bytes.next() {
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b'\\') => b'\\',
                _ => return Err(BadLine::Escape),
            },
        });
    }
    Ok(plain)
}

/// The name without what says nothing at its beginning, if it stays below where it begins.
fn relative(name: Vec<u8>) -> Result<String, BadLine> {
    let name = String::from_utf8(name).map_err(|_| BadLine::NotUtf8)?;
    if name.starts_with('/') {
        return Err(BadLine::Absolute);
    }
    let mut plain = name.as_str();
    while let Some(rest) = plain.strip_prefix("./") {
        plain = rest.trim_start_matches('/');
    }
    if plain.split('/').any(|part| part == "..") {
        return Err(BadLine::Outside);
    }
    if plain.is_empty() || plain == "." || plain.ends_with('/') || plain.contains('\0') {
        return Err(BadLine::NoFile);
    }
    Ok(plain.to_owned())
}

/// The line of a file, with its line feed, as GNU writes it.
pub(crate) fn written(sum: &str, name: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(sum.len() + name.len() + 4);
    let special = |byte: &u8| matches!(byte, b'\\' | b'\n' | b'\r');
    if name.iter().any(special) {
        line.push(b'\\');
    }
    line.extend_from_slice(sum.as_bytes());
    line.extend_from_slice(b"  ");
    for byte in name {
        match byte {
            b'\\' => line.extend_from_slice(b"\\\\"),
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            byte => line.push(*byte),
        }
    }
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(algorithm: Algorithm) -> Sum {
        Sum::of(algorithm, b"x")
    }

    fn parsed(line: &str) -> Result<Option<(Sum, String)>, BadLine> {
        Line::parse(line.as_bytes()).map(|line| line.map(|line| (line.sum, line.name)))
    }

    #[test]
    fn each_form_is_read() {
        use Algorithm::{Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256, Sha512, Xxhash3, Xxhash64, Xxhash128};
        let hex = |algorithm| sum(algorithm).hex();
        for (line, algorithm, name) in [
            (format!("{}  a/b c", hex(Sha256)), Sha256, "a/b c"),
            (format!("{} *a", hex(Md5)), Md5, "a"),
            (format!("{} a", hex(Sha1)), Sha1, "a"),
            (format!("{}\ta", hex(Crc32)), Crc32, "a"),
            (format!("{}  a\r", hex(Sha1).to_uppercase()), Sha1, "a"),
            (format!("{}  ././/a", hex(Sha1)), Sha1, "a"),
            (format!("{}   a", hex(Sha1)), Sha1, " a"),
            (format!("{}  **", hex(Sha1)), Sha1, "**"),
            (format!("\\{}  a\\n\\r\\\\b", hex(Sha1)), Sha1, "a\n\r\\b"),
            (format!("{}  a\\nb", hex(Sha1)), Sha1, "a\\nb"),
            (format!("{}  a (b) = c", hex(Sha1)), Sha1, "a (b) = c"),
            (format!("{}  (b) = c", hex(Sha1)), Sha1, "(b) = c"),
            (format!("SHA256 (a) = {}", hex(Sha256)), Sha256, "a"),
            (format!("SHA256 (a) = {}", sum(Sha256).base64()), Sha256, "a"),
            (format!("\\SHA1 (a\\nb) = {}", hex(Sha1)), Sha1, "a\nb"),
            (format!("MD5 (a) = b) = {}", hex(Md5)), Md5, "a) = b"),
            (format!("SHA2-256(a)= {}", hex(Sha256)), Sha256, "a"),
            (format!("SHA1(a (b))= {}", hex(Sha1)), Sha1, "a (b)"),
            (format!("{}  a", hex(Sha512)), Sha512, "a"),
            (format!("SHA512 (a) = {}", hex(Sha512)), Sha512, "a"),
            (format!("XXH64 (a) = {}", hex(Xxhash64)), Xxhash64, "a"),
            (format!("XXH3_{}  a", hex(Xxhash3)), Xxhash3, "a"),
            (format!("XXH3 (a) = {}", hex(Xxhash3)), Xxhash3, "a"),
            (format!("XXH128 (a) = {}", hex(Xxhash128)), Xxhash128, "a"),
            (format!("XXHASH3 (a) = {}", sum(Xxhash3).base64()), Xxhash3, "a"),
            (format!("crc32c (a) = {}", hex(Crc32c)), Crc32c, "a"),
            (format!("CRC64NVME (a) = {}", hex(Crc64Nvme)), Crc64Nvme, "a"),
        ] {
            assert_eq!(parsed(&line), Ok(Some((sum(algorithm), name.to_owned()))), "{line}");
        }
        for line in ["", " ", "# a  b", "\r"] {
            assert_eq!(parsed(line), Ok(None), "{line:?}");
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        let hex = sum(Algorithm::Sha256).hex();
        for (line, why) in [
            ("hello world".to_owned(), BadLine::Form),
            (hex.clone(), BadLine::Form),
            (format!("{}  a", &hex[1..]), BadLine::Form),
            (format!("{hex}-a"), BadLine::Form),
            (format!("MD5 (a) = {hex}"), BadLine::Form),
            (format!("{}  a", &hex[..16]), BadLine::Algorithm),
            (format!("SHA512 (a) = {hex}"), BadLine::Form),
            (format!("SHA384 (a) = {hex}{hex}"), BadLine::Algorithm),
            (format!("BLAKE2b (a) = {hex}"), BadLine::Algorithm),
            (format!("\\{hex}  a\\tb"), BadLine::Escape),
            (format!("\\{hex}  a\\"), BadLine::Escape),
            (format!("{hex}  /a"), BadLine::Absolute),
            (format!("{hex}  a/../b"), BadLine::Outside),
            (format!("{hex}  ./.."), BadLine::Outside),
            (format!("{hex}  "), BadLine::NoFile),
            (format!("{hex}  ./"), BadLine::NoFile),
            (format!("{hex}  a/"), BadLine::NoFile),
        ] {
            assert_eq!(parsed(&line), Err(why), "{line}");
        }
        let line = [hex.as_bytes(), b"  \xff"].concat();
        assert_eq!(Line::parse(&line), Err(BadLine::NotUtf8));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(name in "[^/\0][^/\0]{0,20}x") {
            let sum = sum(Algorithm::Sha256);
            let line = written(&sum.hex(), name.as_bytes());
            let line = line.strip_suffix(b"\n").unwrap();
            prop_assert!(!line.contains(&b'\n'));
            prop_assert_eq!(Line::parse(line), Ok(Some(Line { sum, name })));
        }

        #[test]
        fn nothing_breaks_it(line in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Line::parse(&line);
        }
    }
}
