//! Chains judged as clients judge them: `openssl verify` and `webpki` are asked the same, over hundreds of chains; and
//! what is done where there is more than one way from the hub's certificate to a root.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests start openssl, write files and print counts"
)]

#[path = "support/chains.rs"]
mod chains;
#[path = "support/random.rs"]
mod random;

use chains::{Chain, HOST, NOW, ODDITIES, Plan, ca, leaf, name, plan, sign};
use hubwright::engine::view::{Mark, View};
use hubwright::tools::certificate::facts::Facts;
use hubwright::tools::certificate::judge::{Verdict, judge_with};
use hubwright::tools::certificate::{Found, Key, read, to_pem};
use jiff::Timestamp;
use rcgen::{KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn key(pair: &KeyPair) -> Option<Key> {
    Key::read("key", pair.serialized_der(), None).ok().flatten()
}

/// Our judgement on these certificates with the key of the first; `roots` are trusted.
fn judged(key: Option<Key>, ders: &[Vec<u8>], roots: &[Vec<u8>]) -> Verdict {
    let found = Found { keys: key.into_iter().collect(), certificates: ders.to_vec(), repairs: vec![] };
    let roots: Vec<Facts> = roots.iter().map(|root| Facts::of(root).unwrap()).collect();
    judge_with(&found, [], HOST, now(), &roots)
}

fn said(verdict: &Verdict) -> String {
    let all: Vec<String> =
        verdict.problems.iter().map(|p| format!("[{:?}] {} {}", p.severity, p.what, p.fix)).collect();
    format!("{}\n{}", all.join("\n"), verdict.repairs.join("\n"))
}

/// The errors but for those on the key's own file, which Ed25519 keys never pass.
fn errors(verdict: &Verdict) -> String {
    let all: Vec<&str> = verdict
        .problems
        .iter()
        .filter(|p| p.is_error() && !p.what.starts_with("There is no private key"))
        .map(|p| p.what.as_str())
        .collect();
    all.join("\n")
}

/// OpenSSL as Debian and Python set it up (level 2), given the root as trusted.
fn openssl(folder: &Path, ders: &[Vec<u8>], options: &[&str]) -> Result<(), String> {
    let last = ders.len() - 1;
    std::fs::write(folder.join("leaf.pem"), to_pem(&ders[..1])).unwrap();
    std::fs::write(folder.join("between.pem"), to_pem(&ders[1..last.max(1)])).unwrap();
    std::fs::write(folder.join("root.pem"), to_pem(&ders[last..])).unwrap();
    let mut command = Command::new("openssl");
    command.args(["verify", "-auth_level", "2", "-purpose", "sslserver", "-verify_hostname", HOST]);
    command.args(["-attime", &NOW.to_string(), "-no-CApath", "-no-CAstore", "-CAfile", "root.pem"]).args(options);
    if last > 1 {
        command.args(["-untrusted", "between.pem"]);
    }
    let output = command.arg("leaf.pem").current_dir(folder).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(()) } else { Err(text) }
}

fn rustls(ders: &[Vec<u8>]) -> Result<(), webpki::Error> {
    let certs: Vec<CertificateDer> = ders.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let last = certs.len() - 1;
    let leaf = webpki::EndEntityCert::try_from(&certs[0])?;
    let anchors = [webpki::anchor_from_trusted_cert(&certs[last])?];
    let time = UnixTime::since_unix_epoch(Duration::from_secs(NOW as u64));
    let usage = webpki::KeyUsage::server_auth();
    leaf.verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &anchors, &certs[1..last], time, usage, None, None)?;
    leaf.verify_is_valid_for_subject_name(&ServerName::try_from(HOST).unwrap())
}

/// How the three judged, counted.
#[derive(Default)]
struct Tally {
    chains: usize,
    both_take: usize,
    both_refuse: usize,
    differ: BTreeMap<String, usize>,
    unexplained: Vec<String>,
}

