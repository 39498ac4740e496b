//! Command lines that can't work, and sources that are not there.

use tt_tests::{Scene, plan, push, tool, verify};

#[test]
fn wrong_usage_is_told_and_ends_with_64() {
    let scene = Scene::new();
    scene.tree("tree");
    for stage in [
        tool("tt-plan"),
        tool("tt-plan").arg("tree"),
        plan("tree", "s3://bucket/").arg("--no-such-flag"),
        plan("tree", "bucket/p"),
        plan("tree", "https://bucket/p"),
        plan("tree", "s3://"),
        plan("tree", "s3:///p"),
        plan("tree", "s3://bucket/").args(["--symlinks", "sometimes"]),
        plan("tree", "s3://bucket/").args(["--exclude", "["]),
        plan("tree", "s3://bucket/").args(["--quiet", "--verbose"]),
        push().args(["--concurrency", "0"]),
        push().args(["--part-size", "1MiB"]),
        push().args(["--metadata", "novalue"]),
        push().args(["--progress", "sometimes"]),
        verify().args(["--concurrency", "many"]),
        verify().args(["--addressing-style", "postal"]),
    ] {
        let outcome = scene.run(stage).expect(64).expect_said(0, "error: ");
        assert!(outcome.stdout().is_empty(), "{outcome}");
    }
}

#[test]
fn wrong_usage_of_the_plan_does_not_look_like_success_at_the_end() {
    let scene = Scene::new();
    let outcome = scene.pipeline([plan("tree", "bucket/p"), push(), verify()]).run();
    outcome.expect_all(&[64, 65, 65]).expect_said(2, "not whole");
}

#[test]
fn a_source_that_is_not_there_ends_the_whole_pipeline_with_66() {
    let scene = Scene::new();
    let outcome = scene.pipeline([plan("nowhere", "s3://bucket/p/"), push(), verify()]).run();
    let outcome = outcome.expect_all(&[66, 66, 66]).expect_hint(0).expect_said(0, "nowhere");
    let records = outcome.records();
    assert_eq!((records.counts(), records.is_incomplete()), ([("fail", 1)].into(), true));
}

#[test]
fn help_and_version_go_to_stdout() {
    let scene = Scene::new();
    for name in ["tt-plan", "tt-push", "tt-verify", "tt-sync", "tt-bench", "tt-install"] {
        let help = scene.run(tool(name).arg("--help")).expect(0).expect_silence();
        // What fits onto a screen is enough to begin with.
        let first: Vec<_> = help.text().lines().take(20).map(str::to_owned).collect();
        let usage = first.iter().position(|line| line.starts_with("Usage:")).expect("how it is called");
        let examples = first[usage..].iter().filter(|line| line.starts_with("  # ")).count();
        assert_eq!(examples, 3, "{help}");
        let version = scene.run(tool(name).arg("--version")).expect(0).expect_silence();
        assert!(version.text().starts_with(&format!("{name} ")), "{version}");
    }
}
