//! What a step is given to work with: the deployment's data, the tools, and ways to say what it does.
//! It holds no logic of any step.
//! Long because everything that a running step may do is a method of one type.

use super::event::{Event, Happening};
use super::files;
use super::journal::Journal;
use super::redact::{Redactor, Stream};
use super::{Problem, Secret, Step, StepId, StepState, Value, Values, View};
use futures_util::future::BoxFuture;
use std::any::Any;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
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
    pub redactor: Mutex<Redactor>,
    pub events: Mutex<Events>,
    /// The steps at work now: one run per step.
    pub running: Mutex<BTreeMap<StepId, Running>>,
}

/// A step at work.
pub struct Running {
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
    /// Gives the happening its number and tells it. Under one lock, so order and numbers agree.
    pub fn tell(&self, step: &str, happening: Happening) {
        if let Some((_, run)) = lock(&self.running).iter_mut().find(|(id, _)| **id == step) {
            match &happening {
                Happening::Progress { text } => run.progress.clone_from(text),
                Happening::Asked { text } => (run.progress, run.waiting) = (text.clone(), true),
                Happening::Answered => run.waiting = false,
                _ => {}
            }
        }
        let mut events = lock(&self.events);
        events.seq += 1;
        let _ = events.listeners.send(Event { seq: events.seq, step: step.to_owned(), happening });
    }

    pub fn log_file(&self, step: &str) -> PathBuf {
        self.folder.join("log").join(format!("{step}.log"))
    }

    pub fn secret_key(&self, step: &str, name: &str) -> String {
        format!("{}/{step}.{name}", self.id)
    }
}

/// Answers that are judged before they are entered, by step. What is not in it is not answered.
#[derive(Clone, Default)]
pub struct Trial(pub Arc<BTreeMap<StepId, Values>>);

impl Trial {
    /// The answers of a step.
    pub fn values(&self, step: &str) -> Values {
        self.0.get(step).cloned().unwrap_or_default()
    }

    /// The same with one value more, or another.
    pub fn with(&self, step: StepId, field: &str, value: impl Into<Value>) -> Trial {
        let mut all = BTreeMap::clone(&self.0);
        all.entry(step).or_default().set(field, value);
        Trial(Arc::new(all))
    }
}

/// What a running check, plan or apply may use. Cheap to clone.
#[derive(Clone)]
pub struct Cx(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    step: StepId,
    /// The run's number in the journal. `None` where a page is only looked at.
    run: Option<i64>,
    trial: Option<Trial>,
    cancel: CancellationToken,
    said: Mutex<Said>,
    log: Mutex<Log>,
}

/// The log being written: bundled, since a job can print a hundred thousand lines a second.
struct Log {
    stream: Stream,
    /// Redacted, with its times, and not written yet.
    pending: Vec<u8>,
    /// The last line of `pending`, or of what was written, has not ended.
    in_line: bool,
    written: Instant,
}

impl Log {
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
}

/// What the step has said in this run, for its page.
#[derive(Default)]
pub struct Said {
    pub views: Vec<View>,
    pub warnings: Vec<Problem>,
    pub sentence: String,
}

impl Cx {
    pub fn new(shared: Arc<Shared>, step: StepId, cancel: CancellationToken) -> Self {
        Self::with(shared, step, cancel, None, None)
    }

    pub(super) fn of_run(shared: Arc<Shared>, step: StepId, cancel: CancellationToken, run: i64) -> Self {
        Self::with(shared, step, cancel, Some(run), None)
    }

    /// One that sees these answers in place of those that were entered.
    pub(super) fn trying(shared: Arc<Shared>, step: StepId, trial: &Trial) -> Self {
        Self::with(shared, step, CancellationToken::new(), None, Some(trial.clone()))
    }

    fn with(
        shared: Arc<Shared>,
        step: StepId,
        cancel: CancellationToken,
        run: Option<i64>,
        trial: Option<Trial>,
    ) -> Self {
        let log = Log { stream: Stream::default(), pending: vec![], in_line: false, written: Instant::now() - BUNDLE };
        Cx(Arc::new(Inner { shared, step, run, trial, cancel, said: Mutex::default(), log: Mutex::new(log) }))
    }

