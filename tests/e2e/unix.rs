//! Ordinary Unix means between the tools, as the man pages show them.

use tt_tests::{Outcome, Scene, Tree, plan, push, tool, verify};

const DEST: &str = "s3://bucket/p/";

/// Runs a script in a shell that finds our tools.
fn script(scene: &Scene, text: &str) -> Outcome {
    scene.run(tool("bash").args(["-euo", "pipefail", "-c", text]))
}

/// Whether there is a program; says so where there is none.
fn there_is(program: &str) -> bool {
    let there = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|directory| directory.join(program).exists()));
    if !there {
        eprintln!("SKIPPED: there is no {program}");
    }
    there
}

fn tree(scene: &Scene) -> Tree {
    let mut tree = scene.tree("data");
    tree.many("many", 100);
    tree.sized("large/one", 5000);
    tree.sized("large/two", 1000);
    tree.file("odd \"name\"\n", "odd");
    tree
}

#[test]
fn jq_between_the_tools_takes_out_large_files() {
    if !there_is("jq") {
        return;
    }
    let scene = Scene::new();
    let mut tree = tree(&scene);
    let filter = tool("jq").args(["-c", r#"select(.type!="put" or .size<1000)"#]);
    let outcome =
        scene.pipeline([plan(&tree, DEST), filter, push(), verify()]).run().expect_all(&[0, 0, 0, 0]);
    tree.remove("large/one");
    tree.remove("large/two");
    assert_eq!(outcome.records().count("verified"), tree.count());
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn jq_gives_properties_to_some_objects() {
    if !there_is("jq") {
        return;
    }
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("index.html", "<p>");
    tree.file("assets/a.css", "a{}");
    let filter = r#"if .type!="put" then . elif (.dst|endswith("index.html")) then .cache_control="no-cache" else . end"#;
    let jq = tool("jq").args(["-c", filter]);
    let push = push().args(["--metadata", "owner=me", "--storage-class", "STANDARD_IA"]);
    scene.pipeline([plan(&tree, DEST), jq, push, verify()]).run().expect_all(&[0, 0, 0, 0]);
    let objects = scene.stored().objects();
    let (index, asset) = (&objects["p/index.html"]["properties"], &objects["p/assets/a.css"]["properties"]);
    assert_eq!(
        (&index["cache_control"], &asset["cache_control"]),
        (&"no-cache".into(), &serde_json::Value::Null)
    );
    assert_eq!((&index["content_type"], &asset["content_type"]), (&"text/html".into(), &"text/css".into()));
    assert_eq!((&index["metadata"]["owner"], &index["storage_class"]), (&"me".into(), &"STANDARD_IA".into()));
}

#[test]
fn a_plan_that_was_split_is_pushed_by_four_and_verified_together() {
    let scene = Scene::new();
    let tree = tree(&scene);
    let outcome = script(
        &scene,
        "tt-plan data s3://bucket/p/ > plan.ndjson
         split -n l/4 --additional-suffix=.ndjson plan.ndjson piece-
         pids=
         for p in piece-*.ndjson; do tt-push --partial-input \"$p\" > \"results-$p\" & pids=\"$pids $!\"; done
         for pid in $pids; do wait $pid; done
         test $(ls results-* | wc -l) = 4
         tt-verify results*.ndjson",
    );
    let records = outcome.expect(0).expect_silence().records();
    assert_eq!(records.counts(), [("verified", tree.count() as u64)].into());
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn a_piece_is_not_whole_unless_that_is_said() {
    let scene = Scene::new();
    tree(&scene);
    let text = "tt-plan data s3://bucket/p/ | head -n 20 | tt-push";
    // Without pipefail: the plan is long gone when the last tool tells.
    let outcome =
        scene.run(tool("sh").args(["-c", text])).expect(65).expect_said(0, "the input is not whole");
    assert_eq!(outcome.records().count("pushed"), 19);
}

#[test]
fn the_order_of_a_stream_does_not_matter() {
    let scene = Scene::new();
    let tree = tree(&scene);
    let stages = [plan(&tree, DEST), tool("shuf"), push(), tool("shuf"), verify()];
    let records = scene.pipeline(stages).run().expect_all(&[0; 5]).records();
    assert_eq!(records.counts(), [("verified", tree.count() as u64)].into());
    let stages = [plan(&tree, DEST).arg("--all"), tool("sort"), push(), tool("sort").arg("-r"), verify()];
    let records = scene.pipeline(stages).run().expect_all(&[0; 5]).records();
    assert_eq!(records.counts(), [("verified", tree.count() as u64)].into());
}

#[test]
fn a_dry_run_uploads_nothing_and_passes_the_plan_on() {
    let scene = Scene::new();
    let tree = tree(&scene);
    let records =
        scene.pipeline([plan(&tree, DEST), push().arg("--dry-run")]).run().expect_all(&[0, 0]).records();
    assert_eq!(records.counts(), [("put", tree.count() as u64)].into());
    assert_eq!(scene.stored().keys().len(), 0);
}

#[test]
fn what_differs_is_pushed_again_as_the_man_page_shows() {
    if !there_is("jq") {
        return;
    }
    let scene = Scene::new();
    let tree = tree(&scene);
    scene.pipeline([plan(&tree, DEST), push()]).run().expect_all(&[0, 0]);
    let (damaged, removed) = ("p/many/00003", "p/many/00004");
    scene.stored().flip_bit(damaged);
    std::fs::remove_file(scene.stored().body(removed)).unwrap();
    let command = "tt-plan --all data s3://bucket/p/ | tt-verify --json > evidence.ndjson || true; \
                   jq -c 'select(.type==\"mismatch\" or .type==\"missing\") | .type=\"put\" | .why=\"forced\"' \
                   evidence.ndjson | tt-push --partial-input | tt-verify";
    let records = script(&scene, command).expect(0).records();
    assert!(records.count("verified") >= 1, "{records:?}");
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn properties_that_no_header_can_carry_are_refused_for_small_and_for_large_files() {
    if !there_is("jq") {
        return;
    }
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("small", "x");
    tree.sized("large", 17 << 20);
    for value in ["é", r"a\tb"] {
        let filter = format!(r#"if .type=="put" then .metadata={{"a":"{value}"}} else . end"#);
        let jq = tool("jq").args(["-c", &filter]);
        let outcome = scene.pipeline([plan(&tree, DEST), jq, push()]).run().expect_all(&[0, 0, 1]);
        assert_eq!(outcome.records().counts(), [("fail", 2)].into());
    }
}
