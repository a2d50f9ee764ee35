//! Files of other programs, and what is damaged: named for what it is, in time.

use super::*;

/// What lies beside a whole set and is no certificate stops nobody; where something is missing it may be what was meant.
#[test]
fn a_stray_file_beside_a_whole_set_is_left_out() {
    let strays: [(&str, &[u8]); 6] = [
        ("README", b"This directory contains your keys and certificates.\n"),
        ("Icon", b""),
        ("order.pdf", b"%PDF-1.7"),
        ("Thumbs.db", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("passphrase.txt", b"correct horse"),
        ("page.html", b"<html><head><title>Your order</title></head></html>"),
    ];
    for (name, content) in strays {
        let judged = |bundle: String| {
            let files = [("hub.pem".to_owned(), bundle.into_bytes()), (name.to_owned(), content.to_vec())];
            let (found, faults) = read(&files, None);
            judge(&found, None, HOST, Timestamp::now()).told(faults, |_| false)
        };
        let whole = judged(bundle());
        let said = |problem: &&Problem| problem.what.contains(&format!("`{name}`"));
        let note = whole.iter().find(said).unwrap_or_else(|| panic!("{name}: {whole:?}"));
        assert!(!note.is_error() && note.what.ends_with("It was left out."), "{name}: {note:?}");
        assert!(!whole.iter().any(Problem::is_error), "{name}: {whole:?}");
        let part = judged(text("hub.crt"));
        assert!(part.iter().find(said).is_some_and(Problem::is_error), "{name}: {part:?}");
    }
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
        ("a.ppk", b"PuTTY-User-Key-File-2: ssh-rsa", "the form of PuTTY", "puttygen a.ppk"),
        ("a.pub", b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ me@here", "is a public key", "Choose the private key"),
        ("a.jwk", b"{\"kty\":\"RSA\",\"n\":\"AQAB\"}", "is a key in JSON (JWK)", "its first line says `PRIVATE KEY`"),
        ("a.jwk", b"\xef\xbb\xbf\n {\"keys\":[{\"kty\":\"RSA\"}]}", "is a key in JSON (JWK)", "its first line says"),
        ("a.ppk", b"\xef\xbb\xbfPuTTY-User-Key-File-3: ssh-rsa", "the form of PuTTY", "puttygen a.ppk"),
        ("a.xz", b"\xfd7zXZ\0rest", "is an archive (xz)", "Unpack it"),
        ("a.bz2", b"BZh91AY&SY", "is an archive (bzip2)", "Unpack it"),
        ("a.zst", b"\x28\xb5\x2f\xfdrest", "is an archive (Zstandard)", "Unpack it"),
        ("a.cab", b"MSCF\0\0\0\0", "is an archive (CAB)", "Unpack it"),
        ("a.gif", b"GIF89a", "is a picture", "Ask for the certificate"),
        ("a.age", b"age-encryption.org/v1\n-> X25519 abc\n", "is a file encrypted with age", "age --decrypt"),
        ("mark.pem", b"\xef\xbb\xbf\r\n", "is empty", "Save the attachment again"),
        ("age.txt", b"AGE-SECRET-KEY-1QQQQ", "is a key of age", "its first line says `PRIVATE KEY`"),
        ("a.pdf", b"%PDF-1.7", "is a PDF document", "Ask for the certificate"),
        (
            "re.msg",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "mail of Microsoft Office",
            "save what is in it or attached to it",
        ),
        ("winmail.dat", b"\x78\x9f\x3e\x22\x01\0", "Outlook's own form (TNEF)", "save what is attached to it"),
        (
            "Copy.docx",
            b"PK\x03\x04\0\0word/document.xml",
            "a document or mail of Microsoft Office",
            "save what is in it",
        ),
        ("cert9.db", b"SQLite format 3\0rest", "is a database", "export certificate and key from there as `.p12`"),
        ("login.keychain", b"kych\0\x01", "is a keychain of macOS", "export certificate and key from there as `.p12`"),
        (
            "hub.lnk",
            b"\x4c\0\0\0\x01\x14\x02\0\0",
            "stands for one that is elsewhere",
            "Choose the file that it stands for",
        ),
        (
            "hub.crt",
            b"version https://git-lfs.github.com/spec/v1\n",
            "stands for one that is elsewhere",
            "Choose the file",
        ),
        ("k.enc", b"Salted__12345678", "encrypted with `openssl enc`", "Open it with that program"),
        ("k.b64", b"U2FsdGVkX18xMjM0\n", "encrypted with `openssl enc`", "Open it with that program"),
        ("k.vault", b"$ANSIBLE_VAULT;1.1;AES256\n3536", "encrypted with Ansible Vault", "Open it with that program"),
        ("k.yaml", b"tls: ENC[AES256_GCM,data:abc]\n", "encrypted with sops", "Open it with that program"),
        ("k.key", b"\0GITCRYPT\0abc", "encrypted with git-crypt", "Open it with that program"),
        ("k.xml", b"<RSAKeyValue><Modulus>", "is a key in XML (.NET)", "its first line says `PRIVATE KEY`"),
        ("a.html", b"<html><head><title>Sign in</title></head></html>", "is a web page", "Download the file itself"),
        ("a\u{202e}gpj.key\n.pem", b"hello", "is no certificate", "Choose the files"),
    ] {
        says(name, &[(name, content.to_vec())], None, word, fix);
        let (problems, ..) = outcome(&[(name, content.to_vec())], None);
        let shown: String = problems.iter().map(|problem| format!("{} {}", problem.what, problem.fix)).collect();
        assert!(!shown.chars().any(|c| c.is_control() || c == '\u{202e}'), "{shown:?}");
    }
}

/// What was unpacked already, and last year's files, do no harm beside a whole set.
#[test]
fn beside_a_whole_set_nothing_else_is_needed() {
    let torn = text("inter.crt").replace("MII", "M");
    let told = |beside: (&str, &[u8]), names: &[&str]| {
        let files: Vec<_> = names.iter().map(|name| ((*name).to_owned(), bytes(name))).collect();
        let beside = (beside.0.to_owned(), beside.1.to_vec());
        let (found, faults) = read(&[files, vec![beside]].concat(), None);
        judge(&found, None, HOST, Timestamp::now()).told(faults, |_| false)
    };
    let whole = ["hub.key", "hub.crt", "chain.pem"];
    for (name, content) in [
        ("certs.zip", &b"PK\x03\x04rest"[..]),
        ("hub.jks", b"\xfe\xed\xfe\xed\0\0\0\x02"),
        ("old.crt", torn.as_bytes()),
    ] {
        let problems = told((name, content), &whole);
        let note = problems.iter().find(|problem| problem.what.contains(name)).unwrap();
        assert!(problems.iter().all(|problem| !problem.is_error()), "{problems:?}");
        assert!(note.what.ends_with("It was left out.") && note.fix.starts_with("Nothing to do"), "{note:?}");
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
        assert!(since.elapsed().as_secs() < 60, "{piece:?}: {:?}", since.elapsed());
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
    sh(
        "mkdir -p ca; : > ca/i; echo 01 > ca/n; printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=ca/i\\ncrlnumber=ca/n\\ndefault_md=sha256\\ndefault_crl_days=9\\n' > ca/c; \
        openssl ca -gencrl -config ca/c -cert inter.crt -keyfile inter.key 2>/dev/null | openssl crl -outform der -out list.crl",
    );
    let (problems, _, repairs) = outcome(&[key(), all(), ("list.crl", bytes("list.crl"))], None);
    assert!(
        problems.is_empty() && repairs.iter().any(|repair| repair.contains("`list.crl` has a revocation list")),
        "{problems:?}"
    );
    only(
        "a revocation list",
        &[key(), ("list.crl", bytes("list.crl"))],
        None,
        "is a revocation list, not a certificate",
    );
    // A certificate that is whole and says what none may say.
    let mut february = der("hub.crt");
    let at = february.windows(2).position(|pair| pair == [0x17, 13]).unwrap();
    february[at + 4..at + 8].copy_from_slice(b"0230");
    only("30 February", &[key(), ("hub.crt", february), chain()], None, "its dates are none, so no client reads it");
    only("PGP", &[("k.asc", armour("PGP PRIVATE KEY BLOCK")), all()], None, "is a key of PGP");
    only("age", &[("k.age", armour("AGE ENCRYPTED FILE")), all()], None, "a file encrypted with age");
    only("another kind", &[key(), all(), ("x.pem", armour("SOMETHING"))], None, "n `x.pem` is no certificate");
    only(
        "a curve in numbers",
        &[("numbers.key", bytes("numbers.key")), all()],
        None,
        "writes its curve out in numbers",
    );
}
