//! What a step is given to work with: the deployment's data, the tools, and ways to say what it does.
//! It holds no logic of any step.
//! Long because everything that a running step may do is a method of one type.

pub use super::shared::{Events, Jobs, MemoryVault, Running, Shared, Vault, lock};

use super::event::EventKind;
use super::files::{self, FileError};
use super::log::Log;
use super::redact::Redactor;
use super::step::Place;
use super::{Problem, Secret, Step, Trial, Values, View};
use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What a running check, plan or apply may use. Cheap to clone.
#[derive(Clone)]
pub struct Cx(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    place: Place,
    /// The run's number in the journal. `None` where a page is only looked at.
    run: Option<i64>,
    /// Answers that it sees in place of those that were entered.
    trial: Option<Trial>,
    /// What is applied was shown before and is to be that and nothing else.
    confirmed: bool,
    /// Nobody sits there to do what a person is asked for.
    unattended: bool,
    cancel: CancellationToken,
    said: Mutex<Said>,
    log: Mutex<Log>,
}

/// What the step has said in this run, for its page.
#[derive(Default)]
pub struct Said {
    pub views: Vec<View>,
    pub warnings: Vec<Problem>,
    pub sentence: String,
    /// Things of the step that it found in the world.
    pub there: Vec<String>,
    /// It looked for them, so where there are none, none is in the world.
    pub looked: bool,
    /// What was confirmed cannot be done any more.
    pub plan_is_stale: bool,
}

impl Said {
    /// What was found before counts no more: it is looked for again.
    pub(super) fn forget_things(&mut self) {
        self.there.clear();
        self.looked = false;
    }
}

/// The folder of a step in the folder of its deployment.
pub fn step_folder(deployment: &Path, place: &Place) -> PathBuf {
    deployment.join("steps").join(place.key())
}

impl Cx {
    /// For looking at a step's page, or for working beside an open window.
    pub fn new(shared: Arc<Shared>, place: Place, cancel: CancellationToken) -> Self {
        Self::with(shared, place, cancel, None, None, (false, false))
    }

    /// One that sees these answers in place of those that were entered.
    pub(super) fn trying(shared: Arc<Shared>, place: Place, trial: &Trial) -> Self {
        Self::with(shared, place, CancellationToken::new(), None, Some(trial.clone()), (false, false))
    }

    pub(crate) fn of_run(
        shared: Arc<Shared>,
        place: Place,
        cancel: CancellationToken,
        run: i64,
        (confirmed, unattended): (bool, bool),
    ) -> Self {
        Self::with(shared, place, cancel, Some(run), None, (confirmed, unattended))
    }

    fn with(
        shared: Arc<Shared>,
        place: Place,
        cancel: CancellationToken,
        run: Option<i64>,
        trial: Option<Trial>,
        (confirmed, unattended): (bool, bool),
    ) -> Self {
        let (said, log) = (Mutex::default(), Mutex::default());
        Cx(Arc::new(Inner { shared, place, run, trial, confirmed, unattended, cancel, said, log }))
    }

    pub fn shared(&self) -> &Shared {
        &self.0.shared
    }

    /// The deployment's id, as `--deployment` takes it.
    pub fn deployment(&self) -> &str {
        &self.0.shared.id
    }

    /// A folder of this step's own (mode 0700), made where it is missing.
    pub fn folder(&self) -> Result<PathBuf, FileError> {
        let folder = self.folder_path();
        files::private_folder(&folder)?;
        Ok(folder)
    }

    /// The same, made or not.
    pub fn folder_path(&self) -> PathBuf {
        self.folder_at(&self.0.place)
    }

    /// The folder of step `S`, made or not.
    pub fn folder_of<S: Step>(&self) -> PathBuf {
        self.folder_at(&self.place_of::<S>())
    }

    fn folder_at(&self, place: &Place) -> PathBuf {
        step_folder(&self.0.shared.folder, place)
    }

    /// The tools, as the program that opened the deployment set them up.
    pub fn tools<T: Any + Send + Sync>(&self) -> &T {
        let tools: &dyn Any = &*self.0.shared.tools;
        tools.downcast_ref().expect("the program sets up the tools before it opens a deployment")
    }

    // --- what other steps left ---

    /// Where what is kept of step `S` is kept, as this run sees it.
    fn place_of<S: Step>(&self) -> Place {
        Place { environment: if S::EACH { self.0.place.environment.clone() } else { String::new() }, step: S::ID }
    }

