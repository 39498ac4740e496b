//! Listings as other services write them: times, names, flags and headers in other forms than S3's. None of it ends a run, and
//! none makes the tools believe what is not so.

use std::{collections::BTreeMap, fs};

use tt_tests::{Reply, Scene, Site, plan};

const DEST: &str = "s3://bucket/p/";

/// A page of objects of two bytes each.
fn page(keys: &[&str], modified: &str, more: &str) -> String {
    let entry = |key: &&str| {
        format!("<Contents><Key>{key}</Key><LastModified>{modified}</LastModified><Size>2</Size></Contents>")
    };
    format!("<ListBucketResult>{more}{}</ListBucketResult>", keys.iter().map(entry).collect::<String>())
}

/// Two files that are there already, as all of these listings say.
fn scene() -> Scene {
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    tree.file("a", "1\n");
    tree.file("b", "2\n");
    scene
}

/// What is planned against a service that lists like this. Nothing, where that says what is there.
fn planned(scene: &Scene, site: &Site, flags: &[&str]) -> usize {
    let plan = plan("data", DEST).args(["--endpoint-url", site.url(), "--retries", "1"]).args(flags);
    scene.run(plan).expect(0).records().items.len()
}

#[test]
fn times_and_flags_are_read_in_every_form() {
    let scene = scene();
    for modified in [
        "2037-01-01T00:00:00.000Z",
        "Thu, 01 Jan 2037 00:00:00 GMT",
        "2037-01-01T00:00:00",
        "2037-01-01T02:00:00+02:00",
        "2114380800",
        "9999-12-31T23:59:59.999Z",
    ] {
        let site = Site::speaking(move |_| {
            Reply::with(&[("connection", "close")], page(&["p/a", "p/b"], modified, ""))
        });
        assert_eq!(planned(&scene, &site, &[]), 0, "{modified}");
    }
    for modified in ["", "some day"] {
        let site = Site::speaking(move |_| {
            Reply::with(&[("connection", "close")], page(&["p/a", "p/b"], modified, ""))
        });
        assert_eq!(planned(&scene, &site, &["--size-only"]), 0, "{modified}");
        assert_eq!(planned(&scene, &site, &[]), 2, "an object of unknown age may be old");
    }
}

#[test]
fn more_follows_however_that_is_written() {
    let scene = scene();
    for flag in ["true", "True", "TRUE", " true\n"] {
        let site = Site::speaking(move |head| {
            let more =
                format!("<IsTruncated>{flag}</IsTruncated><NextContinuationToken>t</NextContinuationToken>");
            let second = head.contains("continuation-token=t");
            // The last key of a page may come again.
            let body = if second {
                page(&["p/a", "p/b"], "2037-01-01T00:00:00Z", "")
            } else {
                page(&["p/a"], "2037-01-01T00:00:00Z", &more)
            };
            Reply::with(&[("connection", "close")], body)
        });
        assert_eq!(planned(&scene, &site, &[]), 0, "{flag:?}");
    }
}

#[test]
fn what_is_listed_twice_or_begins_with_a_blank_is_a_listing() {
    let scene = scene();
    for before in ["", "\n <?xml version='1.0'?>", "\u{FEFF}<?xml version='1.0'?>"] {
        let site = Site::speaking(move |_| {
            let page = page(&["p/a", "p/a", "p/b", "p/b"], "2037-01-01T00:00:00Z", "");
            Reply::with(&[("connection", "close")], format!("{before}{page}"))
        });
        assert_eq!(planned(&scene, &site, &[]), 0, "{before:?}");
    }
}

#[test]
fn an_answer_may_have_many_headers() {
    let scene = scene();
    let site = Site::speaking(move |_| {
        let names: Vec<_> = (0..300).map(|number| format!("x-header-{number}")).collect();
        let headers: Vec<_> = names.iter().map(|name| (name.as_str(), "x")).collect();
        Reply::with(&headers, page(&["p/a", "p/b"], "2037-01-01T00:00:00Z", ""))
    });
    assert_eq!(planned(&scene, &site, &[]), 0);
}

/// How a service writes a key: plain, and where it is asked to encode.
type Writing = fn(&str) -> String;

fn percent(key: &str) -> String {
    key.bytes().fold(String::new(), |text, byte| match byte {
        b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' => text + &char::from(byte).to_string(),
        _ => text + &format!("%{byte:02X}"),
    })
}

#[test]
fn keys_that_xml_cannot_carry_are_listed_encoded() {
    let replaced: Writing = |key| key.replace('\u{3}', "\u{FFFD}");
    let raw_entity: Writing = |key| key.replace('\u{3}', "&#x3;&unknown;");
    let plus: Writing = |key| percent(key).replace("%20", "+");
    // Sorted as bytes, which what is written is not.
    let keys = ["p/a\u{3}b", "p/a b", "p/a+b", "p/ab", "p/é"];
    let names: BTreeMap<_, _> = keys.iter().map(|key| (key.strip_prefix("p/").unwrap(), key.len())).collect();
    let scene = Scene::new();
    fs::create_dir(scene.path("data")).unwrap();
    for name in names.keys() {
        fs::write(scene.path("data").join(name), "1\n").unwrap();
    }
    let listed = |plain: Writing, encoded: Option<Writing>| {
        Site::speaking(move |head| {
            let write = encoded.filter(|_| head.contains("encoding-type=url"));
            let encoding = if write.is_some() { "<EncodingType>url</EncodingType>" } else { "" };
            let keys: Vec<_> = keys.iter().map(|key| write.unwrap_or(plain)(key)).collect();
            let keys: Vec<_> = keys.iter().map(String::as_str).collect();
            Reply::with(&[("connection", "close")], page(&keys, "2037-01-01T00:00:00Z", encoding))
        })
    };
    for (plain, encoded) in [(replaced, percent as Writing), (replaced, plus), (raw_entity, percent)] {
        assert_eq!(planned(&scene, &listed(plain, Some(encoded)), &[]), 0);
    }
    // Whoever names the encoding and does not encode, or does not know it, is not believed.
    for encoded in [None, Some(replaced)] {
        let site = listed(replaced, encoded);
        let flags = ["--endpoint-url", site.url(), "--retries", "1"];
        let outcome = scene.run(plan("data", DEST).args(flags));
        assert_ne!(outcome.stage(0).code(), 0, "{outcome}");
        assert_eq!(outcome.records().count("put"), 0, "{outcome}");
    }
}

#[test]
fn usual_listings_are_asked_for_once_and_as_before() {
    let scene = scene();
    let site = Site::speaking(move |_| {
        Reply::with(&[("connection", "close")], page(&["p/a", "p/b"], "2037-01-01T00:00:00Z", ""))
    });
    assert_eq!(planned(&scene, &site, &[]), 0);
    let asked: Vec<_> = site.heads().into_iter().filter(|head| head.contains("list-type=2")).collect();
    assert!(asked.len() == 1 && !asked[0].contains("encoding-type"), "{asked:?}");
}
