//! `./dev bench`: each figure is a ratio of two things measured in turn (A B A B), in this one run, on this one machine.
//! Medians of five runs at least. Each row says how both sides begin: *warm* is after a run of each that does not count, so that
//! their files are in memory; *cold* is a new process each time, which connects anew. No figure passes or fails, but a figure
//! that is none (nothing was measured, or 0) does, and so does a command that fails.
//! Needs what the window test needs, and the aws CLI where it is installed.
//! With `--once`, as in `./dev test`, every row is measured once and its figures mean nothing: it shows that the rows still run.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a measurement starts programs and prints")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/desktop.rs"]
mod desktop;
#[path = "../support/peers.rs"]
mod peers;

use desktop::{Desktop, kill, processes};
use hubwright::engine::context::MemoryVault;
use hubwright::engine::journal::Journal;
use hubwright::engine::run::Work;
use hubwright::engine::{Deployment, Place, StepState};
use hubwright::practice;
use hubwright::steps::certificate::judge::judge;
use hubwright::tools::Tools;
use hubwright::tools::aws::{Aws, access::Provider, kms};
use hubwright::tools::certificate::read;
use hubwright::tools::home::Home as Folder;
use hubwright::tools::sops::{DataKey, Map, Sealed, Value, write};
use hubwright::wizard;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{Home, PROGRAM, answers};

#[tokio::main]
async fn main() {
    println!("| what | Hubwright | compared to | ratio | goal |\n|---|---|---|---|---|");
    // `cargo bench -- restart` measures that alone.
    let named: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wanted = |name: &str| named.is_empty() || named.iter().any(|arg| arg == name);
    if wanted("window") {
        window().await;
    }
    if wanted("checks") {
        checks().await;
    }
    if wanted("sops") {
        sops().await;
    }
    if wanted("certificates") {
        certificates();
    }
    if wanted("terraform") {
        terraform().await;
    }
    if wanted("restart") {
        restart().await;
    }
    if wanted("frames") {
        frames().await;
    }
}

/// How often something is measured: `times`, or once with `--once`.
fn runs(times: usize) -> usize {
    if once() { 1 } else { times }
}

fn once() -> bool {
    std::env::args().any(|arg| arg == "--once")
}

/// How both sides of a row begin.
#[derive(Clone, Copy, PartialEq)]
enum Begin {
    Warm,
    Cold,
}

/// What the two sides of a row took, in turn: ours, theirs, ours, theirs.
struct Sides {
    begin: Begin,
    ours: Vec<f64>,
    theirs: Vec<f64>,
}

impl Sides {
    fn of(begin: Begin) -> Self {
        Sides { begin, ours: vec![], theirs: vec![] }
    }

    /// How many turns are needed: five, and where both sides are warm one before, which does not count.
    fn turns(begin: Begin) -> usize {
        runs(RUNS) + usize::from(begin == Begin::Warm && !once())
    }

    fn ours(&mut self, took: f64) {
        assert_eq!(self.ours.len(), self.theirs.len(), "the sides are measured in turn");
        self.ours.push(took);
    }

    fn theirs(&mut self, took: f64) {
        self.theirs.push(took);
        assert_eq!(self.ours.len(), self.theirs.len(), "the sides are measured in turn");
    }

    /// The medians of what counts.
    fn medians(&self) -> (f64, f64) {
        let uncounted = Self::turns(self.begin) - runs(RUNS);
        let counted = |all: &[f64]| {
            assert!(all.len() >= Self::turns(self.begin), "{} turns are too few", all.len());
            median(&all[uncounted..])
        };
        (counted(&self.ours), counted(&self.theirs))
    }

    fn row(&self, what: &str, unit: &str, goal: &str) {
        let (ours, theirs) = self.medians();
        row(what, self.begin, ours, theirs, unit, goal);
    }
}

/// The least that a median is of.
const RUNS: usize = 5;

