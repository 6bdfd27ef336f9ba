//! Reading: scans of all that batches hold, and seeks into them.

use crate::contents::{Contents, Sums};
use crate::data::Rows;
use crate::kind::{Kind, Order};
use std::rc::Rc;

/// Batches held ready for reading.
pub trait Reader<K> {
    /// See [`Kind::scan`].
    fn scan(&self) -> Sums;

    /// See [`Kind::visit`].
    fn visit(&self) -> Sums;

    /// See [`Kind::contents`].
    fn contents(&self) -> Contents;

    /// See [`Kind::seek`].
    fn seek(&self, keys: &[K], order: Order) -> Sums;

    /// See [`Kind::probe`].
    fn probe(&self, keys: &[K]) -> Sums;
}

struct Held<T: Kind>(Vec<T::Batch>);

impl<T: Kind> Reader<T::Key> for Held<T> {
    fn scan(&self) -> Sums {
        T::scan(&self.0)
    }
    fn visit(&self) -> Sums {
        T::visit(&self.0)
    }
    fn contents(&self) -> Contents {
        T::contents(&self.0)
    }
    fn seek(&self, keys: &[T::Key], order: Order) -> Sums {
        T::seek(&self.0, keys, order)
    }
    fn probe(&self, keys: &[T::Key]) -> Sums {
        T::probe(&self.0, keys)
    }
}

/// Makes a batch of each set of rows, those of the `i`-th being at time `i`.
pub fn reader<T: Kind>(sets: &[Rows<T::Key, T::Val>]) -> Rc<dyn Reader<T::Key>> {
    let mut batcher = T::batcher();
    let batches = sets.iter().zip(1..).map(|(rows, upper)| T::seal_rows(&mut batcher, rows, upper));
    Rc::new(Held::<T>(batches.collect()))
}