    /// The key of a step's page, as this run sees it.
    pub fn page(&self, step: &str) -> String {
        match self.environment() {
            "" => step.to_owned(),
            environment if self.0.shared.is_each(step) => format!("{environment}.{step}"),
            _ => step.to_owned(),
        }
    }

    /// The environment this is of; empty for the first one and for what all share.
    pub fn environment(&self) -> &str {
        &self.0.place.environment
    }

    /// What step `S` left when it was last done. `None` where it never was, or was removed.
    pub fn output<S: Step>(&self) -> Option<S::Output> {
        let place = self.place_of::<S>();
        // What follows from answers that would change is not known yet; what a step itself left is.
        if let Some(trial) = &self.0.trial
            && place != self.0.place
            && !trial.values(&place).says_as(&self.0.shared.journal.answers(&place).ok()?)
        {
            return None;
        }
        let left = self.0.shared.journal.output(&place).ok()??;
        let left = serde_json::from_value(left.output).ok()?;
        Some(S::left_for(self.environment(), &left).unwrap_or(left))
    }

    /// The answers of the page of step `S`, done or not.
    pub fn answers<S: Step>(&self) -> Values {
        match &self.0.trial {
            Some(trial) => trial.values(&self.place_of::<S>()),
            None => self.0.shared.journal.answers(&self.place_of::<S>()).unwrap_or_default(),
        }
    }

    /// One of its texts; empty where nothing was entered.
    pub fn answer<S: Step>(&self, field: &str) -> String {
        self.answers::<S>().text(field).trim().to_owned()
    }

    /// How often a field of this page was answered, each time in another way than before.
    pub fn times_answered(&self, field: &str) -> i64 {
        self.0.shared.journal.times_answered(&self.0.place, field).unwrap_or_default()
    }

    /// As `output`, with the problem that says which page to do first.
    pub fn need<S: Step>(&self) -> Result<S::Output, Problem> {
        self.output::<S>().ok_or_else(|| {
            Problem::new(format!("The page “{}” is not done yet.", S::TITLE), format!("Do “{}” first.", S::TITLE))
        })
    }

    /// How long ago step `S` last changed the world. `None` where it never did from here.
    pub fn since_effects_of<S: Step>(&self) -> Option<Duration> {
        let at = self.0.shared.journal.last_effect(&self.place_of::<S>()).ok()??;
        Duration::try_from(jiff::Timestamp::now().duration_since(at)).ok()
    }

    /// Whether something made for this deployment is in the world, or may be, so that its names cannot change now.
    pub fn has_effects(&self) -> bool {
        let steps = self.0.shared.steps_that_made();
        steps.map_or(true, |steps| steps.iter().any(|(_, step)| self.0.shared.acts(step)))
    }

    /// Whether something that `environment` has for itself is in the world, or may be.
    pub fn has_effects_in(&self, environment: &str) -> bool {
        let shared = &self.0.shared;
        let steps = shared.steps_that_made();
        let own = |of: &str, step: &str| of == environment && shared.is_each(step) && shared.acts(step);
        steps.map_or(true, |steps| steps.iter().any(|(of, step)| own(of, step)))
    }

    /// Environments beside the first of which something is in the world or in the keychain, or may be.
    pub fn environments_in_use(&self) -> Vec<String> {
        self.0.shared.environments_in_use().unwrap_or_default()
    }

    /// Whether a step of the deployment has this id.
    pub fn is_step(&self, id: &str) -> bool {
        self.0.shared.steps.iter().any(|about| about.id == id)
    }

    /// Whether anything was ever begun for this deployment, so that what carries its names may be its own.
    pub fn has_begun(&self) -> bool {
        self.0.shared.journal.has_begun().unwrap_or(true)
    }

    /// Effects of this step that a killed run left open.
    pub fn unfinished(&self) -> Vec<super::journal::Unfinished> {
        self.0.shared.journal.unfinished(&self.0.place).unwrap_or_default()
    }

    // --- this run ---

    /// The run's number in the journal; 0 where a page is only looked at.
    fn run(&self) -> i64 {
        self.0.run.unwrap_or(0)
    }

    /// Whether a plan was shown for this run: then exactly that one is applied, and no other is made instead.
    pub fn is_confirmed(&self) -> bool {
        self.0.confirmed
    }

