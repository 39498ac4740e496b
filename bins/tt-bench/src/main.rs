//! The `tt-bench` program.

fn main() -> std::process::ExitCode {
    tt_cli::start("tt-bench", tt_bench::command(), tt_bench::run)
}
