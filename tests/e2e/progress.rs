//! How far the work is, as it is told on stderr: to people, to logs, to machines.

use std::{path::PathBuf, process::Command, time::Duration};

use serde_json::Value;
use tt_tests::{Outcome, Scene, Stage, plan, push, tool, verify};

const DEST: &str = "s3://bucket/p/";
const MIB: usize = 1 << 20;

/// What there is to upload in [`slow`].
const BYTES: usize = 18 * MIB + 7;

/// A plan whose upload takes about so long, since the line is slow.
fn slow(milliseconds: u64) -> (Scene, PathBuf) {
    let rate = BYTES as u64 * 1000 / milliseconds;
    let scene = Scene::with(|_, options| options.link.rate = Some(rate));
    let mut tree = scene.tree("data");
    tree.sized("large", 18 * MIB);
    tree.sized("small", 7);
    tree.file("empty", "");
    let plan = scene.keep(plan(&tree, DEST), "plan.ndjson");
    (scene, plan)
}

/// The reports of a stage among all that it said.
fn reports(outcome: &Outcome, stage: usize) -> Vec<Value> {
    let said = outcome.stage(stage).stderr.lines();
    let reports = said.filter(|line| line.starts_with("{\"type\":\"progress\""));
    reports.map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"))).collect()
}

fn number(report: &Value, field: &str) -> f64 {
    report[field].as_f64().unwrap_or_else(|| panic!("no number {field} in {report}"))
}

/// Fails unless the last report, and only that, says that it is the last, and that all is done.
#[track_caller]
fn expect_done(reports: &[Value], files: u64) {
    let (last, others) = reports.split_last().expect("there always is a last report");
    assert!(others.iter().all(|report| report["last"] == false), "{reports:?}");
    assert_eq!((&last["last"], &last["total_known"]), (&true.into(), &true.into()), "{last}");
    assert_eq!((&last["files"], &last["files_total"]), (&files.into(), &files.into()), "{last}");
    assert_eq!((number(last, "percent_bytes"), number(last, "percent_files")), (100.0, 100.0), "{last}");
    assert_eq!((&last["seconds_left"], &last["in_flight"]), (&0.into(), &0.into()), "{last}");
}

#[test]
fn a_machine_is_told_every_second_and_at_the_end() {
    let (scene, plan) = slow(2000);
    let outcome = scene.run(push().arg(plan).args(["--progress", "json"])).expect(0);
    let reports = reports(&outcome, 0);
    assert!(reports.len() >= 2, "{outcome}");
    assert_eq!(outcome.stage(0).stderr.lines().count(), reports.len(), "nothing else was said\n{outcome}");
    for pair in reports.windows(2) {
        for field in ["seconds", "files", "bytes", "percent_bytes", "percent_files"] {
            assert!(number(&pair[0], field) <= number(&pair[1], field), "{field} falls\n{outcome}");
        }
    }
    expect_done(&reports, 3);
    let last = &reports[reports.len() - 1];
    assert_eq!((&last["tool"], &last["bytes"]), (&"tt-push".into(), &BYTES.into()));
    assert!(number(last, "rate_average") > 0.0, "{last}");
}

#[test]
fn what_is_in_flight_is_told_before_it_has_arrived() {
    let (scene, plan) = slow(2000);
    let outcome = scene.run(push().arg(plan).args(["--progress", "json"])).expect(0);
    let reports = reports(&outcome, 0);
    let moving = |report: &Value| {
        ["rate", "in_flight", "bytes_in_flight"].iter().all(|field| number(report, field) >= 1.0)
    };
    assert!(reports.iter().any(moving), "{outcome}");
    assert_eq!(reports[reports.len() - 1]["bytes_in_flight"], 0, "{outcome}");
}

#[test]
fn a_machine_is_told_for_how_long_nothing_moves() {
    let mut scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.sized("file", 1000);
    let plan = scene.keep(plan(&tree, DEST), "plan.ndjson");
    scene.restart(|options| options.link.delay = Duration::from_millis(2500));
    let outcome = scene.run(push().arg(plan).args(["--progress", "json"])).expect(0);
    let stalled = |report: &Value| number(report, "stalled_seconds") >= 1.0 && report["in_flight"] == 1;
    assert!(reports(&outcome, 0).iter().any(stalled), "{outcome}");
}

#[test]
fn each_tool_of_a_pipeline_reports_for_itself() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("many", 30);
    let stages = [plan(&tree, DEST), push(), verify()].map(|stage| stage.args(["--progress", "json"]));
    let outcome = scene.pipeline(stages).run().expect_all(&[0, 0, 0]);
    for (stage, name) in ["tt-plan", "tt-push", "tt-verify"].into_iter().enumerate() {
        let reports = reports(&outcome, stage);
        expect_done(&reports, 30);
        assert!(reports.iter().all(|report| report["tool"] == name), "{outcome}");
    }
}