impl Tally {
    fn compare(&mut self, what: &str, folder: &Path, ders: &[Vec<u8>], ours: &Verdict) {
        let (ssl, tls) = (openssl(folder, ders, &[]), rustls(ders));
        let errors = errors(ours);
        self.chains += 1;
        match (ssl.is_ok(), tls.is_ok()) {
            (true, true) => self.both_take += 1,
            (false, false) => self.both_refuse += 1,
            (true, false) => *self.differ.entry(format!("OpenSSL takes, rustls refuses: {what}")).or_default() += 1,
            (false, true) => *self.differ.entry(format!("OpenSSL refuses, rustls takes: {what}")).or_default() += 1,
        }
        // rustls knows no directory names in constraints and no policies; browsers and OpenSSL do.
        let lacking = ["policies", "permitted directory names"].iter().any(|odd| what.contains(odd));
        let refused = ssl.is_err() || (tls.is_err() && !lacking);
        if refused && errors.is_empty() {
            self.unexplained.push(format!("{what}: Done, though refused: {ssl:?} {tls:?}\n{}", said(ours)));
        }
        if !refused && !errors.is_empty() && !["rowser", "Chrome", "Firefox"].iter().any(|who| errors.contains(who)) {
            self.unexplained.push(format!("{what}: blocked, though taken: {errors}"));
        }
    }
}

#[test]
fn openssl_and_rustls_agree_with_what_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut tally = Tally::default();
    let mut missed = vec![];
    for intermediates in 0..=2 {
        for odd in ODDITIES.iter().filter(|odd| intermediates > 0 || !odd.inner) {
            let mut plan = plan(intermediates);
            (odd.apply)(&mut plan);
            let chain = plan.make();
            let what = format!("{} ({intermediates} intermediates)", odd.name);
            let ours = judged(key(&chain.keys[0]), &chain.ders, &[]);
            tally.compare(&what, folder.path(), &chain.ders, &ours);
            let errors = errors(&ours);
            match odd.problem {
                Some(word) if !errors.contains(word) => missed.push(format!("{what} says {word:?}: {errors}")),
                None if !errors.is_empty() => missed.push(format!("{what} is good: {errors}")),
                _ => {}
            }
            assert!(!said(&ours).chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}'), "{what}");
            assert!(ours.problems.iter().all(|problem| problem.what.len() < 500), "{what}: {}", said(&ours));
        }
    }
    // Two oddities at once.
    let mut random = random::Random::new(10);
    for _ in 0..160 {
        let (one, two) = (&ODDITIES[random.below(ODDITIES.len())], &ODDITIES[random.below(ODDITIES.len())]);
        let mut plan = plan(1 + random.below(3));
        (one.apply)(&mut plan);
        (two.apply)(&mut plan);
        let chain = plan.make();
        let ours = judged(key(&chain.keys[0]), &chain.ders, &[]);
        tally.compare(&format!("{} and {}", one.name, two.name), folder.path(), &chain.ders, &ours);
    }
    println!(
        "{} chains: both take {}, both refuse {}, they differ on {}",
        tally.chains,
        tally.both_take,
        tally.both_refuse,
        tally.differ.values().sum::<usize>()
    );
    tally.differ.iter().for_each(|(what, times)| println!("  {times} × {what}"));
    assert!(tally.chains >= 300 && tally.both_take >= 60 && tally.both_refuse >= 100, "the chains are of all kinds");
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    assert!(tally.unexplained.is_empty(), "{}", tally.unexplained.join("\n"));
}

