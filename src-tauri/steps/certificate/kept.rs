//! The keys that the page keeps: the one in use, and the one that a certificate was asked for on. They are in the
//! keychain; of the second its request is kept as a file too.

use super::{Certificate, Input, Output};
use crate::engine::journal::Effect;
use crate::engine::{Cx, Problem, Secret, Values, files};
use crate::steps::certificate::verdict::Verdict;
use crate::steps::deployment::Deployment;
use crate::steps::hub_secrets::HubSecrets;
use crate::tools::certificate::facts::Facts;
use crate::tools::certificate::{Found, Key, make, read};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The keys this page keeps.
pub struct Kept {
    /// The one of the certificate that was taken in.
    pub in_use: Option<Key>,
    /// The one made here, on which a certificate was asked for. It exists nowhere else.
    pub request: Option<Key>,
    /// The key of the request stands in the place of the one in use only.
    pub is_request_in_use: bool,
    /// A person said that the key of the request may go, and a certificate on it was chosen that is not taken in yet: it stays.
    pub is_spared: bool,
}

impl Kept {
    /// `found`: what the chosen files hold.
    pub async fn read(cx: &Cx, input: &Input, found: &Found) -> Result<Kept, Problem> {
        let in_use = key_of(cx).await?;
        let mut request = kept_as(cx, REQUEST).await?;
        let mut is_request_in_use = false;
        if request.is_none() && in_use.is_some() {
            // A key that no certificate was taken in for waits for one.
            let chain = cx.output::<Certificate>().map(|output| output.chain);
            let taken = chain.map(|chain| read(&[("chain".into(), chain.into_bytes())], None).0.certificates);
            let leaf = taken.and_then(|taken| Facts::of(taken.first()?));
            let waits = leaf.is_none_or(|leaf| in_use.as_ref().is_some_and(|key| !leaf.has_key(key)));
            // The key of files that were taken in is in their place too, and no request was made for it.
            if waits || input.make.is_some() && has_request(cx) {
                request = key_of(cx).await?;
                is_request_in_use = true;
            }
        }
        in_use.iter().chain(&request).for_each(|key| hide(cx, key));
        let is_spared = input.forget_request && request.as_ref().is_some_and(|key| has_come(cx, key, found));
        // Another is made in its place.
        if input.forget_request && input.make.is_some() && !is_spared {
            (request, is_request_in_use) = (None, false);
        }
        Ok(Kept { in_use, request, is_request_in_use, is_spared })
    }

    /// Where this key is, in words.
    pub fn place(&self, cx: &Cx, key: &Key) -> &'static str {
        let is = |kept: &Option<Key>| kept.as_ref().is_some_and(|kept| kept.public == key.public);
        // A key that was chosen is in its file too, and one that is in use may be in the repository.
        let is_only = cx.output::<HubSecrets>().is_none();
        match (is(&self.request) && has_request(cx), is(&self.in_use)) {
            (true, _) if is_only => "in this computer's keychain only",
            (true, _) | (false, true) => "in this computer's keychain",
            (false, false) => "not taken in yet",
        }
    }

    /// Those that certificates may be on: the key of the request, and what was taken in before where files are chosen.
    pub fn own(&self, input: &Input) -> Vec<&Key> {
        let in_use = self.in_use.as_ref().filter(|_| input.make.is_none());
        self.request.iter().chain(in_use).collect()
    }

    /// The key the certificate is on; others were left out.
    pub fn key_for<'a>(&'a self, input: &Input, found: &'a Found, verdict: &Verdict) -> Option<&'a Key> {
        let leaf = verdict.chain.first()?;
        self.own(input).into_iter().chain(&found.keys).find(|key| leaf.has_key(key))
    }
}

pub fn goes() -> Problem {
    Problem::warning(GOES, "If one may still come back, take that back (`forget_request`).").on(FORGET)
}

pub fn spared() -> Problem {
    let fix = format!(
        "Where another key is wanted all the same, take the certificate in first, or leave its file out; then press “{MAKE_ANOTHER}”."
    );
    Problem::warning("The key that was made here is kept, because its certificate came.", fix).on(FORGET)
}

