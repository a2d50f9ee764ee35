//! How the account is reached, as the first field of the account page says it. Nobody else reads that field.

use crate::engine::{Field, Values};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The practice account on this computer.
    Practice,
    /// An access key.
    Keys,
    /// A profile of the AWS CLI.
    Profile,
}

impl Kind {
    /// The name of the field.
    pub const FIELD: &'static str = "kind";

    /// What these answers of the page say: the practice account until another one is chosen.
    pub fn of(account: &Values) -> Kind {
        Kind::of_word(account.text(Kind::FIELD))
    }

    /// The same of the field's value alone, as an answers file has it.
    pub fn of_word(word: &str) -> Kind {
        ALL.into_iter().find(|kind| kind.word() == word).unwrap_or(Kind::Practice)
    }

    /// As the field and the answers file have it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Practice => "practice",
            Kind::Keys => "keys",
            Kind::Profile => "profile",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Kind::Practice => "Practice account on this computer",
            Kind::Keys => "Access key",
            Kind::Profile => "AWS profile on this computer",
        }
    }

    pub fn is_practice(self) -> bool {
        self == Kind::Practice
    }

    pub fn field() -> Field {
        let words = ALL.map(|kind| format!("`{}`", kind.word()));
        let [first, second, third] = &words;
        Field::choice(Kind::FIELD, "How to reach it", ALL.map(|kind| (kind.word(), kind.label())))
            .default(Kind::Practice.word())
            .rule(format!("{first}, {second} or {third}"))
            .copied()
    }
}

const ALL: [Kind; 3] = [Kind::Practice, Kind::Keys, Kind::Profile];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_field_offers_is_read_back_and_anything_else_is_the_practice_account() {
        let field = Kind::field();
        for kind in ALL {
            assert!(field.accepts(&kind.word().into()).is_ok(), "{kind:?} is offered");
            assert_eq!(Kind::of_word(kind.word()), kind);
        }
        let mut account = Values::default();
        assert!(Kind::of(&account).is_practice(), "until another one is chosen");
        account.set(Kind::FIELD, "profile");
        assert_eq!(Kind::of(&account), Kind::Profile);
        account.set(Kind::FIELD, "Keys");
        assert!(Kind::of(&account).is_practice(), "a word that is not offered");
    }
}
