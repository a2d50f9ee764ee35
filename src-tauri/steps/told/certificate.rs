//! Files that give no certificate or key, and keys that cannot be made.

use super::capital;
use crate::engine::Problem;
use crate::tools::certificate::fault::{
    AGE_FILE, Container, FileFault, OFFICE, PBES1, PGP_MAIL, PKCS12, PROC_TYPE, SHORTCUT, SST, TNEF,
};
use crate::tools::certificate::make::MakeError;
use crate::tools::certificate::words::shell;

impl From<FileFault> for Problem {
    fn from(fault: FileFault) -> Self {
        problem(fault, |_| false)
    }
}

/// As a page tells it. `is_taken` says whether a file of that name stands beside this one: no command writes over it.
pub fn problem(fault: FileFault, is_taken: impl Fn(&str) -> bool) -> Problem {
    let convert = |name: &str, out: &str, command: &str| convert(name, &free(name, out, &is_taken), command);
    let fix = match &fault {
        FileFault::Empty(_) => "Save the attachment again, or ask for it again.".to_owned(),
        FileFault::TooLarge(..) => "Choose the certificate file itself: it has a few kilobytes.".into(),
        FileFault::WebPage(_) => {
            "Download the file itself: what was saved is the page that shows it, or a sign-in page.".into()
        }
        FileFault::Nothing(_) => {
            "Choose the files you got back: `.pem`, `.crt`, `.key`, `.p7b` or `.pfx`. What another program keeps in a \
                 form of its own, export there as one of these."
                .into()
        }
        FileFault::Damaged(_, part) if part == PKCS12 => {
            "Save the attachment again, whole, or ask for it again.".into()
        }
        FileFault::Damaged(..) => {
            "Save the attachment again, whole, from the first `-----BEGIN` to the last `-----END`".into()
        }
        FileFault::Form(_, part) if !part.is_empty() => "Ask whoever signed it to make it anew.".into(),
        FileFault::Form(..) => {
            "Save the attachment again, whole; where that changes nothing, ask whoever signed it to make it anew."
                .into()
        }
        FileFault::Cut(_) => "Save the attachment again, whole, or ask for it again.".into(),
        FileFault::Curve(name) => convert(name, "new.key", "openssl ec -param_enc named_curve -in IN -out OUT"),
        FileFault::Request(_) => "Send the request to whoever signs certificates, and choose what comes back.".into(),
        FileFault::Unsound(_) | FileFault::NoCurve(_) => {
            "Choose the key as it was made, from another copy; where there is none, have a certificate made on a \
                 new key."
                .into()
        }
        FileFault::Revocations(_) => "Choose the hub's own certificate, and those of its issuers.".into(),
        FileFault::PublicKey(_) => {
            "Choose the private key that belongs to it; its first line says `PRIVATE KEY`".into()
        }
        FileFault::NeedsPassphrase(_) | FileFault::PartNeedsPassphrase(_) => {
            "Enter the passphrase you got with it; or leave the file out where another one has the key.".into()
        }
        FileFault::WrongPassphrase(..) | FileFault::PartWrongPassphrase(..) => {
            "Enter the passphrase again; it may come in a message of its own.".into()
        }
        FileFault::OtherPassphrase(name, container) => {
            let how = match container {
                Container::Key => convert(name, "new.key", "openssl pkey -aes256 -in IN -out OUT"),
                Container::Pkcs12 => convert(name, "hub.pem", "openssl pkcs12 -in IN -out OUT"),
            };
            how.replace("Convert it once, in a terminal", "Give it the passphrase of the other, in a terminal")
                .replace(", and choose", " (asks for the one it has, then for the new one), and choose")
        }
        FileFault::ForSomebody(_) => "Ask whoever sent it for one that a passphrase opens.".into(),
        FileFault::Cipher(name, kind, Container::Pkcs12) if is_legacy(kind) => {
            let how = convert(name, "hub.pem", "openssl pkcs12 -legacy -in IN -out OUT");
            how.replace(", and choose", " (without `-legacy` before OpenSSL 3), and choose")
        }
        FileFault::Cipher(name, _, Container::Pkcs12) => convert(name, "hub.pem", "openssl pkcs12 -in IN -out OUT"),
        FileFault::OldEncryption(name, kind) | FileFault::Cipher(name, kind, _) if is_legacy(kind) => {
            let command = "openssl pkcs8 -topk8 -provider legacy -provider default -in IN -out OUT";
            let how = convert(name, "new.key", command);
            how.replace(", and choose", " (without the two providers before OpenSSL 3), and choose")
        }
        FileFault::OldEncryption(name, _) | FileFault::Cipher(name, ..) => {
            convert(name, "new.key", "openssl pkcs8 -topk8 -in IN -out OUT")
        }
        FileFault::Rounds(name, _, Container::Pkcs12) => {
            format!("Ask for it with fewer rounds. Or: {}", convert(name, "hub.pem", "openssl pkcs12 -in IN -out OUT"))
        }
        FileFault::Rounds(name, ..) => convert(name, "new.key", "openssl pkcs8 -topk8 -iter 100000 -in IN -out OUT"),
        FileFault::KeyKind(..) => "Use an RSA key of 2048 bits or more, or an EC key on P-256 or P-384.".into(),
        FileFault::OpenSsh(name) => {
            let how = convert(name, "hub.key", "cp -- IN OUT && chmod 600 OUT && ssh-keygen -p -m PKCS8 -f OUT");
            how.replace("Convert it once", "Convert a copy of it")
        }
        FileFault::Microsoft(name, form) => {
            convert(name, "hub.key", &format!("openssl rsa -inform {form} -in IN -out OUT"))
        }
        FileFault::Putty(name) => convert(name, "hub.key", "puttygen IN -O private-openssh -o OUT"),
        FileFault::Jks(name) => {
            let command = "keytool -importkeystore -srckeystore IN -destkeystore OUT -deststoretype PKCS12";
            convert(name, "hub.p12", command)
        }
        FileFault::Archive(..) => "Unpack it, and choose the files that are in it.".into(),
        FileFault::Within(..) => {
            "Save what is attached to it, or stands in it, as a file of its own, and choose that: then it is said how to open it.".into()
        }
        FileFault::Document(_, "an encrypted mail") => {
            "Open it in your mail program, and save what is attached to it.".into()
        }
        FileFault::Document(_, PGP_MAIL) => {
            "Open it in your mail program or with `gpg --decrypt`, and save what is in it.".into()
        }
        FileFault::Document(_, SST) => {
            "Open it on a computer with Windows, and export what is in it as `.p7b`: choose that.".into()
        }
        FileFault::Document(_, OFFICE) => {
            "Open it in Outlook or Word, and save what is in it or attached to it as a file of its own.".into()
        }
        FileFault::Document(_, TNEF) => {
            "Open the mail in Outlook, and save what is attached to it; or unpack this file with `tnef`".into()
        }
        FileFault::Document(_, SHORTCUT) => "Choose the file that it stands for.".into(),
        FileFault::Document(_, kind) if kind.contains("database") || kind.contains("keychain") => {
            "Open it in the program it belongs to, and export certificate and key from there as `.p12`: choose \
                 that."
                .into()
        }
        FileFault::Document(_, AGE_FILE) => "Open it with `age --decrypt`, and choose what is in it.".into(),
        FileFault::Document(_, kind) if kind.starts_with("a file encrypted") => {
            "Open it with that program, and choose what is in it.".into()
        }
        FileFault::Document(_, kind) if ["age", "PGP", "JWK", ".NET"].iter().any(|other| kind.contains(other)) => {
            "Choose the private key in the form of web servers: its first line says `PRIVATE KEY`".into()
        }
        FileFault::Document(..) => "Ask for the certificate as a file: `.pem`, `.crt`, `.p7b` or `.pfx`".into(),
    };
    let field = match fault {
        FileFault::NeedsPassphrase(_)
        | FileFault::WrongPassphrase(..)
        | FileFault::PartNeedsPassphrase(_)
        | FileFault::PartWrongPassphrase(..) => "passphrase",
        _ => "files",
    };
    Problem::new(format!("{}.", capital(&fault.to_string())), fix).on(field)
}

