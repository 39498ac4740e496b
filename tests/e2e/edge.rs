//! The edge of a process: pipes that do not block, signals that are ignored, limits on open files and memory, a service's clock.

use std::fs;

use tt_tests::{Scene, Stage, installed, plan, push, tool, verify};

const DEST: &str = "s3://bucket/p/";

/// Runs a stage in a shell, after and before other words of it.
fn shell(script: &str) -> Stage {
    tool("sh").args(["-c", script])
}

#[test]
fn pipes_that_do_not_block_are_waited_for() {
    if !installed("python3") {
        return;
    }
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many(&format!("a-name-that-is-long-enough-{}", "x".repeat(60)), 1500);
    scene.keep(plan(&tree, DEST), "plan.ndjson");
    // Makes the descriptor that it is given non-blocking, and runs a command with it.
    let non_blocking = "import fcntl, os, sys\n\
        fd = int(sys.argv[1])\n\
        fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)\n\
        os.execvp(sys.argv[2], sys.argv[2:])\n";
    scene.write("nb.py", non_blocking);
    // The reader comes late, and so does the writer.
    let out = scene.run(shell("python3 nb.py 1 tt-plan data s3://bucket/p/ | (sleep 1; cat)")).expect(0);
    assert_eq!(out.records().count("put"), 1500);
    let script = "(head -c 30000 plan.ndjson; sleep 1; tail -c +30001 plan.ndjson) | python3 nb.py 0 tt-push";
    assert_eq!(scene.run(shell(script)).expect(0).records().count("pushed"), 1500);
    // Of what is said nothing gets lost, and it is no reason to stop.
    let script = "python3 nb.py 2 tt-push -v --progress json plan.ndjson 2>&1 >/dev/null | (sleep 1; cat)";
    assert!(scene.run(shell(script)).expect(0).text().ends_with("}\n"));
}

#[test]
fn a_signal_that_is_ignored_from_the_start_stays_ignored() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.sized("large", 2_000_000);
    scene.keep(plan(&tree, DEST), "plan.ndjson");
    // A job in the background of a script has SIGINT ignored, SIGTERM not.
    let job = |signal: &str| {
        let script = format!(
            "tt-push --bandwidth 1MB/s plan.ndjson > pushed.ndjson 2> err & sleep 1; kill -{signal} $!; wait $!"
        );
        scene.run(shell(&script))
    };
    if fs::exists("/proc/self/status").unwrap() {
        job("INT").expect(0);
    }
    job("TERM").expect(130);
}

#[test]
fn too_few_open_files_are_found_at_the_start() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("many", 100);
    tree.sized("large", 10 << 20);
    scene.keep(plan(&tree, DEST), "plan.ndjson");
    for limit in [6, 8, 12, 16, 31] {
        for command in ["tt-plan data s3://bucket/p/", "tt-push plan.ndjson", "tt-verify plan.ndjson"] {
            let outcome = scene.run(shell(&format!("ulimit -n {limit}; {command}"))).expect(78);
            outcome
                .expect_said(0, &format!("{limit} files open at once, and 32 are the least"))
                .expect_hint(0);
        }
    }
    // A limit that may be raised is.
    scene.run(shell("ulimit -S -n 8; tt-plan data s3://bucket/p/")).expect(0);
    let script = "ulimit -n 32; tt-plan data s3://bucket/p/ | tt-push | tt-verify";
    assert_eq!(scene.run(shell(script)).expect(0).records().count("verified"), 101);
}

#[test]
#[cfg(target_os = "linux")]
fn little_memory_for_names_is_little_memory() {
    let scene = Scene::new();
    let directory = scene.path("data");
    fs::create_dir(&directory).unwrap();
    for number in 0..40_000 {
        fs::File::create(directory.join(format!("{:08x}", number * 7919 % 40_000))).unwrap();
    }
    let peak = |memory: &str| {
        let script = format!(
            "tt-plan -q --memory {memory} data s3://bucket/p/ > plan.ndjson & p=$!; peak=0; \
             while kill -0 $p 2>/dev/null; do \
             now=$(sed -n 's/^VmHWM: *\\([0-9]*\\) kB/\\1/p' /proc/$p/status 2>/dev/null); peak=${{now:-$peak}}; sleep 0.02; \
             done; wait $p || exit; echo $peak"
        );
        scene.run(shell(&script)).expect(0).text().trim().parse::<u64>().unwrap()
    };
    let (usual, little) = (peak("48MiB"), peak("1KiB"));
    assert!(little < usual + 4096, "{little} kB with 1KiB, {usual} kB with 48MiB");
    let plan = fs::read_to_string(scene.path("plan.ndjson")).unwrap();
    assert_eq!(plan.matches("\"type\":\"put\"").count(), 40_000);
}

#[test]
fn a_clock_that_is_corrected_is_warned_of_once() {
    let scene = Scene::with(|_, options| options.clock_skew = jiff::SignedDuration::from_hours(3));
    let mut tree = scene.tree("data");
    tree.many("many", 50);
    tree.sized("large", 20 << 20);
    let outcome = scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]);
    for stage in 0..3 {
        let said = &outcome.stage(stage).stderr;
        assert_eq!(said.matches("behind that of the service").count(), 1, "{outcome}");
    }
}

#[test]
fn no_service_chooses_the_time_that_signatures_are_for() {
    for skew in ["630000h", "200h", "-200h"] {
        let scene = Scene::with(|_, options| options.clock_skew = skew.parse().unwrap());
        let mut tree = scene.tree("data");
        tree.many("many", 3);
        tree.sized("large", 20 << 20);
        let plan = plan(&tree, DEST).args(["--retries", "1"]);
        let outcome = scene.run(plan).expect(77).expect_hint(0);
        outcome.expect_said(0, "too far from the time here");
        let item = |name: &str, size: u64| {
            let src = tree.root.join(name);
            format!(
                "{{\"type\":\"put\",\"src\":{src:?},\"dst\":\"{DEST}x\",\"size\":{size},\
                 \"mtime\":\"2026-11-24T14:00:00Z\",\"why\":\"new\"}}\n"
            )
        };
        scene.write("plan.ndjson", item("large", 20 << 20));
        let outcome = scene.run(push().args(["--partial-input", "--retries", "1", "plan.ndjson"])).expect(77);
        drop(outcome);
        scene.run(verify().args(["--partial-input", "--retries", "1", "plan.ndjson"])).stage(0).code();
        // Nothing was signed for another time than that of this machine: the endpoint would have taken it.
        assert!(scene.stored().keys().is_empty());
    }
}
