//! Several environments of one deployment, tried with steps that touch a pretended world: what is shared, what each has for
//! itself, and what an environment must not notice of another.

use super::is_like;
use crate::engine::context::MemoryVault;
use crate::engine::run::Work;
use crate::engine::schedule::Errand;
use crate::engine::shared::lock;
use crate::engine::*;
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What is there, by the name it got.
#[derive(Default)]
struct World(Mutex<BTreeMap<String, String>>);

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

/// The page that names the environments; the store that all share; the file that each has for itself.
struct Name;
struct Store;
struct File;

impl Step for Name {
    const ID: StepId = "name";
    const TITLE: &'static str = "The name";
    const SHORT: &'static str = "Name";
    const WHY: &'static str = "";
    const VERB: &'static str = "";
    const GUIDE: &'static str = "";
    const ACTS: bool = false;
    type Input = String;
    type Output = String;

    fn needs(&self) -> &'static [StepId] {
        &[]
    }
    fn form(&self, _: &Cx, _: &Values) -> Form {
        Form::of(vec![Field::text("name", "Name").default("hub"), Field::rows("more", "More").optional()])
    }
    fn parse(&self, _: &Cx, values: &Values) -> Result<String, Problems> {
        Ok(values.text("name").to_owned())
    }
    fn environments(&self, cx: &Cx) -> Vec<String> {
        std::iter::once("staging".to_owned()).chain(cx.answers::<Name>().rows("more").to_vec()).collect()
    }
    fn left_for(environment: &str, name: &String) -> Option<String> {
        (!environment.is_empty()).then(|| format!("{name}-{environment}"))
    }
    async fn check(&self, _: &Cx, input: &String) -> Result<Status<String>, Problem> {
        Ok(Status::Done(input.clone()))
    }
    async fn plan(&self, _: &Cx, _: &String) -> Result<Plan, Problem> {
        Ok(Plan::default())
    }
    async fn apply(&self, _: &Cx, input: &String) -> Result<String, Problem> {
        Ok(input.clone())
    }
    async fn remove(&self, _: &Cx, _: &String) -> Result<Leftovers, Problem> {
        Ok(Leftovers::default())
    }
}

/// A step that makes one thing, called by its id and what the page before left.
macro_rules! maker {
    ($step:ident, $id:literal, $each:literal, $needs:expr) => {
        impl Step for $step {
            const ID: StepId = $id;
            const TITLE: &'static str = concat!("The ", $id);
            const SHORT: &'static str = $id;
            const WHY: &'static str = "";
            const VERB: &'static str = "";
            const GUIDE: &'static str = "";
            const EACH: bool = $each;
            type Input = String;
            type Output = String;

            fn needs(&self) -> &'static [StepId] {
                $needs
            }
            fn form(&self, _: &Cx, _: &Values) -> Form {
                Form::of(vec![Field::text("value", "Value").default("v"), Field::secret("secret", "Secret").optional()])
            }
            fn parse(&self, _: &Cx, values: &Values) -> Result<String, Problems> {
                Ok(values.text("value").to_owned())
            }
            async fn check(&self, cx: &Cx, input: &String) -> Result<Status<String>, Problem> {
                let name = format!("{} of {}", $id, cx.need::<Name>()?);
                let there = lock(&cx.tools::<World>().0).get(&name).cloned();
                cx.there(there.iter().map(|_| name.clone()));
                let secret = cx.secret("secret").await?.and_then(|secret| secret.expose_text());
                cx.say(format!("{name} {:?}", secret.as_ref().map(|text| text.as_str())));
                Ok(if there.as_ref() == Some(input) { Status::Done(name) } else { Status::Todo })
            }
            async fn plan(&self, _: &Cx, _: &String) -> Result<Plan, Problem> {
                Ok(Plan::default())
            }
            async fn apply(&self, cx: &Cx, input: &String) -> Result<String, Problem> {
                let name = format!("{} of {}", $id, cx.need::<Name>()?);
                cx.line("makes it");
                if input == "never" {
                    cx.cancelled().await;
                    cx.go_on()?;
                }
                files::write(&cx.folder()?.join("own"), &name)?;
                cx.effect("make it", async {
                    lock(&cx.tools::<World>().0).insert(name.clone(), input.clone());
                    Ok::<_, Problem>(())
                })
                .await?;
                Ok(name)
            }
            async fn remove(&self, cx: &Cx, _: &String) -> Result<Leftovers, Problem> {
                let name = format!("{} of {}", $id, cx.need::<Name>()?);
                cx.effect("remove it", async {
                    lock(&cx.tools::<World>().0).remove(&name);
                    Ok::<_, Problem>(())
                })
                .await?;
                Ok(Leftovers::default())
            }
        }
    };
}
maker!(Store, "store", false, &["name"]);
maker!(File, "file", true, &["name", "store"]);

