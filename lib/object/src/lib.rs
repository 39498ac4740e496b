//! A file and its object: whether the one is the other, and what the file says of the object.
//!
//! Owns the proof ([`Prover`]): which evidence there is ([`Evidence`]), how an object was cut into parts, and the checksums of
//! files ([`Reader`]), read where that holds up nothing else ([`Disk`]); the file's attributes as metadata ([`preserved`], [`ToldTime`]), the Content-Type that a name
//! suggests, and whether an object has the properties that are wanted ([`drift`]). Decides nothing: what follows from a
//! difference is up to the tools.

mod attributes;
mod composition;
mod content_type;
mod digest;
mod disk;
mod drift;
mod evidence;
mod proof;

pub use attributes::{ACCESS_TIME, ToldTime, preserved};
pub use content_type::{content_type, is_type};
pub use digest::{HandOut, Reader, Stretch, Wanted, Watch, answer};
pub use disk::Disk;
pub use drift::drift;
pub use evidence::Evidence;
pub use proof::{Comparison, Proof, Prover, no_checksum};