/// What rcgen does not make: old hashes, version 1, weak keys, PSS, other curves.
#[test]
fn old_hashes_weak_keys_and_other_algorithms_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        r#"
        ca() {{ printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n'; }}
        san() {{ printf 'subjectAltName=DNS:{HOST}\nkeyUsage=digitalSignature\nauthorityKeyIdentifier=keyid\n'; }}
        bare() {{ printf 'subjectAltName=DNS:{HOST}\n'; }}
        key() {{ openssl genpkey -quiet "$@" 2>/dev/null || openssl genpkey "$@" 2>/dev/null; }}
        key -algorithm RSA -pkeyopt rsa_keygen_bits:2048 > rsa.key
        key -algorithm RSA -pkeyopt rsa_keygen_bits:2048 > rsa2.key
        key -algorithm RSA -pkeyopt rsa_keygen_bits:1024 > small.key
        key -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 > pss.key
        key -algorithm EC -pkeyopt ec_paramgen_curve:P-256 > ec.key
        key -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 > k1.key
        key -algorithm ED448 > ed448.key
        # made NAME KEY EXTENSIONS ISSUER ISSUERKEY OPTIONS…
        made() {{ n=$1 k=$2 x=$3 i=$4 ik=$5; shift 5
            openssl req -new -key $k -subj "/CN=name $n" -out $n.csr
            if [ "$x" = none ]; then set -- "$@"; else $x > $n.x; set -- "$@" -extfile $n.x; fi
            openssl x509 -req -in $n.csr -CA $i.crt -CAkey $ik -set_serial 0x$RANDOM$RANDOM -days 200 -out $n.crt "$@" 2>/dev/null; }}
        openssl req -x509 -new -key rsa.key -subj '/CN=Old Top' -days 3000 -sha1 -out root.crt -addext keyUsage=critical,keyCertSign
        made inter rsa2.key ca root rsa.key -sha256
        for d in sha1 md5 sha224 sha384 sha512; do made leaf-$d ec.key san inter rsa2.key -$d; made inter-$d rsa2.key ca root rsa.key -$d; made under-$d ec.key san inter-$d rsa2.key -sha256; done
        made leaf-v1 ec.key none inter rsa2.key -sha256
        made inter-v1 rsa2.key none root rsa.key -sha256; made under-v1 ec.key bare inter-v1 rsa2.key -sha256
        made inter-small small.key ca root rsa.key -sha256; made under-small ec.key san inter-small small.key -sha256
        made leaf-small small.key san inter rsa2.key -sha256
        made leaf-pss ec.key san inter rsa2.key -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32
        made leaf-longsalt ec.key san inter rsa2.key -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:100
        made inter-psskey pss.key ca root rsa.key -sha256; made under-psskey ec.key san inter-psskey pss.key -sha256 -sigopt rsa_pss_saltlen:32
        made leaf-k1 k1.key san inter rsa2.key -sha256
        made inter-ed448 ed448.key ca root rsa.key -sha256; made under-ed448 ec.key san inter-ed448 ed448.key
        ls under-ed448.crt
        "#
    );
    let output = Command::new("bash").args(["-exc", &script]).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let der = |name: &str| {
        pem::parse(std::fs::read(folder.path().join(format!("{name}.crt"))).unwrap()).unwrap().into_contents()
    };
    let now = Timestamp::now();
    for (names, word) in [
        (&["leaf-sha384", "inter"][..], ""),
        (&["leaf-sha512", "inter"], ""),
        (&["under-sha384", "inter-sha384"], ""),
        (&["under-sha512", "inter-sha512"], ""),
        (&["leaf-sha1", "inter"], "The hub's certificate is signed with SHA-1"),
        (&["leaf-md5", "inter"], "The hub's certificate is signed with MD5"),
        (&["leaf-sha224", "inter"], "signed with RSA and SHA-224"),
        (&["under-sha1", "inter-sha1"], "issuer “name inter-sha1” is signed with SHA-1"),
        (&["under-md5", "inter-md5"], "issuer “name inter-md5” is signed with MD5"),
        (&["leaf-v1", "inter"], "is of version 1"),
        (&["under-v1", "inter-v1"], "is of version 1"),
        (&["under-small", "inter-small"], "has 1024 bits"),
        (&["leaf-small", "inter"], "has 1024 bits"),
        (&["leaf-pss", "inter"], ""),
        (&["leaf-longsalt", "inter"], "length of the salt"),
        (&["under-psskey", "inter-psskey"], "browsers do not take"),
        (&["leaf-k1", "inter"], "on the curve 1.3.132.0.10: no browser"),
        (&["under-ed448", "inter-ed448"], "signed with Ed448"),
    ] {
        for with_root in [true, false] {
            let mut ders: Vec<Vec<u8>> = names.iter().map(|name| der(name)).collect();
            ders.extend(with_root.then(|| der("root")));
            let found = Found { keys: vec![], certificates: ders.clone(), repairs: vec![] };
            let verdict = judge_with(&found, [], HOST, now, &[]);
            let errors = errors(&verdict);
            assert!(!errors.contains("missing"), "{names:?} {with_root}: the issuer is there: {errors}");
            assert!(errors.contains(word), "{names:?} {with_root} says {word:?}: {errors}");
            assert!(!word.is_empty() || errors.is_empty(), "{names:?} {with_root} is good: {errors}");
            assert_eq!(verdict.chain.len(), ders.len(), "{names:?} all belong together");
        }
    }
}

