//! Profiles of the AWS CLI: which credentials one stands for, through any chain of `role_arn` and `source_profile`.
//! Roles are assumed by our own client, since the SDK's reader of profiles knows neither `mfa_serial` nor an endpoint
//! that a person chose; all else it does.

use super::Aws;
use super::session::{Asking, Device, RoleSource, SessionError, Source};
use crate::engine::{Cx, Place};
use aws_config::Region;
use aws_config::profile::{Profile, ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_types::os_shim_internal::{Env, Fs};

/// Where a profile is looked up and what its calls need.
pub(super) struct Lookup<'a> {
    pub cx: &'a Cx,
    pub region: &'a str,
    pub endpoint: Option<&'a str>,
    pub asking: Option<Asking>,
}

impl Lookup<'_> {
    /// The source of a profile's credentials. Sends nothing yet.
    pub async fn source(&self, name: &str) -> Result<Source, SessionError> {
        let all = aws_config::profile::load(&Fs::real(), &Env::real(), &Default::default(), None)
            .await
            .map_err(|error| SessionError::Configuration(error.into()))?;
        self.chain(&all, name, &mut vec![])
    }

    fn chain(&self, all: &ProfileSet, name: &str, seen: &mut Vec<String>) -> Result<Source, SessionError> {
        let profile = all.get_profile(name).ok_or_else(|| SessionError::NoProfile(name.to_owned()))?;
        let plain = || Source::Profile { name: name.to_owned(), region: self.region.to_owned() };
        // A role by `credential_source` or a web identity's token is the SDK's business.
        let (Some(role), Some(from)) = (profile.get("role_arn"), profile.get("source_profile")) else {
            return Ok(plain());
        };
        if seen.iter().any(|other| other == name) {
            return Err(SessionError::Circle(name.to_owned()));
        }
        seen.push(name.to_owned());
        // A profile may name itself: then its own keys assume its role.
        let source = match (from == name, keys(profile)) {
            (true, Some(keys)) => Source::Key(keys),
            _ => self.chain(all, from, seen)?,
        };
        let device = profile.get("mfa_serial").map(|serial| Device {
            profile: name.to_owned(),
            serial: serial.to_owned(),
            code: self.cx.shared().secret_key(&Place::shared(super::access::PAGE), super::access::CODE),
            session: self.cx.shared().secret_key(&Place::shared(super::access::PAGE), &super::access::session_of(name)),
        });
        Ok(Source::Role(Box::new(RoleSource {
            through: Aws::open(self.cx, source, self.asking, self.region, self.endpoint.map(str::to_owned)),
            role: role.to_owned(),
            session_name: profile.get("role_session_name").map(str::to_owned),
            external_id: profile.get("external_id").map(str::to_owned),
            seconds: profile.get("duration_seconds").and_then(|seconds| seconds.trim().parse().ok()),
            device,
        })))
    }
}

/// Credentials of a profile that assumes no role, as the files are now.
pub(super) async fn credentials(name: &str, region: &str) -> Result<Credentials, SessionError> {
    let config = ProviderConfig::without_region()
        .with_region(Some(Region::new(region.to_owned())))
        .with_http_client(super::client::to(None));
    let provider = ProfileFileCredentialsProvider::builder().configure(&config).profile_name(name).build();
    provider.provide_credentials().await.map_err(|source| match source {
        CredentialsError::InvalidConfiguration(_) | CredentialsError::CredentialsNotLoaded(_) => {
            SessionError::Profile { profile: name.to_owned(), source }
        }
        source => SessionError::SignIn { profile: name.to_owned(), source: Some(source) },
    })
}

/// The keys that stand in a profile itself.
fn keys(profile: &Profile) -> Option<Credentials> {
    let token = profile.get("aws_session_token").map(str::to_owned);
    let (id, secret) = (profile.get("aws_access_key_id")?, profile.get("aws_secret_access_key")?);
    Some(Credentials::new(id, secret, token, None, "profile"))
}
