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
    let found = Found { keys: key(&keys[0]).into_iter().collect(), certificates: ders, repairs: vec![] };
    let judged_for = |host: &str| judge_with(&found, [], host, now(), &[]);
    assert!(judged_for(&host).is_good(), "{}", said(&judged_for(&host)));
    let other = judged_for(&host.replace("example.org", "example.com"));
    assert!(errors(&other).contains("The certificate is for hhh") && errors(&other).contains('…'), "{}", said(&other));
}
