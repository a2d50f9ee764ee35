//! What a set of files gave, each thing once.

use super::Key;

/// What was found in a set of files.
#[derive(Default)]
pub struct Found {
    pub keys: Vec<Key>,
    /// DER, in the order met, without repetitions.
    pub certificates: Vec<Vec<u8>>,
    /// What was not as it should be and was understood all the same, in sentences.
    pub repairs: Vec<String>,
    /// The files with a certificate request, which is no certificate, beside one.
    pub requests: Vec<String>,
}

impl Found {
    pub(super) fn take_certificate(&mut self, der: &[u8]) {
        if !self.certificates.iter().any(|known| known == der) {
            self.certificates.push(der.to_vec());
        }
    }

    /// The same key twice (in a bundle and in a file of its own) is one key.
    pub(super) fn take_key(&mut self, key: Key) {
        if !self.keys.iter().any(|known| known.public == key.public) {
            self.keys.push(key);
        }
    }
}

/// Certificates as PEM, in this order.
pub fn to_pem(chain: &[Vec<u8>]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    chain.iter().map(|der| pem::encode_config(&pem::Pem::new("CERTIFICATE", der.clone()), config)).collect()
}
