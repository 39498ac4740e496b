//! tt-bench run and compare: tools that take turns, what is wrong with some, and what is left when it is over.

use std::{ffi::OsString, fs, path::Path, time::Duration};

use rustix::process::Signal;
use serde_json::Value;
use tt_tests::{Outcome, Scene, Stage, chmod, plan, tool, wait_until};

/// A comparison with little data, in so many turns.
fn bench(scene: &Scene, tools: &str, runs: &str) -> Stage {
    let stage = tool("tt-bench").args(["run", "--tools", tools, "--runs", runs, "--warmup", "0"]);
    stage
        .args(["--data", "small", "--scale", "0.002", "--out", "report"])
        .arg("--cache")
        .arg(scene.path("cache"))
}

/// The same against an endpoint of its own.
fn local(scene: &Scene, tools: &str) -> Stage {
    bench(scene, tools, "2").arg("--local")
}

/// PATH with a program before all others. The script stands for `name`, and says its version.
fn stand_in(scene: &Scene, name: &str, script: &str) -> OsString {
    let dir = scene.path("stand-ins");
    fs::create_dir_all(&dir).unwrap();
    let path = dir.join(name);
    let version = "case \"$1\" in version|--version) echo v2.3.0-0000000; exit ;; esac";
    fs::write(&path, format!("#!/bin/sh\n{version}\n{script}\n")).unwrap();
    chmod(&path, 0o755);
    let environment = scene.environment();
    let rest = &environment.iter().find(|(name, _)| name == "PATH").unwrap().1;
    [dir.as_os_str(), ":".as_ref(), rest].into_iter().collect()
}

fn report(scene: &Scene) -> Value {
    serde_json::from_slice(&fs::read(scene.path("report/report.json")).unwrap()).unwrap()
}

fn array<'a>(report: &'a Value, name: &str) -> &'a Vec<Value> {
    report[name].as_array().unwrap()
}

/// The samples of a tool, by what it did.
fn samples<'a>(report: &'a Value, tool: &str, task: &str) -> Vec<&'a Value> {
    array(report, "samples").iter().filter(|s| s["tool"] == tool && s["task"] == task).collect()
}

/// Command lines of processes that have a path in them.
fn processes(path: &Path) -> Vec<String> {
    let path = path.to_str().unwrap();
    let entries = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let lines = entries.filter_map(|dir| fs::read(dir.join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).into_owned());
    lines.filter(|line| line.contains(path)).collect()
}

