//! One opened deployment: its steps, one run per step, steps with met needs side by side, and the events of all that.
//! What a step does is the step's business; which steps there are is `wizard.rs`'s.
//! Long because a run touches state, journal and events under one set of rules.

use super::context::{Events, Jobs, Running, Shared, Trial, lock};
use super::event::{ChapterView, Context, Event, Happening, Snapshot, StepState, StepView};
use super::files;
use super::journal::{self, Journal, Record};
use super::secret::MOST_SECRET;
use super::step::AnyStep;
use super::words::clean;
use super::{Cx, Form, Kind, Plan, Problem, Problems, Residue, Secret, Slot, Status, StepId, Value, Values, Vault};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, Weak};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// Steps shown under one heading, in order.
pub struct Chapter {
    pub title: &'static str,
    pub steps: Vec<Arc<dyn AnyStep>>,
}

/// What a run does with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    Check,
    Plan,
    Apply,
    Remove,
}

impl Work {
    /// As the journal keeps it.
    pub fn as_str(self) -> &'static str {
        match self {
            Work::Check => "check",
            Work::Plan => "plan",
            Work::Apply => "apply",
            Work::Remove => "remove",
        }
    }
}

/// One hub being set up, open. Cheap to clone.
#[derive(Clone)]
pub struct Deployment(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    chapters: Vec<Chapter>,
    /// Held while open: a second Hubwright on the same deployment is refused. Released by the system on any death.
    _hold: std::fs::File,
}

/// A deployment that its window left. It lives as long as a step of it is at work, and holds its lock until then.
pub struct Left(Weak<Inner>);

impl Left {
    /// The deployment, where it still lives.
    pub fn back(&self) -> Option<Deployment> {
        self.0.upgrade().map(Deployment)
    }
}

impl Deployment {
    /// Lets go of it; what is at work goes on.
    pub fn leave(self) -> Left {
        Left(Arc::downgrade(&self.0))
    }

