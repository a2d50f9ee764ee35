//! A deployment of the first version of the journal, opened with the real steps.

use super::Ask;
use super::opening::judge;
use crate::answers::Answers;
use crate::engine::context::MemoryVault;
use crate::engine::journal::Outcome;
use crate::engine::run::Work;
use crate::engine::{Deployment, Place, StepState, files};
use crate::tools::Tools;
use crate::tools::home::Home;
use crate::wizard;
use std::path::PathBuf;
use std::sync::Arc;

fn of_the_first_version() -> (tempfile::TempDir, Deployment) {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path().to_owned()).unwrap();
    let place = home.deployment("roman-sit-staging");
    files::private_folder(&place).unwrap();
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/journal-v1.sqlite");
    files::write(&place.join("journal.sqlite"), files::read(fixture.as_ref()).unwrap()).unwrap();
    let journal = Deployment::journal_of(&place, "roman-sit-staging").unwrap();
    let verdict = |id| journal.verdict(&Place::shared(id)).unwrap().and_then(|run| run.outcome);
    let done = wizard::ids().into_iter().filter(|id| verdict(id) == Some(Outcome::Done)).count();
    assert_eq!(done, 9, "it is listed");
    let tools = Arc::new(Tools::new(home, PathBuf::new()));
    let vault = Arc::new(MemoryVault::default());
    let deployment = Deployment::open(&place, "roman-sit-staging", wizard::chapters(), vault, tools).unwrap();
    (folder, deployment)
}

/// What of the file's judgement says that something cannot change.
fn locked(deployment: &Deployment, folder: &std::path::Path, table: &str) -> Vec<String> {
    let path = folder.join("answers.toml");
    files::write(&path, format!("version = 1\n[deployment]\n{table}[architects]\nusers = [\"an-iam-user\"]\n"))
        .unwrap();
    let file = Answers::read(&path, &wizard::ids(), &[]).unwrap_or_else(|problems| panic!("{problems:?}"));
    let found = judge(&file, deployment, &Ask::default()).unwrap().err().unwrap_or_default();
    let locked = found.into_iter().filter(|(_, problem)| problem.what.contains("cannot change"));
    locked.map(|(step, problem)| format!("{step}.{}", problem.field.unwrap_or_default())).collect()
}

#[test]
fn a_field_that_disappears_from_the_file_does_not_get_around_its_lock() {
    let (folder, deployment) = of_the_first_version();
    let (_, was) = deployment.values("deployment").unwrap();
    let line = |field: &str| format!("{field} = \"{}\"\n", was.text(field));
    let all = ["name", "environment", "user", "region", "zone", "site"].map(line).concat();
    assert!(locked(&deployment, folder.path(), &all).is_empty(), "it says what was made");
    let without = all.replace(&line("name"), "");
    assert_eq!(locked(&deployment, folder.path(), &without), ["deployment.name"]);
    deployment.keep_only("deployment", &["user"]).unwrap();
    let kept = deployment.shared().journal.answers(&Place::shared("deployment")).unwrap();
    assert_eq!(kept.text("name"), "roman-sit", "what is locked stays entered");
}

#[test]
fn a_deployment_of_the_first_version_opens_as_it_was() {
    let (_folder, deployment) = of_the_first_version();
    assert_eq!(deployment.environments().unwrap(), ["staging"], "it has one environment");
    let keys: Vec<String> = deployment.places().unwrap().iter().map(Place::key).collect();
    assert_eq!(keys, wizard::ids(), "whose steps go by the names they had");
    let done = [
        "deployment",
        "account",
        "tools",
        "requests",
        "deploy_roles",
        "architects",
        "secrets_setup_role",
        "secrets_store",
        "dns",
    ];
    for step in deployment.steps() {
        let view = deployment.view(step.about().id).unwrap();
        assert_eq!(
            view.state == StepState::Done,
            done.contains(&view.id.as_str()),
            "{}: {} {}",
            view.id,
            view.sentence,
            view.progress
        );
    }
    let locked = deployment.edit("deployment", "name", "another".into()).unwrap_err();
    assert!(locked.what.contains("cannot change"), "what was made carries the name: {locked:?}");
    deployment.edit("architects", "users", vec!["somebody".to_owned()].into()).unwrap();
    assert_eq!(deployment.standing("architects").unwrap().state, StepState::Look, "it rests on the answers of then");
}

