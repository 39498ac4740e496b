//! The pretended network. Only that it is slow enough: how fast it is, is the machine's business.

use std::time::Duration;

use http::Method;
use tokio::time::Instant;
use tt_lab::{Link, Options};

use super::{client::Lab, uploads::bytes};

const MB: usize = 1_000_000;

async fn lab(link: Link) -> Lab {
    Lab::with(Options { link, ..Options::default() }).await
}

/// Seconds for two transfers at once of a megabyte each.
async fn two(lab: &Lab, method: Method) -> f64 {
    let call = |key| {
        lab.object(method.clone(), key).body(if method == Method::PUT { bytes(1, MB) } else { bytes(1, 0) })
    };
    let started = Instant::now();
    tokio::join!(call("a").ok(), call("b").ok());
    started.elapsed().as_secs_f64()
}

#[tokio::test]
async fn all_connections_share_the_link() {
    let lab = lab(Link { rate: Some(5_000_000), ..Link::default() }).await;
    for method in [Method::PUT, Method::GET] {
        let seconds = two(&lab, method.clone()).await;
        assert!(seconds > 0.3, "{method}: {seconds} s instead of 0.4");
    }
}

#[tokio::test]
async fn each_connection_has_a_limit() {
    let lab = lab(Link { connection_rate: Some(4_000_000), ..Link::default() }).await;
    for method in [Method::PUT, Method::GET] {
        let seconds = two(&lab, method.clone()).await;
        assert!(seconds > 0.18, "{method}: {seconds} s instead of 0.25");
    }
}

#[tokio::test]
async fn answers_take_their_time() {
    let delay = Duration::from_millis(120);
    let lab = lab(Link { delay, ..Link::default() }).await;
    for call in [
        lab.object(Method::PUT, "key").body("body"),
        lab.object(Method::GET, "key"),
        lab.object(Method::GET, "x"),
    ] {
        let started = Instant::now();
        call.send().await;
        assert!(started.elapsed() >= delay);
    }
}

#[tokio::test]
async fn idle_connections_are_closed() {
    use tokio::{io::AsyncReadExt as _, net::TcpStream, time::timeout};

    let lab =
        Lab::with(Options { idle_timeout: Some(Duration::from_millis(100)), ..Options::default() }).await;
    let mut idle = TcpStream::connect(lab.endpoint.addr()).await.unwrap();
    let end = timeout(Duration::from_secs(10), idle.read(&mut [0; 1])).await.expect("it is closed in time");
    assert_eq!(end.unwrap(), 0);
}
