#!/usr/bin/env python3
"""Breaks the code in small ways, and expects a test to notice each: tests/mutate/run.py [--unit] [NUMBER…]

Each way is a file, a text in it, what takes its place, and the test that must fail then. They are tried one after the other in a
working tree of its own under target/mutate, made from the last commit, and only the one test runs. A way that no test notices, and
one whose text is not there (any more), make the exit status 1.

Not part of `./dev test`: each way builds the program anew. On two cores that nobody else uses expect 2 minutes a way with `--unit`
(those that a test inside the library notices), and 5 minutes for each of the others; the first build takes as long as any.
"""

import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parents[2]
COPY = HERE / "target" / "mutate"
LIB = "lib"

# Area, file, text, in its place, test program, test.
WAYS = [
    ("a plan nobody saw is applied", "src-tauri/engine/run.rs",
     "            true => Consent::Shown(plan.unwrap_or(0)),\n            false => Consent::Command,\n        };\n        self.spawn(self.begin(&place, Work::Apply",
     "            true => Consent::Command,\n            false => Consent::Command,\n        };\n        self.spawn(self.begin(&place, Work::Apply",
     LIB, "what_was_confirmed_is_applied_and_nothing_else"),
    ("a plan is not compared with the one that was shown", "src-tauri/engine/run.rs",
     "cx.cleaned(step.plan(cx, values).await?) == *held", "{ let _ = held; true }",
     LIB, "what_was_confirmed_is_applied_and_nothing_else"),
    ("something else than what was listed is removed", "src-tauri/engine/run.rs",
     "|| self.was.removal.as_ref() != Some(&goes)", "|| self.was.removal.is_none()",
     LIB, "what_was_shown_to_go_goes_and_nothing_else"),
    ("what holds a removal is not asked about", "src-tauri/engine/run.rs",
     "            if !held.is_empty() {\n                return Ok(Ended::Held(held));", "            if held.len() > 99 {\n                return Ok(Ended::Held(held));",
     "removal", "what_aws_would_refuse_is_all_said_before_anything_is_touched"),
    ("a list of what goes that nobody saw is leave enough", "src-tauri/engine/run.rs",
     "self.was.removal_run != Some(shown) ||", "shown < 0 ||",
     LIB, "what_was_shown_to_go_goes_and_nothing_else"),
    ("a removal is done with the answers of today", "src-tauri/engine/run.rs",
     "let made_with = match work.takes_back() {", "let made_with = match work.takes_back() && false {",
     LIB, "a_removal_is_what_the_world_says_and_unlocks_the_names"),
    ("what a removal left is not looked at", "src-tauri/engine/ending.rs",
     "Ended::Removed(residue) if shown.there.is_empty() => {", "Ended::Removed(residue) if shown.there.len() < 9 => {",
     LIB, "a_removal_is_what_the_world_says_and_unlocks_the_names"),
    ("a fingerprint leaves out what earlier pages left", "src-tauri/engine/page.rs",
     "hash(&needs));", "hash(&needs.len()));",
     LIB, "done_holds_for_what_it_rested_on_and_comes_back_with_it"),
    ("a fingerprint leaves out the secrets", "src-tauri/engine/page.rs",
     "hash(&(open, secrets))", "hash(&(open, secrets.len()))",
     LIB, "done_holds_for_what_it_rested_on_and_comes_back_with_it"),
    ("a plan that was cut goes on after opening", "src-tauri/engine/schedule.rs",
     "runs.iter().rposition(|run| run.work.acts() && self.can_go_on(run))", "runs.iter().rposition(|run| self.can_go_on(run))",
     LIB, "a_check_or_plan_that_was_cut_is_never_turned_into_anything_else"),
    ("a plan destroys without leave", "src-tauri/engine/schedule.rs",
     "Some(plan) if !self.may_destroy.contains(place) => &plan.destroys,", "Some(plan) if self.may_destroy.contains(place) => &plan.destroys,",
     LIB, "nothing_is_destroyed_without_leave"),
    ("effects of a removed step keep the names locked", "src-tauri/engine/journal/effects.rs",
     "r.outcome = 'removed'", "r.outcome = 'gone'",
     LIB, "effects_count_until_the_step_was_removed"),
    ("the way back of an address is what was replaced last", "src-tauri/steps/route53/history.rs",
     "self.replaced.first()", "self.replaced.last()",
     LIB, "what_was_there_first_survives_any_number_of_replacements"),
    ("recipients inside groups of keys are not seen", "src-tauri/tools/sops/recipient.rs",
     '"key_groups" => found.extend(all(item)),', '"key_groups" => {}',
     LIB, "a_file_of_several_groups_is_refused_with_all_who_are_in_them"),
    ("a secret is hidden only with the white space around it", "src-tauri/engine/redact.rs",
     "        self.add_one(raw.trim_ascii());\n", "",
     LIB, "a_secret_is_hidden_also_without_the_white_space_around_it"),
    ("a secret is not known in base64 of the second alignment", "src-tauri/engine/redact/forms.rs",
     "for lead in 0..3usize {", "for lead in 0..1usize {",
     LIB, "a_secret_in_the_middle_of_a_base64_text_is_hidden_and_its_neighbours_are_not"),
    ("what was changed in the account is not seen", "src-tauri/steps/drift.rs",
     "            if !same(there, wanted) {\n                all.push(Difference {\n                    of: one.resource.text(),",
     "            if there.is_null() && wanted.is_boolean() && !same(there, wanted) {\n                all.push(Difference {\n                    of: one.resource.text(),",
     "modules", "what_was_changed_in_the_account_is_shown_and_mended"),
    ("what somebody else made is taken unasked", "src-tauri/steps/module.rs",
     "if input.take_over || found.foreign(&[]).is_empty() {", "if found.0.len() < 99 || found.foreign(&[]).is_empty() {",
     "modules", "the_store_takes_over_a_repository_a_role_and_a_name_and_never_the_key_of_somebody_else"),
    ("the practice account answers whatever host is asked for", "src-tauri/practice/entrance.rs",
     '.iter().any(|own| own == host)', '.iter().any(|own| own == host || !host.is_empty())',
     "attacks", "a_page_of_another_site_is_not_answered"),
    ("Terraform may add to the module's lock file", "src-tauri/tools/terraform/mod.rs",
     '.then_some("-lockfile=readonly")', '.then_some("-upgrade=false")',
     "attacks", "a_provider_is_never_added_to_the_lock_file"),
    ("./dev believes any good signature", "dev",
     r"VALIDSIG .* C874011F0AB405110D02105534365D9472D7468F$", r"VALIDSIG .*$",
     "attacks", "dev_believes_hashicorps_signature_only"),
]


