use super::*;
use proptest::prelude::*;
use std::net::{Ipv4Addr, Ipv6Addr};

fn networks(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn permits(allow: &[&str], deny: &[&str], address: &str) -> bool {
    IpRules::new(&networks(allow), &networks(deny)).permits(address.parse().unwrap())
}

#[test]
fn lists_of_both_families() {
    for (allow, deny, address, expected) in [
        (&[][..], &[][..], "192.0.2.1", true),
        (&["10.0.0.0/8"], &[], "10.255.255.255", true),
        (&["10.0.0.0/8"], &[], "11.0.0.0", false),
        (&["10.0.0.0/8"], &["10.1.0.0/16"], "10.1.2.3", false),
        (&["10.0.0.0/8"], &["10.1.0.0/16"], "10.2.0.0", true),
        (&[], &["10.0.0.1/32"], "10.0.0.1", false),
        (&[], &["10.0.0.1/32"], "::ffff:10.0.0.1", false),
        (&["10.0.0.0/8"], &[], "::ffff:10.0.0.1", true),
        (&["::/0"], &[], "10.0.0.1", false),
        (&["0.0.0.0/0"], &[], "2001:db8::1", false),
        (&["2001:db8::/32"], &["2001:db8:1::/48"], "2001:db8:2::1", true),
        (&["2001:db8::/32"], &["2001:db8:1::/48"], "2001:db8:1::1", false),
    ] {
        assert_eq!(permits(allow, deny, address), expected, "{allow:?} {deny:?} {address}");
    }
}

fn network() -> impl Strategy<Value = IpNet> {
    prop_oneof![
        (any::<[u8; 4]>(), 0..=32u8).prop_map(|(bytes, bits)| {
            IpNet::new(Ipv4Addr::from([bytes[0] & 3, bytes[1] & 3, bytes[2], bytes[3]]).into(), bits)
                .unwrap()
                .trunc()
        }),
        (any::<u128>(), 0..=128u8)
            .prop_map(|(number, bits)| IpNet::new(Ipv6Addr::from(number).into(), bits).unwrap().trunc()),
    ]
}

fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<[u8; 4]>()
            .prop_map(|bytes| Ipv4Addr::from([bytes[0] & 3, bytes[1] & 3, bytes[2], bytes[3]]).into()),
        any::<u128>().prop_map(|number| Ipv6Addr::from(number).into()),
    ]
}

proptest! {
    #[test]
    fn ranges_say_what_each_network_says(
        allow in prop::collection::vec(network(), 0..6),
        deny in prop::collection::vec(network(), 0..6),
        address in address(),
    ) {
        let address = address.to_canonical();
        let slow = (allow.is_empty() || allow.iter().any(|network| network.contains(&address)))
            && !deny.iter().any(|network| network.contains(&address));
        prop_assert_eq!(IpRules::new(&allow, &deny).permits(address), slow);
    }
}
