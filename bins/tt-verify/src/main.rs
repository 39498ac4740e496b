//! The `tt-verify` program.

fn main() -> std::process::ExitCode {
    tt_cli::start("tt-verify", tt_verify::command(), tt_verify::run)
}
