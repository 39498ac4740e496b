//! What a stream announces has to come, what was checked is what is claimed, and every file and part is accounted for.

use std::{fs, process::Command};

use serde_json::Value;
use tt_tests::{Outcome, Records, Scene, Stage, Tree, plan, push, request, tool, verify};

const DEST: &str = "s3://bucket/p/";

fn small(scene: &Scene, count: usize) -> Tree {
    let mut tree = scene.tree("data");
    tree.many("many", count);
    tree
}

/// What tt-push writes of a small tree.
fn results(scene: &Scene, count: usize) -> String {
    scene.pipeline([plan(small(scene, count), DEST), push()]).run().expect_all(&[0, 0]).text()
}

/// What a tool makes of text on stdin.
fn fed(scene: &Scene, stage: Stage, text: impl Into<Vec<u8>>) -> Outcome {
    scene.pipeline([stage]).reading(text).run()
}

/// A stream without some of its lines.
fn without(text: &str, unwanted: impl Fn(&str) -> bool) -> String {
    text.split_inclusive('\n').filter(|line| !unwanted(line)).collect()
}

/// Runs the last tool on a terminal, behind others; `None` where none can be made.
fn on_a_terminal(scene: &Scene, pipeline: &str) -> Option<Outcome> {
    let version = Command::new("script").arg("--version").output().ok()?;
    if !String::from_utf8_lossy(&version.stdout).contains("util-linux") {
        eprintln!("SKIPPED: there is no script(1) of util-linux, and so no terminal");
        return None;
    }
    let command = format!("stty -onlcr; {pipeline}");
    Some(scene.run(tool("script").args(["-q", "-e", "-c", &command, "/dev/null"]).env("TERM", "xterm")))
}

fn last_line(outcome: &Outcome) -> String {
    outcome.text().lines().last().unwrap_or_default().to_owned()
}

#[test]
fn results_that_were_announced_and_did_not_come_are_an_error() {
    let scene = Scene::new();
    let text = results(&scene, 9);
    let is_lost = |line: &str| ["/00001\"", "/00005\"", "/00007\""].iter().any(|key| line.contains(key));
    let fewer = without(&text, is_lost);
    let outcome = fed(&scene, verify(), fewer.clone()).expect(65).expect_hint(0);
    let records = outcome.expect_said(0, "announces 3 pushed records that did not arrive").records();
    assert!(records.is_incomplete() && records.count("verified") == 6);
    let records = fed(&scene, verify().arg("--partial-input"), fewer).expect(0).expect_silence().records();
    assert_eq!(records.count("verified"), 6);
}

#[test]
fn a_filter_must_not_hide_what_failed_or_was_skipped() {
    let scene = Scene::new();
    let tree = small(&scene, 2);
    tree.fifo("pipe");
    let planned = scene.run(plan(&tree, DEST)).expect(1).text();
    let hidden = without(&planned, |line| line.starts_with("{\"type\":\"skip\""));
    fed(&scene, push(), hidden).expect(65).expect_said(0, "announces 1 skip record that did not arrive");
}

#[test]
fn plan_records_that_a_filter_drops_are_told_and_carried_to_the_end() {
    let scene = Scene::new();
    let planned = scene.run(plan(small(&scene, 5), DEST)).expect(0).text();
    let fewer = without(&planned, |line| line.contains("/00002\"") || line.contains("/00003\""));
    let file = scene.write("fewer.ndjson", &fewer);
    let outcome = scene.pipeline([push().arg(&file), verify()]).run().expect_all(&[0, 0]);
    let outcome =
        outcome.expect_said(0, "warning: 2 put records that an end record announces did not arrive");
    assert!(outcome.stage(1).stderr.is_empty(), "it is told once\n{outcome}");
    assert_eq!(outcome.records().end["unseen"]["put"], 2);
    let strict = scene.run(push().arg(&file).arg("--require-all")).expect(65).expect_hint(0);
    assert!(strict.expect_said(0, "error: 2 put records").records().is_incomplete());
    let stages = [push().arg(&file), verify().arg("--require-all")];
    scene.pipeline(stages).run().expect_all(&[0, 65]).expect_said(1, "2 put records");
    scene.run(push().args(["--require-all", "--partial-input"]).arg(&file)).expect(64);
    scene.run(push().arg(&file).args(["--partial-input", "--verbose"])).expect(0).expect_no_complaint();
}

