//! CodeCommit's password for git over HTTPS: a signature of the repository's path, good for fifteen minutes.
//! The algorithm is that of `aws codecommit credential-helper` (botocore); `tests/git.rs` holds the two together.

use crate::engine::Problem;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// What signs: an access key, with its session token where it is temporary.
pub struct Signer {
    pub access_key_id: String,
    pub secret: Zeroizing<String>,
    pub token: Option<Zeroizing<String>>,
}

impl Signer {
    /// From what `credential_process` prints.
    pub fn of(json: &serde_json::Value) -> Option<Signer> {
        let text = |key: &str| json[key].as_str().map(|text| Zeroizing::new(text.to_owned()));
        Some(Signer {
            access_key_id: json["AccessKeyId"].as_str()?.to_owned(),
            secret: text("SecretAccessKey")?,
            token: text("SessionToken"),
        })
    }

    /// The user name: the key id, and after a percent sign the session token.
    pub fn user_name(&self) -> Zeroizing<String> {
        let token = self.token.as_ref().map_or(String::new(), |token| format!("%{}", token.as_str()));
        Zeroizing::new(format!("{}{token}", self.access_key_id))
    }

    /// The password for `path` on `host` (its port left out) in `region`.
    pub fn password(&self, region: &str, host: &str, path: &str, now: Timestamp) -> Zeroizing<String> {
        let host = host
            .rsplit_once(':')
            .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
            .map_or(host, |(host, _)| host);
        let stamp = now.strftime("%Y%m%dT%H%M%S").to_string();
        let day = &stamp[..8];
        let canonical = format!("GIT\n{path}\n\nhost:{host}\n\nhost\n");
        let scope = format!("{day}/{region}/codecommit/aws4_request");
        let signed = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let mut key = Zeroizing::new(format!("AWS4{}", self.secret.as_str()).into_bytes());
        for part in [day, region, "codecommit", "aws4_request", &signed] {
            key = Zeroizing::new(sign(&key, part));
        }
        Zeroizing::new(format!("{stamp}Z{}", hex(&key)))
    }
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What git asks a helper: `key=value` lines (gitcredentials(7)). The path comes without its first slash.
pub fn asked(text: &str) -> Result<(String, String), Problem> {
    let fields: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
    match (fields.get("host"), fields.get("path")) {
        (Some(host), Some(path)) => Ok(((*host).to_owned(), format!("/{}", path.trim_start_matches('/')))),
        _ => Err(Problem::new(
            "git did not say which repository it needs a password for.",
            "Set `credential.UseHttpPath` to true for this repository.",
        )),
    }
}
