//! What an example file leaves to fill in, and what a copied file leaves of another deployment: looked for in every
//! file the wizard writes or commits. Guide: five spellings of one placeholder (trap 7), account ids written out (17).

/// Something that a file's line was not to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOver {
    /// A placeholder, as it is written.
    Placeholder(String),
    /// Another account: twelve digits.
    Account(String),
    /// Another deployment, by its name.
    Deployment(String),
}

/// Everything left to fill in, or left from elsewhere, in `text`, with the number of its line. `account` is twelve digits,
/// or empty where unknown.
pub fn lint(text: &str, deployment: &str, account: &str) -> Vec<(usize, LeftOver)> {
    let mut all = vec![];
    for (at, line) in text.lines().enumerate() {
        let words = ["deployment-name", "deploymentName", "your-user-name", "[REDACTED]"];
        let words = words.into_iter().filter(|word| line.contains(word) && !deployment.contains(word));
        let others = accounts(line).filter(|found| !account.is_empty() && *found != account);
        let names = deployments(line).filter(|found| *found != deployment);
        let found = angled(line).chain(words).map(|word| LeftOver::Placeholder(word.to_owned()));
        let found = found.chain(others.map(|account| LeftOver::Account(account.to_owned())));
        let found = found.chain(names.map(|name| LeftOver::Deployment(name.to_owned())));
        all.extend(found.map(|found| (at + 1, found)));
    }
    all
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
        let all = lint(text, "roman-sit", "111122223333");
        let placeholder = |word: &str| LeftOver::Placeholder(word.into());
        for found in [
            (1, LeftOver::Deployment("other-hub".into())),
            (2, placeholder("<deployment-name>")),
            (3, placeholder("deploymentName")),
            (4, placeholder("[REDACTED]")),
            (5, LeftOver::Account("162800000000".into())),
            (5, placeholder("<your kms key uuid>")),
        ] {
            assert!(all.contains(&found), "{found:?}: {all:?}");
        }
    }

    #[test]
    fn a_file_that_is_filled_in_passes() {
        let text = "creation_rules:\n  - path_regex: .*\n    kms: \"arn:aws:kms:us-east-1:111122223333:key/1a-2b+arn:aws:iam::111122223333:role/roman-sit-secrets-encrypt\"\nenc: a<b>c 123456789012345\n";
        assert_eq!(lint(text, "roman-sit", "111122223333"), vec![]);
    }
}
