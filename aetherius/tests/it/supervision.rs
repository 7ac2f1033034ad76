//! Whichever process dies, the other lives on and the dead one comes back.

use crate::instance::{Instance, alert, is_alive, recorded, signal, until};

#[tokio::test]
async fn the_gateway_comes_back_while_the_services_live_on() {
    let instance = Instance::start(&recorded("image-pull")).await;
    let platform = instance.pid("platform");
    let dead = instance.kill("agw");
    instance.until_ready().await;
    assert_ne!(instance.pid("agw"), dead);
    assert_eq!(instance.pid("platform"), platform);
    assert!(is_alive(platform));
}

#[tokio::test]
async fn the_services_come_back_while_the_gateway_answers_503_with_retry_after() {
    let instance = Instance::start(&recorded("image-pull")).await;
    let agw = instance.pid("agw");
    // A supervisor that stands still cannot mend it before we have looked.
    signal(instance.pid("serve"), "-STOP");
    let dead = instance.kill("platform");
    let refused = instance.post_alert(&alert("While it is down")).await;
    signal(instance.pid("serve"), "-CONT");
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    instance.until_ready().await;
    assert_ne!(instance.pid("platform"), dead);
    assert_eq!(instance.pid("agw"), agw);
    assert!(is_alive(agw));
}

#[tokio::test]
async fn both_live_on_without_their_supervisor_and_the_next_one_takes_them_over() {
    let mut instance = Instance::start(&recorded("image-pull")).await;
    let (agw, platform) = (instance.pid("agw"), instance.pid("platform"));
    instance.kill("serve");
    let event = instance.alert("Nobody supervises").await;
    assert_eq!(instance.ended_task(&event).await["status"], "completed");
    instance.serve_again().await;
    until("the services' restart", || async { (instance.pid("platform") != platform).then_some(()) }).await;
    instance.until_ready().await;
    assert_eq!(instance.pid("agw"), agw, "the gateway was taken over, so traffic never stopped");
    assert!(!is_alive(platform));
    instance.kill("agw");
    instance.until_ready().await;
    let both = [instance.pid("agw"), instance.pid("platform")];
    instance.stop();
    assert_eq!(both.map(is_alive), [false, false], "a stop leaves nothing behind");
}
