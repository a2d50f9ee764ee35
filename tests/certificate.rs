//! Certificates in every form people hand them out, and every way they are wrong: openssl makes them, and says again
//! what is in them.
#![allow(clippy::disallowed_methods, reason = "tests start openssl and write files")]

#[path = "support/random.rs"]
mod random;
mod support;

use hubwright::engine::{Problem, Secret};
use hubwright::steps::certificate::judge::{Facts, judge};
use hubwright::steps::certificate::verdict::Verdict;
use hubwright::tools::certificate::{Key, make, read, to_pem};
use jiff::{Timestamp, ToSpan};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

const HOST: &str = "roman-sit.science.stsci.edu";

/// A folder with the certificates, made once; each test works in it with names of its own.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            support::certificates(folder.path(), HOST);
            folder
        })
        .path()
}

fn sh(script: &str) {
    let output = Command::new("bash").args(["-ec", script]).current_dir(folder()).output().unwrap();
    assert!(output.status.success(), "{script}: {}", support::text(&output));
}

fn bytes(name: &str) -> (String, Vec<u8>) {
    (name.to_owned(), std::fs::read(folder().join(name)).unwrap())
}

/// The judgement on these files, with the problems of reading them first.
fn judged(names: &[&str], passphrase: Option<&str>) -> (Verdict, Vec<Problem>) {
    let files: Vec<_> = names.iter().map(|name| bytes(name)).collect();
    let secret = passphrase.map(|text| Secret::from(text.to_owned()));
    let (found, faults) = read(&files, secret.as_ref());
    let verdict = judge(&found, None, HOST, Timestamp::now());
    let mut problems: Vec<Problem> = faults.into_iter().map(Problem::from).collect();
    problems.extend(verdict.problems().cloned());
    (verdict, problems)
}

fn says(names: &[&str], passphrase: Option<&str>, words: &[&str]) -> Vec<Problem> {
    let (_, problems) = judged(names, passphrase);
    for word in words {
        assert!(
            problems.iter().any(|p| p.is_error() && p.what.contains(word) && !p.fix.is_empty()),
            "{names:?} says {word:?}: {problems:?}"
        );
    }
    problems
}

/// Two good pairs: one is in use, and that is said.
fn holds_two(names: &[&str], passphrase: Option<&str>) {
    let (verdict, problems) = judged(names, passphrase);
    let told = |problem: &Problem| problem.what.contains("holds 2 private keys with a certificate each; ");
    assert!(verdict.is_good() && problems.iter().any(told), "{problems:?}");
}

fn good(names: &[&str], passphrase: Option<&str>) -> Verdict {
    let (verdict, problems) = judged(names, passphrase);
    assert!(problems.iter().all(|problem| !problem.is_error()), "{names:?}: {problems:?}");
    assert_eq!(verdict.chain[0].names, [HOST]);
    assert_eq!(verdict.pem(), good_pem(), "{names:?} gives the chain in order");
    verdict
}

fn good_pem() -> String {
    let all: Vec<Vec<u8>> =
        ["hub.crt", "inter.crt", "root.crt"].map(|name| pem::parse(bytes(name).1).unwrap().into_contents()).into();
    to_pem(&all)
}

