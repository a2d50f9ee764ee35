//! The hub's secrets as they are in the repository and as they should be, and the way from one to the other: what changes,
//! whether under a new data key, and what a person must answer first. It writes nothing.

use super::repository::{Copy, SecretsRepository};
use super::{Input, Output, Unseen, site};
use crate::engine::{Cx, Problem, Secret, Step, files};
use crate::steps::certificate::{self, Certificate};
use crate::steps::deployment::{Deployment, Output as Deployed};
use crate::steps::hub_values::{self, Sources};
use crate::steps::mast::{self, Mast};
use crate::steps::secrets_store::{Output as Store, SecretsStore};
use crate::steps::secrets_trust::{self, Records, Trust, Written};
use crate::steps::told::aws::waiting_for;
use crate::tools::aws::{Aws, kms};
use crate::tools::git::Credentials;
use crate::tools::sops::{DataKey, Map, Opened, Sealed, SopsError, Value, rules, write};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// The repository, and as whom it is reached.
pub struct Access<'a> {
    /// AWS as the identity of the account page.
    pub aws: Aws,
    /// AWS as the role that encrypts.
    pub writer: Aws,
    pub store: Store,
    pub repository: SecretsRepository<'a>,
    pub records: Records,
}

/// What is in the repository, and what should be.
pub struct State<'a> {
    aws: Aws,
    writer: Aws,
    pub store: Store,
    pub repository: SecretsRepository<'a>,
    pub records: Records,
    pub present: Option<Opened>,
    /// What of `present` can be trusted.
    pub trust: Option<Trust>,
    /// Who changed the file last, in words.
    who: String,
    /// Who may act as a role that reads, as a fingerprint.
    readers: String,
    pub copy: Copy,
    pub wanted: Map,
    /// Paths of the other layout; removed from the file if present.
    gone: Vec<Vec<String>>,
}