    pub fn shared(&self) -> &Shared {
        &self.0.shared
    }

    /// The deployment's id, as `--deployment` takes it.
    pub fn deployment(&self) -> &str {
        &self.0.shared.id
    }

    /// A folder of this step's own (mode 0700), made where it is missing.
    pub fn folder(&self) -> Result<PathBuf, Problem> {
        let folder = self.0.shared.folder.join("steps").join(self.0.step);
        files::private_folder(&folder)?;
        Ok(folder)
    }

    /// The tools, as the program that opened the deployment set them up.
    pub fn tools<T: Any + Send + Sync>(&self) -> &T {
        let tools: &dyn Any = &*self.0.shared.tools;
        tools.downcast_ref().expect("the program sets up the tools before it opens a deployment")
    }

    // --- what other steps left ---

    /// What step `S` left when it was last done. `None` where it is not done.
    pub fn output<S: Step>(&self) -> Option<S::Output> {
        // What follows from answers that would change is not known yet; what a step itself left is.
        if let Some(trial) = &self.0.trial
            && S::ID != self.0.step
            && !trial.values(S::ID).says_as(&self.0.shared.journal.answers(S::ID).ok()?)
        {
            return None;
        }
        let record = self.0.shared.journal.record(S::ID).ok()?;
        matches!(record.state, StepState::Done | StepState::Look).then_some(())?;
        serde_json::from_value(record.output?).ok()
    }

    /// The answers of the page of step `S`, done or not.
    pub fn answers<S: Step>(&self) -> Values {
        match &self.0.trial {
            Some(trial) => trial.values(S::ID),
            None => self.0.shared.journal.answers(S::ID).unwrap_or_default(),
        }
    }

    /// One of its texts; empty where nothing was entered.
    pub fn answer<S: Step>(&self, field: &str) -> String {
        self.answers::<S>().text(field).trim().to_owned()
    }

    /// As `output`, with the problem that says which page to do first.
    pub fn need<S: Step>(&self) -> Result<S::Output, Problem> {
        self.output::<S>().ok_or_else(|| {
            Problem::new(format!("The page “{}” is not done yet.", S::TITLE), format!("Do “{}” first.", S::TITLE))
        })
    }

    /// How long ago step `S` last changed the world. `None` where it never did from here.
    pub fn since_effects_of<S: Step>(&self) -> Option<Duration> {
        let at = self.0.shared.journal.last_effect(S::ID).ok()??;
        Duration::try_from(jiff::Timestamp::now().duration_since(at)).ok()
    }

    /// Whether anything was made for this deployment, so that its names can no longer change.
    pub fn has_effects(&self) -> bool {
        self.0.shared.journal.has_effects().unwrap_or(true)
    }

    /// Whether anything was ever begun for this deployment, so that what carries its names may be its own.
    pub fn has_begun(&self) -> bool {
        self.0.shared.journal.has_begun().unwrap_or(true)
    }

    /// Effects of this step that a killed run left open.
    pub fn unfinished(&self) -> Vec<super::journal::Unfinished> {
        self.0.shared.journal.unfinished(self.0.step).unwrap_or_default()
    }

    pub(super) fn run(&self) -> Option<i64> {
        self.0.run
    }

    // --- jobs ---

    /// Keeps which job this run follows, before anything else is done with it: whoever opens the deployment after a crash
    /// goes on with exactly that one. The id is the tools' own (`Jobs`).
    pub fn note_job(&self, job: &str) -> Result<(), Problem> {
        match self.0.run {
            Some(run) => Ok(self.0.shared.journal.note_job(run, job)?),
            None => Ok(()),
        }
    }

    /// The job of the newest run of this step that has not ended: the one this run noted, or one of a run that was killed.
    pub fn earlier_job(&self) -> Option<String> {
        self.0.shared.journal.earlier_job("", self.0.step).ok().flatten()
    }

