//! The forms in which people get certificates and keys: every one gives the same chain, or is named with what to do.
#![allow(clippy::disallowed_methods, reason = "tests start openssl and write files")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hubwright::engine::{Problem, Secret};
use hubwright::tools::certificate::judge::judge;
use hubwright::tools::certificate::{read, to_pem, words};
use jiff::Timestamp;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

const HOST: &str = "hub.institute.example.org";

fn folder() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            support::certificates(folder.path(), HOST);
            folder
        })
        .path()
}

fn sh(script: &str) {
    let output = Command::new("bash").args(["-ec", script]).current_dir(folder()).output().unwrap();
    assert!(output.status.success(), "{script}: {}", support::text(&output));
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn text(name: &str) -> String {
    String::from_utf8(bytes(name)).unwrap()
}

fn der(name: &str) -> Vec<u8> {
    pem::parse(bytes(name)).unwrap().into_contents()
}

/// Key, certificate, intermediate and root as they stand in one file.
fn bundle() -> String {
    ["hub.key", "hub.crt", "inter.crt", "root.crt"].map(text).concat()
}

/// What these files give: the problems, and whether the chain is whole.
fn outcome(files: &[(&str, Vec<u8>)], passphrase: Option<&str>) -> (Vec<Problem>, String, Vec<String>) {
    let files: Vec<_> = files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.clone())).collect();
    let secret = passphrase.map(|text| Secret::from(text.to_owned()));
    let (found, faults) = read(&files, secret.as_ref());
    let verdict = judge(&found, None, HOST, Timestamp::now());
    let mut problems: Vec<Problem> = faults.into_iter().map(Problem::from).collect();
    problems.extend(verdict.problems.iter().filter(|problem| problem.is_error()).cloned());
    (problems, verdict.pem(), verdict.repairs)
}

fn good(what: &str, files: &[(&str, Vec<u8>)], passphrase: Option<&str>) -> Vec<String> {
    let (problems, pem, repairs) = outcome(files, passphrase);
    assert!(problems.is_empty(), "{what}: {problems:?}");
    assert_eq!(pem, to_pem(&["hub.crt", "inter.crt", "root.crt"].map(der)), "{what}");
    repairs
}

/// Says so, and what to do with the words of `fix`.
fn says(what: &str, files: &[(&str, Vec<u8>)], passphrase: Option<&str>, word: &str, fix: &str) {
    let (problems, ..) = outcome(files, passphrase);
    let said = problems.iter().any(|problem| problem.what.contains(word) && problem.fix.contains(fix));
    assert!(said, "{what} says {word:?} and {fix:?}: {problems:?}");
}

fn utf16(text: &str, order: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    mark.then_some(0xfeff).into_iter().chain(text.encode_utf16()).flat_map(order).collect()
}

