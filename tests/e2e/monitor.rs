//! Those who watch a deployment: status, alerts, metrics, the monitor of a hot folder, and the script that they look for.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use rustix::process::Signal;
use serde_json::Value;
use tt_tests::{
    Deployment, Outcome, Reply, Scene, Site, Stage, chmod, installed, set_modified, tool, wait_until,
};

/// A deployment whose limits a test keeps.
fn calm<'s>(scene: &'s Scene, lines: &[&str]) -> Deployment<'s> {
    let mut deployment = Deployment::new(scene);
    deployment.source.many("d", 3);
    deployment.and(&["export MIN_THROUGHPUT_MBPS=0", "export MIN_FREE_DISK_SPACE_GB=0"]);
    deployment.and(lines);
    deployment
}

fn status() -> Stage {
    tool("tt-sync").arg("status")
}

fn alerts() -> Stage {
    tool("tt-sync").arg("alerts")
}

/// Makes the last run one of long ago.
fn age(deployment: &Deployment<'_>) {
    let mut last = deployment.last();
    last["timestamp"] = "2020-01-01T00:00:00+00:00".into();
    fs::write(deployment.logs("last-sync.json"), last.to_string()).unwrap();
}

#[track_caller]
fn state(outcome: &Outcome) -> String {
    let report: Value = serde_json::from_str(&outcome.text()).unwrap();
    report["state"].as_str().unwrap().to_owned()
}

#[test]
fn the_status_is_the_truth_in_success_and_in_failure() {
    let scene = Scene::new();
    let deployment = calm(&scene, &[]);
    let none = scene.run(status()).expect(3);
    assert!(none.text().starts_with("UNKNOWN: ") && none.text().contains("no run is known"), "{none}");
    scene.run(deployment.sync()).expect(0);
    let fine = scene.run(status()).expect(0).expect_silence();
    for text in [
        "OK: ",
        "s3://bucket/client/data/",
        "success, 3 files",
        "every object was compared",
        "health file  last success",
    ] {
        assert!(fine.text().contains(text), "no {text:?}\n{fine}");
    }
    assert_eq!(state(&scene.run(status().arg("--json")).expect(0)), "ok");
    let slow = scene.run(status().args(["--set", "MIN_THROUGHPUT_MBPS=99999999"])).expect(1);
    assert!(slow.text().starts_with("WARNING: ") && slow.text().contains("MB/s  WARNING"), "{slow}");
    assert_eq!(
        state(&scene.run(status().args(["--json", "--set", "MIN_FREE_DISK_SPACE_GB=99999999"])).expect(1)),
        "warning"
    );
    age(&deployment);
    let old = scene.run(status()).expect(2);
    assert!(old.text().contains("age ") && old.text().contains("ago  CRITICAL"), "{old}");
    scene.run(status().args(["--set", "MAX_SYNC_AGE_HOURS=999999"])).expect(0);
    scene.run(deployment.sync().args(["--set", "BUCKET_NAME=nowhere"])).expect(1);
    let failed = scene.run(status()).expect(2);
    assert!(
        failed.text().contains("failed: can't list s3://nowhere/") && failed.text().contains("CRITICAL"),
        "{failed}"
    );
    fs::write(deployment.logs("last-sync.json"), "{").unwrap();
    scene.run(status()).expect(3);
    scene.run(deployment.sync()).expect(0);
    fs::remove_file(deployment.logs("health")).unwrap();
    let unhealthy = scene.run(status()).expect(2);
    assert!(unhealthy.text().contains("holds no time of a success"), "{unhealthy}");
    scene.run(status().args(["--config", "nothing.env"])).expect(78);
}

#[test]
fn nothing_compared_is_critical_where_it_was_to_be_compared() {
    let scene = Scene::new();
    let deployment = calm(&scene, &[]);
    scene.run(deployment.sync()).expect(0);
    let mut last = deployment.last();
    last["checksum_verification"]["verified"] = false.into();
    fs::write(deployment.logs("last-sync.json"), last.to_string()).unwrap();
    assert!(scene.run(status()).expect(2).text().contains("nothing was compared  CRITICAL"));
    scene
        .run(deployment.sync().args([
            "--set",
            "ENABLE_CHECKSUM_VERIFICATION=false",
            "--set",
            "S3_SUBDIRECTORY=x",
        ]))
        .expect(0);
    scene.run(status()).expect(0);
}

#[test]
fn whoever_is_at_work_is_named() {
    let scene =
        Scene::with(|_, options| options.faults = vec!["silence:op=PutObject,count=1".parse().unwrap()]);
    let deployment = calm(&scene, &[]);
    let running = scene.pipeline([deployment.sync()]).start();
    wait_until("an upload is under way", || scene.requests("PutObject") > 0);
    let outcome = scene.run(status()).expect(3);
    assert!(outcome.text().contains("running      process "), "{outcome}");
    running.signal(0, Signal::INT);
    running.wait().expect(1);
    assert!(!scene.run(status()).expect(2).text().contains("running"));
}

