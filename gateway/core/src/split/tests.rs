use super::*;

#[test]
fn each_gets_its_share_of_the_lots() {
    let split = Split::new([("a", 1), ("none", 0), ("b", 3)]).unwrap();
    let picked: Vec<&str> = (0..8).map(|lot| *split.pick(lot)).collect();
    assert_eq!(picked, ["a", "b", "b", "b", "a", "b", "b", "b"]);
    assert_eq!(split.all().count(), 2);
    assert!(Split::new([("a", 0)]).is_none());
    let large = Split::new([("a", u32::MAX), ("b", u32::MAX)]).unwrap();
    assert_eq!(*large.pick(u64::from(u32::MAX)), "b");
}
