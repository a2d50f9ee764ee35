//! Certificates with parts that no library writes, put in by hand and signed anew.

use super::der::element;
use super::*;

/// The elements inside of one.
pub(super) fn elements(der: &[u8]) -> Vec<Vec<u8>> {
    use x509_parser::der_parser::asn1_rs::{Any, FromDer};
    let mut rest = Any::from_der(der).unwrap().1.data;
    let mut all = vec![];
    while !rest.is_empty() {
        let (after, _) = Any::from_der(rest).unwrap();
        all.push(rest[..rest.len() - after.len()].to_vec());
        rest = after;
    }
    all
}

/// A certificate with other parts (version, serial number, algorithm, issuer, validity, subject, key, extensions), signed anew.
pub(super) fn changed(der: &[u8], by: &KeyPair, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Vec<u8> {
    use rcgen::SigningKey;
    let outer = elements(der);
    let mut parts = elements(&outer[0]);
    change(&mut parts);
    let signed = element(0x30, &parts.concat());
    let signature = [vec![0], by.sign(&signed).unwrap()].concat();
    element(0x30, &[signed, outer[1].clone(), element(3, &signature)].concat())
}

/// Numbers beside the names (RFC 5280, 4.1.2.8): legal, read by OpenSSL, Go and browsers, and not by rustls.
#[test]
fn unique_identifiers_are_a_note() {
    let folder = tempfile::tempdir().unwrap();
    let Chain { mut ders, keys } = plan(1).make();
    for (at, ids) in [(0, &[0x81][..]), (0, &[0x81, 0x82]), (1, &[0x82])] {
        let whole = ders.clone();
        ders[at] = changed(&ders[at], &keys[at + 1], |parts| {
            let last = parts.len() - 1;
            let more: Vec<Vec<u8>> = ids.iter().map(|tag| element(*tag, &[0, 0xa5, 0x5a])).collect();
            parts.splice(last..last, more);
        });
        let ours = judged(key(&keys[0]), &ders, &[]);
        let (ssl, tls) = (openssl(folder.path(), &ders, &[]), rustls(&ders));
        assert!(ssl.is_ok() && tls.is_err(), "{ssl:?} {tls:?}");
        assert!(
            errors(&ours).is_empty() && said(&ours).contains("(unique identifiers): programs built with rustls"),
            "{}",
            said(&ours)
        );
        ders = whole;
    }
}

/// In pieces, as BER has them, OpenSSL alone reads them.
#[test]
fn unique_identifiers_in_pieces_are_malformed() {
    let Chain { mut ders, keys } = plan(1).make();
    ders[0] = changed(&ders[0], &keys[1], |parts| {
        parts.insert(parts.len() - 1, element(0xa1, &element(3, &[0, 0xa5])));
    });
    let ours = judged(key(&keys[0]), &ders, &[]);
    assert!(errors(&ours).contains("so clients refuse it: its unique identifiers."), "{}", said(&ours));
}

/// A thousand names that an issuer may not sign are one problem.
#[test]
fn names_that_an_issuer_may_not_sign_are_told_together() {
    let mut plan = plan(1);
    let more = (0..1000).map(|n| rcgen::SanType::DnsName(format!("n{n}.example.com").try_into().unwrap()));
    plan.params[0].subject_alt_names.extend(more);
    let permitted = ["example.org".to_owned()].into_iter().chain((0..1000).map(|n| format!("m{n}.example.com")));
    let permitted_subtrees = permitted.map(rcgen::GeneralSubtree::DnsName).collect();
    plan.params[1].name_constraints = Some(rcgen::NameConstraints { permitted_subtrees, excluded_subtrees: vec![] });
    let chain = plan.make();
    let ours = judged(key(&chain.keys[0]), &chain.ders, &[]);
    assert_eq!(errors(&ours).lines().count(), 1, "{}", said(&ours));
    assert!(
        errors(&ours).contains("names n0.example.com, n1.example.com") && errors(&ours).contains("and 995 more."),
        "{}",
        said(&ours)
    );
}

#[test]
fn many_names_and_constraints_are_told_by_who_gives_up() {
    let folder = tempfile::tempdir().unwrap();
    let with = |count: usize| {
        let mut plan = plan(1);
        let each = |n: usize| format!("n{n}.example.com");
        plan.params[0]
            .subject_alt_names
            .extend((0..count).map(|n| rcgen::SanType::DnsName(each(n).try_into().unwrap())));
        let permitted = ["example.org".to_owned()].into_iter().chain((0..count).map(each));
        let permitted_subtrees = permitted.map(rcgen::GeneralSubtree::DnsName).collect();
        plan.params[1].name_constraints =
            Some(rcgen::NameConstraints { permitted_subtrees, excluded_subtrees: vec![] });
        let chain = plan.make();
        (judged(key(&chain.keys[0]), &chain.ders, &[]), openssl(folder.path(), &chain.ders, &[]), rustls(&chain.ders))
    };
    let (ours, ssl, tls) = with(300);
    assert!(ssl.is_ok() && tls.is_ok() && !said(&ours).contains("many name"), "{tls:?} {}", said(&ours));
    let (ours, ssl, tls) = with(700);
    assert!(ssl.is_ok() && tls.is_err(), "{ssl:?} {tls:?}");
    assert!(errors(&ours).is_empty() && said(&ours).contains("rustls refuse to compare so many"), "{}", said(&ours));
    let (ours, ssl, _) = with(1100);
    assert!(ssl.is_err() && errors(&ours).contains("a million pairs at most"), "{ssl:?} {}", said(&ours));
}

/// Of 64 kB on Firefox and rustls give up, of 100 kB on everybody.
#[test]
fn large_certificates_are_told_by_their_size() {
    let folder = tempfile::tempdir().unwrap();
    let with = |names: usize| {
        let mut large = plan(1);
        let more = (0..names).map(|n| rcgen::SanType::DnsName(format!("name-{n:06}.example.org").try_into().unwrap()));
        large.params[0].subject_alt_names.extend(more);
        let chain = large.make();
        (judged(key(&chain.keys[0]), &chain.ders, &[]), openssl(folder.path(), &chain.ders, &[]), rustls(&chain.ders))
    };
    let (ours, ssl, tls) = with(2000);
    assert!(
        ours.is_good() && !said(&ours).contains("Firefox") && ssl.is_ok() && tls.is_ok(),
        "{} {tls:?}",
        said(&ours)
    );
    let (ours, ssl, tls) = with(3000);
    assert!(ssl.is_ok() && tls.is_err(), "{ssl:?} {tls:?}");
    assert!(
        errors(&ours).is_empty() && said(&ours).contains("Firefox and programs built with rustls take at most 64"),
        "{}",
        said(&ours)
    );
    let (ours, ..) = with(4500);
    assert!(errors(&ours).contains("Chrome and OpenSSL take at most 100"), "{}", said(&ours));
}

#[test]
fn a_certificate_that_names_two_ways_of_signing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let Chain { mut ders, keys } = plan(1).make();
    // ECDSA with SHA-384 inside, with SHA-256 outside.
    let sha384 = element(0x30, &element(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3]));
    ders[1] = changed(&ders[1], &keys[2], |parts| parts[2] = sha384);
    let ours = judged(key(&keys[0]), &ders, &[]);
    assert!(openssl(folder.path(), &ders, &[]).is_err());
    let said_of = "The certificate of the issuer “Intermediate 1” is not built as the standard (RFC 5280) says, so clients refuse it: the way it was signed, of which it names two.";
    assert_eq!(errors(&ours), said_of, "{}", said(&ours));
}

