//! The rules of the house, held by reading its files.

use std::path::{Path, PathBuf};

fn files(folder: &str, endings: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = vec![];
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("node_modules") {
                folders.push(path);
            } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
                let text = hubwright::engine::files::read_text(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has files");
    found
}

/// The part of a path below `src-tauri`, and the layer it belongs to.
fn layer(path: &Path) -> String {
    let below = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri")).unwrap();
    below.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

#[test]
fn layers_use_only_what_is_below_them() {
    // What each layer may use of this crate, besides itself.
    let may: &[(&str, &[&str])] = &[
        ("engine", &[]),
        ("tools", &["engine"]),
        ("site", &["engine"]),
        ("steps", &["engine", "tools", "site"]),
        ("wizard", &["engine", "steps"]),
        ("practice", &["engine", "tools", "site"]),
        ("headless", &["engine", "tools", "steps", "wizard", "practice", "site", "answers"]),
        ("answers", &["engine"]),
        ("desktop", &["engine", "tools", "steps", "wizard", "practice", "site"]),
        ("lib", &[]),
        ("main", &[]),
        ("build", &[]),
    ];
    for (path, text) in files("src-tauri", &[".rs"]) {
        let layer = layer(&path);
        let allowed =
            may.iter().find(|(name, _)| *name == layer).unwrap_or_else(|| panic!("{layer} is not in the rule")).1;
        for line in text.lines() {
            for (at, _) in line.match_indices("crate::") {
                let rest = &line[at + 7..];
                let used: Vec<String> = match rest.strip_prefix('{') {
                    Some(group) => group
                        .split(&[',', '}'])
                        .map(|part| part.trim().split("::").next().unwrap().to_owned())
                        .collect(),
                    None => vec![rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap().to_owned()],
                };
                for used in used.iter().filter(|used| may.iter().any(|(name, _)| name == used)) {
                    assert!(
                        *used == layer || allowed.contains(&used.as_str()),
                        "{} may not use {used}: {line}",
                        path.display()
                    );
                }
            }
        }
        let says_tauri =
            text.lines().any(|line| line.contains("use tauri") || line.contains("tauri::") || line.contains("rfd::"));
        assert!(!says_tauri || layer == "desktop" || layer == "build", "{} says tauri", path.display());
    }
}

#[test]
fn the_page_names_no_step_and_no_command_returns_a_secret() {
    let ids: Vec<&str> =
        hubwright::wizard::chapters().iter().flat_map(|c| c.steps.iter().map(|s| s.about().id)).collect();
    for (path, text) in files("ui/src", &[".ts", ".svelte"]) {
        let imports = text.matches("@tauri-apps").count();
        assert!(imports == 0 || path.ends_with("backend.ts"), "{} imports @tauri-apps", path.display());
        for id in &ids {
            // `deployment` and `tools` are also words of the house; as a step they would stand in quotes.
            let named = text.contains(&format!("id === \"{id}\"")) || text.contains(&format!("step(\"{id}\""));
            let rare = id.contains('_') && text.contains(id);
            assert!(!named && !rare, "{} names the step {id}", path.display());
        }
        assert!(!text.contains("{@html"), "{} puts text in as markup", path.display());
    }
    for (path, text) in files("src-tauri/desktop", &[".rs"]) {
        let returns = text
            .lines()
            .filter(|line| line.contains("->"))
            .any(|line| line.split("->").nth(1).unwrap().contains("Secret"));
        assert!(!returns, "{} has a command that returns a secret", path.display());
    }
}

#[test]
fn no_institution_is_named_outside_its_profile() {
    for folder in ["src-tauri", "ui/src", "blueprint"] {
        for (path, text) in files(folder, &[".rs", ".ts", ".svelte", ".py", ".tf", ".template"]) {
            if layer_is_site(&path) {
                continue;
            }
            let lower = text.to_lowercase().replace("stsci.toml", "").replace("spacetelescope", "");
            assert!(
                !lower.contains("stsci") && !lower.contains("162808325377"),
                "{} names an institution",
                path.display()
            );
        }
    }
}

fn layer_is_site(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "site")
}

#[test]
fn a_long_file_says_why_in_its_first_comment() {
    for (path, text) in files("src-tauri", &[".rs"]).into_iter().chain(files("ui/src", &[".ts", ".svelte"])) {
        let lines = text.lines().count();
        let first: String = match text.strip_prefix("<!--") {
            Some(comment) => comment.split("-->").next().unwrap_or_default().to_owned(),
            None => text.lines().take_while(|line| line.starts_with("//")).collect(),
        };
        assert!(
            lines <= 400 || first.contains("Long because"),
            "{} has {lines} lines and does not say why",
            path.display()
        );
    }
}

#[test]
fn every_rust_file_says_what_it_is() {
    for (path, text) in files("src-tauri", &[".rs"]) {
        assert!(text.starts_with("//!") || path.ends_with("build.rs"), "{} begins without a word", path.display());
    }
}

/// `docs/security.md` writes a test as `file::function`. Each stands in a file of that name, and each protection names one.
#[test]
fn the_tests_that_the_security_page_names_are_there() {
    let tests: Vec<(PathBuf, String)> =
        files("tests", &[".rs"]).into_iter().chain(files("src-tauri", &[".rs"])).collect();
    let page = include_str!("../docs/security.md");
    let named = |text: &str| -> Vec<(String, String)> {
        let quoted = text.split('`').skip(1).step_by(2).filter(|word| !word.contains(' '));
        quoted.filter_map(|word| word.split_once("::")).map(|(file, test)| (file.into(), test.into())).collect()
    };
    for (file, test) in named(page) {
        let there = |(path, text): &(PathBuf, String)| {
            path.with_extension("").ends_with(&file)
                && text.split(&format!("fn {test}()")).next().is_some_and(|before| {
                    before.len() < text.len() && before.trim_end_matches("async ").trim_end().ends_with(']')
                })
        };
        assert!(tests.iter().any(there), "there is no test {file}::{test}");
    }
    let protected = page.split_once("## What is not protected").unwrap().0;
    for section in protected.split("\n## ").skip(1) {
        assert!(!named(section).is_empty(), "no test shows: {section}");
        for row in section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what ")) {
            assert!(!named(row).is_empty(), "no test shows: {row}");
        }
    }
}

