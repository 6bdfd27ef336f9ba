//! By what keys and vals are found.

use crate::IntoOwned;
use std::borrow::Cow;
use std::fmt::Debug;

/// Something by which an item of owned form `O` can be found: a value of that form, and for strings and vectors the borrowed
/// form, sized (`&str`) or not (`str`). So both `get("a")` and `range("a".."b")` can be written, whatever the layout.
///
/// An owned form is used as it is, a borrowed one made owned, which allocates. Where that matters, use the methods that
/// take the read form.
///
/// ```
/// use arrangement_trace::Probe;
/// use std::borrow::Cow;
///
/// fn finds<O: Clone>(probe: &(impl Probe<O> + ?Sized)) -> Cow<'_, O> {
///     probe.probe()
/// }
/// assert_eq!(finds::<String>("apple").as_str(), "apple");
/// assert!(matches!(finds::<u64>(&5), Cow::Borrowed(5)));
/// ```
#[diagnostic::on_unimplemented(
    message = "a `{O}` can't be found by a `{Self}`",
    note = "pass a reference to a `{O}`; a `String` is found by a `str`, a `Vec<T>` by a `[T]` too"
)]
pub trait Probe<O: Clone> {
    /// The owned form.
    fn probe(&self) -> Cow<'_, O>;
}

impl<O: Clone> Probe<O> for O {
    fn probe(&self) -> Cow<'_, O> {
        Cow::Borrowed(self)
    }
}

impl Probe<String> for str {
    fn probe(&self) -> Cow<'_, String> {
        Cow::Owned(self.to_owned())
    }
}

impl Probe<String> for &str {
    fn probe(&self) -> Cow<'_, String> {
        str::probe(self)
    }
}

impl<T: Clone> Probe<Vec<T>> for [T] {
    fn probe(&self) -> Cow<'_, Vec<T>> {
        Cow::Owned(self.to_owned())
    }
}

impl<T: Clone> Probe<Vec<T>> for &[T] {
    fn probe(&self) -> Cow<'_, Vec<T>> {
        <[T]>::probe(self)
    }
}

impl<T: Clone, const N: usize> Probe<Vec<T>> for [T; N] {
    fn probe(&self) -> Cow<'_, Vec<T>> {
        <[T]>::probe(self)
    }
}

/// A column of strings or slices, whose items can begin with a `P`.
///
/// Implementors promise that items order by what they begin with: those that begin with a prefix follow each other, and
/// the prefix itself comes first.
///
/// ```
/// use arrangement_trace::Prefix;
/// assert!(<Vec<String> as Prefix<str>>::starts_with(&"pear".to_string(), "pe"));
/// ```
#[diagnostic::on_unimplemented(
    message = "items of `{Self}` don't begin with a `{P}`",
    note = "strings are scanned by a prefix of type `str`, slices and vectors of `T` by one of type `[T]`"
)]
pub trait Prefix<P: ?Sized>: IntoOwned {
    /// Whether the item begins with the prefix.
    fn starts_with(item: Self::ReadItem<'_>, prefix: &P) -> bool;
}

impl Prefix<str> for Vec<String> {
    fn starts_with(item: &String, prefix: &str) -> bool {
        item.starts_with(prefix)
    }
}

impl<T: Ord + Clone + Debug + 'static> Prefix<[T]> for Vec<Vec<T>> {
    fn starts_with(item: &Vec<T>, prefix: &[T]) -> bool {
        item.starts_with(prefix)
    }
}
