//! The contract of a step, for every step of the list: check and plan only read; applying twice is applying once;
//! afterwards check says Done; a removal is undone by applying; a fault at any call leaves a problem with a fix, and
//! applying again ends well. A new step is held to it for nothing.

#![allow(clippy::disallowed_methods, reason = "a test reads the log as a person would")]

mod support;

use hubwright::engine::context::MemoryVault;
use hubwright::engine::run::Work;
use hubwright::engine::view::{Asked, Card, Mark, Reached};
use hubwright::engine::{
    Deployment, Kind, Problem, Secret, Severity, Standing, StepId, StepState, StepView, Value, View,
};
use hubwright::practice;
use hubwright::tools::Tools;
use hubwright::tools::home::Home as Folder;
use hubwright::wizard;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use support::{Home, PROGRAM};

async fn open(home: &Home) -> Deployment {
    home.start_practice();
    let folder = Folder::at(home.path().to_owned()).unwrap();
    let tools = Arc::new(Tools::new(folder.clone(), PathBuf::from(PROGRAM)));
    tools.set_practice(practice::known(&folder).await);
    let path = folder.deployment("contract");
    let deployment =
        Deployment::open(&path, "contract", wizard::chapters(), Arc::new(MemoryVault::default()), tools).unwrap();
    let enter = |step: &str, field: &str, value: Value| deployment.edit(step, field, value).unwrap();
    enter("deployment", "name", "roman-sit".into());
    enter("deployment", "user", "an-iam-user".into());
    enter("dns", "target", "abc-123.us-east-1.elb.amazonaws.com".into());
    support::certificates(home.path(), "roman-sit.science.stsci.edu");
    enter("certificate", "files", files(home));
    enter("mast", "client_id", "464f261c10bf04a8".into());
    deployment.set_secret("mast", "client_secret", Secret::from("a-client-secret".to_owned())).await.unwrap();
    deployment
}

/// The key and the certificates of `open`.
fn files(home: &Home) -> Value {
    ["chain.pem", "hub.key", "hub.crt"].map(|name| home.path().join(name).display().to_string()).to_vec().into()
}

/// As `open`, with all done that the first module rests on.
async fn begun(home: &Home) -> Deployment {
    let deployment = open(home).await;
    for id in ["deployment", "account", "tools"] {
        done(&deployment.run(id, Work::Apply).await.unwrap(), id);
    }
    deployment
}

/// A step's page once nothing runs on it.
fn stopped(deployment: &Deployment, id: StepId) -> StepView {
    let view = || deployment.view(id).unwrap();
    support::wait("the step to stop", 120, || Some(view()).filter(|view| view.state != StepState::Running))
}

fn ids(deployment: &Deployment) -> Vec<StepId> {
    deployment.steps().map(|step| step.about().id).collect()
}

fn calls(home: &Home) -> Vec<(String, String)> {
    let calls: Vec<Json> = serde_json::from_str(&home.gateway("GET", "calls", "")).unwrap();
    home.gateway("DELETE", "calls", "");
    let text = |call: &Json, key: &str| call[key].as_str().unwrap().to_owned();
    calls.iter().map(|call| (text(call, "service"), text(call, "action"))).collect()
}

fn writes(calls: &[(String, String)]) -> Vec<String> {
    // Acting as a role, decrypting and pulling change nothing.
    let reads = ["Get", "List", "Describe", "Simulate", "AssumeRole", "Decrypt", "GitPull"];
    calls
        .iter()
        .filter(|(_, action)| !reads.iter().any(|read| action.starts_with(read)))
        .map(|(s, a)| format!("{s}:{a}"))
        .collect()
}

fn done(record: &Standing, what: &str) {
    assert_eq!(record.state, StepState::Done, "{what}: {} {:?}", record.sentence, record.problems);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_keeps_the_contract() {
    let home = Home::new();
    let deployment = open(&home).await;
    for id in ids(&deployment) {
        let acts = deployment.step(id).unwrap().about().acts;
        calls(&home);
        let before = deployment.run(id, Work::Check).await.unwrap();
        assert_eq!(writes(&calls(&home)), Vec::<String>::new(), "{id}: check only reads");
        assert!(!acts || before.state != StepState::Done, "{id} is not done before it was applied");
        let planned = deployment.run(id, Work::Plan).await.unwrap();
        assert_eq!(writes(&calls(&home)), Vec::<String>::new(), "{id}: plan only reads");
        let costs = planned.plan.as_ref().is_some_and(|plan| plan.cost.starts_with("Nothing"));
        assert!(costs, "{id}: nothing costs in practice: {:?}", planned.plan);
        let plan = planned.plan.unwrap_or_else(|| panic!("{id} has a plan: {:?}", planned.problems));
        assert!(!plan.summary.is_empty() && !plan.undo.is_empty() && !plan.cost.is_empty(), "{id}: a plan says it all");
        done(&deployment.run(id, Work::Apply).await.unwrap(), &format!("{id} after apply"));
        calls(&home);
        done(&deployment.run(id, Work::Apply).await.unwrap(), &format!("{id} applied twice"));
        assert_eq!(writes(&calls(&home)), Vec::<String>::new(), "{id}: applying twice is applying once");
        done(&deployment.run(id, Work::Check).await.unwrap(), &format!("{id} checked after apply"));
    }
    support::assert_world(&home);
    for id in ids(&deployment).into_iter().rev() {
        let removed = deployment.run(id, Work::Remove).await.unwrap();
        assert_eq!(removed.state, StepState::Todo, "{id} is removed: {:?}", removed.problems);
    }
    let left = home.boto3("print(json.dumps([len(iam.list_groups()['Groups']), len(iam.list_roles()['Roles']), len(iam.list_policies(Scope='Local')['Policies'])]))");
    assert_eq!(left, json!([0, 0, 0]), "nothing of ours stays in the account");
    let remains = deployment.remains().await.unwrap();
    assert!(remains.there.is_empty() && remains.unknown.is_empty(), "what was removed does not remain: {remains:?}");
    for id in ids(&deployment) {
        done(&deployment.run(id, Work::Apply).await.unwrap(), &format!("{id} applied after it was removed"));
    }
    support::assert_world(&home);
}

/// Pages whose runs take half a minute each, for Terraform.
const SLOW: [&str; 3] = ["deploy_roles", "secrets_setup_role", "secrets_store"];

/// Applies the list, and tries every call of each step with a fault. Of the three modules, which the same lines apply, the
/// last one stands for all, as it is applied by a role and uses three services; `./dev sweep` tries each.
#[tokio::test(flavor = "multi_thread")]
async fn a_fault_at_any_call_says_what_to_do_and_again_ends_well() {
    let home = Home::new();
    let deployment = open(&home).await;
    let without = Mutex::default();
    for id in ids(&deployment) {
        calls(&home);
        done(&deployment.run(id, Work::Apply).await.unwrap(), id);
        let made = calls(&home);
        if !SLOW[..2].contains(&id) || support::sweeps() {
            Faults { home: &home, deployment: &deployment, id, without: &without }.each(&made).await;
        }
    }
    let without = without.into_inner().unwrap();
    let known = DONE_WITHOUT.iter().map(|call| (*call).to_owned()).collect();
    assert_eq!(without, known, "calls that pages do without");
}

/// Calls that pages do without where one fails: what they offer or warn of is left out, or it is asked again. Of users it is
/// asked after a removal too, for rights that only the next apply needs.
const DONE_WITHOUT: &[&str] = &[
    "codecommit:GitPull",
    "ec2:DescribeRegions",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListUsers",
    "iam:SimulatePrincipalPolicy",
    "kms:ListKeys",
    "sts:GetCallerIdentity",
];

struct Faults<'a> {
    /// The calls without which the work ended well.
    without: &'a Mutex<BTreeSet<String>>,
    home: &'a Home,
    deployment: &'a Deployment,
    id: StepId,
}

