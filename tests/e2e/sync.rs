//! `tt-sync` in the place of a deployment's sync script: the configuration, the log and the status that its monitors rely on.

use std::{collections::BTreeMap, fs, path::Path};

use rustix::process::Signal;
use serde_json::Value;
use tt_lab::Bodies;
use tt_tests::{Deployment, Scene, Stage, head, installed, tool, wait_until};

const MIB: usize = 1 << 20;

/// A scene whose objects can be asked for without a signature.
fn open_scene() -> Scene {
    Scene::with(|_, options| options.anonymous = true)
}

/// Reads every field as scripts do.
const READER: &str = r#"
    if ([.timestamp, .status, .tool, .tool_version, .source, .destination, .source_size] | all(type == "string"))
    and ([.duration_seconds, .files_synced, .bytes_transferred, .throughput_mbps, .s3_objects] | all(type == "number"))
    and (.timestamp | test("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[+-]\\d\\d:\\d\\d$"))
    and (.dry_run == false)
    and (.progress_history | all((.time | type == "string") and (.bytes + .files + .percent | type == "number")))
    and (.configuration | has("concurrency") and has("part_size") and has("num_workers") and has("retry_count")
         and (.storage_class == "INTELLIGENT_TIERING"))
    and (.checksum_verification | .enabled and (.algorithm == "CRC64NVME") and .aws_additional_checksums
         and .server_side_validation and (.verify_after_upload == false) and .verified and (.errors == 0)
         and has("checksum_file"))
    and (has("error") | not)
    then .status else error("a field is missing or wrong") end"#;

