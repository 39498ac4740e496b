//! The local side of a transfer: what is in a tree, in S3's order, and what is in a file, read so that it is whole.
//!
//! Owns the walk, the filters, the reading of files and the memory that they are read into. Knows no network, prints
//! nothing, and follows one rule throughout: what could not be looked at is reported as unknown, never as absent.

mod buffers;
mod cause;
mod clash;
mod fence;
mod filter;
mod manner;
mod select;
mod source;
mod stat;
mod walk;

pub use buffers::{Buffer, Buffers};
pub use clash::Clashes;
pub use fence::Fence;
pub use filter::{Filter, Patterns, Rule, check_pattern};
pub use manner::Manner;
pub use select::Select;
pub use source::{OpenError, ReadError, SourceFile};
pub use stat::Attributes;
pub use walk::{Found, FoundFile, KeyRange, Landmarks, Presence, Root, Spill, Symlinks, Walk, WalkOptions};
