//! Keys of every kind and what a passphrase protects: read, or named with a command that converts them.

use super::*;
use hubwright::steps::certificate::problem;

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
        "on the curve secp256k1",
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
    sh(
        "openssl pkcs8 -topk8 -nocrypt -in explicit.key -out explicit8.key; openssl genpkey -algorithm x25519 -out x.key; \
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1 -out brain.key",
    );
    says("PKCS#8", &[("k", bytes("explicit8.key")), chain()], None, "writes its curve out in numbers", "named_curve");
    says("x25519", &[("k", bytes("x.key")), chain()], None, "X25519, which agrees on keys and cannot sign", "RSA key");
    says("brainpool", &[("k", bytes("brain.key")), chain()], None, "an EC key on the curve brainpoolP256r1", "RSA key");
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
    // scrypt, 16384 × 8 × 65535: little memory, and days of work.
    std::fs::write(
        folder().join("scrypt.cnf"),
        "asn1=SEQUENCE:e\n[e]\na=SEQUENCE:a\nd=FORMAT:HEX,OCTETSTRING:00112233445566778899aabbccddeeff\n[a]\no=OID:PBES2\np=SEQUENCE:p\n[p]\nk=SEQUENCE:k\nc=SEQUENCE:c\n\
         [k]\no=OID:1.3.6.1.4.1.11591.4.11\ns=SEQUENCE:s\n[s]\ns=FORMAT:HEX,OCTETSTRING:0011223344556677\nn=INTEGER:16384\nr=INTEGER:8\np=INTEGER:65535\n\
         [c]\no=OID:aes-256-cbc\ni=FORMAT:HEX,OCTETSTRING:00112233445566778899aabbccddeeff\n",
    )
    .unwrap();
    sh("openssl asn1parse -genconf scrypt.cnf -noout -out scrypt-p.der");
    says("scrypt", &[("k.der", bytes("scrypt-p.der"))], Some("pw"), "8589803520 rounds", "openssl");
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

/// The commands in messages do what they say, with the OpenSSL of today.
#[test]
fn the_commands_in_messages_work() {
    for (name, how) in [
        ("md5-des.key", "pkcs8 -topk8 -v1 PBE-MD5-DES -provider legacy -provider default"),
        ("seed.key", "pkcs8 -topk8 -v2 seed -provider legacy -provider default"),
        ("blowfish.key", "pkcs8 -topk8 -v2 bf-cbc -provider legacy -provider default"),
        ("cast.key", "pkcs8 -topk8 -v2 cast5-cbc -provider legacy -provider default"),
        ("new.key", "pkcs8 -topk8 -v2 aria-256-cbc"),
        ("rc4.key", "pkcs8 -topk8 -v1 PBE-SHA1-RC4-128 -provider legacy -provider default"),
        ("rc2-40.key", "pkcs8 -topk8 -v2 rc2-40 -provider legacy -provider default"),
        ("camellia.key", "pkcs8 -topk8 -v2 camellia256"),
        ("proc.key", "rsa -traditional -aes128"),
        (
            "rc4.pfx",
            "pkcs12 -export -provider legacy -provider default -keypbe PBE-SHA1-RC4-128 -certpbe PBE-SHA1-RC4-128 -certfile chain.pem",
        ),
        (
            "des.pfx",
            "pkcs12 -export -provider legacy -provider default -keypbe PBE-MD5-DES -certpbe PBE-MD5-DES -certfile chain.pem",
        ),
        ("camellia.pfx", "pkcs12 -export -keypbe camellia-256-cbc -certpbe camellia-256-cbc -certfile chain.pem"),
    ] {
        let from = if name.ends_with("pfx") { "-inkey hub.key -in hub.crt" } else { "-in hub.key" };
        sh(&format!("openssl {how} {from} -passout pass:pw -out {name} 2>/dev/null"));
        let (problems, ..) = outcome(&[(name, bytes(name))], Some("pw"));
        let fix = &problems
            .iter()
            .find(|problem| problem.fix.contains("openssl"))
            .unwrap_or_else(|| panic!("{name}: {problems:?}"))
            .fix;
        let command = fix.split('`').nth(1).unwrap();
        sh(&format!("{command} -passin pass:pw -passout pass:new 2>/dev/null"));
        let chosen = fix.rsplit(' ').next().unwrap().trim_end_matches('.');
        let chain = ("c", [bytes("hub.crt"), bytes("chain.pem")].concat());
        good(name, &[(chosen, bytes(chosen)), chain], Some("new"));
    }
}