struct Try {
    folder: tempfile::TempDir,
    world: Arc<World>,
    vault: Arc<MemoryVault>,
}

impl Try {
    fn open(&self) -> Deployment {
        let steps: Vec<Arc<dyn AnyStep>> = vec![Arc::new(Name), Arc::new(Store), Arc::new(File)];
        let chapters = vec![Chapter { title: "All", steps, by_hand: vec![] }];
        Deployment::open(self.folder.path(), "try", chapters, self.vault.clone(), self.world.clone()).unwrap()
    }
    fn there(&self) -> Vec<String> {
        lock(&self.world.0).keys().cloned().collect()
    }
}

/// A deployment with everything applied in its first environment, and then in `prod`.
async fn two() -> (Try, Deployment) {
    let tried = Try { folder: tempfile::tempdir().unwrap(), world: Arc::default(), vault: Arc::default() };
    let deployment = tried.open();
    applied(&deployment, &["name", "store", "file"]).await;
    deployment.edit("name", "more", vec!["prod".to_owned()].into()).unwrap();
    applied(&deployment, &["name", "prod.file"]).await;
    (tried, deployment)
}

async fn applied(deployment: &Deployment, keys: &[&str]) {
    for key in keys {
        let standing = deployment.run(*key, Work::Apply).await.unwrap();
        assert_eq!(standing.state, StepState::Done, "{key}: {standing:?}");
    }
}

fn state(deployment: &Deployment, key: &str) -> StepState {
    deployment.standing(key).unwrap().state
}

#[tokio::test]
async fn an_environment_more_has_its_own_steps_and_those_of_the_first_stay_done() {
    let (tried, deployment) = two().await;
    let keys: Vec<String> = deployment.places().unwrap().iter().map(Place::key).collect();
    assert_eq!(keys, ["name", "store", "file", "prod.file"]);
    assert_eq!(tried.there(), ["file of hub", "file of hub-prod", "store of hub"], "the shared one is there once");
    for key in keys {
        assert_eq!(state(&deployment, &key), StepState::Done, "{key}: nothing it rests on changed");
    }
    assert_eq!(deployment.view("prod.file").unwrap().environment.as_deref(), Some("prod"));
    assert_eq!(deployment.view("file").unwrap().environment.as_deref(), Some("staging"));
    assert_eq!(deployment.view("store").unwrap().environment, None);
}

#[tokio::test]
async fn answers_secrets_folders_and_logs_of_two_environments_are_two() {
    let (tried, deployment) = two().await;
    deployment.edit("prod.file", "value", "w".into()).unwrap();
    assert_eq!((state(&deployment, "file"), state(&deployment, "prod.file")), (StepState::Done, StepState::Look));
    for (key, secret) in [("file", "one"), ("prod.file", "two")] {
        deployment.set_secret(key, "secret", Secret::from(secret.to_owned())).await.unwrap();
    }
    applied(&deployment, &["file", "prod.file"]).await;
    for (key, name, secret) in [("file", "file of hub", "one"), ("prod.file", "file of hub-prod", "two")] {
        let place = deployment.place(key).unwrap();
        let kept = tried.vault.read(&deployment.shared().secret_key(&place, "secret")).await.unwrap().unwrap();
        assert_eq!(kept.expose(), secret.as_bytes(), "{key}");
        let own = files::read_text(&tried.folder.path().join("steps").join(key).join("own")).unwrap();
        assert_eq!(own, name);
        assert!(files::exists(&deployment.shared().log_file(&place)), "{key}");
    }
    assert_ne!(deployment.shared().log_file(&Place::shared("file")), {
        deployment.shared().log_file(&deployment.place("prod.file").unwrap())
    });
}

#[tokio::test]
async fn all_that_runs_is_stopped_in_every_environment() {
    let (_tried, deployment) = two().await;
    for key in ["file", "prod.file"] {
        deployment.edit(key, "value", "never".into()).unwrap();
        deployment.start(key, Work::Apply).unwrap();
    }
    let running = |key: &str| deployment.view(key).unwrap().state == StepState::Running;
    assert!(running("file") && running("prod.file"));
    deployment.cancel_all();
    let ended = async {
        while running("file") || running("prod.file") {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), ended).await.expect("both end");
}