#[test]
fn a_stream_whose_lines_are_in_another_order_is_whole() {
    let scene = Scene::new();
    let planned = scene.run(plan(small(&scene, 5), DEST)).expect(0).text();
    let backwards: Vec<_> = planned.lines().rev().collect();
    let outcome = fed(&scene, push(), backwards.join("\n") + "\n").expect(0).expect_silence();
    let results = outcome.text();
    let both = [results.clone(), results].concat();
    let records = fed(&scene, verify(), both).expect(0).expect_silence().records();
    assert_eq!(records.count("verified"), 10);
}

#[test]
fn more_than_was_announced_is_told() {
    let scene = Scene::new();
    let text = results(&scene, 3);
    let line = text.lines().find(|line| line.contains("\"pushed\"")).unwrap();
    let more = text.replacen(line, &format!("{line}\n{line}"), 1);
    let outcome = fed(&scene, verify(), more).expect(0);
    let outcome = outcome.expect_said(0, "warning: 1 pushed record arrived that no end record announces");
    assert_eq!(outcome.records().end["unannounced"]["pushed"], 1);
}

#[test]
fn a_verdict_of_another_run_is_none_of_this_one() {
    let scene = Scene::new();
    let text = results(&scene, 2);
    let forged = format!(
        "{{\"type\":\"verified\",\"dst\":\"{DEST}forged\",\"by\":\"magic\",\"expected\":\"x\",\"found\":\"x\",\"sha256\":\"{:064}\",\"src\":\"/forged\",\"size\":1,\"mtime\":\"2026-01-01T00:00:00Z\"}}",
        0
    );
    let text = text.replacen('\n', &format!("\n{forged}\n"), 1);
    let file = scene.write("results.ndjson", &text);
    let stage = verify().arg(&file).args(["--report", "report", "--junit", "junit", "--write-sums", "sums"]);
    let records = scene.run(stage).expect(0).expect_said(0, "1 verified record arrived").records();
    assert_eq!((records.count("verified"), &records.end["passed"]), (3, &serde_json::json!({"verified": 1})));
    let report: Value = serde_json::from_slice(&fs::read(scene.path("report")).unwrap()).unwrap();
    assert_eq!(
        (&report["passed"]["verified"], &report["by"]["full-object CRC64NVME"]),
        (&1.into(), &2.into())
    );
    assert!(report["by"].as_object().unwrap().len() == 1, "{report}");
    let passed: Vec<_> = report["objects"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|o| o["passed"] == true)
        .map(|o| &o["dst"])
        .collect();
    assert_eq!(passed, [&format!("{DEST}forged")]);
    let junit = fs::read_to_string(scene.path("junit")).unwrap();
    assert!(junit.contains("skipped=\"1\"") && junit.contains("not by this one"), "{junit}");
    assert!(!fs::read_to_string(scene.path("sums")).unwrap().contains("forged"));
    let Some(outcome) = on_a_terminal(&scene, "tt-verify results.ndjson") else { return };
    let text = outcome.text();
    assert!(text.contains("1 object verified by earlier runs, as the input says."), "{text}");
    assert!(last_line(&outcome).starts_with("OK: 2 objects uploaded and verified"), "{text}");
}

#[test]
fn an_end_that_contradicts_itself_is_no_success() {
    let scene = Scene::new();
    let text = results(&scene, 1);
    for (from, to, code) in [
        ("\"ok\":true", "\"ok\":false", 1),
        ("\"exit\":0", "\"exit\":75", 75),
        ("\"exit\":0", "\"exit\":1", 1),
    ] {
        let records = fed(&scene, verify(), text.replace(from, to)).expect(code).records();
        assert_eq!(records.end["ok"], false);
    }
}

