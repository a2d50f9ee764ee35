//! Rules that only some clients hold: told as notes where browsers do not care, and as problems where clients refuse.

use super::*;

/// What Python 3.13 refuses (`VERIFY_X509_STRICT`) is said in a note, and only where it does.
#[test]
fn what_strict_openssl_refuses_is_a_note() {
    let folder = tempfile::tempdir().unwrap();
    for odd in ODDITIES.iter().filter(|odd| odd.problem.is_none()) {
        let mut plan = plan(1);
        (odd.apply)(&mut plan);
        let chain = plan.make();
        let strict = openssl(folder.path(), &chain.ders, &["-x509_strict"]);
        // Whether this computer knows the root makes no difference to Python.
        for roots in [&[][..], &chain.ders[2..]] {
            let verdict = judged(key(&chain.keys[0]), &chain.ders, roots);
            assert_eq!(
                strict.is_err(),
                said(&verdict).contains("Python 3.13"),
                "{}: {strict:?}\n{}",
                odd.name,
                said(&verdict)
            );
        }
    }
}

/// Apple wants the extended key usage that others do without (support.apple.com/103769).
#[test]
fn a_certificate_that_does_not_say_what_it_is_for_is_told_of_apple() {
    let mut plan = plan(1);
    plan.params[0].extended_key_usages = vec![];
    let Chain { ders, keys } = plan.make();
    let ours = judged(key(&keys[0]), &ders, &ders[2..]);
    assert!(
        ours.is_good() && said(&ours).contains("no extended key usage): Apple's devices refuse it"),
        "{}",
        said(&ours)
    );
    let Chain { ders, keys } = super::plan(1).make();
    assert!(!said(&judged(key(&keys[0]), &ders, &ders[2..])).contains("Apple"));
}

/// As Firefox's verifier has it (mozpkix: `CheckExtendedKeyUsage`, `CheckTLSFeatures`).
#[test]
fn what_only_firefox_refuses_in_use_and_features_is_a_note() {
    let staple = || extension(&[1, 3, 6, 1, 5, 5, 7, 1, 24], &[0x30, 3, 2, 1, 5]);
    let told = |change: &dyn Fn(&mut Plan)| {
        let mut plan = plan(1);
        change(&mut plan);
        let Chain { ders, keys } = plan.make();
        let ours = judged(key(&keys[0]), &ders, &ders[2..]);
        assert!(ours.is_good(), "{}", said(&ours));
        said(&ours)
    };
    let usage = told(&|plan| plan.params[0].extended_key_usages.push(rcgen::ExtendedKeyUsagePurpose::OcspSigning));
    assert!(usage.contains("for signing OCSP answers too (its extended key usage): Firefox refuses it"), "{usage}");
    for at in [1, 2] {
        let issuer = told(&|plan| plan.params[at].custom_extensions.push(staple()));
        assert!(issuer.contains("The hub's certificate does not ask for it, so Firefox refuses it."), "{issuer}");
        let both = told(&|plan| [0, at].iter().for_each(|at| plan.params[*at].custom_extensions.push(staple())));
        assert!(!both.contains("The hub's certificate does not"), "{both}");
    }
    assert!(!told(&|_| {}).contains("Firefox"));
}