/// What is not known is named: the derivation, its function or the cipher, each with a command that opens it.
#[test]
fn an_unknown_function_is_not_called_an_unknown_cipher() {
    sh("openssl pkcs8 -topk8 -in hub.key -passout pass:pw -v2 aes256 -v2prf hmacWithSHA512-256 -out prf.key; \
        openssl pkcs8 -topk8 -in hub.key -passout pass:pw -v2 camellia256 -out cipher.key; \
        openssl pkcs8 -topk8 -in hub.key -passout pass:pw -v2 aes256 -outform der -out known.der; \
        openssl pkcs12 -export -nomac -inkey hub.key -in hub.crt -certfile chain.pem -passout pass:pw -out known.pfx");
    let changed = |name: &str, from: &[u8], to: &[u8]| {
        let whole = bytes(name);
        let at = whole.windows(from.len()).position(|window| window == from).unwrap();
        [&whole[..at], to, &whole[at + from.len()..]].concat()
    };
    let kdf = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
    let prf = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 9];
    for (name, whole, said, fix) in [
        ("prf.key", bytes("prf.key"), "(the pseudo-random function 1.2.840.113549.2.13)", "openssl pkcs8"),
        (
            "a.der",
            changed("known.der", &prf, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 77]),
            "(the pseudo-random function 1.2.840.113549.2.77)",
            "openssl pkcs8",
        ),
        (
            "b.der",
            changed("known.der", &kdf, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 77]),
            "(the key derivation 1.2.840.113549.1.5.77)",
            "openssl pkcs8",
        ),
        ("cipher.key", bytes("cipher.key"), "(1.2.392.200011.61.1.1.1.4)", "openssl pkcs8"),
        (
            "no-ending",
            changed("known.pfx", &prf, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 77]),
            "(the pseudo-random function 1.2.840.113549.2.77)",
            "openssl pkcs12",
        ),
    ] {
        says(name, &[(name, whole)], Some("pw"), said, fix);
    }
}

/// A checksum by a rare digest keeps nobody from a file whose encryption is known; one that does not fit is a wrong
/// passphrase only where nothing opens.
#[test]
fn a_checksum_alone_closes_no_file() {
    let export = "openssl pkcs12 -export -inkey hub.key -in hub.crt -certfile chain.pem -passout pass:pw";
    for digest in ["md5", "ripemd160", "sha512-256", "sha3-256", "sm3"] {
        sh(&format!("{export} -provider legacy -provider default -macalg {digest} -out mac.pfx"));
        good(digest, &[("mac.pfx", bytes("mac.pfx"))], Some("pw"));
        says(
            digest,
            &[("mac.pfx", bytes("mac.pfx"))],
            Some("no"),
            "The passphrase does not open",
            "Enter the passphrase again",
        );
    }
    sh(&format!("{export} -out whole.pfx"));
    let mut changed = bytes("whole.pfx");
    // The checksum's salt and value stand at the end, before its rounds.
    let at = changed.len() - 30;
    changed[at] ^= 1;
    says(
        "changed",
        &[("a.pfx", changed.clone())],
        Some("pw"),
        "has a part `PKCS#12` that is damaged",
        "Save the attachment again",
    );
    says("changed, and another passphrase", &[("a.pfx", changed)], Some("no"), "The passphrase does not open", "Enter");
}

