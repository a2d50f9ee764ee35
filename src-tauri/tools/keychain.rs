//! The system's keychain, behind one thread that speaks to it in turn. There is no other place for a secret:
//! where the keychain is absent or stays locked, the wizard says so and stops.
//! A user has one keychain and may have several homes (`HUBWRIGHT_HOME`): entries carry the home's mark in their names.

use super::home::Home;
use crate::engine::files::{self, FileError};
use crate::engine::{Problem, Secret, Vault};
use futures_util::future::BoxFuture;
use keyring_core::Error as StoreError;
use keyring_core::api::CredentialStoreApi;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
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
    #[error("this computer gives no threads")]
    NoThread(#[source] std::io::Error),
    #[error(transparent)]
    File(#[from] FileError),
}

/// The keychain, used by one thread. Cheap to clone.
#[derive(Clone)]
pub struct Keychain {
    requests: mpsc::Sender<Request>,
    scope: Arc<Scope>,
}

/// Which entries are a home's own.
#[derive(Serialize, Deserialize)]
struct Scope {
    /// What their names begin with; nothing in the platform's data folder.
    prefix: String,
    /// Deployments of a Hubwright that gave the entries of all homes the same names. They are moved over when they are met.
    older: Vec<String>,
    /// Those of them that the home in the platform's data folder has too: what is there may be its own, so it is copied.
    #[serde(default)]
    shared: Vec<String>,
}

impl Scope {
    /// The scope of a home, kept in it: a home that is moved keeps its entries.
    fn of(home: &Home) -> Result<Scope, FileError> {
        if home.is_usual() {
            return Ok(Scope { prefix: String::new(), older: vec![], shared: vec![] });
        }
        let file = home.path().join(SCOPE);
        if let Some(scope) = files::read_if_there(&file)?.and_then(|text| serde_json::from_str(&text).ok()) {
            return Ok(scope);
        }
        let digest = Sha256::digest(home.path().as_os_str().as_encoded_bytes());
        let mark: String = digest[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        let older = home.deployments()?;
        let usual = Home::usual_deployments();
        let shared = older.iter().filter(|id| usual.contains(id)).cloned().collect();
        let scope = Scope { prefix: format!("{mark}/"), older, shared };
        files::write(&file, serde_json::to_string(&scope).unwrap_or_default())?;
        Ok(scope)
    }

    fn name(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// Whether there may be an entry of the older form, and whether it is this home's alone.
    fn older(&self, key: &str) -> Option<bool> {
        let id = key.split('/').next().unwrap_or_default();
        let is_of = |ids: &[String]| ids.iter().any(|older| older == id);
        is_of(&self.older).then(|| !is_of(&self.shared))
    }
}

enum Request {
    Put(String, Secret, oneshot::Sender<Result<(), KeychainError>>),
    Read(String, oneshot::Sender<Result<Option<Secret>, KeychainError>>),
    Forget(String, oneshot::Sender<Result<(), KeychainError>>),
}

impl Keychain {
    /// Starts the thread for the entries of a home. The keychain itself is only asked at the first request.
    pub fn start(home: &Home) -> Result<Self, KeychainError> {
        let scope = Arc::new(Scope::of(home)?);
        let (sender, requests) = mpsc::channel();
        let serving = std::thread::Builder::new().spawn(move || {
            let mut store = None;
            for request in requests {
                serve(&mut store, request);
            }
        });
        serving.map_err(KeychainError::NoThread)?;
        Ok(Keychain { requests: sender, scope })
    }

    /// Waits until the keychain takes entries, which a person may have to allow. Leaves nothing in it.
    pub async fn unlock(&self) -> Result<(), KeychainError> {
        let name = self.scope.name("unlock");
        self.put_as(name.clone(), Secret::new(vec![b' '])).await?;
        self.ask(|answer| Request::Forget(name, answer)).await
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, KeychainError>>) -> Request,
    ) -> Result<T, KeychainError> {
        let (sender, answer) = oneshot::channel();
        self.requests.send(request(sender)).map_err(|_| KeychainError::NoAnswer)?;
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(result)) => result,
            _ => Err(KeychainError::NoAnswer),
        }
    }
}

impl Keychain {
    async fn put_as(&self, name: String, secret: Secret) -> Result<(), KeychainError> {
        self.ask(|answer| Request::Put(name, secret, answer)).await
    }

    async fn read_as(&self, name: String) -> Result<Option<Secret>, KeychainError> {
        self.ask(|answer| Request::Read(name, answer)).await
    }

    /// Forgets the entry of the older form, where it is this home's alone.
    async fn forget_older(&self, key: &str) -> Result<(), KeychainError> {
        match self.scope.older(key) {
            Some(true) => self.ask(|answer| Request::Forget(key.to_owned(), answer)).await,
            _ => Ok(()),
        }
    }
}

impl Vault for Keychain {
    fn put<'a>(&'a self, key: &'a str, secret: Secret) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move {
            self.put_as(self.scope.name(key), secret).await?;
            Ok(self.forget_older(key).await?)
        })
    }
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, Problem>> {
        Box::pin(async move {
            let own = self.read_as(self.scope.name(key)).await?;
            if own.is_some() || self.scope.older(key).is_none() {
                return Ok(own.filter(|secret| !secret.is_empty()));
            }
            let older = self.read_as(key.to_owned()).await?;
            if let Some(secret) = &older {
                self.put_as(self.scope.name(key), Secret::new(secret.expose().to_vec())).await?;
                self.forget_older(key).await?;
            }
            Ok(older)
        })
    }
    fn forget<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move {
            let name = self.scope.name(key);
            // Where the older entry stays, an empty one says that it is no longer this home's.
            if self.scope.older(key) == Some(false) {
                return Ok(self.put_as(name, Secret::new(vec![])).await?);
            }
            self.ask(|answer| Request::Forget(name, answer)).await?;
            Ok(self.forget_older(key).await?)
        })
    }
}

type Store = Arc<dyn CredentialStoreApi + Send + Sync>;

fn serve(store: &mut Option<Store>, request: Request) {
    let mut once = |key: &str, work: &mut dyn FnMut(keyring_core::Entry) -> Result<(), StoreError>| {
        let open = match store.take() {
            Some(open) => open,
            None => connect().map_err(KeychainError::Absent)?,
        };
        open.build(SERVICE, key, None).and_then(work).map_err(|error| match error {
            StoreError::NoStorageAccess(_) => KeychainError::Locked(error),
            StoreError::PlatformFailure(_) => KeychainError::Absent(error),
            error => KeychainError::Refused(error),
        })?;
        *store = Some(open);
        Ok(())
    };
    // Where there was no keychain, it is looked for again over a new connection: a busy computer ends one, and a keychain may
    // just be starting. Each of the three requests comes to the same when it is made twice.
    let mut with = |key: &str, work: &mut dyn FnMut(keyring_core::Entry) -> Result<(), StoreError>| {
        for pause in PAUSES {
            match once(key, &mut *work) {
                Err(KeychainError::Absent(_)) => std::thread::sleep(pause),
                result => return result,
            }
        }
        once(key, work)
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
/// The file of a home that keeps its scope.
const SCOPE: &str = "keychain.json";
/// How long is waited before it is looked for again; together it is what nobody minds where there is no keychain at all.
#[cfg(target_os = "linux")]
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];
/// Elsewhere it is a part of the system, and a person who says no is told as a failure of it: nobody is asked again.
#[cfg(not(target_os = "linux"))]
const PAUSES: [Duration; 0] = [];
/// How long a person may take to find and answer the keychain's password dialog.
const PATIENCE: Duration = Duration::from_secs(180);