impl Faults<'_> {
    /// Each call of a check, a plan, an apply and a removal of a step that is done, whose making called `made`.
    async fn each(&self, made: &[(String, String)]) {
        let looked = self.met(Work::Check).await;
        for call in &looked {
            self.fault(Work::Check, call).await;
            done(&self.run(Work::Check).await, &format!("{} checked again after a fault at {call:?}", self.id));
        }
        let acts = !writes(made).is_empty();
        let removing = if acts { self.met(Work::Remove).await } else { BTreeSet::new() };
        // What a check met already is the same look at the account.
        for call in self.met(Work::Plan).await.difference(&looked) {
            self.fault(Work::Plan, call).await;
        }
        if !acts {
            for call in &looked {
                self.fault(Work::Apply, call).await;
                done(&self.run(Work::Apply).await, &format!("{} again after a fault at {call:?}", self.id));
            }
            return;
        }
        let making = self.met(Work::Apply).await;
        assert!(!removing.is_empty() && !making.is_empty(), "{}: removing and making call something", self.id);
        if SLOW.contains(&self.id) {
            self.all_writes(Work::Remove, removing).await;
            self.all_writes(Work::Apply, making).await;
            return;
        }
        let (removing, making) = (Vec::from_iter(removing), Vec::from_iter(making));
        // One round tries a call of each, since what was removed must be made again anyway.
        for at in 0..removing.len().max(making.len()) {
            if let Some(call) = removing.get(at) {
                self.fault(Work::Remove, call).await;
            }
            let removed = self.run(Work::Remove).await;
            assert_eq!(removed.state, StepState::Todo, "{} is removed: {:?}", self.id, removed.problems);
            if let Some(call) = making.get(at) {
                self.fault(Work::Apply, call).await;
            }
            done(&self.run(Work::Apply).await, &format!("{} again, round {at} of {making:?}", self.id));
        }
    }

    /// Each write of Terraform fails once; its reads are its own business. It goes on with what does not hang on a call that
    /// failed, so all faults are set at once, and the work is begun again until it ends well: a run takes half a minute.
    async fn all_writes(&self, work: Work, calls: BTreeSet<(String, String)>) {
        let calls: Vec<_> = calls.into_iter().filter(|call| !writes(std::slice::from_ref(call)).is_empty()).collect();
        assert!(!calls.is_empty(), "{} {work:?} writes something", self.id);
        calls.iter().for_each(|call| self.told_to_fail(call));
        let mut refused = 0;
        loop {
            let record = self.run(work).await;
            if self.ended_well(work, &record) {
                break;
            }
            refused += 1;
            let what = format!("{} {work:?}, refused {refused} times of {calls:?}", self.id);
            assert!(record.problems.iter().any(|problem| !problem.fix.is_empty()), "{what} says what to do");
            assert!(refused <= calls.len(), "{what} ends well: {:?}", record.problems);
        }
        assert!(refused > 0, "{} {work:?} ran into a fault", self.id);
        self.home.faults_met(&format!("{} {work:?}", self.id));
    }

    async fn run(&self, work: Work) -> Standing {
        self.deployment.run(self.id, work).await.unwrap()
    }

    /// What this work calls.
    async fn met(&self, work: Work) -> BTreeSet<(String, String)> {
        calls(self.home);
        let record = self.run(work).await;
        let wrong: Vec<_> = record.problems.iter().filter(|problem| problem.severity == Severity::Error).collect();
        assert!(wrong.is_empty(), "{} {work:?}: {wrong:?}", self.id);
        calls(self.home).into_iter().collect()
    }

    /// Runs with this call failing: it is met, and it is said what to do, but for calls that the work can do without.
    async fn fault(&self, work: Work, call: &(String, String)) {
        let what = format!("{} {work:?} with a fault at {call:?}", self.id);
        self.told_to_fail(call);
        let failed = self.run(work).await;
        self.home.faults_met(&what);
        if self.ended_well(work, &failed) {
            self.without.lock().unwrap().insert(format!("{}:{}", call.0, call.1));
            return;
        }
        let told = failed.problems.iter().any(|problem| problem.is_error() && !problem.fix.is_empty());
        assert!(told, "{what} says what to do: {failed:?}");
    }

    /// The next such call fails.
    fn told_to_fail(&self, (service, action): &(String, String)) {
        self.home.fault(&json!({ "service": service, "action": action, "times": 1,
            "kind": { "status": { "status": 400, "code": "ValidationError", "message": "told to fail" } } }));
    }

    fn ended_well(&self, work: Work, record: &Standing) -> bool {
        match work {
            Work::Remove => record.state == StepState::Todo,
            Work::Plan => record.plan.is_some(),
            _ => record.state == StepState::Done,
        }
    }
}

/// A plan that was shown is applied as it was shown or not at all: where its file is gone, and where Terraform's record
/// changed since, nothing is done and the page shows a new one.
#[tokio::test(flavor = "multi_thread")]
async fn a_module_s_plan_that_is_gone_or_stale_is_not_applied_and_a_new_one_is_shown() {
    let home = Home::new();
    let deployment = begun(&home).await;
    let module = Folder::at(home.path().to_owned()).unwrap().deployment("contract").join("steps/deploy_roles/module");
    let other = json!({ "version": 4, "terraform_version": "1.11.4", "serial": 7, "lineage": "other", "outputs": {}, "resources": [] });
    for spoil in ["gone", "stale"] {
        let planned = deployment.run("deploy_roles", Work::Plan).await.unwrap();
        assert!(planned.plan.is_some(), "{spoil}: {:?}", planned.problems);
        match spoil {
            "gone" => std::fs::remove_file(module.join("shown.tfplan")).unwrap(),
            _ => std::fs::write(module.join("terraform.tfstate"), other.to_string()).unwrap(),
        }
        calls(&home);
        deployment.confirm("deploy_roles", planned.plan_run).unwrap();
        let after = stopped(&deployment, "deploy_roles");
        let told = "The plan changed after it was shown, so nothing was done.";
        assert!(after.problems.iter().any(|problem| problem.what == told), "{spoil}: {:?}", after.problems);
        assert!(after.plan.is_some() && after.plan_run != planned.plan_run, "{spoil}: a new one is shown");
        assert_eq!(writes(&calls(&home)), Vec::<String>::new(), "{spoil}: nothing was done");
    }
}