/// What a passphrase opens is read, whatever somebody put there in place of PKCS#8; what is no key is not called a wrong
/// passphrase.
#[test]
fn what_a_passphrase_opens_is_read_whatever_it_is() {
    use pkcs8::der::Encode;
    let encrypted = |plain: &[u8]| {
        let scheme =
            pkcs8::pkcs5::pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(1000, b"12345678", [7; 16]).unwrap();
        let data = scheme.encrypt("pw", plain).unwrap();
        let key = pkcs8::EncryptedPrivateKeyInfoRef {
            encryption_algorithm: scheme.into(),
            encrypted_data: pkcs8::der::asn1::OctetStringRef::new(&data).unwrap(),
        };
        key.to_der().unwrap()
    };
    sh("openssl rsa -traditional -in hub.key -out traditional.key 2>/dev/null");
    let traditional = der("traditional.key");
    let twice = encrypted(&encrypted(&der("hub.key")));
    for (what, key) in
        [("PKCS#1", encrypted(&traditional)), ("PEM", encrypted(&bytes("hub.key"))), ("encrypted twice", twice.clone())]
    {
        good(
            what,
            &[
                (
                    "hub.pem",
                    bundle()
                        .split_once("-----BEGIN CERT")
                        .map(|(_, rest)| format!("-----BEGIN CERT{rest}"))
                        .unwrap()
                        .into_bytes(),
                ),
                ("k.key", key),
            ],
            Some("pw"),
        );
    }
    let damaged = "has a part `ENCRYPTED PRIVATE KEY` that is damaged";
    says(
        "a certificate",
        &[("hub.crt", bytes("hub.crt")), ("k.key", encrypted(&der("hub.crt")))],
        Some("pw"),
        damaged,
        "Save the attachment again",
    );
    says(
        "three times",
        &[("hub.crt", bytes("hub.crt")), ("k.key", encrypted(&twice))],
        Some("pw"),
        damaged,
        "Save the attachment again",
    );
}

/// Where each of two files has a passphrase of its own, entering one again leads nowhere.
#[test]
fn two_passphrases_are_told_with_a_way_to_make_them_one() {
    sh("openssl pkcs12 -export -nokeys -in hub.crt -certfile chain.pem -passout pass:ca -out two.pfx; \
        openssl pkcs8 -topk8 -in hub.key -passout pass:own -out two.key");
    let files = || [("two.pfx", bytes("two.pfx")), ("two.key", bytes("two.key"))];
    says(
        "the one",
        &files(),
        Some("ca"),
        "opens another file and not `two.key`",
        "openssl pkey -aes256 -in two.key -out new.key",
    );
    says(
        "the other",
        &files(),
        Some("own"),
        "opens another file and not `two.pfx`",
        "openssl pkcs12 -in two.pfx -out hub.pem",
    );
    says("neither", &files(), Some("no"), "The passphrase does not open `two.key`", "Enter the passphrase again");
    sh("openssl pkey -aes256 -in two.key -passin pass:own -out new.key -passout pass:ca; \
        openssl pkcs12 -in two.pfx -passin pass:ca -passout pass:own -out two.pem");
    good("the first command", &[("two.pfx", bytes("two.pfx")), ("new.key", bytes("new.key"))], Some("ca"));
    good("the second one", &[("two.pem", bytes("two.pem")), ("two.key", bytes("two.key"))], Some("own"));
}

