//! A colleague who may push to the secrets repository fills it with what is too much to read, with what git would obey, and
//! with names that are no names. Hubwright reads it, says a sentence where it cannot, and nothing of it leaves its folder.

use super::remote::{Remote, git};
use hubwright::engine::Secret;
use hubwright::steps::hub_secrets::repository::Copy;
use std::path::PathBuf;

/// A repository with a file of secrets in it, and its working copy.
async fn written() -> Remote {
    let remote = Remote::new();
    remote.publish("a: ENC[x]\n").await.unwrap();
    remote.fetch().await.bring_copy(|_| false).await.unwrap();
    remote
}

/// What is said where the repository cannot be used.
async fn refused(remote: &Remote) -> String {
    match remote.look().await {
        Ok(_) => panic!("it was taken"),
        Err(problem) => {
            assert!(!problem.fix.is_empty(), "{problem:?}");
            problem.what
        }
    }
}

/// The most memory this process ever had, in kB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

const COMMIT: &str = "git add -A; git commit --quiet -m hostile";

#[tokio::test]
async fn what_is_too_large_to_read_is_refused_in_a_sentence_and_not_read() {
    // Each is a push of at most a few megabytes.
    let bomb = "tree=$(printf '100644 blob %s\\tx\\n' $(echo x | git hash-object -w --stdin) | git mktree)\n\
        for level in 1 2 3 4 5 6 7 8; do tree=$(for n in 0 1 2 3 4 5 6 7 8 9; do printf '040000 tree %s\\t%s\\n' $tree $n; done | git mktree); done\n\
        git update-ref refs/heads/main $(git commit-tree -p HEAD -m bomb $tree)";
    for (script, what) in [
        (format!("head -c 300000000 /dev/zero | tr '\\0' a > staging.yaml; {COMMIT}"), "`staging.yaml` has more than"),
        (format!("head -c 5000000 /dev/zero > .sops.yaml; {COMMIT}"), "`.sops.yaml` has more than"),
        (format!("head -c 5000000 /dev/zero > other; {COMMIT}"), "`other` has more than"),
        (
            format!("for n in $(seq 20); do head -c 4000000 /dev/zero > $n; done; {COMMIT}"),
            "All that is in the repository has more than",
        ),
        (
            format!("seq 1001 | xargs touch; {COMMIT}"),
            "The repository has more than 1000 files, far more than secrets need",
        ),
        // A hundred million files, in a few hundred bytes. git itself would list, check out and read each of them.
        (bomb.to_owned(), "The repository has more than 1000 files, far more than secrets need"),
    ] {
        let remote = written().await;
        let (before, good) = (peak(), git(&remote.bare(), &["rev-parse", "main"]));
        remote.colleague(&script);
        let said = refused(&remote).await;
        assert!(said.starts_with(what), "{script}: {said}");
        let read = peak().saturating_sub(before);
        assert!(read < 200_000, "{script}: {read} kB were read");
        // A push onto it is none either, and it goes on where the repository is as it was.
        remote.colleague(&format!("git reset --quiet --hard {good}"));
        let looked = remote.fetch().await;
        assert_eq!(looked.text.as_deref(), Some("a: ENC[x]\n"));
        remote.colleague(&script);
        let pushed = looked.publish(&[("staging.yaml", Some("b: ENC[x]\n"))], "a subject").await;
        assert!(pushed.is_err(), "{script}");
    }
}

#[tokio::test]
async fn a_fetch_that_would_fill_the_disk_is_stopped_and_leaves_nothing() {
    let remote = written().await;
    let good = git(&remote.bare(), &["rev-parse", "main"]);
    // Nothing of it is in the files that are there in the end.
    remote.colleague(&format!(
        "head -c 90000000 /dev/urandom > big; {COMMIT}; git rm --quiet big; git commit --quiet -m gone"
    ));
    assert!(refused(&remote).await.starts_with("What is to be fetched has more than"));
    assert!(!remote.fetched().join("objects").exists(), "half of it is not kept");
    remote.colleague(&format!("git reset --quiet --hard {good}"));
    assert_eq!(remote.fetch().await.text.as_deref(), Some("a: ENC[x]\n"));
}

