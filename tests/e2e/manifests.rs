//! Manifests: what sha256sum and its like have written is proved, and what is verified is written so that they take it.

use std::{
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use tt_tests::{Records, Scene, Stage, Tree, plan, push, tool, verify};

const DEST: &str = "s3://bucket/p/";

/// A scene with its tree uploaded, with a checksum of this kind.
fn uploaded(algorithm: &str) -> (Scene, Tree, PathBuf) {
    let scene = Scene::new();
    let mut tree = scene.tree("tree");
    tree.many("small", 5);
    tree.file("empty", "");
    tree.file("back\\slash", "odd");
    tree.file("new\nline", "odder");
    tree.sized("large", 17 << 20);
    let push = push().args(["--checksum", algorithm]);
    let outcome = scene.pipeline([plan(&tree, DEST), push]).run().expect_all(&[0, 0]);
    let results = scene.write("results.ndjson", outcome.stdout());
    (scene, tree, results)
}

/// What a program that sums files writes of the whole tree.
fn sums(tree: &Tree, program: &str, flags: &[&str]) -> Vec<u8> {
    let find = "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 \"$@\"";
    let args = ["-c", find, "sh", program];
    let output = Command::new("sh").args(args).args(flags).current_dir(&tree.root).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

fn against(manifest: &Path, operands: &[&OsStr]) -> Stage {
    verify().arg("--sums").arg(manifest).args(operands)
}

fn verified(scene: &Scene, stage: Stage, by: &[&str]) -> Records {
    let records = scene.run(stage).expect(0).expect_silence().records();
    assert_eq!((records.count("verified"), records.items.len()), (9, 9));
    assert_eq!(records.values("verified", "by"), by.iter().copied().collect());
    records
}

#[test]
fn no_file_is_needed_where_s3_keeps_that_kind() {
    let (scene, tree, _results) = uploaded("crc32");
    let tagged = String::from_utf8(sums(&tree, "md5sum", &["--tag"])).unwrap();
    // Of an object in parts the ETag is another one.
    let of_small_files = tagged.lines().filter(|line| !line.contains("large"));
    let single: String = of_small_files.flat_map(|line| [line, "\r\n"]).collect();
    let manifest = scene.write("MD5SUMS", format!("# of the tree\n\n{single}"));
    fs::remove_dir_all(&tree.root).unwrap();
    let records = scene.run(against(&manifest, &[DEST.as_ref()])).expect(0).expect_silence().records();
    assert_eq!((records.count("verified"), records.items.len()), (8, 8));
    assert_eq!(records.values("verified", "by"), ["ETag"].into());
    assert_eq!(records.begin["dest"], DEST);
    assert!(records.items.iter().all(|record| record.get("src").is_none()));
}

#[test]
fn the_file_is_read_where_s3_keeps_another_kind() {
    let (scene, tree, _results) = uploaded("crc64nvme");
    for (program, flags) in [("sha256sum", &["--binary"][..]), ("sha1sum", &[]), ("md5sum", &["--tag"])] {
        let manifest = scene.write("SUMS", sums(&tree, program, flags));
        let stage = against(&manifest, &[tree.root.as_os_str(), DEST.as_ref()]);
        let records = scene.run(stage).expect(0).expect_silence().records();
        assert_eq!((records.count("verified"), records.items.len()), (9, 9), "{program}");
        assert!(records.values("verified", "by").contains("full-object CRC64NVME"), "{program}");
    }
    let manifest = scene.write("SUMS", sums(&tree, "sha256sum", &[]));
    let records = scene.run(against(&manifest, &[DEST.as_ref()])).expect(1).records();
    assert_eq!(records.values("unverifiable", "cause"), ["other-algorithm"].into());
    assert_eq!(records.count("unverifiable"), 9);
    verified(&scene, against(&manifest, &[DEST.as_ref()]).arg("--download"), &["downloaded bytes"]);
    let source = against(&manifest, &[tree.root.as_os_str(), DEST.as_ref()]);
    verified(&scene, source.arg("--download=always"), &["downloaded bytes"]);
}

#[test]
fn a_manifest_may_come_by_a_pipe() {
    let (scene, tree, _results) = uploaded("crc64nvme");
    let manifest = scene.write("SUMS", sums(&tree, "sha256sum", &[]));
    let stages = [tool("cat").arg(manifest), against("-".as_ref(), &[tree.root.as_os_str(), DEST.as_ref()])];
    let records = scene.pipeline(stages).run().expect_all(&[0, 0]).records();
    assert_eq!(records.count("verified"), 9);
}

#[test]
fn what_is_not_as_listed_is_named() {
    let (scene, tree, _results) = uploaded("crc64nvme");
    let manifest = scene.write("SUMS", sums(&tree, "sha256sum", &[]));
    fs::write(tree.root.join("small/00001"), "small X").unwrap();
    scene.stored().flip_bit("p/small/00002");
    fs::remove_file(scene.stored().body("p/small/00003")).unwrap();
    fs::remove_file(tree.root.join("small/00004")).unwrap();
    let records = scene.run(against(&manifest, &[tree.root.as_os_str(), DEST.as_ref()])).expect(1).records();
    let object = |name: &str| format!("{DEST}small/{name}");
    let names = [object("00001"), object("00002")];
    assert_eq!(records.objects("mismatch"), names.iter().map(String::as_str).collect());
    assert_eq!(records.values("mismatch", "cause"), ["not-as-listed"].into());
    let notes: Vec<_> = records.values("mismatch", "note").into_iter().collect();
    assert!(notes.iter().any(|note| note.starts_with("the file is not what")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("and the object is not")), "{notes:?}");
    assert_eq!(records.objects("missing"), [object("00003").as_str()].into());
    assert_eq!(records.objects("fail"), [object("00004").as_str()].into());
    assert_eq!(records.count("verified"), 5);
}

#[test]
fn a_broken_manifest_is_refused_before_anything_is_asked() {
    let (scene, tree, _results) = uploaded("crc64nvme");
    let whole = String::from_utf8(sums(&tree, "sha256sum", &[])).unwrap();
    let zeros = "0".repeat(64);
    let before = scene.stats().operations;
    for (text, said) in [
        (format!("{whole}\nhello\n"), "line 11 of "),
        (format!("{whole}{zeros}  ../outside\n"), "line 10 of "),
        (format!("{whole}{zeros}  /absolute\n"), "line 10 of "),
        (format!("{whole}{zeros}  large\n"), "different checksums of \"large\""),
        ("# nothing\n".to_owned(), "lists no files"),
    ] {
        let manifest = scene.write("SUMS", text);
        let outcome = scene.run(against(&manifest, &[DEST.as_ref()])).expect(65).expect_hint(0);
        let records = outcome.expect_said(0, said).records();
        assert_eq!((records.counts(), records.is_incomplete()), ([("fail", 1)].into(), true));
    }
    assert_eq!(scene.stats().operations, before);
}

#[test]
fn what_cannot_be_is_wrong_usage() {
    let scene = Scene::new();
    let manifest = scene.write("SUMS", "");
    for operands in [&["no-url"][..], &[], &["a", "b", DEST], &[DEST, "tree"]] {
        scene.run(verify().arg("--sums").arg(&manifest).args(operands)).expect(64).expect_hint(0);
    }
    scene.run(verify().args(["--write-sums", "-"])).expect(64).expect_hint(0);
    let nowhere = against(&manifest, &["nowhere".as_ref(), DEST.as_ref()]);
    scene.run(nowhere).expect(66).expect_hint(0).expect_said(0, "nowhere");
    scene.run(against("nothing".as_ref(), &[DEST.as_ref()])).expect(74).expect_hint(0);
}

/// What sha256sum says of the tree with this manifest.
fn check(tree: &Tree, manifest: &Path) -> bool {
    let mut command = Command::new("sha256sum");
    command.args(["--check", "--strict", "--quiet"]).arg(manifest).current_dir(&tree.root);
    command.status().unwrap().success()
}

#[test]
fn sha256sum_takes_what_is_written() {
    let (scene, tree, results) = uploaded("crc64nvme");
    let written = scene.path("WRITTEN");
    scene.run(verify().arg(&results).arg("--write-sums").arg(&written)).expect(0).expect_silence();
    let expected = String::from_utf8(sums(&tree, "sha256sum", &[])).unwrap().replace("  ./", "  ");
    let mut expected: Vec<_> = expected.lines().map(str::to_owned).collect();
    let text = fs::read_to_string(&written).unwrap();
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    expected.sort();
    lines.sort();
    assert_eq!(lines, expected);
    assert!(check(&tree, &written));
    // What is written can be read, and written again.
    let again = scene.path("AGAIN");
    let stage = against(&written, &[tree.root.as_os_str(), DEST.as_ref()]).arg("--write-sums").arg(&again);
    verified(&scene, stage, &["full-object CRC64NVME"]);
    assert_eq!(fs::read_to_string(again).unwrap(), text);
}

#[test]
fn only_what_is_verified_is_listed() {
    let (scene, tree, results) = uploaded("crc64nvme");
    scene.stored().flip_bit("p/large");
    let written = scene.write("WRITTEN", "older");
    scene.run(verify().arg(&results).arg("--write-sums").arg(&written)).expect(1);
    let text = fs::read_to_string(&written).unwrap();
    assert!(text.lines().count() == 8 && !text.contains("large"), "{text}");
    assert!(check(&tree, &written));
}

#[test]
fn of_a_piece_no_manifest_is_left() {
    let (scene, _tree, results) = uploaded("crc64nvme");
    let whole = fs::read_to_string(&results).unwrap();
    let cut: String = whole.lines().take(4).flat_map(|line| [line, "\n"]).collect();
    let (results, written) = (scene.write("cut.ndjson", cut), scene.write("WRITTEN", "older"));
    scene.run(verify().arg(results).arg("--write-sums").arg(&written)).expect(65);
    assert_eq!(fs::read_to_string(&written).unwrap(), "older");
}

#[test]
fn a_manifest_that_cannot_be_written_is_told_before_anything_is_read() {
    let (scene, _tree, results) = uploaded("crc64nvme");
    let outcome = scene.run(verify().arg(results).args(["--write-sums", "no/such/directory/SUMS"]));
    assert!(outcome.expect(74).expect_hint(0).stdout().is_empty());
}

#[test]
fn names_that_are_not_utf8_are_listed_as_they_are() {
    let (scene, tree, results) = uploaded("crc64nvme");
    let odd = tree.root.join(OsStr::from_bytes(b"\xff\n"));
    fs::write(&odd, "odd").unwrap();
    let encode = Command::new("sh").args(["-c", "printf %s \"$1\" | base64 -w0", "sh"]).arg(&odd).output();
    let src_b64 = String::from_utf8(encode.unwrap().stdout).unwrap();
    let begin = fs::read_to_string(&results).unwrap().lines().next().unwrap().to_owned();
    let keep = format!(
        r#"{{"type":"keep","src":"/odd","src_b64":"{src_b64}","dst":"{DEST}back\\slash","size":3,"mtime":"2026-01-01T00:00:00Z"}}"#
    );
    let (results, written) = (scene.write("odd.ndjson", format!("{begin}\n{keep}\n")), scene.path("WRITTEN"));
    scene.run(verify().arg(results).arg("--partial-input").arg("--write-sums").arg(&written)).expect(0);
    assert!(fs::read(&written).unwrap().ends_with(b"  \xff\\n\n"));
    assert!(check(&tree, &written));
}
