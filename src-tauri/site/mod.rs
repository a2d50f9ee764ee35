//! Site profiles: every constant of an institution that the guide writes into its text, in a file instead of in code.
//! A profile holds no secret and decides nothing; steps read it for defaults and names.

mod guide;
mod prices;

pub use guide::{Guide, Passage};
pub use prices::{Part, Prices};

use crate::engine::files::ChosenError;
use crate::engine::words::{clean, is_unseen};
use crate::engine::{Problem, Problems, files, toml_lines};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An institution's constants. An unknown key is refused, so that a typing error is not silently ignored. What is not there
/// is empty while it is read: `missing` says which keys must be there, all at once.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Site {
    /// As shown: the institution's name.
    pub name: String,
    /// The DNS zone hubs are put under.
    pub zone: String,
    pub region: String,
    /// The account deployments are made in, twelve digits; empty where there are several.
    pub account: String,
    /// The account the DNS zone is in, as people there call it.
    pub dns_account: String,
    pub ci_node: CiNode,
    /// Where people sign in.
    pub sign_in: Option<SignIn>,
    /// Whom to ask for what: `certificate`, `requirements`, `mast`.
    pub contacts: BTreeMap<String, String>,
    /// Secrets of the hub besides those every hub has.
    pub secrets: Vec<SiteSecret>,
    /// What it has written down on how a hub is set up by hand.
    pub guide: Option<Guide>,
    /// What the whole hub is reckoned with.
    pub prices: Option<Prices>,
}

/// The OAuth service that knows the hub's users.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
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
    pub secret_in_token_url: bool,
}

impl SignIn {
    fn addresses(&self) -> [(&'static str, &str); 4] {
        [
            ("authorize_url", &self.authorize_url),
            ("token_url", &self.token_url),
            ("userdata_url", &self.userdata_url),
            ("register_url", &self.register_url),
        ]
    }
}

/// A further secret value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SiteSecret {
    /// Of its field: lower-case letters, digits, underscores.
    pub name: String,
    pub label: String,
    pub help: String,
    /// Keys from the top, such as `["jupyterhub", "hub", "extraEnv", "TOKEN"]`.
    pub path: Vec<String>,
}

/// What the institution prescribes for the machine deployments are made from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CiNode {
    pub image: String,
    pub security_group: String,
}

/// The profiles that ship with Hubwright: the word for the answers file, and the profile.
pub const BUILT_IN: &[(&str, &str)] = &[("stsci", include_str!("stsci.toml"))];

/// The most bytes a profile has.
const MOST_BYTES: u64 = 1 << 20;

impl Site {
    /// The built-in profile of this word, or the profile in the file at this path; else the first thing that is wrong with it.
    pub fn load(word: &str) -> Result<Site, Problem> {
        Self::read(word).map_err(|mut problems| problems.0.remove(0))
    }

    /// As `load`, with everything that is wrong.
    pub fn read(word: &str) -> Result<Site, Problems> {
        let shown = clean(word);
        let text = match BUILT_IN.iter().find(|(id, _)| *id == word) {
            Some((_, text)) => (*text).to_owned(),
            None => {
                files::read_chosen_text(&files::from_home(word), MOST_BYTES).map_err(|error| unread(&shown, error))?
            }
        };
        let (site, faults) = toml_lines::read::<Site>(&text);
        let mut problems = Problems::default();
        for fault in &faults {
            // The parser says what it met, and what it would have taken.
            let (met, taken) = fault.message.split_once(", expected ").unwrap_or((&fault.message, ""));
            let fix = match taken {
                "" | "key" => "Mend that line: `key = value`, where text values stand in quotes.".to_owned(),
                taken => format!("Write {} in its place.", taken.replace("a sequence", "a list")),
            };
            let what = format!("Line {} of the site profile `{shown}` is not right: {}.", fault.line, clean(met));
            problems.add(Problem::new(what, fix));
        }
        let site = site.unwrap_or_default();
        // What stands on a line that cannot be read is not missing.
        let is_told = |key: &str| faults.iter().any(|fault| fault.key == key);
        // Where no line of it is one of a profile, nothing is missing from it.
        let is_empty = site.name.is_empty() && site.zone.is_empty() && site.region.is_empty();
        let is_key = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
        let is_none = is_empty && !faults.is_empty() && !faults.iter().any(|fault| is_key(&fault.key));
        for (table, key) in site.missing().into_iter().filter(|(_, key)| !is_told(key) && !is_none) {
            let what = format!("The site profile `{shown}` has no value for `{key}`{table}.");
            problems.add(Problem::new(what, format!("Give it a value: `{key} = …`")));
        }
        if !(site.account.is_empty() || site.account.len() == 12 && site.account.bytes().all(|b| b.is_ascii_digit())) {
            let what = format!(
                "`account` of the site profile `{shown}` is `{}`, which is no account id.",
                clean(&site.account)
            );
            problems.add(Problem::new(what, "Write its twelve digits, or leave it out where there are several."));
        }
        for (key, address) in site.sign_in.iter().flat_map(SignIn::addresses) {
            // Neither the client secret nor people's sign-ins may go there.
            if !address.is_empty() && !is_safe(address) {
                let what = format!(
                    "`{key}` of the site profile `{shown}` is `{}`, which is no address of https.",
                    clean(address)
                );
                let fix = format!("Ask the institution for its https address and write that: `{key} = \"https://…\"`");
                problems.add(Problem::new(what, fix));
            }
        }
        for (key, contact) in &site.contacts {
            // It begins the text of a mail.
            if contact.contains(|c: char| c.is_control() || is_unseen(c)) {
                let what = format!(
                    "The contact `{}` of the site profile `{shown}` is more than one line of text.",
                    clean(key)
                );
                problems
                    .add(Problem::new(what, "Write who is asked in one line, without letters that cannot be seen."));
            }
        }
        problems.or(|| site)
    }

