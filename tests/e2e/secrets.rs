//! Secrets are nowhere: not in what is said at the highest verbosity, not in a file, not in the list of processes. And what is
//! written on the way is nobody else's to read.

use std::{
    fs,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use tt_lab::Options;
use tt_tests::{Deployment, Outcome, SECRET_KEY, Scene, Stage, Tree, plan, push, tool, verify, wait_until};

const DEST: &str = "s3://bucket/p/";
const TOKEN: &str = "session-token-that-nobody-may-ever-see";
const PASSWORD: &str = "password-of-the-proxy-that-nobody-may-ever-see";
const WEBHOOK: &str = "token-of-a-webhook-that-nobody-may-ever-see";
/// 32 bytes, in base64.
const CUSTOMER_KEY: &str = "c2VjcmV0LXRoYXQtbm9ib2R5LW1heS1ldmVyLXNlZS0=";
/// What a signature stands behind in a request.
const SIGNATURE: &str = "Signature=";

/// All that must not be seen; of the customer's key also the bytes.
const SECRETS: [&str; 7] =
    [SECRET_KEY, TOKEN, PASSWORD, WEBHOOK, CUSTOMER_KEY, "secret-that-nobody-may-ever-see-", SIGNATURE];

/// A scene with these options, and a key that is good with its token only.
fn scene(change: impl FnOnce(&mut Options)) -> Scene {
    Scene::with(|_, options| {
        for credential in &mut options.credentials {
            credential.session_token = Some(TOKEN.to_owned());
        }
        change(options);
    })
}

/// As loud as a tool can be, and as a library might be.
fn loud(stage: Stage) -> Stage {
    let set = [("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full"), ("AWS_SESSION_TOKEN", TOKEN)];
    set.into_iter().fold(stage.arg("--verbose"), |stage, (name, value)| stage.env(name, value))
}

fn holds_secret(bytes: &[u8]) -> Option<&'static str> {
    let holds = |secret: &&str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
    SECRETS.into_iter().find(|secret| holds(secret))
}

/// The command lines of the processes that a scene started, known by its directory in their environment: the machine has others.
fn command_lines(scene: &Scene) -> Vec<Vec<u8>> {
    let directory = scene.directory();
    let root = directory.parent().unwrap().as_os_str().as_bytes();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten().map(|process| process.path());
    let read = |process: &Path, file: &str| fs::read(process.join(file)).unwrap_or_default();
    processes
        .filter(|process| read(process, "environ").windows(root.len()).any(|window| window == root))
        .map(|process| read(&process, "cmdline"))
        .collect()
}

/// All small files below a directory.
fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files(&path, found),
            // What is larger is content: that of the tree, and what the endpoint keeps of it.
            Ok(kind) if kind.is_file() && entry.metadata().is_ok_and(|stat| stat.len() < 1 << 20) => {
                found.push(path);
            }
            _ => {}
        }
    }
}

/// Fails the test if a secret is in what was said, or in any file of the scene but those where the user keeps it.
fn check(scene: &Scene, outcome: &Outcome, stages: usize) {
    assert_eq!(holds_secret(outcome.stdout()), None, "{outcome}");
    for stage in 0..stages {
        assert_eq!(holds_secret(outcome.stage(stage).stderr.as_bytes()), None, "{outcome}");
    }
    let mut found = Vec::new();
    files(scene.directory().parent().unwrap(), &mut found);
    for path in found.iter().filter(|path| !path.ends_with("key") && !path.ends_with("datasync-config.env")) {
        assert_eq!(holds_secret(&fs::read(path).unwrap_or_default()), None, "{}", path.display());
    }
}

fn tree(scene: &Scene) -> Tree {
    let mut tree = scene.tree("data");
    tree.many("many", 20);
    tree.sized("large", 17 << 20);
    tree
}