#[test]
fn every_form_gives_the_same_chain_and_says_what_was_put_right() {
    sh(
        "openssl x509 -in hub.crt -outform der -out hub-der.pem; openssl pkcs12 -export -inkey hub.key -in hub.crt -certfile chain.pem -passout pass:pw -out hub.pfx; \
        openssl pkcs12 -export -legacy -inkey hub.key -in hub.crt -certfile chain.pem -passout pass:pw -out old.pfx || cp hub.pfx old.pfx; \
        openssl crl2pkcs7 -nocrl -certfile hub.crt -certfile chain.pem -out hub.p7b; openssl crl2pkcs7 -nocrl -certfile hub.crt -certfile chain.pem -outform der -out hub-der.p7b; \
        openssl pkcs8 -topk8 -in hub.key -passout pass:pw -out enc.key; \
        openssl rsa -in hub.key -traditional -out pkcs1.key; openssl pkcs8 -topk8 -nocrypt -in hub.key -outform der -out key.der; \
        cat root.crt inter.crt hub.crt > reversed.pem; cat hub.key hub.crt chain.pem > all.pem; sed 's/$/\\r/' hub.crt > crlf.crt; \
        (echo 'Dear colleague,'; echo; echo 'here is > your certificate.'; sed 's/^/> /' hub.crt; echo 'Regards') > mail.txt; openssl x509 -in hub.crt -text > text.crt",
    );
    for names in [
        &["hub.key", "hub.crt", "chain.pem"][..],
        &["chain.pem", "hub.crt", "hub.key"],
        &["pkcs1.key", "hub.crt", "chain.pem"],
        &["key.der", "hub-der.pem", "chain.pem"],
        &["hub.key", "hub.p7b"],
        &["hub.key", "hub-der.p7b"],
        &["hub.key", "reversed.pem"],
        &["all.pem"],
        &["hub.key", "crlf.crt", "chain.pem"],
        &["hub.key", "mail.txt", "chain.pem"],
        &["hub.key", "text.crt", "chain.pem", "hub.crt"],
    ] {
        good(names, None);
    }
    for names in [&["hub.pfx"][..], &["old.pfx"], &["enc.key", "hub.crt", "chain.pem"]] {
        good(names, Some("pw"));
    }
    let repaired = |names: &[&str], word: &str| {
        let repairs = good(names, None).repairs;
        assert!(repairs.iter().any(|repair| repair.contains(word)), "{names:?}: {repairs:?}");
    };
    repaired(&["hub.key", "reversed.pem"], "put in order");
    repaired(&["hub.key", "hub-der.pem", "chain.pem"], "binary form");
    repaired(&["hub.key", "crlf.crt", "chain.pem"], "line ends");
}

#[test]
fn what_we_read_is_what_openssl_reads() {
    let (verdict, _) = judged(&["hub.key", "hub.crt", "chain.pem"], None);
    let ask = |file: &str, option: &str| {
        let output = Command::new("openssl")
            .args(["x509", "-noout", "-in", file, option])
            .current_dir(folder())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for (file, facts) in ["hub.crt", "inter.crt", "root.crt"].iter().zip(&verdict.chain) {
        assert!(ask(file, "-subject").contains(&facts.subject) && ask(file, "-issuer").contains(&facts.issuer));
        let end = ask(file, "-enddate");
        let theirs =
            jiff::fmt::strtime::parse("notAfter=%b %d %H:%M:%S %Y GMT", end.trim()).unwrap().to_datetime().unwrap();
        assert_eq!(theirs.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp(), facts.not_after);
    }
    let (found, _) = read(&[bytes("hub.key")], None);
    let path = folder().join("ours.key");
    std::fs::write(&path, found.keys[0].to_pem().as_bytes()).unwrap();
    sh(
        "diff <(openssl pkey -in ours.key -pubout) <(openssl x509 -in hub.crt -pubkey -noout); head -1 ours.key | grep -q 'BEGIN PRIVATE KEY'",
    );
}

/// A certificate for `host` on a new key, signed by the intermediate: `NAME.key`, `NAME.crt`.
fn issue(name: &str, key: &str, days: (&str, &str), extensions: &str) {
    let (from, to) = days;
    let date = |text: &str| {
        (Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).checked_add(text.parse::<i64>().unwrap().days()).unwrap())
            .strftime("%Y%m%d000000Z")
            .to_string()
    };
    sh(&format!(
        "openssl req -newkey {key} -nodes -keyout {name}.key -out {name}.csr -subj /CN={name} 2>/dev/null; rm -rf ca-{name}; mkdir ca-{name}; touch ca-{name}/index; \
         printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=ca-{name}/index\\nnew_certs_dir=ca-{name}\\ndefault_md=sha256\\npolicy=p\\nrand_serial=yes\\n[p]\\ncommonName=supplied\\n[e]\\n{extensions}\\n' > ca-{name}/c; \
         openssl ca -batch -notext -config ca-{name}/c -extensions e -in {name}.csr -cert inter.crt -keyfile inter.key -startdate {} -enddate {} -out {name}.crt 2>/dev/null",
        date(from),
        date(to)
    ));
}

