//! The `tt-push` program.

/// Small objects are made of many small allocations: the C library's allocator takes a tenth of the time that they take.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    tt_cli::start("tt-push", tt_push::command(), tt_push::run)
}
