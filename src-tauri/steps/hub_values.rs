//! The hub's secret values under the keys its chart reads, in both layouts: the guide's (z2jh 0.9,
//! `doc/example-staging.yaml` of jupyterhub-deploy 4b57684) and the current one (z2jh 4, whose schema refuses the former).
//! hubploy's chart wraps z2jh, so every key stands below `jupyterhub`.

use crate::engine::Problem;
use crate::site::SignIn;
use crate::tools::sops::{Map, Value};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeSet;
use std::sync::Mutex;
use zeroize::Zeroizing;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    Guide,
    Current,
}

impl Layout {
    pub fn other(self) -> Layout {
        if self == Layout::Guide { Layout::Current } else { Layout::Guide }
    }
}

/// Where the proxy token stands, in both layouts.
pub const TOKEN: &[&str] = &["jupyterhub", "proxy", "secretToken"];

/// What the values are made of.
pub struct Sources {
    pub token: Zeroizing<String>,
    /// PEM.
    pub key: Zeroizing<String>,
    /// PEM, public.
    pub chain: String,
    pub client_id: String,
    pub client_secret: Zeroizing<String>,
    pub sign_in: SignIn,
    /// A site's own, by path.
    pub more: Vec<(Vec<String>, Zeroizing<String>)>,
}

impl Sources {
    /// All values, in the order of the guide's example.
    pub fn values(&self, layout: Layout) -> Map {
        let mut map = Map::default();
        let mut set = |path: &[&str], text: &str| map.set(path, Value::text(text));
        let token_url = self.token_url();
        match layout {
            Layout::Guide => {
                set(&["jupyterhub", "hub", "extraEnv", "OAUTH2_TOKEN_URL"], &token_url);
                set(&["jupyterhub", "auth", "custom", "config", "client_id"], &self.client_id);
                set(&["jupyterhub", "auth", "custom", "config", "client_secret"], &self.client_secret);
            }
            Layout::Current => {
                let config = ["jupyterhub", "hub", "config", "GenericOAuthenticator"];
                set(&[&config[..], &["client_id"]].concat(), &self.client_id);
                set(&[&config[..], &["client_secret"]].concat(), &self.client_secret);
                set(&[&config[..], &["token_url"]].concat(), &token_url);
            }
        }
        set(TOKEN, &self.token);
        set(&["jupyterhub", "proxy", "https", "manual", "key"], &self.key);
        set(&["jupyterhub", "proxy", "https", "manual", "cert"], &self.chain);
        for (path, text) in &self.more {
            set(&path.iter().map(String::as_str).collect::<Vec<_>>(), text);
        }
        map
    }

    /// The token address, with the secret as a parameter where the service wants it so.
    fn token_url(&self) -> Zeroizing<String> {
        let url = &self.sign_in.token_url;
        if !self.sign_in.secret_in_token_url {
            return Zeroizing::new(url.clone());
        }
        Zeroizing::new(format!("{url}?client_secret={}", utf8_percent_encode(&self.client_secret, PARAMETER)))
    }
}

/// What stays as it is in a query parameter (RFC 3986, unreserved).
const PARAMETER: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// 32 random bytes as hex, as `openssl rand -hex 32` gives.
pub fn new_token() -> Result<Zeroizing<String>, Problem> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    aws_lc_rs::rand::fill(bytes.as_mut())
        .map_err(|_| Problem::new("This computer gives no random numbers.", "Restart it, then run this page again."))?;
    Ok(Zeroizing::new(hex::encode(*bytes)))
}

/// A word of a site profile as a field's name, kept once for the program's life.
pub fn intern(word: &str) -> &'static str {
    static WORDS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut words = crate::engine::context::lock(&WORDS);
    if let Some(known) = words.get(word) {
        return known;
    }
    let leaked: &'static str = Box::leak(word.to_owned().into_boxed_str());
    words.insert(leaked);
    leaked
}
