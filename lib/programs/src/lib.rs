//! Programs that the tools start: where they are, what they say when they are run, and how the AWS CLI is tuned, which has
//! no flags for that.
//!
//! What they are started for, and what their output means, is up to the tools.

mod aws;
mod find;
mod run;

pub use aws::{AwsConfig, aws_endpoint};
pub use find::{find, first_of, in_path, own};
pub use run::{Run, last_lines};