/// A PKCS#12 file with a signature in place of its checksum opens; one that is encrypted for a certificate says so.
#[test]
fn pkcs12_by_public_key_is_read_or_named() {
    use super::der::element;
    const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    let pfx = |safe: &[u8]| element(0x30, &[element(2, &[3]), safe.to_vec()].concat());
    let info = |content: &[u8]| element(0x30, &[element(6, DATA), element(0xa0, &element(4, content))].concat());
    let bag = |kind: u8, content: &[u8]| {
        let oid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, kind];
        element(0x30, &[element(6, &oid), element(0xa0, content)].concat())
    };
    const X509: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 22, 1];
    let certificate =
        |der: &[u8]| bag(3, &element(0x30, &[element(6, X509), element(0xa0, &element(4, der))].concat()));
    let bags = element(
        0x30,
        &[bag(1, &der("hub.key")), certificate(&der("hub.crt")), certificate(&der("inter.crt"))].concat(),
    );
    let safes = element(0x30, &info(&bags));
    std::fs::write(folder().join("safes.der"), &safes).unwrap();
    std::fs::write(folder().join("bags.der"), &bags).unwrap();
    sh("openssl req -x509 -newkey rsa:2048 -nodes -keyout me.key -out me.crt -days 30 -subj '/CN=Me' 2>/dev/null; \
        openssl cms -sign -in safes.der -binary -nodetach -outform DER -signer me.crt -inkey me.key -out signed.der; \
        openssl cms -encrypt -in bags.der -binary -outform DER -aes256 -out enveloped.der me.crt");
    let root = || ("root.crt", bytes("root.crt"));
    good("signed", &[("h.p12", pfx(&bytes("signed.der"))), root()], None);
    let enveloped = pfx(&info(&element(0x30, &bytes("enveloped.der"))));
    says(
        "for somebody",
        &[("h.p12", enveloped), ("hub.crt", bytes("hub.crt"))],
        None,
        "is encrypted for whoever has the key of some certificate, not with a passphrase",
        "Ask whoever sent it for one that a passphrase opens.",
    );
    let both = element(0x30, &[info(&bags), bytes("enveloped.der")].concat());
    good("a part for somebody", &[("h.p12", pfx(&info(&both))), root()], None);
}

/// No command writes over the file that it reads.
#[test]
fn converted_files_get_names_of_their_own() {
    let openssh =
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU=\n-----END OPENSSH PRIVATE KEY-----\n";
    let store = b"\xfe\xed\xfe\xed\0\0\0\x02".to_vec();
    for (name, whole, fix) in [
        (
            "hub.key",
            openssh.as_bytes().to_vec(),
            "`cp -- hub.key converted-hub.key && chmod 600 converted-hub.key && ssh-keygen -p -m PKCS8 -f converted-hub.key`, and choose converted-hub.key.",
        ),
        ("HUB.KEY", openssh.as_bytes().to_vec(), "cp -- HUB.KEY converted-hub.key"),
        (
            "hub.key",
            b"PuTTY-User-Key-File-3: ssh-rsa".to_vec(),
            "`puttygen hub.key -O private-openssh -o converted-hub.key`",
        ),
        ("hub.p12", store.clone(), "-destkeystore converted-hub.p12 "),
        ("store.jks", store, "-destkeystore hub.p12 "),
    ] {
        says(name, &[(name, whole)], None, name, fix);
    }
}

/// Nor over one of the user's that stands beside it, which may be the only copy of a key.
#[test]
fn no_command_writes_over_a_file_that_is_there() {
    let taken = ["hub.key", "new.key", "converted-new.key", "hub.pem"];
    let command = |fault: FileFault| problem(fault, |name| taken.contains(&name)).fix;
    let old = command(FileFault::OldEncryption("a.key".into(), "`Proc-Type: 4,ENCRYPTED`".into()));
    assert!(old.contains("-in a.key -out converted-2-new.key`, and choose converted-2-new.key."), "{old}");
    for (cipher, is_old) in [("DES-CBC", true), ("IDEA-CBC", true), ("DES-EDE3-CBC", false), ("AES-256-CBC", false)] {
        let how = command(FileFault::OldEncryption("a.key".into(), format!("{}, {cipher}", fault::PROC_TYPE)));
        assert_eq!(how.contains("-provider legacy"), is_old, "{cipher}: {how}");
    }
    let putty = command(FileFault::Putty("a.ppk".into()));
    assert!(putty.contains("-o converted-hub.key`"), "{putty}");
    let ssh = command(FileFault::OpenSsh("hub.key".into()));
    assert!(ssh.contains("cp -- hub.key converted-hub.key && chmod 600 converted-hub.key && ssh-keygen"), "{ssh}");
    let camellia = command(FileFault::Cipher("a.p12".into(), "1.2".into(), fault::Container::Pkcs12));
    assert!(camellia.contains("-out converted-hub.pem`"), "{camellia}");
}

