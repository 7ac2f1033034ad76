use super::*;
use crate::testing::{found, step};
use words::Engine::{Mongo, MySql, Postgres, Redis};

/// A pod of a deployment or, with `port`, of a database; ill ones are held back, well ones are ready.
fn pod(name: &str, port: u16, started: &str, is_ill: bool, env: &str) -> String {
    let (state, ready) = match is_ill {
        true => ("Waiting\n      Reason:       CrashLoopBackOff".to_owned(), "False"),
        false => (format!("Running\n      Started:      Mon, 02 Mar 2026 {started} +0000"), "True"),
    };
    format!(
        "Name:         {name}\nNamespace:    barn\nIP:           10.0.0.7\nStatus:       Running\nContainers:\n  main:\n    Port:           {port}/TCP\n    \
         State:          {state}\n    Ready:          {ready}\n    Restart Count:  1\n    Environment:\n      {env}\n\n"
    )
}

/// The client `goat` with a log, beside the database `oven`.
fn seen(is_ill: bool, env: &str, database: &str, log: &str) -> Vec<String> {
    let pods = pod("goat-5c6d7f8b9c-4kx2z", 80, "08:00:00", is_ill, env) + database;
    let outputs = [
        step("kubectl describe pods -n barn", &pods),
        step("kubectl logs goat-5c6d7f8b9c-4kx2z -n barn", log),
    ];
    found(&RULE, &outputs)
}

fn oven() -> String {
    pod("oven-0", 3306, "07:00:00", false, "A:  b")
}

const TRACE: &str = "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure\n\
                     \tat java.base/java.lang.reflect.Constructor\nCaused by: java.net.ConnectException: Connection refused (Connection refused)\n\
                     \tat com.mysql.cj.protocol.StandardSocketFactory.connect\n";

#[test]
fn a_client_that_alone_is_refused_has_a_wrong_port() {
    let none = "A:  b";
    assert_eq!(seen(true, none, &oven(), TRACE), ["mysql_invalid_port deployment/goat 0.85"]);
    assert_eq!(seen(true, "DB_PORT:  3307", &oven(), TRACE), ["mysql_invalid_port deployment/goat 0.95"]);
    let url = "DB_URL:  jdbc:mysql://oven:3307/ts?useSSL=false";
    assert_eq!(seen(true, url, &oven(), TRACE), ["mysql_invalid_port deployment/goat 0.95"]);
    assert!(seen(true, "DB_PORT:  3306", &oven(), TRACE).is_empty(), "its port is right");
    assert!(seen(false, none, &oven(), TRACE).is_empty(), "it was refused once, and is well");
    let down = pod("oven-0", 3306, "07:00:00", true, none);
    assert!(seen(true, none, &down, TRACE).is_empty(), "the database itself is down");
    assert_eq!(seen(true, none, "", TRACE), ["database_unreachable deployment/goat 0.85"]);
    let cut = TRACE.lines().next().unwrap();
    assert_eq!(
        seen(true, none, &oven(), cut),
        ["mysql_invalid_port deployment/goat 0.6"],
        "its end is cut off"
    );
    assert!(seen(false, none, &oven(), cut).is_empty() && seen(true, none, &down, cut).is_empty());
    let queue = "Caused by: java.net.ConnectException: Connection refused\n\tat com.rabbitmq.client.impl\n";
    assert!(seen(true, none, &oven(), queue).is_empty());
}

#[test]
fn a_client_that_is_not_let_in_has_wrong_credentials() {
    let denied = "SQLException: Access denied for user 'ts'@'10.0.0.7' (using password: YES)";
    let none = "A:  b";
    assert_eq!(seen(true, none, &oven(), denied), ["mysql_invalid_credentials deployment/goat 0.95"]);
    assert!(seen(false, none, &oven(), denied).is_empty());
    let failed = "FATAL: password authentication failed for user \"ts\"";
    assert_eq!(seen(true, none, "", failed), ["database_invalid_credentials deployment/goat 0.95"]);
}

#[test]
fn a_server_names_whom_it_turned_away_by_address() {
    let of_server = |address: &str, is_ill: bool| {
        let pods = pod("goat-5c6d7f8b9c-4kx2z", 80, "08:00:00", is_ill, "A:  b")
            + &oven().replace("10.0.0.7", "10.0.0.8");
        let log = format!("9 [Note] Access denied for user 'ts'@'{address}' (using password: YES)");
        found(
            &RULE,
            &[step("kubectl describe pods -n barn", &pods), step("kubectl logs oven-0 -n barn", &log)],
        )
    };
    assert_eq!(of_server("10.0.0.7", true), ["mysql_invalid_credentials deployment/goat 0.95"]);
    assert!(of_server("10.0.0.7", false).is_empty());
    assert!(of_server("10.0.0.70", true).is_empty());
}

