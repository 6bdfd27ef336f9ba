//! The two forms of an item: owned, and as it is read.

/// What keys and vals are, whatever they are stored in: ordered, to be cloned and shown, and without borrowed parts.
///
/// Nobody implements it: every type that has these traits has it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a key or val",
    label = "this type lacks something that keys and vals need",
    note = "keys and vals are `Ord + Clone + Debug + 'static`: most types have all of it by \
            `#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]`",
    note = "floats have no order: store integers, such as cents, or a wrapper that orders them; text is `String`, or `str` with \
            the alias `PreferredSpine`"
)]
pub trait Data: Ord + Clone + std::fmt::Debug + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Ord + Clone + std::fmt::Debug + 'static> Data for T {}

/// How the items of a column are read, and how they are owned.
///
/// A container of items names the owned form (`String`, say) and the form in which it hands them out (`&str`). What is
/// read is small and can be copied, and compares exactly as the owned forms do. Cursors name their keys and vals by a
/// type that implements this trait, usually the container itself.
///
/// Implementors write all methods; callers may rely on `borrow_as(&into_owned(x)) == x`.
///
/// ```
/// use arrangement_trace::IntoOwned;
///
/// let text: String = "abc".to_owned();
/// let read: &String = <Vec<String> as IntoOwned>::borrow_as(&text);
/// assert_eq!(<Vec<String> as IntoOwned>::into_owned(read), "abc");
/// ```
pub trait IntoOwned: 'static {
    /// The form that stands by itself.
    type Owned: Data;

    /// The form in which an item is read.
    type ReadItem<'a>: Copy + Ord + std::fmt::Debug;

    /// Shortens the lifetime of a read item. Generic code needs it to compare items of two containers.
    fn reborrow<'b, 'a: 'b>(item: Self::ReadItem<'a>) -> Self::ReadItem<'b>;

    /// Makes an owned item, which may allocate.
    fn into_owned(item: Self::ReadItem<'_>) -> Self::Owned;

    /// Reads an owned item, without allocating.
    fn borrow_as(owned: &Self::Owned) -> Self::ReadItem<'_>;

    /// Writes the item over `owned`, reusing its allocation where that is possible.
    fn clone_onto(item: Self::ReadItem<'_>, owned: &mut Self::Owned) {
        *owned = Self::into_owned(item);
    }
}

impl<T: Data> IntoOwned for Vec<T> {
    type Owned = T;
    type ReadItem<'a> = &'a T;
    #[inline(always)]
    fn reborrow<'b, 'a: 'b>(item: &'a T) -> &'b T {
        item
    }
    #[inline(always)]
    fn into_owned(item: &T) -> T {
        item.clone()
    }
    #[inline(always)]
    fn borrow_as(owned: &T) -> &T {
        owned
    }
    fn clone_onto(item: &T, owned: &mut T) {
        owned.clone_from(item);
    }
}
