//! `tt-bench serve` as a process: what it announces, and how it stops.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on fails")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

fn tt_bench(directory: &Path, flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tt-bench"));
    command.env_clear().current_dir(directory).arg("serve").args(flags);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A process that is killed when the test is over.
struct Server(Option<Child>);

impl Server {
    fn start(directory: &Path, flags: &[&str]) -> (Self, Vec<String>) {
        let mut server = Self(Some(tt_bench(directory, flags).spawn().unwrap()));
        let child = server.0.as_mut().unwrap();
        let mut lines = Vec::new();
        for line in BufReader::new(child.stdout.as_mut().unwrap()).lines() {
            lines.push(line.unwrap());
            if lines.last().unwrap().starts_with("unset ") {
                return (server, lines);
            }
        }
        let mut text = String::new();
        child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        panic!("{flags:?}: {lines:?} {text}");
    }

    /// Sends a signal, and waits for the end.
    fn stop(mut self, signal: &str) -> Output {
        let child = self.0.take().unwrap();
        Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        child.wait_with_output().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // Gone already is as good.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn it_announces_itself_serves_and_stops() {
    for signal in ["TERM", "INT"] {
        let directory = tempfile::tempdir().unwrap();
        let flags =
            ["--listen", "127.0.0.1:0", "--port-file", "port", "--anonymous", "--dir", "store", "--verbose"];
        fs::write(directory.path().join("port"), "stale").unwrap();
        let (server, lines) = Server::start(directory.path(), &flags);
        let url = lines[1].strip_prefix("export AWS_ENDPOINT_URL=http://").unwrap();
        assert!(lines[0].starts_with("# S3 at http://127.0.0.1:") && lines.len() == 7, "{lines:?}");

        let mut socket = TcpStream::connect(url).unwrap();
        write!(socket, "GET /demo HTTP/1.1\r\nhost: {url}\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");

        let output = server.stop(signal);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert!(stderr.contains("stopped after 1 requests") && stderr.contains("1 ListObjects"), "{stderr}");
        let port = fs::read_to_string(directory.path().join("port")).unwrap();
        assert_eq!(port.trim_end(), url);
    }
}

#[test]
fn a_taken_address_is_told_with_a_way_out() {
    let directory = tempfile::tempdir().unwrap();
    let (server, lines) = Server::start(directory.path(), &["--listen", "127.0.0.1:0"]);
    let address = lines[1].rsplit('/').next().unwrap();
    let output = tt_bench(directory.path(), &["--listen", address]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(74), 0), "{stderr}");
    assert!(stderr.contains("listens there already") && stderr.contains("hint: "), "{stderr}");
    assert_eq!(server.stop("TERM").status.code(), Some(0));
}

#[test]
fn a_taken_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let flags = ["--listen", "127.0.0.1:0", "--dir", "store"];
    let (_server, _) = Server::start(directory.path(), &flags);
    let output = tt_bench(directory.path(), &flags).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(74), "{stderr}");
    assert!(stderr.contains("another endpoint"), "{stderr}");
}

#[test]
fn wrong_settings_have_their_exit_codes() {
    let directory = tempfile::tempdir().unwrap();
    let free = ["--listen", "127.0.0.1:0"];
    for (flags, code) in [
        (vec!["--bucket", "No"], 78),
        (vec!["--cert", "missing", "--key", "missing"], 78),
        (vec!["--log", "missing/log"], 74),
        (vec!["--port-file", "missing/port"], 74),
        (vec!["--fault", "fire"], 64),
    ] {
        let output = tt_bench(directory.path(), &[&free[..], &flags].concat()).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(code),
            "{flags:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
