//! Chains of certificates, each wrong in a way of its own or in two: made by rcgen, the same at every run.
#![allow(dead_code, reason = "each test uses a part")]

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, CustomExtension, DistinguishedName, DnType, DnValue,
    ExtendedKeyUsagePurpose as Eku, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose as Ku, NameConstraints,
    SanType, SignatureAlgorithm, date_time_ymd,
};

pub const HOST: &str = "hub.lab.institute.example.org";
/// The moment of all judgements: 1 June 2026, 12:00 UTC.
pub const NOW: i64 = 1_780_315_200;

/// What is to be made: the leaf first, the root last.
#[derive(Clone)]
pub struct Plan {
    pub params: Vec<CertificateParams>,
    pub kinds: Vec<&'static SignatureAlgorithm>,
}

/// What was made, as DER, in the same order.
pub struct Chain {
    pub ders: Vec<Vec<u8>>,
    pub keys: Vec<KeyPair>,
}

pub fn name(text: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, "DE");
    name.push(DnType::OrganizationName, "Institute");
    name.push(DnType::CommonName, text);
    name
}

pub fn ca(text: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name(text);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![Ku::KeyCertSign, Ku::CrlSign];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

pub fn leaf(names: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name = name("the hub");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![Ku::DigitalSignature, Ku::KeyEncipherment];
    params.extended_key_usages = vec![Eku::ServerAuth, Eku::ClientAuth];
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2026, 12, 31);
    params.use_authority_key_identifier_extension = true;
    params
}

/// A good chain with so many intermediates.
pub fn plan(intermediates: usize) -> Plan {
    let between = (1..=intermediates).map(|n| ca(&format!("Intermediate {n}")));
    let params: Vec<_> = [leaf(&[HOST])].into_iter().chain(between).chain([ca("Top of all")]).collect();
    Plan { kinds: vec![&rcgen::PKCS_ECDSA_P256_SHA256; params.len()], params }
}

pub fn sign(params: &CertificateParams, key: &KeyPair, issuer: &CertificateParams, by: &KeyPair) -> Vec<u8> {
    params.signed_by(key, &Issuer::from_params(issuer, by)).unwrap().der().to_vec()
}

impl Plan {
    pub fn make(&self) -> Chain {
        let keys: Vec<KeyPair> = self.kinds.iter().map(|kind| KeyPair::generate_for(kind).unwrap()).collect();
        let last = keys.len() - 1;
        let ders = (0..=last)
            .map(|at| {
                let by = (at + 1).min(last);
                sign(&self.params[at], &keys[at], &self.params[by], &keys[by])
            })
            .collect();
        Chain { ders, keys }
    }
}

/// A way in which a chain is odd: its name, what it does, and a word of the problem that it must cause; none where the
/// chain stays good. `inner`: it needs an intermediate.
pub struct Oddity {
    pub name: &'static str,
    pub apply: fn(&mut Plan),
    pub problem: Option<&'static str>,
    pub inner: bool,
}

/// Netscape's type of certificate, which OpenSSL still reads.
const NETSCAPE: &[u64] = &[2, 16, 840, 1, 113730, 1, 1];
const CRITICAL_UNKNOWN: &[u64] = &[1, 3, 6, 1, 4, 1, 55555, 1];

fn critical(oid: &[u64], content: &[u8]) -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(oid, content.to_vec());
    extension.set_criticality(true);
    extension
}

fn limit(permitted: Vec<GeneralSubtree>, excluded: Vec<GeneralSubtree>) -> Option<NameConstraints> {
    Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: excluded })
}

fn dns(name: &str) -> GeneralSubtree {
    GeneralSubtree::DnsName(name.into())
}

fn sans(plan: &mut Plan, names: &[&str]) {
    plan.params[0].subject_alt_names = names.iter().map(|name| SanType::DnsName((*name).try_into().unwrap())).collect();
}

/// The leaf's authority key identifier, as DER.
fn issued_by(plan: &mut Plan, content: &[u8]) {
    plan.params[0].use_authority_key_identifier_extension = false;
    plan.params[0].custom_extensions.push(CustomExtension::from_oid_content(&[2, 5, 29, 35], content.to_vec()));
}

fn with_mail(plan: &mut Plan, address: &str) {
    let mail = DnType::CustomDnType(vec![1, 2, 840, 113549, 1, 9, 1]);
    plan.params[0].distinguished_name.push(mail, DnValue::Ia5String(address.try_into().unwrap()));
}

fn path_length(params: &mut CertificateParams, most: u8) {
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(most));
}