def run(*command, **more):
    return subprocess.run(command, cwd=COPY, **more)


def copy():
    if not COPY.exists():
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", COPY, "HEAD"], cwd=HERE, check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=HERE, check=True, capture_output=True, text=True).stdout.strip()
    run("git", "checkout", "--quiet", "--force", "--detach", head, check=True)
    # The page as it is built here; no way of the list is in it.
    if not (COPY / "ui" / "dist").exists() and (HERE / "ui" / "dist").exists():
        run("cp", "-a", HERE / "ui" / "dist", COPY / "ui" / "dist", check=True)


def test(program, name):
    """How the one test ended, `None` where it could not be built; and what was said."""
    target = ["--lib"] if program == LIB else ["--test", program]
    built = run("cargo", "test", "--release", "--locked", "--no-run", *target, capture_output=True, text=True)
    if built.returncode:
        return None, built.stderr
    ran = run("cargo", "test", "--release", "--locked", *target, "--", name, capture_output=True, text=True)
    said = ran.stdout + ran.stderr
    return "1 passed" in said or None if " 1 failed" not in said else False, said


def main():
    wanted = [int(word) for word in sys.argv[1:] if word.isdigit()]
    missed = 0
    # What passes as it is, so that its failing means something.
    sound = set()
    copy()
    for number, (what, file, text, instead, program, name) in enumerate(WAYS, 1):
        if wanted and number not in wanted or "--unit" in sys.argv and program != LIB:
            continue
        began = time.monotonic()
        path = COPY / file
        whole = path.read_text()
        if whole.count(text) != 1:
            result = f"NOT TRIED: the text is there {whole.count(text)} times"
        elif (program, name) not in sound and test(program, name)[0] is not True:
            result = "NOT TRIED: the test does not pass as it is"
        else:
            sound.add((program, name))
            path.write_text(whole.replace(text, instead))
            passed, said = test(program, name)
            path.write_text(whole)
            result = {False: "noticed", True: "NOT NOTICED", None: "NOT TRIED: the test did not run\n" + said[-1500:]}[passed]
        missed += result != "noticed"
        print(f"{number:2} {result:12} {time.monotonic() - began:4.0f} s  {what} ({program}: {name})", flush=True)
    sys.exit(missed > 0)


main()