/// What Python 3.13 refuses (`VERIFY_X509_STRICT`) is said in a note, and only where it does.
#[test]
fn what_strict_openssl_refuses_is_a_note() {
    let folder = tempfile::tempdir().unwrap();
    for odd in ODDITIES.iter().filter(|odd| odd.problem.is_none()) {
        let mut plan = plan(1);
        (odd.apply)(&mut plan);
        let chain = plan.make();
        let verdict = judged(key(&chain.keys[0]), &chain.ders, &[]);
        let strict = openssl(folder.path(), &chain.ders, &["-x509_strict"]);
        assert_eq!(
            strict.is_err(),
            said(&verdict).contains("Python 3.13"),
            "{}: {strict:?}\n{}",
            odd.name,
            said(&verdict)
        );
    }
}

fn good(verdict: &Verdict, ders: &[&Vec<u8>], words: &[&str]) {
    assert!(verdict.is_good(), "{}", said(verdict));
    assert_eq!(verdict.chain.iter().map(|facts| &facts.der).collect::<Vec<_>>(), ders, "{}", said(verdict));
    for word in words {
        assert!(said(verdict).contains(word), "{word:?}: {}", said(verdict));
    }
}

/// Every order of what was handed out gives the same.
fn orders(ders: &[&Vec<u8>], mut check: impl FnMut(Vec<Vec<u8>>)) {
    for turn in 0..ders.len() {
        let turned: Vec<Vec<u8>> = (0..ders.len()).map(|at| ders[(at + turn) % ders.len()].clone()).collect();
        check(turned.iter().rev().cloned().collect());
        check(turned);
    }
}

