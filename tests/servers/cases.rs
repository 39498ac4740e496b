//! The matrix: what is done with every server.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use rustix::process::Signal;
use serde_json::Value;
use tt_tests::{Records, Tree, plan, push, set_modified, verify};

use crate::world::{BUCKET, World, peer, succeeded};

/// Something that is done with a server.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// What is to be told of it, or why it did not work.
    pub(crate) run: fn(&World) -> Result<String, String>,
}

const MIB: usize = 1 << 20;

/// All of them, in the order of the table.
pub(crate) const CASES: [Case; 18] = [
    Case { name: "small objects", run: small },
    Case { name: "objects in parts", run: parts },
    Case { name: "checksum CRC64NVME", run: |world| checksum(world, "crc64nvme") },
    Case { name: "checksum CRC32C", run: |world| checksum(world, "crc32c") },
    Case { name: "checksum CRC32", run: |world| checksum(world, "crc32") },
    Case { name: "checksum SHA256", run: |world| checksum(world, "sha256") },
    Case { name: "checksum SHA1", run: |world| checksum(world, "sha1") },
    Case { name: "odd names", run: odd_names },
    Case { name: "names beyond ASCII, many", run: foreign_names },
    Case { name: "2,500 objects listed", run: listing },
    Case { name: "killed, and gone on with", run: resumed },
    Case { name: "unfinished uploads aborted", run: aborted },
    Case { name: "if unchanged, new object", run: unchanged_new },
    Case { name: "if unchanged, other object", run: unchanged_other },
    Case { name: "deleted by a plan", run: deleted },
    Case { name: "properties kept", run: properties },
    Case { name: "damage found", run: damage },
    Case { name: "aws, s5cmd and rclone agree", run: agreement },
];

/// A tree of some small files, and one that goes in parts.
fn fill(tree: &mut Tree) {
    tree.many("small", 20);
    tree.file("empty", "");
    tree.sized("large", 17 * MIB + 3);
}

/// All are proved, and how.
fn proved(records: &Records, files: usize) -> Result<String, String> {
    if records.count("verified") != files {
        return Err(format!("of {files} objects are proved: {:?}", records.counts()));
    }
    Ok(records.values("verified", "by").into_iter().collect::<Vec<_>>().join(", "))
}

/// Nothing is left to do.
fn nothing_left(world: &World, tree: &Tree, dest: &str) -> Result<(), String> {
    match &world.left(tree, dest, &[])?[..] {
        [] => Ok(()),
        [first, rest @ ..] => Err(format!("a second plan has {first}, and {} more", rest.len())),
    }
}

fn small(world: &World) -> Result<String, String> {
    let (mut tree, dest) = world.case();
    tree.many("dir", 30);
    tree.file("empty", "");
    let how = proved(&world.sync(&tree, &dest, &[])?, 31)?;
    nothing_left(world, &tree, &dest)?;
    Ok(how)
}

fn parts(world: &World) -> Result<String, String> {
    let (mut tree, dest) = world.case();
    tree.sized("large", 20 * MIB);
    let records = world.sync(&tree, &dest, &[])?;
    let how = proved(&records, 1)?;
    nothing_left(world, &tree, &dest)?;
    Ok(how)
}

fn checksum(world: &World, algorithm: &str) -> Result<String, String> {
    let (mut tree, dest) = world.case();
    fill(&mut tree);
    proved(&world.sync(&tree, &dest, &["--checksum", algorithm])?, 22)?;
    // What the service keeps, without what the run knows of it.
    proved(&world.prove(&tree, &dest)?, 22)
}

fn odd_names(world: &World) -> Result<String, String> {
    let (mut tree, dest) = world.case();
    let names = [
        " leading",
        "trailing ",
        "two  spaces",
        "it's",
        "say \"hi\"",
        "-dash",
        ".hidden",
        "a+b",
        "100%",
        "%41",
        "%2F",
        "a&b=c;d",
        "#hash",
        "$HOME",
        "~",
        "at@",
        "comma,",
        "co:lon",
        "back\\slash",
        "(round)",
        "{curly}",
        "<angle>",
        "pipe|",
        "question?",
        "star*",
        "[square]",
        "tab\there",
        "\u{e9}t\u{e9}",
        "\u{65e5}\u{672c}",
        "\u{2615}",
        "a",
        "a.txt",
        "a-1",
        "b/c",
        "b.txt",
    ];
    for name in names {
        tree.file(name, name);
    }
    proved(&world.sync(&tree, &dest, &[])?, names.len())?;
    nothing_left(world, &tree, &dest)?;
    proved(&world.prove(&tree, &dest)?, names.len())
}

