//! The closer look: what an object itself tells, and what its file gives, where a listing is not enough. Many objects are
//! asked about at once, in threads of their own; nothing is downloaded.

use std::{
    cmp::Ordering,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc::{self, SyncSender},
    },
};

use async_channel::{Receiver, Sender, unbounded};
use jiff::Timestamp;
use tokio::{runtime, task::JoinSet};
use tt_cli::{Console, start_thread};
use tt_flow::{Crew, possible_jobs};
use tt_object::{Disk, Proof, Prover, Reader, ToldTime, content_type, drift, is_type};
use tt_record::{Problem, ProblemKind, Properties, PutReason, S3Url};
use tt_store::{Head, S3Options, Session, Store, Tuning};
use tt_tree::{Manner, SourceFile};

use crate::compare::{By, Look, newer};

/// A file and its object, which have the same size.
pub(crate) struct Question {
    pub(crate) source: PathBuf,
    pub(crate) dst: S3Url,
    pub(crate) size: u64,
    /// The file's.
    pub(crate) mtime: Timestamp,
    /// What the object is to have.
    pub(crate) wanted: Properties,
}

/// Why the file is to be uploaded, if it is.
pub(crate) type Answer = Result<Option<PutReason>, Problem>;

/// A question, and where its answer goes.
struct Asked {
    question: Question,
    answer: SyncSender<Answer>,
}

/// Looks at objects. It ends when this is dropped.
pub(crate) struct Inspector {
    questions: Sender<Asked>,
    incomparable: Arc<AtomicU64>,
}

/// What each thread has.
#[derive(Clone)]
struct Eye {
    look: Look,
    manner: Manner,
    session: Session,
    disk: Disk,
    questions: Receiver<Asked>,
    incomparable: Arc<AtomicU64>,
}

impl Inspector {
    /// Starts threads that wait for questions.
    pub(crate) fn start(look: Look, s3: &S3Options, console: &Console) -> Result<Self, Problem> {
        let (questions, queue) = unbounded();
        let tuning = Tuning::new(Arc::new(console.retry_note())).warned(console.warn_once());
        let incomparable = Arc::<AtomicU64>::default();
        let eye = Eye {
            look,
            manner: Manner::new(None, look.ignores_inode),
            session: Session::new(s3.clone(), tuning),
            disk: Disk::new(s3.limits.timeout),
            questions: queue,
            incomparable: Arc::clone(&incomparable),
        };
        let crew = Crew::new(usize::from(look.concurrency).min(possible_jobs()));
        for _ in 0..crew.threads {
            let eye = eye.clone();
            start_thread(move || eye.work(crew.lanes))?;
        }
        Ok(Self { questions, incomparable })
    }

    /// Asks. Whoever asks sees to it that not too many answers are outstanding.
    pub(crate) fn ask(&self, question: Question) -> mpsc::Receiver<Answer> {
        let (answer, answers) = mpsc::sync_channel(1);
        // Where nobody is left to answer, that shows at the other end.
        let _ = self.questions.try_send(Asked { question, answer });
        answers
    }

    /// Of how many objects S3 keeps no checksum that a file can be held against.
    pub(crate) fn incomparable(&self) -> u64 {
        self.incomparable.load(Relaxed)
    }
}

impl Asked {
    fn answer(&self, answer: Answer) {
        // Nobody waits any more when the plan has ended for another reason.
        let _ = self.answer.send(answer);
    }
}

impl Eye {
    fn work(self, lanes: usize) {
        if let Err(problem) = self.answer_all(lanes) {
            while let Ok(asked) = self.questions.recv_blocking() {
                asked.answer(Err(problem.clone()));
            }
        }
    }

