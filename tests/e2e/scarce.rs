//! Disks that are full, memory that ends, and clocks that are wrong.

use std::fs;

use tt_tests::{Deployment, Outcome, Scene, installed, permissions_bind, plan, tool, verify};

const DEST: &str = "s3://bucket/p/";
const MIB: usize = 1 << 20;

/// Runs a shell script beside a file system of this size, mounted on a directory of this name and gone afterwards; says so,
/// and gives none, where that is not possible: it takes root.
fn on_a_small_disk(scene: &Scene, name: &str, size: &str, script: &str) -> Option<Outcome> {
    fs::create_dir_all(scene.path(name)).unwrap();
    let mounted = |script: &str| {
        let script = format!("mount -t tmpfs -o size={size} tmpfs {name} || exit 32\n{script}");
        scene.run(tool("unshare").args(["-m", "sh", "-c", &script]))
    };
    if mounted("").stage(0).code() != 0 {
        eprintln!("SKIPPED: nothing can be mounted here");
        return None;
    }
    Some(mounted(script))
}

#[test]
fn where_results_find_no_room_what_is_told_is_so_and_the_next_run_goes_on() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("many", 400);
    let script =
        "tt-plan data s3://bucket/p/ | tt-push > full/results; code=$?; cp full/results .; exit $code";
    let Some(outcome) = on_a_small_disk(&scene, "full", "64k", script) else { return };
    let outcome = outcome.expect(74).expect_said(0, "No space left");
    let results = fs::read_to_string(scene.path("results")).unwrap();
    // Of the last line only a part found room.
    let (whole, _) = results.rsplit_once('\n').unwrap();
    let told: Vec<_> = whole.lines().filter(|line| line.contains("\"type\":\"pushed\"")).collect();
    let stored = scene.stored().keys();
    assert!(told.len() > 50, "{outcome}");
    for line in &told {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let key = record["dst"].as_str().unwrap().strip_prefix("s3://bucket/").unwrap();
        assert!(stored.contains(key), "{line}");
    }
    // The results are of use as far as they go, and it is noticed that they are not whole.
    scene.run(verify().arg("results")).expect(65);
    scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]);
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn where_a_plan_in_parts_finds_no_room_there_is_none() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many(&"n".repeat(200), 3000);
    for flags in ["-o full/parts", "-o parts --tmp-dir full"] {
        let script = format!(
            "tt-plan data s3://bucket/p/ --split 2 {flags}; code=$?; ls -A full/parts parts; exit $code"
        );
        let Some(outcome) = on_a_small_disk(&scene, "full", "200k", &script) else { return };
        let outcome = outcome.expect(74).expect_said(0, "No space left").expect_hint(0);
        assert!(!outcome.text().contains(".ndjson"), "{outcome}");
    }
}

#[test]
fn where_checksums_find_no_room_to_be_sorted_that_is_told() {
    let scene = Scene::new();
    let line = |number: u32| format!("{number:064x}  {}/{number}\n", "d".repeat(200));
    scene.write("SHA256SUMS", (0..300_000).map(line).collect::<String>());
    let script =
        "TMPDIR=$PWD/full tt-verify --sums SHA256SUMS s3://bucket/p/; code=$?; ls -A full; exit $code";
    let Some(outcome) = on_a_small_disk(&scene, "full", "1m", script) else { return };
    let outcome = outcome.expect(74).expect_said(0, "No space left").expect_hint(0);
    assert_eq!(outcome.text().matches("verified").count(), 0);
}

#[test]
fn where_a_deployment_can_write_no_log_it_does_not_claim_success() {
    let scene = Scene::new();
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("many", 50);
    // None at all; room for the log alone; room for more, and not for all.
    for (room, written) in [(0, false), (4096, false), (8192, true)] {
        let script = format!(
            "cat /dev/zero >logs/pad 2>/dev/null; truncate -s -{room} logs/pad; tt-sync --fine-exit-codes; code=$?; \
             cp logs/last-sync.json . 2>/dev/null; exit $code"
        );
        let Some(outcome) = on_a_small_disk(&scene, "logs", "64k", &script) else { return };
        let told = format!("{}{}", outcome.stage(0).stderr, outcome.text());
        assert!(told.contains("No space left"), "{outcome}");
        outcome.expect(74);
        // Whoever reads the status finds all of one, or none.
        let status = fs::read(scene.path("last-sync.json"));
        assert_eq!(status.is_ok(), written, "with {room} bytes");
        if let Ok(status) = status {
            serde_json::from_slice::<serde_json::Value>(&status).unwrap();
        }
    }
}

#[test]
fn little_memory_is_enough_and_too_little_is_no_success() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("many", 300);
    tree.sized("large", 60 * MIB);
    let limited = |kib: u32| {
        let command = format!("ulimit -v {kib}; tt-plan data {DEST} | tt-push | tt-verify");
        scene.run(tool("sh").args(["-c", &command]))
    };
    let records = limited(400_000).expect(0).records();
    assert_eq!(records.counts(), [("verified", 301)].into());
    scene.stored().expect(&tree.objects("p/"));
    tree.sized("another", 60 * MIB);
    for kib in [60_000, 40_000, 20_000] {
        let outcome = limited(kib);
        assert!(outcome.stage(0).code() != 0 || scene.stored().keys().contains("p/another"), "{outcome}");
    }
    scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]);
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn clocks_an_hour_apart_are_reconciled() {
    for skew in ["1h", "-1h"] {
        let scene = Scene::with(|_, options| options.clock_skew = skew.parse().unwrap());
        let mut tree = scene.tree("data");
        tree.many("many", 100);
        tree.sized("large", 20 * MIB);
        let outcome = scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]);
        assert_eq!(outcome.records().counts(), [("verified", 101)].into(), "{outcome}");
        scene.stored().expect(&tree.objects("p/"));
        let left = scene.run(plan(&tree, DEST)).expect(0).expect_said(0, "the clock here is");
        assert!(left.records().items.is_empty(), "{left}");
    }
}

#[test]
fn where_no_thread_can_be_started_that_is_told() {
    if !permissions_bind() || !installed("prlimit") {
        eprintln!("SKIPPED: nobody can be limited here");
        return;
    }
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("many", 3);
    scene.keep(plan(&tree, DEST), "plan.ndjson");
    for tool_and_input in ["tt-plan data s3://bucket/p/", "tt-push plan.ndjson", "tt-verify plan.ndjson"] {
        let words = std::iter::once("--nproc=1").chain(tool_and_input.split(' '));
        let outcome = scene.run(tool("prlimit").args(words).unprivileged());
        outcome.expect(74).expect_said(0, "can't start").expect_said(0, "ulimit -u");
    }
}
