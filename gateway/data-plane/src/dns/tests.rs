use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};

fn counting(answer: io::Result<Vec<IpAddr>>) -> (Resolver, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let answer = answer.map_err(|error| error.kind());
    let lookup = move |_name: String| {
        count.fetch_add(1, Ordering::Relaxed);
        let answer = answer.clone().map_err(io::Error::from);
        Box::pin(async move {
            tokio::task::yield_now().await;
            answer
        }) as Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>
    };
    (Resolver::new(Box::new(lookup)), asked)
}

#[tokio::test]
async fn a_name_is_asked_about_once_for_all() {
    let (resolver, asked) = counting(Ok(vec!["192.0.2.1".parse().unwrap()]));
    let resolver = Arc::new(resolver);
    let many: Vec<_> = (0..10)
        .map(|_| {
            let resolver = Arc::clone(&resolver);
            tokio::spawn(async move { resolver.resolve("a.test", Duration::from_secs(60)).await })
        })
        .collect();
    for one in many {
        assert_eq!(one.await.unwrap().len(), 1);
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    resolver.resolve("a.test", Duration::ZERO).await;
    resolver.resolve("b.test", Duration::from_secs(60)).await;
    assert_eq!(asked.load(Ordering::Relaxed), 3, "an old answer and another name are asked about");
}

#[tokio::test]
async fn what_cannot_be_resolved_has_no_addresses() {
    let (resolver, _) = counting(Err(io::ErrorKind::NotFound.into()));
    assert!(resolver.resolve("a.test", Duration::from_secs(60)).await.is_empty());
}

#[tokio::test]
async fn names_that_nobody_asks_about_do_not_pile_up() {
    let (resolver, _) = counting(Ok(Vec::new()));
    for number in 0..3 * NAMES_MAX {
        resolver.entry(&format!("{number}.test"));
    }
    assert!(resolver.names.lock().unwrap().len() <= NAMES_MAX);
}
