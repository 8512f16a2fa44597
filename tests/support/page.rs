//! What stands on a public page.

/// What the next page carries under this name.
pub(crate) fn carried<'a>(page: &'a str, name: &str) -> &'a str {
    let before = format!("name=\"{name}\" value=\"");
    let at = page.find(&before).expect("carried") + before.len();
    page[at..].split('"').next().expect("a value")
}

/// The reference that a page tells.
pub(crate) fn reference(page: &str) -> &str {
    page.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .find(|word| word.len() == 14 && word.parse::<msaada::case::Reference>().is_ok())
        .expect("a reference")
}
