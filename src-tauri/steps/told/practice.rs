//! The practice account.

use crate::engine::Problem;
use crate::tools::practice::PracticeError;

impl From<PracticeError> for Problem {
    fn from(error: PracticeError) -> Self {
        match error {
            PracticeError::NotRunning => Problem::new(
                "The practice account does not run.",
                "Start it on the first page, or with `hubwright practice`",
            ),
            PracticeError::Unknown(endpoint) => Problem::new(
                format!(
                    "AWS_ENDPOINT_URL names {endpoint}, and nothing there proves to be a practice account of yours."
                ),
                "Start one there with `hubwright practice --port N`, or unset AWS_ENDPOINT_URL and start Hubwright again.",
            ),
            PracticeError::Silent { endpoint, source } => Problem::new(
                format!("The practice account does not answer at {endpoint}."),
                "Start it again: open the deployment anew, or run `hubwright practice`",
            )
            .because(source.as_ref()),
            PracticeError::NoUserMade { said, source } => Problem::new(
                "The practice account could not make the user.",
                "Stop the practice account and start it again.",
            )
            .because(&source)
            .detail(said),
        }
    }
}