/// Whether a certificate on this key was chosen that is not taken in yet.
fn has_come(cx: &Cx, key: &Key, found: &Found) -> bool {
    let taken = cx.output::<Certificate>().map(|output| output.chain);
    let taken = taken.map_or(vec![], |chain| read(&[("chain".into(), chain.into_bytes())], None).0.certificates);
    let mut new = found.certificates.iter().filter(|der| !taken.contains(der));
    new.any(|der| Facts::of(der).is_some_and(|facts| facts.has_key(key)))
}

pub fn kept_for_request() -> Problem {
    Problem::warning(
        "A key was made here for another certificate; these files have their own key. The key made here is kept.",
        format!("Choose the certificate for it when it comes; or press “{FORGET_IT}” where nobody will send one."),
    )
    .on(FORGET)
}

/// That the kind of key chosen now is not that of the key that was made.
pub fn of_another_kind(input: &Input, key: &Key) -> Option<Problem> {
    let chosen = make::KINDS.iter().find(|(kind, _)| input.make.as_deref() == Some(kind)).map(|(_, name)| *name)?;
    (chosen != key.kind.to_string()).then(|| {
        Problem::warning(
            format!(
                "The key that was made here is {}; the kind chosen now is for another one, and changes nothing.",
                key.kind
            ),
            format!("Choose the kind that the key has; or press “{MAKE_ANOTHER}”, and have that one certified."),
        )
        .on("key_kind")
    })
}

/// Whether the key of the request may go: a person said so, and no key went, was made or was spared since. What was said of one
/// key is not said of the next, nor of one whose certificate came.
pub fn may_forget(cx: &Cx, values: &Values) -> bool {
    let this = Some(serde_json::json!(cx.times_answered(FORGET)));
    let is_used = |effect: &Effect| [FORGOTTEN, MADE, SPARED].contains(&effect.what.as_str()) && effect.data == this;
    values.on(FORGET) && !cx.effects().unwrap_or_default().iter().any(is_used)
}

/// Forgets the key of the request, which a person said may go, and the request with it.
pub async fn forget_request(cx: &Cx) -> Result<(), Problem> {
    cx.effect_with(FORGOTTEN, &cx.times_answered(FORGET), cx.forget_secret(REQUEST)).await?;
    Ok(files::remove(&request_file(cx))?)
}

/// The field that says that the key of the request may go.
pub const FORGET: &str = "forget_request";
/// What its button says where a key is made here, and where it comes with files.
pub const MAKE_ANOTHER: &str = "Make another key…";
pub const FORGET_IT: &str = "Forget the key of the request…";
pub const GOES: &str =
    "The key that was made here before goes: a certificate that comes back for its request can no longer be used.";
/// What the journal says where a key was made here, where it went, and where it stayed though it might have gone.
pub const MADE: &str = "make a private key in the keychain";
pub const FORGOTTEN: &str = "forget the key of the request";
pub const SPARED: &str = "keep the key of the request, whose certificate came";

/// Whether a key was made here that a certificate may come back for. Its request's file may be deleted meanwhile.
pub fn has_request(cx: &Cx) -> bool {
    let effects = cx.effects().unwrap_or_default();
    let last = |what| effects.iter().rposition(|effect| effect.what == what && effect.result.as_deref() == Some("ok"));
    files::exists(&request_file(cx)) || last(MADE) > last(FORGOTTEN)
}

/// What goes with this computer's copies of the keys, in sentences: only a key that is in the keychain alone is nowhere else.
pub fn loses(cx: &Cx) -> Vec<String> {
    let host = cx.output::<Deployment>().map_or(String::new(), |left| format!(" of {}", left.names.host()));
    let taken = cx.output::<Certificate>();
    let request = request_in(&cx.folder_path());
    // A request whose file was deleted meanwhile may have been for the key in use.
    let is_made_here = taken.as_ref().zip(request.as_ref()).is_some_and(|(taken, request)| answers(taken, request));
    let mut lost = vec![];
    if has_request(cx) && !is_made_here {
        let only = if taken.is_none() || request.is_some() { " It is nowhere else." } else { "" };
        lost.push(format!(
            "The private key for which a certificate{host} was asked for: one that comes back can then not be used.{only}"
        ));
    }
    if taken.is_some() {
        let key = format!("private key of the certificate{host}");
        let written = cx.output::<HubSecrets>().and_then(|_| cx.since_effects_of::<HubSecrets>());
        let came = cx.since_effects_of::<Certificate>();
        lost.push(match (written, is_made_here) {
            (Some(written), _) if came.is_none_or(|came| written <= came) => {
                format!("This computer's copy of the {key}. Another is encrypted in the repository.")
            }
            (Some(_), _) => {
                format!("The {key}. The repository has it only if “Hub secrets” was written since it came.")
            }
            (None, true) => format!("The {key}. It was made here, and is nowhere else."),
            (None, false) => {
                format!("This computer's copy of the {key}. Another is where you got it from, if it was kept there.")
            }
        });
    }
    lost
}

