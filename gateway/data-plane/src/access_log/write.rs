//! The writer's thread.

use super::{AGE_MAX, Buffer, Command, IDLE, Shared, Target, WAITING};
use crate::error_log::Gate;
use agw_config::config::LogTarget;
use std::{
    fs::File,
    io::{self, Write as _},
    sync::{PoisonError, atomic::Ordering::SeqCst},
    thread,
    time::Duration,
};

/// A pipe that another program has made non-blocking is tried again so often, with a pause each time.
const TRIES_MAX: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

pub(super) fn run(shared: &Shared, mut target: Target) {
    let gate = Gate::default();
    let mut scratch = Buffer::default();
    loop {
        wait(shared);
        // Before the buffers are looked at: what is added from now on wakes us again.
        shared.state.store(IDLE, SeqCst);
        let commands = std::mem::take(&mut *shared.commands.lock().unwrap_or_else(PoisonError::into_inner));
        write_out(shared, &mut target, &mut scratch, &gate);
        for command in commands {
            match command {
                Command::To(next) => target = next,
                Command::Reopen => reopen(&mut target),
                // Who asked may have given up.
                Command::Flush(tell) => drop(tell.send(())),
                Command::Stop => return,
            }
        }
    }
}

fn wait(shared: &Shared) {
    // The thread that started us may not have told our name to the others yet, so nobody could wake us.
    if shared.writer.get().is_none() {
        return thread::park_timeout(AGE_MAX);
    }
    while shared.state.load(SeqCst) == IDLE {
        thread::park();
    }
    if shared.state.load(SeqCst) == WAITING {
        thread::park_timeout(AGE_MAX);
    }
}

fn write_out(shared: &Shared, target: &mut Target, scratch: &mut Buffer, gate: &Gate) {
    for buffer in &shared.buffers {
        {
            let mut buffer = buffer.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::swap(&mut buffer.bytes, &mut scratch.bytes);
            std::mem::swap(&mut buffer.lines, &mut scratch.lines);
        }
        let lines = std::mem::take(&mut scratch.lines);
        if lines > 0 {
            let written = target.file.as_mut().map(|file| write_all(file, &scratch.bytes));
            match written {
                None => {}
                Some(Ok(())) => shared.metrics.log_lines.done.add(lines),
                Some(Err(error)) => {
                    shared.metrics.log_lines.dropped.add(lines);
                    if let Some(suppressed) = gate.admit() {
                        tracing::error!(%error, lines, suppressed, "lines of the access log are lost");
                    }
                }
            }
        }
        scratch.bytes.clear();
    }
}

fn write_all(file: &mut File, mut bytes: &[u8]) -> io::Result<()> {
    let mut tries = 0;
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && tries < TRIES_MAX => {
                tries += 1;
                thread::sleep(PAUSE);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// When it fails, the file that is open serves on.
fn reopen(target: &mut Target) {
    if let LogTarget::File(path) = &target.to {
        match Target::open(target.to.clone()) {
            Ok(next) => {
                tracing::info!(path = %path.display(), "access log opened again");
                *target = next;
            }
            Err(error) => tracing::error!(path = %path.display(), %error, "cannot open the access log again"),
        }
    }
}
