//! The cards of the first page, and another deployment like one that is there.

use super::*;
use crate::engine::context::MemoryVault;
use crate::engine::journal::{End, Shown};
use crate::engine::run::Work;
use crate::engine::view::Mark;
use crate::engine::{Field, Kind, Secret, View};
use crate::steps::account::Kind as Access;
use crate::steps::route53::Dns;
use crate::tools::Tools;

#[tokio::test]
async fn another_one_like_it_is_told_of_the_institution_and_the_account_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path().join("home")).unwrap();
    let open = |id: &str| {
        let tools = Arc::new(Tools::new(home.clone(), "hubwright".into()));
        let vault = Arc::new(MemoryVault::default());
        Deployment::open(&home.deployment(id), id, wizard::chapters(), vault, tools).unwrap()
    };
    let old = open("hub");
    let told = [
        (Naming::ID, "name", "roman-sit"),
        (Naming::ID, "user", "an-iam-user"),
        (Naming::ID, "zone", "hubs.example.org"),
        (Account::ID, "kind", "keys"),
        (Account::ID, "access_key_id", "AKIAIOSFODNN7EXAMPLE"),
        ("mast", "client_id", "of-the-old-one"),
    ];
    for (step, field, value) in told {
        old.edit(step, field, value.into()).unwrap();
    }
    let own = [
        (Naming::ID, "host", Value::from("hub.hubs.example.org")),
        (Naming::ID, "environments", vec!["prod".to_owned()].into()),
        (Account::ID, "keep_name", true.into()),
        (Account::ID, "new_key", true.into()),
    ];
    for (step, field, value) in own.clone() {
        old.edit(step, field, value).unwrap();
    }
    old.set_secret(Account::ID, "secret_access_key", Secret::from("canary".to_owned())).await.unwrap();
    let new = open("hub-2");
    take_over(&old.shared().journal, &new).unwrap();
    let of = |step, field: &str| new.shared().journal.answers(&Place::shared(step)).unwrap().0.get(field).cloned();
    for (step, field, value) in &told[1..5] {
        assert_eq!(of(step, field), Some(Value::from(*value)), "{field}");
    }
    assert_eq!(of(Naming::ID, "name"), None, "its name is its own");
    assert_eq!(of(Account::ID, "secret_access_key"), None, "and so are its secrets");
    assert_eq!(of("mast", "client_id"), None, "and the rest");
    for (step, field, _) in own {
        assert_eq!(of(step, field), None, "{field} is for the old one");
    }
    for step in old.steps() {
        let (form, _) = old.values(step.about().id).unwrap();
        let allows = |field: &&Field| field.copied && matches!(field.kind, Kind::Switch | Kind::Secret { .. });
        assert_eq!(form.fields.iter().find(allows), None, "no page copies leave to do something, or a secret");
    }
}

#[test]
fn a_deployment_is_finished_once_what_is_done_by_hand_is_too_and_its_card_says_what_is_next() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path().join("home")).unwrap();
    let journal = Journal::open(&home.deployment("one")).unwrap();
    let answer = |step, field: &str, value| journal.put_answer(&Place::shared(step), field, &value).unwrap();
    answer(Naming::ID, "name", "one".into());
    answer(Naming::ID, "environments", vec!["prod".to_owned()].into());
    answer(Account::ID, Access::FIELD, "profile".into());
    let environments = |each| if each { &["", "prod"][..] } else { &[""] };
    let done = |is_dns: bool| {
        let chapters = wizard::chapters();
        let steps = chapters.iter().flat_map(|chapter| &chapter.steps).map(|step| step.about());
        for about in steps.filter(|about| (about.id == Dns::ID) == is_dns) {
            for environment in environments(about.each) {
                let place = Place { environment: (*environment).to_owned(), step: about.id };
                let run = journal.begin_run(&place, Work::Check, "").unwrap();
                let (outcome, shown, acting) = (Outcome::Done, Shown::default(), String::new());
                let end = End { outcome, output: None, shown, settles: true, acting, along: vec![] };
                journal.end_run(&place, run, &end).unwrap();
            }
        }
    };
    let now = || known(&home, "one".into());
    let next = || now().lines.into_iter().map(|line| line.text).find(|text| text.starts_with("Next"));
    done(false);
    assert_eq!(next().as_deref(), Some("Next, by hand: Machine"), "the first that is not done");
    for hand in wizard::chapters().iter().flat_map(|chapter| &chapter.by_hand).take_while(|hand| hand.id != "deploy") {
        journal.put_done_by_hand(hand.id, "", true).unwrap();
    }
    assert_eq!(next().as_deref(), Some("Next, by hand: Install the hub"));
    journal.put_done_by_hand("deploy", "prod", true).unwrap();
    assert_eq!(next().as_deref(), Some("Next: Web address"), "that of prod");
    done(true);
    assert_eq!((next().as_deref(), now().finished), (Some("Next, by hand: Install the hub"), false), "in staging");
    let pages = now().done;
    for environment in environments(true) {
        let place = Place { environment: (*environment).to_owned(), step: Requests::ID };
        for field in ["requirements_here", "tester_here"] {
            journal.put_answer(&place, field, &true.into()).unwrap();
        }
        let certificate = Place { step: Certificate::ID, ..place };
        journal.put_answer(&certificate, "files", &vec!["hub.pem".to_owned()].into()).unwrap();
    }
    assert_eq!(now().done, pages + 2, "Requests is ticked once everything is here");
    for hand in wizard::chapters().iter().flat_map(|chapter| &chapter.by_hand) {
        environments(hand.each).iter().for_each(|at| journal.put_done_by_hand(hand.id, at, true).unwrap());
    }
    assert_eq!((now().finished, now().done), (true, now().steps));
    // What was ticked in an environment that is not listed any more stands for nothing.
    journal.put_done_by_hand("proof", "", false).unwrap();
    answer(Naming::ID, "environments", Vec::<String>::new().into());
    assert!(!now().finished);
    answer(Account::ID, Access::FIELD, "practice".into());
    assert!(now().finished, "nothing is done by hand in practice");
}