#[tokio::test]
async fn settings_and_programs_in_the_repository_have_no_effect() {
    let remote = written().await;
    let mark = remote.folder.path().join("obeyed");
    let run = format!("touch '{}'", mark.display());
    // A person's own git may know such filters; Hubwright's has no settings of theirs, and takes no name from a repository.
    for attributes in [
        "* eol=crlf",
        "* text eol=crlf",
        "*.yaml working-tree-encoding=UTF-16",
        "* working-tree-encoding=UTF-16BE ident",
        "* filter=lfs diff=lfs merge=lfs",
        "* ident",
        "* text=auto eol=crlf export-subst",
    ] {
        remote.colleague(&format!(
            "printf '* -text !eol !working-tree-encoding !ident !filter\\n' > .git/info/attributes; git reset --quiet --hard; printf '%s\\n' '{attributes}' > .gitattributes; mkdir -p hooks .husky .githooks; for hook in hooks/post-checkout hooks/pre-commit .githooks/post-merge; do printf '#!/bin/sh\\n{run}\\n' > $hook; chmod +x $hook; done; printf '[core]\\n fsmonitor = {run}\\n' > config; printf '$Id$ {attributes}\\n' > odd.yaml; {COMMIT}"
        ));
        for n in 0..3 {
            let text = format!("a: ENC[{attributes} {n}]\n");
            remote.publish(&text).await.unwrap_or_else(|problem| panic!("{attributes}: {problem}"));
            let looked = remote.fetch().await;
            assert_eq!(looked.look_at_copy(|_| false).await.unwrap(), Copy::Old, "{attributes}: nobody edited it");
            looked.bring_copy(|_| false).await.unwrap();
            assert_eq!(looked.look_at_copy(|_| false).await.unwrap(), Copy::Current, "{attributes}");
            assert_eq!(std::fs::read_to_string(remote.copy().join("staging.yaml")).unwrap(), text, "{attributes}");
        }
    }
    assert_eq!(asides(&remote), Vec::<PathBuf>::new(), "no copy was set aside");
    assert!(remote.cx.said().warnings.is_empty(), "{:?}", remote.cx.said().warnings);
    assert!(!mark.exists(), "a program of the repository was run");
}

fn asides(remote: &Remote) -> Vec<PathBuf> {
    let beside = remote.folder.path().read_dir().unwrap().flatten().map(|entry| entry.path());
    beside.filter(|path| path.to_string_lossy().contains("copy.aside-")).collect()
}

#[tokio::test]
async fn copies_are_set_aside_ten_times_at_most() {
    let remote = written().await;
    let mut said = None;
    for n in 0..12 {
        std::fs::write(remote.copy().join("staging.yaml"), format!("edit: {n}\n")).unwrap();
        remote.push("other.yaml", &format!("n: {n}\n"));
        if let Err(problem) = remote.fetch().await.bring_copy(|_| false).await {
            said = Some((n, problem));
            break;
        }
    }
    let (n, problem) = said.expect("it went on");
    assert_eq!(n, 10);
    assert!(problem.what.starts_with("10 old working copies were kept already"), "{problem:?}");
    assert_eq!(asides(&remote).len(), 10);
    assert_eq!(std::fs::read_to_string(remote.copy().join("staging.yaml")).unwrap(), "edit: 10\n", "the edit is kept");
    std::fs::remove_dir_all(&asides(&remote)[0]).unwrap();
    remote.fetch().await.bring_copy(|_| false).await.unwrap();
}

