//! Removing everything, tried with pages that touch a pretended world: what is listed, what stops it, what nobody could look at,
//! and how pages stand afterwards.
//! Long because the pretended pages and their world, which every test needs, are in the same file.

use crate::engine::context::MemoryVault;
use crate::engine::run::Work;
use crate::engine::shared::lock;
use crate::engine::*;
use futures_util::future::BoxFuture;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Default)]
struct World {
    /// What is there, by the key of its page.
    things: Mutex<BTreeSet<String>>,
    /// How pages behave besides: `refused`, `unseen`, `held`, `held by file`, `slow`, `out of reach`, `stubborn`.
    ways: Mutex<BTreeMap<String, &'static str>>,
    /// `store.removal`
    calls: Mutex<Vec<String>>,
}

impl Jobs for World {
    fn ended_unseen(&self, _: &str) -> bool {
        false
    }
    fn is_running(&self, _: &str) -> bool {
        false
    }
    fn stop<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(async { Ok(()) })
    }
}

impl World {
    /// Notes the call, and says how the page behaves.
    fn called(&self, key: &str, call: &str) -> &'static str {
        lock(&self.calls).push(format!("{key}.{call}"));
        lock(&self.ways).get(key).copied().unwrap_or_default()
    }
    fn has(&self, key: &str) -> bool {
        lock(&self.things).contains(key)
    }
}

/// The page that gives access (0), a store (1), and what is inside of it, once in each environment (2).
struct Part<const N: usize>;

const IDS: [StepId; 3] = ["access", "store", "file"];
const SHORT: [&str; 3] = ["Access", "Store", "File"];

impl<const N: usize> Step for Part<N> {
    const ID: StepId = IDS[N];
    const TITLE: &'static str = SHORT[N];
    const SHORT: &'static str = SHORT[N];
    const WHY: &'static str = "";
    const VERB: &'static str = "";
    const GUIDE: &'static str = "";
    const FORGETS: bool = N == 0;
    const EACH: bool = N == 2;
    const INSIDE_OF: Option<StepId> = if N == 2 { Some("store") } else { None };
    type Input = ();
    type Output = ();

