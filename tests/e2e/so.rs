//! What the window shows and says is so: in the real window, by keyboard.

use crate::desk::{Desk, FOCUSED};
use crate::support::{self, Home, PROGRAM, answers, text, wait};
use fantoccini::key::Key;
use serde_json::json;

/// How the page of this name stands in the sidebar: its shape, and what it says.
pub async fn stands(desk: &Desk, page: &str) -> String {
    let script = format!(
        "const b = [...document.querySelectorAll('nav li button')].find(b => b.querySelector('.name').innerText === '{page}');
         return b ? b.querySelector('.state').className.split(' ')[1] + (b.querySelector('.count')?.innerText ?? '') : 'not there'"
    );
    desk.script(&script).await.as_str().unwrap_or("no answer").to_owned()
}

/// A window of this home, with its deployment open.
async fn opened(home: Home) -> Desk {
    let desk = Desk::open(home, PROGRAM, &[]).await;
    desk.see("Go on with").await;
    desk.script("[...document.querySelectorAll('.known')].find(b => b.innerText.includes('roman-sit')).click()").await;
    desk.see("Hub secrets").await;
    desk
}

/// What the question before a removal lists, and whether it is asked.
async fn listed(desk: &Desk) -> Vec<String> {
    let list =
        desk.script("return [...document.querySelectorAll('[role=alertdialog] li')].map(e => e.innerText)").await;
    serde_json::from_value(list).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_shows_what_goes_and_takes_exactly_that() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    let applied = home.run(&["apply", &file, "--until", "secrets_store"]);
    assert!(applied.status.success(), "{}", text(&applied));
    let attached =
        "'roman-sit-secrets-decrypt', PolicyArn='arn:aws:iam::123456789012:policy/roman-sit-secrets-decrypt')";
    let world = "print(json.dumps([[r['RoleName'] for r in iam.list_roles()['Roles'] if 'crypt' in r['RoleName']], [r['repositoryName'] for r in c('codecommit').list_repositories()['repositories']], [a['AliasName'] for a in c('kms').list_aliases()['Aliases'] if 'roman' in a['AliasName']]]))";
    let all = home.boto3(world);
    // One of nine is not there when the list is made.
    home.boto3(&format!("iam.detach_role_policy(RoleName={attached}"));
    let desk = opened(home).await;
    // The chapter has the page's name, so the page is found as such.
    desk.find("secrets sto").await;
    desk.see("Make the secrets store").await;
    // One of nine is not there.
    desk.see("2 of 3 there").await;
    desk.activate("More").await;
    desk.activate("Remove…").await;
    desk.see("These 8 go, and nothing else").await;
    let first = listed(&desk).await;
    assert_eq!(first.len(), 8, "{first:?}");
    for thing in
        ["git repository roman-sit-secrets", "role roman-sit-secrets-encrypt", "policy roman-sit-secrets-decrypt"]
    {
        assert!(first.iter().any(|line| line == thing), "{thing}: {first:?}");
    }
    desk.axe("asking before a removal").await;
    desk.shot("removal-list").await;
    // The button that destroys is not where the keyboard is, and does nothing before the name is typed.
    let button = "return document.querySelector('[role=alertdialog] .danger').disabled";
    assert_eq!(desk.script("return document.activeElement.id").await, "removal-name");
    assert_eq!(desk.script(button).await, true);
    desk.hammer("roman", Key::Enter).await;
    assert_eq!(desk.script(button).await, true);
    assert_eq!(desk.home.boto3(world), all, "nothing went");

    // Meanwhile somebody puts back what was missing: that was not in the list.
    desk.home.boto3(&format!("iam.attach_role_policy(RoleName={attached}"));
    desk.hammer("-sit", Key::Enter).await;
    desk.see("The list changed after it was shown, so nothing was removed.").await;
    desk.see("These 9 go, and nothing else").await;
    assert_eq!(listed(&desk).await.len(), 9);
    assert_eq!(desk.home.boto3(world), all, "nothing went");
    assert_eq!(desk.script(button).await, true, "the name is asked for again");
    desk.hammer("roman-sit", Key::Enter).await;
    desk.see("Removed.").await;
    assert_eq!(desk.home.boto3(world), json!([[], [], []]), "all of the list, and it was the list that was seen last");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_window_says_is_so() {
    let desk = Desk::open(Home::new(), PROGRAM, &[]).await;
    desk.activate("Start the deployment").await;
    desk.see("Name the deployment").await;
    assert_eq!(desk.script(FOCUSED).await, "Deployment name", "the first field has the keyboard");

    // Typed and sent in one go: what counts is what was typed, and the page stays.
    desk.hammer("roman-sit", Key::Enter).await;
    desk.see("“Your IAM user” is missing.").await;
    assert_eq!(desk.script(FOCUSED).await, "Your IAM user");
    desk.hammer("an-iam-user", Key::Enter).await;
    desk.see("Go on with AWS account").await;
    assert_eq!(stands(&desk, "Name").await, "done");

    // An edit of what is done is no fault; typed and sent in one go, it is taken in where it was typed.
    desk.tab_to("Your IAM user").await;
    desk.press(&[Key::End.into()]).await;
    desk.type_in("2").await;
    desk.see("Use this name").await;
    assert_eq!(stands(&desk, "Name").await, "ready");
    desk.hammer("3", Key::Enter).await;
    desk.see("Go on with AWS account").await;
    assert_eq!(desk.script("return document.querySelector('h1').innerText").await, "Name the deployment");
    assert_eq!(desk.script("return document.getElementById('field-user').value").await, "an-iam-user23");

    // The typefaces come with the program.
    let faces = "return [...document.fonts].filter(f => f.status === 'loaded').map(f => f.family.replaceAll('\"', ''))";
    let faces = desk.script(faces).await.to_string();
    assert!(faces.contains("Inter Variable") && faces.contains("JetBrains Mono Variable"), "{faces}");

    // The column stays in the middle, however wide the window is.
    for width in [1280, 1920, 2560] {
        desk.resize(width, 800).await;
        let middle = desk
            .script(
                "const c = document.querySelector('.page .column').getBoundingClientRect();
                 const p = document.querySelector('.page').getBoundingClientRect();
                 return [Math.round(c.left - p.left - (p.right - c.right)), Math.round(c.width) <= 880, innerWidth]",
            )
            .await;
        assert_eq!(middle, json!([0, true, width]), "left and right of the column");
    }
    desk.resize(1280, 800).await;

    // A box of the system's own would stay white in the dark.
    desk.script("document.documentElement.dataset.theme = 'dark'").await;
    desk.activate("Go on with AWS account").await;
    desk.see("Give access to the AWS account").await;
    desk.shot("dark-account").await;

    // One page at a time is enough for a person: what waits says for which page, by the sidebar's name.
    desk.activate("Secrets store").await;
    desk.activate("Deploy roles").await;
    desk.see("Comes after").await;
    desk.activate("AWS account").await;
    desk.see("Give access to the AWS account").await;
    assert_eq!(desk.script("return document.querySelectorAll('.lucide-lock').length").await, 0, "no padlock");

    // What has no page yet is named, and nobody believes to be finished without it.
    desk.activate("Journey").await;
    desk.see("The whole way").await;
    desk.see("12 steps are done by hand for now, so the hub is not finished when these pages are.").await;
    desk.see("Today: ").await;
    desk.look("journey").await;

    // A key made here ends in waiting, not in an error; the page says whose turn it is.
    // Nothing was asked of others yet, which is for a person to do.
    desk.tab_to("Open Requests").await;
    desk.activate("Open Certificate").await;
    desk.see("Bring the hub's certificate").await;
    desk.tab_to("A key and certificates, in any form and order.").await;
    desk.press(&[Key::Down.into()]).await;
    desk.activate("Make the key and the request").await;
    desk.see("The key is in this computer's keychain.").await;
    desk.see("The certificate has not come back yet.").await;
    assert_eq!(stands(&desk, "Certificate").await, "wait");
    assert_eq!(desk.script("return document.querySelectorAll('.problem.error').length").await, 0, "nothing is red");
    desk.look("certificate-key").await;

    // A page is found by its name, by keyboard alone.
    desk.ctrl('k').await;
    desk.see("Find a page").await;
    desk.type_in("secrets sto").await;
    desk.axe("finding a page").await;
    desk.press(&[Key::Enter.into()]).await;
    desk.see("Make the secrets store").await;
    // A word that not everybody knows is explained where it stands; Escape hides it.
    desk.tab_to("git repository").await;
    desk.see("A folder with its whole history").await;
    desk.axe("a word explained").await;
    desk.shot("word").await;
    desk.press(&[Key::Escape.into()]).await;
    assert_eq!(desk.script("return document.querySelectorAll('[role=tooltip]').length").await, 0);
    wait("the window's own title", 20, || desk.has_window("roman-sit.*Hubwright").then_some(()));

    // The size of the text, the keys and the version are at hand; Escape gives the keyboard back.
    let size = "return getComputedStyle(document.documentElement).fontSize";
    desk.ctrl('+').await;
    assert_eq!(desk.script(size).await, "18px");
    desk.ctrl('0').await;
    assert_eq!(desk.script(size).await, "16px");
    desk.press(&['?']).await;
    desk.see(concat!("Hubwright ", env!("CARGO_PKG_VERSION"))).await;
    desk.see("Ctrl K").await;
    desk.axe("about").await;
    desk.shot("about").await;
    desk.press(&[Key::Escape.into()]).await;
    desk.ctrl(',').await;
    desk.see("Where things are kept").await;
    desk.see(&desk.home.path().display().to_string()).await;
    desk.stretch("settings").await;
    desk.tab_to("As the system").await;
    desk.press(&[Key::Down.into(), Key::Down.into()]).await;
    assert_eq!(desk.script("return document.documentElement.dataset.theme").await, "dark");
    desk.shot("settings-dark").await;
    desk.press(&[Key::Escape.into()]).await;
    assert_eq!(desk.script("return document.querySelectorAll('dialog').length").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_named_by_what_they_are_and_one_of_no_use_is_left_out_by_its_button() {
    let home = Home::new();
    home.start_practice();
    support::certificates(home.path(), "roman-sit.science.stsci.edu");
    // What has nothing to do with certificates is left out by itself; what may have is a question.
    home.write("README", "This directory contains your keys and certificates.");
    home.write("more.zip", "PK\u{3}\u{4}");
    let file = home.write(
        "answers.toml",
        "version = 1\n[deployment]\nname = \"roman-sit\"\nuser = \"an-iam-user\"\n[account]\nkind = \"practice\"\n\
         [certificate]\nfiles = [\"hub.crt\", \"hub.key\", \"more.zip\", \"README\", \"chain.pem\"]\n",
    );
    let applied = home.run(&["apply", &file, "--until", "deployment"]);
    assert!(applied.status.success(), "{}", text(&applied));
    let desk = opened(home).await;
    desk.find("certif").await;
    desk.see("Leave more.zip out").await;
    let chips = "return [...document.querySelectorAll('.kind')].map(e => e.innerText)";
    let kinds = ["hub's certificate", "private key", "nothing to use", "nothing to use", "2 certificates of issuers"];
    assert_eq!(desk.script(chips).await, json!(kinds));
    // The key is in a file only, whatever will become of it.
    desk.see("not taken in yet").await;
    desk.look("certificate-spare").await;
    desk.activate("Leave more.zip out").await;
    desk.see("The files are good. Next, the key goes into the keychain.").await;
    assert_eq!(desk.script("return document.querySelectorAll('.problem.error').length").await, 0);
    desk.activate("Use this certificate").await;
    desk.see("in this computer's keychain").await;
    let shown = desk.script("return document.body.innerText").await;
    assert!(!shown.as_str().unwrap().contains("keychain only"), "the file that was chosen has the key too");

    // What is missing stands in its place in the chain, and what was said of the old files goes with them.
    desk.activate("Leave out chain.pem").await;
    desk.see("Missing from the files").await;
    let offers = "return [...document.querySelectorAll('.problem button.small')].length";
    assert_eq!(desk.script(offers).await, 0, "what is needed is not left out");
    let footer = desk.script("return document.querySelector('footer').innerText").await;
    assert!(!footer.as_str().unwrap().contains("is good until"), "{footer}");
    desk.look("certificate-gap").await;

    // The next window is as large as the last one, and the list says what waits and what is next.
    desk.resize(1100, 760).await;
    let kept = desk.home.path().join("window.json");
    wait("the size to be kept", 20, || {
        std::fs::read_to_string(&kept).ok().filter(|text| text.contains("1100") && text.contains("760"))
    });
    desk.activate("All deployments").await;
    desk.see("Next: AWS account").await;
    desk.look("list").await;
    desk.resize(1100, 760).await;
    wait("the size to be kept", 20, || {
        std::fs::read_to_string(&kept).ok().filter(|text| text.contains("1100") && text.contains("760"))
    });
    let desk = Desk::open(desk.close(), PROGRAM, &[]).await;
    desk.see("Go on with roman-sit").await;
    assert_eq!(desk.script("return [innerWidth, innerHeight]").await, json!([1100, 760]));
    // What is put away is out of sight, and comes back as it was.
    desk.activate("More: roman-sit").await;
    desk.activate("Put it away").await;
    desk.see("Put away: 1").await;
    desk.activate("Put away: 1").await;
    desk.activate("More: roman-sit").await;
    desk.activate("Take it back").await;
    desk.activate("Go on with roman-sit").await;
    desk.see("Bring the hub's certificate").await;
}