#[test]
fn of_several_ways_the_best_is_chosen_and_the_rest_is_said() {
    let Chain { ders, keys } = plan(1).make();
    let [hub, inter, root] = ders.as_slice() else { panic!() };
    let made = Plan { params: plan(1).params, kinds: vec![] };
    let own = || key(&keys[0]);
    // Renewed beside expired: same name, same key.
    let mut old = made.params[1].clone();
    old.not_after = date_time_ymd(2026, 2, 1);
    let expired = sign(&old, &keys[1], &made.params[2], &keys[2]);
    orders(&[hub, &expired, inter, root], |all| {
        good(
            &judged(own(), &all, &[]),
            &[hub, inter, root],
            &["“Intermediate 1” (valid until 1 Feb 2026) was left out: it expired"],
        )
    });
    // Renewed, both valid: the one that holds longer.
    old.not_after = date_time_ymd(2026, 9, 1);
    let shorter = sign(&old, &keys[1], &made.params[2], &keys[2]);
    orders(&[hub, &shorter, inter, root], |all| {
        good(&judged(own(), &all, &[]), &[hub, inter, root], &["does the same and is the better one"])
    });
    // Cross-signed: the root by an older root that is there too, and expired.
    let older_key = KeyPair::generate().unwrap();
    let mut older = ca("Older Top");
    let cross = sign(&made.params[2], &keys[2], &older, &older_key);
    let older_root = sign(&older, &older_key, &older, &older_key);
    orders(&[hub, inter, root, &cross, &older_root], |all| {
        let verdict = judged(own(), &all, &[]);
        assert!(verdict.is_good() && verdict.chain.len() >= 3, "{}", said(&verdict));
        assert!(verdict.repairs.iter().any(|repair| repair.contains("was left out")), "{}", said(&verdict));
        // Only the older is known to this computer: the way to it.
        good(
            &judged(own(), &all, std::slice::from_ref(&older_root)),
            &[hub, inter, &cross, &older_root],
            &["“Top of all”"],
        );
        // Only the younger: the short way.
        good(&judged(own(), &all, std::slice::from_ref(root)), &[hub, inter, root], &["Older Top"]);
    });
    older.not_after = date_time_ymd(2026, 2, 1);
    let expired_root = sign(&older, &older_key, &older, &older_key);
    orders(&[hub, inter, &cross, &expired_root, root], |all| {
        good(
            &judged(own(), &all, &[]),
            &[hub, inter, root],
            &["“Older Top” (valid until 1 Feb 2026) was left out: it expired"],
        )
    });
    // The root in the file expired, and this computer knows its successor of the same name and key.
    let mut last_year = made.params[2].clone();
    last_year.not_after = date_time_ymd(2026, 2, 1);
    let stale = sign(&last_year, &keys[2], &last_year, &keys[2]);
    orders(&[hub, inter, &stale], |all| {
        good(
            &judged(own(), &all, std::slice::from_ref(root)),
            &[hub, inter],
            &["“Top of all” (valid until 1 Feb 2026) was left out"],
        )
    });
    // Another host's certificate on the same key.
    let other = sign(&leaf(&["www.example.org"]), &keys[0], &made.params[1], &keys[1]);
    orders(&[hub, &other, inter, root], |all| {
        good(&judged(own(), &all, &[]), &[hub, inter, root], &["it is on the same key, and for www.example.org"])
    });
    // Last year's and this year's certificate on one key.
    let mut before = made.params[0].clone();
    (before.not_before, before.not_after) = (date_time_ymd(2025, 1, 1), date_time_ymd(2026, 1, 31));
    let before = sign(&before, &keys[0], &made.params[1], &keys[1]);
    orders(&[hub, &before, inter, root], |all| good(&judged(own(), &all, &[]), &[hub, inter, root], &["it expired"]));
    // The same twice, and somebody else's chain.
    let stranger = Plan {
        params: vec![leaf(&["mail.example.org"]), {
            let mut far = ca("Far");
            far.distinguished_name = name("Far away");
            far
        }],
        kinds: vec![&rcgen::PKCS_ECDSA_P256_SHA256; 2],
    }
    .make();
    orders(&[hub, hub, inter, &stranger.ders[0], &stranger.ders[1], root], |all| {
        let found = read(&[("all".into(), to_pem(&all).into_bytes())], None).0;
        let verdict = judged(own(), &found.certificates, &[]);
        good(&verdict, &[hub, inter, root], &["it does not belong to the hub's certificate", "Far away"]);
    });
    // An issuer of that name which did not sign it.
    let namesake = KeyPair::generate().unwrap();
    let wrong = sign(&made.params[1], &namesake, &made.params[2], &keys[2]);
    let verdict = judged(own(), &[hub.clone(), wrong.clone()], &[]);
    assert!(errors(&verdict).contains("its key did not sign this one"), "{}", said(&verdict));
    orders(&[hub, &wrong, inter, root], |all| good(&judged(own(), &all, &[]), &[hub, inter, root], &[]));
}

#[test]
fn a_hundred_certificates_that_signed_each_other_take_no_time() {
    let keys: Vec<KeyPair> = (0..14).map(|_| KeyPair::generate().unwrap()).collect();
    let all: Vec<_> = (0..14).map(|n| ca(&format!("Ring {n}"))).collect();
    let mut ders = vec![sign(&leaf(&[HOST]), &keys[0], &all[1], &keys[1])];
    for by in 1..14 {
        ders.extend((1..14).filter(|at| *at != by).map(|at| sign(&all[at], &keys[at], &all[by], &keys[by])));
    }
    let since = std::time::Instant::now();
    let verdict = judged(key(&keys[0]), &ders, &[]);
    assert!(since.elapsed() < Duration::from_secs(20), "{:?}", since.elapsed());
    assert!(verdict.repairs.len() < 12, "long lists are cut");
}