#[test]
fn each_fault_gets_its_own_problem() {
    let san = format!("subjectAltName=DNS:{HOST}");
    issue("other-key", "rsa:2048", ("-1", "90"), &san);
    says(&["other-key.key", "hub.crt", "chain.pem"], None, &["does not belong to the certificate"]);
    issue("wrong-san", "rsa:2048", ("-1", "90"), "subjectAltName=DNS:other.example.org");
    says(
        &["wrong-san.key", "wrong-san.crt", "chain.pem"],
        None,
        &["is for other.example.org, not for roman-sit.science.stsci.edu"],
    );
    issue("expired", "rsa:2048", ("-90", "-2"), &san);
    says(&["expired.key", "expired.crt", "chain.pem"], None, &["expired on"]);
    issue("early", "rsa:2048", ("5", "90"), &san);
    says(&["early.key", "early.crt", "chain.pem"], None, &["is not valid before"]);
    says(
        &["hub.key", "hub.crt"],
        None,
        &[
            "The chain ends at “roman-sit.science.stsci.edu”: the certificate of its issuer, “Test Intermediate”, is missing.",
        ],
    );
    sh(
        "openssl pkcs8 -topk8 -in hub.key -passout pass:right -out locked.key; openssl pkcs12 -export -inkey hub.key -in hub.crt -passout pass:right -out locked.pfx",
    );
    says(&["locked.key", "hub.crt", "chain.pem"], Some("wrong"), &["The passphrase does not open `locked.key`."]);
    says(&["locked.key", "hub.crt", "chain.pem"], None, &["is encrypted, and no passphrase was given"]);
    says(&["locked.pfx"], Some("wrong"), &["The passphrase does not open `locked.pfx`."]);
    says(&["locked.pfx"], None, &["no passphrase was given"]);
    good(&["locked.key", "hub.crt", "chain.pem"], Some("right"));
    issue("two", "rsa:2048", ("-1", "90"), &san);
    sh(
        "cat hub.key hub.crt two.key two.crt > both.pem; openssl pkcs12 -export -in <(cat hub.crt chain.pem) -inkey hub.key -passout pass:pw -out a.p12",
    );
    holds_two(&["both.pem", "chain.pem"], None);
    issue("small", "rsa:1024", ("-1", "90"), &san);
    says(&["small.key", "small.crt", "chain.pem"], None, &["The private key has 1024 bits"]);
    let small =
        says(&["small.key", "hub.crt", "chain.pem"], None, &["(RSA, 1024 bits) fits none of these certificates"]);
    assert!(small.iter().all(|problem| !problem.fix.contains("anew on this key")), "{small:?}");
    assert_eq!(
        small.iter().filter(|problem| problem.is_error()).count(),
        1,
        "a key that fits nothing is wrong once: {small:?}"
    );
    issue("client", "rsa:2048", ("-1", "90"), &format!("{san}\\nextendedKeyUsage=clientAuth"));
    says(&["client.key", "client.crt", "chain.pem"], None, &["is not for web servers"]);
    says(&["hub.crt", "chain.pem"], None, &["There is no private key"]);
    says(&["hub.key"], None, &["There is no certificate"]);
    says(&["hub.key", "hub.csr"], None, &["is a certificate request, not a certificate"]);
    let beside = says(&["hub.key", "hub.csr", "chain.pem"], None, &["There is no certificate of the hub"]);
    assert!(beside.iter().any(|problem| problem.fix.contains("in `hub.csr` is the request")), "{beside:?}");
    sh(
        "openssl pkey -in hub.key -pubout -out public.pem; openssl rsa -in hub.key -aes128 -traditional -passout pass:pw -out proc.key; : > empty.pem; echo '<!DOCTYPE html><html>sign in</html>' > page.pem; head -c 52428800 /dev/zero > big.pem; head -5 hub.crt > cut.crt; echo hello > nothing.pem; openssl genpkey -algorithm ed25519 -out ed.key",
    );
    says(&["public.pem", "hub.crt", "chain.pem"], None, &["is a public key, not a private one"]);
    says(&["proc.key", "hub.crt", "chain.pem"], Some("pw"), &["old form (`Proc-Type: 4,ENCRYPTED`"]);
    // A key that stands where its cipher's name should is not told.
    sh(
        "{ echo '-----BEGIN EC PRIVATE KEY-----'; printf 'DEK-Info: '; openssl ecparam -genkey -name prime256v1 -noout -outform DER | base64 -w0; echo; echo '-----END EC PRIVATE KEY-----'; } > glued.key",
    );
    let glued = std::fs::read_to_string(folder().join("glued.key")).unwrap();
    let key = glued.lines().nth(1).unwrap().trim_start_matches("DEK-Info: ");
    let said = format!("{:?}", judged(&["glued.key", "hub.crt", "chain.pem"], None).1);
    assert!(said.contains("glued.key") && !said.contains(&key[..12]), "{said}");
    sh("openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -in hub.key -passout pass:pw -out old.key");
    good(&["old.key", "hub.crt", "chain.pem"], Some("pw"));
    sh(
        "openssl pkcs8 -topk8 -v1 PBE-MD5-DES -provider legacy -provider default -in hub.key -passout pass:pw -out oldest.key",
    );
    says(&["oldest.key", "hub.crt", "chain.pem"], Some("pw"), &["old form (a cipher of PKCS#5, version 1)"]);
    says(&["empty.pem"], None, &["`empty.pem` is empty."]);
    says(&["page.pem"], None, &["is a web page, not a certificate"]);
    says(&["big.pem"], None, &["has 50 MB"]);
    says(&["cut.crt"], None, &["is damaged"]);
    says(&["nothing.pem"], None, &["is no certificate and no private key"]);
    says(&["ed.key", "hub.crt", "chain.pem"], None, &["cannot be used here"]);
    issue("soon", "rsa:2048", ("-1", "20"), &san);
    let (_, problems) = judged(&["soon.key", "soon.crt", "chain.pem"], None);
    assert!(
        problems.iter().any(|p| !p.is_error() && p.what.contains("expires in") && p.what.contains("days")),
        "{problems:?}"
    );
    issue("wild", "ec -pkeyopt ec_paramgen_curve:P-256", ("-1", "90"), "subjectAltName=DNS:*.science.stsci.edu");
    let (verdict, problems) = judged(&["wild.key", "wild.crt", "chain.pem"], None);
    assert!(verdict.is_good(), "a wildcard covers one label, on an EC key: {problems:?}");
    let facts = Facts::of(&verdict.chain[0].der).unwrap();
    assert!(!facts.covers("a.b.science.stsci.edu") && !facts.covers("science.stsci.edu"), "and only one");
}

