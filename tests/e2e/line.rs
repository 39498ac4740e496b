//! Lines that are cut, trickle, or bring answers in another order.

use std::{fs, thread, time::Duration};

use tt_tests::{Line, Running, Scene, Stage, Stored, Tree, plan, push, tool, verify, wait_until};

const DEST: &str = "s3://bucket/p/";
const MIB: usize = 1 << 20;

/// A service at the far end of a line, and the tools at its near end.
struct Far {
    line: Line,
    scene: Scene,
    _service: Running,
}

impl Far {
    fn start() -> Option<Self> {
        let line = Line::lay()?;
        let scene = Scene::new();
        let listen = format!("{}:9000", line.address());
        let serve = tool("tt-bench").args(["serve", "--quiet", "--bucket", "bucket", "--dir", "far"]);
        let serve = serve.args(["--listen", &listen, "--port-file", "far.port"]);
        let serve = serve
            .args(["--access-key", tt_tests::ACCESS_KEY])
            .env("TT_BENCH_SECRET_KEY", tt_tests::SECRET_KEY);
        let service = scene.pipeline([line.far(serve)]).start();
        wait_until("the service listens", || scene.path("far.port").exists());
        Some(Self { line, scene, _service: service })
    }

    fn lead(&self, stage: Stage) -> Stage {
        self.line.near(stage.env("AWS_ENDPOINT_URL", format!("http://{}:9000", self.line.address())))
    }

    fn start_sync(&self, tree: &Tree, flags: &[&str]) -> Running {
        let stages = [plan(tree, DEST), push(), verify()].map(|stage| self.lead(stage.args(flags)));
        self.scene.pipeline(stages).start()
    }

    fn stored(&self) -> Stored {
        Stored::new(self.scene.path("far/bucket"))
    }

    fn tree(&self) -> Tree {
        let mut tree = self.scene.tree("data");
        tree.many("many", 200);
        tree.sized("large", 30 * MIB);
        tree
    }

    /// Waits until some of it has arrived: what is kept of an upload are its record, its mark, and its parts.
    fn under_way(&self) {
        let uploads = self.scene.path("far/bucket/uploads");
        let records = |entries: fs::ReadDir| {
            let paths = entries.map(|entry| entry.unwrap().path());
            paths.filter(|path| path.extension().is_some_and(|extension| extension == "json")).count()
        };
        wait_until("parts arrive", || fs::read_dir(&uploads).is_ok_and(|entries| records(entries) > 2));
    }
}

#[test]
fn a_line_that_is_cut_for_some_seconds_delays_and_nothing_else() {
    for flags in [&["--timeout", "60s"][..], &["--timeout", "2s"]] {
        let Some(far) = Far::start() else { return };
        // Slow enough for a middle.
        assert!(far.line.rate("100mbit"));
        let tree = far.tree();
        let running = far.start_sync(&tree, flags);
        far.under_way();
        far.line.cut();
        thread::sleep(Duration::from_secs(3));
        far.line.mend();
        let outcome = running.wait().expect_all(&[0, 0, 0]).expect_no_complaint();
        assert_eq!(outcome.records().counts(), [("verified", 201)].into());
        far.stored().expect(&tree.objects("p/"));
        assert_eq!(far.stored().uploads(), 0);
    }
}

#[test]
fn a_line_that_stays_cut_ends_it_and_the_next_run_goes_on() {
    let Some(far) = Far::start() else { return };
    assert!(far.line.rate("100mbit"));
    let tree = far.tree();
    let running = far.start_sync(&tree, &["--timeout", "1s", "--retries", "2"]);
    far.under_way();
    far.line.cut();
    let outcome = running.wait();
    let code = outcome.stage(1).code();
    assert!([69, 75].contains(&code), "{code}\n{outcome}");
    assert_ne!(outcome.records().exit(), 0, "{outcome}");
    far.line.mend();
    let records = far.start_sync(&tree, &[]).wait().expect_all(&[0, 0, 0]).records();
    let resumed = |record: &serde_json::Value| record["resumed"].as_u64().unwrap_or(0);
    assert!(records.of("verified").map(resumed).sum::<u64>() > 0, "parts were kept");
    far.stored().expect(&tree.objects("p/"));
}

#[test]
fn a_line_that_trickles_is_slow_and_not_dead() {
    let Some(far) = Far::start() else { return };
    assert!(far.line.rate("4mbit"));
    let mut tree = far.scene.tree("data");
    tree.sized("medium", 3 * MIB);
    // Nothing is there within this time, but something moves all the time.
    let running = far.start_sync(&tree, &["--timeout", "3s", "--retries", "0"]);
    running.wait().expect_all(&[0, 0, 0]);
    far.stored().expect(&tree.objects("p/"));
}

#[test]
fn answers_in_another_order_than_the_requests_mix_nothing_up() {
    let faults = ["late:rate=0.3,by=40ms", "late:rate=0.3,by=200ms", "late:rate=0.02,by=2s"];
    let scene = Scene::with_faults(&faults);
    let mut tree = scene.tree("data");
    tree.many("many", 1000);
    tree.sized("large", 40 * MIB);
    let records = scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]).records();
    assert_eq!(records.counts(), [("verified", 1001)].into());
    scene.stored().expect(&tree.objects("p/"));
    assert_eq!(scene.stored().uploads(), 0);
}
