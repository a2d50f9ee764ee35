//! The real window over WebDriver: a person with a keyboard takes a deployment from its name to a DNS record.
//! Needs Xvfb, dbus-daemon and WebKitWebDriver, which `./dev` installs; screenshots go to `artefacts/`.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "a test starts programs and writes its screenshots")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/desk.rs"]
mod desk;

#[path = "../support/peers.rs"]
mod peers;

#[path = "../support/session.rs"]
mod session;

mod so;

use desk::{Desk, FOCUSED, kill, processes, web_processes};
use fantoccini::key::Key;
use support::{Home, PROGRAM, wait};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_a_keyboard_takes_a_deployment_to_its_dns_record() {
    let home = Home::new();
    support::certificates(home.path(), "roman-sit.science.stsci.edu");
    let path = |name: &str| home.path().join(name).display().to_string();
    let [key, leaf, chain] = ["hub.key", "hub.crt", "chain.pem"].map(path);
    // Where sops is, the page of the secrets tries it too.
    let mut search = std::env::var("PATH").unwrap();
    if let Some(sops) = peers::sops() {
        search = format!("{}:{search}", sops.parent().unwrap().display());
    }
    let desk = Desk::open(home, PROGRAM, &[("PATH", &search)]).await;
    desk.record().await;
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
    // Two things are wrong with it, and one button mends both.
    desk.activate("Use roman-sit").await;
    desk.see("roman-sit.science.stsci.edu").await;
    desk.tab_to("Your IAM user").await;
    desk.type_in("an-iam-user").await;
    desk.look("name").await;
    desk.activate("Use this name").await;
    desk.activate("Go on with AWS account").await;

    desk.see("Give access to the AWS account").await;
    // It is read and planned by itself: nothing to press but the one thing to do.
    desk.see("The user an-iam-user is made in the practice account").await;
    desk.look("account-plan").await;
    desk.activate("Use this account").await;
    desk.see("Acting as arn:aws:iam::123456789012:user/an-iam-user").await;
    desk.look("account").await;
    desk.activate("Go on with Tools").await;

    desk.see("Programs on this computer").await;
    desk.see("Modules are applied with").await;
    desk.look("tools").await;
    desk.activate("Go on with Requests").await;

    desk.see("Ask other people").await;
    // Nothing was asked yet, so nothing is ticked; the page counts what arrived.
    assert_eq!(so::stands(&desk, "Requests").await, "wait0 of 4");
    desk.look("requests-first").await;
    desk.activate("Copy and mark as sent: Certificate").await;
    desk.see("Waiting, day 1").await;
    desk.tab_to("Certificate asked on").await;
    desk.press(&[Key::End.into()]).await;
    desk.type_in("x").await;
    desk.see("is not a date.").await;
    for _ in 0..11 {
        desk.press(&[Key::Backspace.into()]).await;
    }
    desk.type_in("2020-01-01").await;
    desk.see("Ask again since").await;
    desk.activate("More: Certificate").await;
    desk.activate("Save the text…").await;
    let saved = desk.home.path().join("request.txt");
    desk.answer_dialog("Save", &saved.display().to_string()).await;
    desk.see("Saved").await;
    assert!(std::fs::read_to_string(saved).unwrap().contains("TLS certificate for roman-sit.science.stsci.edu"));
    desk.see("Ask again: Certificate.").await;
    desk.activate("More: Requirements from the scientists").await;
    desk.activate("It arrived").await;
    desk.see("1 arrived: Requirements from the scientists").await;
    assert_eq!(so::stands(&desk, "Requests").await, "ask1 of 4");
    desk.look("requests").await;
    // The request that is overdue is told on the desktop too.
    wait("a notification", 45, || {
        std::fs::read_to_string(&desk.notifications).ok().filter(|said| said.contains("Ask again: Certificate."))
    });
    desk.activate("Copy the reminder: Certificate").await;
    desk.see("Waiting for: Certificate.").await;
    assert_eq!(so::stands(&desk, "Requests").await, "wait1 of 4");
    desk.activate("Go on with Certificate").await;

    desk.see("Bring the hub's certificate").await;
    desk.look("certificate-empty").await;
    desk.tab_to("Files").await;
    desk.type_in(&leaf).await;
    desk.drag_in(&[&key]).await;
    // Judged as soon as it is dropped, and named.
    desk.see("private key").await;
    desk.see("the certificate of its issuer, “Test Intermediate”, is missing.").await;
    desk.look("certificate-bad").await;
    desk.activate("Choose files…").await;
    desk.answer_dialog("Files", &chain).await;
    desk.see("Use this certificate").await;
    desk.activate("Use this certificate").await;
    desk.see("is good until").await;
    desk.look("certificate").await;
    desk.activate("Go on with MAST client").await;

    desk.see("Enter the MAST client").await;
    desk.see("https://roman-sit.science.stsci.edu/hub/oauth_callback").await;
    desk.tab_to("Client id").await;
    desk.type_in("464f261c10bf04a8").await;
    desk.tab_to("Client secret").await;
    desk.type_in(SECRET).await;
    desk.activate("Use this client").await;
    desk.see("The client's id and secret are here.").await;
    desk.look("mast").await;
    let page = desk.script("return document.documentElement.outerHTML + Array.from(document.querySelectorAll('input, textarea')).map(e => e.value).join()").await;
    assert!(!page.as_str().unwrap().contains(SECRET), "the secret left the page");
    desk.activate("Go on with Deploy roles").await;

    desk.see("Make the roles that set up the rest").await;
    desk.see("Makes 1 group, 4 policies and 1 role, and connects them.").await;
    desk.look("roles-plan").await;
    desk.activate("Create the roles").await;
    // The rows of the plan count what is made, and are the ones that are ticked.
    desk.see(" of 9, ").await;
    desk.see("The group, the role and its policies are in the account.").await;
    desk.see("Made 9 things in ").await;
    desk.see("6 there").await;
    desk.see("Next: Architects group").await;
    desk.look("roles").await;
    desk.activate("Go on with Architects group").await;

    desk.see("Join the architects group").await;
    desk.see("an-iam-user joins roman-sit-terraform-architects.").await;
    desk.activate("Add to the group").await;
    desk.see("The user is in roman-sit-terraform-architects.").await;
    desk.look("architects").await;
    desk.activate("Go on with Secrets setup role").await;

    desk.see("Make the role that sets up the secrets store").await;
    desk.see("Makes 2 policies and 1 role, and connects them.").await;
    desk.activate("Create the role").await;
    desk.see("The role is in the account, and these people may act as it.").await;
    desk.look("setup-role").await;
    desk.activate("Go on with Secrets store").await;

    desk.see("Make the secrets store").await;
    desk.see(
        "Makes 1 git repository, 2 policies, 2 roles, 1 name for the key and 1 encryption key, and connects them.",
    )
    .await;
    desk.look("store-plan").await;
    desk.activate("Create the store").await;
    desk.see("The repository, the key and both roles are in the account.").await;
    desk.look("store").await;
    desk.activate("More").await;
    desk.activate("Remove…").await;
    desk.see("The repository is deleted with every secret").await;
    desk.shot("store-removal").await;
    desk.look("store-remove").await;
    desk.type_in("roman").await;
    assert_eq!(desk.script("return document.querySelector('[role=alertdialog] .danger').disabled").await, true);
    desk.press(&[Key::Escape.into()]).await;
    assert_eq!(desk.script(FOCUSED).await, "More");
    desk.activate("Go on with Hub secrets").await;

    desk.see("Write the hub's secrets").await;
    desk.see("staging.yaml is written with 6 values, encrypted, and pushed.").await;
    desk.look("secrets-plan").await;
    desk.activate("Encrypt and push").await;
    desk.see("staging.yaml is encrypted and pushed.").await;
    desk.look("secrets").await;
    let token = real_sops_prints_the_values(&desk.home);
    desk.activate("Go on with Web address").await;

    desk.see("Give the hub its web address").await;
    desk.tab_to("Load balancer").await;
    desk.type_in("example.org").await;
    desk.see("is not the DNS name of an AWS load balancer").await;
    for _ in 0..11 {
        desk.press(&[Key::Backspace.into()]).await;
    }
    desk.type_in("abc-123.us-east-1.elb.amazonaws.com").await;
    desk.see("Way back").await;
    desk.look("address-plan").await;
    desk.activate("Create the record").await;
    desk.see("roman-sit.science.stsci.edu leads to abc-123.us-east-1.elb.amazonaws.com.").await;
    desk.look("address").await;
    desk.activate("See what there is now").await;
    desk.see("What there is now").await;
    desk.see("Next, by hand: ").await;
    desk.look("ending").await;
    // The logbook has who did what and as whom, by the pages' names; it is searched and saved.
    desk.ctrl('l').await;
    desk.see("Also where it only looked").await;
    desk.see("Carry out the plan with Terraform").await;
    desk.stretch("logbook").await;
    desk.type_in("roles done").await;
    desk.see("1 of ").await;
    desk.activate("Save as a file…").await;
    let saved = desk.home.path().join("logbook.txt");
    desk.answer_dialog("Save", &saved.display().to_string()).await;
    let text =
        wait("the saved logbook", 20, || std::fs::read_to_string(&saved).ok().filter(|text| text.ends_with('\n')));
    assert!(
        text.contains("Deploy roles: Done. ") && text.contains("as arn:aws:iam::123456789012:user/an-iam-user]"),
        "{text}"
    );
    assert!(!text.contains("deploy_roles"), "no id of a step: {text}");
    desk.press(&[Key::Escape.into()]).await;
    support::assert_world(&desk.home);
    nothing_secret_passed(&desk, token).await;

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

    // The practice account is killed: it is said once, nothing is red, and one press makes everything again.
    kill(&desk.home.practice()["pid"].to_string());
    desk.find("secrets sto").await;
    desk.see("The practice account was started anew, so what was made in it is gone.").await;
    desk.see("Not signed in yet").await;
    for page in ["Deploy roles", "Secrets store"] {
        let stands = so::stands(&desk, page).await;
        assert!(["ready", "later"].contains(&stands.as_str()), "{page} is to be done again: {stands}");
    }
    assert_eq!(
        desk.script("return document.querySelectorAll('nav .state.bad').length").await,
        0,
        "no page is at fault"
    );
    desk.look("gone").await;
    desk.activate("Build it up again").await;
    // Five pages are made before this one is, which takes longer than a page is waited for.
    for before in ["Deploy roles", "Secrets setup role"] {
        let end = std::time::Instant::now() + std::time::Duration::from_secs(180);
        while so::stands(&desk, before).await != "done" && std::time::Instant::now() < end {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }
    desk.see("The repository, the key and both roles are in the account.").await;
    desk.see("Go on with").await;
    wait("all of it", 120, || {
        let there = desk.home.boto3(support::WORLD);
        there["records"].as_array().filter(|records| !records.is_empty()).map(|_| ())
    });
    support::assert_world(&desk.home);
}

const SECRET: &str = "typed-canary-7f3a";

/// Real sops, with the deployer's rights only, prints what was entered in the window. Returns the proxy's token.
fn real_sops_prints_the_values(home: &Home) -> Option<String> {
    let Some(sops) = peers::sops() else {
        peers::skip("real_sops_prints_the_values", "no Go to build sops with");
        return None;
    };
    let folder = std::fs::read_dir(home.path().join("deployments")).unwrap().next().unwrap().unwrap().path();
    let file = folder.join("checkout/secrets/deployments/roman-sit/secrets/staging.yaml");
    let key: serde_json::Value = serde_json::from_str(&home.gateway("GET", "users/an-iam-user", "")).unwrap();
    let output = std::process::Command::new(sops)
        .arg("--decrypt")
        .arg(file)
        .env("AWS_ENDPOINT_URL", home.practice()["endpoint"].as_str().unwrap())
        .env("AWS_ACCESS_KEY_ID", key["access_key_id"].as_str().unwrap())
        .env("AWS_SECRET_ACCESS_KEY", key["secret_access_key"].as_str().unwrap())
        .env("AWS_REGION", "us-east-1")
        .output()
        .unwrap();
    let shown = support::text(&output);
    assert!(output.status.success(), "{shown}");
    assert!(
        shown.contains(&format!("client_secret: {SECRET}\n")) && shown.contains("client_id: 464f261c10bf04a8"),
        "{shown}"
    );
    assert!(shown.contains("BEGIN PRIVATE KEY") && shown.matches("BEGIN CERTIFICATE").count() == 3, "{shown}");
    let token = shown.split_once("secretToken: ").expect("the proxy has a token").1;
    Some(token.lines().next().unwrap().to_owned())
}

/// No command and no event tells the page a secret, and the page sends what was typed once, to be kept.
async fn nothing_secret_passed(desk: &Desk, token: Option<String>) {
    let (sent, told) = desk.passed().await;
    assert!(told.iter().any(|text| text.contains("staging.yaml is encrypted and pushed.")), "what is told is recorded");
    let key = std::fs::read_to_string(desk.home.path().join("hub.key")).unwrap();
    let canaries = [SECRET.to_owned(), key.lines().nth(3).unwrap().to_owned()].into_iter().chain(token);
    for canary in canaries {
        for form in session::forms(&canary) {
            let hears = told.iter().find(|text| session::contains(text.as_bytes(), &form));
            assert!(hears.is_none(), "the page was told a secret: {hears:?}");
        }
    }
    let typed: Vec<&String> = sent.iter().filter(|text| text.contains(SECRET)).collect();
    assert_eq!(typed, [&format!("set_secret {SECRET}")]);
}
