//! What single clients refuse though others take it: the parts that Chrome does not read, and what OpenSSL alone asks for.
//! No browser runs here: the rules are those of BoringSSL's `pki/`; OpenSSL takes these chains but where it is said.

use super::der::element;
use super::parts::{changed, elements};
use super::*;

const SET: u8 = 0x31;

/// A name with one organisation of this kind of text.
fn organisation(tag: u8, text: &[u8]) -> Vec<u8> {
    let value = element(0x30, &[element(6, &[0x55, 4, 10]), element(tag, text)].concat());
    element(0x30, &element(SET, &value))
}

fn extension(oid: &[u8], critical: Option<u8>, content: &[u8]) -> Vec<u8> {
    let mark = critical.map(|mark| element(1, &[mark])).unwrap_or_default();
    element(0x30, &[element(6, oid), mark, element(4, content)].concat())
}

/// The extensions of a certificate's parts without the one of this last number below 2.5.29, and with this one.
fn with_extension(parts: &mut [Vec<u8>], without: u8, more: &[u8]) {
    let last = parts.len() - 1;
    let mut all = elements(&elements(&parts[last])[0]);
    all.retain(|one| elements(one)[0] != element(6, &[0x55, 0x1d, without]));
    all.push(more.to_vec());
    parts[last] = element(0xa3, &element(0x30, &all.concat()));
}

const ISSUER_INFO: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];

