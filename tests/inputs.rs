//! Inputs that hang, hide each other or are swallowed: pipes and devices as files, everything wrong with an answers file at
//! once, long texts, limits of the computer. No step here reaches an account.
//! Long because each kind of input has a test of its own.
#![allow(clippy::disallowed_methods, reason = "tests start programs, make pipes and write files")]

mod support;

use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::{Duration, Instant};
use support::{Home, PROGRAM, text};

/// Answers of three pages that need nobody.
fn good(more: &str) -> String {
    format!(
        "version = 1\n[deployment]\nname = \"roman-sit\"\nuser = \"an-iam-user\"\nregion = \"us-east-1\"\nzone = \"science.stsci.edu\"\n{more}"
    )
}

/// Runs the program, which must not hang, also beside other tests: the exit status, and what was said.
fn run(home: &Home, args: &[&str]) -> (Option<i32>, String) {
    let since = Instant::now();
    let output = Command::new("timeout")
        .args(["-s", "KILL", "30", PROGRAM])
        .args(args)
        .env("HUBWRIGHT_HOME", home.path())
        .env_remove("AWS_ENDPOINT_URL")
        .output()
        .unwrap();
    let shown = text(&output);
    assert!(since.elapsed() < Duration::from_secs(20), "{args:?} took {:?}: {shown}", since.elapsed());
    assert!(!shown.contains("panicked"), "{shown}");
    (output.status.code(), shown)
}

fn apply(home: &Home, answers: &str, args: &[&str]) -> (Option<i32>, String) {
    let file = home.write("answers.toml", answers);
    run(home, &[&["apply", file.as_str()], args].concat())
}

/// Asserts exit status 2, that each of `said` is said, and that nothing was begun.
fn refused(home: &Home, answers: &str, args: &[&str], said: &[&str]) -> String {
    let (status, shown) = apply(home, answers, args);
    assert_eq!(status, Some(2), "{shown}");
    for said in said {
        assert!(shown.contains(said), "{said:?} is said:\n{shown}");
    }
    assert!(!home.path().join("deployments").exists(), "what is refused begins nothing: {shown}");
    shown
}

/// What is no file, by a path in `home`: its name there and the word for it.
fn no_files(home: &Home) -> Vec<(&'static str, &'static str)> {
    assert!(Command::new("mkfifo").arg(home.path().join("pipe")).status().unwrap().success());
    std::fs::create_dir(home.path().join("folder")).unwrap();
    symlink("/dev/zero", home.path().join("zero")).unwrap();
    symlink("/dev/tty", home.path().join("terminal")).unwrap();
    symlink("pipe", home.path().join("link")).unwrap();
    std::mem::forget(std::os::unix::net::UnixListener::bind(home.path().join("socket")).unwrap());
    vec![
        ("pipe", "a pipe"),
        ("link", "a pipe"),
        ("folder", "a folder"),
        ("zero", "a device"),
        ("terminal", "a device"),
        ("socket", "a socket"),
    ]
}

#[test]
fn pipes_devices_and_folders_are_refused_as_a_file_of_any_field() {
    let home = Home::bare();
    for (name, word) in no_files(&home) {
        let path = home.path().join(name).display().to_string();
        let said = format!("{name}` is {word}, not a file");
        let secret = format!("[mast]\nclient_id = \"x\"\nclient_secret = {{ file = \"{name}\" }}\n");
        refused(&home, &good(&secret), &["--only", "deployment"], &["mast.client_secret: ", &said]);
        let files = format!("[certificate]\nfiles = [\"{name}\", \"{path}\"]\n");
        let shown = refused(&home, &good(&files), &[], &["certificate.files: ", &said]);
        assert_eq!(shown.matches(&said).count(), 2, "each file is told: {shown}");
        refused(&home, &good(&format!("site_file = \"{path}\"\n")), &[], &["deployment.site_file: ", &said]);
        refused(&home, &good(&format!("site = \"{path}\"\n")), &[], &["deployment.site: ", &said]);
        let (status, shown) = run(&home, &["apply", &path]);
        assert_eq!(status, Some(2), "{shown}");
        assert!(shown.contains("answers: The answers file cannot be read") && shown.contains(&said), "{shown}");
    }
}