    fn needs(&self) -> &'static [StepId] {
        match N {
            0 => &[],
            1 => &["access"],
            _ => &["access", "store"],
        }
    }
    fn form(&self, _: &Cx, _: &Values) -> Form {
        Form::of(if N == 0 { vec![Field::rows("more", "More").optional()] } else { vec![] })
    }
    fn parse(&self, _: &Cx, _: &Values) -> Result<(), Problems> {
        Ok(())
    }
    fn environments(&self, cx: &Cx) -> Vec<String> {
        match N {
            0 => std::iter::once("staging".to_owned()).chain(cx.answers::<Part<0>>().rows("more").to_vec()).collect(),
            _ => vec![],
        }
    }
    fn loses_here(&self, _: &Cx, _: &Values) -> Vec<String> {
        if N == 2 { vec!["A key that is only here.".to_owned()] } else { vec![] }
    }
    async fn check(&self, cx: &Cx, (): &()) -> Result<Status<()>, Problem> {
        let (world, key) = (cx.tools::<World>(), cx.page(Self::ID));
        match world.called(&key, "check") {
            "refused" => return Err(Problem::new("The sign-in has ended.", "Sign in again.")),
            "to do" => return Ok(Status::Todo),
            "unseen" => return Ok(Status::Blocked(vec![Problem::new("It cannot be looked at.", "Ask for that.")])),
            _ => {}
        }
        if N > 0 {
            cx.there(world.has(&key).then(|| format!("the {key}")));
        }
        Ok(if N == 0 || world.has(&key) { Status::Done(()) } else { Status::Todo })
    }
    async fn plan(&self, _: &Cx, (): &()) -> Result<Plan, Problem> {
        Ok(Plan::default())
    }
    async fn apply(&self, cx: &Cx, (): &()) -> Result<(), Problem> {
        let key = cx.page(Self::ID);
        cx.effect("make it", async {
            if N > 0 {
                lock(&cx.tools::<World>().things).insert(key);
            }
            Ok::<_, Problem>(())
        })
        .await
    }
    async fn held(&self, cx: &Cx, (): &()) -> Result<Vec<Held>, Problem> {
        let problem = |what: &str| Problem::new(what, "Take it off.").leading("Look there", "store");
        Ok(match cx.tools::<World>().called(&cx.page(Self::ID), "held") {
            "held" => vec![Held { by: None, problem: problem("Somebody holds it.") }],
            "held by file" => vec![Held { by: Some("file"), problem: problem("The file holds it.") }],
            _ => vec![],
        })
    }
    async fn removal(&self, cx: &Cx, (): &()) -> Result<Plan, Problem> {
        let (world, key) = (cx.tools::<World>(), cx.page(Self::ID));
        let way = world.called(&key, if cx.may_ask() { "removal asking" } else { "removal" });
        match way {
            "slow" => {
                cx.cancelled().await;
                return Err(Problem::cancelled());
            }
            "out of reach" => {
                let summary = "Nothing can be removed now.".to_owned();
                return Ok(Plan { summary, nothing_to_do: true, ..Plan::default() });
            }
            "waiting" => return Err(Problem::waiting("Somebody has to allow it.", "Ask them.")),
            "noted" => return Err(Problem::warning("It did not answer.", "Try again.")),
            "spent" => return Err(Problem::new("The key was deleted.", "Enter another one.")),
            _ => {}
        }
        Ok(Plan::of_removal(world.has(&key).then(|| format!("the {key}")).into_iter().collect()))
    }
    async fn remove(&self, cx: &Cx, (): &()) -> Result<Leftovers, Problem> {
        let (world, key) = (cx.tools::<World>(), cx.page(Self::ID));
        match world.called(&key, "remove") {
            "stubborn" => {
                cx.there([format!("the {key}")]);
                return Ok(Leftovers(vec!["Somebody else made a part of it.".to_owned()]));
            }
            "slow removal" => tokio::time::sleep(Duration::from_millis(100)).await,
            _ => {}
        }
        let what = cx.page(Self::ID);
        cx.effect("remove it", async {
            lock(&world.things).retain(|thing| *thing != key && !(N == 1 && thing.ends_with("file")));
            Ok::<_, Problem>(())
        })
        .await?;
        Ok(Leftovers(vec![format!("The history of the {what} stays.")]))
    }
    fn went(&self, cx: &Cx) -> Result<Leftovers, Problem> {
        Ok(Leftovers(vec![format!("A copy of the {} stays here.", cx.page(Self::ID))]))
    }
}

struct Try {
    _folder: tempfile::TempDir,
    world: Arc<World>,
    deployment: Deployment,
}

impl Try {
    fn new() -> Self {
        let (folder, world) = (tempfile::tempdir().unwrap(), Arc::<World>::default());
        let steps: Vec<Arc<dyn AnyStep>> = vec![Arc::new(Part::<0>), Arc::new(Part::<1>), Arc::new(Part::<2>)];
        let hand = ByHand { id: "dig", title: "Dig", sentence: "", how: "", minutes: 1, each: false, before: None };
        let chapters = vec![Chapter { title: "All", steps, by_hand: vec![hand] }];
        let deployment =
            Deployment::open(folder.path(), "try", chapters, Arc::new(MemoryVault::default()), world.clone()).unwrap();
        Try { _folder: folder, world, deployment }
    }

    /// One in which all is made, in the two environments.
    async fn made() -> Self {
        let tried = Try::new();
        tried.deployment.edit("access", "more", Value::Rows(vec!["prod".to_owned()])).unwrap();
        tried.apply(&["access", "store", "file", "prod.file"]).await
    }

