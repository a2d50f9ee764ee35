//! CodeCommit's password for git over HTTPS: a signature of the repository's path, good for fifteen minutes.
//! The algorithm is that of `aws codecommit credential-helper` (botocore); `tests/git.rs` holds the two together.
//! aws-sigv4 signs. The text that is signed is put together here: aws-sigv4's requests always carry a hash of the payload,
//! and git's carry none.

use aws_credential_types::Credentials;
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::SystemTime;
use zeroize::Zeroizing;

/// The user name: the key id, and after a percent sign the session token.
pub fn user_name(keys: &Credentials) -> Zeroizing<String> {
    let token = keys.session_token().map_or(String::new(), |token| format!("%{token}"));
    Zeroizing::new(format!("{}{token}", keys.access_key_id()))
}

/// The password for `path` on `host` (its port left out) in `region`.
pub fn password(keys: &Credentials, region: &str, host: &str, path: &str, now: SystemTime) -> Zeroizing<String> {
    let host = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(host, _)| host);
    let stamp = jiff::Timestamp::try_from(now).unwrap_or_default().strftime("%Y%m%dT%H%M%S").to_string();
    let canonical = format!("GIT\n{path}\n\nhost:{host}\n\nhost\n");
    let scope = format!("{}/{region}/codecommit/aws4_request", &stamp[..8]);
    let signed = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hex::encode(Sha256::digest(canonical)));
    let key = generate_signing_key(keys.secret_access_key(), now, region, "codecommit");
    Zeroizing::new(format!("{stamp}Z{}", calculate_signature(key, signed.as_bytes())))
}

/// Whether `host` (with its port, where it has one) is CodeCommit's in `region`, or what stands for AWS at `endpoint`.
/// A password is for nobody else: the session token in the user name would go to whoever a repository's address names.
pub fn is_codecommit(host: &str, region: &str, endpoint: Option<&str>) -> bool {
    match endpoint {
        Some(endpoint) => endpoint.split_once("//").is_some_and(|(_, at)| at.trim_end_matches('/') == host),
        None => ["amazonaws.com", "amazonaws.com.cn"].iter().any(|of| {
            host == format!("git-codecommit.{region}.{of}") || host == format!("git-codecommit-fips.{region}.{of}")
        }),
    }
}

/// A question of git's that names no repository.
#[derive(Debug, thiserror::Error)]
#[error("git did not say which repository it needs a password for")]
pub struct NoRepository;

/// What git asks a helper: `key=value` lines (gitcredentials(7)). The path comes without its first slash.
pub fn asked(text: &str) -> Result<(String, String), NoRepository> {
    let fields: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
    match (fields.get("host"), fields.get("path")) {
        (Some(host), Some(path)) => Ok(((*host).to_owned(), format!("/{}", path.trim_start_matches('/')))),
        _ => Err(NoRepository),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_regions_codecommit_or_what_stands_for_it_gets_a_password() {
        let real = |host| is_codecommit(host, "us-east-1", None);
        assert!(real("git-codecommit.us-east-1.amazonaws.com"));
        for host in [
            "evil.example",
            "git-codecommit.us-east-1.amazonaws.com.evil.example",
            "git-codecommit.us-west-2.amazonaws.com",
            "git-codecommit.us-east-1.amazonaws.com:8443",
            "127.0.0.1:4566",
            "",
        ] {
            assert!(!real(host), "{host}");
        }
        let practice = |host| is_codecommit(host, "us-east-1", Some("http://127.0.0.1:4566"));
        assert!(practice("127.0.0.1:4566"));
        for host in ["127.0.0.1:4567", "127.0.0.1", "git-codecommit.us-east-1.amazonaws.com"] {
            assert!(!practice(host), "{host}");
        }
    }
}
