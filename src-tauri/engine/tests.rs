//! The rules of runs, tried with steps that touch a pretended world: what holds, what is stale, what goes on after a crash.
//! Long because every promise of the engine is tried on the same small world.

use super::context::MemoryVault;
use super::ending::GOES_ELSE;
use super::event::{EventKind, Lost};
use super::look::Reason;
use super::run::Work;
use super::schedule::Errand;
use super::shared::lock;
use super::*;
use futures_util::future::BoxFuture;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the steps of these tests look at and change.
#[derive(Default)]
struct World {
    /// Things by the step that made them.
    things: Mutex<BTreeMap<StepId, String>>,
    /// Things that no removal takes away.
    stubborn: Mutex<BTreeSet<StepId>>,
    /// Jobs that run.
    jobs: Mutex<BTreeSet<String>>,
    /// Jobs that ended while no Hubwright was there.
    ended: Mutex<BTreeSet<String>>,
    /// Calls: `name.apply`.
    calls: Mutex<Vec<String>>,
    /// The next apply of this step panics, waits until this is another one, or fails when the half of it is made.
    trouble: Mutex<Option<(StepId, &'static str)>>,
    /// What `name` is found to be, behind what was entered.
    kind: Mutex<&'static str>,
    /// It is a world that forgets, and whether it has; nothing where it lasts.
    forgot: Mutex<Option<bool>>,
}

impl Jobs for World {
    fn is_running(&self, job: &str) -> bool {
        lock(&self.jobs).contains(job)
    }
    fn ended_unseen(&self, job: &str) -> bool {
        lock(&self.ended).contains(job)
    }
    fn stop<'a>(&'a self, job: &'a str) -> BoxFuture<'a, Result<(), Problem>> {
        lock(&self.jobs).remove(job);
        lock(&self.calls).push(format!("stop {job}"));
        Box::pin(async { Ok(()) })
    }
}

/// A page with one field. `name` acts on the world; `address` rests on it.
struct Page<const REST: bool>;

impl<const REST: bool> Page<REST> {
    async fn trouble(&self, cx: &Cx) {
        loop {
            let trouble = *lock(&cx.tools::<World>().trouble);
            match trouble {
                Some((step, "panic")) if step == Self::ID => panic!("told to"),
                Some((step, "talk")) if step == Self::ID => return cx.say("long ".repeat(100_000)),
                Some((step, "wait")) if step == Self::ID => tokio::time::sleep(Duration::from_millis(5)).await,
                _ => return,
            }
        }
    }
}

impl<const REST: bool> Step for Page<REST> {
    const ID: StepId = if REST { "address" } else { "name" };
    const TITLE: &'static str = if REST { "The address" } else { "The name" };
    const SHORT: &'static str = if REST { "Address" } else { "Name" };
    const WHY: &'static str = "";
    const VERB: &'static str = "Do it";
    const GUIDE: &'static str = "";
    const AT_ONCE: bool = REST;
    const FORGETS: bool = !REST;
    const FORGOT: &'static str = "The world is gone.";
    type Input = String;
    type Output = String;

