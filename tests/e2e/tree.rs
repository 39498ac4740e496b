//! A tree with everything that file systems hold: what can go arrives byte for byte, what can't is reported, once.

use std::{collections::BTreeSet, ffi::OsStr, os::unix::ffi::OsStrExt};

use tt_tests::{Outcome, Scene, Tree, chmod, permissions_bind, plan, push, verify};

const MIB: usize = 1 << 20;
const DEST: &str = "s3://bucket/p/";

/// What can go: sizes around every limit, and names that programs tend to stumble over.
fn add_good(tree: &mut Tree) {
    for size in [0, 1, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 16 * MIB - 1, 16 * MIB, 16 * MIB + 1, 300 * MIB] {
        tree.sized(&format!("sizes/{size}"), size);
    }
    for name in [
        "a b",
        " a",
        "a ",
        "'a'",
        "\"a\"",
        "a\nb",
        "a\tb",
        "a\rb",
        "a\u{1}b",
        "a\\b",
        "-a",
        "--all",
        "+",
        "a+b",
        "%41",
        "%",
        "A",
        "&<>;",
        "a?b=c&d",
        "#",
        "a:b",
        "~",
        "$HOME",
        "*",
        "😀",
        "caf\u{e9}",
        "cafe\u{301}",
        "\u{feff}",
        ".hidden",
        "...",
    ] {
        tree.file(&format!("names/{name}"), name);
        tree.file(&format!("names in directories/{name}/{name}"), name);
    }
    // Neighbours whose order as files is not that of their keys.
    for name in ["a.b", "a/x", "a0", "a-", "a/b/c", "a/b.c", "a/b0"] {
        tree.file(&format!("order/{name}"), name);
    }
    let long = ["x".repeat(224), "ü".repeat(112), "y".repeat(224), "z".repeat(225)].join("/");
    assert_eq!(long.len(), 900);
    tree.file(&long, "900 bytes of path");
    tree.link("links/to a file", "../order/a.b");
    tree.also("links/to a file");
    tree.link("links/to a directory", "../order/a");
    tree.also("links/to a directory/x");
    tree.also("links/to a directory/b/c");
    tree.also("links/to a directory/b.c");
    tree.also("links/to a directory/b0");
    let missing = 2000 - tree.count();
    tree.many("many", missing);
}

/// What can't go, and how each is reported: stage and kind of a `fail`, or why of a `skip`.
fn add_bad(tree: &Tree) -> Vec<(String, &'static str)> {
    let path = |name: &str| tree.root.join(name).to_str().unwrap().to_owned();
    tree.fifo("bad/fifo");
    tree.socket("bad/socket");
    tree.link("bad/broken", "nowhere");
    tree.link("bad/itself", "itself");
    tree.link("bad/up", "..");
    let mut bad = vec![
        (path("bad/fifo"), "skip fifo"),
        (path("bad/socket"), "skip socket"),
        (path("bad/broken"), "skip broken-link"),
        (path("bad/itself"), "skip link-loop"),
        (path("bad/up"), "skip link-loop"),
    ];
    if cfg!(target_os = "linux") {
        tree.hopeless(OsStr::from_bytes(b"bad/\xff"), "not UTF-8");
        bad.push((path("bad/\u{fffd}"), "plan name"));
    }
    let too_long = format!("bad/{}", ["l".repeat(255).as_str(); 4].join("/"));
    tree.hopeless(&too_long, "a key of more than 1,024 bytes");
    bad.push((path(&too_long), "plan name"));
    if permissions_bind() {
        chmod(&tree.hopeless("bad/file", "unreadable"), 0o000);
        bad.push((path("bad/file"), "push unreadable"));
        tree.hopeless("bad/directory/file", "out of reach");
        chmod(&tree.root.join("bad/directory"), 0o000);
        bad.push((path("bad/directory"), "plan unreadable"));
    }
    bad
}

/// What was reported, in the same words.
fn reported(outcome: &Outcome) -> BTreeSet<(String, String)> {
    let records = outcome.records();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let fails = records.of("fail").map(|fail| {
        (text(&fail["src"]), format!("{} {}", text(&fail["stage"]), text(&fail["error"]["kind"])))
    });
    let skips = records.of("skip").map(|skip| (text(&skip["src"]), format!("skip {}", text(&skip["why"]))));
    fails.chain(skips).collect()
}

#[test]
fn a_tree_of_2000_files_arrives_and_exactly_what_could_not_go_is_reported() {
    let scene = Scene::new();
    let mut tree = scene.tree("tree");
    add_good(&mut tree);
    let bad: BTreeSet<_> = add_bad(&tree).into_iter().map(|(path, how)| (path, how.to_owned())).collect();

    let stages = [plan(&tree, DEST), push(), verify()].map(tt_tests::Stage::unprivileged);
    let outcome = scene.pipeline(stages).run().expect(1);
    assert_eq!(reported(&outcome), bad, "{outcome}");
    let records = outcome.records();
    assert_eq!((records.count("verified"), records.items.len()), (tree.count(), tree.count() + bad.len()));
    scene.stored().expect(&tree.objects("p/"));
    assert_eq!(scene.stored().uploads(), 0, "unfinished uploads are left");

    // The same tree without them: nothing is to be done, and all of it is there.
    chmod_back(&tree);
    std::fs::remove_dir_all(tree.root.join("bad")).unwrap();
    let again = scene.pipeline([plan(&tree, DEST).arg("--all"), push(), verify()]).run().expect(0);
    let records = again.records();
    assert_eq!((records.count("verified"), records.items.len()), (tree.count(), tree.count()));
    assert_eq!(scene.planned(plan(&tree, DEST)).items.len(), 0, "a second run plans nothing");
}

/// So that it can be removed.
fn chmod_back(tree: &Tree) {
    let directory = tree.root.join("bad/directory");
    if directory.exists() {
        chmod(&directory, 0o755);
    }
}

#[test]
fn a_tree_without_troubles_is_uploaded_in_silence_with_exit_code_0() {
    let scene = Scene::new();
    let mut tree = scene.tree("tree");
    tree.many("a", 20);
    tree.sized("large", 17 * MIB);
    let outcome = scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]).expect_silence();
    let records = outcome.records();
    assert_eq!(records.count("verified"), 21);
    let parts: Vec<_> = records.of("verified").filter_map(|record| record["parts"].as_u64()).collect();
    assert_eq!(parts.iter().filter(|parts| **parts == 3).count(), 1, "17 MiB go in three parts: {parts:?}");
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn an_empty_tree_is_a_plan_without_work() {
    let scene = Scene::new();
    let tree = scene.tree("tree");
    let outcome = scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]);
    assert!(outcome.records().items.is_empty());
}

#[test]
fn properties_reach_the_object() {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let mut tree = scene.tree("tree");
    tree.file("page.html", "<p>");
    tree.sized("film.mp4", 17 * MIB);
    let push =
        push().args(["--storage-class", "STANDARD_IA", "--metadata", "owner=me", "--metadata", "a=b c"]);
    scene.pipeline([plan(&tree, DEST), push, verify()]).run().expect(0);
    for (name, content_type) in [("page.html", "text/html"), ("film.mp4", "video/mp4")] {
        let head = tt_tests::request(&scene.url(), "HEAD", &format!("/bucket/p/{name}"), &[], b"");
        assert_eq!(head.header("content-type"), content_type);
        assert_eq!(head.header("x-amz-storage-class"), "STANDARD_IA");
        assert_eq!(
            (head.header("x-amz-meta-owner"), head.header("x-amz-meta-a")),
            ("me".into(), "b c".into())
        );
    }
}
