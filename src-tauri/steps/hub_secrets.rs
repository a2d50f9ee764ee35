//! Writes the hub's secrets: encrypted in memory, committed and pushed to the secrets repository, where the deploy looks
//! for them. Guide: "Configure JupyterHub and Cluster Secrets"; traps 22 to 29.
//! Long because what is there, what is wanted and the way from one to the other are judged together.

use super::account::Account;
use super::certificate::{self, Certificate};
use super::deployment::{Deployment, Output as Deployed};
use super::hub_values::{self, Layout, Sources};
use super::mast::{self, Mast};
use super::secrets_store::{Output as Store, SecretsStore};
use crate::engine::view::{Branch, Item, Mark};
use crate::engine::{
    Call, Cx, Field, Form, Plan, Problem, Problems, Residue, Secret, Status, Step, StepId, Values, View, files,
};
use crate::site::Site;
use crate::tools::aws::Aws;
use crate::tools::aws::kms::{self, KmsError};
use crate::tools::git::{GitError, Repository};
use crate::tools::sops::{DataKey, Map, Opened, Sealed, Value, real, rules, write};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub struct Input {
    layout: Layout,
    /// A new proxy token is wanted, once.
    rotate: bool,
    replace_rules: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Output {
    /// In the repository: `staging.yaml`.
    pub file: String,
    /// The working copy, where hubploy looks for it.
    pub folder: std::path::PathBuf,
}

pub struct HubSecrets;

impl Step for HubSecrets {
    const ID: StepId = "hub_secrets";
    const TITLE: &'static str = "Write the hub's secrets";
    const SHORT: &'static str = "Hub secrets";
    const WHY: &'static str = "The hub needs a token, its certificate and the sign-in client. They are encrypted on this computer and pushed to the secrets repository; nobody else can read them there.";
    const VERB: &'static str = "Encrypt and push";
    const GUIDE: &'static str = "The guide clones with a password that people who sign in through an identity centre cannot have, and copies `.sops.yaml` from a path that is not there. It downloads the example from an address that gives a web page, saves it under one name and adds another, stages it in clear so that git keeps the plaintext, and calls sops in a way that stops with “metadata not found”. Then the encrypted file is edited by hand to add a role (JUSI-412), because sops ignores the `role:` line of `.sops.yaml`. Here the password is made for each call, nothing is ever in clear on disk, and the role is written at once.";
    type Input = Input;
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[Deployment::ID, Account::ID, Certificate::ID, Mast::ID, SecretsStore::ID]
    }

    fn form(&self, cx: &Cx, _: &Values) -> Form {
        let layouts = [("current", "Current charts (z2jh 4)"), ("guide", "The guide's chart (z2jh 0.9)")];
        let mut fields = vec![
            Field::choice("layout", "Keys for", layouts)
                .default("current")
                .rule("`current` or `guide`")
                .help("Leave it, unless your hub template pins the guide's old chart."),
            Field::choice(
                "proxy_token",
                "Proxy token",
                [("keep", "Keep it, or make the first one"), ("new", "Make a new one now")],
            )
            .default("keep")
            .rule("`keep` or `new`")
            .help("32 random bytes that hub and proxy agree on. A new one takes effect with the next deploy."),
            Field::switch("replace_rules", "Replace a `.sops.yaml` that is there")
                .rule("`true` or `false`")
                .help("Only asked for where the repository has one that differs."),
        ];
        for secret in site(cx).map_or(vec![], |site| site.secrets) {
            let field = Field::secret(hub_values::intern(&secret.name), hub_values::intern(&secret.label));
            fields.push(field.rule("a secret of this institution's hubs").help(secret.help));
        }
        Form::of(fields)
    }

    fn parse(&self, cx: &Cx, values: &Values) -> Result<Input, Problems> {
        let mut problems = Problems::default();
        for secret in site(cx).map_or(vec![], |site| site.secrets) {
            if !values.has_secret(&secret.name) {
                let what = format!("“{}” is missing.", secret.label);
                problems
                    .add(Problem::new(what, "Enter it once: it goes into this computer's keychain.").on(&secret.name));
            }
        }
        problems.or(|| Input {
            layout: if values.text("layout") == "guide" { Layout::Guide } else { Layout::Current },
            rotate: values.text("proxy_token") == "new",
            replace_rules: values.on("replace_rules"),
        })
    }

    async fn check(&self, cx: &Cx, input: &Input) -> Result<Status<Output>, Problem> {
        let state = match State::look(cx, input).await {
            Ok(state) => state,
            Err(problem) => return Ok(Status::Blocked(vec![problem])),
        };
        cx.show(state.tree());
        if let Some(problem) = state.rules_problem(input) {
            cx.show(state.rules_diff());
            return Ok(Status::Blocked(vec![problem]));
        }
        if !state.is_done() {
            cx.say(state.summary());
            return Ok(Status::Todo);
        }
        let mut items = vec![
            Item::new(
                format!("{} is in {}", state.file, state.store.repository),
                Mark::Good,
                "encrypted, its checksum holds",
            ),
            Item::new("It opens as the role that reads secrets", Mark::Good, state.store.decrypt_role.clone()),
        ];
        let account = cx.need::<Account>()?;
        if let Some(present) = &state.present {
            state.repository.restore(&state.file, present.text())?;
            let path = state.repository.folder.join(&state.file);
            items.push(match real::opens(cx, &account.access, &account.region, &path, &state.wanted).await? {
                Some(Ok(())) => Item::new("Opens with real sops", Mark::Good, "to exactly these values"),
                Some(Err(why)) => Item::new("Real sops does not open it", Mark::Bad, why),
                None => Item::new("Opens with real sops", Mark::Plain, "not tried: sops is not on this computer"),
            });
        }
        cx.show(View::Checklist { title: "What holds".into(), items });
        cx.say(format!("{} is encrypted and pushed.", state.file));
        Ok(Status::Done(Output { file: state.file.clone(), folder: state.repository.folder.clone() }))
    }

    async fn plan(&self, cx: &Cx, input: &Input) -> Result<Plan, Problem> {
        let state = State::look(cx, input).await?;
        if let Some(problem) = state.rules_problem(input) {
            cx.show(state.rules_diff());
            return Err(problem);
        }
        let mut plan = Plan {
            summary: state.summary(),
            identity: state.store.encrypt_role.clone(),
            views: vec![state.tree()],
            cost: "Nothing worth counting: one call of the key.".into(),
            undo: "The repository keeps every earlier version; removing takes the file out again.".into(),
            nothing_to_do: state.is_done(),
            ..Plan::default()
        };
        if state.rules_change() {
            plan.views.push(state.rules_diff());
        }
        if !plan.nothing_to_do {
            if state.present.is_none() {
                plan.calls.push(Call::new(
                    "kms:Encrypt",
                    &state.store.key_arn,
                    "wraps the key the values are encrypted with",
                ));
            }
            plan.calls.push(Call::new(
                "codecommit:GitPush",
                &state.store.repository,
                format!("one commit with {}", state.file),
            ));
            plan.commands = vec![
                format!("git clone {}", state.store.clone_url),
                format!("sops --encrypt --kms '{}+{}' {}", state.store.key_arn, state.store.encrypt_role, state.file),
                format!("git add .sops.yaml {0} && git commit -m 'Secrets of {0}' && git push", state.file),
            ];
        }
        Ok(plan)
    }

    async fn apply(&self, cx: &Cx, input: &Input) -> Result<Output, Problem> {
        let state = State::look(cx, input).await?;
        if let Some(problem) = state.rules_problem(input) {
            return Err(problem);
        }
        let output = Output { file: state.file.clone(), folder: state.repository.folder.clone() };
        if state.is_done() {
            return Ok(output);
        }
        cx.progress("Encrypting the secrets");
        let text = state.encrypted(cx).await?;
        let mut changes = vec![(state.file.as_str(), Some(text))];
        if state.rules_change() {
            let rules = rules::text(&state.store.key_arn, &state.store.encrypt_role);
            changes.push((RULES, Some(super::linted(cx, RULES, rules)?)));
        }
        cx.progress("Pushing to the secrets repository");
        let message = format!("Secrets of {}", state.file);
        cx.effect("push the secrets", state.publish(cx, &changes, &message)).await?;
        if input.rotate {
            files::write(&cx.folder()?.join(ROTATED), fingerprint(state.token()))?;
        }
        Ok(output)
    }

    async fn remove(&self, cx: &Cx, input: &Input) -> Result<Residue, Problem> {
        let state = State::look(cx, input).await?;
        let mut changes: Vec<(&str, Option<String>)> = vec![];
        if state.present.is_some() {
            changes.push((&state.file, None));
        }
        if state.rules.is_some() && !state.rules_change() {
            changes.push((RULES, None));
        }
        if !changes.is_empty() {
            cx.effect("take the secrets out", state.publish(cx, &changes, &format!("Remove {}", state.file))).await?;
        }
        files::remove_folder(&state.repository.folder)?;
        files::remove(&cx.folder()?.join(ROTATED))?;
        Ok(Residue(vec!["The repository's history keeps the encrypted file.".into()]))
    }
}

