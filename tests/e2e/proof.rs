//! What tt-verify has to find: objects that were tampered with in ways that size and ETag almost hide, and files that change
//! under its eyes. What another program uploaded is proved by itself.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::Duration,
};

use tt_tests::{BUCKET, Records, Scene, Tree, installed, plan, push, request, tool, verify};

const DEST: &str = "s3://bucket/p/";

/// Two texts of one length, whose MD5s begin with the same ten digits.
const ALIKE: [&str; 2] = ["00126226", "01017935"];

/// Objects that are tampered with, and what becomes of each; none is deleted.
const TAMPERED: [(&str, Option<&str>); 6] = [
    ("deleted", None),
    ("replaced", Some("as it is!")),
    ("truncated", Some("trunc")),
    ("swapped-1", Some("the second")),
    ("swapped-2", Some("the first!")),
    ("alike", Some(ALIKE[1])),
];

/// Those of them that are there, but differ.
const DIFFERING: [&str; 5] = ["alike", "replaced", "swapped-1", "swapped-2", "truncated"];

/// An endpoint that answers without signatures, with these faults.
fn scene(faults: &[&str]) -> Scene {
    Scene::with(|_, options| {
        options.anonymous = true;
        options.faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    })
}

/// Files that nobody touches, and those whose objects are tampered with.
fn plant(scene: &Scene) -> Tree {
    let mut tree = scene.tree("tree");
    tree.many("untouched", 5);
    for (name, text) in [
        ("deleted", "deleted"),
        ("replaced", "as it was"),
        ("truncated", "truncated"),
        ("swapped-1", "the first!"),
        ("swapped-2", "the second"),
        ("alike", ALIKE[0]),
    ] {
        tree.file(name, text);
    }
    tree
}

/// Sends a request about an object below the destination.
#[track_caller]
fn ask(scene: &Scene, method: &str, key: &str, body: &str) -> String {
    let answer = request(&scene.url(), method, &format!("/{BUCKET}/p/{key}"), &[], body.as_bytes());
    assert!(answer.status < 300, "{answer:?}");
    if method == "HEAD" { answer.header("etag") } else { String::new() }
}

fn tamper(scene: &Scene) {
    let before = ask(scene, "HEAD", "alike", "");
    for (key, text) in TAMPERED {
        match text {
            Some(text) => ask(scene, "PUT", key, text),
            None => ask(scene, "DELETE", key, ""),
        };
    }
    let after = ask(scene, "HEAD", "alike", "");
    assert_eq!(before[..11], after[..11], "the quote and ten digits");
    assert_ne!(before, after);
}

/// All that was tampered with is named, and nothing else.
#[track_caller]
fn expect_found(records: &Records) {
    let below = |name: &str| format!("{DEST}{name}");
    assert_eq!(records.counts(), [("mismatch", 5), ("missing", 1), ("verified", 5)].into());
    assert_eq!(records.objects("missing"), [below("deleted").as_str()].into());
    let differing = DIFFERING.map(below);
    assert_eq!(records.objects("mismatch"), differing.iter().map(String::as_str).collect());
}

#[test]
fn whatever_was_done_to_objects_is_found() {
    for faults in [&[][..], &["no-checksums"], &["no-parts"], &["neither"]] {
        let scene = scene(faults);
        let tree = plant(&scene);
        let pushed = scene.pipeline([plan(&tree, DEST), push()]).run().expect_all(&[0, 0]);
        let results = scene.write("results.ndjson", pushed.stdout());
        scene.run(verify().arg(&results)).expect(0);
        tamper(&scene);
        let records = scene.run(verify().arg(&results)).expect(1).records();
        expect_found(&records);
        assert_eq!(records.values("mismatch", "cause"), ["object-replaced"].into());
        let records = scene.run(verify().arg(&tree).arg(DEST)).expect(1).records();
        expect_found(&records);
        assert_eq!(records.values("mismatch", "cause"), ["differs"].into());
    }
}

