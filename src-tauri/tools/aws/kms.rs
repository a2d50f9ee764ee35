//! The data key of a sops file, wrapped and unwrapped by KMS as sops does it: Encrypt and Decrypt with the key's ARN and
//! the entry's context, not GenerateDataKey.

use super::{Aws, AwsError, ask};
use crate::tools::sops::{DataKey, KmsKey, SopsError};
use aws_smithy_types::Blob;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A data key that KMS does not give.
#[derive(Debug, thiserror::Error)]
pub enum KmsError {
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Sops(#[from] SopsError),
}

/// Wraps `key` with the KMS key `arn` and returns the file's entry for it, which will be opened as `role`.
pub async fn wrap(aws: &Aws, arn: &str, role: &str, key: &DataKey, now: jiff::Timestamp) -> Result<KmsKey, AwsError> {
    let call = aws.kms.encrypt().key_id(arn).plaintext(Blob::new(key.expose()));
    let wrapped = ask("kms:Encrypt", call.send()).await?;
    let blob = wrapped.ciphertext_blob().ok_or_else(|| AwsError::empty("kms:Encrypt"))?;
    Ok(KmsKey {
        arn: arn.to_owned(),
        role: Some(role.to_owned()),
        context: Default::default(),
        created_at: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        enc: STANDARD.encode(blob.as_ref()),
    })
}

/// Unwraps a file's data key with the first of its KMS keys that these credentials may use.
pub async fn unwrap(aws: &Aws, keys: &[KmsKey]) -> Result<DataKey, KmsError> {
    let mut refused = None;
    for key in keys {
        let Ok(blob) = STANDARD.decode(&key.enc) else { continue };
        let context = (!key.context.is_empty()).then(|| key.context.clone().into_iter().collect());
        let call = aws.kms.decrypt().key_id(&key.arn).ciphertext_blob(Blob::new(blob)).set_encryption_context(context);
        match ask("kms:Decrypt", call.send()).await {
            Ok(answer) => {
                let plain = zeroize::Zeroizing::new(answer.plaintext.map(Blob::into_inner).unwrap_or_default());
                return Ok(DataKey::of(&plain)?);
            }
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.map_or_else(|| SopsError::Metadata("no wrapped key in it can be read".into()).into(), KmsError::Aws))
}