#[test]
fn files_are_read_up_to_the_size_of_their_kind() {
    let home = Home::bare();
    home.write("secret", &"s".repeat((64 << 10) + 1));
    home.write("profile", &"# x\n".repeat((1 << 18) + 1));
    let file = std::fs::File::create(home.path().join("sparse.pem")).unwrap();
    file.set_len(200 << 30).unwrap();
    refused(
        &home,
        &good(
            "site_file = \"profile\"\n[mast]\nclient_id = \"x\"\nclient_secret = { file = \"secret\" }\n[certificate]\nfiles = [\"x\"]\n",
        ),
        &[],
        &[
            "deployment.site_file: ",
            "profile` has 2 MB; at most 1 MB are read",
            "mast.client_secret: ",
            "secret` has 65 kB; at most 64 kB are read",
        ],
    );
    let large = home.write("large.toml", &good(&"# x\n".repeat(1 << 18)));
    let (status, shown) = run(&home, &["check", &large]);
    assert!(status == Some(2) && shown.contains("at most 1 MB are read"), "{shown}");
    // A file of the system that says it is empty, and has no end that anybody waits for.
    let (status, shown) = run(&home, &["check", "/proc/self/pagemap"]);
    assert!(status == Some(2) && shown.contains("answers: "), "{shown}");
    // 200 GB of nothing as a certificate: told by size alone.
    let (_, shown) = apply(&home, &good("[certificate]\nfiles = [\"sparse.pem\"]\n"), &["--until", "deployment"]);
    assert!(shown.contains("deployment: done"), "{shown}");
}

#[test]
fn everything_that_is_wrong_is_told_in_one_run_and_nothing_is_entered() {
    let home = Home::bare();
    let wrong = "version = 1\n\
        [deployment]\nname = \"9lives\"\nuser = \"an iam user\"\nregion = \"us-esat-1\"\nzone = 7\nusr = \"x\"\n\
        [account]\nkind = \"practise\"\naccess_key_id = \"x\"\nregion = true\n\
        [requests]\nask_again_days = \"soon\"\ncertificate_asked = \"yesterday\"\n\
        [certificate]\nway = \"files\"\nfiles = \"hub.key\"\npassphrase = { env = \"HUBWRIGHT_NO_SUCH\" }\n\
        [mast]\nclient_id = \"a b\"\nclient_secret = \"in-clear-0123456789\"\n\
        [architects]\nusers = [\"a/b\", \"ok\", \"c d\"]\n\
        [dns]\ntarget = \"hub.example.org\"\nreplace = \"yes\"\nttl = 60\n\
        [clustre]\nname = \"x\"\n";
    let shown = refused(
        &home,
        wrong,
        &["--until", "no_such"],
        &[
            "--until: There is no step `no_such`. — Use one of `deployment`",
            "deployment.name: `9lives` does not start with a letter.",
            "deployment.user: `an iam user` cannot be an IAM user name.",
            "deployment.region: `us-esat-1` is not one of the choices for region. — Choose one of `us-east-1`",
            "deployment.zone: The value of `zone` is of the wrong type. — Write a text in quotes.",
            "deployment.usr: The step has no field `usr`.",
            "account.kind: `practise` is not one of the choices",
            "account.region: The step has no field `region`.",
            "requests.ask_again_days: `soon` is no number of days.",
            "requests.certificate_asked: `yesterday` is not a date.",
            "certificate.files: The value of `files` is of the wrong type. — Write a list of paths",
            "certificate.passphrase: The environment has no variable of the name that is written there.",
            "mast.client_id: The client id has characters that no id has.",
            "mast.client_secret: A secret stands in clear",
            "architects.users: `a/b` cannot be an IAM user name.",
            "architects.users: `c d` cannot be an IAM user name.",
            "dns.target: `hub.example.org` is not the address of a load balancer",
            "dns.replace: The value of `replace` is of the wrong type. — Write `true` or `false`.",
            "dns.ttl: The step has no field `ttl`.",
            "clustre: There is no step `clustre`.",
        ],
    );
    assert!(!shown.contains("in-clear-0123456789"), "a secret in clear is not repeated: {shown}");
    assert!(!shown.contains("account.access_key_id"), "which fields there are follows from the kind: {shown}");
    assert!(!shown.contains("is missing"), "what is there and wrong is not missing too: {shown}");
    assert_eq!(shown.lines().count(), 20, "each once, and nothing besides: {shown}");

    // One wrong value among good ones: of those nothing is entered either.
    let (status, _) = apply(&home, &good(""), &["--only", "deployment"]);
    assert_eq!(status, Some(0));
    let changed = good("[requests]\nask_again_days = 400\n").replace("\"an-iam-user\"", "\"somebody\"");
    let (status, shown) = apply(&home, &changed, &["--until", "requests"]);
    assert_eq!(status, Some(2), "{shown}");
    let journal = std::fs::read(home.path().join("deployments/roman-sit-staging/journal.sqlite")).unwrap();
    let wal = std::fs::read(home.path().join("deployments/roman-sit-staging/journal.sqlite-wal")).unwrap_or_default();
    let kept = [journal, wal].concat();
    assert!(!kept.windows(8).any(|bytes| bytes == b"somebody"), "nothing of a refused file is entered");
}

