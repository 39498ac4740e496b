//! Files beside the stream: what is no regular file stays what it is, and no link of another user is followed.

use std::{
    fs,
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, lchown, symlink},
    path::Path,
    process::Command,
};

use tt_tests::{Scene, Stage, plan, push, tool, verify};

const DEST: &str = "s3://bucket/p/";
const NOBODY: u32 = 65534;

/// All flags of tt-verify that name a file which is written.
const FLAGS: [&str; 4] = ["--report", "--junit", "--write-sums", "--latencies"];

fn results(scene: &Scene) {
    let mut tree = scene.tree("data");
    tree.many("many", 20);
    scene.write("results", scene.pipeline([plan(&tree, DEST), push()]).run().expect_all(&[0, 0]).stdout());
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

#[test]
fn devices_and_open_descriptors_are_written_to() {
    let scene = Scene::new();
    results(&scene);
    symlink("/dev/stdout", scene.path("out")).unwrap();
    symlink("/dev/stderr", scene.path("err")).unwrap();
    for flag in FLAGS {
        // A device of the scene's own: that of the machine would be gone for all.
        if is_root() {
            let made = Command::new("mknod").arg(scene.path("null")).args(["c", "1", "3"]).status();
            assert!(made.unwrap().success());
            scene.run(verify().args(["results", flag, "null"])).expect(0);
            assert!(scene.path("null").symlink_metadata().unwrap().file_type().is_char_device());
            fs::remove_file(scene.path("null")).unwrap();
        }
        symlink("/dev/null", scene.path("link")).unwrap();
        scene.run(verify().args(["results", flag, "link"])).expect(0);
        assert!(scene.path("link").symlink_metadata().unwrap().is_symlink());
        fs::remove_file(scene.path("link")).unwrap();
        // What is there already stays, and the records are whole.
        let script = format!(
            "{{ echo before; tt-verify results {flag} err 2>&3; }} 3>>said; tt-verify results {flag} /dev/fd/4 4>four"
        );
        let outcome = scene.run(tool("bash").args(["-c", &script])).expect(0);
        assert!(outcome.text().starts_with("before\n"));
        assert!(fs::metadata(scene.path("said")).unwrap().len() > 0, "{flag}");
        assert!(fs::metadata(scene.path("four")).unwrap().len() > 0, "{flag}");
        let script = format!(
            "tt-verify results {flag} out | cat > both; tt-verify results {flag} >(cat > piped); sleep 0.2"
        );
        scene.run(tool("bash").args(["-c", &script])).expect(0);
        let both = fs::read_to_string(scene.path("both")).unwrap();
        // What is beside the records comes in one piece, before the last of them.
        let verified = |line: &&str| line.starts_with("{\"type\":\"verified\"") && line.ends_with('}');
        assert_eq!(both.lines().take(21).filter(verified).count(), 20, "{flag}: {both}");
        assert!(both.lines().last().unwrap().starts_with("{\"type\":\"end\""), "{both}");
        assert!(fs::metadata(scene.path("piped")).unwrap().len() > 0, "{flag}");
    }
}

#[test]
fn a_fifo_has_its_reader() {
    let scene = Scene::new();
    results(&scene);
    assert!(Command::new("mkfifo").arg(scene.path("pipe")).status().unwrap().success());
    for flag in FLAGS {
        let script = format!("cat pipe > got & tt-verify -q results {flag} pipe > /dev/null; wait");
        scene.run(tool("sh").args(["-c", &script])).expect(0);
        assert!(scene.path("pipe").symlink_metadata().unwrap().file_type().is_fifo());
        assert!(fs::metadata(scene.path("got")).unwrap().len() > 0, "{flag}");
    }
}

#[test]
fn the_endpoint_spares_what_is_no_file() {
    let scene = Scene::new();
    for flags in [&["--port-file", "null"][..], &["--tls", "--ca-out", "null"]] {
        symlink("/dev/null", scene.path("null")).unwrap();
        let serve = ["serve", "-q", "--listen", "127.0.0.1:0", "--until-eof"];
        scene.run(tool("tt-bench").args(serve).args(flags)).expect(0);
        assert!(scene.path("null").symlink_metadata().unwrap().is_symlink(), "{flags:?}");
        fs::remove_file(scene.path("null")).unwrap();
    }
}

#[test]
fn no_link_of_another_user_is_followed() {
    if !is_root() {
        eprintln!("SKIPPED: files of other users take root");
        return;
    }
    let scene = Scene::new();
    results(&scene);
    let shared = scene.path("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
    let victim = scene.write("victim", "precious");
    let planted = |name: &str, target: &Path| {
        let link = shared.join(name);
        let _ = fs::remove_file(&link);
        symlink(target, &link).unwrap();
        lchown(&link, Some(NOBODY), None).unwrap();
        link
    };
    for flag in FLAGS {
        for target in [victim.as_path(), Path::new("/dev/null")] {
            let link = planted("report", target);
            scene.run(verify().args(["results", flag]).arg(&link)).expect(0);
            // It has replaced the link, and gone nowhere else.
            assert!(link.symlink_metadata().unwrap().is_file(), "{flag}");
        }
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious", "{flag}");
    }
    // A FIFO of another user is not written to.
    let pipe = shared.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    lchown(&pipe, Some(NOBODY), None).unwrap();
    let stage: Stage = verify().args(["results", "--report"]).arg(&pipe);
    scene.run(stage).expect(74).expect_said(0, "another user may have put it there");
    // Nor does the log of a deployment follow a link that another user has put there.
    fs::create_dir(scene.path("src")).unwrap();
    planted("alerts.log", &victim);
    let config = format!(
        "SOURCE_DIR={}\nBUCKET_NAME=bucket\nLOGS_DIR={}\n",
        scene.path("src").display(),
        shared.display()
    );
    scene.write("config", config);
    scene.run(tool("tt-sync").args(["alerts", "-c", "config"]));
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
}

#[test]
fn the_lock_is_where_no_other_user_can_write() {
    if !is_root() {
        eprintln!("SKIPPED: files of other users take root");
        return;
    }
    let scene = Scene::new();
    fs::create_dir(scene.path("src")).unwrap();
    let victim = scene.write("victim", "precious");
    scene.write("config", format!("SOURCE_DIR={}\nBUCKET_NAME=bucket\n", scene.path("src").display()));
    let state = scene.path("state");
    let locks = state.join("datasync-turbo");
    let run = || scene.run(tool("tt-sync").args(["-q", "-c", "config"]).env("XDG_STATE_HOME", &state));
    run().expect(0);
    let lock = fs::read_dir(&locks).unwrap().next().unwrap().unwrap().path();
    assert_eq!(locks.metadata().unwrap().mode() & 0o077, 0);
    // As an earlier version left it for those whose files their group may write to.
    fs::set_permissions(&locks, fs::Permissions::from_mode(0o775)).unwrap();
    run().expect(0);
    assert_eq!(locks.metadata().unwrap().mode() & 0o077, 0);
    // A link at the place of the lock, of another user, in a directory that others may write to.
    fs::remove_file(&lock).unwrap();
    symlink(&victim, &lock).unwrap();
    lchown(&lock, Some(NOBODY), None).unwrap();
    fs::set_permissions(&locks, fs::Permissions::from_mode(0o1777)).unwrap();
    run().expect(74).expect_said(0, "other users may write to");
    fs::set_permissions(&locks, fs::Permissions::from_mode(0o775)).unwrap();
    run().expect(74).expect_said(0, "other users may write to");
    fs::set_permissions(&locks, fs::Permissions::from_mode(0o700)).unwrap();
    lchown(&locks, Some(NOBODY), None).unwrap();
    run().expect(74);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
}
