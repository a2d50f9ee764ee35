//! A person's desk for tests: a screen, a session bus, and the real window over WebDriver.
#![allow(dead_code, clippy::disallowed_methods, reason = "each user takes a part; tests may start programs")]

use super::support::{Home, Kept, wait};
use fantoccini::actions::{Actions, InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder};
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A screen, a session bus, a WebDriver, and the window.
pub struct Desktop {
    page: Client,
    pub home: Home,
    /// From asking for the window to its first answer with a page in it.
    pub opened: Duration,
    display: String,
    /// What was said on the session bus about notifications.
    pub notifications: PathBuf,
    _processes: Vec<Kept>,
}

impl Desktop {
    /// Starts all of it, with the window of `program`, and `env` besides what it needs.
    pub async fn open(home: Home, program: &str, env: &[(&str, &str)]) -> Desktop {
        let runtime = home.path().join("run");
        std::fs::create_dir_all(&runtime).unwrap();
        let mut processes = vec![];
        let display_file = home.path().join("display");
        let display_out = std::fs::File::create(&display_file).unwrap();
        let screen = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "2560x1440x24", "-nolisten", "tcp"])
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
        // A keyring of its own, unlocked, as after signing in to a desktop.
        let mut keyring = Command::new("gnome-keyring-daemon")
            .args(["--unlock", "--components=secrets", "--foreground"])
            .env("DBUS_SESSION_BUS_ADDRESS", bus.trim())
            .env("XDG_RUNTIME_DIR", &runtime)
            .env("XDG_DATA_HOME", home.path().join("keys"))
            .env_remove("DISPLAY")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring is installed by ./dev");
        std::io::Write::write_all(&mut keyring.stdin.take().unwrap(), b"pw\n").unwrap();
        processes.push(Kept(keyring));
        let notifications = home.path().join("notifications");
        let monitor = Command::new("dbus-monitor")
            .args(["--address", bus.trim(), "interface='org.freedesktop.Notifications'"])
            .stdout(std::fs::File::create(&notifications).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-monitor is installed by ./dev");
        processes.push(Kept(monitor));
        // Drawing what moves takes a third of a core, which the work that is waited for needs.
        let settings = home.path().join("config/gtk-3.0/settings.ini");
        std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
        std::fs::write(settings, "[Settings]\ngtk-enable-animations=0\n").unwrap();
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
            // What the web view keeps is this desk's alone.
            .env("XDG_DATA_HOME", home.path().join("data"))
            .env("XDG_CONFIG_HOME", home.path().join("config"))
            .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
            .env_remove("AWS_ENDPOINT_URL")
            .envs(env.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("WebKitWebDriver is installed by ./dev");
        processes.push(Kept(driver));
        let capabilities = json!({ "webkitgtk:browserOptions": { "binary": program, "args": [] } });
        let mut tries = 0;
        let mut asked = Instant::now();
        let page = loop {
            let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
            builder.capabilities(capabilities.as_object().unwrap().clone());
            match builder.connect(&format!("http://127.0.0.1:{port}")).await {
                Ok(page) => break page,
                Err(error) if tries > 40 => panic!("no session: {error}"),
                Err(_) => tries += 1,
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
            asked = Instant::now();
        };
        // A page that can be used has a control; the empty window of the bench has none and is ready once it has a body.
        let ready =
            "return location.href === 'about:blank' ? !!document.body : !!document.querySelector('button, input')";
        while page.execute(ready, vec![]).await.ok() != Some(Json::Bool(true)) {
            assert!(asked.elapsed() < Duration::from_secs(30), "the page never became usable");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let opened = asked.elapsed();
        Desktop { page, home, opened, display, notifications, _processes: processes }
    }

    /// The value that the script gives to its callback.
    pub async fn script_async(&self, script: &str) -> Json {
        self.page.execute_async(script, vec![]).await.unwrap_or(Json::Null)
    }

    /// Closes the screen and all on it, and gives the home back.
    pub fn close(self) -> Home {
        self.home
    }

    pub async fn script(&self, script: &str) -> Json {
        self.page.execute(script, vec![]).await.unwrap_or(Json::Null)
    }

    /// Waits until the page shows this text.
    pub async fn see(&self, wanted: &str) {
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
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    pub async fn press(&self, keys: &[char]) {
        let mut actions = KeyActions::new("keyboard".into());
        for key in keys {
            actions = actions.then(KeyAction::Down { value: *key }).then(KeyAction::Up { value: *key });
        }
        self.page.perform_actions(Actions::from(actions)).await.unwrap();
    }

    /// Opens the page that is found by these letters.
    pub async fn find(&self, letters: &str) {
        self.ctrl('k').await;
        self.see("Find a page").await;
        self.type_in(letters).await;
        self.press(&[Key::Enter.into()]).await;
    }

    /// Presses a key while Ctrl is held.
    pub async fn ctrl(&self, key: char) {
        let (down, up) = (|value| KeyAction::Down { value }, |value| KeyAction::Up { value });
        let keys = KeyActions::new("keyboard".into()).then(down(Key::Control.into())).then(down(key));
        self.page.perform_actions(Actions::from(keys.then(up(key)).then(up(Key::Control.into())))).await.unwrap();
    }

    /// Whether a window on the screen has this title.
    pub fn has_window(&self, title: &str) -> bool {
        self.tool(&["search", "--name", title]).status.success()
    }

    pub async fn type_in(&self, text: &str) {
        self.press(&text.chars().collect::<Vec<_>>()).await;
        // The field sends what was typed a moment after the last key.
        tokio::time::sleep(Duration::from_millis(250)).await;
    }

    /// The screen's own keyboard and mouse, for what is outside the page.
    fn tool(&self, args: &[&str]) -> std::process::Output {
        let mut tool = Command::new("xdotool");
        tool.args(args).env("DISPLAY", &self.display).output().expect("xdotool is installed by ./dev")
    }

    /// Drags files from another program's window into the middle of the page, with the mouse.
    pub async fn drag_in(&self, files: &[&str]) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/drag.py");
        let source = Command::new("/usr/bin/python3").arg(script).args(files).env("DISPLAY", &self.display).spawn();
        let mut source = Kept(source.expect("python3-gi is installed by ./dev"));
        wait("the other program", 30, || {
            self.tool(&["search", "--onlyvisible", "--name", "files to drag"]).status.success().then_some(())
        });
        self.tool(&["mousemove", "40", "730", "mousedown", "1"]);
        for step in 1..=20 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            self.tool(&["mousemove", &(40 + 35 * step).to_string(), &(730 - 18 * step).to_string()]);
        }
        assert_eq!(self.script("return !!document.querySelector('.over')").await, true, "the page shows where they go");
        self.shot("drag").await;
        self.tool(&["mouseup", "1"]);
        let ended = wait("the drag to end", 20, || source.0.try_wait().unwrap());
        assert!(ended.success(), "the other program failed");
    }

    /// Types a path into the system's own file dialog and accepts it.
    pub async fn answer_dialog(&self, title: &str, path: &str) {
        let tool = |args: &[&str]| self.tool(args);
        let window = wait("a file dialog", 30, || {
            let found = String::from_utf8(tool(&["search", "--onlyvisible", "--name", title]).stdout).unwrap();
            found.lines().next().map(str::to_owned)
        });
        tool(&["windowfocus", "--sync", &window]);
        tool(&["key", "ctrl+l"]);
        tool(&["key", "ctrl+a"]);
        tool(&["type", "--delay", "5", path]);
        tokio::time::sleep(Duration::from_millis(500)).await;
        self.shot("dialog").await;
        tool(&["key", "Return"]);
        wait("the dialog to close", 30, || {
            tool(&["search", "--onlyvisible", "--name", title]).stdout.is_empty().then_some(())
        });
    }

    /// From now on keeps what passes between the page and the program, for `passed`.
    pub async fn record(&self) {
        self.script(RECORD).await;
    }

    /// What has passed since `record`: what the page sent, each line with its command first, and what it was told.
    pub async fn passed(&self) -> (Vec<String>, Vec<String>) {
        let both = self.script("return [window.sent, window.told]").await;
        let texts = |index: usize| -> Vec<String> { serde_json::from_value(both[index].clone()).unwrap() };
        (texts(0), texts(1))
    }

    /// Presses Tab until the control of this name has the keyboard. There is no other way to it in this test.
    pub async fn tab_to(&self, name: &str) {
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

    pub async fn activate(&self, name: &str) {
        self.tab_to(name).await;
        self.press(&[Key::Enter.into()]).await;
    }

    /// A screenshot of the real window, kept as an artefact. Taken from the screen: WebKitWebDriver's own hangs here.
    pub async fn shot(&self, name: &str) {
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

    /// The page at each size, light and dark, text as usual and twice as large: no axe violation, nothing cut off; and screenshots.
    pub async fn look(&self, name: &str) {
        for (width, height) in [(1280, 800), (900, 600), (1920, 1080)] {
            self.page.set_window_size(width, height).await.unwrap();
            for (theme, size) in [("light", 100), ("dark", 100), ("dark", 200), ("light", 200)] {
                let set = format!(
                    "document.documentElement.dataset.theme = '{theme}'; document.documentElement.style.fontSize = '{size}%';
                     document.querySelector('.page')?.scrollTo(0, 0)"
                );
                self.script(&set).await;
                tokio::time::sleep(Duration::from_millis(60)).await;
                let shown = if size == 200 { "large" } else { theme };
                if (theme == "dark" || size == 100) && (width < 1920 || shown == "light") {
                    self.shot(&format!("{name}-{width}-{shown}")).await;
                }
                self.axe(&format!("{name} at {width}, {theme}, {size} %")).await;
                if theme == "light" {
                    assert_eq!(self.script(LOST).await, json!([]), "{name} at {width}, {size} %: what is lost");
                }
            }
        }
        self.page.set_window_size(1280, 800).await.unwrap();
        self.script("document.documentElement.dataset.theme = 'light'; document.documentElement.style.fontSize = ''")
            .await;
    }

    /// The page in a large window, and with text of twice the size in a small one: no axe violation, and nothing that is cut off.
    pub async fn stretch(&self, name: &str) {
        for (width, height, size) in [(1920, 1080, "100%"), (900, 600, "200%")] {
            self.resize(width, height).await;
            self.script(&format!("document.documentElement.style.fontSize = '{size}'")).await;
            tokio::time::sleep(Duration::from_millis(120)).await;
            self.shot(&format!("{name}-{width}")).await;
            self.axe(&format!("{name} at {width}, {size}")).await;
            assert_eq!(self.script(LOST).await, json!([]), "{name} at {width}, {size}: what is lost");
        }
        self.script("document.documentElement.style.fontSize = ''").await;
        self.resize(1280, 800).await;
    }

    pub async fn resize(&self, width: u32, height: u32) {
        self.page.set_window_size(width, height).await.unwrap();
        tokio::time::sleep(Duration::from_millis(150)).await;
    }

    /// Presses each key at once after the other, without waiting for what they do.
    pub async fn hammer(&self, text: &str, last: Key) {
        self.press(&text.chars().chain([last.into()]).collect::<Vec<_>>()).await;
    }

    pub async fn axe(&self, place: &str) {
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

pub const FOCUSED: &str = "const e = document.activeElement; if (!e || e === document.body) return '';
    const label = e.labels && e.labels[0];
    const named = e.querySelector && e.querySelector('.name');
    return (e.getAttribute('aria-label') || (named ? named.innerText : label ? label.innerText.replace(/ \\(optional\\)/, '') : e.innerText) || '').trim().split('\\n').pop().trim()";

/// Names what cannot be read: words that are cut off, a page that scrolls sideways, a footer outside the window.
const LOST: &str = "const lost = [];
    for (const e of document.querySelectorAll('header *, nav *, footer *, main *, dialog *')) {
      const box = e.getBoundingClientRect(), how = getComputedStyle(e);
      if (!box.width || e.closest('.unseen, pre, input, textarea, select, svg, .scroll, .track')) continue;
      const cut = e.scrollWidth > e.clientWidth + 1 && how.overflowX !== 'visible' && how.display !== 'inline' && !e.matches('.page, main');
      if (cut || box.right > innerWidth + 1 || box.left < -1) lost.push(e.outerHTML.slice(0, 120));
    }
    const page = document.querySelector('.page') || document.querySelector('main');
    if (page && page.scrollWidth > page.clientWidth + 1) lost.push('the page scrolls sideways');
    const foot = document.querySelector('footer');
    if (foot && foot.getBoundingClientRect().bottom > innerHeight + 1) lost.push('the footer is outside');
    return lost;";

/// Every answer and every event comes to the page through one of Tauri's callbacks, and every call leaves by a fetch.
const RECORD: &str = "window.sent = []; window.told = [];
    const text = data => data instanceof ArrayBuffer ? new TextDecoder().decode(data) : JSON.stringify(data) ?? '';
    const calls = window.__TAURI_INTERNALS__.callbacks, get = calls.get.bind(calls), ask = window.fetch;
    calls.get = id => { const call = get(id); return call && (data => { window.told.push(text(data)); return call(data); }); };
    window.fetch = (url, how) => {
      const command = String(url).split('/').pop(), body = how?.body;
      const said = !body ? '' : typeof body === 'string' ? body : new TextDecoder().decode(body);
      window.sent.push(command + ' ' + said);
      return ask(url, how);
    };";

pub fn kill(pid: &str) {
    Command::new("kill").args(["-9", pid]).status().unwrap();
}

/// The web processes of the window of this home.
pub fn web_processes(home: &Home) -> Vec<String> {
    processes("WebKitWebProcess", home)
}

/// Processes whose command has this word and whose environment names this home.
pub fn processes(word: &str, home: &Home) -> Vec<String> {
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