/// One key that fits is enough: what is wrong with others is a note, and they are left out.
#[test]
fn a_spare_key_that_cannot_be_used_is_a_note() {
    sh("openssl genpkey -algorithm ed25519 -out spare-ed.key; \
        openssl ecparam -name prime256v1 -param_enc explicit -genkey -noout -out spare-explicit.key; \
        openssl pkcs8 -topk8 -in root.key -passout pass:pw -v2 aes256 -out spare-locked.key; \
        rm -f spare-ssh.key; ssh-keygen -q -t ecdsa -N '' -f spare-ssh.key");
    let chain = [bytes("hub.crt"), bytes("chain.pem")].concat();
    let told = |key: &str, spare: &str| {
        let files =
            [("c.pem".to_owned(), chain.clone()), (key.to_owned(), bytes(key)), (spare.to_owned(), bytes(spare))];
        let (found, faults) = read(&files, None);
        judge(&found, None, HOST, Timestamp::now()).told(faults, |_| false)
    };
    sh(
        "head -c 900 root.key > spare-cut.key; openssl pkcs12 -export -inkey root.key -in root.crt -passout pass:pw -out spare.pfx",
    );
    for spare in
        ["spare-ed.key", "spare-cut.key", "spare.pfx", "spare-explicit.key", "spare-locked.key", "spare-ssh.key"]
    {
        let with_key = told("hub.key", spare);
        assert!(with_key.iter().all(|problem| !problem.is_error()), "{spare}: {with_key:?}");
        let note =
            with_key.iter().find(|problem| problem.what.contains(spare)).unwrap_or_else(|| panic!("{with_key:?}"));
        assert!(note.what.ends_with("It was left out.") && note.fix.starts_with("Nothing to do"), "{note:?}");
        // The same where no other key fits: it is what has to be mended.
        let alone = told(spare, spare);
        assert!(alone.iter().any(|problem| problem.is_error() && problem.what.contains(spare)), "{spare}: {alone:?}");
    }
}

/// A key whose parts belong to several keys serves nobody, though its public half fits.
#[test]
fn a_key_whose_parts_do_not_belong_together_is_told() {
    sh(
        "openssl rsa -in hub.key -traditional -outform der -out whole.der 2>/dev/null; openssl rsa -in root.key -traditional -outform der -out other.der 2>/dev/null",
    );
    let parts = |name: &str| {
        let der = bytes(name);
        let mut rest = &der[4..];
        let mut parts = vec![];
        while let [2, first, ..] = *rest {
            let (head, length) = match first {
                0x81 => (3, usize::from(rest[2])),
                0x82 => (4, usize::from(rest[2]) << 8 | usize::from(rest[3])),
                length => (2, usize::from(length)),
            };
            parts.push(rest[..head + length].to_vec());
            rest = &rest[head + length..];
        }
        parts
    };
    let chain = || ("chain.pem", [bytes("hub.crt"), bytes("chain.pem")].concat());
    // d, and the first of the two shorter exponents (RFC 8017, A.1.2).
    for at in [3, 6] {
        let mut mixed = parts("whole.der");
        mixed[at] = parts("other.der")[at].clone();
        let content = mixed.concat();
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let key = [&[0x30, 0x82], length.as_slice(), &content].concat();
        says(
            "mixed",
            &[("k", key), chain()],
            None,
            "parts of the private key in `k` do not belong together",
            "new key",
        );
    }
}
