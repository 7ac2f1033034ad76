//! One of several, by weight and lot.

#[cfg(test)]
mod tests;

/// Several of a kind, each with its share.
#[derive(Clone, Debug)]
pub struct Split<T> {
    /// Each with the sum of the weights up to and with its own; none without a weight. Never empty.
    bounds: Vec<(u64, T)>,
}

impl<T> Split<T> {
    /// `None` when no weight is above 0.
    #[must_use]
    pub fn new(shares: impl IntoIterator<Item = (T, u32)>) -> Option<Self> {
        let mut sum = 0;
        let with_weight = shares.into_iter().filter(|(_, weight)| *weight > 0);
        let bounds: Vec<(u64, T)> = with_weight
            .map(|(one, weight)| {
                sum += u64::from(weight);
                (sum, one)
            })
            .collect();
        (!bounds.is_empty()).then_some(Self { bounds })
    }

    /// The one that a random number falls to.
    #[must_use]
    pub fn pick(&self, lot: u64) -> &T {
        let last = &self.bounds[self.bounds.len() - 1];
        let lot = lot % last.0;
        let fits = self.bounds.iter().find(|(bound, _)| lot < *bound);
        &fits.unwrap_or(last).1
    }

    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = &T> {
        self.bounds.iter().map(|(_, one)| one)
    }
}
