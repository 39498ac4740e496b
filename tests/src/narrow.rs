//! A slow link to a service: what all connections send passes at one rate, and little of it waits at the far end, so that it is
//! the sender's system that holds it back. It can be cut.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use socket2::{Domain, Socket, Type};

/// How much the far end of a connection takes before it has passed on what it has.
const WINDOW: usize = 8 << 10;

/// The link. Its threads end with the test's process.
pub struct Narrow {
    url: String,
    state: Arc<State>,
}

struct State {
    /// When the link has passed what was sent so far.
    free: Mutex<Instant>,
    cut: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Narrow {
    /// A link to the service at this URL, which takes so many bytes a second.
    pub fn to(url: &str, rate: u32) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        // Connections inherit it, and it must be set before they come about.
        socket.set_recv_buffer_size(WINDOW).unwrap();
        socket.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
        socket.listen(512).unwrap();
        let listener = TcpListener::from(socket);
        let near = listener.local_addr().unwrap();
        let far = url.strip_prefix("http://").unwrap().to_owned();
        let free = Mutex::new(Instant::now());
        let state = Arc::new(State { free, cut: AtomicBool::new(false), open: Mutex::default() });
        let kept = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if state.cut.load(Relaxed) {
                    continue;
                }
                let (far, state) = (far.clone(), Arc::clone(&state));
                // How a connection ends is the business of those at its ends.
                thread::spawn(move || drop(relay(&client, &far, rate, &state)));
            }
        });
        Self { url: format!("http://{near}"), state: kept }
    }

    /// Ends all connections, and each new one at once.
    pub fn cut(&self) {
        self.state.cut.store(true, Relaxed);
        for connection in self.state.open.lock().unwrap().drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    /// Lets connections pass again.
    pub fn mend(&self) {
        self.state.cut.store(false, Relaxed);
    }

    /// Where the service is, by way of the link.
    pub fn url(&self) -> &str {
        &self.url
    }
}

fn relay(client: &TcpStream, far: &str, rate: u32, state: &State) -> io::Result<()> {
    let service = TcpStream::connect(far)?;
    state.open.lock().unwrap().push(client.try_clone()?);
    let (mut answers, mut back) = (service.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut answers, &mut back);
        let _ = back.shutdown(Shutdown::Both);
    });
    let (mut from, mut to, mut buffer) = (client, &service, [0; WINDOW]);
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return to.shutdown(Shutdown::Write);
        }
        pass(read, rate, &state.free);
        to.write_all(&buffer[..read])?;
    }
}

/// Waits until so many bytes have passed.
fn pass(bytes: usize, rate: u32, free: &Mutex<Instant>) {
    let takes = Duration::from_secs(1) * u32::try_from(bytes).unwrap() / rate;
    let mut free = free.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Instant::now();
    *free = (*free).max(now) + takes;
    let wait = *free - now;
    drop(free);
    thread::sleep(wait);
}
