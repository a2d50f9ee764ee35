//! How long credentials are good, and when a run waits for a person to renew them.

use super::*;
use crate::engine::Place;
use crate::engine::context::{MemoryVault, Shared};
use crate::engine::journal::Journal;
use crate::tools::{Tools, home::Home};
use tokio_util::sync::CancellationToken;

/// A session whose code of a device was never entered, in a run that may ask for it or not.
fn without_a_code(folder: &std::path::Path, unattended: bool, cancel: CancellationToken) -> Arc<Session> {
    let vault = Arc::new(MemoryVault::default());
    let tools = Arc::new(Tools::new(Home::at(folder.join("home")).unwrap(), "hubwright".into()));
    let folder = folder.join(if unattended { "alone" } else { "asked" });
    crate::engine::files::private_folder(&folder).unwrap();
    let shared = Shared::new("test", folder.clone(), Journal::open(&folder).unwrap(), vault, tools);
    let cx = Cx::of_run(Arc::new(shared), Place::shared("test"), cancel, 1, (false, unattended));
    let key = Credentials::new("id", "secret", None, None, "a test");
    let [profile, serial, code, session] = ["work", "serial", "code", "session"].map(str::to_owned);
    let source = RoleSource {
        through: Aws::with(Provider::new(key), "us-east-1", None),
        role: "arn:aws:iam::123456789012:role/work".into(),
        session_name: None,
        external_id: None,
        seconds: None,
        device: Some(Device { profile, serial, code, session }),
    };
    Session::new(&cx, Source::Role(Box::new(source)), Some(|_| "Enter a code.".into()))
}

#[tokio::test]
async fn a_run_that_may_ask_nobody_does_not_wait_for_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let alone = without_a_code(folder.path(), true, CancellationToken::new());
    let error = tokio::time::timeout(Duration::from_secs(10), alone.credentials()).await.expect("it ends at once");
    assert!(matches!(error, Err(SessionError::Code { refused: false, .. })), "{error:?}");
    // One that may ask waits until it is stopped.
    let cancel = CancellationToken::new();
    let asked = without_a_code(folder.path(), false, cancel.clone());
    assert!(tokio::time::timeout(Duration::from_millis(200), asked.credentials()).await.is_err(), "it waits");
    cancel.cancel();
    assert!(matches!(asked.credentials().await, Err(SessionError::Stopped)));
}

#[test]
fn credentials_are_good_until_a_minute_before_their_end_and_for_ever_where_they_have_none() {
    let until = |end: Option<i64>| {
        let now = SystemTime::now();
        let end = end.map(|seconds| match seconds {
            0.. => now + Duration::from_secs(seconds.unsigned_abs()),
            _ => now - Duration::from_secs(seconds.unsigned_abs()),
        });
        Credentials::new("id", "secret", None, end, "a test")
    };
    for (end, soon) in [(Some(-1), true), (Some(30), true), (Some(55), true), (Some(65), false), (Some(900), false)] {
        assert_eq!(ends_soon(&until(end)), soon, "{end:?} seconds from now");
    }
    assert!(!ends_soon(&until(None)), "an access key");
}