#[test]
fn what_ends_today_says_hours() {
    let Chain { ders, keys } = plan(1).make();
    let found = Found { keys: key(&keys[0]).into_iter().collect(), certificates: ders.clone(), ..Found::default() };
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
    assert!(
        wrong.is_empty() && ssl.is_ok() && all.contains("Firefox and programs built with rustls take six"),
        "seven intermediates: {ssl:?} {all}"
    );
    let mut old = plan(1);
    old.params[0].not_before = date_time_ymd(1955, 1, 1);
    let (wrong, all, ssl, _) = errors_of(&old);
    let words = "before 1970 on: Firefox and programs built with rustls refuse that";
    assert!(wrong.contains(words) && ssl.is_ok(), "begins in 1955: {ssl:?} {all}");
    // Two that OpenSSL takes and browsers do not.
    let mut lists = plan(1);
    let mut places = extension(&[2, 5, 29, 31], b"\x30\x14\x30\x12\xa0\x10\xa0\x0e\x86\x0chttp://c.org/");
    places.set_criticality(true);
    lists.params[0].custom_extensions.push(places);
    let (wrong, all, ssl, _) = errors_of(&lists);
    assert!(ssl.is_ok() && wrong.contains("marks that as critical: Chrome and Firefox refuse it"), "{ssl:?} {all}");
    let mut nameless = plan(1);
    nameless.params[1].distinguished_name = rcgen::DistinguishedName::new();
    let (wrong, all, ssl, _) = errors_of(&nameless);
    assert!(ssl.is_ok() && wrong.contains("names no issuer (the name is empty): Firefox"), "{ssl:?} {all}");
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
    let folder = tempfile::tempdir().unwrap();
    let printable = |text: &str| rcgen::DnValue::PrintableString(text.try_into().unwrap());
    let bmp = |text: &str| rcgen::DnValue::BmpString(text.try_into().unwrap());
    let universal = |text: &str| rcgen::DnValue::UniversalString(text.try_into().unwrap());
    let teletex = |text: &str| rcgen::DnValue::TeletexString(text.try_into().unwrap());
    for text in [&printable as &dyn Fn(&str) -> rcgen::DnValue, &bmp, &universal, &teletex] {
        let mut other = plan(1).params[1].clone();
        let mut name = rcgen::DistinguishedName::new();
        name.push(rcgen::DnType::CountryName, "DE");
        name.push(rcgen::DnType::OrganizationName, text("Institute"));
        name.push(rcgen::DnType::CommonName, text("Intermediate 1"));
        other.distinguished_name = name;
        let hub = sign(&leaf(&[HOST]), &keys[0], &other, &keys[1]);
        let all = [hub, ders[1].clone(), ders[2].clone()];
        assert!(openssl(folder.path(), &all, &[]).is_ok(), "OpenSSL compares such names as the standard says");
        let ours = judged(key(&keys[0]), &all, &[]);
        assert!(errors(&ours).contains("Firefox and others compare them byte for byte"), "{}", said(&ours));
        assert!(!errors(&ours).contains("missing"), "{}", said(&ours));
    }
}

/// An intermediate that renewed its key issued itself, which no path length counts (RFC 5280, 4.2.1.9).
#[test]
fn a_renewed_key_is_no_further_issuer() {
    let folder = tempfile::tempdir().unwrap();
    let mut renewed = plan(2);
    renewed.params[1].distinguished_name = renewed.params[2].distinguished_name.clone();
    renewed.params[2].is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    let chain = renewed.make();
    let ours = judged(key(&chain.keys[0]), &chain.ders, &[]);
    assert!(openssl(folder.path(), &chain.ders, &[]).is_ok() && rustls(&chain.ders).is_err());
    assert!(errors(&ours).is_empty() && said(&ours).contains("only renewed its key"), "{}", said(&ours));
}

/// Where policies must be named (RFC 5280, 6.1), those of all certificates must agree.
#[test]
fn policies_that_differ_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let policies = |oid: &[u8]| {
        let information = [&[0x30, oid.len() as u8 + 2, 6, oid.len() as u8], oid].concat();
        let all = [&[0x30, information.len() as u8], information.as_slice()].concat();
        rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 32], all)
    };
    let any = &[0x55, 0x1d, 0x20, 0][..];
    for (leaf, inter, agree) in [
        (&[0x2a, 3, 4][..], &[0x2a, 3, 4][..], true),
        (&[0x2a, 3, 5], &[0x2a, 3, 4], false),
        (&[0x2a, 3, 5], any, true),
        (any, &[0x2a, 3, 4], true),
    ] {
        let mut plan = plan(1);
        let mut wanted = rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 36], vec![0x30, 3, 0x80, 1, 0]);
        wanted.set_criticality(true);
        plan.params[1].custom_extensions.extend([wanted, policies(inter)]);
        plan.params[0].custom_extensions.push(policies(leaf));
        let chain = plan.make();
        let ours = judged(key(&chain.keys[0]), &chain.ders, &[]);
        let checked = openssl(folder.path(), &chain.ders, &["-policy_check", "-policy", "2.5.29.32.0"]);
        assert_eq!(checked.is_ok(), agree, "OpenSSL: {checked:?}");
        assert_eq!(errors(&ours).contains("name different ones: Chrome"), !agree, "{}", said(&ours));
        assert_eq!(errors(&ours).is_empty(), agree, "{}", said(&ours));
    }
}

