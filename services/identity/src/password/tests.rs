use super::{NOBODY, fits, hash};
use std::time::{Duration, Instant};

#[test]
fn a_password_fits_its_own_hash_only() {
    let kept = hash("correct horse battery").unwrap();
    assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
    assert!(fits("correct horse battery", &kept));
    assert!(!fits("correct horse batterz", &kept));
    assert_ne!(kept, hash("correct horse battery").unwrap(), "each has a salt of its own");
}

#[test]
fn nobody_costs_as_much_as_somebody() {
    let kept = hash("correct horse battery").unwrap();
    let fastest = |hash: &str| {
        let time = || {
            let started = Instant::now();
            assert!(!fits("wrong", hash));
            started.elapsed()
        };
        (0..5).map(|_| time()).min().unwrap_or(Duration::ZERO)
    };
    let (somebody, nobody) = (fastest(&kept), fastest(NOBODY));
    assert!(nobody * 2 > somebody && somebody * 2 > nobody, "{somebody:?} {nobody:?}");
}
