//! Placeholder while the other parts settle.