/// Names are compared as they stand in the certificate, and cut or cleaned only where they are shown.
#[test]
fn a_host_of_two_hundred_letters_is_found() {
    let host = format!("{}.{}.{}.example.org", "h".repeat(60), "l".repeat(60), "z".repeat(60));
    let Chain { ders, keys } = Plan { params: vec![leaf(&[&host]), ca("Root")], kinds: plan(0).kinds }.make();
    let found = Found { keys: key(&keys[0]).into_iter().collect(), certificates: ders, ..Found::default() };
    let judged_for = |host: &str| judge_with(&found, [], host, now(), &[]);
    assert!(judged_for(&host).is_good(), "{}", said(&judged_for(&host)));
    let other = judged_for(&host.replace("example.org", "example.com"));
    assert!(errors(&other).contains("The certificate is for hhh") && errors(&other).contains('…'), "{}", said(&other));
}

fn extension(oid: &[u64], content: &[u8]) -> rcgen::CustomExtension {
    rcgen::CustomExtension::from_oid_content(oid, content.to_vec())
}

/// What some client does not even read is named, whoever else reads it; nothing is told besides.
#[test]
fn parts_that_are_not_built_as_the_standard_says_are_named() {
    const NAMES: &[u64] = &[2, 5, 29, 17];
    let host = [&[0x82, HOST.len() as u8], HOST.as_bytes()].concat();
    let names = |more: &[u8]| [&[0x30, (host.len() + more.len()) as u8], host.as_slice(), more].concat();
    for (what, at, extensions, part) in [
        ("policies", 0, vec![extension(&[2, 5, 29, 32], &[4, 1, 0x61])], "the certificate policies"),
        (
            "a policy twice",
            0,
            vec![extension(&[2, 5, 29, 32], &[0x30, 12, 0x30, 4, 6, 2, 0x2a, 3, 0x30, 4, 6, 2, 0x2a, 3])],
            "the certificate policies",
        ),
        ("no constraint", 1, vec![extension(&[2, 5, 29, 30], &[0x30, 0])], "the name constraints"),
        (
            "an address of six bytes",
            1,
            vec![extension(&[2, 5, 29, 30], &[0x30, 12, 0xa0, 10, 0x30, 8, 0x87, 6, 0, 0, 0, 0, 0, 0])],
            "the name constraints",
        ),
        ("length without an end", 1, vec![extension(&[2, 5, 29, 54], &[2, 5, 1])], "the rule on any policy"),
        (
            "any policy mapped",
            1,
            vec![extension(&[2, 5, 29, 33], &[0x30, 12, 0x30, 10, 6, 4, 0x55, 0x1d, 0x20, 0, 6, 2, 0x2a, 3])],
            "the policy mappings",
        ),
        (
            "an extension twice",
            0,
            vec![extension(&[1, 2, 3, 4], &[5, 0]), extension(&[1, 2, 3, 4], &[5, 0])],
            "the extension 1.2.3.4, which is there twice",
        ),
        (
            "an address of five bytes",
            0,
            vec![extension(NAMES, &names(&[0x87, 5, 1, 2, 3, 4, 5]))],
            "the subject alternative name",
        ),
        (
            "letters that are no ASCII",
            0,
            vec![extension(NAMES, &names(&[0x82, 2, 0xc3, 0xbc]))],
            "the subject alternative name",
        ),
        (
            "bytes behind the names",
            0,
            vec![extension(NAMES, &[names(&[]).as_slice(), &[5, 0]].concat())],
            "the subject alternative name",
        ),
    ] {
        let mut plan = plan(1);
        if extensions[0].oid_components().collect::<Vec<_>>() == NAMES {
            plan.params[0].subject_alt_names.clear();
        }
        plan.params[at].custom_extensions.extend(extensions);
        let chain = plan.make();
        let ours = judged(key(&chain.keys[0]), &chain.ders, &[]);
        assert!(errors(&ours).contains(&format!("says, so clients refuse it: {part}.")), "{what}: {}", said(&ours));
        assert_eq!(errors(&ours).lines().count(), 1, "{what}: {}", said(&ours));
    }
}

