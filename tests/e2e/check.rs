//! `tt-install check`: what is ready and what is not, each with its exit code and what to do.

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use serde_json::Value;
use tt_lab::Credential;
use tt_tests::{Outcome, SECRET_KEY, Scene, Stage, chmod, fake_s5cmd, tool};

const BUCKET: &str = "s3://bucket/p/";
const TOOLS: [&str; 5] = ["tt-plan", "tt-push", "tt-verify", "tt-sync", "tt-bench"];

/// Puts a program into a directory of the scene.
fn put(scene: &Scene, name: &str, content: impl AsRef<[u8]>) {
    fs::create_dir_all(scene.path("bin")).unwrap();
    let path = scene.write(&format!("bin/{name}"), content);
    chmod(&path, 0o755);
}

/// Where our tools are.
fn built(scene: &Scene) -> PathBuf {
    let (_, path) = scene.environment().into_iter().find(|(name, _)| name == "PATH").unwrap();
    env::split_paths(&path).next().unwrap()
}

/// `tt-install check` where PATH leads to `bin`, to our tools and to the system's programs, and `bin` has an s5cmd.
fn check(scene: &Scene) -> Stage {
    put(scene, "s5cmd", fake_s5cmd(Path::new(env!("CARGO_BIN_EXE_fake-s5cmd")), "v2.3.0-991c9fb"));
    bare(scene, &[built(scene)])
}

/// The same without an s5cmd, and with these directories instead of that of our tools.
fn bare(scene: &Scene, directories: &[PathBuf]) -> Stage {
    let own = [scene.path("bin")];
    let system = ["/usr/bin", "/bin"].map(PathBuf::from);
    let path = env::join_paths(own.iter().chain(directories).chain(&system)).unwrap();
    tool("tt-install").args(["check", "--retries", "0"]).env("PATH", path)
}

/// Runs a check, and finds one line that has not passed, with this outcome and a hint.
#[track_caller]
fn finds(scene: &Scene, stage: Stage, code: i32, line: &str) -> Outcome {
    let outcome = scene.run(stage).expect(code).expect_silence();
    let text = outcome.text();
    let mut lines = text.lines().skip_while(|found| !found.starts_with(line));
    assert!(lines.next().is_some(), "no line {line:?}\n{outcome}");
    assert!(lines.next().is_some_and(|hint| hint.contains("hint: ")), "no hint to {line:?}\n{outcome}");
    assert_eq!(text.contains("NOT ready"), code != 0, "{outcome}");
    outcome
}

#[test]
fn where_all_is_ready_nothing_is_left_behind() {
    let scene = Scene::new();
    let outcome = scene.run(check(&scene).args(["--bucket", BUCKET, "--write"])).expect(0).expect_silence();
    assert!(outcome.text().ends_with("All is ready.\n"), "{outcome}");
    let names =
        ["s5cmd", "tt-plan", "aws", "disk", "profile", "credentials", "region", "bucket", "clock", "write"];
    for name in names {
        assert!(
            outcome.text().contains(&format!("\npass  {name}")) || outcome.text().starts_with("pass  s5cmd")
        );
    }
    assert!(outcome.text().contains("nothing is below s3://bucket/p/ so far"), "{outcome}");
    assert_eq!((scene.requests("PutObject"), scene.requests("DeleteObjects")), (1, 1));
    assert!(scene.stored().keys().is_empty());
}

#[test]
fn without_a_bucket_no_request_is_made() {
    let scene = Scene::new();
    let outcome = scene.run(check(&scene)).expect(0);
    assert!(outcome.text().contains("skip  bucket       no request was made"), "{outcome}");
    assert_eq!(scene.stats().requests, 0);
}

#[test]
fn without_write_nothing_is_written() {
    let scene = Scene::new();
    let outcome = scene.run(check(&scene).args(["--bucket", BUCKET])).expect(0);
    assert!(outcome.text().contains("skip  write        add --write"), "{outcome}");
    assert_eq!(scene.requests("PutObject"), 0);
}

