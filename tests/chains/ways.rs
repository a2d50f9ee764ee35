//! What is done where there is more than one way from the hub's certificate to a root, or none.

use super::*;

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
        good(
            &judged(own(), &all, &[]),
            &[hub, inter, root],
            &["it belongs to the same key, but is for www.example.org"],
        )
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
    assert!(errors(&verdict).contains("is there, but with another key"), "{}", said(&verdict));
    orders(&[hub, &wrong, inter, root], |all| good(&judged(own(), &all, &[]), &[hub, inter, root], &[]));
}

/// However many versions of an issuer there are, signed by roots and by each other: the one that holds longest.
#[test]
fn of_many_versions_of_an_issuer_the_one_that_holds_longest_is_found() {
    let Chain { ders, keys } = plan(1).make();
    let [hub, _, root] = ders.as_slice() else { panic!() };
    let (inter, top) = (plan(1).params[1].clone(), plan(1).params[2].clone());
    let until = |month: u8| {
        let mut version = inter.clone();
        version.not_after = date_time_ymd(2026, month, 28);
        sign(&version, &keys[1], &top, &keys[2])
    };
    // The root signed by each version, as if it were an issuer below it.
    let cross = |day: u8| {
        let mut version = top.clone();
        version.not_after = date_time_ymd(2027, 1, day);
        sign(&version, &keys[2], &inter, &keys[1])
    };
    let early: Vec<Vec<u8>> = (0..40).map(|n| until(6 + n % 5)).collect();
    let crosses: Vec<Vec<u8>> = (1..20).map(cross).collect();
    let longest = until(12);
    // One that is not valid yet holds longer still.
    let mut later = inter.clone();
    later.not_before = date_time_ymd(2026, 7, 1);
    let later = sign(&later, &keys[1], &top, &keys[2]);
    let all: Vec<&Vec<u8>> = [hub].into_iter().chain(&early).chain(&crosses).chain([&later, root, &longest]).collect();
    orders(&all[..], |all| {
        let verdict = judged(key(&keys[0]), &all, &[]);
        good(&verdict, &[hub, &longest, root], &[]);
        assert!(!said(&verdict).contains("which one will take its place"), "{}", said(&verdict));
    });
}

/// All that is wrong is told of each certificate on the key, whichever is the nearest to be good.
#[test]
fn of_two_certificates_on_one_key_that_are_both_bad_each_is_told() {
    let Chain { ders, keys } = plan(1).make();
    let inter = plan(1).params[1].clone();
    let mut old = leaf(&[HOST]);
    old.not_after = date_time_ymd(2026, 2, 1);
    let old = sign(&old, &keys[0], &inter, &keys[1]);
    let other = sign(&leaf(&["z.example.org"]), &keys[0], &inter, &keys[1]);
    orders(&[&old, &other, &ders[1], &ders[2]], |all| {
        let ours = judged(key(&keys[0]), &all, &[]);
        assert!(!ours.is_good());
        for word in ["expired on 1 Feb 2026", "is for z.example.org, not for", "The other certificate on this key, "] {
            assert!(said(&ours).contains(word), "{word}: {}", said(&ours));
        }
    });
    // Where one is good, nothing is said of the others but that they were left out.
    let ours = judged(key(&keys[0]), &[old, ders[0].clone(), ders[1].clone(), ders[2].clone()], &[]);
    assert!(ours.is_good() && !said(&ours).contains("The other certificate"), "{}", said(&ours));
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
    // With a root beside them the short way to it is found, wherever it stands.
    let root = sign(&all[13], &keys[13], &all[13], &keys[13]);
    ders.push(root.clone());
    let verdict = judged(key(&keys[0]), &ders, &[]);
    assert!(verdict.is_good() && verdict.chain.len() <= 4, "{}", said(&verdict));
    assert_eq!(verdict.chain[verdict.chain.len() - 1].der, root);
}

