//! How a file is cut into parts, and S3's limits on them.

/// The size of parts unless another one is wanted.
pub const PART_SIZE: u64 = 8 << 20;
/// S3's limits on parts, in bytes; the last part may be smaller.
pub const SMALLEST_PART: u64 = 5 << 20;
/// The largest part, and the largest object of a single request.
pub const LARGEST_PART: u64 = 5 << 30;
/// S3's limit on the number of parts.
const MOST_PARTS: u64 = 10_000;
/// The number that is left free for the mark of an upload that may be gone on with, where the object is not too large for that.
pub const MARK: u16 = 10_000;
/// The largest object, 48.8 TiB.
pub const LARGEST_OBJECT: u64 = LARGEST_PART * MOST_PARTS;

/// Up to this size a file goes in one request even where parts are smaller: two requests instead of four.
const SINGLE: u64 = 16 << 20;

/// How large part sizes are rounded up to.
const STEP: u64 = 1 << 20;

/// The parts of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    size: u64,
    part: u64,
}

/// One part: its number, from 1, and which bytes it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// S3's number of the part.
    pub number: u16,
    /// Where it begins in the file.
    pub offset: u64,
    /// How many bytes it has.
    pub length: u64,
}

impl Parts {
    /// Cuts `size` bytes into parts of about `wanted`; `None` where one request is enough.
    pub fn of(size: u64, wanted: u64) -> Option<Self> {
        if size <= wanted.max(SINGLE) {
            return None;
        }
        let needed = size.div_ceil(MOST_PARTS - 1).next_multiple_of(STEP);
        Some(Self { size, part: wanted.max(needed).min(LARGEST_PART) })
    }

    /// The same file cut into parts of another size, if that can be done.
    pub fn of_size(self, part: u64) -> Option<Self> {
        let resized = Self { part, ..self };
        ((SMALLEST_PART..=LARGEST_PART).contains(&part) && resized.leave_a_number()).then_some(resized)
    }

    /// Whether they leave a number for the mark of the upload.
    pub fn leave_a_number(self) -> bool {
        self.count() < MOST_PARTS
    }

    /// The size of all but the last, in bytes.
    pub fn part_size(self) -> u64 {
        self.part
    }

    /// How many there are.
    pub fn count(self) -> u64 {
        self.size.div_ceil(self.part)
    }

    /// All of them, in order.
    pub fn pieces(self) -> impl Iterator<Item = Piece> {
        (1..=u16::MAX)
            .zip((0..self.size).step_by(usize::try_from(self.part).unwrap_or(usize::MAX)))
            .map(move |(number, offset)| Piece { number, offset, length: self.part.min(self.size - offset) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_file_and_never_exceed_the_limits() {
        assert_eq!(Parts::of(0, 8 << 20), None);
        assert_eq!(Parts::of(16 << 20, 8 << 20), None);
        assert_eq!(Parts::of(100 << 20, 100 << 20), None);
        for (size, wanted) in [
            ((16 << 20) + 1, 8 << 20),
            (300 << 20, 5 << 20),
            (150_000_000_000, 8 << 20),
            (LARGEST_OBJECT, 8 << 20),
            (LARGEST_OBJECT, LARGEST_PART),
        ] {
            let pieces: Vec<_> = Parts::of(size, wanted).unwrap().pieces().collect();
            assert!(pieces.len() <= 10_000, "{size}: {}", pieces.len());
            assert_eq!(pieces.iter().map(|piece| piece.length).sum::<u64>(), size);
            let (last, others) = pieces.split_last().unwrap();
            assert!(others.iter().all(|piece| (SMALLEST_PART..=LARGEST_PART).contains(&piece.length)));
            assert!((1..=LARGEST_PART).contains(&last.length));
            assert!(pieces.windows(2).all(|pair| pair[0].offset + pair[0].length == pair[1].offset));
            assert!(pieces.iter().zip(1..).all(|(piece, number)| piece.number == number));
        }
    }

    #[test]
    fn only_the_largest_objects_leave_no_number_for_a_mark() {
        assert!(Parts::of(LARGEST_OBJECT - LARGEST_PART, 8 << 20).unwrap().leave_a_number());
        assert!(!Parts::of(LARGEST_OBJECT, 8 << 20).unwrap().leave_a_number());
    }

    #[test]
    fn parts_of_an_earlier_run_have_its_size() {
        let parts = Parts::of(100 << 20, 8 << 20).unwrap();
        assert_eq!(parts.of_size(5 << 20).unwrap().pieces().count(), 20);
        assert_eq!(parts.of_size(1 << 20), None);
        assert_eq!(Parts::of(LARGEST_OBJECT, 8 << 20).unwrap().of_size(5 << 20), None);
    }
}
