//! The hub's name in a zone that others use too: what was there before Hubwright comes back, what somebody changed later
//! stays, and Hubwright's own record is found again by what was written down, or by what it is.
#![allow(clippy::disallowed_methods, reason = "tests start programs")]

mod support;

use serde_json::{Value as Json, json};
use std::os::unix::process::ExitStatusExt;
use support::{Home, answers, text};

const HOST: &str = "roman-sit.science.stsci.edu";
const FIRST: &str = "abc-123.us-east-1.elb.amazonaws.com";
const SECOND: &str = "def-456.us-east-1.elb.amazonaws.com";

/// A practice account in which the pages before this one are done.
struct World {
    home: Home,
}

impl World {
    fn new() -> World {
        let home = Home::new();
        home.start_practice();
        let world = World { home };
        world.apply(FIRST, false, &["--until", "account"], 0, &[]);
        world
    }

    fn file(&self, target: &str, replace: bool) -> String {
        let table = if replace { "[dns]\nreplace = true" } else { "[dns]" };
        self.home.write("answers.toml", &answers("roman-sit").replace(FIRST, target).replace("[dns]", table))
    }

    fn apply(&self, target: &str, replace: bool, args: &[&str], status: i32, words: &[&str]) {
        let file = self.file(target, replace);
        self.run(&[&["apply", &file], args].concat(), status, words);
    }

    fn dns(&self, target: &str, replace: bool, status: i32, words: &[&str]) {
        self.apply(target, replace, &["--only", "dns"], status, words);
    }

    /// What the removal of everything says. Afterwards the pages before this one are done again.
    fn remove(&self, target: &str, words: &[&str]) -> String {
        let file = self.file(target, false);
        let output = self.home.run(&["remove", &file]);
        let shown = text(&output);
        for word in words {
            assert!(shown.contains(word), "{word:?} is not in:\n{shown}");
        }
        self.apply(target, false, &["--until", "account"], 0, &[]);
        shown
    }

    fn run(&self, args: &[&str], status: i32, words: &[&str]) {
        let output = self.home.run(args);
        let shown = text(&output);
        for word in words {
            assert!(shown.contains(word), "{word:?} is not in:\n{shown}");
        }
        assert_eq!(output.status.code(), Some(status), "{args:?}: {shown}");
    }

    /// Somebody else changes the zone.
    fn change(&self, action: &str, record: &Json) {
        self.home.boto3(&format!(
            "z = r53.list_hosted_zones_by_name(DNSName='science.stsci.edu.')['HostedZones'][0]['Id']\n\
            r53.change_resource_record_sets(HostedZoneId=z, ChangeBatch={{'Changes': [{{'Action': '{action}', 'ResourceRecordSet': json.loads('''{record}''')}}]}})"
        ));
    }

    /// The records of the host: type, and the alias or the values.
    fn records(&self) -> Json {
        self.home.boto3(&format!(
            "z = r53.list_hosted_zones_by_name(DNSName='science.stsci.edu.')['HostedZones'][0]['Id']\n\
            rs = [r for r in r53.list_resource_record_sets(HostedZoneId=z)['ResourceRecordSets'] if r['Name'] == '{HOST}.']\n\
            print(json.dumps([[r['Type'], r['AliasTarget']['DNSName'] if 'AliasTarget' in r else [v['Value'] for v in r['ResourceRecords']]] for r in rs]))"
        ))
    }
}

fn record(kind: &str, value: &str) -> Json {
    json!({ "Name": format!("{HOST}."), "Type": kind, "TTL": 300, "ResourceRecords": [{ "Value": value }] })
}

fn alias(target: &str) -> Json {
    json!([["A", format!("dualstack.{target}.")]])
}

#[test]
fn what_was_there_before_survives_every_replacement_and_comes_back() {
    let world = World::new();
    world.change("CREATE", &record("A", "192.0.2.77"));
    world.dns(FIRST, false, 3, &["is there already and leads elsewhere: A 192.0.2.77 (kept 300 s)."]);
    world.dns(FIRST, true, 0, &["dns: done"]);
    assert_eq!(world.records(), alias(FIRST));
    // Another target is entered and not applied: the record is told before the deployment is deleted.
    let file = world.file(SECOND, false);
    world.run(&["delete", &file], 3, &[&format!("The record {HOST}")]);
    // Our own record is nobody else's: a new target needs no leave to replace.
    world.dns(SECOND, false, 0, &["dns: done"]);
    world.dns(FIRST, false, 0, &["dns: done"]);
    world.dns(SECOND, false, 0, &["dns: done"]);
    assert_eq!(world.records(), alias(SECOND));
    // Somebody edits it: that is shown and asked for, and does not take the place of what was there before.
    world.change("UPSERT", &record("A", "192.0.2.99"));
    world.dns(SECOND, false, 3, &["leads elsewhere: A 192.0.2.99 (kept 300 s)."]);
    world.dns(SECOND, true, 0, &["dns: done"]);
    world.remove(
        SECOND,
        &[
            "is what it was before Hubwright: A 192.0.2.77 (kept 300 s).",
            "A later record of somebody else is not put back: A 192.0.2.99 (kept 300 s).",
        ],
    );
    assert_eq!(world.records(), json!([["A", ["192.0.2.77"]]]));
    // The history ends with the removal.
    world.dns(FIRST, true, 0, &["dns: done"]);
    world.remove(FIRST, &["is what it was before Hubwright: A 192.0.2.77 (kept 300 s)."]);
    assert_eq!(world.records(), json!([["A", ["192.0.2.77"]]]));
}

