//! `tt-sync watch`: the hot folder.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::net::UnixDatagram,
    path::Path,
    thread,
    time::Duration,
};

use rustix::process::Signal;
use tt_tests::{Deployment, Running, Scene, Stage, request, wait_until};

/// `tt-sync watch`, in a hurry.
fn watch(deployment: &Deployment<'_>) -> Stage {
    deployment.sync().args(["watch", "--settle", "1s", "--poll", "1s"])
}

/// Stops it, which is no failure.
fn stop(running: Running) {
    running.signal(0, Signal::TERM);
    running.wait().expect(0);
}

fn stored(scene: &Scene) -> usize {
    scene.stored().keys().len()
}

/// Writes a file as whoever drops it does: some at once, some bit by bit, some under another name first.
fn drop_file(source: &Path, number: usize) {
    let path = source.join(format!("{number:03}.bin"));
    let content = format!("{number:03} ").repeat(50);
    match number % 50 {
        0 => grow(&path, &content),
        1 => {
            let part = source.join(format!("{number:03}.part"));
            grow(&part, &content);
            fs::rename(part, path).unwrap();
        }
        _ => fs::write(path, content).unwrap(),
    }
}

fn grow(path: &Path, content: &str) {
    let mut file = File::create(path).unwrap();
    for piece in content.as_bytes().chunks(20) {
        file.write_all(piece).unwrap();
        thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn what_is_dropped_arrives_whole_and_once() {
    let scene = Scene::new();
    let mut deployment = Deployment::new(&scene);
    let running = scene.pipeline([watch(&deployment)]).start();
    wait_until("the first run is over", || deployment.logs("last-sync.json").exists());
    let source = deployment.source.root.clone();
    thread::scope(|scope| {
        for number in 0..500 {
            let source = &source;
            scope.spawn(move || drop_file(source, number));
            thread::sleep(Duration::from_millis(20));
        }
    });
    (0..500).for_each(|number| deployment.source.also(&format!("{number:03}.bin")));
    wait_until("all is there", || stored(&scene) == 500);
    scene.stored().expect(&deployment.source.objects("client/data/"));
    // Anything that went too early would have gone twice.
    assert_eq!(scene.requests("PutObject"), 500);
    wait_until("a run has ended", || deployment.last()["status"] == "success");
    stop(running);
}

#[test]
fn what_was_there_before_and_what_is_moved_in_goes_too() {
    let scene = Scene::new();
    let mut deployment = Deployment::new(&scene);
    deployment.source.file("fresh", "written just now");
    let running = scene.pipeline([watch(&deployment)]).start();
    wait_until("what was there has gone", || stored(&scene) == 1);
    fs::create_dir_all(scene.path("outside/d")).unwrap();
    fs::write(scene.path("outside/d/inner"), "x").unwrap();
    fs::rename(scene.path("outside"), deployment.source.root.join("moved")).unwrap();
    deployment.source.also("moved/d/inner");
    wait_until("what was moved in has gone", || stored(&scene) == 2);
    fs::write(deployment.source.root.join("fresh"), "changed since").unwrap();
    wait_until("what was changed has gone", || scene.requests("PutObject") == 3);
    stop(running);
    scene.stored().expect(&deployment.source.objects("client/data/"));
}

#[test]
fn a_run_that_fails_is_followed_by_another() {
    let scene = Scene::with_faults(&["access-denied:op=PutObject,count=1"]);
    let mut deployment = Deployment::new(&scene);
    let running = scene.pipeline([watch(&deployment)]).start();
    wait_until("the first run is over", || deployment.logs("last-sync.json").exists());
    deployment.source.file("a", "x");
    wait_until("a run has failed", || deployment.last()["status"] == "failed");
    wait_until("the next one went well", || stored(&scene) == 1 && deployment.last()["status"] == "success");
    stop(running);
}

#[test]
fn what_was_lost_in_the_bucket_comes_back_with_the_next_look_at_all() {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let mut deployment = Deployment::new(&scene);
    deployment.source.file("a", "x");
    let running = scene.pipeline([watch(&deployment).args(["--reconcile", "1s"])]).start();
    wait_until("the file is there", || stored(&scene) == 1);
    assert_eq!(request(&scene.url(), "DELETE", "/bucket/client/data/a", &[], b"").status, 204);
    wait_until("it is there again", || scene.requests("PutObject") == 2 && stored(&scene) == 1);
    stop(running);
}

#[test]
fn systemd_is_told_how_it_stands() {
    let scene = Scene::new();
    let deployment = Deployment::new(&scene);
    let socket = scene.path("notify");
    let systemd = UnixDatagram::bind(&socket).unwrap();
    systemd.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let hear = |what: &str| {
        let mut buffer = [0; 256];
        loop {
            let length = systemd.recv(&mut buffer).unwrap_or_else(|e| panic!("{what} was not told: {e}"));
            if buffer[..length].split(|byte| *byte == b'\n').any(|line| line == what.as_bytes()) {
                return;
            }
        }
    };
    let running = scene.pipeline([watch(&deployment).env("NOTIFY_SOCKET", &socket)]).start();
    hear("READY=1");
    running.signal(0, Signal::TERM);
    hear("STOPPING=1");
    running.wait().expect(0);
}

#[test]
fn one_run_at_a_time_is_at_work() {
    let scene = Scene::with_faults(&["silence:op=PutObject,count=1"]);
    let mut deployment = Deployment::new(&scene);
    deployment.source.file("a", "x");
    let running = scene.pipeline([watch(&deployment)]).start();
    wait_until("an upload is under way", || scene.requests("PutObject") > 0);
    scene.run(deployment.sync()).expect(75);
    // It stops in order although work is under way.
    running.signal(0, Signal::TERM);
    running.wait().expect(0);
    assert_eq!(deployment.last()["error"], "stopped by a signal");
    scene.run(deployment.sync()).expect(0);
    assert_eq!(stored(&scene), 1);
}

#[test]
fn what_can_not_be_watched_is_named() {
    let scene = Scene::new();
    let deployment = Deployment::new(&scene);
    scene
        .run(watch(&deployment).args(["--source", "/nowhere"]))
        .expect(78)
        .expect_said(0, "/nowhere")
        .expect_hint(0);
    scene.run(watch(&deployment).args(["--reconcile", "often"])).expect(64);
    scene
        .run(watch(&deployment).args(["--engine", "aws"]))
        .expect(64)
        .expect_said(0, "files that still grow");
}
