//! The gateway's own pages, for those who know its token: what it counted, faults, settings, users, and the stand-in for
//! the sign-in service. Below `/hubwright/`; none of them is AWS's.

use super::call::form;
use super::fault::Fault;
use super::gateway::{Failure, Inner, failure};
use super::{Answer, plain};
use crate::engine::context::lock;
use crate::tools::practice::About;
use hyper::body::Bytes;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl Inner {
    /// Answers the page at `path`, which is without `/hubwright/`.
    pub async fn page(&self, method: &Method, path: &str, query: &str, body: &Bytes) -> Result<Answer, Failure> {
        Ok(match (method.as_str(), path) {
            ("GET", "about") => {
                as_json(&About { name_server: self.name_server, account: self.practice.account.clone() })?
            }
            ("GET", "calls") => as_json(&*lock(&self.calls))?,
            ("DELETE", "calls") => {
                lock(&self.calls).clear();
                plain(StatusCode::OK, "")
            }
            ("GET", "faults") => as_json(&lock(&self.faults).unspent())?,
            ("POST", "faults") => match serde_json::from_slice::<Fault>(body) {
                Ok(fault) => {
                    lock(&self.faults).set(fault);
                    plain(StatusCode::OK, "")
                }
                Err(error) => plain(StatusCode::BAD_REQUEST, &error.to_string()),
            },
            ("DELETE", "faults") => {
                lock(&self.faults).clear();
                self.set_clock(0).await?;
                plain(StatusCode::OK, "")
            }
            ("GET", "settings") => as_json(&self.ask_moto("settings", &json!({})).await?)?,
            ("POST", "settings") => match serde_json::from_slice::<Value>(body) {
                Ok(asked @ Value::Object(_)) => match self.ask_moto("settings", &asked).await? {
                    Value::String(why) => plain(StatusCode::BAD_REQUEST, &why),
                    settings => as_json(&settings)?,
                },
                _ => plain(StatusCode::BAD_REQUEST, "the settings are a JSON object"),
            },
            ("GET", "oauth/authorize") => self.authorize(query),
            ("POST", "oauth/clients") => {
                let known: BTreeMap<String, String> = serde_json::from_slice(body).map_err(failure)?;
                *lock(&self.clients) = known;
                plain(StatusCode::OK, "")
            }
            (method @ ("GET" | "PUT"), path) => match path.strip_prefix("users/") {
                Some(name) => {
                    let key = self.ask_moto("users", &json!({ "name": name, "make": method == "PUT" })).await?;
                    if key.is_null() { plain(StatusCode::NOT_FOUND, "no such user") } else { as_json(&key)? }
                }
                None => plain(StatusCode::NOT_FOUND, "no such page"),
            },
            _ => plain(StatusCode::NOT_FOUND, "no such page"),
        })
    }

    /// The sign-in service's answer to the beginning of a sign-in: it cannot be had here, so this stands in. It knows the
    /// clients it was told of with their callbacks; told of none, it knows every client of sixteen hex digits.
    fn authorize(&self, query: &str) -> Answer {
        let (client, callback) = (form(query.as_bytes(), "client_id"), form(query.as_bytes(), "redirect_uri"));
        let clients = lock(&self.clients);
        let usual = client.len() == 16 && client.bytes().all(|b| b.is_ascii_hexdigit());
        match clients.get(&client) {
            None if !clients.is_empty() || !usual => plain(StatusCode::UNAUTHORIZED, "{\"error\": \"invalid_client\"}"),
            Some(known) if *known != callback => plain(
                StatusCode::BAD_REQUEST,
                "{\"error\": \"invalid_request\", \"error_description\": \"redirect_uri mismatch\"}",
            ),
            _ => plain(StatusCode::OK, "sign in here"),
        }
    }
}

fn as_json(value: &impl serde::Serialize) -> Result<Answer, Failure> {
    Ok(plain(StatusCode::OK, &serde_json::to_string(value).map_err(failure)?))
}
