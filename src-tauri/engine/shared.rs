//! What every step of one opened deployment shares: its folder, journal, keychain, tools and events.
//! It does no work; a step gets at it through its `Cx`.

use super::delete::Noted;
use super::event::{Event, EventKind};
use super::journal::Journal;
use super::redact::Redactor;
use super::run::Work;
use super::step::{About, Place};
use super::{Problem, Secret, trace};
use futures_util::future::BoxFuture;
use std::any::Any;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// Where secrets are kept. Implemented by the system keychain; never by a file.
pub trait Vault: Send + Sync {
    fn put<'a>(&'a self, key: &'a str, secret: Secret) -> BoxFuture<'a, Result<(), Problem>>;
    /// `None` where nothing is kept under this key.
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, Problem>>;
    fn forget<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Problem>>;
}

/// What the engine must know of the jobs that steps start. Implemented by the tools, which steps get back by their own type.
pub trait Jobs: Any + Send + Sync {
    /// Whether the job of this id, as a step noted it, still runs.
    fn is_running(&self, job: &str) -> bool;
    /// Whether the job changed something and ended by itself while no Hubwright was there: its end is still to be taken in.
    fn ended_unseen(&self, job: &str) -> bool;
    /// Asks the job to end, and waits until it has.
    fn stop<'a>(&'a self, job: &'a str) -> BoxFuture<'a, Result<(), Problem>>;
}

/// What every step of one opened deployment shares.
pub struct Shared {
    /// Names the deployment's folder; lower-case letters, digits and hyphens.
    pub id: String,
    pub folder: PathBuf,
    pub journal: Journal,
    pub vault: Arc<dyn Vault>,
    pub tools: Arc<dyn Jobs>,
    pub redactor: Arc<Mutex<Redactor>>,
    pub events: Mutex<Events>,
    /// The steps at work now: one run per step and environment.
    pub running: Mutex<BTreeMap<Place, Running>>,
    /// What is known of the deployment's steps.
    pub steps: Vec<About>,
    /// Places that one run at a time works at, by name.
    turns: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
    /// How often each page was to be looked at, or was to be left alone: of several looks only the newest counts.
    looks: Mutex<BTreeMap<Place, u64>>,
    /// Ends the looks that nobody waits beside (`Consent::Unattended`), all at once.
    pub(super) looking: Mutex<CancellationToken>,
    /// What is gone is built up again just now.
    pub rebuilding: AtomicBool,
}

/// A step at work.
pub struct Running {
    pub work: Work,
    /// RFC 3339, UTC.
    pub began: String,
    pub cancel: CancellationToken,
    /// What it does now.
    pub progress: String,
    /// It waits for a person.
    pub waiting: bool,
}

/// The ordered stream of events: the next number and its listeners.
pub struct Events {
    pub seq: u64,
    pub listeners: broadcast::Sender<Event>,
}

impl Shared {
    pub fn new(id: &str, folder: PathBuf, journal: Journal, vault: Arc<dyn Vault>, tools: Arc<dyn Jobs>) -> Self {
        let redactor = Arc::default();
        trace::hide(&redactor);
        let vault = Arc::new(Noted { vault, folder: folder.clone() });
        Shared {
            id: id.to_owned(),
            folder,
            journal,
            vault,
            tools,
            redactor,
            events: Mutex::new(Events { seq: 0, listeners: broadcast::channel(4096).0 }),
            running: Mutex::default(),
            steps: vec![],
            turns: Mutex::default(),
            looks: Mutex::default(),
            looking: Mutex::default(),
            rebuilding: AtomicBool::default(),
        }
    }

    /// Numbers an event and tells it. Under one lock, so order and numbers agree.
    pub fn tell(&self, place: &Place, kind: EventKind) {
        if let Some(run) = lock(&self.running).get_mut(place) {
            match &kind {
                EventKind::Progress { text } => run.progress.clone_from(text),
                EventKind::Asked { text } => (run.progress, run.waiting) = (text.clone(), true),
                EventKind::Answered => run.waiting = false,
                _ => {}
            }
        }
        let mut events = lock(&self.events);
        events.seq += 1;
        let _ = events.listeners.send(Event { seq: events.seq, step: place.key(), kind });
    }

    /// Whether a step changes something outside this computer.
    pub fn acts(&self, step: &str) -> bool {
        self.steps.iter().any(|about| about.id == step && about.acts)
    }

    pub fn is_each(&self, step: &str) -> bool {
        self.steps.iter().any(|about| about.id == step && about.each)
    }

    /// Environment and id of the steps of which something is in the world or in the keychain, or may be. What failed half-way
    /// counts until a look at the world finds nothing of it.
    pub fn steps_that_made(&self) -> Result<Vec<(String, String)>, Problem> {
        let mut all = self.journal.steps_with_effects()?;
        for (environment, step) in self.journal.steps_with_failures()? {
            let shown = self.journal.shown_of(&environment, &step)?;
            if self.acts(&step) && !(shown.looked && shown.there.is_empty()) {
                all.push((environment, step));
            }
        }
        Ok(all)
    }

    /// Environments beside the first of which something is in the world or in the keychain, or may be.
    pub fn environments_in_use(&self) -> Result<Vec<String>, Problem> {
        let mut all: Vec<String> = self.steps_that_made()?.into_iter().map(|(of, _)| of).collect();
        all.extend(lock(&self.running).keys().map(|place| place.environment.clone()));
        all.retain(|environment| !environment.is_empty());
        all.sort();
        all.dedup();
        Ok(all)
    }

    /// The lock of what one run at a time works at.
    pub(super) fn turn(&self, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        lock(&self.turns).entry(name.to_owned()).or_default().clone()
    }

    pub(super) fn next_look(&self, place: &Place) -> u64 {
        let mut looks = lock(&self.looks);
        let look = looks.entry(place.clone()).or_default();
        *look += 1;
        *look
    }

    pub(super) fn is_newest_look(&self, place: &Place, look: u64) -> bool {
        lock(&self.looks).get(place) == Some(&look)
    }

    pub fn log_file(&self, place: &Place) -> PathBuf {
        self.folder.join("log").join(format!("{}.log", place.key()))
    }

    pub fn secret_key(&self, place: &Place, name: &str) -> String {
        format!("{}/{}.{name}", self.id, place.key())
    }
}

/// Locks, also where another thread panicked while it held the lock: the data here is whole at any time.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A vault in memory, for tests and for a practice run that has no keychain to ask.
#[derive(Default)]
pub struct MemoryVault(Mutex<BTreeMap<String, Secret>>);

impl Vault for MemoryVault {
    fn put<'a>(&'a self, key: &'a str, secret: Secret) -> BoxFuture<'a, Result<(), Problem>> {
        lock(&self.0).insert(key.to_owned(), secret);
        Box::pin(async { Ok(()) })
    }
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, Problem>> {
        let found = lock(&self.0).get(key).map(|secret| Secret::new(secret.expose().to_vec()));
        Box::pin(async { Ok(found) })
    }
    fn forget<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Problem>> {
        lock(&self.0).remove(key);
        Box::pin(async { Ok(()) })
    }
}
