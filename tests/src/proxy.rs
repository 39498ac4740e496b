//! An HTTP proxy that only opens tunnels (CONNECT), and keeps account of them.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

/// A proxy on a free port. Its threads end with the test's process.
pub struct Proxy {
    authority: String,
    account: Arc<Account>,
}

#[derive(Default)]
struct Account {
    heads: Mutex<Vec<String>>,
    sent: AtomicU64,
}

impl Proxy {
    /// Starts a proxy.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let account = Arc::<Account>::default();
        let kept = Arc::clone(&account);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let account = Arc::clone(&account);
                // How a tunnel ends is the business of those at its ends.
                thread::spawn(move || drop(tunnel(client, &account)));
            }
        });
        Self { authority, account: kept }
    }

    /// Host and port.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// What each tunnel was asked for with: the request line, and the headers.
    pub fn heads(&self) -> Vec<String> {
        self.account.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Bytes that went through tunnels away from the clients.
    pub fn bytes_sent(&self) -> u64 {
        self.account.sent.load(Ordering::Relaxed)
    }
}

fn tunnel(client: TcpStream, account: &Account) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    account.heads.lock().unwrap_or_else(PoisonError::into_inner).push(head.clone());
    let mut client = client;
    let Some(target) = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()) else {
        return client.write_all(b"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n");
    };
    let server = TcpStream::connect(target)?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (back, mut client) = (server.try_clone()?, client);
    thread::spawn(move || {
        let _ = io::copy(&mut &back, &mut client);
        let _ = client.shutdown(Shutdown::Write);
    });
    relay(&mut reader, &server, &account.sent)?;
    server.shutdown(Shutdown::Write)
}

fn relay(from: &mut impl Read, mut to: &TcpStream, count: &AtomicU64) -> io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            length => {
                to.write_all(&buffer[..length])?;
                count.fetch_add(length as u64, Ordering::Relaxed);
            }
        }
    }
}
