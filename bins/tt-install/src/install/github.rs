//! The release on GitHub, or on a mirror of it: an archive for each platform, and a file with their checksums.

use std::{fs::File, path::Path};

use tt_manifest::Line;
use tt_record::{Problem, ProblemKind, shown_url};
use tt_sum::{Algorithm, Sum};
use tt_web::is_bare;

use super::{
    offer::{Means, Obtained, Offer},
    place::unwritable,
    platform::Platform,
};
use crate::{cli::From, s5cmd::Version};

/// Where s5cmd's releases are.
const RELEASES: &str = "peak/s5cmd/releases";

/// The file with the checksums of a release.
const CHECKSUMS: &str = "s5cmd_checksums.txt";

/// The release of that version, or the latest one.
pub(super) fn offer<'a>(
    means: &'a Means,
    base: &str,
    wanted: Option<&Version>,
) -> Result<Offer<'a>, Problem> {
    let platform = Platform::here()?;
    let version = match wanted {
        Some(version) => version.clone(),
        None => latest(means, base)?,
    };
    let archive = platform.archive(&version);
    let site = format!("{base}/{RELEASES}/download/v{version}");
    let url = format!("{site}/{archive}");
    let known = platform.known_sum(&version);
    if known.is_none() && is_bare(base) {
        let what = "whoever is in between can exchange both the archive and its checksum";
        means.console.warn(format_args!("{} is plain http: {what}", shown_url(base)));
    }
    Ok(Offer {
        from: From::Github,
        version: Some(version),
        what: shown_url(&url),
        obtain: Box::new(move |scratch| {
            let checksums = means.fetcher.text(&format!("{site}/{CHECKSUMS}"), "*/*")?;
            let expected = listed(&checksums, &archive, known)?;
            obtain(means, platform, &url, &expected, scratch)
        }),
    })
}

/// The version that the page of the latest release leads to. That costs no request of GitHub's API, which are few.
fn latest(means: &Means, base: &str) -> Result<Version, Problem> {
    let url = format!("{base}/{RELEASES}/latest");
    let target = means.fetcher.redirection(&url)?.unwrap_or_default();
    let tag = target.rsplit_once("/tag/").map(|(_, tag)| tag);
    tag.and_then(|tag| tag.parse().ok()).ok_or_else(|| {
        Problem::new(ProblemKind::NoSource, format!("{} does not lead to a release", shown_url(&url)))
            .hint("name a version, such as 2.3.0, or check the URL of the mirror")
    })
}

/// Fetches an archive that must have this checksum, and the s5cmd in it.
pub(super) fn obtain(
    means: &Means,
    platform: &Platform,
    url: &str,
    expected: &Sum,
    scratch: &Path,
) -> Result<Obtained, Problem> {
    let path = scratch.join("archive");
    let file = File::create(&path).map_err(|e| unwritable(scratch, &e))?;
    let found = means.fetcher.file(url, &file)?;
    let what = shown_url(url);
    confirm(&what, expected, &found)?;
    let (program, version) = means.unpack(&path, platform, scratch)?;
    Ok(Obtained { program, version, what, sha256: Some(found.hex()), placed: false })
}

/// Fails unless an archive has the checksum that it must have.
pub(super) fn confirm(what: &str, expected: &Sum, found: &Sum) -> Result<(), Problem> {
    if expected == found {
        return Ok(());
    }
    let message = format!("{what} has the SHA-256 {}, and must have {}", found.hex(), expected.hex());
    Err(Problem::new(ProblemKind::Corrupt, message)
        .hint("it is damaged, or somebody exchanged it: don't use it; nothing was changed"))
}

/// The checksum that the release lists for an archive, which must be the one that is known of it, if any is.
fn listed(checksums: &str, archive: &str, known: Option<&str>) -> Result<Sum, Problem> {
    let corrupt = |message| {
        Problem::new(ProblemKind::Corrupt, message).hint(
            "without a checksum that can be trusted nothing is installed; report it to whoever runs the site",
        )
    };
    let sum = sum_of(checksums, archive)
        .ok_or_else(|| corrupt(format!("{CHECKSUMS} of the release lists no SHA-256 of {archive}")))?;
    match known {
        Some(known) if known != sum.hex() => {
            let message =
                format!("{CHECKSUMS} lists {} for {archive}, which is known to have {known}", sum.hex());
            Err(corrupt(message))
        }
        _ => Ok(sum),
    }
}

fn sum_of(checksums: &str, archive: &str) -> Option<Sum> {
    checksums
        .lines()
        .filter_map(|line| Line::parse(line.as_bytes()).ok()?)
        .find(|line| line.name == archive && line.sum.algorithm() == Algorithm::Sha256)
        .map(|line| line.sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMS: &str = "\
de0fdbfa3aceae55e069ba81a0fc17b2026567637603734a387b2fca06c299b4  s5cmd_2.3.0_Linux-64bit.tar.gz
1439f0d00ecedcd2a2f1f2c6749bbb0152b2257bf5086f29646ec8ae38798e24  s5cmd_2.3.0_Linux-arm64.tar.gz
df6f76f6d317c4d051ad083219ed36eb8d8e5ebc55ceeeb91f5e66cdc3ac71fb  s5cmd_2.3.0_macOS-64bit.tar.gz
ae007bc96276f498ae3c1fb017e57630cf93ef260cfe7e97b365522e240c973f  s5cmd_2.3.0_macOS-arm64.tar.gz
";

    #[test]
    fn every_platform_finds_its_line() {
        for (platform, start) in [
            ("Linux-64bit", "de0fdbfa"),
            ("Linux-arm64", "1439f0d0"),
            ("macOS-64bit", "df6f76f6"),
            ("macOS-arm64", "ae007bc9"),
        ] {
            let archive = format!("s5cmd_2.3.0_{platform}.tar.gz");
            assert!(listed(SUMS, &archive, None).unwrap().hex().starts_with(start));
        }
    }

    #[test]
    fn a_checksum_must_be_there_and_be_the_known_one() {
        let archive = "s5cmd_2.3.0_Linux-64bit.tar.gz";
        let known = "de0fdbfa3aceae55e069ba81a0fc17b2026567637603734a387b2fca06c299b4";
        assert!(listed(SUMS, archive, Some(known)).is_ok());
        let md5 = format!("d41d8cd98f00b204e9800998ecf8427e  {archive}");
        for (sums, known, why) in [
            (SUMS, Some("00"), "is known to have 00"),
            ("", None, "lists no SHA-256"),
            ("<html>", None, "lists no SHA-256"),
            (&md5, None, "lists no SHA-256"),
            (&SUMS.replace("Linux-64bit", "Linux_amd64"), None, "lists no SHA-256"),
        ] {
            let problem = listed(sums, archive, known).unwrap_err();
            assert!(problem.kind == ProblemKind::Corrupt && problem.message.contains(why), "{problem}");
        }
    }
}