#[test]
fn a_record_that_somebody_edited_stays_and_is_said() {
    let world = World::new();
    world.dns(FIRST, false, 0, &["dns: done"]);
    world.change("UPSERT", &record("A", "192.0.2.99"));
    let shown = world.remove(FIRST, &["is not the record Hubwright made, so it stays: A 192.0.2.99 (kept 300 s)."]);
    assert_eq!(world.records(), json!([["A", ["192.0.2.99"]]]), "{shown}");
    world.change("DELETE", &record("A", "192.0.2.99"));

    // One that somebody added beside ours stays, and ours goes.
    world.dns(FIRST, false, 0, &["dns: done"]);
    world.change("CREATE", &record("AAAA", "2001:db8::7"));
    let shown =
        world.remove(FIRST, &["has a record that somebody else added, so it stays: AAAA 2001:db8::7 (kept 300 s)."]);
    assert_eq!(world.records(), json!([["AAAA", ["2001:db8::7"]]]), "{shown}");
    world.dns(FIRST, false, 3, &["leads elsewhere: AAAA 2001:db8::7 (kept 300 s)."]);
    world.change("DELETE", &record("AAAA", "2001:db8::7"));

    // One that somebody removed is not made again by a removal.
    world.change("CREATE", &record("CNAME", "old.example.org"));
    world.dns(FIRST, true, 0, &["dns: done"]);
    world.change("DELETE", &json!({ "Name": format!("{HOST}."), "Type": "A", "AliasTarget": { "HostedZoneId": "Z35SXDOTRQ7X7K", "DNSName": format!("dualstack.{FIRST}."), "EvaluateTargetHealth": false } }));
    world.remove(FIRST, &["nothing is put in its place. Before Hubwright: CNAME old.example.org (kept 300 s)."]);
    assert_eq!(world.records(), json!([]));
}

#[test]
fn on_another_computer_our_record_is_found_by_what_it_is() {
    let world = World::new();
    world.dns(FIRST, false, 0, &["dns: done"]);
    let elsewhere = || std::fs::remove_dir_all(world.home.path().join("deployments")).unwrap();
    elsewhere();
    let file = world.file(FIRST, false);
    world.home.run(&["check", &file]);
    world.remove(FIRST, &["dns: "]);
    assert_eq!(world.records(), json!([]));
    // A record that leads elsewhere is not ours there, whoever made it.
    world.dns(FIRST, false, 0, &["dns: done"]);
    elsewhere();
    let file = world.file(SECOND, false);
    world.home.run(&["check", &file]);
    world.remove(SECOND, &[]);
    assert_eq!(world.records(), alias(FIRST));
}

#[test]
fn killed_at_any_journal_point_the_way_back_is_kept() {
    let world = World::new();
    world.change("CREATE", &record("A", "192.0.2.77"));
    let mut killed = 0;
    for point in 1..50 {
        // Each other time to another target, so that each run has something to replace.
        let target = if point % 2 == 0 { FIRST } else { SECOND };
        let file = world.file(target, point == 1);
        let run = world.home.command(&["apply", &file, "--only", "dns"]);
        let output = { run }.env("HUBWRIGHT_FAILPOINT", point.to_string()).output().unwrap();
        if output.status.signal() != Some(9) {
            assert!(output.status.success(), "{}", text(&output));
            break;
        }
        killed += 1;
        // What the killed run may have made is ours: no leave is needed for it. What was there first needs it still.
        let theirs = world.records() == json!([["A", ["192.0.2.77"]]]);
        world.dns(target, theirs, 0, &["dns: done"]);
        assert_eq!(world.records(), alias(target));
    }
    assert!(killed >= 4, "{killed} points were met");
    let target = if killed % 2 == 0 { SECOND } else { FIRST };
    world.remove(target, &["is what it was before Hubwright: A 192.0.2.77 (kept 300 s)."]);
    assert_eq!(world.records(), json!([["A", ["192.0.2.77"]]]));
}

#[test]
fn a_change_that_is_pending_is_waited_for() {
    let world = World::new();
    let took = world.home.gateway("POST", "settings", &json!({ "insync_seconds": 6 }).to_string());
    assert!(took.contains("\"insync_seconds\":6"), "{took}");
    let began = std::time::Instant::now();
    world.dns(FIRST, false, 0, &["dns: done"]);
    assert!(began.elapsed().as_secs() >= 6, "it was done before Route 53 had it everywhere");
    let log = std::fs::read_to_string(world.home.path().join("deployments/roman-sit-staging/log/dns.log")).unwrap();
    assert!(log.contains("Waiting until Route 53 has it everywhere"), "{log}");
    assert_eq!(world.records(), alias(FIRST));
}
