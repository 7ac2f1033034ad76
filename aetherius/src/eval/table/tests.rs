use super::for_people;
use crate::eval::report::{Report, testing::results};

#[test]
fn a_report_as_people_read_it() {
    insta::assert_snapshot!(for_people(&Report::of(results())));
}
