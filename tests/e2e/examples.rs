//! docs/examples, run as they stand.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tt_tests::{Outcome, Scene, Stage, Tree, installed, tool};

/// Copies an example into the scene.
fn example(scene: &Scene, name: &str) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples").join(name);
    let to = scene.path(name);
    let copied = Command::new("cp").arg("-R").arg(&from).arg(&to).status().unwrap();
    assert!(copied.success(), "{}", from.display());
    assert!(to.join("README.md").exists(), "an example without a README.md");
    to
}

/// A script of it, with the bucket of the scene.
fn script(path: &Path) -> Stage {
    tool(path.to_str().unwrap()).env("BUCKET_NAME", "bucket")
}

/// A tree in the home directory of the scene, which is where the examples look.
fn outbox(scene: &Scene) -> Tree {
    let mut tree = scene.tree("../home/outbox");
    tree.many("d", 4);
    tree
}

fn last(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path.join("last-sync.json")).unwrap()).unwrap()
}

#[test]
fn basic_uploads_what_its_configuration_says() {
    let scene = Scene::new();
    let (example, tree) = (example(&scene, "basic"), outbox(&scene));
    let upload = || script(&example.join("upload.sh"));
    scene.run(upload().arg("--dry-run")).expect(0);
    assert!(scene.stored().keys().is_empty());
    scene.run(upload()).expect(0).expect_silence();
    scene.stored().expect(&tree.objects("outbox/"));
    assert_eq!(last(&scene.path("../home/outbox-logs"))["status"], "success");
}

/// The production example in a directory of the scene's own.
struct Production {
    scene: Scene,
    example: PathBuf,
    home: PathBuf,
}

impl Production {
    fn new() -> Self {
        let scene = Scene::new();
        let (example, home) = (example(&scene, "production"), scene.path("srv"));
        Self { scene, example, home }
    }

    fn run(&self, path: &Path, args: &[&str]) -> Outcome {
        let calm = [("MIN_THROUGHPUT_MBPS", "0"), ("MIN_FREE_DISK_SPACE_GB", "0")];
        let stage =
            calm.into_iter().fold(script(path).args(args), |stage, (name, value)| stage.env(name, value));
        self.scene.run(stage)
    }

    fn deploy(&self, args: &[&str]) -> Outcome {
        let home = self.home.to_str().unwrap();
        self.run(&self.example.join("deploy.sh"), &[args, &[home]].concat())
    }
}

#[test]
fn production_is_deployed_watched_and_rolled_back() {
    let production = Production::new();
    let Production { scene, home, .. } = &production;
    fs::create_dir_all(home.join("scripts")).unwrap();
    let script = home.join("scripts/datasync-simulator.sh");
    fs::write(&script, "#!/bin/sh\n# the old one\n").unwrap();
    let mut tree = scene.tree("srv/outbox");
    tree.many("d", 3);
    for _ in 0..2 {
        let outcome = production.deploy(&[]).expect(0);
        assert!(outcome.text().contains("All is ready") && outcome.text().contains("Deployed."), "{outcome}");
        assert!(scene.stored().keys().is_empty());
    }
    production.run(&home.join("monitoring/check-status.sh"), &[]).expect(3);
    production.run(&script, &["--quiet"]).expect(0).expect_silence();
    scene.stored().expect(&tree.objects("incoming/"));
    let status = production.run(&home.join("monitoring/check-status.sh"), &["--json"]).expect(0);
    assert!(status.text().contains("\"state\": \"ok\""), "{status}");
    production.run(&home.join("monitoring/alerts.sh"), &[]).expect(0).expect_silence();
    production.run(&script, &["--set", "BUCKET_NAME=nowhere", "--quiet"]).expect(1);
    let alert = production.run(&home.join("monitoring/alerts.sh"), &[]).expect(2);
    assert!(alert.text().contains("CRITICAL [Acme] sync to s3://bucket/incoming/"), "{alert}");
    production.deploy(&["--rollback"]).expect(0);
    assert_eq!(fs::read_to_string(&script).unwrap(), "#!/bin/sh\n# the old one\n");
    assert!(home.join("datasync-config.env").exists() && home.join("logs/last-sync.json").exists());
}