    fn needs(&self) -> &'static [StepId] {
        if REST { &["name"] } else { &[] }
    }
    fn form(&self, cx: &Cx, _: &Values) -> Form {
        let locked = !REST && cx.has_effects();
        Form::of(vec![
            Field::text("value", "Value").default("first").locked_if(locked, "Remove what carries it first."),
            Field::secret("secret", "Secret").optional(),
        ])
    }
    fn parse(&self, _: &Cx, values: &Values) -> Result<String, Problems> {
        Ok(values.text("value").to_owned())
    }
    fn has_forgotten(&self, cx: &Cx, _: &Values, _: &String) -> Option<bool> {
        *lock(&cx.tools::<World>().forgot)
    }
    async fn check(&self, cx: &Cx, input: &String) -> Result<Status<String>, Problem> {
        let world = cx.tools::<World>();
        lock(&world.calls).push(format!("{}.check", Self::ID));
        let reads_long = *lock(&world.trouble) == Some((Self::ID, "read"));
        if reads_long {
            cx.cancelled().await;
            return Err(Problem::cancelled());
        }
        let thing = lock(&world.things).get(Self::ID).cloned();
        cx.there(thing.iter().map(|thing| format!("the thing {thing}")));
        let Some(thing) = thing else { return Ok(Status::Todo) };
        let kind = if REST { "" } else { *lock(&world.kind) };
        Ok(if thing == *input { Status::Done(format!("{thing}{kind}")) } else { Status::Todo })
    }
    async fn plan(&self, cx: &Cx, input: &String) -> Result<Plan, Problem> {
        lock(&cx.tools::<World>().calls).push(format!("{}.plan", Self::ID));
        let before = lock(&cx.tools::<World>().things).get(Self::ID).cloned();
        let destroys = before.iter().filter(|thing| *thing != input).map(|thing| format!("thing {thing}")).collect();
        Ok(Plan { summary: format!("{before:?} becomes {input}"), destroys, ..Plan::default() })
    }
    async fn apply(&self, cx: &Cx, input: &String) -> Result<String, Problem> {
        lock(&cx.tools::<World>().calls).push(format!("{}.apply", Self::ID));
        self.trouble(cx).await;
        cx.effect("make it", async {
            let world = cx.tools::<World>();
            if *lock(&world.trouble) == Some((Self::ID, "half")) {
                lock(&world.things).insert(Self::ID, "half".into());
                return Err(Problem::new("The other half was refused.", "Ask for the right to make it."));
            }
            lock(&world.things).insert(Self::ID, input.clone());
            if let Some(forgot) = lock(&world.forgot).as_mut() {
                *forgot = false;
            }
            Ok::<_, Problem>(())
        })
        .await?;
        Ok(input.clone())
    }
    async fn remove(&self, cx: &Cx, input: &String) -> Result<Leftovers, Problem> {
        let world = cx.tools::<World>();
        lock(&world.calls).push(format!("{}.remove {input}", Self::ID));
        self.trouble(cx).await;
        cx.effect("remove it", async {
            if lock(&world.stubborn).contains(Self::ID) {
                cx.there([format!("the thing {input}: somebody holds it")]);
            } else {
                lock(&world.things).remove(Self::ID);
            }
            Ok::<_, Problem>(())
        })
        .await?;
        Ok(Leftovers::default())
    }
}

fn chapters() -> Vec<Chapter> {
    vec![Chapter { title: "All", steps: vec![Arc::new(Page::<false>), Arc::new(Page::<true>)], by_hand: vec![] }]
}

pub(super) struct Try {
    folder: tempfile::TempDir,
    world: Arc<World>,
}

impl Try {
    pub(super) fn new() -> Self {
        Try { folder: tempfile::tempdir().unwrap(), world: Arc::default() }
    }
    pub(super) fn open(&self) -> Deployment {
        let vault = Arc::new(MemoryVault::default());
        Deployment::open(self.folder.path(), "try", chapters(), vault, self.world.clone()).unwrap()
    }
    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.world.calls))
    }
    pub(super) fn trouble(&self, trouble: Option<(StepId, &'static str)>) {
        *lock(&self.world.trouble) = trouble;
    }
    /// A run that was killed, as its journal tells.
    fn killed(&self, step: StepId, work: Work, job: &str) {
        let deployment = self.open();
        let place = Place::shared(step);
        let fingerprint = deployment.standing(step).unwrap().given.fingerprint;
        let run = deployment.journal().begin_run(&place, work, &fingerprint).unwrap();
        deployment.journal().note_job(run, job).unwrap();
    }
}

