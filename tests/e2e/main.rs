//! The real window over WebDriver: a person with a keyboard takes a deployment from its name to a DNS record.
//! Needs Xvfb, dbus-daemon and WebKitWebDriver, which `./dev` installs; screenshots go to `artefacts/`.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "a test starts programs and writes its screenshots")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/desk.rs"]
mod desk;

use desk::{Desk, FOCUSED, kill, processes, web_processes};
use fantoccini::key::Key;
use support::{Home, PROGRAM, wait};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_a_keyboard_takes_a_deployment_to_its_dns_record() {
    let desk = Desk::open(Home::new(), PROGRAM, &[]).await;
    desk.see("Start a deployment").await;
    desk.look("start").await;
    desk.activate("Start the deployment").await;

    desk.see("Name the deployment").await;
    // What is missing is said, and the first field gets the keyboard.
    desk.activate("Use this name").await;
    desk.see("“Deployment name” is missing.").await;
    assert_eq!(desk.script(FOCUSED).await, "Deployment name");
    desk.type_in("Roman_SIT").await;
    desk.see("has capital letters").await;
    desk.look("name-bad").await;
    for _ in 0..9 {
        desk.press(&[Key::Backspace.into()]).await;
    }
    desk.tab_to("Deployment name").await;
    desk.type_in("roman-sit").await;
    desk.see("roman-sit.science.stsci.edu").await;
    desk.tab_to("Your IAM user").await;
    desk.type_in("an-iam-user").await;
    desk.look("name").await;
    desk.activate("Use this name").await;
    desk.activate("Go on with AWS account").await;

    desk.see("Give access to the AWS account").await;
    desk.activate("Show what will be done").await;
    desk.see("iam:CreateUser").await;
    desk.look("account-plan").await;
    desk.activate("Use this account").await;
    desk.see("Acting as arn:aws:iam::123456789012:user/an-iam-user").await;
    desk.look("account").await;
    desk.activate("Go on with Tools").await;

    desk.see("Programs on this computer").await;
    desk.activate("Look again").await;
    desk.see("Modules are applied with").await;
    desk.look("tools").await;
    desk.activate("Go on with Deploy roles").await;

    desk.see("Make the roles that set up the rest").await;
    desk.activate("Show what will be done").await;
    desk.see("8 things will be made").await;
    desk.look("roles-plan").await;
    desk.activate("Create the roles").await;
    desk.see("The group, the role and its policies are in the account.").await;
    desk.look("roles").await;
    desk.activate("Go on with Architects group").await;

    desk.see("Join the architects group").await;
    desk.activate("Show what will be done").await;
    desk.see("iam:AddUserToGroup").await;
    desk.activate("Add to the group").await;
    desk.see("The user is in roman-sit-terraform-architects.").await;
    desk.look("architects").await;
    desk.activate("Go on with Web address").await;

    desk.see("Give the hub its web address").await;
    desk.tab_to("Load balancer").await;
    desk.type_in("example.org").await;
    desk.see("is not the DNS name of an AWS load balancer").await;
    for _ in 0..11 {
        desk.press(&[Key::Backspace.into()]).await;
    }
    desk.type_in("abc-123.us-east-1.elb.amazonaws.com").await;
    desk.activate("Show what will be done").await;
    desk.see("route53:ChangeResourceRecordSets").await;
    desk.look("address-plan").await;
    desk.activate("Create the record").await;
    desk.see("roman-sit.science.stsci.edu leads to abc-123.us-east-1.elb.amazonaws.com.").await;
    desk.look("address").await;
    support::assert_world(&desk.home);

    // A web process that is killed is replaced. (WebKitWebDriver loses its session with it, so what the new one shows
    // is looked at after the next start.)
    let before = web_processes(&desk.home);
    assert!(!before.is_empty(), "the page has a process of its own");
    for pid in &before {
        kill(pid);
    }
    wait("a new web process", 30, || web_processes(&desk.home).into_iter().find(|pid| !before.contains(pid)));

    // Hubwright itself killed: the next window opens on the page that was looked at, with nothing lost.
    for pid in processes(PROGRAM, &desk.home) {
        let command = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if !command.contains("practice") {
            kill(&pid);
        }
    }
    let desk = Desk::open(desk.close(), PROGRAM, &[]).await;
    desk.see("Give the hub its web address").await;
    desk.see("leads to abc-123.us-east-1.elb.amazonaws.com").await;
    assert_eq!(
        desk.script("return document.getElementById('field-target').value").await,
        "abc-123.us-east-1.elb.amazonaws.com"
    );
}
