//! The two sides that are held against each other, a tree and the objects below a prefix: each is read ahead in a thread of
//! its own, and comes in the order of keys.
//!
//! Owns what takes part ([`Choose`]), what reading may take ([`Means`]), and the keys of which nothing may be concluded
//! ([`Unknown`]). What follows from a difference is up to the tools.

mod ahead;
mod amiss;
mod choose;
mod local;
mod means;
mod remote;
mod sides;
mod unknown;

pub use amiss::{too_long, vanished};
pub use choose::{Choose, Chosen, Names};
pub use local::{Local, place, start};
pub use means::Means;
pub use remote::{Object, Remote};
pub use sides::{Places, Sides};
pub use unknown::Unknown;
