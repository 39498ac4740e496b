//! Secrets that are written at the wrong place, or that other programs print, are not shown.

use tt_tests::{Deployment, Outcome, Scene, plan, tool};

const DEST: &str = "s3://bucket/p/";
const SECRET: &str = "N33DLE0123456789";

/// Fails the test if any part of the secret can be seen.
fn check(outcome: &Outcome) {
    let shown = format!("{}{}", outcome.stage(0).stderr, outcome.text());
    assert!(!shown.contains("DLE0123456789"), "{outcome}");
}

#[test]
fn a_password_in_an_endpoint_that_is_no_url_is_not_shown() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("a", "a");
    for url in [
        "http://user:SECRET@127.0.0.1:1 ",
        "http://user:p/SECRET@127.0.0.1:1",
        "http://user:p?SECRET@127.0.0.1:1",
        "http://user:p#SECRET@127.0.0.1:1",
        "http://user:p SECRET@127.0.0.1:1",
        "http://user:80/SECRET@127.0.0.1:1",
        "http:/user:SECRET@127.0.0.1:1",
        "http//user:SECRET@127.0.0.1:1",
        "user:SECRET@127.0.0.1:1",
        "http://user:SECRET",
        "http://127.0.0.1:1/?token=SECRET",
    ] {
        let url = url.replace("SECRET", SECRET);
        for stage in [
            plan(&tree, DEST).env("AWS_ENDPOINT_URL", &url),
            plan(&tree, DEST).args(["--endpoint-url", &url]),
            tool("tt-install").args(["check", "--endpoint-url", &url]),
        ] {
            let program = stage.clone();
            let outcome = scene.run(stage.without("AWS_PROFILE"));
            check(&outcome);
            assert_ne!(outcome.stage(0).code(), 0, "{program:?}");
        }
    }
    let outcome = scene.run(plan(&tree, DEST).env("AWS_ENDPOINT_URL", "localhost:9000")).expect(78);
    outcome.expect_said(0, "localhost:9000").expect_said(0, "http://");
}

#[test]
fn a_secret_in_a_configuration_that_is_written_wrongly_is_not_shown() {
    let scene = Scene::new();
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("many", 1);
    for line in [
        "export AWS_SECRET_ACCESS_KEY= @@",
        "export AWS_SECRET_ACCESS_KEY =@@",
        "AWS_SECRET_ACCESS_KEY: @@",
        "AWS-SECRET-ACCESS-KEY=@@",
        "1SECRET=@@",
        "@@",
        "A='b' @@",
        "A=${A/@@/y}",
        "A=b && @@",
    ] {
        let config = format!("SOURCE_DIR=.\nBUCKET_NAME=bucket\n{}\n", line.replace("@@", SECRET));
        scene.write("wrong.env", config);
        let outcome = scene.run(tool("tt-sync").args(["-c", "wrong.env"])).expect(78);
        check(&outcome.expect_said(0, "line 3"));
    }
}

#[test]
fn what_a_credential_process_prints_is_not_shown() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("a", "a");
    for prints in
        ["echo SECRET >&2", "echo the password is SECRET >&2", "echo '{\"SecretAccessKey\": \"SECRET'"]
    {
        let script = format!("#!/bin/sh\n{}\nexit 1\n", prints.replace("SECRET", SECRET));
        let path = scene.write("process.sh", script);
        scene.write("config", format!("[profile p]\ncredential_process = sh {}\n", path.display()));
        let stage = plan(&tree, DEST).args(["--profile", "p", "-v"]).env("AWS_CONFIG_FILE", "config");
        let stage = stage.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
        let outcome = scene.run(stage).expect(77).expect_hint(0).expect_said(0, "external process exited");
        check(&outcome);
    }
}
