//! A deployment of the first version of the journal, opened with the real steps.

use super::Ask;
use super::opening::judge;
use crate::answers::Answers;
use crate::engine::context::MemoryVault;
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
    assert_eq!(Deployment::journal_of(&place, "roman-sit-staging").unwrap().count_done().unwrap(), 9, "it is listed");
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
    let file = Answers::read(&path).unwrap_or_else(|problems| panic!("{problems:?}"));
    let found = judge(&file, deployment, &Ask::default()).unwrap().err().unwrap_or_default();
    let locked = found.into_iter().filter(|(_, problem)| problem.what.contains("cannot change"));
    locked.map(|(step, problem)| format!("{step}.{}", problem.field.unwrap_or_default())).collect()
}

#[test]
fn a_field_that_disappears_from_the_file_does_not_get_around_its_lock() {
    let (folder, deployment) = of_the_first_version();
    let (_, was) = deployment.values(deployment.step("deployment").unwrap().as_ref()).unwrap();
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
        let view = deployment.view(step.as_ref()).unwrap();
        assert_eq!(
            view.state == StepState::Done,
            done.contains(&view.id),
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