/// BoringSSL, and with it Chrome, reads exponents of 33 bits at most, Go of 31.
#[test]
fn an_exponent_that_clients_do_not_read_is_told() {
    let san = format!("subjectAltName=DNS:{HOST}");
    let wide = |exponent: u64| format!("rsa:2048 -pkeyopt rsa_keygen_pubexp:{exponent}");
    issue("wide", &wide((1 << 33) + 1), ("-1", "90"), &san);
    says(&["wide.key", "wide.crt", "chain.pem"], None, &["has a public exponent of 34 bits; Chrome and Edge take"]);
    let issuer = "openssl req -x509 -newkey rsa:2048 -pkeyopt rsa_keygen_pubexp:8589934593 -nodes -keyout big.key -out big.crt -subj '/CN=Big' 2>/dev/null";
    sh(&format!(
        "{issuer}; printf '{san}' > big.ext; openssl req -new -key hub.key -subj /CN=hub -out big.csr; \
         openssl x509 -req -in big.csr -CA big.crt -CAkey big.key -days 90 -extfile big.ext -out by-big.crt 2>/dev/null"
    ));
    let by_big = says(&["hub.key", "by-big.crt", "big.crt"], None, &["issuer “Big” has a public exponent of 34 bits"]);
    assert!(by_big.iter().all(|problem| !problem.what.contains("did not sign")), "{by_big:?}");
    issue("edge", &wide((1 << 32) + 1), ("-1", "90"), &san);
    let (verdict, _) = judged(&["edge.key", "edge.crt", "chain.pem"], None);
    let notes: Vec<&Problem> = verdict.problems().collect();
    assert!(notes.iter().all(|problem| !problem.is_error()), "{notes:?}");
    let is_note =
        |problem: &&Problem| problem.what.contains("an exponent of more than 31 bits: programs written in Go");
    assert!(notes.iter().any(is_note), "{notes:?}");
    let usual = good(&["hub.key", "hub.crt", "chain.pem"], None);
    assert!(!usual.problems().any(|problem| is_note(&problem)), "{:?}", usual.problems().collect::<Vec<_>>());
}

#[test]
fn all_faults_together_are_told_at_once() {
    issue("bad", "rsa:1024", ("-90", "-2"), "subjectAltName=DNS:other.example.org\\nextendedKeyUsage=clientAuth");
    sh(
        "openssl pkcs8 -topk8 -in bad.key -passout pass:x -out bad-locked.key; echo '<html>' > bad-page.pem; : > bad-empty.pem; openssl x509 -in bad.crt -outform der -out bad-der.pem",
    );
    says(
        &["bad.key", "bad-locked.key", "bad-page.pem", "bad-empty.pem", "bad-der.pem", "hub.csr"],
        Some("wrong"),
        &[
            "does not open `bad-locked.key`",
            "is a web page",
            "is empty",
            "1024 bits",
            "is for other.example.org",
            "expired on",
            "is not for web servers",
            "the certificate of its issuer, “Test Intermediate”, is missing",
        ],
    );
}