    /// The same in one environment.
    async fn made_in_one() -> Self {
        Try::new().apply(&["access", "store", "file"]).await
    }

    async fn apply(self, pages: &[&str]) -> Self {
        let tried = self;
        for page in pages.iter().copied() {
            let standing = tried.deployment.run(page, Work::Apply).await.unwrap();
            assert_eq!(standing.state, StepState::Done, "{page}: {standing:?}");
        }
        tried.calls();
        tried
    }

    fn way(&self, page: &str, way: &'static str) {
        lock(&self.world.ways).insert(page.to_owned(), way);
    }
    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.world.calls))
    }
    fn state(&self, page: &str) -> (StepState, String) {
        let standing = self.deployment.standing(page).unwrap();
        (standing.state, standing.sentence)
    }
    async fn all(&self) -> Everything {
        self.deployment.everything().await.unwrap()
    }
}

fn ids(all: &Everything) -> Vec<&str> {
    all.pages.iter().map(|page| page.id.as_str()).collect()
}

fn shown(all: &Everything) -> Vec<(String, i64)> {
    all.pages.iter().map(|page| (page.id.clone(), page.run)).collect()
}

fn whats(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.what.as_str()).collect()
}

#[tokio::test]
async fn everything_goes_from_the_last_page_on_in_each_environment_and_says_what_it_leaves() {
    let tried = Try::made().await;
    let all = tried.all().await;
    assert_eq!(ids(&all), ["prod.file", "file", "store"], "{all:?}");
    let names: Vec<&str> = all.pages.iter().map(|page| page.page.as_str()).collect();
    assert!(names[0] != names[1], "the environment is said: {names:?}");
    assert!(!all.nothing && all.stops.is_empty(), "{all:?}");
    let removed = tried.deployment.remove_everything(&shown(&all), "try").await.unwrap();
    assert!(removed.stopped.is_empty(), "{removed:?}");
    assert_eq!(removed.gone[0], ("prod.file".to_owned(), "Removed. The history of the prod.file stays.".to_owned()));
    assert!(removed.said.starts_with("Everything that was listed is removed. The history"), "{}", removed.said);
    let all = tried.all().await;
    assert!(all.nothing && all.pages.is_empty() && all.stays.is_empty(), "{all:?}");
}

#[tokio::test]
async fn behind_a_sign_in_that_has_ended_no_page_is_asked_and_its_reason_stands_once() {
    let tried = Try::made().await;
    tried.way("access", "refused");
    let all = tried.all().await;
    assert_eq!((whats(&all.stops), ids(&all)), (vec!["The sign-in has ended."], vec![]), "{all:?}");
    assert!(!all.nothing, "nobody looked");
    assert_eq!(tried.calls(), ["access.check"]);
    // Nor is a page asked where the deployment would be deleted.
    let remains = tried.deployment.remains().await.unwrap();
    assert_eq!(remains.there.len(), 3, "as it was when it was looked at last: {remains:?}");
    assert!(remains.unknown.iter().any(|why| why.contains("The sign-in has ended.")), "{remains:?}");
    assert_eq!(tried.calls(), ["access.check"]);
}

#[tokio::test]
async fn a_fault_that_several_pages_meet_is_said_once_and_no_page_waits_for_a_person() {
    let tried = Try::made().await;
    for page in ["store", "file", "prod.file"] {
        tried.way(page, "spent");
    }
    let all = tried.all().await;
    assert_eq!(whats(&all.stops), ["The key was deleted."]);
    let calls = tried.calls();
    assert!(calls.contains(&"store.removal".to_owned()), "{calls:?}");
    assert!(!calls.iter().any(|call| call.ends_with("asking")), "{calls:?}");
}

