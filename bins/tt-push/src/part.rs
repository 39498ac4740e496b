//! One part of a file: read, and sent unless S3 holds it already. Any thread may do it.

use std::sync::Arc;

use tokio::{select, sync::mpsc::UnboundedSender};
use tt_cli::RequestUnderWay;
use tt_store::{Held, Part, Piece, Store, Upload};
use tt_tree::SourceFile;

use crate::{budget::Share, reader::Reader, upload::Unsent};

/// A part to be done. It is given up as soon as nobody waits for it any more.
pub(crate) struct PartJob {
    pub(crate) file: Arc<SourceFile>,
    pub(crate) upload: Upload,
    pub(crate) piece: Piece,
    /// What S3 holds under its number.
    pub(crate) held: Option<Held>,
    pub(crate) share: Share,
    pub(crate) _under_way: RequestUnderWay,
    pub(crate) done: UnboundedSender<Result<Arrived, Unsent>>,
}

/// A part that S3 has.
pub(crate) struct Arrived {
    pub(crate) part: Part,
    /// In bytes.
    pub(crate) length: u64,
    /// Whether an earlier run had sent it.
    pub(crate) resumed: bool,
}

impl PartJob {
    /// Does it, and tells whoever waits.
    pub(crate) async fn perform(mut self, store: &Store, reader: &Reader) {
        let done = self.done.clone();
        let sent = select! {
            biased;
            () = done.closed() => return,
            sent = self.send(store, reader) => sent,
        };
        drop(self);
        // Nobody waits any more where another part has failed.
        let _ = done.send(sent);
    }

    async fn send(&mut self, store: &Store, reader: &Reader) -> Result<Arrived, Unsent> {
        let Piece { number, offset, length } = self.piece;
        let reading = reader.read(&self.file, offset, length).await?;
        match self.held.take() {
            Some(held) if held.size == length && reading.is_held(&held) => {
                self.share.unused();
                let part = Part { number, etag: held.etag, sum: reading.sum };
                Ok(Arrived { part, length, resumed: true })
            }
            _ => {
                let (payload, sum) = (reading.payload.clone(), reading.sum.clone());
                let sent = store.upload_part(&self.upload, number, payload, sum).await;
                Ok(Arrived { part: reading.blame(sent)?, length, resumed: false })
            }
        }
    }
}