#[test]
fn nothing_that_goes_well_or_wrong_tells_a_secret() {
    let faults = [
        "no-checksums:rate=0",
        "slow-down:rate=0.2",
        "reset:rate=0.2,op=PutObject+UploadPart",
        "access-denied:after=3,op=PutObject",
        "access-denied:op=HeadObject",
        "expired-token:after=2",
        "error-in-200",
        "internal-error",
    ];
    for fault in faults {
        let scene = scene(|options| options.faults = vec![fault.parse().unwrap()]);
        let tree = tree(&scene);
        let stages = [plan(&tree, DEST), push(), verify()];
        let outcome = scene.pipeline(stages.map(|stage| loud(stage.args(["--retries", "2"])))).run();
        check(&scene, &outcome, 3);
    }
}

#[test]
fn neither_a_key_of_ones_own_nor_a_password_is_told() {
    let scene = scene(|_| {});
    let tree = tree(&scene);
    scene.write("key", CUSTOMER_KEY);
    let keyed = |stage: Stage| loud(stage.args(["--sse-c-key", "key"]));
    let outcome = scene.pipeline([keyed(plan(&tree, DEST)), keyed(push()), keyed(verify())]).run();
    check(&scene, &outcome.expect_all(&[0, 0, 0]), 3);
    let other = loud(verify().arg(&tree).arg(DEST));
    check(&scene, &scene.run(other), 1);
    let proxy = format!("http://me:{PASSWORD}@127.0.0.1:1");
    let away = loud(plan(&tree, DEST)).env("HTTP_PROXY", &proxy).env("HTTPS_PROXY", &proxy);
    check(&scene, &scene.run(away.args(["--retries", "0"])).expect(69), 1);
    let named = format!("http://me:{PASSWORD}@127.0.0.1:1");
    check(&scene, &scene.run(loud(plan(&tree, DEST)).args(["--endpoint-url", &named])).expect(78), 1);
    let bucket = scene.run(loud(tool("tt-install")).args(["check", "--bucket", DEST]));
    check(&scene, &bucket, 1);
}

#[test]
fn a_deployment_tells_no_secret_either() {
    let scene = scene(|_| {});
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("many", 10);
    deployment.and(&[
        "export S5CMD_LOG_LEVEL=debug",
        "export NOTIFICATION_METHOD=webhook",
        &format!("export ALERT_WEBHOOK_URL=http://127.0.0.1:1/{WEBHOOK}"),
    ]);
    let set = |stage: Stage| stage.env("RUST_LOG", "trace").env("AWS_SESSION_TOKEN", TOKEN);
    for args in [
        &[][..],
        &["--print-config"],
        &["--print-pipeline"],
        &["--dry-run"],
        &["status"],
        &["alerts", "--send"],
    ] {
        check(&scene, &scene.run(set(deployment.sync().args(args))), 1);
    }
}

#[test]
fn the_list_of_processes_holds_no_secret_and_nobody_else_reads_what_is_written_on_the_way() {
    let scene = scene(|options| options.link.delay = Duration::from_millis(300));
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("many", 100);
    let stage = deployment.sync().env("AWS_SESSION_TOKEN", TOKEN);
    let mut running = scene.pipeline([stage]).start();
    let (mut seen, mut checked) = (0, 0);
    wait_until("it has ended", || {
        for command in command_lines(&scene) {
            assert_eq!(holds_secret(&command), None, "{}", String::from_utf8_lossy(&command));
            seen += usize::from(command.windows(7).any(|window| window == b"tt-push"));
        }
        let mut found = Vec::new();
        files(&scene.directory().parent().unwrap().join("tmp"), &mut found);
        files(&scene.directory().parent().unwrap().join("home"), &mut found);
        for path in found {
            let Ok(stat) = fs::metadata(&path) else { continue };
            assert_eq!(stat.permissions().mode() & 0o077, 0, "{}", path.display());
            checked += 1;
        }
        !running.runs(0)
    });
    running.wait().expect(0);
    assert!(checked > 0, "there was a file to look at");
    if Path::new("/proc/self/cmdline").exists() {
        assert!(seen > 0, "there was a process to look at");
    }
}
