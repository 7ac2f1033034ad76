//! The examples of the documentation.

/// The `number`th YAML block (from 0) of a page.
pub(crate) fn yaml(page: &str, number: usize) -> String {
    let blocks = page.split("```yaml").skip(1).map(|rest| rest.split("```").next().unwrap());
    let block = blocks.into_iter().nth(number).expect("the page has that many blocks");
    block.split_once('\n').expect("a block has lines").1.to_owned()
}
