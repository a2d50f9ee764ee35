//! The texts that are sent to other people, and how they are filled in. Whom and when to ask is `requests`'s to say.

use crate::engine::view::Letter;
use crate::site::Site;
use crate::steps::deployment::Output as Deployed;

/// A text to send, with names in braces for what is filled in: head, an empty line, body.
pub struct Text {
    /// The name of the file it is saved as.
    file: &'static str,
    text: &'static str,
}

/// Asks for a certificate where IT makes its key too.
pub const CERTIFICATE: Text = Text {
    file: "certificate-request.txt",
    text: "To: {certificate_contact}
Subject: TLS certificate for {host}

Please issue a TLS certificate for a web server at

    {host}

as common name and as subject alternative name. RSA with 2048 bits or more, or EC P-256.
Please send the certificate together with the intermediate certificates of its issuer; if you make the private key too, send it encrypted and the passphrase separately.
It is for the JupyterHub deployment “{deployment}” ({environment}).
",
};

/// Asks what should be on the hub.
pub const REQUIREMENTS: Text = Text {
    file: "requirements-request.txt",
    text: "To: {requirements_contact}
Subject: What should be on the hub {deployment}?

We are setting up a JupyterHub at https://{host}. Please tell us

- Python packages, with versions where they matter
- other programs and data files
- notebooks and where they come from
- how much memory and disk one person needs, and how many people will use it at once

The more of it we know before the image is built, the fewer times it is built.
",
};

/// Asks for the sign-in client.
pub const MAST: Text = Text {
    file: "mast-registration.txt",
    text: "To: {mast_contact}
Subject: Register an OAuth client for {host}

Please register a new OAuth client (the instructions: {register_url}).

    name      {deployment}
    callback  https://{host}/hub/oauth_callback
    scopes    {scopes}

Please add it to the production service too. We need the client id and the client secret back; please send the secret separately.
",
};

/// Asks for a test of that client.
pub const TEST: Text = Text {
    file: "mast-test.txt",
    text: "To: {mast_contact}
Subject: Test of the sign-in at https://{host}

The OAuth client of the hub “{deployment}” is new. Could somebody of your team test signing in with it, and see that the production service has it?
The callback is https://{host}/hub/oauth_callback. We will tell you the day the hub is up.
",
};

/// Asks for a certificate where the key is made here: its request follows below the text.
const WITH_REQUEST: &str = "To: {certificate_contact}
Subject: TLS certificate for {host}

Please issue a TLS certificate for a web server at

    {host}

by the request below. Its private key stays with us.
Please send the certificate together with the intermediate certificates of its issuer.
It is for the JupyterHub deployment “{deployment}” ({environment}).
";

/// The text, filled in and taken apart; `request` is the request for a certificate that goes with it.
pub fn letter(text: &Text, deployment: &Deployed, request: Option<&str>) -> Letter {
    let whole = if request.is_some() { WITH_REQUEST } else { text.text };
    // Taken apart before it is filled in: no value makes a line of its own.
    let (head, body) = whole.split_once("\n\n").unwrap_or(("", whole));
    let line = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
    let mut body = fill(body, deployment);
    if let Some(request) = request {
        body = format!("{body}\n{}\n", request.trim_end());
    }
    let [to, subject] = [line("To:"), line("Subject:")].map(|line| fill(line, deployment));
    Letter { to, subject, body, file: text.file.into() }
}

/// The text with this deployment's values.
fn fill(text: &str, deployment: &Deployed) -> String {
    let site = Site::load(&deployment.site).ok();
    let contact = |key: &str, otherwise: &str| {
        site.as_ref().and_then(|site| site.contacts.get(key)).map_or(otherwise.to_owned(), Clone::clone)
    };
    let sign_in = site.as_ref().and_then(|site| site.sign_in.clone());
    let names = &deployment.names;
    let values = [
        ("host", names.host()),
        ("deployment", names.deployment.clone()),
        ("environment", names.environment.clone()),
        ("certificate_contact", contact("certificate", "your IT desk")),
        ("requirements_contact", contact("requirements", "the scientists")),
        ("mast_contact", contact("mast", "the sign-in service")),
        ("register_url", sign_in.as_ref().map_or(String::new(), |sign_in| sign_in.register_url.clone())),
        ("scopes", sign_in.map_or(String::new(), |sign_in| sign_in.scopes.join(" "))),
    ];
    // In one go: what is filled in is not filled in itself.
    text.split('{').enumerate().fold(String::new(), |all, (at, part)| {
        let value = |name: &str| values.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
        match part.split_once('}').map(|(name, rest)| (value(name), rest)) {
            Some((Some(value), rest)) => format!("{all}{value}{rest}"),
            _ if at == 0 => part.to_owned(),
            _ => format!("{all}{{{part}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::names::Names;

    #[test]
    fn every_text_is_filled_in() {
        let names = Names {
            deployment: "roman-sit".into(),
            environment: "staging".into(),
            zone: "example.org".into(),
            own_host: None,
        };
        let deployment = Deployed {
            names,
            user: "u".into(),
            region: "us-east-1".into(),
            site: crate::site::BUILT_IN[0].0.into(),
            hosts: Default::default(),
        };
        for text in [&CERTIFICATE, &REQUIREMENTS, &MAST, &TEST].map(|text| text.text).into_iter().chain([WITH_REQUEST])
        {
            let text = fill(text, &deployment);
            assert!(!text.contains('{') && text.contains("roman-sit"), "{text}");
            assert!(crate::tools::placeholder::lint(&text, "roman-sit", "").is_empty(), "{text}");
            assert!(!text.contains("pull request"), "whoever registers it knows how: {text}");
        }
        let names = Names { environment: "{host}".into(), ..deployment.names.clone() };
        let told = fill("a {environment} b {unknown} c", &Deployed { names, ..deployment });
        assert_eq!(told, "a {host} b {unknown} c", "what is filled in is not filled in itself");
    }
}
