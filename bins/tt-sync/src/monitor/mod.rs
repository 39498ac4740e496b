//! For those who watch: how the last run went and whether all is in order, as [`checks`]; [`status`] shows them, [`alerts`] tells
//! somebody.

mod alerts;
mod checks;
mod notify;
mod status;

pub(crate) use self::{alerts::alerts, status::status};