#[test]
fn roots_are_marked_by_what_this_computer_thinks_of_them() {
    let Chain { ders, keys } = plan(1).make();
    let root_of = |verdict: &Verdict| match verdict.view(None, now()) {
        View::Chain { links, .. } => {
            links.last().map(|link| (link.role.clone(), link.mark, link.lines.last().cloned().unwrap())).unwrap()
        }
        _ => panic!(),
    };
    let unknown = judged(key(&keys[0]), &ders, &[]);
    assert_eq!(root_of(&unknown), ("Root".into(), Mark::Plain, "not known to this computer".into()));
    assert!(said(&unknown).contains("This computer does not know the issuer “Top of all”"));
    let known = judged(key(&keys[0]), &ders, &ders[2..]);
    assert_eq!(root_of(&known), ("Root".into(), Mark::Good, "known to this computer".into()));
    assert!(known.problems.is_empty(), "{}", said(&known));
    // A root that is not in the files is a note where this computer does not know it, and nothing where it does.
    let without = judged(key(&keys[0]), &ders[..2], &[]);
    assert!(without.is_good() && said(&without).contains("institution's own root"), "{}", said(&without));
    assert!(judged(key(&keys[0]), &ders[..2], &ders[2..]).problems.is_empty());
    // With no issuer at all one is missing, unless its name says that it is a root.
    assert!(errors(&judged(key(&keys[0]), &ders[..1], &[])).contains("is missing"));
    let direct =
        Plan { params: vec![leaf(&[HOST]), ca("Institute Root CA")], kinds: vec![&rcgen::PKCS_ECDSA_P256_SHA256; 2] }
            .make();
    assert!(judged(key(&direct.keys[0]), &direct.ders[..1], &[]).is_good());
}

#[test]
fn keys_that_fit_nothing_are_named() {
    let Chain { ders, keys } = plan(1).make();
    let stray = || Key::read("k", KeyPair::generate().unwrap().serialized_der(), None).unwrap().unwrap();
    let alone = judged(Some(stray()), &ders, &[]);
    assert!(errors(&alone).contains("The private key (EC, P-256) fits none of these certificates"), "{}", said(&alone));
    let found = Found { keys: vec![stray(), stray()], certificates: ders.clone(), repairs: vec![] };
    let several = judge_with(&found, [], HOST, now(), &[]);
    assert!(
        errors(&several).contains("None of the 2 private keys (EC, P-256; EC, P-256) fits any"),
        "{}",
        said(&several)
    );
    let found = Found { keys: vec![stray(), key(&keys[0]).unwrap()], certificates: ders.clone(), repairs: vec![] };
    let one = judge_with(&found, [], HOST, now(), &[]);
    assert!(one.is_good() && said(&one).contains("it fits none of the certificates"), "{}", said(&one));
    // Last year's pair beside this year's: the good one is taken.
    let mut old = leaf(&[HOST]);
    old.not_after = date_time_ymd(2026, 2, 1);
    let old_key = KeyPair::generate().unwrap();
    let mut all = vec![sign(&old, &old_key, &plan(1).params[1], &keys[1])];
    all.extend(ders.clone());
    let found =
        Found { keys: vec![key(&old_key).unwrap(), key(&keys[0]).unwrap()], certificates: all, repairs: vec![] };
    let pair = judge_with(&found, [], HOST, now(), &[]);
    assert!(pair.is_good() && pair.chain[0].der == ders[0], "{}", said(&pair));
    assert!(said(&pair).contains("another certificate is on it"), "{}", said(&pair));
}

#[test]
fn what_ends_today_says_hours() {
    let Chain { ders, keys } = plan(1).make();
    let found = Found { keys: key(&keys[0]).into_iter().collect(), certificates: ders.clone(), repairs: vec![] };
    let end = Facts::of(&ders[0]).unwrap().not_after.as_second();
    for (before, word) in [(5 * 3600, "in 5 hours"), (1800, "in 30 minutes"), (3 * 86_400, "in 3 days")] {
        let verdict = judge_with(&found, [], HOST, Timestamp::from_second(end - before).unwrap(), &[]);
        assert!(said(&verdict).contains(word), "{word}: {}", said(&verdict));
    }
}

