//! Configuration: [`find`] the file, read it as a [`shell`] would, put it in [`layers`] with flags and environment, and make
//! [`settings`] of them.

mod find;
mod layers;
mod reader;
mod settings;
mod shell;

pub use self::shell::{Assignment, BadLine, read_config};
pub(crate) use self::{
    find::find,
    layers::Layers,
    reader::Shown,
    settings::{DEST, Limits, Method, Settings, Tuning, logs_dir_of},
};
