use super::{AGE_MAX, Claims, SETTLING, SigningKeys};
use aetherius_contracts::identity::Role;
use foundation::secret::Secret;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

fn claims(now: Timestamp) -> Claims {
    Claims::new("ann".into(), "shop".into(), vec![Role::Viewer, Role::Operator], "j1".into(), now)
}

fn ids(keys: &SigningKeys) -> Vec<String> {
    let set: Value = serde_json::from_str(&keys.public()).unwrap();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn signer(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

#[test]
fn a_token_says_what_was_signed_and_survives_a_restart() {
    let now = Timestamp::now();
    let keys = SigningKeys::make(now).unwrap();
    let token = keys.sign(&claims(now), now).unwrap();
    let again = SigningKeys::read(&keys.written().unwrap()).unwrap();
    assert_eq!(again.verify(&token), Some(claims(now)));
    assert_eq!(again.public(), keys.public());
    assert!(!keys.public().contains("\"d\""), "nothing private is published");
    let other = SigningKeys::make(now).unwrap();
    assert_eq!(other.verify(&token), None);
    let (head, signature) = token.rsplit_once('.').unwrap();
    let forged: String = signature.chars().rev().collect();
    assert_eq!(keys.verify(&format!("{head}.{forged}")), None);
    assert!(SigningKeys::read(&Secret::new("{\"keys\":[]}")).is_err());
}

#[test]
fn a_new_key_is_known_before_it_signs_and_the_old_one_stays_while_its_tokens_live() {
    let now = Timestamp::now();
    let old = SigningKeys::make(now).unwrap();
    let by_old = old.sign(&claims(now), now).unwrap();
    let both = old.rotated(now).unwrap();
    assert_eq!(ids(&both).len(), 2);
    assert_eq!(ids(&both)[1], ids(&old)[0]);
    assert_eq!(signer(&both.sign(&claims(now), now).unwrap()), ids(&old)[0], "the new one settles first");
    let settled = now + SETTLING;
    assert_eq!(signer(&both.sign(&claims(now), settled).unwrap()), ids(&both)[0]);
    assert!(both.verify(&by_old).is_some());
    assert!(both.tidied(now + SignedDuration::from_mins(15)).unwrap().is_none());
    let new = both.tidied(now + SignedDuration::from_mins(17)).unwrap().unwrap();
    assert_eq!(ids(&new), ids(&both)[..1]);
    assert!(!new.is_due(now + AGE_MAX) && new.is_due(now + AGE_MAX + SETTLING));
}