    /// Opens the deployment in `folder` (made where it is missing). Fails where another Hubwright has it open.
    pub fn open(
        folder: &Path,
        id: &str,
        chapters: Vec<Chapter>,
        vault: Arc<dyn Vault>,
        tools: Arc<dyn Jobs>,
    ) -> Result<Self, Problem> {
        files::private_folder(folder)?;
        let hold = files::append(&folder.join("open.lock"))?;
        #[cfg(unix)]
        if rustix::fs::flock(&hold, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err() {
            let what = format!("The deployment `{id}` is open in another Hubwright.");
            return Err(Problem::new(what, "Go on there, or close it first."));
        }
        let journal = Journal::open(folder)?;
        let events = Events { seq: 0, listeners: broadcast::channel(4096).0 };
        let shared = Shared {
            id: id.to_owned(),
            folder: folder.to_owned(),
            journal,
            vault,
            tools,
            redactor: Mutex::default(),
            events: Mutex::new(events),
            running: Mutex::default(),
        };
        Ok(Deployment(Arc::new(Inner { shared: Arc::new(shared), chapters, _hold: hold })))
    }

    pub fn shared(&self) -> &Arc<Shared> {
        &self.0.shared
    }

    pub fn steps(&self) -> impl Iterator<Item = &Arc<dyn AnyStep>> {
        self.0.chapters.iter().flat_map(|chapter| &chapter.steps)
    }

    /// The step of this id, or the problem that lists those there are.
    pub fn step(&self, id: &str) -> Result<&Arc<dyn AnyStep>, Problem> {
        self.steps().find(|step| step.about().id == id).ok_or_else(|| {
            let known: Vec<_> = self.steps().map(|step| format!("`{}`", step.about().id)).collect();
            Problem::new(format!("There is no step `{}`.", clean(id)), format!("Use one of {}.", known.join(", ")))
        })
    }

    // --- looking ---

    /// The whole as it is now, and everything that happens after it, without a gap.
    pub fn subscribe(&self) -> Result<(Snapshot, broadcast::Receiver<Event>), Problem> {
        // The listener is there before the snapshot is taken: what falls between is told twice, never lost,
        // and the window drops what is not newer than its snapshot.
        let (seq, receiver) = {
            let events = lock(&self.0.shared.events);
            (events.seq, events.listeners.subscribe())
        };
        let mut chapters = vec![];
        for chapter in &self.0.chapters {
            let steps = chapter.steps.iter().map(|step| self.view(step.as_ref())).collect::<Result<_, _>>()?;
            chapters.push(ChapterView { title: chapter.title, steps });
        }
        let notices = self.0.shared.journal.notice.iter().cloned().collect();
        Ok((
            Snapshot {
                seq,
                page: self.0.shared.journal.page()?,
                deployment: self.0.shared.id.clone(),
                context: self.context()?,
                chapters,
                notices,
            },
            receiver,
        ))
    }

    /// Where one is, as whom, and what is real, as far as the steps know.
    pub fn context(&self) -> Result<Context, Problem> {
        self.steps().try_fold(Context::default(), |context, step| {
            let id = step.about().id;
            Ok(context.or(step.context(&self.cx(id), &self.0.shared.journal.answers(id)?)))
        })
    }

    /// What a person should be reminded of today.
    pub fn due(&self) -> Result<Vec<String>, Problem> {
        let mut all = vec![];
        for step in self.steps() {
            let id = step.about().id;
            all.extend(step.due(&self.cx(id), &self.0.shared.journal.answers(id)?));
        }
        Ok(all)
    }

    /// Everything the window knows of one step.
    pub fn view(&self, step: &dyn AnyStep) -> Result<StepView, Problem> {
        let about = step.about();
        let cx = self.cx(about.id);
        let values = self.0.shared.journal.answers(about.id)?;
        let record = self.0.shared.journal.record(about.id)?;
        let form = step.form(&cx, &values);
        let mut problems = step.problems(&cx, &values).0;
        for problem in &record.problems {
            if !problems.iter().any(|other| other.what == problem.what) {
                problems.push(problem.clone());
            }
        }
        let mut views = step.preview(&cx, &values);
        views.extend(record.views);
        let waits_for = self.unmet(step);
        let (mut state, mut progress) = (record.state, String::new());
        if state == StepState::Todo && waits_for.is_empty() {
            state = StepState::Ready;
        }
        if let Some(run) = lock(&self.0.shared.running).get(about.id) {
            state = if run.waiting { StepState::Waiting } else { StepState::Running };
            progress = run.progress.clone();
        }
        Ok(StepView {
            id: about.id,
            title: about.title,
            short: about.short,
            why: about.why,
            verb: about.verb,
            guide: about.guide,
            acts: about.acts,
            loses: about.loses,
            makes_up: about.makes_up && self.context()?.practice == Some(true),
            state,
            sentence: record.sentence,
            waits_for,
            values: values.with_defaults(&form),
            form,
            problems,
            views,
            plan: record.plan,
            progress,
            log_size: files::size(&self.0.shared.log_file(about.id)),
            checked_at: record.checked_at,
        })
    }

    /// The values of a step with the form's defaults.
    pub fn values(&self, step: &dyn AnyStep) -> Result<(Form, Values), Problem> {
        let id = step.about().id;
        let values = self.0.shared.journal.answers(id)?;
        let form = step.form(&self.cx(id), &values);
        let values = values.with_defaults(&form);
        Ok((form, values))
    }

    /// The form of a step for answers that are not entered yet.
    pub fn form(&self, step: &dyn AnyStep, trial: &Trial) -> Form {
        let id = step.about().id;
        step.form(&Cx::trying(self.0.shared.clone(), id, trial), &trial.values(id))
    }

    /// The forms that a step has for these answers with each other choice in turn; the one for the answers themselves first.
    pub fn forms(&self, step: &dyn AnyStep, trial: &Trial) -> Vec<Form> {
        let mut forms = vec![self.form(step, trial)];
        for field in forms[0].fields.clone() {
            if let Kind::Choice { options, .. } = &field.kind {
                let others =
                    options.iter().map(|choice| trial.with(step.about().id, field.name, choice.value.as_str()));
                forms.extend(others.map(|trial| self.form(step, &trial)));
            }
        }
        forms
    }

    /// What would be wrong with the answers of a step, if these were entered.
    pub fn problems_of(&self, step: &dyn AnyStep, trial: &Trial) -> Vec<Problem> {
        let id = step.about().id;
        step.problems(&Cx::trying(self.0.shared.clone(), id, trial), &trial.values(id)).0
    }

    /// What is wrong with the answers of a step.
    pub fn problems(&self, step: &dyn AnyStep) -> Result<Vec<Problem>, Problem> {
        let id = step.about().id;
        Ok(step.problems(&self.cx(id), &self.0.shared.journal.answers(id)?).0)
    }

    /// Titles of the steps this one needs that are not done.
    fn unmet(&self, step: &dyn AnyStep) -> Vec<&'static str> {
        let done = |id: &str| self.0.shared.journal.record(id).is_ok_and(|record| record.state == StepState::Done);
        let needed = self.steps().filter(|other| step.needs().contains(&other.about().id));
        needed.filter(|other| !done(other.about().id)).map(|other| other.about().title).collect()
    }