/// Of ways that hold equally long the shortest, though a longer one is as good for every client.
#[test]
fn of_issuers_that_all_signed_each_other_the_short_way_is_taken() {
    let keys: Vec<KeyPair> = (0..8).map(|_| KeyPair::generate().unwrap()).collect();
    let all: Vec<_> = (0..8).map(|n| ca(&format!("Mesh {n}"))).collect();
    let signed = |at: usize, by: usize| sign(&all[at], &keys[at], &all[by], &keys[by]);
    let hub_key = KeyPair::generate().unwrap();
    let hub = sign(&leaf(&[HOST]), &hub_key, &all[0], &keys[0]);
    // The seventh is the root; it signed the sixth alone, and each of the others signed every other.
    let mut ders = vec![hub.clone()];
    for by in 0..7 {
        ders.extend((0..7).filter(|at| *at != by).map(|at| signed(at, by)));
    }
    let (last, root) = (signed(6, 7), signed(7, 7));
    ders.extend([last.clone(), root.clone()]);
    let short = [&hub, &signed(0, 6), &last, &root].map(|der| Facts::of(der).unwrap().subject);
    for roots in [&[][..], std::slice::from_ref(&root)] {
        let verdict = judged(key(&hub_key), &ders, roots);
        let chosen: Vec<String> = verdict.chain.iter().map(|facts| facts.subject.clone()).collect();
        assert!(verdict.is_good(), "{}", said(&verdict));
        assert_eq!(chosen, short, "{}", said(&verdict));
    }
}

/// Nobody has so many issuers of one name; which of them signed which is not looked for.
#[test]
fn hundreds_of_certificates_of_one_name_are_not_compared() {
    let keys: Vec<KeyPair> = (0..9).map(|_| KeyPair::generate().unwrap()).collect();
    let one = ca("One name");
    let ders_of = |times: u8| {
        let mut ders = vec![sign(&leaf(&[HOST]), &keys[0], &one, &keys[1])];
        for (at, by) in (1..9).flat_map(|at| (1..9).map(move |by| (at, by))) {
            for until in 0..times {
                let mut version = one.clone();
                version.not_after = date_time_ymd(2030, 1, 1 + until);
                ders.push(sign(&version, &keys[at], &one, &keys[by]));
            }
        }
        ders
    };
    assert!(!errors(&judged(key(&keys[0]), &ders_of(1), &[])).contains("at most 64"));
    let verdict = judged(key(&keys[0]), &ders_of(2), &[]);
    let what = "What you chose holds 128 certificates of one name; at most 64 are compared.";
    assert_eq!(errors(&verdict), what, "{}", said(&verdict));
}

/// Computers that know another root of the same name refuse the chain; that none is known would be untrue.
#[test]
fn a_root_whose_name_this_computer_knows_with_another_key_is_told() {
    let Chain { ders, keys } = plan(1).make();
    let other = KeyPair::generate().unwrap();
    let renewed = sign(&ca("Top of all"), &other, &ca("Top of all"), &other);
    let known = std::slice::from_ref(&renewed);
    for (ders, word) in [
        (&ders[..], "This computer knows a root of the name “Top of all”, and it has another key than this one."),
        (&ders[..2], "this computer knows a root of the name of its issuer, “Top of all”, but with another key"),
    ] {
        let verdict = judged(key(&keys[0]), ders, known);
        assert!(verdict.is_good() && said(&verdict).contains(word), "{}", said(&verdict));
        assert!(
            !said(&verdict).contains("does not know") && !said(&verdict).contains("nor known"),
            "{}",
            said(&verdict)
        );
    }
}

/// OpenSSL takes a certificate of its issuer's name that names no key for one that signed itself: the one that does so is named.
#[test]
fn where_the_hubs_certificate_has_its_issuers_name_it_is_the_one_to_blame() {
    let root_key = KeyPair::generate().unwrap();
    let hub_key = KeyPair::generate().unwrap();
    let (root, mut hub) = (ca("the hub"), leaf(&[HOST]));
    hub.use_authority_key_identifier_extension = false;
    let ders = [sign(&hub, &hub_key, &root, &root_key), sign(&root, &root_key, &root, &root_key)];
    let verdict = judged(key(&hub_key), &ders, &[]);
    let said = errors(&verdict);
    assert!(said.contains("The hub's certificate has the name of its own issuer"), "{said}");
    assert!(!said.contains("The certificate of the issuer"), "{said}");
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
    assert!(known.problems().next().is_none(), "{}", said(&known));
    // A root that is not in the files is a note where this computer does not know it, and nothing where it does.
    let without = judged(key(&keys[0]), &ders[..2], &[]);
    assert!(without.is_good() && said(&without).contains("institution's own root"), "{}", said(&without));
    assert!(judged(key(&keys[0]), &ders[..2], &ders[2..]).problems().next().is_none());
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
    // On a key that no browser takes from a server none can be made anew.
    assert!(said(&alone).contains("made anew on this key"), "{}", said(&alone));
    let rare = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).unwrap();
    let rare = judged(key(&rare), &ders, &[]);
    assert!(
        said(&rare).contains("none can be made on this one: Chrome, Edge and Safari do not take P-521"),
        "{}",
        said(&rare)
    );
    let found = Found { keys: vec![stray(), stray()], certificates: ders.clone(), ..Found::default() };
    let several = judge_with(&found, [], HOST, now(), &[]);
    assert!(
        errors(&several).contains("None of the 2 private keys (EC, P-256; EC, P-256) fits any"),
        "{}",
        said(&several)
    );
    let found = Found { keys: vec![stray(), key(&keys[0]).unwrap()], certificates: ders.clone(), ..Found::default() };
    let one = judge_with(&found, [], HOST, now(), &[]);
    assert!(one.is_good() && said(&one).contains("it fits none of the certificates"), "{}", said(&one));
    // Last year's pair beside this year's: the good one is taken.
    let mut old = leaf(&[HOST]);
    old.not_after = date_time_ymd(2026, 2, 1);
    let old_key = KeyPair::generate().unwrap();
    let mut all = vec![sign(&old, &old_key, &plan(1).params[1], &keys[1])];
    all.extend(ders.clone());
    let found =
        Found { keys: vec![key(&old_key).unwrap(), key(&keys[0]).unwrap()], certificates: all, ..Found::default() };
    let pair = judge_with(&found, [], HOST, now(), &[]);
    assert!(pair.is_good() && pair.chain[0].der == ders[0], "{}", said(&pair));
    assert!(said(&pair).contains("it belongs to another certificate"), "{}", said(&pair));
}

