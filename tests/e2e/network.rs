//! Services that can't be reached, or not be trusted.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use tt_lab::{Options, Tls, make_certificates};
use tt_tests::{Outcome, Scene, Stage, Tree, plan, push, verify};

const DEST: &str = "s3://bucket/p/";
const DAY: Duration = Duration::from_hours(24);

/// An endpoint with a certificate that is valid within a window of days from now. `ca.pem` can be trusted.
fn secure(from: i32, until: i32) -> Scene {
    let day = |days: i32| {
        let distance = DAY * days.unsigned_abs();
        if days < 0 { SystemTime::now() - distance } else { SystemTime::now() + distance }
    };
    let made = make_certificates(day(from), day(until)).unwrap();
    let files = move |directory: &Path, options: &mut Options| {
        let (cert, key) = (directory.join("cert.pem"), directory.join("key.pem"));
        fs::write(directory.join("work/ca.pem"), &made.ca).unwrap();
        fs::write(&cert, &made.cert).unwrap();
        fs::write(&key, &made.key).unwrap();
        options.tls = Some(Tls::Files { cert, key });
    };
    Scene::with(files)
}

fn with_tree(scene: &Scene) -> Tree {
    let mut tree = scene.tree("tree");
    tree.many("d", 20);
    tree
}

/// The pipeline with the same change to each of its tools.
fn run(scene: &Scene, change: impl Fn(Stage) -> Stage) -> Outcome {
    let tree = with_tree(scene);
    scene.pipeline([plan(&tree, DEST), push(), verify()].map(change)).run()
}

/// tt-plan fails, and the others repeat its code.
#[track_caller]
fn expect_failure(scene: &Scene, change: impl Fn(Stage) -> Stage, code: i32) -> Outcome {
    let outcome = run(scene, change).expect_all(&[code, code, code]).expect_hint(0);
    assert_eq!(outcome.records().counts(), [("fail", 1)].into(), "{outcome}");
    outcome
}

#[test]
fn a_service_that_nobody_runs_is_unreachable() {
    let scene = Scene::new();
    for url in ["http://127.0.0.1:1", "http://nowhere.invalid:9000"] {
        expect_failure(&scene, |stage| stage.env("AWS_ENDPOINT_URL", url), 69);
        expect_failure(&scene, |stage| stage.args(["--endpoint-url", url]), 69);
    }
    let tree = with_tree(&scene);
    let records = scene.keep(plan(&tree, DEST), "plan.ndjson");
    for stage in [push(), verify()] {
        let away = stage.arg(&records).args(["--endpoint-url", "http://127.0.0.1:1"]);
        let outcome = scene.run(away).expect(69).expect_hint(0);
        assert_eq!(outcome.stage(0).stderr.matches(": error: ").count(), 1, "{outcome}");
    }
}

#[test]
fn something_that_is_no_url_is_a_matter_of_usage_or_configuration() {
    let scene = Scene::new();
    let tree = with_tree(&scene);
    let outcome = scene.run(plan(&tree, DEST).args(["--endpoint-url", "not a url"])).expect_hint(0);
    assert!([64, 78].contains(&outcome.stage(0).code()), "{outcome}");
    // It must not be AWS then that is asked.
    for variable in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"] {
        expect_failure(&scene, |stage| stage.env(variable, "s3.example"), 78).expect_said(0, "s3.example");
    }
}

#[test]
fn a_certificate_of_an_authority_that_nobody_knows_is_not_believed() {
    let scene = secure(-1, 1);
    expect_failure(&scene, |stage| stage, 69).expect_said(0, "--ca-bundle");
}

#[test]
fn a_certificate_is_believed_once_its_authority_is_trusted() {
    let scene = secure(-1, 1);
    run(&scene, |stage| stage.args(["--ca-bundle", "ca.pem"])).expect_all(&[0, 0, 0]).expect_silence();
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let dest = format!("s3://bucket/{variable}/");
        let tree = with_tree(&scene);
        let stages = [plan(&tree, &dest), push(), verify()].map(|stage| stage.env(variable, "ca.pem"));
        scene.pipeline(stages).run().expect_all(&[0, 0, 0]);
    }
    scene.stored().bytes("p/d/00000");
}

#[test]
fn an_expired_certificate_is_not_believed_even_of_a_trusted_authority() {
    let scene = secure(-2, -1);
    let outcome = expect_failure(&scene, |stage| stage.args(["--ca-bundle", "ca.pem"]), 69);
    outcome.expect_said(0, "expired");
}

#[test]
fn without_verification_everything_works_and_a_warning_is_given() {
    let scene = secure(-2, -1);
    let outcome = run(&scene, |stage| stage.arg("--no-verify-ssl")).expect_all(&[0, 0, 0]);
    for stage in 0..3 {
        assert!(outcome.stage(stage).stderr.contains("warning: "), "{outcome}");
    }
    let tree = with_tree(&scene);
    scene.run(plan(&tree, DEST).args(["--no-verify-ssl", "--quiet"])).expect(0).expect_silence();
}

#[test]
fn a_bundle_that_is_none_is_a_matter_of_configuration() {
    let scene = secure(-1, 1);
    scene.write("empty.pem", "");
    scene.write("text.pem", "no certificate\n");
    for name in ["nowhere.pem", "empty.pem", "text.pem"] {
        expect_failure(&scene, |stage| stage.args(["--ca-bundle", name]), 78).expect_said(0, name);
    }
}

#[test]
fn plain_http_to_a_service_that_speaks_tls_is_given_up_soon() {
    let scene = secure(-1, 1);
    let url = scene.url().replace("https", "http");
    let tree = with_tree(&scene);
    let outcome = scene.run(plan(&tree, DEST).args(["--endpoint-url", &url])).expect(69).expect_hint(0);
    // As often as where nobody listens: what was never reached is no hiccup.
    let connections = scene.stats().connections;
    assert!(connections <= 5, "{connections} times tried in vain\n{outcome}");
}

#[test]
fn a_password_in_the_endpoint_url_is_refused_and_not_repeated() {
    let scene = Scene::new();
    let tree = with_tree(&scene);
    let outcome =
        scene.run(plan(&tree, DEST).args(["--endpoint-url", "http://me:hush@localhost:9000"])).expect(78);
    assert!(!outcome.expect_hint(0).stage(0).stderr.contains("hush"));
}
