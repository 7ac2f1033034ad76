use crate::SigningKeys;
use aetherius_contracts::messages;
use aetherius_rpc::{CallError, Code};
use serde_json::{Value, json};

mod house;
use house::{Answer, House};

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn who_signs_in_gets_a_token_that_our_public_keys_prove() {
    let house = House::new();
    house.add_user("ann", &["operator", "viewer", "operator"]).await;
    let answer = house.sign_in(" Ann ", PASSWORD).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(answer.body["expires_in"], 900);
    let me = json!({"name": "ann", "display_name": "ann", "project": "default", "roles": ["viewer", "operator"], "kind": "user"});
    assert_eq!(answer.body["user"], me);
    let token = answer.body["access_token"].as_str().unwrap();
    let claims = house.claims(token);
    assert_eq!(
        (&claims["iss"], &claims["sub"], &claims["project"]),
        (&json!("aetherius"), &json!("ann"), &json!("default"))
    );
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
    let [access, refresh] = [&answer.cookies[0], &answer.cookies[1]];
    assert_eq!(*access, format!("aetherius_token={token}; Max-Age=900; Path=/; HttpOnly; SameSite=Lax"));
    assert!(refresh.starts_with("aetherius_refresh=aethr_"), "{refresh}");
    assert!(refresh.ends_with("; Max-Age=2592000; Path=/auth; HttpOnly; SameSite=Strict"), "{refresh}");
    let body = json!({"username": "ann", "password": PASSWORD});
    let over_tls = house.post("/auth/login", &body, &[("x-forwarded-proto", "https")]).await;
    assert!(over_tls.cookies.iter().all(|cookie| cookie.ends_with("; Secure")));
    let users = house.get("ann's", "/v1/users").await.unwrap();
    assert!(users["items"][0]["last_seen_at"].is_string());
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_and_one_kept_out_are_told_the_same() {
    let house = House::new();
    house.add_user("ann", &["viewer"]).await;
    house.add_user("ben", &["viewer"]).await;
    house.change("ben", json!({"disabled": true})).await;
    let nobody = house.sign_in("nobody", PASSWORD).await;
    assert_eq!((nobody.status, &nobody.body["code"]), (401, &json!("unauthenticated")));
    let huge = "x".repeat(5000);
    for (name, password) in
        [("ann", "wrong"), ("ben", PASSWORD), ("", ""), (&huge, &huge), ("a' OR 1=1", "é")]
    {
        let answer = house.sign_in(name, password).await;
        assert_eq!((answer.status, answer.body, answer.cookies.len()), (401, nobody.body.clone(), 0));
    }
    for body in
        [json!({}), json!({"username": "ann"}), json!({"username": "a", "password": "b", "token": "c"})]
    {
        assert_eq!(house.post("/auth/login", &body, &[]).await.status, 422);
    }
    let told = house.told(messages::SIGN_IN_FAILED).await;
    assert!(told.iter().all(|news| ["user:ann", "user:ben", "user:unknown"].contains(&news["subject"].as_str().unwrap())));
    assert_eq!(told.len(), 6);
}

#[tokio::test]
async fn who_tries_too_often_waits_and_a_new_password_ends_the_waiting() {
    let house = House::new();
    house.add_user("ann", &["viewer"]).await;
    for _ in 0..5 {
        assert_eq!(house.sign_in("ann", "wrong").await.status, 401);
    }
    let answer = house.sign_in("ann", PASSWORD).await;
    assert_eq!((answer.status, &answer.body["code"]), (429, &json!("rate_limited")));
    assert!(answer.retry_after >= Some(1));
    house.change("ann", json!({"password": "another one of hers"})).await;
    assert_eq!(house.sign_in("ann", PASSWORD).await.status, 401);
    assert_eq!(house.sign_in("ann", "another one of hers").await.status, 200);
}

#[tokio::test]
async fn a_refresh_token_gives_one_successor_and_a_second_showing_ends_the_session() {
    let house = House::new();
    house.add_user("ann", &["viewer"]).await;
    let first = house.sign_in("ann", PASSWORD).await;
    let second = house.refresh(&first.refresh_token()).await;
    assert_eq!(second.status, 200);
    assert_ne!(second.refresh_token(), first.refresh_token());
    let third = house.post("/auth/refresh", &json!({"refresh_token": second.refresh_token()}), &[]).await;
    assert_eq!(third.status, 200, "programs send it in the body");
    let stolen = house.refresh(&first.refresh_token()).await;
    assert_eq!((stolen.status, &stolen.body["code"]), (401, &json!("unauthenticated")));
    assert!(stolen.cookies.iter().all(|cookie| cookie.contains("=; Max-Age=0;")), "{:?}", stolen.cookies);
    assert_eq!(house.refresh(&third.refresh_token()).await.status, 401, "the whole family has gone");
    let revoked = house.trust().revoked;
    for answer in [first, second, third] {
        let jti =
            house.claims(answer.body["access_token"].as_str().unwrap())["jti"].as_str().unwrap().to_owned();
        assert!(revoked.contains(&jti));
    }
    assert_eq!(house.told(messages::SESSION_ENDED).await.len(), 1);
}

#[tokio::test]
async fn tabs_of_one_browser_may_refresh_at_once() {
    let house = House::new();
    house.add_user("ann", &["viewer"]).await;
    let first = house.sign_in("ann", PASSWORD).await.refresh_token();
    let cookie = format!("aetherius_refresh={first}");
    let browser = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    let one = house.send("POST", "/auth/refresh", "", &browser).await;
    let other = house.send("POST", "/auth/refresh", "", &browser).await;
    assert_eq!((one.status, other.status), (200, 200));
    assert_eq!((one.cookies.len(), other.cookies.len()), (2, 1), "the second keeps what the first was given");
    assert_eq!(house.refresh(&one.refresh_token()).await.status, 200);
}

#[tokio::test]
async fn signing_out_revokes_what_was_given() {
    let house = House::new();
    house.add_user("ann", &["viewer"]).await;
    let answer = house.sign_in("ann", PASSWORD).await;
    let token = answer.body["access_token"].as_str().unwrap();
    let other = house.sign_in("ann", PASSWORD).await;
    let cookie = format!("aetherius_token={token}");
    let out = house.send("POST", "/auth/logout", "", &[("cookie", &cookie)]).await;
    assert_eq!((out.status, out.cookies.len()), (204, 2));
    assert_eq!(house.trust().revoked, [house.claims(token)["jti"].as_str().unwrap()]);
    assert_eq!(house.refresh(&answer.refresh_token()).await.status, 401);
    assert_eq!(house.refresh(&other.refresh_token()).await.status, 200, "elsewhere she is still signed in");
    assert_eq!(house.send("POST", "/auth/logout", "", &[]).await.status, 204, "also for who is not");
}

#[tokio::test]
async fn what_changes_about_a_person_revokes_what_was_said_before() {
    let house = House::new();
    house.add_user("ann", &["viewer"]).await;
    let jti = |answer: &Answer| {
        house.claims(answer.body["access_token"].as_str().unwrap())["jti"].as_str().unwrap().to_owned()
    };
    let first = house.sign_in("ann", PASSWORD).await;
    house.change("ann", json!({"display_name": "Ann of Shop"})).await;
    assert!(house.trust().revoked.is_empty());
    house.change("ann", json!({"roles": ["admin"]})).await;
    assert_eq!(house.trust().revoked, [jti(&first)]);
    let second = house.refresh(&first.refresh_token()).await;
    assert_eq!(second.body["user"]["roles"], json!(["admin"]), "the session goes on with the new role");
    house.change("ann", json!({"disabled": true})).await;
    assert!(house.trust().revoked.contains(&jti(&second)));
    assert_eq!(house.refresh(&second.refresh_token()).await.status, 401);
    house.change("ann", json!({"disabled": false})).await;
    let third = house.sign_in("ann", PASSWORD).await;
    assert!(!house.trust().revoked.contains(&jti(&third)));
    house.delete("/v1/users/ann").await;
    assert!(house.trust().revoked.contains(&jti(&third)));
    assert_eq!(house.sign_in("ann", PASSWORD).await.status, 401);
    let told: Vec<Value> =
        house.told(messages::USER_CHANGED).await.iter().map(|news| news["detail"].clone()).collect();
    assert_eq!(told, ["another display name", "from viewer to admin", "disabled", "enabled"]);
    assert_eq!(house.told(messages::USER_DELETED).await[0]["actor"], "the admin");
}

#[tokio::test]
async fn one_changes_ones_own_password_and_others_who_know_it_are_signed_out() {
    let house = House::new();
    house.add_user("ann", &["viewer"]).await;
    let elsewhere = house.sign_in("ann", PASSWORD).await;
    let change = |old: &str, new: &str| {
        let body = json!({"old": old, "new": new});
        let house = &house;
        async move { house.post_as("ann", "viewer", "/v1/me/password", &body).await }
    };
    assert_eq!(change("wrong", "another one of hers").await.status, 403);
    assert_eq!(change(PASSWORD, "short").await.status, 422);
    let answer = change(PASSWORD, "another one of hers").await;
    assert_eq!(answer.status, 200);
    assert_eq!(house.refresh(&elsewhere.refresh_token()).await.status, 401);
    assert_eq!(house.refresh(&answer.refresh_token()).await.status, 200);
    assert_eq!(house.sign_in("ann", "another one of hers").await.status, 200);
    let key =
        house.post_as("admin", "admin", "/v1/me/password", &json!({"old": "a", "new": "long enough"})).await;
    assert_eq!(key.status, 403, "a key has none");
}

#[tokio::test]
async fn a_key_is_shown_once_and_known_by_its_hash_until_it_is_revoked() {
    let house = House::new();
    let issued =
        house.post_as("the admin", "admin", "/v1/keys", &json!({"name": "ci", "roles": ["operator"]})).await;
    assert_eq!(issued.status, 201);
    let key = issued.body["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with(issued.body["prefix"].as_str().unwrap()) && key.len() == 53, "{key}");
    let listed = house.get("the admin", "/v1/keys").await.unwrap();
    assert_eq!(listed["items"][0]["created_by"], "the admin");
    assert!(!listed.to_string().contains(&key) && listed["items"][0].get("key").is_none());
    let trusted = house.trust().keys;
    assert_eq!((trusted.len(), trusted[0].name.as_str()), (1, "key:ci"));
    let signed_in = house.post("/auth/login", &json!({"token": key}), &[]).await;
    assert_eq!((signed_in.status, &signed_in.body["user"]["kind"]), (200, &json!("key")));
    assert_eq!(signed_in.cookies[0], format!("aetherius_token={key}; Path=/; HttpOnly; SameSite=Lax"));
    let again =
        house.send("POST", "/auth/refresh", "", &[("cookie", &format!("aetherius_token={key}"))]).await;
    assert_eq!(again.status, 200, "whoever carries a key goes on with it");
    let listed = house.get("the admin", "/v1/keys").await.unwrap();
    assert!(listed["items"][0]["last_used_at"].is_string());
    let twice =
        house.post_as("the admin", "admin", "/v1/keys", &json!({"name": "ci", "roles": ["viewer"]})).await;
    assert_eq!(twice.status, 409);
    house.delete(&format!("/v1/keys/{}", issued.body["id"].as_str().unwrap())).await;
    assert!(house.trust().keys.is_empty());
    assert_eq!(house.post("/auth/login", &json!({"token": key}), &[]).await.status, 401);
    let next =
        house.post_as("the admin", "admin", "/v1/keys", &json!({"name": "ci", "roles": ["viewer"]})).await;
    assert_eq!(next.status, 201, "the name is free again");
    assert_eq!(house.told(messages::KEY_REVOKED).await[0]["subject"], "key:ci");
    assert_eq!(house.told(messages::KEY_CREATED).await.len(), 2);
}

#[tokio::test]
async fn the_admin_token_signs_in_and_the_webhook_token_does_not() {
    let house = House::new();
    let admin = house.post("/auth/login", &json!({"token": house::ADMIN_TOKEN}), &[]).await;
    let me = json!({"name": "admin", "display_name": "Admin token", "project": "default", "roles": ["admin"], "kind": "key"});
    assert_eq!((admin.status, &admin.body["user"]), (200, &me));
    assert_eq!(house.post("/auth/login", &json!({"token": house::WEBHOOK_TOKEN}), &[]).await.status, 403);
    assert_eq!(house.post("/auth/login", &json!({"token": "aeth_made_up"}), &[]).await.status, 401);
}

#[tokio::test]
async fn admins_of_a_project_see_their_own_and_only_admins_see_anything() {
    let house = House::new();
    let added = house.post_as("the admin", "admin", "/v1/projects", &json!({"name": "shop"})).await;
    assert_eq!(added.status, 201);
    assert_eq!(
        house.post_as("the admin", "admin", "/v1/projects", &json!({"name": "shop"})).await.status,
        409
    );
    house.add_user("ann", &["viewer"]).await;
    let ben = json!({"name": "ben", "password": PASSWORD, "roles": ["admin"], "project": "shop"});
    assert_eq!(house.post_as("the admin", "admin", "/v1/users", &ben).await.status, 201);
    let nowhere = json!({"name": "eve", "password": PASSWORD, "roles": ["admin"], "project": "nowhere"});
    assert_eq!(house.post_as("the admin", "admin", "/v1/users", &nowhere).await.status, 404);
    let names = |page: Value| {
        page["items"].as_array().unwrap().iter().map(|item| item["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(house.get("the admin", "/v1/users").await.unwrap()), ["ann", "ben"]);
    assert_eq!(names(house.get_in("shop", "ben", "admin", "/v1/users").await.unwrap()), ["ben"]);
    assert_eq!(names(house.get_in("shop", "ben", "admin", "/v1/projects").await.unwrap()), ["shop"]);
    let page = house.get("the admin", "/v1/users?limit=1").await.unwrap();
    assert_eq!((names(page.clone()), &page["next"]), (vec![json!("ann")], &json!("ann")));
    assert_eq!(names(house.get("the admin", "/v1/users?limit=1&after=ann").await.unwrap()), ["ben"]);
    for role in ["viewer", "operator", "webhook", "service"] {
        for path in ["/v1/users", "/v1/keys", "/v1/projects"] {
            let refused = house.get_in("default", "somebody", role, path).await.unwrap_err();
            assert!(
                matches!(&refused, CallError::Problem { .. } if refused.code() == Some(Code::Forbidden)),
                "{role} {path}"
            );
        }
    }
}

#[tokio::test]
async fn what_nobody_may_be_called_or_have_is_refused_with_its_field() {
    let house = House::new();
    let long = "x".repeat(300);
    for (name, password, roles, told) in [
        ("", PASSWORD, json!(["viewer"]), "`name`"),
        ("Ann", PASSWORD, json!(["viewer"]), "`name`"),
        ("key:ann", PASSWORD, json!(["viewer"]), "`name`"),
        (&long, PASSWORD, json!(["viewer"]), "`name`"),
        ("ann", "short", json!(["viewer"]), "`password`"),
        ("ann", &long, json!(["viewer"]), "`password`"),
        ("ann", PASSWORD, json!([]), "`roles`"),
        ("ann", PASSWORD, json!(["webhook"]), "`roles`"),
        ("ann", PASSWORD, json!(["root"]), "roles"),
    ] {
        let body = json!({"name": name, "password": password, "roles": roles});
        let answer = house.post_as("the admin", "admin", "/v1/users", &body).await;
        assert_eq!(answer.status, 422, "{body}");
        assert!(answer.body["detail"].as_str().unwrap().contains(told), "{body}: {}", answer.body);
    }
    house.add_user("ann", &["viewer"]).await;
    for taken in ["ann", "admin", "cli"] {
        let again = json!({"name": taken, "password": PASSWORD, "roles": ["viewer"]});
        assert_eq!(house.post_as("the admin", "admin", "/v1/users", &again).await.status, 409, "{taken}");
    }
}

#[tokio::test]
async fn new_signing_keys_are_kept_and_published_with_the_old_ones() {
    let house = House::new();
    house.add_user("ann", &["viewer"]).await;
    let before = house.sign_in("ann", PASSWORD).await.body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(house.post_as("the admin", "admin", "/v1/signing-keys", &json!({})).await.status, 204);
    let published: Value = serde_json::from_str(&house.trust().jwks).unwrap();
    assert_eq!(published["keys"].as_array().unwrap().len(), 2);
    house.claims(&before);
    assert_eq!(SigningKeys::read(&house.kept_keys()).unwrap().public(), house.trust().jwks);
    assert_eq!(house.send("GET", "/.well-known/jwks.json", "", &[]).await.body, published);
}

#[tokio::test]
async fn a_page_of_another_site_signs_nobody_in_or_out() {
    let house = House::new();
    house.add_user("ann", &["viewer"]).await;
    let body = json!({"username": "ann", "password": PASSWORD});
    for path in ["/auth/login", "/auth/refresh", "/auth/logout"] {
        assert_eq!(house.post(path, &body, &[("sec-fetch-site", "cross-site")]).await.status, 403, "{path}");
    }
    assert_eq!(house.send("GET", "/auth/nothing", "", &[]).await.status, 404);
    assert_eq!(house.send("GET", "/auth/login", "", &[]).await.status, 405);
}

#[tokio::test]
async fn of_many_sessions_the_least_used_ends() {
    let house = House::new();
    house.add_user("ann", &["viewer"]).await;
    let first = house.sign_in("ann", PASSWORD).await;
    for _ in 0..20 {
        assert_eq!(house.sign_in("ann", PASSWORD).await.status, 200);
    }
    assert_eq!(house.refresh(&first.refresh_token()).await.status, 401);
}
