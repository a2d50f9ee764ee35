//! The real window over WebDriver: a person with a keyboard takes a deployment from its name to a DNS record.
//! Needs Xvfb, dbus-daemon and WebKitWebDriver, which `./dev` installs; screenshots go to `artefacts/`.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "a test starts programs and writes its screenshots")]

#[path = "../support/mod.rs"]
mod support;

use fantoccini::actions::{Actions, InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder};
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{Home, Kept, PROGRAM, wait};

/// A screen, a session bus, a WebDriver, and the window.
struct Desk {
    page: Client,
    home: Home,
    display: String,
    _processes: Vec<Kept>,
}

impl Desk {
    async fn open(home: Home) -> Desk {
        let runtime = home.path().join("run");
        std::fs::create_dir_all(&runtime).unwrap();
        let mut processes = vec![];
        let display_file = home.path().join("display");
        let display_out = std::fs::File::create(&display_file).unwrap();
        let screen = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
            .stdout(display_out)
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed by ./dev");
        processes.push(Kept(screen));
        let read = |path: &PathBuf| std::fs::read_to_string(path).ok().filter(|text| text.ends_with('\n'));
        let display = format!(":{}", wait("a screen", 20, || read(&display_file)).trim());
        let bus_file = home.path().join("bus");
        let bus = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address=1"])
            .stdout(std::fs::File::create(&bus_file).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is installed by ./dev");
        processes.push(Kept(bus));
        let bus = wait("a session bus", 20, || read(&bus_file));
        let port = free_port();
        let driver = Command::new("WebKitWebDriver")
            .arg(format!("--port={port}"))
            .env("DISPLAY", &display)
            .env("DBUS_SESSION_BUS_ADDRESS", bus.trim())
            .env("XDG_RUNTIME_DIR", &runtime)
            .env("NO_AT_BRIDGE", "1")
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("GDK_BACKEND", "x11")
            .env("HUBWRIGHT_HOME", home.path())
            .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
            .env_remove("AWS_ENDPOINT_URL")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("WebKitWebDriver is installed by ./dev");
        processes.push(Kept(driver));
        let capabilities = json!({ "webkitgtk:browserOptions": { "binary": PROGRAM, "args": [] } });
        let mut tries = 0;
        let page = loop {
            let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
            builder.capabilities(capabilities.as_object().unwrap().clone());
            match builder.connect(&format!("http://127.0.0.1:{port}")).await {
                Ok(page) => break page,
                Err(error) if tries > 40 => panic!("no session: {error}"),
                Err(_) => tries += 1,
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        };
        Desk { page, home, display, _processes: processes }
    }

    async fn script(&self, script: &str) -> Json {
        self.page.execute(script, vec![]).await.unwrap_or(Json::Null)
    }

    /// Waits until the page shows this text.
    async fn see(&self, wanted: &str) {
        let end = Instant::now() + Duration::from_secs(90);
        loop {
            let shown = self.script("return document.body.innerText").await;
            if shown.as_str().is_some_and(|shown| shown.contains(wanted)) {
                return;
            }
            if Instant::now() > end {
                self.shot("failed").await;
                panic!("the page never showed {wanted:?}; it shows:\n{}", shown.as_str().unwrap_or("nothing"));
            }
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    async fn press(&self, keys: &[char]) {
        let mut actions = KeyActions::new("keyboard".into());
        for key in keys {
            actions = actions.then(KeyAction::Down { value: *key }).then(KeyAction::Up { value: *key });
        }
        self.page.perform_actions(Actions::from(actions)).await.unwrap();
    }

    async fn type_in(&self, text: &str) {
        self.press(&text.chars().collect::<Vec<_>>()).await;
        // The field sends what was typed a moment after the last key.
        tokio::time::sleep(Duration::from_millis(250)).await;
    }

    /// Presses Tab until the control of this name has the keyboard. There is no other way to it in this test.
    async fn tab_to(&self, name: &str) {
        for _ in 0..80 {
            let focused = self.script(FOCUSED).await;
            if focused.as_str() == Some(name) {
                return;
            }
            self.press(&[Key::Tab.into()]).await;
        }
        self.shot("failed").await;
        panic!("Tab never came to {name:?}; the page has {}", self.script("return document.body.innerText").await);
    }

    async fn activate(&self, name: &str) {
        self.tab_to(name).await;
        self.press(&[Key::Enter.into()]).await;
    }

    /// A screenshot of the real window, kept as an artefact. Taken from the screen: WebKitWebDriver's own hangs here.
    async fn shot(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("artefacts");
        std::fs::create_dir_all(&folder).unwrap();
        let size = self.script("return innerWidth + 'x' + innerHeight + '+0+0'").await;
        let status = Command::new("import")
            .args([
                "-display",
                &self.display,
                "-window",
                "root",
                "-crop",
                size.as_str().unwrap_or("1280x800+0+0"),
                "+repage",
            ])
            .arg(folder.join(format!("{name}.png")))
            .status();
        assert!(status.is_ok_and(|status| status.success()), "imagemagick is installed by ./dev");
    }

    /// The page at both sizes, light and dark: a screenshot of each, and not one axe violation.
    async fn look(&self, name: &str) {
        for (width, height) in [(1280, 800), (900, 600)] {
            self.page.set_window_size(width, height).await.unwrap();
            for theme in ["light", "dark"] {
                self.script(&format!("document.documentElement.dataset.theme = '{theme}'")).await;
                tokio::time::sleep(Duration::from_millis(120)).await;
                self.shot(&format!("{name}-{width}-{theme}")).await;
                self.axe(&format!("{name} at {width}, {theme}")).await;
            }
        }
        self.page.set_window_size(1280, 800).await.unwrap();
        self.script("document.documentElement.dataset.theme = 'light'").await;
    }

    async fn axe(&self, place: &str) {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(path).expect("./dev installs axe-core");
        if self.script("return typeof axe").await != "object" {
            self.page.execute(&format!("{axe}\nwindow.axe = axe;"), vec![]).await.unwrap();
        }
        let run = "const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ['violations'] }).then(
              r => done(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 120)).join(' | '))),
              e => done(['axe failed: ' + e]));";
        let violations = self.page.execute_async(run, vec![]).await.unwrap();
        assert_eq!(violations, json!([]), "axe on {place}");
    }
}

