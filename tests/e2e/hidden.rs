//! What can't be seen in names and arguments, and what a terminal obeys, is written out wherever people look.

use std::{fs, os::unix::ffi::OsStrExt, os::unix::fs::PermissionsExt, path::Path, process::Command};

use tt_tests::{Deployment, Outcome, Scene, Stage, plan, push, tool, verify};

const DEST: &str = "s3://bucket/p/";

/// An override of direction, a line separator, a space without width, the beginning of a control sequence in one character, and
/// a sequence that names the window.
const ODD: [&str; 5] =
    ["a\u{202e}gpj.exe", "b\u{2028}c", "d\u{200b}e", "f\u{9b}31mg", "h\u{1b}]0;owned\u{7}i"];

/// Whether something is in there that a name has put there.
fn holds_odd(text: &str) -> bool {
    let odd = ['\u{202e}', '\u{2028}', '\u{200b}', '\u{9b}', '\u{7}'];
    text.contains(odd) || text.contains("\u{1b}]")
}

/// Runs a command of a shell on a terminal of its own.
fn on_a_terminal(scene: &Scene, command: &str) -> Outcome {
    scene.run(tool("script").args(["-qec", command, "/dev/null"]))
}

fn has_terminals() -> bool {
    // Without arguments it would start a shell.
    let there = Command::new("script").arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("SKIPPED: there is no script(1) of util-linux");
    }
    there
}

#[test]
fn names_on_a_terminal_show_what_they_hold() {
    if !has_terminals() {
        return;
    }
    let scene = Scene::new();
    let mut tree = scene.tree("data");
    for name in ODD {
        tree.file(name, "x");
    }
    scene.keep(plan(&tree, DEST), "plan.ndjson");
    fs::create_dir(scene.path("elsewhere")).unwrap();
    for command in [
        "tt-plan data s3://bucket/p/",
        "tt-plan --json data s3://bucket/p/",
        "tt-push --json --progress json plan.ndjson",
        "tt-plan --all data s3://bucket/p/ | tt-verify --json",
        "tt-push -v --root elsewhere plan.ndjson",
    ] {
        let outcome = on_a_terminal(&scene, command);
        assert!(!holds_odd(&outcome.text()), "{command}: {outcome}");
        assert!(outcome.text().contains("202e"), "{command}: {outcome}");
    }
    // To programs go the names as they are, with the same meaning.
    let records = scene.run(plan(&tree, DEST).arg("--all")).expect(0);
    assert!(records.text().contains('\u{202e}'));
}

#[test]
fn arguments_in_complaints_show_what_they_hold() {
    let scene = Scene::new();
    for odd in ODD {
        let argument = format!("{odd}\nerror: nothing");
        for stage in [
            tool("tt-plan").arg(format!("--no-such-{argument}")),
            plan("data", DEST).arg(&argument),
            plan("data", DEST).args(["--max-size", &argument]),
            plan("data", DEST).arg(format!("--symlinks={argument}")),
            plan(&argument, DEST),
            plan("data", &format!("s3://bucket/{argument}")),
            push().args(["--checksum", &argument]),
            push().args(["--part-size", &argument]),
            push().arg(&argument),
            verify().args(["--concurrency", &argument]),
            verify().args(["--report", &format!("nowhere/{argument}")]).arg("nothing"),
            tool("tt-sync").args(["--engine", &argument]),
            tool("tt-sync").args(["-c", &argument]),
            tool("tt-install").args(["check", &argument]),
            tool("tt-bench").args(["serve", "--listen", &argument]),
        ] {
            check(&scene, stage);
        }
    }
}

#[track_caller]
fn check(scene: &Scene, stage: Stage) {
    let outcome = scene.run(stage);
    let said = &outcome.stage(0).stderr;
    assert!(!holds_odd(said), "{outcome}");
    assert!(!said.contains("\nerror: nothing"), "{outcome}");
    assert_ne!(outcome.stage(0).code(), 0, "{outcome}");
}

#[test]
fn logs_and_mails_show_what_names_hold() {
    let scene = Scene::new();
    let mut deployment = Deployment::new(&scene);
    deployment.source.many("many", 1);
    let name = b"bad\xff\nOK        last run: success\xe2\x80\xae";
    fs::write(deployment.source.root.join(Path::new(std::ffi::OsStr::from_bytes(name))), "x").unwrap();
    scene.run(deployment.sync());
    scene.write("sendmail", format!("#!/bin/sh\ncat > {}\n", scene.path("mail").display()));
    fs::set_permissions(scene.path("sendmail"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", scene.directory().display(), std::env::var("PATH").unwrap());
    let mail = ["alerts", "--set", "NOTIFICATION_METHOD=email", "--set", "ALERT_EMAIL=a@b.c"];
    scene.run(deployment.sync().args(mail).env("PATH", path));
    let mail = fs::read_to_string(scene.path("mail")).unwrap();
    assert!(!holds_odd(&mail) && !mail.contains("\nOK        last run: success"), "{mail}");
    let logs = fs::read_dir(scene.path("logs")).unwrap().flatten().map(|entry| entry.path());
    for log in logs.filter(|path| path.extension().is_some_and(|end| end == "log")) {
        let text = fs::read_to_string(&log).unwrap();
        assert!(!holds_odd(&text) && !text.contains("\nOK        last run"), "{text}");
    }
}
