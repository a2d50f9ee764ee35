//! A keychain in a folder, so that none of its secrets is in this process while nothing is asked of it.

use futures_util::future::BoxFuture;
use hubwright::engine::{Problem, Secret, Vault};
use std::path::PathBuf;

pub struct FileVault(PathBuf);

impl FileVault {
    pub fn at(folder: PathBuf) -> Self {
        std::fs::create_dir(&folder).unwrap();
        FileVault(folder)
    }

    fn path(&self, key: &str) -> PathBuf {
        self.0.join(key.replace('/', "_"))
    }
}

impl Vault for FileVault {
    fn put<'a>(&'a self, key: &'a str, secret: Secret) -> BoxFuture<'a, Result<(), Problem>> {
        std::fs::write(self.path(key), secret.expose()).unwrap();
        Box::pin(async { Ok(()) })
    }
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, Problem>> {
        let found = std::fs::read(self.path(key)).ok().map(Secret::new);
        Box::pin(async { Ok(found) })
    }
    fn forget<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Problem>> {
        let _ = std::fs::remove_file(self.path(key));
        Box::pin(async { Ok(()) })
    }
}
