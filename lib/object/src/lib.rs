//! A file and its object: whether the one is the other, and what the file says of the object.
//!
//! Owns the evidence ([`Evidence`], [`sum_of_file`]), the file's attributes as metadata ([`preserved`], [`ToldTime`]), the
//! Content-Type that a name suggests, and whether an object has the properties that are wanted ([`drift`]). Asks S3 for
//! nothing and decides nothing: what follows from a difference is up to the tools.

mod attributes;
mod content_type;
mod drift;
mod evidence;
mod reading;

pub use attributes::{ACCESS_TIME, ToldTime, preserved};
pub use content_type::{content_type, is_type};
pub use drift::drift;
pub use evidence::Evidence;
pub use reading::sum_of_file;