#[test]
fn alerts_are_told_by_the_means_that_are_wanted() {
    let scene = Scene::new();
    let site = Site::start();
    site.page("/services/secret", Reply::Body(Vec::new()));
    let url = format!("{}/services/secret", site.url());
    let deployment =
        calm(&scene, &["export ALERT_EMAIL=ops@example.org", &format!("export ALERT_WEBHOOK_URL={url}")]);
    fs::create_dir(scene.path("bin")).unwrap();
    scene.write("bin/sendmail", "#!/bin/sh\nexec cat > mail\n");
    chmod(&scene.path("bin/sendmail"), 0o755);
    let path = format!("{}:/usr/bin:/bin", scene.path("bin").display());
    let with =
        |method: &str| alerts().args(["--set", &format!("NOTIFICATION_METHOD={method}")]).env("PATH", &path);
    scene.run(deployment.sync()).expect(0);
    scene.run(with("all")).expect(0).expect_silence();
    assert!(
        site.heads().is_empty() && !scene.path("mail").exists() && !deployment.logs("alerts.log").exists()
    );
    age(&deployment);
    let outcome = scene.run(with("all")).expect(2);
    let text = "CRITICAL [Acme & Sons] sync to s3://bucket/client/data/ on ";
    let log = fs::read_to_string(deployment.logs("alerts.log")).unwrap();
    assert!(log.starts_with("[ERROR] [") && log.contains(text) && outcome.text() == log, "{log}\n{outcome}");
    let mail = fs::read_to_string(scene.path("mail")).unwrap();
    assert!(mail.starts_with(&format!("To: ops@example.org\nSubject: {text}")), "{mail}");
    assert!(mail.contains("CRITICAL  age: "), "{mail}");
    let posted: Value = serde_json::from_slice(&site.bodies()[0]).unwrap();
    assert!(posted["text"].as_str().unwrap().starts_with(text), "{posted}");
    assert_eq!(
        (&posted["state"], &posted["destination"]),
        (&"critical".into(), &"s3://bucket/client/data/".into())
    );
    // Nobody is told by ways that are not wanted.
    scene.run(with("log")).expect(2);
    assert_eq!(
        (site.heads().len(), fs::read_to_string(deployment.logs("alerts.log")).unwrap().lines().count()),
        (1, 2)
    );
    scene.run(deployment.sync()).expect(0);
    scene.run(with("webhook").args(["--set", "NOTIFY_ON_SUCCESS=true"])).expect(0);
    assert_eq!(site.heads().len(), 2);
}

#[test]
fn that_nobody_could_be_told_is_said_without_secrets() {
    let scene = Scene::new();
    let site = Site::start();
    let deployment = calm(&scene, &[&format!("export ALERT_WEBHOOK_URL={}/services/secret", site.url())]);
    let method = |method: &str| alerts().args(["--set", &format!("NOTIFICATION_METHOD={method}")]);
    let outcome = scene.run(method("webhook")).expect(3).expect_said(0, "it answers 404").expect_hint(0);
    assert!(!outcome.stage(0).stderr.contains("secret"), "{outcome}");
    scene.run(method("email")).expect(3).expect_said(0, "ALERT_EMAIL is not set").expect_hint(0);
    let email = ["--set", "ALERT_EMAIL=a@b"];
    scene
        .run(method("email").args(email).env("PATH", "/nowhere"))
        .expect(3)
        .expect_said(0, "no mail could be sent to a@b");
    scene
        .run(method("pigeon"))
        .expect(78)
        .expect_said(0, "\"pigeon\" is none of log, email, webhook and all");
    let shown = scene.run(deployment.sync().arg("--print-config")).expect(0);
    assert!(shown.text().contains("ALERT_WEBHOOK_URL=") && !shown.text().contains("secret"), "{shown}");
}

#[test]
fn metrics_are_left_for_a_collector() {
    let scene = Scene::new();
    let deployment = calm(&scene, &[]);
    scene.run(deployment.sync().args(["--metrics-file", "datasync.prom"])).expect(0);
    let text = fs::read_to_string(scene.path("datasync.prom")).unwrap();
    for line in [
        "datasync_last_run_success{destination=\"s3://bucket/client/data/\"} 1.0",
        "datasync_last_run_files{destination=\"s3://bucket/client/data/\"} 3.0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    scene
        .run(deployment.sync().args(["--metrics-file", "datasync.prom", "--set", "BUCKET_NAME=nowhere"]))
        .expect(1);
    assert!(
        fs::read_to_string(scene.path("datasync.prom"))
            .unwrap()
            .contains("success{destination=\"s3://nowhere/client/data/\"} 0.0")
    );
}

/// A deployment with an old script in `scripts`, one level below the configuration.
fn with_script(scene: &Scene) -> PathBuf {
    let scripts = scene.path("scripts");
    fs::create_dir(&scripts).unwrap();
    let script = scene.write("scripts/datasync-simulator.sh", b"#!/bin/bash\n# the old one\xff\nexit 42\n");
    chmod(&script, 0o750);
    set_modified(&script, SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000));
    script
}