#[test]
fn fields_of_other_choices_large_numbers_and_contradictions_are_told_in_words() {
    let home = Home::bare();
    refused(
        &home,
        &good("[certificate]\nfiles = []\nkey_kind = \"ec-p256\"\n"),
        &[],
        &["certificate.key_kind: With the choices that were made the step does not ask for `key_kind`. — Remove"],
    );
    let large = good("").replace("version = 1", "version = 99999999999999999999999");
    let shown = refused(
        &home,
        &large,
        &[],
        &["answers: Line 1 of the answers file is not TOML: the number behind `version` is too large."],
    );
    assert!(!shown.contains("i128"), "{shown}");
    refused(
        &home,
        &good(""),
        &["--only", "deployment", "--until", "requests"],
        &["--only: `--only` and `--until` name different steps to do. — Leave one of the two options out."],
    );
    // One that is empty beside those that cannot be read at all.
    home.write("empty.pem", "");
    let files = "[certificate]\nfiles = [\"gone.pem\", \"empty.pem\"]\n";
    refused(&home, &good(files), &[], &["gone.pem", "certificate.files: `empty.pem` is empty."]);
}

/// A certificate that ended, for another host and signed by itself.
fn expired(home: &Home) {
    let mut params = rcgen::CertificateParams::new(vec!["z.example.org".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    home.write("old.pem", &params.self_signed(&key).unwrap().pem());
}

/// What cannot be read hides nothing of what can; what may stand in it, such as the key, is nobody's fault.
#[test]
fn a_file_that_cannot_be_read_hides_nothing_of_the_others() {
    let home = Home::bare();
    expired(&home);
    home.write("x.zip", "PK\u{3}\u{4}rest");
    std::fs::create_dir(home.path().join("folder")).unwrap();
    for (other, said) in [("gone.pem", "gone.pem`. — Check"), ("folder", "folder` is a folder, not a file.")] {
        let files = format!("[certificate]\nfiles = [\"old.pem\", \"x.zip\", \"{other}\"]\n");
        let said = [
            said,
            "certificate.files: The certificate of",
            "expired on 1 Jan 2020",
            "certificate.files: The certificate is for z.example.org, not for roman-sit.science.stsci.edu.",
            "certificate.files: `x.zip` is an archive (ZIP), not a certificate.",
        ];
        let shown = refused(&home, &good(&files), &[], &said);
        assert!(!shown.contains("private key"), "it may be in the file that is not there: {shown}");
    }
    // A weak key that is here is one, whatever else there is.
    let (key, certificate) = (home.path().join("weak.key"), home.path().join("weak.pem"));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=roman-sit.science.stsci.edu"]);
    let made = openssl.arg("-keyout").arg(&key).arg("-out").arg(&certificate).output().unwrap();
    assert!(made.status.success(), "{}", text(&made));
    let files = "[certificate]\nfiles = [\"weak.key\", \"weak.pem\", \"gone.pem\"]\n";
    refused(&home, &good(files), &[], &["gone.pem`. — Check", "certificate.files: The private key has 1024 bits;"]);
}

/// What the command line leaves out for now is wrong all the same.
#[test]
fn the_whole_file_is_judged_whatever_the_command_line_selects() {
    let home = Home::bare();
    let later = "[requests]\nask_again_days = 400\n[certificate]\nfiles = [\"no-such.pem\"]\n[dns]\ntarget = \"hub.example.org\"\n";
    let said = ["requests.ask_again_days: `400`", "certificate.files: ", "dns.target: `hub.example.org` is not"];
    for args in [&["--only", "deployment"][..], &["--until", "deployment"], &["--only", "requests"], &[]] {
        let shown = refused(&home, &good(later), args, &said);
        assert_eq!(shown.lines().count(), 3, "{args:?}: {shown}");
    }
}

/// What is wrong is named for what it is, and nothing hides behind another field.
#[test]
fn names_addresses_and_days_that_cannot_be_are_told_by_what_is_wrong_with_them() {
    let home = Home::bare();
    let with = |zone: &str, host: &str, name: &str| {
        format!(
            "version = 1\n[deployment]\nname = \"{name}\"\nuser = \"u\"\nzone = \"{zone}\"\nhost = \"{host}\"\nsite = \"stsci\"\n"
        )
    };
    for host in ["hüb.example.org", "*.example.org", "a_b.example.org", "-.example.org"] {
        let said = format!("deployment.host: `{host}` cannot be a web address. — Write it in the letters a to z");
        let shown = refused(&home, &with("example.org", host, "b"), &[], &[&said]);
        assert!(!shown.contains("in the zone"), "{shown}");
    }
    let told = ["deployment.zone: `-bad-.org` is not a domain name.", "deployment.host: `https://a b` cannot be"];
    refused(&home, &with("-bad-.org", "https://a b", "b"), &[], &told);
    refused(&home, &with("10.0.0.5", "", "b"), &[], &["deployment.zone: `10.0.0.5` is not a domain name."]);
    refused(&home, &with("example.org", "", "b in"), &[], &["deployment.name: `b in` has blanks, which the services"]);
    for (day, said) in [("1447-01-02", "is no day of these years."), ("2099-01-02", "is still to come.")] {
        let days = format!("[requests]\ncertificate_asked = \"{day}\"\n");
        refused(&home, &good(&days), &[], &["requests.certificate_asked: ", day, said]);
    }
    let gone = "site_file = \"no-such\"\n";
    refused(&home, &good(gone), &[], &["leave this out and choose a built-in profile, `site = …`: `stsci`."]);
}

#[test]
fn every_line_that_is_no_toml_is_told() {
    let home = Home::bare();
    let shown = refused(
        &home,
        "version = 1\n[deployment]\nname = roman-sit\nuser = \"an-iam-user\nregion = 'us-east-1'\nzone == \"x\"\n",
        &[],
        &["answers: Line 3 of the answers file is not TOML", "Line 4", "Line 6"],
    );
    assert_eq!(shown.lines().count(), 3, "{shown}");
    refused(
        &home,
        "stray = 1\nother = 2\n[deployment]\n",
        &[],
        &["`stray` stands outside", "`other` stands", "version"],
    );
    let wide: Vec<u8> = good("").encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(home.path().join("wide.toml"), [&[0xff, 0xfe][..], &wide].concat()).unwrap();
    let (status, shown) = run(&home, &["apply", home.path().join("wide.toml").to_str().unwrap()]);
    assert!(status == Some(2) && shown.contains("UTF-8"), "{shown}");
}

/// A line that cannot be read hides nothing of the rest, and what may stand on it is not missed.
#[test]
fn a_torn_line_hides_nothing() {
    let home = Home::bare();
    let torn = "version = 1\n[deployment]\nname = \"9lives\"\nuser = “u”\n[account]\nkind = profile\nprofile = \"x\"\n\
        [requests]\nask_again_days = 99999999999999999999\ncertificate_asked = \"yesterday\"\n[zzz]\na = 1\n";
    let shown = refused(
        &home,
        torn,
        &[],
        &[
            "answers: Line 4 of the answers file is not TOML",
            "answers: Line 6 ",
            "answers: Line 9 of the answers file is not TOML: the number behind `ask_again_days` is too large. — Mend that line.",
            "requests.certificate_asked: `yesterday` is not a date.",
            "deployment.name: `9lives` does not start with a letter.",
            "zzz: There is no step `zzz`.",
        ],
    );
    assert_eq!(shown.lines().count(), 6, "neither a user is missing nor a profile out of place: {shown}");
    let twice =
        good("").replace("user =", "name = \"b\"\nuser =") + "[certificate]\nfiles = []\n[certificate]\nx = 1\n";
    let shown = refused(
        &home,
        &twice,
        &[],
        &[": `name` is there twice. — Remove one of the two.", ": `[certificate]` is there twice."],
    );
    assert!(!shown.contains("text values stand in quotes"), "{shown}");
}

#[test]
fn what_is_wrong_with_the_file_itself_hides_nothing() {
    let home = Home::bare();
    let bad_name = |file: String| file.replace("\"roman-sit\"", "\"9lives\"");
    for (file, said) in [
        (good("").replace("version = 1\n", ""), "answers: The answers file does not say its version."),
        (
            good("").replace("= 1", "= \"1\""),
            "answers: The version of the answers file is no whole number from 1 on. — Write `version = 1`, without quotes",
        ),
        (good("").replace("= 1", "= 1.0"), "answers: The version of the answers file is no whole number"),
        (
            format!("dns = 5\n{}", good("")),
            "answers: `dns` is a step, and its answers stand in a table. — Write `[dns]`",
        ),
        (format!("x = 1\n{}", good("")), "answers: `x` stands outside of any step's table."),
        (good("[[tools]]\nterraform = \"any\"\n"), "answers: `tools` is a list of tables"),
    ] {
        let shown = refused(&home, &bad_name(file), &[], &[said, "deployment.name: `9lives`"]);
        assert_eq!(shown.lines().count(), 2, "{shown}");
    }
}

/// A reference to nothing is told before anything is begun.
#[test]
fn a_secret_that_is_empty_is_told_with_the_rest() {
    let home = Home::bare();
    home.write("blank", " \n");
    let mast = |reference: &str| good(&format!("[mast]\nclient_id = \"a b\"\nclient_secret = {reference}\n"));
    refused(
        &home,
        &mast("{ file = \"blank\" }"),
        &[],
        &["mast.client_secret: `", "blank` is empty", "mast.client_id: "],
    );
    let file = home.write("answers.toml", &mast("{ env = \"HUBWRIGHT_BLANK\" }"));
    let shown = text(&home.command(&["apply", &file]).env("HUBWRIGHT_BLANK", "").output().unwrap());
    assert!(shown.contains("mast.client_secret: The variable `HUBWRIGHT_BLANK` is empty. — Put"), "{shown}");
    assert!(shown.contains("mast.client_id: ") && !shown.contains("is missing"), "{shown}");
}

#[test]
fn all_that_is_wrong_with_a_site_profile_is_told() {
    let home = Home::bare();
    let bare = "version = 1\n[deployment]\nname = \"roman-sit\"\nuser = \"u\"\nsite_file = \"p.toml\"\n";
    home.write("p.toml", "foo = 1\nname = 5\nzone = [\"x\"]\nregion = “x”\n[bar]\nx = 1\n[sign_in]\nservice = \"S\"\nscopes = []\nauthorize_url = \"http://x.org\"\n");
    let shown = refused(
        &home,
        bare,
        &[],
        &[
            "Line 1 of the site profile `",
            "p.toml` is not right: unknown field 'foo'. — Write one of `name`, `zone`",
            "Line 2 of the site profile",
            ". — Write a string in its place.",
            "Line 3 ",
            "Line 4 ",
            "Line 5 ",
            "has no value for `scopes` in `[sign_in]`. — Give it a value: `scopes = …`",
            "has no value for `token_url`",
            "`authorize_url` of the site profile",
        ],
    );
    assert!(!shown.contains("has no value for `name`") && !shown.contains("stsci.toml"), "{shown}");
    home.write("p.toml", "");
    // What is no profile at all lacks nothing.
    home.write("p.toml", "{ \"name\": \"X\" }");
    let shown = refused(&home, bare, &[], &["Line 1 of the site profile", "Mend that line: `key = value`"]);
    assert_eq!(shown.lines().count(), 1, "{shown}");
    home.write("p.toml", "name = \"X\"\nzone = \"x.org\"\nregion = \"us-east-1\"\naccount = \"12\"\n");
    refused(
        &home,
        bare,
        &[],
        &["`account` of the site profile", "is `12`, which is no account id. — Write its twelve"],
    );
    home.write("p.toml", "");
    let all = ["name", "zone", "region"].map(|key| format!("has no value for `{key}`."));
    refused(&home, bare, &[], &all.each_ref().map(String::as_str));
    // It is there, and cannot be read: the way out is not one that exists.
    home.write("p.toml", &"# x\n".repeat((1 << 18) + 1));
    let shown = refused(
        &home,
        bare,
        &[],
        &["cannot be read: `", "has 2 MB; at most 1 MB are read. — Choose the file that was meant."],
    );
    assert!(!shown.contains("that exists"), "{shown}");
}

/// What is no path, and links to nothing, are told as what they are.
#[test]
fn addresses_dead_links_and_names_that_no_file_has_are_told() {
    let home = Home::bare();
    symlink("gone.pem", home.path().join("dead")).unwrap();
    symlink("round", home.path().join("round")).unwrap();
    for (name, said) in [
        ("file:///tmp/c.pem", "`file:///tmp/c.pem` is an address, not a path. — Write the path alone"),
        ("https://x.org/c.pem", "`https://x.org/c.pem` is an address, not a path. — Download it first"),
        (
            "dead",
            "dead` is a link to a file that is not there, or to itself. — Choose the file itself, or mend the link: it leads to `gone.pem`",
        ),
        ("round", "it leads to `round`"),
        ("c\\u0000.pem", "c\u{fffd}.pem` has a character that no file name has (NUL)"),
    ] {
        let shown = refused(&home, &good(&format!("[certificate]\nfiles = [\"{name}\"]\n")), &[], &[said]);
        assert!(!shown.contains("cannot read"), "{shown}");
        refused(
            &home,
            &good(&format!("[mast]\nclient_id = \"x\"\nclient_secret = {{ file = \"{name}\" }}\n")),
            &[],
            &[said],
        );
        refused(&home, &good(&format!("site_file = \"{name}\"\n")), &[], &[said]);
    }
}

#[test]
fn an_unknown_step_of_the_command_line_is_a_problem_of_the_answers() {
    let home = Home::bare();
    for option in ["--only", "--until"] {
        refused(
            &home,
            &good(""),
            &[option, "clustre"],
            &[&format!("{option}: There is no step `clustre`. — Use one of")],
        );
    }
}

#[test]
fn numbers_are_taken_where_a_number_is_meant() {
    let home = Home::bare();
    let (status, shown) = apply(&home, &good("[requests]\nask_again_days = 30\n"), &["--only", "deployment"]);
    assert_eq!(status, Some(0), "{shown}");
    let home = Home::bare();
    refused(
        &home,
        &good("[requests]\nask_again_days = 400\n"),
        &[],
        &["requests.ask_again_days: `400` is no number of days."],
    );
    refused(&home, &good("[requests]\nask_again_days = 7.5\n"), &[], &["Write a whole number."]);
    let account = "[account]\nkind = \"profile\"\nprofile = \"x\"\nexpected_account = 1234\n";
    refused(&home, &good(account), &[], &["account.expected_account: `1234` is not an account id."]);
}

#[test]
fn a_bad_site_profile_is_the_only_problem_it_makes() {
    let home = Home::bare();
    let bare = |site: &str| format!("version = 1\n[deployment]\nname = \"roman-sit\"\nuser = \"u\"\n{site}");
    for (site, said) in [
        ("site = \"stsi\"\n", "deployment.site: The site profile `stsi` cannot be read"),
        ("site_file = \"no-such.toml\"\n", "deployment.site_file: The site profile `"),
        ("site_file = \"torn.toml\"\n", "deployment.site_file: Line 2 of the site profile `"),
    ] {
        home.write("torn.toml", "name = \"X\"\nzoen = 3\nzone = \"x.org\"\nregion = \"us-east-1\"\n");
        let shown = refused(&home, &bare(site), &[], &[said]);
        assert_eq!(shown.lines().count(), 1, "one cause, one problem: {shown}");
    }
    // A path is from the answers file's folder, whichever field names it.
    home.write("own.toml", "name = \"X\"\nzone = \"x.example.org\"\nregion = \"eu-west-1\"\n");
    for field in ["site", "site_file"] {
        let (status, shown) = apply(&home, &bare(&format!("{field} = \"own.toml\"\n")), &["--only", "deployment"]);
        assert_eq!(status, Some(0), "{shown}");
        assert!(shown.contains("roman-sit.x.example.org"), "{shown}");
    }
}

#[test]
fn long_names_and_lists_are_cut_in_messages() {
    let home = Home::bare();
    let long = "x".repeat(20_000);
    let shown = refused(
        &home,
        &format!(
            "version = 1\n[deployment]\nname = \"{long}_\"\nuser = \"{long}\"\nregion = \"{long}\"\nzone = \"{long}\"\nsite_file = \"{long}\"\n{long} = 1\n\
            [certificate]\nfiles = [\"/{long}\"]\n[mast]\nclient_id = \"x\"\nclient_secret = {{ file = \"{long}\" }}\n[dns]\ntarget = \"{long}\"\n[{long}]\nx = 1\n[architects]\nusers = [\"{long}\"]\n[account]\nkind = \"{long}\"\n"
        ),
        &["--until", &long],
        &["deployment.region", "certificate.files", "mast.client_secret"],
    );
    for line in shown.lines() {
        assert!(line.len() < 1000, "{} characters: {}…", line.len(), &line[..200]);
    }
    let listed = refused(&home, &good("").replace("us-east-1", "x"), &[], &["`us-east-1`", " more."]);
    assert!(listed.len() < 400, "{listed}");
}

#[test]
fn a_path_may_begin_at_the_home_folder() {
    let home = Home::bare();
    let own = home.path().join("own");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join("site.toml"), "name = \"X\"\nzone = \"x.example.org\"\nregion = \"eu-west-1\"\n").unwrap();
    let file = home.write(
        "answers.toml",
        "version = 1\n[deployment]\nname = \"roman-sit\"\nuser = \"u\"\nsite_file = \"~/site.toml\"\n[certificate]\nfiles = [\"~/no-such.pem\"]\n",
    );
    let output = home.command(&["apply", &file]).env("HOME", &own).output().unwrap();
    let shown = text(&output);
    assert!(
        shown.contains(&format!("certificate.files: Hubwright cannot read `{}/no-such.pem`", own.display())),
        "{shown}"
    );
    assert!(!shown.contains("deployment."), "the profile was found: {shown}");
}

#[test]
fn ten_thousand_equal_letters_are_a_secret_like_any_other() {
    let home = Home::bare();
    home.write("secret.txt", &"a".repeat(10_000));
    let mast = "[mast]\nclient_id = \"x\"\nclient_secret = { file = \"secret.txt\" }\n";
    // Every command of an answers file makes the redactor know the secret, whatever it does.
    let (_, shown) = apply(&home, &good(mast), &["--only", "deployment"]);
    assert!(!shown.contains("aaaaaaaa"), "{shown}");
}

/// References that name nothing, tables in lists, and keys of 100 kB: told where they stand, in a line.
#[test]
fn odd_references_tables_and_keys_are_told_where_they_stand() {
    let home = Home::bare();
    let long = "k".repeat(100_000);
    let secret = |reference: &str| good(&format!("[mast]\nclient_id = \"x\"\nclient_secret = {reference}\n"));
    let wrong_type = "mast.client_secret: The value of `client_secret` is of the wrong type. — Write a reference";
    for (answers, said) in [
        (secret("{ env = \"\" }"), "mast.client_secret: No variable of the environment is named. — Write the name"),
        (secret("{ env = \" \" }"), "mast.client_secret: No variable of the environment is named. — Write the name"),
        (secret("{ env = \"A=B\" }"), "mast.client_secret: What is written as the name of a variable"),
        (
            secret("{ env = \"A\\u0000B\" }"),
            "as the name of a variable of the environment cannot be one. — Write the name alone",
        ),
        (secret(&format!("{{ env = \"{long}\" }}")), "mast.client_secret: The environment has no variable of the name"),
        (secret("{ env = 7 }"), wrong_type),
        (secret("{ file = \"\" }"), "mast.client_secret: No file is named. — Write the path"),
        (secret("{ file = \"x\", env = \"y\" }"), wrong_type),
        (secret(&format!("{{ {long} = \"x\" }}")), wrong_type),
        (secret("{ }"), wrong_type),
        (
            good("[[mast]]\nclient_id = \"x\"\n"),
            "answers: `mast` is a list of tables, and a step has one. — Write `[mast]`, once.",
        ),
        (good("[[mast]]\n[[mast]]\n"), "answers: `mast` is a list of tables, and a step has one."),
        (good("[[mast.client_id]]\nx = 1\n"), "mast.client_id: The value of `client_id` is of the wrong type."),
        (good(&format!("[mast]\n{long} = 1\n")), "The step has no field `kkk"),
        (good(&format!("[{long}]\nx = 1\n")), "There is no step `kkk"),
        (format!("{long} = 1\n{}", good("")), "stands outside of any step's table"),
    ] {
        let shown = refused(&home, &answers, &["--until", "mast"], &[said]);
        for line in shown.lines() {
            assert!(line.len() < 1000, "{} characters: {}…", line.len(), &line[..200]);
        }
    }
}

/// From the least with which the program's libraries can be loaded (which is not ours to explain) up to enough.
#[test]
fn too_little_memory_or_threads_is_said_in_a_sentence() {
    let home = Home::bare();
    let file = home.write("answers.toml", &good(""));
    let run = |limit: String| {
        let output = Command::new("prlimit")
            .args([&limit, PROGRAM, "apply", &file, "--only", "deployment"])
            .env("HUBWRIGHT_HOME", home.path())
            .output()
            .unwrap();
        (output.status, text(&output))
    };
    let is_loaded = |megabytes: u64| {
        let (status, shown) = run(format!("--as={}", megabytes << 20));
        // 127: the system's loader says in its own words what it could not load.
        status.code() != Some(127) && !shown.is_empty()
    };
    let (mut least, mut enough) = (16, 2048);
    while enough - least > 1 {
        let middle = (least + enough) / 2;
        if is_loaded(middle) { enough = middle } else { least = middle }
    }
    let mut met = 0;
    for megabytes in enough..enough + 24 {
        let (status, shown) = run(format!("--as={}", megabytes << 20));
        if status.success() {
            break;
        }
        // What ends first, memory or threads, is the computer's choice.
        let said = ["no more memory or threads. — Close other programs", "gives no threads. — Close other programs"];
        let is_said = said.iter().any(|said| shown.contains(said));
        met += usize::from(is_said);
        // At the edge a library that gets no memory ends the program by a signal, in its own words or with none.
        let by_library = status.signal().is_some() && !shown.contains("panicked");
        assert!(is_said || by_library, "{megabytes} MB: {status}, {shown}");
    }
    assert!(met > 0, "the limit was met at {enough} MB");
}

#[test]
fn a_choice_that_another_choice_asks_for_is_entered_after_it() {
    let home = Home::bare();
    let file = home.write("answers.toml", &good("[certificate]\nkey_kind = \"ec-p256\"\nway = \"make\"\n"));
    let (status, shown) = run(&home, &["apply", &file, "--only", "deployment"]);
    assert_eq!(status, Some(0), "nothing is wrong with these answers: {shown}");
}
