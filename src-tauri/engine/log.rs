//! The log of one run of a step, on its way to the step's file: redacted, and bundled, since a job can print a hundred
//! thousand lines a second. It does not decide what is logged.

use super::context::{Shared, lock};
use super::event::Happening;
use super::files;
use super::redact::Stream;
use super::step::Place;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

pub struct Log {
    stream: Stream,
    pending: Vec<u8>,
    written: Instant,
}

impl Default for Log {
    fn default() -> Self {
        Log { stream: Stream::default(), pending: vec![], written: Instant::now() - BUNDLE }
    }
}

impl Log {
    /// Adds bytes, redacted; what could be half a secret is held back until `finish`.
    pub fn push(&mut self, shared: &Shared, place: &Place, bytes: &[u8]) {
        let shown = self.stream.push(&lock(&shared.redactor), bytes);
        self.pending.extend(shown);
        if self.written.elapsed() >= BUNDLE || self.pending.len() >= 256 * 1024 {
            self.write(shared, place);
        }
    }

    /// Writes also what was held back, at the end of a run.
    pub fn finish(&mut self, shared: &Shared, place: &Place) {
        let rest = self.stream.finish(&lock(&shared.redactor));
        self.pending.extend(rest);
        self.write(shared, place);
    }

    /// Writes what was bundled.
    pub fn write(&mut self, shared: &Shared, place: &Place) {
        let path = shared.log_file(place);
        let bytes = std::mem::take(&mut self.pending);
        self.written = Instant::now();
        if bytes.is_empty() || files::private_folder(path.parent().unwrap_or(Path::new("."))).is_err() {
            return;
        }
        // A log that cannot be written must not stop the work it tells of; the journal says what was done.
        if files::append(&path).is_ok_and(|mut file| file.write_all(&bytes).is_ok()) {
            shared.tell(place, Happening::Line { size: files::size(&path) });
        }
    }
}

/// How long lines are bundled before they are written and told.
const BUNDLE: Duration = Duration::from_millis(50);