    /// Keeps which page is looked at.
    pub fn visit(&self, id: &str) -> Result<(), Problem> {
        Ok(self.0.shared.journal.put_page(self.step(id)?.about().id)?)
    }

    // --- answering ---

    /// Keeps an answer, whatever it is worth, and marks what depends on it for another look.
    pub fn edit(&self, id: &str, field: &str, value: Value) -> Result<(), Problem> {
        let step = self.step(id)?;
        let (form, values) = self.values(step.as_ref())?;
        let Some(asked) = form.field(field) else {
            let known: Vec<_> = form.fields.iter().map(|field| format!("`{}`", field.name)).collect();
            let fix = format!("Use one of {}.", known.join(", "));
            return Err(Problem::new(format!("The step `{id}` has no field `{field}`."), fix).on(field));
        };
        // What equals a default is kept all the same: the default may change with an earlier page, the answer must not.
        let same = values.0.get(field) == Some(&value);
        let stored = self.0.shared.journal.answers(step.about().id)?;
        if stored.0.get(field) == Some(&value) || (same && asked.locked.is_some()) {
            return Ok(());
        }
        asked.may_become(values.0.get(field), &value)?;
        self.0.shared.journal.put_answer(step.about().id, field, &value)?;
        if !same {
            self.stale(step.about().id)?;
        }
        self.changed(step.as_ref())
    }

    /// Forgets the answers of a step that `keep` does not name, so that its defaults hold again.
    pub fn keep_only(&self, id: &str, keep: &[&str]) -> Result<(), Problem> {
        let step = self.step(id)?.about().id;
        let answers = self.0.shared.journal.answers(step)?;
        for field in answers.0.keys().filter(|field| !keep.contains(&field.as_str())) {
            self.0.shared.journal.drop_answer(step, field)?;
            self.stale(step)?;
        }
        Ok(())
    }

    /// Puts a typed secret into the keychain. The form keeps only that there is one.
    pub async fn set_secret(&self, id: &str, field: &str, secret: Secret) -> Result<(), Problem> {
        let step = self.step(id)?.about().id;
        let key = self.0.shared.secret_key(step, field);
        if secret.expose().len() as u64 > MOST_SECRET {
            let what =
                format!("The secret has {} kB; at most {} are kept.", secret.expose().len() >> 10, MOST_SECRET >> 10);
            return Err(Problem::new(what, "Enter the secret alone.").on(field));
        }
        lock(&self.0.shared.redactor).add(&secret);
        // The one that is kept already, entered again (an answers file does it at every run), is no change.
        let is_set = self.0.shared.journal.answers(step)?.has_secret(field);
        if is_set && self.0.shared.vault.read(&key).await?.is_some_and(|kept| kept.is(&secret)) {
            return Ok(());
        }
        let slot = match secret.is_empty() {
            true => {
                self.0.shared.vault.forget(&key).await?;
                Slot::default()
            }
            false => {
                self.0.shared.vault.put(&key, secret).await?;
                Slot {
                    is_set: true,
                    hint: Some(format!("set on {}", jiff::Zoned::now().strftime("%-d %b %Y at %H:%M"))),
                }
            }
        };
        self.edit(step, field, Value::Secret(slot))
    }