/// Institute's directory name as far as the organisation.
fn organisation(text: &str) -> GeneralSubtree {
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, "DE");
    name.push(DnType::OrganizationName, text);
    GeneralSubtree::DirectoryName(name)
}

macro_rules! oddities {
    ($($name:literal $inner:literal $problem:expr, |$plan:ident| $apply:expr;)*) => {
        pub const ODDITIES: &[Oddity] = &[$(Oddity {
            name: $name,
            apply: |$plan| { $apply; },
            problem: $problem,
            inner: $inner,
        }),*];
    };
}

oddities! {
    "nothing" false None, |p| p.params[0].serial_number = None;
    "leaf without extended key usage" false None, |p| p.params[0].extended_key_usages.clear();
    "leaf without key usage" false None, |p| p.params[0].key_usages.clear();
    "leaf without basic constraints" false None, |p| p.params[0].is_ca = IsCa::NoCa;
    "leaf for clients only" false Some("is not for web servers"), |p| p.params[0].extended_key_usages = vec![Eku::ClientAuth];
    "leaf for any use only" false Some("is not for web servers"), |p| p.params[0].extended_key_usages = vec![Eku::Any];
    "leaf for mail and servers" false None, |p| p.params[0].extended_key_usages = vec![Eku::EmailProtection, Eku::ServerAuth];
    "leaf is an issuer" false Some("CA:TRUE"), |p| p.params[0].is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    "leaf may only encipher" false Some("leaves out digital signatures"), |p| p.params[0].key_usages = vec![Ku::KeyEncipherment];
    "leaf may only sign lists" false Some("leaves out digital signatures"), |p| p.params[0].key_usages = vec![Ku::CrlSign];
    "leaf expired" false Some("expired on"), |p| p.params[0].not_after = date_time_ymd(2026, 5, 1);
    "leaf not yet valid" false Some("is not valid before"), |p| p.params[0].not_before = date_time_ymd(2026, 7, 1);
    "leaf without an end" false None, |p| p.params[0].not_after = date_time_ymd(9999, 12, 31);
    "leaf valid until 2060" false None, |p| p.params[0].not_after = date_time_ymd(2060, 12, 31);
    "leaf with an unknown critical extension" false Some("do not know"), |p| p.params[0].custom_extensions.push(critical(CRITICAL_UNKNOWN, &[5, 0]));
    "leaf with an unknown extension" false None, |p| p.params[0].custom_extensions.push(CustomExtension::from_oid_content(CRITICAL_UNKNOWN, vec![5, 0]));
    "leaf with critical policies" false None, |p| p.params[0].custom_extensions.push(critical(&[2, 5, 29, 32], &[0x30, 10, 0x30, 8, 6, 6, 0x67, 0x81, 0x0c, 1, 2, 2]));
    "another host" false Some("not for hub.lab"), |p| sans(p, &["www.institute.example.org"]);
    "several hosts" false None, |p| sans(p, &["www.institute.example.org", "institute.example.org", HOST]);
    "capital letters" false None, |p| sans(p, &["HUB.Lab.Institute.Example.ORG"]);
    "a wildcard" false None, |p| sans(p, &["*.lab.institute.example.org"]);
    "a wildcard one label too high" false Some("not for hub.lab"), |p| sans(p, &["*.institute.example.org"]);
    "a wildcard of a top domain" false Some("not for hub.lab"), |p| sans(p, &["*.org"]);
    "a part of a label as wildcard" false Some("not for hub.lab"), |p| sans(p, &["h*.lab.institute.example.org"]);
    "a wildcard in the middle" false Some("not for hub.lab"), |p| sans(p, &["hub.*.institute.example.org"]);
    "the host with a dot at its end" false Some("not for hub.lab"), |p| sans(p, &["hub.lab.institute.example.org."]);
    "common name only" false Some("which browsers do not read"), |p| { sans(p, &[]); p.params[0].distinguished_name = name(HOST) };
    "an address only" false Some("is for the address 10.1.2.3"), |p| p.params[0].subject_alt_names = vec![SanType::IpAddress([10, 1, 2, 3].into())];
    "a mail address only" false Some("is for the mail address"), |p| p.params[0].subject_alt_names = vec![SanType::Rfc822Name("it@example.org".try_into().unwrap())];
    "a blank before the host" false Some("A blank stands beside that name"), |p| sans(p, &[" hub.lab.institute.example.org"]);
    "another kind of name and the host" false None, |p| p.params[0].subject_alt_names.push(SanType::OtherName((vec![1, 3, 6, 1, 4, 1, 311, 20, 2, 3], "me".into())));
    "six hundred names" false None, |p| p.params[0].subject_alt_names.extend((0..600).map(|n| SanType::DnsName(format!("h{n}.example.org").try_into().unwrap())));
    "leaf names another key of its issuer" false Some("names another certificate of its issuer"), |p| issued_by(p, &[0x30, 6, 0x80, 4, 1, 2, 3, 4]);
    "leaf names another number of its issuer" false Some("names another certificate of its issuer"), |p| issued_by(p, &[0x30, 3, 0x82, 1, 5]);
    "leaf of Netscape's type for clients" false Some("Netscape's certificate type"), |p| p.params[0].custom_extensions.push(CustomExtension::from_oid_content(NETSCAPE, vec![3, 2, 7, 0x80]));
    "leaf of Netscape's type for servers" false None, |p| p.params[0].custom_extensions.push(CustomExtension::from_oid_content(NETSCAPE, vec![3, 2, 6, 0x40]));
    "leaf may sign certificates" false None, |p| p.params[0].key_usages.push(Ku::KeyCertSign);
    "an address and the host" false None, |p| p.params[0].subject_alt_names.push(SanType::IpAddress([10, 1, 2, 3].into()));
    "leaf on P-384" false None, |p| p.kinds[0] = &rcgen::PKCS_ECDSA_P384_SHA384;
    "leaf on P-521" false Some("EC, P-521: Chrome"), |p| p.kinds[0] = &rcgen::PKCS_ECDSA_P521_SHA512;
    "leaf on Ed25519" false Some("Ed25519: no browser takes it"), |p| p.kinds[0] = &rcgen::PKCS_ED25519;
    "issuers on P-384" true None, |p| (1..p.kinds.len()).for_each(|at| p.kinds[at] = &rcgen::PKCS_ECDSA_P384_SHA384);
    "issuers on P-521" true None, |p| (1..p.kinds.len()).for_each(|at| p.kinds[at] = &rcgen::PKCS_ECDSA_P521_SHA512);
    "an issuer on Ed25519" true Some("signed with Ed25519"), |p| p.kinds[1] = &rcgen::PKCS_ED25519;
    "the root on P-521" false None, |p| *p.kinds.last_mut().unwrap() = &rcgen::PKCS_ECDSA_P521_SHA512;
    "intermediate without basic constraints" true Some("it has no basic constraints"), |p| p.params[1].is_ca = IsCa::NoCa;
    "intermediate with CA:FALSE" true Some("it says CA:FALSE"), |p| p.params[1].is_ca = IsCa::ExplicitNoCa;
    "intermediate may not sign" true Some("leaves out signing certificates"), |p| p.params[1].key_usages = vec![Ku::DigitalSignature, Ku::CrlSign];
    "intermediate without key usage" true None, |p| p.params[1].key_usages.clear();
    "intermediate for clients only" true Some("may not sign certificates of web servers"), |p| p.params[1].extended_key_usages = vec![Eku::ClientAuth];
    "intermediate for servers and clients" true None, |p| p.params[1].extended_key_usages = vec![Eku::ClientAuth, Eku::ServerAuth];
    "intermediate expired" true Some("expired on"), |p| p.params[1].not_after = date_time_ymd(2026, 5, 1);
    "intermediate not yet valid" true Some("is not valid before"), |p| p.params[1].not_before = date_time_ymd(2026, 7, 1);
    "intermediate without an end" true None, |p| p.params[1].not_after = date_time_ymd(9999, 12, 31);
    "intermediate ends soon" true None, |p| p.params[1].not_after = date_time_ymd(2026, 6, 10);
    "intermediate with an unknown critical extension" true Some("do not know"), |p| p.params[1].custom_extensions.push(critical(CRITICAL_UNKNOWN, &[5, 0]));
    "intermediate with critical policies" true None, |p| p.params[1].custom_extensions.push(critical(&[2, 5, 29, 32], &[0x30, 6, 0x30, 4, 6, 2, 0x2a, 3]));
    "path length 0 of the intermediate" true None, |p| path_length(&mut p.params[1], 0);
    "path length exceeded at the root" true Some("its path length"), |p| path_length(p.params.last_mut().unwrap(), 0);
    "path length that fits at the root" true None, |p| { let most = p.params.len() as u8 - 2; path_length(p.params.last_mut().unwrap(), most) };
    "permitted names that hold the host" true None, |p| p.params[1].name_constraints = limit(vec![dns("institute.example.org")], vec![]);
    "permitted names with a dot in front" true None, |p| p.params[1].name_constraints = limit(vec![dns(".institute.example.org")], vec![]);
    "permitted names of others" true Some("may sign only other.example.org"), |p| p.params[1].name_constraints = limit(vec![dns("other.example.org")], vec![]);
    "permitted names that end alike" true Some("name constraints"), |p| p.params[1].name_constraints = limit(vec![dns("stitute.example.org")], vec![]);
    "excluded names that hold the host" true Some("nothing under lab.institute.example.org"), |p| p.params[1].name_constraints = limit(vec![], vec![dns("lab.institute.example.org")]);
    "excluded names of others" true None, |p| p.params[1].name_constraints = limit(vec![], vec![dns("other.example.org")]);
    "excluded addresses" true None, |p| p.params[1].name_constraints = limit(vec![], vec![GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([0, 0, 0, 0], 0))]);
    "excluded addresses, and one in the leaf" true Some("names the address 10.1.2.3"), |p| { p.params[1].name_constraints = limit(vec![], vec![GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([10, 0, 0, 0], 8))]); p.params[0].subject_alt_names.push(SanType::IpAddress([10, 1, 2, 3].into())) };
    "permitted addresses, and others in the leaf" true Some("may sign only the addresses 2001:db8::/32 (its name constraints), and the certificate names the address 2001:db9::1"), |p| { p.params[1].name_constraints = limit(vec![GeneralSubtree::IpAddress(CidrSubnet::V6("2001:db8::".parse::<std::net::Ipv6Addr>().unwrap().octets(), "ffff:ffff::".parse::<std::net::Ipv6Addr>().unwrap().octets()))], vec![]); p.params[0].subject_alt_names.push(SanType::IpAddress("2001:db9::1".parse().unwrap())) };
    "excluded names that a wildcard stands for" true Some("may sign nothing under secret.lab.institute.example.org"), |p| { p.params[1].name_constraints = limit(vec![], vec![dns("secret.lab.institute.example.org")]); sans(p, &["*.lab.institute.example.org"]) };
    "every name excluded" true Some("may sign no web address"), |p| p.params[1].name_constraints = limit(vec![], vec![dns("")]);
    "a mail address in the subject, outside of what is permitted" true Some("the certificate names it@other.org"), |p| { p.params[1].name_constraints = limit(vec![GeneralSubtree::Rfc822Name("example.org".into())], vec![]); with_mail(p, "it@other.org") };
    "a mail address in the subject, within what is permitted" true None, |p| { p.params[1].name_constraints = limit(vec![GeneralSubtree::Rfc822Name("example.org".into())], vec![]); with_mail(p, "it@example.org") };
    "permitted directory names" true None, |p| p.params[1].name_constraints = limit(vec![organisation("Institute"), dns("institute.example.org")], vec![]);
    "directory names of others" true Some("name constraints"), |p| p.params[1].name_constraints = limit(vec![organisation("Company")], vec![]);
    "permitted mail addresses, none in the leaf" true None, |p| p.params[1].name_constraints = limit(vec![GeneralSubtree::Rfc822Name("example.org".into())], vec![]);
    "constraints at the root" false Some("name constraints"), |p| p.params.last_mut().unwrap().name_constraints = limit(vec![dns("example.com")], vec![]);
    "root expired" false Some("expired on"), |p| p.params.last_mut().unwrap().not_after = date_time_ymd(2026, 5, 1);
    "root with CA:FALSE" false Some("it says CA:FALSE"), |p| p.params.last_mut().unwrap().is_ca = IsCa::ExplicitNoCa;
    "root may not sign" false Some("leaves out signing certificates"), |p| p.params.last_mut().unwrap().key_usages = vec![Ku::DigitalSignature];
    "root without key usage" false None, |p| p.params.last_mut().unwrap().key_usages.clear();
    "root with an unknown critical extension" false Some("do not know (1.3.6.1.4.1.55555.1), so OpenSSL refuses it"), |p| p.params.last_mut().unwrap().custom_extensions.push(critical(CRITICAL_UNKNOWN, &[5, 0]));
    "root names another key than its own" true Some("The certificate of Top of all names another certificate of its issuer"), |p| { let root = p.params.last_mut().unwrap(); root.use_authority_key_identifier_extension = false; root.custom_extensions.push(CustomExtension::from_oid_content(&[2, 5, 29, 35], vec![0x30, 6, 0x80, 4, 1, 2, 3, 4])) };
    "nothing names its issuer's key" false None, |p| p.params.iter_mut().for_each(|params| params.use_authority_key_identifier_extension = false);
    "control characters in the names" true None, |p| { p.params[1].distinguished_name = name("Evil\u{202e}\u{1b}[31m\nIssuer"); p.params[0].distinguished_name = name(&"x".repeat(300)) };
}
