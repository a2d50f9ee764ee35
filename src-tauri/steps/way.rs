//! What a person reads of the whole way besides the pages: how each thing is done that is done by hand, in our words and in the
//! guide's, and what the hub will cost. It is read from answers and the site profile; the world is not asked.

use super::account::Account;
use super::deployment::{Deployment, environment_keys, first, site_word};
use super::names;
use crate::engine::prose::{Block, blocks};
use crate::engine::words::clean;
use crate::engine::{ByHand, Cx};
use crate::site::{Guide, Prices, Site};
use crate::tools::aws::regions;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct Way {
    /// The guide's title; empty where the institution has none.
    pub guide: String,
    pub by_hand: Vec<How>,
    pub cost: Option<Cost>,
}

/// How something is done that is done by hand.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct How {
    /// Of what is done by hand.
    pub id: &'static str,
    pub own: Vec<Block>,
    pub told: Option<Told>,
}

/// What the guide says of it.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct Told {
    /// `lines 17 to 35`
    pub place: String,
    pub blocks: Vec<Block>,
    /// What has changed since it was written, a sentence or two each.
    pub changed: Vec<String>,
}

/// What a month of the whole hub costs: an estimate.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct Cost {
    pub sentence: String,
    pub parts: Vec<Share>,
}

/// A part of what it costs.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct Share {
    pub what: String,
    /// How it is reckoned, in words.
    pub rate: String,
    /// A month of it: `$18.25`
    pub monthly: String,
}

/// All of it, as the environment of `cx` sees it.
pub fn way(cx: &Cx, by_hand: &[ByHand]) -> Way {
    let answers = cx.answers::<Deployment>();
    let word = site_word(&answers);
    let site = Site::load(word).unwrap_or_default();
    // A guide that cannot be read is none: our own words are there.
    let text = site.guide.as_ref().and_then(|guide| guide.text(word).ok());
    let told = site.guide.as_ref().zip(text.as_deref());
    let own = Own::of(cx);
    let how = |hand: &ByHand| How {
        id: hand.id,
        own: own.blocks(hand.how),
        told: told.and_then(|(guide, text)| said(guide, text, hand.id)),
    };
    Way {
        guide: told.map_or(String::new(), |(guide, _)| guide.title.clone()),
        by_hand: by_hand.iter().map(how).collect(),
        cost: site.prices.map(|prices| cost(&prices, &own.region, environment_keys(&answers).len())),
    }
}

fn said(guide: &Guide, text: &str, id: &str) -> Option<Told> {
    let passage = guide.passages.get(id)?;
    Some(Told { place: passage.place(), blocks: passage.of(text)?, changed: passage.changed.clone() })
}

fn cost(prices: &Prices, region: &str, environments: usize) -> Cost {
    let monthly: f64 = prices.parts.iter().map(|part| part.monthly(environments)).sum();
    let elsewhere = if prices.region == region { "" } else { "; other regions differ by some percent" };
    let sentence = format!(
        "The whole hub costs about ${:.0} a month while few people use it. This is an estimate by the prices of {} of {}{elsewhere}, without tax. When more people work, it starts more machines, which cost extra.",
        (monthly / 10.0).round() * 10.0,
        clean(&prices.region),
        clean(&prices.date),
    );
    let share = |part: &crate::site::Part| Share {
        what: part.what.clone(),
        rate: part.rate.clone(),
        monthly: format!("${:.2}", part.monthly(environments)),
    };
    Cost { sentence, parts: prices.parts.iter().map(share).collect() }
}

/// What stands in our own words in place of `{deployment}` and the like: it is pasted into a shell, so that only what can be a
/// name goes there. What is not known yet is a word in capital letters.
#[derive(Clone)]
struct Own {
    deployment: String,
    environment: String,
    user: String,
    region: String,
    account: String,
    host: String,
}

impl Own {
    fn of(cx: &Cx) -> Own {
        let answers = cx.answers::<Deployment>();
        let names = cx.output::<Deployment>().map_or_else(|| first(&answers), |named| named.names);
        let (user, region) = (answers.text("user").trim(), answers.text("region").trim());
        let site_region = || Site::load(site_word(&answers)).map(|site| site.region).unwrap_or_default();
        let region = if region.is_empty() { site_region() } else { region.to_owned() };
        let good = |is_good: bool, text: String, else_: &str| if is_good { text } else { else_.to_owned() };
        let is_named = !names.deployment.is_empty() && names::judge(&names.deployment).0.is_empty();
        let is_environment = names::judge_environment(&names.environment, "").is_none();
        Own {
            host: good(is_named && names::is_host(&names.host()), names.host(), "YOUR-ADDRESS"),
            deployment: good(is_named, names.deployment, "DEPLOYMENT-NAME"),
            environment: good(is_environment, names.environment, "staging"),
            user: good(!user.is_empty() && names::judge_user(user).is_none(), user.to_owned(), "YOUR-USER"),
            region: good(regions::is_well_formed(&region), region, "REGION"),
            account: cx.output::<Account>().map_or("ACCOUNT-ID".to_owned(), |known| known.identity.account),
        }
    }

