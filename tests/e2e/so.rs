//! What the window shows and says is so: in the real window, by keyboard.

use crate::desktop::{Desktop, FOCUSED};
use crate::support::{self, Home, PROGRAM, answers, text, wait};
use fantoccini::key::Key;
use hubwright::engine::Place;
use hubwright::engine::journal::Journal;
use serde_json::json;

/// How the page of this name stands in the sidebar: its shape, and what it says.
pub async fn stands(desktop: &Desktop, page: &str) -> String {
    let script = format!(
        "const b = [...document.querySelectorAll('nav li button')].find(b => b.querySelector('.name').innerText === '{page}');
         return b ? b.querySelector('.state').className.split(' ')[1] + (b.querySelector('.count')?.innerText ?? '') : 'not there'"
    );
    desktop.script(&script).await.as_str().unwrap_or("no answer").to_owned()
}

/// A window of this home, with its deployment open.
async fn opened(home: Home) -> Desktop {
    let desktop = Desktop::open(home, PROGRAM, &[]).await;
    desktop.see("Go on with").await;
    desktop
        .script("[...document.querySelectorAll('.known')].find(b => b.innerText.includes('roman-sit')).click()")
        .await;
    desktop.see("Hub secrets").await;
    desktop
}

/// What the question before a removal lists, and whether it is asked.
async fn listed(desktop: &Desktop) -> Vec<String> {
    let list =
        desktop.script("return [...document.querySelectorAll('[role=alertdialog] li')].map(e => e.innerText)").await;
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
    let desktop = opened(home).await;
    // The chapter has the page's name, so the page is found as such.
    desktop.find("secrets sto").await;
    desktop.see("Make the secrets store").await;
    // One of nine is not there.
    desktop.see("2 of 3 there").await;
    desktop.activate("More").await;
    desktop.activate("Remove…").await;
    desktop.see("These 8 go, and nothing else").await;
    let first = listed(&desktop).await;
    assert_eq!(first.len(), 8, "{first:?}");
    for thing in [
        "git repository roman-sit-secrets",
        "role roman-sit-secrets-encrypt",
        "policy roman-sit-secrets-decrypt",
        "connection of the role roman-sit-secrets-encrypt with its policy roman-sit-secrets-encrypt",
        "encryption key “Secrets of roman-sit-secrets”",
        "name for the key roman-sit-secrets",
    ] {
        assert!(first.iter().any(|line| line == thing), "{thing}: {first:?}");
    }
    desktop.axe("asking before a removal").await;
    desktop.shot("removal-list").await;
    // The button that destroys is not where the keyboard is, and does nothing before the name is typed.
    let button = "return document.querySelector('[role=alertdialog] .danger').disabled";
    assert_eq!(desktop.script("return document.activeElement.id").await, "removal-name");
    assert_eq!(desktop.script(button).await, true);
    desktop.hammer("roman", Key::Enter).await;
    assert_eq!(desktop.script(button).await, true);
    assert_eq!(desktop.home.boto3(world), all, "nothing went");

    // Meanwhile somebody puts back what was missing: that was not in the list.
    desktop.home.boto3(&format!("iam.attach_role_policy(RoleName={attached}"));
    desktop.hammer("-sit", Key::Enter).await;
    let changed = "The list changed after it was shown, so nothing was removed.";
    desktop.see(changed).await;
    let seen = format!(
        "const page = document.querySelector('.page').getBoundingClientRect();
         return [...document.querySelectorAll('.page b')].filter(b => b.innerText === '{changed}').map(b => b.getBoundingClientRect())
             .map(box => box.top >= page.top && box.bottom <= page.bottom)"
    );
    assert_eq!(desktop.script(&seen).await, json!([true]), "why nothing was removed is in sight, once");
    desktop.see("These 9 go, and nothing else").await;
    assert_eq!(listed(&desktop).await.len(), 9);
    assert_eq!(desktop.home.boto3(world), all, "nothing went");
    assert_eq!(desktop.script(button).await, true, "the name is asked for again");
    desktop.hammer("roman-sit", Key::Enter).await;
    desktop.see("Removed.").await;
    assert_eq!(
        desktop.home.boto3(world),
        json!([[], [], []]),
        "all of the list, and it was the list that was seen last"
    );

    // A deployment is deleted from this computer only once it was said what would remain, and its name was typed.
    let groups = "print(json.dumps([g['GroupName'] for g in iam.list_groups()['Groups']]))";
    let folder = desktop.home.path().join("deployments/roman-sit-staging");
    assert!(folder.exists());
    desktop.activate("All deployments").await;
    desktop.activate("More: roman-sit").await;
    desktop.activate("Delete…").await;
    desktop.see("This would remain in the account").await;
    // Each page with a count, which unfolds.
    let fold = "const pages = [...document.querySelectorAll('[aria-label=\"What would remain\"] details')];
        pages.forEach(page => page.open || page.querySelector('summary').click()); return pages.map(page => page.innerText).join('\\n')";
    let pages = desktop.script(fold).await.as_str().unwrap_or_default().to_owned();
    let of_roles = pages.lines().skip_while(|line| !line.starts_with("Deploy roles: ")).nth(1);
    assert!(of_roles.is_some_and(|line| line.contains("roman-sit")), "{pages}");
    let remains = "return document.querySelector('[aria-label=\"What would remain\"]').innerText";
    let remains = desktop.script(remains).await.as_str().unwrap_or_default().to_owned();
    assert!(remains.contains("Group roman-sit-terraform-architects"), "{remains}");
    assert!(!remains.contains("crypt"), "what was removed does not remain: {remains}");
    desktop.axe("asking before a deletion").await;
    desktop.shot("deletion").await;
    let button = "return document.querySelector('dialog .danger').disabled";
    assert_eq!(desktop.script("return document.activeElement.id").await, "deletion-name");
    desktop.hammer("roman", Key::Enter).await;
    assert_eq!(desktop.script(button).await, true);
    assert!(folder.exists(), "nothing is deleted before the name is typed");
    desktop.hammer("-sit", Key::Enter).await;
    desktop.see("Deleted.").await;
    assert!(!folder.exists());
    assert_eq!(desktop.home.boto3(groups), json!(["roman-sit-terraform-architects"]), "the account is not touched");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_window_says_is_so() {
    let desktop = Desktop::open(Home::new(), PROGRAM, &[]).await;
    desktop.activate("Start the deployment").await;
    desktop.see("Name the deployment").await;
    assert_eq!(desktop.script(FOCUSED).await, "Deployment name", "the first field has the keyboard");

    // Typed and sent in one go: what counts is what was typed, and the page stays.
    desktop.hammer("roman-sit", Key::Enter).await;
    desktop.see("“Your IAM user” is missing.").await;
    assert_eq!(desktop.script(FOCUSED).await, "Your IAM user");
    desktop.hammer("an-iam-user", Key::Enter).await;
    desktop.see("Go on with AWS account").await;
    assert_eq!(stands(&desktop, "Name").await, "done");

    // An edit of what is done is no fault; typed and sent in one go, it is taken in where it was typed.
    desktop.tab_to("Your IAM user").await;
    desktop.press(&[Key::End.into()]).await;
    desktop.type_in("2").await;
    desktop.see("Use this name").await;
    assert_eq!(stands(&desktop, "Name").await, "ready");
    desktop.hammer("3", Key::Enter).await;
    desktop.see("Go on with AWS account").await;
    assert_eq!(desktop.script("return document.querySelector('h1').innerText").await, "Name the deployment");
    assert_eq!(desktop.script("return document.getElementById('field-user').value").await, "an-iam-user23");

    // The typefaces come with the program.
    let faces = "return [...document.fonts].filter(f => f.status === 'loaded').map(f => f.family.replaceAll('\"', ''))";
    let faces = desktop.script(faces).await.to_string();
    assert!(faces.contains("Inter Variable") && faces.contains("JetBrains Mono Variable"), "{faces}");

    // The column stays in the middle, however wide the window is.
    for width in [1280, 1920, 2560] {
        desktop.resize(width, 800).await;
        let middle = desktop
            .script(
                "const c = document.querySelector('.page .column').getBoundingClientRect();
                 const p = document.querySelector('.page').getBoundingClientRect();
                 return [Math.round(c.left - p.left - (p.right - c.right)), Math.round(c.width) <= 880, innerWidth]",
            )
            .await;
        assert_eq!(middle, json!([0, true, width]), "left and right of the column");
    }
    // Fields stay wide enough, and evenly so: what follows from the name goes below them where it has no room beside them.
    for width in [1280, 1024, 980, 900] {
        desktop.resize(width, 700).await;
        let fields = desktop
            .script(
                "const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
                 const widths = [...document.querySelectorAll('.pair .field :is(input, select, textarea)')].map(e => e.getBoundingClientRect().width);
                 return [widths.length > 1, Math.min(...widths) >= 18 * rem]",
            )
            .await;
        assert_eq!(fields, json!([true, true]), "fields at {width}");
    }
    desktop.resize(1280, 800).await;

    // A box of the system's own would stay white in the dark.
    desktop.script("document.documentElement.dataset.theme = 'dark'").await;
    desktop.activate("Go on with AWS account").await;
    desktop.see("Give access to the AWS account").await;
    desktop.shot("dark-account").await;

    // A box that is ticked is stored as ticked, and one that is cleared as cleared; the page shows what is stored.
    let deployments = desktop.home.path().join("deployments");
    let stored = || {
        let folder = std::fs::read_dir(&deployments).unwrap().next()?.unwrap().path();
        Some(Journal::peek(&folder).ok()?.answers(&Place::shared("account")).ok()?.on("keep_name"))
    };
    assert_eq!(stored(), Some(false), "nobody has ticked it");
    for ticked in [true, false] {
        desktop.tab_to("Keep a name that is in use").await;
        desktop.press(&[' ']).await;
        wait("the box to be stored", 20, || (stored() == Some(ticked)).then_some(()));
        assert_eq!(desktop.script("return document.getElementById('field-keep_name').checked").await, ticked);
    }

    // One page at a time is enough for a person: what waits says for which page, by the sidebar's name.
    desktop.activate("Secrets store").await;
    desktop.activate("Deploy roles").await;
    desktop.see("Comes after").await;
    desktop.activate("AWS account").await;
    desktop.see("Give access to the AWS account").await;
    assert_eq!(desktop.script("return document.querySelectorAll('.lucide-lock').length").await, 0, "no padlock");

    // What has no page yet is named, and nobody believes to be finished without it.
    desktop.activate("Journey").await;
    desktop.see("The whole way").await;
    desktop.see("12 steps are still to do by hand, so the hub is not finished when these pages are.").await;
    desktop.see("Today: ").await;
    desktop.see("The whole hub costs about $").await;
    desktop.see("hours by hand").await;
    desktop.look("journey").await;

    // A key made here ends in waiting, not in an error; the page says whose turn it is.
    // Nothing was asked of others yet, which is for a person to do, and the pages that take in what comes are not.
    desktop.tab_to("Open Requests").await;
    assert_eq!(desktop.script("return document.querySelectorAll('[aria-label=\"Open Certificate\"]').length").await, 0);
    desktop.find("certificate").await;
    desktop.see("Bring the hub's certificate").await;
    desktop.tab_to("A key and certificates, in any form and order.").await;
    desktop.press(&[Key::Down.into()]).await;
    desktop.activate("Make the key and the request").await;
    desktop.see("The key is in this computer's keychain.").await;
    desktop.see("The key and its request are made.").await;
    assert_eq!(stands(&desktop, "Certificate").await, "ready", "nobody was asked yet");
    assert_eq!(desktop.script("return document.querySelectorAll('.problem.error').length").await, 0, "nothing is red");
    desktop.look("certificate-key").await;
    // The text on “Requests” has the request in it, and the page says that it was sent once that one was.
    desktop.see("Send the text on “Requests” to IT: it has the request in it.").await;
    desktop.activate("Send the request").await;
    desktop.see("The request is not sent yet").await;
    desktop.activate("Copy and mark as sent: Certificate").await;
    desktop.see("Waiting, day 1").await;
    desktop.find("certificate").await;
    desktop.see("as the page “Requests” says.").await;
    desktop.see("The certificate has not come back yet.").await;
    assert_eq!(stands(&desktop, "Certificate").await, "wait");

    // A page is found by its name, by keyboard alone.
    desktop.ctrl('k').await;
    desktop.see("Find a page").await;
    desktop.type_in("secrets sto").await;
    desktop.axe("finding a page").await;
    desktop.press(&[Key::Enter.into()]).await;
    desktop.see("Make the secrets store").await;
    // A word that not everybody knows is explained where it stands, by a press: who only passes sees what is below it.
    // Escape hides it.
    let explained = "return document.querySelectorAll('[role=tooltip]').length";
    desktop.tab_to("git repository").await;
    assert_eq!(desktop.script(explained).await, 0, "the keyboard only passes");
    desktop.press(&[Key::Enter.into()]).await;
    desktop.see("A folder with its whole history").await;
    desktop.axe("a word explained").await;
    desktop.shot("word").await;
    desktop.press(&[Key::Escape.into()]).await;
    assert_eq!(desktop.script(explained).await, 0);
    wait("the window's own title", 20, || desktop.has_window("roman-sit.*Hubwright").then_some(()));

    // The size of the text, the keys and the version are at hand; Escape gives the keyboard back.
    let size = "return getComputedStyle(document.documentElement).fontSize";
    desktop.ctrl('+').await;
    assert_eq!(desktop.script(size).await, "18px");
    desktop.ctrl('0').await;
    assert_eq!(desktop.script(size).await, "16px");
    // Large text in a small window: the bar is one line, and the page has the room. What is folded away opens by a press.
    desktop.resize(900, 600).await;
    desktop.script("document.documentElement.style.fontSize = '150%'").await;
    let room = "const [bar, map, page] = ['header', 'nav', '.page'].map(name => document.querySelector(name).getBoundingClientRect().height);
        return [bar < 72, map < 0.15 * innerHeight, page > 280, document.documentElement.scrollHeight <= innerHeight]";
    assert_eq!(
        desktop.script(room).await,
        json!([true, true, true, true]),
        "one line for the bar, one for the map, and room for the page"
    );
    desktop.script("document.querySelector('nav .line').click()").await;
    let unfolded = "const [here, tools] = ['nav [aria-current]', 'nav .foot'].map(name => document.querySelector(name).getBoundingClientRect());
        return [here.height > 0 && here.bottom <= tools.top + 1, tools.bottom <= innerHeight]";
    assert_eq!(desktop.script(unfolded).await, json!([true, true]), "the chosen page and the tools are in sight");
    desktop.axe("the map unfolded").await;
    desktop.shot("map-unfolded").await;
    desktop.script("document.querySelector('nav .line').click()").await;
    let folded = "return getComputedStyle(document.querySelector('header .more')).display";
    assert_eq!(desktop.script(folded).await, "none");
    desktop.script("document.querySelector('header .fold').click()").await;
    assert_eq!(desktop.script(folded).await, "grid");
    desktop.axe("the bar unfolded").await;
    desktop.shot("bar-unfolded").await;
    desktop
        .script("document.querySelector('header .fold').click(); document.documentElement.style.fontSize = ''")
        .await;
    desktop.resize(1280, 800).await;
    desktop.press(&['?']).await;
    desktop.see(concat!("Hubwright ", env!("CARGO_PKG_VERSION"))).await;
    desktop.see("Ctrl K").await;
    desktop.axe("about").await;
    desktop.shot("about").await;
    desktop.press(&[Key::Escape.into()]).await;
    desktop.ctrl(',').await;
    desktop.see("Where things are kept").await;
    desktop.see(&desktop.home.path().display().to_string()).await;
    desktop.stretch("settings").await;
    desktop.tab_to("As the system").await;
    desktop.press(&[Key::Down.into(), Key::Down.into()]).await;
    assert_eq!(desktop.script("return document.documentElement.dataset.theme").await, "dark");
    desktop.shot("settings-dark").await;
    desktop.press(&[Key::Escape.into()]).await;
    assert_eq!(desktop.script("return document.querySelectorAll('dialog').length").await, 0);
    assert_eq!(
        desktop.script("return document.activeElement === document.body").await,
        false,
        "the keyboard is somewhere once all is closed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_named_by_what_they_are_and_those_of_no_use_are_left_out() {
    let home = Home::new();
    home.start_practice();
    support::certificates(home.path(), "roman-sit.science.stsci.edu");
    home.write("README", "This directory contains your keys and certificates.");
    home.write("more.zip", "PK\u{3}\u{4}");
    let file = home.write(
        "answers.toml",
        "version = 1\n[deployment]\nname = \"roman-sit\"\nuser = \"an-iam-user\"\n[account]\nkind = \"practice\"\n\
         [certificate]\nfiles = [\"hub.crt\", \"hub.key\", \"more.zip\", \"README\", \"chain.pem\"]\n",
    );
    let applied = home.run(&["apply", &file, "--until", "deployment"]);
    assert!(applied.status.success(), "{}", text(&applied));
    let desktop = opened(home).await;
    desktop.find("certif").await;
    desktop.see("more.zip is an archive (ZIP), not a certificate. It was left out.").await;
    let chips = "return [...document.querySelectorAll('.kind')].map(e => e.innerText)";
    let kinds = ["hub's certificate", "private key", "nothing to use", "nothing to use", "2 certificates of issuers"];
    assert_eq!(desktop.script(chips).await, json!(kinds));
    // The key is in a file only, whatever will become of it.
    desktop.see("not taken in yet").await;
    desktop.look("certificate-spare").await;
    desktop.see("The files are good. Next, the key goes into the keychain.").await;
    assert_eq!(desktop.script("return document.querySelectorAll('.problem.error').length").await, 0);
    desktop.activate("Use this certificate").await;
    desktop.see("in this computer's keychain").await;
    let shown = desktop.script("return document.body.innerText").await;
    assert!(!shown.as_str().unwrap().contains("keychain only"), "the file that was chosen has the key too");

    // What is missing stands in its place in the chain, and what was said of the old files goes with them.
    desktop.activate("Leave out chain.pem").await;
    desktop.see("Missing from the files").await;
    let offers = "return [...document.querySelectorAll('.problem button.small')].length";
    assert_eq!(desktop.script(offers).await, 0, "what is needed is not left out");
    let footer = desktop.script("return document.querySelector('footer').innerText").await;
    assert!(!footer.as_str().unwrap().contains("is good until"), "{footer}");
    desktop.look("certificate-gap").await;

    // The next window is as large as the last one, and the list says what waits and what is next.
    desktop.resize(1100, 760).await;
    let kept = desktop.home.path().join("window.json");
    wait("the size to be kept", 20, || {
        std::fs::read_to_string(&kept).ok().filter(|text| text.contains("1100") && text.contains("760"))
    });
    desktop.activate("All deployments").await;
    desktop.see("Next: AWS account").await;
    desktop.look("list").await;
    desktop.resize(1100, 760).await;
    wait("the size to be kept", 20, || {
        std::fs::read_to_string(&kept).ok().filter(|text| text.contains("1100") && text.contains("760"))
    });
    let desktop = Desktop::open(desktop.close(), PROGRAM, &[]).await;
    desktop.see("Go on with roman-sit").await;
    assert_eq!(desktop.script("return [innerWidth, innerHeight]").await, json!([1100, 760]));
    // What is put away is out of sight, and comes back as it was.
    desktop.activate("More: roman-sit").await;
    desktop.activate("Put it away").await;
    desktop.see("Put away: 1").await;
    desktop.activate("Put away: 1").await;
    desktop.activate("More: roman-sit").await;
    desktop.activate("Take it back").await;
    desktop.activate("Go on with roman-sit").await;
    desktop.see("Bring the hub's certificate").await;
}
