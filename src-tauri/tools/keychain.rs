//! The system's keychain, behind one thread that speaks to it in turn. There is no other place for a secret:
//! where the keychain is absent or stays locked, the wizard says so and stops.

use crate::engine::{Problem, Secret, Vault};
use futures_util::future::BoxFuture;
use keyring_core::Error as StoreError;
use keyring_core::api::CredentialStoreApi;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::sync::oneshot;

/// Why the keychain did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum KeychainError {
    #[error("there is no keychain on this computer")]
    Absent(#[source] StoreError),
    #[error("the keychain is locked")]
    Locked(#[source] StoreError),
    #[error("the keychain did not answer within {} minutes", PATIENCE.as_secs() / 60)]
    NoAnswer,
    #[error("the keychain refused")]
    Refused(#[source] StoreError),
}

/// The keychain, used by one thread. Cheap to clone.
#[derive(Clone)]
pub struct Keychain(mpsc::Sender<Request>);

enum Request {
    Put(String, Secret, oneshot::Sender<Result<(), KeychainError>>),
    Read(String, oneshot::Sender<Result<Option<Secret>, KeychainError>>),
    Forget(String, oneshot::Sender<Result<(), KeychainError>>),
}

impl Keychain {
    /// Starts the thread. The keychain itself is only asked at the first request.
    pub fn start() -> Self {
        let (sender, requests) = mpsc::channel();
        std::thread::spawn(move || {
            let mut store = None;
            for request in requests {
                serve(&mut store, request);
            }
        });
        Keychain(sender)
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, KeychainError>>) -> Request,
    ) -> Result<T, KeychainError> {
        let (sender, answer) = oneshot::channel();
        self.0.send(request(sender)).map_err(|_| KeychainError::NoAnswer)?;
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(result)) => result,
            _ => Err(KeychainError::NoAnswer),
        }
    }
}

impl Vault for Keychain {
    fn put<'a>(&'a self, key: &'a str, secret: Secret) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move { Ok(self.ask(|answer| Request::Put(key.to_owned(), secret, answer)).await?) })
    }
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, Problem>> {
        Box::pin(async move { Ok(self.ask(|answer| Request::Read(key.to_owned(), answer)).await?) })
    }
    fn forget<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move { Ok(self.ask(|answer| Request::Forget(key.to_owned(), answer)).await?) })
    }
}

impl From<KeychainError> for Problem {
    fn from(error: KeychainError) -> Self {
        let (what, fix) = match error {
            KeychainError::Absent(_) => (
                "There is no keychain on this computer, and Hubwright keeps secrets nowhere else.",
                "Start one (on Linux: install gnome-keyring or KWallet and sign in to the desktop again), then press Check.",
            ),
            KeychainError::Locked(_) => (
                "The keychain is locked.",
                "Unlock it with your password (on Linux: open “Passwords and Keys”), then press Check.",
            ),
            KeychainError::NoAnswer => (
                "The keychain did not answer.",
                "Look for its password dialog behind other windows, answer it, then press Check.",
            ),
            KeychainError::Refused(_) => (
                "The keychain refused the request.",
                "Open your system's keychain program, see whether it works, then press Check.",
            ),
        };
        Problem::new(what, fix).because(&error)
    }
}

type Store = Arc<dyn CredentialStoreApi + Send + Sync>;

fn serve(store: &mut Option<Store>, request: Request) {
    // A store that failed is built anew at the next request: a keychain started meanwhile must be found.
    let mut with = |key: &str, work: &mut dyn FnMut(keyring_core::Entry) -> Result<(), StoreError>| {
        let result = match store {
            Some(store) => Ok(store.clone()),
            None => connect().map_err(KeychainError::Absent),
        };
        let result = result.and_then(|open| {
            *store = Some(open.clone());
            open.build(SERVICE, key, None).and_then(&mut *work).map_err(|error| match error {
                StoreError::NoStorageAccess(_) => KeychainError::Locked(error),
                StoreError::PlatformFailure(_) => KeychainError::Absent(error),
                error => KeychainError::Refused(error),
            })
        });
        if result.is_err() {
            *store = None;
        }
        result
    };
    match request {
        Request::Put(key, secret, answer) => {
            let _ = answer.send(with(&key, &mut |entry| entry.set_secret(secret.expose())));
        }
        Request::Read(key, answer) => {
            let mut found = None;
            let result = with(&key, &mut |entry| match entry.get_secret() {
                Ok(bytes) => {
                    found = Some(Secret::new(bytes));
                    Ok(())
                }
                Err(StoreError::NoEntry) => Ok(()),
                Err(error) => Err(error),
            });
            let _ = answer.send(result.map(|()| found));
        }
        Request::Forget(key, answer) => {
            let _ = answer.send(with(&key, &mut |entry| match entry.delete_credential() {
                Err(StoreError::NoEntry) | Ok(()) => Ok(()),
                Err(error) => Err(error),
            }));
        }
    }
}

#[cfg(target_os = "linux")]
fn connect() -> Result<Store, StoreError> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}
#[cfg(target_os = "macos")]
fn connect() -> Result<Store, StoreError> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}
#[cfg(windows)]
fn connect() -> Result<Store, StoreError> {
    Ok(windows_native_keyring_store::Store::new()?)
}

const SERVICE: &str = "hubwright";
/// How long a person may take to find and answer the keychain's password dialog.
const PATIENCE: Duration = Duration::from_secs(180);
