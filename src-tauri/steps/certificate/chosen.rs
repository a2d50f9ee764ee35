//! What the chosen files and the pasted text hold, and where they cannot be read.

use super::kept::Kept;
use super::{Certificate, Input};
use crate::engine::files::{self, ChosenError};
use crate::engine::view::Chip;
use crate::engine::{Cx, Problem, Secret};
use crate::steps::certificate::judge::judge;
use crate::steps::certificate::verdict::Verdict;
use crate::steps::deployment::host;
use crate::tools::certificate::words::shell;
use crate::tools::certificate::{FileFault, Found, MOST_BYTES, read};
use jiff::Timestamp;
use std::path::Path;
use std::time::Duration;

/// What the files and the pasted text hold, and each file by itself; where nothing was chosen any more, what was taken in before.
pub async fn gather(cx: &Cx, input: &Input) -> Result<(Found, Vec<FileFault>, Vec<Chosen>), Problem> {
    let passphrase = if input.passphrase { cx.secret("passphrase").await? } else { None };
    let passphrase = passphrase.map(plain);
    if passphrase.as_ref().is_some_and(|text| text.expose().starts_with(b"-----BEGIN ")) {
        let what = "The passphrase is a certificate or key, not a passphrase.";
        let fix = "Enter the words that the file was protected with; choose certificates and keys under the files.";
        return Err(Problem::new(what, fix).on("passphrase"));
    }
    let mut sources = vec![];
    let (mut faults, mut chosen) = (vec![], vec![]);
    let before = cx.output::<Certificate>();
    for path in &input.files {
        let name = name_of(path);
        match files::read_chosen(&files::from_home(path), MOST_BYTES) {
            Ok(bytes) => {
                chosen.push(Chosen::read(path, &name, &bytes));
                sources.push((name, bytes));
            }
            Err(ChosenError::TooLarge { size, .. }) => faults.push(FileFault::TooLarge(name, size >> 20)),
            // Its owner may well have deleted the key file, as one should: what was taken in stays.
            Err(error) if error.is_missing() && was_taken(cx, path) => {
                cx.line(&format!("{name} is no longer there; what was taken from it is kept."));
            }
            Err(error) => return Err(Problem::from(error).on("files")),
        }
    }
    if input.pasted
        && let Some(pasted) = cx.secret("pasted").await?
    {
        sources.push((PASTED.to_owned(), pasted.expose().to_vec()));
    }
    let (mut found, more) = open(cx, sources, passphrase).await?;
    faults.extend(more);
    if let (true, Some(before)) = (found.certificates.is_empty() && faults.is_empty(), before) {
        found.certificates = read(&[("chain".into(), before.chain.into_bytes())], None).0.certificates;
    }
    Ok((found, faults, chosen))
}

/// What stands for a file's name where there is none.
pub const PASTED: &str = "what you pasted";

/// A passphrase as it was meant: without the mark and the second bytes that Windows writes into text files, nor a line end.
fn plain(secret: Secret) -> Secret {
    let wide = |order: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = secret.expose()[2..].chunks_exact(2).map(|two| order([two[0], two[1]])).collect();
        String::from_utf16(&units).ok()
    };
    let text = match secret.expose() {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        _ => match secret.expose_text() {
            Some(text) => Some(text.trim_start_matches('\u{feff}').to_owned()),
            // Latin-1, of an older Windows.
            None => Some(secret.expose().iter().copied().map(char::from).collect()),
        },
    };
    let trimmed = text.map(|text| Secret::from(text.trim_matches(['\r', '\n']).to_owned()));
    trimmed.unwrap_or(secret)
}

/// One file, looked at by itself.
pub struct Chosen {
    path: String,
    keys: usize,
    certificates: Vec<Vec<u8>>,
    is_closed: bool,
}

impl Chosen {
    fn read(path: &str, name: &str, bytes: &[u8]) -> Self {
        let (found, faults) = read(&[(name.to_owned(), bytes.to_vec())], None);
        let is_closed = faults.iter().any(FileFault::needs_passphrase);
        Chosen { path: path.into(), keys: found.keys.len(), certificates: found.certificates, is_closed }
    }

    pub fn has_certificates(&self) -> bool {
        !self.certificates.is_empty()
    }

    /// What it is for the chain that came of all of them.
    pub fn chip(self, verdict: &Verdict) -> Chip {
        let place = |der: &Vec<u8>| verdict.chain.iter().position(|facts| facts.der == *der);
        let places: Vec<usize> = self.certificates.iter().filter_map(place).collect();
        let certificates = match (self.certificates.len(), places.as_slice()) {
            (0, _) => None,
            (1, [0]) => Some("hub's certificate".to_owned()),
            (1, [at]) if verdict.chain[*at].is_self_issued() => Some("root certificate".to_owned()),
            (1, [_]) => Some("issuer's certificate".to_owned()),
            (1, _) => Some("certificate, not needed".to_owned()),
            (n, places) if places.contains(&0) => Some(format!("hub's certificate and {} more", n - 1)),
            (n, []) => Some(format!("{n} certificates, not needed")),
            (n, _) => Some(format!("{n} certificates of issuers")),
        };
        let kind = match (self.keys, certificates) {
            (0, None) if self.is_closed => "protected by a passphrase".to_owned(),
            (0, None) => "nothing to use".to_owned(),
            (0, Some(certificates)) => certificates,
            (_, None) => "private key".to_owned(),
            (_, Some(certificates)) => format!("private key, {certificates}"),
        };
        let used = self.keys > 0 || self.is_closed || !places.is_empty();
        Chip { name: name_of(&self.path), value: self.path, kind, used }
    }
}

