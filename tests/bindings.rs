//! The types the window speaks with the backend are generated: `HUBWRIGHT_WRITE_BINDINGS=1 cargo test --test bindings` writes them.

use hubwright::desktop;
use hubwright::engine::event::{Acting, ByHandView, ChapterView, Context, Lead, Lost};
use hubwright::engine::run::Work;
use hubwright::engine::view::{
    Act, Asked, Bar, Branch, Card, Chip, Dated, Item, Letter, Link, Mark, Name, Paper, Reached, Resource,
    ResourceGroup, Row, Stage, Stand, Text,
};
use hubwright::engine::*;
use ts_rs::TS;

fn bindings() -> String {
    let config = ts_rs::Config::default();
    let mut text = String::from(
        "// Generated from the Rust types by tests/bindings.rs. Do not edit. Long because all of them are here.\n",
    );
    macro_rules! add {
        ($($kind:ty),* $(,)?) => { $( text.push_str(&format!("\nexport {}\n", <$kind as TS>::decl(&config))); )* };
    }
    add!(
        Slot,
        Value,
        Values,
        Choice,
        Kind,
        Field,
        Form,
        Severity,
        Offer,
        Leads,
        Problem,
        Mark,
        Row,
        Stand,
        Resource,
        ResourceGroup,
        Item,
        Bar,
        Link,
        Text,
        Asked,
        Letter,
        Act,
        Card,
        Branch,
        Name,
        Chip,
        Dated,
        Paper,
        Reached,
        Stage,
        View,
        Call,
        Plan,
        StepState,
        Lead,
        StepView,
        ByHandView,
        ChapterView,
        Acting,
        Lost,
        Context,
        Snapshot,
        EventKind,
        Event,
        Work,
        Remaining,
        Going,
        Everything,
        Removed,
        Remains,
        desktop::Start,
        desktop::Line,
        desktop::Known,
        desktop::SiteChoice,
        desktop::Drag,
        logbook::Entry,
        hubwright::steps::glossary::Term,
        prose::Block,
        hubwright::steps::way::Told,
        hubwright::steps::way::How,
        hubwright::steps::way::Share,
        hubwright::steps::way::Cost,
        hubwright::steps::way::Way,
        desktop::Kept,
    );
    text
}

#[test]
fn the_bindings_in_the_ui_are_those_of_the_rust_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/bindings.ts");
    if std::env::var_os("HUBWRIGHT_WRITE_BINDINGS").is_some() {
        hubwright::engine::files::write(path.as_ref(), bindings()).unwrap();
    }
    let kept = hubwright::engine::files::read_text(path.as_ref()).unwrap_or_default();
    assert!(kept == bindings(), "ui/src/bindings.ts is out of date: run this test with HUBWRIGHT_WRITE_BINDINGS=1");
}
