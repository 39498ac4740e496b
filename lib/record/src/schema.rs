//! The JSON Schema of a line.

use schemars::Schema;

use crate::Record;

/// JSON Schema (draft 2020-12) of one record, made from the types.
pub fn schema() -> Schema {
    schemars::schema_for!(Record)
}
