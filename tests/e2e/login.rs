//! Who asks, for what: credentials, permissions, buckets and regions. The cause is told once, with a hint, and is the exit
//! code of the whole pipeline.

use std::time::{Duration, SystemTime};

use tt_lab::Credential;
use tt_tests::{Outcome, SECRET_KEY, Scene, Stage, Tree, plan, push, verify};

const DEST: &str = "s3://bucket/p/";

fn with_tree(scene: &Scene) -> Tree {
    let mut tree = scene.tree("tree");
    tree.many("d", 50);
    tree
}

/// The pipeline with the same change to each of its tools: tt-plan fails, and the others repeat its code.
#[track_caller]
fn expect_failure(scene: &Scene, dest: &str, change: impl Fn(Stage) -> Stage, code: i32) -> Outcome {
    let tree = with_tree(scene);
    let stages = [plan(&tree, dest), push(), verify()].map(|stage| change(stage.arg("--verbose")));
    let outcome = scene.pipeline(stages).run().expect_all(&[code, code, code]).expect_hint(0);
    assert_eq!(outcome.records().counts(), [("fail", 1)].into(), "{outcome}");
    outcome
}

/// tt-push by itself, with a plan that was made before: it stops at once, and says why once.
#[track_caller]
fn expect_push_failure(scene: &Scene, change: impl Fn(Stage) -> Stage, code: i32) -> Outcome {
    let tree = with_tree(scene);
    let plan = scene.keep(plan(&tree, DEST), "plan.ndjson");
    let outcome = scene.run(change(push().arg(plan).arg("--verbose"))).expect(code).expect_hint(0);
    let errors = outcome.stage(0).stderr.matches(": error: ").count();
    assert_eq!(errors, 1, "one cause is told once\n{outcome}");
    assert!(outcome.records().is_incomplete());
    assert!(scene.stored().keys().is_empty());
    outcome
}

#[test]
fn a_wrong_secret_is_a_matter_of_credentials() {
    let scene = Scene::new();
    let wrong = |stage: Stage| stage.env("AWS_SECRET_ACCESS_KEY", SECRET_KEY.replace("scene", "wrong"));
    let outcome = expect_failure(&scene, DEST, wrong, 77).expect_said(0, "SignatureDoesNotMatch");
    let told = "wrong/secret";
    assert!(!outcome.text().contains(told) && !outcome.stage(0).stderr.contains(told), "{outcome}");
    expect_push_failure(&scene, wrong, 77);
}

#[test]
fn an_unknown_key_is_a_matter_of_credentials() {
    let scene = Scene::new();
    let unknown = |stage: Stage| stage.env("AWS_ACCESS_KEY_ID", "NOBODY");
    expect_failure(&scene, DEST, unknown, 77).expect_said(0, "InvalidAccessKeyId");
    expect_push_failure(&scene, unknown, 77);
}

#[test]
fn tt_verify_by_itself_says_what_is_wrong_though_a_head_has_no_body() {
    let scene = Scene::new();
    let tree = with_tree(&scene);
    let results = scene.keep(plan(&tree, DEST), "plan.ndjson");
    for (name, value, said) in [
        ("AWS_SECRET_ACCESS_KEY", "wrong", "SignatureDoesNotMatch"),
        ("AWS_ACCESS_KEY_ID", "NOBODY", "InvalidAccessKeyId"),
    ] {
        let outcome = scene.run(verify().arg(&results).env(name, value)).expect(77);
        assert!(outcome.expect_said(0, said).expect_hint(0).records().is_incomplete());
    }
    let scene = Scene::with_faults(&["expired-token"]);
    let outcome = scene.run(verify().arg(&results)).expect(77).expect_said(0, "ExpiredToken");
    assert!(outcome.records().is_incomplete());
}

#[test]
fn no_credentials_are_a_matter_of_credentials() {
    let scene = Scene::new();
    let without = |stage: Stage| stage.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    expect_failure(&scene, DEST, without, 77).expect_said(0, "no credentials");
    expect_push_failure(&scene, without, 77);
}

#[test]
fn a_key_that_may_only_read_stops_the_upload_at_once() {
    let reader = || Credential { read_only: true, ..Credential::new("READER", "reads") };
    let scene = Scene::with(|_, options| options.credentials.push(reader()));
    let as_reader =
        |stage: Stage| stage.env("AWS_ACCESS_KEY_ID", "READER").env("AWS_SECRET_ACCESS_KEY", "reads");
    let mut tree = scene.tree("tree");
    tree.many("d", 1000);
    let stages = [plan(&tree, DEST), push(), verify()].map(as_reader);
    let outcome = scene.pipeline(stages).run().expect_all(&[0, 77, 77]).expect_hint(1);
    assert_eq!(outcome.stage(1).stderr.matches(": error: ").count(), 1, "{outcome}");
    assert!(outcome.stage(1).stderr.contains("s3:PutObject"), "the permission is named\n{outcome}");
    let asked = scene.requests("PutObject");
    assert!(asked < 200, "{asked} of 1000 were tried");
}

#[test]
fn an_expired_token_is_a_matter_of_credentials() {
    let scene = Scene::with_faults(&["expired-token:op=PutObject,after=5"]);
    let tree = with_tree(&scene);
    let outcome = scene.pipeline([plan(&tree, DEST), push(), verify()]).run().expect_all(&[0, 77, 77]);
    let outcome = outcome.expect_hint(1).expect_said(1, "ExpiredToken");
    assert!(outcome.records().is_incomplete());
}