/// What is in the repository, and what should be.
struct State<'a> {
    repository: Repository<'a>,
    /// AWS as the role that encrypts.
    writer: Aws,
    store: Store,
    file: String,
    /// The file as it is on the remote.
    remote: Option<String>,
    present: Option<Opened>,
    rules: Option<String>,
    wanted: Map,
    /// Paths of the other layout that go where they are there.
    gone: Vec<Vec<String>>,
}

impl<'a> State<'a> {
    async fn look(cx: &'a Cx, input: &Input) -> Result<State<'a>, Problem> {
        let deployment = cx.need::<Deployment>()?;
        let store = cx.need::<SecretsStore>()?;
        let (aws, account) = super::deploy_account(cx).await?;
        let patience = super::settling::<SecretsStore>(cx);
        let file = format!("{}.yaml", deployment.names.environment);
        let folder = folder(cx, &deployment);
        let name = account.identity.arn.rsplit('/').next().unwrap_or("hubwright").to_owned();
        // The helper's own refusals say little; whether the role lets us act as it is asked first.
        let writer = aws.acting_as(cx, &store.encrypt_role, patience).await?;
        let repository = Repository::at(cx, folder, store.clone_url.clone(), &store.encrypt_role, &name)?;
        repository.fetch().await?;
        let (remote, rules) = (repository.text(&file).await?, repository.text(RULES).await?);
        let present = match &remote {
            Some(text) => {
                let sealed = Sealed::read(text)?;
                let reader = aws.acting_as(cx, &store.decrypt_role, patience).await?;
                let key = kms::unwrap(&reader, &sealed.keys).await.map_err(|error| not_ours(error, &file))?;
                Some(sealed.open(key)?)
            }
            None => None,
        };
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
        Ok(State { repository, writer, store, file, remote, present, rules, wanted, gone })
    }

    fn token(&self) -> &str {
        self.wanted.get(hub_values::TOKEN).and_then(Value::as_text).unwrap_or_default()
    }

    /// What differs: paths with the value they get; `None` is taken out.
    fn changes(&self) -> Vec<(Vec<String>, Option<Value>)> {
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

    /// The file names our key, and the role that reads, which the guide adds by hand.
    fn key_and_role_fit(&self) -> bool {
        let fits = |key: &crate::tools::sops::KmsKey| {
            key.arn == self.store.key_arn && key.role.as_ref() == Some(&self.store.decrypt_role)
        };
        self.present.as_ref().is_some_and(|present| present.keys().iter().any(fits))
    }

    fn rules_change(&self) -> bool {
        let judged = |text: &String| rules::judge(text, &self.store.key_arn, &self.store.encrypt_role).is_some();
        self.rules.as_ref().is_none_or(judged)
    }

    fn is_done(&self) -> bool {
        self.key_and_role_fit() && !self.rules_change() && self.changes().is_empty()
    }

    fn rules_problem(&self, input: &Input) -> Option<Problem> {
        let why = rules::judge(self.rules.as_ref()?, &self.store.key_arn, &self.store.encrypt_role)?;
        (!input.replace_rules).then(|| {
            let what = format!("The repository has a `.sops.yaml` that Hubwright did not write: {why}.");
            Problem::new(what, "Look at the difference. If it may go, turn on “Replace a `.sops.yaml` that is there”; the repository keeps the old one.").on("replace_rules")
        })
    }

    fn rules_diff(&self) -> View {
        let lines = |text: &str| text.lines().map(str::to_owned).collect();
        View::Diff {
            title: ".sops.yaml".into(),
            before: self.rules.as_deref().map_or(vec![], lines),
            after: lines(&rules::text(&self.store.key_arn, &self.store.encrypt_role)),
        }
    }

    fn summary(&self) -> String {
        let changes = self.changes();
        match (&self.present, changes.len()) {
            (None, n) => format!("{} is written with {n} values, encrypted, and pushed.", self.file),
            (Some(_), 0) if self.is_done() => format!("{} is as it should be; nothing changes.", self.file),
            (Some(_), 0) => format!("No value of {} changes; its role or `.sops.yaml` is put right.", self.file),
            (Some(_), 1) => format!("One value of {} changes; the rest keeps every byte.", self.file),
            (Some(_), n) => format!("{n} values of {} change; the rest keeps every byte.", self.file),
        }
    }

    /// The file as a tree, every value masked.
    fn tree(&self) -> View {
        let changes = self.changes();
        let mut all = self.present.as_ref().map_or_else(Map::default, |present| present.values.clone());
        for (path, value) in self.wanted.leaves() {
            all.set(&keys(&path), value.clone());
        }
        let mut branches: Vec<Branch> = vec![];
        let mut above: Vec<String> = vec![];
        for (path, value) in all.leaves() {
            let shared = path.iter().zip(&above).take_while(|(a, b)| a == b).count();
            for depth in shared..path.len() {
                let last = depth + 1 == path.len();
                let change = changes.iter().find(|(changed, _)| *changed == path);
                let note = match change {
                    _ if !last => "",
                    Some((_, None)) => "goes",
                    Some(_)
                        if self.present.as_ref().is_some_and(|present| present.values.get(&keys(&path)).is_some()) =>
                    {
                        "changes"
                    }
                    Some(_) => "new",
                    None => "",
                };
                let value = if last { masked(value) } else { String::new() };
                branches.push(Branch { depth, key: path[depth].clone(), value, note: note.into() });
            }
            above = path;
        }
        let note = "Values are masked here and encrypted in the file; the keys are readable in both.".into();
        View::Tree { title: self.file.clone(), branches, note }
    }

    /// The file's new text: a new one, or the present one with just what differs.
    async fn encrypted(&self, cx: &Cx) -> Result<String, Problem> {
        let now = Timestamp::now();
        let changes = self.changes();
        if let Some(present) = &self.present
            && present.keys().iter().any(|key| key.arn == self.store.key_arn)
        {
            let paths: Vec<Vec<&str>> = changes.iter().map(|(path, _)| keys(path)).collect();
            let changes: Vec<(&[&str], Option<Value>)> =
                paths.iter().zip(&changes).map(|(path, (_, value))| (path.as_slice(), value.clone())).collect();
            return Ok(present.with(&changes, Some(&self.store.decrypt_role), now)?);
        }
        // A first file, or one for another key: everything that is in it is kept, under a new data key.
        let mut values = self.present.as_ref().map_or_else(Map::default, |present| present.values.clone());
        for (path, value) in changes {
            match value {
                Some(value) => values.set(&keys(&path), value),
                None => values.take(&keys(&path)),
            }
        }
        let key = DataKey::random()?;
        cx.hide(&Secret::new(key.expose().to_vec()));
        let entry = kms::wrap(&self.writer, &self.store.key_arn, &self.store.decrypt_role, &key, now).await?;
        Ok(write(&values, &[entry], &key, now)?)
    }

    /// Commits and pushes; what somebody pushed at the same moment is taken in where it does not touch these files.
    async fn publish(&self, cx: &Cx, changes: &[(&str, Option<String>)], message: &str) -> Result<(), Problem> {
        let base: Vec<(&str, Option<String>)> = vec![(&self.file, self.remote.clone()), (RULES, self.rules.clone())];
        match self.repository.publish(changes, message).await {
            Err(GitError::Behind) => {}
            other => return Ok(other?),
        }
        cx.progress("Somebody pushed at the same moment: looking at what changed");
        if self.repository.rebase(&base).await? {
            return Ok(());
        }
        let who = self.repository.last_change(&self.file).await?;
        let what = format!("{} was changed in the repository meanwhile, by {who}.", self.file);
        Err(Problem::new(what, "Show the plan again: it starts from what is there now, and says what differs."))
    }
}

/// Where hubploy looks for the encrypted file: below the checkout of the deployments repository.
fn folder(cx: &Cx, deployment: &Deployed) -> std::path::PathBuf {
    let name = &deployment.names.deployment;
    cx.shared().folder.join("checkout").join("secrets/deployments").join(name).join("secrets")
}

/// The token in the file, or a new one: where there is none, and once where a new one is asked for.
fn token(cx: &Cx, input: &Input, present: Option<&Map>) -> Result<Zeroizing<String>, Problem> {
    let marker = cx.folder()?.join(ROTATED);
    let there = present.and_then(|values| values.get(hub_values::TOKEN)).and_then(Value::as_text);
    let rotated = files::read_if_there(&marker)?;
    if !input.rotate {
        files::remove(&marker)?;
    }
    let token = match there {
        // The one that is there is the one that was made when it was asked for.
        Some(token) if !input.rotate || rotated.as_deref() == Some(&fingerprint(token)) => {
            Zeroizing::new(token.to_owned())
        }
        _ => hub_values::new_token()?,
    };
    cx.hide(&Secret::from(token.to_string()));
    Ok(token)
}

/// Tells one token from another without giving it away: it has 256 random bits.
fn fingerprint(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn masked(value: &Value) -> String {
    match value {
        Value::Text(text) if text.contains("BEGIN CERTIFICATE") => {
            format!("•••• {} certificates", text.matches("BEGIN CERTIFICATE").count())
        }
        Value::Text(text) if text.contains("PRIVATE KEY") => "•••• private key".into(),
        Value::Null => "nothing".into(),
        _ => "••••••••".into(),
    }
}

fn not_ours(error: KmsError, file: &str) -> Problem {
    match &error {
        KmsError::Aws(aws)
            if aws.is_denied()
                || aws.is("NotFoundException")
                || aws.is("InvalidCiphertextException")
                || aws.is("AccessDeniedException") =>
        {
            let what = format!("{file} is encrypted with a key that the reading role may not use.");
            let fix = "Ask whoever wrote it to add this deployment's key (`sops updatekeys`), or remove the file from the repository to have a new one written.";
            Problem::new(what, fix).because(&error)
        }
        _ => match error {
            KmsError::Aws(error) => error.into(),
            KmsError::Sops(error) => error.into(),
        },
    }
}

fn keys(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

fn site(cx: &Cx) -> Option<Site> {
    // As entered: the fields of this page follow from it before the first page is done.
    Site::load(super::deployment::site_word(&cx.answers::<Deployment>())).ok()
}

impl Sources {
    /// The values the pages before left, secrets from the keychain.
    async fn of(cx: &Cx) -> Result<Sources, Problem> {
        let missing = |what: &str, page: &str| {
            Problem::new(
                format!("The {what} is no longer in the keychain."),
                format!("Enter it again on the page “{page}”."),
            )
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

const RULES: &str = ".sops.yaml";
const ROTATED: &str = "rotated";
