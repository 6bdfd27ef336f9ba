//! What callers may give where a frontier, a key or a val is asked for.

use arrangement_trace::{Antichain, AntichainRef, Timestamp};

/// A frontier, or a time that stands for the frontier of it alone.
///
/// ```
/// use arrangement::{Antichain, IntoFrontier};
///
/// assert_eq!(IntoFrontier::<u64>::into_frontier(3), Antichain::from_elem(3));
/// assert_eq!(Antichain::<u64>::new().into_frontier(), Antichain::new());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a time `{T}` nor a frontier of such times",
    label = "give a time, an `Antichain` or an `AntichainRef`"
)]
pub trait IntoFrontier<T> {
    /// The frontier.
    fn into_frontier(self) -> Antichain<T>;
}

impl<T: Timestamp> IntoFrontier<T> for T {
    fn into_frontier(self) -> Antichain<T> {
        Antichain::from_elem(self)
    }
}

impl<T: Timestamp> IntoFrontier<T> for Antichain<T> {
    fn into_frontier(self) -> Antichain<T> {
        self
    }
}

impl<T: Timestamp> IntoFrontier<T> for &Antichain<T> {
    fn into_frontier(self) -> Antichain<T> {
        self.clone()
    }
}

impl<T: Timestamp> IntoFrontier<T> for AntichainRef<'_, T> {
    fn into_frontier(self) -> Antichain<T> {
        self.to_owned()
    }
}

/// What can be given as a key or val `O`: an `O`, or what it is made of in one obvious way, as a `String` of a `&str`.
///
/// ```
/// use arrangement::IntoItem;
///
/// let name: String = "apple".into_item();
/// let bytes: Vec<u8> = b"apple".into_item();
/// let number: u64 = 5.into_item();
/// assert_eq!((name.len(), bytes.len(), number), (5, 5, 5));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be given as a key or val of type `{O}`",
    label = "expected `{O}`",
    note = "where the val is `()`, a key goes in alone: `insert_key`, `remove_key`, `update_key`"
)]
pub trait IntoItem<O> {
    /// The owned item.
    fn into_item(self) -> O;
}

impl<O> IntoItem<O> for O {
    fn into_item(self) -> O {
        self
    }
}

impl IntoItem<String> for &str {
    fn into_item(self) -> String {
        self.to_owned()
    }
}

impl<T: Clone> IntoItem<Vec<T>> for &[T] {
    fn into_item(self) -> Vec<T> {
        self.to_vec()
    }
}

impl<T: Clone, const N: usize> IntoItem<Vec<T>> for &[T; N] {
    fn into_item(self) -> Vec<T> {
        self.to_vec()
    }
}