#[test]
fn what_is_for_systemd_cron_and_logrotate_can_be_read_by_them() {
    let scene = Scene::new();
    let example = example(&scene, "production");
    if installed("systemd-analyze") {
        let units = ["datasync.service", "datasync.timer", "datasync-watch.service"];
        for unit in units.map(|unit| example.join("systemd").join(unit)) {
            // Programs and man pages that are not installed are no fault of a unit.
            let output = Command::new("systemd-analyze").arg("verify").arg(&unit).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            let faults = said.lines().filter(|line| {
                line.contains("Unknown") || line.contains("Invalid") || line.contains("Failed to parse")
            });
            assert_eq!(faults.count(), 0, "{said}");
        }
    }
    let cron = fs::read_to_string(example.join("cron/datasync")).unwrap();
    let jobs = cron.lines().filter(|line| line.starts_with('*'));
    assert!(
        jobs.clone().count() == 2
            && jobs.clone().all(|job| job.split_whitespace().nth(5) == Some("datasync")),
        "{cron}"
    );
    if installed("logrotate") {
        let read =
            Command::new("logrotate").arg("-d").arg(example.join("logrotate/datasync")).output().unwrap();
        let said = String::from_utf8_lossy(&read.stderr);
        assert!(!said.contains("bad line") && !said.contains("unknown option"), "{said}");
    }
}

#[test]
fn hybrid_compares_engines_and_migrates_from_one_to_the_other() {
    if !installed("jq") {
        return;
    }
    let scene = Scene::new();
    let (example, tree) = (example(&scene, "hybrid"), outbox(&scene));
    let outcome = scene.run(script(&example.join("compare.sh"))).expect(0);
    let engines = 1 + usize::from(installed("s5cmd")) + usize::from(installed("aws"));
    assert_eq!(
        outcome.text().lines().filter(|line| line.ends_with(" true   success")).count(),
        engines,
        "{outcome}"
    );
    assert_eq!(scene.stored().keys().len(), engines * tree.count());
    let old = ["s5cmd", "aws"].into_iter().find(|engine| installed(engine));
    let step = |number: &str| script(&example.join("migrate.sh")).arg(number).env("OLD", old.unwrap_or("tt"));
    let dry = scene.run(step("1")).expect(0);
    assert!(dry.text().contains("Dry run completed: 4 files"), "{dry}");
    assert!(scene.run(step("2")).expect(0).text().contains("Sync completed: 4 files"));
    assert!(scene.run(step("3")).expect(0).text().contains("Dry run completed: 0 files"));
    assert!(scene.run(step("4")).expect(0).text().contains("all was up to date"));
    assert!(scene.run(step("5")).expect(64).text().contains("migrate.sh 1"));
}

#[test]
fn pipelines_do_what_they_say() {
    if !installed("jq") {
        return;
    }
    let scene = Scene::with(|_, options| {
        options.anonymous = true;
        options.buckets.push("other".to_owned());
    });
    let example = example(&scene, "pipelines");
    let mut tree = scene.tree("data");
    tree.file("a.png", "picture");
    tree.file("index.html", "page");
    tree.sized("large", 3 << 20);
    let run = |name: &str, dests: &[&str]| {
        scene.run(tool(example.join(name).to_str().unwrap()).arg(&tree).args(dests))
    };
    run("by-kind.sh", &["s3://bucket/k/"]).expect(0);
    let cached = |key: &str| tt_tests::head(&scene.url(), key, &[]).get("cache-control").cloned();
    assert_eq!(cached("k/a.png").as_deref(), Some("max-age=31536000, immutable"));
    assert_eq!(cached("k/index.html").as_deref(), Some("no-cache"));
    run("largest-first.sh", &["s3://bucket/l/"]).expect(0);
    run("two-buckets.sh", &["s3://bucket/t/", "s3://other/t/"]).expect(0);
    run("two-buckets.sh", &["s3://nowhere/t/", "s3://other/t/"]).expect(78);
    assert_eq!(run("failures.sh", &["s3://bucket/f/"]).expect(0).text(), "");
    let failed = run("failures.sh", &["s3://nowhere/f/"]).expect(78);
    assert!(
        failed.text().starts_with("fail\t") && failed.text().contains("no bucket is named nowhere"),
        "{failed}"
    );
    let keys = scene.stored().keys();
    for prefix in ["k/", "l/", "t/", "f/"] {
        assert_eq!(keys.iter().filter(|key| key.starts_with(prefix)).count(), 3, "{prefix}");
    }
    if installed("make") {
        let make = |target: &str| {
            let source = format!("SRC={}", tree.root.display());
            tool("make").args([
                "--silent",
                "-f",
                example.join("Makefile").to_str().unwrap(),
                target,
                &source,
                "DEST=s3://bucket/m/",
            ])
        };
        let looked = scene.run(make("look")).expect(0);
        assert_eq!(
            looked.text().lines().next().map(|line| line.starts_with("3145728\tnew\t")),
            Some(true),
            "{looked}"
        );
        scene.run(make("upload")).expect(0);
        scene.run(make("prove")).expect(0);
    }
}