#[test]
fn a_deployment_goes_on_as_before() {
    let scene = open_scene();
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("d", 20);
    deployment.source.sized("large", 20 * MIB);
    let outcome = scene.run(deployment.sync()).expect(0).expect_silence();
    scene.stored().expect(&deployment.source.objects("client/data/"));
    let last = deployment.last();
    assert_eq!(
        (&last["status"], &last["files_synced"], &last["s3_objects"]),
        (&"success".into(), &21.into(), &21.into())
    );
    assert_eq!(last["destination"], "s3://bucket/client/data/");
    assert_eq!((&last["tool"], &last["checksum_verification"]["verified"]), (&"tt".into(), &true.into()));
    let bytes: u64 = deployment.source.objects("").values().map(|path| path.metadata().unwrap().len()).sum();
    assert_eq!(last["bytes_transferred"], bytes);
    if installed("jq") {
        let jq = tool("jq").args(["-er", READER, "logs/last-sync.json"]);
        assert_eq!(scene.run(jq).expect(0).text(), "success\n");
    }
    // What is printed is what is logged, and each line has the form that it always had.
    let log = deployment.log();
    assert_eq!(outcome.text(), log);
    for line in log.lines() {
        let (level, rest) = line.split_once("] [").unwrap_or_else(|| panic!("{line}"));
        assert!(["[INFO", "[WARN", "[ERROR", "[DEBUG"].contains(&level), "{line}");
        let time: String = rest.chars().take(21).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(time, "0000-00-00 00:00:00] ", "{line}");
    }
    for text in [
        "Source: ",
        "Destination: s3://bucket/client/data/",
        "AWS Profile: default",
        "Region: us-east-1",
        "Checksums: CRC64NVME",
        "Files to sync: 21 (",
        "Progress: 21/21 files (100.0% by size, 100.0% by count) | ",
        "Sync completed: 21 files",
        "Duration: ",
    ] {
        assert!(log.contains(text), "no {text:?} in\n{log}");
    }
    let copies: Vec<_> =
        fs::read_dir(deployment.logs("json")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(copies.len(), 2, "{copies:?}");
    assert!(
        copies
            .iter()
            .all(|path| fs::read(path).unwrap() == fs::read(deployment.logs("last-sync.json")).unwrap())
    );
    let health = fs::read_to_string(deployment.logs("health")).unwrap();
    assert!(health.starts_with("20") && health.trim().len() == 25, "{health:?}");
    let described = head(&scene.url(), "client/data/large", &[]);
    assert_eq!(described["x-amz-meta-synced-by"], "tt-sync");
    assert!(described["x-amz-meta-timestamp"].parse::<u64>().unwrap() > 1_700_000_000, "{described:?}");
    assert_eq!(described["x-amz-storage-class"], "INTELLIGENT_TIERING");
}

#[test]
fn a_second_run_finds_nothing_to_do_and_says_so() {
    let scene = Scene::new();
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("d", 5);
    scene.run(deployment.sync()).expect(0);
    let outcome = scene.run(deployment.sync()).expect(0);
    assert!(outcome.text().contains("Sync completed: all was up to date"), "{outcome}");
    let last = deployment.last();
    assert_eq!(
        (&last["files_synced"], &last["s3_objects"], &last["status"]),
        (&0.into(), &5.into(), &"success".into())
    );
    assert_eq!(last["checksum_verification"]["verified"], true);
}

#[test]
fn the_log_goes_on_during_one_huge_file() {
    let scene = Scene::new();
    let mut deployment = Deployment::new(&scene);
    deployment.source.sized("huge", 30 * MIB);
    let outcome = scene.run(deployment.sync().args(["--set", "AWS_CLI_S3_MAX_BANDWIDTH=5MB/s"])).expect(0);
    let under_way = outcome.text().matches("Progress: 0/1 files (").count();
    assert!(under_way >= 3, "{outcome}");
    let history = deployment.last()["progress_history"].as_array().unwrap().len();
    assert!((3..=20).contains(&history), "{}", deployment.last());
}

#[test]
fn settings_are_named_with_who_said_them() {
    let scene = Scene::new();
    let deployment = Deployment::new(&scene);
    deployment.and(&["export AWS_CLI_S3_MULTIPART_CHUNKSIZE=64MB", "export S3_MAX_CONCURRENT_REQUESTS=7"]);
    let stage = deployment.sync().args(["--print-config", "--set", "S5CMD_EXCLUDE_PATTERNS=*.tmp .git/*"]);
    let outcome = scene.run(stage.env("AWS_REGION", "eu-west-1")).expect(0).expect_silence();
    for line in [
        "SOURCE_DIR=",
        "BUCKET_NAME=bucket  # datasync-config.env:7",
        "AWS_REGION=eu-west-1  # environment",
        "S3_STORAGE_CLASS=INTELLIGENT_TIERING  # default",
        "S3_MAX_CONCURRENT_REQUESTS=7  # datasync-config.env:15",
        "S5CMD_EXCLUDE_PATTERNS='*.tmp .git/*'  # flag",
        "AWS_CLI_S3_MULTIPART_CHUNKSIZE=64MB  # datasync-config.env:14",
    ] {
        assert!(outcome.text().lines().any(|found| found.starts_with(line)), "no {line:?}\n{outcome}");
    }
    assert!(!deployment.logs("").exists());
}

#[test]
fn a_bucket_may_be_named_by_its_arn() {
    let scene = Scene::new();
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("d", 2);
    deployment.and(&["export BUCKET_NAME=[BUCKET]", "export S3_BUCKET_ARN=arn:aws:s3:::bucket"]);
    scene.run(deployment.sync()).expect(0);
    scene.stored().expect(&deployment.source.objects("client/data/"));
}

#[test]
fn the_pipeline_that_is_printed_does_the_same() {
    let scene = Scene::new();
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("it's a dir", 5);
    deployment.source.file("no.tmp", "x");
    deployment.and(&[
        "export S5CMD_EXCLUDE_PATTERNS=\"*.tmp\"",
        "export S5CMD_RETRY_COUNT=2",
        "export AWS_CLI_S3_MAX_BANDWIDTH=500MB/s",
    ]);
    let printed = scene.run(deployment.sync().arg("--print-pipeline")).expect(0).text();
    assert!(printed.contains("--retries 2") && printed.contains("--bandwidth"), "{printed}");
    scene.run(tool("sh").args(["-c", &printed])).expect(0);
    assert_eq!(scene.stored().keys().len(), 5);
    let outcome = scene.run(deployment.sync()).expect(0);
    assert!(outcome.text().contains("all was up to date"), "{outcome}");
}

#[test]
fn a_link_in_the_source_lets_nobody_have_files_from_elsewhere_sent() {
    let scene = Scene::new();
    let mut deployment = Deployment::new(&scene);
    deployment.source.file("mine", "mine");
    scene.write("secret", "of somebody else");
    deployment.source.link("report.txt", "../secret");
    deployment.source.link("again", "mine");
    let outcome = scene.run(deployment.sync()).expect(1);
    assert!(deployment.log().contains("leads out of it"), "{outcome}");
    let within = ["client/data/again".to_owned(), "client/data/mine".to_owned()];
    assert_eq!(scene.stored().keys(), within.clone().into());
    // Where that is what is wanted, it can be said.
    scene.run(deployment.sync().args(["--set", "UPLOAD_LINKS_OUTSIDE=true"])).expect(0);
    assert_eq!(scene.stored().bytes("client/data/report.txt"), b"of somebody else");
}

#[test]
fn a_dry_run_says_what_would_go_and_changes_nothing() {
    let scene = Scene::new();
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("d", 3);
    let outcome = scene.run(deployment.sync().arg("--dry-run")).expect(0);
    assert_eq!(outcome.text().matches("To upload: ").count(), 3, "{outcome}");
    assert!(outcome.text().contains("Dry run completed: 3 files ("), "{outcome}");
    assert!(scene.stored().keys().is_empty() && !deployment.logs("last-sync.json").exists());
    scene.run(deployment.sync().args(["--dry-run", "--set", "BUCKET_NAME=nowhere"])).expect(1);
}

#[test]
fn a_wrong_configuration_is_named_with_file_line_and_variable() {
    let scene = Scene::new();
    let deployment = Deployment::new(&scene);
    for (line, said) in [
        ("export A=\"$(date)\"", "datasync-config.env, line 14: A: a command would have to be run"),
        ("export A=`date`", "datasync-config.env, line 14: A: a command would have to be run"),
        ("export A=\"x", "datasync-config.env, line 14: a quotation mark is not closed"),
        ("mkdir -p x", "datasync-config.env, line 14: it is no setting"),
        ("export S3_BUCKET=other", "S3_BUCKET (datasync-config.env:14) is \"other\""),
        (
            "export BUCKET_NAME=[BUCKET_NAME]",
            "BUCKET_NAME (datasync-config.env:14) has no value yet, only \"[BUCKET_NAME]\"",
        ),
        ("export SOURCE_DIR=/nowhere", "SOURCE_DIR (datasync-config.env:14) is /nowhere"),
        ("export CHECKSUM_ALGORITHM=MD4", "CHECKSUM_ALGORITHM (datasync-config.env:14): \"MD4\" is none of"),
        (
            "export S5CMD_CONCURRENCY=many",
            "S5CMD_CONCURRENCY (datasync-config.env:14): \"many\" is not a number",
        ),
        ("export VERIFY_AFTER_UPLOAD=maybe", "VERIFY_AFTER_UPLOAD (datasync-config.env:14)"),
        ("export AWS_CLI_S3_MAX_BANDWIDTH=fast", "AWS_CLI_S3_MAX_BANDWIDTH (datasync-config.env:14)"),
    ] {
        Deployment::new(&scene).and(&[line]);
        scene.run(deployment.sync()).expect(78).expect_said(0, said).expect_hint(0);
    }
    scene
        .run(tool("tt-sync").args(["--config", "nothing.env"]))
        .expect(78)
        .expect_said(0, "nothing.env")
        .expect_hint(0);
    fs::remove_file(scene.path("datasync-config.env")).unwrap();
    scene.run(tool("tt-sync")).expect(78).expect_said(0, "SOURCE_DIR is not set").expect_hint(0);
    assert_eq!(scene.stats().requests, 0);
}

#[test]
fn the_configuration_is_found_where_deployments_have_it() {
    let scene = Scene::new();
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("d", 2);
    let text = fs::read(scene.path("datasync-config.env")).unwrap();
    fs::remove_file(scene.path("datasync-config.env")).unwrap();
    let home = scene.path("../home/.config/datasync-turbo");
    for dir in [home.as_path(), &scene.path("config"), &scene.path("..")] {
        fs::create_dir_all(dir).unwrap();
    }
    for path in [
        "../home/.config/datasync-turbo/s5cmd.env",
        "config/s5cmd.env",
        "../datasync-config.env",
        "named.env",
    ] {
        let path = scene.path(path);
        fs::write(&path, &text).unwrap();
        let stage = tool("tt-sync").arg("--print-config");
        let stage = if path.ends_with("named.env") { stage.env("TT_CONFIG", &path) } else { stage };
        let outcome = scene.run(stage.env("LOGS_DIR", scene.path("logs"))).expect(0);
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(outcome.text().contains(&format!("{name}:7")), "{outcome}");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn what_goes_wrong_is_in_the_status_and_in_the_log() {
    let scene = Scene::new();
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("d", 3);
    scene.run(deployment.sync()).expect(0);
    let health = fs::read(deployment.logs("health")).unwrap();
    for (stage, code, said) in [
        (deployment.sync().args(["--set", "BUCKET_NAME=nowhere"]), 1, "no bucket is named nowhere"),
        (
            deployment.sync().args(["--set", "BUCKET_NAME=nowhere", "--fine-exit-codes"]),
            78,
            "no bucket is named nowhere",
        ),
        (deployment.sync().env("AWS_SECRET_ACCESS_KEY", "wrong"), 1, "SignatureDoesNotMatch"),
        (
            deployment
                .sync()
                .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
                .args(["--set", "S5CMD_RETRY_COUNT=0"]),
            1,
            "no connection",
        ),
        (deployment.sync().args(["--source", "/nowhere"]), 78, "/nowhere, and that is no directory"),
    ] {
        let outcome = scene.run(stage.arg("--quiet")).expect(code);
        let last = deployment.last();
        assert_eq!(last["status"], "failed", "{outcome}");
        assert!(last["error"].as_str().unwrap().contains(said), "{last}\n{outcome}");
        assert_eq!(last["checksum_verification"]["verified"], false);
        assert!(
            deployment.log().lines().any(|line| line.starts_with("[ERROR] ") && line.contains(said)),
            "{outcome}"
        );
        assert_eq!(fs::read(deployment.logs("health")).unwrap(), health);
    }
    scene.run(deployment.sync()).expect(0);
    assert_eq!((&deployment.last()["status"], deployment.last().get("error")), (&"success".into(), None));
}

#[test]
fn what_was_skipped_or_damaged_is_no_success() {
    let scene = Scene::new();
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("d", 3);
    deployment.source.fifo("pipe");
    let outcome = scene.run(deployment.sync()).expect(1);
    assert!(outcome.text().contains("[WARN] ") && outcome.text().contains("pipe (fifo)"), "{outcome}");
    assert_eq!(
        (&deployment.last()["files_synced"], &deployment.last()["checksum_verification"]["errors"]),
        (&3.into(), &1.into())
    );
    let scene = Scene::with_faults(&["access-denied:op=PutObject,key=d/"]);
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("d", 1);
    scene.run(deployment.sync()).expect(1);
    assert!(deployment.last()["error"].as_str().unwrap().contains("AccessDenied"), "{}", deployment.last());
}

#[test]
fn checksums_for_sha256sum_are_written_where_they_always_were() {
    for algorithm in ["NONE", "SHA256"] {
        let scene = Scene::new();
        let mut deployment = Deployment::new(&scene);
        deployment.source.many("d", 3);
        deployment.and(&[&format!("export CHECKSUM_ALGORITHM={algorithm}")]);
        scene.run(deployment.sync()).expect(0);
        let last = deployment.last();
        assert_eq!(
            (&last["checksum_verification"]["algorithm"], &last["checksum_verification"]["verified"]),
            (&algorithm.into(), &true.into())
        );
        let file = last["checksum_verification"]["checksum_file"].as_str().unwrap().to_owned();
        assert!(Path::new(&file).starts_with(deployment.logs("checksums")), "{file}");
        scene
            .run(tool("sh").args(["-c", "cd in && sha256sum --check --strict \"$1\"", "sh", &file]))
            .expect(0);
    }
}

#[test]
fn unverified_is_said_where_nobody_looked() {
    let scene = Scene::new();
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("d", 3);
    deployment.and(&["export ENABLE_CHECKSUM_VERIFICATION=false"]);
    let outcome = scene.run(deployment.sync()).expect(0);
    assert!(outcome.text().contains("3 files, ") && outcome.text().contains("NOT verified"), "{outcome}");
    let last = deployment.last();
    assert_eq!(
        (&last["files_synced"], &last["checksum_verification"]["verified"]),
        (&3.into(), &false.into())
    );
}

#[test]
fn two_runs_for_one_destination_exclude_each_other() {
    let scene =
        Scene::with(|_, options| options.faults = vec!["silence:op=PutObject,count=1".parse().unwrap()]);
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("d", 3);
    let running = scene.pipeline([deployment.sync()]).start();
    wait_until("an upload is under way", || scene.requests("PutObject") > 0);
    let log = deployment.log();
    let second = scene.run(deployment.sync()).expect(75);
    let second = second.expect_said(0, "another sync to s3://bucket/client/data/ is under way (process ");
    assert!(second.stdout().is_empty() && !deployment.logs("last-sync.json").exists(), "{second}");
    assert_eq!(deployment.log(), log);
    // Another destination is another matter.
    scene.run(deployment.sync().args(["--dest", "s3://bucket/other/", "--logs-dir", "others"])).expect(0);
    running.signal(0, Signal::KILL);
    running.wait().expect(137);
    let next = scene.run(deployment.sync()).expect(0);
    assert!(
        next.text().contains("[WARN] ")
            && next.text().contains("An earlier run did not come to its end (process "),
        "{next}"
    );
    scene.stored().expect(
        &[deployment.source.objects("client/data/"), deployment.source.objects("other/")]
            .into_iter()
            .flatten()
            .collect(),
    );
    assert!(!scene.run(deployment.sync()).expect(0).text().contains("[WARN]"));
}

#[test]
fn a_run_that_is_stopped_says_so_and_the_next_one_goes_on() {
    let scene =
        Scene::with(|_, options| options.faults = vec!["silence:op=PutObject,count=1".parse().unwrap()]);
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("d", 3);
    let running = scene.pipeline([deployment.sync()]).start();
    wait_until("an upload is under way", || scene.requests("PutObject") > 0);
    running.signal(0, Signal::TERM);
    let outcome = running.wait().expect(1);
    assert!(outcome.text().contains("Stopping, as a signal asks"), "{outcome}");
    assert_eq!(
        (&deployment.last()["status"], &deployment.last()["error"]),
        (&"failed".into(), &"stopped by a signal".into())
    );
    scene.run(deployment.sync()).expect(0);
    scene.stored().expect(&deployment.source.objects("client/data/"));
}

/// What a run leaves behind, but for what is another each time, and for which engine it was.
fn comparable(last: &Value) -> BTreeMap<String, Value> {
    let individual = [
        "timestamp",
        "duration_seconds",
        "throughput_mbps",
        "tool",
        "tool_version",
        "destination",
        "progress_history",
    ];
    let fields = last.as_object().unwrap().clone().into_iter();
    fields.filter(|(name, _)| !individual.contains(&name.as_str())).collect()
}

#[test]
fn other_engines_give_the_same_objects_and_the_same_status() {
    let scene = open_scene();
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("d", 10);
    deployment.source.sized("large", 20 * MIB);
    deployment.source.file("no.tmp", "x");
    deployment.and(&[
        "export S5CMD_EXCLUDE_PATTERNS=\"*.tmp\"",
        "export AWS_CLI_S3_MAX_CONCURRENT_REQUESTS=8",
        "export AWS_CLI_S3_MULTIPART_CHUNKSIZE=8MB",
        "export S5CMD_NUM_WORKERS=4",
        "export S5CMD_RETRY_COUNT=2",
    ]);
    deployment.source.remove("no.tmp");
    fs::write(scene.path("in/no.tmp"), "x").unwrap();
    let sync = |engine: &str| -> Stage {
        let dest = format!("s3://bucket/{engine}/");
        deployment.sync().args(["--engine", engine, "--dest", &dest])
    };
    scene.run(sync("tt")).expect(0);
    let expected = comparable(&deployment.last());
    let mut objects: BTreeMap<_, _> = deployment.source.objects("tt/");
    for (engine, program, name) in [("s5cmd", "s5cmd", "s5cmd"), ("aws", "aws", "aws-cli")] {
        if !installed(program) {
            continue;
        }
        let outcome = scene.run(sync(engine)).expect(0);
        let last = deployment.last();
        assert_eq!(last["tool"], name);
        let mut found = comparable(&last);
        for field in ["aws_additional_checksums", "server_side_validation"] {
            found.get_mut("checksum_verification").unwrap()[field] = true.into();
        }
        assert_eq!(found, expected, "{outcome}");
        assert!(outcome.text().contains("Progress: 11/11 files (100.0% by size"), "{outcome}");
        objects.extend(deployment.source.objects(&format!("{engine}/")));
        let described = head(&scene.url(), &format!("{engine}/large"), &[]);
        assert_eq!(described["x-amz-meta-synced-by"], "tt-sync");
        assert_eq!(described["x-amz-storage-class"], "INTELLIGENT_TIERING");
        assert!(scene.run(sync(engine)).expect(0).text().contains("all was up to date"));
    }
    scene.stored().expect(&objects);
}

#[test]
fn an_engine_that_fails_or_lies_is_found_out() {
    let scene = Scene::with(|directory, options| options.bodies = Bodies::Directory(directory.join("s3")));
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("d", 3);
    fs::create_dir(scene.path("bin")).unwrap();
    let path = |scene: &Scene| {
        let (_, path) = scene.environment().into_iter().find(|(name, _)| name == "PATH").unwrap();
        format!("{}:{}", scene.path("bin").display(), path.to_str().unwrap())
    };
    let version = "case $1 in version) echo v2.3.0-991c9fb; exit;; esac";
    for (script, said) in [
        ("echo 'ERROR \"cp a s3://b/c\": no' >&2; exit 1", "ERROR \"cp a s3://b/c\": no"),
        ("exit 0", "MISSING"),
    ] {
        scene.write("bin/s5cmd", format!("#!/bin/sh\n{version}\n{script}\n"));
        tt_tests::chmod(&scene.path("bin/s5cmd"), 0o755);
        let outcome =
            scene.run(deployment.sync().args(["--engine", "s5cmd"]).env("PATH", path(&scene))).expect(1);
        let last = deployment.last();
        assert!(last["error"].as_str().unwrap().contains(said), "{last}\n{outcome}");
        assert_eq!(
            (&last["files_synced"], &last["checksum_verification"]["verified"]),
            (&0.into(), &false.into())
        );
    }
    let outcome = scene.run(deployment.sync().args(["--engine", "aws"]).env("PATH", "/nowhere")).expect(1);
    assert!(outcome.text().contains("there is no aws-cli in PATH"), "{outcome}");
}