/// A chain with one certificate changed, judged, and by OpenSSL.
fn with(at: usize, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> (Verdict, Result<(), String>) {
    let Chain { mut ders, keys } = plan(1).make();
    ders[at] = changed(&ders[at], &keys[(at + 1).min(2)], change);
    let folder = tempfile::tempdir().unwrap();
    (judged(key(&keys[0]), &ders, &[]), openssl(folder.path(), &ders, &[]))
}

fn refused(what: &str, at: usize, words: &str, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let (ours, ssl) = with(at, change);
    assert!(ssl.is_ok(), "{what}: OpenSSL takes it: {ssl:?}");
    let whose = ["The hub's certificate", "The certificate of the issuer “Intermediate 1”"][at];
    assert!(errors(&ours).contains(&format!("{whose} has {words}")), "{what} says {words:?}: {}", said(&ours));
    assert!(errors(&ours).contains(": Chrome, Edge and other strict clients refuse it."), "{what}: {}", said(&ours));
    assert_eq!(errors(&ours).lines().count(), 1, "{what} is told once: {}", said(&ours));
    assert!(!said(&ours).contains("browsers and OpenSSL do not"), "{what}: browsers do refuse it: {}", said(&ours));
}

fn taken(what: &str, at: usize, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let (ours, ssl) = with(at, change);
    assert!(ssl.is_ok() && ours.is_good(), "{what}: {ssl:?} {}", said(&ours));
}

#[test]
fn names_that_chrome_does_not_read_are_told_with_the_letters() {
    for (what, name, words) in [
        (
            "and",
            organisation(19, b"R&D"),
            "letters that its kind of text (PrintableString) does not have, `&`, in its own name",
        ),
        ("underscore", organisation(19, b"R_D"), "letters that its kind of text (PrintableString) does not have, `_`,"),
        ("at", organisation(19, b"me@here"), "letters that its kind of text (PrintableString) does not have, `@`,"),
        (
            "umlaut",
            organisation(19, "Zürich".as_bytes()),
            "letters that its kind of text (PrintableString) does not have, `ü`,",
        ),
        ("Latin-1 as IA5", organisation(22, b"Z\xfcrich"), "letters that its kind of text (IA5String) does not have"),
        ("an empty part", element(0x30, &element(SET, &[])), "a part in its own name that is empty"),
        ("no name", element(0x30, &[]), "no subject, and a subject alternative name that is not critical"),
    ] {
        refused(what, 0, words, |parts| parts[5] = name);
    }
    for (what, name) in [
        ("all that PrintableString has", organisation(19, b"Aa0 '()+,-./:=?")),
        ("an asterisk", organisation(19, b"a*")),
        ("and in UTF-8", organisation(12, "R&D_@ü".as_bytes())),
        ("at in IA5", organisation(22, b"me@here_&")),
        ("UTF-16", organisation(30, &[0, b'R', 0, b'&'])),
        ("Latin-1", organisation(20, b"Z\xfcrich")),
    ] {
        taken(what, 0, |parts| parts[5] = name);
    }
    // This one nobody reads.
    let (ours, ssl) = with(0, |parts| parts[5] = organisation(30, &[0xd8, 0]));
    assert!(ssl.is_err() && errors(&ours).contains("has letters that are none (BMPString)"), "{}", said(&ours));
    // A critical name in place of a subject is as the standard has it.
    taken("no subject and critical names", 0, |parts| {
        parts[5] = element(0x30, &[]);
        let names = element(0x30, &element(0x82, HOST.as_bytes()));
        with_extension(parts, 17, &extension(&[0x55, 0x1d, 17], Some(0xff), &names));
    });
    // An issuer's name stands in two certificates.
    let Chain { mut ders, keys } = plan(1).make();
    let name = organisation(19, b"R&D");
    ders[0] = changed(&ders[0], &keys[1], |parts| parts[3] = name.clone());
    ders[1] = changed(&ders[1], &keys[2], |parts| parts[5] = name);
    let ours = judged(key(&keys[0]), &ders, &[]);
    for whose in ["The hub's certificate has", "The certificate of the issuer “R&D” has"] {
        assert!(errors(&ours).contains(whose), "{}", said(&ours));
    }
}

#[test]
fn extensions_that_chrome_does_not_read_are_told_by_what_they_are() {
    let [policies, mappings, authority, constraints, any] = [32, 33, 35, 36, 54].map(|last| [0x55, 0x1d, last]);
    let utf8 = "http://zürich.example/".as_bytes();
    let place = |address: &[u8]| {
        let method = element(6, &[0x2b, 6, 1, 5, 5, 7, 48, 2]);
        element(0x30, &element(0x30, &[method, element(0x86, address)].concat()))
    };
    let policy = |oid: &[u8], qualifiers: &[u8]| {
        element(0x30, &element(0x30, &[element(6, oid), element(0x30, qualifiers)].concat()))
    };
    let directory = element(0xa1, &element(0xa4, &organisation(12, b"Institute")));
    let any_policy = &[0x55, 0x1d, 32, 0];
    let odd_qualifier = element(0x30, &[element(6, &[0x2a, 3, 4]), vec![5, 0]].concat());
    for (what, at, more, words) in [
        (
            "FALSE written out",
            0,
            extension(&[0x2a, 3, 4], Some(0), &[5, 0]),
            "the extension 1.2.3.4 with `critical: FALSE` written out",
        ),
        (
            "the same of an issuer",
            1,
            extension(&[0x2a, 3, 4], Some(0), &[5, 0]),
            "the extension 1.2.3.4 with `critical: FALSE`",
        ),
        (
            "no access",
            0,
            extension(ISSUER_INFO, None, &[0x30, 0]),
            "an access to the issuer (authority information access) that names nothing",
        ),
        (
            "an address in UTF-8",
            0,
            extension(ISSUER_INFO, None, &place(utf8)),
            "an access to the issuer (authority information access) whose address is none or not ASCII",
        ),
        ("no policies", 0, extension(&policies, None, &[0x30, 0]), "certificate policies that name none"),
        (
            "qualifiers of nothing",
            0,
            extension(&policies, None, &policy(&[0x2a, 3, 4], &[])),
            "a certificate policy with qualifiers that are empty",
        ),
        (
            "odd qualifiers of any",
            0,
            extension(&policies, None, &policy(any_policy, &odd_qualifier)),
            "a certificate policy with qualifiers",
        ),
        ("no constraints", 1, extension(&constraints, Some(0xff), &[0x30, 0]), "policy constraints that limit nothing"),
        (
            "policies after 300",
            1,
            extension(&constraints, Some(0xff), &[0x30, 4, 0x80, 2, 1, 44]),
            "policy constraints with a number that is not from 0 to 255",
        ),
        (
            "no mapping after 300",
            1,
            extension(&constraints, Some(0xff), &[0x30, 4, 0x81, 2, 1, 44]),
            "policy constraints with a number",
        ),
        ("no mappings", 1, extension(&mappings, None, &[0x30, 0]), "policy mappings that name none"),
        (
            "any after 300",
            1,
            extension(&any, Some(0xff), &[2, 2, 1, 44]),
            "a rule on any policy whose number is not from 0 to 255",
        ),
    ] {
        refused(what, at, words, |parts| with_extension(parts, 0, &more));
    }
    let length = |content: &[u8]| extension(&[0x55, 0x1d, 19], Some(0xff), content);
    refused("a path length of 300", 1, "a path length that is no number from 0 to 255", |parts| {
        with_extension(parts, 19, &length(&[0x30, 7, 1, 1, 0xff, 2, 2, 1, 44]));
    });
    // It is told besides that the directory is that of another issuer's issuer.
    let half = extension(&authority, None, &element(0x30, &directory));
    let (ours, _) = with(0, |parts| with_extension(parts, 35, &half));
    assert!(errors(&ours).contains("an authority key identifier that names only one of"), "{}", said(&ours));
    for (what, at, more) in [
        ("an address", 0, extension(ISSUER_INFO, None, &place(b"http://example.org/ca.crt"))),
        ("odd qualifiers", 0, extension(&policies, None, &policy(&[0x2a, 3, 4], &odd_qualifier))),
        ("any after 200", 1, extension(&any, Some(0xff), &[2, 2, 0, 200])),
        ("policies after 200", 1, extension(&constraints, Some(0xff), &[0x30, 4, 0x80, 2, 0, 200])),
        ("critical", 1, extension(&any, Some(0xff), &[2, 1, 3])),
    ] {
        taken(what, at, |parts| with_extension(parts, 0, &more));
    }
    taken("a path length of 255", 1, |parts| {
        with_extension(parts, 19, &length(&[0x30, 7, 1, 1, 0xff, 2, 2, 0, 255]));
    });
}

/// Truth of another value than DER's (X.690, 11.1), which each client reads in its own way: the certificate is named.
#[test]
fn truth_that_is_neither_is_told_of_the_certificate_that_says_it() {
    let (ours, _) = with(1, |parts| {
        with_extension(parts, 19, &extension(&[0x55, 0x1d, 19], Some(0xff), &[0x30, 3, 1, 1, 1]));
    });
    let words =
        "The certificate of the issuer “Intermediate 1” has basic constraints whose CA is neither true nor false";
    assert!(errors(&ours).contains(words), "{}", said(&ours));
    let (ours, _) = with(0, |parts| with_extension(parts, 0, &extension(&[0x2a, 3, 4], Some(1), &[5, 0])));
    let words =
        "The hub's certificate has the extension 1.2.3.4 marked as critical by a value that is neither true nor false";
    assert!(errors(&ours).contains(words), "{}", said(&ours));
}

/// A root that clients have themselves is not read from the file; how a root was signed, browsers and OpenSSL do not look at.
#[test]
fn a_root_is_judged_as_leniently_as_clients_do() {
    let folder = tempfile::tempdir().unwrap();
    let Chain { ders, keys } = plan(1).make();
    // ECDSA with SHA-384 inside, with SHA-256 outside.
    let sha384 = element(0x30, &element(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3]));
    let two_ways = changed(&ders[2], &keys[2], |parts| parts[2] = sha384);
    let odd = changed(&ders[2], &keys[2], |parts| {
        with_extension(parts, 0, &extension(&[0x2a, 3, 4], Some(0), &[5, 0]));
    });
    let all = |root: &Vec<u8>| [ders[0].clone(), ders[1].clone(), root.clone()];
    assert!(openssl(folder.path(), &all(&two_ways), &[]).is_ok());
    let ours = judged(key(&keys[0]), &all(&two_ways), &[]);
    let note = "“Top of all” names two ways in which it was signed: programs written in Go or built with rustls";
    assert!(ours.is_good() && said(&ours).contains(note), "{}", said(&ours));
    for root in [&two_ways, &odd] {
        let trusted = judged(key(&keys[0]), &all(root), std::slice::from_ref(&ders[2]));
        assert!(trusted.is_good(), "{}", said(&trusted));
        let known = judged(key(&keys[0]), &ders[..2], std::slice::from_ref(root));
        assert!(known.is_good(), "{}", said(&known));
    }
    let private = judged(key(&keys[0]), &all(&odd), &[]);
    assert!(errors(&private).contains("written out: Chrome"), "{}", said(&private));
}