/// In the window the order is the person's: what hangs on a page's things is said before anything goes, and where it is removed.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_things_others_hang_on_leads_to_the_page_to_remove_first() {
    let home = Home::new();
    let deployment = begun(&home).await;
    for id in ["deploy_roles", "architects", "secrets_setup_role", "secrets_store"] {
        done(&deployment.run(id, Work::Apply).await.unwrap(), id);
    }
    calls(&home);
    deployment.run("deploy_roles", Work::Check).await.unwrap();
    let asked = calls(&home).into_iter().filter(|(_, action)| action == "GetUser").count();
    assert_eq!(asked, 1, "the one user is asked for once");
    for (id, label, page) in [
        ("deploy_roles", "Take an-iam-user out on Architects group first", "architects"),
        ("secrets_setup_role", "Remove “Secrets store” first", "secrets_store"),
    ] {
        calls(&home);
        let asked = deployment.run(id, Work::PlanRemoval).await.unwrap();
        let held = asked.removal.clone().unwrap();
        assert!(held.destroys.is_empty() && held.nothing_to_do, "{id}: {held:?}");
        let leads: Vec<_> = held.stops.iter().filter_map(|problem| problem.leads.clone()).collect();
        assert_eq!((leads.len(), held.stops.len()), (1, 1), "{id}: {held:?}");
        assert_eq!((leads[0].label.as_str(), leads[0].page.as_str(), leads[0].removes), (label, page, true));
        let wrong = asked.problems.iter().any(Problem::is_error);
        assert!(asked.state == StepState::Done && !wrong, "{id} stays as it is: {asked:?}");
        deployment.confirm_removal(id, asked.removal_run).unwrap();
        assert!(!stopped(&deployment, id).removal.unwrap().stops.is_empty(), "{id} is not begun either way");
        assert_eq!(writes(&calls(&home)), Vec::<String>::new(), "{id}: nothing was touched");
        deployment.run(page, Work::Remove).await.unwrap();
        let asked = deployment.run(id, Work::PlanRemoval).await.unwrap().removal.unwrap();
        assert!(asked.stops.is_empty() && !asked.destroys.is_empty(), "{id} can go now: {asked:?}");
    }
}

/// The secrets are inside of the store, and the memberships inside of the group: they go with them, and are not told as there.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_inside_of_something_that_was_removed_is_not_shown_as_there() {
    let home = Home::new();
    let deployment = open(&home).await;
    for id in ids(&deployment) {
        done(&deployment.run(id, Work::Apply).await.unwrap(), id);
    }
    assert!(!deployment.view("hub_secrets").unwrap().views.is_empty(), "it shows what it looked at");
    let module = Folder::at(home.path().to_owned()).unwrap().deployment("contract").join("steps/secrets_store/module");
    let removed = deployment.run("secrets_store", Work::Remove).await.unwrap();
    assert_eq!(removed.state, StepState::Todo, "{removed:?}");
    assert!(!module.join("terraform.tfstate.backup").exists(), "the record of what is gone goes with it");
    // What was said before and what is said after are one truth.
    for said in [deployment.step("secrets_store").unwrap().about().loses, removed.sentence.as_str()] {
        assert!(said.contains("30 days") && said.contains("cancelled in the KMS console"), "{said}");
    }
    let page = deployment.view("hub_secrets").unwrap();
    assert!(page.views.is_empty() && !page.removable, "{page:?}");
    // What it kept on this computer is as after its own removal; the working copy, which others may share, is named.
    let folder = Folder::at(home.path().to_owned()).unwrap().deployment("contract");
    assert!(!folder.join("steps/hub_secrets/repository").exists(), "what was fetched is of no use any more");
    let said = "What this page made went with “Secrets store”. The working copy stays on this computer: ";
    let copy = page.sentence.strip_prefix(said).and_then(|rest| rest.strip_suffix('.'));
    assert!(copy.is_some_and(|copy| PathBuf::from(copy).is_dir()), "{}", page.sentence);
    let remains = deployment.remains().await.unwrap();
    let pages: Vec<&str> = remains.there.iter().map(|of| of.page.as_str()).collect();
    assert!(!pages.contains(&"Hub secrets") && pages.contains(&"Deploy roles"), "{remains:?}");
    assert_eq!(remains.unknown, Vec::<String>::new());

    // The rest goes in one piece, in the order that the pages need, and each as it was listed.
    let all = deployment.everything().await.unwrap();
    let listed: Vec<&str> = all.pages.iter().map(|going| going.id.as_str()).collect();
    assert!(all.stops.is_empty(), "{all:?}");
    let order = ["dns", "secrets_setup_role", "architects", "deploy_roles"];
    assert_eq!(listed.iter().filter(|id| **id != "account").copied().collect::<Vec<_>>(), order, "{all:?}");
    let shown: Vec<(String, i64)> = all.pages.iter().map(|going| (going.id.clone(), going.run)).collect();
    calls(&home);
    assert!(deployment.remove_everything(&shown, "roman").await.is_err(), "the name is typed whole");
    assert_eq!(writes(&calls(&home)), Vec::<String>::new());
    // Something that nobody saw: it stops at that page, in words, and touches none after it.
    home.boto3("iam.create_user(UserName='bob')\niam.add_user_to_group(GroupName='roman-sit-terraform-architects', UserName='bob')");
    let stopped = deployment.remove_everything(&shown, "roman-sit").await.unwrap();
    let gone: Vec<&str> = stopped.gone.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(gone, ["dns", "secrets_setup_role", "architects"], "{stopped:?}");
    assert!(stopped.stopped[0].what.starts_with("`bob` is in the group"), "{stopped:?}");
    let held = deployment.everything().await.unwrap();
    assert!(held.stops.iter().any(|problem| problem.what.starts_with("`bob` is in the group")), "{held:?}");
    home.boto3("iam.remove_user_from_group(GroupName='roman-sit-terraform-architects', UserName='bob')");
    let all = deployment.everything().await.unwrap();
    let shown: Vec<(String, i64)> = all.pages.iter().map(|going| (going.id.clone(), going.run)).collect();
    let removed = deployment.remove_everything(&shown, "roman-sit").await.unwrap();
    assert!(removed.stopped.is_empty(), "{removed:?}");
    let left = home.boto3("print(json.dumps([len(iam.list_groups()['Groups']), len(iam.list_roles()['Roles']), len(iam.list_policies(Scope='Local')['Policies'])]))");
    assert_eq!(left, json!([0, 0, 0]));
    let remains = deployment.remains().await.unwrap();
    assert!(remains.there.is_empty() && remains.unknown.is_empty(), "{remains:?}");
}