#[test]
fn temporary_credentials_bring_their_token_along() {
    let scene = Scene::with(|_, options| {
        let session =
            Credential { session_token: Some("a/b+c=".into()), ..Credential::new("SESSION", "lasts") };
        options.credentials.push(session);
    });
    let mut tree = with_tree(&scene);
    tree.sized("large", 17 << 20);
    let with_session = |stage: Stage| {
        let stage = stage.env("AWS_ACCESS_KEY_ID", "SESSION").env("AWS_SECRET_ACCESS_KEY", "lasts");
        stage.env("AWS_SESSION_TOKEN", "a/b+c=")
    };
    scene.pipeline([plan(&tree, DEST), push(), verify()].map(with_session)).run().expect_all(&[0, 0, 0]);
}

#[test]
fn an_expired_session_is_a_matter_of_credentials() {
    let session = || Credential {
        session_token: Some("token".into()),
        expires: Some(SystemTime::now() - Duration::from_hours(1)),
        ..Credential::new("SESSION", "expires")
    };
    let scene = Scene::with(|_, options| options.credentials.push(session()));
    let with_session = |stage: Stage| {
        let stage = stage.env("AWS_ACCESS_KEY_ID", "SESSION").env("AWS_SECRET_ACCESS_KEY", "expires");
        stage.env("AWS_SESSION_TOKEN", "token")
    };
    expect_failure(&scene, DEST, with_session, 77).expect_said(0, "ExpiredToken");
}

#[test]
fn a_profile_that_is_not_there_is_named() {
    let scene = Scene::new();
    let tree = with_tree(&scene);
    let outcome = scene.run(plan(&tree, DEST).args(["--profile", "stranger"])).expect_hint(0);
    assert!([77, 78].contains(&outcome.stage(0).code()), "{outcome}");
    outcome.expect_said(0, "stranger");
}

#[test]
fn a_name_that_is_no_bucket_s_is_a_matter_of_usage_or_configuration() {
    let scene = Scene::new();
    let tree = with_tree(&scene);
    let outcome = scene.run(plan(&tree, "s3://-bad-/p/")).expect_hint(0);
    assert!([64, 78].contains(&outcome.stage(0).code()), "{outcome}");
}

#[test]
fn a_bucket_that_is_not_there_is_a_matter_of_configuration() {
    let scene = Scene::new();
    expect_failure(&scene, "s3://nobody/p/", |stage| stage, 78).expect_said(0, "nobody");
}

#[test]
fn a_bucket_that_vanished_is_not_a_missing_object() {
    let scene = Scene::new();
    let tree = with_tree(&scene);
    let text = scene.run(plan(&tree, DEST)).expect(0).text().replace("s3://bucket/", "s3://nobody/");
    for stage in [push(), verify()] {
        scene
            .pipeline([stage])
            .reading(text.clone())
            .run()
            .expect(78)
            .expect_hint(0)
            .expect_said(0, "nobody");
    }
}

#[test]
fn a_wrong_region_is_told_with_the_right_one() {
    let scene = Scene::with(|_, options| "eu-central-1".clone_into(&mut options.region));
    expect_failure(&scene, DEST, |stage| stage, 78).expect_said(0, "--region eu-central-1");
    let right = [plan(scene.path("tree"), DEST), push(), verify()];
    let right = right.map(|stage| stage.args(["--region", "eu-central-1"]));
    scene.pipeline(right).run().expect_all(&[0, 0, 0]);
}

#[test]
fn a_wrong_region_shows_in_push_and_verify_too() {
    let scene = Scene::with(|_, options| "eu-central-1".clone_into(&mut options.region));
    let tree = with_tree(&scene);
    let plan = scene.keep(plan(&tree, DEST).args(["--region", "eu-central-1"]), "plan.ndjson");
    for stage in [push(), verify()] {
        scene.run(stage.arg(&plan)).expect(78).expect_hint(0).expect_said(0, "eu-central-1");
    }
}

#[test]
fn an_open_bucket_needs_no_credentials() {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let tree = with_tree(&scene);
    let open = |stage: Stage| {
        stage.arg("--no-sign-request").without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY")
    };
    scene.pipeline([plan(&tree, DEST), push(), verify()].map(open)).run().expect_all(&[0, 0, 0]);
}

#[test]
fn a_profile_brings_credentials_region_and_endpoint() {
    let scene = Scene::with(|_, options| "eu-central-1".clone_into(&mut options.region));
    let tree = with_tree(&scene);
    scene.write(
        "credentials",
        format!("[p]\naws_access_key_id = SCENEKEY\naws_secret_access_key = {SECRET_KEY}\n"),
    );
    scene.write("config", format!("[profile p]\nregion = eu-central-1\nendpoint_url = {}\n", scene.url()));
    let with_profile = |stage: Stage| {
        let stage = stage.args(["--profile", "p"]).without("AWS_REGION").without("AWS_ENDPOINT_URL");
        stage
            .env("AWS_CONFIG_FILE", scene.path("config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", scene.path("credentials"))
            .env("AWS_ACCESS_KEY_ID", "NOBODY")
    };
    scene.pipeline([plan(&tree, DEST), push(), verify()].map(with_profile)).run().expect_all(&[0, 0, 0]);
}

#[test]
fn a_bucket_that_is_not_there_shows_even_where_there_is_nothing_to_do() {
    let scene = Scene::new();
    let tree = scene.tree("empty");
    scene.run(plan(&tree, "s3://nowhere/p/")).expect(78).expect_said(0, "NoSuchBucket");
    let delete = r#"{"type":"delete","dst":"s3://nowhere/x","size":1,"etag":"\"e\""}"#;
    let outcome = scene.pipeline([push().arg("--partial-input")]).reading(delete).run().expect(78);
    assert_eq!(outcome.records().count("deleted"), 0);
}
