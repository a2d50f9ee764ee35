//! What is wrong between the certificates of a way: whether each issuer may issue, is the one that is named, and agrees
//! with the others on policies. What is wrong with one certificate is `explain`'s.

use super::facts::Facts;
use super::judge::Findings;
use super::paths::{Path, Top};
use super::words::count;

/// Whether an issuer may issue.
pub fn issuer(at: usize, facts: &Facts, path: &Path, found: &mut Findings) {
    let name = &facts.subject;
    let is_root = at + 1 == path.certs.len() && matches!(path.top, Top::OwnRoot);
    let ask =
        "Ask whoever signed it for a certificate by an issuer that may sign, or for the right issuer's certificate.";
    if !facts.is_ca && (facts.version == 3 || !is_root) {
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
    let mut issuers: Vec<&Facts> = path.certs[1..].to_vec();
    if let Top::Known(root) = path.top {
        issuers.push(root);
    }
    path.certs.iter().copied().zip(issuers).collect()
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
    for (at, (facts, issuer)) in pairs(path).into_iter().enumerate() {
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

/// Whether policies are named where an issuer wants them, and all of the path agree on one (RFC 5280, 6.1). Where an
/// issuer says that others' policies are its own, any is taken.
pub fn policies(path: &Path, found: &mut Findings) {
    const ANY: &str = "2.5.29.32.0";
    let below_top = path.certs.len() - usize::from(matches!(path.top, Top::OwnRoot));
    let certs = &path.certs[..below_top];
    let Some(asks) =
        certs.iter().enumerate().find(|(at, facts)| facts.requires_policy.is_some_and(|free| free as usize <= *at))
    else {
        return;
    };
    let asker = &asks.1.subject;
    let fix = "Ask whoever signed it for one that names its policy.";
    if let Some((at, without)) = certs.iter().enumerate().find(|(_, facts)| facts.policies.is_empty()) {
        let what = format!(
            "“{asker}” wants policies to be named (its policy constraints), and the certificate of {} names none: Chrome and Safari refuse it.",
            without.subject
        );
        return found.wrong(at, what, fix);
    }
    if certs.iter().any(|facts| facts.maps_policies) {
        return;
    }
    let strict: Vec<&&Facts> =
        certs.iter().filter(|facts| !facts.policies.iter().any(|policy| policy == ANY)).collect();
    let agree = |policy: &&String| strict.iter().all(|facts| facts.policies.contains(policy));
    if strict.first().is_some_and(|first| !first.policies.iter().any(|policy| agree(&policy))) {
        let what = format!(
            "“{asker}” wants policies to be named (its policy constraints), and the certificates of the chain name different ones: Chrome and Safari refuse it."
        );
        found.wrong(asks.0, what, fix);
    }
}