#[test]
fn a_proxy_certificate_is_told() {
    // ProxyCertInfo (RFC 3820, 3.8): the policy is that of the one it stands for.
    let info = element(0x30, &element(0x30, &element(6, &[0x2b, 6, 1, 5, 5, 7, 21, 1])));
    for at in [0, 1] {
        let proxy = extension(&[0x2b, 6, 1, 5, 5, 7, 1, 14], None, &info);
        let (ours, ssl) = with(at, |parts| with_extension(parts, 0, &proxy));
        assert!(ssl.is_err(), "OpenSSL refuses it");
        assert!(errors(&ours).contains("stands for another one (proxy certificate, RFC 3820)"), "{}", said(&ours));
    }
}

/// RFC 3779, 2.3 and 3.3: OpenSSL says the same of each.
#[test]
fn addresses_of_networks_are_among_those_of_the_issuers() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = |choice: &[u8]| {
        let family = element(0x30, &[element(4, &[0, 1]), choice.to_vec()].concat());
        extension(&[0x2b, 6, 1, 5, 5, 7, 1, 7], None, &element(0x30, &family))
    };
    let prefix = |unused: u8, bytes: &[u8]| element(3, &[&[unused], bytes].concat());
    let list = |all: &[Vec<u8>]| element(0x30, &all.concat());
    let numbers =
        |all: &[u8]| extension(&[0x2b, 6, 1, 5, 5, 7, 1, 8], None, &element(0x30, &element(0xa0, &element(0x30, all))));
    let (ten, wide) = (blocks(&list(&[prefix(0, &[10])])), blocks(&list(&[prefix(1, &[10])])));
    let ten_one = blocks(&list(&[prefix(0, &[10, 1])]));
    let range = blocks(&list(&[element(0x30, &[prefix(0, &[10, 1]), prefix(0, &[10, 6])].concat())]));
    let inherit = blocks(&[5, 0]);
    let (low, high) = (numbers(&[2, 1, 5]), numbers(&element(0x30, &[2, 1, 4, 2, 1, 9])));
    for (what, each, is_good) in [
        ("nobody above has any", [Some(&ten), None, None], false),
        ("only the root has not", [Some(&ten), Some(&ten), None], false),
        ("all have", [Some(&ten), Some(&ten), Some(&ten)], true),
        ("less below", [Some(&ten_one), Some(&ten), Some(&wide)], true),
        ("more below", [Some(&ten), Some(&ten_one), Some(&ten)], false),
        ("a range within", [Some(&range), Some(&ten), Some(&ten)], true),
        ("a range beyond", [Some(&ten), Some(&range), Some(&ten)], false),
        ("taken over", [Some(&ten_one), Some(&inherit), Some(&ten)], true),
        ("taken over by the hub's", [Some(&inherit), Some(&ten), Some(&ten)], true),
        ("a root takes over", [Some(&ten), Some(&ten), Some(&inherit)], false),
        ("only an issuer has", [None, Some(&ten), None], true),
        ("numbers within", [Some(&low), Some(&high), Some(&high)], true),
        ("numbers beyond", [Some(&high), Some(&low), Some(&high)], false),
    ] {
        let Chain { mut ders, keys } = plan(1).make();
        for (at, more) in each.into_iter().enumerate() {
            if let Some(more) = more {
                ders[at] = changed(&ders[at], &keys[(at + 1).min(2)], |parts| with_extension(parts, 0, more));
            }
        }
        let ours = judged(key(&keys[0]), &ders, &[]);
        let ssl = openssl(folder.path(), &ders, &[]);
        assert_eq!(ssl.is_ok(), is_good, "{what}: {ssl:?}");
        assert_eq!(ours.is_good(), is_good, "{what}: {}", said(&ours));
        assert!(is_good || errors(&ours).contains("(RFC 3779) that its issuer"), "{what}: {}", said(&ours));
    }
}