/// More of them than a page of a listing holds.
fn foreign_names(world: &World) -> Result<String, String> {
    let (mut tree, dest) = world.case();
    for number in 0..1_100 {
        tree.file(&format!("\u{65e5}\u{672c}-{number:04}-\u{e9}"), "x");
    }
    world.sync(&tree, &dest, &[])?;
    nothing_left(world, &tree, &dest)?;
    proved(&world.prove(&tree, &dest)?, 1_100)
}

fn listing(world: &World) -> Result<String, String> {
    let (mut tree, dest) = world.case();
    tree.many("flat", 2_400);
    tree.many("flat.d", 100);
    world.sync(&tree, &dest, &[])?;
    nothing_left(world, &tree, &dest)?;
    proved(&world.prove(&tree, &dest)?, 2_500)
}

/// tt-push is killed with some parts uploaded; the next one goes on.
fn resumed(world: &World) -> Result<String, String> {
    let (mut tree, dest) = world.case();
    tree.sized("large", 48 * MIB);
    let records = world.keep(plan(&tree, &dest));
    let slow = push().args(["--concurrency", "2", "--bandwidth", "16MB/s"]).arg(&records);
    let running = world.pipeline([slow]).start();
    std::thread::sleep(Duration::from_secs(2));
    running.signal(0, Signal::KILL);
    running.wait();
    let outcome = world.pipeline([push().arg(&records), verify()]).run();
    succeeded(&outcome, 2)?;
    let records = outcome.records();
    proved(&records, 1)?;
    let kept: u64 = records.of("verified").filter_map(|record| record["resumed"].as_u64()).sum();
    if kept == 0 { Err("no part was kept".to_owned()) } else { Ok(format!("{kept} of 6 parts kept")) }
}

fn aborted(world: &World) -> Result<String, String> {
    let (mut tree, dest) = world.case();
    tree.sized("large", 48 * MIB);
    let slow = push().args(["--concurrency", "2", "--bandwidth", "16MB/s"]);
    let running = world.pipeline([plan(&tree, &dest), slow]).start();
    std::thread::sleep(Duration::from_millis(1_500));
    running.signal(1, Signal::KILL);
    running.wait();
    let list = |flags: &[&str]| {
        let outcome = world.run(push().args(["--abort-uploads", &dest]).args(flags));
        succeeded(&outcome, 1).map(|()| outcome)
    };
    let found = list(&[])?.records().count("unfinished");
    if found != 1 {
        return Err(format!("{found} unfinished uploads are listed"));
    }
    list(&["--yes"])?;
    match list(&[])?.records().count("unfinished") {
        0 => Ok("listed and removed".to_owned()),
        left => Err(format!("{left} are left")),
    }
}

/// What was planned as new is there meanwhile: it must not be replaced.
fn unchanged_new(world: &World) -> Result<String, String> {
    let (mut tree, dest) = world.case();
    tree.file("small", "mine");
    tree.sized("large", 17 * MIB);
    let plan = world.keep(plan(&tree, &dest));
    let (mut other, _) = world.case();
    other.file("small", "theirs");
    other.sized("large", 18 * MIB);
    world.sync(&other, &dest, &[])?;
    refused(world, &plan)
}

/// What was to be replaced is another one meanwhile.
fn unchanged_other(world: &World) -> Result<String, String> {
    let (mut tree, dest) = world.case();
    tree.file("small", "first");
    tree.sized("large", 17 * MIB);
    world.sync(&tree, &dest, &[])?;
    tree.file("small", "second");
    tree.sized("large", 18 * MIB);
    let plan = world.keep(plan(&tree, &dest));
    let (mut other, _) = world.case();
    other.file("small", "the third");
    other.sized("large", 19 * MIB);
    world.sync(&other, &dest, &[])?;
    refused(world, &plan)
}

fn refused(world: &World, plan: &std::path::Path) -> Result<String, String> {
    let outcome = world.run(push().arg("--if-unchanged").arg(plan));
    // Not as a whole stream: what a service does not confirm is not in the records that it replaced.
    let records = outcome.text();
    let failed: Vec<Value> = records
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|record: &Value| record["type"] == "fail")
        .collect();
    let all = failed.iter().all(|fail| fail["error"]["kind"] == "precondition");
    match (outcome.stage(0).code(), failed.len(), all) {
        (1, 2, true) => Ok("refused".to_owned()),
        (1, 1, true) => Err("only one of two is refused".to_owned()),
        (code, ..) => Err(format!("exit code {code}, and these failed: {failed:?}")),
    }
}

