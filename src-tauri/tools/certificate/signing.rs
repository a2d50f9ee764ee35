//! How a certificate was signed, and who does not take that.

use super::pkcs12::oid;
use x509_parser::certificate::X509Certificate;

/// How it was signed.
#[derive(Clone, Debug)]
pub struct Signature {
    pub name: String,
    /// Why clients refuse it; `None` where they take it.
    pub refused: Option<&'static str>,
}

pub fn signature_of(cert: &X509Certificate) -> Signature {
    const BROKEN: Option<&str> = Some("browsers refuse it, since such signatures can be forged");
    const RARE: Option<&str> = Some("browsers do not take it");
    let digits = cert.signature_algorithm.algorithm.to_id_string();
    let (name, refused) = match digits.as_str() {
        "1.2.840.113549.1.1.2" => ("MD2", BROKEN),
        "1.2.840.113549.1.1.3" => ("MD4", BROKEN),
        "1.2.840.113549.1.1.4" => ("MD5", BROKEN),
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" | "1.2.840.10045.4.1" | "1.2.840.10040.4.3" => ("SHA-1", BROKEN),
        "1.2.840.113549.1.1.11" => ("RSA and SHA-256", None),
        "1.2.840.113549.1.1.12" => ("RSA and SHA-384", None),
        "1.2.840.113549.1.1.13" => ("RSA and SHA-512", None),
        "1.2.840.113549.1.1.14" => ("RSA and SHA-224", RARE),
        "1.2.840.113549.1.1.10" => ("RSA-PSS", None),
        "1.2.840.10045.4.3.1" => ("ECDSA and SHA-224", RARE),
        "1.2.840.10045.4.3.2" => ("ECDSA and SHA-256", None),
        "1.2.840.10045.4.3.3" => ("ECDSA and SHA-384", None),
        "1.2.840.10045.4.3.4" => ("ECDSA and SHA-512", None),
        "1.3.101.112" => ("Ed25519", RARE),
        "1.3.101.113" => ("Ed448", RARE),
        _ => {
            let name = format!("the algorithm {}", oid(cert.signature_algorithm.algorithm.as_bytes()));
            return Signature { name, refused: RARE };
        }
    };
    Signature { name: name.to_owned(), refused }
}
