//! Deletions that have to be planned, or not, whatever names and places are: no key is stuck for ever, and none loses its guard.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, process::Command};

use tt_tests::{Records, Scene, Stage, Tree, plan, push, request, verify};

const DEST: &str = "s3://bucket/p/";

fn scene() -> Scene {
    Scene::with(|_, options| options.anonymous = true)
}

fn put(scene: &Scene, keys: &[&str]) {
    for key in keys {
        let encoded = key.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
        let answer = request(&scene.url(), "PUT", &format!("/bucket/p/{encoded}"), &[], b"x");
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

fn deleting(source: impl AsRef<OsStr>) -> Stage {
    plan(source, DEST).args(["--delete", "--max-delete", "100%"])
}

fn doomed(records: &Records) -> Vec<&str> {
    records.of("delete").map(|delete| delete["dst"].as_str().unwrap().strip_prefix(DEST).unwrap()).collect()
}

fn tree(scene: &Scene) -> Tree {
    let mut tree = scene.tree("data");
    for name in ["a", "d/b"] {
        tree.file(name, "x");
    }
    scene.sync(&tree.root, DEST).expect(0);
    tree
}

/// Has all of it deleted, and nothing left to be done.
fn goes(scene: &Scene, stage: impl Fn() -> Stage, count: u64) {
    let outcome = scene.pipeline([stage(), push(), verify()]).run().expect_all(&[0, 0, 0]);
    assert_eq!(outcome.records().counts(), [("deleted", count)].into(), "{outcome}");
    assert_eq!(scene.planned(stage()).items.len(), 0);
}

#[test]
fn names_that_no_file_can_have_go() {
    let scene = scene();
    let tree = tree(&scene);
    let long = "x".repeat(300);
    let below = format!("{long}/below");
    put(&scene, &[&long, &below, "d//b", "./a", "../a", "d/./b", "d/../a", "slash/", "/a", "a/below/it"]);
    goes(&scene, || deleting(&tree), 10);
}

#[test]
fn what_has_the_name_of_a_directory_that_a_link_leads_to_goes() {
    let scene = scene();
    let tree = tree(&scene);
    tree.link("link", "d");
    scene.sync(&tree.root, DEST).expect(0);
    put(&scene, &["link", "d"]);
    assert_eq!(doomed(&scene.planned(deleting(&tree))), ["d", "link"]);
    let skipping = scene.planned(deleting(&tree).args(["--symlinks", "skip"]));
    assert_eq!(doomed(&skipping), ["d"], "a link that is not followed keeps what is at its key and below");
    goes(&scene, || deleting(&tree), 2);
}

#[test]
fn what_is_left_out_goes_if_that_is_asked_for_wherever_it_is() {
    let scene = scene();
    let tree = tree(&scene);
    tree.link("loop", "loop");
    tree.link("broken", "nowhere/at/all");
    put(&scene, &["loop/x", "broken/y", "broken"]);
    let excluded = || deleting(&tree).args(["--exclude", "loop", "--exclude", "broken"]);
    assert_eq!(scene.planned(excluded()).items.len(), 0);
    goes(&scene, || excluded().arg("--delete-excluded"), 3);
}

#[test]
fn what_is_on_another_file_system_goes_if_that_is_asked_for() {
    let scene = scene();
    let tree = tree(&scene);
    fs::create_dir(tree.root.join("disk")).unwrap();
    let mount = |args: &[&str]| {
        let done = Command::new("mount").args(args).arg(tree.root.join("disk")).output();
        done.is_ok_and(|output| output.status.success())
    };
    if !mount(&["-t", "tmpfs", "none"]) {
        eprintln!("SKIPPED: no file system can be mounted here");
        return;
    }
    fs::create_dir(tree.root.join("disk/sub")).unwrap();
    for name in ["disk/x", "disk/sub/y"] {
        fs::write(tree.root.join(name), "x").unwrap();
    }
    scene.sync(&tree.root, DEST).expect(0);
    let one = || deleting(&tree).arg("--one-file-system");
    let (kept, gone) = (scene.run(one()), scene.run(one().arg("--delete-excluded")));
    let unmounted = Command::new("umount").arg(tree.root.join("disk")).status();
    assert!(unmounted.is_ok_and(|status| status.success()));
    assert_eq!(kept.expect(0).records().items.len(), 0);
    assert_eq!(doomed(&gone.expect(0).records()), ["disk/sub/y", "disk/x"]);
}

#[test]
fn the_guard_holds_below_a_path_that_is_not_utf8() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let scene = scene();
    let roots = [OsStr::new("plain"), OsStr::from_bytes(b"odd-\xff")].map(|name| scene.path("").join(name));
    put(&scene, &["link/1", "link/2", "fifo", "gone"]);
    for root in &roots {
        fs::create_dir_all(root.join("behind")).unwrap();
        fs::write(root.join("a"), "x").unwrap();
        std::os::unix::fs::symlink("behind", root.join("link")).unwrap();
        assert!(Command::new("mkfifo").arg(root.join("fifo")).status().unwrap().success());
        // A FIFO is not what anybody meant to upload: exit code 1.
        let records = scene.run(deleting(root).args(["--symlinks", "skip"])).expect(1).records();
        assert_eq!(doomed(&records), ["gone"], "{root:?}");
        let extra = verify().arg("--extra").args(["--symlinks", "skip"]).arg(root).arg(DEST);
        let records = scene.run(extra).expect(1).records();
        assert_eq!(records.objects("extra"), [format!("{DEST}gone").as_str()].into(), "{root:?}");
    }
}

#[test]
fn extra_objects_are_named_whatever_their_names() {
    let scene = scene();
    let tree = tree(&scene);
    tree.link("link", "d");
    scene.sync(&tree.root, DEST).expect(0);
    let long = "x".repeat(300);
    put(&scene, &[&long, "d//b", "link"]);
    let records = scene.run(verify().arg("--extra").arg(&tree).arg(DEST)).expect(1).records();
    assert_eq!((records.count("extra"), records.count("fail")), (3, 0));
}