#[tokio::test]
async fn an_entry_that_is_no_file_is_named_and_leads_nowhere() {
    for (script, what) in [
        ("git rm --quiet staging.yaml; mkdir staging.yaml; echo x > staging.yaml/x", "`staging.yaml` is a folder"),
        ("rm staging.yaml; ln -s /etc/passwd staging.yaml", "`staging.yaml` is a link"),
        ("rm staging.yaml; ln -s ../../../journal.json staging.yaml", "`staging.yaml` is a link"),
        ("ln -s /etc/passwd .sops.yaml", "`.sops.yaml` is a link"),
        (
            "git rm --quiet staging.yaml; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),staging.yaml; git() { [ $1 = add ] || command git \"$@\"; }",
            "`staging.yaml` is another repository",
        ),
    ] {
        let remote = written().await;
        remote.colleague(&format!("{script}; {COMMIT}"));
        let said = refused(&remote).await;
        assert!(said.starts_with(what), "{script}: {said}");
    }
    // Elsewhere in the repository they harm nobody: the copy has no link in it, and another repository is not fetched.
    let remote = written().await;
    remote.colleague(&format!("ln -s /etc out; ln -s ../.. up; {COMMIT}; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),module; git commit --quiet -m module"));
    remote.publish("b: ENC[x]\n").await.unwrap();
    remote.fetch().await.bring_copy(|_| false).await.unwrap();
    for name in ["out", "up"] {
        let about = remote.copy().join(name).symlink_metadata().unwrap();
        assert!(about.is_file(), "{name} in the working copy is {:?}", about.file_type());
    }
    // A person's git in that folder makes none either.
    std::fs::remove_file(remote.copy().join("out")).unwrap();
    git(&remote.copy(), &["checkout", "--quiet", "--", "out"]);
    assert!(remote.copy().join("out").symlink_metadata().unwrap().is_file());
    assert_eq!(remote.fetch().await.look_at_copy(|_| false).await.unwrap(), Copy::Current);
}

#[tokio::test]
async fn what_git_takes_for_an_attack_is_not_fetched() {
    let entry = |name: &str| {
        format!(
            "blob=$(echo x | git hash-object -w --stdin); inner=$(printf '100644 blob %s\\tconfig\\n' $blob | git mktree); tree=$( (git ls-tree HEAD; printf '040000 tree %s\\t{name}\\n' $inner) | git mktree); git update-ref refs/heads/main $(git commit-tree -p HEAD -m hostile $tree)"
        )
    };
    let module = format!("printf '[submodule \"x\"]\\n path=x\\n url=--upload-pack=x\\n' > .gitmodules; {COMMIT}");
    for script in [entry(".git"), entry(".."), entry(".GIT"), entry("git~1"), module] {
        let remote = written().await;
        remote.colleague(&script);
        let said = refused(&remote).await;
        assert!(
            said.starts_with("Something in the repository is damaged, or made to attack those who read it."),
            "{script}: {said}"
        );
        assert_eq!(std::fs::read_to_string(remote.copy().join("staging.yaml")).unwrap(), "a: ENC[x]\n");
        assert_eq!(asides(&remote), Vec::<PathBuf>::new());
    }
}

