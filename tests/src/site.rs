//! A web site of a test's own, which answers as the test wants it to.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// What a page is.
#[derive(Clone, Debug)]
pub enum Reply {
    /// 200, with this body.
    Body(Vec<u8>),
    /// 302, to a path of this site or to a URL.
    Redirect(String),
    /// Another status, with headers and without a body.
    Status(u16, Vec<(&'static str, String)>),
    /// The body breaks off midway.
    Cut(Vec<u8>),
    /// The body stops midway, and nothing more is said.
    Stalled(Vec<u8>),
    /// The connection is closed without an answer.
    Dead,
    /// All that is said, and then the connection is closed.
    Raw(Vec<u8>),
    /// The first is said, and then the second again and again, until nobody listens.
    Endless(Vec<u8>, Vec<u8>),
    /// The first is said, and then two bytes a second, until nobody listens.
    Dripping(Vec<u8>),
}

impl Reply {
    /// 200, with headers and a body whose length is told.
    pub fn with(headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        Self::of(200, headers, body)
    }

    /// The same with another status.
    pub fn of(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let headers = headers.concat();
        let head = format!("HTTP/1.1 {status} so\r\n{headers}content-length: {}\r\n\r\n", body.len());
        Self::Raw([head.as_bytes(), body].concat())
    }
}

/// Says something to a request, of which it gets the request line and the headers.
type Speaker = dyn Fn(&str) -> Reply + Send + Sync;

/// A site on a free port. Its threads end with the test's process.
pub struct Site {
    url: String,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    pages: BTreeMap<String, Reply>,
    /// What is said to whatever is no page.
    other: Option<Arc<Speaker>>,
    heads: Vec<String>,
    bodies: Vec<Vec<u8>>,
}

impl Default for Site {
    fn default() -> Self {
        Self::start()
    }
}

impl Site {
    /// A site without any page.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::<Mutex<Inner>>::default();
        let kept = Arc::clone(&inner);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let inner = Arc::clone(&inner);
                // A client may leave when it likes.
                thread::spawn(move || drop(answer(client, &inner)));
            }
        });
        Self { url, inner: kept }
    }

    /// Where it is, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes a page, or another one of it.
    pub fn page(&self, path: &str, reply: Reply) {
        lock(&self.inner).pages.insert(path.to_owned(), reply);
    }

    /// A site that says what `speaker` says: to a request, of which it gets the request line and the headers.
    pub fn speaking(speaker: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let site = Self::start();
        lock(&site.inner).other = Some(Arc::new(speaker));
        site
    }

    /// What was asked for so far: the request line and the headers of each.
    pub fn heads(&self) -> Vec<String> {
        lock(&self.inner).heads.clone()
    }

    /// The bodies of what was asked so far.
    pub fn bodies(&self) -> Vec<Vec<u8>> {
        lock(&self.inner).bodies.clone()
    }

    /// The paths that were asked for so far.
    pub fn paths(&self) -> Vec<String> {
        self.heads().iter().filter_map(|head| path_of(head).map(str::to_owned)).collect()
    }
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

fn path_of(head: &str) -> Option<&str> {
    head.split(' ').nth(1)
}

/// The length of the body that follows.
fn length_of(head: &str) -> usize {
    let lower = head.to_ascii_lowercase();
    let value = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
    value.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}

/// Answers one request, and closes.
fn answer(mut client: TcpStream, inner: &Mutex<Inner>) -> io::Result<()> {
    let (mut reader, mut head) = (BufReader::new(client.try_clone()?), String::new());
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let reply = path_of(&head).and_then(|path| lock(inner).pages.get(path).cloned());
    let speaker = lock(inner).other.clone();
    let reply = reply.or_else(|| speaker.map(|speaker| speaker(&head)));
    let mut body = vec![0; length_of(&head)];
    reader.read_exact(&mut body)?;
    let mut kept = lock(inner);
    kept.heads.push(head);
    kept.bodies.push(body);
    drop(kept);
    let mut say = |status: u16, headers: &str, length: usize, body: &[u8]| {
        let head =
            format!("HTTP/1.1 {status} so\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
        client.write_all(head.as_bytes()).and_then(|()| client.write_all(body))
    };
    match reply {
        None => say(404, "", 0, b""),
        Some(Reply::Body(body)) => say(200, "", body.len(), &body),
        Some(Reply::Redirect(target)) => say(302, &format!("location: {target}\r\n"), 0, b""),
        Some(Reply::Status(status, headers)) => {
            let headers: Vec<_> =
                headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            say(status, &headers.concat(), 0, b"")
        }
        Some(Reply::Cut(body)) => say(200, "", body.len(), &body[..body.len() / 2]),
        Some(Reply::Stalled(body)) => {
            say(200, "", body.len(), &body[..body.len() / 2])?;
            thread::sleep(Duration::from_hours(1));
            Ok(())
        }
        Some(Reply::Dead) => Ok(()),
        Some(Reply::Raw(bytes)) => client.write_all(&bytes),
        Some(Reply::Endless(first, rest)) => {
            client.write_all(&first)?;
            loop {
                client.write_all(&rest)?;
            }
        }
        Some(Reply::Dripping(first)) => {
            client.write_all(&first)?;
            loop {
                client.write_all(b" ")?;
                thread::sleep(Duration::from_millis(500));
            }
        }
    }
}
