//! The real window over WebDriver: a person with a keyboard takes a deployment from its name to a DNS record.
//! Needs Xvfb, dbus-daemon and WebKitWebDriver, which `./dev` installs; screenshots go to `artefacts/`.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "a test starts programs and writes its screenshots")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/desktop.rs"]
mod desktop;

#[path = "../support/peers.rs"]
mod peers;

#[path = "../support/session.rs"]
mod session;

mod so;

use desktop::{Desktop, FOCUSED, kill, processes, web_processes};
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
    let desktop = Desktop::open(home, PROGRAM, &[("PATH", &search)]).await;
    desktop.record().await;
    desktop.see("Start a deployment").await;
    assert_eq!(desktop.script(FOCUSED).await, "Set up a JupyterHub on AWS", "the keyboard begins at the title");
    desktop.look("start").await;
    desktop.activate("Start the deployment").await;

    desktop.see("Name the deployment").await;
    // What is missing is said, and the first field gets the keyboard.
    desktop.activate("Use this name").await;
    desktop.see("“Deployment name” is missing.").await;
    assert_eq!(desktop.script(FOCUSED).await, "Deployment name");
    desktop.type_in("Roman_SIT").await;
    desktop.see("has capital letters").await;
    desktop.look("name-bad").await;
    // Two things are wrong with it, and one button mends both.
    desktop.activate("Use roman-sit").await;
    desktop.see("roman-sit.science.stsci.edu").await;
    desktop.tab_to("Your IAM user").await;
    desktop.type_in("an-iam-user").await;
    desktop.look("name").await;
    desktop.activate("Use this name").await;
    desktop.activate("Go on with AWS account").await;

    desktop.see("Give access to the AWS account").await;
    // It is read and planned by itself: nothing to press but the one thing to do.
    desktop.see("The user an-iam-user is made in the practice account").await;
    desktop.look("account-plan").await;
    desktop.activate("Use this account").await;
    desktop.see("You act as the user an-iam-user of account 123456789012.").await;
    desktop.look("account").await;
    desktop.activate("Go on with Tools").await;

    desktop.see("Programs on this computer").await;
    desktop.see("Everything is here. Things in AWS are made with").await;
    desktop.look("tools").await;
    desktop.activate("Go on with Requests").await;

    desktop.see("Ask other people").await;
    // Nothing was asked yet, so nothing is ticked; the page counts what arrived.
    assert_eq!(so::stands(&desktop, "Requests").await, "ready0 of 4");
    desktop.look("requests-first").await;
    desktop.activate("More: Certificate").await;
    desktop.activate("Copy without a request, and mark as sent").await;
    desktop.see("Waiting, day 1").await;
    desktop.tab_to("Certificate asked on").await;
    desktop.press(&[Key::End.into()]).await;
    desktop.type_in("x").await;
    // A day counts once it is typed to its end.
    desktop.press(&[Key::Enter.into()]).await;
    desktop.see("is not a date.").await;
    for _ in 0..11 {
        desktop.press(&[Key::Backspace.into()]).await;
    }
    desktop.type_in("2020-01-01").await;
    desktop.press(&[Key::Enter.into()]).await;
    desktop.see("Ask again since").await;
    desktop.activate("More: Certificate").await;
    desktop.activate("Save the text…").await;
    let saved = desktop.home.path().join("request.txt");
    desktop.answer_dialog("Save", &saved.display().to_string()).await;
    desktop.see("Saved").await;
    assert!(std::fs::read_to_string(saved).unwrap().contains("TLS certificate for roman-sit.science.stsci.edu"));
    desktop.see("Ask again: Certificate.").await;
    desktop.activate("More: Requirements from the scientists").await;
    desktop.activate("It arrived").await;
    desktop.see("1 arrived: Requirements from the scientists").await;
    assert_eq!(so::stands(&desktop, "Requests").await, "ask1 of 4");
    desktop.look("requests").await;
    // The request that is overdue is told on the desktop too.
    wait("a notification", 45, || {
        std::fs::read_to_string(&desktop.notifications).ok().filter(|said| said.contains("Ask again: Certificate."))
    });
    desktop.activate("Copy the reminder: Certificate").await;
    desktop.see("Waiting for: Certificate.").await;
    // Others are waited for once nothing is left to send.
    assert_eq!(so::stands(&desktop, "Requests").await, "ready1 of 4");
    desktop.activate("Go on with Certificate").await;

    desktop.see("Bring the hub's certificate").await;
    desktop.look("certificate-empty").await;
    desktop.tab_to("Files").await;
    desktop.type_in(&leaf).await;
    desktop.drag_in(&[&key]).await;
    // Judged as soon as it is dropped, and named.
    desktop.see("private key").await;
    desktop.see("the certificate of its issuer, “Test Intermediate”, is missing.").await;
    desktop.look("certificate-bad").await;
    desktop.activate("Choose files…").await;
    desktop.answer_dialog("Files", &chain).await;
    desktop.see("Use this certificate").await;
    desktop.activate("Use this certificate").await;
    desktop.see("is good until").await;
    desktop.look("certificate").await;
    desktop.activate("Go on with MAST client").await;

    desktop.see("Enter the MAST client").await;
    desktop.see("https://roman-sit.science.stsci.edu/hub/oauth_callback").await;
    desktop.tab_to("Client id").await;
    desktop.type_in("464f261c10bf04a8").await;
    desktop.tab_to("Client secret").await;
    desktop.type_in(SECRET).await;
    desktop.activate("Use this client").await;
    desktop.see("The client's id and secret are here.").await;
    desktop.look("mast").await;
    let page = desktop.script("return document.documentElement.outerHTML + Array.from(document.querySelectorAll('input, textarea')).map(e => e.value).join()").await;
    assert!(!page.as_str().unwrap().contains(SECRET), "the secret left the page");
    desktop.activate("Go on with Deploy roles").await;

    desktop.see("Make the roles that set up the rest").await;
    desktop.see("Makes 1 group, 4 policies and 1 role, and connects them.").await;
    // Whom the account has can be picked, also once the plan is made.
    let offers = "const users = document.getElementById('field-users'); users.click(); return users.placeholder";
    assert_eq!(desktop.script(offers).await, "Type or pick…");
    desktop.look("roles-plan").await;
    desktop.activate("Create the roles").await;
    // The rows of the plan count what is made, and are the ones that are ticked.
    desktop.see(" of 9, ").await;
    desktop.see("The group, the role and its policies are in the account.").await;
    desktop.see("Made 9 things in ").await;
    desktop.see("6 there").await;
    desktop.see("Next: Architects group").await;
    desktop.look("roles").await;
    desktop.activate("Go on with Architects group").await;

    desktop.see("Join the architects group").await;
    desktop.see("an-iam-user joins roman-sit-terraform-architects.").await;
    desktop.activate("Add to the group").await;
    desktop.see("The user is in roman-sit-terraform-architects.").await;
    desktop.look("architects").await;
    desktop.activate("Go on with Secrets setup role").await;

    desktop.see("Make the role that sets up the secrets store").await;
    desktop.see("Makes 2 policies and 1 role, and connects them.").await;
    desktop.activate("Create the role").await;
    desktop.see("The role is in the account, and these people may act as it.").await;
    desktop.look("setup-role").await;
    desktop.activate("Go on with Secrets store").await;

    desktop.see("Make the secrets store").await;
    desktop
        .see("Makes 1 git repository, 2 policies, 2 roles, 1 name for the key and 1 encryption key, and connects them.")
        .await;
    desktop.look("store-plan").await;
    desktop.activate("Create the store").await;
    desktop.see("The repository, the key and both roles are in the account.").await;
    desktop.look("store").await;
    desktop.activate("More").await;
    desktop.activate("Remove…").await;
    desktop.see("The repository is deleted with every secret").await;
    desktop.shot("store-removal").await;
    desktop.look("store-remove").await;
    desktop.type_in("roman").await;
    assert_eq!(desktop.script("return document.querySelector('[role=alertdialog] .danger').disabled").await, true);
    desktop.press(&[Key::Escape.into()]).await;
    assert_eq!(desktop.script(FOCUSED).await, "More");
    desktop.activate("Go on with Hub secrets").await;

    desktop.see("Write the hub's secrets").await;
    desktop.see("staging.yaml is written with 6 values, encrypted, and pushed.").await;
    desktop.look("secrets-plan").await;
    desktop.activate("Encrypt and store").await;
    desktop.see("staging.yaml is encrypted and pushed.").await;
    desktop.look("secrets").await;
    let token = real_sops_prints_the_values(&desktop.home);
    desktop.activate("Go on with Web address").await;

    desktop.see("Give the hub its web address").await;
    desktop.tab_to("Load balancer").await;
    desktop.type_in("example.org").await;
    desktop.see("is not the address of a load balancer in AWS").await;
    for _ in 0..11 {
        desktop.press(&[Key::Backspace.into()]).await;
    }
    desktop.type_in("abc-123.us-east-1.elb.amazonaws.com").await;
    desktop.see("Way back").await;
    desktop.look("address-plan").await;
    desktop.activate("Create the record").await;
    desktop.see("roman-sit.science.stsci.edu leads to abc-123.us-east-1.elb.amazonaws.com.").await;
    desktop.look("address").await;
    desktop.activate("Go to Journey").await;
    desktop.see("What there is now").await;
    desktop.see("In a real account, next by hand: ").await;
    // What to keep and what runs out, from what the pages left.
    for kept in [
        "Keep this",
        "https://roman-sit.science.stsci.edu",
        "This computer's keychain, and encrypted in the",
        "What runs out, and when",
        "Ask for a new one",
    ] {
        desktop.see(kept).await;
    }
    desktop.look("ending").await;
    // The logbook has who did what and as whom, by the pages' names; it is searched and saved.
    desktop.ctrl('l').await;
    desktop.see("Also where it only looked").await;
    desktop.see("Carry out the plan with Terraform").await;
    desktop.stretch("logbook").await;
    desktop.type_in("roles done").await;
    desktop.see("1 of ").await;
    desktop.activate("Save as a file…").await;
    let saved = desktop.home.path().join("logbook.txt");
    desktop.answer_dialog("Save", &saved.display().to_string()).await;
    let text =
        wait("the saved logbook", 20, || std::fs::read_to_string(&saved).ok().filter(|text| text.ends_with('\n')));
    assert!(
        text.contains("Deploy roles: Done. ") && text.contains("as arn:aws:iam::123456789012:user/an-iam-user]"),
        "{text}"
    );
    assert!(!text.contains("deploy_roles"), "no id of a step: {text}");
    desktop.press(&[Key::Escape.into()]).await;
    support::assert_world(&desktop.home);
    nothing_secret_passed(&desktop, token).await;

    // A web process that is killed is replaced. (WebKitWebDriver loses its session with it, so what the new one shows
    // is looked at after the next start.)
    let before = web_processes(&desktop.home);
    assert!(!before.is_empty(), "the page has a process of its own");
    for pid in &before {
        kill(pid);
    }
    wait("a new web process", 30, || web_processes(&desktop.home).into_iter().find(|pid| !before.contains(pid)));

    // Hubwright itself killed: nothing is lost. All pages are done, so the next window opens on the whole way.
    for pid in processes(PROGRAM, &desktop.home) {
        let command = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if !command.contains("practice") {
            kill(&pid);
        }
    }
    let desktop = Desktop::open(desktop.close(), PROGRAM, &[]).await;
    desktop.see("What there is now").await;
    desktop.see("Practice ends here.").await;
    desktop.find("web addr").await;
    desktop.see("Give the hub its web address").await;
    desktop.see("leads to abc-123.us-east-1.elb.amazonaws.com").await;
    assert_eq!(
        desktop.script("return document.getElementById('field-target').value").await,
        "abc-123.us-east-1.elb.amazonaws.com"
    );

    // The practice account is killed: it is said once, nothing is red, and one press makes everything again.
    kill(&desktop.home.practice()["pid"].to_string());
    desktop.find("secrets sto").await;
    desktop.see("The practice account was started anew, so what was made in it is gone.").await;
    desktop.see("Not signed in yet").await;
    for page in ["Deploy roles", "Secrets store"] {
        let stands = so::stands(&desktop, page).await;
        assert!(["ready", "later"].contains(&stands.as_str()), "{page} is to be done again: {stands}");
    }
    assert_eq!(
        desktop.script("return document.querySelectorAll('nav .state.bad').length").await,
        0,
        "no page is at fault"
    );
    desktop.look("gone").await;
    desktop.activate("Build it up again").await;
    // Five pages are made before this one is, which takes longer than a page is waited for.
    for before in ["Deploy roles", "Secrets setup role"] {
        let end = std::time::Instant::now() + std::time::Duration::from_secs(180);
        while so::stands(&desktop, before).await != "done" && std::time::Instant::now() < end {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }
    desktop.see("The repository, the key and both roles are in the account.").await;
    desktop.see("Go on with").await;
    wait("all of it", 120, || {
        let there = desktop.home.boto3(support::WORLD);
        there["records"].as_array().filter(|records| !records.is_empty()).map(|_| ())
    });
    support::assert_world(&desktop.home);
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
async fn nothing_secret_passed(desktop: &Desktop, token: Option<String>) {
    let (sent, told) = desktop.passed().await;
    assert!(told.iter().any(|text| text.contains("staging.yaml is encrypted and pushed.")), "what is told is recorded");
    let key = std::fs::read_to_string(desktop.home.path().join("hub.key")).unwrap();
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