#[test]
fn each_results_file_is_judged_by_itself_and_named() {
    let scene = Scene::new();
    let text = results(&scene, 3);
    scene.write("whole", &text);
    scene.write("empty", "");
    let (head, end) = text.trim_end().rsplit_once('\n').unwrap();
    scene.write("head", format!("{head}\n"));
    scene.write("end", format!("{end}\n"));
    for files in [["empty", "whole"], ["whole", "empty"]] {
        let outcome = scene.run(verify().args(files)).expect(65);
        let outcome = outcome.expect_said(0, "error: empty is not whole: it holds neither");
        outcome.expect_said(0, "run the command that writes empty again");
    }
    let outcome = scene.run(verify().args(["head", "end"])).expect(65);
    outcome.expect_said(0, "head is not whole").expect_said(0, "end is not whole");
    let outcome = scene.pipeline([verify().args(["whole", "-"])]).reading("").run().expect(65);
    outcome.expect_said(0, "the input is not whole: it holds neither");
    scene.run(verify().args(["--partial-input", "head", "end", "empty"])).expect(0).expect_silence();
}

/// Plans in parts, pushed one by one.
fn split(scene: &Scene, directory: &str, count: usize) {
    let stage =
        plan(scene.path("data"), DEST).args(["--force", "--split", &count.to_string(), "-o", directory]);
    scene.run(stage).expect(0);
    for part in 0..count {
        let results = push().arg(format!("{directory}/plan-{part}.ndjson"));
        scene.keep(results, &format!("{directory}/results-{part}.ndjson"));
    }
}

fn of_parts(directory: &str, parts: &[usize]) -> Stage {
    verify().args(parts.iter().map(|part| format!("{directory}/results-{part}.ndjson")))
}

#[test]
fn of_a_split_plan_every_part_is_required_once() {
    let scene = Scene::new();
    small(&scene, 8);
    split(&scene, "one", 4);
    scene.run(of_parts("one", &[3, 1, 0, 2])).expect(0).expect_silence();
    let outcome = scene.run(of_parts("one", &[0, 1, 2])).expect(65).expect_hint(0);
    assert!(outcome.expect_said(0, "part 3 missing of the plan").records().is_incomplete());
    scene.run(of_parts("one", &[2])).expect(65).expect_said(0, "parts 0, 1, 3 missing");
    scene.run(of_parts("one", &[2]).arg("--partial-input")).expect(0).expect_silence();
    let outcome = scene.run(of_parts("one", &[0, 1, 2, 3, 1])).expect(65);
    outcome.expect_said(0, "one/results-1.ndjson is not whole: it holds part 1 of the plan");
    fs::copy(scene.path("one/results-1.ndjson"), scene.path("one/results-2.ndjson")).unwrap();
    let outcome = scene.run(of_parts("one", &[0, 1, 2, 3])).expect(65);
    let outcome = outcome.expect_said(0, "which one/results-1.ndjson holds too");
    outcome.expect_said(0, "part 2 missing of the plan");
}

#[test]
fn several_split_plans_may_come_together() {
    let scene = Scene::new();
    small(&scene, 6);
    split(&scene, "one", 2);
    split(&scene, "two", 3);
    let all = |two: &[usize]| {
        let more = two.iter().map(|part| format!("two/results-{part}.ndjson"));
        of_parts("one", &[0, 1]).args(more)
    };
    scene.run(all(&[0, 1, 2])).expect(0).expect_silence();
    scene.run(all(&[0, 2])).expect(65).expect_said(0, "part 1 missing");
}

