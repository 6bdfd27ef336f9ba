//! Every kind of input that is not an update, and the forms that are.
