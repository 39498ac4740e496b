//! What tt-verify writes beside the stream: one JSON document, one JUnit test suite.

use std::fs;

use quick_xml::{Reader, XmlVersion, events::Event};
use serde_json::Value;
use tt_tests::{Scene, Tree, plan, push, verify};

const DEST: &str = "s3://bucket/p/";

/// A scene with its tree uploaded, and then one object gone, one damaged, one too many, and one path that is no file.
fn damaged() -> (Scene, Tree) {
    let scene = Scene::new();
    let mut tree = scene.tree("tree");
    tree.many("d", 5);
    tree.file("a\u{1}<&>\"b", "odd");
    scene.pipeline([plan(&tree, DEST), push()]).run().expect_all(&[0, 0]);
    fs::remove_file(scene.stored().body("p/d/00000")).unwrap();
    scene.stored().flip_bit("p/d/00001");
    scene.stored().flip_bit("p/d/00002");
    fs::remove_file(tree.root.join("d/00003")).unwrap();
    tree.fifo("fifo");
    (scene, tree)
}

fn report(scene: &Scene) -> Value {
    serde_json::from_slice(&fs::read(scene.path("report.json")).unwrap()).unwrap()
}

#[test]
fn the_report_is_one_document_with_all_that_the_stream_says() {
    let (scene, tree) = damaged();
    let stage = verify().arg(&tree).args([DEST, "--extra", "--report", "report.json"]);
    let records = scene.run(stage).expect(1).records();
    let report = report(&scene);
    assert_eq!(report["objects"].as_array().unwrap(), &records.items);
    for field in ["counts", "bytes", "ok", "exit", "incomplete", "seconds"] {
        assert_eq!(report[field], records.end[field], "{field}");
    }
    for (field, of_begin) in [("run", "run"), ("source", "source"), ("dest", "dest"), ("began", "time")] {
        assert_eq!(report[field], records.begin[of_begin], "{field}");
    }
    assert_eq!((&report["tool"], &report["by"]["full-object CRC64NVME"]), (&"tt-verify".into(), &2.into()));
    let groups = report["failures"].as_array().unwrap();
    let told: Vec<_> = groups
        .iter()
        .map(|group| {
            (group["type"].as_str().unwrap(), group["cause"].as_str(), group["count"].as_u64().unwrap())
        })
        .collect();
    let expected = [
        ("mismatch", Some("differs"), 2),
        ("missing", None, 1),
        ("skip", Some("fifo"), 1),
        ("extra", None, 1),
    ];
    assert_eq!(told, expected);
    for group in groups {
        assert!(!group["hint"].as_str().unwrap().is_empty(), "{group}");
        assert!(records.items.contains(&group["first"]), "{group}");
    }
}

#[test]
fn the_test_suite_has_a_case_for_each_object() {
    let (scene, tree) = damaged();
    let stage = verify().arg(&tree).args([DEST, "--extra", "--junit", "suite.xml"]);
    let records = scene.run(stage).expect(1).records();
    let text = fs::read_to_string(scene.path("suite.xml")).unwrap();
    let (mut reader, mut cases, mut inside) = (Reader::from_str(&text), Vec::new(), Vec::new());
    let attribute = |element: &quick_xml::events::BytesStart<'_>, name: &str| {
        element
            .try_get_attribute(name)
            .unwrap()
            .map(|found| found.normalized_value(XmlVersion::Implicit1_0).unwrap().into_owned())
    };
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => match element.name().as_ref() {
                b"testsuite" => {
                    let numbers = ["tests", "failures", "errors", "skipped"]
                        .map(|name| attribute(&element, name).unwrap());
                    assert_eq!(numbers, ["7", "4", "0", "1"]);
                    assert_eq!(attribute(&element, "name").unwrap(), DEST);
                }
                b"testcase" => cases.push(attribute(&element, "name").unwrap()),
                other => inside.push(String::from_utf8_lossy(other).into_owned()),
            },
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(cases.len(), records.items.len());
    assert!(cases.contains(&"a\\u{1}<&>\"b".to_owned()), "{cases:?}");
    inside.sort();
    assert_eq!(inside, ["failure", "failure", "failure", "failure", "skipped"]);
}

#[test]
fn a_run_that_stops_early_leaves_a_report_that_says_so() {
    let (scene, tree) = damaged();
    let stage =
        verify().arg(&tree).args(["s3://nowhere/p/", "--report", "report.json", "--junit", "suite.xml"]);
    let outcome = scene.run(stage).expect(78);
    let report = report(&scene);
    assert_eq!((&report["incomplete"], &report["exit"]), (&true.into(), &78.into()));
    assert_eq!(report["objects"].as_array().unwrap(), &outcome.records().items);
    assert!(fs::read_to_string(scene.path("suite.xml")).unwrap().contains("<error "));
}

#[test]
fn where_no_report_can_be_written_nothing_is_begun() {
    let (scene, tree) = damaged();
    for flag in ["--report", "--junit"] {
        for path in ["no/such/directory/file", "."] {
            let outcome = scene.run(verify().arg(&tree).args([DEST, flag, path])).expect(74).expect_hint(0);
            assert!(outcome.stdout().is_empty(), "{outcome}");
        }
    }
    let left = fs::read_dir(scene.path(".")).unwrap().filter_map(Result::ok);
    assert!(left.into_iter().all(|entry| !entry.file_name().to_string_lossy().starts_with(".tt-")));
}
