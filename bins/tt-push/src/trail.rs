//! Keys in ascending order, written one after another and read back: a few bytes for each, of which little is held in memory.

use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};

use tempfile::{SpooledTempFile, spooled_tempfile, tempfile};

/// How much is held in memory; the rest is in a file without a name.
const HELD: usize = 4 << 20;

/// The keys.
#[derive(Default)]
pub(crate) enum Trail {
    #[default]
    Empty,
    Written(BufWriter<SpooledTempFile>),
    /// From the beginning.
    Read(BufReader<SpooledTempFile>),
}

impl Trail {
    /// Whether there is a place for keys that memory has no room for.
    pub(crate) fn has_a_place() -> bool {
        tempfile().is_ok()
    }

    /// Adds a key, of which only that is written in which it differs from the one before it. Nothing is added to what is read.
    pub(crate) fn push(&mut self, before: &[u8], key: &[u8]) -> io::Result<()> {
        if let Self::Empty = self {
            *self = Self::Written(BufWriter::new(spooled_tempfile(HELD)));
        }
        let Self::Written(out) = self else { return Ok(()) };
        let shared = before.iter().zip(key).take_while(|(a, b)| a == b).count();
        let rest = key.get(shared..).unwrap_or_default();
        write_number(out, shared)?;
        write_number(out, rest.len())?;
        out.write_all(rest)
    }

    /// Makes the next key of the one before it; false at the end.
    pub(crate) fn next(&mut self, key: &mut Vec<u8>) -> io::Result<bool> {
        let Self::Read(input) = self.rewound()? else { return Ok(false) };
        if input.fill_buf()?.is_empty() {
            return Ok(false);
        }
        let (shared, rest) = (read_number(input)?, read_number(input)?);
        key.truncate(shared);
        let length = key.len();
        key.resize(length + rest, 0);
        input.read_exact(key.get_mut(length..).unwrap_or_default())?;
        Ok(true)
    }

    /// Reads all of them, whatever was read before.
    pub(crate) fn read(&mut self, mut each: impl FnMut(&[u8]) -> bool) -> io::Result<()> {
        if let Self::Read(input) = self {
            input.seek(SeekFrom::Start(0))?;
        }
        let mut key = Vec::new();
        while self.next(&mut key)? {
            each(&key);
        }
        Ok(())
    }

    /// Turns from writing to reading.
    fn rewound(&mut self) -> io::Result<&mut Self> {
        if let Self::Written(_) = self
            && let Self::Written(out) = std::mem::take(self)
        {
            let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.seek(SeekFrom::Start(0))?;
            *self = Self::Read(BufReader::new(file));
        }
        Ok(self)
    }
}

/// Seven bits a byte, the lowest first.
fn write_number(out: &mut impl io::Write, mut number: usize) -> io::Result<()> {
    loop {
        let [low, ..] = (number & 0x7f).to_le_bytes();
        number >>= 7;
        if number == 0 {
            return out.write_all(&[low]);
        }
        out.write_all(&[low | 0x80])?;
    }
}

fn read_number(input: &mut impl io::Read) -> io::Result<usize> {
    let mut number = 0;
    for shift in (0..usize::BITS).step_by(7) {
        let mut byte = [0];
        input.read_exact(&mut byte)?;
        number |= usize::from(byte[0] & 0x7f) << shift;
        if byte[0] < 0x80 {
            return Ok(number);
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_as_they_went_also_more_than_fit_into_memory() {
        let keys: Vec<_> = (0..3000_u32)
            .map(|n| [vec![b'k'; (n / 2) as usize + 1], n.to_be_bytes().to_vec()].concat())
            .collect();
        let mut trail = Trail::default();
        let mut before: &[u8] = &[];
        for key in &keys {
            trail.push(before, key).unwrap();
            before = key;
        }
        let mut key = Vec::new();
        assert!(trail.next(&mut key).unwrap() && key == keys[0]);
        for _ in 0..2 {
            let mut read = Vec::new();
            trail
                .read(|key| {
                    read.push(key.to_vec());
                    true
                })
                .unwrap();
            assert!(read == keys);
        }
        assert!(!Trail::default().next(&mut key).unwrap());
    }
}