/// A user who has the rights that a page lists, and no others, checks, plans, applies and removes it: reads are listed too. Only
/// what a removal changes comes on top, since a page asks for that when it is removed.
#[tokio::test(flavor = "multi_thread")]
async fn the_rights_that_a_page_lists_are_enough() {
    let home = Home::new();
    let deployment = open(&home).await;
    let allow = |statements: &[Json]| {
        // A policy has one statement at least; this is allowed to everybody.
        let who = json!({ "Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*" });
        let statements: Vec<&Json> = statements.iter().chain([&who]).collect();
        let document = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        home.boto3(&format!(
            "{TAKE_AWAY}iam.create_policy(PolicyName='listed', PolicyDocument={document:?})\niam.attach_user_policy(UserName='an-iam-user', PolicyArn=A)"
        ));
    };
    home.boto3("iam.create_user(UserName='an-iam-user')");
    let run = async |id: StepId, work: Work| deployment.run(id, work).await.unwrap();
    // The page of the account comes before all others; what it reads is told to nobody, and is this.
    let account = ["GetUser", "ListGroupsForUser", "ListAccessKeys", "GetRole", "GetGroup"];
    let account = account.map(|action| format!("iam:{action}"));
    let mut all: BTreeMap<StepId, Vec<Json>> = BTreeMap::new();
    for id in ids(&deployment) {
        // Whom to pick from is offered where the users may be listed; without that right the page works all the same.
        let hidden = id == "architects";
        let no_list = json!({ "Effect": "Deny", "Resource": "*", "Action": "iam:ListUsers" });
        let may_look = |condition: Option<Json>| {
            let mut look = json!({ "Effect": "Allow", "Resource": "*", "Action": LOOK });
            if let Some(condition) = condition {
                look["Condition"] = condition;
            }
            allow(&[vec![look], if hidden { vec![no_list.clone()] } else { vec![] }].concat());
        };
        // Who may look, and nothing besides, is told of the changes.
        may_look(None);
        let checked = run(id, Work::Check).await;
        let changes = listed(&checked.problems);
        let offered = checked.views.iter().find_map(|view| match view {
            View::People { names, .. } => Some(names.contains(&"an-iam-user".to_owned())),
            _ => None,
        });
        match id {
            "architects" => assert_eq!(offered, None, "nobody is offered"),
            "deploy_roles" | "secrets_setup_role" => assert_eq!(offered, Some(true), "{id} offers the account's users"),
            _ => {}
        }
        let begins = ["deploy_roles", "architects", "secrets_setup_role", "dns"].contains(&id);
        assert_eq!(begins, !changes.is_empty(), "{id} lists what it changes: {changes:?}");
        assert!(
            !begins || checked.state == StepState::Blocked,
            "{id} does not begin without them: {:?}",
            checked.problems
        );
        // The simulator does not know this condition, so that it counts no right to look either, and all are listed.
        may_look(Some(json!({ "StringEquals": { "aws:PrincipalType": "User" } })));
        let mut rights = listed(&run(id, Work::Check).await.problems);
        if id == "account" {
            rights.insert("*".to_owned(), account.iter().cloned().collect());
        }
        let statements: Vec<Json> = rights
            .iter()
            .map(|(on, actions)| json!({ "Effect": "Allow", "Action": actions, "Resource": on }))
            .collect();
        allow(&statements);
        let looked = run(id, Work::Check).await;
        let refused: Vec<_> = looked.problems.iter().filter(|problem| problem.is_error()).collect();
        assert!(refused.is_empty(), "{id} is checked with the rights it lists, {rights:?}: {refused:?}");
        let planned = run(id, Work::Plan).await;
        assert!(planned.plan.is_some(), "{id} is planned with the rights it lists, {rights:?}: {:?}", planned.problems);
        done(&run(id, Work::Apply).await, &format!("{id} with the rights it lists, {rights:?}"));
        all.insert(id, statements);
    }
    home.boto3(TAKE_AWAY);
    support::assert_world(&home);
    for id in ids(&deployment).into_iter().rev() {
        let removing = json!({ "Effect": "Allow", "Resource": "*", "Action": REMOVE });
        allow(&[all[id].clone(), vec![removing]].concat());
        let removed = run(id, Work::Remove).await;
        assert_eq!(removed.state, StepState::Todo, "{id} is removed with {:?}: {:?}", all[id], removed.problems);
    }
}

/// Takes the rights away again. They are a policy of the account, since one of the user's own has room for 2,048 characters only.
const TAKE_AWAY: &str = "
A = 'arn:aws:iam::123456789012:policy/listed'
try:
  iam.detach_user_policy(UserName='an-iam-user', PolicyArn=A)
  iam.delete_policy(PolicyArn=A)
except iam.exceptions.NoSuchEntityException:
  pass
";

/// What somebody may who only looks.
const LOOK: [&str; 5] = ["iam:Get*", "iam:List*", "iam:Simulate*", "route53:Get*", "route53:List*"];

/// What removals change.
const REMOVE: [&str; 6] = [
    "iam:DeleteGroup",
    "iam:DeletePolicy",
    "iam:DeleteRole",
    "iam:DetachGroupPolicy",
    "iam:DetachRolePolicy",
    "iam:RemoveUserFromGroup",
];