#[test]
fn large_objects_that_were_swapped_or_cut_are_found() {
    let scene = scene(&[]);
    let mut tree = scene.tree("tree");
    for name in ["one", "other", "shorter", "untouched"] {
        tree.sized(name, 17 << 20);
    }
    scene.sync(&tree.root, DEST).expect(0);
    let stored = scene.stored();
    let [one, other, shorter] = ["p/one", "p/other", "p/shorter"].map(|key| stored.body(key));
    let kept = scene.path("kept");
    std::fs::rename(&one, &kept).unwrap();
    std::fs::rename(&other, &one).unwrap();
    std::fs::rename(&kept, &other).unwrap();
    File::options().write(true).open(shorter).unwrap().set_len(16 << 20).unwrap();
    let records = scene.run(verify().arg(&tree).arg(DEST)).expect(1).records();
    assert_eq!(records.counts(), [("mismatch", 3), ("verified", 1)].into());
    assert_eq!(records.objects("verified"), ["s3://bucket/p/untouched"].into());
}

/// Stops the writer, even when the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// Writes into files, at their places, until told to stop.
fn keep_writing(files: &[File], stop: &AtomicBool) {
    for version in (0..=u8::MAX).cycle() {
        if stop.load(Relaxed) {
            return;
        }
        for file in files {
            file.write_all_at(&[version], 2).unwrap();
        }
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_said_to_change_and_is_no_mismatch() {
    let mut scene = Scene::new();
    let mut tree = scene.tree("tree");
    tree.many("quiet", 3);
    let paths = [tree.file("small", "small"), tree.sized("large", 17 << 20)];
    scene.sync(&tree.root, DEST).expect(0);
    // A file is open while S3 is asked, so that the writer gets at it for sure.
    scene.restart(|options| options.link.delay = Duration::from_millis(500));
    let files = paths.map(|path| File::options().write(true).open(path).unwrap());
    let stop = AtomicBool::new(false);
    let records = thread::scope(|scope| {
        let stopping = Stop(&stop);
        scope.spawn(|| keep_writing(&files, &stop));
        let outcome = scene.run(verify().arg(&tree).arg(DEST));
        drop(stopping);
        outcome.expect(1).records()
    });
    assert_eq!(records.counts(), [("fail", 2), ("verified", 3)].into());
    assert!(records.of("fail").all(|fail| fail["error"]["kind"] == "changing"), "{records:?}");
    assert!(records.of("fail").all(|fail| fail["error"]["hint"].is_string()), "{records:?}");
}

#[test]
fn a_tree_that_aws_uploaded_is_proved_and_what_is_amiss_is_named() {
    if !installed("aws") {
        return;
    }
    let scene = scene(&[]);
    let mut tree = scene.tree("tree");
    tree.many("small", 20);
    tree.file("empty", "");
    tree.sized("large", 17 << 20);
    scene.run(tool("aws").args(["s3", "sync", "--quiet", "tree", DEST])).expect(0);
    let extra = || verify().arg(&tree).args([DEST, "--extra"]);
    scene.run(verify().arg(&tree).arg(DEST)).expect(0);
    let records = scene.run(extra()).expect(0).records();
    assert_eq!(records.counts(), [("verified", 22)].into());

    ask(&scene, "PUT", "surplus", "surplus");
    ask(&scene, "DELETE", "small/00003", "");
    scene.stored().flip_bit("p/large");
    let records = scene.run(extra()).expect(1).records();
    assert_eq!(records.counts(), [("extra", 1), ("mismatch", 1), ("missing", 1), ("verified", 20)].into());
    assert_eq!(records.objects("extra"), ["s3://bucket/p/surplus"].into());
    assert_eq!(records.objects("missing"), ["s3://bucket/p/small/00003"].into());
    assert_eq!(records.objects("mismatch"), ["s3://bucket/p/large"].into());
}
