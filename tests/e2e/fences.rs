//! What a plan may do: which files it may read (`--root`), which objects it may change (`--only`), and that a deletion says which
//! object it means.

use std::{
    fs,
    os::unix::fs::symlink,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use serde_json::json;
use tt_tests::{Scene, push, request};

/// A line of a plan; the field `type` comes first.
fn put(source: &str, dst: &str, size: u64) -> String {
    let rest =
        json!({"src": source, "dst": dst, "size": size, "mtime": "2026-11-24T14:00:00Z", "why": "new"});
    format!("{{\"type\":\"put\",{}\n", &rest.to_string()[1..])
}

fn delete(dst: &str, etag: Option<&str>) -> String {
    let etag = etag.map_or(String::new(), |etag| format!(",\"etag\":{}", json!(etag)));
    format!("{{\"type\":\"delete\",\"dst\":\"{dst}\",\"size\":1{etag}}}\n")
}

#[test]
fn nothing_outside_is_read_while_directories_and_links_are_exchanged() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let scene = Scene::new();
    for directory in ["hot/real", "outside"] {
        fs::create_dir_all(scene.path(directory)).unwrap();
    }
    fs::write(scene.path("hot/real/f"), "decoy").unwrap();
    fs::write(scene.path("outside/f"), "top secret").unwrap();
    symlink(scene.path("outside"), scene.path("hot/link")).unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let exchanging = thread::spawn({
        let (done, one, other) = (Arc::clone(&done), scene.path("hot/real"), scene.path("hot/link"));
        move || {
            while !done.load(Relaxed) {
                #[cfg(target_os = "linux")]
                rustix::fs::renameat_with(
                    rustix::fs::CWD,
                    &one,
                    rustix::fs::CWD,
                    &other,
                    rustix::fs::RenameFlags::EXCHANGE,
                )
                .unwrap();
            }
        }
    });
    let source = scene.path("hot/real/f").to_str().unwrap().to_owned();
    let lines: String = (0..600).map(|n| put(&source, &format!("s3://bucket/o{n}"), 5)).collect();
    let outcome = scene.pipeline([push().args(["--root", "hot", "--partial-input"])]).reading(lines).run();
    done.store(true, Relaxed);
    exchanging.join().unwrap();
    let records = outcome.records();
    assert_eq!(records.items.len(), 600, "each has a result");
    assert!(records.of("pushed").all(|pushed| pushed["size"] == 5), "{outcome}");
    for key in scene.stored().keys() {
        assert_eq!(scene.stored().bytes(&key), b"decoy", "{key}");
    }
}

#[test]
fn a_fifo_is_never_opened_wherever_it_is() {
    let scene = Scene::new();
    let mut tree = scene.tree("hot");
    tree.fifo("pipe");
    tree.file("f", "f");
    let outside = scene.tree("outside");
    outside.fifo("pipe");
    for fifo in ["hot/pipe", "outside/pipe"] {
        let path = scene.path(fifo);
        let writing = thread::spawn({
            let path = path.clone();
            move || fs::write(path, "important")
        });
        thread::sleep(Duration::from_millis(100));
        let line = put(path.to_str().unwrap(), "s3://bucket/x", 5);
        let stage = push().args(["--root", "hot", "--partial-input"]);
        scene.pipeline([stage.clone()]).reading(line.clone()).run().expect(1);
        scene.pipeline([stage.arg("--dry-run")]).reading(line).run().expect(1);
        assert!(!writing.is_finished(), "{fifo}: the writer still waits for a reader");
        assert_eq!(fs::read_to_string(&path).unwrap(), "important");
        writing.join().unwrap().unwrap();
    }
}

#[test]
fn only_what_is_allowed_is_written_and_deleted() {
    let scene = Scene::with(|_, options| options.anonymous = true);
    scene.tree("data").file("f", "hello");
    let source = scene.path("data/f").to_str().unwrap().to_owned();
    for key in ["p/old", "p2/old", "q/old"] {
        assert_eq!(request(&scene.url(), "PUT", &format!("/bucket/{key}"), &[], b"x").status, 200);
    }
    let etag = "\"9dd4e461268c8034f5c8564e155c67a6\"";
    let lines: String = ["p/new", "p2/new", "q/new", "p/../escaped"]
        .map(|key| put(&source, &format!("s3://bucket/{key}"), 5))
        .into_iter()
        .chain(["p/old", "p2/old", "q/old"].map(|key| delete(&format!("s3://bucket/{key}"), Some(etag))))
        .chain([put(&source, "s3://other/p/new", 5)])
        .collect();
    // What is refused is an upload that failed, and no reason here to keep what may be deleted.
    let flags = ["--partial-input", "--ignore-errors", "--only", "s3://bucket/p", "--only", "s3://bucket/q/"];
    let only = || push().args(flags);
    let before = scene.stored().keys();
    let rehearsed = scene.pipeline([only().arg("--dry-run")]).reading(lines.clone()).run().expect(1);
    assert_eq!(rehearsed.records().count("fail"), 4, "{rehearsed}");
    assert_eq!(scene.stored().keys(), before);
    let outcome = scene.pipeline([only()]).reading(lines).run().expect(1);
    let records = outcome.records();
    assert_eq!(records.objects("pushed"), ["s3://bucket/p/new", "s3://bucket/q/new"].into(), "{outcome}");
    for fail in records.of("fail") {
        assert_eq!(fail["error"]["kind"], "refused", "{fail}");
        assert!(fail["error"]["hint"].as_str().unwrap().contains("--only"), "{fail}");
    }
    let left = scene.stored().keys();
    assert!(
        left.contains("p2/old") && !left.contains("p2/new") && !left.contains("p/../escaped"),
        "{left:?}"
    );
    scene.run(push().args(["--only", "bucket/p"])).expect(64);
}

#[test]
fn a_deletion_says_which_object_it_means() {
    let scene = Scene::with(|_, options| options.anonymous = true);
    assert_eq!(request(&scene.url(), "PUT", "/bucket/p/f", &[], b"x").status, 200);
    for etag in [None, Some("")] {
        let run = |stage: tt_tests::Stage| {
            scene.pipeline([stage.arg("--partial-input")]).reading(delete("s3://bucket/p/f", etag)).run()
        };
        for stage in [push(), push().arg("--dry-run")] {
            let records = run(stage).expect(1).records();
            let fail = records.of("fail").next().unwrap();
            assert_eq!(fail["error"]["kind"], "refused");
            assert!(fail["error"]["hint"].as_str().unwrap().contains("--delete-without-etag"), "{fail}");
        }
    }
    assert!(scene.stored().keys().contains("p/f"));
    let stage = push().args(["--partial-input", "--delete-without-etag"]);
    let outcome = scene.pipeline([stage]).reading(delete("s3://bucket/p/f", None)).run().expect(0);
    assert_eq!(outcome.records().counts(), [("deleted", 1)].into());
    assert!(scene.stored().keys().is_empty());
}