#[test]
fn a_pkcs12_file_with_two_keys_is_told() {
    let san = format!("subjectAltName=DNS:{HOST}");
    issue("second", "rsa:2048", ("-1", "90"), &san);
    // openssl writes one key a file; Python's cryptography or keytool would do it. p12-keystore, another's code, does.
    let chain = |name: &str| {
        let key = pem::parse(bytes(&format!("{name}.key")).1).unwrap().into_contents();
        let cert = pem::parse(bytes(&format!("{name}.crt")).1).unwrap().into_contents();
        let key = p12_keystore::PrivateKey::from_der(&key).unwrap();
        p12_keystore::KeyStoreEntry::PrivateKeyChain(p12_keystore::PrivateKeyChain::new(
            name.as_bytes(),
            key,
            [p12_keystore::Certificate::from_der(&cert).unwrap()],
        ))
    };
    let mut store = p12_keystore::KeyStore::new();
    store.add_entry("hub", chain("hub"));
    store.add_entry("second", chain("second"));
    std::fs::write(folder().join("two.p12"), store.writer("pw").write().unwrap()).unwrap();
    holds_two(&["two.p12", "chain.pem"], Some("pw"));
}

#[test]
fn a_key_and_request_made_here_are_what_openssl_expects() {
    for (kind, word) in
        [("rsa-2048", "2048 bit"), ("rsa-3072", "3072 bit"), ("rsa-4096", "4096 bit"), ("ec-p256", "prime256v1")]
    {
        let key = make::key(kind).unwrap();
        let request = make::request(&key.der, HOST).unwrap();
        std::fs::write(folder().join("made.csr"), &request).unwrap();
        std::fs::write(folder().join("made.key"), key.to_pem().as_bytes()).unwrap();
        sh(&format!(
            "openssl req -in made.csr -noout -verify 2>&1 | grep -q OK; openssl req -in made.csr -noout -text > made.txt; grep -q 'CN *= *{HOST}' made.txt; grep -q DNS:{HOST} made.txt; grep -q '{word}' made.txt; diff <(openssl req -in made.csr -pubkey -noout) <(openssl pkey -in made.key -pubout)"
        ));
        sh(&format!(
            "openssl x509 -req -in made.csr -CA inter.crt -CAkey inter.key -set_serial 9 -days 90 -out made.crt -copy_extensions copy 2>/dev/null || openssl x509 -req -in made.csr -CA inter.crt -CAkey inter.key -set_serial 9 -days 90 -out made.crt -extfile <(echo subjectAltName=DNS:{HOST}) 2>/dev/null"
        ));
        let (found, _) = read(&[bytes("made.crt"), bytes("chain.pem")], None);
        let again = Key::read("x", key.der.expose(), None).unwrap().unwrap();
        let verdict = judge(&found, Some(&again), HOST, Timestamp::now());
        assert!(verdict.is_good(), "{kind}: {:?}", verdict.problems().collect::<Vec<_>>());
    }
}

/// The readers on what nobody made: no panic, no hang, whatever bytes come.
#[test]
fn the_readers_survive_any_mutation() {
    let mut random = random::Random::new(5);
    sh(
        "openssl pkcs12 -export -inkey hub.key -in hub.crt -certfile chain.pem -passout pass:pw -iter 1 -maciter -macalg sha256 -out quick.pfx || openssl pkcs12 -export -inkey hub.key -in hub.crt -passout pass:pw -out quick.pfx; openssl crl2pkcs7 -nocrl -certfile chain.pem -outform der -out quick.p7b; openssl x509 -in hub.crt -outform der -out quick.der",
    );
    let pw = Secret::from("pw".to_owned());
    for name in ["hub.key", "hub.crt", "chain.pem", "quick.der", "quick.p7b", "quick.pfx", "hub.csr"] {
        let whole = bytes(name).1;
        for _ in 0..if name.ends_with("pfx") { 60 } else { 400 } {
            let mut mutated = whole.clone();
            for _ in 0..1 + random.below(4) {
                random::mutate(&mut random, &mut mutated);
            }
            let (found, _) = read(&[(name.to_owned(), mutated), bytes("hub.crt")], Some(&pw));
            judge(&found, None, HOST, Timestamp::now());
        }
    }
}
