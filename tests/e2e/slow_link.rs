//! A link on which the whole run takes many times as long as a request may be silent: everything arrives, and nothing is sent
//! twice, since what moves is never given up, however much of it waits in the system's buffers.

use tt_tests::{Narrow, Reply, Scene, Site, Stage, plan, push, verify};

const DEST: &str = "s3://bucket/p/";

/// Uploads so many files of so many bytes over a link of so many bytes a second; silence may last `timeout`.
fn upload(files: u32, size: usize, rate: u32, timeout: &str) {
    let scene = Scene::new();
    let link = Narrow::to(&scene.url(), rate);
    let mut tree = scene.tree("tree");
    for file in 0..files {
        tree.sized(&format!("file-{file}"), size);
    }
    let over = |stage: Stage| {
        let stage = stage.env("AWS_ENDPOINT_URL", link.url());
        stage.env("AWS_ENDPOINT_URL_S3", link.url()).args(["--timeout", timeout])
    };
    let stages = [over(plan(scene.path("tree"), DEST)), over(push()), over(verify())];
    let outcome = scene.pipeline(stages).run().expect_all(&[0, 0, 0]);
    assert_eq!(outcome.records().counts(), [("verified", files.into())].into(), "{outcome}");
    assert_eq!(scene.requests("PutObject"), u64::from(files), "nothing is sent twice: {outcome}");
}

#[test]
fn one_file_takes_longer_than_silence_may_last() {
    upload(1, 2_000_000, 250_000, "2s");
}

#[test]
fn a_dozen_files_share_a_slow_link() {
    upload(12, 400_000, 480_000, "2s");
}

#[test]
fn many_files_that_their_sockets_take_at_once_share_a_slow_link() {
    upload(48, 60_000, 250_000, "5s");
}

#[test]
fn an_answer_that_drips_is_not_waited_for() {
    let scene = Scene::new();
    scene.tree("tree").file("f", "content");
    let plan_of = |url: &str| {
        let stage = plan(scene.path("tree"), DEST).args(["--timeout", "1s", "--retries", "1"]);
        stage.env("AWS_ENDPOINT_URL", url).env("AWS_ENDPOINT_URL_S3", url)
    };
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 16000000\r\n\r\n<ListBucketResult>";
    let site = Site::speaking(|_| Reply::Dripping(head.to_vec()));
    let outcome = scene.run(plan_of(site.url())).expect(75);
    assert!(outcome.stage(0).stderr.contains("nothing moved"), "{outcome}");
    assert_eq!(site.heads().len(), 2, "it is retried once");
}