impl<'a> Access<'a> {
    pub async fn open(cx: &'a Cx) -> Result<Access<'a>, Unseen> {
        let deployment = cx.need::<Deployment>()?;
        let store = cx.need::<SecretsStore>()?;
        let (aws, account) = crate::steps::deploy_account(cx).await?;
        let patience = crate::steps::settling::<SecretsStore>(cx);
        let author = account.identity.arn.name().to_owned();
        // The helper's own refusals say little; whether the role lets us act as it is asked first.
        let writer = aws.acting_as(cx, &store.encrypt_role, patience, waiting_for).await?;
        let credentials = Credentials::of_role(cx, &store.encrypt_role)?;
        let file = format!("{}.yaml", deployment.names.environment);
        let copy = working_copy(cx, &deployment);
        let repository = SecretsRepository::fetch(cx, &store.clone_url, &credentials, &author, copy, file).await?;
        Ok(Access { aws, writer, store, repository, records: Records::read(cx)? })
    }
}

/// Where hubploy looks for the encrypted file: below the checkout of the deployments repository.
pub fn working_copy(cx: &Cx, deployment: &Deployed) -> PathBuf {
    let checkout = cx.shared().folder.join("checkout/secrets/deployments");
    checkout.join(&deployment.names.deployment).join("secrets")
}

impl<'a> State<'a> {
    pub async fn look(cx: &'a Cx, input: &Input) -> Result<State<'a>, Unseen> {
        let Access { aws, writer, store, repository, mut records } = Access::open(cx).await?;
        let readers = secrets_trust::readers(cx, &aws, &store).await?;
        let file = &repository.file;
        let (mut present, mut trust, mut who) = (None, None, String::new());
        if let Some(text) = &repository.text {
            who = format!("changed last by {}", repository.last_change().await?);
            let unread = |error: SopsError| {
                let told = |problem: Problem| Problem { what: format!("{} It was {who}.", problem.what), ..problem };
                match Unseen::from(error) {
                    Unseen::Failed(problem) => Unseen::Failed(told(problem)),
                    Unseen::Blocked(problem) => Unseen::Blocked(told(problem)),
                }
            };
            let sealed = Sealed::read(text).map_err(unread)?;
            let reader =
                aws.acting_as(cx, &store.decrypt_role, crate::steps::settling::<SecretsStore>(cx), waiting_for).await?;
            cx.show(secrets_trust::recipients_view(file, &sealed, None, &input.recipients, &store.key_arn));
            // Our own key opens it, or nothing does: an entry in front of ours may give a data key of somebody's choice.
            let (own, key) = match kms::unwrap(&reader, &store.key_arn, &sealed.keys).await {
                Ok(found) => found,
                Err(error) => return Err(secrets_trust::unopened(&aws, &store, file, &who, &sealed, error).await),
            };
            cx.hide(&Secret::new(key.expose().to_vec()));
            let opened = sealed.open(key).map_err(unread)?;
            records.seen(text)?;
            trust = Some(Trust::of(&opened, own, &records, &store.decrypt_role, readers.clone()));
            present = Some(opened);
        }
        let copy = repository.look_at_copy(|text| records.knows(text)).await?;
        let token = token(cx, input, present.as_ref().map(|present| &present.values))?;
        let mut sources = Sources { token, ..Sources::of(cx).await? };
        for secret in site(cx).map_or(vec![], |site| site.secrets) {
            if let Some(text) = cx.secret(&secret.name).await?.and_then(|secret| secret.expose_text()) {
                sources.more.push((secret.path, text));
            }
        }
        let wanted = sources.values(input.layout);
        let other = sources.values(input.layout.other());
        let gone =
            other.leaves().into_iter().map(|(path, _)| path).filter(|path| wanted.get(&keys(path)).is_none()).collect();
        Ok(State { aws, writer, store, repository, records, present, trust, who, readers, copy, wanted, gone })
    }

    pub fn file(&self) -> &str {
        &self.repository.file
    }

    pub fn output(&self) -> Output {
        Output { file: self.file().to_owned(), folder: self.repository.copy.clone() }
    }

    pub fn token(&self) -> &str {
        self.wanted.get(hub_values::TOKEN).and_then(Value::as_text).unwrap_or_default()
    }

    /// What differs: paths with the value they get; `None` is taken out.
    pub fn changes(&self) -> Vec<(Vec<String>, Option<Value>)> {
        let present = self.present.as_ref().map(|present| &present.values);
        let now = |path: &[String]| present.and_then(|values| values.get(&keys(path)));
        let mut changes: Vec<_> = self
            .wanted
            .leaves()
            .into_iter()
            .filter(|(path, value)| now(path) != Some(*value))
            .map(|(path, value)| (path, Some(value.clone())))
            .collect();
        changes.extend(self.gone.iter().filter(|path| now(path).is_some()).map(|path| (path.clone(), None)));
        changes
    }

    /// Our entry names the role that reads, which the guide adds by hand.
    fn role_fits(&self) -> bool {
        let own =
            self.present.as_ref().zip(self.trust.as_ref()).and_then(|(file, trust)| file.sealed().keys.get(trust.own));
        own.is_some_and(|key| key.role.as_ref() == Some(&self.store.decrypt_role))
    }

    pub fn rules_change(&self) -> bool {
        let judged = |text: &String| rules::judge(text, &self.store.key_arn, &self.store.encrypt_role).is_some();
        self.repository.rules.as_ref().is_none_or(judged)
    }

    /// Something in the repository is to change.
    pub fn to_write(&self, input: &Input) -> bool {
        let forced = self.trust.as_ref().is_some_and(|trust| !trust.new_key_because(&input.recipients).is_empty());
        !self.role_fits() || self.rules_change() || !self.changes().is_empty() || forced
    }

    /// Nothing is to do, here or there. A person's edits in the working copy are theirs to end.
    pub fn is_done(&self, input: &Input) -> bool {
        !self.to_write(input) && self.copy != Copy::Old
    }

    /// Why the next writing makes a new data key; `None` where the present one stays.
    pub fn new_key(&self, input: &Input) -> Option<String> {
        let Some(trust) = &self.trust else { return Some("the file is new".into()) };
        let mut why = trust.new_key_because(&input.recipients);
        let changes = self.changes();
        if trust.is_foreign_key() && (!changes.is_empty() || !self.role_fits()) {
            why.push("Hubwright did not make the present one");
        }
        if input.new_key && !changes.is_empty() {
            why.push("a secret changes");
        }
        (!why.is_empty()).then(|| why.join(", and "))
    }

    /// All that a person must answer or mend before anything is encrypted.
    pub fn problems(&self, input: &Input) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.rules_problem(input).into_iter().collect();
        let Some((file, trust)) = self.present.as_ref().zip(self.trust.as_ref()) else { return problems };
        problems.extend(trust.problems(self.file(), &input.recipients, input.remove_others, &input.known, &self.who));
        let clear = |(path, _): (Vec<String>, &Value)| Some((file.sealed().rule_against(&path)?, path.join(".")));
        if let Some((rule, path)) = self.wanted.leaves().into_iter().find_map(clear) {
            let what = format!(
                "{} says `{rule}` ({}). By that rule sops would leave `{path}` readable for everybody.",
                self.file(),
                self.who
            );
            let fix = "Take the last good version from its repository (`git log`), or remove the file there to have a new one written; ask who changed it.";
            problems.push(Problem::new(what, fix));
        }
        let unfit: Vec<String> = trust
            .kept(&input.recipients)
            .into_iter()
            .filter(|one| one.kind != "kms")
            .map(ToString::to_string)
            .collect();
        if let (Some(why), false) = (self.new_key(input).filter(|_| self.to_write(input)), unfit.is_empty()) {
            let what = format!(
                "{} needs a new file key, because {why}; Hubwright can give one to KMS keys only, not to {}.",
                self.file(),
                unfit.join("; ")
            );
            let fix = "Take them out of “Others who may open the file” and turn on “Take everybody else out”; their owner can be added again with `sops updatekeys`. Where only a secret changes, “Encrypt the file with a new key too” can be turned off instead.";
            problems.push(Problem::new(what, fix).on("recipients"));
        }
        problems
    }

