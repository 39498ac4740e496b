//! Without TLS an attacker between here and the service can read all, and change nothing that is sent without being noticed.

use tt_tests::{Forger, Scene, Stage, plan, push, verify};

const DEST: &str = "s3://bucket/p/";

/// Two texts of the same length and the same CRC64NVME, whatever follows them.
const MEANT: &[u8] = b"pay   100 EUR to Alice: 12345678";
const FORGED: &[u8] = b"pay 99999 EUR to Mallory\x02\r\x0f\xd0\xe5\xbd\xe4\x0c";

#[test]
fn a_body_that_was_exchanged_on_the_way_is_not_stored() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("order", [MEANT, b"\n"].concat());
    tree.file("large", [MEANT, &vec![7; 20 << 20]].concat());
    let forger = Forger::before(scene.url().strip_prefix("http://").unwrap(), (MEANT, FORGED));
    let before = |stage: Stage| stage.env("AWS_ENDPOINT_URL", forger.url()).args(["--retries", "1"]);
    // With little memory the parts are read while they are sent.
    for memory in ["64MiB", "32MiB"] {
        let push = before(push()).args(["--memory", memory]);
        let outcome = scene.pipeline([before(plan(&tree, DEST)), push, before(verify())]).run();
        let outcome = outcome.expect_all(&[0, 1, 1]);
        assert_eq!(outcome.text().matches("XAmzContentSHA256Mismatch").count(), 2, "{outcome}");
        assert_eq!(outcome.records().count("verified"), 0, "{outcome}");
        assert!(scene.stored().keys().is_empty());
    }
    assert!(forger.forged() >= 4, "each of both was forged in both runs");
    // All is well where nothing is exchanged.
    scene.sync(&tree.root, DEST).expect_all(&[0, 0, 0]);
    scene.stored().expect(&tree.objects("p/"));
}

#[test]
fn a_checksum_that_is_a_sha256_covers_the_body_by_itself() {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("order", MEANT);
    tree.sized("large", 20 << 20);
    let push = push().args(["--checksum", "SHA256"]);
    let outcome = scene.pipeline([plan(&tree, DEST), push, verify()]).run().expect_all(&[0, 0, 0]);
    assert_eq!(outcome.records().counts(), [("verified", 2)].into());
}

#[test]
fn what_nothing_guards_is_warned_of() {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let mut tree = scene.tree("data");
    tree.file("order", MEANT);
    let outcome = scene.run(plan(&tree, DEST).arg("--no-sign-request")).expect(0);
    outcome.expect_said(0, "requests are neither encrypted nor signed");
}