/// Nothing is left in the directory for temporary files.
fn expect_no_scratch(scene: &Scene) {
    let tmp = scene.directory().parent().unwrap().join("tmp");
    let left: Vec<_> = fs::read_dir(tmp).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// The tables on stdout, and what was said.
fn expect_wrong(outcome: &Outcome, scene: &Scene, tool: &str, why: &str) {
    let text = outcome.text();
    assert!(text.contains(&format!("{tool} is WRONG: ")) && text.contains(why), "{outcome}");
    let report = report(scene);
    let [wrong] = &array(&report, "wrong")[..] else { panic!("{outcome}") };
    assert_eq!(wrong["tool"], tool);
    assert!(wrong["why"].as_str().unwrap().contains(why), "{wrong}");
    assert!(array(&report, "samples").iter().all(|sample| sample["tool"] != tool));
    for page in ["report.md", "report.html"] {
        let text = fs::read_to_string(scene.path("report").join(page)).unwrap();
        assert!(text.contains("WRONG"), "{page}");
    }
}

#[test]
fn tools_take_turns_and_a_report_is_left() {
    let scene = Scene::new();
    let path = stand_in(&scene, "s5cmd", "tt-plan --quiet \"$2\" \"$3\" | tt-push --quiet");
    let far = ["--tls", "--link", "3Gbit", "--per-connection", "80MB/s", "--rtt", "5ms"];
    let outcome = scene.run(local(&scene, "tt,s5cmd").args(far).env("PATH", path)).expect(0);
    assert!(outcome.text().contains("small: everything is uploaded"), "{outcome}");
    let report = report(&scene);
    for tool in ["tt", "s5cmd"] {
        for task in ["upload", "again", "verify"] {
            assert_eq!(samples(&report, tool, task).len(), 2, "{tool} {task}");
        }
        let uploads = samples(&report, tool, "upload");
        assert_eq!(uploads[0]["seen"]["requests"]["PutObject"], 40);
        assert!(uploads[0]["first_byte_seconds"].as_f64().unwrap() > 0.0);
        assert!(uploads[0]["memory_bytes"].as_u64().unwrap() > 1 << 20);
        assert!(samples(&report, tool, "again")[0]["seen"]["requests"].get("PutObject").is_none());
        assert_eq!(samples(&report, tool, "verify")[0]["seen"]["requests"]["HeadObject"], 40);
    }
    let turns: Vec<_> =
        array(&report, "samples").iter().filter(|s| s["task"] == "upload").map(|s| &s["tool"]).collect();
    assert_eq!(turns, ["tt", "s5cmd", "tt", "s5cmd"]);
    let puts =
        array(&report, "latencies").iter().find(|latency| latency["operation"] == "PutObject").unwrap();
    assert_eq!((puts["count"].as_u64(), puts["tool"].as_str()), (Some(80), Some("tt")));
    assert_eq!(report["place"]["link_bytes_per_second"], 375_000_000);
    let read = |name: &str| fs::read(scene.path("report").join(name)).unwrap();
    assert!(read("chart.png").starts_with(b"\x89PNG"));
    assert!(read("chart.svg").starts_with(b"<svg"));
    let html = String::from_utf8(read("report.html")).unwrap();
    assert!(!html.contains("src=") && !html.contains("href="), "the page needs nothing else");
    assert!(String::from_utf8(read("report.md")).unwrap().contains("| tt | "));
    expect_no_scratch(&scene);
}

#[test]
fn the_report_has_the_form_that_its_schema_says() {
    let scene = Scene::new();
    scene.run(local(&scene, "tt")).expect(0);
    let schema = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/bench-report.schema.json")).unwrap();
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    expect_form(&report(&scene), &schema, &schema);
}

/// Whether a value has just the fields that a schema names, as deep as it goes.
fn expect_form(value: &Value, schema: &Value, all: &Value) {
    let schema = match schema["$ref"].as_str() {
        Some(name) => all.pointer(name.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    if let (Some(fields), Some(known)) = (value.as_object(), schema["properties"].as_object()) {
        for name in schema["required"].as_array().into_iter().flatten() {
            assert!(fields.contains_key(name.as_str().unwrap()), "{name} is missing: {value}");
        }
        for (name, field) in fields {
            expect_form(field, known.get(name).unwrap_or_else(|| panic!("{name} is unknown")), all);
        }
    }
    for element in value.as_array().into_iter().flatten() {
        expect_form(element, &schema["items"], all);
    }
}

#[test]
fn a_tool_that_loses_an_object_has_no_time_but_a_red_line() {
    let scene = Scene::new();
    let lossy = "tt-plan --quiet \"$2\" \"$3\" | sed 5d | tt-push --quiet";
    let path = stand_in(&scene, "s5cmd", lossy);
    let outcome = scene.run(local(&scene, "tt,s5cmd").env("PATH", path)).expect(1);
    expect_wrong(&outcome, &scene, "s5cmd", "only 39 of 40 files are proved");
    assert_eq!(samples(&report(&scene), "tt", "upload").len(), 2);
}

#[test]
fn one_that_damages_an_object_or_sends_too_much_is_found_out() {
    let scene = Scene::new();
    let copy = "copy=$(mktemp -d) && cp -r \"$2/.\" \"$copy\"";
    let upload =
        "tt-plan --quiet \"$copy\" \"$3\" | tt-push --quiet; status=$?; rm -r \"$copy\"; exit $status";
    let damage = "find \"$copy\" -name 'f000007*' -exec sh -c 'printf x | dd of=\"$0\" conv=notrunc status=none' {} \\;";
    let path = stand_in(&scene, "s5cmd", &format!("{copy}\n{damage}\n{upload}"));
    let outcome = scene.run(local(&scene, "s5cmd").env("PATH", &path)).expect(1);
    expect_wrong(&outcome, &scene, "s5cmd", "1 mismatch");
    let path = stand_in(&scene, "s5cmd", &format!("{copy}\necho x > \"$copy/more\"\n{upload}"));
    let outcome = scene.run(local(&scene, "s5cmd").env("PATH", path)).expect(1);
    expect_wrong(&outcome, &scene, "s5cmd", "1 extra");
    expect_no_scratch(&scene);
}

#[test]
fn one_that_fails_or_hangs_is_wrong_and_one_that_is_not_there_is_named() {
    let scene = Scene::new();
    let path = stand_in(&scene, "s5cmd", "echo first >&2; echo it is broken >&2; exit 3");
    let outcome = scene.run(local(&scene, "s5cmd").env("PATH", path)).expect(1);
    expect_wrong(&outcome, &scene, "s5cmd", "s5cmd ended with 3: first; it is broken");
    let path = stand_in(&scene, "s5cmd", "sleep 600 & sleep 600");
    let hanging = local(&scene, "s5cmd,tt").args(["--limit", "6s"]).env("PATH", path);
    expect_wrong(&scene.run(hanging).expect(1), &scene, "s5cmd", "did not come to an end");
    let alone: OsString = stand_in(&scene, "nothing", "").to_str().unwrap().split(':').next().unwrap().into();
    let outcome = scene.run(local(&scene, "tt,rclone").env("PATH", alone)).expect(0);
    outcome.expect_said(0, "without rclone: rclone is not in PATH");
    assert_eq!(array(&report(&scene), "absent")[0]["name"], "rclone");
}

#[test]
fn what_is_required_is_judged() {
    let scene = Scene::new();
    let path = stand_in(&scene, "s5cmd", "sleep 0.5; tt-plan --quiet \"$2\" \"$3\" | tt-push --quiet");
    let required = |what: &str| local(&scene, "tt,s5cmd").args(["--require", what]).env("PATH", &path);
    scene.run(required("tt:s5cmd>=1.1")).expect(0).expect_said(0, "tt:s5cmd>=1.1 is met with small: ");
    let outcome = scene.run(required("tt:s5cmd>=1000")).expect(1);
    outcome.expect_said(0, "tt:s5cmd>=1000 is NOT met with small: ");
    assert_eq!(array(&report(&scene), "requirements")[0]["met"], false);
    // The floor of the original comparison, and a tool that is not there.
    let alone: OsString = stand_in(&scene, "nothing", "").to_str().unwrap().split(':').next().unwrap().into();
    let outcome = scene.run(local(&scene, "tt,aws").arg("--check").env("PATH", alone)).expect(1);
    outcome.expect_said(0, "tt:aws>=3 is NOT met with small: not both were measured");
    scene.run(local(&scene, "tt").arg("--check")).expect(64).expect_hint(0);
}

#[test]
fn settings_are_swept_and_the_best_is_named() {
    let scene = Scene::new();
    let sweep = ["--sweep", "concurrency=1,8", "--sweep", "part-size=5MiB,8MiB", "--rtt", "5ms"];
    scene.run(local(&scene, "tt").args(sweep)).expect(0);
    let report = report(&scene);
    assert_eq!(array(&report, "tools").len(), 4);
    assert_eq!(samples(&report, "tt concurrency=8 part-size=5MiB", "upload").len(), 2);
    let page = fs::read_to_string(scene.path("report/report.md")).unwrap();
    assert!(page.contains("small: --concurrency 8 --part-size "), "{page}");
    let page = fs::read_to_string(scene.path("report/report.html")).unwrap();
    assert!(page.contains("time over requests at once") && page.contains("bytes a second over two settings"));
}

#[test]
fn a_directory_of_ones_own_is_measured_as_it_is() {
    let scene = Scene::new();
    let mut tree = scene.tree("delivery");
    tree.sized("one", 20 << 20);
    tree.file("two", "2");
    let stage = tool("tt-bench").args(["run", "--local", "--tools", "tt", "--runs", "1", "--warmup", "1"]);
    scene.run(stage.args(["--data-dir", "delivery", "--out", "report"])).expect(0);
    let report = report(&scene);
    assert_eq!(
        (report["data"][0]["files"].as_u64(), report["data"][0]["name"].as_str()),
        (Some(2), Some("delivery"))
    );
    assert_eq!(samples(&report, "tt", "upload").len(), 1);
    let stage = tool("tt-bench").args(["run", "--local", "--tools", "tt", "--data-dir", "nowhere"]);
    scene.run(stage).expect(66).expect_hint(0);
}

#[test]
fn a_bucket_is_left_as_it_was() {
    let scene = Scene::new();
    let mut tree = scene.tree("own");
    tree.file("a", "mine");
    scene.sync(&scene.path("own"), "s3://bucket/bench/");
    let before = scene.stored().keys();
    let dest = || bench(&scene, "tt", "2").args(["--dest", "s3://bucket/bench/"]);
    let outcome = scene.run(dest()).expect(64).expect_hint(0);
    outcome.expect_said(0, "requests and").expect_said(0, "nobody can be asked");
    let outcome = scene.run(dest().arg("--yes")).expect(0);
    assert!(outcome.text().contains("small: everything is uploaded"), "{outcome}");
    assert_eq!(scene.requests("PutObject"), 1 + 2 * 40);
    assert_eq!(scene.stored().keys(), before);
    let sample = &report(&scene)["samples"][0];
    assert!(sample["seen"].is_null() && sample["first_byte_seconds"].is_null());
    expect_no_scratch(&scene);
}

#[test]
fn interrupted_it_leaves_nothing() {
    let scene = Scene::with_faults(&["slow-down:rate=0.9,op=UploadPart"]);
    let mut tree = scene.tree("delivery");
    tree.sized("large", 40 << 20);
    tree.many("small", 20);
    let common = ["run", "--tools", "tt", "--data-dir", "delivery", "--out", "report"];
    let local = tool("tt-bench").args(common).args(["--local", "--link", "1MB/s"]);
    let remote = tool("tt-bench").args(common).args(["--dest", "s3://bucket/", "--yes"]);
    for (stage, signal) in [(local, Signal::INT), (remote, Signal::TERM)] {
        let running = scene.pipeline([stage]).start();
        let root = scene.directory().parent().unwrap().to_owned();
        wait_until("tt-push is at work", || processes(&root).iter().any(|line| line.contains("tt-push")));
        std::thread::sleep(Duration::from_millis(500));
        running.signal(0, signal);
        let outcome = running.wait().expect(130).expect_said(0, "interrupted").expect_hint(0);
        assert!(outcome.stdout().is_empty(), "{outcome}");
        wait_until("its processes are gone", || processes(&root).is_empty());
        expect_no_scratch(&scene);
        assert!(!scene.path("report").exists());
    }
    assert!(scene.stored().keys().is_empty());
    assert_eq!(scene.stored().uploads(), 0);
}

#[test]
fn killed_it_takes_its_endpoint_along() {
    let scene = Scene::new();
    let mut tree = scene.tree("delivery");
    tree.sized("large", 40 << 20);
    let stage = tool("tt-bench").args([
        "run",
        "--local",
        "--link",
        "1MB/s",
        "--tools",
        "tt",
        "--data-dir",
        "delivery",
    ]);
    let running = scene.pipeline([stage]).start();
    let root = scene.directory().parent().unwrap().to_owned();
    let serves = || processes(&root).iter().any(|line| line.contains("until-eof"));
    wait_until("the endpoint is there", serves);
    running.signal(0, Signal::KILL);
    wait_until("the endpoint is gone", || !serves());
    wait_until("its clients are gone", || processes(&root).is_empty());
}

#[test]
fn data_that_is_not_finished_is_no_data() {
    let scene = Scene::new();
    let stage = tool("tt-bench").args(["run", "--local", "--tools", "tt", "--data", "one-huge"]);
    let running = scene.pipeline([stage.arg("--cache").arg(scene.path("cache"))]).start();
    wait_until("it is being made", || {
        fs::read_dir(scene.path("cache")).is_ok_and(|mut entries| entries.next().is_some())
    });
    running.signal(0, Signal::INT);
    running.wait().expect(130);
    assert_eq!(fs::read_dir(scene.path("cache")).unwrap().count(), 0);
}

#[test]
fn a_report_beside_itself_shows_no_change() {
    let scene = Scene::new();
    scene.run(bench(&scene, "tt", "4").arg("--local")).expect(0);
    let compare = |old: &str, new: &str| tool("tt-bench").args(["compare", old, new]);
    let outcome = scene.run(compare("report", "report/report.json")).expect(0).expect_silence();
    assert_eq!(outcome.text(), "no change in 9 figures\n");
    let mut slower = report(&scene);
    for sample in slower["samples"].as_array_mut().unwrap() {
        let wall = sample["wall_seconds"].as_f64().unwrap();
        sample["wall_seconds"] = (wall * 20.0).into();
    }
    slower["machine"]["cpu"] = "another one".into();
    scene.write("slower.json", slower.to_string());
    let outcome = scene.run(compare("report", "slower.json")).expect(0);
    let text = outcome.text();
    assert!(
        text.contains("WORSE: small, tt, uploading: time ") && text.contains("other 6 figures"),
        "{text}"
    );
    outcome.expect_said(0, "the machines differ");
    scene.run(compare("report", "slower.json").arg("--fail-if-worse")).expect(1);
    let better = scene.run(compare("slower.json", "report").args(["--json", "--fail-if-worse"])).expect(0);
    let first: Value = serde_json::from_str(better.text().lines().next().unwrap()).unwrap();
    assert_eq!((first["figure"].as_str(), first["verdict"].as_str()), (Some("time"), Some("better")));
}

#[test]
fn pages_are_made_anew_from_the_json() {
    let scene = Scene::new();
    scene.run(local(&scene, "tt")).expect(0);
    let again = tool("tt-bench").args(["report", "report/report.json", "--out", "again"]);
    scene.run(again).expect(0).expect_said(0, "the report is in again");
    for name in ["report.md", "report.html", "chart.svg", "chart.png"] {
        let of = |dir: &str| fs::read(scene.path(dir).join(name)).unwrap();
        assert!(of("report") == of("again"), "{name}");
    }
    // Of figures with many digits the last one may be read as another.
    let of = |dir: &str| fs::read_to_string(scene.path(dir).join("report.json")).unwrap();
    assert_eq!(of("report").lines().count(), of("again").lines().count());
}

#[test]
fn what_is_no_report_is_refused() {
    let scene = Scene::new();
    scene.write("other.json", "{}");
    scene.write("newer.json", "{\"v\":2}");
    for wrong in ["missing.json", "other.json", "newer.json"] {
        let outcome = scene.run(tool("tt-bench").args(["compare", wrong, wrong])).expect(74);
        outcome.expect_said(0, "is no report of tt-bench").expect_hint(0);
    }
}

#[test]
fn a_place_that_can_not_be_reached_or_written_is_told() {
    let scene = Scene::new();
    let file = scene.write("report", "");
    let outcome = scene.run(local(&scene, "tt")).expect(74);
    outcome.expect_said(0, "the report can't be written").expect_hint(0);
    fs::remove_file(file).unwrap();
    let dest = bench(&scene, "tt", "2").args(["--dest", "s3://nowhere-at-all/p/", "--yes"]);
    scene.run(dest).expect(1).expect_said(0, "nowhere-at-all").expect_hint(0);
    // A plan of the same files has nothing to do with what was measured.
    scene.run(plan(scene.path("cache"), "s3://bucket/")).expect(0);
}