#[tokio::test]
async fn an_environment_more_leaves_everything_of_a_deployment_of_before_done() {
    let (_folder, deployment) = of_the_first_version();
    let done = || {
        let standings = deployment.standings().unwrap();
        let done = standings.iter().filter(|(_, standing)| standing.state == StepState::Done);
        done.map(|(place, _)| place.key()).collect::<Vec<_>>()
    };
    let before = done();
    deployment.edit("deployment", "environments", vec!["prod".to_owned()].into()).unwrap();
    let named = deployment.run("deployment", Work::Check).await.unwrap();
    assert_eq!(named.state, StepState::Done, "{named:?}");
    assert_eq!(done(), before, "nothing that it rests on is another");
    let more: Vec<String> =
        deployment.places().unwrap().iter().map(Place::key).filter(|key| key.contains('.')).collect();
    assert_eq!(more, ["prod.requests", "prod.certificate", "prod.mast", "prod.hub_secrets", "prod.dns"]);
}

#[tokio::test]
async fn people_are_asked_once_and_the_pages_after_it_follow_unless_they_name_their_own() {
    let (_folder, deployment) = of_the_first_version();
    let named = |step: &str| deployment.values(step).unwrap().1.rows("users").to_vec();
    let (_, mut events) = deployment.subscribe().unwrap();
    assert_eq!(named("secrets_store"), ["an-iam-user"], "by default whoever sets it up");
    let two = vec!["an-iam-user".to_owned(), "colleague".to_owned()];
    deployment.edit("deploy_roles", "users", two.clone().into()).unwrap();
    assert_eq!(named("secrets_setup_role"), two);
    assert_eq!(named("secrets_store"), two);
    assert_eq!(named("architects"), ["an-iam-user"], "what was entered there stays");
    let asked = |step: &str| deployment.view(step).unwrap().form.field("users").unwrap().known.is_none();
    assert!(asked("deploy_roles") && !asked("architects") && !asked("secrets_store"), "it is asked on one page");
    // A page that does not need that one is told all the same.
    let mut told = vec![];
    while let Ok(event) = events.try_recv() {
        told.push(event.step);
    }
    assert!(told.contains(&"secrets_setup_role".to_owned()), "{told:?}");
}

#[test]
fn a_step_is_meant_in_the_environment_that_is_named_beside_it() {
    let (folder, deployment) = of_the_first_version();
    let path = folder.path().join("answers.toml");
    let (_, was) = deployment.values("deployment").unwrap();
    let line = |field: &str| format!("{field} = \"{}\"\n", was.text(field));
    let named = ["name", "environment", "user", "region", "zone", "site"].map(line).concat();
    files::write(&path, format!("version = 1\n[deployment]\nenvironments = [\"prod\"]\n{named}")).unwrap();
    let file = Answers::read(&path, &wizard::ids(), &[]).unwrap_or_else(|problems| panic!("{problems:?}"));
    let wanted = |only: &str, environment: &str| {
        let ask = Ask { only: Some(only.into()), environment: Some(environment.into()), ..Ask::default() };
        let found = judge(&file, &deployment, &ask).unwrap();
        found
            .map(|(wanted, _)| wanted.iter().map(Place::key).collect::<Vec<_>>())
            .map_err(|problems| problems[0].0.clone())
    };
    assert_eq!(wanted("requests", "prod"), Ok(vec!["prod.requests".to_owned()]));
    assert_eq!(wanted("prod.requests", "prod"), Ok(vec!["prod.requests".to_owned()]));
    assert_eq!(wanted("requests", "staging"), Ok(vec!["requests".to_owned()]));
    assert_eq!(wanted("prod.requests", "staging"), Err("--only".to_owned()));
    assert_eq!(wanted("deployment", "prod"), Ok(vec!["deployment".to_owned()]), "what all share");
}
