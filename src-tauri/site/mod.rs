//! Site profiles: every constant of an institution that the guide writes into its text, in a file instead of in code.
//! A profile holds no secret and decides nothing; steps read it for defaults and names.

use crate::engine::words::clean;
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
                let fix = format!("Use {} or the path of a profile file that exists.", built_in.join(", "));
                let what = format!("The site profile `{}` cannot be read: {error}.", clean(word));
                Problem::new(what, fix).because(&error)
            })?,
        };
        toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let why = clean(error.message().lines().next().unwrap_or_default());
            let what = format!("Line {line} of the site profile `{}` is not right: {why}.", clean(word));
            Problem::new(what, "Mend that line; `stsci.toml` is an example.").because(&error)
        })
    }

    /// All built-in profiles.
    pub fn built_in() -> impl Iterator<Item = Site> {
        BUILT_IN.iter().filter_map(|(id, _)| Site::load(id).ok())
    }
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
}