#[test]
fn programs_can_read_it() {
    let scene = Scene::new();
    let stage = check(&scene).args(["--json", "--bucket", "s3://nowhere/"]);
    let outcome = scene.run(stage).expect(3).expect_silence();
    let report: Value = serde_json::from_str(&outcome.text()).unwrap();
    assert_eq!((&report["ok"], &report["exit"]), (&false.into(), &3.into()), "{report}");
    let findings = report["findings"].as_array().unwrap();
    let found = |check: &str| findings.iter().find(|finding| finding["check"] == check).unwrap();
    assert_eq!(found("s5cmd")["outcome"], "pass");
    assert_eq!((&found("s5cmd")["area"], &found("s5cmd")["hint"]), (&"installation".into(), &Value::Null));
    let bucket = found("bucket");
    assert_eq!((&bucket["outcome"], &bucket["area"]), (&"fail".into(), &"access".into()));
    assert!(
        bucket["what"].as_str().unwrap().contains("NoSuchBucket") && bucket["hint"].is_string(),
        "{bucket}"
    );
}

#[test]
fn an_s5cmd_must_be_there_work_and_be_new_enough() {
    let scene = Scene::new();
    let fake = |told: &str| fake_s5cmd(Path::new(env!("CARGO_BIN_EXE_fake-s5cmd")), told);
    let stage = || bare(&scene, &[built(&scene)]);
    let outcome = finds(&scene, stage(), 1, "fail  s5cmd        it is not in PATH");
    assert!(outcome.text().contains("--without-s5cmd"), "{outcome}");
    let outcome = scene.run(stage().arg("--without-s5cmd")).expect(0);
    assert!(outcome.text().contains("skip  s5cmd"), "{outcome}");
    for (told, code, line) in [
        ("v1.4.0-d7a0dda", 1, "fail  s5cmd        1.4.0 is too old"),
        ("v2.0.0-beta.2", 1, "fail  s5cmd        2.0.0-beta.2 is too old"),
        ("fail", 1, "fail  s5cmd        "),
        ("hello", 1, "fail  s5cmd        "),
        ("v0.0.0-dev", 0, "warn  s5cmd        it was built from source"),
    ] {
        put(&scene, "s5cmd", fake(told));
        finds(&scene, stage(), code, line);
    }
    put(&scene, "s5cmd", "\x7fELF for another machine");
    finds(&scene, stage(), 1, "fail  s5cmd");
}

#[test]
fn our_tools_must_be_there_in_one_version() {
    let scene = Scene::new();
    check(&scene);
    let outcome = finds(&scene, bare(&scene, &[]), 1, "fail  tt-plan      it is not in PATH");
    assert!(outcome.text().contains(&format!("it is in {}", built(&scene).display())), "{outcome}");
    for tool in TOOLS {
        symlink(built(&scene).join(tool), scene.path("bin").join(tool)).unwrap();
    }
    scene.run(bare(&scene, &[])).expect(0);
    fs::remove_file(scene.path("bin/tt-push")).unwrap();
    put(&scene, "tt-push", "#!/bin/sh\necho tt-push 0.0.7\n");
    let outcome = finds(&scene, bare(&scene, &[]), 1, "fail  tt-push      another version");
    assert!(outcome.text().contains("tt-push 0.0.7"), "{outcome}");
    put(&scene, "tt-push", "#!/bin/sh\nexit 3\n");
    finds(&scene, bare(&scene, &[]), 1, "fail  tt-push      ");
}

#[test]
fn the_aws_cli_is_no_more_than_a_note() {
    let scene = Scene::new();
    let stage = || check(&scene).env("PATH", env::join_paths([scene.path("bin"), built(&scene)]).unwrap());
    assert!(scene.run(stage()).expect(0).text().contains("pass  aws          not there, and not needed"));
    put(&scene, "aws", "#!/bin/sh\necho aws-cli/2.31.0 Python/3.13\n");
    assert!(scene.run(stage()).expect(0).text().contains("pass  aws          aws-cli/2.31.0, "));
    put(&scene, "aws", "#!/bin/sh\nexit 1\n");
    finds(&scene, stage(), 0, "warn  aws");
}