/// A root that only this computer has is looked at like one in the files.
#[test]
fn a_root_that_is_not_in_the_files_has_rules_too() {
    let whole = plan(1);
    let chain = whole.make();
    let with = |change: &dyn Fn(&mut rcgen::CertificateParams)| {
        let mut root = whole.params[2].clone();
        change(&mut root);
        sign(&root, &chain.keys[2], &root, &chain.keys[2])
    };
    let expired = with(&|root| root.not_after = date_time_ymd(2026, 5, 1));
    for (root, words) in [
        (expired.clone(), "The certificate of Top of all expired on"),
        (
            with(&|root| root.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0))),
            "allows no issuers below it",
        ),
        (
            with(&|root| {
                root.name_constraints = Some(rcgen::NameConstraints {
                    permitted_subtrees: vec![rcgen::GeneralSubtree::DnsName("example.com".into())],
                    excluded_subtrees: vec![],
                })
            }),
            "“Top of all” may sign only example.com",
        ),
        (
            with(&|root| root.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth]),
            "“Top of all” may not sign certificates of web servers",
        ),
    ] {
        let ours = judged(key(&chain.keys[0]), &chain.ders[..2], &[root]);
        assert!(errors(&ours).contains(words), "{words}: {}", said(&ours));
    }
    let ours = judged(key(&chain.keys[0]), &chain.ders[..2], &[expired, chain.ders[2].clone()]);
    assert!(ours.problems().next().is_none(), "of one root in two forms the one that holds: {}", said(&ours));
}

/// Policies that an issuer says are the same (RFC 5280, 4.2.1.5), and a limit on doing so.
#[test]
fn mapped_policies_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    let policies = |last: u8| extension(&[2, 5, 29, 32], &[0x30, 7, 0x30, 5, 6, 3, 0x2a, 3, last]);
    for (leaf, may_map, agree) in [(5, true, true), (4, true, false), (6, true, false), (5, false, false)] {
        let mut plan = plan(2);
        let constraints: &[u8] = if may_map { &[0x30, 3, 0x80, 1, 0] } else { &[0x30, 6, 0x80, 1, 0, 0x81, 1, 0] };
        plan.params[2].custom_extensions.extend([extension(&[2, 5, 29, 36], constraints), policies(4)]);
        // 1.2.3.4 above is 1.2.3.5 below.
        let mapping = extension(&[2, 5, 29, 33], &[0x30, 12, 0x30, 10, 6, 3, 0x2a, 3, 4, 6, 3, 0x2a, 3, 5]);
        plan.params[1].custom_extensions.extend([policies(4), mapping]);
        plan.params[0].custom_extensions.push(policies(leaf));
        let chain = plan.make();
        let ours = judged(key(&chain.keys[0]), &chain.ders, &[]);
        let checked = openssl(folder.path(), &chain.ders, &["-policy_check", "-policy", "2.5.29.32.0"]);
        assert_eq!(checked.is_ok(), agree, "OpenSSL, {leaf} {may_map}: {checked:?}");
        assert_eq!(errors(&ours).is_empty(), agree, "{leaf} {may_map}: {}", said(&ours));
    }
}

/// What one library alone refuses is a note that names it.
#[test]
fn what_go_or_strict_openssl_refuse_is_a_note() {
    let with = |change: &dyn Fn(&mut Plan)| {
        let mut plan = plan(1);
        change(&mut plan);
        let chain = plan.make();
        judged(key(&chain.keys[0]), &chain.ders, &[])
    };
    let with_uri =
        |uri: &str| with(&|plan| plan.params[0].subject_alt_names.push(rcgen::SanType::URI(uri.try_into().unwrap())));
    for good in ["https://[::1]:8080/a%20b?c=%3D#d", "urn:uuid:f81d4fae", "spiffe://host/path", "http://me:p@host:1/"] {
        assert!(!said(&with_uri(good)).contains("URI"), "{good}: {}", said(&with_uri(good)));
    }
    for (ours, note) in [
        (with_uri("::no address::"), "has a URI among its names that is none: programs written in Go refuse that"),
        (with_uri("http://[bad/"), "has a URI among its names that is none"),
        (with_uri("http://host/%zz"), "has a URI among its names that is none"),
        (with_uri("http://host:port/"), "has a URI among its names that is none"),
        (
            with(&|plan| {
                plan.params[0].is_ca = rcgen::IsCa::NoCa;
                let mut basic = extension(&[2, 5, 29, 19], &[0x30, 3, 2, 1, 0]);
                basic.set_criticality(true);
                plan.params[0].custom_extensions.push(basic);
            }),
            "a path length, which only issuers may have",
        ),
        (
            with(&|plan| {
                let organisation = rcgen::GeneralSubtree::DirectoryName(name("the hub"));
                let constraints =
                    rcgen::NameConstraints { permitted_subtrees: vec![organisation], excluded_subtrees: vec![] };
                plan.params[1].name_constraints = Some(constraints);
            }),
            "name constraints of a kind that is rarely used: programs written in Go",
        ),
    ] {
        assert!(errors(&ours).is_empty() && said(&ours).contains(note), "{note}: {}", said(&ours));
    }
}