#[test]
fn the_shim_takes_the_old_scripts_place_and_gives_it_back() {
    let scene = Scene::new();
    let deployment = calm(
        &scene,
        &[
            "export DATASYNC_HOME=\"$DEPLOY\"",
            "export SOURCE_DIR=\"$DEPLOY/in\"",
            "export LOGS_DIR=\"$DEPLOY/logs\"",
            "export HEALTH_CHECK_FILE=\"$DEPLOY/logs/health\"",
        ],
    );
    let script = with_script(&scene);
    let before = (fs::read(&script).unwrap(), script.metadata().unwrap());
    let placed = scene.run(tool("tt-sync").args(["shim", "scripts"])).expect(0);
    assert!(placed.text().contains("datasync-simulator.sh.before-tt-sync"), "{placed}");
    let start = || tool(script.to_str().unwrap()).env("DEPLOY", scene.directory());
    scene.run(start()).expect(0);
    scene.stored().expect(&deployment.source.objects("client/data/"));
    scene.run(start().args(["--set", "BUCKET_NAME=nowhere"])).expect(1);
    assert_eq!(deployment.last()["status"], "failed");
    scene.run(start().arg("--no-such-flag")).expect(64);
    scene.run(tool("tt-sync").args(["shim", "--undo", "scripts"])).expect(0);
    let after = script.metadata().unwrap();
    assert_eq!(fs::read(&script).unwrap(), before.0);
    assert_eq!(
        (after.permissions().mode(), after.modified().unwrap()),
        (before.1.permissions().mode(), before.1.modified().unwrap())
    );
    assert_eq!(fs::read_dir(scene.path("scripts")).unwrap().count(), 1);
    scene
        .run(tool("tt-sync").args(["shim", "--undo", "scripts"]))
        .expect(1)
        .expect_said(0, "is not what tt-sync shim writes");
    scene.run(tool("tt-sync").args(["shim", "nowhere"])).expect(74).expect_hint(0);
}

#[test]
fn the_shim_is_found_among_the_processes_while_it_runs() {
    if !installed("pgrep") {
        return;
    }
    let scene =
        Scene::with(|_, options| options.faults = vec!["silence:op=PutObject,count=1".parse().unwrap()]);
    let deployment = calm(&scene, &[]);
    let _ = &deployment;
    scene.run(tool("tt-sync").args(["shim", "."])).expect(0);
    let script = scene.path("datasync-simulator.sh");
    let found = |scene: &Scene| {
        let outcome = scene.run(tool("pgrep").args(["-f", script.to_str().unwrap()]));
        outcome.stage(0).code() == 0
    };
    assert!(!found(&scene));
    let running = scene.pipeline([tool(script.to_str().unwrap())]).start();
    wait_until("an upload is under way", || scene.requests("PutObject") > 0);
    assert!(found(&scene));
    scene.run(tool(script.to_str().unwrap())).expect(75);
    running.signal(0, Signal::TERM);
    running.wait().expect(1);
    assert!(!found(&scene));
    assert_eq!(deployment.last()["error"], "stopped by a signal");
}

/// A monitor as deployments have it: it polls the source, starts the script if there is something new and none is at work, and
/// asks status with jq.
const MONITOR: &str = r#"
    seen=
    for round in 1 2 3 4 5 6; do
        now=$(find in -type f | sort | xargs cksum)
        if [ "$now" != "$seen" ] && ! pgrep -f "$PWD/datasync-simulator.sh" > /dev/null; then
            "$PWD/datasync-simulator.sh" --quiet || echo "sync failed: $(jq -r .error logs/last-sync.json)"
            seen=$now
            jq -r '"\(.status) \(.files_synced)"' logs/last-sync.json
        fi
        case $round in
            2) echo new > in/second ;;
            4) chmod 0 in/second; touch in/second; echo third > in/third ;;
        esac
    done
    exit 0"#;

#[test]
fn the_monitor_of_a_hot_folder_goes_on_as_before() {
    if !installed("jq") || !installed("pgrep") {
        return;
    }
    let scene = Scene::new();
    let deployment = calm(&scene, &[]);
    scene.run(tool("tt-sync").args(["shim", "."])).expect(0);
    let outcome = scene.run(tool("sh").args(["-c", MONITOR])).expect(0);
    let rounds: Vec<_> = outcome.text().lines().map(str::to_owned).collect();
    // Where permissions don't bind, the file without any is read all the same.
    assert_eq!(rounds[..2], ["success 3", "success 1"], "{outcome}");
    assert!(rounds.len() >= 3, "{outcome}");
    assert_eq!(deployment.last()["destination"], "s3://bucket/client/data/");
}
