//! An attacker on the network: passes on what comes, and exchanges some bytes of it.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
};

/// A relay to a service, on a free port. Its threads end with the test's process.
pub struct Forger {
    url: String,
    forged: Arc<AtomicU64>,
}

impl Forger {
    /// Starts one before the service at `authority`. What clients send is `exchanged.1` wherever it was `exchanged.0`, which
    /// is as long.
    pub fn before(authority: &str, exchanged: (&'static [u8], &'static [u8])) -> Self {
        assert_eq!(exchanged.0.len(), exchanged.1.len());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (forged, service) = (Arc::<AtomicU64>::default(), authority.to_owned());
        let count = Arc::clone(&forged);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (service, count) = (TcpStream::connect(&service).unwrap(), Arc::clone(&count));
                let (from, to) = (client.try_clone().unwrap(), service.try_clone().unwrap());
                // How a connection ends is the business of those at its ends.
                thread::spawn(move || drop(forge(from, to, exchanged, &count)));
                thread::spawn(move || {
                    let _ = io::copy(&mut &service, &mut &client);
                    let _ = client.shutdown(Shutdown::Write);
                });
            }
        });
        Self { url, forged }
    }

    /// Where clients find it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How often it exchanged something.
    pub fn forged(&self) -> u64 {
        self.forged.load(Relaxed)
    }
}

fn forge(
    mut from: TcpStream,
    mut to: TcpStream,
    (wanted, other): (&[u8], &[u8]),
    forged: &AtomicU64,
) -> io::Result<()> {
    let (mut buffer, mut held) = (vec![0; 64 << 10], 0);
    loop {
        let length = held + from.read(&mut buffer[held..])?;
        if length == held {
            to.write_all(&buffer[..held])?;
            return to.shutdown(Shutdown::Write);
        }
        let mut at = 0;
        while let Some(found) = buffer[at..length].windows(wanted.len()).position(|bytes| bytes == wanted) {
            buffer[at + found..][..wanted.len()].copy_from_slice(other);
            at += found + wanted.len();
            forged.fetch_add(1, Relaxed);
        }
        // A beginning of it may be at the end of what has come: the rest is on its way.
        let begins = |kept: &usize| buffer[..length].ends_with(&wanted[..*kept]);
        held = (1..wanted.len().min(length)).rev().find(begins).unwrap_or(0);
        to.write_all(&buffer[..length - held])?;
        buffer.copy_within(length - held..length, 0);
    }
}
