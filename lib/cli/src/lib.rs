//! The process edge that all tools share: how they start, report, read and write records, show progress and stop.
//!
//! Owns stdin, stdout, stderr, signals and exit codes, so that no other library prints or exits. Knows nothing of S3.

mod bandwidth;
mod board;
mod claim;
mod console;
mod descriptors;
mod exit;
mod input;
mod outfile;
mod output;
mod page;
mod patient;
mod place;
mod progress;
mod quantity;
mod signal;
mod start;
mod streams;
mod text;
mod thread;

pub use bandwidth::Timetable;
pub use board::Board;
pub use claim::check_distinct;
pub use console::{Console, Verbosity, print_styled};
pub use exit::Exit;
pub use input::{Input, InputFlags, Read, is_stdin};
pub use outfile::Outfile;
pub use output::{Observe, Origin, Output, Present, new_run};
pub use page::{Example, Network, Page, VARIABLES, Variable};
pub use patient::Patient;
pub use place::open_kept;
pub use progress::{LargeUnderWay, Progress, ProgressReport, RequestUnderWay, ShowProgress};
pub use quantity::{duration, human_bytes, human_duration, human_percent, percent, rate, size};
pub use signal::{Interrupt, ignores_interrupts};
pub use start::{finish, start};
pub use streams::{Stdin, stdin};
pub use text::{counted, is_hidden, printable, printable_json, printable_lines};
pub use thread::start_thread;