#[test]
fn a_database_that_does_not_serve_is_to_blame_itself() {
    let none = "A:  b";
    let read_only =
        "ERROR: The MySQL server is running with the --super-read-only option so it cannot execute";
    let full =
        "Data source rejected establishment of connection, message from server: \"Too many connections\"";
    assert_eq!(seen(false, none, &oven(), read_only), ["db_read_only statefulset/oven 0.95"]);
    assert_eq!(seen(true, none, &oven(), full), ["db_connection_exhaustion statefulset/oven 0.95"]);
    assert_eq!(seen(false, none, "", read_only), ["db_read_only deployment/goat 0.6"]);
    let pool = "HikariPool-1 - Connection is not available, request timed out after 30000ms.";
    assert!(seen(false, none, &oven(), pool).is_empty(), "one pool may be too small by itself");
    assert_eq!(seen(true, none, &oven(), pool), ["db_connection_exhaustion statefulset/oven 0.6"]);
    assert_eq!(
        seen(false, none, &oven(), "SQL Error: 1040, SQLState: 08004"),
        ["db_connection_exhaustion statefulset/oven 0.95"]
    );
    let probed = oven().replace("Ready:          True", "Ready:          False")
        + "Events:\n  Type     Reason     Age   From     Message\n  ----     ------     ----  ----     -------\n  \
           Warning  Unhealthy  6s    kubelet  Readiness probe failed: ERROR 1040 (HY000): Too many connections\n";
    assert_eq!(seen(false, none, &probed, ""), ["db_connection_exhaustion statefulset/oven 0.95"]);
}

#[test]
fn of_two_databases_the_one_that_is_named_or_was_started_last() {
    let read_only = "The MySQL server is running with the --read-only option so it cannot execute";
    let two = oven() + &pod("kiln-0", 3306, "07:30:00", false, "A:  b");
    assert_eq!(seen(false, "A:  b", &two, read_only), ["db_read_only statefulset/kiln 0.95"]);
    let service = "Name:      oven-leader\nNamespace: barn\nSelector:  app=oven\nPort:      sql  3306/TCP\n";
    let labelled = two.replace("Name:         oven-0\n", "Name:         oven-0\nLabels:       app=oven\n");
    let pods =
        pod("goat-5c6d7f8b9c-4kx2z", 80, "08:00:00", false, "DB_URL:  jdbc:mysql://oven-leader:3306/ts")
            + &labelled;
    let outputs = [
        step("kubectl describe pods -n barn", &pods),
        step("kubectl describe services -n barn", service),
        step("kubectl logs goat-5c6d7f8b9c-4kx2z -n barn", read_only),
    ];
    assert_eq!(found(&RULE, &outputs), ["db_read_only statefulset/oven 0.95"]);
}

#[test]
fn every_engine_and_library_has_its_own_words() {
    for (line, complaint, engine) in [
        ("FATAL: sorry, too many clients already", Complaint::Connections, Postgres),
        ("FATAL: remaining connection slots are reserved for roles", Complaint::Connections, Postgres),
        ("ERR max number of clients reached", Complaint::Connections, Redis),
        (
            "User ts has exceeded the 'max_user_connections' resource (current value: 1)",
            Complaint::Connections,
            MySql,
        ),
        ("ERROR: cannot execute INSERT in a read-only transaction", Complaint::ReadOnly, Postgres),
        ("READONLY You can't write against a read only replica.", Complaint::ReadOnly, Redis),
        ("MongoServerError: Authentication failed.", Complaint::Credentials, Mongo),
        ("WRONGPASS invalid username-password pair or user is disabled.", Complaint::Credentials, Redis),
        (
            "pymysql.err.OperationalError: (2003, \"Can't connect to MySQL server on 'db' ([Errno 111] Connection refused)\")",
            Complaint::Refused,
            MySql,
        ),
        (
            "org.postgresql.util.PSQLException: Connection to db:5433 refused. Check that the postmaster is accepting TCP/IP connections",
            Complaint::Refused,
            Postgres,
        ),
        ("MongoServerSelectionError: connect ECONNREFUSED 10.0.0.1:27018", Complaint::Refused, Mongo),
    ] {
        let found: Vec<_> =
            said(&[line.to_owned()]).iter().map(|said| (said.complaint, said.engine)).collect();
        assert_eq!(found, [(complaint, engine)], "{line}");
    }
    assert!(said(&["dial tcp 10.0.0.1:80: connect: connection refused".to_owned()]).is_empty());
}
