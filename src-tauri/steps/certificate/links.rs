//! What is wrong between the certificates of a way: whether each issuer may issue, is the one that is named, and agrees
//! with the others on policies. What is wrong with one certificate is `explain`'s.

use super::verdict::Findings;
use crate::tools::certificate::facts::Facts;
use crate::tools::certificate::form;
use crate::tools::certificate::paths::{Path, Top, is_of_another_kind};
use crate::tools::certificate::resources::holds;
use crate::tools::certificate::words::count;
use std::collections::BTreeSet;

/// Whether an issuer may issue; `at` is its place in the whole way.
pub fn issuer(at: usize, facts: &Facts, path: &Path, found: &mut Findings) {
    let name = &facts.subject;
    let is_root = path.is_root(at);
    let ask =
        "Ask whoever signed it for a certificate by an issuer that may sign, or for the right issuer's certificate.";
    let is_unread = facts.malformed.iter().any(|part| part.starts_with(form::BASIC));
    if !facts.is_ca && !is_unread && (facts.version == 3 || !is_root) {
        let why = if facts.has_basic_constraints { "it says CA:FALSE" } else { "it has no basic constraints" };
        found.wrong(
            at,
            format!("“{name}” signed a certificate and may not: {why}, so clients refuse what it signed."),
            ask,
        );
    }
    if facts.usage.is_some_and(|usage| !usage.cert_sign) {
        let what = format!("“{name}” signed a certificate and may not: its key usage leaves out signing certificates.");
        found.wrong(at, what, ask);
    }
    if facts.server_auth == Some(false) {
        let what = format!(
            "“{name}” may not sign certificates of web servers: its extended key usage leaves out server authentication."
        );
        found.wrong(at, what, ask);
    }
    // What only renewed its key is not counted (RFC 5280, 4.2.1.9).
    let below = path.certs[1..at].iter().filter(|facts| !facts.is_self_issued()).count();
    if let Some(most) = facts.path_length
        && below > most as usize
    {
        let most = if most == 0 { "no issuers".to_owned() } else { count(most as usize, "issuer") };
        let are = if below == 1 { "is" } else { "are" };
        let what = format!("“{name}” allows {most} below it (its path length), and there {are} {below}.");
        found.wrong(at, what, ask);
    }
}

/// Whether a path length is exceeded only by counting issuers that renewed their key.
pub fn counts_renewed(path: &Path) -> bool {
    let exceeds =
        |(at, facts): (usize, &&Facts)| facts.path_length.is_some_and(|most| at.saturating_sub(1) > most as usize);
    path.certs.iter().enumerate().any(exceeds)
}

/// Each certificate of a path with its issuer, the hub's first.
fn pairs<'a>(path: &Path<'a>) -> Vec<(&'a Facts, &'a Facts)> {
    let whole = path.whole();
    whole.iter().copied().zip(whole.iter().copied().skip(1)).collect()
}

/// Whether each issuer is named as it names itself, byte for byte.
pub fn same_names(path: &Path, found: &mut Findings) {
    for (at, (facts, issuer)) in pairs(path).into_iter().enumerate() {
        if facts.issuer_der != issuer.subject_der {
            let what = format!(
                "The certificate of {} writes the name of its issuer, “{}”, in another way than the issuer's own certificate (as another kind of text, or in other letters): Firefox and others compare them byte for byte, and refuse it.",
                facts.subject, issuer.subject
            );
            found.wrong(at, what, "Ask whoever signed it for one that names the issuer as its own certificate does.");
        }
    }
}

/// Whether each issuer is the one that the certificate names by key or number (RFC 5280, 4.2.1.1).
pub fn same_keys(path: &Path, found: &mut Findings) {
    let mut pairs = pairs(path);
    let whole = path.whole();
    let root = whole.last().copied().filter(|_| path.is_root(whole.len() - 1));
    for (at, (facts, issuer)) in pairs.iter().enumerate() {
        // It looks among the roots first, by name; a root without an identifier could be the one that is meant.
        let is_taken_for_it = |root: &Facts| {
            facts.issuer_normal == root.subject_normal
                && issuer.public != root.public
                && !facts.names_another(root)
                && !is_of_another_kind(facts, root)
        };
        if root.is_some_and(is_taken_for_it) && (!issuer.is_self_issued() || issuer.names_another(issuer)) {
            let what = format!(
                "The issuer of {} has the name of its own root, “{}”, and nothing says which of the two is meant: OpenSSL takes the root for it and refuses the certificate, and with it curl, Python and git.",
                facts.subject, issuer.subject
            );
            found.wrong(at, what, "Ask whoever signed it for one by an issuer that has a name of its own.");
        }
    }
    // A root is its own issuer.
    if let Some((_, root)) = pairs.last().copied().filter(|(_, root)| root.is_self_issued()) {
        pairs.push((root, root));
    }
    for (at, (facts, issuer)) in pairs.into_iter().enumerate() {
        if facts.is_self_issued() && facts.public != issuer.public && !facts.names_another(facts) {
            let whose = if at == 0 {
                "The hub's certificate".to_owned()
            } else {
                format!("The certificate of the issuer “{}”", facts.subject)
            };
            let what = format!(
                "{whose} has the name of its own issuer, and does not say by which key that one signed it (authority key identifier): OpenSSL takes it for a root and refuses it, and with it curl, Python and git."
            );
            found.wrong(
                at,
                what,
                "Ask whoever signed it for one that names the key of its issuer, or an issuer with a name of its own.",
            );
        }
        if facts.names_another(issuer) {
            let what = format!(
                "The certificate of {} names another certificate of its issuer (authority key identifier) than this one of “{}”: OpenSSL refuses it, and with it curl, Python and git.",
                facts.subject, issuer.subject
            );
            let fix = "Ask whoever signed it for the issuer's certificate that it names; where there is none, for one that names it rightly.";
            found.wrong(at, what, fix);
        }
    }
}