#[test]
fn precertificates_circles_and_broken_signatures_are_called_that() {
    let mut made = plan(1);
    let mut poison = extension(&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 3], &[5, 0]);
    poison.set_criticality(true);
    made.params[0].custom_extensions.push(poison);
    let chain = made.make();
    let ours = judged(key(&chain.keys[0]), &chain.ders, &[]);
    assert!(
        errors(&ours).contains("is a precertificate") && said(&ours).contains("Ask for the certificate itself"),
        "{}",
        said(&ours)
    );
    // Two issuers that signed each other.
    let Chain { ders, keys } = plan(2).make();
    let params = plan(2).params;
    let back = sign(&params[2], &keys[2], &params[1], &keys[1]);
    let ours = judged(key(&keys[0]), &[ders[0].clone(), ders[1].clone(), back], &[]);
    assert!(errors(&ours).contains("signed each other, which leads to no root"), "{}", said(&ours));
    // Signed by itself, and changed since.
    let own = Plan { params: vec![leaf(&[HOST])], kinds: plan(0).kinds[..1].to_vec() }.make();
    let mut changed = own.ders[0].clone();
    *changed.last_mut().unwrap() ^= 1;
    let ours = judged(key(&own.keys[0]), &[changed], &[]);
    assert!(errors(&ours).contains("says that it signed itself, and its signature does not fit"), "{}", said(&ours));
    assert!(!errors(&ours).contains("missing"), "{}", said(&ours));
}

/// Fifteen issuers: long, and nothing else is wrong with it.
#[test]
fn a_long_chain_is_no_broken_one() {
    let folder = tempfile::tempdir().unwrap();
    let chain = plan(15).make();
    let ours = judged(key(&chain.keys[0]), &chain.ders, &[]);
    assert!(openssl(folder.path(), &chain.ders, &[]).is_ok());
    assert!(errors(&ours).is_empty() && said(&ours).contains("rustls take six"), "{}", said(&ours));
}

/// The key fits a certificate that ended; that the new one is there too, on another key, tells what is missing.
#[test]
fn a_new_certificate_on_another_key_is_told_beside_the_old_one() {
    let mut old = plan(1);
    old.params[0].not_after = date_time_ymd(2026, 5, 1);
    let Chain { ders, keys } = old.make();
    let new_key = KeyPair::generate().unwrap();
    let new = sign(&plan(1).params[0], &new_key, &plan(1).params[1], &keys[1]);
    let all = [ders.clone(), vec![new]].concat();
    let ours = judged(key(&keys[0]), &all, &[]);
    assert!(errors(&ours).contains("expired on 1 May 2026"), "{}", said(&ours));
    let words = "Another certificate of hub.lab.institute.example.org, good until 31 Dec 2026, is there too; it belongs to another key";
    assert!(said(&ours).contains(words), "{}", said(&ours));
    assert!(!said(&judged(key(&keys[0]), &ders, &[])).contains("Another certificate"), "where there is none");
    let both = Found {
        keys: [&keys[0], &new_key].into_iter().filter_map(key).collect(),
        certificates: all,
        ..Found::default()
    };
    let ours = judge_with(&both, [], HOST, now(), &[]);
    assert!(ours.is_good() && !said(&ours).contains("Another certificate"), "{}", said(&ours));
}