    /// Enters values that the step makes up. Refused outside of a practice deployment: a real hub needs real ones.
    pub async fn use_made_up(&self, id: &str) -> Result<(), Problem> {
        let step = self.step(id)?;
        if !step.about().makes_up || self.context()?.practice != Some(true) {
            let what = "Values can be made up in a practice deployment only.";
            return Err(Problem::new(what, "Enter the real ones."));
        }
        let made_up = step.made_up(&self.cx(step.about().id))?;
        for (field, secret) in made_up.secrets {
            self.set_secret(id, field, secret).await?;
        }
        for (field, value) in made_up.values {
            self.edit(id, field, value)?;
        }
        Ok(())
    }

    /// An answer of `id` changed: it and all that is built on it needs another look.
    fn stale(&self, id: StepId) -> Result<(), Problem> {
        let mut reached = BTreeSet::from([id]);
        for step in self.steps() {
            if step.needs().iter().any(|need| reached.contains(need)) {
                reached.insert(step.about().id);
            }
        }
        for step in self.steps().filter(|step| reached.contains(step.about().id)) {
            let mut record = self.0.shared.journal.record(step.about().id)?;
            let own = step.about().id == id;
            if own {
                record.plan = None;
                record.problems.clear();
            }
            match record.state {
                StepState::Done => {
                    record.state = StepState::Look;
                    record.sentence = match own {
                        true => "An answer on this page changed after it was done.".into(),
                        false => "An answer on an earlier page changed after this was done.".into(),
                    };
                }
                StepState::Blocked if own => record.state = StepState::Todo,
                _ if own => {}
                _ => continue,
            }
            self.0.shared.journal.put_record(step.about().id, &record)?;
            if !own {
                self.changed(step.as_ref())?;
            }
        }
        Ok(())
    }

    // --- running ---

    /// Starts `work` on a step in the background. Refused where the step runs already.
    pub fn start(&self, id: &str, work: Work) -> Result<(), Problem> {
        let (step, cx) = self.begin(id, work)?;
        let deployment = self.clone();
        tokio::spawn(async move { deployment.finish(step.as_ref(), cx, work).await });
        Ok(())
    }

    /// Does `work` on a step and waits for its end.
    pub async fn run(&self, id: &str, work: Work) -> Result<Record, Problem> {
        let (step, cx) = self.begin(id, work)?;
        self.finish(step.as_ref(), cx, work).await;
        Ok(self.0.shared.journal.record(step.about().id)?)
    }

    /// Asks a running step to stop. It stops at the next safe place.
    pub fn cancel(&self, id: &str) {
        if let Some(run) = lock(&self.0.shared.running).get(id) {
            run.cancel.cancel();
        }
    }

    /// After opening: takes up jobs that outlived the last window, and looks again at what was begun or done.
    pub fn resume(&self) -> Result<(), Problem> {
        for step in self.steps() {
            let id = step.about().id;
            if step.under_way(&self.cx(id)) {
                self.start(id, Work::Apply)?;
            } else if !self.0.shared.journal.unfinished(id)?.is_empty() {
                let mut record = self.0.shared.journal.record(id)?;
                record.state = StepState::Look;
                record.sentence = "Hubwright was stopped while it worked on this.".into();
                self.0.shared.journal.put_record(id, &record)?;
                self.start(id, Work::Check)?;
            } else if self.0.shared.journal.record(id)?.state == StepState::Done {
                self.start(id, Work::Check)?;
            }
        }
        Ok(())
    }

    /// Does `work` in turn, until a step is done or has a problem, on every step of `wanted`, each as soon as the steps it needs are done, independent ones side by side.
    /// `ended` hears of each step as it ends, in the order they end. Steps that wait for one that was not done are left out.
    pub async fn run_all(
        &self,
        wanted: &[StepId],
        work: &[Work],
        mut ended: impl FnMut(StepId, &Record),
    ) -> Result<(), Problem> {
        let mut left: BTreeSet<StepId> = wanted.iter().copied().collect();
        let mut at_work = tokio::task::JoinSet::new();
        let mut here: BTreeSet<StepId> = BTreeSet::new();
        loop {
            for step in self.steps() {
                let id = step.about().id;
                let waits = step.needs().iter().any(|need| here.contains(need) || (left.contains(need) && *need != id));
                if !left.contains(id) || waits || !self.unmet(step.as_ref()).is_empty() {
                    continue;
                }
                left.remove(id);
                here.insert(id);
                let (deployment, work) = (self.clone(), work.to_vec());
                at_work.spawn(async move {
                    let mut record = Err(Problem::cancelled());
                    for work in work {
                        record = deployment.run(id, work).await;
                        let ended = |record: &Record| {
                            record.state == StepState::Done || record.problems.iter().any(Problem::is_error)
                        };
                        if record.as_ref().is_ok_and(ended) || record.is_err() {
                            break;
                        }
                    }
                    (id, record)
                });
            }
            let Some(joined) = at_work.join_next().await else { return Ok(()) };
            let (id, record) = joined.map_err(|error| {
                Problem::new("A step stopped unexpectedly.", "Run it again; if it stops again, report it.")
                    .because(&error)
            })?;
            here.remove(id);
            ended(id, &record?);
        }
    }

