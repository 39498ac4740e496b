//! Listings of destinations of any size: one request or several ranges at once, and what goes wrong on the way.

use std::thread;

use serde_json::Value;
use tt_lab::{Bodies, Options};
use tt_tests::{Records, Scene, Tree, plan, request};

const DEST: &str = "s3://bucket/p/";

/// How many objects make a destination large.
const MANY: usize = 3000;

/// A scene whose endpoint shows few objects a page, and a tree whose files are all there as objects, each as large as its
/// name is long.
fn large(change: impl Fn(&mut Options)) -> (Scene, Tree) {
    let mut scene = Scene::with(|_, options| {
        options.anonymous = true;
        options.page = 20;
    });
    let mut tree = scene.tree("data");
    let names: Vec<_> =
        (0..MANY).map(|number| format!("d{}/é {}/{number:05}", number % 7, number % 31)).collect();
    for name in &names {
        tree.file(name, name);
    }
    let url = scene.url();
    thread::scope(|threads| {
        for part in names.chunks(MANY.div_ceil(8)) {
            let url = &url;
            threads.spawn(move || part.iter().for_each(|name| put(url, name)));
        }
    });
    scene.restart(|options| change(options));
    (scene, tree)
}

fn put(url: &str, name: &str) {
    let target = format!("/bucket/p/{}", name.replace('é', "%C3%A9").replace(' ', "%20"));
    assert_eq!(request(url, "PUT", &target, &[], name.as_bytes()).status, 200);
}

fn faults(options: &mut Options, faults: &[&str]) {
    options.faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
}

/// The plan says that every file is there.
#[track_caller]
fn all_there(scene: &Scene, tree: &Tree, flags: &[&str]) -> Records {
    let records = scene.planned(plan(tree, DEST).args(flags));
    assert_eq!(records.items, Vec::<Value>::new());
    records
}

#[test]
fn a_small_destination_is_one_request() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.many("d", 20);
    scene.sync(&tree.root, DEST).expect(0);
    let before = scene.requests("ListObjectsV2");
    all_there(&scene, &tree, &[]);
    assert_eq!(scene.requests("ListObjectsV2") - before, 1);
}

#[test]
fn a_large_destination_is_listed_in_ranges() {
    let (scene, tree) = large(|_| {});
    all_there(&scene, &tree, &[]);
    let requests = scene.requests("ListObjectsV2");
    let pages = (MANY / 20) as u64;
    assert!((pages..=pages * 13 / 10 + 2 * 64).contains(&requests), "{requests}");
    all_there(&scene, &tree, &["--list-concurrency", "1"]);
    assert!(scene.requests("ListObjectsV2") - requests <= pages * 13 / 10 + 2);
}

#[test]
fn without_a_signature_it_goes_by_the_sdk() {
    let (scene, tree) = large(|_| {});
    all_there(&scene, &tree, &["--no-sign-request"]);
}

#[test]
fn a_service_that_is_too_busy_is_asked_less() {
    let (scene, tree) = large(|options| faults(options, &["slow-down:op=ListObjectsV2,rate=0.2"]));
    all_there(&scene, &tree, &[]);
}

#[test]
fn a_service_that_ignores_where_to_start_is_listed_serially() {
    let (scene, tree) = large(|options| faults(options, &["ignore-start-after"]));
    all_there(&scene, &tree, &[]);
}

#[test]
fn a_listing_that_fails_midway_leaves_the_plan_incomplete() {
    let (scene, tree) = large(|options| faults(options, &["access-denied:op=ListObjectsV2,after=40"]));
    let outcome = scene.run(plan(&tree, DEST)).expect(77).expect_hint(0);
    assert!(outcome.records().is_incomplete());
    assert_eq!(outcome.records().count("put"), 0);
}

#[test]
fn a_listing_out_of_order_is_an_error() {
    let (scene, tree) = large(|options| faults(options, &["disorder:after=40"]));
    let outcome = scene.run(plan(&tree, DEST)).expect_said(0, "out of order");
    assert!(outcome.records().is_incomplete());
    assert_eq!(outcome.records().count("put"), 0);
}

#[test]
fn any_key_is_found_in_a_listing_in_ranges() {
    let mut scene = Scene::with(|_, options| options.bodies = Bodies::Memory);
    scene.restart(|options| options.page = 3);
    let mut tree = scene.tree("data");
    for name in [
        "\u{1}",
        " ",
        "&amp;",
        "a\rb",
        "a\nb",
        "<",
        "é",
        "e\u{301}",
        "😀",
        "\u{10FFFF}",
        "\u{10FFFF}x",
        "%41",
        "+",
    ] {
        (0..9).for_each(|number| drop(tree.file(&format!("{name}{number}"), name)));
    }
    scene.sync(&tree.root, DEST).expect(0);
    all_there(&scene, &tree, &[]);
}