#[test]
fn one_push_of_several_parts_accounts_for_each() {
    let scene = Scene::new();
    small(&scene, 6);
    scene.run(plan(scene.path("data"), DEST).args(["--split", "3", "-o", "parts"])).expect(0);
    let of = |parts: &[usize]| push().args(parts.iter().map(|part| format!("parts/plan-{part}.ndjson")));
    let results = scene.keep(of(&[0, 1, 2]), "results.ndjson");
    scene.run(verify().arg(&results)).expect(0).expect_silence();
    scene.run(of(&[0, 2])).expect(65).expect_said(0, "part 1 missing");
    scene.run(of(&[1])).expect(0).expect_silence();
    let some = scene.keep(of(&[0, 2]).arg("--partial-input"), "some.ndjson");
    scene.run(verify().arg(&some)).expect(65).expect_said(0, "part 1 missing");
    let rest = scene.keep(of(&[1]), "rest.ndjson");
    scene.run(verify().args([&some, &rest])).expect(0).expect_silence();
    let twice = scene.run(of(&[0, 1, 1, 2])).expect(65);
    twice.expect_said(0, "parts/plan-1.ndjson is not whole: it holds part 1");
}

#[test]
fn what_was_not_checked_is_not_claimed() {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let mut tree = scene.tree("data");
    tree.file("a", "hello\n");
    tree.file("b", "other\n");
    scene.sync(&tree.root, DEST).expect(0);
    let damaged = request(&scene.url(), "PUT", "/bucket/p/a", &[], b"hellx\n");
    assert_eq!(damaged.status, 200);
    let records = scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]).records();
    assert_eq!(records.end["unchanged"], 2);
    let pipeline = |source: &str| format!("tt-plan {source} {DEST} | tt-push | tt-verify");
    let Some(outcome) = on_a_terminal(&scene, &pipeline("data")) else { return };
    let told =
        "OK: no object needed verifying; 2 unchanged files were not checked (tt-plan --all checks them too).";
    assert_eq!(last_line(&outcome.expect(0)), told);
    let outcome = on_a_terminal(&scene, &pipeline("--all data")).unwrap().expect(1);
    assert!(last_line(&outcome).starts_with("FAILED: 1 DIFFERENT; 1 object verified"), "{outcome}");
    tree.file("c", "new");
    let outcome = on_a_terminal(&scene, &pipeline("data")).unwrap().expect(0);
    assert!(last_line(&outcome).starts_with("OK: 1 object uploaded and verified; 2 unchanged"), "{outcome}");
}

#[test]
fn a_source_without_a_file_is_warned_of() {
    let scene = Scene::new();
    scene.tree("empty");
    let mut tree = scene.tree("data");
    tree.file("a", "a");
    for stage in [plan(scene.path("empty"), DEST), plan(&tree, DEST).args(["--exclude", "*"])] {
        scene.run(stage).expect(0).expect_said(0, "warning: no file is selected: ");
    }
    let of_tree = |source: &str| verify().arg(scene.path(source)).arg(DEST);
    scene.run(of_tree("empty")).expect(0).expect_said(0, "warning: no file is selected: ");
    scene.sync(&tree.root, DEST).expect(0).expect_no_complaint();
    scene.run(plan(&tree, DEST)).expect(0).expect_silence();
    let Some(outcome) = on_a_terminal(&scene, &format!("tt-verify empty {DEST}")) else { return };
    assert_eq!(last_line(&outcome.expect(0)), "OK: no object needed verifying.");
}

#[test]
fn the_number_of_unchanged_files_does_not_count_what_was_compared() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("many", 4);
    scene.sync(&tree.root, DEST).expect(0);
    let unchanged = |flag: &[&str]| -> Records { scene.planned(plan(&tree, DEST).args(flag)) };
    assert_eq!(unchanged(&[]).end["unchanged"], 4);
    assert_eq!(unchanged(&["--all"]).end["unchanged"], 0);
    assert_eq!(unchanged(&["--checksum"]).end["unchanged"], 0);
    assert_eq!(unchanged(&["--ignore-existing"]).end["unchanged"], 4);
    assert_eq!(unchanged(&["--exclude", "*0"]).end["unchanged"], 3);
    scene.run(plan(&tree, DEST).args(["--split", "2", "-o", "parts"])).expect(0);
    let results: Vec<_> = (0..2)
        .map(|part| scene.keep(push().arg(format!("parts/plan-{part}.ndjson")), &format!("r{part}")))
        .collect();
    assert_eq!(scene.run(verify().args(&results)).expect(0).records().end["unchanged"], 4);
}
