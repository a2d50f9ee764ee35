//! The log of one run of a step, on its way to the step's file: redacted, and bundled, since a job can print a hundred
//! thousand lines a second. It does not decide what is logged.

use super::context::{Shared, lock};
use super::event::EventKind;
use super::files;
use super::redact::Stream;
use super::step::Place;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

pub struct Log {
    stream: Stream,
    /// Redacted, with its times, and not written yet.
    pending: Vec<u8>,
    /// The last line of `pending`, or of what was written, has not ended.
    in_line: bool,
    written: Instant,
}

impl Default for Log {
    fn default() -> Self {
        Log { stream: Stream::default(), pending: vec![], in_line: false, written: Instant::now() - BUNDLE }
    }
}

impl Log {
    /// Adds a line, redacted, with the time; what could be half a secret is held back until `finish`.
    pub fn line(&mut self, shared: &Shared, place: &Place, text: &str) {
        let shown = self.stream.push(&lock(&shared.redactor), format!("{text}\n").as_bytes());
        self.add(&shown);
        if self.written.elapsed() >= BUNDLE || self.pending.len() >= 256 * 1024 {
            self.write(shared, place);
        }
    }

    /// Writes also what was held back, at the end of a run.
    pub fn finish(&mut self, shared: &Shared, place: &Place) {
        let rest = self.stream.finish(&lock(&shared.redactor));
        self.add(&rest);
        self.write(shared, place);
    }

    /// Puts the time before each line. After redaction: a secret that a program broke over two lines is one to the redactor.
    fn add(&mut self, redacted: &[u8]) {
        let time = jiff::Zoned::now().strftime("%H:%M:%S  ").to_string();
        for line in redacted.split_inclusive(|byte| *byte == b'\n') {
            if !self.in_line {
                self.pending.extend(time.as_bytes());
            }
            self.pending.extend(line);
            self.in_line = !line.ends_with(b"\n");
        }
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
            shared.tell(place, EventKind::Line { size: files::size(&path) });
        }
    }
}

/// How long lines are bundled before they are written and told.
const BUNDLE: Duration = Duration::from_millis(50);
