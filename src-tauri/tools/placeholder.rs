//! What an example file leaves to fill in, and what a copied file leaves of another deployment: looked for in every
//! file the wizard writes or commits. Guide: five spellings of one placeholder (trap 7), account ids written out (17).

use crate::engine::Problem;

/// Everything left to fill in, or left from elsewhere, in `text`. `account` is twelve digits, or empty where unknown.
pub fn lint(file: &str, text: &str, deployment: &str, account: &str) -> Vec<Problem> {
    let mut problems = vec![];
    for (at, line) in text.lines().enumerate() {
        let mut found = |what: String, fix: String| {
            problems.push(Problem::new(format!("`{file}`, line {}: {what}", at + 1), fix));
        };
        for placeholder in angled(line) {
            found(format!("`{placeholder}` was not filled in."), "Put the value in its place.".into());
        }
        for word in ["deployment-name", "deploymentName", "your-user-name", "[REDACTED]"] {
            if line.contains(word) && !deployment.contains(word) {
                found(format!("`{word}` was not filled in."), "Put the value in its place.".into());
            }
        }
        if !account.is_empty() {
            for other in accounts(line).filter(|found| *found != account) {
                found(
                    format!("the account {other} is not this deployment's."),
                    format!("Write {account} in its place."),
                );
            }
        }
        for other in deployments(line).filter(|found| *found != deployment) {
            let what = format!("`{other}` is another deployment's name; the file may be a copy.");
            found(what, format!("Write `{deployment}` in its place."));
        }
    }
    problems
}

/// `<words-like-this>`: a placeholder, and no markup or comparison.
fn angled(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices('<').filter_map(move |(at, _)| {
        let rest = &line[at..];
        let end = rest.find('>')?;
        let inner = &rest[1..end];
        let word = inner.len() > 2
            && inner.starts_with(|c: char| c.is_ascii_alphabetic())
            && inner.chars().all(|c| c.is_ascii_alphanumeric() || " -_".contains(c));
        word.then(|| &rest[..=end])
    })
}

/// Twelve digits where an ARN or an image name has its account.
fn accounts(line: &str) -> impl Iterator<Item = &str> {
    let parts = line.split(|c: char| !c.is_ascii_digit());
    parts.filter(move |part| {
        part.len() == 12
            && [format!(":{part}:"), format!("{part}.dkr")].iter().any(|shape| line.contains(shape.as_str()))
    })
}

/// The deployment in names that the modules make: `role/NAME-secrets-decrypt`, `repos/NAME-secrets`, `NAME-hubploy-eks`.
fn deployments(line: &str) -> impl Iterator<Item = &str> {
    let ends = [
        "-secrets-encrypt",
        "-secrets-decrypt",
        "-secrets-setup",
        "-hubploy-eks",
        "-hubploy-ecr",
        "-user-image",
        "-terraform-architect",
    ];
    ends.into_iter().filter_map(move |end| {
        let before = &line[..line.find(end)?];
        let name = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '-').next()?;
        (!name.is_empty()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_left_over_is_found_with_its_line() {
        let text = "arn: arn:aws:iam::111122223333:role/other-hub-secrets-decrypt\nname: <deployment-name>\nx: deploymentName\nkey: [REDACTED]\nkms: arn:aws:kms:us-east-1:162800000000:key/<your kms key uuid>\n";
        let whats: Vec<String> = lint("f", text, "roman-sit", "111122223333").into_iter().map(|p| p.what).collect();
        for (line, word) in [
            (1, "other-hub"),
            (2, "<deployment-name>"),
            (3, "deploymentName"),
            (4, "[REDACTED]"),
            (5, "162800000000"),
            (5, "<your kms key uuid>"),
        ] {
            assert!(
                whats.iter().any(|what| what.contains(&format!("line {line}:")) && what.contains(word)),
                "{word}: {whats:?}"
            );
        }
    }

    #[test]
    fn a_file_that_is_filled_in_passes() {
        let text = "creation_rules:\n  - path_regex: .*\n    kms: \"arn:aws:kms:us-east-1:111122223333:key/1a-2b+arn:aws:iam::111122223333:role/roman-sit-secrets-encrypt\"\nenc: a<b>c 123456789012345\n";
        assert!(
            lint("f", text, "roman-sit", "111122223333").is_empty(),
            "{:?}",
            lint("f", text, "roman-sit", "111122223333")
        );
    }
}