async fn ended(deployment: &Deployment, id: &str) -> Standing {
    let began = std::time::Instant::now();
    while !lock(&deployment.shared().running).is_empty() {
        assert!(began.elapsed() < Duration::from_secs(20), "{id} ends");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    deployment.standing(id).unwrap()
}

async fn both(deployment: &Deployment) {
    for id in ["name", "address"] {
        let standing = deployment.run(id, Work::Apply).await.unwrap();
        assert_eq!(standing.state, StepState::Done, "{id}: {standing:?}");
    }
}

#[tokio::test]
async fn done_holds_for_what_it_rested_on_and_comes_back_with_it() {
    let tried = Try::new();
    let deployment = tried.open();
    both(&deployment).await;
    let states = || ["name", "address"].map(|id| deployment.standing(id).unwrap().state);
    deployment.edit("address", "value", "second".into()).unwrap();
    assert_eq!(states(), [StepState::Done, StepState::Look]);
    assert!(deployment.standing("address").unwrap().sentence.contains("on this page"));
    deployment.edit("address", "value", "first".into()).unwrap();
    assert_eq!(states(), [StepState::Done, StepState::Done], "nothing was written into it");
    for (kind, rests) in [(" of another kind", StepState::Look), ("", StepState::Done)] {
        *lock(&tried.world.kind) = kind;
        deployment.run("name", Work::Check).await.unwrap();
        assert_eq!(states(), [StepState::Done, rests], "what the page before left counts:{kind}");
    }
    deployment.set_secret("name", "secret", Secret::from("one".to_owned())).await.unwrap();
    assert_eq!(states(), [StepState::Look, StepState::Look], "a secret counts, also for those that rest on it");
    assert!(deployment.standing("address").unwrap().sentence.contains("“Name”"));
    both(&deployment).await;
    deployment.set_secret("name", "secret", Secret::from("two".to_owned())).await.unwrap();
    assert_eq!(states(), [StepState::Look, StepState::Look], "so does another one in its place");
}

#[tokio::test]
async fn an_edit_while_a_later_page_runs_is_not_lost_under_done() {
    let tried = Try::new();
    let deployment = tried.open();
    both(&deployment).await;
    tried.trouble(Some(("address", "wait")));
    deployment.start("address", Work::Apply).unwrap();
    deployment.set_secret("name", "secret", Secret::from("new".to_owned())).await.unwrap();
    tried.trouble(None);
    let standing = ended(&deployment, "address").await;
    assert_eq!(standing.state, StepState::Look, "it was done with what was there before: {}", standing.sentence);
}

#[tokio::test]
async fn a_panic_and_a_page_that_cannot_be_told_leave_the_step_free() {
    let tried = Try::new();
    let deployment = tried.open();
    let (_, mut events) = deployment.subscribe().unwrap();
    tried.trouble(Some(("name", "panic")));
    deployment.start("name", Work::Apply).unwrap();
    let standing = ended(&deployment, "name").await;
    assert_eq!(standing.state, StepState::Look);
    assert!(standing.sentence.contains("unexpectedly"), "{standing:?}");
    let mut told = false;
    while let Ok(event) = events.try_recv() {
        told |= event.kind == EventKind::Ended { ok: false };
    }
    assert!(told, "the window hears of its end");
    // The journal breaks while the step works.
    tried.trouble(Some(("name", "wait")));
    deployment.start("name", Work::Apply).unwrap();
    deployment.journal().break_for_a_test("ALTER TABLE page RENAME TO gone");
    tried.trouble(None);
    let began = std::time::Instant::now();
    while !lock(&deployment.shared().running).is_empty() {
        assert!(began.elapsed() < Duration::from_secs(20), "it is free");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    deployment.journal().break_for_a_test("ALTER TABLE gone RENAME TO page");
    assert_eq!(deployment.journal().open_runs(&Place::shared("name")).unwrap().len(), 1, "how it ended is not known");
    both(&deployment).await;
    assert!(deployment.journal().open_runs(&Place::shared("name")).unwrap().is_empty());
}

#[tokio::test]
async fn a_disk_that_fills_in_the_middle_is_said_by_its_name() {
    let tried = Try::new();
    let deployment = tried.open();
    both(&deployment).await;
    let mut told = vec![];
    tried.trouble(Some(("name", "talk")));
    // No page more than there are.
    deployment.journal().break_for_a_test("PRAGMA max_page_count = 1");
    let errand = Errand::of(&[Work::Apply]);
    deployment.set_secret("name", "secret", Secret::from("makes it stale".to_owned())).await.unwrap();
    let ended =
        deployment.run_all(&["name", "address"].map(Place::shared), &errand, |place, _| told.push(place.key())).await;
    let problem = ended.expect_err("how the run ended could not be kept");
    assert!(problem.fix.contains("Free some space on the disk"), "{problem:?}");
    assert!(told.is_empty(), "nobody knows how a step stands: {told:?}");
    assert!(lock(&deployment.shared().running).is_empty(), "and it is free");
    tried.trouble(None);
    deployment.journal().break_for_a_test("PRAGMA max_page_count = 1000000");
    both(&deployment).await;
}

#[tokio::test]
async fn what_was_confirmed_is_applied_and_nothing_else() {
    let tried = Try::new();
    let deployment = tried.open();
    deployment.confirm("name", None).unwrap();
    let standing = ended(&deployment, "name").await;
    assert!(standing.plan.is_some() && standing.problems.iter().any(|p| p.what.contains("nothing was done")));
    assert!(!tried.calls().contains(&"name.apply".to_owned()), "a plan that nobody saw is not applied");

    let planned = deployment.run("name", Work::Plan).await.unwrap();
    deployment.edit("name", "value", "second".into()).unwrap();
    assert!(deployment.standing("name").unwrap().plan.is_none(), "the plan is of another answer");
    deployment.confirm("name", planned.plan_run).unwrap();
    let refused = ended(&deployment, "name").await;
    assert!(!tried.calls().contains(&"name.apply".to_owned()));
    assert!(refused.plan.unwrap().summary.contains("second"), "the new plan is shown");

    // Somebody else changes the world between the plan and the button.
    let planned = deployment.run("name", Work::Plan).await.unwrap();
    lock(&tried.world.things).insert("name", "third".into());
    deployment.confirm("name", planned.plan_run).unwrap();
    let refused = ended(&deployment, "name").await;
    assert!(!tried.calls().contains(&"name.apply".to_owned()));
    assert_eq!(refused.plan.as_ref().unwrap().destroys, ["thing third"]);
    deployment.confirm("name", refused.plan_run).unwrap();
    assert_eq!(ended(&deployment, "name").await.state, StepState::Done, "that one was seen");
}

/// Waits until the page of `name` is as wanted.
async fn seen(deployment: &Deployment, what: &str, wanted: impl Fn(&StepView) -> bool) -> StepView {
    let began = std::time::Instant::now();
    loop {
        let view = deployment.view("name").unwrap();
        if wanted(&view) {
            return view;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{what}: {view:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_page_that_is_opened_is_read_and_planned_by_itself_and_an_answer_begins_it_anew() {
    let tried = Try::new();
    let deployment = tried.open();
    deployment.look("name", Reason::Opened).unwrap();
    let planned = seen(&deployment, "the plan", |view| view.plan.is_some() && !view.looking).await;
    assert_eq!((planned.state, tried.calls()), (StepState::Ready, vec!["name.check".into(), "name.plan".into()]));
    // Whoever comes back at once finds what was seen; what rests on another page is not looked at before that.
    deployment.look("name", Reason::Opened).unwrap();
    deployment.look("address", Reason::Opened).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(tried.calls(), Vec::<String>::new());
    // An answer stops what is read with the old one, and the page stands as before.
    tried.trouble(Some(("name", "read")));
    deployment.edit("name", "value", "second".into()).unwrap();
    deployment.look("name", Reason::Answered).unwrap();
    let reading = seen(&deployment, "the look", |view| view.looking).await;
    assert_eq!(reading.state, StepState::Ready, "a page that is only looked at can be used");
    assert_eq!(tried.calls(), ["name.check"]);
    tried.trouble(None);
    deployment.edit("name", "value", "third".into()).unwrap();
    deployment.look("name", Reason::Answered).unwrap();
    let planned = seen(&deployment, "the new plan", |view| view.plan.is_some() && !view.looking).await;
    assert!(planned.plan.unwrap().summary.contains("third") && planned.problems.is_empty());
    assert_eq!(tried.calls(), ["name.check", "name.plan"], "once, with the last answer");

    // Who presses the button meanwhile does not wait for a look, and what a person stops leaves nothing red behind.
    tried.trouble(Some(("name", "read")));
    deployment.start("name", Work::Check).unwrap();
    deployment.quieten("name").await.unwrap();
    assert_eq!(deployment.view("name").unwrap().plan_run, planned.plan_run, "what was shown can still be confirmed");
    assert_eq!(deployment.view("name").unwrap().state, StepState::Ready);
}

#[tokio::test]
async fn a_page_whose_looks_cost_nothing_is_looked_at_each_time() {
    let tried = Try::new();
    let deployment = tried.open();
    both(&deployment).await;
    tried.calls();
    for reason in [Reason::Opened, Reason::Answered] {
        let pressed = std::time::Instant::now();
        deployment.look("address", reason).unwrap();
        let mut calls = vec![];
        while calls.is_empty() {
            assert!(pressed.elapsed() < Duration::from_secs(20), "{reason:?}: it is not looked at");
            tokio::time::sleep(Duration::from_millis(5)).await;
            calls = tried.calls();
        }
        assert_eq!(calls, ["address.check"], "{reason:?}");
        deployment.quieten("address").await.unwrap();
    }
}

#[tokio::test]
async fn what_failed_half_way_keeps_the_names_locked_and_can_be_removed_until_nothing_of_it_is_there() {
    let tried = Try::new();
    let deployment = tried.open();
    let stands = |deployment: &Deployment| {
        let view = deployment.view("name").unwrap();
        (view.form.fields[0].locked.is_some(), view.removable)
    };
    deployment.run("name", Work::Check).await.unwrap();
    assert_eq!(stands(&deployment), (false, false), "nothing was made");
    tried.trouble(Some(("name", "half")));
    let failed = deployment.run("name", Work::Apply).await.unwrap();
    assert!(failed.problems.iter().any(Problem::is_error), "{failed:?}");
    assert_eq!(stands(&deployment), (true, true), "after the failure");
    tried.trouble(None);
    let looked = deployment.run("name", Work::Check).await.unwrap();
    assert_eq!(looked.state, StepState::Todo);
    assert_eq!(stands(&deployment), (true, true), "after a look that found half of it");
    lock(&tried.world.things).clear();
    deployment.run("name", Work::Check).await.unwrap();
    assert_eq!(stands(&deployment), (false, false), "after one that found nothing");
}

#[tokio::test]
async fn what_was_said_of_other_answers_is_not_said_of_these() {
    let tried = Try::new();
    let deployment = tried.open();
    deployment.run("name", Work::Apply).await.unwrap();
    tried.trouble(Some(("address", "panic")));
    deployment.start("address", Work::Apply).unwrap();
    let failed = ended(&deployment, "address").await;
    assert!(!failed.problems.is_empty() && !failed.sentence.is_empty(), "{failed:?}");
    tried.trouble(None);
    // An earlier page was done anew.
    deployment.set_secret("name", "secret", Secret::from("new".to_owned())).await.unwrap();
    deployment.run("name", Work::Apply).await.unwrap();
    let after = deployment.standing("address").unwrap();
    assert!(after.problems.is_empty() && after.sentence != failed.sentence, "{after:?}");
    // And of another answer on the page itself.
    tried.trouble(Some(("address", "panic")));
    deployment.start("address", Work::Apply).unwrap();
    let failed = ended(&deployment, "address").await;
    deployment.edit("address", "value", "third".into()).unwrap();
    let after = deployment.standing("address").unwrap();
    assert!(after.problems.is_empty() && after.sentence != failed.sentence, "{after:?}");
}

#[tokio::test]
async fn nothing_is_destroyed_without_leave() {
    let tried = Try::new();
    let deployment = tried.open();
    lock(&tried.world.things).insert("name", "older".into());
    let mut errand = Errand::of(&[Work::Check, Work::Plan, Work::Apply]);
    let mut seen = vec![];
    deployment.run_all(&[Place::shared("name")], &errand, |_, standing| seen.push(standing.clone())).await.unwrap();
    assert_eq!(errand.unasked(&Place::shared("name"), &seen[0]), ["thing older"]);
    assert!(!tried.calls().contains(&"name.apply".to_owned()));
    errand.may_destroy.push(Place::shared("name"));
    deployment.run_all(&[Place::shared("name")], &errand, |_, standing| seen.push(standing.clone())).await.unwrap();
    assert_eq!(seen[1].state, StepState::Done);
}

#[tokio::test]
async fn a_removal_is_what_the_world_says_and_unlocks_the_names() {
    let tried = Try::new();
    let deployment = tried.open();
    both(&deployment).await;
    let locked = deployment.edit("name", "value", "second".into()).unwrap_err();
    assert!(locked.what.contains("cannot change"), "{locked:?}");
    assert!(deployment.keeps_from_dropping("name", &[]).unwrap().is_empty(), "the default is what was used");

    lock(&tried.world.stubborn).insert("address");
    let kept = deployment.run("address", Work::Remove).await.unwrap();
    assert_eq!(kept.state, StepState::Look);
    assert!(kept.sentence.contains("somebody holds it"), "{}", kept.sentence);
    lock(&tried.world.stubborn).clear();
    deployment.edit("address", "value", "other".into()).unwrap();
    tried.calls();
    let gone = deployment.run("address", Work::Remove).await.unwrap();
    assert_eq!((gone.state, gone.sentence.as_str()), (StepState::Todo, "Removed."));
    assert_eq!(tried.calls()[0], "address.remove first", "by what it was made with");

    both(&deployment).await;
    let gone = deployment.run("name", Work::Remove).await.unwrap();
    assert_eq!(gone.state, StepState::Todo);
    assert_eq!(deployment.standing("address").unwrap().state, StepState::Look, "what rests on it does not stay green");
    assert!(deployment.edit("name", "value", "second".into()).is_err(), "something made for it is there still");
    deployment.run("address", Work::Remove).await.unwrap();
    deployment.edit("name", "value", "second".into()).unwrap();
}

#[tokio::test]
async fn what_was_shown_to_go_goes_and_nothing_else() {
    let tried = Try::new();
    let deployment = tried.open();
    both(&deployment).await;
    let removed = || tried.calls().iter().any(|call| call.contains("remove"));
    let goes = |standing: &Standing| standing.removal.clone().unwrap().destroys;

    // Nobody saw what goes.
    deployment.confirm_removal("address", None).unwrap();
    let refused = ended(&deployment, "address").await;
    assert!(!removed() && refused.state == StepState::Done, "{refused:?}");
    assert!(refused.problems.iter().any(|problem| problem.what == GOES_ELSE), "{refused:?}");

    let shown = deployment.run("address", Work::PlanRemoval).await.unwrap();
    assert_eq!((shown.state, goes(&shown)), (StepState::Done, vec!["the thing first".to_owned()]));
    assert!(shown.problems.is_empty() && !removed(), "a list is no removal, and the page stays as it was: {shown:?}");
    // Another answer changes nothing of what was made, so nothing of what goes.
    deployment.edit("address", "value", "other".into()).unwrap();
    // Something else is there by now.
    lock(&tried.world.things).insert("address", "second".into());
    deployment.confirm_removal("address", shown.removal_run).unwrap();
    let again = ended(&deployment, "address").await;
    assert!(!removed(), "what nobody saw stays");
    assert_eq!(goes(&again), ["the thing second"], "and is shown");
    assert_eq!(lock(&tried.world.things).get("address").map(String::as_str), Some("second"));
    // The list that was seen first is no leave for the second one.
    deployment.confirm_removal("address", shown.removal_run).unwrap();
    let again = ended(&deployment, "address").await;
    assert!(!removed());

    deployment.confirm_removal("address", again.removal_run).unwrap();
    let gone = ended(&deployment, "address").await;
    assert_eq!((gone.state, gone.removal, removed()), (StepState::Todo, None, true));
    assert!(!lock(&tried.world.things).contains_key("address"));
}

#[tokio::test]
async fn a_locked_answer_that_disappears_from_a_file_moves_nothing() {
    let tried = Try::new();
    let deployment = tried.open();
    deployment.edit("name", "value", "own".into()).unwrap();
    both(&deployment).await;
    let problems = deployment.keeps_from_dropping("name", &[]).unwrap();
    deployment.keep_only("name", &[]).unwrap();
    assert!(problems.iter().any(|problem| problem.what.contains("cannot change")), "{problems:?}");
    assert_eq!(deployment.standing("name").unwrap().given.values.text("value"), "own");
    assert_eq!(deployment.standing("name").unwrap().state, StepState::Done);
}

/// Killed while `work` ran on both pages, with its jobs alive or not, and opened again.
async fn reopened(tried: &Try, work: Work, alive: bool) -> Deployment {
    reopened_with(tried, work, alive.then_some(&tried.world.jobs)).await
}

/// The same, with its jobs among these.
async fn reopened_with(tried: &Try, work: Work, jobs: Option<&Mutex<BTreeSet<String>>>) -> Deployment {
    let deployment = tried.open();
    both(&deployment).await;
    deployment.set_secret("name", "secret", Secret::from("makes it stale".to_owned())).await.unwrap();
    drop(deployment);
    for step in ["name", "address"] {
        tried.killed(step, work, step);
        jobs.map(|jobs| lock(jobs).insert(step.to_owned()));
    }
    tried.calls();
    let deployment = tried.open();
    deployment.resume(Duration::ZERO);
    tokio::time::sleep(Duration::from_millis(100)).await;
    ended(&deployment, "name").await;
    deployment
}

#[tokio::test]
async fn a_check_or_plan_that_was_cut_is_never_turned_into_anything_else() {
    for work in [Work::Check, Work::Plan] {
        for alive in [true, false] {
            let tried = Try::new();
            let deployment = reopened(&tried, work, alive).await;
            let calls = tried.calls();
            assert!(!calls.iter().any(|call| call.contains("apply") || call.contains("remove")), "{work:?}: {calls:?}");
            assert_eq!(calls.contains(&"stop name".to_owned()), alive, "{work:?}: its job is stopped");
            assert!(deployment.journal().open_runs(&Place::shared("name")).unwrap().is_empty());
            let said = deployment.journal().shown(&Place::shared("name")).unwrap().sentence;
            assert!(said.contains("was stopped while it"), "{work:?}: {said}");
        }
    }
}

#[tokio::test]
async fn an_apply_or_removal_whose_job_lives_or_ended_unseen_goes_on_as_that_and_no_page_keeps_another_from_it() {
    for (work, call) in [(Work::Apply, "apply"), (Work::Remove, "remove first")] {
        for ended in [false, true] {
            let tried = Try::new();
            let jobs = if ended { &tried.world.ended } else { &tried.world.jobs };
            let deployment = reopened_with(&tried, work, Some(jobs)).await;
            let calls = tried.calls();
            let other = if work == Work::Apply { "remove" } else { "apply" };
            for step in ["name", "address"] {
                assert!(
                    calls.contains(&format!("{step}.{call}")),
                    "{step} goes on, though “Name” needs a look: {calls:?}"
                );
                assert!(!calls.iter().any(|call| call.starts_with(step) && call.contains(other)), "{calls:?}");
                assert!(deployment.journal().open_runs(&Place::shared(step)).unwrap().is_empty());
            }
            let said = deployment.logbook(false).unwrap();
            assert!(!said.iter().any(|entry| entry.word == "Stopped half-way"), "{said:?}");
        }
    }
}

#[tokio::test]
async fn an_apply_or_removal_that_died_shows_how_it_stands() {
    for work in [Work::Apply, Work::Remove] {
        let tried = Try::new();
        let deployment = reopened(&tried, work, false).await;
        let calls = tried.calls();
        assert!(calls.contains(&"name.check".to_owned()), "{work:?}: the world is asked: {calls:?}");
        assert!(!calls.iter().any(|call| call.contains("apply") || call.contains("remove")), "{work:?}: {calls:?}");
        assert_eq!(deployment.standing("name").unwrap().state, StepState::Done, "{work:?}: as the world says");
    }
}

#[tokio::test]
async fn the_command_line_goes_on_with_an_apply_and_not_with_a_plan() {
    for (work, goes_on) in [(Work::Apply, true), (Work::Plan, false)] {
        let tried = Try::new();
        tried.killed("name", work, "a job");
        lock(&tried.world.jobs).insert("a job".into());
        let deployment = tried.open();
        deployment.run_all(&[Place::shared("name")], &Errand::of(&[Work::Check]), |_, _| {}).await.unwrap();
        assert_eq!(tried.calls(), ["stop a job", "name.check"], "a check is no leave to go on");
        drop(deployment);
        tried.killed("name", work, "a job");
        lock(&tried.world.jobs).insert("a job".into());
        let deployment = tried.open();
        let errand = Errand::of(&[Work::Check, Work::Plan, Work::Apply]);
        deployment
            .run_all(&[Place::shared("name")], &errand, |_, standing| assert_eq!(standing.state, StepState::Done))
            .await
            .unwrap();
        assert_eq!(tried.calls()[0] == "name.apply", goes_on, "{work:?}");
    }
}

/// Both pages done in a world that forgets, which then was started anew or emptied.
async fn forgotten(tried: &Try, started_anew: bool) -> Deployment {
    *lock(&tried.world.forgot) = Some(false);
    let deployment = tried.open();
    both(&deployment).await;
    lock(&tried.world.things).clear();
    *lock(&tried.world.forgot) = Some(started_anew);
    for page in ["address", "name"] {
        // A page that finds nothing: what it says then is no news.
        drop(deployment.run(page, Work::Check).await);
    }
    tried.calls();
    deployment
}

async fn rebuilt(deployment: &Deployment) -> Option<Lost> {
    deployment.rebuild().unwrap();
    let began = std::time::Instant::now();
    while deployment.lost().unwrap().is_some_and(|lost| lost.at_work) {
        assert!(began.elapsed() < Duration::from_secs(20), "it ends");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    deployment.lost().unwrap()
}

#[tokio::test]
async fn what_went_with_a_world_that_forgets_is_said_once_and_made_again_by_a_press() {
    for started_anew in [true, false] {
        let tried = Try::new();
        let deployment = forgotten(&tried, started_anew).await;
        let lost = deployment.context().unwrap().lost.expect("it is said");
        assert_eq!((lost.what.as_str(), lost.at_work), ("The world is gone.", false));
        assert_eq!(lost.pages, ["name", "address"]);
        for page in ["name", "address"] {
            let view = deployment.view(page).unwrap();
            assert_eq!((view.state, view.problems.len()), (StepState::Look, 0), "{page} is not red: {view:?}");
            assert!(view.sentence.contains("made again from your answers"), "{}", view.sentence);
        }
        assert!(!tried.calls().iter().any(|call| call.contains("apply")), "nothing is made by itself");

        assert_eq!(rebuilt(&deployment).await, None);
        let applied: Vec<_> = tried.calls().into_iter().filter(|call| call.contains("apply")).collect();
        assert_eq!(applied, ["name.apply", "address.apply"], "each page once, in order");
        assert_eq!(deployment.view("address").unwrap().state, StepState::Done);
        assert!(deployment.rebuild().is_err(), "there is nothing to build up any more");
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_made_again_says_so_and_the_rest_is_offered_again() {
    let tried = Try::new();
    let deployment = forgotten(&tried, true).await;
    tried.trouble(Some(("address", "panic")));
    let left = rebuilt(&deployment).await.expect("one page is left");
    assert_eq!(left.pages, ["address"]);
    assert!(!deployment.view("address").unwrap().problems.is_empty(), "and says why");
    tried.trouble(None);
    drop(deployment);
    let deployment = tried.open();
    assert_eq!(deployment.lost().unwrap().map(|lost| lost.pages), Some(vec!["address".to_owned()]), "kept");
    deployment.run("address", Work::Apply).await.unwrap();
    assert_eq!(deployment.lost().unwrap(), None, "done by its own button, it is not left either");
}

#[tokio::test]
async fn in_a_world_that_lasts_nothing_is_ever_built_up_again() {
    let tried = Try::new();
    let deployment = forgotten(&tried, true).await;
    *lock(&tried.world.forgot) = None;
    assert_eq!(deployment.lost().unwrap(), None);
    assert!(deployment.rebuild().is_err());
    assert!(tried.calls().is_empty(), "and nothing is done");
}

#[tokio::test]
async fn a_deployment_is_deleted_whole_and_by_its_name_where_things_of_it_remain() {
    let tried = Try::new();
    let vault = Arc::new(MemoryVault::default());
    let at = |id: &str| tried.folder.path().join(id);
    let open = |id: &str| Deployment::open(&at(id), id, chapters(), vault.clone(), tried.world.clone()).unwrap();
    let mut all = vec![];
    for id in ["try", "try-2"] {
        let deployment = open(id);
        deployment.set_secret("name", "secret", Secret::from("one".to_owned())).await.unwrap();
        deployment.cx(&Place::shared("address")).keep_secret("made", Secret::from("two".to_owned())).await.unwrap();
        all.push(deployment);
    }
    let kept = async |key: &str| vault.read(key).await.unwrap().is_some();
    both(&all[0]).await;
    drop(all.remove(0));

    // It knows the names of its entries from before it was opened.
    let deployment = open("try");
    let remains = deployment.remains().await.unwrap();
    assert_eq!((remains.secrets, remains.name.as_str()), (2, "try"), "{remains:?}");
    let by_page: Vec<_> = remains.there.iter().map(|of| (of.page.as_str(), of.things.join("; "))).collect();
    let thing = || "the thing first".to_owned();
    assert_eq!(by_page, [("Name", thing()), ("Address", thing())], "what remains is said by the page that made it");
    let refused = deployment.clone().delete("tr", || unreachable!("nothing begins")).await.unwrap_err();
    assert!(refused.what.contains("the thing first"), "{refused:?}");
    assert!(at("try").exists() && kept("try/name.secret").await && kept("try/address.made").await);

    let retired = std::cell::Cell::new(false);
    let retire = || {
        retired.set(true);
        Ok(())
    };
    deployment.delete("try", retire).await.unwrap();
    assert!(retired.get() && !at("try").exists());
    assert!(!kept("try/name.secret").await && !kept("try/address.made").await, "its entries are gone");
    assert!(
        at("try-2").exists() && kept("try-2/name.secret").await && kept("try-2/address.made").await,
        "and no others"
    );
    assert_eq!(lock(&tried.world.things).len(), 2, "nothing in the world was touched");

    // Where the world shows nothing of it, nothing need be typed.
    lock(&tried.world.things).clear();
    all.remove(0).delete("", || Ok(())).await.unwrap();
    assert!(!at("try-2").exists());
}
