//! Who uploaded it, how large, in which parts, and by which evidence tt-verify proves it: whatever there is, all is proved, and
//! one bit is noticed. Other people's programs are asked where they are installed.

use std::{fs, os::unix::fs::FileExt, path::Path};

use tt_tests::{Scene, Tree, installed, modified, set_modified, tool, verify};

const MIB: usize = 1 << 20;

/// Each size, and its name in the tree.
const SIZES: [(&str, usize); 5] =
    [("1", 1), ("5MiB", 5 * MIB), ("5MiB+1", 5 * MIB + 1), ("64MiB+3", 64 * MIB + 3), ("300MiB", 300 * MIB)];

/// A row of the matrix.
struct Row {
    /// What the service keeps quiet about.
    fault: Option<&'static str>,
    /// Uploads the tree in the working directory, to s3://bucket/p/.
    upload: &'static str,
    /// By what the objects of [`SIZES`] are proved.
    by: [&'static str; 5],
}

const fn row(upload: &'static str, by: [&'static str; 5]) -> Row {
    Row { fault: None, upload, by }
}

const fn quiet(fault: &'static str, upload: &'static str, by: [&'static str; 5]) -> Row {
    Row { fault: Some(fault), upload, by }
}

/// Single requests have the first three, parts the last two.
const fn cut(single: &'static str, parts: &'static str) -> [&'static str; 5] {
    [single, single, single, parts, parts]
}

/// The first part is of more than 64 MiB.
const fn cut_late(single: &'static str, parts: &'static str) -> [&'static str; 5] {
    [single, single, single, single, parts]
}

const fn all(by: &'static str) -> [&'static str; 5] {
    [by; 5]
}

#[track_caller]
fn expect(rows: &[Row]) {
    for row in rows {
        let scene = Scene::with_faults(row.fault.as_slice());
        let mut tree = scene.tree("tree");
        for (name, size) in SIZES {
            tree.sized(name, size);
        }
        scene.run(tool("sh").args(["-e", "-c", row.upload]).env("S3_ENDPOINT_URL", scene.url())).expect(0);
        let records = scene.run(verify().args(["tree", "s3://bucket/p/"])).expect(0).records();
        assert_eq!(records.count("verified"), SIZES.len(), "{}", row.upload);
        for ((name, _), by) in SIZES.iter().zip(row.by) {
            let dst = format!("s3://bucket/p/{name}");
            let proved = records.of("verified").find(|record| record["dst"] == dst.as_str()).unwrap();
            assert_eq!(proved["by"], by, "{name} by {}: {proved}", row.upload);
        }
        flip_all(&tree);
        expect_mismatches(&scene, row);
        // What is in the metadata is not computed from the body.
        if !row.by.iter().any(|by| by.ends_with("in the metadata")) {
            flip_all(&tree);
            for (name, _) in SIZES {
                scene.stored().flip_bit(&format!("p/{name}"));
            }
            expect_mismatches(&scene, row);
        }
    }
}

#[track_caller]
fn expect_mismatches(scene: &Scene, row: &Row) {
    let records = scene.run(verify().args(["tree", "s3://bucket/p/"])).expect(1).records();
    assert_eq!(records.counts(), [("mismatch", 5)].into(), "{}", row.upload);
}

/// Flips one bit in each file, and leaves its time as it was.
fn flip_all(tree: &Tree) {
    for (name, size) in SIZES {
        flip(&tree.root.join(name), (size as u64).saturating_sub(2));
    }
}

fn flip(path: &Path, at: u64) {
    let before = modified(path);
    let file = fs::File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 4], at).unwrap();
    drop(file);
    set_modified(path, before);
}

#[test]
fn tt_push_with_each_crc() {
    expect(&[
        row("tt-plan tree s3://bucket/p/ | tt-push >/dev/null", all("full-object CRC64NVME")),
        row(
            "tt-plan tree s3://bucket/p/ | tt-push --part-size 5242883 >/dev/null",
            all("full-object CRC64NVME"),
        ),
        row("tt-plan tree s3://bucket/p/ | tt-push --checksum CRC32C >/dev/null", all("full-object CRC32C")),
        row("tt-plan tree s3://bucket/p/ | tt-push --checksum CRC32 >/dev/null", all("full-object CRC32")),
        row(
            "tt-plan tree s3://bucket/p/ | tt-push --checksum CRC32C --part-size 7MiB >/dev/null",
            all("full-object CRC32C"),
        ),
        row(
            "tt-plan tree s3://bucket/p/ | tt-push --checksum CRC32 --part-size 5242881 >/dev/null",
            all("full-object CRC32"),
        ),
    ]);
}