/// What a breaker found: taken by OpenSSL and browsers and refused by one verifier, or refused by clients and taken here.
#[test]
fn limits_of_one_verifier_are_notes_and_rules_of_others_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let errors_of = |plan: &Plan| {
        let chain = plan.make();
        let ours = judged(key(&chain.keys[0]), &chain.ders, &[]);
        (
            errors(&ours),
            said(&ours),
            openssl(folder.path(), &chain.ders, &[]),
            openssl(folder.path(), &chain.ders, &["-policy_check"]),
        )
    };
    let (wrong, all, ssl, _) = errors_of(&plan(7));
    assert!(wrong.is_empty() && ssl.is_ok() && all.contains("rustls take six"), "seven intermediates: {ssl:?} {all}");
    let mut old = plan(1);
    old.params[0].not_before = date_time_ymd(1955, 1, 1);
    let (wrong, all, ssl, _) = errors_of(&old);
    assert!(wrong.is_empty() && ssl.is_ok() && all.contains("before 1970"), "begins in 1955: {ssl:?} {all}");
    // requireExplicitPolicy 0 (RFC 5280, 4.2.1.11), and nobody names a policy.
    let mut strict = plan(1);
    let mut extension = rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 36], vec![0x30, 3, 0x80, 1, 0]);
    extension.set_criticality(true);
    strict.params[1].custom_extensions.push(extension);
    let (wrong, all, _, checked) = errors_of(&strict);
    assert!(checked.is_err() && wrong.contains("wants policies to be named"), "{checked:?} {all}");
    let mut stapled = plan(1);
    stapled.params[0]
        .custom_extensions
        .push(rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 24], vec![0x30, 3, 2, 1, 5]));
    let (wrong, all, ssl, _) = errors_of(&stapled);
    assert!(wrong.is_empty() && ssl.is_ok() && all.contains("must-staple"), "{ssl:?} {all}");
    let mut dotted = plan(1);
    dotted.params[0].subject_alt_names = leaf(&[&format!("{HOST}.")]).subject_alt_names;
    let (wrong, ..) = errors_of(&dotted);
    assert!(wrong.contains("ends with a dot"), "{wrong}");
}

#[test]
fn an_issuer_named_in_another_kind_of_text_is_found_and_told() {
    let Chain { ders, keys } = plan(1).make();
    let mut other = plan(1).params[1].clone();
    let mut name = rcgen::DistinguishedName::new();
    name.push(rcgen::DnType::CountryName, "DE");
    name.push(rcgen::DnType::OrganizationName, rcgen::DnValue::PrintableString("Institute".try_into().unwrap()));
    name.push(rcgen::DnType::CommonName, rcgen::DnValue::PrintableString("Intermediate 1".try_into().unwrap()));
    other.distinguished_name = name;
    let hub = sign(&leaf(&[HOST]), &keys[0], &other, &keys[1]);
    let all = [hub, ders[1].clone(), ders[2].clone()];
    let folder = tempfile::tempdir().unwrap();
    assert!(openssl(folder.path(), &all, &[]).is_ok(), "OpenSSL compares such names as the standard says");
    let ours = judged(key(&keys[0]), &all, &[]);
    assert!(errors(&ours).contains("Firefox and others compare them byte for byte"), "{}", said(&ours));
    assert!(!errors(&ours).contains("missing"), "{}", said(&ours));
}

#[test]
fn a_chain_is_good_until_the_first_of_it_ends() {
    let mut short = plan(1);
    short.params[1].not_after = date_time_ymd(2026, 8, 1);
    let chain = short.make();
    let verdict = judged(key(&chain.keys[0]), &chain.ders, &[]);
    assert_eq!(verdict.until(), Some("2026-08-01T00:00:00Z".parse().unwrap()));
}