fn quoted_printable(text: &str) -> String {
    let line = |line: &str| {
        let escaped = line.replace('=', "=3D");
        // Soft line breaks, as mail programs make them before 76 characters.
        escaped
            .as_bytes()
            .chunks(60)
            .map(|part| String::from_utf8_lossy(part).into_owned())
            .collect::<Vec<_>>()
            .join("=\r\n")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\r\n")
}

fn wrapped(bytes: &[u8], width: usize, end: &str) -> String {
    let digits = STANDARD.encode(bytes);
    digits.as_bytes().chunks(width).map(|part| String::from_utf8_lossy(part).into_owned()).collect::<Vec<_>>().join(end)
}

#[test]
fn every_kind_of_text_gives_the_same_chain() {
    let plain = bundle();
    let one_line = |end: &str| {
        ["hub.key", "hub.crt", "inter.crt", "root.crt"]
            .map(|name| {
                let block = pem::parse(bytes(name)).unwrap();
                format!(
                    "-----BEGIN {0}-----{end}{1}{end}-----END {0}-----{end}",
                    block.tag(),
                    STANDARD.encode(block.contents())
                )
            })
            .concat()
    };
    let quoted: String = plain.lines().map(|line| format!("> > {line}\n")).collect();
    let spaced: String = plain.lines().map(|line| format!("\t  {line} \t\n")).collect();
    let within: String = plain
        .lines()
        .map(|line| {
            if line.starts_with('-') {
                format!("{line}\n")
            } else {
                format!("{} \t{}\n", &line[..line.len() / 2], &line[line.len() / 2..])
            }
        })
        .collect();
    let page = format!("<!DOCTYPE html><html><body><h1>Your certificate</h1><pre>{plain}</pre></body></html>");
    let breaks = format!(
        "<html><body><p>{}</p></body></html>",
        plain.replace('\n', "<br/>\n").replace('+', "&#43;").replace('=', "&#x3D;")
    );
    let json = format!("{{\"pem\": \"{}\"}}", plain.replace('\n', "\\n"));
    let dashes = plain.replace("-----BEGIN", "\u{2014}\u{2013}-BEGIN").replace("-----END", "\u{2014}\u{2014}-END");
    for (what, bytes) in [
        ("UTF-16 LE", utf16(&plain, u16::to_le_bytes, true)),
        ("UTF-16 LE, no mark", utf16(&plain, u16::to_le_bytes, false)),
        ("UTF-16 BE", utf16(&plain, u16::to_be_bytes, true)),
        ("UTF-16 BE, no mark", utf16(&plain, u16::to_be_bytes, false)),
        ("UTF-16 with CRLF", utf16(&plain.replace('\n', "\r\n"), u16::to_le_bytes, true)),
        ("UTF-8 with a mark", format!("\u{feff}{plain}").into_bytes()),
        ("a request too", format!("{}{plain}", text("hub.csr")).into_bytes()),
        ("CR only", plain.replace('\n', "\r").into_bytes()),
        ("CRLF", plain.replace('\n', "\r\n").into_bytes()),
        ("no last line end", plain.trim_end().as_bytes().to_vec()),
        ("END and BEGIN glued", plain.replace("-----\n-----", "----------").into_bytes()),
        ("END and BEGIN share dashes", plain.replace("-----\n-----", "-----").into_bytes()),
        ("text glued on both ends", format!("Key:{}Regards", plain.trim_end().replace("-----\n-----BEGIN", "-----and-----BEGIN")).into_bytes()),
        ("one long line a block", one_line("\n").into_bytes()),
        ("all in one line", one_line(" ").into_bytes()),
        ("blank lines everywhere", plain.replace('\n', "\n\n").into_bytes()),
        ("a reply's marks", quoted.into_bytes()),
        ("blanks around lines", spaced.into_bytes()),
        ("blanks within lines", within.into_bytes()),
        ("no-break spaces", plain.replace('\n', "\u{a0}\n").into_bytes()),
        ("a page with pre", page.into_bytes()),
        ("a page with br and entities", breaks.into_bytes()),
        ("a JSON string", json.into_bytes()),
        ("dashes of a word processor", dashes.into_bytes()),
        ("X509 CERTIFICATE", plain.replace(" CERTIFICATE", " X509 CERTIFICATE").into_bytes()),
        ("quoted-printable", quoted_printable(&plain).into_bytes()),
        ("a mail in quoted-printable", format!("From: ca@example.org\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nDear colleague,\r\nhere it is =E2=80=93 good luck.\r\n\r\n{}", quoted_printable(&plain)).into_bytes()),
        ("a mail in base64", format!("Subject: it\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n", wrapped(plain.as_bytes(), 76, "\r\n")).into_bytes()),
    ] {
        good(what, &[("all.pem", bytes)], None);
    }
}

#[test]
fn mails_with_attachments_and_bare_base64_are_read() {
    sh("openssl crl2pkcs7 -nocrl -certfile hub.crt -certfile chain.pem -outform der -out all.p7b");
    let part = |kind: &str, name: &str, bytes: &[u8]| {
        format!(
            "--b1\r\nContent-Type: {kind}; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\n{}\r\n",
            wrapped(bytes, 76, "\r\n")
        )
    };
    let mail = |parts: &[String]| {
        let head = "From: CA <ca@example.org>\r\nTo: me\r\nSubject: =?utf-8?q?Your_certificate?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n--b1\r\nContent-Type: text/plain\r\n\r\nDear colleague,\r\n\r\nplease find it attached.\r\n\r\n";
        format!("{head}{}--b1--\r\n", parts.concat()).into_bytes()
    };
    let key = || ("hub.key", bytes("hub.key"));
    for (what, mail) in [
        ("a p7b attached", mail(&[part("application/x-pkcs7-certificates", "all.p7b", &bytes("all.p7b"))])),
        (
            "PEM files attached",
            mail(
                &["hub.crt", "inter.crt", "root.crt"].map(|name| part("application/octet-stream", name, &bytes(name))),
            ),
        ),
        (
            "DER files attached",
            mail(&["hub.crt", "inter.crt", "root.crt"].map(|name| part("application/pkix-cert", name, &der(name)))),
        ),
        (
            "a logo beside it",
            mail(&[
                part("image/png", "logo.png", &vec![0x5a; 5000]),
                part("application/x-pkcs7-certificates", "all.p7b", &bytes("all.p7b")),
            ]),
        ),
    ] {
        good(what, &[key(), ("mail.eml", mail)], None);
    }
    let bare = |width, end| ["hub.crt", "inter.crt", "root.crt"].map(|name| wrapped(&der(name), width, end));
    for (what, text) in [
        ("bare base64 in lines", bare(64, "\n").join("\n\n")),
        ("bare base64, one line each", bare(100_000, "").join("\n")),
        ("bare base64 with CRLF", bare(64, "\r\n").join("\r\n\r\n")),
        ("bare p7b in lines", wrapped(&bytes("all.p7b"), 64, "\n")),
        ("bare p7b in one line", wrapped(&bytes("all.p7b"), 1_000_000, "")),
        ("bare p7b of 76, CRLF", wrapped(&bytes("all.p7b"), 76, "\r\n") + "\r\n"),
        ("bare p7b with a word before", format!("Certificate:\n{}", wrapped(&bytes("all.p7b"), 64, "\n"))),
    ] {
        let repairs = good(what, &[key(), ("answer.txt", text.into_bytes())], None);
        assert!(repairs.iter().any(|repair| repair.contains("without BEGIN and END")), "{what}: {repairs:?}");
    }
    good(
        "UTF-16 bare p7b",
        &[key(), ("a.p7b", utf16(&wrapped(&bytes("all.p7b"), 64, "\r\n"), u16::to_le_bytes, true))],
        None,
    );
}

#[test]
fn pkcs7_and_other_tags_and_binary_forms_are_read() {
    sh("openssl crl2pkcs7 -nocrl -certfile hub.crt -certfile chain.pem -outform der -out seven.p7b; \
        openssl cms -sign -binary -stream -in hub.csr -signer hub.crt -inkey hub.key -certfile chain.pem -outform DER -out stream.p7b; \
        openssl x509 -in hub.crt -trustout -addtrust serverAuth -out trusted.crt; \
        openssl rsa -in hub.key -traditional -outform der -out pkcs1.der 2>/dev/null");
    let key = || ("hub.key", bytes("hub.key"));
    for tag in ["PKCS7", "PKCS #7 SIGNED DATA", "CMS", "CERTIFICATE", "PKCS7 SIGNED DATA"] {
        let text = format!("-----BEGIN {tag}-----\n{}\n-----END {tag}-----\n", wrapped(&bytes("seven.p7b"), 64, "\n"));
        good(tag, &[key(), ("x.p7b", text.into_bytes())], None);
    }
    assert!(bytes("stream.p7b")[1] == 0x80, "openssl wrote BER with a length that is not given");
    good("a signature in BER", &[key(), ("x.p7b", bytes("stream.p7b"))], None);
    good("TRUSTED CERTIFICATE", &[key(), ("t.crt", bytes("trusted.crt")), ("c.pem", bytes("chain.pem"))], None);
    good("DER behind each other", &[key(), ("all.der", ["hub.crt", "inter.crt", "root.crt"].map(der).concat())], None);
    good("a DER key", &[("k.der", bytes("pkcs1.der")), ("all.p7b", bytes("seven.p7b"))], None);
    good("a file twice", &[key(), ("a", bytes("seven.p7b")), ("b", bytes("seven.p7b")), key()], None);
    good("request and public key beside", &[key(), ("r", bytes("hub.csr")), ("x.p7b", bytes("seven.p7b"))], None);
    let cut = text("root.crt").replace("-----END CERTIFICATE-----\n", "");
    good(
        "the last END line missing",
        &[key(), ("c", format!("{}{}{cut}", text("hub.crt"), text("inter.crt")).into_bytes())],
        None,
    );
    let half: String = text("hub.crt").chars().take(600).collect();
    says(
        "half a certificate",
        &[key(), ("half.crt", half.into_bytes())],
        None,
        "`half.crt` has a part `CERTIFICATE` that is damaged",
        "Save the attachment again",
    );
}

#[test]
fn keys_in_every_form_are_read_or_named() {
    let script = format!(
        "for curve in P-256 P-384 P-521 secp256k1; do openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve -out ec-$curve.key; \
         openssl req -x509 -new -key ec-$curve.key -subj /CN={HOST} -addext subjectAltName=DNS:{HOST} -addext basicConstraints=CA:FALSE -days 90 -out ec-$curve.crt; \
         (openssl ecparam -name $curve 2>/dev/null; openssl ec -in ec-$curve.key 2>/dev/null) > sec1-$curve.key; openssl ec -in ec-$curve.key -outform der -out sec1-$curve.der 2>/dev/null; done; \
         openssl genpkey -algorithm ed25519 -out ed.key; openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out pss.key 2>/dev/null; \
         openssl ecparam -name prime256v1 -param_enc explicit -genkey -noout -out explicit.key; openssl dsaparam -genkey 1024 2>/dev/null | openssl pkcs8 -topk8 -nocrypt -out dsa.key; \
         openssl pkcs8 -topk8 -in hub.key -passout pass:pw -scrypt -out scrypt.key; openssl pkcs8 -topk8 -in hub.key -passout pass:pw -v2 des3 -out des3.key; \
         openssl pkcs8 -topk8 -in hub.key -passout pass:pw -v2 aes-128-cbc -v2prf hmacWithSHA1 -out aes128.key; openssl pkcs8 -topk8 -in hub.key -passout pass:pw -outform der -out enc.der; \
         openssl pkcs8 -topk8 -in hub.key -passout pass:pw -v1 PBE-SHA1-2DES -out two.key"
    );
    sh(&script);
    for curve in ["P-256", "P-384"] {
        for form in [format!("ec-{curve}.key"), format!("sec1-{curve}.key"), format!("sec1-{curve}.der")] {
            let (problems, ..) = outcome(&[("k", bytes(&form)), ("c", bytes(&format!("ec-{curve}.crt")))], None);
            assert!(problems.is_empty(), "{form}: {problems:?}");
        }
    }
    says(
        "P-521",
        &[("k", bytes("sec1-P-521.key")), ("c", bytes("ec-P-521.crt"))],
        None,
        "is EC, P-521: Chrome, Edge and Safari do not take it",
        "P-256",
    );
    says(
        "secp256k1",
        &[("k", bytes("sec1-secp256k1.key")), ("c", bytes("ec-secp256k1.crt"))],
        None,
        "on the curve 1.3.132.0.10",
        "P-256",
    );
    let chain = || ("chain.pem", [bytes("hub.crt"), bytes("chain.pem")].concat());
    for form in ["scrypt.key", "des3.key", "aes128.key", "enc.der", "two.key"] {
        good(form, &[("k", bytes(form)), chain()], Some("pw"));
        says(
            form,
            &[("k.key", bytes(form)), chain()],
            Some("no"),
            "The passphrase does not open `k.key`",
            "Enter the passphrase again",
        );
        says(form, &[("k.key", bytes(form)), chain()], None, "no passphrase was given", "Enter the passphrase");
    }
    for (form, word) in [("ed.key", "Ed25519"), ("pss.key", "PSS"), ("dsa.key", "DSA")] {
        says(form, &[("k", bytes(form)), chain()], None, word, "RSA key of 2048 bits");
    }
    let numbers = [("k", bytes("explicit.key")), chain()];
    says("explicit.key", &numbers, None, "writes its curve out in numbers", "openssl ec -param_enc named_curve -in k ");
    // 2,000,000,000 rounds: refused at once, not computed.
    std::fs::write(
        folder().join("rounds.cnf"),
        "asn1=SEQUENCE:e\n[e]\na=SEQUENCE:a\nd=FORMAT:HEX,OCTETSTRING:00112233445566778899aabbccddeeff\n[a]\no=OID:PBES2\np=SEQUENCE:p\n[p]\nk=SEQUENCE:k\nc=SEQUENCE:c\n\
         [k]\no=OID:PBKDF2\ns=SEQUENCE:s\n[s]\ns=FORMAT:HEX,OCTETSTRING:0011223344556677\ni=INTEGER:2000000000\np=SEQUENCE:h\n[h]\no=OID:hmacWithSHA256\nn=NULL\n\
         [c]\no=OID:aes-256-cbc\ni=FORMAT:HEX,OCTETSTRING:00112233445566778899aabbccddeeff\n",
    )
    .unwrap();
    sh("openssl asn1parse -genconf rounds.cnf -noout -out rounds.der");
    let since = std::time::Instant::now();
    says("rounds", &[("my key.der", bytes("rounds.der"))], Some("pw"), "2000000000 rounds", "-in 'my key.der'");
    assert!(since.elapsed().as_secs() < 5);
}

#[test]
fn pkcs12_of_all_times_opens() {
    let export = "openssl pkcs12 -export -inkey hub.key -in hub.crt -certfile chain.pem";
    sh(&format!(
        "{export} -passout pass:pw -out new.pfx; {export} -legacy -passout pass:pw -out old.pfx; \
         {export} -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 -passout pass:pw -out three.pfx; \
         {export} -provider legacy -provider default -keypbe PBE-SHA1-2DES -certpbe PBE-SHA1-RC2-128 -passout pass:pw -out mixed.pfx; \
         {export} -macalg sha512 -keypbe aes-128-cbc -certpbe aes-192-cbc -passout pass:pw -out mac512.pfx; {export} -macalg sha384 -passout pass:pw -out mac384.pfx; \
         {export} -nomac -passout pass:pw -out nomac.pfx; {export} -keypbe NONE -certpbe NONE -passout pass:pw -out open.pfx; \
         {export} -name 'A name' -caname x -CSP 'Microsoft Enhanced' -passout pass:pw -out csp.pfx; \
         {export} -passout pass: -out empty.pfx; {export} -passout 'pass:gehe🔑im' -out beyond.pfx; {export} -passout 'pass:Schlüssel' -out umlaut.pfx; \
         {export} -legacy -passout 'pass:gehe🔑im' -out beyond-old.pfx"
    ));
    for name in
        ["new.pfx", "old.pfx", "three.pfx", "mixed.pfx", "mac512.pfx", "mac384.pfx", "nomac.pfx", "open.pfx", "csp.pfx"]
    {
        good(name, &[(name, bytes(name))], Some("pw"));
        if name != "open.pfx" {
            says(name, &[(name, bytes(name))], None, "no passphrase was given", "Enter the passphrase");
        }
        says(name, &[(name, bytes(name))], Some("wrong"), "The passphrase does not open", "Enter the passphrase again");
    }
    good("no passphrase", &[("empty.pfx", bytes("empty.pfx"))], None);
    good("an empty passphrase", &[("empty.pfx", bytes("empty.pfx"))], Some(""));
    good("beyond the basic plane", &[("a.pfx", bytes("beyond.pfx"))], Some("gehe🔑im"));
    good("beyond the basic plane, old ciphers", &[("a.pfx", bytes("beyond-old.pfx"))], Some("gehe🔑im"));
    good("an umlaut", &[("a.pfx", bytes("umlaut.pfx"))], Some("Schlüssel"));
    // BER: the outermost length is not given, and zeros stand behind it.
    let whole = bytes("new.pfx");
    assert_eq!(whole[1], 0x82, "two bytes of length");
    let ber = [&[0x30, 0x80], &whole[4..], &[0, 0]].concat();
    good("BER", &[("keychain.p12", ber)], Some("pw"));
    good("base64", &[("a.txt", wrapped(&whole, 64, "\n").into_bytes())], Some("pw"));
}

#[test]
fn two_million_rounds_are_patience_and_not_a_wrong_passphrase() {
    sh(
        "openssl pkcs12 -export -inkey hub.key -in hub.crt -certfile chain.pem -iter 2000000 -passout pass:pw -out slow.pfx",
    );
    good("2,000,000 rounds", &[("slow.pfx", bytes("slow.pfx"))], Some("pw"));
    says("2,000,000 rounds", &[("slow.pfx", bytes("slow.pfx"))], Some("no"), "The passphrase does not open", "Enter");
}

#[test]
fn files_of_other_programs_are_named_with_what_to_do() {
    let openssh =
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU=\n-----END OPENSSH PRIVATE KEY-----\n";
    let nasty = "my $HOME's \"key\".pem";
    for (name, content, word, fix) in [
        ("a.zip", &b"PK\x03\x04rest"[..], "is an archive (ZIP)", "Unpack it"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", "is an archive (7-Zip)", "Unpack it"),
        ("a.tgz", b"\x1f\x8b\x08\0", "is an archive (gzip)", "Unpack it"),
        (
            "store.jks",
            b"\xfe\xed\xfe\xed\0\0\0\x02",
            "is a keystore of Java",
            "keytool -importkeystore -srckeystore store.jks",
        ),
        ("my store.jks", b"\xfe\xed\xfe\xed\0\0\0\x02", "is a keystore of Java", "-srckeystore 'my store.jks' "),
        ("id_rsa", openssh.as_bytes(), "OpenSSH's form", "ssh-keygen -p -m PKCS8"),
        (nasty, openssh.as_bytes(), "OpenSSH's form", "cp -- 'my $HOME'\\''s \"key\".pem' hub.key"),
        ("a.ppk", b"PuTTY-User-Key-File-2: ssh-rsa", "PuTTY's form", "puttygen a.ppk"),
        ("a.pub", b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ me@here", "is a public key", "Choose the private key"),
        ("a.pdf", b"%PDF-1.7", "is a PDF document", "Ask for the certificate"),
        ("a.html", b"<html><head><title>Sign in</title></head></html>", "is a web page", "Download the file itself"),
        ("a\u{202e}gpj.key\n.pem", b"hello", "holds no certificate", "Choose the files"),
    ] {
        says(name, &[(name, content.to_vec())], None, word, fix);
        let (problems, ..) = outcome(&[(name, content.to_vec())], None);
        let shown: String = problems.iter().map(|problem| format!("{} {}", problem.what, problem.fix)).collect();
        assert!(!shown.chars().any(|c| c.is_control() || c == '\u{202e}'), "{shown:?}");
    }
}

#[test]
fn a_shell_reads_back_the_names_in_commands() {
    for name in [
        "plain.pem",
        "with space.pem",
        "it's.pem",
        "$(touch x).pem",
        "`id`.pem",
        "a\"b.pem",
        "-rf",
        "a\nb.pem",
        "a;b&c|d.pem",
        "ü.pem",
        "back\\slash.pem",
        "both ' and `.pem",
    ] {
        let output = Command::new("bash")
            .env("LC_ALL", "C.UTF-8")
            .args(["-c", &format!("printf %s {}", words::shell(name))])
            .output()
            .unwrap();
        let read = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            read.strip_prefix("./").filter(|_| name.starts_with('-')).unwrap_or(&read),
            name,
            "{}",
            words::shell(name)
        );
        assert!(!words::shell(name).contains(['\n', '`']));
    }
    assert!(words::clean(&"x".repeat(500)).chars().count() <= 80);
}

/// Nothing here takes longer than its size: 4 MB of what each reader looks for.
#[test]
fn large_files_of_nothing_are_refused_in_time() {
    let digits = wrapped(&[0x30, 0x82, 0, 0x60].repeat(12), 64, "\n");
    for piece in [
        "END ",
        "-----BEGIN X",
        "-----END X-----",
        "-BEGIN",
        "&",
        "<",
        "<p",
        "=   ",
        "=3D=\n",
        ">",
        "MIIB",
        "MIIB\n",
        "A\n",
        "=\n",
        " ",
        "\\n",
        &digits,
        "-----BEGIN CERTIFICATE-----\nMIIB\n",
    ] {
        let text = format!("<html>=3D\n{}", piece.repeat((4 << 20) / piece.len()));
        let since = std::time::Instant::now();
        let (problems, ..) = outcome(&[("big.pem", text.into_bytes())], None);
        assert!(!problems.is_empty() && problems.len() < 10, "{piece:?}: {}", problems.len());
        assert!(since.elapsed().as_secs() < 15, "{piece:?}: {:?}", since.elapsed());
    }
}

/// What a breaker found: passed over in silence, or blamed on something else.
#[test]
fn what_is_damaged_or_foreign_is_the_only_thing_that_is_said() {
    let only = |what: &str, files: &[(&str, Vec<u8>)], passphrase: Option<&str>, said: &str| {
        let (mut problems, ..) = outcome(files, passphrase);
        // As the page shows it: with a fault of a file, what is missing follows from that.
        if problems.len() > 1 {
            problems.retain(|problem| !problem.what.starts_with("There is no"));
        }
        assert_eq!(problems.len(), 1, "{what}: {problems:?}");
        assert!(problems[0].what.contains(said), "{what} says {said:?}: {problems:?}");
    };
    let key = || ("hub.key", bytes("hub.key"));
    let chain = || ("chain.pem", bytes("chain.pem"));
    let mut torn = text("hub.crt");
    torn.remove(200);
    only("one digit lost", &[key(), ("hub.crt", torn.into_bytes()), chain()], None, "is damaged");
    let cut = der("hub.crt")[..300].to_vec();
    only("cut off", &[key(), ("hub.cer", cut), chain()], None, "`hub.cer` is cut off");
    only("only issuers", &[key(), chain()], None, "no certificate of the hub in what you chose, only of issuers");
    let inter = ("inter.key", bytes("inter.key"));
    only(
        "an issuer's key",
        &[inter, ("all.pem", [bytes("hub.crt"), bytes("chain.pem")].concat())],
        None,
        "is that of the issuer “Test Intermediate”",
    );
    sh("openssl pkcs12 -export -inkey hub.key -in hub.crt -certfile chain.pem -passout pass:pw -out cut.pfx; \
        openssl smime -encrypt -aes256 -outform PEM -in hub.csr -out mail.p7m hub.crt; \
        openssl ec -in <(openssl ecparam -name prime256v1 -genkey -noout) -param_enc explicit -out numbers.key");
    let cut = bytes("cut.pfx");
    only("PKCS#12 cut off", &[("cut.pfx", cut[..cut.len() - 200].to_vec())], Some("pw"), "`cut.pfx` is cut off");
    let all = || ("all.pem", [bytes("hub.crt"), bytes("chain.pem")].concat());
    only(
        "an encrypted mail",
        &[key(), all(), ("mail.p7m", bytes("mail.p7m"))],
        None,
        "`mail.p7m` is an encrypted mail",
    );
    let armour = |kind: &str| format!("-----BEGIN {kind}-----\n\nYWdlLWVuY3J5\n-----END {kind}-----\n").into_bytes();
    only("PGP", &[("k.asc", armour("PGP PRIVATE KEY BLOCK")), all()], None, "a key or message of PGP");
    only("age", &[("k.age", armour("AGE ENCRYPTED FILE")), all()], None, "a file encrypted with age");
    only("another kind", &[key(), all(), ("x.pem", armour("SOMETHING"))], None, "`x.pem` holds no certificate");
    only(
        "a curve in numbers",
        &[("numbers.key", bytes("numbers.key")), all()],
        None,
        "writes its curve out in numbers",
    );
}

#[test]
fn more_forms_that_people_have_are_read() {
    let plain = bundle();
    let encoded: String = plain
        .bytes()
        .map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() || byte == b'-' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    good("URL-encoded", &[("all.txt", encoded.into_bytes())], None);
    let chain = ["hub.crt", "inter.crt", "root.crt"].map(text).concat();
    let secret = format!(
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\ndata:\n  tls.crt: {}\n  tls.key: {}\n",
        STANDARD.encode(chain),
        STANDARD.encode(text("hub.key"))
    );
    good("a secret of Kubernetes", &[("secret.yaml", secret.into_bytes())], None);
    sh("openssl pkcs12 -export -inkey hub.key -in hub.crt -certfile chain.pem -passout pass: -out none.pfx; \
        openssl crl2pkcs7 -nocrl -certfile hub.crt -out /dev/null; openssl ecparam -name prime256v1 -out params.pem");
    good("a passphrase that is not needed", &[("none.pfx", bytes("none.pfx"))], Some("for another file"));
    let repairs =
        good("parameters alone", &[("all.pem", plain.into_bytes()), ("params.pem", bytes("params.pem"))], None);
    assert!(repairs.iter().any(|repair| repair.contains("`params.pem` has nothing of use here")), "{repairs:?}");
}

/// The commands in messages do what they say, with the OpenSSL of today.
#[test]
fn the_commands_in_messages_work() {
    for (name, how) in [
        ("md5-des.key", "pkcs8 -topk8 -v1 PBE-MD5-DES -provider legacy -provider default"),
        ("rc4.key", "pkcs8 -topk8 -v1 PBE-SHA1-RC4-128 -provider legacy -provider default"),
        ("rc2-40.key", "pkcs8 -topk8 -v2 rc2-40 -provider legacy -provider default"),
        ("camellia.key", "pkcs8 -topk8 -v2 camellia256"),
        ("proc.key", "rsa -traditional -aes128"),
    ] {
        sh(&format!("openssl {how} -in hub.key -passout pass:pw -out {name} 2>/dev/null"));
        let (problems, ..) = outcome(&[(name, bytes(name))], Some("pw"));
        let fix = &problems
            .iter()
            .find(|problem| problem.fix.contains("openssl"))
            .unwrap_or_else(|| panic!("{name}: {problems:?}"))
            .fix;
        let command = fix.split('`').nth(1).unwrap();
        sh(&format!("{command} -passin pass:pw -passout pass:new 2>/dev/null"));
        good(
            name,
            &[("new.key", bytes("new.key")), ("c", [bytes("hub.crt"), bytes("chain.pem")].concat())],
            Some("new"),
        );
    }
}