#[tokio::test]
async fn a_page_that_could_not_tell_is_never_left_out_and_nothing_is_said_to_be_there_only_after_a_look() {
    for (way, why) in [("waiting", "Somebody has to allow it."), ("noted", "It did not answer.")] {
        let tried = Try::made().await;
        tried.way("store", way);
        let all = tried.all().await;
        assert_eq!((whats(&all.stops), all.nothing), (vec![why], false), "{way}: {all:?}");
    }
    let tried = Try::made().await;
    tried.way("store", "out of reach");
    let all = tried.all().await;
    assert!(all.stays.contains(&"Store: Nothing can be removed now.".to_owned()), "{all:?}");
    assert!(!all.nothing);
    // On another computer, which made nothing and cannot look.
    let tried = Try::new();
    tried.deployment.run("access", Work::Apply).await.unwrap();
    tried.way("store", "unseen");
    let all = tried.all().await;
    assert!(all.stays.iter().any(|stays| stays.starts_with("Store: what it made may be there.")), "{all:?}");
    assert!(all.stays.contains(&"Access: “Store” needs it and stays.".to_owned()), "{all:?}");
    assert!(!all.nothing && all.pages.is_empty(), "{all:?}");
    // Behind a page that is still to be done, nobody looked either.
    let tried = Try::new();
    tried.way("access", "to do");
    let all = tried.all().await;
    let waits = "Store: what it made may be there. It waits for “Access”, so nobody looked.".to_owned();
    assert!(all.stays.contains(&waits) && !all.nothing && all.stops.is_empty(), "{all:?}");
    // Where every page was looked at, it is known.
    tried.way("access", "");
    assert!(tried.all().await.nothing);
}

#[tokio::test]
async fn what_a_later_page_holds_goes_first_and_what_others_hold_stops_it_whatever_button_it_has() {
    let tried = Try::made().await;
    tried.way("store", "held by file");
    assert_eq!(ids(&tried.all().await), ["prod.file", "file", "store"]);
    tried.way("store", "held");
    assert_eq!(whats(&tried.all().await.stops), ["Somebody holds it."], "a button is no leave");
}

#[tokio::test]
async fn a_held_removal_changes_nothing_but_the_question() {
    let tried = Try::made_in_one().await;
    tried.way("store", "held");
    let before = ["store", "file"].map(|page| tried.state(page));
    // From the command line, and from the window by the list that was shown.
    let (standing, is_gone) = tried.deployment.remove("store").await.unwrap();
    assert!(!is_gone, "{standing:?}");
    assert_eq!(whats(&standing.removal.unwrap().stops), ["Somebody holds it."]);
    tried.deployment.confirm_removal("store", Some(0)).unwrap();
    tried.deployment.wait_for_all().await;
    assert_eq!(["store", "file"].map(|page| tried.state(page)), before);
    assert!(!tried.calls().contains(&"store.remove".to_owned()));
    let entries = tried.deployment.logbook(false).unwrap();
    for entry in &entries[..2] {
        let said = (entry.word.as_str(), entry.text.as_str());
        assert_eq!(said, ("Not removed", "Something holds it. Nothing was touched."));
    }
    // A page of which nothing is known here is not taken for removed either.
    let tried = Try::new();
    tried.deployment.run("access", Work::Apply).await.unwrap();
    tried.way("store", "held");
    assert!(!tried.deployment.remove("store").await.unwrap().1);
}

#[tokio::test]
async fn what_was_inside_goes_along_in_one_piece_and_what_stays_here_is_said() {
    let tried = Try::made_in_one().await;
    tried.deployment.remove("store").await.unwrap();
    let view = tried.deployment.view("file").unwrap();
    let said = "What this page made went with “Store”. A copy of the file stays here.".to_owned();
    assert_eq!((view.sentence, view.removable), (said, false));
    let place = tried.deployment.place("file").unwrap();
    assert!(tried.deployment.journal().open_runs(&place).unwrap().is_empty());
    assert!(tried.all().await.nothing);
    // Deleted by somebody else, it is the same: seen by the page, by the list, and where the deployment would be deleted.
    let tried = Try::made().await;
    lock(&tried.world.things).clear();
    tried.deployment.run("store", Work::Check).await.unwrap();
    let (_, said) = tried.state("prod.file");
    assert_eq!(said, "What this page made went with “Store”, which is not there any more.");
    tried.calls();
    let remains = tried.deployment.remains().await.unwrap();
    assert!(remains.there.is_empty() && remains.unknown.is_empty(), "{remains:?}");
    assert!(!tried.calls().iter().any(|call| call.starts_with("file")), "nobody looks for it");
}