    /// It filled in; before it, what a person puts in place of what is not known yet.
    fn blocks(&self, how: &str) -> Vec<Block> {
        let text = self.fill(how);
        let open = UNKNOWN.iter().filter(|(word, _)| text.contains(word));
        let said: Vec<String> = open.map(|(word, what)| format!("Put {what} in place of `{word}`.")).collect();
        let first = if said.is_empty() { String::new() } else { format!("{}\n\n", said.join(" ")) };
        blocks(&format!("{first}{text}"))
    }

    fn fill(&self, text: &str) -> String {
        let all = [
            ("{deployment}", &self.deployment),
            ("{environment}", &self.environment),
            ("{user}", &self.user),
            ("{region}", &self.region),
            ("{account}", &self.account),
            ("{host}", &self.host),
        ];
        all.into_iter().fold(text.to_owned(), |text, (word, name)| text.replace(word, name))
    }
}

/// What stands where something is not known yet, and what a person puts there.
const UNKNOWN: [(&str, &str); 5] = [
    ("ACCOUNT-ID", "your account's number, which is known here once the page “AWS account” is done,"),
    ("DEPLOYMENT-NAME", "the deployment's name"),
    ("YOUR-USER", "your IAM user's name"),
    ("YOUR-ADDRESS", "the hub's web address"),
    ("REGION", "the account's region"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Part;

    #[test]
    fn what_it_costs_is_said_to_be_an_estimate_with_its_parts_and_its_date() {
        let part = |what: &str, hour, month, each| Part { what: what.into(), hour, month, each, ..Part::default() };
        let parts = vec![part("Cluster", 0.1, 0.0, false), part("Balancer", 0.0, 20.0, true)];
        let prices = Prices { region: "us-east-1".into(), date: "June 2025".into(), parts };
        let one = cost(&prices, "us-east-1", 1);
        assert!(one.sentence.starts_with("The whole hub costs about $90 a month"), "{}", one.sentence);
        assert!(one.sentence.contains("estimate by the prices of us-east-1 of June 2025, without"), "{}", one.sentence);
        assert_eq!(one.parts.iter().map(|share| share.monthly.as_str()).collect::<Vec<_>>(), ["$73.00", "$20.00"]);
        let two = cost(&prices, "eu-west-1", 2);
        assert!(two.sentence.contains("$110") && two.sentence.contains("other regions differ"), "{}", two.sentence);
    }

    #[test]
    fn our_own_words_for_each_thing_name_only_what_is_filled_in_and_are_a_few_sentences() {
        let own = Own {
            deployment: "roman-sit".into(),
            environment: "staging".into(),
            user: "somebody".into(),
            region: "us-east-1".into(),
            account: "123456789012".into(),
            host: "roman-sit.example.org".into(),
        };
        // What is not known yet is said, once, before what is pasted.
        let unknown = Own { account: "ACCOUNT-ID".into(), ..own.clone() };
        let read = unknown.blocks("Do it:\n\n    aws --account {account} --again {account}\n");
        let said = format!("{read:?}");
        assert!(matches!(&read[0], Block::Text { text } if text.starts_with("Put your account's number")), "{said}");
        assert!(!format!("{:?}", own.blocks("aws {account}")).contains("Put "), "nothing is left open");
        use crate::steps::by_hand::{AFTERWARDS, CLUSTER, DEPLOY, GO_LIVE, HUB_IMAGE, WORK_MACHINE};
        for hand in [WORK_MACHINE, CLUSTER, HUB_IMAGE, DEPLOY, GO_LIVE, AFTERWARDS].concat() {
            let text = own.fill(hand.how);
            assert!(!text.contains('{') && !text.contains('}'), "{}: {text}", hand.id);
            let read = blocks(&text);
            let items = read.iter().filter(|block| matches!(block, Block::Item { .. })).count();
            assert!((2..=6).contains(&items) && hand.minutes > 0, "{}: {read:?}", hand.id);
        }
    }
}
