//! Writes the hub's secrets: encrypted in memory, committed and pushed to the secrets repository, where the deploy looks
//! for them. Who could open the file besides, and what else was changed in it, is `secrets_trust`'s. Guide: "Configure JupyterHub and Cluster Secrets"; traps 22 to 29.
//! Long because what is there, what is wanted and the way from one to the other are judged together.

use super::account::Account;
use super::certificate::{self, Certificate};
use super::deployment::{Deployment, Output as Deployed};
use super::hub_values::{self, Layout, Sources};
use super::mast::{self, Mast};
use super::secrets_store::{Output as Store, SecretsStore};
use super::secrets_trust::{self, Records, Trust, Written};
use crate::engine::view::{Branch, Item, Mark};
use crate::engine::{
    Call, Cx, Field, Form, Plan, Problem, Problems, Residue, Secret, Status, Step, StepId, Values, View, files,
};
use crate::site::Site;
use crate::tools::aws::Aws;
use crate::tools::aws::kms;
use crate::tools::git::{GitError, Renewed, Repository};
use crate::tools::sops::{DataKey, Map, Opened, Sealed, SopsError, Value, real, rules, write};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub struct Input {
    layout: Layout,
    /// A new proxy token is wanted, once.
    rotate: bool,
    replace_rules: bool,
    /// A change of a secret makes a new data key too.
    new_key: bool,
    /// Recipients a person wants kept, as the page shows them.
    recipients: Vec<String>,
    remove_others: bool,
    /// The code of the differences a person knows.
    known: String,
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
        fields.extend([
            Field::switch("new_file_key", "Also make a new file key")
                .default(true)
                .rule("`true` or `false`")
                .help("For changes of a secret: whoever kept the key of the old file cannot read the new one. Off: only the lines that change differ."),
            Field::rows("recipients", "Others who may open the file")
                .optional()
                .rule("recipients as the page shows them, one a line")
                .help("Only asked for where the file names somebody besides this deployment's key."),
            Field::switch("remove_others", "Take everybody else out")
                .rule("`true` or `false`")
                .help("Whoever is not named above goes; a new file key is made and every value encrypted anew."),
            Field::text("known_differences", "Differences you know")
                .optional()
                .rule("the code shown with them")
                .help("Only asked for where the file was changed in a way that its checksum does not cover."),
        ]);
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
            new_key: values.on("new_file_key"),
            recipients: values.rows("recipients").iter().map(|row| row.trim().to_owned()).collect(),
            remove_others: values.on("remove_others"),
            known: values.text("known_differences").trim().to_owned(),
        })
    }

    async fn check(&self, cx: &Cx, input: &Input) -> Result<Status<Output>, Problem> {
        let state = match State::look(cx, input).await {
            Ok(state) => state,
            Err(problem) => return Ok(Status::Blocked(vec![problem])),
        };
        cx.show(state.tree());
        state.views(input).into_iter().for_each(|view| cx.show(view));
        let problems = state.problems(input);
        if !problems.is_empty() {
            return Ok(Status::Blocked(problems));
        }
        if !state.is_done(input) {
            cx.say(state.summary(input));
            return Ok(Status::Todo);
        }
        if let Some(edits) = state.edits_warning() {
            cx.warn(edits);
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
            let tried = real::opens(cx, &account.access, &account.region, present.text(), &state.wanted);
            items.push(match tried.await? {
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
        if let Some(problem) = state.problems(input).into_iter().next() {
            state.views(input).into_iter().for_each(|view| cx.show(view));
            return Err(problem);
        }
        let mut plan = Plan {
            summary: state.summary(input),
            identity: state.store.encrypt_role.clone(),
            views: [vec![state.tree()], state.views(input)].concat(),
            cost: "Nothing worth counting: one call of the key.".into(),
            undo: "The repository keeps every earlier version; removing takes the file out again.".into(),
            nothing_to_do: state.is_done(input),
            ..Plan::default()
        };
        if state.to_write(input) {
            if state.new_key(input).is_some() {
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
        let mut state = State::look(cx, input).await?;
        if let Some(problem) = state.problems(input).into_iter().next() {
            return Err(problem);
        }
        let output = Output { file: state.file.clone(), folder: state.repository.folder.clone() };
        if state.is_done(input) {
            return Ok(output);
        }
        if !state.to_write(input) {
            state.spare_edits(cx).await?;
            state.repository.lay_out().await?;
            return Ok(output);
        }
        cx.progress("Encrypting the secrets");
        let (text, written) = state.encrypted(cx, input).await?;
        let mut changes = vec![(state.file.clone(), Some(text.clone()))];
        if state.rules_change() {
            let rules = rules::text(&state.store.key_arn, &state.store.encrypt_role);
            changes.push((RULES.to_owned(), Some(super::linted(cx, RULES, rules)?)));
        }
        // Both before the push: a run that is killed right after it must find that this file, and this token, are its own.
        state.records.attempt(written)?;
        if input.rotate {
            let marker = cx.folder()?.join(ROTATED);
            let before = files::read_if_there(&marker)?.unwrap_or_default();
            files::write(&marker, format!("{before}{}\n", fingerprint(state.token())))?;
        }
        state.spare_edits(cx).await?;
        cx.progress("Pushing to the secrets repository");
        let message = format!("Secrets of {}", state.file);
        cx.effect("push the secrets", state.publish(cx, &changes, &message)).await?;
        state.records.seen(&text)?;
        Ok(output)
    }

    async fn remove(&self, cx: &Cx, input: &Input) -> Result<Residue, Problem> {
        let state = State::look(cx, input).await?;
        let mut changes: Vec<(String, Option<String>)> = vec![];
        if state.present.is_some() {
            changes.push((state.file.clone(), None));
        }
        if state.rules.is_some() && !state.rules_change() {
            changes.push((RULES.to_owned(), None));
        }
        state.spare_edits(cx).await?;
        if !changes.is_empty() {
            cx.effect("take the secrets out", state.publish(cx, &changes, &format!("Remove {}", state.file))).await?;
        }
        files::remove_folder(&state.repository.folder)?;
        files::remove(&cx.folder()?.join(ROTATED))?;
        state.records.forget()?;
        Ok(Residue(vec!["The repository's history keeps the encrypted file.".into()]))
    }
}

/// What is in the repository, and what should be.
struct State<'a> {
    repository: Repository<'a>,
    /// AWS as the identity of the account page.
    aws: Aws,
    /// AWS as the role that encrypts.
    writer: Aws,
    store: Store,
    file: String,
    /// The file as it is on the remote.
    remote: Option<String>,
    present: Option<Opened>,
    /// What of `present` can be trusted.
    trust: Option<Trust>,
    /// Who changed the file last, in words.
    who: String,
    records: Records,
    /// Who may act as a role that reads, as a fingerprint.
    readers: String,
    /// A person's edits in the working copy.
    edits: Vec<String>,
    /// The working copy has the remote's files.
    laid_out: bool,
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
        if let Some(renewed) = repository.fetch().await? {
            cx.warn(made_anew(&renewed));
        }
        let (remote, rules) = (repository.text(&file).await?, repository.text(RULES).await?);
        let mut records = Records::read(cx)?;
        let readers = secrets_trust::readers(cx, &aws, &store).await?;
        let (mut present, mut trust, mut who) = (None, None, String::new());
        if let Some(text) = &remote {
            who = format!("changed last by {}", repository.last_change(&file).await?);
            let unread = |error: SopsError| {
                let problem = Problem::from(error);
                Problem { what: format!("{} It was {who}.", problem.what), ..problem }
            };
            let sealed = Sealed::read(text).map_err(unread)?;
            let reader = aws.acting_as(cx, &store.decrypt_role, patience).await?;
            cx.show(secrets_trust::recipients_view(&file, &sealed, None, &input.recipients, &store.key_arn));
            // Our own key opens it, or nothing does: an entry in front of ours may give a data key of somebody's choice.
            let (own, key) = match kms::unwrap(&reader, &store.key_arn, &sealed.keys).await {
                Ok(found) => found,
                Err(error) => return Err(secrets_trust::unopened(&aws, &store, &file, &who, &sealed, error).await),
            };
            cx.hide(&Secret::new(key.expose().to_vec()));
            let opened = sealed.open(key).map_err(unread)?;
            records.seen(text)?;
            trust = Some(Trust::of(&opened, own, &records, &store.decrypt_role, readers.clone()));
            present = Some(opened);
        }
        let here = |path: &str| files::read_if_there(&repository.folder.join(path)).ok().flatten();
        let laid_out = here(&file) == remote && here(RULES) == rules;
        let edits = if laid_out { vec![] } else { repository.edits(|text| records.knows(text)).await? };
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
        Ok(State {
            repository,
            aws,
            writer,
            store,
            file,
            remote,
            present,
            trust,
            who,
            records,
            readers,
            edits,
            laid_out,
            rules,
            wanted,
            gone,
        })
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

    /// Our entry names the role that reads, which the guide adds by hand.
    fn role_fits(&self) -> bool {
        let own =
            self.present.as_ref().zip(self.trust.as_ref()).and_then(|(file, trust)| file.sealed().keys.get(trust.own));
        own.is_some_and(|key| key.role.as_ref() == Some(&self.store.decrypt_role))
    }

    fn rules_change(&self) -> bool {
        let judged = |text: &String| rules::judge(text, &self.store.key_arn, &self.store.encrypt_role).is_some();
        self.rules.as_ref().is_none_or(judged)
    }

    /// Something in the repository is to change.
    fn to_write(&self, input: &Input) -> bool {
        let forced = self.trust.as_ref().is_some_and(|trust| !trust.new_key_because(&input.recipients).is_empty());
        !self.role_fits() || self.rules_change() || !self.changes().is_empty() || forced
    }

    /// Nothing is to do, here or there. A person's edits in the working copy are theirs to end.
    fn is_done(&self, input: &Input) -> bool {
        !self.to_write(input) && (self.laid_out || !self.edits.is_empty())
    }

    /// Why the next writing makes a new data key; `None` where the present one stays.
    fn new_key(&self, input: &Input) -> Option<String> {
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
    fn problems(&self, input: &Input) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.rules_problem(input).into_iter().collect();
        let Some((file, trust)) = self.present.as_ref().zip(self.trust.as_ref()) else { return problems };
        problems.extend(trust.problems(&self.file, &input.recipients, input.remove_others, &input.known, &self.who));
        let clear = |(path, _): (Vec<String>, &Value)| Some((file.sealed().rule_against(&path)?, path.join(".")));
        if let Some((rule, path)) = self.wanted.leaves().into_iter().find_map(clear) {
            let what =
                format!("{} says `{rule}` ({}), under which sops would leave `{path}` in clear.", self.file, self.who);
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
                self.file,
                unfit.join("; ")
            );
            let fix = "Take them out of “Others who may open the file” and turn on “Take everybody else out”; their owner can be added again with `sops updatekeys`. Where only a secret changes, “Also make a new file key” can be turned off instead.";
            problems.push(Problem::new(what, fix).on("recipients"));
        }
        problems
    }

    /// Who may open the file, what differs in it, and `.sops.yaml` where it changes.
    fn views(&self, input: &Input) -> Vec<View> {
        let mut views = vec![];
        if let Some((file, trust)) = self.present.as_ref().zip(self.trust.as_ref()) {
            views.extend(trust.views(&self.file, &input.recipients, file.sealed(), &self.store.key_arn));
        }
        if self.rules_change() {
            views.push(self.rules_diff());
        }
        views
    }

    fn edits_warning(&self) -> Option<Problem> {
        (!self.edits.is_empty()).then(|| {
            let what = format!(
                "The working copy holds edits that are not in the repository ({}): {}.",
                self.edits.join(", "),
                self.repository.folder.display()
            );
            Problem::warning(
                what,
                "Commit and push them, or undo them. The next time this page writes, it moves them aside.",
            )
        })
    }

    /// Moves the working copy aside where a person's edits in it would be overwritten.
    async fn spare_edits(&self, cx: &Cx) -> Result<(), Problem> {
        if !self.repository.edits(|text| self.records.knows(text)).await?.is_empty() {
            cx.warn(made_anew(&self.repository.set_aside().await?));
        }
        Ok(())
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

    fn summary(&self, input: &Input) -> String {
        let changes = self.changes().len();
        let file = &self.file;
        let rest = match self.new_key(input).filter(|_| self.present.is_some()) {
            Some(why) => format!("a new file key is made, because {why}, and every value is encrypted anew."),
            None => "the rest keeps every byte.".into(),
        };
        match (&self.present, changes) {
            (None, n) => format!("{file} is written with {n} values, encrypted, and pushed."),
            (Some(_), 0) if self.is_done(input) => format!("{file} is as it should be; nothing changes."),
            (Some(_), 0) if !self.to_write(input) => format!("{file} is brought into the working copy."),
            (Some(_), 0) if rest.starts_with('a') => format!("No value of {file} changes; {rest}"),
            (Some(_), 0) => format!("No value of {file} changes; its role or `.sops.yaml` is put right."),
            (Some(_), 1) => format!("One value of {file} changes; {rest}"),
            (Some(_), n) => format!("{n} values of {file} change; {rest}"),
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
        let note = "Values are masked here and encrypted in the file; their names are readable in both.".into();
        View::Tree { title: self.file.clone(), branches, note }
    }

    /// The file's new text, and what is to be known of it later: the present one with just what differs, or all of it
    /// under a new data key.
    async fn encrypted(&self, cx: &Cx, input: &Input) -> Result<(String, Written), Problem> {
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
                            let what = format!("The new file key cannot be wrapped for `{other}`: KMS refuses its key.");
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

    /// Commits and pushes; what somebody pushed at the same moment is taken in where it does not touch these files.
    async fn publish(&self, cx: &Cx, changes: &[(String, Option<String>)], message: &str) -> Result<(), Problem> {
        let base: Vec<(&str, Option<String>)> = vec![(&self.file, self.remote.clone()), (RULES, self.rules.clone())];
        let changes: Vec<(&str, Option<String>)> =
            changes.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
        match self.repository.publish(&changes, message).await {
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
    let rotated = files::read_if_there(&marker)?.unwrap_or_default();
    if !input.rotate {
        files::remove(&marker)?;
    }
    let token = match there {
        // The one that is there is the one that was made when it was asked for.
        Some(token) if !input.rotate || rotated.lines().any(|made| made == fingerprint(token)) => {
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

/// That the working copy was made anew, and where the old one is.
fn made_anew(renewed: &Renewed) -> Problem {
    match &renewed.aside {
        Some(aside) => Problem::warning(
            format!("The working copy was made anew, because {}.", renewed.why.lines().next().unwrap_or_default()),
            format!("Take what you need from the old one, then delete it: {}", aside.display()),
        ),
        None => Problem::warning(
            format!("The working copy was made anew, because {}.", renewed.why.lines().next().unwrap_or_default()),
            "Nothing is to do: it held nothing that the repository does not have.",
        ),
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