    // --- secrets ---

    /// The secret of this step's field, from the keychain. From here on it is redacted from all logs.
    pub async fn secret(&self, name: &str) -> Result<Option<Secret>, Problem> {
        let key = self.0.shared.secret_key(self.0.step, name);
        let reading = self.0.shared.vault.read(&key);
        tokio::pin!(reading);
        // A keychain that takes a second is asking its owner for a password.
        let quick = tokio::time::timeout(Duration::from_secs(1), &mut reading).await;
        let secret = match quick {
            Ok(secret) => secret?,
            Err(_) => {
                self.asked("Waiting for you to unlock the keychain.");
                let secret = reading.await;
                self.answered();
                secret?
            }
        };
        if let Some(secret) = &secret {
            self.hide(secret);
        }
        Ok(secret)
    }

    pub async fn keep_secret(&self, name: &str, secret: Secret) -> Result<(), Problem> {
        self.hide(&secret);
        self.0.shared.vault.put(&self.0.shared.secret_key(self.0.step, name), secret).await
    }

    pub async fn forget_secret(&self, name: &str) -> Result<(), Problem> {
        self.0.shared.vault.forget(&self.0.shared.secret_key(self.0.step, name)).await
    }

    /// Takes `secret` out of everything logged or shown from now on.
    pub fn hide(&self, secret: &Secret) {
        lock(&self.0.shared.redactor).add(secret);
    }

    /// Whether a secret known in this run is in these bytes, in any form.
    pub fn holds_secret(&self, bytes: &[u8]) -> bool {
        lock(&self.0.shared.redactor).finds(bytes)
    }

    /// The secret that another step keeps under `name`.
    pub async fn secret_of<S: Step>(&self, name: &str) -> Result<Option<Secret>, Problem> {
        let secret = self.0.shared.vault.read(&self.0.shared.secret_key(S::ID, name)).await?;
        if let Some(secret) = &secret {
            self.hide(secret);
        }
        Ok(secret)
    }

    // --- doing and saying ---

