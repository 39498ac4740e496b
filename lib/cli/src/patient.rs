//! Reading and writing where the other end of a pipe may have been made non-blocking: shells, ssh and Node.js do that to what
//! they share with the programs that they start. What can't be done at once is waited for.

use std::{
    io::{self, Read, Write},
    os::fd::AsFd,
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::{Errno, read, write},
};

/// A descriptor that is waited for. It is used directly, past all buffers that others have for it.
#[derive(Debug)]
pub struct Patient<F>(pub F);

impl<F: AsFd> Read for Patient<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        patiently(&self.0, PollFlags::IN, || read(&self.0, &mut *buffer))
    }
}

impl<F: AsFd> Write for Patient<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        patiently(&self.0, PollFlags::OUT, || write(&self.0, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn patiently(
    file: &impl AsFd,
    ready: PollFlags,
    mut attempt: impl FnMut() -> Result<usize, Errno>,
) -> io::Result<usize> {
    loop {
        match attempt() {
            Err(Errno::AGAIN) => wait(file, ready)?,
            // A signal came: whoever asked to stop is heard elsewhere.
            Err(Errno::INTR) => {}
            done => return Ok(done?),
        }
    }
}

fn wait(file: &impl AsFd, ready: PollFlags) -> io::Result<()> {
    match poll(&mut [PollFd::new(file, ready)], None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use rustix::{
        fs::OFlags,
        pipe::{PipeFlags, pipe_with},
    };

    use super::*;

    #[test]
    fn what_would_block_is_waited_for() {
        let (reader, writer) = pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC).unwrap();
        assert!(rustix::fs::fcntl_getfl(&writer).unwrap().contains(OFlags::NONBLOCK));
        let content: Vec<u8> = (0..300_000u32).map(|n| (n % 251) as u8).collect();
        let sent = content.clone();
        let sender = thread::spawn(move || {
            // The reader has to wait first, and then the writer: a pipe holds less.
            thread::sleep(Duration::from_millis(50));
            Patient(writer).write_all(&sent).unwrap();
        });
        let mut reader = Patient(reader);
        let mut first = [0];
        reader.read_exact(&mut first).unwrap();
        thread::sleep(Duration::from_millis(50));
        let mut received = first.to_vec();
        reader.read_to_end(&mut received).unwrap();
        sender.join().unwrap();
        assert_eq!(received, content);
    }

    #[test]
    fn a_reader_that_left_is_no_reason_to_wait() {
        let (reader, writer) = pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC).unwrap();
        drop(reader);
        assert_eq!(Patient(writer).write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