#[tokio::test]
async fn a_removal_that_leaves_something_stops_there_with_its_reason() {
    let tried = Try::made().await;
    let all = tried.all().await;
    tried.way("file", "stubborn");
    let removed = tried.deployment.remove_everything(&shown(&all), "try").await.unwrap();
    assert_eq!(removed.gone.len(), 1, "{removed:?}");
    assert!(removed.stopped[0].what.contains("Still there: the file"), "{removed:?}");
    assert!(tried.world.has("store"));
}

#[tokio::test]
async fn a_removal_that_is_asked_to_stop_ends_after_the_page_that_is_at_work() {
    let tried = Try::made().await;
    let all = tried.all().await;
    // A stop from before is none of this.
    tried.deployment.stop_looking_around();
    tried.way("prod.file", "slow removal");
    let removing = tokio::spawn({
        let (deployment, shown) = (tried.deployment.clone(), shown(&all));
        async move { deployment.remove_everything(&shown, "try").await }
    });
    let began = std::time::Instant::now();
    while !lock(&tried.world.calls).contains(&"prod.file.remove".to_owned()) {
        assert!(began.elapsed() < Duration::from_secs(20), "it removes");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tried.deployment.stop_looking_around();
    let stopped = tokio::time::timeout(Duration::from_secs(20), removing).await.expect("it ends").unwrap().unwrap();
    assert_eq!(stopped.gone.len(), 1, "the page that was at work is gone: {stopped:?}");
    assert_eq!(stopped.stopped[0].severity, Severity::Warning);
    assert!(stopped.said.is_empty() && tried.world.has("file") && !tried.world.has("prod.file"), "{stopped:?}");
}

#[tokio::test]
async fn a_look_that_nobody_waits_for_any_more_ends_and_leaves_the_pages_as_they_were() {
    let tried = Try::made().await;
    tried.way("file", "slow");
    let before = tried.state("file");
    let looking = tokio::spawn({
        let deployment = tried.deployment.clone();
        async move { deployment.everything().await }
    });
    let began = std::time::Instant::now();
    while !lock(&tried.world.calls).contains(&"file.removal".to_owned()) {
        assert!(began.elapsed() < Duration::from_secs(20), "it looks");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Of the pages that make something, as they are asked: that of prod, then this one.
    assert!(tried.deployment.looking_at().unwrap().starts_with("Listing what would go: 2 of "), "it says where it is");
    tried.deployment.stop_looking_around();
    let stopped = tokio::time::timeout(Duration::from_secs(20), looking).await.expect("it ends").unwrap();
    assert!(stopped.is_err());
    assert_eq!(tried.state("file"), before);
    assert!(!tried.calls().contains(&"store.removal".to_owned()), "no other page is asked");
    tried.way("file", "");
    tried.deployment.look_around();
    assert_eq!(ids(&tried.all().await), ["prod.file", "file", "store"], "and it can be asked again");
}

#[tokio::test]
async fn what_is_only_here_and_what_was_done_by_hand_is_said_before_it_is_lost() {
    let tried = Try::made().await;
    tried.deployment.set_done_by_hand("dig", true).unwrap();
    let remains = tried.deployment.remains().await.unwrap();
    assert_eq!(remains.loses, ["A key that is only here.", "A key that is only here."], "of each environment");
    assert_eq!(remains.by_hand, "Done by hand, so Hubwright cannot remove it: Dig.");
    assert!(tried.all().await.stays.contains(&remains.by_hand));
}
