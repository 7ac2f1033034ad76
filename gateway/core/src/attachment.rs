//! A place for what the data plane knows of a compiled object, such as its counters.

use std::{
    any::Any,
    fmt,
    sync::{Arc, OnceLock},
};

/// Holds one value, set once. It lasts as long as the object, over any number of reloads.
#[derive(Default)]
pub struct Attachment(OnceLock<Arc<dyn Any + Send + Sync>>);

impl Attachment {
    /// Sets the value, unless there is one.
    pub fn set(&self, value: Arc<dyn Any + Send + Sync>) {
        // The one that is there stays.
        let _ = self.0.set(value);
    }

    /// The value, if it is set and of this type.
    #[must_use]
    pub fn get<T: 'static>(&self) -> Option<&T> {
        self.0.get()?.downcast_ref()
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Attachment").field(&self.0.get().is_some()).finish()
    }
}
