//! What the OpenAPI documents of all services have in common.

/// The header of endpoints that take an [`IdempotencyKey`](crate::context::IdempotencyKey).
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyKeyParam {
    /// Repeats with one key are one request, and get the first answer.
    #[param(rename = "Idempotency-Key")]
    pub key: Option<String>,
}
