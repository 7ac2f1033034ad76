use super::*;

#[test]
fn addresses_and_networks_are_read() {
    for (text, expected) in [
        ("10.0.0.1", "10.0.0.1/32"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("::/0", "::/0"),
        ("::ffff:10.0.0.1", "10.0.0.1/32"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
    ] {
        assert_eq!(network(text).unwrap().to_string(), expected, "{text}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    let said: Vec<String> = [
        "",
        "localhost",
        "10.0.0",
        "10.0.0.0/",
        "10.0.0.0/+8",
        "10.0.0.0/08",
        "10.0.0.0/33",
        "::/129",
        "10.0.0.1/8",
        "1.2.3.4:80",
    ]
    .iter()
    .map(|text| network(text).unwrap_err())
    .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    "" is neither an address nor a network; write e.g. 10.0.0.1, 10.0.0.0/8 or 2001:db8::/32
    "localhost" is neither an address nor a network; write e.g. 10.0.0.1, 10.0.0.0/8 or 2001:db8::/32
    "10.0.0" is neither an address nor a network; write e.g. 10.0.0.1, 10.0.0.0/8 or 2001:db8::/32
    "10.0.0.0/" is neither an address nor a network; write e.g. 10.0.0.1, 10.0.0.0/8 or 2001:db8::/32
    "10.0.0.0/+8" is neither an address nor a network; write e.g. 10.0.0.1, 10.0.0.0/8 or 2001:db8::/32
    "10.0.0.0/08" is neither an address nor a network; write e.g. 10.0.0.1, 10.0.0.0/8 or 2001:db8::/32
    "10.0.0.0/33": the prefix of such an address has 0 to 32 bits, not 33
    "::/129": the prefix of such an address has 0 to 128 bits, not 129
    "10.0.0.1/8" has bits beyond its prefix; write 10.0.0.0/8, or 10.0.0.1 for one address
    "1.2.3.4:80" is neither an address nor a network; write e.g. 10.0.0.1, 10.0.0.0/8 or 2001:db8::/32
    "#);
}