/// The rights that problems list, by what they are on.
fn listed(problems: &[Problem]) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in problems.iter().flat_map(|problem| &problem.detail) {
        if let Some((action, on)) = line.split_once(" on ")
            && action.contains(':')
            && !action.contains(' ')
        {
            // Behind it stand the conditions that it depends on.
            let on = on.split(" (").next().unwrap_or(on);
            found.entry(on.to_owned()).or_default().insert(action.to_owned());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn resets_delays_and_things_that_appear_late_are_waited_out() {
    let home = Home::new();
    let deployment = begun(&home).await;
    home.fault(&json!({ "service": "route53", "times": 1, "kind": "reset" }));
    home.fault(&json!({ "service": "route53", "times": 2, "kind": { "delay": { "ms": 300 } } }));
    home.fault(&json!({ "service": "iam", "action": "GetUser", "times": 1, "kind": { "status": { "status": 503, "code": "ServiceUnavailable", "message": "" } } }));
    done(&deployment.run("dns", Work::Apply).await.unwrap(), "dns with a reset and delays");
    done(&deployment.run("account", Work::Check).await.unwrap(), "account with a 503");
    home.faults_met("a reset, delays and a 503");
    deployment.run("deploy_roles", Work::Plan).await.unwrap();
    // What Terraform made is not readable at first, as on IAM.
    home.fault(
        &json!({ "service": "iam", "action": "ListAttachedGroupPolicies", "skip": 2, "times": 3, "kind": "hide" }),
    );
    done(&deployment.run("deploy_roles", Work::Apply).await.unwrap(), "roles that appear late");
    home.faults_met("what appears late");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_changes_marks_what_is_built_on_it() {
    let home = Home::new();
    let deployment = open(&home).await;
    for id in ["deployment", "account", "tools", "dns"] {
        done(&deployment.run(id, Work::Apply).await.unwrap(), id);
    }
    deployment.edit("deployment", "user", "somebody-else".into()).unwrap();
    for id in ["deployment", "account", "dns"] {
        assert_eq!(deployment.view(id).unwrap().state, StepState::Look, "{id}");
    }
    let tools = deployment.view("tools").unwrap();
    assert_eq!(tools.state, StepState::Done, "what is not built on it stays as it is");
    let locked = deployment.edit("deployment", "name", "another".into()).unwrap_err();
    assert!(locked.what.contains("cannot change"), "the record carries the name: {locked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_numbered_without_gaps_after_the_snapshot() {
    let home = Home::new();
    let deployment = open(&home).await;
    let (snapshot, mut events) = deployment.subscribe().unwrap();
    done(&deployment.run("deployment", Work::Apply).await.unwrap(), "deployment");
    let mut next = snapshot.seq + 1;
    while let Ok(event) = events.try_recv() {
        assert_eq!(event.seq, next, "no event is lost or told twice");
        next += 1;
    }
    assert!(next > snapshot.seq + 3, "a run tells of itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_stopped_says_so_and_goes_on_later() {
    let home = Home::new();
    let deployment = begun(&home).await;
    home.fault(&json!({ "service": "iam", "action": "CreateRole", "times": 1, "kind": { "delay": { "ms": 2500 } } }));
    deployment.start("deploy_roles", Work::Apply).unwrap();
    let again = deployment.start("deploy_roles", Work::Check).unwrap_err();
    assert!(again.what.contains("already at work"), "one run a step: {again:?}");
    support::wait("Terraform to make the role", 120, || (home.gateway("GET", "faults", "") == "[]").then_some(()));
    deployment.cancel("deploy_roles");
    let stopped = stopped(&deployment, "deploy_roles");
    assert_eq!(stopped.state, StepState::Look);
    assert!(stopped.problems.iter().any(|problem| problem.what == "You stopped this step."), "{:?}", stopped.problems);
    done(&deployment.run("deploy_roles", Work::Apply).await.unwrap(), "after a stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_is_left_while_it_works_can_be_come_back_to() {
    let home = Home::new();
    let deployment = open(&home).await;
    done(&deployment.run("deployment", Work::Apply).await.unwrap(), "deployment");
    home.fault(&json!({ "service": "sts", "times": 1, "kind": { "delay": { "ms": 1500 } } }));
    deployment.start("account", Work::Apply).unwrap();
    let (folder, tools) = (deployment.shared().folder.clone(), deployment.shared().tools.clone());
    let left = deployment.leave();
    let vault = Arc::new(MemoryVault::default());
    let again = Deployment::open(&folder, "contract", wizard::chapters(), vault, tools);
    assert!(again.is_err(), "its lock is held while it works");
    let back = left.back().expect("it still lives");
    assert_eq!(stopped(&back, "account").state, StepState::Done);
    drop(back);
    support::wait("it to be gone", 10, || left.back().is_none().then_some(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_practice_made_up_values_do_and_elsewhere_they_are_refused() {
    let home = Home::new();
    let deployment = open(&home).await;
    deployment.edit("certificate", "files", Value::Rows(vec![])).unwrap();
    let offers = |id: StepId| deployment.view(id).unwrap().makes_up.is_some();
    let pages: Vec<StepId> = deployment.steps().map(|step| step.about()).filter(|a| a.makes_up).map(|a| a.id).collect();
    assert!(!pages.is_empty(), "some pages ask for secrets");
    deployment.edit("account", "kind", "profile".into()).unwrap();
    for id in &pages {
        assert!(!offers(id), "{id}: a real hub needs real values");
        assert!(deployment.use_made_up(*id).await.is_err(), "{id}: a real hub needs real values");
    }
    deployment.edit("account", "kind", "practice".into()).unwrap();
    for id in ["deployment", "account"] {
        done(&deployment.run(id, Work::Apply).await.unwrap(), id);
    }
    for id in pages {
        assert!(offers(id), "{id} offers it in practice");
        deployment.use_made_up(id).await.unwrap();
        done(&deployment.run(id, Work::Apply).await.unwrap(), &format!("{id} with made-up values"));
    }
    // The way of a key that is made here ends in practice too: an authority that is made up signs its request. What was
    // pasted before goes, and the way stays.
    deployment.run("certificate", Work::Remove).await.unwrap();
    deployment.edit("certificate", "way", "make".into()).unwrap();
    for kind in ["rsa-2048", "ec-p256"] {
        deployment.edit("certificate", "key_kind", kind.into()).unwrap();
        assert!(!offers("certificate"), "there is no request yet");
        assert!(deployment.use_made_up("certificate").await.is_err());
        deployment.run("certificate", Work::Apply).await.unwrap();
        assert_eq!(deployment.view("certificate").unwrap().makes_up, Some("Have a practice authority sign it"));
        deployment.use_made_up("certificate").await.unwrap();
        let looked = deployment.run("certificate", Work::Check).await.unwrap();
        assert_eq!(
            looked.sentence, "The files are good. Next, the certificate is taken in.",
            "its key is kept already"
        );
        let signed = deployment.run("certificate", Work::Apply).await.unwrap();
        done(&signed, "certificate, signed in practice");
        assert_eq!(deployment.view("certificate").unwrap().values.text("way"), "make");
        deployment.run("certificate", Work::Remove).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_asked_for_with_the_request_of_the_key_that_is_made_here() {
    let home = Home::new();
    let deployment = open(&home).await;
    done(&deployment.run("deployment", Work::Apply).await.unwrap(), "deployment");
    deployment.edit("certificate", "files", Value::Rows(vec![])).unwrap();
    deployment.edit("mast", "client_id", "".into()).unwrap();
    deployment.set_secret("mast", "client_secret", Secret::from(String::new())).await.unwrap();
    let card = || {
        let views = deployment.view("requests").unwrap().views;
        let cards =
            views.into_iter().find_map(|view| if let View::Board { cards, .. } = view { Some(cards) } else { None });
        cards.unwrap().into_iter().find(|card| card.title == "Certificate").unwrap()
    };
    let press = |label: &str| {
        let card = card();
        let act = card.act.iter().chain(&card.more).find(|act| act.label == label).expect(label);
        act.answers.iter().for_each(|(field, value)| deployment.edit("requests", field, value.clone()).unwrap());
    };
    let stage = |title: &str| {
        let views = deployment.view("certificate").unwrap().views;
        let stages =
            views.into_iter().find_map(|view| if let View::Stages { stages, .. } = view { Some(stages) } else { None });
        let stage = stages.unwrap().into_iter().find(|stage| stage.title == title).unwrap();
        (stage.reached, stage.lines.concat())
    };
    let (sent, came) = (|| stage("Sent"), || stage("Came back").0);
    const REQUEST: &str = "-----BEGIN CERTIFICATE REQUEST-----";
    // What was taken in on another key is not what a request for this one waits for.
    deployment.edit("certificate", "files", files(&home)).unwrap();
    done(&deployment.run("certificate", Work::Apply).await.unwrap(), "certificate");
    assert_eq!(card().state, Asked::Arrived);
    // Beside a path that cannot be read stands nothing of the files before it.
    let chain = || deployment.view("certificate").unwrap().views.iter().any(|view| matches!(view, View::Chain { .. }));
    assert!(chain());
    deployment.edit("certificate", "files", Value::Rows(vec!["/no/such.pem".into()])).unwrap();
    assert!(!chain());
    deployment.edit("certificate", "files", files(&home)).unwrap();
    assert!(chain(), "these are the ones that were seen");
    deployment.edit("certificate", "way", "make".into()).unwrap();
    deployment.edit("certificate", "files", Value::Rows(vec![])).unwrap();
    assert_eq!((card().state, sent().0, came()), (Asked::Unasked, Reached::Later, Reached::Later));
    deployment.edit("certificate", "way", "files".into()).unwrap();
    deployment.run("certificate", Work::Remove).await.unwrap();
    // Safer comes first, and opens the page with that way chosen.
    let first = card().act.unwrap();
    assert_eq!((first.label.as_str(), first.page.as_deref()), ("Make the key here first", Some("certificate")));
    assert_eq!(first.answers, [("way".to_owned(), Value::from("make"))]);
    let asked = |id: &str| deployment.view(id).unwrap().asked;
    assert_eq!((asked("certificate"), asked("mast")), (Some(false), Some(false)));
    press("Copy without a request, and mark as sent");
    assert_eq!(card().state, Asked::Waiting, "IT makes the key, and was asked");
    assert_eq!((asked("certificate"), asked("mast")), (Some(true), Some(false)));
    // Then the key is made here after all: what was sent has no request for it.
    deployment.edit("certificate", "way", "make".into()).unwrap();
    assert_eq!(card().word, "The key comes first");
    let files_asked = || {
        let fields = deployment.view("certificate").unwrap().form.fields;
        fields.iter().any(|field| field.name == "files" && !field.on_demand)
    };
    assert!(!files_asked(), "nothing comes back for a key that is not made");
    assert_eq!(asked("certificate"), None, "the key can be made now");
    assert!(card().act.is_some_and(|act| act.page.is_some() && act.copy.is_empty()));
    let made = deployment.run("certificate", Work::Apply).await.unwrap();
    assert_eq!(made.state, StepState::Blocked, "{made:?}");
    assert!(files_asked());
    assert_eq!((card().state, card().word.as_str()), (Asked::Unasked, "The request is not sent yet"));
    assert!(card().act.unwrap().copy.contains(REQUEST) && card().letter.body.contains(REQUEST));
    // The page leads to where it is sent, and waits for nobody before that.
    let page = || deployment.view("certificate").unwrap();
    let waits = || page().problems.iter().any(|problem| problem.severity == Severity::Waiting);
    assert_eq!(page().lead.map(|lead| (lead.label, lead.page)), Some(("Send the request".into(), "requests".into())));
    assert!(page().state == StepState::Ready && !waits(), "{:?}", page().problems);
    let (reached, line) = sent();
    assert_eq!(reached, Reached::Next);
    assert!(line.contains("did not have this request"), "{line}");
    let copied = |label: &str| card().more.into_iter().find(|act| act.label == label).expect(label).copy;
    assert!(copied("Copy the text").contains(REQUEST));
    // What was expected of the text before is not expected of this one.
    deployment.edit("requests", "certificate_expected", "2020-01-01".into()).unwrap();
    press("Mark as sent");
    assert_eq!((card().state, sent().0), (Asked::Waiting, Reached::Done));
    assert!(deployment.problems("requests").unwrap().is_empty());
    assert!(page().lead.is_none() && page().state == StepState::Blocked && waits());
    press("Mark as not sent");
    assert!(page().lead.is_some());
    press("Copy and mark as sent");
    assert_eq!((card().state, sent().0), (Asked::Waiting, Reached::Done));
    let waits = deployment.run("certificate", Work::Check).await.unwrap();
    assert!(waits.problems[0].fix.starts_with("The request was sent on "), "{waits:?}");
    // Where the hub has another host since, that request is of no use.
    deployment.edit("deployment", "host", "other.science.stsci.edu".into()).unwrap();
    done(&deployment.run("deployment", Work::Apply).await.unwrap(), "deployment");
    assert_eq!((card().state, card().word.as_str()), (Asked::Unasked, "The request is for another host"));
    assert!(card().act.unwrap().page.is_some() && !card().letter.body.contains(REQUEST));
    assert_eq!((page().verb, sent().0, page().lead), ("Write the request", Reached::Later, None));
    deployment.run("certificate", Work::Apply).await.unwrap();
    assert!(card().letter.body.contains(REQUEST) && page().lead.is_some());
    deployment.edit("deployment", "host", "".into()).unwrap();
    done(&deployment.run("deployment", Work::Apply).await.unwrap(), "deployment");
    deployment.run("certificate", Work::Apply).await.unwrap();
    // With another key it is another request.
    deployment.edit("certificate", "key_kind", "ec-p256".into()).unwrap();
    deployment.edit("certificate", "forget_request", true.into()).unwrap();
    deployment.run("certificate", Work::Apply).await.unwrap();
    assert_eq!((card().state, sent().0), (Asked::Unasked, Reached::Next));
    press("Copy and mark as sent");
    assert_eq!((card().state, sent().0), (Asked::Waiting, Reached::Done));

    // The leave to forget a key counted for the first one. The second is out with its request, and stays.
    let request = card().letter.body;
    deployment.edit("certificate", "key_kind", "rsa-2048".into()).unwrap();
    let kept = deployment.run("certificate", Work::Check).await.unwrap();
    assert_eq!(kept.state, StepState::Blocked, "it waits for what comes back: {kept:?}");
    deployment.run("certificate", Work::Apply).await.unwrap();
    assert_eq!((card().letter.body, sent().0), (request, Reached::Done));
    // Said anew, it counts for this one too, and what is lost is said first.
    deployment.edit("certificate", "forget_request", false.into()).unwrap();
    deployment.edit("certificate", "forget_request", true.into()).unwrap();
    let goes = deployment.run("certificate", Work::Check).await.unwrap();
    assert!(goes.problems.iter().any(|problem| problem.what.contains("can no longer be used")), "{goes:?}");
    deployment.run("certificate", Work::Apply).await.unwrap();
    assert_eq!((card().state, sent().0), (Asked::Unasked, Reached::Next));

    // So it does where the kind stays the same, and the page's button says so.
    let (before, verb) = (card().letter.body, || deployment.view("certificate").unwrap().verb);
    assert_eq!(verb(), "Use this certificate", "what was said is done");
    deployment.edit("certificate", "forget_request", false.into()).unwrap();
    deployment.edit("certificate", "forget_request", true.into()).unwrap();
    assert_eq!(verb(), "Make another key and request");
    deployment.run("certificate", Work::Apply).await.unwrap();
    let second = card().letter.body;
    assert!(second.contains(REQUEST) && second != before, "another key has another request");
    deployment.run("certificate", Work::Apply).await.unwrap();
    assert_eq!(card().letter.body, second, "it counts once");
    // Without files, nothing but the key goes.
    deployment.edit("certificate", "way", "files".into()).unwrap();
    deployment.run("certificate", Work::Apply).await.unwrap();
    deployment.edit("certificate", "forget_request", false.into()).unwrap();
    deployment.edit("certificate", "forget_request", true.into()).unwrap();
    assert_eq!(verb(), "Forget the key");
    let gone = deployment.run("certificate", Work::Apply).await.unwrap();
    assert!(gone.problems.is_empty() && gone.sentence.starts_with("Choose the files you got back"), "{gone:?}");
    assert_eq!(gone.state, StepState::Todo, "as on a fresh page");
    deployment.edit("certificate", "way", "make".into()).unwrap();
    assert_eq!((card().word.as_str(), verb()), ("The key comes first", "Make the key and the request"));
    // A key that is made while that stands there is not forgotten by it.
    deployment.run("certificate", Work::Apply).await.unwrap();
    let third = card().letter.body;
    deployment.run("certificate", Work::Apply).await.unwrap();
    assert!(third.contains(REQUEST) && card().letter.body == third, "{third}");
    deployment.edit("certificate", "forget_request", false.into()).unwrap();
    deployment.edit("certificate", "forget_request", true.into()).unwrap();
    deployment.run("certificate", Work::Remove).await.unwrap();
    deployment.run("certificate", Work::Apply).await.unwrap();
    let fourth = card().letter.body;
    deployment.run("certificate", Work::Apply).await.unwrap();
    assert!(fourth.contains(REQUEST) && fourth != third && card().letter.body == fourth, "nor one made after it");

    // A day that a person entered without the button is believed: an answers file knows no mark.
    deployment.keep_only("requests", &["certificate_asked"]).unwrap();
    deployment.edit("requests", "certificate_asked", "2020-01-01".into()).unwrap();
    assert_eq!((card().state, sent().0), (Asked::Due, Reached::Done));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_certificate_is_chosen_is_kept_and_what_is_said_to_be_lost_is_what_is() {
    let home = Home::new();
    let deployment = open(&home).await;
    for id in ["deployment", "account", "certificate"] {
        done(&deployment.run(id, Work::Apply).await.unwrap(), id);
    }
    let enter = |field: &str, value: Value| deployment.edit("certificate", field, value).unwrap();
    let run = async |work: Work| deployment.run("certificate", work).await.unwrap();
    let lost = async || deployment.remains().await.unwrap().loses;
    let dialog = || {
        let fields = deployment.view("certificate").unwrap().form.fields;
        let loses = |kind: Kind| if let Kind::Confirmed { loses, .. } = kind { Some(loses) } else { None };
        fields.into_iter().find_map(|field| loses(field.kind)).unwrap_or_default()
    };
    let request = || std::fs::read_to_string(deployment.shared().folder.join("steps/certificate/request.csr")).unwrap();
    let said = lost().await;
    assert!(said.len() == 1 && said[0].starts_with("This computer's copy"), "it is in IT's files too: {said:?}");

    // A key is made for the next one, while IT's certificate is in use.
    enter("way", "make".into());
    enter("files", Value::Rows(vec![]));
    run(Work::Apply).await;
    let said = lost().await;
    assert!(said.len() == 2 && said[0].contains("was asked for") && said[0].contains("nowhere else"), "{said:?}");
    assert!(said[1].starts_with("This computer's copy") && !said[1].contains("nowhere else"), "{said:?}");
    assert!(dialog().starts_with("A certificate that comes back for the request"), "{}", dialog());

    // Its certificate came and is chosen. That the key may go was said before.
    let first = request();
    enter("forget_request", true.into());
    deployment.use_made_up("certificate").await.unwrap();
    assert!(dialog().contains("is not in use yet, and is put aside"), "{}", dialog());
    let is_kept =
        |now: &Standing| now.problems.iter().any(|problem| problem.what.contains("because its certificate came"));
    let looked = run(Work::Check).await;
    assert!(looked.state != StepState::Done && is_kept(&looked), "{looked:?}");
    let taken = run(Work::Apply).await;
    done(&taken, "the certificate is taken in");
    assert!(is_kept(&taken), "{taken:?}");
    // What was said before is not said of it any more.
    for work in [Work::Check, Work::Apply] {
        done(&run(work).await, "the key stays");
    }
    assert_eq!(request(), first);
    let said = lost().await;
    assert!(said.len() == 1 && said[0].contains("made here, and is nowhere else"), "{said:?}");
    assert!(dialog().starts_with("The certificate in use is on today's key"), "{}", dialog());

    // Once it is in use, a person may still say so. What was pasted for the old key is put aside, and nothing is wrong.
    deployment.edit("requests", "certificate_asked", "2020-01-01".into()).unwrap();
    for value in [false, true] {
        deployment.enter("certificate", "forget_request", value.into()).await.unwrap();
    }
    run(Work::Apply).await;
    assert_ne!(request(), first, "another key was made");
    assert!(lost().await[0].contains("was asked for"));
    let page = deployment.view("certificate").unwrap();
    assert!(!page.values.has_secret("pasted"), "it was for the old key");
    assert!(page.problems.iter().all(|problem| problem.severity != Severity::Error), "{:?}", page.problems);
    // A day that a person entered without a button is believed of any request; one that a button entered is of its own.
    deployment.edit("requests", "certificate_sent", "of the first".into()).unwrap();
    let page = deployment.view("certificate").unwrap();
    assert_eq!(page.lead.map(|lead| lead.label), Some("Send the request".into()));
    let card = certificate_card(&deployment);
    assert_eq!((card.state, card.word.as_str()), (Asked::Unasked, "The request is not sent yet"));
    assert!(card.fields.is_empty() && card.holds.contains("An earlier text was sent on 1 Jan 2020"), "{card:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_mind_leads_to_the_request_and_what_was_left_out_has_not_arrived() {
    let home = Home::new();
    let deployment = open(&home).await;
    for id in ["deployment", "account", "certificate"] {
        done(&deployment.run(id, Work::Apply).await.unwrap(), id);
    }
    let card = || certificate_card(&deployment);
    let page = || deployment.view("certificate").unwrap();
    let enter = async |field: &str, value: Value| deployment.enter("certificate", field, value).await.unwrap();
    assert_eq!(card().state, Asked::Arrived);
    // The key is made here after all, while the old files are still listed: they are in use until its certificate comes.
    enter("way", "make".into()).await;
    done(&deployment.run("certificate", Work::Apply).await.unwrap(), "the hub has a certificate");
    let lead = page().lead.expect("the request is not sent");
    assert_eq!(lead.label, "Send the request");
    assert!(lead.sentence.ends_with("the hub uses the one of your files."), "{}", lead.sentence);
    let said = format!("{:?}", page().problems);
    assert!(!said.contains("Forget the key") && !said.contains("was asked for"), "{said}");
    // Then nothing is chosen, and the key goes: nobody was asked for anything, and nothing is wrong.
    enter("files", Value::Rows(vec![])).await;
    enter("way", "files".into()).await;
    enter("forget_request", true.into()).await;
    deployment.run("certificate", Work::Apply).await.unwrap();
    assert_eq!((card().state, card().word.as_str()), (Asked::Unasked, "Not asked yet"));
    assert!(card().act.is_some() && card().more.len() > 1, "{:?}", card());
}

fn certificate_card(deployment: &Deployment) -> Card {
    let views = deployment.view("requests").unwrap().views;
    let cards =
        views.into_iter().find_map(|view| if let View::Board { cards, .. } = view { Some(cards) } else { None });
    cards.unwrap().into_iter().find(|card| card.title == "Certificate").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_again_and_arrived_is_kept_with_its_day_and_stands_in_the_logbook() {
    let home = Home::new();
    let deployment = open(&home).await;
    done(&deployment.run("deployment", Work::Apply).await.unwrap(), "deployment");
    let card = || {
        let views = deployment.view("requests").unwrap().views;
        let cards =
            views.into_iter().find_map(|view| if let View::Board { cards, .. } = view { Some(cards) } else { None });
        cards.unwrap().into_iter().find(|card| card.title == "MAST client").unwrap()
    };
    let typed = |field: &str, text: &str| deployment.edit_typed("requests", field, text.into()).unwrap();
    let text = |field: &str| deployment.values("requests").unwrap().1.text(field).to_owned();
    typed("mast_asked", "1 February 2020");
    assert_eq!(text("mast_asked"), "2020-02-01", "it is kept as it was understood");
    let due = card();
    assert_eq!((due.state, due.beside.map(|act| act.label).as_deref()), (Asked::Due, Some("It arrived…")));
    let reminder = due.act.unwrap();
    assert_eq!(reminder.label, "Copy the reminder");
    reminder.answers.iter().for_each(|(field, value)| deployment.edit("requests", field, value.clone()).unwrap());
    assert_eq!(text("mast_expected"), "", "nobody named a day");
    assert!(card().state == Asked::Waiting && card().again.starts_with("Reminded "), "{:?}", card());
    // A day that cannot be takes nothing back, and counts no days.
    for wrong in ["2020-02-01x", "2099-01-01"] {
        typed("mast_asked", wrong);
        assert_eq!((card().state, card().word.as_str()), (Asked::Waiting, "Waiting"), "{wrong}");
    }
    typed("mast_expected", "2020-02-10");
    typed("mast_asked", "");
    assert!(card().state == Asked::Unasked && card().again.contains("counts once"), "{:?}", card());
    typed("mast_asked", "2020-02-01");
    deployment.edit("requests", "requirements_here", true.into()).unwrap();
    done(&deployment.run("requests", Work::Apply).await.unwrap(), "requests");
    let entries = deployment.logbook(false).unwrap();
    let said: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
    for wanted in ["MAST client: asked for on 1 Feb 2020.", "Requirements from the scientists: arrived."] {
        assert!(said.contains(&wanted), "{said:?}");
    }
    assert!(said.iter().any(|text| text.starts_with("MAST client: asked for again on ")), "{said:?}");
    // A day that is refused is no news, nor is one that is cleared at once.
    for tried in ["2099-12-20", "2020-03-04"] {
        typed("certificate_asked", tried);
        typed("certificate_asked", "");
    }
    let entries = deployment.logbook(false).unwrap();
    assert!(!entries.iter().any(|entry| entry.text.starts_with("Certificate: ")), "{entries:?}");
    assert!(!entries.iter().any(|entry| entry.text.contains("2099")), "{entries:?}");
    // Who still waits is not done.
    assert_eq!((entries[0].word.as_str(), entries[0].mark), ("Dates kept", Mark::Plain));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_by_hand_is_kept_and_a_page_after_it_says_so() {
    let home = Home::new();
    let deployment = open(&home).await;
    let before = |page: &str| deployment.view(page).unwrap().by_hand;
    let done = |id: &str| {
        let hands = deployment.subscribe().unwrap().0.chapters.into_iter().flat_map(|chapter| chapter.by_hand);
        hands.into_iter().find(|hand| hand.id == id).unwrap().done
    };
    assert!(before("dns").is_empty(), "nothing of it is in practice");
    deployment.edit("account", "kind", "profile".into()).unwrap();
    deployment.edit("deployment", "environments", Value::Rows(vec!["prod".into()])).unwrap();
    assert_eq!((before("dns").len(), before("prod.dns").len(), before("mast").len()), (1, 1, 0));
    deployment.show("prod").unwrap();
    assert_eq!(deployment.set_done_by_hand("deploy", true).unwrap().done, ["prod"]);
    assert_eq!((before("dns").len(), before("prod.dns").len()), (1, 0), "each environment has its own hub");
    assert_eq!(deployment.context().unwrap().by_hand, Some("machine"), "the first that is not done is next");
    deployment.set_done_by_hand("machine", true).unwrap();
    assert_eq!(deployment.context().unwrap().by_hand, Some("aws_on_it"));
    assert_eq!((done("machine"), done("deploy")), (vec!["staging".into(), "prod".into()], vec!["prod".to_owned()]));
    assert!(deployment.set_done_by_hand("deploy", false).unwrap().done.is_empty());
    assert_eq!(before("prod.dns").len(), 1);
    assert!(deployment.set_done_by_hand("no such thing", true).is_err());
    // Each tick, and each that is taken back, stands in the logbook with who and when; what changes nothing does not.
    deployment.set_done_by_hand("deploy", false).unwrap();
    let entries = deployment.logbook(false).unwrap();
    let told: Vec<_> = entries.iter().filter(|entry| entry.page == "By hand").collect();
    let texts: Vec<_> = told.iter().map(|entry| entry.text.as_str()).collect();
    let wanted = [
        "“Install the hub” was marked as not done in prod.",
        "“Machine” was marked as done by hand.",
        "“Install the hub” was marked as done by hand in prod.",
    ];
    assert_eq!(texts, wanted, "newest first");
    assert!(told.iter().all(|entry| !entry.day.is_empty() && !entry.time.is_empty()), "{told:?}");
    let person = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    assert!(told.iter().all(|entry| entry.person == person), "{told:?}");
    for id in ["machine", "cluster", "proof", "switch_off"] {
        let before = deployment.logbook(false).unwrap().len();
        deployment.set_done_by_hand(id, id != "machine").unwrap();
        assert_eq!(deployment.logbook(false).unwrap().len(), before + 1, "{id}");
    }
    deployment.edit("account", "kind", "practice".into()).unwrap();
    assert_eq!(deployment.context().unwrap().by_hand, None, "nothing of it is in practice");
    assert!(deployment.set_done_by_hand("machine", true).unwrap_err().what.contains("not part of practice"));
}
