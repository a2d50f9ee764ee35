//! The words of the pages that somebody who never heard of AWS may not know, each in two plain sentences. The only place where
//! they are explained. The window marks the first of each on a page, and shows all of them as a list.

use serde::Serialize;

/// A word and what it means.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct Term {
    pub word: &'static str,
    /// How it also stands in texts. A small first letter also stands for a large one; `s` may follow.
    pub forms: &'static [&'static str],
    pub means: &'static str,
}

const fn term(word: &'static str, forms: &'static [&'static str], means: &'static str) -> Term {
    Term { word, forms, means }
}

/// All of them, by the alphabet.
pub const GLOSSARY: &[Term] = &[
    term(
        "access key",
        &[],
        "A name and a secret with which a program signs in to AWS, as a person does with a password. Who has both can do what its owner may do.",
    ),
    term(
        "act as",
        &["acts as"],
        "To work with the rights of a user or a role. Who acts as a role has its rights meanwhile, and not their own.",
    ),
    term(
        "alias record",
        &["alias"],
        "An entry in a DNS zone that gives a web address to something in AWS, such as a load balancer. It follows by itself when AWS moves that thing.",
    ),
    term(
        "ARN",
        &[],
        "The full name of a thing in AWS, such as a user or a role. It says the service, the account and the thing, and no two things share one.",
    ),
    term(
        "AWS",
        &[],
        "Amazon Web Services: computers, disks and networks that one rents by the hour. The hub runs there.",
    ),
    term(
        "AWS account",
        &[],
        "Everything that an institution has in AWS, with one bill, named by a number of twelve digits. What is in one account cannot be reached from another unless somebody allows it.",
    ),
    term(
        "AWS profile",
        &[],
        "A sign-in to AWS that is set up on this computer under a name, for AWS's own command line. Hubwright can use it too.",
    ),
    term(
        "callback",
        &[],
        "The address to which a sign-in service sends people back once they have signed in. The service accepts only addresses that were registered before.",
    ),
    term(
        "certificate",
        &["TLS certificate"],
        "A file with which browsers see that they talk to your hub and to nobody else. An authority signs it for one web address and a limited time.",
    ),
    term(
        "certificate request",
        &["CSR"],
        "A file that asks an authority for a certificate: the web address and the public half of a key. It is not secret, so it can be sent by mail.",
    ),
    term(
        "chain",
        &[],
        "The certificate, those of its issuers, and at the end a root that browsers know. Where one is missing, some browsers refuse the hub.",
    ),
    term(
        "chart",
        &[],
        "The recipe by which JupyterHub is installed on a cluster. Charts of different years want the hub's settings under different names.",
    ),
    term(
        "checksum",
        &[],
        "A short number made from all of a file. Where the file was changed, its number is another one, so a change is seen.",
    ),
    term(
        "CI node",
        &["work machine"],
        "A machine in AWS from which the hub is built and installed. It can be switched off while nobody uses it.",
    ),
    term(
        "client",
        &["OAuth client"],
        "Your hub, as a sign-in service knows it: an id and a secret. With both, the service knows that it is your hub that asks who somebody is.",
    ),
    term(
        "cluster",
        &["EKS"],
        "Machines in AWS that work together and run the hub and its users' programs. EKS is AWS's service that keeps them running.",
    ),
    term("CodeCommit", &[], "The part of AWS that keeps git repositories. The hub's secrets are in one, encrypted."),
    term(
        "common name",
        &[],
        "A field of a certificate that used to hold the web address it is for. Browsers read the subject alternative name in its place.",
    ),
    term(
        "console",
        &["AWS console"],
        "The pages in the browser on which one sees and changes what is in an AWS account. One signs in to them with one's own user.",
    ),
    term(
        "credentials",
        &[],
        "What proves to AWS who asks: an access key, or the sign-in of a profile. They are those of one user or role in one account.",
    ),
    term(
        "DNS",
        &["name server"],
        "The address book of the internet: computers ask it where a name leads. Its name servers give the answers.",
    ),
    term(
        "DNS zone",
        &["zone", "hosted zone"],
        "The part of the internet's address book that one institution keeps, such as everything that ends in example.org. Only its owner can add addresses to it.",
    ),
    term(
        "Docker",
        &[],
        "A program that packs software with everything it needs into one file, an image. The hub's users work in such an image.",
    ),
    term(
        "EC2",
        &[],
        "The part of AWS that rents out machines. One chooses how large a machine is, and pays for it as long as it runs.",
    ),
    term("ECR", &[], "The part of AWS that keeps images, such as the hub's. The cluster fetches them from there."),
    term(
        "encryption key",
        &["KMS key", "KMS"],
        "A key that AWS keeps and never gives out: files are locked and unlocked with it there. Who may use it is written down with the key.",
    ),
    term(
        "environment",
        &[],
        "One hub of several that belong together, such as one to try things in and one for everybody. They share the account; each has its own address and secrets.",
    ),
    term(
        "file key",
        &[],
        "The key that the values in one file are encrypted with. It stands in that file itself, encrypted for those who may open it.",
    ),
    term(
        "group",
        &["IAM group"],
        "A list of users in an AWS account who have the same rights. Who leaves the list loses them.",
    ),
    term(
        "guide",
        &[],
        "What your institution has written down on how a hub is set up by hand. Hubwright does the same things, and says where it does them otherwise.",
    ),
    term(
        "Helm",
        &[],
        "A program that installs other programs on a cluster, by a list of settings. The hub is installed with it.",
    ),
    term(
        "hubploy",
        &[],
        "A program that builds the hub's image and installs the hub on the cluster. It reads the hub's settings from a folder, and its secrets from the secrets repository.",
    ),
    term(
        "IAM",
        &[],
        "The part of AWS that keeps its users, groups, roles and what each of them may do. Nothing in it costs anything.",
    ),
    term(
        "image",
        &[],
        "A file with all the software that a user of the hub works with. It is built once and started for each user.",
    ),
    term(
        "intermediate",
        &["intermediate certificate"],
        "A certificate between yours and the root. Servers have to send it along, since browsers know only roots.",
    ),
    term(
        "key pair",
        &[],
        "Two keys that belong together: AWS puts one on a machine, and the file with the other lets you in. Who has that file can sign in to the machine.",
    ),
    term(
        "keychain",
        &[],
        "Where your computer's system keeps passwords, encrypted. It opens when you sign in to the computer.",
    ),
    term(
        "kubectl",
        &[],
        "A program with which one sees and changes what runs on a cluster, from a terminal. The guide's machine has it.",
    ),
    term(
        "load balancer",
        &[],
        "The machine in front of the hub that takes in its visitors. It is made when the hub is installed, with a long name that AWS gives it.",
    ),
    term(
        "MAST",
        &[],
        "The archive whose accounts people use to sign in to the hub. It has to know your hub before anybody can.",
    ),
    term(
        "module",
        &[],
        "A list of things to make in AWS that belong together, written down for Terraform. Hubwright brings the modules that the guide uses.",
    ),
    term(
        "multi-factor authentication",
        &[],
        "A sign-in that wants two proofs, such as a password and a code from your phone. Each code works once.",
    ),
    term(
        "namespace",
        &["Kubernetes namespace"],
        "A part of a cluster under a name of its own. The hub of each environment is in one, so that two hubs do not meet.",
    ),
    term(
        "PEM",
        &["DER", "PKCS#12", "PKCS#7"],
        "Ways to write a key or a certificate into a file, of which only PEM can be read as text. Hubwright takes them all.",
    ),
    term(
        "permissions boundary",
        &["boundary"],
        "A limit on what a role may do, whatever rights it is given. It gives no rights itself.",
    ),
    term(
        "policy",
        &["policies"],
        "A list of what somebody may do in an AWS account. It has an effect once it is attached to a user, a group or a role.",
    ),
    term(
        "private key",
        &[],
        "The secret half of a certificate. Who has it can pretend to be your hub, so it is never sent to anybody.",
    ),
    term(
        "provider",
        &["AWS provider"],
        "The part of Terraform that talks to AWS. Terraform downloads it once for each computer.",
    ),
    term(
        "proxy",
        &[],
        "A program that stands between others and passes on what they say. A hub has one for its visitors; an institution may have one for all that goes to the internet.",
    ),
    term(
        "proxy token",
        &[],
        "A long random password between two parts of the hub: the one that takes people's requests, and the hub itself. Nobody has to type or remember it.",
    ),
    term(
        "push",
        &[],
        "To send what was changed in a copy of a repository to its server. Others have the change from then on.",
    ),
    term(
        "region",
        &[],
        "The place in the world where AWS keeps what you make, such as Virginia. It cannot be changed later without making everything again.",
    ),
    term(
        "repository",
        &["git repository"],
        "A folder with its whole history, kept on a server for several people. The secrets are in one, encrypted.",
    ),
    term(
        "role",
        &["IAM role"],
        "A set of rights in an AWS account that somebody takes on for a while, for one task. It has no password; who may take it on is written down with it.",
    ),
    term(
        "root",
        &["root certificate"],
        "The certificate at the end of a chain, which browsers and systems know from the beginning. It need not be sent along.",
    ),
    term(
        "Route 53",
        &[],
        "The part of AWS that keeps DNS zones and the addresses in them. Its servers know a change after about a minute.",
    ),
    term(
        "scope",
        &[],
        "What a program may learn of whoever signs in to it, such as their name. The sign-in service asks them for it.",
    ),
    term(
        "security group",
        &[],
        "A list of who may reach a machine over the network, and by which way. Everybody else is kept out.",
    ),
    term(
        "sops",
        &[],
        "A program that encrypts the values in a file and leaves the names of its fields readable. So one sees what is in it, and not what it says.",
    ),
    term(
        "subject alternative name",
        &["SAN"],
        "The web addresses that a certificate is for, as they stand in it. Browsers look there and nowhere else.",
    ),
    term(
        "tag",
        &[],
        "A label on a thing in AWS: a name and a value, such as whose it is. By its tags Hubwright knows what it made.",
    ),
    term(
        "Terraform",
        &["OpenTofu"],
        "A program that makes what a list says in AWS, and shows before what it will do. OpenTofu is another one that reads the same lists.",
    ),
    term(
        "tfvars",
        &[],
        "A file with the values that fill in a Terraform module, such as the region and the names. One file is one deployment's.",
    ),
    term("token", &[], "A long random password between two programs. Nobody has to type or remember it."),
    term(
        "trust",
        &["trust policy"],
        "The rule of a role that says who may take it on. Everybody else is refused, whatever else they may do.",
    ),
    term(
        "working copy",
        &["working copies"],
        "A copy of a repository on this computer, as a folder with its files. Programs read the files there.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_word_is_explained_once_in_two_short_sentences_by_the_alphabet() {
        let mut seen = BTreeSet::new();
        for term in GLOSSARY {
            for form in std::iter::once(&term.word).chain(term.forms) {
                assert!(seen.insert(form.to_lowercase()), "{form} stands twice");
            }
            let sentences = term.means.split_inclusive(['.', ';']).filter(|part| part.trim().len() > 1).count();
            assert!(term.means.ends_with('.') && (2..=3).contains(&sentences), "{}: {}", term.word, term.means);
            assert!(term.means.len() < 210, "{} is long", term.word);
            assert!(!term.means.contains('`'), "{}", term.word);
        }
        let words: Vec<_> = GLOSSARY.iter().map(|term| term.word.to_lowercase()).collect();
        assert!(words.is_sorted(), "{words:?}");
    }
}