    /// The keys that must be there and are not, each with its table as the end of a sentence.
    fn missing(&self) -> Vec<(&'static str, &'static str)> {
        let mut all = vec![
            ("", "name", self.name.is_empty()),
            ("", "zone", self.zone.is_empty()),
            ("", "region", self.region.is_empty()),
        ];
        if let Some(sign_in) = &self.sign_in {
            let table = " in `[sign_in]`";
            all.push((table, "service", sign_in.service.is_empty()));
            all.push((table, "scopes", sign_in.scopes.is_empty()));
            all.extend(sign_in.addresses().map(|(key, address)| (table, key, address.is_empty())));
        }
        if let Some(guide) = &self.guide {
            all.push((" in `[guide]`", "title", guide.title.is_empty()));
            all.push((" in `[guide]`", "file", guide.file.is_empty()));
        }
        for secret in &self.secrets {
            let table = " in every `[[secrets]]`";
            all.push((table, "name", secret.name.is_empty()));
            all.push((table, "label", secret.label.is_empty()));
            all.push((table, "path", secret.path.is_empty()));
        }
        all.into_iter().filter(|(.., is_missing)| *is_missing).map(|(table, key, _)| (table, key)).collect()
    }

    /// All built-in profiles.
    pub fn built_in() -> impl Iterator<Item = Site> {
        BUILT_IN.iter().filter_map(|(id, _)| Site::load(id).ok())
    }
}

/// A profile that cannot be read at all.
fn unread(shown: &str, error: ChosenError) -> Problem {
    let what = match &error {
        ChosenError::File(_) => format!("The site profile `{shown}` cannot be read."),
        other => format!("The site profile `{shown}` cannot be read: {other}."),
    };
    if matches!(error, ChosenError::File(_)) && error.is_missing() {
        let built_in: Vec<_> = BUILT_IN.iter().map(|(id, _)| format!("`{id}`")).collect();
        let fix = format!(
            "Name a file that is there; or leave this out and choose a built-in profile, `site = …`: {}.",
            built_in.join(", ")
        );
        return Problem::new(what, fix).because(&error);
    }
    let problem = Problem::from(error);
    Problem { what, ..problem }
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
        assert!(problem.what.contains("Line 4") && problem.what.contains("zoen"), "{problem:?}");
    }

    #[test]
    fn a_contact_is_one_line_since_it_begins_a_mail() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("site.toml");
        let refused = |contact: &str| {
            let contacts = format!("[contacts]\ncertificate = \"{contact}\"\n");
            let example = BUILT_IN[0].1.split("[contacts]").next().unwrap();
            files::write(&path, format!("{example}{contacts}")).unwrap();
            Site::load(path.to_str().unwrap()).err().map(|problem| problem.what)
        };
        assert_eq!(refused("IT desk <it@example.org>"), None);
        for hostile in ["it@example.org\\nSubject: other", "it\\u001b[31m", "it\\u202e"] {
            assert!(refused(hostile).is_some_and(|what| what.contains("`certificate`")), "{hostile}");
        }
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
