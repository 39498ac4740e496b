//! The `tt-verify` program.

/// Small objects are made of many small allocations: the C library's allocator takes a tenth of the time that they take.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    tt_cli::start("tt-verify", tt_verify::command(), tt_verify::run)
}