#[test]
fn a_card_invites_nobody_to_make_again_what_was_just_removed() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path().join("home")).unwrap();
    let journal = Journal::open(&home.deployment("one")).unwrap();
    let end = |step, outcome, sentence: &str, there: &[&str]| {
        let place = Place::shared(step);
        let run = journal.begin_run(&place, Work::Remove, "").unwrap();
        let there = there.iter().map(|thing| (*thing).to_owned()).collect();
        let shown = Shown { sentence: sentence.to_owned(), there, ..Shown::default() };
        let end = End { outcome, output: None, shown, settles: true, acting: String::new(), along: vec![] };
        journal.end_run(&place, run, &end).unwrap();
    };
    let card = || {
        let known = known(&home, "one".into());
        (known.removed, known.lines.into_iter().map(|line| line.text).next_back().unwrap_or_default())
    };
    assert!(!card().0, "nothing was made yet: {:?}", card());
    end("secrets_store", Outcome::Removed, "Removed. Its key is deleted for good on 29 Dec.", &[]);
    end("architects", Outcome::Remains, "Not everything was removed.", &["a group"]);
    assert!(!card().0 && card().1.starts_with("Next"), "a group is there: {:?}", card());
    end("architects", Outcome::Removed, "Removed.", &[]);
    assert_eq!(card(), (true, "Everything it made is removed. Its key is deleted for good on 29 Dec.".to_owned()));
}

#[tokio::test]
async fn an_open_is_stopped_before_it_waits_while_it_does_and_as_it_ends_and_the_next_one_is_not() {
    let before = Opening::default();
    before.stop.cancel();
    assert_eq!(before.unless_stopped(async { Ok(1) }).await.unwrap(), None, "pressed before anything waited");
    let during = Opening::default();
    let stop = during.stop.clone();
    let work = async {
        stop.cancel();
        std::future::pending::<Result<i32, Problem>>().await
    };
    assert_eq!(during.unless_stopped(work).await.unwrap(), None);
    let late = Opening::default();
    let stop = late.stop.clone();
    let work = async {
        stop.cancel();
        Ok(1)
    };
    assert_eq!(late.unless_stopped(work).await.unwrap(), None);
    assert_eq!(Opening::default().unless_stopped(async { Ok(1) }).await.unwrap(), Some(1));
}

#[tokio::test]
async fn one_that_was_begun_and_never_shown_leaves_no_folder_and_its_id_is_free_again() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path().join("home")).unwrap();
    let tools = Arc::new(Tools::new(home.clone(), "hubwright".into()));
    let id = home.new_id("hub").unwrap();
    let begun = Mutex::new(Some(id.clone()));
    let open = || {
        let vault = Arc::new(MemoryVault::default());
        Deployment::open(&home.deployment(&id), &id, wizard::chapters(), vault, tools.clone())
    };
    open().unwrap().edit(Account::ID, Access::FIELD, "practice".into()).unwrap();
    leave_nothing(&begun, "another", open).await.unwrap();
    assert!(home.deployment(&id).exists(), "only the one that was begun");
    leave_nothing(&begun, &id, open).await.unwrap();
    assert!(!home.deployment(&id).exists());
    assert_eq!(home.new_id("hub").unwrap(), id);
    open().unwrap();
    leave_nothing(&begun, &id, open).await.unwrap();
    assert!(home.deployment(&id).exists(), "once it was shown it stays");
}

#[tokio::test]
async fn names_that_another_deployment_has_get_no_tick_however_well_they_fit() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path().join("home")).unwrap();
    let open = |id: &str| {
        let tools = Arc::new(Tools::new(home.clone(), "hubwright".into()));
        let vault = Arc::new(MemoryVault::default());
        let deployment = Deployment::open(&home.deployment(id), id, wizard::chapters(), vault, tools).unwrap();
        for (field, value) in [("name", "roman-sit"), ("user", "an-iam-user"), ("zone", "hubs.example.org")] {
            deployment.edit(Naming::ID, field, value.into()).unwrap();
        }
        deployment
    };
    let has_ticks = |deployment: &Deployment| {
        let views = deployment.view(Naming::ID).unwrap().views;
        let names =
            views.into_iter().find_map(|view| if let View::Names { names, .. } = view { Some(names) } else { None });
        names.unwrap().iter().any(|name| name.mark == Mark::Good)
    };
    let first = open("hub");
    assert!(has_ticks(&first));
    first.run(Naming::ID, Work::Check).await.unwrap();
    let second = open("hub-2");
    assert!(!has_ticks(&second), "both would use the same roles");
    assert!(has_ticks(&first), "its own name is not taken");
    // A name that was refused is nobody's name, neither on its card nor above its pages.
    second.run(Naming::ID, Work::Check).await.unwrap();
    let names = |deployment: &Deployment, id: &str| (deployment.context().unwrap().name, known(&home, id.into()).name);
    assert_eq!(names(&second, "hub-2"), (String::new(), String::new()));
    second.edit(Naming::ID, "name", "roman-two".into()).unwrap();
    assert!(has_ticks(&second));
    second.run(Naming::ID, Work::Check).await.unwrap();
    second.edit(Naming::ID, "name", "Roman SIT!".into()).unwrap();
    assert_eq!(names(&second, "hub-2"), ("roman-two".to_owned(), "roman-two".to_owned()), "the one that was accepted");
}