    /// Does something that changes the world: written down before and after, and not begun once cancelled.
    pub async fn effect<T, E: Into<Problem>>(
        &self,
        what: &str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Problem> {
        self.written_down(what, None, work).await
    }

    /// As `effect`, and stores `data` with what is written down before, for `effects` of a later run. Never a secret.
    pub async fn effect_with<T, E: Into<Problem>>(
        &self,
        what: &str,
        data: &impl serde::Serialize,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Problem> {
        let data = serde_json::to_value(data).map_err(super::journal::JournalError::from)?;
        self.written_down(what, Some(data), work).await
    }

    async fn written_down<T, E: Into<Problem>>(
        &self,
        what: &str,
        data: Option<serde_json::Value>,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Problem> {
        self.go_on()?;
        let shared = &self.0.shared;
        let number = shared.journal.intend(self.0.step, what, data.as_ref())?;
        let result = work.await.map_err(Into::into);
        let word =
            result.as_ref().err().map_or_else(|| "ok".to_owned(), |problem: &Problem| self.redact(&problem.what));
        shared.journal.ended(number, &word)?;
        shared.journal.log(self.0.step, &format!("{what}: {word}"))?;
        result
    }

    /// What this step did and began to do, oldest first.
    pub fn effects(&self) -> Result<Vec<super::journal::Effect>, Problem> {
        Ok(self.0.shared.journal.effects(self.0.step)?)
    }

    /// The problem of a cancelled run, where it was cancelled.
    pub fn go_on(&self) -> Result<(), Problem> {
        if self.0.cancel.is_cancelled() { Err(Problem::cancelled()) } else { Ok(()) }
    }

    /// Ends when the user stops this run.
    pub async fn cancelled(&self) {
        self.0.cancel.cancelled().await;
    }

    /// What happens now, starting with an -ing form.
    pub fn progress(&self, text: impl Into<String>) {
        let text = self.redact(&text.into());
        self.line(&text);
        self.settle_log();
        self.0.shared.tell(self.0.step, Happening::Progress { text });
    }

    /// Something a person must do outside this window; the sidebar shows it until `answered`.
    pub fn asked(&self, text: impl Into<String>) {
        let text = self.redact(&text.into());
        self.0.shared.tell(self.0.step, Happening::Asked { text });
    }

    pub fn answered(&self) {
        self.0.shared.tell(self.0.step, Happening::Answered);
    }

    /// Adds a view to the page, in place of one with the same title.
    pub fn show(&self, view: View) {
        let view = self.cleaned(view);
        let views = {
            let mut said = lock(&self.0.said);
            match said.views.iter_mut().find(|old| old.title() == view.title()) {
                Some(old) => *old = view,
                None => said.views.push(view),
            }
            said.views.clone()
        };
        self.0.shared.tell(self.0.step, Happening::Shown { views });
    }

    pub fn warn(&self, problem: Problem) {
        lock(&self.0.said).warnings.push(self.cleaned(problem));
    }

    /// How it stands, in one sentence, for the page's foot and the command line.
    pub fn say(&self, sentence: impl Into<String>) {
        lock(&self.0.said).sentence = self.redact(&sentence.into());
    }

    pub fn said(&self) -> MutexGuard<'_, Said> {
        lock(&self.0.said)
    }

    /// Adds a line to the step's log, redacted, with the time; what could be half a secret is held back until `flush`.
    pub fn line(&self, text: &str) {
        let mut log = lock(&self.0.log);
        let shown = log.stream.push(&lock(&self.0.shared.redactor), format!("{text}\n").as_bytes());
        log.add(&shown);
        if log.written.elapsed() >= BUNDLE || log.pending.len() >= 256 * 1024 {
            self.write_log(&mut log);
        }
    }

    /// Writes what was bundled, where nothing more comes for now.
    pub fn settle_log(&self) {
        self.write_log(&mut lock(&self.0.log));
    }

    /// Writes also what was held back, at the end of a run.
    pub fn flush(&self) {
        let mut log = lock(&self.0.log);
        let rest = log.stream.finish(&lock(&self.0.shared.redactor));
        log.add(&rest);
        self.write_log(&mut log);
    }

    pub fn redact(&self, text: &str) -> String {
        lock(&self.0.shared.redactor).text(text)
    }

    /// The same with every text in it redacted: what a page or a plan shows comes from files, certificates and answers of
    /// AWS, which may hold a secret, or characters that deceive.
    pub fn cleaned<T: serde::Serialize + serde::de::DeserializeOwned>(&self, value: T) -> T {
        fn clean(json: &mut serde_json::Value, redactor: &Redactor) {
            match json {
                serde_json::Value::String(text) => *text = redactor.text(text),
                serde_json::Value::Array(all) => all.iter_mut().for_each(|value| clean(value, redactor)),
                serde_json::Value::Object(all) => all.values_mut().for_each(|value| clean(value, redactor)),
                _ => {}
            }
        }
        let Ok(mut json) = serde_json::to_value(&value) else { return value };
        clean(&mut json, &lock(&self.0.shared.redactor));
        serde_json::from_value(json).unwrap_or(value)
    }

    fn write_log(&self, log: &mut Log) {
        let path = self.0.shared.log_file(self.0.step);
        let bytes = std::mem::take(&mut log.pending);
        log.written = Instant::now();
        if bytes.is_empty() || files::private_folder(path.parent().unwrap_or(Path::new("."))).is_err() {
            return;
        }
        // A log that cannot be written must not stop the work it tells of; the journal says what was done.
        if files::append(&path).is_ok_and(|mut file| file.write_all(&bytes).is_ok()) {
            self.0.shared.tell(self.0.step, Happening::Line { size: files::size(&path) });
        }
    }
}

/// How long lines are bundled before they are written and told.
const BUNDLE: Duration = Duration::from_millis(50);

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
