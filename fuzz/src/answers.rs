//! Answers of a service, through the client: over a socket, as they would come.
//!
//! The first byte of the input chooses what is asked for, the second how the rest is put: as the body of an answer with that
//! status, or as all bytes that come over the connection. Credentials have to be in the environment, whatever they are.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, LazyLock, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::runtime::{Builder, Runtime};
use tt_record::{Problem, Properties, S3Url};
use tt_store::{
    Began, Condition, Doomed, Landmarks, ListOptions, Part, Payload, S3Options, Store, Target, Tuning,
    Upload, UploadError,
};
use tt_sum::{Algorithm, Sum, WholeSum};

/// Pages of one listing that are looked at: each is the same again.
const PAGES: usize = 4;
/// What is sent, and what is said of it.
const BODY: &[u8] = b"fuzz";

/// A service that gives one answer to everything, and its client.
struct World {
    answer: Arc<Mutex<Vec<u8>>>,
    runtime: Runtime,
    store: Store,
}

static WORLD: LazyLock<World> = LazyLock::new(World::start);

/// An answer to a request that was made.
pub fn answers(data: &[u8]) {
    let [operation, form, rest @ ..] = data else { return };
    let answer = match form % 8 {
        0 => rest.to_vec(),
        1..=4 => answer(200, rest),
        5 => answer(404, rest),
        6 => answer(403, rest),
        _ => answer(503, rest),
    };
    *WORLD.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    let asked = ask(&WORLD.store, *operation);
    // Whatever it was, it can be told.
    if let Err(problem) = WORLD.runtime.block_on(asked) {
        let _ = problem.to_string();
    }
}

fn answer(status: u16, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status} so\r\ncontent-length: {}\r\netag: \"e\"\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

impl World {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let answer = Arc::<Mutex<Vec<u8>>>::default();
        let kept = Arc::clone(&answer);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let answer = kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
                // A client may leave when it has heard enough.
                let _ = serve(client, &answer);
            }
        });
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut options = S3Options { endpoint_url: Some(url), ..S3Options::default() };
        options.region = Some("us-east-1".to_owned());
        options.limits.retries = 0;
        options.limits.timeout = Duration::from_secs(5);
        let tuning = Tuning::new(Arc::new(|_, _| {}));
        let store =
            runtime.block_on(Store::connect(&options, &tuning)).expect("credentials in the environment");
        Self { answer, runtime, store }
    }
}

/// Reads a request, gives the answer, and closes.
fn serve(mut client: TcpStream, answer: &[u8]) -> io::Result<()> {
    client.set_nodelay(true)?;
    let (mut request, mut buffer) = (Vec::new(), [0; 8192]);
    loop {
        let end = request.windows(4).position(|four| four == b"\r\n\r\n");
        if end.is_some_and(|end| request.len() >= end + 4 + length(&request[..end])) {
            break;
        }
        match client.read(&mut buffer)? {
            0 => return Ok(()),
            read => request.extend(&buffer[..read]),
        }
    }
    client.write_all(answer)
}

/// The length of the body that follows a head.
fn length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    length.and_then(|length| length.trim().parse().ok()).unwrap_or(0)
}

/// Asks for something, by its number.
async fn ask(store: &Store, operation: u8) -> Result<(), Problem> {
    let dst = S3Url { bucket: "bucket".to_owned(), key: "key".to_owned() };
    let target = Arc::new(Target {
        dst: dst.clone(),
        properties: Properties::default(),
        condition: Condition::Always,
        checked: true,
    });
    let began = Began::Here(Instant::now());
    let upload = Upload { target: Arc::clone(&target), id: "id".into(), began };
    let (body, sum) = (Payload::from(Bytes::from_static(BODY)), Sum::of(Algorithm::Crc64Nvme, BODY));
    match operation % 12 {
        0 => list(store, &dst).await,
        1 => store.head(&dst).await.map(drop),
        2 => unfinished(store, &dst).await,
        3 => store.held(&dst, "id").await.map(drop),
        4 => store.create_upload(target, Algorithm::Crc64Nvme).await.map(drop),
        5 => complete(store, &upload, sum).await,
        6 => store.put(&target, &body, &sum).await.map(drop),
        7 => store.upload_part(&upload, 1, body, sum).await.map(drop).map_err(failed),
        8 => delete(store, &dst).await,
        9 => fetch(store, &dst).await,
        10 => store.check_bucket(&dst).await,
        _ => store.copy_onto_itself(&target, "\"e\"", None).await.map(drop).or(Ok(())),
    }
}

fn failed(error: UploadError) -> Problem {
    match error {
        UploadError::Lost(problem) | UploadError::Failed(problem) => problem,
    }
}

async fn list(store: &Store, prefix: &S3Url) -> Result<(), Problem> {
    let options =
        ListOptions { concurrency: 1, memory: 1 << 20, landmarks: Landmarks::default(), skips: false };
    let mut listing = store.list(prefix, options)?;
    for _ in 0..PAGES {
        let Some(page) = listing.next_page().await? else { break };
        for listed in page.iter() {
            let _ = (listed.key(), listed.etag());
        }
    }
    Ok(())
}

async fn unfinished(store: &Store, prefix: &S3Url) -> Result<(), Problem> {
    let mut uploads = store.uploads(prefix);
    for _ in 0..PAGES {
        if uploads.next_page().await?.is_none() {
            break;
        }
    }
    Ok(())
}

async fn complete(store: &Store, upload: &Upload, sum: Sum) -> Result<(), Problem> {
    let (length, whole) = (BODY.len() as u64, WholeSum::from(sum.clone()));
    let part = Part { number: 1, etag: "\"e\"".to_owned(), sum };
    store.complete_upload(upload, &[part], &whole, length).await.map(drop).map_err(failed)
}

async fn delete(store: &Store, dst: &S3Url) -> Result<(), Problem> {
    let doomed = Doomed { key: dst.key.clone(), etag: None };
    store.delete_many(&dst.bucket, &[doomed]).await.into_iter().collect()
}

async fn fetch(store: &Store, dst: &S3Url) -> Result<(), Problem> {
    let Some(head) = store.head(dst).await? else { return Ok(()) };
    let length = head.size.unwrap_or(1 << 10).min(1 << 16);
    let mut came = 0;
    let fetched = store.fetch(dst, &head, 0, length, |bytes| came += bytes.len() as u64).await;
    assert!(came <= length, "more came than was asked for");
    fetched
}
