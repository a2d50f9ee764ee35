//! Writes the hub's secrets: encrypted in memory, committed and pushed to the secrets repository, where the deploy looks
//! for them. Guide: "Configure JupyterHub and Cluster Secrets"; traps 22 to 29.
//! What is there and what should be is in `state`, how it is shown in `shown`, the repository in `repository`; who could
//! open the file besides, and what else was changed in it, is `secrets_trust`'s; why nothing is seen of it, `unseen`'s.

pub mod repository;
mod shown;
mod state;
mod unseen;

use super::account::Account;
use super::certificate::Certificate;
use super::deployment::Deployment;
use super::hub_values::{self, Layout};
use super::mast::Mast;
use super::secrets_store::SecretsStore;
use super::secrets_trust::Records;
use super::told;
use crate::engine::view::{Item, Mark};
use crate::engine::words::list;
use crate::engine::{
    Call, Cx, Field, Form, Leftovers, Plan, Problem, Problems, Status, Step, StepId, Values, View, files,
};
use crate::site::Site;
use crate::tools::git::Change;
use crate::tools::sops::{Sealed, real, rules};
use repository::RULES;
use serde::{Deserialize, Serialize};
use state::{Access, Rotations, State};
pub use unseen::Unseen;

/// What the line says in which they are folded.
const USUAL: &str = "How the secrets are written; usually left as it is";

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
    const WHY: &'static str = "The hub needs a token, its certificate and the sign-in client. They are encrypted on this computer and put into the secrets repository, where nobody else can read them.";
    const VERB: &'static str = "Encrypt and store";
    const GUIDE: &'static str = "The guide clones with a password that people who sign in through an identity centre cannot have, and copies `.sops.yaml` from a path that is not there. It downloads the example from an address that gives a web page, saves it under one name and adds another, stages it in clear so that git keeps the plaintext, and calls sops in a way that stops with “metadata not found”. Then the encrypted file is edited by hand to add a role (JUSI-412), because sops ignores the `role:` line of `.sops.yaml`. Here the password is made for each call, nothing is ever in clear on disk, and the role is written at once.";
    const EACH: bool = true;
    const INSIDE_OF: Option<StepId> = Some(SecretsStore::ID);
    // Fetching, encrypting and pushing, each by way of AWS.
    const SECONDS: u32 = 8;
    const MINUTES: u32 = 2;
    type Input = Input;
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[Deployment::ID, Account::ID, Certificate::ID, Mast::ID, SecretsStore::ID]
    }

    fn form(&self, cx: &Cx, _: &Values) -> Form {
        let layouts = [
            ("current", "JupyterHub of today (chart version 4)"),
            ("guide", "JupyterHub of the guide (chart version 0.9)"),
        ];
        let mut fields = vec![
            Field::choice("layout", "Written for", layouts)
                .default("current")
                .rule("`current` or `guide`")
                .help("Leave it, unless the hub is installed with the guide's old chart."),
            Field::choice(
                "proxy_token",
                "Proxy token",
                [("keep", "Keep the one in the file; make one if there is none"), ("new", "Make a new one now")],
            )
            .default("keep")
            .rule("`keep` or `new`")
            .help("A long password between two parts of the hub. A new one takes effect when the hub is installed again."),
            Field::switch("replace_rules", "Replace the rules for sops that are there")
                .rule("`true` or `false`")
                .help("Only if this page says that the repository has a file of rules (`.sops.yaml`) that Hubwright did not write."),
        ];
        fields.extend([
            Field::switch("new_file_key", "Encrypt the file with a new key too")
                .default(true)
                .rule("`true` or `false`")
                .help("Somebody may have kept the old file key. With a new one they cannot read what is written now; without, only the lines that change are written."),
            Field::rows("recipients", "Others who may open the file")
                .optional()
                .rule("lines as this page shows them")
                .help("Leave it empty, unless this page says that somebody else's key opens the file too."),
            Field::switch("remove_others", "Take everybody else out")
                .rule("`true` or `false`")
                .help("Only this deployment, and who is named above, can open the file afterwards. Every value is encrypted again with a new key."),
            Field::text("known_differences", "Differences you know")
                .optional()
                .rule("the code shown with them")
                .help("Leave it empty, unless this page shows changes of the file that its checksum does not protect against."),
        ]);
        // Nobody has to answer these before they are asked for: one line says how it stands.
        let mut fields: Vec<Field> = fields.into_iter().map(|field| field.known_from(USUAL)).collect();
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
        let _turn = turn(cx).await?;
        let state = match State::look(cx, input).await {
            Ok(state) => state,
            Err(unseen) => return unseen.checked(),
        };
        cx.there(state.present.as_ref().map(|_| format!("{} in {}", state.file(), state.store.repository)));
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
                format!("{} is in {}", state.file(), state.store.repository),
                Mark::Good,
                "encrypted, and not changed since",
            ),
            Item::new(
                "The role that reads secrets can open it",
                Mark::Good,
                told::aws::named_text(&state.store.decrypt_role),
            ),
        ];
        let account = cx.need::<Account>()?;
        if let Some(present) = &state.present {
            let tried = real::opens(cx, &account.access, &account.region, present.text(), &present.values);
            items.push(match tried.await? {
                Some(Ok(())) => Item::new("The program sops opens it too", Mark::Good, "and reads the same values"),
                Some(Err(error)) => Item::new("The program sops does not open it", Mark::Bad, told::not_opened(error)),
                None => {
                    Item::new("Whether the program sops opens it", Mark::Plain, "not tried: it is not on this computer")
                }
            });
        }
        cx.show(View::Checklist { title: "What was looked at".into(), items });
        cx.say(format!("{} is encrypted and pushed.", state.file()));
        Ok(Status::Done(state.output()))
    }

    async fn plan(&self, cx: &Cx, input: &Input) -> Result<Plan, Problem> {
        let _turn = turn(cx).await?;
        let state = State::look(cx, input).await?;
        if let Some(problem) = state.problems(input).into_iter().next() {
            state.views(input).into_iter().for_each(|view| cx.show(view));
            return Err(problem);
        }
        let mut plan = Plan {
            summary: state.summary(input),
            identity: state.store.encrypt_role.clone(),
            views: [vec![state.tree()], state.views(input)].concat(),
            cost: "Nothing worth counting: the key is used once.".into(),
            undo: "Remove on this page takes the file out again. The repository keeps every earlier version of it, encrypted.".into(),
            nothing_to_do: state.is_done(input),
            ..Plan::default()
        };
        if state.to_write(input) {
            if state.new_key(input).is_some() {
                plan.calls.push(Call::new(
                    "kms:Encrypt",
                    &state.store.key_arn,
                    "encrypts the file key, with which the values are encrypted",
                ));
            }
            plan.calls.push(Call::new(
                "codecommit:GitPush",
                &state.store.repository,
                format!("one commit with {}", state.file()),
            ));
            plan.commands = vec![
                format!("git clone {}", state.store.clone_url),
                format!("sops --encrypt --kms '{}+{}' {}", state.store.key_arn, state.store.encrypt_role, state.file()),
                format!("git add .sops.yaml {0} && git commit -m 'Secrets of {0}' && git push", state.file()),
            ];
        }
        Ok(plan)
    }

    async fn apply(&self, cx: &Cx, input: &Input) -> Result<Output, Problem> {
        let _turn = turn(cx).await?;
        let mut state = State::look(cx, input).await?;
        if let Some(problem) = state.problems(input).into_iter().next() {
            return Err(problem);
        }
        if state.is_done(input) {
            return Ok(state.output());
        }
        if state.to_write(input) {
            cx.progress("Encrypting the secrets");
            let (text, written) = state.encrypted(cx, input).await?;
            let rules = match state.rules_change() {
                true => Some(super::linted(cx, RULES, rules::text(&state.store.key_arn, &state.store.encrypt_role))?),
                false => None,
            };
            // Both before the push: a run that is killed right after it must find that this file, and this token, are its own.
            state.records.attempt(written)?;
            if input.rotate {
                Rotations::read(cx)?.add(state.token())?;
            }
            cx.progress("Pushing to the secrets repository");
            let mut changes: Vec<Change<'_>> = vec![(state.file(), Some(text.as_str()))];
            changes.extend(rules.as_deref().map(|rules| (RULES, Some(rules))));
            let subject = format!("Secrets of {}", state.file());
            cx.effect("push the encrypted secrets to the repository", state.repository.publish(&changes, &subject))
                .await?;
            state.records.seen(&text)?;
        }
        cx.progress("Updating the working copy");
        state.repository.bring_copy(|text| state.records.knows(text)).await?;
        Ok(state.output())
    }

    fn went(&self, cx: &Cx) -> Result<Leftovers, Problem> {
        repository::forget(cx)?;
        Rotations::read(cx)?.forget()?;
        Records::read(cx)?.forget()?;
        // Other environments share the working copy, and what a person changed there is told only by asking the repository.
        let copy = state::working_copy(cx, &cx.need::<Deployment>()?);
        let stays =
            files::exists(&copy).then(|| format!("The working copy stays on this computer: {}.", copy.display()));
        Ok(Leftovers(stays.into_iter().collect()))
    }

    async fn remove(&self, cx: &Cx, _: &Input) -> Result<Leftovers, Problem> {
        let _turn = turn(cx).await?;
        // Nothing is decrypted: the file goes also where its key is disabled or deleted.
        let Access { store, repository, records, .. } = Access::open(cx).await?;
        let file = repository.file.as_str();
        let mut changes: Vec<Change<'_>> = vec![];
        let mut left = vec!["The repository's history keeps the encrypted file.".to_owned()];
        if let Some(text) = &repository.text {
            let ours = |sealed: Sealed| sealed.keys.iter().any(|key| key.arn == store.key_arn);
            match records.knows(text) || Sealed::read(text).is_ok_and(ours) {
                true => changes.push((file, None)),
                false => left.push(format!("{file} is not encrypted for this deployment's key, so it stays.")),
            }
        }
        let judge = |rules: &String| rules::judge(rules, &store.key_arn, &store.encrypt_role);
        let others = repository.other_files().await?;
        match repository.rules.as_ref().map(judge) {
            Some(None) if !others.is_empty() => {
                left.push(format!("The rules for sops (`{RULES}`) stay: {} needs them too.", list(&others)));
            }
            Some(None) => changes.push((RULES, None)),
            Some(Some(why)) => {
                left.push(format!("The rules for sops (`{RULES}`) stay, since Hubwright did not write them: {why}."))
            }
            None => {}
        }
        if !changes.is_empty() {
            cx.effect(
                "take the encrypted secrets out of the repository",
                repository.publish(&changes, &format!("Remove {file}")),
            )
            .await?;
        }
        if !others.is_empty() {
            repository.bring_copy(|text| records.knows(text)).await?;
        } else if let Some(aside) = repository.remove_copy(|text| records.knows(text)).await? {
            left.push(format!("A person's edits in the working copy stay: {}.", aside.display()));
        }
        repository::forget(cx)?;
        Rotations::read(cx)?.forget()?;
        records.forget()?;
        Ok(Leftovers(left))
    }
}

/// Environments share the repository and its working copy, so their runs take turns: none sees another's half done.
async fn turn(cx: &Cx) -> Result<tokio::sync::OwnedMutexGuard<()>, Problem> {
    cx.turn("the secrets repository").await
}

fn site(cx: &Cx) -> Option<Site> {
    // As entered: the fields of this page follow from it before the first page is done.
    Site::load(super::deployment::site_word(&cx.answers::<Deployment>())).ok()
}