/// The same pair, its public half written in another form: read by OpenSSL, and by nobody who decides.
#[test]
fn a_key_in_another_form_is_the_same_pair_and_told_as_that() {
    let folder = tempfile::tempdir().unwrap();
    for (at, is_hybrid) in [(0, false), (1, false), (0, true), (1, true)] {
        let Chain { mut ders, keys } = plan(1).make();
        ders[at] = changed(&ders[at], &keys[at + 1], |parts| {
            let whole = keys[at].public_key_raw();
            let (x, y) = (&whole[1..33], &whole[33..]);
            let odd = y[31] & 1;
            let point = if is_hybrid { [&[0, 6 + odd], x, y].concat() } else { [&[0, 2 + odd], x].concat() };
            parts[6] = element(0x30, &[elements(&parts[6])[0].clone(), element(3, &point)].concat());
        });
        let ours = judged(key(&keys[0]), &ders, &[]);
        assert!(openssl(folder.path(), &ders, &[]).is_ok());
        let words = "is written in a form (compressed or hybrid) that browsers and Go do not read";
        assert!(errors(&ours).contains(words), "{at}: {}", said(&ours));
        assert_eq!(errors(&ours).lines().count(), 1, "neither a key that fits none nor a signature: {}", said(&ours));
    }
}