    fn rules_problem(&self, input: &Input) -> Option<Problem> {
        let why = rules::judge(self.repository.rules.as_ref()?, &self.store.key_arn, &self.store.encrypt_role)?;
        (!input.replace_rules).then(|| {
            let what = format!("The repository has rules for sops (`.sops.yaml`) that Hubwright did not write: {why}.");
            Problem::new(what, "Look at the difference. If they may go, turn on “Replace the rules for sops that are there”; the repository keeps the old ones.").on("replace_rules")
        })
    }

    /// The file's new text, and what is to be known of it later: the present one with just what differs, or all of it
    /// under a new data key.
    pub async fn encrypted(&self, cx: &Cx, input: &Input) -> Result<(String, Written), Problem> {
        let now = Timestamp::now();
        let changes = self.changes();
        let paths: Vec<Vec<&str>> = changes.iter().map(|(path, _)| keys(path)).collect();
        let changes: Vec<(&[&str], Option<Value>)> =
            paths.iter().zip(&changes).map(|(path, (_, value))| (path.as_slice(), value.clone())).collect();
        let there = self.present.as_ref().zip(self.trust.as_ref());
        let written = |text: String, own: usize, key: String| {
            let written = Written::of(&text, own, key, &self.readers)?;
            Ok::<_, Problem>((text, written))
        };
        if let (Some((file, trust)), None) = (there, self.new_key(input)) {
            let text = file.with(&changes, Some((trust.own, &self.store.decrypt_role)), now)?;
            return written(text, trust.own, file.key_fingerprint());
        }
        let key = DataKey::random()?;
        cx.hide(&Secret::new(key.expose().to_vec()));
        let role = Some(self.store.decrypt_role.as_str());
        let mut entries = vec![kms::wrap(&self.writer, &self.store.key_arn, role, &key, now).await?];
        let text = match there {
            None => {
                let mut values = Map::default();
                changes.iter().for_each(|(path, value)| values.set(path, value.clone().unwrap_or(Value::Null)));
                write(&values, &entries, &key, now)?
            }
            Some((file, trust)) => {
                let kept: Vec<String> = trust.kept(&input.recipients).iter().map(ToString::to_string).collect();
                for (other, entry) in file.sealed().recipients.iter().zip(&file.sealed().keys) {
                    if kept.contains(&other.to_string()) && entry.arn != self.store.key_arn {
                        // A person of this account wants them kept; the role that writes may use our own key alone.
                        let wrapped = kms::wrap(&self.aws, &entry.arn, entry.role.as_deref(), &key, now).await;
                        entries.push(wrapped.map_err(|error| {
                            let what = format!("The new file key cannot be encrypted for `{other}`: AWS refuses to use that key.");
                            let fix = "Have the key's owner allow you `kms:Encrypt` with it, or take the line out of “Others who may open the file” and turn on “Take everybody else out”.";
                            Problem::new(what, fix).on("recipients").because(&error)
                        })?);
                    }
                }
                file.rekeyed(&changes, &entries, &key, now)?
            }
        };
        written(text, 0, key.fingerprint())
    }
}

/// The token in the file, or a new one: where there is none, and once where a new one is asked for.
fn token(cx: &Cx, input: &Input, present: Option<&Map>) -> Result<Zeroizing<String>, Problem> {
    let rotations = Rotations::read(cx)?;
    let there = present.and_then(|values| values.get(hub_values::TOKEN)).and_then(Value::as_text);
    if !input.rotate {
        rotations.forget()?;
    }
    let token = match there {
        // The one that is there is the one that was made when it was asked for.
        Some(token) if !input.rotate || rotations.has(token) => Zeroizing::new(token.to_owned()),
        _ => hub_values::new_token()?,
    };
    cx.hide(&Secret::from(token.to_string()));
    Ok(token)
}

/// The tokens that were made because a new one was asked for, by their fingerprints: each is written down before it is
/// pushed, so that a run that is killed on the way makes no second one.
pub struct Rotations {
    file: PathBuf,
    made: String,
}

impl Rotations {
    pub fn read(cx: &Cx) -> Result<Rotations, Problem> {
        let file = cx.folder()?.join("rotated");
        Ok(Rotations { made: files::read_if_there(&file)?.unwrap_or_default(), file })
    }