#[test]
fn a_chain_is_good_until_the_first_of_it_ends() {
    let mut short = plan(1);
    short.params[1].not_after = date_time_ymd(2026, 8, 1);
    let chain = short.make();
    let verdict = judged(key(&chain.keys[0]), &chain.ders, &[]);
    assert_eq!(verdict.until(), Some("2026-08-01T00:00:00Z".parse().unwrap()));
}

/// What was changed since it was signed is told as that, and not as missing; what has another key is another's.
#[test]
fn an_issuer_that_is_there_and_did_not_sign_is_not_missing() {
    let Chain { ders, keys } = plan(1).make();
    let [hub, inter, root] = ders.as_slice() else { panic!() };
    let own = || key(&keys[0]);
    let changed = |der: &[u8]| {
        let mut der = der.to_vec();
        *der.last_mut().unwrap() ^= 1;
        der
    };
    for (what, ders) in [
        ("the hub's", [changed(hub), inter.clone(), root.clone()]),
        ("the intermediate", [hub.clone(), changed(inter), root.clone()]),
    ] {
        for roots in [&[][..], std::slice::from_ref(root)] {
            let verdict = judged(own(), &ders, roots);
            assert!(
                errors(&verdict).contains("is there, but its key did not sign this one"),
                "{what}: {}",
                said(&verdict)
            );
            assert!(!said(&verdict).contains("neither in the files"), "{what}: {}", said(&verdict));
        }
    }
    // Of a root that this computer knows, and that is not in the files.
    let verdict = judged(own(), &[hub.clone(), changed(inter)], std::slice::from_ref(root));
    assert!(errors(&verdict).contains("its key did not sign this one"), "{}", said(&verdict));
    // Nobody looks at the signature of a root on itself.
    let verdict = judged(own(), &[hub.clone(), inter.clone(), changed(root)], &[]);
    assert!(
        verdict.is_good() && said(&verdict).contains("says that it signed itself and did not"),
        "{}",
        said(&verdict)
    );
    // The root of another year, on another key: the right one is not in the files, and that is a note.
    let other_key = KeyPair::generate().unwrap();
    let top = ca("Top of all");
    let other_root = sign(&top, &other_key, &top, &other_key);
    let verdict = judged(own(), &[hub.clone(), inter.clone(), other_root], &[]);
    assert!(verdict.is_good() && said(&verdict).contains("neither in the files"), "{}", said(&verdict));
    // An issuer alone, as in a store of roots, is nobody's hub.
    let verdict = judged(None, std::slice::from_ref(root), &[]);
    assert!(
        errors(&verdict).contains("no certificate of the hub in what you chose, only of issuers"),
        "{}",
        said(&verdict)
    );
}