    fn cx(&self, id: StepId) -> Cx {
        Cx::new(self.0.shared.clone(), id, CancellationToken::new())
    }

    fn begin(&self, id: &str, work: Work) -> Result<(Arc<dyn AnyStep>, Cx), Problem> {
        let step = self.step(id)?.clone();
        let about = step.about();
        let unmet = self.unmet(step.as_ref());
        if !unmet.is_empty() && work != Work::Remove {
            let first = unmet.join("”, “");
            return Err(Problem::new(format!("“{}” cannot start yet.", about.title), format!("Do “{first}” first.")));
        }
        let cancel = CancellationToken::new();
        {
            let mut running = lock(&self.0.shared.running);
            if running.contains_key(about.id) {
                return Err(Problem::new(
                    format!("“{}” is already at work.", about.title),
                    "Wait for it to end, or stop it.",
                ));
            }
            running.insert(about.id, Running { cancel: cancel.clone(), progress: String::new(), waiting: false });
        }
        let run = self.0.shared.journal.begin_run("", about.id, work, "")?;
        let cx = Cx::of_run(self.0.shared.clone(), about.id, cancel, run);
        self.changed(step.as_ref())?;
        Ok((step, cx))
    }

    /// Runs the work, keeps what came of it, and tells. Whatever happens, the step is free again afterwards.
    async fn finish(&self, step: &dyn AnyStep, cx: Cx, work: Work) {
        let about = step.about();
        let outcome = self.work(step, &cx, work).await;
        cx.flush();
        lock(&self.0.shared.running).remove(about.id);
        let kept = self.keep(step, &cx, work, outcome);
        let ok = kept.as_ref().is_ok_and(|ok| *ok);
        if let Err(problem) = kept {
            // The journal itself cannot be written: say it where it can still be heard.
            let view = self.view(step).map(|mut view| {
                view.state = StepState::Look;
                view.problems.push(problem);
                Box::new(view)
            });
            if let Ok(view) = view {
                self.0.shared.tell(about.id, Happening::StepChanged { view });
            }
        }
        self.0.shared.tell(about.id, Happening::Ended { ok });
    }

    async fn work(&self, step: &dyn AnyStep, cx: &Cx, work: Work) -> Outcome {
        let (_, values) = match self.values(step) {
            Ok(found) => found,
            Err(problem) => return Outcome::Failed(problem.into()),
        };
        let outcome = match work {
            Work::Check => step.check(cx, &values).await.map(Outcome::Checked),
            Work::Plan => step.plan(cx, &values).await.map(Outcome::Planned),
            Work::Remove => step.remove(cx, &values).await.map(Outcome::Removed),
            Work::Apply => match step.apply(cx, &values).await {
                // Done is what the world says, so it is asked.
                Ok(_) => self.seen(step, cx, &values).await.map(|status| match status {
                    Status::Todo => Outcome::Failed(
                        Problem::new(
                            "Everything was done, but the account does not show it yet.",
                            "Press Check in a minute.",
                        )
                        .into(),
                    ),
                    status => Outcome::Checked(status),
                }),
                // What stopped it may be something outside this page: then the step is blocked, not failed.
                Err(problems) => match step.check(cx, &values).await {
                    Ok(Status::Blocked(found)) if found.iter().any(|f| problems.0.iter().any(|p| p.what == f.what)) => {
                        Ok(Outcome::Checked(Status::Blocked(found)))
                    }
                    _ => Err(problems),
                },
            },
        };
        outcome.unwrap_or_else(Outcome::Failed)
    }