#[tokio::test]
async fn odd_names_are_shown_in_a_sentence_and_change_no_other_line() {
    let remote = written().await;
    remote.cx.hide(&Secret::from("a-known-secret".to_owned()));
    let odd = "x\\n\\033[2J\\033]0;owned\\007\\342\\200\\256`b`";
    remote.colleague(&format!("echo a-known-secret > \"$(printf '{odd}')\"; {COMMIT}"));
    let said = remote.publish("b: ENC[x]\n").await.unwrap_err();
    assert!(said.ends_with("holds a secret in clear, so nothing was pushed."), "{said}");
    let author = "$(printf 'eve\\033[31m\\342\\200\\256 very long ')$(head -c 500 /dev/zero | tr '\\0' a)";
    remote.colleague(&format!("git reset --quiet --hard HEAD~1; echo 1 > staging.yaml; git add -A; git commit --quiet -m x --author=\"{author} <e@e>\""));
    let who = remote.fetch().await.last_change().await.unwrap();
    assert!(who.starts_with("eve"), "{who}");
    // A file of ours that she changed and that is called oddly in the working copy's list.
    remote.colleague(&format!("echo theirs > \"$(printf '{odd}')\"; {COMMIT}"));
    remote.fetch().await.bring_copy(|_| false).await.unwrap();
    let name = std::str::from_utf8(b"x\n\x1b[2J\x1b]0;owned\x07\xe2\x80\xae`b`").unwrap();
    std::fs::write(remote.copy().join(name), "a person's").unwrap();
    let Copy::Edited(edits) = remote.fetch().await.look_at_copy(|_| false).await.unwrap() else { panic!("no edit") };
    remote.fetch().await.bring_copy(|_| false).await.unwrap();
    let warning = remote.cx.said().warnings.pop().unwrap().what;
    for shown in [said, who, edits.join(" "), warning] {
        let unseen = |c: char| c.is_control() || c == '\u{202e}';
        assert!(!shown.contains(unseen), "{shown:?}");
        assert!(shown.chars().count() < 300, "{shown}");
    }
}

#[tokio::test]
async fn branches_and_tags_of_odd_names_are_not_taken_for_ours() {
    let remote = written().await;
    remote.publish("b: ENC[x]\n").await.unwrap();
    // `origin/main` as a tag, which git prefers to the branch of that name.
    remote.colleague("git tag origin/main HEAD~1; git tag main HEAD~1; git tag refs/remotes/origin/main HEAD~1; git branch origin/main HEAD~1; git push --quiet origin 'refs/tags/*'");
    let looked = remote.fetch().await;
    assert_eq!(looked.text.as_deref(), Some("b: ENC[x]\n"));
    looked.bring_copy(|_| false).await.unwrap();
    assert_eq!(std::fs::read_to_string(remote.copy().join("staging.yaml")).unwrap(), "b: ENC[x]\n");
    remote.publish("c: ENC[x]\n").await.unwrap();
    assert_eq!(git(&remote.bare(), &["show", "refs/heads/main:staging.yaml"]), "c: ENC[x]\n");
    // A branch in the place of ours, and names that git or a terminal would read as something else.
    let mark = remote.folder.path().join("obeyed");
    let names = ["-x", "--upload-pack=touch${IFS}obeyed", "\u{202e}niam", "a`touch${IFS}obeyed`", "HEAD"];
    let commit = git(&remote.bare(), &["rev-parse", "refs/heads/main"]);
    for name in names {
        std::fs::write(remote.bare().join("refs/heads").join(name), &commit).unwrap();
    }
    git(&remote.bare(), &["update-ref", "-d", "refs/heads/main"]);
    git(&remote.bare(), &["update-ref", "-d", "refs/heads/origin/main"]);
    let looked = remote.fetch().await;
    assert_eq!(looked.text, None, "none of them is a branch to read");
    remote.publish("d: ENC[x]\n").await.unwrap();
    remote.fetch().await.bring_copy(|_| false).await.unwrap();
    assert_eq!(git(&remote.bare(), &["show", "refs/heads/main:staging.yaml"]), "d: ENC[x]\n", "the first of its name");
    // `main` in the way of `main/x`, and back.
    git(&remote.bare(), &["update-ref", "-d", "refs/heads/main"]);
    git(&remote.bare(), &["update-ref", "refs/heads/main/x", commit.trim()]);
    assert_eq!(remote.fetch().await.text.as_deref(), Some("c: ENC[x]\n"));
    git(&remote.bare(), &["update-ref", "-d", "refs/heads/main/x"]);
    remote.publish("e: ENC[x]\n").await.unwrap();
    assert!(!mark.exists() && !remote.bare().join("obeyed").exists() && !remote.fetched().join("obeyed").exists());
}