/// How to convert a file, whose name stands for `IN` in the command, to one called `out`.
fn convert(name: &str, out: &str, command: &str) -> String {
    let command = command.replace("OUT", out).replace("IN", &shell(name));
    format!("Convert it once, in a terminal: `{command}`, and choose {out}.")
}

/// A name like `out` that is not the file's own and that no other file has.
fn free(name: &str, out: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number| format!("converted-{number}-{out}"));
    let mut names = [out.to_owned(), format!("converted-{out}")].into_iter().chain(numbered);
    names.find(|free| !free.eq_ignore_ascii_case(name) && !is_taken(free)).unwrap_or_default()
}

/// Whether OpenSSL 3 opens this only with its provider of old ciphers: PBES1 with DES or RC2; RC2, RC4, DES, SEED,
/// Blowfish, CAST5, IDEA.
fn is_legacy(cipher: &str) -> bool {
    const OLD: &[&str] = &[
        "1.2.840.113549.3.2",
        "1.2.840.113549.3.4",
        "1.3.14.3.2.7",
        "1.2.840.113549.1.12.1.1",
        "1.2.840.113549.1.12.1.2",
        "1.2.410.200004.1.4",
        "1.3.6.1.4.1.3029.1.2",
        "1.2.840.113533.7.66.10",
        "1.3.6.1.4.1.188.7.1.1.2",
    ];
    const OLD_NAMES: &[&str] = &["DES-CBC", "RC2-", "RC4", "IDEA-", "BF-", "CAST5-", "SEED-"];
    let name = cipher.strip_prefix(PROC_TYPE).map_or("", |rest| rest.trim_start_matches([',', ' ']));
    OLD.contains(&cipher)
        || cipher == PBES1
        || cipher.starts_with("1.2.840.113549.1.5.")
        || OLD_NAMES.iter().any(|old| name.starts_with(old))
}

impl From<MakeError> for Problem {
    fn from(error: MakeError) -> Self {
        let fix = "Try again; if it fails again, restart this computer.";
        Problem::new("The key or its request could not be made.", fix).because(&error)
    }
}
