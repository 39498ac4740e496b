//! Little of everything: descriptors, memory, bytes in a file, and disks that fail.

use std::{fs::File, path::Path};

use tt_tests::{Scene, plan, push, tool, verify, wait_until};

const DEST: &str = "s3://bucket/p/";
const MIB: usize = 1 << 20;

#[test]
fn few_descriptors_are_enough_for_several_large_files_at_once() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("many", 300);
    for number in 0..12 {
        tree.sized(&format!("large-{number:02}"), (17 + 2 * number) * MIB + number);
    }
    let command = "ulimit -n 64; tt-plan data s3://bucket/p/ | tt-push | tt-verify";
    let outcome = scene.run(tool("sh").args(["-c", command]));
    let records = outcome.records();
    let failed: Vec<_> = records.of("fail").collect();
    assert!(failed.is_empty(), "{failed:#?}");
    outcome.expect(0).expect_no_complaint();
    assert_eq!(records.counts(), [("verified", 312)].into());
    scene.stored().expect(&tree.objects("p/"));
}

/// Pushes with these flags over a link that is slower than the disk, so that bodies have to wait, and watches the memory.
fn expect_little_memory(flags: &[&str]) {
    let scene = Scene::with(|_, options| {
        options.anonymous = true;
        options.link.rate = Some(100 * MIB as u64);
    });
    let mut tree = scene.tree("data");
    tree.sized("large", 100 * MIB);
    for number in 0..64 {
        tree.sized(&format!("medium-{number:02}"), MIB);
    }
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    let mut running = scene.pipeline([push().args(flags).arg(&planned)]).start();
    let mut peak = None;
    wait_until("it has ended", || {
        peak = peak.max(running.memory(0));
        !running.runs(0)
    });
    running.wait().expect(0);
    scene.stored().expect(&tree.objects("p/"));
    match peak {
        Some(peak) => assert!(peak <= 96 * MIB as u64, "{} MiB", peak >> 20),
        None => eprintln!("SKIPPED: this system does not tell how much memory a process has"),
    }
}

#[test]
fn memory_stays_within_what_was_given_and_a_little_more() {
    expect_little_memory(&["--memory", "32MiB"]);
}

#[test]
fn memory_stays_within_what_was_given_without_signatures_too() {
    expect_little_memory(&["--memory", "16MiB", "--part-size", "64MiB", "--no-sign-request"]);
}

#[test]
fn a_file_that_cannot_be_read_is_a_failure_of_its_own() {
    // A regular file, by all that stat(2) says, that no read(2) ever gets anything from.
    let unreadable = Path::new("/sys/class/net/lo/speed");
    if std::fs::metadata(unreadable).is_err() || std::fs::read(unreadable).is_ok() {
        eprintln!("SKIPPED: there is no {} that fails", unreadable.display());
        return;
    }
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("fine", "fine");
    tree.link("broken", unreadable.to_str().unwrap());
    let plan = plan(&tree, DEST).args(["--symlinks", "follow"]);
    let records = scene.pipeline([plan, push(), verify()]).run().expect_all(&[0, 1, 1]).records();
    assert_eq!(records.counts(), [("fail", 1), ("verified", 1)].into());
    let fail = records.of("fail").next().unwrap();
    assert_eq!((&fail["stage"], &fail["error"]["kind"]), (&"push".into(), &"io".into()));
    let (message, hint) = (&fail["error"]["message"], &fail["error"]["hint"]);
    assert!(message.as_str().unwrap().contains("broken at byte 0: "), "{message}");
    assert!(hint.as_str().unwrap().contains("check the disk"), "{hint}");
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn a_file_without_a_byte_is_an_object_without_a_byte() {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let mut tree = scene.tree("data");
    tree.file("empty", "");
    let records = scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]).expect_silence().records();
    let verified = records.of("verified").next().unwrap();
    assert_eq!((&verified["size"], &verified["parts"]), (&0.into(), &0.into()));
    assert_eq!(verified["by"], "full-object CRC64NVME");
    scene.stored().expect(&tree.objects("p/"));
}

fn shrink(path: &Path, size: usize) {
    File::options().write(true).open(path).unwrap().set_len(size as u64).unwrap();
}

#[test]
fn files_that_shrank_after_the_plan_are_uploaded_as_they_are() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    let shrunk = [(9 * MIB, 1), (2 * MIB, 0), (40 * MIB, 30 * MIB), (50 * MIB, 3 * MIB)];
    let paths = shrunk.map(|(size, _)| tree.sized(&format!("file-{size}"), size));
    let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
    paths.iter().zip(shrunk).for_each(|(path, (_, size))| shrink(path, size));
    let records = scene.pipeline([push().arg(planned), verify()]).run().expect_all(&[0, 0]).records();
    assert_eq!(records.counts(), [("verified", 4)].into());
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn files_that_shrink_between_two_parts_are_uploaded_as_they_are() {
    for size in [30 * MIB + 1, 5 * MIB] {
        let scene = Scene::with(|_, options| options.link.rate = Some(60 * MIB as u64));
        let mut tree = scene.tree("data");
        let path = tree.sized("large", 100 * MIB);
        let planned = scene.keep(plan(&tree, DEST), "plan.ndjson");
        let push = push().args(["--concurrency", "2"]).arg(planned);
        let running = scene.pipeline([push, verify()]).start();
        wait_until("parts have arrived", || scene.requests("UploadPart") > 3);
        shrink(&path, size);
        let records = running.wait().expect_all(&[0, 0]).expect_silence().records();
        assert_eq!(records.of("verified").next().unwrap()["attempts"], 2);
        scene.stored().expect(&tree.objects("p/"));
        assert_eq!(scene.stored().uploads(), 0);
    }
}