fn deleted(world: &World) -> Result<String, String> {
    let (mut tree, dest) = world.case();
    tree.many("dir", 20);
    tree.file("gone", "gone");
    tree.file("dir/also & gone", "gone");
    world.sync(&tree, &dest, &[])?;
    tree.remove("gone");
    tree.remove("dir/also & gone");
    let outcome = world.pipeline([plan(&tree, &dest).arg("--delete"), push()]).run();
    succeeded(&outcome, 2)?;
    match outcome.records().count("deleted") {
        2 => proved(&world.prove(&tree, &dest)?, 20).map(|_| "2 objects".to_owned()),
        other => Err(format!("{other} are deleted")),
    }
}

fn properties(world: &World) -> Result<String, String> {
    let (mut tree, dest) = world.case();
    fill(&mut tree);
    let flags =
        ["--metadata", "team=blue", "--cache-control", "max-age=60", "--content-type", "text/x-matrix"];
    proved(&world.sync(&tree, &dest, &flags)?, 22)?;
    let compared = ["--size-only", "--compare-properties", "--rules"];
    let rules = world.path("rules.toml");
    fs::write(
        &rules,
        "[[rule]]\nmatch = \"**\"\ncontent_type = \"text/x-matrix\"\ncache_control = \"max-age=60\"\nmetadata = { team = \"blue\" }\n",
    )
    .unwrap();
    let flags: Vec<_> = compared.into_iter().chain([rules.to_str().unwrap()]).collect();
    match world.left(&tree, &dest, &flags)?.len() {
        0 => Ok("content type, caching, metadata".to_owned()),
        left => Err(format!("{left} objects have others")),
    }
}

/// Bytes are exchanged, sizes stay.
fn damage(world: &World) -> Result<String, String> {
    let (mut tree, dest) = world.case();
    fill(&mut tree);
    world.sync(&tree, &dest, &[])?;
    let (mut other, _) = world.case();
    let name = "large";
    other.sized(name, 17 * MIB + 3);
    let path = other.objects("")[name].clone();
    let mut bytes = fs::read(&path).unwrap();
    bytes[9 * MIB] ^= 1;
    fs::write(&path, bytes).unwrap();
    let forced = world.pipeline([plan(&other, &dest).arg("--force"), push()]).run();
    succeeded(&forced, 2)?;
    let outcome = world.run(verify().arg(&tree).arg(&dest));
    let records = outcome.records();
    match (outcome.stage(0).code(), records.count("mismatch"), records.count("verified")) {
        (1, 1, 21) => Ok("one bit in 17 MiB".to_owned()),
        (code, ..) => Err(format!("exit code {code}, and {:?}", records.counts())),
    }
}

/// Each of them finds nothing to do after tt-push, and tt-verify proves what each uploads.
fn agreement(world: &World) -> Result<String, String> {
    let (mut tree, dest) = world.case();
    fill(&mut tree);
    tree.file("a b/c+d/\u{e9}", "odd");
    // Not of this second, in which some take an object for older than its file.
    for path in tree.objects("").values() {
        set_modified(path, SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 365 * 50));
    }
    proved(&world.sync(&tree, &dest, &[])?, 23)?;
    let source = tree.as_ref().to_str().unwrap();
    let remote = |dest: &str| dest.replace("s3://", ":s3:");
    let silent = [
        peer("aws").args(["s3", "sync", source, &dest, "--dryrun"]),
        peer("s5cmd").args(["--dry-run", "sync", &format!("{source}/"), &dest]),
    ];
    for stage in silent {
        let outcome = world.run(stage);
        succeeded(&outcome, 1)?;
        if !outcome.text().trim().is_empty() {
            return Err(format!("would upload again: {}", outcome.text()));
        }
    }
    succeeded(&world.run(peer("rclone").args(["check", source, &remote(&dest)])), 1)?;
    for name in ["aws", "s5cmd", "rclone"] {
        let dest = format!("s3://{BUCKET}/of-{name}/");
        let stage = match name {
            "aws" => peer(name).args(["s3", "sync", source, &dest, "--only-show-errors"]),
            "s5cmd" => peer(name).args(["sync", &format!("{source}/"), &dest]),
            _ => peer(name).args(["copy", source, &remote(&dest)]),
        };
        succeeded(&world.run(stage), 1).map_err(|why| format!("{name} can't upload: {why}"))?;
        proved(&world.prove(&tree, &dest).map_err(|why| format!("what {name} uploaded: {why}"))?, 23)?;
    }
    Ok("and what they upload is proved".to_owned())
}