    /// Whether a person may be asked, and waited for. If not, what only a person can mend is an error at once.
    pub fn may_ask(&self) -> bool {
        !self.0.unattended
    }

    /// Says that what was confirmed does not fit the world any more, so that a new plan is shown. Nothing may have been done.
    pub fn plan_is_stale(&self) {
        lock(&self.0.said).plan_is_stale = true;
    }

    /// Names the things of this step that are in the world: said by each check once it has looked, also where there are none.
    /// After a removal, what is named here is what remains, so a reason may stand with it.
    pub fn there(&self, things: impl IntoIterator<Item = String>) {
        let things: Vec<String> = things.into_iter().map(|thing| self.redact(&thing)).collect();
        let said = &mut lock(&self.0.said);
        said.looked = true;
        for thing in things {
            if !said.there.contains(&thing) {
                said.there.push(thing);
            }
        }
    }

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
        let open = self.0.shared.journal.open_runs(&self.0.place).ok()?;
        open.into_iter().rev().find_map(|run| run.job)
    }

    // --- secrets ---

    /// The secret of this step's field, from the keychain. From here on it is redacted from all logs.
    pub async fn secret(&self, name: &str) -> Result<Option<Secret>, Problem> {
        let key = self.0.shared.secret_key(&self.0.place, name);
        let reading = self.0.shared.vault.read(&key);
        tokio::pin!(reading);
        // A keychain that takes a second is asking its owner for a password.
        let quick = tokio::time::timeout(Duration::from_secs(1), &mut reading).await;
        let secret = match quick {
            Ok(secret) => secret?,
            Err(_) => {
                self.asked("Waiting for you to unlock the keychain.");
                let secret = tokio::select! {
                    secret = reading => secret,
                    () = self.cancelled() => Err(Problem::cancelled()),
                };
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
        self.0.shared.vault.put(&self.0.shared.secret_key(&self.0.place, name), secret).await
    }

    pub async fn forget_secret(&self, name: &str) -> Result<(), Problem> {
        self.0.shared.vault.forget(&self.0.shared.secret_key(&self.0.place, name)).await
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
        let secret = self.0.shared.vault.read(&self.0.shared.secret_key(&self.place_of::<S>(), name)).await?;
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
        let journal = &self.0.shared.journal;
        let number = journal.intend(&self.0.place, self.run(), what, data.as_ref())?;
        let result = work.await.map_err(Into::into);
        let word =
            result.as_ref().err().map_or_else(|| "ok".to_owned(), |problem: &Problem| self.redact(&problem.what));
        journal.ended(&self.0.place, number, what, &word)?;
        result
    }

    /// What this step did and began to do, oldest first.
    pub fn effects(&self) -> Result<Vec<super::journal::Effect>, Problem> {
        Ok(self.0.shared.journal.effects(&self.0.place)?)
    }

    /// Waits until no other run of this deployment works at what `name` names, such as a folder that environments share. It is
    /// this run's until the guard is dropped.
    pub async fn turn(&self, name: &str) -> Result<tokio::sync::OwnedMutexGuard<()>, Problem> {
        let turn = self.0.shared.turn(name);
        if let Ok(guard) = turn.clone().try_lock_owned() {
            return Ok(guard);
        }
        self.progress(format!("Waiting for another environment's turn at {name} to end"));
        tokio::select! {
            guard = turn.lock_owned() => Ok(guard),
            () = self.cancelled() => Err(Problem::cancelled()),
        }
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
        self.0.shared.tell(&self.0.place, EventKind::Progress { text });
    }

    /// Something a person must do outside this window; the sidebar shows it until `answered`.
    pub fn asked(&self, text: impl Into<String>) {
        let text = self.redact(&text.into());
        self.0.shared.tell(&self.0.place, EventKind::Asked { text });
    }

    pub fn answered(&self) {
        self.0.shared.tell(&self.0.place, EventKind::Answered);
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
        self.0.shared.tell(&self.0.place, EventKind::Shown { views });
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
        lock(&self.0.log).line(&self.0.shared, &self.0.place, text);
    }

    /// Writes what was bundled, where nothing more comes for now.
    pub fn settle_log(&self) {
        lock(&self.0.log).write(&self.0.shared, &self.0.place);
    }

    /// Writes also what was held back, at the end of a run.
    pub fn flush(&self) {
        lock(&self.0.log).finish(&self.0.shared, &self.0.place);
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
}
