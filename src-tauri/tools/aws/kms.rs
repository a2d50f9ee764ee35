//! The data key of a sops file, wrapped and unwrapped by KMS as sops does it: Encrypt and Decrypt with the key's ARN and
//! the entry's context, not GenerateDataKey.

use super::error::OrNone;
use super::{Aws, AwsError, ask};
use crate::tools::sops::{DataKey, KmsKey, SopsError};
use aws_sdk_kms::types::KeyState;
use aws_smithy_types::Blob;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A data key that KMS does not give.
#[derive(Debug, thiserror::Error)]
pub enum KmsError {
    #[error("no entry of the file is for the key {0}")]
    NoEntry(String),
    #[error("the wrapped data key is not one that this key made")]
    Foreign,
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Sops(#[from] SopsError),
}

/// How a key of KMS stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    Enabled,
    Disabled,
    /// It is deleted at this time unless somebody stops that.
    PendingDeletion(Option<jiff::Timestamp>),
    /// There is no such key (any more).
    Gone,
    /// Another state in which it opens nothing, in AWS's word.
    Other(String),
}

/// Wraps `key` with the KMS key `arn` and returns the file's entry for it, which will be opened as `role`.
pub async fn wrap(
    aws: &Aws,
    arn: &str,
    role: Option<&str>,
    key: &DataKey,
    now: jiff::Timestamp,
) -> Result<KmsKey, AwsError> {
    let call = aws.kms.encrypt().key_id(arn).plaintext(Blob::new(key.expose()));
    let wrapped = ask("kms:Encrypt", call.send()).await?;
    let blob = wrapped.ciphertext_blob().ok_or_else(|| AwsError::empty("kms:Encrypt"))?;
    Ok(KmsKey {
        arn: arn.to_owned(),
        role: role.map(str::to_owned),
        context: Default::default(),
        created_at: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        enc: STANDARD.encode(blob.as_ref()),
    })
}

/// Unwraps a file's data key with the KMS key `arn` and no other, whatever else the file names; returns which of `keys`
/// it was. Who may write the file may put entries in front, or under this ARN: KMS says whether `arn` made them.
pub async fn unwrap(aws: &Aws, arn: &str, keys: &[KmsKey]) -> Result<(usize, DataKey), KmsError> {
    let mut refused = KmsError::NoEntry(arn.to_owned());
    for (at, key) in keys.iter().enumerate().filter(|(_, key)| key.arn == arn) {
        match unwrap_one(aws, arn, key).await {
            Ok(key) => return Ok((at, key)),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

async fn unwrap_one(aws: &Aws, arn: &str, key: &KmsKey) -> Result<DataKey, KmsError> {
    let blob = STANDARD.decode(&key.enc).map_err(|_| KmsError::Foreign)?;
    let context = (!key.context.is_empty()).then(|| key.context.clone().into_iter().collect());
    let call = aws.kms.decrypt().key_id(arn).ciphertext_blob(Blob::new(blob)).set_encryption_context(context);
    let answer = match ask("kms:Decrypt", call.send()).await {
        Err(error) if error.is("InvalidCiphertextException") || error.is("IncorrectKeyException") => {
            return Err(KmsError::Foreign);
        }
        answer => answer?,
    };
    let plain = zeroize::Zeroizing::new(answer.plaintext.map(Blob::into_inner).unwrap_or_default());
    // KMS is asked for this key by name; that it also answers with it costs nothing to hold it to.
    match answer.key_id.as_deref() == Some(arn) {
        true => Ok(DataKey::of(&plain)?),
        false => Err(KmsError::Foreign),
    }
}

/// How the key stands, where these credentials may ask.
pub async fn condition(aws: &Aws, arn: &str) -> Result<Condition, AwsError> {
    let about = ask("kms:DescribeKey", aws.kms.describe_key().key_id(arn).send()).await.or_none("NotFoundException")?;
    let Some(about) = about.and_then(|answer| answer.key_metadata) else { return Ok(Condition::Gone) };
    let deleted = about.deletion_date().and_then(|date| jiff::Timestamp::from_second(date.secs()).ok());
    Ok(match about.key_state() {
        None | Some(KeyState::Enabled) => Condition::Enabled,
        Some(KeyState::Disabled) => Condition::Disabled,
        Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion) => Condition::PendingDeletion(deleted),
        Some(other) => Condition::Other(other.as_str().to_owned()),
    })
}