    /// What check says after an apply, waiting up to a minute for a world that shows things late (IAM does).
    async fn seen(&self, step: &dyn AnyStep, cx: &Cx, values: &Values) -> Result<Status<serde_json::Value>, Problems> {
        for _ in 0..30 {
            match step.check(cx, values).await? {
                Status::Todo => {
                    cx.go_on()?;
                    cx.progress("Waiting until the account shows it");
                    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
                }
                status => return Ok(status),
            }
        }
        Ok(Status::Todo)
    }

    /// Writes the outcome into the step's record and tells the window. Returns whether it went well.
    fn keep(&self, step: &dyn AnyStep, cx: &Cx, work: Work, outcome: Outcome) -> Result<bool, Problem> {
        let journal = &self.0.shared.journal;
        let id = step.about().id;
        let mut record = journal.record(id)?;
        let was = record.state;
        let said = std::mem::take(&mut *cx.said());
        record.checked_at = Some(journal::now());
        record.problems = said.warnings;
        record.views = said.views;
        let mut ok = true;
        match outcome {
            Outcome::Checked(Status::Done(output)) => {
                journal.settle(id)?;
                record.state = StepState::Done;
                record.output = Some(output);
                record.plan = record.plan.filter(|_| work == Work::Check && was != StepState::Done);
                record.sentence = or(said.sentence, "Done.");
            }
            Outcome::Checked(Status::Todo) => {
                journal.settle(id)?;
                record.state = if was == StepState::Look { StepState::Look } else { StepState::Todo };
                if was == StepState::Done {
                    record.state = StepState::Look;
                    record.plan = None;
                }
                record.sentence = or(said.sentence, "Not done yet.");
            }
            Outcome::Checked(Status::Blocked(problems)) => {
                record.state = StepState::Blocked;
                record.sentence = problems.first().map_or_else(String::new, |problem| problem.what.clone());
                record.problems.extend(problems);
                ok = false;
            }
            Outcome::Planned(plan) => {
                record.sentence = plan.summary.clone();
                record.state = if was == StepState::Blocked { StepState::Todo } else { was };
                record.plan = Some(plan);
            }
            Outcome::Removed(residue) => {
                journal.settle(id)?;
                record = Record { state: StepState::Todo, checked_at: record.checked_at, ..Record::default() };
                record.sentence = match residue.0.is_empty() {
                    true => "Removed.".into(),
                    false => format!("Removed. {}", residue.0.join(" ")),
                };
            }
            Outcome::Failed(problems) => {
                ok = false;
                // Problems of the form say nothing about the world, so what was known of it stays.
                let of_form = problems.0.iter().all(|problem| problem.field.is_some())
                    && work == Work::Check
                    && was == StepState::Todo;
                record.state = if of_form { was } else { StepState::Look };
                record.sentence = problems.0.first().map_or_else(String::new, |problem| problem.what.clone());
                record.problems.extend(problems.0);
            }
        }
        record.problems = cx.cleaned(record.problems);
        record.plan = cx.cleaned(record.plan);
        record.sentence = cx.redact(&record.sentence);
        journal.put_record(id, &record)?;
        if let Some(run) = cx.run() {
            journal.end_run("", id, run, if ok { "ok" } else { "failed" })?;
        }
        journal.log(id, &format!("{work:?}: {}", record.sentence))?;
        self.changed(step)?;
        if was != record.state {
            // What others show may follow from it, also where they do not wait for it.
            for other in self.steps().filter(|other| other.about().id != id) {
                self.changed(other.as_ref())?;
            }
        }
        Ok(ok)
    }

    /// Tells the step's whole page.
    fn changed(&self, step: &dyn AnyStep) -> Result<(), Problem> {
        let view = Box::new(self.view(step)?);
        self.0.shared.tell(step.about().id, Happening::StepChanged { view });
        self.0.shared.tell(step.about().id, Happening::ContextChanged { context: self.context()? });
        Ok(())
    }
}

enum Outcome {
    Checked(Status<serde_json::Value>),
    Planned(Plan),
    Removed(Residue),
    Failed(Problems),
}

fn or(text: String, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_owned() } else { text }
}
