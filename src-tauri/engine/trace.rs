//! The log for developers: what runs, jobs and calls did, a line each, in `log/hubwright.DATE.log` of the home. A file a day,
//! the last seven are kept. Known secrets and what cannot be seen are taken out as in a step's log.
//! It holds what this program says of itself at level `info`, or at what `HUBWRIGHT_LOG` asks for (`debug`, `trace`, `off`).
//! Nothing of the libraries is in it: some print the headers of their requests.

use super::files;
use super::redact::Redactor;
use super::shared::lock;
use super::visible::visible;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, Weak};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Begins the log of this process in the home. Where it cannot be kept, the program goes on without it: nobody's work hangs
/// on it. Only the first call of a process counts.
pub fn start(home: &Path) {
    let folder = home.join("log");
    // Made first: the library writes to the terminal where it finds no folder to look for older files in.
    if files::private_folder(&folder).is_err() {
        return;
    }
    let Ok(files) = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .max_log_files(7)
        .filename_prefix("hubwright")
        .filename_suffix("log")
        .build(folder)
    else {
        return;
    };
    let level = std::env::var("HUBWRIGHT_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_target(false).with_writer(Redacted(files));
    let own = Targets::new().with_target(env!("CARGO_CRATE_NAME"), level);
    let _ = tracing_subscriber::registry().with(lines).with(own).try_init();
}

/// From now on what this redactor knows is taken out of the log, as long as its deployment is open.
pub(super) fn hide(secrets: &Arc<Mutex<Redactor>>) {
    let mut all = lock(&REDACTORS);
    all.retain(|known| known.strong_count() > 0);
    all.push(Arc::downgrade(secrets));
}

/// Of every deployment that is open in this process.
static REDACTORS: Mutex<Vec<Weak<Mutex<Redactor>>>> = Mutex::new(vec![]);

/// Writes each event redacted.
struct Redacted<W>(W);

/// One event. The formatter writes it in a piece; it is redacted as a whole when it ends.
struct Entry<W: Write> {
    file: W,
    text: Vec<u8>,
}

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Redacted<W> {
    type Writer = Entry<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Entry { file: self.0.make_writer(), text: vec![] }
    }
}

impl<W: Write> Write for Entry<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> Drop for Entry<W> {
    fn drop(&mut self) {
        let known: Vec<_> = lock(&REDACTORS).iter().filter_map(Weak::upgrade).collect();
        // What cannot be seen goes also where no deployment is open.
        let text = visible(&String::from_utf8_lossy(&self.text));
        let text = known.iter().fold(text, |text, redactor| lock(redactor).text(&text));
        // A log that cannot be written must not stop the work it tells of.
        let _ = self.file.write_all(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Secret;

    /// A file in memory.
    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            lock(&self.0).extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_event_is_one_line_without_the_secrets_of_any_open_deployment() {
        let file = Memory::default();
        let two: Vec<_> = ["first-canary-7c1", "second-canary-9f4"]
            .map(|canary| {
                let redactor = Arc::new(Mutex::new(Redactor::default()));
                lock(&redactor).add(&Secret::new(canary.as_bytes().to_vec()));
                hide(&redactor);
                redactor
            })
            .into();
        let written = file.clone();
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(Redacted(Mutex::new(file)));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            tracing::info!(run = 7, "got first-canary-7c1 and\x1b[31m second-canary-9f4");
            tracing::info!("bare");
        });
        let text = String::from_utf8(lock(&written.0).clone()).unwrap();
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.contains("got [hidden] and") && text.contains(" [hidden] run=7\n"), "{text}");
        assert!(!text.contains("canary") && !text.contains('\x1b'), "{text}");
        drop(two);
    }
}
