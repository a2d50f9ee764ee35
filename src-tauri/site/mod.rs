//! Site profiles: every constant of an institution that the guide writes into its text, in a file instead of in code.
//! A profile holds no secret and decides nothing; steps read it for defaults and names.

use crate::engine::words::{clean, is_unseen};
use crate::engine::{Problem, files};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An institution's constants. An unknown key is refused, so that a typing error is not silently ignored.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// As shown: the institution's name.
    pub name: String,
    /// The DNS zone hubs are put under.
    pub zone: String,
    pub region: String,
    /// The account deployments are made in, twelve digits; empty where there are several.
    #[serde(default)]
    pub account: String,
    /// The account the DNS zone is in, as people there call it.
    #[serde(default)]
    pub dns_account: String,
    #[serde(default)]
    pub ci_node: CiNode,
    /// Where people sign in.
    #[serde(default)]
    pub sign_in: Option<SignIn>,
    /// Whom to ask for what: `certificate`, `requirements`, `mast`.
    #[serde(default)]
    pub contacts: BTreeMap<String, String>,
    /// Secrets of the hub besides those every hub has.
    #[serde(default)]
    pub secrets: Vec<SiteSecret>,
}

/// The OAuth service that knows the hub's users.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// As people call it.
    pub service: String,
    pub authorize_url: String,
    pub token_url: String,
    pub userdata_url: String,
    /// How a client is registered.
    pub register_url: String,
    pub scopes: Vec<String>,
    /// The token address wants the client secret as a parameter too.
    #[serde(default)]
    pub secret_in_token_url: bool,
}

impl SignIn {
    /// An address that neither the client secret nor people's sign-ins may go to, with its key.
    fn unsafe_address(&self) -> Option<(&'static str, &str)> {
        let all = [
            ("authorize_url", &self.authorize_url),
            ("token_url", &self.token_url),
            ("userdata_url", &self.userdata_url),
            ("register_url", &self.register_url),
        ];
        all.into_iter().find(|(_, address)| !is_safe(address)).map(|(key, address)| (key, address.as_str()))
    }
}

/// A further secret value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteSecret {
    /// Of its field: lower-case letters, digits, underscores.
    pub name: String,
    pub label: String,
    #[serde(default)]
    pub help: String,
    /// Keys from the top, such as `["jupyterhub", "hub", "extraEnv", "TOKEN"]`.
    pub path: Vec<String>,
}

/// What the institution prescribes for the machine deployments are made from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CiNode {
    #[serde(default)]
    pub image: String,
    #[serde(default)]
    pub security_group: String,
}

/// The profiles that ship with Hubwright: the word for the answers file, and the profile.
pub const BUILT_IN: &[(&str, &str)] = &[("stsci", include_str!("stsci.toml"))];

/// The most bytes a profile has.
const MOST_BYTES: u64 = 1 << 20;

impl Site {
    /// The built-in profile of this word, or the profile in the file at this path.
    pub fn load(word: &str) -> Result<Site, Problem> {
        let text = match BUILT_IN.iter().find(|(id, _)| *id == word) {
            Some((_, text)) => (*text).to_owned(),
            None => files::read_chosen_text(&files::from_home(word), MOST_BYTES).map_err(|error| {
                let built_in: Vec<_> = BUILT_IN.iter().map(|(id, _)| format!("`{id}`")).collect();
                let fix = error.keep_others_out().unwrap_or_else(|| {
                    format!("Use {} or the path of a profile file that exists.", built_in.join(", "))
                });
                let what = format!("The site profile `{}` cannot be read: {error}.", clean(word));
                Problem::new(what, fix).because(&error)
            })?,
        };
        let site: Site = toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let why = clean(error.message().lines().next().unwrap_or_default());
            let what = format!("Line {line} of the site profile `{}` is not right: {why}.", clean(word));
            Problem::new(what, "Mend that line; `stsci.toml` is an example.").because(&error)
        })?;
        if let Some((key, address)) = site.sign_in.as_ref().and_then(SignIn::unsafe_address) {
            let what = format!(
                "`{key}` of the site profile `{}` is `{}`, which is no address of https.",
                clean(word),
                clean(address)
            );
            let fix = format!("Ask the institution for its https address and write that: `{key} = \"https://…\"`");
            return Err(Problem::new(what, fix));
        }
        Ok(site)
    }

    /// All built-in profiles.
    pub fn built_in() -> impl Iterator<Item = Site> {
        BUILT_IN.iter().filter_map(|(id, _)| Site::load(id).ok())
    }
}

/// Whether the client secret and the sign-ins of people may go there: by https, or to this computer itself.
fn is_safe(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_plain = !host.is_empty()
        && !host.contains('@')
        && !address.contains(|c: char| c.is_whitespace() || is_unseen(c) || c == '\\');
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let here = ["localhost", "127.0.0.1", "[::1]"].contains(&name);
    is_plain && (scheme.eq_ignore_ascii_case("https") || (scheme.eq_ignore_ascii_case("http") && here))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_loads() {
        assert_eq!(Site::built_in().count(), BUILT_IN.len());
    }

    #[test]
    fn a_profile_with_a_mistyped_key_is_refused_with_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("site.toml");
        files::write(&path, "name = \"X\"\nzone = \"x.org\"\nregion = \"us-east-1\"\nzoen = \"y\"\n").unwrap();
        let problem = Site::load(path.to_str().unwrap()).unwrap_err();
        assert!(problem.detail.join(" ").contains("zoen"), "{problem:?}");
    }

    #[test]
    fn an_address_of_sign_in_is_of_https_or_of_this_computer() {
        let good = [
            "https://auth.example.org/token",
            "https://h:8443",
            "http://127.0.0.1:1/",
            "http://localhost/x",
            "http://[::1]:80/",
        ];
        let bad = [
            "http://evil.example/token",
            "javascript:alert(1)",
            "",
            "auth.example.org",
            "ftp://x.org",
            "https://",
            "http://localhost.evil.example/",
            "http://localhost@evil.example/",
            "http://127.0.0.1:80@evil.example/",
            "http://localhost\\@evil.example",
            "https://a b",
            "https://x\u{202e}",
            "http://[::1].evil.example/",
        ];
        for (addresses, is) in [(&good[..], true), (&bad[..], false)] {
            for address in addresses {
                assert_eq!(is_safe(address), is, "{address:?}");
            }
        }
        let example = BUILT_IN[0].1;
        let safe = example.lines().find(|line| line.starts_with("token_url")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("site.toml");
        files::write(&path, example.replace(safe, "token_url = \"http://evil.example/token\"")).unwrap();
        let problem = Site::load(path.to_str().unwrap()).unwrap_err();
        assert!(problem.what.contains("`token_url`") && problem.what.contains("no address of https"), "{problem:?}");
        assert!(problem.fix.starts_with("Ask the institution"), "{problem:?}");
    }
}
