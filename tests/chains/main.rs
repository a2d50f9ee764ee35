//! Chains judged as clients judge them: `openssl verify` and `webpki` are asked the same, over hundreds of chains; and
//! what is done where there is more than one way from the hub's certificate to a root.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests start openssl, write files and print counts"
)]

#[path = "../support/chains.rs"]
mod chains;
#[path = "../support/der.rs"]
mod der;
mod parts;
#[path = "../support/random.rs"]
mod random;
mod rules;
mod strict;
mod ways;

use chains::{Chain, HOST, NOW, ODDITIES, Plan, ca, leaf, name, plan, sign};
use hubwright::engine::view::{Mark, View};
use hubwright::steps::certificate::judge::judge_with;
use hubwright::steps::certificate::verdict::Verdict;
use hubwright::tools::certificate::facts::Facts;
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
    let found = Found { keys: key.into_iter().collect(), certificates: ders.to_vec(), ..Found::default() };
    let roots: Vec<Facts> = roots.iter().map(|root| Facts::of(root).unwrap()).collect();
    judge_with(&found, [], HOST, now(), &roots)
}

fn said(verdict: &Verdict) -> String {
    let all: Vec<String> = verdict.problems().map(|p| format!("[{:?}] {} {}", p.severity, p.what, p.fix)).collect();
    format!("{}\n{}", all.join("\n"), verdict.repairs.join("\n"))
}

/// The errors but for those on the key's own file, which Ed25519 keys never pass.
fn errors(verdict: &Verdict) -> String {
    let all: Vec<&str> = verdict
        .problems()
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
        if !refused
            && !errors.is_empty()
            && !["rowser", "Chrome", "Firefox", "A `*` stands for"].iter().any(|who| errors.contains(who))
        {
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
            assert!(ours.problems().all(|problem| problem.what.len() < 500), "{what}: {}", said(&ours));
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
        (&["leaf-k1", "inter"], "on the curve secp256k1: no browser"),
        (&["under-ed448", "inter-ed448"], "signed with Ed448"),
    ] {
        for with_root in [true, false] {
            let mut ders: Vec<Vec<u8>> = names.iter().map(|name| der(name)).collect();
            ders.extend(with_root.then(|| der("root")));
            let found = Found { keys: vec![], certificates: ders.clone(), ..Found::default() };
            let verdict = judge_with(&found, [], HOST, now, &[]);
            let errors = errors(&verdict);
            assert!(!errors.contains("missing"), "{names:?} {with_root}: the issuer is there: {errors}");
            assert!(errors.contains(word), "{names:?} {with_root} says {word:?}: {errors}");
            assert!(!word.is_empty() || errors.is_empty(), "{names:?} {with_root} is good: {errors}");
            assert_eq!(verdict.chain.len(), ders.len(), "{names:?} all belong together");
            // Only version 3 has the extensions whose lack is told.
            assert!(names[0] != "leaf-v1" || !said(&verdict).contains("no authority key identifier"), "{names:?}");
        }
    }
}