    fn answer_all(&self, lanes: usize) -> Result<(), Problem> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime
            .map_err(|e| Problem::new(ProblemKind::Io, format!("can't start a thread's runtime: {e}")))?;
        let answered = runtime.block_on(async {
            // Where there is nothing to ask, credentials need not be there.
            let Ok(first) = self.questions.recv().await else { return Ok(()) };
            let store = match self.session.connect().await {
                Ok(store) => store,
                Err(problem) => {
                    first.answer(Err(problem.clone()));
                    return Err(problem);
                }
            };
            let mut first = Some(first);
            let mut tasks = JoinSet::new();
            for _ in 0..lanes {
                tasks.spawn(self.clone().lane(store.clone(), first.take()));
            }
            // One that a bug has ended leaves its question without an answer, which shows.
            while tasks.join_next().await.is_some() {}
            Ok(())
        });
        // A read that hangs is not waited for.
        runtime.shutdown_background();
        answered
    }

    async fn lane(self, store: Store, mut next: Option<Asked>) {
        loop {
            let asked = match next.take() {
                Some(asked) => asked,
                None => match self.questions.recv().await {
                    Ok(asked) => asked,
                    Err(_) => return,
                },
            };
            let answer = self.inspect(&store, &asked.question).await;
            asked.answer(answer);
        }
    }

    async fn inspect(&self, store: &Store, question: &Question) -> Answer {
        let Some(head) = store.head(&question.dst).await? else { return Ok(Some(PutReason::New)) };
        // Where HEAD tells none, that of the listing stands.
        if head.size.is_some_and(|size| size != question.size) {
            return Ok(Some(PutReason::Size));
        }
        let of_bytes = match self.look.by {
            By::Size => None,
            By::Time => newer(question.mtime, head.modified),
            By::TimeInMetadata => by_metadata(question.mtime, &head),
            By::Checksum => self.by_checksum(store, question, &head).await?,
        };
        if of_bytes.is_some() || !self.look.properties {
            return Ok(of_bytes);
        }
        Ok(has_drifted(store, question, &head).await?.then_some(PutReason::Properties))
    }

    async fn by_checksum(&self, store: &Store, question: &Question, head: &Head) -> Answer {
        let (source, manner) = (question.source.clone(), self.manner.clone());
        let opening = self.disk.run(&question.source, 0, move || SourceFile::open_as(&source, &manner));
        let file = opening.await??;
        if file.size() != head.size.unwrap_or(question.size) {
            return Ok(Some(PutReason::Size));
        }
        let reader = Reader::alone(self.disk.clone(), Arc::new(|_| Ok(())));
        let prover = Prover { store, dst: &question.dst, head, reader: &reader, also: &[], part_size: None };
        match prover.hold_against(&Arc::new(file)).await? {
            Proof::Compared(comparison) => Ok((!comparison.is_equal()).then_some(PutReason::Checksum)),
            Proof::Nothing(..) => {
                self.incomparable.fetch_add(1, Relaxed);
                Ok(newer(question.mtime, head.modified))
            }
        }
    }
}

fn by_metadata(mtime: Timestamp, head: &Head) -> Option<PutReason> {
    let Some(told) = ToldTime::of(&head.properties) else { return newer(mtime, head.modified) };
    match told.order(mtime) {
        Ordering::Equal => None,
        Ordering::Greater => Some(PutReason::Newer),
        Ordering::Less => Some(PutReason::Mtime),
    }
}

/// Whether the object has not what it is to have.
async fn has_drifted(store: &Store, question: &Question, head: &Head) -> Result<bool, Problem> {
    let Question { source, dst, wanted, .. } = question;
    if drift(wanted, &head.properties) {
        return Ok(true);
    }
    let guess = content_type(source).filter(|_| wanted.content_type.is_none());
    if guess.is_some_and(|guess| !is_type(&guess, head.properties.content_type.as_deref())) {
        return Ok(true);
    }
    if wanted.tags.is_empty() {
        return Ok(false);
    }
    let found = store.tags(dst).await?;
    Ok(wanted.tags.iter().any(|(name, value)| found.get(name) != Some(value)))
}
