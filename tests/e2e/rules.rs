//! Properties that depend on the name: --rules.

use serde_json::json;
use tt_tests::{Scene, Tree, head, plan, push, verify};

const DEST: &str = "s3://bucket/p/";

const RULES: &str = r#"
[[rule]]
match = "*"
storage_class = "STANDARD_IA"
metadata = { owner = "me" }

[[rule]]
match = ["/assets/", "*.css"]
cache_control = "max-age=31536000"

[[rule]]
match = "index.html"
cache_control = "no-cache"
storage_class = "STANDARD"
tags = { kind = "page" }
"#;

fn site(scene: &Scene) -> Tree {
    let mut tree = scene.tree("site");
    for name in ["assets/app.js", "assets/index.html", "index.html", "x/assets/y"] {
        tree.file(name, name);
    }
    tree
}

#[test]
fn rules_ride_on_the_plan() {
    let scene = Scene::new();
    let tree = site(&scene);
    scene.write("rules.toml", RULES);
    let records = scene.planned(plan(&tree, DEST).args(["--rules", "rules.toml"]));
    let told = |name: &str| {
        let dst = format!("{DEST}{name}");
        let put = records.of("put").find(|put| put["dst"] == dst.as_str()).unwrap().clone();
        json!([put["storage_class"], put["cache_control"], put["metadata"], put["tags"]])
    };
    let owner = json!({"owner": "me"});
    assert_eq!(told("assets/app.js"), json!(["STANDARD_IA", "max-age=31536000", owner, null]));
    assert_eq!(told("index.html"), json!(["STANDARD", "no-cache", owner, {"kind": "page"}]));
    assert_eq!(told("assets/index.html"), told("index.html"));
    assert_eq!(told("x/assets/y"), json!(["STANDARD_IA", null, owner, null]));
}

#[test]
fn s3_keeps_what_rules_say_and_flags_say_the_rest() {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let tree = site(&scene);
    scene.write("rules.toml", RULES);
    let flags = ["--cache-control", "max-age=60", "--metadata", "team=x", "--metadata", "owner=you"];
    let stages = [plan(&tree, DEST).args(["--rules", "rules.toml"]), push().args(flags), verify()];
    scene.pipeline(stages).run().expect_all(&[0, 0, 0]);
    for (name, class, cache) in [
        ("assets/app.js", Some("STANDARD_IA"), "max-age=31536000"),
        ("index.html", None, "no-cache"),
        ("x/assets/y", Some("STANDARD_IA"), "max-age=60"),
    ] {
        let told = head(&scene.url(), &format!("p/{name}"), &[]);
        let header = |name: &str| told.get(name).map(String::as_str);
        assert_eq!(
            (header("x-amz-storage-class"), header("cache-control")),
            (class, Some(cache)),
            "{told:#?}"
        );
        assert_eq!((header("x-amz-meta-owner"), header("x-amz-meta-team")), (Some("me"), Some("x")));
    }
    let again = scene.planned(plan(&tree, DEST).args(["--rules", "rules.toml", "--all"]));
    assert_eq!(again.counts(), [("keep", 4)].into());
}

#[test]
fn wrong_rules_are_told_with_file_and_line() {
    let scene = Scene::new();
    let tree = site(&scene);
    for (rules, why) in [
        ("[[rule]]\nmatch = '*'\ncolour = 'red'\n", "rules.toml, line 3: S3 has no property \"colour\""),
        ("[[rule]]\nmatch = '*'\ntags = 'red'\n", "rules.toml, line 3: "),
        ("[[rule]]\nmatch = '['\n", "rules.toml, line 2: \"[\" is not a pattern"),
        ("\n[[rule]]\nmatch = '*'\nsse = 'rot13'\n", "rules.toml, line 2: \"rot13\" is no encryption"),
        ("[[rule]\n", "rules.toml, line 1: "),
    ] {
        scene.write("rules.toml", rules);
        let outcome = scene.run(plan(&tree, DEST).args(["--rules", "rules.toml"]));
        let outcome = outcome.expect(78).expect_said(0, why).expect_hint(0);
        assert!(outcome.stdout().is_empty(), "{outcome}");
    }
    scene.run(plan(&tree, DEST).args(["--rules", "nowhere"])).expect(78).expect_hint(0);
}