/// Whose certificate ends soon, and whose next one is in the files, need not ask for one.
#[test]
fn of_one_that_ends_soon_the_next_one_in_the_files_is_told() {
    let mut soon = plan(1);
    soon.params[0].not_after = date_time_ymd(2026, 6, 10);
    let Chain { ders, keys } = soon.make();
    let told = |next: &rcgen::CertificateParams, by: (&rcgen::CertificateParams, &KeyPair), on: &KeyPair| {
        let all = [ders.clone(), vec![sign(next, on, by.0, by.1)]].concat();
        let ours = judged(key(&keys[0]), &all, &[]);
        assert!(ours.is_good(), "{}", said(&ours));
        assert_eq!(ours.chain[0].der, ders[0], "the one that can be used now");
        said(&ours)
    };
    let alone = said(&judged(key(&keys[0]), &ders, &[]));
    assert!(alone.contains("expires in 8 days") && alone.contains("Ask for the next one now"), "{alone}");
    let issuer = (&soon.params[1], &keys[1]);
    let next = plan(1).params[0].clone();
    let on_another = told(&next, issuer, &KeyPair::generate().unwrap());
    let words = "Add the private key of the next one, which is in the files too and good until 31 Dec 2026.";
    assert!(on_another.contains(words) && !on_another.contains("Ask for"), "{on_another}");
    let mut later = next.clone();
    later.not_before = date_time_ymd(2026, 6, 5);
    let early = told(&later, issuer, &keys[0]);
    assert!(early.contains("Wait: the next one is in the files too, and valid from 5 Jun 2026 on."), "{early}");
    let (missing, its_key) = (ca("Next year's"), KeyPair::generate().unwrap());
    let gap = told(&next, (&missing, &its_key), &keys[0]);
    assert!(
        gap.contains("Mend the next one, which is in the files too and good until 31 Dec 2026. The chain ends at"),
        "{gap}"
    );
}

/// What is a second more than a number of days is one day more, and who begins when may hold as long as was allowed then.
#[test]
fn days_are_counted_up_and_by_the_rule_of_their_time() {
    let held = |begins: (i32, u8, u8), seconds: i64, is_known: bool| {
        let mut plan = plan(1);
        plan.params[0].not_before = date_time_ymd(begins.0, begins.1, begins.2);
        plan.params[0].not_after = plan.params[0].not_before + Duration::from_secs(seconds.unsigned_abs());
        let Chain { ders, keys } = plan.make();
        said(&judged(key(&keys[0]), &ders, if is_known { &ders[2..] } else { &[] }))
    };
    const DAY: i64 = 86_400;
    assert!(!held((2026, 5, 1), 825 * DAY, false).contains("825"));
    assert!(
        held((2026, 5, 1), 825 * DAY + 1, false).contains("holds for 826 days; Apple's devices take at most 825 days.")
    );
    let own = "Where its root is your institution's own, up to 825 days will do, also for Apple's devices.";
    assert!(!held((2026, 5, 1), 825 * DAY, true).contains("Apple"));
    assert!(held((2026, 5, 1), 825 * DAY + 1, true).contains(own));
    assert!(!held((2026, 5, 1), 200 * DAY, true).contains("at most 200"));
    assert!(
        held((2026, 5, 1), 200 * DAY + 1, true)
            .contains("holds for 201 days; browsers want at most 200 days from public issuers")
    );
    assert!(!held((2026, 3, 14), 398 * DAY, true).contains("at most 398"));
    assert!(held((2026, 3, 14), 399 * DAY, true).contains("at most 398"));
}

/// Critical policy mappings: what Firefox does not know, and others do.
#[test]
fn a_wildcard_of_a_registry_and_mappings_that_firefox_does_not_know_are_notes() {
    let mut plan = plan(1);
    let policy = |last: u8| [&[6, 3, 0x2a, 3][..], &[last]].concat();
    let pair = crate::der::element(0x30, &[policy(4), policy(5)].concat());
    let mut mappings = extension(&[2, 5, 29, 33], &crate::der::element(0x30, &pair));
    mappings.set_criticality(true);
    plan.params[1].custom_extensions.push(mappings);
    let Chain { ders, keys } = plan.make();
    let ours = judged(key(&keys[0]), &ders, &[]);
    let words = "policy mappings that are critical: Firefox and programs built with rustls refuse that, Chrome and OpenSSL do not";
    assert!(ours.is_good() && said(&ours).contains(words), "{}", said(&ours));
    let mut plan = super::plan(1);
    plan.params[0] = leaf(&["*.ac.uk", HOST]);
    let Chain { ders, keys } = plan.make();
    let ours = judged(key(&keys[0]), &ders, &[]);
    assert!(
        ours.is_good() && said(&ours).contains("every name under an ending that many institutions share"),
        "{}",
        said(&ours)
    );
}