/// Whoever never heard of AWS finds each abbreviation of a page explained.
#[test]
fn abbreviations_on_the_pages_stand_in_the_glossary() {
    let forms: Vec<&str> = hubwright::steps::glossary::GLOSSARY
        .iter()
        .flat_map(|term| std::iter::once(term.word).chain(term.forms.iter().copied()))
        .collect();
    let explained = |word: &str| forms.iter().any(|form| form.split(' ').any(|part| part == word));
    let mut found = 0;
    for chapter in hubwright::wizard::chapters() {
        let mut texts: Vec<String> =
            chapter.by_hand.iter().map(|hand| format!("{} {}", hand.title, hand.sentence)).collect();
        texts.extend(
            chapter
                .steps
                .iter()
                .map(|step| step.about())
                .map(|about| format!("{} {} {}", about.title, about.short, about.why)),
        );
        for text in texts {
            for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
                if word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase()) {
                    found += 1;
                    assert!(explained(word), "{word} is not explained: {text}");
                }
            }
        }
    }
    assert!(found > 5, "the pages' texts were read");
}

/// Traps 3 to 9 and 22 to 29 of the guide: the page where each bites says what is done instead.
#[test]
fn the_traps_of_the_guide_are_told_on_their_pages() {
    let told = [
        (3, "deploy_roles", "WHAT ELSE???"),
        (4, "secrets_setup_role", "folders that have other names"),
        (5, "secrets_setup_role", "starts in the wrong place"),
        (6, "secrets_setup_role", "the very role that the module makes"),
        (7, "deployment", "spelled five ways"),
        (8, "secrets_setup_role", "two redirections"),
        (9, "secrets_store", "apply `code.tfvars`"),
        (22, "hub_secrets", "a password that people who sign in through an identity centre cannot have"),
        (23, "hub_secrets", "from a path that is not there"),
        (24, "hub_secrets", "sops ignores the `role:` line"),
        (25, "hub_secrets", "gives a web page"),
        (26, "hub_secrets", "saves it under one name and adds another"),
        (27, "hub_secrets", "git keeps the plaintext"),
        (28, "hub_secrets", "metadata not found"),
        (29, "mast", "twice, once inside a web address"),
        (29, "certificate", "a header that fits RSA keys only"),
    ];
    let steps: Vec<_> = hubwright::wizard::chapters().into_iter().flat_map(|chapter| chapter.steps).collect();
    for (trap, id, words) in told {
        let step = steps.iter().find(|step| step.about().id == id).unwrap_or_else(|| panic!("there is a step {id}"));
        assert!(step.about().guide.contains(words), "trap {trap} is told on the page {id}");
    }
}

/// Tools give data and errors of their own; the sentences that people read of them are made in `steps/told`.
#[test]
fn tools_make_no_text_for_people() {
    // A problem of the keychain's passes through a session; the engine's traits say what a vault and jobs give.
    const PASS_ON: &[&str] = &["tools/mod.rs", "tools/keychain.rs", "tools/aws/session.rs"];
    let steps = hubwright::wizard::chapters().into_iter().flat_map(|chapter| chapter.steps);
    let titles: Vec<String> =
        steps.flat_map(|step| [step.about().title, step.about().short]).map(|title| format!("“{title}”")).collect();
    assert!(titles.contains(&"“AWS account”".to_owned()), "the pages have titles: {titles:?}");
    let mut pages = vec!["this page", "the page", "first page", "“Check again”", "another page"];
    pages.extend(titles.iter().map(String::as_str));
    for (path, text) in files("src-tauri/tools", &[".rs"]) {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let made = ["Problem::", "Problem {", "Problems", "for Problem"].iter().any(|way| line.contains(way));
            let passes = PASS_ON.iter().any(|allowed| path.ends_with(allowed));
            assert!(!made && (passes || !line.contains("Problem")), "{} makes a problem: {line}", path.display());
            // How far something is, is told too: a tool says it as data, and whoever starts it knows the words.
            let said =
                ["progress(\"", "progress(format!", "asked(\"", "asked(format!"].iter().any(|way| line.contains(way));
            assert!(!said, "{} tells people: {line}", path.display());
            let named = pages.iter().find(|page| line.contains(**page));
            assert!(named.is_none(), "{} names a page: {line}", path.display());
        }
    }
}
