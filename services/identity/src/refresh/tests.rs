use super::{REFRESH_TTL, TOGETHER, Worth, judge, make, read};
use crate::{random, store::sessions::Session};
use jiff::{SignedDuration, Timestamp};

#[test]
fn a_token_names_its_session_and_keeps_its_secret() {
    let session = random::hex::<16>().unwrap();
    let (text, sha256) = make(&session).unwrap();
    let token = read(&text).unwrap();
    assert_eq!((token.session.as_str(), token.sha256.as_str()), (session.as_str(), sha256.as_str()));
    assert!(!text.contains(&sha256));
    for wrong in ["", "aethr_", "aethr_ab_cd", &text[1..], &text[..text.len() - 1], &format!("{text}0")] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
}

#[test]
fn a_token_is_worth_one_successor() {
    let id = random::hex::<16>().unwrap();
    let token = |_| read(&make(&id).unwrap().0).unwrap();
    let [first, second, made_up] = [0, 1, 2].map(token);
    let now = Timestamp::now();
    let session = Session {
        id: id.clone(),
        user: "ann".into(),
        project: "p".into(),
        refresh_sha256: second.sha256.clone(),
        previous_sha256: Some(first.sha256.clone()),
        refreshed_at: now,
        expires_at: now + REFRESH_TTL,
    };
    let just_after = now + TOGETHER - SignedDuration::from_secs(1);
    let later = now + TOGETHER;
    for (token, is_browser, at, worth) in [
        (&second, false, now, Worth::Next),
        (&second, true, later, Worth::Next),
        (&second, true, now + REFRESH_TTL, Worth::Expired),
        (&first, true, just_after, Worth::AccessOnly),
        (&first, true, later, Worth::Stolen),
        (&first, false, just_after, Worth::Stolen),
        (&made_up, true, now, Worth::Stolen),
        (&made_up, false, now, Worth::Stolen),
    ] {
        assert_eq!(judge(&session, token, is_browser, at), worth);
    }
}
