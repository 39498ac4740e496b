//! stdin, stdout and files beside them, at the edge of a process: nothing is read by others, and nothing is lost.

use std::{fs, os::unix::fs::symlink};

use tt_tests::{Scene, Tree, chmod, plan, push, tool, verify};

const DEST: &str = "s3://bucket/p/";

fn tree(scene: &Scene, count: usize) -> Tree {
    let mut tree = scene.tree("data");
    tree.many("many", count);
    tree
}

#[test]
fn a_program_that_hands_out_credentials_reads_nothing_of_the_stream() {
    let scene = Scene::new();
    tree(&scene, 20);
    let keys = scene.write(
        "keys.sh",
        format!(
            "#!/bin/sh\ntimeout 0.6 cat > eaten.$$\necho '{{\"Version\":1,\"AccessKeyId\":\"{}\",\"SecretAccessKey\":\"{}\"}}'\n",
            tt_tests::ACCESS_KEY,
            tt_tests::SECRET_KEY
        ),
    );
    chmod(&keys, 0o755);
    scene.write("config", format!("[default]\ncredential_process = {}\n", keys.display()));
    scene.keep(plan(scene.path("data"), DEST), "plan.ndjson");
    let slowly = "while IFS= read -r line; do printf '%s\\n' \"$line\"; sleep 0.05; done";
    for (script, counted) in [
        (format!("{slowly} < plan.ndjson | tt-push"), "pushed"),
        (format!("{slowly} < plan.ndjson | tt-push | tt-verify"), "verified"),
        (
            format!("(cd data && find * -type f) | {slowly} | tt-plan --force --files-from - data {DEST}"),
            "put",
        ),
    ] {
        let stage = tool("bash").args(["-c", &script]).env("AWS_CONFIG_FILE", scene.path("config"));
        let stage = stage.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
        let records = scene.run(stage).expect(0).records();
        assert_eq!(records.count(counted), 20, "{script}");
    }
    let eaten = fs::read_dir(scene.directory()).unwrap().map(|entry| entry.unwrap());
    let eaten = eaten.filter(|entry| entry.file_name().to_string_lossy().starts_with("eaten."));
    let eaten: Vec<_> = eaten.map(|entry| fs::read_to_string(entry.path()).unwrap()).collect();
    assert!(!eaten.is_empty() && eaten.iter().all(String::is_empty), "{eaten:?}");
}

#[test]
fn a_closed_stdout_is_an_error_of_every_tool_before_anything_is_done() {
    let scene = Scene::new();
    tree(&scene, 2);
    scene.keep(plan(scene.path("data"), DEST), "plan.ndjson");
    for command in [
        "tt-plan data s3://bucket/p/",
        "tt-push plan.ndjson",
        "tt-verify plan.ndjson",
        "tt-sync --print-config",
        "tt-install check",
        "tt-bench --help",
    ] {
        let expected = if command.ends_with("--help") { 0 } else { 74 };
        let outcome = scene.run(tool("sh").args(["-c", &format!("{command} >&-")])).expect(expected);
        if expected == 74 {
            outcome.expect_said(0, "error: can't write to stdout: it is closed").expect_hint(0);
        }
    }
    assert!(scene.stored().keys().is_empty());
    // What is not wanted, and what is closed at the other side, is none of this.
    scene.run(tool("sh").args(["-c", "tt-push plan.ndjson > /dev/null"])).expect(0);
    scene.run(tool("sh").args(["-c", "tt-push plan.ndjson 1<> /dev/null <&- 2>&-"])).expect(0);
}

#[test]
fn two_outputs_do_not_go_to_one_file() {
    let scene = Scene::new();
    scene.keep(plan(tree(&scene, 2), DEST), "plan.ndjson");
    let results = scene.keep(push().arg("plan.ndjson"), "results.ndjson");
    scene.write("old", "x");
    fs::hard_link(scene.path("old"), scene.path("alias")).unwrap();
    symlink("old", scene.path("link")).unwrap();
    for (one, other) in [("r", "r"), ("r", "./r"), ("old", "alias"), ("link", "old")] {
        for flags in [
            ["--report", one, "--junit", other],
            ["--report", one, "--write-sums", other],
            ["--junit", one, "--latencies", other],
        ] {
            let outcome = scene.run(verify().arg(&results).args(flags)).expect(64);
            outcome.expect_said(0, "goes to the same file").expect_hint(0);
        }
    }
    assert_eq!(fs::read(scene.path("old")).unwrap(), b"x");
    let same = tool("sh").args(["-c", "tt-verify results.ndjson --report out > out"]);
    scene.run(same).expect(64).expect_said(0, "stdout goes to the same file");
    scene.run(verify().arg(&results).args(["--report", "r", "--junit", "j"])).expect(0);
    scene.run(verify().arg(&results).args(["--report", "r", "--junit", "j"])).expect(0);
}

#[test]
fn a_path_whose_bytes_cannot_be_decoded_is_no_record() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("a", "a");
    let planned = scene.run(plan(&tree, DEST)).expect(0).text();
    let wrong = planned.replacen("\",\"dst\"", "\",\"src_b64\":\"%%%\",\"dst\"", 1);
    assert_ne!(planned, wrong);
    for stage in [push(), verify()] {
        let outcome = scene.pipeline([stage]).reading(wrong.clone()).run().expect(65);
        outcome.expect_said(0, "src_b64 is not base64").expect_hint(0);
    }
    assert!(scene.stored().keys().is_empty());
}