/// Names are written in few kinds of text (X.520); OpenSSL does not load others, and Go reads fewer still.
#[test]
fn kinds_of_text_that_no_name_has_are_told() {
    for (what, tag, text) in [
        ("VisibleString", 26, &b"Institute"[..]),
        ("GeneralString", 27, b"Institute"),
        ("a number", 2, &[7]),
        ("octets", 4, b"Institute"),
        ("a time", 24, b"20260101000000Z"),
    ] {
        let (ours, ssl) = with(0, |parts| parts[5] = organisation(tag, text));
        assert!(ssl.is_err(), "{what}: OpenSSL refuses it");
        assert!(errors(&ours).contains("so clients refuse it: the subject."), "{what}: {}", said(&ours));
    }
    for (what, tag, text) in [("letters as NumericString", 18, &b"Institute"[..]), ("bits", 3, &[0, 7])] {
        let (ours, ssl) = with(0, |parts| parts[5] = organisation(tag, text));
        assert!(ssl.is_ok() && ours.is_good(), "{what}: {ssl:?} {}", said(&ours));
        assert!(
            said(&ours).contains("that it does not know: programs written in Go refuse"),
            "{what}: {}",
            said(&ours)
        );
    }
    taken("digits as NumericString", 0, |parts| parts[5] = organisation(18, b"2026 7"));
}

