//! A deployment of the first version of the journal, opened with the real steps.

use super::*;
use crate::engine::context::MemoryVault;

#[test]
fn a_deployment_of_the_first_version_opens_as_it_was() {
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
