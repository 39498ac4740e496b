//! GNU parallel runs the parts of a plan, as docs/many-machines.md shows it; a worker that is killed runs again.

use std::{fs, path::Path, process::Command, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use tt_tests::{Outcome, Scene, Stage, plan, tool, verify, wait_until};

const DEST: &str = "s3://bucket/p/";
const FILES: usize = 800;

/// The one of moreutils is another program.
fn is_installed() -> bool {
    let version = Command::new("parallel").arg("--version").output();
    let is_gnu = version.is_ok_and(|version| version.stdout.starts_with(b"GNU parallel"));
    if !is_gnu {
        eprintln!("SKIPPED: GNU parallel is not installed, and nothing is checked with it");
    }
    is_gnu
}

/// A script of the documentation.
fn example(name: &str) -> Stage {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples/many-machines");
    tool("sh").arg(examples.join(name)).arg("parts")
}

fn parallel() -> Stage {
    example("parallel.sh").env("JOBS", "4")
}

/// Verifies the results of all parts together.
fn verified(scene: &Scene) -> Outcome {
    scene.run(example("verify.sh").arg("--json"))
}

/// The process of tt-push that works on a part; none where the system does not tell, or there is none.
fn worker(scene: &Scene, part: &str) -> Option<Pid> {
    let directory = fs::canonicalize(scene.path("parts")).ok()?;
    let processes = fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    let found = processes.map(|process| process.path()).find(|process| {
        let command = fs::read(process.join("cmdline")).unwrap_or_default();
        let mut words = command.split(|byte| *byte == 0);
        words.next().is_some_and(|program| program.ends_with(b"tt-push"))
            && words.any(|word| word == part.as_bytes())
            && fs::read_link(process.join("cwd")).is_ok_and(|place| place == directory)
    })?;
    Pid::from_raw(found.file_name()?.to_str()?.parse().ok()?)
}

fn result(scene: &Scene, part: u16) -> String {
    fs::read_to_string(scene.path(&format!("parts/results-{part}.ndjson"))).unwrap()
}

#[test]
fn parts_are_pushed_by_many_and_a_worker_that_was_killed_runs_again() {
    if !is_installed() {
        return;
    }
    if !Path::new("/proc/self/cmdline").exists() {
        eprintln!("SKIPPED: without /proc no worker is found that could be killed");
        return;
    }
    let mut scene = Scene::with(|_, options| options.link.delay = Duration::from_millis(500));
    let mut tree = scene.tree("data");
    tree.many("many", FILES);
    scene.run(plan(&tree, DEST).args(["--split", "4", "-o", "parts"])).expect(0);

    let running = scene.pipeline([parallel()]).start();
    let mut victim = None;
    wait_until("a worker has begun", || {
        victim = worker(&scene, "plan-2.ndjson").filter(|_| scene.requests("PutObject") > 0);
        victim.is_some()
    });
    kill_process(victim.unwrap(), Signal::KILL).unwrap();
    let code = running.wait().stage(0).code();
    assert_eq!(code, 1, "parallel tells how many jobs failed");
    verified(&scene).expect(65).expect_said(0, "is not whole");
    let others: Vec<_> = [0, 1, 3].map(|part| result(&scene, part)).into();

    scene.restart(|options| options.link.delay = Duration::ZERO);
    scene.run(parallel().env("AWS_ENDPOINT_URL", scene.url())).expect(0);
    assert_eq!(
        [0, 1, 3].map(|part| result(&scene, part)).to_vec(),
        others,
        "what was done is not done again"
    );
    let records = verified(&scene).expect(0).records();
    assert_eq!(records.counts(), [("verified", FILES as u64)].into());
    scene.stored().expect(&tree.objects("p/"));
    assert!(scene.planned(plan(&tree, DEST)).items.is_empty());
}

#[test]
fn a_part_that_nobody_has_pushed_is_missed() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("many", 4);
    scene.run(plan(&tree, DEST).args(["--split", "2", "-o", "parts"])).expect(0);
    let pushed = "cd parts && tt-push plan-0.ndjson > results-0.ndjson";
    scene.run(tool("sh").args(["-c", pushed])).expect(0);
    verified(&scene).expect(74).expect_said(0, "results-1.ndjson");
    let outcome = scene.run(verify().arg("parts/results-0.ndjson")).expect(65);
    outcome.expect_said(0, "part 1 missing of the plan");
}