    pub fn has(&self, token: &str) -> bool {
        self.made.lines().any(|made| made == fingerprint(token))
    }

    pub fn add(&self, token: &str) -> Result<(), Problem> {
        Ok(files::write(&self.file, format!("{}{}\n", self.made, fingerprint(token)))?)
    }

    pub fn forget(&self) -> Result<(), Problem> {
        Ok(files::remove(&self.file)?)
    }
}

/// Tells one token from another without giving it away: it has 256 random bits.
fn fingerprint(token: &str) -> String {
    hex::encode(&Sha256::digest(token.as_bytes())[..8])
}

pub fn keys(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

impl Sources {
    /// The values the pages before left, secrets from the keychain.
    async fn of(cx: &Cx) -> Result<Sources, Unseen> {
        let missing = |what: &str, page: &str| {
            Unseen::Blocked(Problem::new(
                format!("The {what} is no longer in the keychain."),
                format!("Enter it again on the page “{page}”."),
            ))
        };
        let key = certificate::key_of(cx).await?.ok_or_else(|| missing("private key", Certificate::TITLE))?;
        certificate::hide(cx, &key);
        let secret = mast::secret(cx).await?.ok_or_else(|| missing("client secret", Mast::TITLE))?;
        let client = cx.need::<Mast>()?;
        Ok(Sources {
            token: Zeroizing::default(),
            key: key.to_pem(),
            chain: cx.need::<Certificate>()?.chain,
            client_id: client.client_id,
            client_secret: secret,
            sign_in: client.sign_in,
            more: vec![],
        })
    }
}
