//! `--checksum`: what S3 checks objects against, and keeps.

use tt_tests::{Scene, head, plan, push, verify};

use crate::liar::{MIB, at, liar};

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
    for (checksum, value) in [
        ("SHA256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
        ("SHA1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
        ("MD5", "JfnnlDI7RTiF9RgfG2JNCw=="),
        ("XXHASH64", "jLhB20DmroM="),
    ] {
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
    for checksum in ["MD4", "CRC64", "", "SHA384"] {
        scene.run(push().args(["--checksum", checksum])).expect(64).expect_said(0, "CRC64NVME");
    }
}

#[test]
fn the_newer_ones_cover_objects_of_one_request() {
    for (checksum, value) in [
        (
            "SHA512",
            "2eZ2LdHI6vbWGzxhkvxAjU1tXxF20MKRabwk5xw/J0rSf81YEbMT1oH35V7ALXPUmclUVba1u1A6z1dPuo/+hQ==",
        ),
        ("MD5", "JfnnlDI7RTiF9RgfG2JNCw=="),
        ("XXHASH64", "jLhB20DmroM="),
        ("XXHASH3", ""),
        ("xxhash128", ""),
    ] {
        let scene = Scene::with(|_, options| options.anonymous = true);
        let mut tree = scene.tree("data");
        tree.file("small", "123456789");
        tree.file("empty", "");
        let stages = [plan(&tree, DEST), push().args(["--checksum", checksum]), verify()];
        let records = scene.pipeline(stages).run().expect_all(&[0, 0, 0]).records();
        let by = format!("full-object {}", checksum.to_uppercase());
        assert_eq!(records.values("verified", "by"), [by.as_str()].into());
        let (name, found, scope) = kept(&scene, "p/small");
        assert_eq!((name, scope.as_str()), (checksum.to_lowercase(), "FULL_OBJECT"));
        assert!(found.starts_with(value), "{found}");
        scene.stored().flip_bit("p/small");
        let records = scene.run(verify().arg(&tree).arg(DEST)).expect(1).records();
        assert_eq!((records.count("mismatch"), records.count("verified")), (1, 1), "{checksum}");
    }
}

#[test]
fn the_newer_ones_cover_parts_as_composites() {
    let scene = Scene::new();
    for checksum in ["SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128"] {
        let site = liar(|_, _| None);
        let tree = {
            let mut tree = scene.tree(checksum);
            tree.sized("large", 17 * MIB);
            tree
        };
        let stages = [plan(&tree, DEST), push().args(["--checksum", checksum])].map(|stage| at(stage, &site));
        let outcome = scene.pipeline(stages).run().expect_all(&[0, 0]);
        assert!(outcome.text().contains("{\"type\":\"pushed\""), "{outcome}");
        let heads = site.heads();
        let has = |start: &str, query: &str, header: &str| {
            let found = |head: &&String| head.starts_with(start) && head.contains(query);
            let heads: Vec<_> = heads.iter().filter(found).collect();
            assert!(!heads.is_empty(), "{start} {query}: {heads:?}");
            heads.iter().all(|head| head.to_lowercase().contains(&header.to_lowercase()))
        };
        assert!(has("POST", "?uploads", &format!("x-amz-checksum-algorithm: {checksum}")));
        assert!(has("POST", "?uploads", "x-amz-checksum-type: COMPOSITE"));
        assert!(has("PUT", "partNumber=", &format!("x-amz-checksum-{checksum}: ")));
        let bodies = site.bodies();
        let mut joined = bodies.iter().map(|body| String::from_utf8_lossy(body));
        let joined = joined.rfind(|body| body.contains("<CompleteMultipartUpload")).unwrap();
        assert_eq!(joined.matches(&format!("<Checksum{checksum}>")).count(), 3, "{joined}");
    }
}
