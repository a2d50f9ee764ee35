//! Private keys in rare forms, or with halves of two pairs: taken, or called what they are.

use super::der::element;
use super::*;
use hubwright::tools::certificate::Key;

fn faults(name: &str, tag: &str, der: &[u8]) -> Vec<FileFault> {
    let pem = pem::encode(&pem::Pem::new(tag, der.to_vec()));
    read(&[(name.to_owned(), pem.into_bytes())], None).1
}

/// PKCS#8 of version 2 (RFC 5958): the algorithm and the key as they are, and the public half besides.
fn version_2(algorithm: &[u8], key: &[u8], public: &[u8]) -> Vec<u8> {
    let public = element(0x81, &[&[0], public].concat());
    element(0x30, &[&[2, 1, 1][..], algorithm, &element(4, key), &public].concat())
}

const P256: &[u8] = &[0x30, 19, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const RSA: &[u8] = &[0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
/// Bytes of a point on P-256.
const POINT: usize = 65;

#[test]
fn keys_of_version_2_are_taken_and_kept_in_version_1() {
    sh("openssl rsa -in hub.key -traditional -out v1.key; openssl rsa -in hub.key -RSAPublicKey_out -out v1.pub; \
        openssl ecparam -name prime256v1 -genkey -noout -out v1-ec.key");
    let ec = der("v1-ec.key");
    let point = &ec[ec.len() - POINT..];
    // SEC 1 without what follows the private number.
    let inner = element(0x30, &[&[2, 1, 1][..], &element(4, &ec[7..39])].concat());
    for (what, der, public) in [
        ("RSA", version_2(RSA, &der("v1.key"), &der("v1.pub")), der("v1.pub")),
        ("EC, the public half twice", version_2(P256, &ec, point), point.to_vec()),
        ("EC, the public half outside only", version_2(P256, &inner, point), point.to_vec()),
    ] {
        let key = Key::read("k", &der, None).unwrap().unwrap_or_else(|| panic!("{what} is a key"));
        assert_eq!(key.public, public, "{what}");
        std::fs::write(folder().join("kept.der"), key.der.expose()).unwrap();
        sh("openssl pkey -inform DER -in kept.der -noout");
    }
    let key = version_2(RSA, &der("v1.key"), &der("v1.pub"));
    let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", key));
    good(
        "version 2",
        &[("k.pem", pem.into_bytes()), ("all.pem", [bytes("hub.crt"), bytes("chain.pem")].concat())],
        None,
    );
}

#[test]
fn halves_of_two_pairs_are_called_that_and_not_damaged() {
    sh("for n in one two; do openssl ecparam -name prime256v1 -genkey -noout -out half-$n.key; done; \
        openssl rsa -in hub.key -traditional -out half.key");
    let (one, two) = (der("half-one.key"), der("half-two.key"));
    let at = one.len() - POINT;
    let mixed = [&one[..at], &two[at..]].concat();
    let unsound = vec![FileFault::Unsound("k".into())];
    assert_eq!(faults("k", "EC PRIVATE KEY", &mixed), unsound, "the private half of one, the public half of another");
    assert_eq!(faults("k", "PRIVATE KEY", &version_2(P256, &one, &two[at..])), unsound, "beside it");
    assert_eq!(faults("k", "PRIVATE KEY", &version_2(RSA, &der("half.key"), &two[at..])), unsound, "of another kind");
    assert_eq!(faults("k", "EC PRIVATE KEY", &one), []);
    // A number that none is: damaged, by the name that stands in the file.
    let mut zero = one.clone();
    zero[7..39].fill(0);
    assert_eq!(faults("k", "EC PRIVATE KEY", &zero), [FileFault::Damaged("k".into(), "EC PRIVATE KEY".into())]);
}

#[test]
fn an_rsa_key_of_three_primes_is_called_that() {
    sh("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3 -out three.key");
    says("three primes", &[("three.key", bytes("three.key"))], None, "RSA with more than two primes", "Use an RSA key");
}

#[test]
fn what_is_encrypted_for_somebody_is_to_be_opened() {
    let armour = |kind: &str| format!("-----BEGIN {kind}-----\n\nYWdlLWVuY3J5\n-----END {kind}-----\n").into_bytes();
    for (name, kind, word, fix) in [
        ("m.asc", "PGP MESSAGE", "is a message encrypted with PGP", "gpg --decrypt"),
        ("k.asc", "PGP PRIVATE KEY BLOCK", "is a key of PGP", "Choose the private key"),
        ("k.asc", "PGP PUBLIC KEY BLOCK", "is a key of PGP", "Choose the private key"),
        ("m.age", "AGE ENCRYPTED FILE", "is a file encrypted with age", "age --decrypt"),
    ] {
        says(kind, &[(name, armour(kind))], None, word, fix);
    }
}

/// A key in SEC1's form may leave its curve out, where a certificate beside it says it; servers then do not read it.
#[test]
fn a_key_that_does_not_say_its_curve_is_called_that() {
    sh("openssl ecparam -name prime256v1 -genkey -noout -outform DER -out full.der");
    let full = bytes("full.der");
    // SEQUENCE { version 1, the key's 32 bytes, [0] its curve, [1] its public half }
    let bare = crate::der::element(0x30, &full[2..2 + 3 + 34]);
    says("no curve", &[("k", bare)], None, "does not say on which curve it is", "Choose the key as it was made");
}

/// Of a key the private half is hidden everywhere; the public half is the request itself, whatever the length of the name
/// in it puts its letters.
#[test]
fn what_is_hidden_of_a_key_is_in_no_request_on_it() {
    use hubwright::tools::certificate::make;
    for (kind, _) in make::KINDS {
        let key = make::key(kind).unwrap();
        let lines = key.private_lines();
        let pem = key.to_pem();
        assert!(lines.len() * 64 * 2 > pem.len(), "{kind}: half of it and more");
        for host in ["hub.example.org", "hubs.example.org", "hub-2.example.org"] {
            let request = make::request(&key.der, host).unwrap();
            let letters: String = request.lines().filter(|line| !line.starts_with('-')).collect();
            for line in &lines {
                let line = line.expose_text().unwrap().to_string();
                assert!(!letters.contains(&line), "{kind}, {host}: {line}");
            }
        }
    }
}

/// Forms of Microsoft's programs, made by OpenSSL and openssl's own way back.
#[test]
fn keys_in_forms_of_microsofts_are_called_that_and_the_command_reads_them() {
    sh(
        "openssl rsa -in hub.key -outform MSBLOB -out k.blob; openssl rsa -in hub.key -outform PVK -pvk-none -out k.pvk",
    );
    for (name, form) in [("k.blob", "(MSBLOB)"), ("k.pvk", "(PVK)")] {
        let (problems, ..) = outcome(&[(name, bytes(name))], None);
        let told =
            problems.iter().find(|problem| problem.what.contains(form)).unwrap_or_else(|| panic!("{problems:?}"));
        let command = told.fix.split('`').nth(1).unwrap();
        sh(&format!("rm -f hub.out; {}", command.replace("hub.key", "hub.out")));
        assert!(text("hub.out").contains("PRIVATE KEY"), "{command}");
    }
    let store = [&[0, 0, 0, 0][..], b"CERT", &[0; 40]].concat();
    says("store", &[("a.sst", store)], None, "a store of certificates of Windows (SST)", "export what is in it");
}

/// Some programs leave out the NULL behind the kind of an RSA key; servers get it.
#[test]
fn a_key_without_its_null_is_taken_and_gets_it() {
    sh("openssl rsa -in hub.key -traditional -out bare.key");
    let kind = element(0x30, &RSA[2..13]);
    let bare = element(0x30, &[&[2, 1, 0][..], &kind, &element(4, &der("bare.key"))].concat());
    let key = Key::read("k", &bare, None).unwrap().unwrap();
    assert_eq!(key.der.expose(), der("hub.key"), "as OpenSSL writes it");
}

/// A part that is whole and of another kind is not damaged.
#[test]
fn keys_that_stay_in_a_chip_are_called_that_and_other_parts_are_left_out() {
    let body = element(0x30, &[&[2, 1, 0][..], &element(4, &[7; 40])].concat());
    let [fault] = faults("k.pem", "TSS2 PRIVATE KEY", &body).try_into().unwrap();
    assert!(fault.to_string().contains("one that a security chip (TPM) keeps"), "{fault}");
    let [fault] = faults("k.pem", "SOMEONES PRIVATE KEY", &body).try_into().unwrap();
    assert!(fault.to_string().contains("of a kind that cannot be used here: `SOMEONES PRIVATE KEY`"), "{fault}");
    let attributes = pem::encode(&pem::Pem::new("ATTRIBUTE CERTIFICATE", body));
    let repairs = good("beside", &[("all.pem", [bundle(), attributes].concat().into_bytes())], None);
    assert!(!repairs.iter().any(|repair| repair.contains("damaged")), "{repairs:?}");
}

/// Of a file with several parts only the one that is encrypted is called that.
#[test]
fn an_encrypted_part_of_a_file_is_called_a_part() {
    sh("openssl pkcs8 -topk8 -in hub.key -passout pass:pw -out closed.key");
    let whole = [bundle(), text("closed.key")].concat().into_bytes();
    let (found, faults) = read(&[("all.pem".into(), whole)], None);
    assert_eq!(found.certificates.len(), 3);
    assert_eq!(faults, [FileFault::PartNeedsPassphrase("all.pem".into())]);
    assert!(faults[0].to_string().starts_with("a part of `all.pem` is encrypted"), "{}", faults[0]);
    let (_, faults) = read(&[("k".into(), bytes("closed.key"))], None);
    assert_eq!(faults, [FileFault::NeedsPassphrase("k".into())]);
}
