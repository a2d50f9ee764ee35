//! A draft of a mail in the person's own mail program, through the system. Nothing is sent, and no mail program is known here.

use super::launch::launch;
use crate::engine::Problem;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tauri::AppHandle;

/// Whether this computer has a program for mails.
#[tauri::command]
pub async fn has_mail_program() -> bool {
    program_is_there()
}

/// Opens a draft in it.
#[tauri::command]
pub async fn draft_mail(app: AppHandle, to: String, subject: String, body: String) -> Result<(), Problem> {
    let failed =
        || Problem::new("The mail program did not open.", "Copy the text, and paste it into your mail program.");
    launch(&app, mailto(&to, &subject, &body), failed).await
}

/// The draft as an address (RFC 6068). Whoever is named without an address is left for the person to fill in.
fn mailto(to: &str, subject: &str, body: &str) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let address = to.split([' ', '<', '>', ',']).find(|word| word.contains('@')).unwrap_or_default();
    let body = body.lines().collect::<Vec<_>>().join("\r\n");
    format!("mailto:{}?subject={}&body={}", encoded(address), encoded(subject), encoded(&body))
}

#[cfg(target_os = "linux")]
fn program_is_there() -> bool {
    webkit2gtk::gio::AppInfo::default_for_uri_scheme("mailto").is_some()
}

// Not tried there yet: the text can be copied.
#[cfg(not(target_os = "linux"))]
fn program_is_there() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_names_the_address_and_keeps_every_letter_of_the_text() {
        let draft = mailto("IT <it@example.org>", "A & B", "Zeile ä\n50 % ?\n");
        assert_eq!(draft, "mailto:it%40example%2Eorg?subject=A%20%26%20B&body=Zeile%20%C3%A4%0D%0A50%20%25%20%3F");
        assert!(mailto("your IT desk", "s", "b").starts_with("mailto:?subject=s"));
    }
}
