//! README.md and docs: every command in them runs as it is written, and every link leads somewhere.
//!
//! Which blocks run, and how, is said in CONTRIBUTING.md: [`page`] reads the Markdown, [`shell`] runs a section, [`links`]
//! follows links. Each section is a test of its own, so the output names it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a page that can't be read has to fail the test"
)]

mod links;
mod page;
mod shell;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use libtest_mimic::{Arguments, Failed, Trial};

use self::page::Page;

/// A section with this heading is run before each other section of its page.
const PLACE: &str = "A place to try it";

/// The top of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// README.md and its like, and what is below docs, relative to the top, in order.
fn paths() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![PathBuf::new(), PathBuf::from("docs")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(root().join(&directory)).unwrap().map(Result::unwrap) {
            let path = directory.join(entry.file_name());
            if directory.starts_with("docs") && entry.file_type().unwrap().is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// One test for each section with commands. Those of docs/examples are run by the end-to-end tests.
fn commands(page: &Page) -> Vec<Trial> {
    if page.path.starts_with("docs/examples") {
        return Vec::new();
    }
    let name = page.path.strip_prefix("docs").unwrap_or(&page.path).display().to_string();
    let place = page.sections.iter().find(|section| section.title == PLACE);
    let elsewhere = page.sections.iter().filter_map(|section| {
        let title = format!("{name}: {} (not run: it needs {})", section.title, section.needs()?);
        Some(Trial::test(title, || Ok(())).with_ignored_flag(true))
    });
    let sections = page.sections.iter().filter(|section| section.title != PLACE && section.runs());
    let trials = sections.map(|section| {
        let work = shell::Work::new(place, section);
        let missing = work.missing();
        let wanted = missing.map_or(String::new(), |program| format!(" (SKIPPED: no {program})"));
        let title = format!("{name}: {}{wanted}", section.title);
        Trial::test(title, move || work.run().map_err(Failed::from)).with_ignored_flag(missing.is_some())
    });
    trials.chain(elsewhere).collect()
}

fn main() -> ExitCode {
    let pages: Vec<_> = paths().iter().map(|path| Page::read(root(), path)).collect();
    let mut trials: Vec<_> = pages.iter().flat_map(commands).collect();
    trials.push(Trial::test("every link leads somewhere", move || {
        links::check(root(), &pages).map_err(Failed::from)
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