/// The copy of a root that another issuer signed expired; clients have the root itself.
#[test]
fn an_old_copy_of_a_root_does_no_harm() {
    let Chain { ders, keys } = plan(1).make();
    let hub = &ders[0];
    let mut old = ca("Root of all");
    let (by, by_key) = (ca("Older Top"), KeyPair::generate().unwrap());
    old.not_after = date_time_ymd(2026, 2, 1);
    let over = sign(&plan(1).params[1], &keys[1], &old, &keys[2]);
    let copy = sign(&old, &keys[2], &by, &by_key);
    orders(&[hub, &over, &copy], |all| {
        let words = ["in the files only as a copy that expired", "“Root of all” (valid until 1 Feb 2026) was left out"];
        good(&judged(key(&keys[0]), &all, &[]), &[hub, &over], &words);
    });
    // Of an issuer that is no root by its name, another certificate is needed.
    old.distinguished_name = name("Issuer 7");
    let (over, copy) = (sign(&plan(1).params[1], &keys[1], &old, &keys[2]), sign(&old, &keys[2], &by, &by_key));
    orders(&[hub, &over, &copy], |all| {
        let ours = judged(key(&keys[0]), &all, &[]);
        assert!(errors(&ours).contains("The certificate of Issuer 7 expired"), "{}", said(&ours));
    });
}

/// Two keys, each with a good certificate: the one that holds longest is taken, and that is said.
#[test]
fn of_two_good_pairs_the_one_that_holds_longest_is_in_use() {
    let Chain { ders, keys } = plan(1).make();
    let mut next = plan(1).params[0].clone();
    next.not_after = date_time_ymd(2027, 3, 1);
    let next_key = KeyPair::generate().unwrap();
    let newer = sign(&next, &next_key, &plan(1).params[1], &keys[1]);
    orders(&[&ders[0], &newer, &ders[1], &ders[2]], |certificates| {
        for pair in [[&keys[0], &next_key], [&next_key, &keys[0]]] {
            let keys = pair.into_iter().filter_map(key).collect();
            let found = Found { keys, certificates: certificates.clone(), ..Found::default() };
            let words =
                ["2 private keys with a certificate each; “the hub” (valid until 1 Mar 2027) is the one in use"];
            good(&judge_with(&found, [], HOST, now(), &[]), &[&newer, &ders[1], &ders[2]], &words);
        }
    });
    // Without its key the newer one is named all the same, also where the other holds for months.
    let ours = judged(key(&keys[0]), &[ders, vec![newer]].concat(), &[]);
    assert!(
        ours.is_good() && said(&ours).contains("good until 1 Mar 2027, is there too; it belongs to another key"),
        "{}",
        said(&ours)
    );
}

/// A certificate for a trial, signed by itself, beside the real one on the same key or on another.
#[test]
fn of_a_trial_and_a_real_certificate_the_real_one_is_in_use() {
    let Chain { ders, keys } = plan(1).make();
    let mut trial = plan(1).params[0].clone();
    trial.is_ca = rcgen::IsCa::NoCa;
    trial.not_after = date_time_ymd(2027, 6, 1);
    let other = KeyPair::generate().unwrap();
    for pair in [&keys[0], &other] {
        let by_itself = sign(&trial, pair, &trial, pair);
        let found = Found {
            keys: [&keys[0], pair].into_iter().filter_map(key).collect(),
            certificates: vec![by_itself, ders[0].clone(), ders[1].clone()],
            ..Found::default()
        };
        good(&judge_with(&found, [], HOST, now(), &[]), &[&ders[0], &ders[1]], &["is neither in the files nor known"]);
    }
    // Where the real one cannot be used, the trial is, and it is said why.
    let by_itself = sign(&trial, &keys[0], &trial, &keys[0]);
    let words =
        "The other certificate on this key, “the hub” (valid until 31 Dec 2026), is no better: The chain ends at";
    good(&judged(key(&keys[0]), &[by_itself.clone(), ders[0].clone()], &[]), &[&by_itself], &[words]);
}

/// An issuer with the name of its own issuer, which does not say by which key that one signed it.
#[test]
fn an_issuer_called_as_its_own_issuer_is_told() {
    let mut made = plan(1);
    made.params[2].distinguished_name = made.params[1].distinguished_name.clone();
    for (says_key, taken) in [(true, true), (false, false)] {
        made.params[1].use_authority_key_identifier_extension = says_key;
        let Chain { ders, keys } = made.make();
        let folder = tempfile::tempdir().unwrap();
        let ours = judged(key(&keys[0]), &ders, &[]);
        let ssl = openssl(folder.path(), &ders, &[]);
        assert_eq!((ssl.is_ok(), ours.is_good()), (taken, taken), "{ssl:?} {}", said(&ours));
        assert_eq!(errors(&ours).contains("has the name of its own issuer"), !taken, "{}", said(&ours));
    }
}
