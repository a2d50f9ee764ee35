//! Text of every kind, mails, and what is not encrypted in binary: the same chain comes out.

use super::der::element;
use super::*;

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
    let coded = plain.replace('+', "&#43;").replace('/', "&#x2F;").replace('=', "&#x3D;").replace('\n', "<br/>");
    let in_one_line = format!("<html><body><p>{coded}</p></body></html>");
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
        ("a page with br and entities", breaks.clone().into_bytes()),
        ("a page in a mail in quoted-printable", quoted_printable(&in_one_line).into_bytes()),
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
            "an archive beside it",
            mail(&[
                part(
                    "application/zip",
                    "all.zip",
                    b"PK\x03\x04 and more than sixty-four letters of whatever stands in an archive",
                ),
                part("application/x-pkcs7-certificates", "all.p7b", &bytes("all.p7b")),
            ]),
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
    // What is attached is told as that: no command for the mail itself would open it.
    for (what, name, bytes, word) in [
        (
            "an archive alone",
            "all.zip",
            b"PK\x03\x04 and more than sixty-four letters of whatever is in it.......".to_vec(),
            "holds an archive",
        ),
        (
            "a keystore of Java",
            "hub.jks",
            [&b"\xfe\xed\xfe\xed\0\0\0\x02"[..], &der("hub.key")].concat(),
            "holds a keystore of Java",
        ),
    ] {
        let mail = mail(&[part("application/octet-stream", name, &bytes)]);
        says(what, &[key(), ("mail.eml", mail)], None, word, "as a file of its own");
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

fn utf32(text: &str, order: fn(u32) -> [u8; 4], mark: bool) -> Vec<u8> {
    mark.then_some(0xfeff).into_iter().chain(text.chars().map(u32::from)).flat_map(order).collect()
}

/// What people copy out of is not a certificate's own file: a diff, a log, a terminal, a mail that quotes it.
#[test]
fn marks_in_front_of_every_line_are_no_part_of_the_certificate() {
    let plain = bundle();
    let marked = |mark: &str| plain.lines().map(|line| format!("{mark}{line}\n")).collect::<String>();
    for mark in [
        "+",
        "-",
        "  ",
        "! ",
        "> ",
        "< ",
        ">> ",
        "| ",
        "# ",
        "// ",
        " * ",
        "; ",
        "JD> ",
        "  - ",
        "\t",
        "Nov 25 10:00:00 host app[12]: ",
    ] {
        good(mark, &[("all.pem", marked(mark).into_bytes())], None);
        let of_windows = marked(mark).replace('\n', "\r\n");
        good(mark, &[("all.pem", of_windows.into_bytes())], None);
    }
    let numbered = |form: fn(usize, &str) -> String| {
        plain.lines().enumerate().map(|(at, line)| form(at + 1, line)).collect::<String>().into_bytes()
    };
    let whole = "diff --git a/all.pem b/all.pem\nindex 000..111\n--- /dev/null\n+++ b/all.pem\n@@ -0,0 +1,99 @@\n";
    let key = text("hub.key");
    let rest = ["hub.crt", "inter.crt", "root.crt"].map(text).concat();
    // A certificate that took another's place: BEGIN and END stayed as they were.
    let (old, new) = (text("inter.crt"), text("hub.crt"));
    let body = |pem: &str, mark: &str| -> String {
        pem.lines().filter(|line| !line.starts_with('-')).map(|line| format!("{mark}{line}\n")).collect()
    };
    let replaced = format!(
        " -----BEGIN CERTIFICATE-----\n{}{} -----END CERTIFICATE-----\n{key}{}",
        body(&old, "-"),
        body(&new, "+"),
        ["inter.crt", "root.crt"].map(text).concat()
    );
    for (what, bytes) in [
        ("a whole diff", format!("{whole}{}", marked("+")).into_bytes()),
        (
            "key taken out, certificates put in",
            format!("-{}+{}", key.trim_end().replace('\n', "\n-") + "\n", rest.trim_end().replace('\n', "\n+"))
                .into_bytes(),
        ),
        ("one took another's place", replaced.into_bytes()),
        ("numbers of lines", numbered(|at, line| format!("{at:6}\t{line}\n"))),
        ("numbers of lines with a colon", numbered(|at, line| format!("{at}:{line}\n"))),
        ("times in a log", numbered(|at, line| format!("2026-11-25T10:00:{at:02}Z INFO {line}\n"))),
        ("marks at the ends of lines", numbered(|_, line| format!("{line}$\n"))),
        ("colours of a terminal", numbered(|_, line| format!("\u{1b}[32;1m{line}\u{1b}[0m\n"))),
        ("a diff as a page", numbered(|at, line| format!("<tr><td>{at}</td><td>+{line}</td></tr>\n"))),
        (
            "letters of web addresses",
            plain
                .lines()
                .map(|line| {
                    if line.starts_with('-') {
                        format!("{line}\n")
                    } else {
                        line.replace('+', "-").replace('/', "_") + "\n"
                    }
                })
                .collect::<String>()
                .into_bytes(),
        ),
    ] {
        good(what, &[("all.pem", bytes)], None);
    }
}

#[test]
fn four_bytes_a_letter_are_read() {
    let plain = bundle();
    let seven = wrapped(&bytes("hub.crt"), 64, "\r\n");
    for order in [u32::to_le_bytes, u32::to_be_bytes] {
        for mark in [true, false] {
            let repairs = good("UTF-32", &[("all.pem", utf32(&plain, order, mark))], None);
            assert!(repairs.iter().any(|repair| repair.contains("is in UTF-32")), "{repairs:?}");
            good("UTF-32 with CRLF", &[("all.pem", utf32(&plain.replace('\n', "\r\n"), order, mark))], None);
            let japanese = format!("証明書です\n{plain}");
            good("UTF-32 with other letters", &[("all.pem", utf32(&japanese, order, mark))], None);
            let whole = utf32(&format!("{plain}\n"), order, mark);
            good("UTF-32, cut within a letter", &[("all.pem", whole[..whole.len() - 3].to_vec())], None);
            let bare = [utf32(&plain, order, mark), utf32(&seven, order, false)].concat();
            good("UTF-32, and base64 of a file after it", &[("all.pem", bare)], None);
        }
    }
    // What holds nothing, in the same encoding, is said to hold nothing.
    says(
        "UTF-32",
        &[("a.txt", utf32("Dear colleague, it follows", u32::to_be_bytes, true))],
        None,
        "is no certificate and no private key that could be read",
        "Choose",
    );
}

#[test]
fn lists_of_other_programs_and_signed_mails_are_read() {
    let key = || ("hub.key", bytes("hub.key"));
    let [hub, inter, root] = ["hub.crt", "inter.crt", "root.crt"].map(|name| STANDARD.encode(der(name)));
    let element = |digits: &String| format!("<ds:X509Certificate>{digits}</ds:X509Certificate>");
    let saml = format!("<ds:X509Data>{}</ds:X509Data>", [&hub, &inter, &root].map(element).concat());
    for (what, list) in [
        ("SAML", saml),
        ("a JSON Web Key's chain", format!("{{\"kty\":\"RSA\",\"x5c\":[\"{hub}\",\"{inter}\",\"{root}\"]}}")),
        ("commas", format!("{hub},{inter},{root}")),
        ("base64 of base64", STANDARD.encode(STANDARD.encode(["hub.crt", "inter.crt", "root.crt"].map(text).concat()))),
    ] {
        good(what, &[key(), ("list.txt", list.into_bytes())], None);
    }
    // A mail that is signed with what it says inside: the certificates in its signature are the sender's.
    sh(&format!(
        "(echo 'Content-Type: text/plain'; echo; cat hub.crt chain.pem) > inside.txt; \
         openssl req -x509 -newkey rsa:2048 -nodes -keyout sender.key -out sender.crt -days 30 -subj /CN=Sender -addext subjectAltName=email:ca@{HOST} -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=emailProtection 2>/dev/null; \
         openssl smime -sign -nodetach -in inside.txt -signer sender.crt -inkey sender.key -out opaque.eml; openssl smime -sign -in inside.txt -signer sender.crt -inkey sender.key -out clear.eml"
    ));
    for mail in ["opaque.eml", "clear.eml"] {
        good(mail, &[key(), (mail, bytes(mail))], None);
    }
}

/// Around every line stands what a program, a table or a listing puts there.
#[test]
fn what_stands_around_every_line_is_no_part_of_the_certificate() {
    let plain = bundle();
    let around =
        |before: &str, after: &str| plain.lines().map(|line| format!("{before}{line}{after}\n")).collect::<String>();
    for (before, after) in [("| ", " |"), ("'", "\\n' +"), ("  \"", "\\r\\n\" \\"), ("", "^M$"), ("<td>", "</td>")] {
        good(before, &[("all.pem", around(before, after).into_bytes())], None);
    }
    let signed = format!(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{}-----BEGIN PGP SIGNATURE-----\n\niQEz\n=abcd\n-----END PGP SIGNATURE-----\n",
        plain.replace("-----BEGIN", "- -----BEGIN").replace("-----END", "- -----END")
    );
    good("signed in clear with PGP", &[("all.asc", signed.into_bytes())], None);
    let rtf = format!("{{\\rtf1\\ansi {{\\fs24 {}}}}}", plain.replace('\n', "\\par\n"));
    good("a text with formatting", &[("all.rtf", rtf.into_bytes())], None);
    good("letters without width", &[("all.pem", plain.replace('A', "A\u{2060}").into_bytes())], None);
    let hex: String = der("hub.crt").iter().map(|byte| format!("{byte:02x}:")).collect();
    good(
        "digits of a listing",
        &[("hub.key", bytes("hub.key")), ("hub.hex", hex.into_bytes()), ("c", bytes("chain.pem"))],
        None,
    );
    let padded = [der("hub.crt").as_slice(), &[0, 0, 0]].concat();
    let padded = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", wrapped(&padded, 64, "\n"));
    good(
        "zeros behind it",
        &[("hub.key", bytes("hub.key")), ("a", padded.into_bytes()), ("c", bytes("chain.pem"))],
        None,
    );
}

/// Forms of programs that few people know, each with the key in a file of its own.
#[test]
fn what_java_ldap_and_old_mails_bring_is_read() {
    let key = || ("hub.key", bytes("hub.key"));
    let all = ["hub.crt", "inter.crt", "root.crt"];
    let folded = |name: &str| {
        let line = format!("userCertificate;binary:: {}", STANDARD.encode(der(name)));
        let (first, rest) = line.split_at(76);
        let rest: Vec<String> =
            rest.as_bytes().chunks(75).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
        format!("dn: cn={name},dc=example\n{first}\n {}\nobjectClass: top\n\n", rest.join("\n "))
    };
    good("LDIF of ldapsearch", &[key(), ("ca.ldif", all.map(folded).concat().into_bytes())], None);
    let pem = all.map(text).concat();
    let uu = |bytes: &[u8]| {
        let six = |bits: u32| char::from(b' ' + (bits & 0x3f) as u8);
        let line = |part: &[u8]| {
            let four = part.chunks(3).flat_map(|three| {
                let bits = three.iter().chain([&0, &0]).take(3).fold(0, |bits, byte| bits << 8 | u32::from(*byte));
                [bits >> 18, bits >> 12, bits >> 6, bits].map(six)
            });
            format!("{}{}\n", six(part.len() as u32), four.collect::<String>())
        };
        format!("begin 644 hub.pem\n{}`\nend\n", bytes.chunks(45).map(line).collect::<String>())
    };
    good("uuencode", &[key(), ("m.eml", format!("Dear all,\n\n{}", uu(pem.as_bytes())).into_bytes())], None);
    let inner = format!(
        "MIME-Version: 1.0\nContent-Type: application/x-pem-file\nContent-Transfer-Encoding: base64\n\n{}\n",
        wrapped(pem.as_bytes(), 76, "\n")
    );
    let outer = format!(
        "From: a@b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n{}\n",
        wrapped(inner.as_bytes(), 76, "\n")
    );
    good("a mail in a mail", &[key(), ("fw.eml", outer.into_bytes())], None);
    let list = element(0x30, &all.map(der).concat());
    good("a PkiPath of Java", &[key(), ("chain.pkipath", list.clone())], None);
    let netscape = [&[6, 9, 0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 2, 5][..], &element(0xa0, &list)].concat();
    good("a sequence of Netscape", &[key(), ("chain.cer", element(0x30, &netscape))], None);
    let head = "Content-Type: application/pkix-cert\r\nContent-Transfer-Encoding: binary\r\n\r\n";
    let part = |name: &str| [head.as_bytes(), &der(name), b"\r\n--b--\r\n"].concat();
    good("binary parts of a mail", &[key(), ("m.eml", all.map(part).concat())], None);
    for (what, whole) in [
        (
            "text behind binary",
            [der("hub.crt"), text("inter.crt").into_bytes(), text("root.crt").into_bytes()].concat(),
        ),
        ("binary behind text", [text("hub.crt").into_bytes(), der("inter.crt"), der("root.crt")].concat()),
    ] {
        good(what, &[key(), ("both.crt", whole)], None);
    }
}

/// A text that only mentions the lines of a block, as letters of CAs do, has no damaged part.
#[test]
fn lines_that_are_only_mentioned_are_no_block() {
    let letter = "Dear colleague,\ncopy everything from and including -----BEGIN CERTIFICATE----- to\n-----END CERTIFICATE-----, and keep what \
        begins with -----BEGIN PRIVATE KEY----- to yourself.\nDie Zertifikatsanforderung liegt bei.\n";
    let key = || ("hub.key", bytes("hub.key"));
    for (what, text) in [
        ("before the block", format!("{letter}\n{}", bundle())),
        ("behind it", format!("{}\n{letter}", bundle())),
        (
            "an empty form",
            format!("-----BEGIN CERTIFICATE-----\n(your certificate here)\n-----END CERTIFICATE-----\n{}", bundle()),
        ),
        ("on one line", format!("# -----BEGIN CERTIFICATE----- ... -----END CERTIFICATE-----\n{}", bundle())),
        (
            "the beginning alone",
            format!("The file starts with -----BEGIN CERTIFICATE-----. Regards, IT\n\n{}", bundle()),
        ),
        (
            "the beginning alone, in a mail",
            format!(
                "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=_b\"\n\n--=_b\nContent-Type: text/plain\n\nThe file starts with \
                 -----BEGIN CERTIFICATE-----. Regards, IT\n\n--=_b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: \
                 base64\n\n{}\n--=_b--\n",
                wrapped(bundle().as_bytes(), 76, "\n")
            ),
        ),
    ] {
        good(what, &[key(), ("m.eml", text.into_bytes())], None);
    }
    says(
        "nothing else",
        &[("m.eml", letter.as_bytes().to_vec())],
        None,
        "is no certificate and no private key",
        "Choose",
    );
}

/// Letters as other programs write them in JSON and on pages.
#[test]
fn letters_that_are_escaped_are_read() {
    let plain = bundle();
    assert!(plain.contains('+'), "base64 of this length has one");
    for escapes in [
        ["\\u002B", "\\u002F", "\\u003D"],
        ["&#43;", "&#47;", "&#61;"],
        ["&#x2B;", "&#x2f;", "&#x3D;"],
        ["&plus;", "&sol;", "&equals;"],
    ] {
        let escaped = ["+", "/", "="]
            .iter()
            .zip(escapes)
            .fold(plain.clone(), |text, (letter, escape)| text.replace(letter, escape));
        good(escapes[0], &[("a.txt", escaped.into_bytes())], None);
    }
    for escaped in ["\\u002B", "\\u002b", "\\x2B", "&#43;"] {
        let json = format!("{{\"pem\":\"{}\"}}", plain.replace('+', escaped).replace('\n', "\\n"));
        good(escaped, &[("a.json", json.into_bytes())], None);
    }
}

/// Whoever signed a mail is no hub, whatever else is in it.
#[test]
fn the_senders_certificate_is_not_taken_for_the_hubs() {
    sh(&format!(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout desk.key -out desk.crt -days 30 -subj '/CN=IT Desk' -addext subjectAltName=email:it@{HOST} 2>/dev/null; \
         (printf 'Content-Type: text/plain\\n\\n'; cat chain.pem) > issuers.txt; \
         openssl smime -sign -nodetach -in issuers.txt -signer desk.crt -inkey desk.key -out issuers.eml; \
         printf 'Content-Type: text/plain\\n\\nFetch it from the page.\\n' > link.txt; openssl smime -sign -in link.txt -signer desk.crt -inkey desk.key -out link.eml"
    ));
    let key = || ("hub.key", bytes("hub.key"));
    let (problems, ..) = outcome(&[key(), ("m.eml", bytes("issuers.eml"))], None);
    assert!(
        problems[0].what.starts_with("There is no certificate of the hub in what you chose, only of issuers"),
        "{problems:?}"
    );
    assert!(!problems.iter().any(|problem| problem.what.contains("IT Desk")), "{problems:?}");
    let (problems, ..) = outcome(&[key(), ("m.eml", bytes("link.eml"))], None);
    assert!(problems.iter().any(|problem| problem.what.contains("`m.eml` is no certificate")), "{problems:?}");
    assert!(!problems.iter().any(|problem| problem.what.contains("IT Desk")), "{problems:?}");
    // An answer of SCEP is encrypted for whoever asked, and signed by the registration authority, which has a host's name.
    sh(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout ra.key -out ra.crt -days 30 -subj '/CN=RA' -addext subjectAltName=DNS:ra.example.org 2>/dev/null; \
        openssl cms -encrypt -in hub.crt -binary -outform DER -aes256 -out inside.der ra.crt; \
        openssl cms -sign -in inside.der -binary -nodetach -outform DER -signer ra.crt -inkey ra.key -out scep.der",
    );
    let (problems, ..) = outcome(&[key(), ("scep.der", bytes("scep.der"))], None);
    assert!(problems.iter().any(|problem| problem.what.contains("`scep.der` is an encrypted mail")), "{problems:?}");
    assert!(!problems.iter().any(|problem| problem.what.contains("RA")), "{problems:?}");
}
