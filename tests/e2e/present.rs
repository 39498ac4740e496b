//! What tt-plan shows to people: on a terminal, the plan in groups, and what it would take.

use std::process::Command;

use tt_tests::{Outcome, Scene, plan, push, tool};

const DEST: &str = "s3://bucket/p/";

/// Runs `tt-plan` on a terminal; `None` where none can be made.
fn on_a_terminal(scene: &Scene, arguments: &str) -> Option<Outcome> {
    let version = Command::new("script").arg("--version").output().ok()?;
    if !String::from_utf8_lossy(&version.stdout).contains("util-linux") {
        eprintln!("SKIPPED: there is no script(1) of util-linux, and so no terminal");
        return None;
    }
    let command = format!("stty -onlcr; tt-plan {arguments} data {DEST}");
    Some(scene.run(tool("script").args(["-q", "-e", "-c", &command, "/dev/null"]).env("TERM", "xterm")))
}

#[test]
fn a_terminal_shows_groups_and_a_pipe_gets_all() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.sized("changed", 10);
    tree.many("old", 3);
    scene.sync(&tree.root, DEST).expect(0);
    tree.sized("changed", 11);
    tree.many("new", 100);
    tree.sized("big", 17 << 20);
    tree.remove("old/00001");
    tree.fifo("evil\x1b[2J\nname");
    let Some(outcome) = on_a_terminal(&scene, "--delete --all") else { return };
    let text = outcome.expect(1).text();
    for expected in [
        "New: 101, 17.8 MB\n    17.8 MB  big\n        5 B  new/00000\n",
        "  and 96 more\n\nChanged (size): 1, 11 B\n       11 B  changed\n\n",
        "To delete: 1, 5 B\n        5 B  old/00001\n\n",
        "Up to date: 2, 10 B\n",
        "evil\\u{1b}[2J\\nname (fifo)\n",
        "The largest:\n    17.8 MB  big\n",
        "102 files, 17.8 MB to upload to s3://bucket/p/; 1 to delete; 2 up to date; 1 skipped.",
        " It takes about 108 PUT requests, 1 HEAD request, 1 DELETE request.",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in {text}");
    }
    let text = on_a_terminal(&scene, "--verbose").unwrap().expect(1).text();
    assert!((0..100).all(|number| text.contains(&format!("  new/{number:05}\n"))), "{text}");
    let text = on_a_terminal(&scene, "--json").unwrap().expect(1).text();
    assert!(text.starts_with("{\"type\":\"begin\"") && text.contains("new/00099"), "{text}");
    assert_eq!(scene.run(plan(&tree, DEST)).expect(1).records().count("put"), 102);
}

#[test]
fn the_requests_that_are_told_are_those_that_are_sent() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("many", 30);
    for (name, mebibytes) in [("a", 16), ("b", 17), ("c", 40)] {
        tree.sized(name, mebibytes << 20);
    }
    let Some(outcome) = on_a_terminal(&scene, "") else { return };
    scene.pipeline([plan(&tree, DEST), push()]).run().expect_all(&[0, 0]);
    let stats = scene.stats();
    let asked = stats.operations.iter().filter(|(name, _)| name.as_str() != "ListObjectsV2");
    let asked: u64 = asked.map(|(_, count)| count).sum();
    let told = format!(" It takes about {asked} PUT requests.");
    assert!(outcome.text().contains(&told), "{told} {:?}\n{outcome}", stats.operations);
}