#[test]
fn open_files_and_temporary_files_are_a_matter_of_the_installation() {
    let scene = Scene::new();
    let limited = |limit: &str| {
        let command = format!("ulimit -n {limit}; exec tt-install check");
        tool("sh")
            .args(["-c", &command])
            .env("PATH", env::join_paths([scene.path("bin"), built(&scene), "/bin".into()]).unwrap())
    };
    check(&scene);
    finds(&scene, limited("200"), 0, "warn  descriptors  they allow ");
    finds(&scene, limited("40"), 1, "fail  descriptors  they allow ");
    finds(
        &scene,
        check(&scene).env("TMPDIR", "/nowhere"),
        1,
        "fail  disk         no temporary file can be made",
    );
}

#[test]
fn credentials_must_be_found() {
    let scene = Scene::new();
    let without = |stage: Stage| stage.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    let bucket = |stage: Stage| stage.args(["--bucket", BUCKET]);
    let outcome = finds(&scene, bucket(without(check(&scene))), 2, "fail  credentials  none were found");
    assert!(outcome.text().contains("skip  bucket       the credentials come first"), "{outcome}");
    let open = scene.run(without(check(&scene)).arg("--no-sign-request")).expect(0);
    assert!(open.text().contains("skip  credentials  requests are not to be signed"), "{open}");
}

#[test]
fn a_profile_must_exist() {
    let scene = Scene::new();
    let without = |stage: Stage| stage.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    let config =
        scene.write("config", "[profile work]\nregion = eu-central-1\n[default]\nregion = us-west-2\n");
    let secret = format!("[work]\naws_access_key_id = SCENEKEY\naws_secret_access_key = {SECRET_KEY}\n");
    let credentials = scene.write("credentials", secret);
    let stage = || {
        let stage = without(check(&scene)).without("AWS_REGION").env("AWS_CONFIG_FILE", &config);
        stage.env("AWS_SHARED_CREDENTIALS_FILE", &credentials)
    };
    for stage in [stage().args(["--profile", "work"]), stage().env("AWS_PROFILE", "work")] {
        let outcome = scene.run(stage.args(["--bucket", BUCKET, "--region", "us-east-1"])).expect(0);
        assert!(outcome.text().contains("pass  profile      work"), "{outcome}");
        assert!(outcome.text().contains("pass  credentials  from the profile"), "{outcome}");
    }
    assert!(
        scene
            .run(stage().args(["--profile", "work"]))
            .expect(0)
            .text()
            .contains("pass  region       eu-central-1")
    );
    let outcome = finds(
        &scene,
        stage().args(["--profile", "play"]),
        2,
        "fail  profile      there is no profile \"play\"",
    );
    assert!(outcome.text().contains("there are: default, work"), "{outcome}");
    scene.write("config", "[profile work\nregion");
    finds(
        &scene,
        stage().env("AWS_PROFILE", "work"),
        2,
        "fail  profile      the AWS config files can't be read",
    );
}

#[test]
fn credentials_that_have_expired_are_not_good() {
    let scene = Scene::new();
    let stage = |expiry: &str| {
        let told = format!(
            "{{\"Version\":1,\"AccessKeyId\":\"SCENEKEY\",\"SecretAccessKey\":\"{SECRET_KEY}\",\"Expiration\":\"{expiry}\"}}"
        );
        put(&scene, "issue", format!("#!/bin/sh\necho '{told}'\n"));
        let process = format!("[default]\ncredential_process = {}\n", scene.path("bin/issue").display());
        let config = scene.write("config", process);
        check(&scene)
            .without("AWS_ACCESS_KEY_ID")
            .without("AWS_SECRET_ACCESS_KEY")
            .env("AWS_CONFIG_FILE", config)
    };
    let outcome = scene.run(stage("2099-01-01T00:00:00Z")).expect(0);
    assert!(outcome.text().contains("from a program that the profile names; they expire in"), "{outcome}");
    finds(&scene, stage("2020-01-01T00:00:00Z"), 2, "fail  credentials  ");
}

#[test]
fn a_region_must_be_named_where_it_is_awss() {
    let scene = Scene::new();
    let stage = || check(&scene).without("AWS_REGION");
    let outcome = scene.run(stage()).expect(0);
    assert!(outcome.text().contains("none is named; us-east-1 is used, at http://127.0.0.1"), "{outcome}");
    finds(&scene, stage().without("AWS_ENDPOINT_URL"), 2, "fail  region       none is named");
    finds(&scene, stage().env("AWS_ENDPOINT_URL", "s3.example"), 2, "fail  settings     the endpoint");
}