fn row(what: &str, begin: Begin, ours: f64, theirs: f64, unit: &str, goal: &str) {
    let measured = |figure: f64| figure.is_finite() && figure > 0.0;
    assert!(measured(ours) && measured(theirs), "{what}: {ours} ÷ {theirs} {unit} is no measurement");
    let begin = if begin == Begin::Warm { "both warm" } else { "both cold" };
    println!("| {what}; {begin} | {ours:.1} {unit} | {theirs:.1} {unit} | **{:.2}** | {goal} |", ours / theirs);
}

fn median(all: &[f64]) -> f64 {
    let mut all = all.to_vec();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Runs a command to its end, which is a success.
fn succeed(command: &mut Command) -> std::process::Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", support::text(&output));
    output
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

fn empty_window() -> String {
    let program = Path::new(PROGRAM).with_file_name("examples").join("empty_window");
    assert!(program.exists(), "cargo build --release --example empty_window comes first");
    program.display().to_string()
}

/// Start to usable first page, and memory of the process tree when idle.
async fn window() {
    let (mut starts, mut memories) = (Sides::of(Begin::Warm), Sides::of(Begin::Warm));
    for _ in 0..Sides::turns(Begin::Warm) {
        let desktop = Desktop::open(Home::new(), PROGRAM, &[]).await;
        desktop.see("Start the deployment").await;
        starts.ours(desktop.opened.as_secs_f64() * 1000.0);
        settle().await;
        memories.ours(memory(&desktop.home, PROGRAM));
        drop(desktop);
        let desktop = Desktop::open(Home::new(), &empty_window(), &[]).await;
        starts.theirs(desktop.opened.as_secs_f64() * 1000.0);
        settle().await;
        memories.theirs(memory(&desktop.home, "empty_window"));
    }
    starts.row("start to usable first page ÷ an empty Tauri window", "ms", "≤ 1.5");
    memories.row("memory of the process tree, idle ÷ the same", "MB", "≤ 1.3");
}

/// The time after which memory no longer moves.
async fn settle() {
    tokio::time::sleep(Duration::from_secs(if once() { 0 } else { 2 })).await;
}

/// Proportional memory of all processes of this home's window, in MB.
fn memory(home: &Home, program: &str) -> f64 {
    let (own, pages) = (processes(program, home), processes("WebKit(Web|Network)Process", home));
    assert!(!own.is_empty() && !pages.is_empty(), "the window and its page have processes: {own:?}, {pages:?}");
    let of = |pid: &String| -> f64 {
        let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
        let line = rollup.lines().find(|line| line.starts_with("Pss:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    };
    own.iter().chain(&pages).map(of).sum()
}

async fn open(home: &Home, id: &str) -> Deployment {
    let folder = Folder::at(home.path().to_owned()).unwrap();
    let tools = Arc::new(Tools::new(folder.clone(), PathBuf::from(PROGRAM)));
    tools.set_practice(practice::known(&folder).await);
    let deployment =
        Deployment::open(&folder.deployment(id), id, wizard::chapters(), Arc::new(MemoryVault::default()), tools)
            .unwrap();
    deployment.edit("deployment", "name", "roman-sit".into()).unwrap();
    deployment.edit("deployment", "user", "an-iam-user".into()).unwrap();
    for step in ["deployment", "account", "tools"] {
        let record = deployment.run(step, Work::Apply).await.unwrap();
        assert_eq!(record.state, StepState::Done, "{step}: {:?}", record.problems);
    }
    deployment
}

/// Files of 200 and of 20,000 values encrypted and decrypted, against the sops binary; KMS's own answer is measured and taken off.
/// Then how the time grows: a hundred times as many values, against a hundred times the time of few.
async fn sops() {
    let Some(program) = peers::sops() else { return peers::skip("the sops rows", "no Go to build sops with") };
    let home = Home::new();
    home.start_practice();
    let practice = home.practice();
    let arn = home.boto3("print(json.dumps(c('kms').create_key(Description='bench')['KeyMetadata']['Arn']))");
    let arn = arn.as_str().unwrap();
    let admin = |name: &str| practice["admin"][name].as_str().unwrap().to_owned();
    let endpoint = practice["endpoint"].as_str().unwrap().to_owned();
    let credentials =
        aws_credential_types::Credentials::new(admin("access_key_id"), admin("secret_access_key"), None, None, "bench");
    let aws = Aws::with(Provider::new(credentials), "us-east-1", Some(endpoint.clone()));
    let run = |args: &[&str]| {
        let mut command = Command::new(&program);
        command.args(args).env("AWS_ENDPOINT_URL", &endpoint).env("AWS_REGION", "us-east-1");
        command
            .env("AWS_ACCESS_KEY_ID", admin("access_key_id"))
            .env("AWS_SECRET_ACCESS_KEY", admin("secret_access_key"));
        succeed(&mut command).stdout
    };
    let sealed = home.path().join("sealed.yaml");
    let files = [FEW, MANY].map(|leaves| {
        let mut map = Map::default();
        let mut clear = String::new();
        for n in 0..leaves {
            let text = format!("value {n} of a file that is as long as such files get");
            clear += &format!("key{n}: \"{text}\"\n");
            map.set(&[&format!("key{n}")], Value::text(text));
        }
        let path = home.path().join(format!("{leaves}.yaml"));
        std::fs::write(&path, &clear).unwrap();
        (leaves, path.display().to_string(), map)
    });
    let new = || Sides::of(Begin::Warm);
    let (mut encrypting, mut decrypting, mut kms) = ([new(), new()], [new(), new()], vec![]);
    for _ in 0..Sides::turns(Begin::Warm) {
        for (size, (leaves, path, map)) in files.iter().enumerate() {
            let key = DataKey::random().unwrap();
            let since = Instant::now();
            let entry = kms::wrap(&aws, arn, None, &key, jiff::Timestamp::now()).await.unwrap();
            kms.push(ms(since));
            let since = Instant::now();
            let text = write(map, &[entry], &key, jiff::Timestamp::now()).unwrap();
            encrypting[size].ours(ms(since));
            let since = Instant::now();
            let theirs = run(&["--encrypt", "--kms", arn, path]);
            encrypting[size].theirs(ms(since));
            let since = Instant::now();
            let opened = Sealed::read(&text).unwrap().open(key).unwrap();
            decrypting[size].ours(ms(since));
            assert_eq!(opened.values.leaves().len(), *leaves);
            std::fs::write(&sealed, theirs).unwrap();
            let since = Instant::now();
            let theirs = run(&["--decrypt", sealed.to_str().unwrap()]);
            decrypting[size].theirs(ms(since));
            assert_eq!(theirs.iter().filter(|byte| **byte == b'\n').count(), *leaves, "sops reads all of them");
        }
    }
    let kms = median(&kms);
    for (size, leaves) in [FEW, MANY].into_iter().enumerate() {
        for (what, sides) in [("encrypting", &encrypting[size]), ("decrypting", &decrypting[size])] {
            let (ours, theirs) = sides.medians();
            let label = format!("{what} {leaves} values ÷ the sops binary with its start, KMS ({kms:.1} ms) aside");
            row(&label, sides.begin, ours, theirs - kms, "ms", "≤ 0.5");
        }
    }
    for (what, [few, many]) in [("encrypting", &encrypting), ("decrypting", &decrypting)] {
        let (few, many) = (few.medians().0, many.medians().0);
        let times = MANY as f64 / FEW as f64;
        let label = format!("growth: {what} {MANY} values ÷ {times} times the time of {FEW}");
        row(&label, Begin::Warm, many, times * few, "ms", "≤ 1.5");
    }
}

/// Leaves of the sops files.
const FEW: usize = 200;
const MANY: usize = 20_000;

/// Ten files read and judged, against `openssl x509 -text` on each.
fn certificates() {
    let folder = tempfile::tempdir().unwrap();
    support::certificates(folder.path(), "hub.example.org");
    let copies = "for n in 1 2 3 4; do cp hub.crt hub$n.crt; cp inter.crt inter$n.crt; done; cp root.crt root1.crt";
    succeed(Command::new("sh").args(["-ec", copies]).current_dir(folder.path()));
    let names: Vec<String> = (1..=4)
        .flat_map(|n| [format!("hub{n}.crt"), format!("inter{n}.crt")])
        .chain(["root1.crt".into(), "root.crt".into()])
        .collect();
    let mut sides = Sides::of(Begin::Warm);
    for _ in 0..Sides::turns(Begin::Warm) {
        let since = Instant::now();
        let files: Vec<_> =
            names.iter().map(|name| (name.clone(), std::fs::read(folder.path().join(name)).unwrap())).collect();
        let (found, faults) = read(&files, None);
        let verdict = judge(&found, None, "hub.example.org", jiff::Timestamp::now());
        sides.ours(ms(since));
        assert!(faults.is_empty() && verdict.chain.len() == 3);
        let since = Instant::now();
        for name in &names {
            let args = ["x509", "-text", "-noout", "-in", name];
            succeed(Command::new("openssl").args(args).current_dir(folder.path()));
        }
        sides.theirs(ms(since));
    }
    let what = "reading and judging 10 certificate files ÷ `openssl x509 -text` on each, with its start";
    sides.row(what, "ms", "≤ 1, ≤ 10 ms");
}

/// A new `hubwright` that checks the first pages, against the same reads by the aws CLI and by boto3.
async fn checks() {
    let home = Home::new();
    home.start_practice();
    let file = home.write(
        "answers.toml",
        "version = 1\n[deployment]\nname = \"roman-sit\"\nuser = \"an-iam-user\"\n[account]\nkind = \"practice\"\n[tools]\n",
    );
    // What is done is only checked.
    let first = ["apply", file.as_str(), "--until", "tools"];
    succeed(&mut home.command(&first));
    let key: serde_json::Value = serde_json::from_str(&home.gateway("GET", "users/an-iam-user", "")).unwrap();
    let endpoint = home.practice()["endpoint"].as_str().unwrap().to_owned();
    let env = [
        ("AWS_ACCESS_KEY_ID", key["access_key_id"].as_str().unwrap()),
        ("AWS_SECRET_ACCESS_KEY", key["secret_access_key"].as_str().unwrap()),
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ];
    let mut wanted = vec![];
    let ours = || {
        home.gateway("DELETE", "calls", "");
        let start = Instant::now();
        let checked = succeed(&mut home.command(&first));
        let took = ms(start);
        let said = support::text(&checked);
        for step in ["deployment", "account", "tools"] {
            assert!(said.contains(&format!("{step}: done")), "{said}");
        }
        (took, reads(&home))
    };
    // Side by side too: all at once, and the slowest counts. What is not there yet is no success of the CLI's.
    let cli = || {
        home.gateway("DELETE", "calls", "");
        let start = Instant::now();
        let all: Result<Vec<_>, _> = READS
            .iter()
            .map(|(line, there)| {
                let mut aws = Command::new("aws");
                let aws = aws.args(line.split(' ')).envs(env).stdout(Stdio::null()).stderr(Stdio::piped());
                Ok::<_, std::io::Error>((aws.spawn()?, line, *there))
            })
            .collect();
        let ended: Vec<_> = all
            .ok()?
            .into_iter()
            .map(|(child, line, there)| (child.wait_with_output().unwrap(), line, there))
            .collect();
        let took = ms(start);
        for (output, line, there) in ended {
            let said = support::text(&output);
            assert_eq!(output.status.success(), there, "aws {line}: {said}");
            assert!(there || said.contains("NoSuchEntity"), "aws {line}: {said}");
        }
        Some((took, reads(&home)))
    };
    let python = home.path().join("practice").join("moto-5.2.5/bin/python");
    let boto3 = || {
        home.gateway("DELETE", "calls", "");
        let start = Instant::now();
        succeed(Command::new(&python).args(["-c", BOTO3]).envs(env));
        (ms(start), reads(&home))
    };
    let has_cli = cli().is_some();
    let (mut by_cli, mut by_boto3) = (Sides::of(Begin::Cold), Sides::of(Begin::Cold));
    for _ in 0..Sides::turns(Begin::Cold) {
        let (took, read) = ours();
        by_boto3.ours(took);
        let (took, same) = boto3();
        by_boto3.theirs(took);
        assert_eq!(read, same, "both read the same");
        if has_cli {
            by_cli.ours(ours().0);
            let (took, same) = cli().unwrap();
            by_cli.theirs(took);
            assert_eq!(read, same, "both read the same");
        }
        wanted = read;
    }
    let label = |by: &str| {
        format!(
            "`account` and `tools` checks by a new `hubwright` ÷ the same {} reads by {by}, side by side",
            wanted.len()
        )
    };
    match has_cli {
        true => by_cli.row(&label("the aws CLI"), "ms", "≤ 0.1"),
        false => println!("| `account` and `tools` checks ÷ the aws CLI | | not installed | | ≤ 0.1 |"),
    }
    by_boto3.row(&label("boto3"), "ms", "≤ 0.3");
}

/// The reads of AWS since they were last forgotten, in order of their names.
fn reads(home: &Home) -> Vec<String> {
    let calls: Vec<serde_json::Value> = serde_json::from_str(&home.gateway("GET", "calls", "")).unwrap();
    let mut all: Vec<_> = calls
        .iter()
        .map(|call| format!("{}:{}", call["service"].as_str().unwrap(), call["action"].as_str().unwrap()))
        .collect();
    all.sort();
    assert!(!all.is_empty(), "something was read");
    all
}

/// What a check of the account reads, as the CLI asks it, and whether it is there.
const READS: [(&str, bool); 20] = [
    ("sts get-caller-identity", true),
    ("iam get-user --user-name an-iam-user", true),
    ("iam list-groups-for-user --user-name an-iam-user", true),
    ("iam list-access-keys --user-name an-iam-user", true),
    ("iam list-roles", true),
    ("ec2 describe-regions --all-regions", true),
    ("iam get-group --group-name roman-sit-terraform-architects", false),
    ("iam get-group --group-name roman-sit-hubploy-deployers", false),
    ("iam get-role --role-name roman-sit-terraform-architect", false),
    ("iam get-role --role-name roman-sit-secrets-setup", false),
    ("iam get-role --role-name roman-sit-secrets-encrypt", false),
    ("iam get-role --role-name roman-sit-secrets-decrypt", false),
    ("iam get-role --role-name roman-sit-cluster", false),
    ("iam get-role --role-name roman-sit-node", false),
    ("iam get-role --role-name roman-sit-autoscaler", false),
    ("iam get-role --role-name roman-sit-ebs", false),
    ("iam get-role --role-name roman-sit-efs", false),
    ("iam get-role --role-name roman-sit-hubploy-eks", false),
    ("iam get-role --role-name roman-sit-hubploy-ecr", false),
    ("iam get-role --role-name roman-sit-hubploy-deployer", false),
];

/// The same by boto3.
const BOTO3: &str = "
import boto3
from concurrent.futures import ThreadPoolExecutor
iam, sts, ec2 = boto3.client('iam'), boto3.client('sts'), boto3.client('ec2')
def absent(call, **asked):
    try:
        call(**asked)
    except iam.exceptions.NoSuchEntityException:
        return
    raise SystemExit(f'{asked} is there')
u = 'an-iam-user'
with ThreadPoolExecutor(20) as pool:
    jobs = [pool.submit(sts.get_caller_identity), pool.submit(iam.list_roles), pool.submit(ec2.describe_regions, AllRegions=True)]
    jobs += [pool.submit(call, UserName=u) for call in (iam.get_user, iam.list_groups_for_user, iam.list_access_keys)]
    jobs += [pool.submit(absent, iam.get_group, GroupName='roman-sit-' + n) for n in ('terraform-architects', 'hubploy-deployers')]
    jobs += [pool.submit(absent, iam.get_role, RoleName='roman-sit-' + n) for n in ('terraform-architect', 'secrets-setup', 'secrets-encrypt', 'secrets-decrypt', 'cluster', 'node', 'autoscaler', 'ebs', 'efs', 'hubploy-eks', 'hubploy-ecr', 'hubploy-deployer')]
    [job.result() for job in jobs]
";

/// Applying the shown plan, against bare `terraform apply` of such a plan file in the same environment, in turn.
async fn terraform() {
    let home = Home::new();
    home.start_practice();
    let deployment = open(&home, "bench").await;
    let step = home.path().join("deployments/bench/steps/deploy_roles");
    let work = async |work: Work| {
        let record = deployment.run("deploy_roles", work).await.unwrap();
        let well = match work {
            Work::Plan => record.plan.is_some(),
            Work::Apply => record.state == StepState::Done,
            _ => record.state == StepState::Todo,
        };
        assert!(well, "{work:?}: {:?}", record.problems);
    };
    let made = || {
        let mut all = reads(&home);
        all.retain(|call| ["Create", "Attach", "Tag", "Put"].iter().any(|write| call.contains(&format!(":{write}"))));
        assert!(!all.is_empty(), "something was made");
        all
    };
    let mut sides = Sides::of(Begin::Warm);
    for _ in 0..Sides::turns(Begin::Warm) {
        work(Work::Plan).await;
        let jobs = step.join("jobs");
        // The command and environment that Hubwright's own apply runs with.
        let spec = std::thread::spawn(move || {
            support::wait("the spec of the apply", 120, || {
                let all = std::fs::read_dir(&jobs).into_iter().flatten().flatten().map(|entry| entry.path());
                let applies = all.filter(|path| path.to_string_lossy().contains("-apply-"));
                let mut specs = applies.filter_map(|path| std::fs::read(path.join("spec.json")).ok());
                specs.find_map(|text| serde_json::from_slice::<serde_json::Value>(&text).ok())
            })
        });
        home.gateway("DELETE", "calls", "");
        let start = Instant::now();
        work(Work::Apply).await;
        sides.ours(ms(start));
        let ours = made();
        let spec = spec.join().unwrap();
        work(Work::Remove).await;
        work(Work::Plan).await;
        let argv: Vec<&str> = spec["argv"].as_array().unwrap().iter().filter_map(|arg| arg.as_str()).collect();
        let env = spec["env"].as_object().unwrap().iter().map(|(key, value)| (key, value.as_str().unwrap()));
        std::fs::create_dir_all(step.join("tmp")).unwrap();
        let mut command = Command::new(argv[0]);
        command.args(&argv[1..]).current_dir(step.join("module")).env_clear().envs(env).stdout(Stdio::null());
        home.gateway("DELETE", "calls", "");
        let start = Instant::now();
        let status = command.status().unwrap();
        sides.theirs(ms(start));
        assert!(status.success(), "the same plan, by hand");
        assert_eq!(made(), ours, "both make the same");
        work(Work::Remove).await;
    }
    sides.row("`deploy_roles` apply ÷ bare `terraform apply` of the plan", "ms", "≤ 1.05");
}

/// A window after kill -9, to the page that was looked at with the last answer on it, with a journal of 10,000 events whose last
/// are in its write-ahead log only; against a start to the same page where that log was taken in.
async fn restart() {
    let mut home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    succeed(&mut home.command(&["apply", &file, "--until", "tools"]));
    let folder = home.path().join("deployments/roman-sit-staging");
    let (journal, wal) = (folder.join("journal.sqlite"), folder.join("journal.sqlite-wal"));
    let events = |from: usize, to: usize, target: &str| {
        let journal = Journal::open(&folder).unwrap();
        for n in from..to {
            journal.log(&Place::shared("account"), &format!("an event of a long deployment, number {n}")).unwrap();
        }
        journal.put_page("dns").unwrap();
        journal.put_answer(&Place::shared("dns"), "target", &target.into()).unwrap();
    };
    events(0, 10_000, "abc-0.us-east-1.elb.amazonaws.com");
    std::fs::write(home.path().join("last-open"), "roman-sit-staging").unwrap();
    // The last connection that closes takes the log in; a process that was killed may hold the file for a moment yet.
    let taken_in = || {
        support::wait("the log to be taken in", 20, || {
            drop(Journal::open(&folder).unwrap());
            (!wal.exists()).then_some(())
        })
    };
    // From asking for the window until the page shows this answer.
    let started = async |home: Home, target: &str| {
        let desktop = Desktop::open(home, PROGRAM, &[]).await;
        let start = Instant::now();
        let shown = "return document.getElementById('field-target')?.value";
        while desktop.script(shown).await != target {
            assert!(start.elapsed() < Duration::from_secs(60), "{target}: {}", desktop.script(shown).await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let took = desktop.opened.as_secs_f64() * 1000.0 + ms(start);
        (desktop, took)
    };
    let mut sides = Sides::of(Begin::Warm);
    let mut to_recover = vec![];
    let mut target = "abc-0.us-east-1.elb.amazonaws.com".to_owned();
    for turn in 1..=Sides::turns(Begin::Warm) {
        let (desktop, _) = started(home, &target).await;
        // While the window has the journal open, what another connection adds stays in the log.
        let before = target;
        target = format!("abc-{turn}.us-east-1.elb.amazonaws.com");
        events(0, 100, &target);
        end(&desktop.home);
        let size = std::fs::metadata(&wal).map_or(0, |about| about.len());
        assert!(size > 100_000, "there is something to recover: {size} bytes");
        to_recover.push(size as f64 / 1e6);
        let (without, at) = (tempfile::tempdir().unwrap(), Place::shared("dns"));
        std::fs::copy(&journal, without.path().join("journal.sqlite")).unwrap();
        let known = Journal::open(without.path()).unwrap().answers(&at).unwrap();
        assert_eq!(known.text("target"), before, "the last answer is in the log only");
        let (desktop, took) = started(desktop.close(), &target).await;
        sides.ours(took);
        end(&desktop.home);
        taken_in();
        let (desktop, took) = started(desktop.close(), &target).await;
        sides.theirs(took);
        end(&desktop.home);
        taken_in();
        home = desktop.close();
    }
    let what = format!(
        "restart after kill -9 to the page, 10,000 events, {:.1} MB of journal to recover ÷ normal start to it",
        median(&to_recover)
    );
    sides.row(&what, "ms", "≤ 1.3");
}

/// Kills the window of this home, as a power cut would; the practice account stays.
fn end(home: &Home) {
    let mut killed = 0;
    for pid in processes(PROGRAM, home) {
        let command = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if !command.contains("practice") {
            kill(&pid);
            killed += 1;
        }
    }
    assert!(killed > 0, "there was a window");
    let lives = |pid: &String| {
        let command = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        !command.is_empty() && !command.contains("practice")
    };
    support::wait("the window to be gone", 20, || (!processes(PROGRAM, home).iter().any(lives)).then_some(()));
}

/// A click on another page until it is drawn, while a job prints 20 MB/s, against the same job while it is silent.
async fn frames() {
    let home = Home::new();
    home.start_practice();
    let bin = home.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let prints = bin.join("prints");
    let shim = "#!/usr/bin/env python3\nimport json, os, sys, time\na = sys.argv[1]\n\
        if a == 'version': print('{\"terraform_version\":\"1.11.4\"}')\n\
        elif a == 'init': os.mkdir('.terraform')\n\
        elif a == 'show': print(json.dumps({'resource_changes': [{'type': 'x', 'address': f'x.thing_{n}', 'change': {'actions': ['create'], 'after': {'name': f'thing-{n}'}}} for n in range(500)]}))\n\
        elif a == 'plan': open('shown.tfplan', 'w').write('x')\n\
        elif a == 'apply':\n block = ('x' * 199 + '\\n') * 5000\n\
        \x20while os.path.isdir('BIN'):\n\
        \x20 if os.path.exists('BIN/prints'): sys.stdout.write(block); sys.stdout.flush()\n\
        \x20 time.sleep(0.05)\n";
    std::fs::write(bin.join("terraform"), shim.replace("BIN", &bin.display().to_string())).unwrap();
    succeed(Command::new("chmod").arg("755").arg(bin.join("terraform")));
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let file = home.write("answers.toml", &answers("roman-sit"));
    succeed(home.command(&["apply", &file, "--until", "tools"]).env("PATH", &path));
    std::fs::write(home.path().join("last-open"), "roman-sit-staging").unwrap();
    let desktop = Desktop::open(home, PROGRAM, &[("PATH", &path)]).await;
    // The deployment is opened meanwhile.
    desktop.see("Secrets store").await;
    desktop.activate("Secrets store").await;
    desktop.activate("Deploy roles").await;
    desktop.see("Make the roles that set up the rest").await;
    desktop.see("Makes 500 ").await;
    filter(&desktop).await;
    desktop.activate("Create the roles").await;
    desktop.see("Applying the plan").await;
    let log = desktop.home.path().join("deployments/roman-sit-staging/log/deploy_roles.log");
    let size = || std::fs::metadata(&log).map_or(0, |about| about.len());
    let mut sides = Sides::of(Begin::Warm);
    let mut rates = vec![];
    for _ in 0..Sides::turns(Begin::Warm) {
        std::fs::write(&prints, "").unwrap();
        tokio::time::sleep(Duration::from_secs(2)).await;
        let (before, start) = (size(), Instant::now());
        sides.ours(clicks(&desktop).await);
        rates.push((size() - before) as f64 / 1e6 / start.elapsed().as_secs_f64());
        std::fs::remove_file(&prints).unwrap();
        let mut last = 0;
        // What was printed is read to its end.
        while last != size() {
            last = size();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        sides.theirs(clicks(&desktop).await);
    }
    let rate = median(&rates);
    assert!(rate > 1.0, "the job prints: {rate} MB/s");
    println!("| (while measured, the log grew by {rate:.0} MB/s) | | | | |");
    sides.row("click to state change while a job prints 20 MB/s ÷ while it is silent", "ms", "≤ 2");
    assert!(
        desktop.script("return document.body.innerText").await.to_string().contains("Stop…"),
        "the job was at work"
    );
}

/// From a key in the filter of a plan of 500 things to its frame, and the same of a change of one small thing.
async fn filter(desktop: &Desktop) {
    let mut sides = Sides::of(Begin::Warm);
    for text in
        ["t", "thing-4", "thing-49", "thing-499", "thing-49", ""].iter().cycle().take(6 * Sides::turns(Begin::Warm))
    {
        let typed = format!("field.value = '{text}'; field.dispatchEvent(new Event('input', {{ bubbles: true }}));");
        let mut took = vec![];
        for what in [typed.as_str(), "field.style.opacity = Math.random();"] {
            let script = format!(
                "const done = arguments[arguments.length - 1]; const field = document.querySelector('input[type=search]');
                 const start = performance.now(); const frame = new MessageChannel();
                 frame.port1.onmessage = () => done(performance.now() - start);
                 {what}
                 requestAnimationFrame(() => frame.port2.postMessage(0));"
            );
            took.push(desktop.script_async(&script).await.as_f64().expect("the time to the frame"));
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        sides.ours(took[0]);
        sides.theirs(took[1]);
    }
    sides.row(
        "a key in the filter of a plan of 500 things, to its frame ÷ a change of one small thing",
        "ms",
        "≤ 50 ms",
    );
}

/// The median time from a click in the sidebar to the frame that shows the new page.
async fn clicks(desktop: &Desktop) -> f64 {
    let mut all = vec![];
    // An even number: the last click comes back to the page of the job.
    for n in 0..2 * runs(3) {
        let script = format!(
            "const done = arguments[arguments.length - 1]; const buttons = document.querySelectorAll('nav li button');
             const start = performance.now(); const before = document.querySelector('h1').innerText;
             buttons[{}].click();
             const look = () => document.querySelector('h1').innerText !== before ? requestAnimationFrame(() => done(performance.now() - start)) : requestAnimationFrame(look);
             requestAnimationFrame(look);",
            if n % 2 == 0 { 1 } else { 0 }
        );
        all.push(desktop.script_async(&script).await.as_f64().expect("the time to the frame"));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    median(&all)
}
