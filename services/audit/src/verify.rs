//! Walking the chain from its first link, a page at a time.

use crate::{
    chain::Head,
    store::{self, Page},
};
use aetherius_contracts::audit::ChainStatus;
use aetherius_store::{Store, StoreError};

#[cfg(test)]
mod tests;

/// Links read at a time.
const PAGE: u32 = 500;

/// Checks every link. Links written meanwhile are checked too, up to the last page.
pub(crate) async fn verify(store: &Store) -> Result<ChainStatus, StoreError> {
    let mut head = Head::genesis();
    // Below the first position nothing may be; a row smuggled in there must not be skipped.
    let mut after = i64::MIN;
    loop {
        let page = store.read(move |tx| store::page(tx, after, PAGE)).await?;
        let is_last = page.rows.len() < PAGE as usize;
        let (end, broken_at) = walk(head, &page);
        if is_last || broken_at.is_some() {
            return Ok(ChainStatus {
                intact: broken_at.is_none(),
                links: end.seq,
                broken_at,
                head: end.hash,
            });
        }
        after = end.seq;
        head = end;
    }
}

/// Follows the links of a page: how far they hold, and the position of the first that does not. The last page is also held
/// against the end that was noted with the last link: without that note a chain whose last links were cut off would look whole.
fn walk(mut head: Head, page: &Page) -> (Head, Option<i64>) {
    for row in &page.rows {
        let next = row.as_ref().and_then(|link| head.follow(link));
        let Some(next) = next else {
            let at = head.seq + 1;
            return (head, Some(at));
        };
        head = next;
    }
    let is_last = page.rows.len() < PAGE as usize;
    if !is_last || page.noted_head == head {
        return (head, None);
    }
    // A chain that goes on behind its noted end has a last link that was not written by us.
    let at = if page.noted_head.seq < head.seq { page.noted_head.seq.max(0) + 1 } else { head.seq + 1 };
    (head, Some(at))
}