#[test]
fn machines_are_told_in_spite_of_quiet_and_beside_other_lines() {
    let scene = Scene::with_faults(&["internal-error:op=PutObject,count=1"]);
    let mut tree = scene.tree("data");
    tree.many("many", 3);
    let plan = scene.keep(plan(&tree, DEST), "plan.ndjson");
    let loud = scene.run(push().arg(&plan).args(["--progress", "json", "--verbose"])).expect(0);
    expect_done(&reports(&loud, 0), 3);
    loud.expect_said(0, "tt-push: ").expect_said(0, "trying again");
    let quiet = scene.run(push().arg(&plan).args(["--progress", "json", "--quiet"])).expect(0);
    assert_eq!(quiet.stage(0).stderr.lines().count(), reports(&quiet, 0).len(), "{quiet}");
    expect_done(&reports(&quiet, 0), 3);
}

#[test]
fn failed_files_are_told() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("many", 3);
    let plan = scene.keep(plan(&tree, DEST), "plan.ndjson");
    tree.remove("many/00001");
    let outcome = scene.run(push().arg(plan).args(["--progress", "json"])).expect(1);
    let reports = reports(&outcome, 0);
    let last = &reports[reports.len() - 1];
    assert_eq!((&last["files"], &last["files_failed"]), (&3.into(), &1.into()), "{last}");
    assert!(number(last, "percent_bytes") < 100.0, "{last}");
}

#[test]
fn a_short_run_leaves_nothing_in_a_log() {
    let (scene, plan) = slow(1000);
    scene.run(push().arg(plan)).expect(0).expect_silence();
}

/// What an upload of some tenths of a second shows on a terminal of 60 columns; `None` where no terminal can be made.
fn on_a_terminal(flags: &str, change: impl Fn(Stage) -> Stage) -> Option<String> {
    let (scene, _) = slow(700);
    let arguments = format!("{flags} plan.ndjson > results.ndjson");
    Some(pushed_on_a_terminal(&scene, &arguments, change)?.expect(0).text())
}

/// Runs `tt-push` on a terminal of 60 columns.
fn pushed_on_a_terminal(scene: &Scene, arguments: &str, change: impl Fn(Stage) -> Stage) -> Option<Outcome> {
    let version = Command::new("script").arg("--version").output().ok()?;
    if !String::from_utf8_lossy(&version.stdout).contains("util-linux") {
        return None;
    }
    let command = format!("stty cols 60 rows 20 && tt-push {arguments}");
    let script = tool("script").args(["-q", "-e", "-c", &command, "/dev/null"]).env("TERM", "xterm");
    Some(scene.run(change(script)))
}

/// Text without what moves the cursor and sets colours.
fn plain(text: &str) -> String {
    let mut pieces = text.split("\x1b[");
    let first = pieces.next().unwrap_or_default().to_owned();
    let rest = pieces.filter_map(|piece| piece.split_once(|c: char| c.is_ascii_alphabetic()));
    rest.fold(first, |text, (_, piece)| text + piece)
}

#[test]
fn a_terminal_shows_one_line_that_never_wraps_and_goes_in_the_end() {
    let Some(shown) = on_a_terminal("", |stage| stage) else { return };
    assert!(shown.contains(" % of 18.9 MB, ") && shown.contains("\x1b[36m"), "{shown:?}");
    assert!(!shown.contains('\n') && shown.ends_with("\r\x1b[2K"), "{shown:?}");
    let shown = plain(&shown);
    assert!(shown.split('\r').all(|line| line.chars().count() <= 60), "{shown:?}");
}

#[test]
fn a_terminal_is_left_alone_where_that_is_wanted_or_it_can_do_no_better() {
    for (flags, terminal) in [("--progress none", "xterm"), ("--quiet", "xterm"), ("", "dumb")] {
        let Some(shown) = on_a_terminal(flags, |stage| stage.env("TERM", terminal)) else { return };
        assert_eq!(shown, "", "{flags} {terminal}");
    }
}

#[test]
fn a_terminal_gets_no_colours_where_none_are_wanted() {
    let Some(shown) = on_a_terminal("", |stage| stage.env("NO_COLOR", "1")) else { return };
    assert!(shown.contains(" % of 18.9 MB, ") && !shown.contains("\x1b[3"), "{shown:?}");
}

#[test]
fn what_is_told_of_files_does_not_cut_through_the_line() {
    let (scene, _) = slow(700);
    let mut tree = scene.tree("data");
    tree.remove("small");
    let Some(outcome) = pushed_on_a_terminal(&scene, "--concurrency 1 plan.ndjson", |stage| stage) else {
        return;
    };
    let shown = plain(&outcome.expect(1).text());
    let told = shown.lines().filter_map(|line| line.split('\r').next_back());
    let told: Vec<_> = told.filter(|line| !line.is_empty()).collect();
    assert_eq!(told.len(), 2, "{shown:?}");
    assert!(told[0].starts_with("fail ") && told[1].starts_with("Pushed 2 files"), "{told:?}");
}
