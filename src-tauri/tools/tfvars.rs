//! Terraform variable files: values set in place, comments and order kept.
//! It does not evaluate expressions.

use hcl_edit::Ident;
use hcl_edit::expr::{Array, Expression};
use hcl_edit::structure::{Attribute, Body, Structure};

/// A variable file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the variable file cannot be read")]
pub struct TfvarsError(#[source] Box<hcl_edit::parser::Error>);

/// A value for a variable.
#[derive(Clone, Debug, PartialEq)]
pub enum Var {
    Text(String),
    List(Vec<String>),
}

/// The text with each variable set: in place where it is there already, at the end where it is not.
/// Comments, order and everything else stay as they are.
pub fn set(text: &str, vars: &[(&str, Var)]) -> Result<String, TfvarsError> {
    let mut body: Body = text.parse().map_err(|error| TfvarsError(Box::new(error)))?;
    for (name, var) in vars {
        match body.get_attribute_mut(name) {
            Some(mut attribute) => {
                let decor = hcl_edit::Decorate::decor(attribute.value_mut()).clone();
                let mut value = expression(var);
                *hcl_edit::Decorate::decor_mut(&mut value) = decor;
                *attribute.value_mut() = value;
            }
            None => body.push(Structure::Attribute(Attribute::new(Ident::new(*name), expression(var)))),
        }
    }
    let mut text = body.to_string();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

fn expression(var: &Var) -> Expression {
    match var {
        Var::Text(text) => Expression::from(text.as_str()),
        Var::List(all) => Expression::from(all.iter().map(|text| Expression::from(text.as_str())).collect::<Array>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_change_in_place_and_comments_stay() {
        let template =
            "# Where\nregion = \"us-east-1\" # keep me\n\n/* the dash matters */\niam_prefix = \"<cluster-name>-\"\n";
        let text = set(template, &[("iam_prefix", Var::Text("roman-sit-".into()))]).unwrap();
        assert_eq!(text, template.replace("<cluster-name>", "roman-sit"));
    }

    #[test]
    fn what_is_missing_is_added_and_quotes_are_escaped() {
        let text =
            set("", &[("a", Var::Text("x\"${y}\"".into())), ("b", Var::List(vec!["1".into(), "2".into()]))]).unwrap();
        let body: Body = text.parse().unwrap();
        assert_eq!(body.attributes().count(), 2, "{text}");
        assert!(!text.contains(" ${y}") && text.contains("$${y}"), "a value is never an expression: {text}");
    }

    #[test]
    fn no_mutation_of_a_file_makes_the_reader_panic() {
        let text = b"# c\nregion = \"us-east-1\"\nusers = [\"a\", \"b\"]\n";
        for at in 0..text.len() {
            for byte in [0u8, b'"', b'{', b'$', b'\\', b'\n', 0xff] {
                let mut mutated = text.to_vec();
                mutated[at] = byte;
                if let Ok(text) = String::from_utf8(mutated) {
                    let _ = set(&text, &[("region", Var::Text("x".into()))]);
                }
            }
        }
    }
}