#[test]
fn wrong_credentials_are_found_out_about_at_the_bucket() {
    let scene = Scene::new();
    let stage = || check(&scene).args(["--bucket", BUCKET, "--write"]);
    let wrong = stage().env("AWS_SECRET_ACCESS_KEY", "wrong");
    let outcome = finds(&scene, wrong, 2, "fail  bucket       ");
    assert!(outcome.text().contains("SignatureDoesNotMatch"), "{outcome}");
    finds(&scene, stage().env("AWS_ACCESS_KEY_ID", "NOBODY"), 2, "fail  bucket       ");
    let scene = Scene::with_faults(&["expired-token:op=ListObjectsV2"]);
    finds(&scene, check(&scene).args(["--bucket", BUCKET]), 2, "fail  bucket       ");
}

#[test]
fn the_bucket_must_be_there_and_reachable() {
    let scene = Scene::new();
    let stage = |bucket: &str| check(&scene).args(["--bucket", bucket]);
    finds(
        &scene,
        stage("s3://nowhere/"),
        3,
        "fail  bucket       can't list s3://nowhere/: no bucket is named nowhere",
    );
    finds(&scene, stage(BUCKET).args(["--region", "eu-west-1"]), 3, "fail  bucket       ");
    let outcome = finds(
        &scene,
        stage(BUCKET).args(["--endpoint-url", "http://127.0.0.1:1"]),
        3,
        "fail  bucket       can't reach",
    );
    assert!(outcome.text().contains("skip  clock        the service can't be reached"), "{outcome}");
}

#[test]
fn what_may_not_be_listed_or_written_to_is_said() {
    let scene = Scene::with_faults(&["access-denied:op=ListObjectsV2"]);
    let stage = |scene: &Scene| check(scene).args(["--bucket", BUCKET, "--write"]);
    let outcome = finds(&scene, stage(&scene), 3, "fail  list         ");
    assert!(outcome.text().contains("s3:ListBucket") && outcome.text().contains("pass  write"), "{outcome}");
    let reader = || Credential { read_only: true, ..Credential::new("READER", "reads") };
    let scene = Scene::with(|_, options| options.credentials.push(reader()));
    let as_reader = stage(&scene).env("AWS_ACCESS_KEY_ID", "READER").env("AWS_SECRET_ACCESS_KEY", "reads");
    let outcome = finds(&scene, as_reader, 3, "fail  write        ");
    assert!(outcome.text().contains("s3:PutObject"), "{outcome}");
    let scene = Scene::with_faults(&["access-denied:op=DeleteObjects+DeleteObject"]);
    let outcome = finds(&scene, stage(&scene), 3, "fail  write        s3://bucket/p/.tt-install-check-");
    let left = scene.stored().keys();
    assert!(left.len() == 1 && left.iter().all(|key| outcome.text().contains(key)), "{left:?}\n{outcome}");
}

#[test]
fn a_clock_that_is_off_is_told_apart_from_wrong_credentials() {
    for (skew, code, line) in [
        ("PT3M", 0, "warn  clock        this machine's clock is 3m 0s slow"),
        ("-PT5M", 0, "warn  clock        this machine's clock is 5m 0s fast"),
        ("PT1H", 3, "fail  clock        this machine's clock is 1h 0m 0s slow"),
    ] {
        let scene = Scene::with(|_, options| options.clock_skew = skew.parse().unwrap());
        let outcome = scene.run(check(&scene).args(["--bucket", BUCKET])).expect(code);
        // A second may pass.
        let start = &line[..line.rfind(' ').unwrap() - 3];
        assert!(outcome.text().lines().any(|found| found.starts_with(&start[..30])), "{line}\n{outcome}");
        assert!(outcome.text().contains("such as with NTP"), "{outcome}");
    }
}

#[test]
fn wrong_usage_and_a_closed_stdout_have_the_usual_codes() {
    let scene = Scene::new();
    for args in [&["--write"][..], &["--bucket", "bucket"], &["--no-such-flag"], &["extra"]] {
        scene.run(check(&scene).args(args)).expect(64).expect_said(0, "error: ");
    }
    scene.pipeline([check(&scene)]).writing("/dev/full").run().expect(74).expect_said(0, "stdout");
}