/// What is wrong with a file that was chosen, as far as can be told before it is read.
pub fn look_at(cx: &Cx, path: &String) -> Result<(), Problem> {
    match files::look_at_chosen(&files::from_home(path), MOST_BYTES) {
        // How large it is is said with the faults of the other files.
        Err(ChosenError::TooLarge { .. }) => Ok(()),
        Err(error) if error.is_missing() && was_taken(cx, path) => Ok(()),
        looked => Ok(looked?),
    }
}

/// What is wrong with the files that can be read, where others cannot. What may stand in those others, or in a secret, is
/// nobody's fault yet: the private key, an issuer, a passphrase.
pub fn of_the_others(cx: &Cx, paths: &[String], has_secrets: bool) -> Vec<Problem> {
    let read_one = |path: &String| Some((name_of(path), files::read_chosen(&files::from_home(path), MOST_BYTES).ok()?));
    let sources: Vec<_> = paths.iter().filter_map(read_one).collect();
    let (found, mut faults) = read(&sources, None);
    faults.retain(|fault| !fault.needs_passphrase() || !has_secrets);
    let mut problems: Vec<Problem> = faults.into_iter().map(Problem::from).collect();
    let Some(host) = host(cx) else { return problems };
    problems.extend(judge(&found, [], &host, Timestamp::now()).surely_wrong().cloned());
    problems
}

/// Whether the certificate in use came from this file.
fn was_taken(cx: &Cx, path: &String) -> bool {
    cx.output::<Certificate>().is_some_and(|output| output.taken.is_none_or(|taken| taken.contains(path)))
}

pub fn name_of(path: &str) -> String {
    Path::new(path).file_name().map_or(path.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Reads the files on a thread of its own: a passphrase protected by millions of rounds takes seconds, and a person may
/// stop meanwhile. The thread then ends by itself, since the rounds are bounded.
async fn open(
    cx: &Cx,
    mut sources: Vec<(String, Vec<u8>)>,
    passphrase: Option<Secret>,
) -> Result<(Found, Vec<FileFault>), Problem> {
    let work = tokio::task::spawn_blocking(move || {
        let opened = read(&sources, passphrase.as_ref());
        sources.iter_mut().for_each(|(_, bytes)| zeroize::Zeroize::zeroize(bytes));
        opened
    });
    tokio::pin!(work);
    let mut is_slow = false;
    loop {
        tokio::select! {
            opened = &mut work => return opened.map_err(|error| {
                Problem::new("The files could not be read.", "Report this to the people who make Hubwright, without the files.")
                    .because(&error)
            }),
            () = cx.cancelled() => return Err(Problem::cancelled()),
            () = tokio::time::sleep(Duration::from_millis(700)), if !is_slow => {
                is_slow = true;
                cx.progress("Opening the files takes a while: there are many of them, or a passphrase that many rounds protect");
            }
        }
    }
}

pub fn without(input: &Input, path: &str) -> Vec<String> {
    input.files.iter().filter(|one| *one != path).cloned().collect()
}

/// A file without which nothing is wrong. Not looked for where that would open what a passphrase protects again and again.
pub async fn spare(cx: &Cx, input: &Input, kept: &Kept, host: &str) -> Result<Option<String>, Problem> {
    if input.passphrase || !(2..=12).contains(&input.files.len()) {
        return Ok(None);
    }
    for path in &input.files {
        let rest = Input { files: without(input, path), ..input.clone() };
        let (found, faults, chosen) = gather(cx, &rest).await?;
        // What was taken in before is not what is chosen now.
        if !input.pasted && !chosen.iter().any(Chosen::has_certificates) {
            continue;
        }
        let verdict = judge(&found, kept.own(&rest), host, Timestamp::now());
        let is_good = !told(faults, &verdict, &rest).iter().any(Problem::is_error);
        if is_good && kept.key_for(&rest, &found, &verdict).is_some() {
            return Ok(Some(path.clone()));
        }
    }
    Ok(None)
}

/// Everything that is wrong with the files. No command that is offered writes over one that stands beside them.
pub fn told(faults: Vec<FileFault>, verdict: &Verdict, input: &Input) -> Vec<Problem> {
    let beside =
        |name: &str| input.files.iter().any(|path| files::exists(&files::from_home(path).with_file_name(name)));
    let pasted: Vec<FileFault> = faults.iter().filter(|fault| fault.name() == PASTED).cloned().collect();
    let mut problems = verdict.told(faults, beside);
    for fault in pasted {
        let again =
            matches!(fault, FileFault::Empty(_) | FileFault::Nothing(_) | FileFault::Cut(_) | FileFault::Damaged(..));
        let what = Problem::from(fault).what;
        let told = problems.iter_mut().find(|problem| problem.what.starts_with(&what));
        let Some(told) = told.filter(|problem| problem.field.as_deref() == Some("files")) else { continue };
        told.field = Some("pasted".into());
        if told.is_error() && again {
            told.fix = "Paste it again, whole, from the first `-----BEGIN` to the last `-----END`".into();
        } else {
            // What converts it takes a file.
            let fix = told.fix.replace(&shell(PASTED), "pasted.pem");
            told.fix = fix.replace("Convert ", "Save it as pasted.pem, and convert ");
        }
    }
    problems
}

/// Whether a key was made here and nothing came back for it yet. With nothing chosen, what is judged was taken in before, and
/// may be for another host, or on another key.
pub fn waits(input: &Input, found: &Found, faults: &[FileFault], verdict: &Verdict) -> bool {
    let has_chosen = !input.files.is_empty() || input.pasted;
    let has_come = !found.certificates.is_empty() && (has_chosen || verdict.is_good());
    input.make.is_some() && faults.is_empty() && !has_come
}