/// Whether policies are named where an issuer wants them, and all of the path agree on one (RFC 5280, 6.1).
pub fn policies(path: &Path, found: &mut Findings) {
    let below_top = path.certs.len() - usize::from(matches!(path.top, Top::OwnRoot));
    let certs = &path.certs[..below_top];
    let Some(asker) = lacks_policy(certs) else { return };
    let asker = &certs[asker].subject;
    let fix = "Ask whoever signed it for one that names its policy.";
    if let Some((at, without)) = certs.iter().enumerate().find(|(_, facts)| facts.policies.is_empty()) {
        let what = format!(
            "“{asker}” wants policies to be named (its policy constraints), and the certificate of {} names none: Chrome and Safari refuse it.",
            without.subject
        );
        return found.wrong(at, what, fix);
    }
    let what = format!(
        "“{asker}” wants policies to be named (its policy constraints), and the certificates of the chain name different ones: Chrome and Safari refuse it."
    );
    found.wrong(0, what, fix);
}

/// The place of the certificate that wants policies, where they do not agree on one; the hub's certificate comes first.
fn lacks_policy(certs: &[&Facts]) -> Option<usize> {
    const ANY: &str = "2.5.29.32.0";
    // What the certificates above allow, each as the one below has to name it.
    let mut allowed: BTreeSet<&str> = BTreeSet::from([ANY]);
    // After how many certificates a policy must be there, may no longer be mapped, and `any` no longer stands for all.
    let (mut explicit, mut mapping, mut any) = (None, None, None);
    let mut asker = 0;
    let lower = |count: &mut Option<u32>, to: Option<u32>| match (&count, to) {
        (Some(now), Some(to)) if *now <= to => false,
        (_, Some(to)) => {
            *count = Some(to);
            true
        }
        _ => false,
    };
    for (at, facts) in certs.iter().enumerate().rev() {
        let is_counted = at == 0 || !facts.is_self_issued();
        let takes_any = any != Some(0) || (at > 0 && facts.is_self_issued());
        let named: Vec<&str> = facts.policies.iter().map(String::as_str).collect();
        let fits = |policy: &&str| *policy != ANY && (allowed.contains(ANY) || allowed.contains(policy));
        let mut valid: BTreeSet<&str> = named.iter().copied().filter(fits).collect();
        if named.contains(&ANY) && takes_any {
            valid.extend(allowed.iter());
        }
        if at > 0 {
            for (issuers, _) in &facts.maps_policies {
                let is_valid = valid.contains(issuers.as_str()) || valid.contains(ANY);
                if valid.remove(issuers.as_str()) || is_valid {
                    let same = facts.maps_policies.iter().filter(|(from, _)| from == issuers && mapping != Some(0));
                    valid.extend(same.map(|(_, to)| to.as_str()));
                }
            }
        }
        if explicit == Some(0) && valid.is_empty() {
            return Some(asker);
        }
        allowed = valid;
        if is_counted {
            [&mut explicit, &mut mapping, &mut any]
                .into_iter()
                .for_each(|count| *count = count.map(|n: u32| n.saturating_sub(1)));
        }
        // Of the hub's own only one that wants a policy at once counts.
        if lower(&mut explicit, facts.requires_policy.filter(|free| at > 0 || *free == 0)) {
            asker = at;
        }
        lower(&mut mapping, facts.stops_mapping);
        lower(&mut any, facts.stops_any);
    }
    (explicit == Some(0) && allowed.is_empty()).then_some(asker)
}

/// Whether each issuer has the internet addresses and AS numbers that are named below it.
pub fn resources(path: &Path, found: &mut Findings) {
    let whole = path.whole();
    for (kind, named) in &whole[0].resources {
        let mut named = named.clone();
        let mut by = whole[0];
        for (at, facts) in whole.iter().enumerate().skip(1) {
            let has = facts.resources.iter().find(|(other, _)| other == kind).map(|(_, ranges)| ranges);
            let is_top = at + 1 == whole.len() && !matches!(path.top, Top::Missing);
            let is_within = match (&named, has) {
                (Some(below), Some(Some(above))) => below.iter().all(|one| above.iter().any(|of| holds(of, one))),
                // A root has nobody to take them from.
                (_, Some(None)) => !is_top,
                (named, has) => named.is_none() || has.is_some(),
            };
            if !is_within {
                return lacking(at, by, facts, found);
            }
            if let Some(Some(above)) = has {
                (named, by) = (Some(above.clone()), facts);
            }
        }
    }
}

fn lacking(at: usize, by: &Facts, issuer: &Facts, found: &mut Findings) {
    let what = format!(
        "The certificate of {} names internet addresses or AS numbers (RFC 3779) that its issuer “{}” does not have: OpenSSL refuses it, and with it curl, Python and git.",
        by.subject, issuer.subject
    );
    found.wrong(at, what, "Have one made without them: a hub needs none.");
}
