//! `aetherius demo`: serve in a directory of its own, and have the demonstration played.

use crate::{
    cli::{DemoArgs, ServeArgs, print},
    client::{Client, Failure},
    serve::{self, Ready},
};
use serde_json::{Value, json};
use std::time::Duration;

#[cfg(test)]
mod tests;

const PATH: &str = "/api/api/v1/demo";
/// How often it is asked whether it has ended.
const ASK_EVERY: Duration = Duration::from_secs(5);

/// Serves until Ctrl-C, with alerts that come by themselves.
pub(crate) fn run(args: &DemoArgs) -> anyhow::Result<()> {
    let serving =
        ServeArgs { listen: args.listen.clone(), data: Some(args.data.clone()), ..ServeArgs::default() };
    let speed = args.speed;
    serve::run_beside(&serving, move |ready| async move {
        if let Err(error) = perform(&ready, speed).await {
            tracing::error!(%error, "the demonstration could not be played");
        }
    })
}

/// Starts it and waits for its end, telling both.
async fn perform(ready: &Ready, speed: f64) -> Result<(), Failure> {
    let client = Client::new(&format!("http://{}", ready.address), ready.token.clone())?;
    let begun = client.post(PATH, &json!({ "speed": speed })).await?;
    tell(&format!(
        "The demonstration runs: {} alerts about recorded incidents, {speed} times as fast as they came.\n\
         Sign in at the address above with the admin token, and watch. Ctrl-C ends everything.\n",
        begun["total"]
    ));
    loop {
        tokio::time::sleep(ASK_EVERY).await;
        let status = client.get(PATH).await?;
        if status["running"] != Value::Bool(true) {
            tell(&format!(
                "The demonstration has ended: {} alerts were sent. Their incidents stay, and Aetherius goes on serving.\n",
                status["sent"]
            ));
            return Ok(());
        }
    }
}

/// Nobody may be there to read it, which does not matter to who looks at the page.
fn tell(text: &str) {
    let _ = print(text);
}