/// What the page leaves: the certificates that were judged good, and what they were taken from.
pub fn output(cx: &Cx, host: String, verdict: &Verdict, key: &Key, input: &Input) -> Output {
    let leaf = &verdict.chain[0];
    Output {
        issuer: leaf.issuer.clone(),
        not_after: verdict.until().unwrap_or(leaf.not_after).to_string(),
        key_kind: key.kind.to_string(),
        chain: verdict.pem(),
        taken: Some(input.files.clone()),
        pasted: input.pasted.then(|| cx.times_answered("pasted")),
        host,
    }
}

/// Whether the request's file asks for a certificate of this host on this key.
pub fn is_written(cx: &Cx, key: &Key, host: &str) -> bool {
    request_in(&cx.folder_path()).is_some_and(|request| request.asks_for(key, host))
}

/// Where the request is, or is to be written: never over what somebody else saved there, such as IT's answer.
pub fn request_file(cx: &Cx) -> PathBuf {
    request_file_in(&cx.folder_path())
}

fn request_file_in(folder: &Path) -> PathBuf {
    let names = ["request.csr".to_owned()].into_iter().chain((2..).map(|number| format!("request-{number}.csr")));
    let mut paths = names.map(|name| folder.join(name));
    let is_ours =
        |path: &PathBuf| !files::exists(path) || files::read_text(path).is_ok_and(|text| make::is_request(&text));
    paths.find(is_ours).unwrap_or_default()
}

/// The request in the page's folder that is to be sent. Also asked for by other pages.
pub fn request_in(folder: &Path) -> Option<make::Request> {
    make::Request::read(&files::read_text(&request_file_in(folder)).ok()?)
}

/// A mark by which a request is told from one for another key or host.
pub fn mark(request: &make::Request) -> String {
    let asked = [request.public.as_slice(), request.host.as_bytes()].concat();
    Sha256::digest(asked)[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether what was taken in is a certificate on the key of this request.
pub fn answers(taken: &Output, request: &make::Request) -> bool {
    let chain = read(&[("chain".into(), taken.chain.clone().into_bytes())], None).0.certificates;
    chain.first().and_then(|leaf| Facts::of(leaf)).is_some_and(|leaf| leaf.public == request.public)
}

pub fn write_request(cx: &Cx, key: &Key, host: &str) -> Result<(), Problem> {
    cx.folder()?;
    Ok(files::write(&request_file(cx), make::request(&key.der, host)?)?)
}

/// Names in the keychain: the private key in use, and the one of a request (both PKCS#8 DER).
pub const KEY: &str = "private_key";
pub const REQUEST: &str = "request_key";

/// The key this page keeps, for the page that writes the secrets.
pub async fn key_of(cx: &Cx) -> Result<Option<Key>, Problem> {
    kept_as(cx, KEY).await
}

async fn kept_as(cx: &Cx, name: &str) -> Result<Option<Key>, Problem> {
    let secret = cx.secret_of::<Certificate>(name).await?;
    Ok(secret.and_then(|secret| Key::read("the keychain", secret.expose(), None).ok().flatten()))
}

pub async fn keep(cx: &Cx, name: &str, key: &Key) -> Result<(), Problem> {
    hide(cx, key);
    cx.keep_secret(name, Secret::new(key.der.expose().to_vec())).await
}

/// From here on no line of the key is logged or shown, in PEM either.
pub fn hide(cx: &Cx, key: &Key) {
    key.private_lines().iter().for_each(|line| cx.hide(line));
}
