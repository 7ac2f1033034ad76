use super::{cache::TokenCache, *};
use agw_core::caller::CallerKind;

fn caller(name: &str) -> Arc<Caller> {
    let kind = CallerKind::Jwt("i".to_owned());
    Arc::new(Caller::new(name.to_owned(), String::new(), Vec::new(), Default::default(), kind))
}

fn hash(number: u32) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(number.to_le_bytes()).into()
}

#[test]
fn a_cached_token_is_good_until_it_expires() {
    let cache = TokenCache::default();
    cache.insert(hash(1), caller("ann"), 100);
    assert_eq!(cache.get(&hash(1), 99).unwrap().name, "ann");
    assert!(cache.get(&hash(2), 99).is_none());
    assert!(cache.get(&hash(1), 100).is_none());
    assert_eq!(cache.len(), 0, "what has expired is let go");
}

#[test]
fn the_cache_is_bounded_and_keeps_what_is_used() {
    let cache = TokenCache::default();
    let used = hash(0);
    cache.insert(used, caller("used"), 100);
    for number in 1..100_000 {
        cache.insert(hash(number), caller("x"), 100);
        if number % 1000 == 0 {
            assert!(cache.get(&used, 1).is_some(), "after {number}");
        }
    }
    assert!(cache.len() <= 64 * 512, "{}", cache.len());
}