const FOCUSED: &str = "const e = document.activeElement; if (!e || e === document.body) return '';
    const label = e.labels && e.labels[0];
    return (e.getAttribute('aria-label') || (label ? label.innerText.replace(/ \\(may be left empty\\)/, '') : e.innerText) || '').trim().split('\\n').pop().trim()";

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_a_keyboard_takes_a_deployment_to_its_dns_record() {
    let desk = Desk::open(Home::new()).await;
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
    let Desk { page, home, display: _, _processes } = desk;
    drop((page, _processes));
    let desk = Desk::open(home).await;
    desk.see("Give the hub its web address").await;
    desk.see("leads to abc-123.us-east-1.elb.amazonaws.com").await;
    assert_eq!(
        desk.script("return document.getElementById('field-target').value").await,
        "abc-123.us-east-1.elb.amazonaws.com"
    );
}

fn kill(pid: &str) {
    Command::new("kill").args(["-9", pid]).status().unwrap();
}

/// The web processes of the window of this home.
fn web_processes(home: &Home) -> Vec<String> {
    processes("WebKitWebProcess", home)
}

/// Processes whose command has this word and whose environment names this home.
fn processes(word: &str, home: &Home) -> Vec<String> {
    let output = Command::new("pgrep").args(["-f", word]).output().unwrap();
    let mark = format!("HUBWRIGHT_HOME={}", home.path().display());
    let pids = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect::<Vec<_>>();
    let ours = |pid: &String| {
        std::fs::read(format!("/proc/{pid}/environ")).is_ok_and(|env| String::from_utf8_lossy(&env).contains(&mark))
    };
    pids.into_iter().filter(ours).collect()
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