#[test]
fn tt_push_with_each_hash() {
    expect(&[
        row(
            "tt-plan tree s3://bucket/p/ | tt-push --checksum SHA256 >/dev/null",
            cut("full-object SHA256", "composite SHA256"),
        ),
        row(
            "tt-plan tree s3://bucket/p/ | tt-push --checksum SHA256 --part-size 5242883 >/dev/null",
            cut("full-object SHA256", "composite SHA256"),
        ),
        row(
            "tt-plan tree s3://bucket/p/ | tt-push --checksum SHA1 >/dev/null",
            cut("full-object SHA1", "composite SHA1"),
        ),
        row(
            "tt-plan tree s3://bucket/p/ | tt-push --checksum SHA1 --part-size 5242881 >/dev/null",
            cut("full-object SHA1", "composite SHA1"),
        ),
    ]);
}

#[test]
fn tt_push_where_the_service_keeps_quiet() {
    expect(&[
        quiet(
            "no-checksums",
            "tt-plan tree s3://bucket/p/ | tt-push --part-size 5242883 >/dev/null",
            cut("ETag", "ETag of parts"),
        ),
        quiet(
            "no-parts",
            "tt-plan tree s3://bucket/p/ | tt-push --checksum SHA256 >/dev/null",
            cut("full-object SHA256", "ETag of parts"),
        ),
    ]);
}

#[test]
fn the_aws_cli() {
    if installed("aws") {
        const SYNC: &str = "aws s3 sync --quiet tree s3://bucket/p/";
        expect(&[
            row(SYNC, cut("full-object CRC32", "composite CRC32")),
            row(
                "aws s3 sync --quiet --checksum-algorithm SHA256 tree s3://bucket/p/",
                cut("full-object SHA256", "composite SHA256"),
            ),
            row(
                "printf '[default]\ns3 =\n  multipart_chunksize = 11MB\n' >config; \
                 AWS_CONFIG_FILE=config aws s3 sync --quiet --checksum-algorithm SHA1 tree s3://bucket/p/",
                cut("full-object SHA1", "composite SHA1"),
            ),
            row(
                "AWS_REQUEST_CHECKSUM_CALCULATION=when_required aws s3 sync --quiet tree s3://bucket/p/",
                all("full-object CRC64NVME"),
            ),
            row(
                "printf '[default]\ns3 =\n  multipart_chunksize = 11MB\n' >config; \
                 AWS_CONFIG_FILE=config aws s3 sync --quiet tree s3://bucket/p/",
                cut("full-object CRC32", "composite CRC32"),
            ),
            quiet(
                "no-checksums",
                "AWS_REQUEST_CHECKSUM_CALCULATION=when_required aws s3 sync --quiet tree s3://bucket/p/",
                cut("ETag", "ETag of parts"),
            ),
        ]);
    }
}

#[test]
fn s5cmd() {
    if installed("s5cmd") {
        expect(&[
            row("s5cmd --log error cp tree/ s3://bucket/p/", all("full-object CRC64NVME")),
            row("s5cmd --log error cp --part-size 7 tree/ s3://bucket/p/", all("full-object CRC64NVME")),
            quiet(
                "no-checksums",
                "s5cmd --log error cp --part-size 7 tree/ s3://bucket/p/",
                cut("ETag", "ETag of parts"),
            ),
        ]);
    }
}

const RCLONE: &str = "export RCLONE_CONFIG=/dev/null; \
    r=\":s3,provider=Other,env_auth=true,region=us-east-1,endpoint='$S3_ENDPOINT_URL'\"; \
    rclone copy tree \"$r:bucket/p\"";

const RCLONE_IN_ODD_PARTS: &str = "export RCLONE_CONFIG=/dev/null; \
    r=\":s3,provider=Other,env_auth=true,region=us-east-1,endpoint='$S3_ENDPOINT_URL'\"; \
    rclone copy --s3-upload-cutoff 6M --s3-chunk-size 7M tree \"$r:bucket/p\"";

#[test]
fn rclone() {
    if installed("rclone") {
        expect(&[
            row(RCLONE, all("full-object CRC64NVME")),
            row(RCLONE_IN_ODD_PARTS, all("full-object CRC64NVME")),
            quiet("no-checksums", RCLONE, cut_late("ETag", "ETag of parts")),
            quiet("no-checksums", RCLONE_IN_ODD_PARTS, cut("ETag", "ETag of parts")),
        ]);
    }
}

#[test]
fn parts_that_only_a_guess_tells_prove_and_never_accuse() {
    let scene = Scene::with_faults(&["neither"]);
    let mut tree = scene.tree("tree");
    for (name, size) in SIZES {
        tree.sized(name, size);
    }
    scene
        .run(tool("sh").args(["-c", "tt-plan tree s3://bucket/p/ | tt-push --part-size 8MiB >/dev/null"]))
        .expect(0);
    let records = scene.run(verify().args(["tree", "s3://bucket/p/"])).expect(0).records();
    assert_eq!(records.values("verified", "by"), ["ETag", "ETag of parts"].into());
    flip_all(&tree);
    let records = scene.run(verify().args(["tree", "s3://bucket/p/"])).expect(1).records();
    assert_eq!(records.counts(), [("mismatch", 3), ("unverifiable", 2)].into());
    assert_eq!(records.values("unverifiable", "cause"), ["unknown-parts"].into());
}