/// Object identifiers whose numbers are large (those made of a UUID) or that end within a number.
#[test]
fn object_identifiers_that_clients_do_not_read_are_told() {
    const USES: &[u8] = &[0x55, 0x1d, 0x25];
    const POLICIES: &[u8] = &[0x55, 0x1d, 0x20];
    const SERVER: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
    const LARGE: &[u8] = &[0x69, 0x90, 0x80, 0x80, 0x80, 0x00];
    let uses = |id: &[u8]| extension(USES, None, &element(0x30, &[SERVER, &element(6, id)].concat()));
    let policy = |id: &[u8]| extension(POLICIES, None, &element(0x30, &element(0x30, &element(6, id))));
    let name = |id: &[u8]| {
        let names = [element(0x82, HOST.as_bytes()), element(0x88, id)].concat();
        extension(&[0x55, 0x1d, 0x11], None, &element(0x30, &names))
    };
    let (ours, ssl) = with(0, |parts| with_extension(parts, 0x25, &uses(LARGE)));
    let note = "an object identifier with a number of more than 31 bits: programs written in Go refuse that";
    assert!(ssl.is_ok() && ours.is_good() && said(&ours).contains(note), "{ssl:?} {}", said(&ours));
    let (ours, ssl) = with(0, |parts| with_extension(parts, 0x20, &policy(LARGE)));
    assert!(ssl.is_ok() && ours.is_good() && !said(&ours).contains("object identifier"), "{ssl:?} {}", said(&ours));
    for (what, id, more) in [
        ("an empty digit in a policy", 0x20, policy(&[0x2a, 0x80, 1])),
        ("cut in a policy", 0x20, policy(&[0x2a, 0x83])),
        ("an empty registered id", 0x11, name(&[])),
        ("a cut registered id", 0x11, name(&[0x2a, 0x83])),
    ] {
        let (ours, _) = with(0, |parts| with_extension(parts, id, &more));
        assert!(errors(&ours).contains("an object identifier in it"), "{what}: {}", said(&ours));
    }
}

/// A public key that is written in another way than the standard's is told as that, and not as another key.
#[test]
fn a_public_key_that_is_badly_written_is_called_that() {
    let key_of = |at: usize, change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        with(at, |parts| {
            let mut key = elements(&parts[6]);
            change(&mut key);
            parts[6] = element(0x30, &key.concat());
        })
    };
    let longer = |key: &mut Vec<Vec<u8>>| key[1] = element(3, &[&key[1][2..], &[7][..]].concat());
    let no_curve = |key: &mut Vec<Vec<u8>>| key[0] = element(0x30, &[&elements(&key[0])[0][..], &[5, 0]].concat());
    for change in [&longer as &dyn Fn(&mut Vec<Vec<u8>>), &no_curve] {
        let (ours, ssl) = key_of(0, change);
        assert!(ssl.is_err() && errors(&ours).contains("so clients refuse it: its public key."), "{}", said(&ours));
        assert!(!errors(&ours).contains("fits none") && !errors(&ours).contains("in numbers"), "{}", said(&ours));
    }
    let (ours, ssl) = key_of(1, &longer);
    let words = "is there, but the public key in it is not written as the standard (RFC 3279) says";
    assert!(ssl.is_err() && errors(&ours).contains(words), "{ssl:?} {}", said(&ours));
}

/// OpenSSL looks for an issuer among the roots first, and by its name: another certificate of the root's name is found only
/// where an identifier of the root says that it is not the one.
#[test]
fn an_issuer_of_its_roots_name_is_told_where_nothing_tells_the_two_apart() {
    const HARMLESS: &[u8] = &[0x2b, 6, 1, 4, 1, 0x83, 0xb2, 3, 1];
    for has_id in [true, false] {
        let mut plan = plan(1);
        plan.params[1].distinguished_name = plan.params[2].distinguished_name.clone();
        let Chain { mut ders, keys } = plan.make();
        if !has_id {
            ders[2] = changed(&ders[2], &keys[2], |parts| {
                with_extension(parts, 14, &extension(HARMLESS, None, &element(5, &[])));
            });
        }
        let folder = tempfile::tempdir().unwrap();
        let (ours, ssl) = (judged(key(&keys[0]), &ders, &[]), openssl(folder.path(), &ders, &[]));
        assert_eq!(ssl.is_ok(), has_id, "{ssl:?}");
        assert_eq!(errors(&ours).contains("OpenSSL takes the root for it"), !has_id, "{}", said(&ours));
        assert_eq!(ours.is_good(), has_id, "{}", said(&ours));
    }
}

/// Basic constraints that cannot be read do not make an issuer anything else.
#[test]
fn an_issuer_with_a_path_length_too_large_is_still_an_issuer() {
    let basic = element(0x30, &[element(1, &[255]), element(2, &[1, 0, 0, 0, 0])].concat());
    let (ours, _) = with(1, |parts| with_extension(parts, 19, &extension(&[0x55, 0x1d, 19], Some(255), &basic)));
    assert!(errors(&ours).contains("path length"), "{}", said(&ours));
    assert!(!said(&ours).contains("only issuers may have"), "{}", said(&ours));
}
