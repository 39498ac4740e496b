//! `--checksum`: what S3 checks objects against, and keeps.

use tt_tests::{Scene, head, plan, push, verify};

const DEST: &str = "s3://bucket/p/";
const ASKING: [(&str, &str); 1] = [("x-amz-checksum-mode", "ENABLED")];

/// Uploads a file in one request, and one in parts. Gives the scene, and the verdict on each.
fn uploaded(checksum: &str) -> (Scene, [String; 2]) {
    let scene = Scene::with(|_, options| options.anonymous = true);
    let mut tree = scene.tree("data");
    tree.file("small", "123456789");
    tree.sized("large", 17 << 20);
    let push = push().args(["--checksum", checksum]);
    let outcome = scene.pipeline([plan(&tree, DEST), push, verify()]).run();
    assert_eq!([0, 1].map(|stage| outcome.stage(stage).code()), [0, 0], "{outcome}");
    scene.stored().expect(&tree.objects("p/"));
    let records = outcome.records();
    let verdict = ["small", "large"].map(|name| {
        let dst = format!("{DEST}{name}");
        records.items.iter().find(|record| record["dst"] == dst.as_str()).unwrap()["type"].to_string()
    });
    (scene, verdict)
}

/// Algorithm, value, and type of an object's checksum: all the headers about it, and no others.
fn kept(scene: &Scene, key: &str) -> (String, String, String) {
    let mut told = head(&scene.url(), key, &ASKING);
    let r#type = told.remove("x-amz-checksum-type").unwrap_or_default();
    told.retain(|name, _| name.starts_with("x-amz-checksum-"));
    assert_eq!(told.len(), 1, "{told:?}");
    let (name, value) = told.pop_first().unwrap();
    (name["x-amz-checksum-".len()..].to_owned(), value, r#type)
}

#[test]
fn crcs_cover_the_whole_object_and_are_verified() {
    // The check values that catalogues of CRCs give for "123456789".
    for (checksum, value) in
        [("CRC64NVME", "rosUhgp5mIg="), ("CRC32C", "4waSgw=="), ("CRC32", "y/Q5Jg=="), ("crc32c", "4waSgw==")]
    {
        let (scene, verdict) = uploaded(checksum);
        assert_eq!(verdict, ["\"verified\"", "\"verified\""], "{checksum}");
        let name = checksum.to_lowercase();
        assert_eq!(kept(&scene, "p/small"), (name.clone(), value.to_owned(), "FULL_OBJECT".to_owned()));
        let (algorithm, value, scope) = kept(&scene, "p/large");
        assert_eq!((algorithm, &*scope), (name, "FULL_OBJECT"));
        assert!(!value.contains('-'), "{value}");
    }
}

#[test]
fn hashes_cover_the_object_or_its_parts() {
    for (checksum, value) in
        [("SHA256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="), ("SHA1", "98O8HYCOBHMq32eZZczDTKeuNEE=")]
    {
        let (scene, [small, large]) = uploaded(checksum);
        assert_eq!(small, "\"verified\"");
        let name = checksum.to_lowercase();
        assert_eq!(kept(&scene, "p/small"), (name.clone(), value.to_owned(), "FULL_OBJECT".to_owned()));
        let (algorithm, value, scope) = kept(&scene, "p/large");
        assert_eq!((algorithm, &*scope), (name, "COMPOSITE"));
        assert!(value.ends_with("-3"), "{value}");
        assert_eq!(large, "\"verified\"");
    }
}

#[test]
fn where_none_is_sent_the_one_that_s3_adds_is_compared() {
    let (scene, verdict) = uploaded("none");
    assert_eq!(verdict, ["\"verified\"", "\"verified\""]);
    for key in ["p/small", "p/large"] {
        assert_eq!(kept(&scene, key).0, "crc64nvme");
    }
}

#[test]
fn what_is_no_checksum_is_wrong_usage() {
    let scene = Scene::new();
    for checksum in ["MD5", "CRC64", "", "SHA512"] {
        scene.run(push().args(["--checksum", checksum])).expect(64).expect_said(0, "CRC64NVME");
    }
}
