//! HTTPS_PROXY and NO_PROXY: the way to the service leads through a proxy, or around it.

use tt_lab::Tls;
use tt_tests::{Proxy, Scene, Stage, Tree, plan, push, verify};

const DEST: &str = "s3://bucket/p/";
const MIB: usize = 1 << 20;

fn secure() -> (Scene, Tree) {
    let scene = Scene::with(|directory, options| {
        options.tls = Some(Tls::SelfSigned { ca: directory.join("work/ca.pem") });
    });
    let mut tree = scene.tree("data");
    tree.many("many", 20);
    tree.sized("large", 20 * MIB);
    (scene, tree)
}

/// Runs the whole pipeline with the same variables for each tool.
fn sync(scene: &Scene, tree: &Tree, variables: &[(&str, &str)]) {
    let with = |stage: Stage| {
        let stage = stage.env("AWS_CA_BUNDLE", "ca.pem");
        variables.iter().fold(stage, |stage, (name, value)| stage.env(name, value))
    };
    let outcome = scene.pipeline([plan(tree, DEST), push(), verify()].map(with)).run();
    let records = outcome.expect_all(&[0, 0, 0]).expect_silence().records();
    assert_eq!(records.counts(), [("verified", tree.count() as u64)].into());
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn all_bytes_go_through_the_proxy() {
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let (scene, tree) = secure();
        let proxy = Proxy::start();
        sync(&scene, &tree, &[(variable, &format!("http://{}", proxy.authority()))]);
        assert!(proxy.bytes_sent() > 20 * MIB as u64, "{} bytes", proxy.bytes_sent());
        let (heads, connections) = (proxy.heads(), scene.stats().connections);
        assert_eq!(heads.len() as u64, connections, "some went around it");
        let target = format!("CONNECT {} HTTP/1.1\r\n", &scene.url()["https://".len()..]);
        assert!(heads.iter().all(|head| head.starts_with(&target)), "{heads:?}");
    }
}

#[test]
fn a_proxy_that_wants_to_know_who_asks_is_told() {
    let (scene, tree) = secure();
    let proxy = Proxy::start();
    sync(&scene, &tree, &[("HTTPS_PROXY", &format!("http://me:pass@{}", proxy.authority()))]);
    let told = |head: &String| head.to_lowercase().contains("proxy-authorization: basic bwu6cgfzcw==");
    assert!(!proxy.heads().is_empty() && proxy.heads().iter().all(told), "{:?}", proxy.heads());
}

#[test]
fn hosts_that_need_no_proxy_are_reached_without() {
    for (variable, hosts) in
        [("NO_PROXY", "127.0.0.1"), ("no_proxy", "example.com, 127.0.0.0/8"), ("NO_PROXY", "*")]
    {
        let (scene, tree) = secure();
        let proxy = Proxy::start();
        let url = format!("http://{}", proxy.authority());
        sync(&scene, &tree, &[("HTTPS_PROXY", &url), (variable, hosts)]);
        assert!(proxy.heads().is_empty(), "{variable}={hosts}");
    }
}

#[test]
fn a_proxy_that_is_not_there_is_named_without_its_password() {
    let (scene, tree) = secure();
    let plan =
        plan(&tree, DEST).env("AWS_CA_BUNDLE", "ca.pem").env("HTTPS_PROXY", "http://me:hush@127.0.0.1:1");
    let outcome = scene.run(plan).expect(69).expect_hint(0).expect_said(0, "the proxy 127.0.0.1");
    assert!(!outcome.stage(0).stderr.contains("hush"), "{outcome}");
}
