use super::*;

#[test]
fn every_item_has_its_turn() {
    let robin = RoundRobin::default();
    let picked: Vec<_> = (0..5).filter_map(|_| robin.pick(&["a", "b"])).collect();
    assert_eq!(picked, [&"a", &"b", &"a", &"b", &"a"]);
    assert_eq!(robin.pick::<u8>(&[]), None);
}