#[tokio::test]
async fn what_all_share_counts_for_each_and_nothing_of_one_counts_for_another() {
    let (_tried, deployment) = two().await;
    deployment.edit("store", "value", "w".into()).unwrap();
    for key in ["file", "prod.file"] {
        assert_eq!(state(&deployment, key), StepState::Look, "{key} rests on the store");
        let refused = deployment.run(key, Work::Apply).await.unwrap_err();
        assert!(refused.fix.contains("The store"), "{refused:?}");
    }
    let errand = Errand::of(&[Work::Check, Work::Apply]);
    let mut order = vec![];
    let all = deployment.places().unwrap();
    deployment.run_all(&all, &errand, |place, _| order.push(place.key())).await.unwrap();
    assert_eq!(order[..2], ["name", "store"]);
    assert_eq!(order.len(), 4, "{order:?}");
}

#[tokio::test]
async fn removing_one_leaves_the_other_and_what_is_shared_goes_last() {
    let (tried, deployment) = two().await;
    let refused = deployment.run("store", Work::Remove).await.unwrap_err();
    assert!(refused.what.contains("“file” of staging") && refused.what.contains("“file” of prod"), "{refused:?}");
    deployment.run("prod.file", Work::Remove).await.unwrap();
    assert_eq!(tried.there(), ["file of hub", "store of hub"]);
    assert_eq!(state(&deployment, "file"), StepState::Done);
    assert!(deployment.run("store", Work::Remove).await.is_err(), "staging has something on it");
    deployment.run("file", Work::Remove).await.unwrap();
    deployment.run("store", Work::Remove).await.unwrap();
    assert!(tried.there().is_empty());
}

#[tokio::test]
async fn one_that_was_taken_off_the_list_stays_in_sight_until_nothing_of_it_is_there() {
    let (_tried, deployment) = two().await;
    deployment.edit("name", "more", Vec::<String>::new().into()).unwrap();
    assert_eq!(deployment.environments().unwrap(), ["staging", "prod"], "it has a file");
    deployment.run("name", Work::Check).await.unwrap();
    deployment.run("prod.file", Work::Remove).await.unwrap();
    assert_eq!(deployment.environments().unwrap(), ["staging"]);
}

#[tokio::test]
async fn the_page_and_the_environment_that_are_shown_are_kept() {
    let (tried, deployment) = two().await;
    let shown = |deployment: &Deployment| {
        let (snapshot, _) = deployment.subscribe().unwrap();
        (snapshot.page.unwrap_or_default(), snapshot.context.environment)
    };
    deployment.visit("prod.file").unwrap();
    assert_eq!(shown(&deployment), (String::new(), "prod".to_owned()), "all is done: nothing is next");
    deployment.run("prod.file", Work::Remove).await.unwrap();
    deployment.run("file", Work::Remove).await.unwrap();
    assert_eq!(shown(&deployment), ("prod.file".to_owned(), "prod".to_owned()), "in the middle of a page, that one");
    deployment.visit("store").unwrap();
    assert_eq!(shown(&deployment), ("file".to_owned(), "prod".to_owned()), "that page is done: the first that is not");
    drop(deployment);
    let deployment = tried.open();
    assert_eq!(shown(&deployment), ("file".to_owned(), "prod".to_owned()), "a shared page changes no environment");
    deployment.show("staging").unwrap();
    assert_eq!(shown(&deployment).1, "staging");
    assert!(deployment.show("prd").is_err());
}

#[tokio::test]
async fn a_key_that_names_no_place_says_which_do() {
    let (_tried, deployment) = two().await;
    for (key, fix) in [
        ("prd.file", "Write `prod.file`"),
        ("PROD.file", "Write `prod.file`"),
        ("staging.file", "Write `file`"),
        ("prod.store", "Write `store`"),
        ("test.file", "Use `prod`"),
        ("prod.fil", "`file`"),
        ("fil", "`file`"),
    ] {
        let problem = deployment.place(key).unwrap_err();
        assert!(problem.fix.contains(fix), "{key}: {problem:?}");
    }
}

#[test]
fn a_name_is_like_another_within_one_letter() {
    for near in ["prod", "Prod", "prd", "prodd", "prop", "rod"] {
        assert!(is_like("prod", near), "{near}");
    }
    for far in ["pd", "staging", "production", "dorp", ""] {
        assert!(!is_like("prod", far), "{far}");
    }
}
