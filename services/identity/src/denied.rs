//! Why something was not done, in transactions and out of them.

use aetherius_contracts::endpoint::refused;
use aetherius_rpc::Problem;
use aetherius_store::StoreError;
use axum::response::{IntoResponse, Response};

/// What the caller is told. A transaction that ends with it has changed nothing.
#[derive(Debug)]
pub(crate) struct Denied(pub(crate) Problem);

impl Denied {
    pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        Self(Problem::internal(error))
    }
}

impl From<Problem> for Denied {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<StoreError> for Denied {
    fn from(error: StoreError) -> Self {
        Self(refused(error))
    }
}

impl From<crate::KeyError> for Denied {
    fn from(error: crate::KeyError) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}
